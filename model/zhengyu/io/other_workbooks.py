"""Workbooks that openpyxl does not read: XLS, ET, ODS, XLSB by python-calamine, and the pages and XML named .xls."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from zhengyu.io.documents.html import decode_page
from zhengyu.io.documents.markup import attribute, children, feed_page, local, parse_xml
from zhengyu.io.limits import check_markup
from zhengyu_corpus.errors import ZhengyuError

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|table|meta|head|body)[\s>]", re.IGNORECASE)
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
#: The record that says how a workbook is encrypted; it stands in these bytes of its stream.
_FILEPASS, _FIRST_BYTES = 0x2F, 4096
#: Cells that one cell may span, and the furthest row and column that one may claim to stand in.
_MAX_SPAN = 1_000
_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
#: Parts of a spreadsheet of OpenDocument that say where its cells stand.
_ODS_PARTS = ("table", "table-row", "table-cell", "covered-table-cell")
#: Tables of a page that are looked at.
_MAX_TABLES = 200


@dataclass(slots=True)
class OtherSheet:
    """A sheet with the face that openpyxl's sheets have, as far as reading needs it.

    Attributes
    ----------
    title : str
        Its name.
    values : iterable of tuple
        Its rows from the first on, None for an empty cell.
    merged : dict
        Merged ranges over several rows: 1-based first row to (index of the left column, last row).
    sheet_state : str
        ``visible`` for one that its program shows.
    """

    title: str
    values: Any
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    sheet_state: str = "visible"

    def reset_dimensions(self) -> None:
        """Believe no noted size; none is read."""

    def iter_rows(self, *, max_row: int, values_only: bool) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        return islice(iter(self.values), max_row)


def open_other(data: bytes, name: str) -> list[OtherSheet]:
    """Return the sheets of a workbook.

    Raises
    ------
    ZhengyuError
        It is no workbook.
    """
    head = data[:4096]
    if _SPREADSHEET_XML in head:
        return _spreadsheet_xml(data, name)
    if not data.startswith(_BEGINNINGS) and _PAGE.search(head):
        return _page_tables(data, name)
    return _calamine(data, name)


def is_workbook(data: bytes) -> bool:
    """Tell what looks like a workbook of any make, sound or not."""
    return data.startswith(_BEGINNINGS) or _SPREADSHEET_XML in data[:4096] or _PAGE.search(data[:4096]) is not None


def is_xlsx(data: bytes) -> bool:
    """Tell an XLSX workbook, which openpyxl should read, from ODS and XLSB."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(one.replace("\\", "/") == "xl/workbook.xml" for one in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def _calamine(data: bytes, name: str) -> list[OtherSheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    def sheet(book: CalamineWorkbook, title: str, *, shown: bool) -> OtherSheet:
        found = book.get_sheet_by_name(title)
        merged: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in found.merged_cell_ranges or ():
            if bottom > top:
                merged.setdefault(top + 1, []).append((left, bottom + 1))
        merged.update(spans.get(title, {}))
        top, left = found.start or (0, 0)

        def rows() -> Iterator[tuple[Any, ...]]:
            for _ in range(top):
                yield ()
            for row in found.to_python(skip_empty_area=True):
                yield (None,) * left + tuple(map(_value, row))

        return OtherSheet(title, rows(), merged, "visible" if shown else "hidden")

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        spans = _open_document_spans(data) if is_ods(data) else {}
        return [sheet(book, one.name, shown=one.visible == SheetVisibleEnum.Visible) for one in found]
    except BaseException as error:
        # A panic of the Rust library is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if "assword" in str(error) or "ncrypt" in str(error) or _is_locked(data):
            raise ZhengyuError(f"{name}: is encrypted; open it with its password and save it without one") from error
        raise ZhengyuError(
            f"{name}: expected a workbook, but it cannot be read: {str(error)[:200]}; save it anew as XLSX"
        ) from error


def _is_locked(data: bytes) -> bool:
    """Tell a workbook of Excel 97 with a password: a record FILEPASS among the first of its stream (MS-XLS 2.4.117)."""
    if not data.startswith(_BEGINNINGS[1]):
        return False
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as held:
            stream = next((name for name in ("Workbook", "Book") if held.exists(name)), "")
            records = held.openstream(stream).read(_FIRST_BYTES) if stream else b""
    except OSError:  # damaged
        return False
    place = 0
    while place + 4 <= len(records):
        kind, size = struct.unpack_from("<HH", records, place)
        if kind == _FILEPASS:
            return True
        place += 4 + size
    return False


def is_ods(data: bytes) -> bool:
    """Tell a spreadsheet of OpenDocument, whose merged ranges python-calamine does not give."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "content.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def _open_document_spans(data: bytes) -> dict[str, dict[int, list[tuple[int, int]]]]:
    """Return the merged ranges of each sheet that go over several rows, as in `OtherSheet`."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    found: dict[str, dict[int, list[tuple[int, int]]]] = {}
    merged: dict[int, list[tuple[int, int]]] = {}
    row = column = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as content:
        for event, element in etree.iterparse(
            content, events=("start", "end"), tag=[f"{{*}}{name}" for name in _ODS_PARTS], resolve_entities=False,
            no_network=True, load_dtd=False, huge_tree=True,
        ):  # fmt: skip
            name = local(element)
            if event == "start":
                if name == "table":
                    merged = found[attribute(element, "name")] = {}
                    row = 0
                elif name == "table-row":
                    column = 0
                else:
                    deep = _counted(element, "number-rows-spanned")
                    if deep > 1:
                        merged.setdefault(row + 1, []).append((column, row + deep))
                    column += _counted(element, "number-columns-repeated")
            elif name == "table-row":
                row += _counted(element, "number-rows-repeated")
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return found


def _counted(element: Any, name: str) -> int:
    said = attribute(element, name)
    return min(int(said), _MAX_ROWS) if said.isdecimal() and len(said) < 9 else 1


def _value(cell: Any) -> Any:
    """Return a cell as openpyxl gives it: None for an empty one, whole numbers as such."""
    if cell == "":
        return None
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell


def _page_tables(data: bytes, name: str) -> list[OtherSheet]:
    """Return the tables of a page, as many programs write them under the name of a workbook."""
    source = decode_page(data, name).text
    check_markup(source, name)
    target = _Tables()
    feed_page(source, target)
    sheets = [OtherSheet(f"table {i}", rows, merged) for i, (rows, merged) in enumerate(target.tables, 1) if rows]
    if not sheets:
        raise ZhengyuError(f"{name}: expected a workbook, this is a page without a table; name it .html")
    return sheets


class _Tables:
    """Takes a parser's events and keeps the tables; one within another belongs to its cell."""

    def __init__(self) -> None:
        self.tables: list[tuple[list[list[Any]], dict[int, list[tuple[int, int]]]]] = []
        self._depth = self._unseen = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._unseen += tag in ("script", "style")
        if tag == "table":
            self._depth += 1
            if self._depth == 1 and len(self.tables) < _MAX_TABLES:
                self.tables.append(([], {}))
        elif self._depth == 1 and tag == "tr":
            self._end_cell()
            self.tables[-1][0].append([])
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            self._cell = []
            self._span = (_span(attributes.get("colspan", "")), _span(attributes.get("rowspan", "")))
        elif self._cell is not None and tag in ("br", "p", "div", "tr", "td"):
            self._cell.append("\n")

    def end(self, tag: str) -> None:
        self._unseen -= tag in ("script", "style") and self._unseen > 0
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._end_cell()

    def data(self, text: str) -> None:
        if self._cell is not None and not self._unseen:
            self._cell.append(" ".join(text.split()) or (" " if text else ""))

    def close(self) -> None:
        self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is None or not self.tables:
            return
        rows, merged = self.tables[-1]
        if not rows:
            rows.append([])
        columns, deep = self._span
        # A cell that reaches down from a row above takes its place here.
        number = len(rows)
        for first, ranges in list(merged.items()):
            if first < number:
                for column, last in ranges:
                    if last >= number and column == len(rows[-1]):
                        rows[-1].append(None)
        if deep > 1:
            merged.setdefault(number, []).append((len(rows[-1]), number + deep - 1))
        lines = "".join(self._cell).split("\n")
        text = "\n".join(line.strip() for line in lines if line.strip())
        rows[-1].extend([text or None, *[None] * (columns - 1)])
        self._cell = None


def _span(said: str) -> int:
    return max(1, min(int(said), _MAX_SPAN)) if said.isdecimal() and len(said) < 6 else 1


def _spreadsheet_xml(data: bytes, name: str) -> list[OtherSheet]:
    """Return the sheets of Excel's XML of 2003."""
    sheets: list[OtherSheet] = []
    for sheet in children(parse_xml(data, name), "Worksheet"):
        rows: list[tuple[Any, ...]] = []
        merged: dict[int, list[tuple[int, int]]] = {}
        for table in children(sheet, "Table"):
            for row in children(table, "Row"):
                place = _place(attribute(row, "Index"), len(rows) + 1, _MAX_ROWS)
                rows.extend(() for _ in range(place - 1 - len(rows)))
                cells: list[Any] = []
                for cell in children(row, "Cell"):
                    column = _place(attribute(cell, "Index"), len(cells) + 1, _MAX_COLUMNS)
                    cells.extend([None] * (column - 1 - len(cells)))
                    down = attribute(cell, "MergeDown")
                    if down.isdecimal() and int(down[:7]) > 0:
                        merged.setdefault(place, []).append((len(cells), place + int(down[:7])))
                    cells.append(next((_typed(one) for one in cell if local(one) == "Data"), None))
                    cells.extend(
                        [None] * (_span(attribute(cell, "MergeAcross") or "0") if attribute(cell, "MergeAcross") else 0)
                    )
                rows.append(tuple(cells))
        sheets.append(OtherSheet(attribute(sheet, "Name") or f"sheet {len(sheets) + 1}", rows, merged))
    return sheets


def _place(said: str, following: int, most: int) -> int:
    """Return the place that a row or cell claims, where it is one that may follow."""
    place = int(said) if said.isdecimal() and len(said) < 9 else following
    return place if following <= place <= most else following


def _typed(element: Any) -> Any:
    text = "".join(element.itertext())
    if attribute(element, "Type") == "Number":
        try:
            return _value(float(text))
        except ValueError:
            return text
    return text or None
