"""Precision, recall and F of decisions, from counts; labels are 1, 0, or -1 where coders could differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def _ratio(part: ArrayLike, whole: ArrayLike, empty: float) -> Any:
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    found = np.where(below > 0, above / np.where(below > 0, below, 1.0), empty)
    return found if found.ndim else float(found)


def precision(hits: ArrayLike, extra: ArrayLike, *, empty: float = 0.0) -> Any:
    """Return the share of what was given that is right; `empty` where nothing was given.

    Parameters
    ----------
    hits, extra : number or ndarray
        Given and right; given and wrong.
    empty : float
        The value of nothing among nothing.
    """
    return _ratio(hits, np.add(hits, extra), empty)


def recall(hits: ArrayLike, missed: ArrayLike, *, empty: float = 0.0) -> Any:
    """Return the share of what is right that was given; `empty` where nothing is right.

    Parameters
    ----------
    hits, missed : number or ndarray
        Right and given; right and not given.
    empty : float
        The value of nothing among nothing.
    """
    return _ratio(hits, np.add(hits, missed), empty)


def f_measure(hits: ArrayLike, extra: ArrayLike, missed: ArrayLike, beta: float = 1.0, *, empty: float = 0.0) -> Any:
    """Return the F measure, ``(1 + b²) hits / ((1 + b²) hits + b² missed + extra)``.

    Parameters
    ----------
    hits, extra, missed : number or ndarray
        Given and right; given and wrong; right and not given.
    beta : float
        How many times recall counts as much as precision.
    empty : float
        The value where there is neither anything given nor anything right.
    """
    square = beta * beta
    top = (1 + square) * np.asarray(hits, dtype=np.float64)
    return _ratio(top, top + square * np.asarray(missed) + np.asarray(extra), empty)


def harmonic_mean(precision: float, recall: float) -> float:
    """Return F1 where precision and recall count different things, as with overlapping spans; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def theme_counts(given: NDArray[np.bool_], labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return hits, extra and missed of each theme; a label of -1 counts neither way.

    Parameters
    ----------
    given : ndarray of bool of shape (n_samples, n_themes)
    labels : ndarray of shape (n_samples, n_themes)
        1, 0, or -1 for unknown.
    """
    coded, wrong = labels == 1, labels == 0
    return (given & coded).sum(axis=0), (given & wrong).sum(axis=0), (~given & coded).sum(axis=0)


def f_score(given: NDArray[np.bool_], labels: NDArray[Any], beta: float = 1.0) -> tuple[float, Floats]:
    """Return the micro-F and the F of each theme, 0 where a theme occurs on neither side.

    Parameters as in `theme_counts` and `f_measure`.
    """
    hits, extra, missed = theme_counts(given, labels)
    micro = f_measure(hits.sum(), extra.sum(), missed.sum(), beta)
    return float(micro), np.asarray(f_measure(hits, extra, missed, beta))


def none_counts(given: NDArray[np.bool_], labels: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which paragraphs are none as coded and as given, ndarrays of bool of shape (n_counted,).

    Paragraphs given nothing but doubtful themes (-1) are left out: they count neither way.
    """
    coded, found = np.asarray(~(labels == 1).any(axis=1)), np.asarray(~given.any(axis=1))
    counted = np.asarray(found | (given & (labels >= 0)).any(axis=1))
    return coded[counted], found[counted]


def f1_of_sets(first: NDArray[np.bool_], second: NDArray[np.bool_], *, empty: float = 0.0) -> float:
    """Return the F1 of two sets, given as masks; the same in either order."""
    return float(f_measure((first & second).sum(), (first & ~second).sum(), (~first & second).sum(), empty=empty))


def none_f1(given: NDArray[np.bool_], labels: NDArray[Any]) -> float:
    """Return the F1 of the answer none, counted as in `none_counts`."""
    return f1_of_sets(*none_counts(given, labels))
