"""Blocks of rows on their way from input to output, and rows whose columns have no fixed type."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

#: Rows and bytes of text after which a block is full. Both depend on the input alone, so a resumed run cuts alike.
BLOCK_ROWS = 16_384
BLOCK_BYTES = 16 * 1024 * 1024
#: Rows of a table that are tagged together where side tables are made, which may hold a hundred rows for each.
SIDE_ROWS = 8_192
#: Column that holds a whole row as JSON, for inputs whose columns have no fixed type (JSONL, XLSX).
LOOSE = "\x00row"


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
        Every column as it came; for loose inputs the one column `LOOSE`.
    texts : pyarrow.Array
        The paragraphs.
    ids : pyarrow.Array of string
        One id a row.
    kinds : sequence of str, optional
        Kinds of paragraphs, for documents.
    aside : tuple of SetAside
        Rows of the block that could not be read.
    """

    rows: pa.Table
    texts: pa.Array
    ids: pa.Array
    kinds: Sequence[str] | None
    aside: tuple[SetAside, ...]


@dataclass(slots=True)
class Source:
    """An input that is read block by block.

    Attributes
    ----------
    schema : pyarrow.Schema or None
        The columns, where they are known before the rows are read.
    blocks : iterator of Block
        The rows.
    encoding : str
        The encoding, ``""`` for formats that carry their own.
    rows : int or None
        How many there are, where the format says so.
    """

    schema: pa.Schema | None
    blocks: Iterator[Block]
    encoding: str = ""
    rows: int | None = None


def pieces(block: Block, rows: int) -> Iterator[Block]:
    """Cut a block of a table into blocks of so many rows; a document stays whole."""
    if block.kinds is not None or len(block.ids) <= rows:
        yield block
        return
    for start in range(0, len(block.ids), rows):
        aside = block.aside if start + rows >= len(block.ids) else ()
        some, texts, ids = (column.slice(start, rows) for column in (block.rows, block.texts, block.ids))
        yield Block(some, texts, ids, None, aside)


_TIMES = (datetime.datetime, datetime.date, datetime.time)


def pack(row: dict[str, Any]) -> str:
    """Return a loose row as JSON; dates and times are marked by their kind."""

    def special(value: object) -> object:
        if isinstance(value, _TIMES):
            return {"\x00": type(value).__name__, "value": value.isoformat()}
        if isinstance(value, datetime.timedelta):
            return {"\x00": "timedelta", "value": value.total_seconds()}
        return str(value)

    return json.dumps(row, ensure_ascii=False, default=special)


def _unpacked(value: dict[str, Any]) -> Any:
    kind = value.get("\x00")
    if kind == "timedelta":
        return datetime.timedelta(seconds=value["value"])
    if kind in ("datetime", "date", "time"):
        return getattr(datetime, kind).fromisoformat(value["value"])
    return value


def unpack(row: str) -> dict[str, Any]:
    """Return a loose row as it was packed."""
    found: dict[str, Any] = json.loads(row, object_hook=_unpacked)
    return found


def records(part: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a part as dicts; a key that a loose row does not have is not there."""
    if LOOSE in part.column_names:
        added = part.drop_columns([LOOSE]).to_pylist()
        for row, more in zip(part[LOOSE].to_pylist(), added, strict=True):
            yield {**unpack(row), **more}
    else:
        yield from part.to_pylist()


def to_frame(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Return parts as one data frame: strings and lists as Python objects, other types as Arrow has them."""
    frames = []
    for part in parts:
        if LOOSE in part.column_names:
            rows = [unpack(row) for row in part[LOOSE].to_pylist()]
            keys = dict.fromkeys(key for row in rows for key in row)
            # pd.NA stands for a key that the row does not have, so that null stays null and nothing stays nothing.
            columns: dict[str, Any] = {k: pd.Series([row.get(k, pd.NA) for row in rows], dtype=object) for k in keys}
            rest = part.drop_columns([LOOSE])
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
