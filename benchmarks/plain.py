"""The pipeline as everyone writes it: pandas, jieba, ``TfidfVectorizer``, one-vs-rest. What the others are measured by.

It has the numbers of a zhengyu model, so that its themes are the same: the vocabulary, the weights, the calibration
and the thresholds. Everything else is as scikit-learn's and jieba's documentation would have it. It has the features of
words alone, so that the measure stays the same; with ``--pairs`` pairs of words too, and then the themes of zhengyu.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import jieba
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from zhengyu.persistence.folder import Model, load_model
from zhengyu.themes.tokens import BETWEEN, carries_features, features_of, own_feature
from zhengyu_corpus.normalise import normalise


def analyse(text: str) -> list[str]:
    """Return the features of a text."""
    return [feature for word in jieba.lcut(normalise(text).text, HMM=False) for feature in features_of(word)]


def analyse_pairs(text: str) -> list[str]:
    """Return the features of a text, and of the pairs of its words that touch."""
    words = jieba.lcut(normalise(text).text, HMM=False)
    own = [own_feature(word) if carries_features(word) else "" for word in words]
    pairs = [f"{a}{BETWEEN}{b}" for a, b in pairwise(own) if a and b]
    return [*(feature for word in words for feature in features_of(word)), *pairs]


def pipeline(model: Model, analyse: Callable[[str], list[str]]) -> tuple[TfidfVectorizer, OneVsRestClassifier]:
    """Return a vectoriser and a classifier of scikit-learn with the numbers of a model."""
    vectoriser = TfidfVectorizer(analyzer=analyse, vocabulary=dict(model.vocabulary), sublinear_tf=True)
    vectoriser.idf_ = np.asarray(model.idf)
    estimators = []
    for weights, bias in zip(model.coef, model.intercept, strict=True):
        one = LogisticRegression()
        one.classes_, one.coef_, one.intercept_ = np.array([0, 1]), weights[None, :].astype(float), np.array([bias])
        estimators.append(one)
    classifier = OneVsRestClassifier(LogisticRegression())
    classifier.estimators_ = estimators
    classifier.label_binarizer_ = None
    return vectoriser, classifier


def scores(model: Model, texts: list[str], analyse: Callable[[str], list[str]]) -> np.ndarray:
    """Return linear scores, shape (n_texts, n_themes + 1)."""
    vectoriser, classifier = pipeline(model, analyse)
    matrix: sparse.csr_matrix = vectoriser.transform(texts)
    return np.column_stack([one.decision_function(matrix) for one in classifier.estimators_])


def main(source: Path, target: Path, analyse: Callable[[str], list[str]]) -> None:
    """Tag a Parquet file."""
    model = load_model()
    frame = pd.read_parquet(source)
    chances = model.calibration.probability(scores(model, frame["text"].tolist(), analyse))
    given = model.decision.apply(chances, frame["text"].tolist().__getitem__)
    names = np.array(model.themes.ids)
    frame["themes"] = [
        list(names[row][np.argsort(-chance[:-1][row], kind="stable")])
        for row, chance in zip(given, chances, strict=True)
    ]
    frame.to_parquet(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), analyse_pairs if "--pairs" in sys.argv else analyse)
