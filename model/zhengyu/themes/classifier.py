"""One-vs-rest linear scoring of themes, with calibrated probabilities, thresholds, and none as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sklearn
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_array, check_is_fitted, check_memory

from zhengyu.themes.calibration import fit_calibration
from zhengyu.themes.metrics import f_measure, f_score
from zhengyu.themes.thresholds import GOALS, bound_precision, choose_decision
from zhengyu_corpus.errors import ZhengyuError

Floats = NDArray[np.float64]


class ThemeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    r"""Score each theme with its own logistic regression and decide with thresholds chosen out of fold.

    For a TF-IDF row :math:`x` the score of theme :math:`k` is :math:`s_k = w_k \cdot x + b_k`, its probability
    :math:`p_k = 1 / (1 + \exp(-(\alpha_k s_k + \beta_k)))` (Platt 1999), or an isotonic curve where that says held-out
    labels better; either is fitted on out-of-fold scores, because the scores of the training rows themselves are too
    sure. The theme is given when :math:`p_k \ge t_k`. One more score of the same form says how likely the paragraph
    has no theme; `zhengyu.themes.thresholds` tells how the two meet.

    Parameters
    ----------
    C : float, default=30.0
        Inverse strength of the L2 penalty.
    class_weight : {'balanced', None}, default='balanced'
        Balanced keeps thin themes from being scored as never.
    cv : int, default=5
        Folds of the out-of-fold scores; whole groups stay in one fold.
    n_jobs : int, default=2
        Threads.
    memory : str or joblib.Memory, optional
        Where fits are kept, by all that decides them, so that the same rows and labels are not fitted twice. It holds
        pickles: a folder that nobody else can write.

    Attributes
    ----------
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
    """

    def __init__(
        self,
        C: float = 30.0,
        class_weight: str | None = "balanced",
        cv: int = 5,
        n_jobs: int = 2,
        memory: Any = None,
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.cv = cv
        self.n_jobs = n_jobs
        self.memory = memory

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        decide_on: Any = None,
    ) -> ThemeClassifier:
        """Fit weights, calibration and thresholds; a theme that no row has is never given.

        Parameters
        ----------
        X : sparse matrix of shape (n_samples, n_features)
            TF-IDF rows.
        y : array-like of shape (n_samples, n_themes)
            1 where the theme is coded, 0 where not, -1 where coders could differ (left out for that theme).
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        groups : array-like of shape (n_samples,), optional
            Document of each row; every row is its own document when not given.
        decide_on : array-like of bool of shape (n_samples,), optional
            Rows on which calibration and thresholds are chosen (the real ones); all when not given.

        Raises
        ------
        ZhengyuError
            Shapes do not fit, or values other than -1, 0 and 1.
        """
        rows = _checked(X)
        labels = np.asarray(y)
        if labels.ndim != 2 or labels.shape[0] != rows.shape[0] or not np.isin(labels, (-1, 0, 1)).all():
            raise ZhengyuError(
                f"expected y of shape ({rows.shape[0]}, n_themes) with values -1, 0 and 1, got shape {labels.shape}; "
                "make it with zhengyu.themes.pipeline.label_matrix"
            )
        targets = with_none(labels)
        weights = np.ones(rows.shape[0]) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        documents = (
            np.arange(rows.shape[0]) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        )
        real = np.ones(rows.shape[0], dtype=bool) if decide_on is None else np.asarray(decide_on, dtype=bool)

        self.oof_score_ = self._out_of_fold(rows, targets, weights, documents)
        self.calibration_ = fit_calibration(self.oof_score_[real], targets[real], documents[real])
        chances = self.calibration_.probability(self.oof_score_[real])
        self.decisions_ = {goal: choose_decision(chances, targets[real], goal) for goal in GOALS}
        self.decision_ = self.decisions_["f1"]
        self.floors_ = bound_precision(chances, targets[real], documents[real], self.decision_.none_above)
        self.coef_, self.intercept_ = self._fit_linear(rows, targets, weights)
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

    def _fit_linear(self, X: Any, targets: Any, weights: Any) -> tuple[Floats, Floats]:
        fit: Any = check_memory(self.memory).cache(fit_linear, ignore=["n_jobs"])
        # Another release of the library may fit otherwise.
        settings = {"C": self.C, "class_weight": self.class_weight, "scikit-learn": sklearn.__version__}
        fitted: tuple[Floats, Floats] = fit(X, targets, weights, settings, n_jobs=self.n_jobs)
        return fitted

    def _out_of_fold(self, X: Any, targets: Any, weights: Any, documents: Any) -> Floats:
        scores = np.zeros(targets.shape)
        folds = min(self.cv, np.unique(documents).size)
        for train, test in GroupKFold(n_splits=folds).split(X, groups=documents):
            coef, bias = self._fit_linear(X[train], targets[train], weights[train])
            scores[test] = X[test] @ coef.T + bias
        return scores

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
    X: Any, targets: NDArray[Any], weights: Floats, settings: Mapping[str, Any], *, n_jobs: int
) -> tuple[Floats, Floats]:
    """Fit one logistic regression a theme.

    Parameters
    ----------
    X : sparse matrix of shape (n_samples, n_features)
        TF-IDF rows.
    targets : ndarray of shape (n_samples, n_themes)
        1, 0, or -1 for rows that a theme leaves out.
    weights : ndarray of shape (n_samples,)
        Weights of the rows.
    settings : mapping
        ``C`` and ``class_weight``; what else stands there only tells one fit from another where they are kept.
    n_jobs : int
        Threads.

    Returns
    -------
    coef : ndarray of shape (n_themes, n_features)
    intercept : ndarray of shape (n_themes,)
    """

    def one(column: Any) -> tuple[Any, Any]:
        known = column >= 0
        if not (column[known] == 1).any():  # never coded here: as in a fold without the theme, it is never given
            return np.zeros(X.shape[1]), -10.0
        model: Any = LogisticRegression(
            C=settings["C"], class_weight=settings["class_weight"], solver="liblinear", max_iter=1000, random_state=0
        )
        model.fit(X[known], column[known] == 1, sample_weight=weights[known])
        return model.coef_[0], float(model.intercept_[0])

    fitted: Any = Parallel(n_jobs=n_jobs, prefer="threads")(delayed(one)(column) for column in targets.T)
    return np.stack([coef for coef, _ in fitted]), np.array([bias for _, bias in fitted])


def with_none(labels: NDArray[Any]) -> NDArray[Any]:
    """Append the column of none: 1 where no theme is coded, 0 elsewhere, -1 where only uncertain themes stand."""
    coded = (labels == 1).any(axis=1)
    return np.column_stack([labels, np.where(coded, 0, 1)])
