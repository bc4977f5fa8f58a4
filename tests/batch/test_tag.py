"""Tagging: formats in, formats out, counts that add up, and errors that say what to do."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import zhengyu
from zhengyu.batch.runner import Run, tag_inputs
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"
GREETING = "请各位代表于八点三十分前入座，并将手机调至静音。"
TEXTS = [FIELD, RIVER, GREETING]


def themes_of(run: Run) -> list[list[str]]:
    return [row for row in run.table["themes"] if isinstance(row, list)]


def test_facade() -> None:
    table = zhengyu.load().tag(TEXTS)
    assert list(table.columns) == ["text", "themes", "uncertain", "model"]
    assert table["themes"][0][0] == "rural"
    assert table["themes"][1][0] == "ecology"
    assert zhengyu.tag(FIELD)["themes"][0][0] == "rural"


def test_series_index_missing_and_empty_texts(tagger: Tagger) -> None:
    table = tagger.tag(pd.Series([FIELD, None, " "], index=[7, 8, 9]), probabilities=True)
    assert list(table.index) == [7, 8, 9]
    assert table["themes"].tolist()[1:] == [[], []]
    chances = table[[column for column in table.columns if column.startswith("p_")]]
    assert chances.shape == (3, 31)
    assert ((chances > 0) & (chances < 1)).all().all()
    assert tagger.tag([]).empty
    with pytest.raises(ZhengyuError, match=r"texts\[1\]: expected a string or None, got int"):
        tagger.tag([FIELD, 3])  # type: ignore[list-item]


def test_simplified_and_traditional_get_the_same_themes(tagger: Tagger) -> None:
    table = tagger.tag([RIVER, "關停沿江排汙企業十二家，斷面水質達到三類標準，空氣優良天數明顯增加。"])
    assert table["themes"][0] == table["themes"][1]
    assert table["text"][1].startswith("關停")


def test_themes_stand_in_the_order_of_their_probability(tagger: Tagger) -> None:
    table = tagger.tag([FIELD + RIVER], probabilities=True)
    chances = [table[f"p_{theme}"][0] for theme in table["themes"][0]]
    assert len(chances) >= 2
    assert chances == sorted(chances, reverse=True)


def _docx(path: Path) -> None:
    document = docx.Document()
    for text in TEXTS:
        document.add_paragraph(text)
    document.save(str(path))


def _pdf(path: Path) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    page = canvas.Canvas(str(path))
    page.setFont("STSong-Light", 10)
    for i, text in enumerate(TEXTS):
        page.drawString(50, 700 - 40 * i, text)
    page.save()


def _html(path: Path) -> None:
    body = "".join(f"<p>{text[:5]}<b>{text[5:8]}</b>{text[8:]}</p>" for text in TEXTS)
    body = body.replace("，", "，\n  ", 1)
    page = f"<html><head><meta charset='gb2312'><script>var 乡村=1</script></head><body>{body}</body></html>"
    path.write_bytes(page.encode("gb18030"))


DOCUMENTS: dict[str, Callable[[Path], object]] = {
    "a.txt": lambda path: path.write_text("\n".join(TEXTS), "utf-8"),
    "a.md": lambda path: path.write_text("\n\n".join(TEXTS), "utf-8"),
    "a.html": _html,
    "a.docx": _docx,
    "a.pdf": _pdf,
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_of_every_format(tagger: Tagger, tmp_path: Path, name: str) -> None:
    DOCUMENTS[name](tmp_path / name)
    run = tag_inputs(tagger, [str(tmp_path / name)])
    assert run.table["text"].tolist() == TEXTS
    assert [row[:1] for row in themes_of(run)][:2] == [["rural"], ["ecology"]]
    assert run.table["id"].tolist() == [f"{tmp_path / name}#{i}" for i in (1, 2, 3)]
    assert run.read == run.tagged == 3


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ["甲", "乙", "丙"], "县": ["如意", "平安", None], "年": [2021, 2022, 2023], "正文": TEXTS}
    )


def _write_csv(path: Path) -> None:
    frame().to_csv(path, index=False)


TABLES: dict[str, Callable[[Path], object]] = {
    "a.csv": _write_csv,
    "a.tsv": lambda path: frame().to_csv(path, index=False, sep="\t"),
    "a.jsonl": lambda path: frame().to_json(path, orient="records", lines=True, force_ascii=False),
    "a.parquet": lambda path: frame().to_parquet(path),
    "a.xlsx": lambda path: frame().to_excel(path, index=False),
}


@pytest.mark.parametrize("source", TABLES)
@pytest.mark.parametrize("target", ["o.csv", "o.jsonl", "o.parquet", "o.xlsx"])
def test_tables_of_every_format_to_every_format(tagger: Tagger, tmp_path: Path, source: str, target: str) -> None:
    TABLES[source](tmp_path / source)
    run = tag_inputs(tagger, [str(tmp_path / source)], output=tmp_path / target)
    assert run.read == 3
    reader = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".xlsx": partial(pd.read_excel, engine="openpyxl")}
    ending = (tmp_path / target).suffix
    back = pd.read_json(tmp_path / target, lines=True) if ending == ".jsonl" else reader[ending](tmp_path / target)
    assert back["id"].tolist() == ["甲", "乙", "丙"]
    assert back["正文"].tolist() == TEXTS
    assert [int(year) for year in back["年"]] == [2021, 2022, 2023]
    first = [value.split(";")[0] if isinstance(value, str) else next(iter(value)) for value in back["themes"].head(2)]
    assert first == ["rural", "ecology"]
    assert set(back["model"]) == {tagger.model.version}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source, target])


def test_parquet_keeps_types_and_lists(tagger: Tagger, tmp_path: Path) -> None:
    table = pa.table(
        {"text": TEXTS, "day": pa.array([datetime.date(2020, 1, 1), None, datetime.date(2021, 1, 1)]),
         "n": pa.array([1, None, 3], pa.int16()), "tags": pa.array([["a"], [], None], pa.list_(pa.string()))}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    tag_inputs(tagger, [str(tmp_path / "a.parquet")], output=tmp_path / "b.parquet", probabilities=True)
    back = pq.read_table(tmp_path / "b.parquet")
    for name in table.column_names:
        assert back.schema.field(name).type == table.schema.field(name).type
        assert back[name].to_pylist() == table[name].to_pylist()
    assert back.schema.field("themes").type == pa.list_(pa.string())


def test_jsonl_keeps_nested_values_nulls_and_missing_keys(tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"text": FIELD, "meta": {"页": [1, 2.5]}}, {"text": None, "x": None}, {"text": RIVER, "x": 10**20}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    run = tag_inputs(tagger, [str(tmp_path / "a.jsonl")], output=tmp_path / "b.jsonl")
    back = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    assert [{key: value for key, value in row.items() if key in ("text", "meta", "x")} for row in back] == rows
    assert (run.tagged, run.empty) == (2, 1)


def test_unreadable_rows_are_set_aside_and_counted(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text,year\n{FIELD},2020\n{RIVER},2021,more\n{GREETING},2022\n", "utf-8")
    run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.csv")
    assert (run.tagged, len(run.set_aside), run.read) == (2, 1, 3)
    aside = pd.read_csv(tmp_path / "o.csv.set-aside.csv")
    assert aside["line"].tolist() == [3]
    assert aside["reason"].tolist() == ["expected 2 fields, got 3"]
    (tmp_path / "a.jsonl").write_text('{"text": "' + FIELD + '"}\n{"text": \n[1]\n', "utf-8")
    run = tag_inputs(tagger, [str(tmp_path / "a.jsonl")])
    assert [row.line for row in run.set_aside] == [2, 3]


def test_a_folder_and_several_inputs(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    DOCUMENTS["a.txt"](tmp_path / "deep" / "b.txt")
    (tmp_path / "deep" / "~$b.docx").write_bytes(b"lock")
    _write_csv(tmp_path / "a.csv")
    run = tag_inputs(tagger, [str(tmp_path)], output=tmp_path / "out.jsonl")
    assert run.read == 6
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 6


def test_standard_input(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(f"text\n{RIVER}\n".encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert themes_of(tag_inputs(tagger, ["-"], stdin_format="csv"))[0][0] == "ecology"


def test_furniture_is_left_untagged_and_offsets_give_the_source_back(tagger: Tagger, root: Path) -> None:
    path = root / "docs" / "examples" / "example.txt"
    run = tag_inputs(tagger, [str(path)])
    source = path.read_text("utf-8")
    for row in run.table.itertuples():
        assert source[row.start : row.end] == row.text
        assert row.kind != "furniture" or row.themes == []
    assert run.furniture == 4
    assert run.read == run.tagged + run.furniture


def test_spreadsheet_text_never_becomes_a_formula(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text,note\n{FIELD},=1+1\n", "utf-8")
    tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    assert sheet is not None
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "header line"), ("a.csv", b"x,y\n1,2\n", "no column looks like paragraphs"),
        ("a.csv", b"x,x\n1,2\n", "must differ"), ("a.parquet", b"PAR1", "expected a Parquet file"),
        ("a.xlsx", b"PK", "expected an XLSX workbook"), ("a.docx", b"no", "expected a DOCX document"),
        ("a.pdf", b"no", "expected a PDF document"), ("a.jsonl", b"[]\n", "no readable row"),
        ("a.xyz", b"", "expected an ending of"), ("a.txt", b"\xff\xfe\x00", "not valid in it"),
    ],
)  # fmt: skip
def test_unusable_inputs_are_refused_and_nothing_is_written(
    tagger: Tagger, tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ZhengyuError, match=message):
        tag_inputs(tagger, [str(tmp_path / name)], output=tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_wrong_usage_is_refused(tagger: Tagger, tmp_path: Path) -> None:
    _write_csv(tmp_path / "a.csv")
    source = str(tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    cases: list[tuple[dict[str, object], str]] = [
        ({"output": tmp_path / "a.csv"}, "is also an input"), ({"output": tmp_path / "a.doc"}, "expected an ending"),
        ({"output": tmp_path / "no" / "a.csv"}, "does not exist"), ({"text_column": "无"}, "no column '无'"),
        ({"output": tmp_path / "folder.csv"}, "this is a folder"),
    ]  # fmt: skip
    for options, message in cases:
        with pytest.raises(ZhengyuError, match=message):
            tag_inputs(tagger, [source], **options)  # type: ignore[arg-type]
    with pytest.raises(ZhengyuError, match="no such file"):
        tag_inputs(tagger, [str(tmp_path / "none.txt")])
    tag_inputs(tagger, [source], output=tmp_path / "b.csv")
    with pytest.raises(ZhengyuError, match="--prefix"):
        tag_inputs(tagger, [str(tmp_path / "b.csv")])
    again = tag_inputs(tagger, [str(tmp_path / "b.csv")], prefix="zy_")
    assert again.table["zy_themes"][0][0] == "rural"


def test_a_bad_byte_of_a_text_costs_its_line(tmp_path: Path) -> None:
    lines = ["全县新建高标准农田三万亩。", "河道治理完成。", "农民收入增长百分之八。"]
    data = "\n".join(lines).encode("gb18030")
    path = tmp_path / "a.txt"
    path.write_bytes(data.replace(b"\n", b"\xff\n", 2).replace(b"\xff\n", b"\n", 1))
    run = tag_inputs(zhengyu.load(), [str(path)], output=tmp_path / "o.jsonl")
    found = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [row["text"] for row in found] == [lines[0], lines[2]]
    assert (run.read, run.tagged, run.set_aside_count) == (3, 2, 1)
    assert (run.set_aside[0].line, run.set_aside[0].reason) == (
        2, "line 2 holds bytes that are not valid gb18030: 河道治理完成。?"
    )  # fmt: skip
    assert found[1]["start"] == len("\n".join(lines[:2])) + 2
