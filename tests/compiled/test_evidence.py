"""The compiled evidence is the plain one, span for span."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengyu.compiled.themes.evidence import CompiledEvidence
from zhengyu.compiled.themes.scorer import CompiledScorer
from zhengyu.io.blocks import Paragraphs
from zhengyu.tagger import Tagger
from zhengyu.themes.evidence import evidence_rows
from zhengyu.themes.model import Model
from zhengyu.themes.scorer import Scorer
from zhengyu_corpus.records import LabelledParagraph, Record

ODD = [
    "", " ", "。", "8.5%", "GDP", "𠀀乡村振兴𠀁", "乡\u200b村 振兴", "\x00乡村\x00", "農業農村現代化", "１２３４５热线，GDP增长8.5%", "天天向上",
    "B超 T恤C++ 3A级 5G", "乡 村 a 中 国  人 ", "𝟎𝟏²①٠", "㐀鿖龥 龦", "中\n国\r\n人 民 ", "　乡村振兴。”　。”！ 招商引资；\x85，生态(好!)】吗?？\"干部队伍", "乡村" * 700,
]  # fmt: skip
PIECES = st.sampled_from(
    [
        *"中国人民农村振兴乡产业 a1B+-%。！；”)\n\r\u3000㐀𠀀²\u200b",
        "乡村振兴",
        "生态环境",
        "3A级",
        "GDP",
        "振興",
        "干部队伍",
        "招商引资",
    ]
)
STRINGS = st.lists(PIECES, max_size=30).map("".join) | st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
EXACT = ("id", "theme", "start", "end", "text", "sentence_start", "sentence_end")


@pytest.fixture(scope="module")
def pair(either_model: Model) -> tuple[CompiledScorer, Scorer]:
    return CompiledScorer(either_model), Scorer(either_model)


@pytest.fixture(scope="module")
def tagger(either_model: Model) -> Tagger:
    return Tagger(either_model)


def same(pair: tuple[CompiledScorer, Scorer], tagger: Tagger, texts: list[str], least_share: float = 0.0) -> int:
    ids = [f"p{i}" for i in range(len(texts))]
    themes = tagger.tag(texts)["themes"].tolist()
    plain = evidence_rows(pair[1], ids, texts, least_share=least_share)
    held = pa.array([None, *texts], pa.string())[1:]
    scores, _, _, words = pair[0].score(held, keep=True)
    chances = tagger.model.calibration.probability(scores)
    given = pa.array(themes, pa.list_(pa.string()))
    block = Paragraphs(pa.array(ids), held, ["row"] * len(texts), given, chances, words)
    compiled = CompiledEvidence(tagger.model, pair[0].tables, least_share)(block)
    pair[0].take_back(words)  # the next texts, more or fewer, are written over them
    compiled = compiled.cast(plain.schema)  # refuses what would not be held whole
    assert compiled.select(EXACT).to_pylist() == plain.select(EXACT).to_pylist()
    for name in ("contribution", "share", "probability"):
        assert np.allclose(compiled[name].to_numpy(), plain[name].to_numpy(), rtol=0, atol=1e-12)
    return len(plain)


def test_odd_texts_and_the_written_paragraphs(
    pair: tuple[CompiledScorer, Scorer], tagger: Tagger, builtin: list[Record]
) -> None:
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)]
    assert same(pair, tagger, [*ODD, *written[:500]]) > 5_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(STRINGS, min_size=1, max_size=8))
def test_any_text(pair: tuple[CompiledScorer, Scorer], tagger: Tagger, texts: list[str]) -> None:
    same(pair, tagger, texts)


def test_small_spans_are_one_row_and_still_add_up(
    pair: tuple[CompiledScorer, Scorer], tagger: Tagger, builtin: list[Record]
) -> None:
    texts = [*ODD, *[record.text for record in builtin if isinstance(record, LabelledParagraph)][:200]]
    assert same(pair, tagger, texts, 0.03) < same(pair, tagger, texts) / 2
    assert same(pair, tagger, texts, 1.0) > 100

    def sums(least_share: float) -> dict[tuple[str, str], float]:
        found: dict[tuple[str, str], float] = {}
        for row in evidence_rows(
            pair[1], list(map(str, range(len(texts)))), texts, least_share=least_share
        ).to_pylist():
            key = (row["id"], row["theme"])
            found[key] = found.get(key, 0.0) + row["contribution"]
        return found

    assert sums(0.03) == pytest.approx(sums(0.0), abs=1e-9)
