"""The report counts right, escapes what it shows, and is one page that asks nobody."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.io.writers import write_table
from zhengyu.report.build import Options, build
from zhengyu.report.charts import wrapped
from zhengyu.report.counts import compared, likeness, shares, together, typical
from zhengyu.report.languages import LANGUAGES, languages
from zhengyu.report.reading import read_tagged, rolled_up, short_names
from zhengyu.report.sections import over_time, slogans
from zhengyu.report.words import Words
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


def test_headings_are_out_of_the_denominators(tagger: Tagger, tmp_path: Path) -> None:
    found = tagger.tag([*TEXTS, "农业农村工作", "版权所有"])
    found["kind"] = ["prose"] * 3 + ["heading", "furniture"]
    found["themes"] = [["rural"]] * 5
    write_table(found, tmp_path / "t.parquet")
    rows = read_tagged([tmp_path / "t.parquet"])
    assert rows.rows["heading"].tolist() == [False] * 3 + [True, False]
    told = build([tmp_path / "t.parquet"], tmp_path / "r.html", Options(language="en"))
    assert told.endswith("from 3 tagged paragraphs")
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Shares are of 3 tagged paragraphs; headings (1) and page furniture (1) are left out." in page
    assert "<td>3/3</td><td>100.0%</td>" in page


def _years(changed: int, documents: int = 20) -> pd.DataFrame:
    """Two years of documents of ten paragraphs; in the second, `changed` of ten have the theme a, in the first one."""
    rows = [
        (str(2020 + year), f"{year}-{document}", "a" if place < (changed if year else 1) else "b")
        for year in range(2)
        for document in range(documents)
        for place in range(10)
    ]
    return pd.DataFrame(rows, columns=["time", "document", "themes"])


def test_only_a_change_whose_interval_excludes_none_is_told() -> None:
    words = Words("en", {})
    _, change = over_time(_years(6), words)
    assert "Risen: a (20 of 200, 10.0% → 120 of 200, 60.0%)." in change.note
    assert "Fallen: b" in change.note
    _, change = over_time(_years(2, documents=2), words)
    assert change.note.startswith("No theme has changed beyond chance.")
    assert not change.table["differs"].any()


def test_documents_that_are_alike_widen_intervals() -> None:
    alike = pd.DataFrame({"document": [f"d{i // 10}" for i in range(100)], "themes": ["a"] * 50 + [""] * 50})
    mixed = alike.assign(themes=["a", ""] * 50)
    assert likeness(alike)["a"] == 1.0
    assert likeness(mixed)["a"] == 0.0
    first, second = shares(alike).iloc[0], shares(mixed).iloc[0]
    assert first["effective"] == pytest.approx(10)
    assert second["effective"] == pytest.approx(100)
    assert first["high"] - first["low"] > 2 * (second["high"] - second["low"])
    # What lies between years is no likeness of documents within one.
    years = alike.assign(time=["2020"] * 50 + ["2021"] * 50)
    assert likeness(years, "time")["a"] == 0.0


def test_rare_pairs_are_shrunk() -> None:
    rows = pd.DataFrame({"themes": ["a;b", *["a"] * 9, *["b"] * 9, "c;d", *[""] * 480]})
    lifts = together(rows).set_index(["theme", "other"])
    raw = 1 / (1 * 1 / len(rows))
    assert lifts.loc[("c", "d"), "lift"] < raw / 50
    assert lifts.loc[("c", "d"), "low"] < lifts.loc[("c", "d"), "lift"] < lifts.loc[("c", "d"), "high"]


def test_every_theme_is_drawn_over_time_on_one_scale() -> None:
    themes = [f"t{i}" for i in range(12)]
    rows = pd.DataFrame({"time": ["2020", "2021"] * 60, "themes": themes * 10})
    found = over_time(rows, Words("en", {}))[0]
    assert len(found.small) == 12
    scales = {json.dumps(chart["layer"][1]["encoding"]["y"]["scale"]) for _, chart in found.small}
    assert len(scales) == 1


def test_themes_are_rolled_up(tagger: Tagger, tmp_path: Path) -> None:
    from dataclasses import replace

    themes = tagger.model.themes
    parents = {"rural": "land", "ecology": "land"}
    above = replace(themes, themes=tuple(replace(one, parent=parents.get(one.id, "")) for one in themes))
    write_table(
        tagger.tag(TEXTS).assign(themes=[["rural", "ecology"], ["ecology"], ["investment"]]), tmp_path / "t.csv"
    )
    read = rolled_up(read_tagged([tmp_path / "t.csv"]), above)
    assert read.rows["themes"].tolist() == ["land", "land", "investment"]
    assert set(read.candidates["theme"]) <= {"land", "investment"}
    found = typical(read.candidates, tagger.probabilities, tuple(map(above.root, above.ids)))
    assert "land" in set(found["theme"])
    result = CliRunner().invoke(main, ["report", str(tmp_path / "t.csv"), "-o", str(tmp_path / "r.html"), "--roll-up"])
    assert result.exit_code == 2
    assert "has a parent" in result.output


def test_shares_are_corrected_by_a_checked_sample(table: pd.DataFrame, tmp_path: Path) -> None:
    write_table(table, tmp_path / "t.parquet")
    sample = table[["id", "text"]].assign(themes=[";".join(one) or "none" for one in table["themes"]], inclusion=1.0)
    sample.loc[sample.index[0], "themes"] = "none"  # one paragraph of eight on rural was given it wrongly
    write_table(sample, tmp_path / "checked.csv")
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "t.parquet"), "-o", str(tmp_path / "r.html"), "--language", "en",
               "--checked", str(tmp_path / "checked.csv")]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Corrected shares of themes" in page and "Corrected shares by place" in page
    assert "24 paragraphs were checked" in page
    corrected = r"Rural revitalization and agriculture</td><td>8/24</td><td>33.3%</td><td>29.2%</td>"
    assert re.search(corrected, page)
    assert "--checked" in page.partition('id="foot"')[2]


def test_foot_tells_where_figures_come_from(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    write_table(table, tmp_path / "t.csv")
    words = ["report", str(tmp_path / "t.csv"), "-o", str(tmp_path / "r.html"), "--time", "年份"]
    assert CliRunner().invoke(main, words).exit_code == 0
    foot = (tmp_path / "r.html").read_text("utf-8").partition('id="foot"')[2].partition("</footer>")[0]
    assert table["model"].iloc[0] in foot
    assert "2023-11-14 22:13 UTC" in foot
    assert "<dd>zhengyu report " in foot and "--time" in foot
    assert "F1为0." in foot and "未经校正" in foot
    other = table.assign(model="own-123456789012")
    write_table(other, tmp_path / "o.csv")
    build([tmp_path / "o.csv"], tmp_path / "o.html", Options())
    assert "不在手边" in (tmp_path / "o.html").read_text("utf-8")


def test_one_language_throughout(table: pd.DataFrame, tmp_path: Path) -> None:
    named = pd.DataFrame({"id": ["p1"], "surface": ["三高两低"], "normal": ["三高两低"], "type": ["numeric"],
                          "known": [False]})  # fmt: skip
    write_table(named, tmp_path / "s.csv")
    write_table(table, tmp_path / "t.csv")
    for language in ("zh", "en"):
        build([tmp_path / "t.csv"], tmp_path / f"{language}.html",
              Options(language=language, slogans=tmp_path / "s.csv"))  # fmt: skip
    chinese, english = ((tmp_path / f"{name}.html").read_text("utf-8") for name in ("zh", "en"))

    def said(page: str) -> str:
        """What the report itself says, texts of the table, the library and the command aside."""
        body = page.partition("<body>")[2].partition("<script")[0]
        return html.unescape(re.sub(r"<td class=\"(?:long|middling)\">.*?</td>|<dd>.*?</dd>|<[^>]+>", " ", body))

    assert set(re.findall(r"[A-Za-z]{2,}", said(chinese))) <= {"Bonferroni", "script", "window", "pwned"}
    assert not re.search(r"[\u4e00-\u9fff][,.;:]|[,.;:][\u4e00-\u9fff]", said(chinese))
    left = said(english)
    for name in ("甲县", "乙县", "三高两低"):
        left = left.replace(name, "")
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert "数字缩略" in chinese and "numeric" in english


def test_names_of_documents_are_short() -> None:
    assert short_names(["in/a.docx", "in/b.docx"]) == {"in/a.docx": "a", "in/b.docx": "b"}
    assert short_names(["a.docx", "b.txt"]) == {"a.docx": "a.docx", "b.txt": "b.txt"}
    assert wrapped("一枚印章管审批一支笔") == "一枚印章管审批一支笔"
    assert wrapped("一把手敲门、全班子上门抓落实") == "一把手敲门、全\n班子上门抓落实"
