"""What the slogan model is fitted on: marks, what readers passed over, and wordings of the lexicon without a text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zhengyu.slogans.candidates import is_of_wording, wording_features
from zhengyu.slogans.model import NO_SCREEN, SloganModel, is_shape
from zhengyu_training.slogans.fit import FittedSlogans, fit_slogans
from zhengyu_training.slogans.marks import MarkedCandidates

SLOGANS = ("茶乡振兴", "茶乡赶超", "海港振兴", "海港赶超")
OTHERS = ("会议室里", "午后天气", "电话号码", "门牌号码")


def paragraph(number: int, wording: str, label: str) -> MarkedCandidates:
    """Return a paragraph with one candidate."""
    features = (*sorted(wording_features(wording)), "is plain", "length 4")
    return MarkedCandidates(f"p{number}", f"d{number}", ((0, 4),), (label,), (features,), 0, real=True)


def fitted(*, passed_over: int = 0, wordings: dict[str, str] | None = None) -> FittedSlogans:
    """Fit on forty slogans, forty that are none and some slogans that nobody marked."""
    marked = [paragraph(i, SLOGANS[i % 4], ("coinage", "exhortation")[i % 2]) for i in range(40)]
    marked += [paragraph(100 + i, OTHERS[i % 4], "") for i in range(40)]
    marked += [paragraph(200 + i, SLOGANS[0], "") for i in range(passed_over)]
    return fit_slogans(marked, wordings)


def probability(fit: FittedSlogans, wording: str) -> float:
    """Return the probability that a wording is a slogan, without the screen: the shapes are all alike."""
    return SloganModel(replace(fit.weights, screen=NO_SCREEN)).probability(
        [*wording_features(wording), "is plain", "length 4"]
    )


def test_what_was_passed_over_is_not_learnt_as_none() -> None:
    clean, with_passed_over = fitted(), fitted(passed_over=4)
    assert probability(with_passed_over, SLOGANS[0]) == pytest.approx(probability(clean, SLOGANS[0]), abs=0.1)


def test_wordings_of_a_lexicon_teach_by_their_characters() -> None:
    # 号码 stands only in what is none; a lexicon full of it says otherwise.
    wordings = {f"号码{first}{last}": "coinage" for first in "惠便利为爱富安亲助护" for last in "民农企商学医军工港乡"}
    assert probability(fitted(wordings=wordings), "电话号码") > probability(fitted(), "电话号码")


def test_types_of_a_lexicon_teach_by_their_characters() -> None:
    # 振兴 is of coinages in the paragraphs and 赶超 of exhortations; what both together are, a lexicon says.
    wordings = [f"{first}{last}振兴赶超" for first in "东南西北中" for last in "乡镇县市省区湖江山海"]
    asked = ["is plain", "length 4", *sorted(wording_features("振兴赶超"))]
    for kind in ("coinage", "exhortation"):
        assert SloganModel(fitted(wordings=dict.fromkeys(wordings, kind)).weights).type(asked) == kind


def test_features_of_a_wording_are_none_of_shape() -> None:
    found = wording_features("茶乡振兴")
    assert {"c茶", "b乡振", "^茶乡", "$兴"} <= found
    assert all(is_of_wording(name) and not is_shape(name) for name in found)
    assert not any(is_of_wording(name) for name in ("length 4", "by quoted", "f振兴", "is known", "known central"))
