"""Tagged tables read block by block, several as one, their rows chosen by a condition: for what looks at tags again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.blocks import Block, to_frame
from zhengyu.io.columns import ADDED, THEMES, UNCERTAIN
from zhengyu.io.formats import BY_ENDING, endings
from zhengyu.io.inputs import Input, PathOrUrl, find_inputs
from zhengyu.io.layout import TableOptions
from zhengyu.io.limits import listed
from zhengyu.io.open_table import by_content, open_table
from zhengyu.io.sandbox.parent import rows_apart
from zhengyu.io.tables import find_text_column
from zhengyu_corpus.columns import first_of
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet

#: What columns of a role are called, as keys of `zhengyu_corpus.columns.ROLES`, most usual first; documents are told
#: apart by a title where nothing else names them.
CALLED: dict[str, tuple[str, ...]] = {"time": ("time",), "place": ("place",), "document": ("doc", "title")}


class RowCondition(Protocol):
    """What chooses rows, such as `zhengyu.findings.where.Where`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it needs."""
        ...

    def mask(self, rows: pa.Table | pd.DataFrame, name: str = ..., *, sparse: bool = ...) -> NDArray[np.bool_]:
        """Return which rows fulfil it; `sparse` says that a column that is not there is missing in every row."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TaggedRows:
    """Rows of a tagged table.

    Attributes
    ----------
    source : str
        Their file.
    rows : pyarrow.Table
        Every column that was read; of JSON Lines and workbooks one column of whole rows. `frame` gives them plainly.
    texts : pyarrow.Array of string, without nulls
        The paragraphs; empty texts where they were not asked for.
    ids : pyarrow.Array of string
        Their ids; ``FILE#ROW``, as side tables have it, where the table has none.
    numbers : ndarray of int
        1-based number of each row in its table, counted before a condition left any out.
    prefix : str
        What stands before the names of the columns that tagging added.
    names : mapping of str to str
        Chinese names of themes to their ids; see `chinese_names`.
    """

    source: str
    rows: pa.Table
    texts: pa.Array
    ids: pa.Array
    numbers: NDArray[np.int64]
    prefix: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def frame(self, places: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Return the rows, or those at some places, as a data frame; themes that stand by Chinese names by their ids.

        Strings and lists are Python objects there, other types as Arrow has them.
        """
        made = to_frame([self.rows if places is None else self.rows.take(pa.array(places))])
        for column in (f"{self.prefix}{THEMES}", f"{self.prefix}{UNCERTAIN}"):
            if self.names and column in made.columns:
                made[column] = _by_ids(made[column], self.names)
        return made


def chinese_names(themes: ThemeSet | None) -> dict[str, str]:
    """Return the Chinese names that ``zhengyu tag --names zh`` writes, each with the id it stands for."""
    return {} if themes is None else {theme.zh: theme.id for theme in themes if theme.zh not in themes.ids}


def _by_ids(column: pd.Series[Any], names: Mapping[str, str]) -> pd.Series[Any]:
    """Return cells of themes, lists or joined by ``;``, with ids for names."""

    def by_ids(cell: Any) -> Any:
        if isinstance(cell, str):
            return ";".join(names.get(part.strip(), part) for part in cell.split(";"))
        return [names.get(part, part) for part in cell] if isinstance(cell, (list, tuple, np.ndarray)) else cell

    return pd.Series([by_ids(cell) for cell in column], index=column.index, dtype=object)


def find_tables(paths: Sequence[PathOrUrl]) -> list[Input]:
    """Return the tables that paths, folders, globs and URLs name.

    Raises
    ------
    ZhengyuError
        One does not exist, or is no table.
    """
    sources = find_inputs([str(path) for path in paths])
    for source in sources:
        if BY_ENDING[source.ending].kind != "table":
            raise ZhengyuError(f"{source.name}: expected a tagged table that ends in {', '.join(endings('table'))}")
    return sources


def table_blocks(
    source: Input, *, options: TableOptions | None = None, text_column: str | None = None,
    leave_out: Callable[[str], bool] | None = None,
) -> Iterator[Block]:  # fmt: skip
    """Yield the blocks of a table that was written to be read again: a row that cannot be read is an error.

    Parameters
    ----------
    source : Input
        The table.
    options, text_column, leave_out
        As in `zhengyu.io.open_table.open_table`; `zhengyu.io.tables.NO_TEXT` where texts are not asked for.

    Raises
    ------
    ZhengyuError
        It is no such table, or one of its rows cannot be read.
    """
    try:
        with source.open() as opened:
            source, stream, _ = by_content(source, opened)
            for block in open_table(source, stream, options, text_column, sheet=rows_apart, leave_out=leave_out).blocks:
                if block.aside:
                    first = block.aside[0]
                    raise ZhengyuError(
                        f"{source.name}:{first.line}: a row cannot be read ({first.reason}); shares of the rest would "
                        "be wrong: repair the table, or write it anew with zhengyu tag"
                    )
                if len(block.rows):
                    yield block
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ZhengyuError(
            f"{source.name}: cannot be read as a tagged table: {error}; write it anew with zhengyu tag"
        ) from error


def tagged_blocks(
    paths: Sequence[PathOrUrl], *, prefix: str = "", where: RowCondition | None = None,
    options: TableOptions | None = None, text_column: str | None = None,
    leave_out: Callable[[str], bool] | None = None, tagged: bool = True, themes: ThemeSet | None = None,
) -> Iterator[TaggedRows]:  # fmt: skip
    """Yield the rows of tagged tables, one table after another, block by block.

    Parameters
    ----------
    paths : sequence of Path or str
        Tables, folders and globs of them, here or in a store.
    prefix : str
        What stands before the names of the columns that tagging added.
    where : RowCondition, optional
        Chooses rows; all when not given.
    options : TableOptions, optional
        What the user says of encoding and layout.
    text_column : str, optional
        The column of paragraphs, found when not given; `zhengyu.io.tables.NO_TEXT` leaves texts out.
    leave_out : callable, optional
        Names columns that need not be read, where a format can leave them out; what `where` needs is read.
    tagged : bool, default=True
        Whether a table without themes is refused.
    themes : ThemeSet, optional
        Their codebook: `TaggedRows.frame` gives ids for its Chinese names. A condition sees cells as they stand.

    Raises
    ------
    ZhengyuError
        A table cannot be read, was not tagged, or lacks a column that was named.
    """
    needed = set(where.columns) if where is not None else set()
    called = chinese_names(themes)
    for source in find_tables(paths):
        first, done = True, 0
        unneeded = None if leave_out is None else (lambda name: name not in needed and leave_out(name))
        for block in table_blocks(source, options=options, text_column=text_column, leave_out=unneeded):
            if first and tagged:
                require_tagged(to_frame([block.rows.slice(0, 1)]).columns, source.name, prefix)
            numbers = np.arange(done + 1, done + 1 + len(block.rows))
            done += len(block.rows)
            texts, rows, ids = block.texts.fill_null(""), block.rows, block.ids
            if where is not None:
                mask = where.mask(rows, source.name, sparse=not first)
                kept = pa.array(mask)
                rows, texts, ids, numbers = rows.filter(kept), texts.filter(kept), ids.filter(kept), numbers[mask]
            first = False
            if len(rows):
                yield TaggedRows(source.name, rows, texts, ids, numbers, prefix, called)


def require_tagged(columns: Sequence[str] | pd.Index[str], name: str, prefix: str = "") -> None:
    """Refuse a table without themes.

    Raises
    ------
    ZhengyuError
        It has no column of them.
    """
    if f"{prefix}{THEMES}" not in columns:
        raise ZhengyuError(
            f"{name}: expected a column {prefix + THEMES!r}, its columns are {listed(columns)}; "
            "tag it first with zhengyu tag, or name its --prefix"
        )


def tagged_roles(rows: pd.DataFrame, name: str, prefix: str, wanted: Mapping[str, str | None]) -> dict[str, str]:
    """Return the columns of the text and of each role that a tagged table has.

    Parameters
    ----------
    rows : pandas.DataFrame
        Some of its rows.
    name : str
        How errors call it.
    prefix : str
        What stands before the names of the columns that tagging added.
    wanted : mapping of str to str or None
        ``time``, ``place`` and ``document`` to the column that was named for it; None for the usual one.

    Raises
    ------
    ZhengyuError
        It has no text, or lacks a column that was named.
    """
    added = {f"{prefix}{column}" for column in ADDED}
    rest = rows[[column for column in rows.columns if column not in added]]
    found = {"text": find_text_column({str(column): values for column, values in rest.items()}, name)}
    columns = [str(column) for column in rest.columns]
    for role, column in wanted.items():
        if column is not None and column not in columns:
            raise ZhengyuError(f"{name}: no column {column!r}; its columns are {listed(columns)}")
        chosen = column or next((usual for called in CALLED[role] if (usual := first_of(columns, called))), None)
        if chosen is not None:
            found[role] = chosen
    return found
