"""One-vs-rest linear scoring of themes, with calibrated probabilities, thresholds, and none as an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_array, check_is_fitted, check_memory

from zhengyu.themes.calibration import Calibration, fit_calibration, fit_sigmoids
from zhengyu.themes.metrics import f_measure, f_score
from zhengyu.themes.solver import WarmStart, fit_path, fit_warm_start, score_path
from zhengyu.themes.thresholds import GRIDS, choose_decisions
from zhengyu_corpus.errors import ZhengyuError

Floats = NDArray[np.float64]

#: Strengths that are tried where none is asked for.
STRENGTHS = (0.1, 0.3, 1.0, 3.0)
#: Weight of a sentence beside a paragraph, and the strength of the fit that tells which sentence carries a theme.
SENTENCE_WEIGHT, SENTENCE_STRENGTH = 0.1, 1.0
#: Raised when a fit of the same rows would give other weights, so that none is taken from an older release's cache.
_SOLVER = 3


class Sentences(NamedTuple):
    """The sentences of paragraphs that have several, to be trained on beside them.

    Attributes
    ----------
    rows : csr_matrix of shape (n_sentences, n_features)
        TF-IDF rows, each of length 1.
    owners : ndarray of int of shape (n_sentences,)
        The paragraph of each, ascending.
    """

    rows: Any
    owners: NDArray[np.int64]

    def of(self, paragraphs: NDArray[np.int64]) -> Sentences:
        """Return the sentences of some paragraphs, ascending ones, which are numbered anew."""
        kept = np.isin(self.owners, paragraphs)
        return Sentences(self.rows[kept], np.searchsorted(paragraphs, self.owners[kept]))


class ThemeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    r"""Score each theme with its own linear support vector machine and decide with thresholds chosen out of fold.

    For a TF-IDF row :math:`x` the score of theme :math:`k` is :math:`s_k = w_k \cdot x + b_k`, its probability
    :math:`p_k = 1 / (1 + \exp(-(\alpha_k s_k + \beta_k)))` (Platt 1999), or an isotonic curve where that says held-out
    labels better; either is fitted on out-of-fold scores, because the scores of the training rows themselves are too
    sure. The theme is given when :math:`p_k \ge t_k`. One more score of the same form says how likely the paragraph
    has no theme; `zhengyu.themes.thresholds` tells how the two meet.

    Where the sentences of paragraphs are given, they are trained on beside them, with little weight, so that a passing
    word is not enough: a sentence of a paragraph without a theme has it as little, and of a paragraph with it one
    sentence is taken to have it, the one that scores highest when paragraphs alone are fitted; of the others, nothing
    is known (after Andrews et al. 2003, who do this for bags of instances). Scores are still of paragraphs.

    The strength of the penalty is chosen on the same out-of-fold scores: the one with the highest sum of micro- and
    macro-F1 at one threshold for all calibrated scores, or, where classes exclude one another, with the most top
    classes right; of equals the strongest penalty.

    Parameters
    ----------
    C : float, optional
        Inverse strength of the L2 penalty; chosen from `STRENGTHS` when not given.
    cv : int, default=5
        Folds of the out-of-fold scores; whole groups stay in one fold.
    exclusive : bool, default=False
        Whether every row has exactly one theme. The decision is then the theme with the highest probability. All
        scores share one sigmoid, so that probabilities rank as scores do, unless a sigmoid for each ranks better.
    n_jobs : int, default=2
        Threads; they change no number.
    memory : str or joblib.Memory, optional
        Where fits are kept, by all that decides them, so that the same rows and labels are not fitted twice. It holds
        pickles: a folder that nobody else can write.

    Attributes
    ----------
    C_ : float
        The inverse strength that was used.
    strengths_ : dict of float to float
        What each strength that was tried was worth out of fold, see above.
    classes_ : ndarray of shape (n_themes,)
        Numbers of the themes: columns of `y`.
    coef_ : ndarray of shape (n_themes + 1, n_features)
        Weights; the last row is for none.
    intercept_ : ndarray of shape (n_themes + 1,)
        Biases.
    calibration_ : Calibration
        Curves from score to probability.
    decisions_ : dict of str to Decision
        Thresholds for every goal of `zhengyu.themes.thresholds.GOALS`.
    decision_ : Decision
        Those for F1, which `predict` uses.
    floors_ : PrecisionFloors
        Lower bounds of precision, from which thresholds for a floor follow.
    oof_score_ : ndarray of shape (n_samples, n_themes + 1)
        The out-of-fold scores that calibration and thresholds were chosen on.

    References
    ----------
    S. Andrews et al., Support vector machines for multiple-instance learning, 2003.
    """

    def __init__(
        self,
        C: float | None = None,
        cv: int = 5,
        exclusive: bool = False,
        n_jobs: int = 2,
        memory: Any = None,
    ) -> None:
        self.C = C
        self.cv = cv
        self.exclusive = exclusive
        self.n_jobs = n_jobs
        self.memory = memory

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        decide_on: Any = None,
        sentences: Sentences | None = None,
        told: Callable[[str, float], None] | None = None,
    ) -> ThemeClassifier:
        """Fit weights, calibration and thresholds; a theme that no row has is never given.

        Parameters
        ----------
        X : sparse matrix of shape (n_samples, n_features)
            TF-IDF rows.
        y : array-like of shape (n_samples, n_themes)
            1 where the theme is coded, 0 where not, -1 where coders could differ (left out for that theme).
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows; a row of weight 0 is not trained on.
        groups : array-like of shape (n_samples,), optional
            Document of each row; every row is its own document when not given.
        decide_on : array-like of bool of shape (n_samples,), optional
            Rows on which strength, calibration and thresholds are chosen (the real ones); all when not given.
        sentences : Sentences, optional
            The sentences of the rows that have several. Where classes exclude one another they are not used.
        told : callable, optional
            Called with what has been done, and the share of all the fitting that it was, in [0, 1].

        Raises
        ------
        ZhengyuError
            Shapes do not fit, values other than -1, 0 and 1, or exclusive classes and a row without just one.
        """
        rows = _checked(X)
        labels = np.asarray(y)
        if labels.ndim != 2 or labels.shape[0] != rows.shape[0] or not np.isin(labels, (-1, 0, 1)).all():
            raise ZhengyuError(
                f"expected y of shape ({rows.shape[0]}, n_themes) with values -1, 0 and 1, got shape {labels.shape}; "
                "make it with zhengyu.themes.pipeline.label_matrix"
            )
        if self.exclusive and not ((labels == 1).sum(axis=1) == 1).all():
            raise ZhengyuError(
                f"exclusive classes: expected one theme in every row, {int(((labels == 1).sum(axis=1) != 1).sum())} "
                "have none or several; label them, or let themes stand together"
            )
        tell = told or _untold
        targets = with_none(labels)
        weights = np.ones(rows.shape[0]) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if not (weights > 0).any():
            raise ZhengyuError("expected weights above 0, all are 0; leave them out, or weigh some rows")
        documents = (
            np.arange(rows.shape[0]) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        )
        real = np.ones(rows.shape[0], dtype=bool) if decide_on is None else np.asarray(decide_on, dtype=bool)

        tried = STRENGTHS if self.C is None else (self.C,)
        if self.exclusive:
            sentences = None
        held_out = self._out_of_fold(rows, targets, weights, documents, tried, sentences, tell)
        worth = [self._worth(scores[real], targets[real], documents[real]) for scores in held_out]
        best = int(np.argmax(worth))
        self.C_, self.strengths_ = tried[best], dict(zip(tried, worth, strict=True))
        self.oof_score_ = held_out[best]
        self._decide(self.oof_score_[real], targets[real], documents[real])
        self.coef_, self.intercept_ = self._fit(rows, targets, weights, self.C_, sentences)
        tell("weights", 1.0)
        self.classes_ = np.arange(labels.shape[1])
        self.n_features_in_ = rows.shape[1]
        return self

    def __sklearn_tags__(self) -> Any:
        """Say what it takes: sparse rows, and labels of several themes a row."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.single_output = False
        tags.target_tags.multi_output = True
        tags.target_tags.two_d_labels = True
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        return tags

    def _decide(self, scores: Floats, targets: NDArray[Any], documents: NDArray[Any]) -> None:
        """Choose calibration, thresholds and floors on held-out scores."""
        if self.exclusive:
            self.calibration_ = _exclusive_calibration(scores, targets, documents, self.cv)
        else:
            self.calibration_ = fit_calibration(scores, targets, documents)
        self.decisions_, self.floors_ = choose_decisions(
            self.calibration_.probability(scores), targets, documents, exclusive=self.exclusive
        )
        self.decision_ = self.decisions_["f1"]

    def _worth(self, scores: Floats, targets: NDArray[Any], documents: NDArray[Any]) -> float:
        """Return what held-out scores are worth: see the class."""
        if self.exclusive:
            return float((targets[np.arange(len(scores)), scores[:, :-1].argmax(axis=1)] == 1).mean())
        probability = fit_sigmoids(scores, targets).probability(scores)[:, :-1]
        sums = (f_score(probability >= threshold, targets[:, :-1]) for threshold in GRIDS["f1"][::4])
        return max(micro + float(each.mean()) for micro, each in sums)

    def _fit(
        self, X: Any, targets: NDArray[Any], weights: Floats, C: float, sentences: Sentences | None
    ) -> tuple[Floats, Floats]:
        fit: Any = check_memory(self.memory).cache(fit_linear, ignore=["n_jobs"])
        settings = {"C": C, "solver": _SOLVER}
        fitted: tuple[Floats, Floats] = fit(X, targets, weights, settings, sentences, n_jobs=self.n_jobs)
        return fitted

    def _out_of_fold(
        self, X: Any, targets: NDArray[Any], weights: Floats, documents: NDArray[Any], tried: tuple[float, ...],
        sentences: Sentences | None, tell: Callable[[str, float], None],
    ) -> Floats:  # fmt: skip
        """Return the out-of-fold scores for every strength, shape (n_strengths, n_samples, n_themes + 1)."""
        found = np.zeros((len(tried), *targets.shape))
        held_out: Any = check_memory(self.memory).cache(score_held_out)
        folds = list(GroupKFold(n_splits=min(self.cv, np.unique(documents).size)).split(X, groups=documents))
        settings = {"strengths": tried, "solver": _SOLVER}
        scored: Any = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
            delayed(held_out)(
                X[train], targets[train], weights[train], X[test], settings, sentences and sentences.of(train)
            )
            for train, test in folds
        )
        for done, ((_, test), scores) in enumerate(zip(folds, scored, strict=True), 1):
            found[:, test] = scores
            tell(f"fold {done} of {len(folds)}", done / (len(folds) + 1))
        return found

    def score_groups(
        self, X: Any, y: Any, groups: Any, sample_weight: Any = None, sentences: Sentences | None = None
    ) -> Floats:
        """Return out-of-fold scores with other groups kept whole, such as sources, at the strength that was chosen.

        Calibration and thresholds stay those that were chosen, so that what a user of new sources meets is measured.

        Parameters
        ----------
        X, y, groups, sample_weight, sentences
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_themes + 1)
        """
        check_is_fitted(self)
        rows, targets = _checked(X), with_none(np.asarray(y))
        weights = np.ones(rows.shape[0]) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        whole = np.unique(np.asarray(groups), return_inverse=True)[1]
        used = None if self.exclusive else sentences
        return np.asarray(self._out_of_fold(rows, targets, weights, whole, (self.C_,), used, _untold)[0])

    def decision_function(self, X: Any) -> Floats:
        """Return linear scores, ndarray of shape (n_samples, n_themes + 1), the last column for none."""
        check_is_fitted(self)
        rows = _checked(X)
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {rows.shape[1]} features, but ThemeClassifier is expecting {self.n_features_in_} features "
                "as input"
            )
        return np.asarray(rows @ self.coef_.T + self.intercept_)

    def predict_proba(self, X: Any) -> Floats:
        """Return calibrated probabilities, ndarray of shape (n_samples, n_themes + 1), the last column for none."""
        scores = self.decision_function(X)
        return self.calibration_.probability(scores)

    def predict(self, X: Any) -> NDArray[np.int8]:
        """Return the themes given, ndarray of shape (n_samples, n_themes) of 0 and 1; a row of zeros is none."""
        probabilities = self.predict_proba(X)
        return self.decision_.apply(probabilities).astype(np.int8)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the micro-F1 of `predict`, in [0, 1]: what a search goes by with ``scoring=None``.

        Parameters
        ----------
        X : sparse matrix of shape (n_samples, n_features)
            TF-IDF rows.
        y : array-like of shape (n_samples, n_themes)
            As in `fit`; -1 counts neither way.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts.
        """
        given, labels = self.predict(X).astype(bool), np.asarray(y)
        if sample_weight is None:
            return f_score(given, labels)[0]
        weights = np.asarray(sample_weight, dtype=np.float64)[:, None]
        hits, wrong = weights * (given & (labels == 1)), weights * (given & (labels == 0))
        missed = weights * (~given & (labels == 1))
        return float(f_measure(hits.sum(), wrong.sum(), missed.sum()))


def _checked(X: Any) -> Any:
    """Return rows as scikit-learn wants them: two dimensions, finite, sparse as CSR."""
    check: Any = check_array  # its annotations know no sparse formats
    return check(X, accept_sparse="csr", dtype=np.float64)


def fit_linear(
    X: Any,
    targets: NDArray[Any],
    weights: Floats,
    settings: Mapping[str, Any],
    sentences: Sentences | None = None,
    *,
    n_jobs: int = 1,
) -> tuple[Floats, Floats]:
    """Fit the weights of every theme for one strength.

    The way there leads over the weaker strengths of `STRENGTHS`, as when one is chosen: a strength gives the same
    weights whether it was chosen or asked for.

    Parameters
    ----------
    X : csr_matrix of shape (n_samples, n_features)
        TF-IDF rows.
    targets : ndarray of shape (n_samples, n_themes)
        1, 0, or -1 for rows that a theme leaves out.
    weights : ndarray of shape (n_samples,)
        Weights of the rows.
    settings : mapping
        ``C``; what else stands there only tells one fit from another where they are kept.
    sentences : Sentences, optional
        Sentences of the rows.
    n_jobs : int, default=1
        Threads.

    Returns
    -------
    coef : ndarray of shape (n_themes, n_features)
    intercept : ndarray of shape (n_themes,)
    """
    rows, targets, weights, warm_start = with_sentences(X, targets, weights, sentences, n_jobs=n_jobs)
    return fit_path(rows, targets, weights, (settings["C"],), way=STRENGTHS, warm_start=warm_start, n_jobs=n_jobs)[0]


def score_held_out(
    X: Any,
    targets: NDArray[Any],
    weights: Floats,
    held_out: Any,
    settings: Mapping[str, Any],
    sentences: Sentences | None = None,
) -> Floats:
    """Fit one fold for several strengths and score the rows outside it.

    Parameters
    ----------
    X, targets, weights
        See `fit_linear`.
    held_out : csr_matrix of shape (n_held_out, n_features)
        Rows outside the fold.
    settings : mapping
        ``strengths``, ascending; what else stands there only tells one fit from another where they are kept.
    sentences : Sentences, optional
        Sentences of the rows.

    Returns
    -------
    ndarray of shape (n_strengths, n_held_out, n_themes)
    """
    rows, targets, weights, warm_start = with_sentences(X, targets, weights, sentences)
    return score_path(rows, targets, weights, settings["strengths"], held_out, way=STRENGTHS, warm_start=warm_start)


def with_sentences(
    X: Any, targets: NDArray[Any], weights: Floats, sentences: Sentences | None, *, n_jobs: int = 1
) -> tuple[Any, NDArray[Any], Floats, WarmStart | None]:
    """Append the sentences of paragraphs to them, as rows with targets of their own.

    Parameters
    ----------
    X, targets, weights
        See `fit_linear`; the last column of `targets` is none.
    sentences : Sentences or None
        Sentences of the rows.
    n_jobs : int, default=1
        Threads.

    Returns
    -------
    X, targets, weights
        As they came, and the sentences behind them. Of a theme that is coded, the sentence that scores highest in its
        paragraph has it, of equals the first, and the others are left out; of a theme that is not, or may be, sentences
        have what the paragraph has. Every sentence of a paragraph of none is none; the others are left out.
    warm_start : WarmStart or None
        The fit of paragraphs alone that told which sentence scores highest: what is fitted next is near to it.
    """
    if sentences is None or not sentences.owners.size:
        return X, targets, weights, None
    rows, owners = sentences
    warm_start = fit_warm_start(X, targets, weights, SENTENCE_STRENGTH, way=STRENGTHS, n_jobs=n_jobs)
    scores = warm_start.scores(rows)
    of_sentence = targets[owners].copy()
    coded = of_sentence == 1
    coded[:, -1] = False
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    order = np.arange(owners.size)[:, None]
    highest = np.repeat(np.maximum.reduceat(scores, starts), np.diff(starts, append=owners.size), axis=0)
    firsts = np.minimum.reduceat(np.where(scores == highest, order, owners.size), starts)
    carries = order == np.repeat(firsts, np.diff(starts, append=owners.size), axis=0)
    of_sentence[coded & ~carries] = -1
    of_sentence[of_sentence[:, -1] == 0, -1] = -1
    return (
        sparse.vstack([X, rows], format="csr"),
        np.concatenate([targets, of_sentence]),
        np.concatenate([weights, SENTENCE_WEIGHT * weights[owners]]),
        warm_start,
    )


def with_none(labels: NDArray[Any]) -> NDArray[Any]:
    """Append the column of none: 1 where no theme is coded, 0 elsewhere, -1 where only uncertain themes stand."""
    coded = (labels == 1).any(axis=1)
    return np.column_stack([labels, np.where(coded, 0, 1)])


def _untold(_done: str, _share: float) -> None:
    """Tell nobody."""


def _exclusive_calibration(scores: Floats, targets: NDArray[Any], documents: NDArray[Any], folds: int) -> Calibration:
    """Return one sigmoid for all scores, or one for each where that puts more held-out rows right at the top.

    More means by over one standard error over documents, each sigmoid tried on documents that it was not fitted on.
    """
    gain = np.zeros(len(scores))
    rows = np.arange(len(scores))
    for train, test in GroupKFold(n_splits=min(folds, np.unique(documents).size)).split(scores, groups=documents):
        each = fit_sigmoids(scores[train], targets[train]).probability(scores[test])[:, :-1].argmax(axis=1)
        top = scores[test, :-1].argmax(axis=1)
        gain[test] = (targets[rows[test], each] == 1) * 1.0 - (targets[rows[test], top] == 1) * 1.0
    of_document = np.bincount(np.unique(documents, return_inverse=True)[1], gain)
    each_is_better = bool(of_document.sum() > np.sqrt(of_document.size) * of_document.std())
    return fit_sigmoids(scores, targets, shared=not each_is_better)
