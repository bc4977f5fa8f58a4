"""Blocks of rows on their way from input to output, and rows whose columns have no fixed type."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.layout import Reading

if TYPE_CHECKING:
    import pandas as pd

#: Rows and bytes of text after which a block is full. Both depend on the input alone, so a resumed run cuts alike.
BLOCK_ROWS = 16_384
BLOCK_BYTES = 16 * 1024 * 1024
#: Rows of a table that are tagged together where side tables are made, which may hold a hundred rows for each.
SIDE_ROWS = 8_192
#: Metadata of the one column that holds whole rows as JSON, for inputs whose columns have no fixed type (JSONL, XLSX).
#: What it is called says nothing: a user's column may have any name. Inputs with fixed columns come without metadata.
_WHOLE_ROWS = b"zhengyu.whole_rows"
_LOOSE_FIELD = pa.field("row", pa.string(), metadata={_WHOLE_ROWS: b"1"})


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be read.

    Attributes
    ----------
    file : str
        The input file.
    line : int
        1-based line, or row for formats without lines.
    reason : str
        What was expected and what came.
    content : str
        The row as it stands, cut to 2,000 characters.
    """

    file: str
    line: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows that are tagged together.

    Attributes
    ----------
    rows : pyarrow.Table
        Every column as it came; of loose inputs one column of whole rows, see `loose_table`.
    texts : pyarrow.Array
        The paragraphs.
    make_ids : callable
        Returns `ids`: few runs ask for them.
    kinds : sequence of str, optional
        Kinds of paragraphs, for documents.
    aside : tuple of SetAside
        Rows of the block that could not be read.
    """

    rows: pa.Table
    texts: pa.Array
    make_ids: Callable[[], pa.Array]
    kinds: Sequence[str] | None
    aside: tuple[SetAside, ...]

    @property
    def ids(self) -> pa.Array:
        """One id a row, an Arrow array of strings."""
        return self.make_ids()


@dataclass(slots=True)
class Source:
    """An input that is read block by block.

    Attributes
    ----------
    schema : pyarrow.Schema or None
        The columns, where they are known before the rows are read.
    blocks : iterator of Block
        The rows.
    reading : Reading
        How the input is read.
    rows : int or None
        How many there are, where the format says so.
    """

    schema: pa.Schema | None
    blocks: Iterator[Block]
    reading: Reading = field(default_factory=Reading)
    rows: int | None = None


def pieces(block: Block, rows: int) -> Iterator[Block]:
    """Cut a block of a table into blocks of so many rows; a document stays whole."""
    whole = len(block.texts)
    if block.kinds is not None or whole <= rows:
        yield block
        return
    ids = block.ids
    for start in range(0, whole, rows):
        aside = block.aside if start + rows >= whole else ()
        some, texts = (column.slice(start, rows) for column in (block.rows, block.texts))
        yield Block(some, texts, partial(ids.slice, start, rows), None, aside)


_TIMES = (datetime.datetime, datetime.date, datetime.time)


def pack(row: dict[str, Any]) -> str:
    """Return a loose row as JSON: its cells, and beside them the kinds of those that JSON has no word for."""
    kinds: dict[str, str] = {}
    cells: dict[str, Any] = {}
    for name, cell in row.items():
        if isinstance(cell, datetime.timedelta):
            kinds[name], cells[name] = "timedelta", cell.total_seconds()
        elif isinstance(cell, _TIMES):
            kinds[name], cells[name] = type(cell).__name__, cell.isoformat()
        else:
            cells[name] = cell
    return json.dumps([cells, kinds] if kinds else [cells], ensure_ascii=False, default=str)


def unpack(packed: str) -> dict[str, Any]:
    """Return a loose row as it was packed."""
    cells: dict[str, Any]
    cells, *more = json.loads(packed)
    for name, kind in more[0].items() if more else ():
        cell = cells[name]
        cells[name] = (
            datetime.timedelta(seconds=cell) if kind == "timedelta" else getattr(datetime, kind).fromisoformat(cell)
        )
    return cells


def loose_table(packed: Sequence[str]) -> pa.Table:
    """Return packed rows as the one column of a table."""
    return pa.table([pa.array(packed, pa.string())], schema=pa.schema([_LOOSE_FIELD]))


def _loose_place(schema: pa.Schema) -> int:
    """Return the place of the column of whole rows, -1 where columns are fixed."""
    return next((i for i, one in enumerate(schema) if one.metadata and _WHOLE_ROWS in one.metadata), -1)


def is_loose(schema: pa.Schema) -> bool:
    """Tell whether a table has whole rows in one column, beside those that were added to it."""
    return _loose_place(schema) >= 0


def loose_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the whole rows of a loose table, without the columns that were added to it."""
    return [unpack(row) for row in table.column(_loose_place(table.schema)).to_pylist()]


def beside_rows(table: pa.Table) -> pa.Table:
    """Return the columns that were added to a loose table."""
    return table.remove_column(_loose_place(table.schema))


def without_metadata(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose fields say nothing but name and type."""
    return pa.schema([pa.field(one.name, one.type, one.nullable) for one in schema])


def records(part: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a part as dicts; a key that a loose row does not have is not there."""
    if is_loose(part.schema):
        for row, more in zip(loose_rows(part), beside_rows(part).to_pylist(), strict=True):
            yield {**row, **more}
    else:
        yield from part.to_pylist()


def to_frame(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Return parts as one data frame: strings and lists as Python objects, other types as Arrow has them."""
    import pandas as pd

    frames = []
    for part in parts:
        if is_loose(part.schema):
            rows = loose_rows(part)
            keys = dict.fromkeys(key for row in rows for key in row)
            # pd.NA stands for a key that the row does not have, so that null stays null and nothing stays nothing.
            columns: dict[str, Any] = {k: pd.Series([row.get(k, pd.NA) for row in rows], dtype=object) for k in keys}
            rest = beside_rows(part)
        else:
            columns, rest = {}, part
        for name in rest.column_names:
            kind = rest.schema.field(name).type
            if pa.types.is_floating(kind):
                columns[name] = rest[name].to_pandas()
            elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_list(kind):
                columns[name] = pd.Series(rest[name].to_pylist(), dtype=object)
            else:
                columns[name] = rest[name].to_pandas(types_mapper=pd.ArrowDtype)
        frames.append(pd.DataFrame(columns))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


@dataclass(frozen=True, slots=True, eq=False)
class Paragraphs:
    """A tagged block, as the makers of side tables get it.

    Attributes
    ----------
    ids : pyarrow.Array of string
    texts : pyarrow.Array of string, without nulls
    kinds : sequence of str
        ``prose``, ``heading``, ``furniture``, ``empty``; ``row`` for rows of tables.
    themes : pyarrow.ListArray of string
        The themes given to each, most probable first.
    chances : ndarray of shape (n_paragraphs, n_themes + 1)
        Calibrated probabilities, the last column for none.
    words : zhengyu.compiled.themes.words.Words, optional
        The words that compiled scoring met, for side tables that ask for them.
    """

    ids: pa.Array
    texts: pa.Array
    kinds: Sequence[str]
    themes: pa.Array
    chances: NDArray[np.float64]
    words: Any = None
