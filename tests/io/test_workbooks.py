"""Workbooks of every make give the same rows: XLS, ET, ODS, XLSX that openpyxl refuses, and pages named .xls."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import word97

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.layout import TableOptions
from zhengyu.io.other_workbooks import open_other
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.io.workbooks import open_sheet
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
RIVER = "县里对沿河小散企业逐家会诊，国控断面水质连续五个月达标。"
ROWS: list[list[Any]] = [["编号", "正文"], [1, FIELD], [2, RIVER]]


def xls(rows: list[list[Any]], *, locked: bool = False) -> bytes:
    """Return a workbook of Excel 97: one sheet of labels and numbers (BIFF8); a locked one only says that it is."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def text(value: str) -> bytes:
        return struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")

    def bof(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x1CC1, 0x7CD, 0, 0x600))

    sheet = bof(0x10)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            place = struct.pack("<HHH", y, x, 0)
            sheet += (
                record(0x204, place + text(value))
                if isinstance(value, str)
                else record(0x203, place + struct.pack("<d", value))
            )
    sheet += record(0x0A, b"")
    name = "表一"
    head = (
        bof(0x5)
        + (record(0x2F, struct.pack("<HHH", 1, 1, 1) + b"3" * 48) if locked else b"")
        + record(0x42, struct.pack("<H", 1200))
    )
    after = len(head) + 4 + 8 + 2 * len(name) + 4
    head += record(0x85, struct.pack("<IHBB", after, 0, len(name), 1) + name.encode("utf-16-le")) + record(0x0A, b"")
    return word97.compound({"Workbook": head + sheet})


def test_an_old_workbook_with_a_password_is_said_to_be_encrypted() -> None:
    with pytest.raises(ZhengyuError, match=r"a\.xls: is encrypted; open it with its password"):
        open_other(xls(ROWS, locked=True), "a.xls")


def xlsb(rows: list[list[str]]) -> bytes:
    """Return a binary workbook: one sheet of strings (MS-XLSB)."""

    def record(kind: int, data: bytes = b"") -> bytes:
        head = bytearray()
        for value in (kind, len(data)):
            while value > 0x7F:
                head.append(value & 0x7F | 0x80)
                value >>= 7
            head.append(value)
        return bytes(head) + data

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("表一"))
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + record(145)
    for y, row in enumerate(rows):
        sheet += record(0, struct.pack("<IIHBBBI", y, 0, 300, 0, 0, 0, 0))
        sheet += b"".join(record(6, struct.pack("<II", x, 0) + text(value)) for x, value in enumerate(row))
    office = "http://schemas.openxmlformats.org"
    kind = f"{office}/officeDocument/2006/relationships/worksheet"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{office}/package/2006/content-types"/>')
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{office}/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kind}" Target="worksheets/sheet1.bin"/></Relationships>',
        )  # fmt: skip
        archive.writestr("xl/worksheets/sheet1.bin", sheet + record(146) + record(130))
    return out.getvalue()


def test_a_binary_workbook_is_read() -> None:
    (sheet,) = open_other(xlsb([["编号", "正文"], ["一", FIELD]]), "a.xlsb")
    assert (sheet.title, [tuple(row) for row in sheet.values]) == ("表一", [("编号", "正文"), ("一", FIELD)])


def ods(rows: list[list[Any]], more: str = "") -> bytes:
    def cell(value: Any) -> str:
        kind = (
            f'office:value-type="float" office:value="{value}"'
            if isinstance(value, int)
            else 'office:value-type="string"'
        )
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"

    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows) + more
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml", f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="表一">'
            f"{body}</table:table></office:spreadsheet></office:body></office:document-content>",
        )  # fmt: skip
    return out.getvalue()


def xlsx(rows: list[list[Any]], *, broken: bool = False) -> bytes:
    """Return a workbook; a broken one has a stylesheet that openpyxl refuses."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.active.title = "表一"
    book.save(out)
    if not broken:
        return out.getvalue()
    made = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'"gray125"', b'"nosuch"') if "styles" in name else data)
    return made.getvalue()


def page(rows: list[list[Any]]) -> bytes:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<html><meta charset=gb2312><table border=1>{body}</table></html>".encode("gb18030")


def sheet_xml(rows: list[list[Any]]) -> bytes:
    def cell(value: Any) -> str:
        kind = "Number" if isinstance(value, int) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    space = "urn:schemas-microsoft-com:office:spreadsheet"
    body = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in rows)
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="表一"><Table>{body}'
        "</Table></Worksheet></Workbook>"
    ).encode()


MAKES: dict[str, Callable[[list[list[Any]]], bytes]] = {
    "xls": xls,
    "ods": ods,
    "xlsx": xlsx,
    "page": page,
    "xml": sheet_xml,
}


@pytest.mark.parametrize("make", MAKES)
def test_every_make_gives_the_same_rows(make: str) -> None:
    sheet = open_sheet(MAKES[make](ROWS), "a.xls")
    assert sheet.columns == ("编号", "正文")
    assert sheet.reading.header_row == 1
    assert [(number, {k: str(v) for k, v in row.items()}) for number, row in sheet.rows] == [
        (1, {"编号": "1", "正文": FIELD}), (2, {"编号": "2", "正文": RIVER}),
    ]  # fmt: skip


def test_an_xlsx_that_openpyxl_refuses_is_read_and_said() -> None:
    sheet = open_sheet(xlsx(ROWS, broken=True), "a.xlsx")
    if not sheet.reading.notes:  # a newer openpyxl may read it
        pytest.skip("openpyxl reads it")
    assert "python-calamine did" in sheet.reading.notes[0]
    assert [row["正文"] for _, row in sheet.rows] == [FIELD, RIVER]


def test_spans_and_places_of_cells() -> None:
    source = (
        "<table><tr><th>县<th>正文<tr><td rowspan=2>甲县<td>农田<p>水利</p><tr><td>道路<tr><td colspan=2>合计</table>"
    )
    (sheet,) = open_other(source.encode(), "a.xls")
    rows = list(sheet.iter_rows(max_row=9, values_only=True))
    assert rows == [["县", "正文"], ["甲县", "农田\n水利"], [None, "道路"], ["合计", None]]
    assert sheet.merged == {2: [(0, 3)]}
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    xml = (f'<Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="a"><Table><Row ss:Index="3"><Cell ss:Index="2" '
           'ss:MergeAcross="1"><Data ss:Type="String">甲</Data></Cell><Cell><Data ss:Type="Number">2.5</Data></Cell></Row>'
           '<Row ss:Index="99999999"><Cell ss:Index="99999999"/></Row></Table></Worksheet></Workbook>')  # fmt: skip
    (sheet,) = open_other(xml.encode(), "a.xls")
    assert list(sheet.iter_rows(max_row=9, values_only=True)) == [(), (), (None, "甲", None, 2.5), (None,)]


def test_merged_cells_of_open_document_stand_in_each_of_their_rows() -> None:
    def cell(text: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'

    down = ' table:number-rows-spanned="2" table:number-columns-spanned="1"'
    covered = "<table:covered-table-cell/>"
    more = "".join(
        f"<table:table-row{repeated}>{cells}</table:table-row>"
        for repeated, cells in (
            ("", cell("甲县", down) + cell(FIELD)),
            ("", covered + cell(RIVER)),
            (' table:number-rows-repeated="3"', "<table:table-cell/>"),
            ("", cell("乙县", down) + cell(RIVER)),
            ("", covered + cell(FIELD)),
            (' table:number-rows-repeated="1048000"', '<table:table-cell table:number-columns-repeated="1024"/>'),
        )
    )
    sheet = open_sheet(ods([["县", "正文"]], more), "a.ods")
    assert [tuple(row.values()) for _, row in sheet.rows] == [
        ("甲县", FIELD), ("甲县", RIVER), ("乙县", RIVER), ("乙县", FIELD),
    ]  # fmt: skip


def test_days_have_no_hour_and_hours_are_kept(tagger: Tagger, tmp_path: Path) -> None:
    days, times = (
        [datetime.date(2024, 1, 2), datetime.date(2024, 1, 3)],
        [datetime.datetime(2024, 1, 2), datetime.datetime(2024, 1, 3, 10, 30)],
    )
    rows = [["正文", "日", "时"], *zip((FIELD, RIVER), days, times, strict=True)]
    (tmp_path / "a.xlsx").write_bytes(xlsx(list(map(list, rows))))
    assert [row["日"] for _, row in open_sheet(xlsx(list(map(list, rows))), "a.xlsx").rows] == days
    tag_inputs(tagger, [str(tmp_path / "a.xlsx")], output=tmp_path / "o.parquet")
    table = pq.read_table(tmp_path / "o.parquet")
    assert table["日"].to_pylist() == days
    assert (
        table["时"].to_pylist() == times
    )  # the first is a day to its makers; the others would lose their hours with it


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"no", "expected an XLSX workbook"), (b"PK", "expected an XLSX workbook"), (b"\xd0\xcf\x11\xe0" * 300, "expected a workbook"),
     (b"<html><p>x", "a page without a table"), (b"", "expected an XLSX workbook")],
)  # fmt: skip
def test_what_is_no_workbook_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ZhengyuError, match=message):
        open_sheet(data, "a.xls")


def test_the_child_reads_them() -> None:
    with closing(GuardedReader()) as reader:
        for make in (xls, ods, page):
            sheet = reader.rows(make(ROWS), "a.xls", TableOptions())
            assert [row["正文"] for _, row in sheet.rows] == [FIELD, RIVER]
        broken = bytearray(xls(ROWS))
        for place in range(1600, len(broken), 7):
            broken[place] ^= 0x55
        with pytest.raises(ZhengyuError):
            list(reader.rows(bytes(broken), "a.xls").rows)
        assert len(list(reader.rows(xls(ROWS), "a.xls").rows)) == 2


def test_real_files_where_they_are(cases: Path) -> None:
    folder = cases.parent / "files"
    if not (folder / "kingsoft_2019.et").exists():
        pytest.skip("the real files are not there")
    assert len(list(open_sheet((folder / "kingsoft_2019.et").read_bytes(), "a.et").rows)) == 41
    sheet = open_sheet((folder / "paul_soe.xlsx").read_bytes(), "a.xlsx")
    assert (sheet.reading.header_row, len(list(sheet.rows))) == (4, 60)
