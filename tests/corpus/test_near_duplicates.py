"""Signatures estimate how alike two texts are, and find those that are."""

from __future__ import annotations

import random

import growth
import numpy as np
import pytest

from zhengyu_corpus.near_duplicates import NEAR_DUPLICATE, ONE_DOCUMENT, NearDuplicates, signature

LETTERS = [chr(code) for code in range(0x4E00, 0x5E00)]


def pair(alike: float, draw: random.Random) -> tuple[str, str]:
    """Return two texts, of whose 4-grams about such a share is common."""
    one = draw.choices(LETTERS, k=800)
    other, cut = list(one), round(800 * (1 - 2 * alike / (1 + alike)))
    other[100 : 100 + cut] = draw.choices(LETTERS, k=cut)
    return "".join(one), "".join(other)


@pytest.mark.parametrize("alike", [0.95, 0.85, 0.7, 0.4, 0.1])
def test_signatures_estimate_the_jaccard_similarity(alike: float) -> None:
    draw = random.Random(3)
    shares = [np.mean(signature(a) == signature(b)) for a, b in (pair(alike, draw) for _ in range(30))]
    assert np.mean(shares) == pytest.approx(alike, abs=0.02)
    assert np.std(shares) < 0.06


@pytest.mark.parametrize("threshold", [NEAR_DUPLICATE, ONE_DOCUMENT])
def test_what_is_alike_is_found_and_what_is_not_is_not(threshold: float) -> None:
    draw = random.Random(4)
    index = NearDuplicates(threshold)
    pairs = [pair(threshold + 0.1, draw) for _ in range(40)] + [pair(threshold - 0.2, draw) for _ in range(40)]
    assert [index.add(signature(one)) for one, _ in pairs] == list(range(80))
    found = [index.like(signature(other)) for _, other in pairs]
    assert sum([number for number, _ in one] == [i] for i, one in enumerate(found[:40])) >= 37
    assert not any(found[40:])


def test_marks_blanks_width_and_traditional_characters_do_not_count() -> None:
    assert np.array_equal(signature("农业，增收 12％。\n"), signature("農業增收１２%"))
    assert len({signature(text).tobytes() for text in ("", "一", "二", "一二三", "一二三四五")}) == 5


def test_several_texts_of_one_band_are_all_found() -> None:
    index = NearDuplicates(NEAR_DUPLICATE)
    for _ in range(3):
        index.add(signature("全县新建高标准农田三万亩"))
    assert index.like(signature("全县新建高标准农田三万亩。")) == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_time_is_in_proportion_to_the_number_of_texts_that_are_all_alike() -> None:
    form = "全县新建高标准农田{:04d}亩，农民收入增长百分之八，粮食总产再创新高，全年投资四十亿元。"
    signed = [signature(form.format(i)) for i in range(1600)]

    def work(count: int) -> growth.Work:
        def index_all() -> None:
            index = NearDuplicates(NEAR_DUPLICATE)
            for i, one in enumerate(signed[:count]):
                assert 0 < len(index.like(one)) <= 256 or not i
                index.add(one)

        return index_all

    assert growth.measure(work(800), work(1600)).factor <= growth.LIMIT
