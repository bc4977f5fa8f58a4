"""Segmentation is jieba's own, user terms included, whatever became of the cached dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import jieba
import pytest

from zhengyu.themes import dictionary
from zhengyu.themes.segmentation import Segmenter

TEXT = "全县上下聚焦项目建设不动摇，推进城乡融合和长江大保护。"
CHARS = "一不中国全县上下发展ＡAT&T%+-._ 　\r\n\t1２3ab，。龘\U00020000鿕鿖"


@pytest.fixture
def theirs() -> jieba.Tokenizer:
    found = jieba.Tokenizer()
    found.initialize()
    return found


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(dictionary, "_cache_path", lambda _: tmp_path / "words.arrow")
    dictionary.load_dictionary.cache_clear()
    yield tmp_path / "words.arrow"
    dictionary.load_dictionary.cache_clear()


def test_words_are_jiebas(theirs: jieba.Tokenizer) -> None:
    random, segmenter = Random(7), Segmenter()
    odd = ["".join(random.choices(CHARS, k=random.randrange(40))) for _ in range(2_000)]
    for text in [TEXT, "", *odd]:
        assert segmenter.words(text) == list(theirs.cut(text, HMM=False))


def test_user_terms_count_as_jieba_counts_them(theirs: jieba.Tokenizer) -> None:
    random = Random(8)
    terms = [*"四走龘县", "AT", "AT&", "四个走在前", "展新", "B超机", "一国", "不中国县", "发展", "Zz", "的的的"]
    terms += ["".join(random.choices("一不中国全县上下发展新格局", k=random.randrange(1, 5))) for _ in range(200)]
    terms = list(dict.fromkeys(terms))
    segmenter = Segmenter(terms)
    for term in terms:
        theirs.add_word(term)
    assert segmenter.total == theirs.total
    assert segmenter.frequencies() == {word: count for word, count in theirs.FREQ.items() if count}
    text = "全县上下聚焦四个走在前，AT&T一国发展新格局不中国县发展新Zz的的的" * 3
    assert segmenter.words(text) == list(theirs.cut(text, HMM=False))


def test_words_that_are_forgotten_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Segmenter().words(TEXT)
    monkeypatch.setattr("zhengyu.themes.segmentation._KEPT", 3)
    assert Segmenter().words(TEXT) == whole


def test_a_damaged_cache_is_made_again(own_cache: Path) -> None:
    words = Segmenter().words(TEXT)
    sound = own_cache.read_bytes()
    for damage in (b"", b"ARROW1 and no more", sound[: len(sound) // 2]):
        own_cache.write_bytes(damage)
        dictionary.load_dictionary.cache_clear()
        assert Segmenter().words(TEXT) == words
        assert own_cache.read_bytes() == sound
