"""The compiled scorer is the plain scorer: over odd strings, over all lengths, over both Arrow string types."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengyu.compiled.dictionary import load_dictionary
from zhengyu.compiled.themes.scorer import CompiledScorer
from zhengyu.tagger import Tagger
from zhengyu.themes import scorer as scoring
from zhengyu.themes.model import Model
from zhengyu.themes.scorer import Scorer
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.records import LabelledParagraph, Record

TOLERANCE = 1e-12
ODD = [
    "", " ", "。", "8.5%", "GDP", "𠀀𠀁", "a" * 5000, "乡\u200b村 振興", "\x00乡村\x00", "農業農村現代化", "１２３４５热线",
    "B超 T恤C++ 3A级 5G", "乡 村 a 中 国  人 ", "𝟎𝟏²①٠", "㐀鿖龥 龦", "ab 中 c-d+e", "中\n国\r\n人 民 ", "乡村" * 3000, "\x1c\x1f",
    "".join(map(chr, range(0x3400, 0xA000))),  # hundreds are traditional ones of characters beyond the basic plane
]  # fmt: skip
PIECES = st.sampled_from(
    [*"中国人民农村振兴乡产业 a1B+-%。\n\r\u3000㐀𠀀²\u200b", "乡村振兴", "高质量发展", "3A级", "GDP", "振興"]
)
STRINGS = st.lists(PIECES, max_size=30).map("".join) | st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@pytest.fixture(scope="module")
def scorers(either_model: Model) -> tuple[CompiledScorer, Scorer]:
    return CompiledScorer(either_model), Scorer(either_model)


def same(scorers: tuple[CompiledScorer, Scorer], texts: list[str], kind: pa.DataType) -> None:
    scores, filled, words, _ = scorers[0].score(pa.array(texts, kind), keep=False)
    plain, counted = scorers[1].score(texts)
    assert np.abs(scores - plain).max() < TOLERANCE
    assert filled.tolist() == [bool(text.strip()) for text in texts]
    assert words.tolist() == counted.tolist()


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_odd_texts_and_the_written_paragraphs(
    scorers: tuple[CompiledScorer, Scorer], builtin: list[Record], kind: pa.DataType
) -> None:
    same(scorers, [*ODD, *(r.text for r in builtin if isinstance(r, LabelledParagraph))][:900], kind)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(STRINGS, min_size=1, max_size=20))
def test_any_text(scorers: tuple[CompiledScorer, Scorer], texts: list[str]) -> None:
    same(scorers, texts, pa.string())


def test_nulls_slices_and_nothing(scorers: tuple[CompiledScorer, Scorer]) -> None:
    texts = pa.array(["乡村振兴", None, "生态环境", ""]).slice(1)
    scores, filled = scorers[0].scores(texts)
    assert np.abs(scores - scorers[1].scores(["", "生态环境", ""])).max() < TOLERANCE
    assert filled.tolist() == [False, True, False]
    assert scorers[0].scores(pa.array([], pa.string()))[0].shape == (0, 31)


def test_a_tagger_scores_many_texts_compiled(
    model: Model, builtin: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)]
    texts = [*ODD, None, "乡\ud800村振兴 a\udfffb", *written[:200]]
    few = Tagger(model)
    plain = few.tag(texts, probabilities=True)
    monkeypatch.setattr(scoring, "COMPILED_FROM", 100_000)
    monkeypatch.setattr(scoring, "COMPILED_FROM_COLD", 100_000)
    many = Tagger(model)
    compiled = many.tag(texts, probabilities=True)
    assert "_compiled" in many.__dict__ and "_compiled" not in few.__dict__
    assert compiled["themes"].tolist() == plain["themes"].tolist()
    columns = [name for name in plain if name.startswith("p_")]
    assert np.abs(compiled[columns].to_numpy() - plain[columns].to_numpy()).max() < TOLERANCE
    again = pickle.loads(pickle.dumps(many))
    assert again.tag(texts)["themes"].tolist() == plain["themes"].tolist()


def test_user_terms(model: Model) -> None:
    own = replace(model, user_terms=("四个走在前", "高质量发展走在前"))
    same((CompiledScorer(own), Scorer(own)), ["落实四个走在前要求，高质量发展走在前。", *ODD], pa.string())


def test_a_damaged_cache_is_built_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    from zhengyu.compiled import dictionary

    first = load_dictionary(Tokenizer())
    path = dictionary._cache_path(Tokenizer())
    assert path is not None
    path.write_bytes(path.read_bytes()[:1000])
    again = load_dictionary(Tokenizer())
    assert np.array_equal(first.nodes, again.nodes)
    assert path.stat().st_size > 1000


def test_kept_tables_are_those_that_were_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: Model) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built, kept = CompiledScorer(model), CompiledScorer(model)
    assert all(np.array_equal(one, other) for one, other in zip(built.tables, kept.tables, strict=True))
    other = CompiledScorer(replace(model, intercept=model.intercept + 1))
    assert np.array_equal(other.tables.bias, model.intercept + 1)
    assert len(list((tmp_path / "zhengyu").glob("tables-*.arrays"))) == 2


def test_machine_code_is_loaded_without_the_compiler() -> None:
    code = """
import sys
import numpy as np
from numba import njit
from zhengyu.compiled.trie import build, lookup
symbols, starts = np.array([1, 2, 3], np.int32), np.array([0, 1, 2, 3], np.int32)
build(symbols, starts, 3)
nodes = build(symbols, starts, 3)
print("scipy.linalg" in sys.modules)
words = njit(lambda nodes: lookup(nodes, np.arange(4).astype(np.int32), np.array([1, 2], np.int32), 0, 1, False))
print(words(nodes), njit(lambda: np.dot(np.ones(3), np.ones(3)))())  # compiled anew
"""
    told = ""
    for _ in range(2):  # the first may compile what the second loads
        told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.split() == ["False", "0", "3.0"]
