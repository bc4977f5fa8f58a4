"""Facts of documents in what a run writes: where they are added, where not, and what groups by them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from typeset import Layout, pdf, scanned, typeset

from zhengyu.batch.runner import tag_inputs
from zhengyu.cli import main
from zhengyu.io.sandbox import parent
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.report.reading import read_tagged
from zhengyu.tagger import Tagger
from zhengyu_corpus.facts import FIELDS

NOTICE = """石城县人民政府办公室关于做好白莲育苗工作的通知
石府办发〔2024〕3号
各乡镇人民政府：
今年全县新建白莲育苗基地三百亩，坚持“四个走在前”，农民收入稳步增长。
石城县人民政府办公室
2024年2月6日
"""
PAGE = """<html><head><meta charset="utf-8"><title>稻田新事_泰和县人民政府</title>
<meta name="ArticleTitle" content="稻田新事"><meta name="PubDate" content="2022-10-09 08:00">
<meta name="ContentSource" content="泰和县农业农村局"></head>
<body><p>稻田新事</p><p>今年全县新建高标准农田三万亩，坚持“四个走在前”，农民收入增长百分之八。</p></body></html>"""
COLUMNS = [*FIELDS, "facts_from"]
READ = ["read_by", "ocr_confidence"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    there = tmp_path / "in"
    there.mkdir()
    (there / "notice.txt").write_text(NOTICE, "utf-8")
    (there / "page.html").write_text(PAGE, "utf-8")
    return there


def test_programs_get_facts_and_people_where_they_ask(tagger: Tagger, folder: Path, tmp_path: Path) -> None:
    tag_inputs(tagger, [str(folder)], output=tmp_path / "o.parquet")
    rows = pq.read_table(tmp_path / "o.parquet").to_pylist()
    notice, page = (next(row for row in rows if row["file"].endswith(name)) for name in ("notice.txt", "page.html"))
    assert [notice[name] for name in COLUMNS[:5]] == [
        "石城县人民政府办公室关于做好白莲育苗工作的通知", "石城县人民政府办公室", "石府办发〔2024〕3号", "2024-02-06", None,
    ]  # fmt: skip
    assert notice["facts_from"].startswith("title: heading 0-23; issuer: title 0-23; number: line of its own 24-")
    assert [page[name] for name in ("title", "published", "source", "county")] == [
        "稻田新事", "2022-10-09", "泰和县农业农村局", "泰和县",
    ]  # fmt: skip
    assert "published: meta PubDate" in page["facts_from"]
    tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv")
    assert not {"title", "facts_from"} & set(pd.read_csv(tmp_path / "o.csv").columns)
    tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv", facts=True)
    assert set(COLUMNS) <= set(pd.read_csv(tmp_path / "o.csv").columns)
    assert "title" not in tag_inputs(tagger, [str(folder)]).table


def test_columns_of_a_table_are_its_own(tagger: Tagger, folder: Path, tmp_path: Path) -> None:
    row = {"date": "昨日", "source": 7, "text": "县里修了路。"}
    (folder / "table.jsonl").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    tag_inputs(tagger, [str(folder)], output=tmp_path / "o.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    (own,) = [one for one in rows if "file" not in one or one["file"] is None]
    assert (own["date"], own["source"], own.get("county")) == ("昨日", 7, None)
    assert {one["date"] for one in rows if one is not own} == {"2024-02-06", None}


@pytest.mark.parametrize(
    ("output", "options", "given"),
    [
        ("o.parquet", [], True),
        ("o.jsonl", [], True),
        ("o.csv", ["--facts"], True),
        ("o.csv", ["--ocr", "never"], True),
        ("o.parquet", ["--no-facts", "--ocr", "auto"], True),
        ("o/", [], True),
        ("o/", ["--no-facts", "--ocr", "never"], True),
        ("o/", ["--no-facts"], False),
        ("o.csv", [], False),
        ("o.parquet", ["--no-facts"], False),
    ],
)
def test_rows_tell_how_they_were_read(
    folder: Path, tmp_path: Path, output: str, options: list[str], given: bool
) -> None:
    (folder / "table.jsonl").write_text('{"text": "县里修了路。"}\n', "utf-8")
    ran = CliRunner().invoke(main, ["tag", str(folder), "-o", f"{tmp_path}/{output}", *options, "--quiet"])
    assert ran.exit_code == 0, ran.output
    written = tmp_path / output
    if output.endswith(".csv"):
        rows = pd.read_csv(written)
    else:
        rows = pd.read_json(written, lines=True) if output.endswith(".jsonl") else pd.read_parquet(written)
    assert set(READ) & set(rows.columns) == set(READ if given else [])
    if given:
        documents = rows["file"].notna()
        assert documents.sum() == 8
        assert rows.loc[documents, "read_by"].eq("text").all()
        assert rows.loc[~documents, "read_by"].isna().all()
        assert rows["ocr_confidence"].isna().all()
    assert ("title" in rows) == (given and "--no-facts" not in options and "--ocr" not in options)


@pytest.mark.parametrize("facts", [True, False])
def test_rows_of_all_documents_tell_it_beside_those_of_ocr(
    tagger: Tagger, folder: Path, tmp_path: Path, facts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"

    def page(self: GuardedReader, data: bytes, name: str, ending: str, number: int) -> list[list[object]]:
        return [[text, 75.0, 700.0, 100.0, 16.0, 0.9]]

    monkeypatch.setattr(GuardedReader, "page", page)
    monkeypatch.setattr(parent, "available", lambda: True)
    (folder / "o.pdf").write_bytes(pdf(typeset([text], Layout()), picture=scanned()))  # between the two others
    tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv", facts=facts)
    rows = pd.read_csv(tmp_path / "o.csv", keep_default_na=False)
    known = rows["file"].str.endswith("o.pdf")
    assert rows.loc[known, READ].values.tolist() == [["text", ""], ["ocr", "0.9"]]
    assert set(rows.loc[~known, "read_by"]) == {"text" if facts else ""}
    assert set(rows.loc[~known, "ocr_confidence"]) == {""}


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_groups_by_facts(folder: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"o.{ending}"
    run = CliRunner().invoke(main, ["tag", str(folder), "-o", str(output), "--facts", "--quiet"])
    assert run.exit_code == 0, run.output
    read = read_tagged([output])
    assert read.named == {"time": "date", "place": "place", "document": "file"}
    assert set(read.rows["place"]) == {"赣州市石城县", "吉安市泰和县"}
    assert set(read.rows["time"]) == {"2024", "2022"}  # the news by its publication
    assert set(read_tagged([output], place="province").rows["place"]) == {"江西省"}
    counted = CliRunner().invoke(main, ["slogans", str(output), "--by", "county", "--by", "genre", "--date", "date"])
    assert counted.exit_code == 0, counted.output
    assert "石城县" in counted.output
    assert "泰和县" in counted.output
    output.unlink()
    run = CliRunner().invoke(main, ["tag", str(folder), "-o", str(output), "--no-facts", "--quiet"])
    assert run.exit_code == 0, run.output
    assert "place" not in read_tagged([output]).named
