"""Logistic regressions of the same rows at once, each with weights of its own, by dual coordinate descent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A fit ends after a round that moved the margins of the rows by less than this on average, or after so many rounds.
TOLERANCE, ROUNDS = 1e-3, 300
#: Knuth's constants for a linear congruential generator, which shuffles the rows alike on every machine.
_MULTIPLIER, _INCREMENT = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
#: A row's own step ends when its margin is this near to where it is best, as a share of the distance that counts.
_NEAR, _MOST_STEPS = np.float32(0.01), 30


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[misc, unused-ignore]
def _descend(
    starts: Any, columns: Any, values: Any, square: Any, signs: Any, upper: Any, dual: Any, coef: Any, rounds: int,
    tolerance: float,
) -> int:  # fmt: skip
    """Improve `dual` and `coef` in place until a round changes little; return how many rounds that took.

    `upper` bounds the dual of each row in each fit, C weighed for the row, and is 0 where a fit leaves the row out. The
    last row of `coef` is the bias, a feature that is 1 in every row, and `square` each row's squared length with it. A
    row's dual is best where it is its bound times the share sigmoid(-margin), which depends on it in turn: the margin
    is found by Newton's method, kept between bounds that close in on it.
    """
    n_rows, n_fits, bias = upper.shape[0], upper.shape[1], coef.shape[0] - 1
    order, state = np.arange(n_rows), np.uint64(1)
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    scores, steps = np.empty(n_fits, dtype=np.float32), np.empty(n_fits, dtype=np.float32)
    for done in range(rounds):
        for last in range(n_rows - 1, 0, -1):
            state = state * _MULTIPLIER + _INCREMENT
            other = np.int64((state >> np.uint64(33)) % np.uint64(last + 1))
            order[last], order[other] = order[other], order[last]
        moved, counted = 0.0, 0
        for row in order:
            of_bias, upper_here, dual_here = coef[bias], upper[row], dual[row]
            for k in range(n_fits):
                scores[k] = of_bias[k]
            for at in range(starts[row], starts[row + 1]):
                value, of_feature = values[at], coef[columns[at]]
                for k in range(n_fits):
                    scores[k] += value * of_feature[k]
            sign, length = signs[row], square[row]
            for k in range(n_fits):
                steps[k] = zero
                most = length * upper_here[k]
                if most == zero:
                    continue
                margin = sign * scores[k]
                rest = margin - length * dual_here[k]
                low, high = rest, rest + most
                share = gap = slope = zero
                for _ in range(_MOST_STEPS):
                    share = one / (one + np.float32(math.exp(margin)))
                    gap = margin - rest - most * share
                    slope = one + most * share * (one - share)
                    if abs(gap) <= _NEAR * slope:
                        break
                    if gap > zero:
                        high = margin
                    else:
                        low = margin
                    margin -= gap / slope
                    if not low < margin < high:
                        margin = half * (low + high)
                share = min(max(share + share * (one - share) * gap / slope, zero), one)
                change = upper_here[k] * share - dual_here[k]
                dual_here[k] += change
                steps[k] = sign * change
                moved += abs(change) * length
                counted += 1
            for k in range(n_fits):
                of_bias[k] += steps[k]
            for at in range(starts[row], starts[row + 1]):
                value, of_feature = values[at], coef[columns[at]]
                for k in range(n_fits):
                    of_feature[k] += value * steps[k]
        if moved <= tolerance * counted:
            return done + 1
    return rounds


def fit_logistic(X: Any, positive: NDArray[np.bool_], upper: Floats) -> tuple[Floats, Floats]:
    r"""Fit several logistic regressions on the same rows.

    For fit :math:`k` with signs :math:`y_i \in \{-1, 1\}` it finds

    .. math:: \min_w \tfrac12 \|w\|^2 + \sum_i u_{ik} \log(1 + \exp(-y_i (w \cdot x_i + w_0))),

    the bias :math:`w_0` penalised like the rest. Folds of one cross-validation have nearly the same rows: a loop over
    them reads each row once for all.

    Parameters
    ----------
    X : csr_matrix of shape (n_samples, n_features)
        Rows.
    positive : ndarray of bool of shape (n_samples,)
        Which rows are of the class.
    upper : ndarray of shape (n_samples, n_fits)
        Inverse strength of the penalty times the row's weight, for each fit; 0 where the fit leaves the row out.

    Returns
    -------
    coef : ndarray of shape (n_fits, n_features)
    intercept : ndarray of shape (n_fits,)

    References
    ----------
    H.-F. Yu, F.-L. Huang, C.-J. Lin, Dual coordinate descent methods for logistic regression and maximum entropy
    models, 2011.
    """
    starts, columns = X.indptr.astype(np.int64), X.indices.astype(np.uint32)
    values = X.data.astype(np.float32)
    square = (1.0 + np.asarray(X.multiply(X).sum(axis=1)).ravel()).astype(np.float32)
    signs = np.where(positive, 1.0, -1.0).astype(np.float32)
    bounds = np.ascontiguousarray(upper, dtype=np.float32)
    dual = np.zeros_like(bounds)
    coef = np.zeros((X.shape[1] + 1, bounds.shape[1]), dtype=np.float32)
    _descend(starts, columns, values, square, signs, bounds, dual, coef, ROUNDS, TOLERANCE)
    found = coef.astype(np.float64).T
    return np.ascontiguousarray(found[:, :-1]), found[:, -1].copy()
