"""Places are found in every wording and script, with what stands around them, and in flat memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import zhengyu
from zhengyu.cli import main
from zhengyu.findings.find import cell_text, find, find_rows, make_query, places, slogan_places
from zhengyu.findings.frames import frame_rows
from zhengyu.io.tagged_tables import TaggedRows
from zhengyu.io.writers import write_table
from zhengyu.slogans.known import KnownSlogans
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan

TEXTS = [
    "全县新建高标准农田三万亩，农民收入增长百分之八。",
    "坚持绿水青山就是金山银山，沿河关停小散企业四家。",
    "牢记“綠水青山就是 金山銀山”，两岸补种柳树。",
    "首页 > 绿水青山就是金山银山专题",
]


@pytest.fixture(scope="module")
def table(tagger: Tagger) -> pd.DataFrame:
    found = pd.DataFrame(tagger.tag(TEXTS))
    return found.assign(
        id=["a#1", "a#2", "b#1", "b#2"], file=["a.txt", "a.txt", "b.txt", "b.txt"], paragraph=[1, 2, 1, 2], start=0,
        end=9, kind=["prose", "prose", "prose", "furniture"], year=[2022, 2022, 2024, 2024], place="柳河",
    )  # fmt: skip


def test_a_slogan_is_found_in_all_its_wordings_and_both_scripts(table: pd.DataFrame, tagger: Tagger) -> None:
    found = find("绿水青山就是金山银山", table, tagger=tagger, width=3)
    assert found[["document", "paragraph", "date", "place"]].to_numpy().tolist() == [
        ["a.txt", 2, "2022", "柳河"], ["b.txt", 1, "2024", "柳河"]
    ]  # fmt: skip
    assert found["match"].tolist() == ["绿水青山就是金山银山", "綠水青山就是 金山銀山"]
    assert found[["left", "right"]].to_numpy().tolist() == [["坚持", "，沿河"], ["牢记“", "”，两"]]


def test_places_are_characters_of_the_paragraph(table: pd.DataFrame, tagger: Tagger) -> None:
    for row in find("金山银山", table, kind="term", tagger=tagger).to_dict("records"):
        text = TEXTS[["a#1", "a#2", "b#1", "b#2"].index(row["id"])]
        assert text[row["start"] : row["end"]] == row["match"]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("[一二三]万亩", "三万亩，二万亩", ["三万亩", "二万亩"]),
        ("^全县", "全县全县", ["全县"]),
        ("增长(百分之[一-龥])", "增长百分之八", ["增长百分之八"]),
        ("a|ab", "ab", ["a"]),
        ("\\bGDP", "GDP达到", ["GDP"]),
        ("𠮷野", "在𠮷野县𠮷野", ["𠮷野", "𠮷野"]),
        ("前", "﷐前﷑后", ["前"]),
    ],
)
def test_patterns_match_as_anywhere(pattern: str, text: str, matches: list[str]) -> None:
    rows, starts, ends = places(pa.array(["", text]), make_query(pattern, "regex").pattern)
    assert rows.tolist() == [1] * len(matches)
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == matches


@pytest.mark.parametrize("pattern", ["(?=增)", "(增)\\1", "(", "a*", "a{1000}{1000}", " "])
def test_patterns_that_are_none_or_fit_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(ZhengyuError, match=r"RE2|empty text|got nothing"):
        make_query(pattern, "regex")


def test_a_catastrophic_pattern_takes_linear_time() -> None:
    began = time.perf_counter()
    places(pa.array(["a" * 100_000 + "!"]), make_query("(a+)+$", "regex").pattern)
    assert time.perf_counter() - began < 5


def test_a_theme_is_shown_by_the_words_that_carried_it(table: pd.DataFrame, tagger: Tagger) -> None:
    found = find("乡村振兴与农业农村", table, kind="theme", tagger=tagger)
    assert found["id"].tolist() == ["a#1"]
    assert "农田" in found["match"][0]
    other = table.assign(model="zhengyu-other")
    assert find("rural", other, kind="theme", tagger=tagger)["match"].tolist() == [""]
    with pytest.raises(ZhengyuError, match="did you mean rural"):
        make_query("ruraal", "theme")


def test_a_slogan_that_the_lexicon_lacks_is_found_by_rule() -> None:
    query = make_query("重公论、看实绩", "slogan", known=KnownSlogans([]))
    rows, _, _ = places(pa.array(["看实绩，重公论", "重公论、看实绩", "重公论"]), query.pattern)
    assert rows.tolist() == [0, 1]
    known = KnownSlogans([KnownSlogan("绿水青山就是金山银山", ("两山论",), "canonical")])
    assert make_query("“两山论”", known=known).what == "绿水青山就是金山银山"
    assert make_query("两山论", "term", known=known).kind == "term"


def test_places_of_a_slogan_come_from_the_side_table(table: pd.DataFrame, tagger: Tagger) -> None:
    side = pd.DataFrame(
        {"id": ["a#2", "b#1"], "start": [2, 3], "end": [12, 14], "normal": ["绿水青山就是金山银山", "另一提法"]}
    )
    assert find("绿水青山就是金山银山", table, slogans=side, tagger=tagger)["id"].tolist() == ["a#2"]
    query = make_query("另一个提法", "slogan")
    with pytest.raises(ZhengyuError, match="there are 另一提法"):
        slogan_places(query, [side])
    with pytest.raises(ZhengyuError, match="outside its paragraph"):
        find("另一提法", table, slogans=side.assign(end=99), tagger=tagger)


def test_conditions_and_other_tables(table: pd.DataFrame, tagger: Tagger) -> None:
    assert find("，", table, kind="term", where="year == 2022", tagger=tagger)["id"].tolist() == ["a#1", "a#2"]
    arrow = pa.table({"text": TEXTS, "themes": [["rural"], [], [], []]})
    assert find("企业", arrow, kind="term")["id"].tolist() == ["2"]
    with pytest.raises(ZhengyuError, match="data frame of pandas or polars"):
        find("企业", "tagged.csv", kind="term")
    assert zhengyu.find is find


def test_cells_as_text() -> None:
    assert [cell_text(value) for value in (2024, 2024.0, float("nan"), None, np.int64(3))] == ["2024", "2024", None,
                                                                                               None, "3"]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_the_command_finds_the_same_in_every_format(table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    source, output = tmp_path / f"t.{ending}", tmp_path / "found.jsonl"
    write_table(table, source)
    made = CliRunner().invoke(main, ["find", "绿水青山就是金山银山", str(source), "-o", str(output)])
    assert made.exit_code == 0, made.output
    assert "slogan 绿水青山就是金山银山, places: 2" in made.output
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert [(row["document"], row["paragraph"], row["date"]) for row in rows] == [("a.txt", 2, "2022"),
                                                                                 ("b.txt", 1, "2024")]  # fmt: skip


def test_the_command_prints_and_draws(table: pd.DataFrame, tmp_path: Path) -> None:
    write_table(table.assign(text=[*TEXTS[:2], "<script>柳树</script>", ""]), tmp_path / "t.csv")

    def run(*words: str) -> tuple[int, str]:
        made = CliRunner().invoke(main, ["find", *words])
        return made.exit_code, made.output

    code, shown = run("小散企业", str(tmp_path / "t.csv"), "--top", "1")
    assert code == 0
    assert shown.splitlines()[0].startswith("a.txt:2 2022 柳河")
    assert shown.splitlines()[-1] == "term 小散企业: places: 1, in paragraphs: 1"
    page = tmp_path / "p.html"
    assert run("柳树", str(tmp_path / "t.csv"), "-o", str(page))[0] == 0
    assert '&lt;script&gt;</td><td class="match"><mark>柳树</mark>' in page.read_text("utf-8")
    assert run("--theme", "rural", str(tmp_path / "t.csv"))[0] == 0
    assert run("柳树")[0] == 2
    assert run("柳树", str(tmp_path / "t.csv"), "-o", str(tmp_path / "t.csv"))[0] == 2
    assert "give one of them" in run("--theme", "rural", "--regex", str(tmp_path / "t.csv"))[1]


@pytest.mark.slow
def test_memory_stays_flat_over_many_rows() -> None:
    """Forty thousand rows take no more memory than eight thousand."""
    rows = pa.table(
        {"text": [f"第{i}段：全县推进乡村振兴，新建高标准农田三万亩。" for i in range(4_000)],
         "themes": [["rural"]] * 4_000, "file": ["a.txt"] * 4_000}
    )  # fmt: skip
    block = next(frame_rows(rows))

    def many(times: int) -> Iterator[TaggedRows]:
        for _ in range(times):
            yield block

    import tracemalloc

    def peak(times: int) -> tuple[int, int]:
        before = pa.total_allocated_bytes()
        tracemalloc.start()
        counted = sum(len(part) for part in find_rows(many(times), make_query("乡村振兴", "term")))
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert pa.total_allocated_bytes() - before < 5_000_000
        return counted, held

    (few, less), (many_found, more) = peak(2), peak(10)
    assert (few, many_found) == (8_000, 40_000)
    assert more < 1.2 * less
