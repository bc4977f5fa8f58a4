"""Evidence adds up to the score, points into the source, and matters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import LabelledParagraph, Record

TEXT = "全县新建高\u200b标准農田三万亩，农民收入增长8%。"


def test_contributions_add_up_to_the_score(either_model: Model, builtin: list[Record]) -> None:
    tagger = Tagger(either_model)
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)][:150]
    for text in [*written, TEXT, "。", ""]:
        for found in tagger.explain(text, tagger.themes):
            total = found.bias + sum(span.contribution for span in found.spans)
            assert total == pytest.approx(found.score, abs=1e-9)
            assert all(text[span.start : span.end] == span.text for span in found.spans)
            assert all(a.end <= b.start for a, b in zip(found.spans, found.spans[1:], strict=False))


def test_a_pair_lies_half_on_either_word(model_with_pairs: Model) -> None:
    vocabulary = model_with_pairs.vocabulary
    pair = max((f for f in vocabulary if " " in f), key=lambda f: abs(model_with_pairs.coef[0, vocabulary[f]]))
    coef = np.zeros_like(model_with_pairs.coef)
    coef[0, vocabulary[pair]] = 1.0
    tagger = Tagger(replace(model_with_pairs, coef=coef))
    text = pair.replace(" ", "")
    (found,) = tagger.explain(text, [tagger.themes[0]])
    assert "".join(span.text for span in found.spans) == text
    assert found.score - found.bias == pytest.approx(sum(span.contribution for span in found.spans), abs=1e-12)
    assert found.score > found.bias
    (apart,) = tagger.explain(pair.replace(" ", "，"), [tagger.themes[0]])
    assert apart.score == apart.bias


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


def test_the_sentence_that_weighs_most_is_named(tagger: Tagger, builtin: list[Record]) -> None:
    text = "会议于八点开始。 全县新建高标准农田三万亩，农民收入增长8%；请代表入座。"
    (found,) = tagger.explain(text, ["rural"])
    assert found.sentence is not None
    assert found.sentence.text == "全县新建高标准农田三万亩，农民收入增长8%；"
    assert text[found.sentence.start : found.sentence.end] == found.sentence.text
    inside = [span for span in found.spans if found.sentence.start <= span.start < found.sentence.end]
    assert found.sentence.contribution == pytest.approx(sum(span.contribution for span in inside), abs=1e-9)
    assert tagger.explain("。", ["rural"])[0].sentence is None
    told = CliRunner().invoke(main, ["explain", text, "--theme", "rural"]).output
    assert f"most in: {found.sentence.text}" in told
    assert "most in" not in CliRunner().invoke(main, ["explain", TEXT]).output


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
