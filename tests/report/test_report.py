"""The report counts right, escapes what it shows, and is one page that asks nobody."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.batch.writers import write_table
from zhengyu.cli import main
from zhengyu.report.counts import shares, slogans, together, wilson
from zhengyu.report.reading import read_tagged
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

TEXTS = [
    "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。",
    "县里关停沿河小散企业四家，国控断面水质连续五个月达到三类，两岸补种柳树。",
    "签约工业项目十七个，总投资四十二亿元，九个已经破土动工。<script>window.pwned=1</script>",
]


@pytest.fixture(scope="module")
def table(tagger: Tagger) -> pd.DataFrame:
    found = tagger.tag(TEXTS * 4)
    found.insert(0, "年份", [str(2019 + i % 4) for i in range(12)])
    found.insert(1, "县", ["甲县", "乙县"] * 6)
    found.insert(2, "id", [f"p{i}" for i in range(12)])
    return found


def test_wilson_is_the_textbook_one() -> None:
    low, high = wilson(np.array([0, 5, 10, 0]), np.array([10, 10, 10, 0]))
    assert low == pytest.approx([0, 0.2366, 0.7225, 0], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634, 1, 1], abs=1e-4)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_counts(table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    write_table(table, tmp_path / f"t.{ending}")
    read = read_tagged([tmp_path / f"t.{ending}"])
    assert read.named == {"time": "年份", "place": "县"}
    found = shares(read.rows).set_index("theme")
    assert found.loc["rural", "count"] == 4
    assert found.loc["rural", "total"] == 12
    by_place = shares(read.rows, "place")
    assert by_place[by_place["theme"] == "rural"]["count"].tolist() == [2, 2]
    assert set(read.rows["time"]) == {"2019", "2020", "2021", "2022"}


def test_lift_is_one_by_chance() -> None:
    rows = pd.DataFrame({"themes": ["a;b", "a", "b", ""]})
    assert together(rows)["lift"].tolist() == [1.0, 1.0]


def test_slogans_have_heat_and_first_appearance() -> None:
    rows = pd.DataFrame({"id": ["p1", "p2", "p3"], "time": ["2021", "2019", "2020"]})
    found = pd.DataFrame({"id": ["p1", "p2", "p1", "p3"], "normal": ["甲", "甲", "甲", "乙"], "type": "coinage",
                          "known": [True, True, True, False]})  # fmt: skip
    first, second = slogans(found, rows).to_dict("records")
    assert (first["normal"], first["uses"], first["count"], first["first"]) == ("甲", 3, 2, "2019")
    assert (second["known"], second["first"]) == (False, "2020")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_is_whole_and_safe(table: pd.DataFrame, tmp_path: Path, language: str) -> None:
    write_table(table, tmp_path / "t.parquet")
    named = pd.DataFrame({"id": ["p1"], "normal": ["三高两低"], "type": ["numeric"], "known": [False]})
    write_table(named, tmp_path / "s.csv")
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "t.parquet"), "-o", str(tmp_path / "r.html"), "--language", language,
               "--slogans", str(tmp_path / "s.csv"), "--focus", "乙县"]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text("utf-8")
    assert page.count("<section aria-labelledby") == 7
    assert page.count("<table>\n<thead>") == 7
    assert "三高两低" in page and "乙县" in page
    assert "<script>window.pwned" not in page
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", page.partition('<script type="module">')[0])


def test_bad_input_is_named(tmp_path: Path, table: pd.DataFrame) -> None:
    (tmp_path / "plain.csv").write_text("text\n农田\n", "utf-8")
    with pytest.raises(ZhengyuError, match="tag it first"):
        read_tagged([tmp_path / "plain.csv"])
    write_table(table, tmp_path / "t.csv")
    with pytest.raises(ZhengyuError, match="no column '乡'"):
        read_tagged([tmp_path / "t.csv"], place="乡")
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "t.csv"), "-o", str(tmp_path / "r.html"), "--focus", "丙县"]
    )
    assert result.exit_code == 2
    assert "丙县" in result.output
    assert not (tmp_path / "r.html").exists()
