"""Tables in: CSV, TSV, JSONL, Parquet, XLSX to a data frame, its text column found, unreadable rows set aside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from zhengyu.batch.bounds import MAX_SHEET_ROWS, check_archive, read_safely
from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError

#: Names that a text column goes by, best first.
TEXT_NAMES = ("text", "paragraph", "content", "正文", "文本", "段落", "内容", "全文", "body")
#: Rows looked at to find a text column by what it holds.
_PROBE_ROWS = 200
#: A column whose Chinese texts are on average this long holds paragraphs, not names.
_MIN_MEAN_CHARS = 12
_MAX_FIELD = 10_000_000


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


@dataclass(slots=True)
class Table:
    """A table as it came, every column as it was.

    Attributes
    ----------
    name : str
        The file as the user named it.
    rows : pandas.DataFrame
        The readable rows.
    text_column : str
        Where the paragraphs stand.
    encoding : str
        The encoding, ``""`` for formats that carry their own.
    set_aside : list of SetAside
        The unreadable rows.
    """

    name: str
    rows: pd.DataFrame
    text_column: str
    encoding: str = ""
    set_aside: list[SetAside] = field(default_factory=list)


def find_text_column(rows: pd.DataFrame, name: str, wanted: str | None = None) -> str:
    """Find the column that holds the paragraphs.

    A column that is named is taken; else one that goes by a usual name; else the one whose values hold the most Han
    characters on average, if that is like paragraphs.

    Raises
    ------
    ZhengyuError
        There is no such column, or none that looks like text.
    """
    columns = [str(column) for column in rows.columns]
    if wanted is not None:
        if wanted not in columns:
            raise ZhengyuError(f"{name}: no column {wanted!r}; its columns are {', '.join(columns)}")
        return wanted
    lower = {column.strip().lower(): column for column in columns}
    for usual in TEXT_NAMES:
        if usual in lower:
            return lower[usual]
    best, most = "", 0.0
    for column in columns:
        values = [value for value in rows[column].head(_PROBE_ROWS) if isinstance(value, str)]
        mean = sum(sum("\u3400" <= char <= "\u9fff" for char in value) for value in values) / max(1, len(values))
        if mean > most:
            best, most = column, mean
    if most < _MIN_MEAN_CHARS:
        raise ZhengyuError(
            f"{name}: no column looks like paragraphs of Chinese text; its columns are {', '.join(columns)}; "
            "name one with --text-column"
        )
    return best


def _delimited(data: bytes, name: str, encoding: str | None, delimiter: str) -> Table:
    found = decode(data, encoding=encoding, where=name)
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(io.StringIO(found.text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    aside: list[SetAside] = []
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise ZhengyuError(f"{name}:1: the header is not valid CSV: {error}; repair it") from error
    if not header:
        raise ZhengyuError(f"{name}: expected a header line with column names, the file is empty")
    if len(set(header)) != len(header):
        raise ZhengyuError(f"{name}:1: column names must differ, got {', '.join(header)}; rename the doubled ones")
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            aside.append(SetAside(name, first, f"not valid CSV: {error}", ""))
            continue
        if not row:
            continue
        if len(row) != len(header):
            reason = f"expected {len(header)} fields, got {len(row)}"
            aside.append(SetAside(name, first, reason, delimiter.join(row)[:2000]))
            continue
        rows.append(row)
    return Table(name, pd.DataFrame(rows, columns=header, dtype=object), "", found.encoding, aside)


def _csv(data: bytes, name: str, encoding: str | None) -> Table:
    return _delimited(data, name, encoding, ",")


def _tsv(data: bytes, name: str, encoding: str | None) -> Table:
    return _delimited(data, name, encoding, "\t")


def _jsonl(data: bytes, name: str, encoding: str | None) -> Table:
    found = decode(data, encoding=encoding, where=name)
    rows: list[dict[str, Any]] = []
    aside: list[SetAside] = []
    for number, line in enumerate(found.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "\\ud" in line.lower():
                json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            aside.append(SetAside(name, number, f"not valid JSON: {error}", line[:2000]))
            continue
        if isinstance(row, dict):
            rows.append(row)
        else:
            aside.append(SetAside(name, number, f"expected a JSON object, got {type(row).__name__}", line[:2000]))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    # pd.NA stands for a key that the line does not have, so that null stays null and nothing stays nothing.
    data_of = {key: pd.Series([row.get(key, pd.NA) for row in rows], dtype=object) for key in columns}
    return Table(name, pd.DataFrame(data_of), "", found.encoding, aside)


def _parquet(data: bytes, name: str, encoding: str | None) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(io.BytesIO(data))
        arrow.validate(full=True)  # a damaged file may hold strings that are no UTF-8
    except (pa.ArrowException, OSError) as error:
        raise ZhengyuError(f"{name}: expected a Parquet file, but it cannot be read: {error}; get it anew") from error
    return Table(name, arrow.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True), "")


def _xlsx(data: bytes, name: str, encoding: str | None) -> Table:
    from zipfile import BadZipFile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        values = [list(row) for row in sheet.iter_rows(max_row=MAX_SHEET_ROWS, values_only=True)]
        book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise ZhengyuError(
            f"{name}: expected an XLSX workbook, but it cannot be read: {error}; save it anew"
        ) from error
    if not values or all(cell is None for cell in values[0]):
        raise ZhengyuError(f"{name}: expected column names in the first row of the first sheet, it is empty")
    header = [str(cell) if cell is not None else f"column_{i}" for i, cell in enumerate(values[0], 1)]
    if len(set(header)) != len(header):
        raise ZhengyuError(f"{name}: column names must differ, got {', '.join(header)}; rename the doubled ones")
    rows = [row for row in values[1:] if any(cell is not None for cell in row)]
    return Table(name, pd.DataFrame(rows, columns=header, dtype=object), "")


#: File ending to reader.
TABLE_READERS: dict[str, Callable[[bytes, str, str | None], Table]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}


def read_table(
    data: bytes, name: str, ending: str, *, encoding: str | None = None, text_column: str | None = None
) -> Table:
    """Read one table.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How results and errors call it.
    ending : str
        One of `TABLE_READERS`.
    encoding : str, optional
        Overrules detection for CSV, TSV and JSONL.
    text_column : str, optional
        Where the paragraphs stand; found when not given.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or has no text column.
    """
    check_archive(data, name, ending)
    table = read_safely(lambda: TABLE_READERS[ending](data, name, encoding), name, ending)
    if table.rows.columns.empty:
        raise ZhengyuError(f"{name}: no readable row ({len(table.set_aside)} unreadable); repair the file")
    table.text_column = find_text_column(table.rows, name, text_column)
    return table
