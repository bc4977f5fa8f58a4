"""From scores to probabilities to themes: calibration, thresholds, and the answer none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Thresholds are looked for on this grid of probabilities; beyond it F1 only falls.
GRID = np.round(np.arange(0.08, 0.70, 0.01), 2)
#: Width of the running mean over F1 along the grid: one paragraph more or less must not move a threshold.
SMOOTH = 7
#: Pull of a thin theme's threshold to the common one: points of F1 for a distance of 1, times 10 / support.
PULL = 1.5
#: A paragraph that got no theme gets its most probable one only from this share of its threshold: titles and scraps
#: have a most probable theme too.
RESCUE = 0.25
#: A theme within this distance of its threshold is shown as uncertain.
UNCERTAIN = 0.10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling, a slope and an offset for each column of scores.

    Attributes
    ----------
    slope, offset : ndarray of shape (n_columns,)
        Probability is the logistic function of ``slope * score + offset``. Slopes are never negative, so that a
        higher score is never a lower probability.

    References
    ----------
    J. Platt, Probabilistic outputs for support vector machines, 1999.
    """

    slope: Floats
    offset: Floats

    def probability(self, scores: Floats) -> Floats:
        """Return probabilities in (0, 1), of the shape of `scores`."""
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores * self.slope + self.offset, -60.0, 60.0))))


def fit_calibration(scores: Floats, targets: NDArray[Any]) -> Calibration:
    """Fit the slope and offset of every column on out-of-fold scores.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_columns)
        Scores of rows that the scoring model has not seen.
    targets : ndarray of shape (n_samples, n_columns)
        1, 0, or -1 for unknown.
    """
    from sklearn.linear_model import LogisticRegression

    slopes, offsets = np.ones(scores.shape[1]), np.zeros(scores.shape[1])
    for k in range(scores.shape[1]):
        known = targets[:, k] >= 0
        positive = targets[known, k] == 1
        if positive.any() and not positive.all():
            model = LogisticRegression(C=1e3).fit(scores[known, k : k + 1], positive)
            slopes[k], offsets[k] = max(float(model.coef_[0, 0]), 1e-6), float(model.intercept_[0])
    return Calibration(slopes, offsets)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which themes a paragraph gets.

    A theme is given when its probability reaches its threshold. A paragraph that is none with at least
    `none_above` gets no theme; one that got no theme, though it is none with less than `none_below`, gets its most
    probable one, if that reaches a quarter of its threshold.

    Attributes
    ----------
    thresholds : ndarray of shape (n_themes,)
        Probabilities in (0, 1).
    none_above, none_below : float
        Probabilities of none; ``none_below <= none_above``.
    """

    thresholds: Floats
    none_above: float
    none_below: float

    def apply(self, probability: Floats) -> NDArray[np.bool_]:
        """Return the themes given, ndarray of bool of shape (n_samples, n_themes).

        Parameters
        ----------
        probability : ndarray of shape (n_samples, n_themes + 1)
            The last column is the probability of none.
        """
        themes, none = probability[:, :-1], probability[:, -1]
        given = themes >= self.thresholds
        given[none >= self.none_above] = False
        best = themes.argmax(axis=1)
        near = themes[np.arange(len(themes)), best] >= self.thresholds[best] * RESCUE
        rescued = ~given.any(axis=1) & (none < self.none_below) & near
        given[rescued, best[rescued]] = True
        return np.asarray(given)


def f1(given: NDArray[np.bool_], targets: NDArray[Any]) -> tuple[float, Floats]:
    """Return micro-F1 and the F1 of each theme (0 where a theme occurs on neither side); -1 counts neither way."""
    coded, wrong = targets == 1, targets == 0
    hit, extra, missed = (given & coded).sum(0), (given & wrong).sum(0), (~given & coded).sum(0)
    whole = 2 * hit.sum() / max(1, 2 * hit.sum() + extra.sum() + missed.sum())
    return float(whole), np.asarray(2 * hit / np.maximum(1, 2 * hit + extra + missed))


def choose_decision(probability: Floats, targets: NDArray[Any]) -> Decision:
    """Choose thresholds that serve F1 on out-of-fold probabilities.

    One threshold for all is found first; each theme then moves away from it where its own F1, smoothed along the
    grid, gains more than the pull back to the common one, which is the stronger the thinner the theme. The two
    bounds of none are chosen last, for the sum of micro-F1, macro-F1 and a third of the F1 of none.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes + 1)
        Calibrated out-of-fold probabilities, none last.
    targets : ndarray of shape (n_samples, n_themes + 1)
        1, 0, or -1 for unknown.
    """
    themes, labels = probability[:, :-1], targets[:, :-1]
    common = max(GRID, key=lambda t: f1(themes >= t, labels)[0])
    curves = np.stack([f1(themes >= t, labels)[1] for t in GRID])
    kernel = np.ones(SMOOTH) / SMOOTH
    thresholds = np.full(themes.shape[1], common)
    for k in range(themes.shape[1]):
        smooth = np.convolve(np.pad(curves[:, k], SMOOTH // 2, mode="edge"), kernel, mode="valid")
        support = max(10, int((labels[:, k] == 1).sum()))
        thresholds[k] = GRID[int(np.argmax(smooth - PULL / support * np.abs(GRID - common)))]
    best, chosen = -1.0, Decision(thresholds, 2.0, 0.0)
    is_none = targets[:, -1] == 1
    for above in (0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.70, 0.80, 2.0):
        for below in (0.0, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40):
            if below > above:
                continue
            decision = Decision(thresholds, above, below)
            given = decision.apply(probability)
            micro, each = f1(given, labels)
            found = ~(given & (labels >= 0)).any(axis=1)
            none = 2 * (found & is_none).sum() / max(1, found.sum() + is_none.sum())
            value = micro + each.mean() + none / 3
            if value > best + 1e-9:
                best, chosen = value, decision
    return chosen
