"""Stata tables in and out: what is written reads back equal, GBK of older versions comes out right."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.stata import is_dta, open_dta
from zhengyu.io.workbooks import open_sheet
from zhengyu.io.writers import write_rows
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
RIVER = "县里对沿河小散企业逐家会诊，国控断面水质连续五个月达标。"


def older(version: Literal[114, 117], encoding: str, texts: list[str]) -> bytes:
    """Return a table of a version that knows no Unicode, whose bytes are of another code page."""
    frame = pd.DataFrame({"text": pd.Series([text.encode(encoding).decode("latin-1") for text in texts], dtype=object),
                          "year": [2020 + i for i in range(len(texts))]})  # fmt: skip
    out = io.BytesIO()
    frame.to_stata(out, version=version, write_index=False)
    return out.getvalue()


@pytest.mark.parametrize("version", [114, 117])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_texts_of_older_versions_are_repaired(version: Literal[114, 117], encoding: str) -> None:
    data = older(version, encoding, [FIELD, RIVER, "第二条"])
    table = open_dta(data, "a.dta")
    assert [(row["text"], row["year"]) for _, row in table.rows] == [(FIELD, 2020), (RIVER, 2021), ("第二条", 2022)]
    assert table.encoding == {"gbk": "gb18030", "utf-8": "utf-8"}[encoding]
    assert encoding == "utf-8" or "gb18030" in " ".join(table.notes)


def test_labels_of_values_stand_in_the_cells() -> None:
    frame = pd.DataFrame({"text": [FIELD, RIVER, FIELD], "类": pd.Categorical(["县", "市", None])})
    out = io.BytesIO()
    frame.to_stata(out, version=118, write_index=False)
    assert [row["类"] for _, row in open_dta(out.getvalue(), "a.dta").rows] == ["县", "市", None]
    twice = io.BytesIO()
    pd.DataFrame({"text": [FIELD, RIVER], "n": [1, 2]}).to_stata(
        twice, version=118, write_index=False, value_labels={"n": {1: "县", 2: "县"}}
    )
    table = open_dta(twice.getvalue(), "a.dta")
    assert "not unique" in table.notes[0]
    assert [row["n"] for _, row in table.rows] == [1, 2]


def test_a_unicode_version_written_as_gbk_is_repaired() -> None:
    out = io.BytesIO()
    pd.DataFrame({"text": ["A" * len(FIELD.encode("gbk"))]}).to_stata(out, version=118, write_index=False)
    data = out.getvalue().replace(b"A" * len(FIELD.encode("gbk")), FIELD.encode("gbk"))
    assert [row["text"] for _, row in open_dta(data, "a.dta").rows] == [FIELD]


@pytest.mark.parametrize("version", [117, 118])
def test_long_strings_and_labels_written_as_gbk_are_repaired(version: Literal[117, 118]) -> None:
    written = {"A": FIELD, "B": RIVER * 40, "C": "城市"}
    held = {char: char * len(text.encode("gbk")) for char, text in written.items()}
    out = io.BytesIO()
    pd.DataFrame({"text": [held["A"]], "strl": [held["B"]], "kind": pd.Categorical([held["C"]])}).to_stata(
        out, version=version, write_index=False, convert_strl=["strl"]
    )
    data = out.getvalue()
    for char, text in written.items():
        data = data.replace(held[char].encode(), text.encode("gbk"))
    table = open_dta(data, "a.dta")
    assert [tuple(row.values()) for _, row in table.rows] == [(FIELD, RIVER * 40, "城市")]
    assert table.encoding == "gb18030"


VALUES: dict[str, list[Any]] = {
    "正文": [FIELD, None, RIVER * 40], "发文 日期": [datetime.date(2024, 1, 2), None, datetime.date(1950, 3, 4)],
    "2024": [1, None, -3], "int": [True, False, True], "比": [0.5, None, 1e300], "主题": [["rural", "ecology"], [], None],
    "大": [2**60, 1, None], "时": [datetime.datetime(2024, 1, 2, 3, 4, 5), None, None], "空": [None, None, None],
    "a" * 40: ["x", "y", "z"],
}  # fmt: skip


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    part = pa.table(
        {name: pa.array(values) if name != "空" else pa.array(values, pa.string()) for name, values in VALUES.items()}
    )
    write_rows(tmp_path / "a.dta", part.schema, [part.slice(0, 1), part.slice(1)])
    rows = [row for _, row in open_dta((tmp_path / "a.dta").read_bytes(), "a.dta").rows]
    back = {name: [row[name] for row in rows] for name in rows[0]}
    assert back["正文"] == VALUES["正文"]
    assert back["发文_日期"] == VALUES["发文 日期"]
    assert back["_2024"] == [1, None, -3]
    assert back["_int"] == [1, 0, 1]
    assert back["比"] == [0.5, None, pytest.approx(1e300)]
    assert back["主题"] == ["rural;ecology", None, None]
    assert back["大"] == [str(2**60), "1", None]
    assert back["时"][0] == VALUES["时"][0]
    assert back["空"] == [None] * 3
    assert back["a" * 32] == ["x", "y", "z"]
    with pd.read_stata(tmp_path / "a.dta", iterator=True) as reader:
        assert reader.variable_labels()["发文_日期"] == "发文 日期"
    first = (tmp_path / "a.dta").read_bytes()
    write_rows(tmp_path / "a.dta", part.schema, [part])
    assert (tmp_path / "a.dta").read_bytes() == first


def test_a_run_from_stata_to_stata(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.dta").write_bytes(older(114, "gbk", [FIELD, RIVER]))
    run = tag_inputs(tagger, [str(tmp_path / "a.dta")], output=tmp_path / "b.dta", probabilities=True)
    assert run.tagged == 2
    rows = [row for _, row in open_sheet((tmp_path / "b.dta").read_bytes(), "b.dta").rows]
    assert [row["text"] for row in rows] == [FIELD, RIVER]
    assert rows[0]["themes"].split(";")[0] == "rural"
    assert rows[0]["year"] == 2020
    assert all(0 < row["p_rural"] < 1 for row in rows)


def test_damaged_and_other_files() -> None:
    data = older(117, "gbk", [FIELD])
    for cut in (data[:120], data[: len(data) // 2], b"<stata_dta>" + b"\0" * 500):
        assert is_dta(cut)
        with pytest.raises(ZhengyuError):
            list(open_sheet(cut, "a.dta").rows)
    assert not is_dta(b"no") and not is_dta(np.zeros(300, np.uint8).tobytes())


def test_cases_that_went_wrong(cases: Path) -> None:
    tables = [open_dta((cases / name).read_bytes(), name) for name in ("gbk114.dta", "u118.dta")]
    assert [len([row for _, row in table.rows if "，" in str(next(iter(row.values())))]) for table in tables] == [1, 1]
