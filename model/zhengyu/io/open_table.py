"""Tables opened under bounds: row by row, as a stream of blocks, or whole; what a reader raises becomes one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from zhengyu.io.blocks import Block, SetAside, Source
from zhengyu.io.content import decide
from zhengyu.io.formats import BY_ENDING
from zhengyu.io.inputs import Input, read_whole
from zhengyu.io.layout import Reading, TableOptions
from zhengyu.io.limits import read_safely
from zhengyu.io.tables import ROW_READERS, Row, Rows, fixed_source, loose_source, parquet_source
from zhengyu.io.workbooks import Sheet
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    import pyarrow as pa

#: Opens the sheet of a workbook from its bytes, its name and what the user says of it.
SheetReader = Callable[[bytes, str, TableOptions], Sheet]


def open_rows(source: Input, stream: BinaryIO, options: TableOptions | None = None, *, sheet: SheetReader) -> Rows:
    """Open a table row by row: the one place where a format is chosen and its reader's errors are caught.

    Parameters
    ----------
    source : Input
        The file.
    stream : binary file
        Its decompressed bytes.
    options : TableOptions, optional
        What the user says of its layout; the rest is found.
    sheet : callable
        Reads workbooks: `zhengyu.io.sandbox.parent.rows_apart` in a child process under a clock.

    Raises
    ------
    ZhengyuError
        The file is no table, or not of its format; also while its rows are taken.
    """
    source, stream, note = by_content(source, stream)
    found = _open(source, stream, options, sheet)

    def rows() -> Iterator[Row]:
        while (row := read_safely(lambda: next(found.rows, None), source.name, source.ending)) is not None:
            yield row

    return Rows(found.reading.with_notes(note), found.columns, rows())


def by_content(source: Input, stream: BinaryIO) -> tuple[Input, BinaryIO, str]:
    """Return a table as what it is by its content, and what to say of it; see `zhengyu.io.content.decide`.

    Raises
    ------
    ZhengyuError
        It is no table.
    """
    source, stream, note = decide(source, stream)
    if BY_ENDING[source.ending].kind != "table":
        raise ZhengyuError(
            f"{source.name}: expected a table, by its content it is none: {BY_ENDING[source.ending].name}"
        )
    return source, stream, note


def _open(source: Input, stream: BinaryIO, options: TableOptions | None, sheet: SheetReader) -> Rows:
    """Open a table; what is raised while its rows are taken is for the caller to catch."""
    said = options or TableOptions()

    def opened() -> Rows:
        reader = BY_ENDING[source.ending].reader
        if reader == "workbook":
            found = sheet(read_whole(source, stream), source.name, said)
            return Rows(found.reading, None, ((number, number, row) for number, row in found.rows))
        return ROW_READERS[reader](source, stream, said)

    return read_safely(opened, source.name, source.ending)


def open_table(
    source: Input, stream: BinaryIO, options: TableOptions | None = None, text_column: str | None = None, *,
    sheet: SheetReader, leave_out: Callable[[str], bool] | None = None,
) -> Source:  # fmt: skip
    """Read a table block by block.

    Blocks are bounded in rows and bytes, so text tables and Parquet need no clock. A workbook is an archive of XML that
    can be made to burst or to crawl: another process reads it.

    Parameters
    ----------
    source, stream, options, sheet
        As in `open_rows`.
    text_column : str, optional
        The column that holds the paragraphs; see `zhengyu.io.tables.find_text_column`.
    leave_out : callable, optional
        Names columns that need not be read, where a format can leave them out.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column; also while its blocks are read.
    """
    if BY_ENDING[source.ending].reader == "parquet":
        found = read_safely(
            lambda: parquet_source(source, stream, text_column, leave_out), source.name, source.ending
        )  # fmt: skip
    else:
        opened = _open(source, stream, options, sheet)
        make = loose_source if opened.columns is None else fixed_source
        found = make(source, opened, text_column)

    def blocks() -> Iterator[Block]:
        while (block := read_safely(lambda: next(found.blocks, None), source.name, source.ending)) is not None:
            yield block

    return Source(found.schema, blocks(), found.reading, found.rows)


def whole(found: Source, name: str) -> tuple[list[pa.Table], list[str], list[SetAside], Reading]:
    """Return all rows of an opened table, their texts, the rows set aside, and how it was read.

    Raises
    ------
    ZhengyuError
        It has no readable row, or is not of its format.
    """
    blocks = list(found.blocks)
    texts = [text or "" for block in blocks for text in block.texts.to_pylist()]
    aside = [row for block in blocks for row in block.aside]
    if not texts:
        raise ZhengyuError(f"{name}: no readable row ({len(aside)} unreadable); repair the file")
    return [block.rows for block in blocks if len(block.rows)], texts, aside, found.reading
