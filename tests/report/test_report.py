"""The report counts right, escapes what it shows, and is one page that asks nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.io.writers import write_table
from zhengyu.report.build import Options, build
from zhengyu.report.counts import compared, shares, together
from zhengyu.report.languages import LANGUAGES, languages
from zhengyu.report.reading import read_tagged
from zhengyu.report.sections import Words, slogans
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

TEXTS = [
    "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。",
    "县里关停沿河小散企业四家，国控断面水质连续五个月达到三类，两岸补种柳树。",
    "签约工业项目十七个，总投资四十二亿元，九个已经破土动工。<script>window.pwned=1</script>",
]


@pytest.fixture(scope="module")
def table(tagger: Tagger) -> pd.DataFrame:
    found = tagger.tag(TEXTS * 8)
    found.insert(0, "年份", [str(2019 + i % 4) for i in range(24)])
    found.insert(1, "县", ["甲县", "乙县"] * 12)
    found.insert(2, "id", [f"p{i}" for i in range(24)])
    return found


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_counts(table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    write_table(table, tmp_path / f"t.{ending}")
    read = read_tagged([tmp_path / f"t.{ending}"])
    assert read.named == {"time": "年份", "place": "县"}
    found = shares(read.rows).set_index("theme")
    assert found.loc["rural", "count"] == 8
    assert found.loc["rural", "total"] == 24
    by_place = shares(read.rows, "place")
    assert by_place[by_place["theme"] == "rural"]["count"].tolist() == [4, 4]
    assert set(read.rows["time"]) == {"2019", "2020", "2021", "2022"}


def test_lift_is_one_by_chance() -> None:
    rows = pd.DataFrame({"themes": ["a;b", "a", "b", ""]})
    assert together(rows)["lift"].tolist() == [1.0, 1.0]


def test_each_side_stands_against_all_others() -> None:
    rows = pd.DataFrame({"themes": ["a", "a;b", "b", "", "a"], "place": ["甲", "甲", "乙", "丙", ""]})
    table = compared(rows, "place", ["甲", "丙"]).set_index(["focus", "side", "theme"])
    assert table.loc[("甲", "focus", "a"), ["count", "total"]].tolist() == [2, 2]
    assert table.loc[("甲", "peers", "b"), ["count", "total"]].tolist() == [1, 2]
    assert table.loc[("丙", "peers", "a"), ["count", "total"]].tolist() == [2, 3]
    assert len(table) == 2 * 2 * 2


def test_slogans_have_heat_and_first_appearance_and_coinages_apart() -> None:
    rows = pd.DataFrame({"id": ["p1", "p2", "p3"], "time": ["2021", "2019", ""], "themes": ""})
    found = pd.DataFrame({"id": ["p1", "p2", "p1", "p3"], "normal": ["甲", "甲", "甲", "乙"], "type": "coinage",
                          "surface": ["甲", "甲", "甲", "乙"], "known": [True, True, True, False]})  # fmt: skip
    every, new = slogans(rows, found, (0.9, 0.5, 0.3, 0.2, 0.1), Words("en", {}))
    first, second = every.table.to_dict("records")
    assert (first["normal"], first["uses"], first["count"], first["first"], first["heat"]) == (
        "甲",
        3,
        2,
        "2019",
        "scalding",
    )
    assert (second["known"], second["first"], second["heat"]) == (False, "", "hot")
    assert new.table["normal"].tolist() == ["乙"]
    assert "2 slogans, the hottest 甲 (scalding" in every.note


def test_few_rows_draw_no_chance(tagger: Tagger, tmp_path: Path) -> None:
    found = tagger.tag(TEXTS * 3).assign(year=[str(2015 + i) for i in range(9)], place=[f"{i}县" for i in range(9)])
    write_table(found, tmp_path / "few.csv")
    build([tmp_path / "few.csv"], tmp_path / "r.html", Options(language="en"))
    page = (tmp_path / "r.html").read_text("utf-8")
    assert page.count("<section aria-labelledby") == 4
    assert "There are few paragraphs (9)" in page
    assert "Themes over time" not in page and "Themes by place" not in page


def test_languages_are_told_by_their_characters(root: Path) -> None:
    from opencc import OpenCC

    written = (root / "corpus/zhengyu_corpus/paragraphs/w01.jsonl").read_text("utf-8").splitlines()
    simplified = [json.loads(line)["text"] for line in written]
    converter = OpenCC("s2tw")  # reads its tables, which takes longer than the texts
    traditional = [converter.convert(text) for text in simplified]
    both = [text + other for text, other in zip(simplified, traditional, strict=True)]
    others = ["Rural revitalisation, see page 8.", "123", "", "Сельское хозяйство", "농촌 진흥", "\U0001f600"]
    pairs = [(simplified, "simplified"), (traditional, "traditional"), (both, "mixed"), (others, "other"),
             (["同意。", "后里云"], "alike"), (["农田 GDP ABC hectares", "農村の振興について"], "mixed"),
             (["全县 GDP 增长 8.2%，农田水利建设加快", "𠀀农\ud800"], "simplified")]  # fmt: skip
    for texts, language in pairs:
        assert {LANGUAGES[place] for place in languages(texts)} == {language}
    every = [text for texts, _ in pairs for text in texts]
    assert languages(every * 50).tolist() == languages(every).tolist() * 50  # over the chunks' edges
    assert languages([]).tolist() == []


def test_quality_tells_languages(tagger: Tagger, tmp_path: Path) -> None:
    table = tagger.tag([*TEXTS, "縣裡關停沿河小散企業四家。", "See page 8 for details."])
    write_table(table, tmp_path / "t.parquet")
    build([tmp_path / "t.parquet"], tmp_path / "r.html", Options(language="en"))
    page = re.sub(r"<[^>]+>", " ", (tmp_path / "r.html").read_text("utf-8").split("<script", 1)[0])
    told = re.sub(r"\s+", " ", page)
    assert "Simplified Chinese 3/5 60.0% Traditional Chinese 1/5 20.0% another language, or none 1/5 20.0%" in told


def test_quality_tells_what_was_set_aside_and_how_it_was_encoded(tmp_path: Path) -> None:
    rows = "".join(f"{TEXTS[0]}{i}\n" for i in range(6))
    (tmp_path / "in.csv").write_bytes(
        f"正文,县\n{rows.replace(chr(10), ',甲县' + chr(10))}多,了,一列\n".encode("gb18030")
    )
    told = CliRunner().invoke(main, ["tag", str(tmp_path / "in.csv"), "-o", str(tmp_path / "t.csv"), "--json"])
    (tmp_path / "run.json").write_text(told.stdout, "utf-8")
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "t.csv"), "-o", str(tmp_path / "r.html"), "--run", str(tmp_path / "run.json")]
    )
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "共1行未能读取" in page and "expected 2 fields, got 3" in page
    assert "<td>gb18030</td>" in page
    assert "<td>7/7</td>" in page  # six tagged and one set aside were read


def test_candidates_are_few_and_the_same_however_the_rows_lie(tagger: Tagger, tmp_path: Path) -> None:
    texts = [f"{TEXTS[0]}第{i}期。" for i in range(200)]
    found = tagger.tag(texts)
    write_table(found, tmp_path / "a.parquet")
    write_table(found[::-1], tmp_path / "b.jsonl")
    first, second = (read_tagged([tmp_path / name]).candidates for name in ("a.parquet", "b.jsonl"))
    assert len(first) == 40
    assert set(first["text"]) == set(second["text"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_is_whole_and_safe(table: pd.DataFrame, tmp_path: Path, language: str) -> None:
    write_table(table, tmp_path / "t.parquet")
    named = pd.DataFrame(
        {"id": ["p1"], "surface": ["三高两低"], "normal": ["三高两低"], "type": ["numeric"], "known": [False]}
    )
    write_table(named, tmp_path / "s.csv")
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "t.parquet"), "-o", str(tmp_path / "r.html"), "--language", language,
               "--slogans", str(tmp_path / "s.csv"), "--focus", "乙县"]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text("utf-8")
    assert page.count("<section aria-labelledby") == 10
    assert page.count("<table>\n<thead>") == 10
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
