"""Evidence adds up to the score, points into the source, and matters."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import LabelledParagraph, Record

TEXT = "全县新建高\u200b标准農田三万亩，农民收入增长8%。"


def test_contributions_add_up_to_the_score(tagger: Tagger, builtin: list[Record]) -> None:
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)][:150]
    for text in [*written, TEXT, "。", ""]:
        for found in tagger.explain(text, tagger.themes):
            total = found.bias + sum(span.contribution for span in found.spans)
            assert total == pytest.approx(found.score, abs=1e-9)
            assert all(text[span.start : span.end] == span.text for span in found.spans)
            assert all(a.end <= b.start for a, b in zip(found.spans, found.spans[1:], strict=False))


def test_removing_the_top_span_lowers_the_probability(tagger: Tagger, builtin: list[Record]) -> None:
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)][:300]
    lower: list[bool] = []
    for text in written:
        found = tagger.explain(text)[0]
        if not found.given:
            continue
        span = found.top(1)[0]
        without = text[: span.start] + text[span.end :]
        column = tagger.themes.index(found.theme)
        lower.append(tagger.probabilities([without])[0, column] < found.probability)
    assert len(lower) > 200
    assert np.mean(lower) >= 0.95


def test_explains_given_themes_or_the_named_ones(tagger: Tagger) -> None:
    found = tagger.explain(TEXT)
    assert [evidence.theme for evidence in found] == tagger.tag([TEXT])["themes"][0]
    assert any("农" in span.text or "農" in span.text for span in found[0].top(3))
    assert [evidence.theme for evidence in tagger.explain(TEXT, ["party"])] == ["party"]
    assert not tagger.explain(TEXT, ["party"])[0].given
    with pytest.raises(ZhengyuError, match="did you mean 'rural'"):
        tagger.explain(TEXT, ["rurl"])


def test_explain_command() -> None:
    result = CliRunner().invoke(main, ["explain", "-"], input=TEXT)
    assert result.exit_code == 0
    assert result.output.startswith("rural: given, probability ")
    assert "against:" in result.output


def test_none_is_an_answer_to_explain(tagger: Tagger) -> None:
    from click.testing import CliRunner

    from zhengyu.cli import main

    text = "会议由副县长主持，各乡镇负责人参加。"
    (none,) = tagger.explain(text, ["none"])
    assert none.given and not tagger.tag([text])["themes"][0]
    assert none.probability == tagger.probabilities([text])[0, -1]
    assert abs(none.bias + sum(span.contribution for span in none.spans) - none.score) < 1e-9
    (other,) = tagger.explain("全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。", ["none"])
    assert not other.given
    said = CliRunner().invoke(main, ["explain", text])
    assert said.output.startswith(f"none: given, probability {none.probability:.3f}")
    assert CliRunner().invoke(main, ["explain", " "]).exit_code == 2
