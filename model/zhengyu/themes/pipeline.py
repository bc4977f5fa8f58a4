"""The scikit-learn pipeline: words and the characters inside them, TF-IDF, one linear score per theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

from zhengyu.themes.classifier import ThemeClassifier
from zhengyu.themes.tokens import WordsAndCharacters
from zhengyu_corpus.records import Record
from zhengyu_corpus.themes import ThemeSet


def make_pipeline(
    *,
    user_terms: Iterable[str] = (),
    min_df: int = 2,
    C: float = 30.0,
    cv: int = 5,
    n_jobs: int = 2,
    memory: Any = None,
) -> Pipeline:
    """Make the unfitted pipeline.

    Its ``X`` is a sequence of texts or bags of words (mappings of word to count), its ``y`` what `label_matrix` makes.

    Parameters
    ----------
    user_terms : iterable of str
        Terms that segmentation keeps whole.
    min_df : int, default=2
        Features that stand in fewer paragraphs are left out.
    C, cv, n_jobs, memory
        See `ThemeClassifier`.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> search = GridSearchCV(make_pipeline(min_df=1, n_jobs=1), {"themes__C": [3.0, 10.0]}, cv=2, scoring=None)
    >>> texts = ["水稻丰收", "治理河道", "水稻育秧", "河道清淤"] * 4
    >>> labels = [[1, 0], [0, 1]] * 8
    >>> search.fit(texts, labels).predict(["水稻插秧"]).tolist()
    [[1, 0]]
    """
    # scikit-learn takes any callable here, though its annotations speak of strings.
    analyzer: Any = WordsAndCharacters(user_terms)
    return Pipeline(
        [
            (
                "tfidf",
                TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=min_df),
            ),
            ("themes", ThemeClassifier(C=C, cv=cv, n_jobs=n_jobs, memory=memory)),
        ]
    )


def label_matrix(records: Sequence[Record], themes: ThemeSet) -> NDArray[np.int8]:
    """Return labels of shape (n_records, n_themes): 1 coded, 0 not, -1 where coders could differ."""
    column = {theme: k for k, theme in enumerate(themes.ids)}
    labels = np.zeros((len(records), len(column)), dtype=np.int8)
    for i, record in enumerate(records):
        for theme in record.maybe:
            labels[i, column[theme]] = -1
        for theme in record.themes:
            labels[i, column[theme]] = 1
    return labels


def contents(records: Sequence[Record]) -> list[Any]:
    """Return what the pipeline takes as ``X``."""
    return [record.content for record in records]
