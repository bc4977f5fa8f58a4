"""Fits with either set of features: the one that is worth more out of fold is kept, its strength chosen alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from zhengyu.persistence.folder import most_features
from zhengyu.themes.calibration import fit_calibration
from zhengyu.themes.classifier import Sentences, ThemeClassifier, with_none
from zhengyu.themes.metrics import f_score
from zhengyu.themes.pipeline import (
    CountedRecords,
    FeatureCounter,
    contents,
    count_records,
    label_matrix,
    make_pipeline,
    sentence_contents,
    sentence_rows,
)
from zhengyu.themes.thresholds import choose_decision
from zhengyu.themes.tokens import CHARACTERS, FEATURE_SETS, WORDS
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, Record
from zhengyu_corpus.themes import ThemeSet

#: Rows on which features and strength are chosen; where there are more, documents are drawn until there are so many.
MOST_ROWS = 20_000
#: Share of a fit's time in which its features are counted.
_COUNTED = 0.3


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted pipeline, step by step, and what it was chosen from.

    Attributes
    ----------
    counts, tfidf, themes
        The fitted steps.
    rows : csr_matrix of shape (n_records, n_features)
        The records' features, weighed.
    sentences : Sentences or None
        Their sentences, which were trained on beside them.
    words : CountedRecords or None
        The words of the records, where features are made of them.
    worth : mapping of str to float
        What each set of features is worth, where there are several to choose from: see `worth_of`.
    chosen_on : int
        Rows that features and strength were chosen on.
    """

    counts: FeatureCounter
    tfidf: Any
    themes: ThemeClassifier
    rows: Any
    sentences: Sentences | None
    words: CountedRecords | None
    worth: Mapping[str, float]
    chosen_on: int


def feature_sets(records: Sequence[Record], asked: str | None) -> tuple[str, ...]:
    """Return the sets of features to try: the one asked for, or all that the records have.

    Raises
    ------
    ZhengyuError
        Characters are asked for, and some records are bags; or there is no such set.
    """
    bags = sum(isinstance(record, BagOfWords) for record in records)
    if asked is None:
        return (WORDS,) if bags else FEATURE_SETS
    if asked not in FEATURE_SETS:
        raise ZhengyuError(f"features: expected one of {', '.join(FEATURE_SETS)}, got {asked!r}")
    if asked == CHARACTERS and bags:
        raise ZhengyuError(
            f"features of characters: expected texts, {bags:,} of {len(records):,} records are bags of words, which "
            "have lost them; leave the built-in corpus out (--no-base), or take --features words"
        )
    return (asked,)


def fit_best(
    records: Sequence[Record],
    themes: ThemeSet,
    *,
    features: Sequence[str] = FEATURE_SETS,
    user_terms: Sequence[str] = (),
    C: float | None = None,
    sample_weight: NDArray[np.float64] | None = None,
    decide_on: NDArray[np.bool_] | None = None,
    jobs: int = 2,
    seed: int = 0,
    memory: Any = None,
    told: Callable[[str, float], None] | None = None,
) -> Fitted:
    """Fit a pipeline with the features that are worth most out of fold, each with its best strength; of equals, words.

    Parameters
    ----------
    records : sequence of Record
        The labelled paragraphs.
    themes : ThemeSet
        The code list.
    features : sequence of str
        Sets of features to try; see `feature_sets`.
    user_terms, C, jobs, memory
        See `zhengyu.themes.pipeline.make_pipeline`.
    sample_weight, decide_on
        See `zhengyu.themes.classifier.ThemeClassifier.fit`.
    seed : int
        Draws the documents that are chosen on, where there are more than `MOST_ROWS` rows.
    told : callable, optional
        Called with what has been done, and the share of all the fitting that it was, in [0, 1].
    """
    whole = np.arange(len(records))
    chooses = len(features) > 1 or C is None
    drawn = _draw(records, seed) if chooses and len(records) > MOST_ROWS else whole
    labels = label_matrix(records, themes)
    weights = np.ones(len(records)) if sample_weight is None else sample_weight
    real = np.ones(len(records), dtype=bool) if decide_on is None else decide_on
    words = count_records(records, user_terms) if WORDS in features else None
    work = len(features) * drawn.size + (whole.size if drawn.size < whole.size else 0)
    done = 0

    def fit(which: str, rows: NDArray[np.int64], strength: float | None) -> Fitted:
        nonlocal done
        share, before = rows.size / work, done / work
        done += rows.size

        def tell(what: str, part: float) -> None:
            if told is not None:
                told(f"{which}: {what}", before + share * part)

        pipeline = make_pipeline(
            user_terms=user_terms, features=which, max_features=most_features(len(themes)), C=strength,
            exclusive=themes.exclusive, n_jobs=jobs, memory=memory,
        )  # fmt: skip
        steps = pipeline.named_steps
        mine = [records[row] for row in rows]
        counted = words and words.of(rows) if which == WORDS else None
        found = pipeline[:-1].fit_transform(counted.paragraphs if counted else contents(mine))
        # Where classes exclude one another, sentences are not trained on.
        sentences = None
        if not themes.exclusive:
            parts, owners = (counted.sentences, counted.owners) if counted else sentence_contents(mine)
            sentences = sentence_rows(parts, owners, steps["counts"], steps["tfidf"])
        tell("features counted", _COUNTED)
        decisive = real[rows] if real[rows].any() else None
        fitted = pipeline.named_steps["themes"].fit(
            found,
            labels[rows],
            sample_weight=weights[rows],
            groups=[record.doc for record in mine],
            decide_on=decisive,
            sentences=sentences,
            told=lambda what, part: tell(what, _COUNTED + (1 - _COUNTED) * part),
        )
        return Fitted(steps["counts"], steps["tfidf"], fitted, found, sentences, counted, {}, rows.size)

    documents = np.unique([records[int(row)].doc for row in drawn], return_inverse=True)[1]
    decisive = real[drawn] if real[drawn].any() else np.ones(drawn.size, dtype=bool)
    targets = with_none(labels[drawn])[decisive]
    tried = {which: fit(which, drawn, C) for which in features}
    worth = {
        which: worth_of(one.themes, targets, documents[decisive], decisive)
        for which, one in tried.items()
        if len(features) > 1
    }
    chosen = max(worth, key=worth.__getitem__, default=features[0])
    best = tried[chosen]
    if drawn.size < whole.size:
        strength, strengths = best.themes.C_, best.themes.strengths_
        # The memory is needed.
        del best, tried
        if chosen != WORDS:
            words = None
        best = fit(chosen, whole, strength)
        best.themes.strengths_ = strengths
    return replace(best, worth=worth, chosen_on=drawn.size)


def worth_of(fitted: ThemeClassifier, targets: NDArray[Any], documents: NDArray[Any], rows: NDArray[np.bool_]) -> float:
    """Return what a fitted classifier is worth out of fold, its decisions made as they will be.

    Parameters
    ----------
    fitted : ThemeClassifier
        The classifier.
    targets : ndarray of shape (n_decisive, n_themes + 1)
        1, 0, or -1 for unknown, none last.
    documents : ndarray of shape (n_decisive,)
        Document of each.
    rows : ndarray of bool of shape (n_rows,)
        Which rows of its out-of-fold scores these are.

    Returns
    -------
    float
        Micro- and macro-F1 together, with curves and thresholds that were chosen on other documents; where classes
        exclude one another, the share of top classes that are right.
    """
    if fitted.exclusive:
        return max(fitted.strengths_.values())
    scores, given = fitted.oof_score_[rows], np.zeros((len(targets), targets.shape[1] - 1), dtype=bool)
    folds = GroupKFold(n_splits=min(fitted.cv, np.unique(documents).size))
    for seen, unseen in folds.split(scores, groups=documents):
        curves = fit_calibration(scores[seen], targets[seen], documents[seen])
        decision = choose_decision(curves.probability(scores[seen]), targets[seen])
        given[unseen] = decision.apply(curves.probability(scores[unseen]))
    micro, each = f_score(given, targets[:, :-1])
    return micro + float(each.mean())


def _draw(records: Sequence[Record], seed: int) -> NDArray[np.int64]:
    """Return the rows of documents drawn until there are `MOST_ROWS`, ascending."""
    documents = np.unique([record.doc for record in records], return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(documents.max() + 1)
    rank = np.argsort(order)[documents]
    by_rank = np.argsort(rank, kind="stable")
    last = rank[by_rank[MOST_ROWS - 1]]
    return np.flatnonzero(rank <= last)
