"""Tables out: types that come back as they went in, and strings that came encoded."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import zhengyu
from zhengyu.batch.runner import tag_inputs
from zhengyu.io.blocks import to_frame
from zhengyu.io.writers import write_rows

SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("share", pa.float64()), ("taken", pa.duration("s")), ("at", pa.timestamp("ms", "UTC")),
        ("place", pa.dictionary(pa.int32(), pa.string())), ("themes", pa.list_(pa.string())), ("text", pa.string()),
    ]
)  # fmt: skip


def part() -> pa.Table:
    """Return rows whose ids are encoded, though the file is to have plain ones."""
    ids = pa.DictionaryArray.from_arrays(pa.array([0, 0, 1], pa.int32()), pa.array(["甲", "乙"]))
    columns = [
        ids, [0.5, float("nan"), None], pa.array([1, 2, None], pa.duration("s")),
        pa.array([0, None, 1], pa.timestamp("ms", "UTC")), pa.array(["县", None, "乡"]).dictionary_encode(),
        [["rural"], [], None], ["一" * 200, None, ""],
    ]  # fmt: skip
    return pa.table(columns, names=SCHEMA.names)


def test_parquet_reads_as_its_schema_says_whatever_came_encoded(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_rows(path, SCHEMA, [part(), part().slice(0, 0), part()])
    assert pq.read_schema(path).equals(SCHEMA)
    found, wanted = pq.read_table(path), pa.concat_tables([part(), part()])
    assert str(found.drop_columns("share").to_pylist()) == str(wanted.drop_columns("share").to_pylist())
    assert str(found["share"].to_pylist()) == "[0.5, nan, None, 0.5, nan, None]"
    assert pd.read_parquet(path)["id"].tolist() == ["甲", "甲", "乙"] * 2
    columns = pq.ParquetFile(path).metadata.row_group(0)
    encoded = {columns.column(i).path_in_schema: columns.column(i).has_dictionary_page for i in range(7)}
    assert encoded["id"]
    assert not encoded["share"]
    assert not encoded["text"]


def test_parquet_looks_for_repeats_and_packs_where_it_pays(tmp_path: Path) -> None:
    n = 40_000
    draw = np.random.default_rng(0)
    columns = {
        "noise": draw.standard_normal(n), "steps": np.arange(n) // 100 / 7, "none": pa.nulls(n, pa.float64()),
        "many": [f"第 {i:030} 段" for i in range(n)], "few": [f"第 {i % 50:030} 段" for i in range(n)],
    }  # fmt: skip
    table = pa.table(columns)
    path = tmp_path / "a.parquet"
    write_rows(path, table.schema, [pa.concat_tables([table.schema.empty_table(), table.slice(1)]), table])
    assert pq.read_table(path).equals(pa.concat_tables([table.slice(1), table]))
    group = pq.ParquetFile(path).metadata.row_group(1)
    held = {group.column(i).path_in_schema: group.column(i) for i in range(len(columns))}
    packed = {name: one.compression for name, one in held.items()}
    assert packed == {name: "UNCOMPRESSED" if name == "noise" else "ZSTD" for name in columns}
    assert (held["many"].has_dictionary_page, held["few"].has_dictionary_page) == (False, True)
    assert (held["many"].is_stats_set, held["few"].is_stats_set) == (False, True)


def test_few_fractions_do_not_tell_that_all_are_dense(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(1_000)

    def compressions(*chunks: Any) -> set[str]:
        table = pa.table({"share": pa.chunked_array([pa.array(chunk) for chunk in chunks])})
        write_rows(tmp_path / "a.parquet", table.schema, [table])
        return {pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(0).column(0).compression}

    assert compressions(noise[:3]) == {"ZSTD"}
    assert compressions(noise[:3], np.zeros(1_000)) == {"ZSTD"}
    assert compressions(noise[:0], noise[:3], noise[:0], noise[3:]) == {"UNCOMPRESSED"}
    assert compressions(pa.array([*noise, *np.zeros(1_000)])[1_000:], noise) == {"ZSTD"}


def test_parquet_without_rows_has_its_columns(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.parquet", SCHEMA, [])
    assert pq.read_schema(tmp_path / "a.parquet").equals(SCHEMA)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx"])
def test_other_files_hold_the_strings_too(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_rows(path, SCHEMA, [part()])
    if ending == "jsonl":
        ids = [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]
    else:
        ids = (pd.read_csv(path) if ending == "csv" else pd.read_excel(path, engine="openpyxl"))["id"].tolist()
    assert ids == ["甲", "甲", "乙"]


def test_csv_of_plain_values_is_as_pandas_writes_it(tmp_path: Path) -> None:
    part = pa.table(
        {
            "text": ["一", None, "a,\"b\"", "a\rb", "a\nb", "", " c "],
            "large": pa.array([None, "x", "y", "", "=1", "z", "w"], pa.large_string()),
            "list": [["a", "b"], [], None, ["c"], [], [], []],
            "float": [0.1, float("nan"), None, 1e300, -0.0, float("inf"), 3.0],
            "int": [1, None, -5, 2**62, 0, 0, 0],
            "small": pa.array([1, 2, 3, 4, 5, 6, 7], pa.int16()),
            "yes": [True, False, None, True, False, True, False],
            "none": pa.nulls(7),
        }
    )  # fmt: skip
    write_rows(tmp_path / "own.csv", part.schema.append(pa.field("more", pa.string())), [part])
    frame = to_frame([part]).assign(more=None)
    frame["list"] = frame["list"].map(lambda value: ";".join(value) if value is not None else None)
    theirs = (
        "\ufeff" + ",".join(frame.columns) + "\n" + frame.to_csv(None, index=False, header=False, lineterminator="\r\n")
    )
    assert (tmp_path / "own.csv").read_bytes().decode() == theirs
    one = pa.table({"text": ["", "b"]})
    write_rows(tmp_path / "one.tsv", one.schema, [one])
    assert (tmp_path / "one.tsv").read_bytes().decode() == '\ufefftext\n""\nb\n'


def test_csv_keeps_numbers_beside_missing_ones_and_writes_no_python(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(
        '{"id": 510322199001015432, "text": "全县新建农田", "v": {"甲": [1]}}\n'
        '{"id": null, "text": "全县新建农田", "v": [[1], null]}\n{"text": "全县新建农田", "v": NaN}\n',
        "utf-8",
    )
    tag_inputs(zhengyu.load(), [str(source)], output=tmp_path / "o.csv")
    rows = list(csv.DictReader((tmp_path / "o.csv").read_text("utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == ["510322199001015432", "", ""]
    assert [row["v"] for row in rows] == ['{"甲": [1]}', "[[1], null]", ""]


def test_csv_of_parquet_has_no_form_of_python(tmp_path: Path) -> None:
    columns = {
        "s": [{"a": 1, "b": [1]}, None], "m": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8())),
        "b": [b"\xff\x00", "县".encode()], "f": pa.array([0.1, None], pa.float32()), "n": [1, None],
    }  # fmt: skip
    made = pa.table(columns)
    write_rows(tmp_path / "a.csv", made.schema, [made])
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))[1:]
    assert rows == [['{"a": 1, "b": [1]}', '[["a", 1]]', "ff00", "0.1", "1"], ["", "", "县", "", ""]]


def test_texts_that_parquet_holds_as_bytes_are_read(tmp_path: Path) -> None:
    texts = pa.array(["全县新建高标准农田三万亩，农民增收。".encode() * 2, b"\xff\xfe"], pa.binary())
    pq.write_table(pa.table({"段": texts}), tmp_path / "a.parquet")
    run = tag_inputs(zhengyu.load(), [str(tmp_path / "a.parquet")], output=tmp_path / "o.jsonl")
    assert json.loads((tmp_path / "o.jsonl").read_text("utf-8"))["themes"] == ["rural"]
    assert [row.reason for row in run.set_aside] == ["text that is not valid utf-8"]
