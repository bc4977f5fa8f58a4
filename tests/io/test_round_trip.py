"""What is written is read back equal: every output format, texts of any characters, the same counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.blocks import SetAside, loose_table, pack, records, unpack
from zhengyu.io.formats import ending_of, endings
from zhengyu.io.inputs import Input
from zhengyu.io.open_table import open_rows
from zhengyu.io.schema import whole_schema
from zhengyu.io.workbooks import open_sheet
from zhengyu.io.writers import write_rows
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
#: Characters that end lines somewhere, part cells, are escaped or mean something to a spreadsheet.
ODD = "\r\n\t\"',;|=+-@\\\0\x0b\x0c\x1c\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff_x000D_𠮷😀政策　 "
TEXTS = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])), max_size=30)
WRITTEN = [*endings("table", written=True), ".csv.gz", ".jsonl.zst"]


def read_back(path: Path) -> list[dict[str, Any]]:
    source = Input(str(path), *ending_of(path.name))
    with source.open() as stream:
        opened = open_rows(source, stream, sheet=open_sheet)
        found = [row for _, _, row in opened.rows]
    assert not any(isinstance(row, SetAside) for row in found), found
    return [row if isinstance(row, dict) else dict(zip(opened.columns or (), row, strict=True)) for row in found]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
@pytest.mark.parametrize("ending", WRITTEN)
def test_texts_of_any_characters_come_back(tmp_path: Path, ending: str, rows: list[tuple[str, str]]) -> None:
    if ending == ".dta":  # what Stata files hold of U+0080 to U+00FF is taken for GBK that an older program wrote
        other = {code: code + 0x4E00 for code in range(0x80, 0x100)}
        rows = [(text.translate(other), place.translate(other)) for text, place in rows]
    path = tmp_path / f"t{ending}"
    table = pa.table(
        {"text": [text for text, _ in rows], "place": [place for _, place in rows], "model": ["m"] * len(rows)}
    )
    write_rows(path, table.schema, [table])
    # A cell cannot tell an empty text from none.
    back = [{name: value or "" for name, value in row.items()} for row in read_back(path)]
    # Stata ends every text at a zero byte, which is written as a replacement character there.
    kept = (lambda text: text.replace("\0", "\ufffd")) if ending == ".dta" else str
    assert back == [{name: kept(value) for name, value in row.items()} for row in table.to_pylist()]


#: Values of JSON that any of the formats can be given.
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(row=st.dictionaries(TEXTS, VALUES, max_size=5))
def test_rows_of_json_are_packed_and_unpacked_equal(row: dict[str, Any]) -> None:
    assert unpack(pack(row)) == row
    assert list(records(loose_table([pack(row)]))) == [row]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(TEXTS.filter(str.strip), VALUES, max_size=4), min_size=1, max_size=3))
@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".xlsx"])
def test_rows_of_any_json_are_written(tmp_path: Path, ending: str, rows: list[dict[str, Any]]) -> None:
    part = loose_table([pack({**row, "text": FIELD}) for row in rows])
    path = tmp_path / f"t{ending}"
    write_rows(path, whole_schema([part], []), [part])
    back = read_back(path)
    assert [row["text"] for row in back] == [FIELD] * len(rows)
    if ending == ".jsonl":
        assert back == [{**row, "text": FIELD} for row in rows]


def test_whatever_is_tagged_reads_the_same_again(tagger: Tagger, tmp_path: Path) -> None:
    odd = [f"{FIELD}{char}{FIELD}" for char in ODD if char not in "\0\ufffe\uffff"]
    rows = [{"\0row": text, "row": {"\0": "timedelta", "value": 1}, "text": text} for text in odd]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for ending in WRITTEN:
        output = tmp_path / f"o{ending}"
        run = tag_inputs(tagger, [str(source)], output=output)
        assert (run.read, run.tagged, run.set_aside_count) == (len(odd), len(odd), 0)
        again = tag_inputs(tagger, [str(output)], prefix="z_")
        assert (again.read, again.tagged, again.set_aside_count) == (len(odd), len(odd), 0)
        assert again.table["text"].tolist() == odd, ending


def test_set_aside_rows_with_odd_line_ends_end_no_run(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text\n{FIELD}\n{FIELD}\x85\u2028\u2029,more\n", "utf-8")
    for _ in range(2):
        run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.csv", restart=True)
        assert (run.tagged, run.set_aside_count) == (1, 1)


def test_a_carriage_return_ends_no_row(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"id,text\r\n1,{FIELD}\r{FIELD}\r\n2,{FIELD}\r\n".encode())
    assert tag_inputs(tagger, [str(tmp_path / "a.csv")]).table["text"].tolist() == [f"{FIELD}\r{FIELD}", FIELD]
    (tmp_path / "old.csv").write_bytes(f"id,text\r1,{FIELD}\r2,{FIELD}\r".encode())
    assert len(tag_inputs(tagger, [str(tmp_path / "old.csv")]).table) == 2


def test_what_a_format_cannot_hold_is_refused_before_tagging(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(
        ",".join(["text", *map("c{}".format, range(16_382))]) + f"\n{FIELD}" + "," * 16_382, "utf-8"
    )
    (tmp_path / "long.csv").write_text(f"id,text\n1,{FIELD}\n2,{FIELD * 1000}\n", "utf-8")
    for name, said in (("wide", "16,386 with those that tagging adds"), ("long", "cells hold 32,767 characters")):
        with pytest.raises(ZhengyuError, match=said):
            tag_inputs(tagger, [str(tmp_path / f"{name}.csv")], output=tmp_path / "o.xlsx")
        assert not (tmp_path / "o.xlsx").exists()


def test_cells_that_a_spreadsheet_would_run_are_said(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        f"note,n,text\n=cmd|' /C calc'!A0,-5,{FIELD}\n@x,+3.5,{FIELD}\nplain,1,{FIELD}\n", "utf-8"
    )
    run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.csv")
    assert run.counts()["formulas"] == 2
    assert read_back(tmp_path / "o.csv")[0]["note"] == "=cmd|' /C calc'!A0"
    run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.xlsx")
    assert run.counts()["formulas"] == 0
    assert read_back(tmp_path / "o.xlsx")[0]["note"] == "=cmd|' /C calc'!A0"
