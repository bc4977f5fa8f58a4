"""The paragraphs of tagged tables that findings are about: their themes, documents and groups as codes, no texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.findings.frames import as_pandas
from zhengyu.io.columns import MODEL, NONE, PROBABILITY, THEMES
from zhengyu.io.limits import listed
from zhengyu.io.tagged_tables import CALLED, require_tagged
from zhengyu_corpus.columns import first_of
from zhengyu_corpus.errors import ZhengyuError

#: Kinds of paragraphs that shares are not of: what stands around a text, and its headings.
LEFT_OUT = ("furniture", "heading", "empty")
#: Between columns, and between values, whose combinations are groups; and what stands for a missing value there.
CROSS, _NOTHING = " × ", "(none)"
_YEAR = r"((?:19|20)\d\d)"


@dataclass(slots=True)
class Coded:
    """A column of few values as numbers, grown block by block.

    Attributes
    ----------
    values : dict of str to int
        Each value and its number, in the order of their first appearance.
    """

    values: dict[str, int] = field(default_factory=dict)
    _parts: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, column: Sequence[str] | pd.Series[Any]) -> None:
        """Add the values of a block."""
        codes, unique = pd.factorize(pd.Series(column, dtype=object))
        places = [self.values.setdefault(str(value), len(self.values)) for value in unique]
        self._parts.append(np.array(places, dtype=np.int32)[codes] if places else np.empty(0, np.int32))

    @property
    def codes(self) -> NDArray[np.int32]:
        """The number of each row's value."""
        return np.concatenate(self._parts) if self._parts else np.empty(0, np.int32)


def crossed(columns: Sequence[Coded]) -> Coded:
    """Return the combinations that the values of several columns form, in the order of their values."""
    codes, rows = np.unique(np.stack([one.codes for one in columns], axis=1), axis=0, return_inverse=True)
    names = [list(one.values) for one in columns]
    told = [CROSS.join(known[k] or _NOTHING for known, k in zip(names, row, strict=True)) for row in codes.tolist()]
    return Coded({value: code for code, value in enumerate(told)}, [rows.reshape(-1).astype(np.int32)])


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The paragraphs that findings are about: those that are no furniture, no headings and not empty.

    Attributes
    ----------
    rows : ndarray of int, shape (n_paragraphs,)
        Place of each among all rows, furniture counted.
    themes : Coded
        Their themes, joined by ``;`` in a fixed order.
    documents : Coded
        Their documents.
    document_column : str
        The column that documents were told by, ``""`` where every paragraph counts as one of its own.
    groups : dict of str to Coded
        Values of the columns that were asked for.
    doubt : ndarray of float, shape (n_paragraphs,), or None
        How many theme decisions of each are expected to be wrong by its probabilities; None where it was not asked for.
    models : tuple of str
        Versions of the models that tagged them.
    found : dict of str to int
        Of the ids that were asked for, which paragraph each is.
    """

    rows: NDArray[np.int64]
    themes: Coded
    documents: Coded
    document_column: str
    groups: dict[str, Coded]
    doubt: NDArray[np.float64] | None
    models: tuple[str, ...]
    found: dict[str, int]

    def __len__(self) -> int:
        """Return the number of paragraphs."""
        return len(self.rows)

    def theme_ids(self) -> list[str]:
        """Return the themes that were given to any of them, in order of their ids."""
        return sorted({theme for joined in self.themes.values for theme in joined.split(";")} - {""})

    def given(self, themes: Sequence[str]) -> NDArray[np.bool_]:
        """Return which paragraph was given which theme, of shape (n_paragraphs, n_themes); ``none`` may be one."""
        sets = [set(joined.split(";")) if joined else {NONE} for joined in self.themes.values]
        held = np.array([[theme in some for theme in themes] for some in sets], dtype=bool).reshape(-1, len(themes))
        found: NDArray[np.bool_] = held[self.themes.codes]
        return found


def joined_themes(values: Iterable[Any]) -> list[str]:
    """Return cells of themes, as lists or joined by ``;``, as text with the themes in order of their ids."""
    found: list[str] = []
    for value in values:
        parts = value.split(";") if isinstance(value, str) else value if _is_list(value) else ()
        found.append(";".join(sorted({str(part).strip() for part in parts} - {"", NONE})))
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))


def as_text(column: pd.Series[Any]) -> list[str]:
    """Return cells as text, missing ones as ``""``, whole numbers without a fraction."""
    cells = column.tolist()
    return [
        "" if cell is None or cell is pd.NA or cell != cell
        else str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        for cell in cells
    ]  # fmt: skip


def group_values(frame: pd.DataFrame, key: str, name: str) -> list[str]:
    """Return each row's value of a group: of the column called so; ``year`` is also a date's, ``place`` a usual name.

    Raises
    ------
    ZhengyuError
        There is no such column.
    """
    columns = [str(column) for column in frame.columns]
    if key in columns:
        return as_text(frame[key])
    role = {"year": "time"}.get(key, key)
    column = next((usual for called in CALLED.get(role, ()) if (usual := first_of(columns, called))), None)
    if column is None:
        raise ZhengyuError(f"{name}: no column {key!r}; its columns are {listed(columns)}; name one")
    values = as_text(frame[column])
    if key == "year":
        return pd.Series(values, dtype=object).str.extract(_YEAR, expand=False).fillna("").tolist()
    return values


def doubt(frame: pd.DataFrame, name: str, prefix: str = "") -> NDArray[np.float64]:
    """Return how many theme decisions of each row are expected to be wrong: the sum of min(p, 1 - p) over its themes.

    Raises
    ------
    ZhengyuError
        The table has no probabilities.
    """
    start = f"{prefix}{PROBABILITY}"
    columns = [column for column in frame.columns if str(column).startswith(start) and column != f"{start}{NONE}"]
    if not columns:
        raise ZhengyuError(f"{name}: no probabilities to go by; tag it again with zhengyu tag --probabilities")
    p = frame[columns].astype(np.float64).fillna(0.0).to_numpy()
    found: NDArray[np.float64] = np.minimum(p, 1 - p).sum(axis=1)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some rows of a tagged table on their way into a `Population`: all columns, their texts, ids, and the table."""

    frame: pd.DataFrame
    texts: Sequence[str]
    ids: Sequence[str]
    name: str


def counted(frame: pd.DataFrame, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows findings are about; see `LEFT_OUT`."""
    mask = np.array([bool(text.strip()) for text in texts], dtype=bool)
    if "kind" in frame.columns:
        mask &= ~np.array([kind in LEFT_OUT for kind in as_text(frame["kind"])], dtype=bool)
    return mask


def collect(
    parts: Iterable[Part], *, groups: Sequence[str] = (), document: str | None = None, with_doubt: bool = False,
    ids: Collection[str] = (), prefix: str = "",
) -> Population:  # fmt: skip
    """Gather the paragraphs of tagged tables, part by part.

    Parameters
    ----------
    parts : iterable of Part
        The rows.
    groups : sequence of str
        Columns to keep, as in `group_values`.
    document : str, optional
        Column that names a paragraph's document; the usual one when not given.
    with_doubt : bool, default=False
        Whether to keep `doubt`.
    ids : collection of str
        Ids of paragraphs to find.
    prefix : str
        What stands before the names of the columns that tagging added.

    Raises
    ------
    ZhengyuError
        A column is not there, there is no paragraph, or an id in question stands twice.
    """
    themes, documents = Coded(), Coded()
    kept = {key: Coded() for key in groups}
    rows: list[NDArray[np.int64]] = []
    doubts: list[NDArray[np.float64]] = []
    models: dict[str, None] = {}
    wanted, found = set(ids), {}
    named = ""
    seen = size = 0
    name = "the table"
    for part in parts:
        name = part.name
        require_tagged(part.frame.columns, name, prefix)
        mask = counted(part.frame, part.texts)
        frame = part.frame[mask]
        own = np.asarray(part.ids, dtype=object)[mask]
        themes.add(joined_themes(frame[f"{prefix}{THEMES}"]))
        column = document or next(
            (usual for called in CALLED["document"] if (usual := first_of([str(c) for c in frame.columns], called))), ""
        )
        named = named or column
        documents.add(group_values(frame, column, name) if column else list(own))
        for key, coded in kept.items():
            coded.add(group_values(frame, key, name))
        if with_doubt:
            doubts.append(doubt(frame, name, prefix))
        if f"{prefix}{MODEL}" in frame.columns:
            models.update(dict.fromkeys(value for value in pd.unique(frame[f"{prefix}{MODEL}"]) if value == value))
        if wanted:
            for place, identity in enumerate(own):
                if identity in wanted:
                    if identity in found:
                        raise ZhengyuError(f"{name}: the id {identity!r} stands twice; give every paragraph its own")
                    found[identity] = size + place
        rows.append(np.flatnonzero(mask) + seen)
        seen += len(mask)
        size += len(frame)
    if not size:
        raise ZhengyuError(f"{name}: no tagged paragraph among {seen:,} rows; furniture, headings and empty ones aside")
    return Population(
        np.concatenate(rows), themes, documents, named, kept, np.concatenate(doubts) if with_doubt else None,
        tuple(map(str, models)), found,
    )  # fmt: skip


def frame_part(table: Any, name: str) -> Part:
    """Return a whole data frame (pandas, polars or Arrow) as a part.

    Raises
    ------
    ZhengyuError
        It is no data frame.
    """
    frame = as_pandas(table).reset_index(drop=True)
    text = first_of([str(column) for column in frame.columns], "text")
    texts = as_text(frame[text]) if text else ["-"] * len(frame)
    ids = as_text(frame["id"]) if "id" in frame.columns else [str(number) for number in range(1, len(frame) + 1)]
    return Part(frame, texts, ids, name)
