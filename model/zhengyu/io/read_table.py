"""Whole tables: what needs all rows at once reads them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from zhengyu.io.blocks import SetAside, to_frame
from zhengyu.io.inputs import Input
from zhengyu.io.layout import Reading, TableOptions
from zhengyu.io.open_table import open_table, whole
from zhengyu.io.sandbox.parent import rows_apart

if TYPE_CHECKING:
    import pandas as pd


def read_table(
    source: Input, stream: BinaryIO, text_column: str | None = None, options: TableOptions | None = None
) -> tuple[pd.DataFrame, list[str], list[SetAside], Reading]:
    """Read a whole table as `zhengyu.io.open_table.open_table` does: rows, texts, rows set aside, how it is read.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column or no readable row.
    """
    parts, texts, aside, reading = whole(
        open_table(source, stream, options, text_column, sheet=rows_apart), source.name
    )
    return to_frame(parts), texts, aside, reading
