"""Figures for texts of sources that nothing was trained on, and how many of their words are unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.model_selection import GroupKFold

from zhengyu.themes.novelty import Novelty
from zhengyu.themes.pipeline import FeatureCounter
from zhengyu.themes.tokens import Tokenizer, own_feature
from zhengyu_corpus.records import BagOfWords, Record

#: How the evaluation with whole sources left out is called.
UNSEEN = "sources left out whole: cross-validation by source on the coded real paragraphs"
#: Of more paragraphs than this, those of every second, third … document say how many words are unknown.
MOST_ROWS = 20_000


def sources_of(records: Sequence[Record]) -> list[str]:
    """Return where each record comes from: of a bag its repository, of a written paragraph its document."""
    return [record.source if isinstance(record, BagOfWords) and record.source else record.doc for record in records]


def fit_novelty(records: Sequence[Record], counter: FeatureCounter, counts: Any, folds: int) -> Novelty | None:
    """Bound how many words of a paragraph are unknown, on documents that the vocabulary was not taken from.

    Parameters
    ----------
    records : sequence of Record
        What was trained on. Bags that do not say how many words were left out of them are passed over.
    counter : FeatureCounter
        Fitted on them.
    counts : csr_matrix of shape (n_records, n_features)
        Their features, counted.
    folds : int
        Folds over documents.

    Returns
    -------
    Novelty or None
        None with fewer documents than folds.
    """
    tokenizer = Tokenizer(counter.user_terms)
    counted = [
        i for i, record in enumerate(records) if not isinstance(record, BagOfWords) or record.left_out is not None
    ]
    documents = list(dict.fromkeys(records[i].doc for i in counted))
    if len(counted) > MOST_ROWS:
        drawn = set(documents[:: -(-len(counted) // MOST_ROWS)])
        counted = [i for i in counted if records[i].doc in drawn]
    documents = [records[i].doc for i in counted]
    if len(set(documents)) < folds:
        return None
    places: list[tuple[int, int, int]] = []
    words = np.zeros((len(counted), 2), dtype=np.int64)
    for row, i in enumerate(counted):
        record = records[i]
        bag = record.words if isinstance(record, BagOfWords) else tokenizer.bag(record.text, pairs=False)
        known = [(counter.vocabulary_.get(own_feature(word), -1), times) for word, times in bag.items()]
        beyond = (record.left_out or 0) if isinstance(record, BagOfWords) else 0
        words[row] = sum(bag.values()) + beyond, beyond + sum(times for column, times in known if column < 0)
        places += [(row, column, times) for column, times in known if column >= 0]
    at, columns, times = np.array(places, dtype=np.int64).reshape(-1, 3).T
    own = sparse.csr_matrix((times, (at, columns)), shape=(len(counted), counts.shape[1]))
    everywhere = np.bincount(counts.indices, minlength=counts.shape[1])
    for _, test in GroupKFold(n_splits=folds).split(counted, groups=documents):
        here = counts[[counted[row] for row in test]].indices
        elsewhere = everywhere - np.bincount(here, minlength=counts.shape[1])
        words[test, 1] += own[test] @ (elsewhere < counter.min_df).astype(np.int64)
    return Novelty.fitted(words)
