"""Tables opened under bounds: as a stream of blocks, or whole; whatever a reader raises becomes one clear message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import pandas as pd

from zhengyu.io.blocks import Block, SetAside, Source, to_frame
from zhengyu.io.formats import BY_ENDING
from zhengyu.io.inputs import Input, read_whole
from zhengyu.io.limits import read_safely
from zhengyu.io.tables import TABLE_READERS, loose
from zhengyu.io.workbooks import Row
from zhengyu_corpus.errors import ZhengyuError

#: Reads the rows of a workbook from its bytes and its name.
SheetReader = Callable[[bytes, str], Iterator[Row]]


def open_table(
    source: Input, stream: BinaryIO, encoding: str | None = None, text_column: str | None = None, *,
    sheet: SheetReader,
) -> Source:  # fmt: skip
    """Read a table block by block.

    Blocks are bounded in rows and bytes, so text tables and Parquet need no clock. A workbook is an archive of XML that
    can be made to burst or to crawl: another process reads it.

    Parameters
    ----------
    source : Input
        The file.
    stream : binary file
        Its decompressed bytes.
    encoding : str, optional
        The encoding; found from the bytes if not given.
    text_column : str, optional
        The column that holds the paragraphs; see `find_text_column`.
    sheet : callable
        Reads workbooks: `zhengyu.io.sandbox.parent.rows_apart` in a child process under a clock.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column; also while its blocks are read.
    """

    def opened() -> Source:
        reader = BY_ENDING[source.ending].reader
        if reader == "workbook":
            return Source(None, loose(source, sheet(read_whole(source, stream), source.name), text_column))
        return TABLE_READERS[reader](source, stream, encoding, text_column)

    found = read_safely(opened, source.name, source.ending)

    def blocks() -> Iterator[Block]:
        while (block := read_safely(lambda: next(found.blocks, None), source.name, source.ending)) is not None:
            yield block

    return Source(found.schema, blocks(), found.encoding, found.rows)


def whole(found: Source, name: str) -> tuple[pd.DataFrame, list[str], list[SetAside], str]:
    """Return all rows of an opened table, their texts, the rows set aside, and the encoding.

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
    return to_frame([block.rows for block in blocks if len(block.rows)]), texts, aside, found.encoding
