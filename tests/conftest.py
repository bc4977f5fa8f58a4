"""Small named corpora and a small model that the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from zhengyu.io.labelled import read_labelled
from zhengyu.persistence.folder import load_model
from zhengyu.persistence.format import FORMAT_VERSION
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import contents, label_matrix, make_pipeline
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet, load_themes

#: No test leaves a process behind that compiles.
os.environ["ZHENGYU_COMPILE"] = "never"
#: Help is read in English, whatever the locale.
os.environ["ZHENGYU_LANGUAGE"] = "en"
#: Processes that tests start compile no module that another has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
#: What runs keep for the next one is shared among all processes of the tests, and puts out nothing of the user's own.
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "user")


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
def model_with_pairs(builtin: list[Record], themes: ThemeSet) -> Model:
    """Return a small model in which pairs of words weigh."""
    return _small_model(builtin, themes, "words")


@pytest.fixture(scope="session")
def model_with_characters(builtin: list[Record], themes: ThemeSet) -> Model:
    """Return a small model in which characters weigh, over the borders of words."""
    return _small_model(builtin, themes, "characters")


def _small_model(builtin: list[Record], themes: ThemeSet, features: str) -> Model:
    """Fit a small model, its weights in single precision as those saved in a folder."""
    records = [record for record in builtin if isinstance(record, LabelledParagraph)][:500]
    pipeline = make_pipeline(C=1.0, cv=2, min_df_pairs=2, features=features, n_jobs=1).fit(
        contents(records), label_matrix(records, themes)
    )
    fitted = pipeline["themes"]
    coef = fitted.coef_.astype(np.float32).astype(float)
    return Model(
        themes, pipeline["counts"].vocabulary_, pipeline["tfidf"].idf_, coef, fitted.intercept_, fitted.calibration_,
        fitted.decision_, (), f"{features}-0", {"format_version": FORMAT_VERSION}, {}, fitted.decisions_,
        fitted.floors_, feature_set=features,
    )  # fmt: skip


@pytest.fixture(scope="session", params=["model", "model_with_pairs", "model_with_characters"])
def either_model(request: pytest.FixtureRequest) -> Model:
    """The shipped model, one in which pairs of words weigh, and one in which characters do."""
    found: Model = request.getfixturevalue(request.param)
    return found


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


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
