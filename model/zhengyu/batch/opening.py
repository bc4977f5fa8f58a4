"""Tables opened under bounds: as a stream of blocks, or whole; whatever a reader raises becomes one clear message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pandas as pd

from zhengyu.batch.blocks import Block, SetAside, Source, to_frame
from zhengyu.batch.bounds import read_safely
from zhengyu.batch.inputs import Input
from zhengyu.batch.tables import TABLE_READERS
from zhengyu_corpus.errors import ZhengyuError


def open_table(source: Input, stream: BinaryIO, encoding: str | None = None, text_column: str | None = None) -> Source:
    """Read a table block by block.

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

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column; also while its blocks are read.
    """
    found = read_safely(
        lambda: TABLE_READERS[source.ending](source, stream, encoding, text_column), source.name, source.ending
    )

    def blocks() -> Iterator[Block]:
        while (block := read_safely(lambda: next(found.blocks, None), source.name, source.ending)) is not None:
            yield block

    return Source(found.schema, blocks(), found.encoding, found.rows)


def read_table(
    source: Input, stream: BinaryIO, text_column: str | None = None
) -> tuple[pd.DataFrame, list[str], list[SetAside], str]:
    """Read a whole table: its rows, their texts, the rows set aside, and the encoding.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column or no readable row.
    """
    found = open_table(source, stream, None, text_column)
    blocks = list(found.blocks)
    texts = [text or "" for block in blocks for text in block.texts.to_pylist()]
    aside = [row for block in blocks for row in block.aside]
    if not texts:
        raise ZhengyuError(f"{source.name}: no readable row ({len(aside)} unreadable); repair the file")
    return to_frame([block.rows for block in blocks if len(block.rows)]), texts, aside, found.encoding
