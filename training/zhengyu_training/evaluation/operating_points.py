"""Operating points: precision and recall of each choice of thresholds, on documents that they were not chosen on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from zhengyu.themes.metrics import f_measure, precision, recall, theme_counts
from zhengyu.themes.thresholds import GOALS, NEVER, Decision, bound_precision, choose_decision
from zhengyu_corpus.themes import ThemeSet

#: Floors that reports show; any other can be asked for.
FLOORS = (0.8, 0.9, 0.95)
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Precision and recall with the thresholds of one goal, or of one floor of precision.

    Attributes
    ----------
    goal : str
        ``f1``, ``precision``, ``recall``, or ``precision >= 0.9``.
    precision, recall, f1 : float
        Over all theme decisions, on held-out documents.
    never : tuple of str
        Themes that are never given, because the corpus cannot promise the floor for them.
    """

    goal: str
    precision: float
    recall: float
    f1: float
    never: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return figures rounded to four places, for the model folder."""
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()}


def operating_points(
    probability: NDArray[np.float64], targets: NDArray[Any], documents: Sequence[str], themes: ThemeSet
) -> tuple[OperatingPoint, ...]:
    """Choose thresholds on four fifths of the documents and measure them on the rest, five times.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes + 1)
        Calibrated out-of-fold probabilities, none last.
    targets : ndarray of shape (n_samples, n_themes + 1)
        1, 0, or -1 for unknown.
    documents : sequence of str
        Document of each row.
    themes : ThemeSet
        The code list.
    """
    groups = np.unique(np.asarray(documents, dtype=str), return_inverse=True)[1]
    folds = min(_FOLDS, np.unique(groups).size)
    chosen: dict[str, list[Decision]] = {}
    given: dict[str, NDArray[np.bool_]] = {}
    for train, test in GroupKFold(n_splits=folds).split(probability, groups=groups):
        for name, decision in _decisions(probability[train], targets[train], groups[train]).items():
            chosen.setdefault(name, []).append(decision)
            given.setdefault(name, np.zeros((len(probability), len(themes)), dtype=bool))[test] = decision.apply(
                probability[test]
            )
    return tuple(_figures(name, given[name], targets[:, :-1], chosen[name], themes) for name in given)


def _decisions(
    probability: NDArray[np.float64], targets: NDArray[Any], groups: NDArray[np.int64]
) -> dict[str, Decision]:
    favours = {goal: choose_decision(probability, targets, goal) for goal in GOALS}
    floors = bound_precision(probability, targets, groups, favours["f1"].none_above)
    return {**favours, **{f"precision >= {floor:g}": floors.decision(floor) for floor in FLOORS}}


def _figures(
    name: str, given: NDArray[np.bool_], labels: NDArray[Any], decisions: Sequence[Decision], themes: ThemeSet
) -> OperatingPoint:
    hits, extra, missed = (int(count.sum()) for count in theme_counts(given, labels))
    never = np.all([decision.thresholds >= NEVER for decision in decisions], axis=0)
    return OperatingPoint(
        name,
        precision(hits, extra),
        recall(hits, missed),
        f_measure(hits, extra, missed),
        tuple(theme for theme, out in zip(themes.ids, never, strict=True) if out),
    )


def points_as_text(goals: Sequence[OperatingPoint]) -> list[str]:
    """Return the figures as lines of text for people."""
    lines = [f"{'favour':<20}{'precision':>10}{'recall':>8}{'F1':>7}  never given"]
    return lines + [
        f"{g.goal:<20}{g.precision:>10.3f}{g.recall:>8.3f}{g.f1:>7.3f}  {', '.join(g.never) or '–'}" for g in goals
    ]
