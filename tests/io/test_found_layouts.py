"""Tables of other people: delimiter, header, sheet and encoding are found and told, or refused with what was found."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.io.blocks import SetAside, to_frame
from zhengyu.io.formats import ending_of
from zhengyu.io.inputs import Input
from zhengyu.io.layout import TableOptions, table_options
from zhengyu.io.open_table import open_rows, open_table, whole
from zhengyu.io.workbooks import open_sheet
from zhengyu_corpus.errors import ZhengyuError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "cases"
FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"


def read(path: Path, options: TableOptions | None = None) -> tuple[list[str], list[str], list[SetAside], Any]:
    """Return columns, texts, rows set aside, and how it was read."""
    source = Input(str(path), *ending_of(path.name))
    with source.open() as stream:
        parts, texts, aside, reading = whole(open_table(source, stream, options, sheet=open_sheet), path.name)
    return list(to_frame(parts).columns), texts, aside, reading


def book(path: Path, *sheets: tuple[str, Sequence[Sequence[object]]], merged: str = "", dimension: str = "") -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if merged:
            sheet.merge_cells(merged)
    made.save(path)
    if dimension:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        part = "xl/worksheets/sheet1.xml"
        parts[part] = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{dimension}"'.encode(), parts[part])
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_the_delimiter_and_the_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    texts = [text.replace("，", "、") for text in (FIELD, RIVER, FIELD)]
    rows = [delimiter.join(row) for row in (["编号", "正文"], *(["7", text] for text in texts))]
    path.write_bytes("\n".join(rows).encode(encoding))
    columns, found, aside, reading = read(path)
    assert (columns, found, aside) == (["编号", "正文"], texts, [])
    assert (reading.delimiter, reading.encoding) == (delimiter, encoding)
    assert any("parted by" in note for note in reading.notes) == (delimiter != ",")


def test_a_semicolon_in_a_single_column_parts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text\n{RIVER};{FIELD}\n{FIELD};{RIVER}\n", "utf-8")
    assert read(path)[1] == [f"{RIVER};{FIELD}", f"{FIELD};{RIVER}"]
    (tmp_path / "sep.csv").write_text(f"sep=;\nid;text\n1;{FIELD}\n", "utf-8")
    assert read(tmp_path / "sep.csv")[0] == ["id", "text"]


def test_a_file_without_header_is_data_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"1,{FIELD}\n2,{RIVER}\n", "utf-8")
    columns, texts, _, reading = read(path)
    assert (columns, texts, reading.header_row) == (["column_1", "column_2"], [FIELD, RIVER], 0)
    assert "no header was found" in reading.notes[0]
    (tmp_path / "b.csv").write_text(f"甲,乙\n{RIVER},{FIELD}\n", "utf-8")
    assert len(read(tmp_path / "b.csv", table_options(header_row="none"))[1]) == 2


def test_a_header_below_a_title_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"全县段落汇总,,\n编号,正文,年份\n1,{FIELD},2020\n2,{RIVER},2021\n", "utf-8")
    columns, texts, _, reading = read(path)
    assert (columns, texts, reading.header_row) == (["编号", "正文", "年份"], [FIELD, RIVER], 2)
    assert "above it stood 全县段落汇总" in reading.notes[0]
    made = book(tmp_path / "a.xlsx", ("一", [["汇总"], [], ["编号", "正文"], [1, FIELD]]), merged="A1:B1")
    assert read(made)[3].header_row == 3


def test_blank_rows_and_nameless_columns_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,text,,\n1,{FIELD},,\n,,,\n2,{RIVER}\n3,{FIELD},,x\n\n", "utf-8")
    columns, texts, aside, _ = read(path)
    assert (columns, len(texts)) == (["id", "text", "column_4"], 2)
    assert [row.line for row in aside] == [4]
    (tmp_path / "b.csv").write_text("id,text,,\n" + f"1,{FIELD},,\n" * 30 + f"2,{RIVER},,x\n", "utf-8")
    columns, texts, aside, _ = read(tmp_path / "b.csv")
    assert (columns, len(texts), aside[0].line) == (["id", "text"], 30, 32)
    assert "column 4 holds something and has no name" in aside[0].reason


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_one_bad_byte_costs_its_row(tmp_path: Path, encoding: str) -> None:
    text = "政府工作報告" if encoding == "big5" else FIELD
    rows = [f"{i},{text * 3}".encode(encoding) for i in range(60)]
    rows[40] = rows[40][:-1] + b"\xff"
    (tmp_path / "a.csv").write_bytes(b"id,text\n" + b"\n".join(rows) + b"\n")
    _, texts, aside, reading = read(tmp_path / "a.csv")
    assert (len(texts), [row.line for row in aside], reading.encoding) == (59, [42], encoding)


def test_a_large_gb18030_file_is_read_wherever_the_sample_ends(tmp_path: Path) -> None:
    for cut in range(3):
        rows = f"id,text\n{'a' * cut},{FIELD}\n" + f"1,{FIELD}\n" * 3_000
        (tmp_path / "a.csv").write_bytes(rows.encode("gb18030"))
        assert len(read(tmp_path / "a.csv")[1]) == 3_001


def test_the_sheet_with_the_paragraphs_is_taken_and_said(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("说明", [["填表说明"], ["见第二页"]]), ("正文数据", [["编号", "正文"], [1, FIELD]]),
                ("附表", [["a", "b"], [1, 2]]))  # fmt: skip
    _, texts, _, reading = read(path)
    assert (texts, reading.sheet) == ([FIELD], "正文数据")
    assert "not read: 说明, 附表" in reading.notes[0]
    assert read(path, TableOptions(sheet="2"))[1] == [FIELD]
    with pytest.raises(ZhengyuError, match="it has 说明, 正文数据, 附表"):
        read(path, TableOptions(sheet="无此页"))


def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("一", [["编号", "正文", "年"], [1, FIELD, 2020], [2, RIVER, 2021]]), dimension="A1"
    )
    columns, texts, _, _ = read(path)
    assert (columns, texts) == (["编号", "正文", "年"], [FIELD, RIVER])


def test_a_merged_cell_stands_in_each_of_its_rows(tmp_path: Path) -> None:
    rows = [["年", "正文"], [2020, FIELD], [None, RIVER], [2021, FIELD]]
    path = book(tmp_path / "a.xlsx", ("一", rows), merged="A2:A3")
    source = Input(str(path), ".xlsx")
    with source.open() as stream:
        found = [row["年"] for _, _, row in open_rows(source, stream, sheet=open_sheet).rows]
    assert found == [2020, 2020, 2021]


def test_escaped_characters_of_a_sheet_are_what_they_mean(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("一", [["正文"], [f"{FIELD}_x000D_\n{RIVER}_x005F_x000D_"]]))
    assert read(path)[1][0].startswith(f"{FIELD}\r\n{RIVER}_")


@pytest.mark.parametrize(
    ("names", "said"),
    [("id,text,正文", "'text' and '正文' both go by a name for text"), ("content,段落", "'content' and '段落'"),
     ("text,text", "must differ, text")],
)  # fmt: skip
def test_two_columns_for_one_role_are_refused(tmp_path: Path, names: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{names}\n" + ",".join([FIELD] * len(names.split(","))) + "\n", "utf-8")
    with pytest.raises(ZhengyuError, match=said):
        read(path)


def test_the_columns_of_a_tagged_document_are_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,file,paragraph,start,end,kind,rule,text\na#1,a,1,0,9,prose,,{FIELD}\n", "utf-8")
    assert read(path)[1] == [FIELD]


def test_texts_of_json_that_are_none_are_set_aside(tmp_path: Path) -> None:
    rows = [FIELD, None, float("nan"), [FIELD], {"a": FIELD}, True, 12.5]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows), "utf-8")
    _, texts, aside, _ = read(path)
    assert (texts, [row.line for row in aside]) == ([FIELD, "", "", "12.5"], [4, 5, 6])


def test_rows_of_json_that_would_be_halved_are_set_aside(tmp_path: Path) -> None:
    deep = "[" * 600 + "]" * 600
    lines = [f'{{"text": "{FIELD}", "text": "{RIVER}"}}', f'{{"text": "{FIELD}", "x": {deep}}}',
             f'{{"text": "{FIELD}\\ud842"}}', f'{{"text": "{FIELD}\u2028\x85"}}']  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    _, texts, aside, _ = read(tmp_path / "a.jsonl")
    assert texts == [f"{FIELD}\u2028\x85"]
    assert [row.reason for row in aside] == [
        "not valid JSON: the key 'text' stands twice", "nested deeper than 100 levels", "half of a surrogate pair",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_an_array_of_objects_is_read_and_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps([{"text": FIELD}, {"text": RIVER}], indent=1), "utf-8")
    _, texts, _, reading = read(tmp_path / name)
    assert texts == [FIELD, RIVER]
    assert "a JSON array" in reading.notes[0]


def test_a_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"\x00" * size if self.zero else b"a" * size

        zero = False

    monkeypatch.setattr("zhengyu.io.text_lines.MAX_LINE", 1_000_000)
    for ending in (".csv", ".jsonl"):
        stream: Any = Endless()
        with pytest.raises(ZhengyuError, match=r"line 1 is longer than 1,000,000 characters"):
            list(open_rows(Input(f"a{ending}", ending), stream, sheet=open_sheet).rows)
        stream.zero = True
        with pytest.raises(ZhengyuError, match="encoding was not recognised"):
            open_rows(Input(f"zero{ending}", ending), stream, sheet=open_sheet)
        with pytest.raises(ZhengyuError, match="longer than"):
            list(open_rows(Input("a", ending), stream, TableOptions("utf-8"), sheet=open_sheet).rows)


def test_every_choice_is_told_and_can_be_overruled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"标题行;\n编号;正文\n1;{FIELD}\n".encode("gb18030"))
    words = ["tag", str(tmp_path / "a.csv"), "-o", str(tmp_path / "o.csv"), "--json"]
    told = json.loads(CliRunner().invoke(main, words, catch_exceptions=False).stdout)
    assert list(told["readings"].values()) == [{"delimiter": ";", "header_row": 2}]
    assert list(told["encodings"].values()) == ["gb18030"]
    assert [len(notes) for notes in told["notes"].values()] == [2]
    more = ["--delimiter", ";", "--header-row", "2", "--encoding", "gbk", "--restart"]
    told = json.loads(CliRunner().invoke(main, [*words, *more], catch_exceptions=False).stdout)
    assert (told["tagged"], list(told["encodings"].values())) == (1, ["gb18030"])
    for option, value in (("--delimiter", "::"), ("--header-row", "zero"), ("--encoding", "klingon")):
        result = CliRunner().invoke(main, [*words, option, value])
        assert (result.exit_code, option in result.output) == (2, True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "texts", "aside"),
    [("bom_semicolon.csv", 3, 0), ("tab.csv", 3, 0), ("noheader.csv", 3, 0), ("blank_tail.csv", 2, 0),
     ("trailing_blank.csv", 1, 0), ("gb18030.csv", 3, 0), ("onebad.csv", 100, 1), ("title_merged.xlsx", 2, 0),
     ("second_sheet.xlsx", 2, 0), ("linebreak.xlsx", 2, 0), ("wps.xlsx", 3, 0), ("array.json", 2, 0),
     ("nan.jsonl", 4, 3)],
)  # fmt: skip
def test_shared_cases(name: str, texts: int, aside: int) -> None:
    columns, found, set_aside, _ = read(SHARED / name)
    assert (len(found), len(set_aside)) == (texts, aside)
    assert "_x000D_" not in "".join(found)
    if name == "gb18030.csv":
        assert found[0].startswith("㐂福村、𠮷祥镇")
    if name.startswith("wps"):
        assert columns == ["编号", "正文", "年份"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("bad", [b"\xff", b"\x00"])
def test_a_bad_byte_in_a_short_file_costs_no_other_row(tmp_path: Path, encoding: str, bad: bytes) -> None:
    rows = [f"{i},{FIELD}".encode(encoding) for i in range(4)]
    (tmp_path / "a.csv").write_bytes(b"id,text\n" + b"\n".join([*rows, b"4,a" + bad + b"b"]) + b"\n")
    _, texts, aside, reading = read(tmp_path / "a.csv")
    assert (len(texts) + len(aside), reading.encoding) == (5, encoding)
    assert [row.line for row in aside] == ([6] if bad == b"\xff" else [])


@pytest.mark.parametrize("delimiter", ["，", "；", "：", ":"])
def test_a_header_of_columns_that_the_rows_do_not_have_is_refused(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    texts = [f"甲{delimiter}乙{delimiter}{FIELD}", RIVER, f"{RIVER}{delimiter}丙"]
    path.write_text(delimiter.join(["编号", "正文"]) + "\n" + "\n".join(texts), "utf-8")
    with pytest.raises(ZhengyuError, match=f"names 2 columns parted by '{delimiter}', but the rows below"):
        read(path)
    assert len(read(path, table_options(header_row="1"))[1]) == 3


def test_a_mark_too_many_and_the_header_of_a_joined_file(tmp_path: Path) -> None:
    one = f"\ufeffid,text\n1,{FIELD}\n2,{RIVER}\n"
    (tmp_path / "a.csv").write_text(f"\ufeff{one}{one}", "utf-8")
    columns, texts, aside, _ = read(tmp_path / "a.csv")
    assert (columns, len(texts)) == (["id", "text"], 4)
    assert [(row.line, row.reason) for row in aside] == [(4, "the header again, as where files were joined")]


def test_a_header_in_another_encoding_than_was_named_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"编号,正文\n1,{FIELD}\n".encode("gb18030"))
    with pytest.raises(ZhengyuError, match=r"a\.csv:1: the header .* holds bytes that are not valid utf-8"):
        read(tmp_path / "a.csv", table_options(encoding="utf-8"))
    for no_text in ("base64", "idna", "rot13"):
        with pytest.raises(ZhengyuError, match="unknown encoding"):
            table_options(encoding=no_text)


def test_a_hidden_sheet_gives_way_and_is_told(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("旧", [["正文"], [RIVER]]), ("新", [["正文"], [FIELD]]))
    made = openpyxl.load_workbook(path)
    made["旧"].sheet_state = "hidden"
    made.save(path)
    _, texts, _, reading = read(path)
    assert texts == [FIELD]
    assert reading.notes[0].startswith("sheet '新' was read; not read: 旧 (hidden)")
    assert read(path, table_options(sheet="旧"))[1] == [RIVER]


def test_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("一", [["编号", "正文"], ["=1+1", FIELD], [2, '="甲"&"乙"']]))
    assert read(path)[3].notes[0].startswith("2 formulas have no value and were read as empty")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = parts[part].replace(b'<c r="A2">', b'<c r="A2" t="str">').replace(b"<v></v>", b"<v />", 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert read(path)[3].notes[0].startswith("1 formulas")


def test_labelled_files_are_read_as_what_they_are(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("一", [["编号", "正文"], [1, FIELD]])).rename(tmp_path / "a.csv")
    source = Input(str(path), ".csv")
    with source.open() as stream:
        opened = open_rows(source, stream, sheet=lambda data, name, options: open_sheet(data, name, options))
        assert [row for _, _, row in opened.rows] == [{"编号": 1, "正文": FIELD}]
    assert "named .csv, read as what it is: Excel (XLSX)" in opened.reading.notes


@pytest.mark.parametrize(("data", "packer"), [(b"\x1f\x8b\x08\x00", "gzip"), (b"\xfd7zXZ\x00", "xz")])
def test_a_compressed_file_without_its_ending_is_told(tmp_path: Path, data: bytes, packer: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    done = CliRunner().invoke(main, ["tag", str(tmp_path / "a.csv"), "-o", str(tmp_path / "o.csv")])
    assert (done.exit_code, f"is compressed by {packer}, whatever its name says" in done.stderr) == (2, True)


def test_json_that_holds_its_rows_deeper_says_how_to_take_them_out(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [{"text": FIELD}], "total": 1}), "utf-8")
    with pytest.raises(ZhengyuError, match=r"holds the rows under 'data'; .* jq -c '\.data\[\]'"):
        read(tmp_path / "a.json")
