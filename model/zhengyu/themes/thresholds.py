"""From probabilities to themes: thresholds for a goal or for a floor of precision, and the answer none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.intervals import Z90_ONE_SIDED, wilson
from zhengyu.themes.metrics import f_measure
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.splitting import is_heading

Floats = NDArray[np.float64]

#: What thresholds can serve, and the beta of the F measure that each one means.
GOALS = {"f1": 1.0, "precision": 0.5, "recall": 2.0}
#: Thresholds are looked for on these grids of probabilities; beyond them the measure only falls.
GRIDS = {
    "f1": np.round(np.arange(0.08, 0.70, 0.01), 2),
    "precision": np.round(np.arange(0.08, 0.96, 0.01), 2),
    "recall": np.round(np.arange(0.02, 0.70, 0.01), 2),
}
#: Thresholds whose precision is bounded from below.
FLOOR_GRID = np.round(np.arange(0.05, 1.00, 0.01), 2)
#: A threshold that no probability reaches.
NEVER = 2.0
#: A threshold that every probability reaches.
ALWAYS = 1e-30
#: Bounds that are tried for the probability of none.
_NONE_ABOVE = (0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.70, 0.80, NEVER)
_NONE_BELOW = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40)
#: Width of the running mean over the measure along the grid: one paragraph more or less must not move a threshold.
SMOOTH = 7
#: Pull of a thin theme's threshold to the common one: points of F for a distance of 1, times 10 / support.
PULL = 1.5
#: A paragraph that got no theme gets its most probable one only from this share of its threshold: titles and scraps
#: have a most probable theme too. At 1 nothing is given below its threshold; this is the one switch for that.
RESCUE = 0.10
#: A theme within this distance of its threshold is shown as uncertain.
UNCERTAIN = 0.10


@dataclass(frozen=True, slots=True)
class Decision:
    """Which themes a paragraph gets.

    A theme is given when its probability reaches its threshold. A paragraph that is none with at least
    `none_above` gets no theme; one that got no theme, though it is none with less than `none_below`, gets its most
    probable one, if that reaches a tenth of its threshold.

    Attributes
    ----------
    thresholds : ndarray of shape (n_themes,)
        Probabilities in (0, 1), or 2 for a theme that is never given.
    none_above, none_below : float
        Probabilities of none; ``none_below <= none_above``.
    exclusive : bool
        Classes exclude one another: the most probable one alone is given, where it reaches its threshold, and none
        is no answer.
    """

    thresholds: Floats
    none_above: float
    none_below: float
    exclusive: bool = False

    def apply(self, probability: Floats, text_of: Callable[[int], str | None] | None = None) -> NDArray[np.bool_]:
        """Return the themes given, ndarray of bool of shape (n_samples, n_themes).

        What users are shown is decided by `decide`, which calls this.

        Parameters
        ----------
        probability : ndarray of shape (n_samples, n_themes + 1)
            The last column is the probability of none.
        text_of : callable, optional
            From the number of a row to its text. A heading is too short to be given a theme below its threshold; where
            texts are not known, no row is one.
        """
        themes, none = probability[:, :-1], probability[:, -1]
        if self.exclusive:
            return np.asarray(top_only(themes) >= self.thresholds)
        given = themes >= self.thresholds
        given[none >= self.none_above] = False
        best = themes.argmax(axis=1)
        near = themes[np.arange(len(themes)), best] >= self.thresholds[best] * RESCUE
        for row in np.flatnonzero(~given.any(axis=1) & (none < self.none_below) & near).tolist():
            if text_of is None or not is_heading((text_of(row) or "").strip()):
                given[row, best[row]] = True
        return np.asarray(given)

    def uncertain(self, probability: Floats, given: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which themes are doubtful, ndarray of bool of the shape of `given`.

        Those near their threshold, given or not, and those that `apply` gave below it. Where classes exclude one
        another, those that are nearly as probable as the most probable one, and that one beside them.
        """
        themes = probability[:, :-1]
        if self.exclusive:
            near = themes.max(axis=1, keepdims=True) - themes < UNCERTAIN
            return np.asarray(near & (near.sum(axis=1, keepdims=True) > 1))
        return np.asarray((np.abs(themes - self.thresholds) < UNCERTAIN) | (given & (themes < self.thresholds)))


def top_only(themes: Floats) -> Floats:
    """Return probabilities in which all but each row's highest, of equals the first, are 0."""
    found = np.zeros_like(themes)
    rows, best = np.arange(len(themes)), themes.argmax(axis=1)
    found[rows, best] = themes[rows, best]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What paragraphs are answered: the themes given, and those that are uncertain.

    Attributes
    ----------
    given, uncertain : ndarray of bool of shape (n_samples, n_themes)
        A theme can be either, both or neither.
    """

    given: NDArray[np.bool_]
    uncertain: NDArray[np.bool_]


def decide(
    decision: Decision,
    probability: Floats,
    text_of: Callable[[int], str | None],
    tagged: NDArray[np.bool_] | None = None,
) -> Answers:
    """Decide which themes paragraphs get: the one way from probabilities to answers, wherever they are asked for.

    Parameters
    ----------
    decision : Decision
        Thresholds.
    probability : ndarray of shape (n_samples, n_themes + 1)
        The last column is the probability of none.
    text_of : callable
        From the number of a row to its text.
    tagged : ndarray of bool of shape (n_samples,), optional
        Which rows are tagged at all; where it is False, as for blank texts and furniture, there is no answer. Rows
        whose text is blank when not given.
    """
    if tagged is None:
        tagged = np.array([bool((text_of(row) or "").strip()) for row in range(len(probability))], dtype=bool)
    given = decision.apply(probability, text_of) & tagged[:, None]
    return Answers(given, decision.uncertain(probability, given) & tagged[:, None])


def ranked(chosen: NDArray[np.bool_], probability: Floats) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Rank the chosen themes of each paragraph, most probable first.

    Parameters
    ----------
    chosen : ndarray of bool of shape (n_samples, n_themes)
    probability : ndarray of shape (n_samples, n_themes + 1)

    Returns
    -------
    offsets : ndarray of int32 of shape (n_samples + 1,)
    themes : ndarray of int64
        ``themes[offsets[i]:offsets[i + 1]]`` are the columns chosen in row ``i``.
    """
    rows, themes = np.divmod(np.flatnonzero(chosen), chosen.shape[1])
    count = np.bincount(rows, minlength=len(chosen))
    offsets = np.zeros(len(chosen) + 1, dtype=np.int32)
    np.cumsum(count, out=offsets[1:])
    several = np.flatnonzero(count[rows] > 1)  # most have one theme or none, and need no sorting
    of, which = rows[several], themes[several]
    themes[several] = which[np.lexsort((-probability[of, which], of))]  # stable: of two alike the first column
    return offsets, themes


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionFloors:
    """How precise each theme is at least, threshold by threshold, on out-of-fold probabilities.

    Attributes
    ----------
    bounds : ndarray of shape (n_themes, len(FLOOR_GRID))
        Lower bound of the precision among paragraphs whose probability reaches the threshold: Wilson's, one-sided
        90 %, with documents for the number of trials, because paragraphs of one document are alike.
    none_above : float
        Probability of none from which a paragraph gets no theme.
    exclusive : bool
        See `Decision`.
    """

    bounds: Floats
    none_above: float
    exclusive: bool = False

    def decision(self, floor: float) -> Decision:
        """Return the decision with the lowest thresholds that keep `floor`; a theme that cannot keep it is never given.

        Raises
        ------
        ZhengyuError
            `floor` is no probability between 0.5 and 0.99.
        """
        if not 0.5 <= floor <= 0.99:
            raise ZhengyuError(f"expected a precision between 0.5 and 0.99, got {floor}; ask for one that can be kept")
        keeps = self.bounds >= floor
        thresholds = np.where(keeps.any(axis=1), FLOOR_GRID[keeps.argmax(axis=1)], NEVER)
        return Decision(thresholds, self.none_above, 0.0, self.exclusive)


def choose_decision(probability: Floats, targets: NDArray[Any], goal: str = "f1") -> Decision:
    """Choose thresholds that serve a goal on out-of-fold probabilities.

    One threshold for all is found first; each theme then moves away from it where its own F, smoothed along the
    grid, gains more than the pull back to the common one, which is the stronger the thinner the theme. The two
    bounds of none are chosen last, for the sum of micro-F, macro-F and the F1 of none.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes + 1)
        Calibrated out-of-fold probabilities, none last.
    targets : ndarray of shape (n_samples, n_themes + 1)
        1, 0, or -1 for unknown.
    goal : {'f1', 'precision', 'recall'}
        F1, F0.5 or F2.
    """
    themes, labels = probability[:, :-1], targets[:, :-1]
    beta, grid = GOALS[goal], GRIDS[goal]
    hits, extra = _reaching(themes, labels == 1, grid), _reaching(themes, labels == 0, grid)
    missed = (labels == 1).sum(axis=0) - hits
    micro = f_measure(hits.sum(axis=1), extra.sum(axis=1), missed.sum(axis=1), beta)
    common, curves = float(grid[int(np.argmax(micro))]), f_measure(hits, extra, missed, beta)
    kernel = np.ones(SMOOTH) / SMOOTH
    thresholds = np.full(themes.shape[1], common)
    for k in range(themes.shape[1]):
        smooth = np.convolve(np.pad(curves[:, k], SMOOTH // 2, mode="edge"), kernel, mode="valid")
        support = max(10, int((labels[:, k] == 1).sum()))
        thresholds[k] = grid[int(np.argmax(smooth - PULL / support * np.abs(grid - common)))]
    return _bound_none(probability, labels, thresholds, beta)


def _reaching(themes: Floats, counted: NDArray[np.bool_], grid: Floats) -> NDArray[np.int64]:
    """Return how many counted probabilities of each theme reach each threshold, shape (n_thresholds, n_themes)."""
    found = np.empty((grid.size, themes.shape[1]), dtype=np.int64)
    for k in range(themes.shape[1]):
        passed = np.bincount(np.searchsorted(grid, themes[counted[:, k], k], side="right"), minlength=grid.size + 1)
        found[:, k] = passed[::-1].cumsum()[::-1][1:]
    return found


def _bound_none(probability: Floats, labels: NDArray[Any], thresholds: Floats, beta: float) -> Decision:
    """Choose the two bounds of none for given thresholds.

    What a row adds depends on its probability of none only by the bounds that this lies under: rows are counted once,
    in the steps between bounds, and every pair of bounds sums steps.
    """
    themes, none, coded = probability[:, :-1], probability[:, -1], labels == 1
    bounds = np.array(sorted({*_NONE_ABOVE, *_NONE_BELOW}))
    step = np.searchsorted(bounds, none, side="right")
    given, rows, best = themes >= thresholds, np.arange(len(themes)), themes.argmax(axis=1)
    empty = ~given.any(axis=1)
    rescued = empty & (themes[rows, best] >= thresholds[best] * RESCUE)
    saved = np.zeros_like(given)
    saved[rescued, best[rescued]] = True
    is_none = ~coded.any(axis=1)

    def sums(values: Any) -> NDArray[Any]:
        """Return sums over the rows below each bound, the last over all rows."""
        return np.cumsum([values[step == at].sum(axis=0) for at in range(bounds.size + 1)], axis=0)

    hit, extra = sums(given & coded), sums(given & (labels == 0))
    saved_hit, saved_extra = sums(saved & coded), sums(saved & (labels == 0))
    support = coded.sum(axis=0)
    # Of the answer none: rows given something certain, and what becomes of rows that are none or not.
    clear, saved_clear = (given & (labels >= 0)).any(axis=1), (saved & (labels >= 0)).any(axis=1)
    full, full_none, bare, bare_none = (sums(~empty), sums(~empty & is_none), sums(empty), sums(empty & is_none))
    full_clear_none = sums(clear & is_none)
    saved_rows, saved_none, saved_clear_none = sums(rescued), sums(rescued & is_none), sums(saved_clear & is_none)
    top, chosen = -1.0, Decision(thresholds, NEVER, 0.0)
    for above in _NONE_ABOVE:
        a = int(np.searchsorted(bounds, above))
        for below in _NONE_BELOW:
            if below > above:
                continue
            b = int(np.searchsorted(bounds, below))
            hits, wrong = hit[a] + saved_hit[b], extra[a] + saved_extra[b]
            missed = support - hits
            found = bare[-1] - saved_rows[b] + full[-1] - full[a]
            right = bare_none[-1] - saved_none[b] + full_none[-1] - full_none[a]
            lost = full_clear_none[a] + saved_clear_none[b]
            value = (
                f_measure(hits.sum(), wrong.sum(), missed.sum(), beta)
                + np.mean(f_measure(hits, wrong, missed, beta))
                + f_measure(right, found - right, lost)
            )
            if value > top + 1e-9:
                top, chosen = float(value), Decision(thresholds, above, below)
    return chosen


def choose_decisions(
    probability: Floats, targets: NDArray[Any], documents: NDArray[Any], *, exclusive: bool = False
) -> tuple[dict[str, Decision], PrecisionFloors]:
    """Choose the decision for every goal, and bound the precision of every theme.

    Parameters
    ----------
    probability, targets, documents
        See `bound_precision`.
    exclusive : bool
        Whether classes exclude one another; then all goals are served by the most probable class.
    """
    if exclusive:
        decisions = dict.fromkeys(
            GOALS, Decision(np.full(probability.shape[1] - 1, ALWAYS), NEVER, 0.0, exclusive=True)
        )
        probability = np.column_stack([top_only(probability[:, :-1]), probability[:, -1]])
    else:
        decisions = {goal: choose_decision(probability, targets, goal) for goal in GOALS}
    return decisions, bound_precision(probability, targets, documents, decisions["f1"])


def bound_precision(
    probability: Floats, targets: NDArray[Any], documents: NDArray[Any], decision: Decision
) -> PrecisionFloors:
    """Bound the precision of every theme from below at every threshold of `FLOOR_GRID`.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes + 1)
        Calibrated out-of-fold probabilities, none last; where classes exclude one another, those of `top_only`.
    targets : ndarray of shape (n_samples, n_themes + 1)
        1, 0, or -1 for unknown.
    documents : ndarray of shape (n_samples,)
        Document of each row.
    decision : Decision
        What else decides: from which probability of none a paragraph gets no theme, and whether classes exclude one
        another.
    """
    groups = np.unique(documents, return_inverse=True)[1]
    bounds = np.zeros((probability.shape[1] - 1, FLOOR_GRID.size))
    for k in range(len(bounds)):
        counted = (targets[:, k] >= 0) & (probability[:, -1] < decision.none_above)
        for g, threshold in enumerate(FLOOR_GRID):
            given = counted & (probability[:, k] >= threshold)
            if given.any():
                share, trials = float((targets[given, k] == 1).mean()), int(np.unique(groups[given]).size)
                # One-sided 90 %: the true precision is above the bound in nine of ten themes.
                bounds[k, g] = wilson(share * trials, trials, Z90_ONE_SIDED)[0]
    return PrecisionFloors(bounds, decision.none_above, decision.exclusive)
