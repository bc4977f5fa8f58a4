"""What tagging adds to texts: from probabilities to columns, for the Python API, a cluster and the command alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.arrow import named, numbers, repeated
from zhengyu.io.columns import (
    MODEL,
    NONE,
    ROOT_THEMES,
    THEMES,
    UNCERTAIN,
    WIDE,
    WIDE_ROOT,
    TagColumns,
    probability_columns,
)
from zhengyu.themes.model import Model
from zhengyu.themes.thresholds import decide, ranked


def added_columns(
    model: Model,
    how: TagColumns,
    probabilities: NDArray[np.float64],
    text_of: Callable[[int], str | None],
    shown: NDArray[np.bool_] | None = None,
) -> tuple[dict[str, pa.Array], pa.Array]:
    """Return the columns that tagging adds, and the ids of the themes given, whatever the columns call them.

    Parameters
    ----------
    model : Model
        What the probabilities are of.
    how : TagColumns
        Which columns, and what they are called.
    probabilities : ndarray of shape (n_texts, n_themes + 1)
        Calibrated; the last column is for none.
    text_of : callable
        From the number of a row to its text.
    shown : ndarray of bool of shape (n_texts,), optional
        Which rows are tagged; the others have no theme, and null for a number. Those whose text is more than blanks
        when not given.

    Returns
    -------
    columns : dict of str to pyarrow.Array
        In the order of `TagColumns.types`.
    themes : pyarrow.ListArray of string
        Theme ids, most probable first.
    """
    if shown is None:
        shown = np.array([bool((text_of(row) or "").strip()) for row in range(len(probabilities))], dtype=bool)
    answers = decide(model.decision, probabilities, text_of, shown)
    given = answers.given
    offsets, themes = ranked(given, probabilities)
    ids = _lists(offsets, themes, model.themes.ids)
    found: dict[str, pa.Array] = {
        THEMES: ids if how.names == "id" else _lists(offsets, themes, how.labels),
        UNCERTAIN: _lists(*ranked(answers.uncertain, probabilities), how.labels),
        MODEL: repeated([model.version], [len(shown)]),
    }
    if how.probabilities:
        found.update(_numbers(probability_columns(how.labels), probabilities, shown))
    if how.wide:
        every = np.column_stack([given, ~given.any(axis=1)]).astype(np.int8)
        found.update(_numbers([f"{WIDE}{name}" for name in (*how.labels, NONE)], every, shown))
    if how.roll_up:
        root_of = np.array([model.themes.roots.index(model.themes.root(theme)) for theme in model.themes.ids])
        roots = np.zeros((len(given), len(how.roots)), dtype=np.int8)
        rows = np.repeat(np.arange(len(given)), np.diff(offsets))
        places = rows * len(how.roots) + root_of[themes]
        roots.flat[places] = 1
        _, first = np.unique(places, return_index=True)
        kept = np.sort(first)  # each root once, at the most probable of its themes
        starts = np.zeros(len(given) + 1, dtype=np.int32)
        np.cumsum(np.bincount(rows[kept], minlength=len(given)), out=starts[1:])
        found[ROOT_THEMES] = _lists(starts, root_of[themes[kept]], how.roots)
        if how.wide:
            found.update(_numbers([f"{WIDE_ROOT}{name}" for name in how.roots], roots, shown))
    return {name: found[name.removeprefix(how.prefix)] for name in how.types()}, ids


def _numbers(names: Sequence[str], values: NDArray[np.generic], shown: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """Return a column of numbers for each name; null where nothing was tagged."""
    return {name: numbers(column, ~shown) for name, column in zip(names, values.T, strict=True)}


def _lists(offsets: NDArray[np.int32], places: NDArray[np.int64], names: Sequence[str]) -> pa.Array:
    """Return the lists of names that places from one offset to the next stand for."""
    return pa.ListArray.from_arrays(numbers(offsets), named(names, places))
