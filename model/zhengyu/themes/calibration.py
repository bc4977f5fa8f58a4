"""From scores to probabilities: a sigmoid or an isotonic curve for each theme, whichever the data speak for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Folds, documents whole, in which the two curves are tried on scores that they were not fitted on.
FOLDS = 5
#: Fewer coded paragraphs of a theme than this bear no curve of more than two numbers.
MIN_ISOTONIC = 50
#: Steps of the isotonic curve nearer than this in log-odds are one, so that the curve always rises.
_LEAST_RISE = 1e-6
#: The sigmoid's fit: its penalty on the slope, and how many and how small Newton's steps may be.
_PENALTY, _MOST_STEPS, _LEAST_STEP = 1e-3, 100, 1e-6


def _no_floats() -> Floats:
    return np.empty(0)


def _no_columns() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """One rising curve for each column of scores.

    A column without knots has a sigmoid (Platt 1999): its log-odds are ``slope * score + offset``. A column with knots
    has a centred isotonic curve (Oron and Flournoy 2017): its log-odds run in straight lines from knot to knot, and
    beyond the outermost ones with the sigmoid's slope. Either way a higher score is always a higher probability, up to
    what a float can tell apart.

    Attributes
    ----------
    slope, offset : ndarray of shape (n_columns,)
        The sigmoid; slopes are above 0.
    knot_column : ndarray of int of shape (n_knots,)
        The column of each knot, ascending.
    knot_score, knot_logit : ndarray of shape (n_knots,)
        Score and log-odds of each knot, ascending within a column.

    References
    ----------
    J. Platt, Probabilistic outputs for support vector machines, 1999.
    A. Oron and N. Flournoy, Centered isotonic regression, 2017.
    """

    slope: Floats
    offset: Floats
    knot_column: NDArray[np.int64] = field(default_factory=_no_columns)
    knot_score: Floats = field(default_factory=_no_floats)
    knot_logit: Floats = field(default_factory=_no_floats)

    @property
    def methods(self) -> tuple[str, ...]:
        """``sigmoid`` or ``isotonic`` for each column."""
        bent = set(self.knot_column.tolist())
        return tuple("isotonic" if k in bent else "sigmoid" for k in range(self.slope.size))

    def probability(self, scores: Floats) -> Floats:
        """Return probabilities in (0, 1), of the shape of `scores`, (n_samples, n_columns)."""
        odds = np.asarray(scores * self.slope + self.offset)
        for k in sorted(set(self.knot_column.tolist())):  # numpy's own way imports masked arrays
            mine = self.knot_column == k
            odds[..., k] = _bent(scores[..., k], self.knot_score[mine], self.knot_logit[mine], float(self.slope[k]))
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0))))


def _bent(scores: Floats, x: Floats, y: Floats, slope: float) -> Floats:
    inside = np.interp(scores, x, y)
    below, above = np.minimum(scores - x[0], 0.0), np.maximum(scores - x[-1], 0.0)
    return np.asarray(inside + slope * (below + above))


def fit_calibration(scores: Floats, targets: NDArray[Any], documents: NDArray[Any] | None = None) -> Calibration:
    """Fit the curve of every column on out-of-fold scores.

    A column takes the isotonic curve where, documents kept whole, it says held-out labels better than the sigmoid:
    the sum of log losses must be smaller by more than one standard error over documents. Otherwise the simpler stays.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_columns)
        Scores of rows that the scoring model has not seen.
    targets : ndarray of shape (n_samples, n_columns)
        1, 0, or -1 for unknown.
    documents : ndarray of shape (n_samples,), optional
        Document of each row; every row is its own document when not given.
    """
    groups = np.arange(len(scores)) if documents is None else np.unique(documents, return_inverse=True)[1]
    sigmoids = fit_sigmoids(scores, targets)
    columns: list[int] = []
    knots: list[tuple[Floats, Floats]] = []
    for k in range(scores.shape[1]):
        known = targets[:, k] >= 0
        x, y = scores[known, k], (targets[known, k] == 1).astype(float)
        if not 0 < y.sum() < y.size:
            continue
        if y.sum() >= MIN_ISOTONIC and _isotonic_is_better(x, y, groups[known]):
            columns.append(k)
            knots.append(_centred_isotonic(x, y))
    if not columns:
        return sigmoids
    return Calibration(
        sigmoids.slope,
        sigmoids.offset,
        np.repeat(np.array(columns, dtype=np.int64), [x.size for x, _ in knots]),
        np.concatenate([x for x, _ in knots]),
        np.concatenate([y for _, y in knots]),
    )


def fit_sigmoids(scores: Floats, targets: NDArray[Any], *, shared: bool = False) -> Calibration:
    """Fit a sigmoid for every column of out-of-fold scores.

    Parameters
    ----------
    scores, targets
        See `fit_calibration`.
    shared : bool, default=False
        One sigmoid for all columns in which something is coded, so that probabilities rank as scores do.
    """
    slopes, offsets = np.ones(scores.shape[1]), np.zeros(scores.shape[1])
    known, coded = targets >= 0, targets == 1
    fits = np.flatnonzero(coded.any(axis=0) & (known & ~coded).any(axis=0))
    if shared and fits.size:
        mine = known[:, fits]
        slopes[fits], offsets[fits] = _sigmoid(scores[:, fits][mine], coded[:, fits][mine].astype(float))
        return Calibration(slopes, offsets)
    for k in fits:
        slopes[k], offsets[k] = _sigmoid(scores[known[:, k], k], coded[known[:, k], k].astype(float))
    return Calibration(slopes, offsets)


def _sigmoid(x: Floats, y: Floats) -> tuple[float, float]:
    """Fit slope and offset by Newton's method, the slope held by a weak penalty; the slope is above 0."""
    slope, offset = 0.0, float(np.log((y.sum() + 1) / (y.size - y.sum() + 1)))

    def loss(slope: float, offset: float) -> float:
        return float(_log_loss(slope * x + offset, y).sum()) + _PENALTY / 2 * slope * slope

    value = loss(slope, offset)
    for _ in range(_MOST_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(slope * x + offset, -60.0, 60.0)))
        by_slope, by_offset = float((p - y) @ x) + _PENALTY * slope, float((p - y).sum())
        bend = p * (1 - p)
        a, b, c = float(bend @ (x * x)) + _PENALTY, float(bend @ x), float(bend.sum()) + 1e-12
        area = a * c - b * b
        step, shift = (c * by_slope - b * by_offset) / area, (a * by_offset - b * by_slope) / area
        size = 1.0
        while (further := loss(slope - size * step, offset - size * shift)) > value and size > _LEAST_STEP:
            size /= 2
        gained = value - further
        if gained > 0:
            slope, offset, value = slope - size * step, offset - size * shift, further
        if gained <= 1e-10 * value:
            break
    return max(slope, 1e-6), offset


def _centred_isotonic(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return knots: the centre of each step of the isotonic curve, pulled to the base rate by one row's weight."""
    from sklearn.isotonic import IsotonicRegression

    steps, where = np.unique(IsotonicRegression().fit(x, y).predict(x), return_inverse=True)
    count = np.bincount(where, minlength=steps.size)
    centre = np.bincount(where, x) / count
    share = (np.bincount(where, y) + y.mean()) / (count + 1)
    rising = IsotonicRegression().fit(centre, share, sample_weight=count).predict(centre)
    logit = np.log(rising / (1 - rising))
    keep = np.concatenate([[True], np.diff(logit) > _LEAST_RISE])
    return np.asarray(centre[keep]), np.asarray(logit[keep])


def _isotonic_is_better(x: Floats, y: Floats, groups: NDArray[np.int64]) -> bool:
    from sklearn.model_selection import GroupKFold

    if np.unique(groups).size < FOLDS:
        return False
    gain = np.zeros(x.size)
    for train, test in GroupKFold(n_splits=FOLDS).split(x, groups=groups):
        if not 0 < y[train].sum() < train.size:
            return False
        slope, offset = _sigmoid(x[train], y[train])
        kx, ky = _centred_isotonic(x[train], y[train])
        gain[test] = _log_loss(slope * x[test] + offset, y[test]) - _log_loss(_bent(x[test], kx, ky, slope), y[test])
    each = np.bincount(np.unique(groups, return_inverse=True)[1], gain)
    return bool(each.sum() > np.sqrt(each.size) * each.std())


def _log_loss(odds: Floats, y: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, odds) - y * odds)
