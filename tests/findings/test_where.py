"""Conditions choose the rows they say, whatever type a format gives, and nothing else is run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.findings.where import parse_where
from zhengyu.io.tagged_tables import tagged_blocks
from zhengyu.io.writers import write_table
from zhengyu_corpus.errors import ZhengyuError

ROWS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "year": [2022, 2024, 2025, 2023],
        "place": ["柳河", "柳河", "柳河市", ""],
        "themes": [["rural"], ["rural", "ecology"], ["rural-tourism"], []],
        "uncertain": [[], [], [], []],
        "model": ["m"] * 4,
        "text": ["全县新建高标准农田三万亩，农民收入增长。"] * 4,
    }
)
SAID = {
    "year >= 2023 and place == '柳河'": "b",
    "2022 <= year < 2024": "ad",
    "'rural' in themes": "ab",
    "'rural' not in themes": "cd",
    "themes == ''": "d",
    "'柳河' in place": "abc",
    "place in ('柳河市', '') or year == 2022": "acd",
    "not (place != '柳河')": "ab",
    "year in [2022, 2023]": "ad",
    "2024 < year": "c",
    "year == '2024'": "b",
    "column('place') == \"柳河\"": "ab",
}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    write_table(ROWS, path)
    # A child process reads each workbook anew, so two conditions are enough there.
    for said, ids in list(SAID.items())[: 3 if ending == "xlsx" else None]:
        blocks = list(tagged_blocks([path], where=parse_where(said)))
        assert "".join(one for block in blocks for one in block.ids.to_pylist()) == ids, said
        assert [n for block in blocks for n in block.numbers] == ["abcd".index(one) + 1 for one in ids]
    assert parse_where("year > 2022").mask(ROWS).tolist() == [False, True, True, True]


def test_missing_values_fulfil_no_comparison_of_numbers_and_are_empty_texts() -> None:
    rows = pa.table({"year": pa.array([None, 3]), "place": pa.array([None, "柳河"]), "known": ["", "True"]})
    assert parse_where("year != 4").mask(rows).tolist() == [False, True]
    assert parse_where("place == ''").mask(rows).tolist() == [True, False]
    assert parse_where("known == True").mask(rows).tolist() == [False, True]


@pytest.mark.parametrize(
    ("said", "place", "what"),
    [
        ("", "", "got nothing"),
        ("year >= 2023 an place == '柳河'", "character 14", "invalid syntax"),
        ("year = 3", "character 6", "compare with =="),
        ("year > 1 and __import__('os').system('x')", "character 14", "expected a comparison"),
        ("open('x') == 'y'", "character 1, \"open('x')\"", "functions are not called"),
        ("地方 == '柳河' and 年 == 乙", "character 21, '乙'", "in quotes if it is a text"),
        ("year.real == 3", "character 1, 'year.real'", "expected a column"),
        ("year == 2**9**9", "character 9, '2**9**9'", "expected a text in quotes or a number"),
        ("place == f'{x}'", "character 10", "expected a text in quotes or a number"),
        ("year in (1, 'a')", "character 9", "texts alone or numbers alone"),
        ("place is None", "character 10, 'None'", "expected =="),
        ("[x for x in y]", "character 1", "expected a comparison"),
        ("place", "character 1, 'place'", "expected a comparison"),
        ("not " * 80 + "a == 1", "", "deeper than 50"),
        ("(" * 5000 + "a == 1" + ")" * 5000, "", "--where"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(said: str, place: str, what: str) -> None:
    with pytest.raises(ZhengyuError) as error:
        parse_where(said)
    assert place in str(error.value)
    assert what in str(error.value)


def test_columns_that_do_not_fit_are_told() -> None:
    with pytest.raises(ZhengyuError, match=r"no column 'plaice' \(at character 12, 'plaice'\); its columns are id, ye"):
        parse_where("year>1 and plaice == '柳河'").mask(ROWS)
    with pytest.raises(ZhengyuError, match="compared with a number and holds '柳河'"):
        parse_where("place > 3").mask(ROWS)
    with pytest.raises(ZhengyuError, match="compared with True or False and holds '柳河'"):
        parse_where("place == True").mask(ROWS)


def test_slogans_and_report_look_at_the_rows_alone_and_at_several_tables(tmp_path: Path) -> None:
    one, two, found = tmp_path / "one.csv", tmp_path / "two.jsonl", tmp_path / "slogans.csv"
    write_table(ROWS.iloc[:2], one)
    write_table(ROWS.iloc[2:], two)
    slogans = pd.DataFrame({"id": list("abbcd"), "surface": ["四个走在前"] * 5, "normal": ["四个走在前"] * 5,
                            "type": "numeric", "known": False})  # fmt: skip
    write_table(slogans, found)
    made = tmp_path / "counts.csv"
    words = ["slogans", str(one), str(two), "--slogans", str(found), "-o", str(made), "--where"]
    run = CliRunner().invoke(main, [*words, "year >= 2023"])
    assert run.exit_code == 0, run.output
    row = pd.read_csv(made).iloc[0]
    assert (row["count"], row["paragraphs"], row["of_paragraphs"]) == (4, 3, 3)
    page = tmp_path / "r.html"
    run = CliRunner().invoke(main, ["report", str(one), str(two), "--slogans", str(found), "-o", str(page),
                                    "--where", "'柳河' in place"])  # fmt: skip
    assert run.exit_code == 0, run.output
    assert "3 tagged paragraphs" in run.output
    run = CliRunner().invoke(main, ["report", str(one), "-o", str(page), "--where", "year > 3000"])
    assert (run.exit_code, "no row fulfils year > 3000" in run.output) == (2, True)
