"""The record of a slogan, and the columns that hold it in a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints


@dataclass(frozen=True, slots=True)
class Slogan:
    """One slogan in a paragraph.

    Attributes
    ----------
    start, end : int
        Its place in the paragraph, in Unicode characters: ``paragraph[start:end]`` is `surface`.
    surface : str
        As it stands in the source.
    normal : str
        Its normal form: the lexicon's for a known slogan, else the surface without quotation marks.
    type : str
        One of `zhengyu_corpus.lexicon.SLOGAN_TYPES`.
    themes : tuple of str
        Theme ids: the lexicon's for a known slogan, else those of its paragraph; empty when not known.
    known : bool
        Whether the lexicon has it.
    probability : float
        In (0, 1]: how likely a careful coder would mark this span; 1 for an entry of the user's own lexicon.
    members : tuple of str
        What a numeric abbreviation stands for, where the paragraph spells it out.
    """

    start: int
    end: int
    surface: str
    normal: str
    type: str
    themes: tuple[str, ...]
    known: bool
    probability: float
    members: tuple[str, ...] = ()

    def in_paragraph(self, themes: Sequence[str]) -> Slogan:
        """Return the slogan with the themes of its paragraph where its own are not known."""
        if self.themes or not themes:
            return self
        # dataclasses.replace takes five times as long, and there are as many slogans as paragraphs.
        return Slogan(
            self.start, self.end, self.surface, self.normal, self.type, tuple(themes), self.known, self.probability,
            self.members,
        )  # fmt: skip


#: Fields of `Slogan` and their Python types, in the order of the columns.
FIELDS: dict[str, Any] = get_type_hints(Slogan)


def slogan_schema() -> Any:
    """Return the Arrow schema of a table of slogans: ``id`` of the paragraph, then the fields of `Slogan`."""
    import pyarrow as pa

    kinds = {int: pa.int64(), str: pa.string(), bool: pa.bool_(), float: pa.float64()}
    ids = pa.list_(pa.string())
    return pa.schema([("id", pa.string()), *((name, kinds.get(kind, ids)) for name, kind in FIELDS.items())])


def slogan_table(columns: Sequence[Any]) -> Any:
    """Return a pyarrow.Table of `slogan_schema`, one row a slogan.

    Parameters
    ----------
    columns : sequence
        The ids of the paragraphs, an array of pyarrow, then a list for each of the `FIELDS`, or an array that is made
        already. By columns, as there are as many slogans as paragraphs: a list for each of those would have Python's
        garbage collector look through all.
    """
    import numpy as np
    import pyarrow as pa

    from zhengyu.io.arrow import numbers, string_lists, strings, truths

    make: dict[Any, Callable[[Any], Any]] = {
        int: lambda column: numbers(np.array(column, dtype=np.int64)),
        float: lambda column: numbers(np.array(column, dtype=np.float64)),
        str: strings,
        bool: truths,
        tuple[str, ...]: string_lists,
    }
    ids, *fields = columns
    made = [
        column if isinstance(column, pa.Array) else make[kind](column)
        for kind, column in zip(FIELDS.values(), fields, strict=True)
    ]
    return pa.Table.from_arrays([ids, *made], schema=slogan_schema())
