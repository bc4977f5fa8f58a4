"""XLSX workbooks as rows: the first sheet, read as a stream by openpyxl."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile

from zhengyu.io.limits import MAX_SHEET_ROWS, check_archive, listed, read_safely
from zhengyu_corpus.errors import ZhengyuError

#: A row's number in the sheet, its head not counted, and its cells by their column.
Row = tuple[int, dict[str, Any]]


def sheet_rows(data: bytes, name: str) -> Iterator[Row]:
    """Yield the rows of a workbook's first sheet that hold anything.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How errors call it.

    Raises
    ------
    ZhengyuError
        It is no workbook, would burst, or has no column names in its first row.
    """
    rows = _rows(data, name)
    while (row := read_safely(lambda: next(rows, None), name, ".xlsx")) is not None:
        yield row


def _rows(data: bytes, name: str) -> Iterator[Row]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_archive(data, name, ".xlsx")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        values = book.worksheets[0].iter_rows(max_row=MAX_SHEET_ROWS, values_only=True)
        first = next(values, None)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError) as error:
        raise ZhengyuError(
            f"{name}: expected an XLSX workbook, but it cannot be read: {error}; save it anew"
        ) from error
    if not first or all(cell is None for cell in first):
        raise ZhengyuError(f"{name}: expected column names in the first row of the first sheet, it is empty")
    header = [str(cell) if cell is not None else f"column_{i}" for i, cell in enumerate(first, 1)]
    if len(set(header)) != len(header):
        raise ZhengyuError(f"{name}: column names must differ, got {listed(header)}; rename the doubled ones")
    for number, row in enumerate(values, 1):
        if any(cell is not None for cell in row):
            yield number, dict(zip(header, (*row, *[None] * (len(header) - len(row))), strict=False))
