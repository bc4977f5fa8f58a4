"""Small named corpora and a small model that the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengyu.store import Model, load_model
from zhengyu.tagger import Tagger
from zhengyu_corpus.readers import builtin_files, read_labelled
from zhengyu_corpus.records import Record
from zhengyu_corpus.themes import ThemeSet, load_themes

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "example.txt"


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


@pytest.fixture
def root() -> Path:
    return ROOT
