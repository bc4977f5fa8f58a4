"""Workbooks as rows: the sheet and its header found, XLSX read as a stream by openpyxl, others by python-calamine."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from zhengyu.io.cells import day_or_time
from zhengyu.io.layout import HEADER_ROWS, MAX_COLUMNS, Header, Reading, TableOptions, find_header, plain_cell
from zhengyu.io.limits import MAX_SHEET_ROWS, check_archive, listed, read_safely
from zhengyu.io.other_workbooks import OtherSheet, is_workbook, is_xlsx, open_other
from zhengyu.io.stata import is_dta, open_dta
from zhengyu_corpus.columns import role_of
from zhengyu_corpus.errors import ZhengyuError

#: A row's number below the header, and its cells by their column.
Row = tuple[int, dict[str, Any]]

#: A character that XML cannot hold, or a carriage return, as sheets write it (ECMA-376, 22.4.2.4).
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: A cell whose formula has no value beside it; one of type str may have the empty text.
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c(\s[^<>]*)?><(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v(?:\s?/>|></(?:\w+:)?v>))?</(?:\w+:)?c>"
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
#: Bytes of a sheet that are looked through at a time, and the longest element of a merged range.
_PIECE, _ELEMENT = 1 << 20, 200
#: Merged ranges of a sheet; made by hand there are hundreds.
_MAX_MERGED = 100_000
#: Sheets that are looked at for paragraphs.
_MAX_SHEETS = 200
#: Han characters that a cell of a column of paragraphs has on average.
_PARAGRAPH = 12


@dataclass(slots=True)
class Sheet:
    """An opened sheet.

    Attributes
    ----------
    reading : Reading
        What was chosen.
    columns : tuple of str
        Its columns.
    rows : iterator of Row
        Its rows that hold anything.
    """

    reading: Reading
    columns: tuple[str, ...]
    rows: Iterator[Row]


def open_sheet(data: bytes, name: str, options: TableOptions | None = None) -> Sheet:
    """Open the sheet of a workbook that holds the paragraphs.

    The first sheet is taken whose header names a column of texts; else the first that has a column of Chinese prose;
    else the first that holds anything; one that is hidden only where no other has texts. The size that a sheet notes of
    itself is not believed. A merged cell stands in each of its rows.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How errors call it.
    options : TableOptions, optional
        What the user says of it.

    Raises
    ------
    ZhengyuError
        It is no workbook, would burst, or has no such sheet or header; also while rows are taken.
    """
    check_archive(data, name, ".xlsx")
    sheet = read_safely(lambda: _open(data, name, options or TableOptions()), name, ".xlsx")

    def rows() -> Iterator[Row]:
        while (row := read_safely(lambda: next(sheet.rows, None), name, ".xlsx")) is not None:
            yield row

    return Sheet(sheet.reading, sheet.columns, rows())


def _open(data: bytes, name: str, options: TableOptions) -> Sheet:
    if is_dta(data):
        table = open_dta(data, name)
        return Sheet(Reading(table.encoding, notes=table.notes), table.columns, table.rows)
    sheets, notes = _sheets(data, name)
    chosen = _named(sheets, name, options.sheet) if options.sheet is not None else _best(sheets)
    if not any(any(map(plain_cell, row)) for row in chosen.top):
        raise ZhengyuError(f"{name}: expected column names and rows below them, sheet {chosen.title!r} is empty")
    header = find_header(chosen.top, chosen.where, options.header_row)
    notes.extend(header.notes)
    others = [one for one in sheets if one is not chosen and any(any(map(plain_cell, row)) for row in one.top)]
    if others:
        notes.insert(0, f"sheet {chosen.called!r} was read; not read: {listed(one.called for one in others)}; "
                        "--sheet takes another")  # fmt: skip
    elif chosen.hidden:
        notes.insert(0, f"sheet {chosen.called!r} was read, no other holds anything")
    uncomputed = chosen.look_through()
    if uncomputed:
        notes.append(
            f"{uncomputed:,} formulas have no value and were read as empty: the program that wrote the workbook did "
            "not compute them; open it in a spreadsheet program and save it"
        )
    reading = Reading(header_row=header.number, sheet=chosen.title, notes=tuple(notes))
    return Sheet(reading, tuple(filter(None, header.names)), chosen.rows(header))


def _sheets(data: bytes, name: str) -> tuple[list[_Opened], list[str]]:
    """Return the sheets with their first rows read, by openpyxl or where it gives up by another, which is noted."""
    if not data.startswith(b"PK"):
        try:
            return _looked_at(open_other(data, name), name), []
        except ZhengyuError as error:
            if is_workbook(data):
                raise
            raise ZhengyuError(
                f"{name}: expected an XLSX workbook, but it cannot be read: it is no workbook; save it anew"
            ) from error
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        if book.sheetnames and not book.worksheets:
            raise ZhengyuError(
                f"{name}: holds no sheet of cells ({len(book.sheetnames)} of charts); save the data as one"
            )
        return _looked_at(book.worksheets, name), []
    except ZhengyuError:
        raise
    except Exception as error:  # openpyxl raises what its parsers raise
        reason = str(error).partition("\n")[0][:120]
        try:
            sheets = _looked_at(open_other(data, name), name)
        except ZhengyuError as second:
            if "is encrypted" in str(second):
                raise
            raise ZhengyuError(
                f"{name}: expected an XLSX workbook, but it cannot be read: {str(error)[:200]}; save it anew"
            ) from error
    # ODS and XLSB are not for openpyxl; that an XLSX is read by another is worth a word.
    return sheets, [f"openpyxl cannot read it ({reason}), python-calamine did"] if is_xlsx(data) else []


def _looked_at(sheets: list[Any], name: str) -> list[_Opened]:
    found = [_Opened(sheet, f"{name}: sheet {sheet.title!r}") for sheet in sheets[:_MAX_SHEETS]]
    if not found:
        raise ZhengyuError(f"{name}: holds no sheet of cells; save the data as one")
    return found


class _Opened:
    """A sheet with its first rows, which are looked at before it is chosen."""

    def __init__(self, sheet: Any, where: str) -> None:
        self.title, self.where = str(sheet.title), where
        self.hidden = sheet.sheet_state != "visible"
        self._merged: dict[int, list[tuple[int, int]]] = {}
        self._sheet = sheet
        sheet.reset_dimensions()
        self._values: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_row=MAX_SHEET_ROWS, values_only=True)
        self.top = [_plain(row) for row in islice(self._values, HEADER_ROWS)]

    @property
    def called(self) -> str:
        """Its name, and whether it is hidden."""
        return f"{self.title} (hidden)" if self.hidden else self.title

    def look_through(self) -> int:
        """Find the merged ranges of the sheet, and count its formulas that have no value."""
        self._merged, uncomputed = _looked_through(self._sheet)
        return uncomputed

    def score(self) -> int:
        """Return 2 for a sheet with a usual name for a column of texts, 1 for one with prose, 0 for others."""
        if any(role_of(plain_cell(cell), map(plain_cell, row)) == "text" for row in self.top for cell in row):
            return 2
        width = max(map(len, self.top), default=0)
        for i in range(width):
            cells = [plain_cell(row[i]) for row in self.top if len(row) > i and plain_cell(row[i])]
            han = sum(sum("\u3400" <= char <= "\u9fff" for char in cell) for cell in cells)
            if len(cells) > 1 and han >= _PARAGRAPH * len(cells):
                return 1
        return 0

    def rows(self, header: Header) -> Iterator[Row]:
        """Yield the rows below the header that hold anything."""
        merged = self._merged
        names = header.names
        carried: dict[int, tuple[int, Any]] = {}
        for place, cells in enumerate(chain(self.top, map(_plain, self._values)), 1):
            number = place - header.row - 1
            row = list(cells)
            for column, last in merged.get(place, ()):
                carried[column] = (last, row[column] if column < len(row) else None)
            for column, (last, value) in list(carried.items()):
                if place > last:
                    del carried[column]
                elif value is not None:
                    row.extend([None] * (column + 1 - len(row)))
                    row[column] = value if row[column] is None else row[column]
            if number < 1 or all(cell is None or cell == "" for cell in row):
                continue
            found = {known: row[i] if i < len(row) else None for i, known in enumerate(names) if known}
            for i, cell in enumerate(row):
                # A remark beside the table: a column of its own, which only this row has.
                if plain_cell(cell) and (i >= len(names) or not names[i]):
                    found[f"column_{i + 1}"] = cell
            yield number, found


def _named(sheets: list[_Opened], name: str, wanted: str) -> _Opened:
    for sheet in sheets:
        if sheet.title.strip() == wanted.strip():
            return sheet
    if wanted.isdecimal() and 0 < int(wanted) <= len(sheets):
        return sheets[int(wanted) - 1]
    raise ZhengyuError(f"{name}: no sheet {wanted!r}; it has {listed(sheet.title for sheet in sheets)}")


def _best(sheets: list[_Opened]) -> _Opened:
    # The first of those that are alike: max takes it.
    def rank(one: _Opened) -> tuple[bool, int, bool]:
        score = one.score()
        return score > 0 and not one.hidden, score, any(any(map(plain_cell, row)) for row in one.top)

    return max(sheets, key=rank)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row's cells, escaped characters as they are meant, days without the hour that openpyxl gives them."""
    if len(row) > MAX_COLUMNS:
        raise ZhengyuError(f"a row of {len(row):,} cells; a sheet has at most {MAX_COLUMNS:,} columns")
    return tuple(
        _unescaped(cell) if isinstance(cell, str) and "_x" in cell
        else day_or_time(cell) if isinstance(cell, datetime.datetime)
        else cell
        for cell in row
    )  # fmt: skip


def _unescaped(cell: str) -> str:
    r"""Return a cell's text with the characters that were escaped in it.

    Examples
    --------
    >>> _unescaped("一_x000D_\n二_x005F_x000D_")
    '一\r\n二_x000D_'
    """
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)
    # Halves of a pair that were escaped one by one are joined; one that stands alone no file can hold.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _looked_through(sheet: Any) -> tuple[dict[int, list[tuple[int, int]]], int]:
    """Return the merged ranges that go over several rows, and how many formulas have no value.

    Ranges are their first row to their left column's index and their last row.
    """
    from openpyxl.utils import column_index_from_string

    found: dict[int, list[tuple[int, int]]] = {}
    count, uncomputed, rest = 0, 0, b""
    if isinstance(sheet, OtherSheet):
        return sheet.merged, 0
    with sheet._get_source() as source:
        while piece := source.read(_PIECE):
            held = rest + piece
            end = 0
            for match in _MERGED.finditer(held):
                left, first, _, last = match.groups()
                end = match.end()
                count += 1
                if int(last) > int(first):
                    column = column_index_from_string(left.decode()) - 1
                    found.setdefault(int(first), []).append((column, int(last)))
            for match in _UNCOMPUTED.finditer(held):
                uncomputed += b't="str"' not in (match[1] or b"")
                end = max(end, match.end())
            if count > _MAX_MERGED:
                raise ZhengyuError(f"more than {_MAX_MERGED:,} merged ranges; save the sheet without them")
            rest = held[max(end, len(held) - _ELEMENT) :]
    return found, uncomputed
