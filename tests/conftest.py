"""Small named corpora and a small model that the tests share."""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest
from places import ROOT

from zhengyu.io.labelled import read_labelled
from zhengyu.persistence.folder import load_model
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.records import Record
from zhengyu_corpus.themes import ThemeSet, load_themes


@pytest.fixture(scope="session", autouse=True)
def dictionary_read_once() -> Iterator[None]:
    """Let jieba read its dictionary once instead of anew for each tokenizer, which takes most of a second.

    Each tokenizer gets a copy, so that the terms of one stay out of the others.
    """
    import jieba

    read: dict[tuple[int, ...], tuple[dict[str, int], int]] = {}

    def load(file: IO[bytes]) -> tuple[dict[str, int], int]:
        facts: Any = os.fstat(file.fileno())
        key = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if key not in read:
            read[key] = marshal.load(file)
        words, total = read[key]
        return words.copy(), total

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jieba, "marshal", SimpleNamespace(load=load, dump=marshal.dump))
        yield


@pytest.fixture(scope="session")
def themes() -> ThemeSet:
    return load_themes()


@pytest.fixture(scope="session")
def builtin(themes: ThemeSet) -> list[Record]:
    return read_labelled(builtin_files(), themes).records


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="session")
def tagger(model: Model) -> Tagger:
    return Tagger(model)


@pytest.fixture(scope="session")
def cases() -> Path:
    """Small files that once went wrong, kept beside the checkout; tests that ask for them are skipped without it."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture
def root() -> Path:
    return ROOT
