"""Labelled files: what is read, and every problem with its place and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from zhengyu.io.labelled import check, find_files, read_labelled
from zhengyu_corpus.check import require_sound
from zhengyu_corpus.errors import CorpusError, ZhengyuError
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.records import ERAS, BagOfWords, LabelledParagraph, Record
from zhengyu_corpus.stats import stats
from zhengyu_corpus.themes import ThemeSet, load_themes, parse_themes

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"
SCHOOL = "新建小学两所，招聘教师八十名，义务教育学位缺口基本补齐。"


def write(path: Path, *rows: object) -> Path:
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in rows), "utf-8"
    )
    return path


def test_all_thirty_themes_are_defined_and_mapped(themes: ThemeSet) -> None:
    assert len(themes) == 30
    for theme in themes:
        assert theme.zh
        assert theme.en
        assert theme.definition.endswith(".")
    codebook = (Path(str(builtin_files()[0].parents[1])) / "CODEBOOK.md").read_text("utf-8")
    assert all(f"| `{theme.id}` | {theme.zh} |" in codebook for theme in themes)


def test_builtin_corpus_is_sound(themes: ThemeSet) -> None:
    found = check(builtin_files(), themes)
    assert [str(problem) for problem in found.problems] == []


def test_builtin_written_paragraphs_carry_what_the_datasheet_says(builtin: list[Record]) -> None:
    written = [record for record in builtin if isinstance(record, LabelledParagraph)]
    assert all(record.era in ERAS and record.genre and record.level for record in written)


def test_bags_hold_no_order_and_no_word_of_one_paragraph(builtin: list[Record]) -> None:
    bags = [record for record in builtin if isinstance(record, BagOfWords)]
    spread: dict[str, int] = {}
    for bag in bags:
        assert list(bag.words) == sorted(bag.words)
        for word in bag.words:
            spread[word] = spread.get(word, 0) + 1
    assert min(spread.values()) >= 2


def test_every_problem_of_a_bad_file_is_listed(tmp_path: Path, themes: ThemeSet) -> None:
    bad = write(
        tmp_path / "bad.jsonl",
        {"id": "1", "themes": ["rurl"], "text": FIELD},
        {"id": "2", "themes": ["rural"], "text": "  "},
        {"id": "3", "themes": ["ecology"], "text": RIVER},
        {"id": "3", "themes": ["education"], "text": SCHOOL},
        {"id": "5", "themes": ["ecology"], "text": RIVER},
        "{not json",
        {"id": "7", "text": FIELD},
        {"id": "8", "themes": ["rural"], "text": "农\ufffd业"},
        {"id": "9", "themes": ["rural"], "text": FIELD, "slogans": [{"text": "不在其中", "type": "coinage"}]},
        {"id": "10", "themes": ["rural"], "maybe": ["rural"], "text": FIELD},
    )  # fmt: skip
    said = [str(problem) for problem in check([bad], themes).problems]
    expected = [
        "bad.jsonl:1: themes: unknown theme 'rurl' — did you mean 'rural'?", "bad.jsonl:2: text: expected a paragraph",
        "bad.jsonl:4: id: '3' stands at", "bad.jsonl:5: text: the same text stands at", "bad.jsonl:6: not valid JSON",
        "bad.jsonl:7: themes: expected a field", "bad.jsonl:8: text: holds replacement characters",
        "bad.jsonl:9: slogans: '不在其中' does not stand", "bad.jsonl:10: maybe: rural stands in themes too",
    ]  # fmt: skip
    for line in expected:
        assert any(line in one for one in said), (line, said)
    assert len(said) == len(expected)
    with pytest.raises(CorpusError, match="nothing was used") as caught:
        require_sound(check([bad], themes))
    assert len(caught.value.problems) == len(expected)


def test_near_duplicates_are_warned_of(tmp_path: Path, themes: ThemeSet) -> None:
    rows = [{"id": str(i), "themes": [], "text": text} for i, text in enumerate([FIELD * 2, FIELD * 2 + "完。", RIVER])]
    problems = check([write(tmp_path / "a.jsonl", *rows)], themes).problems
    assert [problem.line for problem in problems] == [2]
    assert not problems[0].fatal


def test_a_training_text_in_a_test_file_is_found(tmp_path: Path, themes: ThemeSet) -> None:
    train = write(tmp_path / "train.jsonl", {"id": "1", "themes": ["rural"], "text": FIELD})
    test = write(tmp_path / "test.jsonl", {"id": "x", "themes": ["rural"], "text": f" {FIELD}"})
    problems = check([train], themes, tests=[test]).problems
    assert [problem.fatal for problem in problems] == [True]
    assert "test.jsonl:1" in str(problems[0])


def test_a_file_in_another_encoding_is_read_and_said(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes(f"正文,主题\n{FIELD},乡村振兴与农业农村\n{RIVER},ecology;rural\n{SCHOOL},\n".encode("gbk"))
    found = read_labelled([path], themes)
    assert [record.themes for record in found.records] == [("rural",), ("ecology", "rural"), ()]
    assert [record.id for record in found.records] == ["gbk.csv:2", "gbk.csv:3", "gbk.csv:4"]
    assert [(problem.fatal, "gb18030" in problem.what) for problem in found.problems] == [(False, True)]


def test_csv_rows_of_the_wrong_width_are_listed(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,themes\n{FIELD},rural\n{FIELD},rural,more\n", "utf-8")
    found = read_labelled([path], themes)
    assert len(found.records) == 1
    assert "expected 2 fields, got 3" in str(found.problems[0])


def test_reads_a_spreadsheet(tmp_path: Path, themes: ThemeSet) -> None:
    book = openpyxl.Workbook()
    for row in (["编号", "正文", "主题"], [1, FIELD, "rural、macro"], [2, RIVER, None]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    found = read_labelled([tmp_path / "a.xlsx"], themes)
    assert not found.problems
    assert [(record.id, record.themes) for record in found.records] == [("1", ("rural", "macro")), ("2", ())]


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ZhengyuError, match="no such labelled file"):
        find_files([tmp_path / "none.jsonl"])


@pytest.mark.parametrize(
    ("text", "message"),
    [("theme = 3", "expected \\[\\[theme\\]\\] tables"), ("[[theme]]\nid='a'", "field 'zh'"), ("not toml", "not valid TOML"),
     ("[[theme]]\nid='a'\nzh='甲'\n[[theme]]\nid='a'\nzh='乙'", "doubled"),
     ("[[theme]]\nid='none'\nzh='无'", "choose another"), ("[[theme]]\nid='a'\nzh='甲'\ncap=3", "list of strings")],
)  # fmt: skip
def test_bad_theme_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(ZhengyuError, match=message):
        parse_themes(text)


def test_stats_count(builtin: list[Record]) -> None:
    found = stats(builtin, load_themes())
    assert found.written + found.bags == len(builtin) == sum(found.themes_each.values())
    assert sum(found.by_theme["none"]) == found.themes_each[0]


def test_the_themes_that_the_command_gave_are_no_labels(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "tagged.csv"
    path.write_text("text,themes,uncertain,model\n全县粮食丰收。,rural,,m\n修通公路。,urban,,m\n", "utf-8")
    found = read_labelled([path], themes)
    assert not found.records
    assert [problem.fatal for problem in found.problems] == [True]
    assert "these are what zhengyu tag gave" in str(found.problems[0])
