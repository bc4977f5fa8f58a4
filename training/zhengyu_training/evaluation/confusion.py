"""How often each class was given for each, where classes exclude one another: a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.themes import ThemeSet


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionTable:
    """Counts of exclusive classes.

    Attributes
    ----------
    classes : tuple of str
        Class ids.
    counts : ndarray of int of shape (n_classes, n_classes)
        Rows are the coded classes, columns the given ones.
    """

    classes: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """The share of paragraphs that got their class."""
        return float(np.trace(self.counts) / max(1, self.counts.sum()))

    def as_json(self) -> dict[str, Any]:
        """Return the table for the model folder."""
        return {"classes": list(self.classes), "counts": self.counts.tolist()}

    def as_text(self) -> list[str]:
        """Return the table as lines: a row a coded class, a column a given one, numbered as the rows are."""
        wide = max(4, len(str(int(self.counts.max(initial=0)))) + 1)
        name = max(len(name) for name in self.classes) + 6
        lines = ["coded, and given instead (columns are numbered as the rows):"]
        lines.append(" " * name + "".join(f"{k:>{wide}}" for k in range(1, len(self.classes) + 1)))
        for k, one in enumerate(self.classes):
            cells = "".join(f"{count or '·':>{wide}}" for count in self.counts[k].tolist())
            lines.append(f"{k + 1:>3} {one:<{name - 4}}" + cells)
        return lines


def confusion_table(probability: NDArray[np.float64], labels: NDArray[Any], themes: ThemeSet) -> ConfusionTable:
    """Count coded against most probable classes.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes + 1)
        Calibrated probabilities, none last.
    labels : ndarray of shape (n_samples, n_themes)
        1 for the class of each row.
    themes : ThemeSet
        The classes.
    """
    counts = np.zeros((len(themes), len(themes)), dtype=np.int64)
    np.add.at(counts, ((labels == 1).argmax(axis=1), probability[:, :-1].argmax(axis=1)), 1)
    return ConfusionTable(themes.ids, counts)
