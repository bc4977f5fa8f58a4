"""The columns that tagging adds to a table, named once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhengyu_corpus.columns import TAG_COLUMNS

#: Theme ids, most probable first; themes near their threshold, or given below it; version of the model.
THEMES, UNCERTAIN, MODEL = TAG_COLUMNS
#: Columns that every tagged table has.
ADDED = TAG_COLUMNS
#: Prefix of the columns of probabilities.
PROBABILITY = "p_"
#: How the answer that a paragraph has no theme is called among them.
NONE = "none"

#: Tells where the facts of a document, the columns `zhengyu_corpus.facts.FIELDS`, were found.
FACTS_FROM = "facts_from"


def probability_columns(themes: Sequence[str]) -> list[str]:
    """Return ``p_<theme>`` for each theme, and ``p_none``."""
    return [f"{PROBABILITY}{name}" for name in (*themes, NONE)]


def added_columns(themes: Sequence[str], *, probabilities: bool = False, prefix: str = "") -> dict[str, Any]:
    """Return the columns that tagging adds, each with its Arrow type, in their order.

    Parameters
    ----------
    themes : sequence of str
        Theme ids of the model.
    probabilities : bool, default=False
        Whether there is a column for the probability of each theme.
    prefix : str
        Put before each name.
    """
    import pyarrow as pa

    ids = pa.list_(pa.string())
    found: dict[str, Any] = {THEMES: ids, UNCERTAIN: ids, MODEL: pa.string()}
    if probabilities:
        found.update(dict.fromkeys(probability_columns(themes), pa.float64()))
    return {f"{prefix}{name}": kind for name, kind in found.items()}
