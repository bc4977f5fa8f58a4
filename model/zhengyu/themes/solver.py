"""Linear support vector machines of many themes at once, along a path of penalties, by dual coordinate descent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

#: Themes that are fitted together: in single precision, their weights for one feature fill two cache lines, and a loop
#: over them is one step of vector instructions. Whether and when a block stops depends on nothing outside it, so that
#: the number of threads changes no weight.
BLOCK = 32
#: A block stops after a round in which no gradient was larger than this, or after so many rounds.
TOLERANCE, ROUNDS = 0.05, 60
#: A fit that starts from another's weights is within the tolerance before it is near: it goes on until this, which
#: brings it as near as one that has come along the path of penalties.
NEARER = 0.02
#: Bias of a theme that no row has: it is never given.
NEVER_BIAS = -10.0
#: Knuth's constants for a linear congruential generator, which shuffles the rows alike on every machine.
_MULTIPLIER, _INCREMENT = np.uint64(6364136223846793005), np.uint64(1442695040888963407)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[misc, unused-ignore]
def _descend(
    starts: Any, columns: Any, values: Any, square: Any, soft: Any, signs: Any, dual: Any, coef: Any, rounds: int,
    tolerance: float,
) -> int:  # fmt: skip
    """Improve `dual` and `coef` in place until a round changes little; return how many rounds that took.

    `signs` holds 1, -1, or 0 for a row that a theme leaves out; the last row of `coef` is the bias, a feature that is
    1 in every row. `square` holds each row's squared length, the bias with it, and `soft` what the squared loss adds
    to the diagonal of the dual: 1 / (2 C), C weighed for the row. Loops over themes have no branches and touch one
    row of each array, so that they become vector instructions.
    """
    n_rows, n_themes, bias = signs.shape[0], signs.shape[1], coef.shape[0] - 1
    order, state = np.arange(n_rows), np.uint64(1)
    zero, one = np.float32(0.0), np.float32(1.0)
    scores, steps = np.empty(n_themes, dtype=np.float32), np.empty(n_themes, dtype=np.float32)
    for done in range(rounds):
        for last in range(n_rows - 1, 0, -1):
            state = state * _MULTIPLIER + _INCREMENT
            other = np.int64((state >> np.uint64(33)) % np.uint64(last + 1))
            order[last], order[other] = order[other], order[last]
        worst = zero
        for row in order:
            of_bias, signs_here, dual_here = coef[bias], signs[row], dual[row]
            for k in range(n_themes):
                scores[k] = of_bias[k]
            for at in range(starts[row], starts[row + 1]):
                value, of_feature = values[at], coef[columns[at]]
                for k in range(n_themes):
                    scores[k] += value * of_feature[k]
            # The loss is squared, so the dual has no upper bound.
            curvature, softness = square[row] + soft[row], soft[row]
            for k in range(n_themes):
                sign, before = signs_here[k], dual_here[k]
                after = before - (sign * scores[k] - one + softness * before) / curvature
                change = ((after if after > zero else zero) - before) * abs(sign)
                dual_here[k] = before + change
                steps[k] = change * sign
            largest = zero
            for k in range(n_themes):
                largest = max(largest, abs(steps[k]))
            if largest == zero:
                continue
            worst = max(worst, largest * curvature)
            for k in range(n_themes):
                of_bias[k] += steps[k]
            for at in range(starts[row], starts[row + 1]):
                value, of_feature = values[at], coef[columns[at]]
                for k in range(n_themes):
                    of_feature[k] += value * steps[k]
        if worst < tolerance:
            return done + 1
    return rounds


class WarmStart(NamedTuple):
    """A fit that others, of the same rows and more behind them, start from.

    Attributes
    ----------
    strength : float
        Its inverse strength C of the penalty.
    n_themes : int
        How many themes it has.
    blocks : list of (ndarray, ndarray)
        Block by block the dual of the rows that have weights, and the weights of the features, the bias last.
    """

    strength: float
    n_themes: int
    blocks: list[tuple[Any, Any]]

    def scores(self, rows: Any) -> Floats:
        """Return the scores of rows, ndarray of shape (n_rows, n_themes)."""
        of_blocks = [rows @ coef[:-1].astype(np.float64) + coef[-1].astype(np.float64) for _, coef in self.blocks]
        return np.concatenate(of_blocks, axis=1)[:, : self.n_themes]


def fit_warm_start(
    X: Any, targets: NDArray[Any], weights: Floats, strength: float, *, way: Sequence[float] = (), n_jobs: int = 1
) -> WarmStart:
    """Fit for one penalty as `fit_path` does, for further fits to start from.

    Parameters
    ----------
    X, targets, weights, way, n_jobs
        See `fit_path`.
    strength : float
        Inverse strength C of the penalty.

    Returns
    -------
    WarmStart
        For fits of these rows, alone or with more rows behind them.
    """

    def keep(dual: Any, coef: Any) -> tuple[Any, Any]:
        return dual, coef  # nothing is fitted further in them

    blocks = _fit_blocks(X, targets, weights, (strength,), way, None, keep, n_jobs)
    return WarmStart(strength, targets.shape[1], [of_block[0] for of_block in blocks])


def fit_path(
    X: Any, targets: NDArray[Any], weights: Floats, strengths: Sequence[float], *, way: Sequence[float] = (),
    warm_start: WarmStart | None = None, n_jobs: int = 1,
) -> list[tuple[Floats, Floats]]:  # fmt: skip
    r"""Fit one linear support vector machine a theme for each of several penalties, each starting from the one before.

    For theme :math:`k` with signs :math:`y_i \in \{-1, 1\}` and row weights :math:`c_i` it finds

    .. math:: \min_w \tfrac12 \|w\|^2 + C \sum_i c_i \max(0, 1 - y_i (w \cdot x_i + w_0))^2,

    the bias :math:`w_0` penalised like the rest.

    Parameters
    ----------
    X : csr_matrix of shape (n_samples, n_features)
        Rows.
    targets : ndarray of shape (n_samples, n_themes)
        1, 0, or -1 for rows that a theme leaves out.
    weights : ndarray of shape (n_samples,)
        Weights of the rows; those of weight 0 are left out.
    strengths : sequence of float
        Inverse strengths C of the penalty, ascending.
    way : sequence of float
        More strengths to go by, those below the last of `strengths`; what is fitted there is not kept.
    warm_start : WarmStart, optional
        A fit of the first rows, from which those of its strength and above it start; those below it start from nothing.
    n_jobs : int, default=1
        Threads; they change no number.

    Returns
    -------
    list of (ndarray of shape (n_themes, n_features), ndarray of shape (n_themes,))
        Weights and biases for each of `strengths`.

    References
    ----------
    C.-J. Hsieh et al., A dual coordinate descent method for large-scale linear SVM, 2008.
    """
    count = targets.shape[1]
    blocks = _fit_blocks(
        X, targets, weights, strengths, way, warm_start, lambda _, coef: coef.astype(np.float64), n_jobs
    )
    found: list[tuple[Floats, Floats]] = []
    for of_strength in zip(*blocks, strict=True):
        coef = np.concatenate([part.T for part in of_strength])[:count]
        found.append((np.ascontiguousarray(coef[:, :-1]), coef[:, -1].copy()))
    return found


def score_path(
    X: Any, targets: NDArray[Any], weights: Floats, strengths: Sequence[float], held_out: Any, *,
    way: Sequence[float] = (), warm_start: WarmStart | None = None, n_jobs: int = 1,
) -> Floats:  # fmt: skip
    """Score rows with what `fit_path` fits, without keeping that: weights of many features fill the memory.

    Parameters
    ----------
    X, targets, weights, strengths, way, warm_start, n_jobs
        See `fit_path`.
    held_out : csr_matrix of shape (n_held_out, n_features)
        The rows to score.

    Returns
    -------
    ndarray of shape (n_strengths, n_held_out, n_themes)
    """

    def score(_: Any, coef: Any) -> Floats:
        weights = coef.astype(np.float64)
        return np.asarray(held_out @ weights[:-1] + weights[-1])

    blocks = _fit_blocks(X, targets, weights, strengths, way, warm_start, score, n_jobs)
    scored = [np.concatenate(of_strength, axis=1) for of_strength in zip(*blocks, strict=True)]
    return np.stack(scored)[:, :, : targets.shape[1]]


def _fit_blocks(
    X: Any, targets: NDArray[Any], weights: Floats, strengths: Sequence[float], way: Sequence[float],
    warm_start: WarmStart | None, take: Callable[[Any, Any], Any], n_jobs: int,
) -> list[list[Any]]:  # fmt: skip
    """Return for each block of themes what `take` makes of its dual and weights, the bias last, at each strength."""
    rows = sparse.csr_matrix(X)
    if not (weights > 0).all():
        kept = weights > 0
        rows, targets, weights = rows[kept], targets[kept], weights[kept]
    starts, columns = rows.indptr.astype(np.int64), rows.indices.astype(np.uint32)
    values = rows.data.astype(np.float32)
    square = (1.0 + np.asarray(rows.multiply(rows).sum(axis=1)).ravel()).astype(np.float32)
    turn = warm_start.strength if warm_start else 0.0
    # What lies on the way to the turn serves only strengths below it.
    below = max((one for one in strengths if one < turn), default=0.0)
    path = [one for one in sorted({*strengths, *way}) if one <= below or turn <= one <= max(strengths)]

    def block(first: int) -> list[Floats]:
        of_block = targets[:, first : first + BLOCK]
        count = of_block.shape[1]
        # A loop of less than a step of vector instructions takes as long as a whole one where it is over half of it.
        width = BLOCK if count > BLOCK // 2 else count
        signs = np.zeros((len(of_block), width), dtype=np.float32)
        signs[:, :count] = np.where(of_block == 1, 1.0, np.where(of_block == 0, -1.0, 0.0))
        dual, coef = np.zeros_like(signs), np.zeros((rows.shape[1] + 1, width), dtype=np.float32)
        never = ~(signs > 0).any(axis=0)
        signs[:, never] = 0.0
        coef[-1, never] = NEVER_BIAS
        taken: list[Any] = []
        waiting = warm_start.blocks[first // BLOCK] if warm_start else None
        for C in path:
            tolerance = TOLERANCE
            if waiting is not None and turn <= C:
                dual[:] = 0.0
                dual[: len(waiting[0])], coef[:] = waiting
                waiting, tolerance = None, NEARER
            soft = (0.5 / (C * weights)).astype(np.float32)
            _descend(starts, columns, values, square, soft, signs, dual, coef, ROUNDS, tolerance)
            if C in strengths:
                taken.append(take(dual, coef))
        return taken

    found: Any = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(block)(first) for first in range(0, targets.shape[1], BLOCK)
    )
    return list(found)
