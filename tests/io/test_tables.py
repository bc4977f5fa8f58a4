"""Tables that came out of other hands: stray quotes, empty parts, cut archives, values that a format cannot hold."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.csv_records import read_records
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"


@pytest.mark.parametrize("closed", ["by the next quote", "never"])
def test_a_stray_quote_costs_its_own_line(tagger: Tagger, tmp_path: Path, closed: str) -> None:
    lines = [f"{i},{FIELD}" for i in range(2, 302)]
    lines[98] = f'100,"{RIVER}'
    if closed == "by the next quote":
        lines[108] = f'110,"{FIELD}\n{RIVER}"'
    (tmp_path / "a.csv").write_text("\n".join(["id,text", *lines]) + "\n", "utf-8")
    run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.csv")
    assert (run.read, run.tagged, run.set_aside_count) == (300, 299, 1)
    back = pd.read_csv(tmp_path / "o.csv")
    assert back["id"].tolist() == [i for i in range(2, 302) if i != 100]
    aside = pd.read_csv(tmp_path / "o.csv.set-aside.csv")
    assert aside["line"].tolist() == [100]
    assert aside["content"].tolist() == [f'100,"{RIVER}']
    assert aside["reason"].str.contains("in line (?:110|301), after a quote that this line opens").all()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('a,b\n\n"c\nd",e\n', [(1, ["a", "b"]), (3, ["c\nd", "e"])]),
        ('"a\nb\n\nc,d\n', [(1, '"a'), (2, ["b"]), (4, ["c", "d"])]),
        ('"a\n"b,c\n"d\ne\n', [(1, '"a'), (2, '"b,c'), (3, '"d'), (4, ["e"])]),
        ('"a\nb\n"c\nd"\ne\n', [(1, '"a'), (2, ["b"]), (3, ["c\nd"]), (5, ["e"])]),
        ('"a"b\nc\n', [(1, '"a"b'), (2, ["c"])]),
        ('a\n"', [(1, ["a"]), (2, '"')]),
    ],
)
def test_records_that_are_not_valid_fall_apart_into_lines(text: str, found: list[tuple[int, list[str] | str]]) -> None:
    records = read_records("a.csv", iter(text.splitlines(keepends=True)), ",")
    assert [(line, row if isinstance(row, list) else row.content) for line, row in records] == found


def test_a_record_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhengyu.io.csv_records.MAX_RECORD", 100)
    records = list(read_records("a.csv", iter(['a",",x\n'] * 1000), ","))
    assert [line for line, _ in records] == list(range(1, 1001))


def _empty_csv(path: Path) -> None:
    path.write_text("id,正文内容\n", "utf-8")


EMPTY: dict[str, Callable[[Path], object]] = {
    "b.csv": _empty_csv,
    "b.jsonl": Path.touch,
    "b.parquet": lambda path: pd.DataFrame({"id": pd.Series([], dtype=str), "text": []}).to_parquet(path),
    "b.xlsx": lambda path: pd.DataFrame({"id": [], "text": []}).to_excel(path, index=False),
}


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("target", ["o.csv", "o.jsonl", "o.parquet", "o.xlsx"])
def test_an_empty_table_is_no_fault(tagger: Tagger, tmp_path: Path, empty: str, target: str) -> None:
    EMPTY[empty](tmp_path / empty)
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": FIELD}) + "\n", "utf-8")
    output = tmp_path / target
    names = [str(tmp_path / name) for name in ("a.jsonl", empty, "a.jsonl")]
    assert (tag_inputs(tagger, names, output=output).read, output.is_file()) == (2, True)
    assert (tag_inputs(tagger, names[1:], output=output).read, output.is_file()) == (1, True)
    assert (tag_inputs(tagger, names[1:2], output=output).read, output.is_file()) == (0, True)
    if target == "o.parquet":
        assert "themes" in pd.read_parquet(output).columns
    assert tag_inputs(tagger, names[1:]).read == 1
    assert tag_inputs(tagger, names[1:2]).table.empty


def test_numbers_that_a_format_cannot_hold(tagger: Tagger, tmp_path: Path) -> None:
    card = 110101199003078888
    rows = [{"text": FIELD, "n": card, "x": math.inf, "deep": [-math.inf, 1.5]}, {"text": RIVER, "n": 7, "x": math.nan}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    tag_inputs(tagger, [str(tmp_path / "a.jsonl")], output=tmp_path / "o.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    assert sheet is not None
    assert [[cell.value for cell in column] for column in sheet["B2:C3"]] == [[str(card), "inf"], [7, None]]
    tag_inputs(tagger, [str(tmp_path / "a.jsonl")], output=tmp_path / "o.jsonl")
    lines = (tmp_path / "o.jsonl").read_text("utf-8").splitlines()
    back = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [(row["n"], row["x"]) for row in back] == [(card, None), (7, None)]
    assert back[0]["deep"] == [None, 1.5]


@pytest.mark.parametrize("ending", [".csv.gz", ".jsonl.gz", ".csv.zst"])
@pytest.mark.parametrize("rows", [100, 40_000])
def test_a_cut_file_tells_the_line(tagger: Tagger, tmp_path: Path, ending: str, rows: int) -> None:
    rest = random.Random(0)
    names = [f"{rest.random()}" for _ in range(rows)]
    lines = ["text,x", *(f"{FIELD},{name}" for name in names)]
    if ending.startswith(".jsonl"):
        lines = [json.dumps({"text": FIELD, "x": name}) for name in names]
    path = tmp_path / f"a{ending}"
    with pa.CompressedOutputStream(str(path), "zstd" if ending.endswith("zst") else "gzip") as out:
        out.write("".join(f"{line}\n" for line in lines).encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ZhengyuError, match=r"damaged near line [\d,]+: .*get the file anew") as told:
        tag_inputs(tagger, [str(path)])
    line = int(str(told.value).split("near line ")[1].split(":")[0].replace(",", ""))
    assert abs(line - len(lines) / 2) < 100 + 0.1 * len(lines)
