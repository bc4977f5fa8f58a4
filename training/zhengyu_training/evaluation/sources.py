"""Figures for texts of sources that nothing was trained on, and how many of their words are unknown.

``python -m zhengyu_training.evaluation.sources [MODEL]`` prints a model's figures by genre and by source.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import GroupKFold

from zhengyu.persistence.folder import load_model
from zhengyu.themes.metrics import f_score
from zhengyu.themes.novelty import Novelty
from zhengyu.themes.pipeline import CountedWords, FeatureCounter
from zhengyu.themes.tokens import BETWEEN, Tokenizer, own_feature
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, Record

#: How the evaluation with whole sources left out is called.
UNSEEN = "sources left out whole: cross-validation by source on the coded real paragraphs"
#: Of more paragraphs than this, those of every second, third … document say how many words are unknown.
MOST_ROWS = 20_000


#: Groups of fewer paragraphs are one together, which goes by this name.
LEAST, OTHERS = 30, "all others"


def sources_of(records: Sequence[Record]) -> list[str]:
    """Return where each record comes from: of a bag its repository, of a written paragraph its document."""
    return [record.source if isinstance(record, BagOfWords) and record.source else record.doc for record in records]


@dataclass(frozen=True, slots=True)
class Group:
    """Paragraphs of one genre or source, and how well they are tagged.

    Attributes
    ----------
    name : str
        The genre or the source; `OTHERS` for all that have fewer than `LEAST` paragraphs.
    paragraphs : int
        How many there are.
    by_document, by_source : float
        Micro-F1 out of fold, with documents and with whole sources left out.
    """

    name: str
    paragraphs: int
    by_document: float
    by_source: float


def group_figures(
    names: Sequence[str], by_document: NDArray[np.bool_], by_source: NDArray[np.bool_], labels: NDArray[Any]
) -> list[Group]:
    """Return the figures of each group, most paragraphs first.

    Parameters
    ----------
    names : sequence of str
        The group of each paragraph.
    by_document, by_source : ndarray of bool of shape (n_samples, n_themes)
        The themes given out of fold, with documents and with whole sources left out.
    labels : ndarray of shape (n_samples, n_themes)
        1 coded, 0 not, -1 where coders could differ.
    """
    count = Counter(names)
    shown = np.array([name if name and count[name] >= LEAST else OTHERS for name in names], dtype=object)
    found = []
    for name, size in Counter(shown.tolist()).items():
        mine = shown == name
        figures = (round(f_score(given[mine], labels[mine])[0], 4) for given in (by_document, by_source))
        found.append(Group(name, size, *figures))
    return sorted(found, key=lambda group: (group.name == OTHERS, -group.paragraphs, group.name))


def groups_as_text(held: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return what ``evaluation.json`` holds of groups, as the lines of two tables."""
    lines = []
    for key, title in (("genres", "genre"), ("sources", "source")):
        lines += ["", f"{title:<44}{'paragraphs':>11}{'documents out':>15}{'sources out':>13}"]
        lines += [
            f"{one['name']:<44}{one['paragraphs']:>11}{one['by_document']:>15.3f}{one['by_source']:>13.3f}"
            for one in held[key]
        ]
    return ["micro-F1 in cross-validation, with documents and with whole sources left out:", *lines]


def fit_novelty(
    records: Sequence[Record], counter: FeatureCounter, counts: Any, folds: int, words: CountedWords | None = None
) -> Novelty | None:
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
    words : CountedWords, optional
        The words of the records; when not given, those that are needed are counted here.

    Returns
    -------
    Novelty or None
        None with fewer documents than folds.
    """
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
    left_out = np.array([getattr(records[i], "left_out", 0) for i in counted], dtype=np.int64)
    if words is None:
        held = _single_words([records[i] for i in counted], counter.user_terms)
    else:
        held = CountedWords(words.words, words.counts[counted])
    single = [k for k, word in enumerate(held.words) if BETWEEN not in word]
    times = held.counts[:, single]
    column = np.array([counter.vocabulary_.get(own_feature(held.words[k]), -1) for k in single], dtype=np.int64)
    known = np.flatnonzero(column >= 0)
    own = times[:, known] @ sparse.csr_matrix(
        (np.ones(known.size), (np.arange(known.size), column[known])), shape=(known.size, counts.shape[1])
    )
    totals = np.column_stack([times.sum(axis=1), times @ (column < 0).astype(float)]).astype(np.int64)
    met = np.asarray(totals) + left_out[:, None]
    everywhere = np.bincount(counts.indices, minlength=counts.shape[1])
    for _, test in GroupKFold(n_splits=folds).split(counted, groups=documents):
        here = counts[[counted[row] for row in test]].indices
        elsewhere = everywhere - np.bincount(here, minlength=counts.shape[1])
        met[test, 1] += (own[test] @ (elsewhere < counter.min_df).astype(float)).astype(np.int64)
    return Novelty.fitted(met)


def _single_words(records: Sequence[Record], user_terms: Iterable[str]) -> CountedWords:
    """Count the words of records without pairs."""
    tokenizer = Tokenizer(user_terms)
    return CountedWords.of(
        record.words if isinstance(record, BagOfWords) else tokenizer.bag(record.text, pairs=False)
        for record in records
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures by genre and source of a model, the shipped one when none is named."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    model = load_model(Path(given[0]) if given else None)
    held = model.evaluation.get("groups")
    if held is None:
        raise ZhengyuError(f"{model.version}: has no figures by source; retrain it with bags from five sources or more")
    print("\n".join(groups_as_text(held)))


if __name__ == "__main__":
    main()
