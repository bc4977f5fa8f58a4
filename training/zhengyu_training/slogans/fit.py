"""Fit the slogan model: acceptance and type of candidates, the threshold chosen out of fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from zhengyu.slogans.candidates import is_of_entry, is_of_paragraph, is_of_wording, wording_features
from zhengyu.slogans.model import NO_SCREEN, SloganWeights, best_set, is_shape
from zhengyu.themes.metrics import f_measure, harmonic_mean, precision, recall
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_training.slogans.marks import MAYBE, NONE, MarkedCandidates
from zhengyu_training.slogans.solver import fit_logistic

#: Thresholds that are tried.
GRID = np.round(np.arange(0.15, 0.85, 0.01), 2)
#: Width of the running mean over F1 along the grid.
SMOOTH = 9
#: Share of the slogans accepted out of fold that the screen may cost.
SCREEN_LOSS = 0.005
#: Means of F1 this close are as good as each other on so many paragraphs: less than half their standard error. On more
#: paragraphs the error falls, and so does what is as good, with the square root of how many they are.
AS_GOOD, AS_GOOD_OF = 0.005, 1000
_MIN_PARAGRAPHS = 20
#: What is unmarked and free of marks, and more probable than this to be a slogan, was passed over.
_PASSED_OVER = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class FittedSlogans:
    """What fitting gives.

    Attributes
    ----------
    weights : SloganWeights
        The model.
    out_of_fold : tuple of ndarray
        For every paragraph the probabilities of its candidates, from a model that has not seen its document.
    f1 : float
        Exact-span F1 on the paragraphs that decide, out of fold, at the threshold.
    """

    weights: SloganWeights
    out_of_fold: tuple[NDArray[np.float64], ...]
    f1: float


def fit_slogans(
    marked: Sequence[MarkedCandidates],
    wordings: Mapping[str, str] | None = None,
    *,
    strength: float = 40.0,
    written_weight: float = 0.25,
    wording_weight: float = 0.04,
    typing_weight: float = 0.1,
    entry_weight: float = 4.0,
    min_count: int = 2,
    folds: int = 5,
    seed: int = 0,
) -> FittedSlogans:
    """Fit the slogan model.

    A reader passes over slogans. An unmarked candidate of a real paragraph that touches no mark, and that a model
    which has not seen its document takes for a slogan, is therefore left out of the fitting; it still counts as wrong
    where the threshold is chosen.

    Parameters
    ----------
    marked : sequence of MarkedCandidates
        Labelled candidates. On the threshold decide the real paragraphs, as the whole lexicon sees them, when there are
        at least 20 of them; of these those that several readers marked, when there are as many.
    wordings : mapping of str to str, optional
        Slogans without a text and their types, those of a lexicon: each teaches by its characters alone, beside as many
        wordings of candidates that are none. They say what slogans, and those of a type, are made of beyond the
        paragraphs that were marked.
    strength : float, default=40.0
        Inverse strength C of the penalty.
    written_weight : float, default=0.25
        Weight of a candidate of a written paragraph beside one of a real one.
    wording_weight, typing_weight : float
        Weight of a wording without a text where it is learnt what a slogan is, and of what type.
    entry_weight : float, default=4.0
        By how much the feature that names an entry of the lexicon counts more than another of its wording. At 1 it is
        lost among some sixty of them, and what readers always mark is judged by its characters.
    min_count : int, default=2
        Features in fewer candidates are left out.
    folds : int, default=5
        Folds of the out-of-fold probabilities; documents stay whole.
    seed : int, default=0
        Seed of the draw of wordings that are none.

    Raises
    ------
    ZhengyuError
        There is no slogan, or nothing but slogans, among the candidates.

    References
    ----------
    Label errors found out of fold: C. Northcutt, L. Jiang, I. Chuang, Confident learning, JAIR 70, 2021.
    """
    wordings = wordings or {}
    labels = [label for one in marked for label in one.labels]
    if len({label != NONE for label in labels if label != MAYBE}) < 2:
        raise ZhengyuError(
            f"expected marked slogans and candidates that are none, got {len(labels)} candidates of one kind; "
            "mark slogans in more paragraphs"
        )
    counts = Counter(chain.from_iterable(row for one in marked for row in one.features))
    names = sorted(name for name, count in counts.items() if count >= min_count)
    index = {name: row for row, name in enumerate(names)}
    rows = [[index[name] for name in row if name in index] for one in marked for row in one.features]
    frequency = np.array([counts[name] for name in names], dtype=np.float64)
    idf = np.log((1 + len(rows)) / (1 + frequency)) + 1
    idf[[row for row, name in enumerate(names) if is_of_entry(name)]] *= entry_weight
    matrix = _rows(rows, idf, np.array([is_shape(name) for name in names]))
    owner = np.repeat(np.arange(len(marked)), [len(one.labels) for one in marked])
    real = np.array([one.real for one in marked], dtype=bool)
    weight = np.array([one.weight * (1.0 if one.real or not real.any() else written_weight) for one in marked])[owner]
    known = np.array([label != MAYBE for label in labels])
    positive = np.array([label not in (NONE, MAYBE) for label in labels])

    # Written paragraphs hold more slogans than real ones: a column of their own takes that up, not the other weights.
    both = sparse.hstack([matrix, sparse.csr_matrix((~real[owner])[:, None] * 1.0)], format="csr")
    free = known & ~positive & real[owner] & ~_touching(marked)

    documents = np.unique([one.doc for one in marked], return_inverse=True)[1][owner]
    split = list(GroupKFold(n_splits=min(folds, int(documents.max()) + 1)).split(matrix, groups=documents))

    def fitted(usable: NDArray[np.bool_], loose: _Loose, also: Sequence[NDArray[np.int64]] = ()) -> Any:
        """Return the chances out of fold, and weights and biases of the folds and of what is fitted `also`."""
        uses = [train[usable[train]] for train, _ in split]
        coef, bias = loose.fit(both, positive, weight, [*uses, *also], wording_weight, strength)
        found = np.zeros(len(labels))
        for fold, (_, test) in enumerate(split):
            found[test] = 1.0 / (1.0 + np.exp(-(matrix[test] @ coef[fold, : len(names)] + bias[fold])))
        return found, coef, bias

    nothing = _Loose.of((), marked, free, index, idf, seed)
    passed_over = free & (fitted(known, nothing)[0] > _PASSED_OVER)
    known &= ~passed_over
    loose = _Loose.of(tuple(wordings), marked, free & ~passed_over, index, idf, seed)
    chances, coef, bias = fitted(known, loose, [np.flatnonzero(known)])
    accept, accept_bias = coef[-1, : len(names)], float(bias[-1])
    out_of_fold = tuple(np.split(chances, np.cumsum([len(one.labels) for one in marked])[:-1]))
    deciding = [i for i, one in enumerate(marked) if one.real and one.whole]
    if sum(marked[i].readings > 1 for i in deciding) >= _MIN_PARAGRAPHS:
        deciding = [i for i in deciding if marked[i].readings > 1]
    if len(deciding) < _MIN_PARAGRAPHS:
        deciding = list(range(len(marked)))
    threshold, f1 = _choose(marked, out_of_fold, deciding)

    types = tuple(name for name in SLOGAN_TYPES if name in labels)
    kinds = np.array(list(wordings.values()), dtype=np.str_)
    typed = np.isin(kinds, types)
    typing, typing_bias = _fit_types(
        sparse.vstack([matrix[positive], loose.slogans[typed]], format="csr"),
        names,
        np.concatenate([np.array(labels)[positive], kinds[typed]]),
        np.concatenate([weight[positive], np.full(int(typed.sum()), typing_weight)]),
        types,
        strength,
    )
    shape = np.array([is_shape(name) for name in names])
    shape_scores = matrix[:, shape] @ accept[shape]
    kept = positive & (chances >= threshold)
    screen = float(np.quantile(shape_scores[kept], SCREEN_LOSS)) if kept.any() else NO_SCREEN
    weights = SloganWeights(index, idf, accept, accept_bias, types, typing, typing_bias, float(threshold), screen)
    return FittedSlogans(weights, out_of_fold, f1)


def _fit_types(
    matrix: Any, names: Sequence[str], kinds: NDArray[np.str_], weight: NDArray[np.float64], types: Sequence[str],
    strength: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Return weights of shape (n_features, n_types) and biases of the types, learnt from slogans alone."""
    typing, bias = np.zeros((len(names), len(types))), np.zeros(len(types))
    if len(types) > 1:
        model: Any = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)
        # What kind of paragraph it is tells whether it holds slogans, not of what type they are.
        # A feature that no slogan has would get no weight.
        held = np.bincount(matrix.indices, minlength=len(names)) > 0
        own = np.flatnonzero(held & np.array([not is_of_paragraph(name) for name in names]))
        model.fit(matrix[:, own], kinds, sample_weight=weight)
        order = [list(model.classes_).index(name) for name in types]
        if len(types) > 2:
            typing[own], bias = model.coef_[order].T, model.intercept_[order]
        else:
            typing[own, order.index(1)], bias[order.index(1)] = model.coef_[0], model.intercept_[0]
    return typing, bias


def _rows(rows: Sequence[Sequence[int]], idf: NDArray[np.float64], shape: NDArray[np.bool_]) -> Any:
    """Return TF-IDF rows; features of wording and of shape are divided by their own norms."""
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.fromiter((column for row in rows for column in row), dtype=np.int64, count=int(ends[-1]))
    owner = np.repeat(np.arange(len(rows)), np.diff(ends))
    values, part = idf[columns], 2 * owner + shape[columns]
    norms = np.sqrt(np.bincount(part, weights=values**2, minlength=2 * len(rows)))
    return sparse.csr_matrix((values / norms[part], columns, ends), shape=(len(rows), len(idf)))


@dataclass(frozen=True, slots=True, eq=False)
class _Loose:
    """Wordings without a text: rows of slogans and of what is none, and the candidates that the latter are of."""

    slogans: Any
    others: Any
    owners: NDArray[np.int64]

    @classmethod
    def of(
        cls, wordings: Sequence[str], marked: Sequence[MarkedCandidates], free: NDArray[np.bool_],
        index: dict[str, int], idf: NDArray[np.float64], seed: int,
    ) -> _Loose:  # fmt: skip
        """Return the rows of `wordings`, and of as many free candidates that the lexicon does not know."""
        features = [row for one in marked for row in one.features]
        new = np.array(["is known" not in row for row in features], dtype=bool)
        # All are shuffled, not the pool alone: one candidate more or less in it leaves the others drawn as they were.
        order = np.random.default_rng(seed).permutation(len(features))
        chosen = order[(free & new)[order]][: len(wordings)]
        shape = np.array([is_shape(name) for name in index])
        rows = [[index[name] for name in sorted(wording_features(wording)) if name in index] for wording in wordings]
        none = [[index[name] for name in features[i] if name in index and is_of_wording(name)] for i in chosen]
        return cls(_rows(rows, idf, shape), _rows(none, idf, shape), chosen)

    def fit(
        self, matrix: Any, positive: NDArray[np.bool_], weight: NDArray[np.float64],
        uses: Sequence[NDArray[np.int64]], loose_weight: float, strength: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        """Fit acceptance on each of several sets of rows, and on the wordings that go with it.

        Returns
        -------
        coef : ndarray of shape (n_sets, n_features + 1)
            The share of slogans among the wordings takes the last column.
        intercept : ndarray of shape (n_sets,)
        """
        loose = sparse.vstack([self.slogans, self.others], format="csr")
        count, n_slogans = loose.shape[0], self.slogans.shape[0]
        beside = sparse.csr_matrix((count, matrix.shape[1] - loose.shape[1]))
        rows = sparse.vstack([matrix, sparse.hstack([loose, beside])])
        column = np.repeat([0.0, 1.0], [matrix.shape[0], count])[:, None]
        upper = np.zeros((rows.shape[0], len(uses)))
        for fit, use in enumerate(uses):
            upper[use, fit] = weight[use]
            upper[matrix.shape[0] :, fit] = loose_weight
            upper[matrix.shape[0] + n_slogans :, fit] *= np.isin(self.owners, use)
        wanted = np.concatenate([positive, np.arange(count) < n_slogans])
        return fit_logistic(sparse.hstack([rows, sparse.csr_matrix(column)], format="csr"), wanted, strength * upper)


def _touching(marked: Sequence[MarkedCandidates]) -> NDArray[np.bool_]:
    """Tell of each candidate whether it touches one that is marked or doubtful."""
    found: list[bool] = []
    for one in marked:
        others = [span for span, label in zip(one.spans, one.labels, strict=True) if label != NONE]
        found += [_touches(span, others) for span in one.spans]
    return np.array(found, dtype=bool)


def _choose(
    marked: Sequence[MarkedCandidates], chances: Sequence[NDArray[np.float64]], deciding: Sequence[int]
) -> tuple[float, float]:
    """Return the lowest threshold whose smoothed mean of exact and overlap F1 is as good as the best; its exact F1.

    The lowest, because a reader passes over slogans more often than marking what is none: what a lower threshold finds
    "wrongly" is in part right.
    """
    judged = [_Judged.of(marked[i], chances[i]) for i in deciding]
    curves = np.array([_f1(judged, float(threshold)) for threshold in GRID])
    padded = np.pad(curves.mean(axis=1), SMOOTH // 2, mode="edge")
    mean = np.convolve(padded, np.ones(SMOOTH) / SMOOTH, mode="valid")
    as_good = AS_GOOD * min(1.0, (AS_GOOD_OF / len(deciding)) ** 0.5)
    chosen = int(np.flatnonzero(mean >= mean.max() - as_good)[0])
    return float(GRID[chosen]), float(curves[chosen, 0])


@dataclass(frozen=True, slots=True)
class _Judged:
    """A paragraph that decides on the threshold.

    Attributes
    ----------
    spans, labels, chances
        Those candidates that the lowest threshold takes.
    gold, doubtful : list of (int, int)
        Spans of all its slogans, and of what coders could differ on.
    wanted : int
        How many slogans are marked, those that no candidate stands for included.
    """

    spans: list[tuple[int, int]]
    labels: list[str]
    chances: list[float]
    gold: list[tuple[int, int]]
    doubtful: list[tuple[int, int]]
    wanted: int

    @classmethod
    def of(cls, one: MarkedCandidates, chances: NDArray[np.float64]) -> _Judged:
        able = np.flatnonzero(chances >= GRID[0]).tolist()
        gold = [span for span, label in zip(one.spans, one.labels, strict=True) if label not in (NONE, MAYBE)]
        doubtful = [span for span, label in zip(one.spans, one.labels, strict=True) if label == MAYBE]
        return cls(
            [one.spans[k] for k in able], [one.labels[k] for k in able], chances[able].tolist(), gold, doubtful,
            len(gold) + one.missed,
        )  # fmt: skip


def _f1(judged: Sequence[_Judged], threshold: float) -> tuple[float, float]:
    """Return exact-span and overlap F1; what coders could differ on counts neither way."""
    right = wrong = wanted = hits = tries = caught = 0
    for one in judged:
        wanted += one.wanted
        taken = best_set(one.spans, one.chances, threshold)
        if not taken:
            continue
        right += sum(one.labels[k] not in (NONE, MAYBE) for k in taken)
        wrong += sum(one.labels[k] == NONE for k in taken)
        for k in taken:
            hit = _touches(one.spans[k], one.gold)
            hits += hit
            tries += hit or not _touches(one.spans[k], one.doubtful)
        caught += sum(_touches(span, [one.spans[k] for k in taken]) for span in one.gold)
    overlap = harmonic_mean(precision(hits, tries - hits), recall(caught, wanted - caught))
    return f_measure(right, wrong, wanted - right), overlap


def _touches(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
