"""The Wilson score interval of a share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054
#: Normal quantile of a one-sided 90 % bound.
Z90_ONE_SIDED = 1.2816


def wilson(count: ArrayLike, total: ArrayLike, z: float = Z95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return the ends of the score interval of a share, each in [0, 1].

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    count, total : number or ndarray
        Hits among so many trials; a total of 0 gives 0 to 1. A count need not be whole: where the trials are not
        independent, give the share times the number of those that are.
    z : float
        Normal quantile: 1.96 for a two-sided 95 % interval.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Examples
    --------
    >>> low, high = wilson(95, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.888, 0.978)
    """
    trials: NDArray[Any] = np.asarray(total, dtype=np.float64)
    n = np.where(trials > 0, trials, 1.0)
    share = np.asarray(count, dtype=np.float64) / n
    scale = 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    low, high = np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)
    return np.where(trials > 0, low, 0.0), np.where(trials > 0, high, 1.0)


def newcombe(
    count: ArrayLike, total: ArrayLike, other: ArrayLike, other_total: ArrayLike, z: float = Z95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return the ends of the hybrid score interval of a difference of two independent shares, each in [-1, 1].

    With the Wilson interval (l, u) of each share p,

    .. math::

        p_1 - p_2 - \sqrt{(p_1-l_1)^2 + (u_2-p_2)^2} \quad\text{to}\quad p_1 - p_2 + \sqrt{(u_1-p_1)^2 + (p_2-l_2)^2}

    Parameters
    ----------
    count, total, other, other_total : number or ndarray
        Hits among trials of the first share and of the one taken from it, as in `wilson`.
    z : float
        Normal quantile.

    References
    ----------
    R. G. Newcombe, Interval estimation for the difference between independent proportions, 1998, method 10.

    Examples
    --------
    >>> low, high = newcombe(56, 70, 48, 80)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    """
    (low, high), (other_low, other_high) = wilson(count, total, z), wilson(other, other_total, z)
    p = np.asarray(count, dtype=np.float64) / np.maximum(np.asarray(total, dtype=np.float64), 1e-12)
    q = np.asarray(other, dtype=np.float64) / np.maximum(np.asarray(other_total, dtype=np.float64), 1e-12)
    return (
        np.maximum(p - q - np.hypot(p - low, other_high - q), -1.0),
        np.minimum(p - q + np.hypot(high - p, q - other_low), 1.0),
    )


def jeffreys(count: ArrayLike, total: ArrayLike, z: ArrayLike = Z95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of Jeffreys' interval of a share, each in [0, 1].

    They are quantiles of a beta distribution with a half added to hits and to misses. Over few hits it is shorter than
    `wilson` and keeps its level on average over shares, which is what estimates that add several shares up need.

    Parameters
    ----------
    count, total : number or ndarray
        As in `wilson`.
    z : number or ndarray
        Quantile that says the level: 1.96 for a two-sided 95 % interval, or the larger one of Student's t.

    References
    ----------
    L. D. Brown, T. T. Cai and A. DasGupta, Interval estimation for a binomial proportion, Statistical Science, 2001.

    Examples
    --------
    >>> low, high = jeffreys(0, 100)
    >>> float(low), round(float(high), 4)
    (0.0, 0.0247)
    """
    from scipy import special

    hits, trials = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    n = np.where(trials > 0, trials, 1.0)
    tail = special.ndtr(-np.asarray(z, dtype=np.float64))
    hits = np.clip(hits, 0.0, n)
    low = np.where(hits > 0, special.betaincinv(hits + 0.5, n - hits + 0.5, tail), 0.0)
    high = np.where(hits < n, special.betaincinv(hits + 0.5, n - hits + 0.5, 1 - tail), 1.0)
    return np.where(trials > 0, low, 0.0), np.where(trials > 0, high, 1.0)
