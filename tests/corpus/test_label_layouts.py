"""Labels as people have them: separators, one-hot columns, one row a label, several coders; doubled and broken rows."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from labelling import lines, run

from zhengyu.io.labelled import check, find_files, read_labelled
from zhengyu_corpus.label_cells import CellError, theme_names
from zhengyu_corpus.lexicon import read_terms
from zhengyu_corpus.readers import Labelled
from zhengyu_corpus.themes import ThemeSet, load_themes, parse_themes

SHARED = Path(__file__).resolve().parents[3] / "shared" / "cases"
FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"
SCHOOL = "新建小学两所，招聘教师八十名，义务教育学位缺口基本补齐。"
TOML = """[[theme]]
id = "乡村、农业"
zh = "乡村 农业"
[[theme]]
id = "green life"
zh = "绿色/生活"
[[theme]]
id = "3"
zh = "三"
"""


def table(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def read(path: Path, themes: ThemeSet) -> Labelled:
    return read_labelled(find_files([path]), themes)


@pytest.mark.parametrize(
    ("cell", "found"),
    [("乡村、农业", ["乡村、农业"]), ("green life;乡村、农业", ["green life", "乡村、农业"]), ("三、green life", ["3", "green life"]),
     ("green life 3", ["green life", "3"]), ("乡村、农业、绿色/生活", ["乡村、农业", "green life"]), ("3\n乡村 农业", ["3", "乡村、农业"]),
     ("['3', 'green life']", ["3", "green life"]), ('["三"]', ["3"]), (["三"], ["3"]), (3, ["3"]), (3.0, ["3"]), ("无", []),
     ("", []), (None, []), ("甲 乙", ["甲", "乙"]), ("[]", [])],
)  # fmt: skip
def test_cells_of_any_make_name_themes(cell: object, found: list[str]) -> None:
    assert theme_names(cell, parse_themes(TOML)) == found


@pytest.mark.parametrize("cell", ["['3', 'green", "[1, 2]]", "none;3", {"3": 1}, True, [["3"]]])
def test_cells_that_would_be_halved_are_refused(cell: object) -> None:
    themes = parse_themes(TOML)
    try:
        names = theme_names(cell, themes)
    except CellError:
        return
    assert any(themes.find(name) is None for name in names)  # and so the row is refused


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("是", "否"), ("x", ""), ("TRUE", "FALSE"), ("√", "-")])
def test_one_hot_columns(tmp_path: Path, themes: ThemeSet, yes: str, no: str) -> None:
    path = table(
        tmp_path / "a.csv",
        f"编号,正文,rural,生态环境保护,更新\n1,{FIELD},{yes},{no},x\n2,{RIVER},{no},{yes},\n3,{SCHOOL},{no},{no},\n",
    )
    ecology = themes["ecology"].zh
    path.write_text(path.read_text("utf-8").replace("生态环境保护", ecology), "utf-8")
    found = read(path, themes)
    assert [record.themes for record in found.records] == [("rural",), ("ecology",), ()]
    assert [problem.field for problem in found.problems] == ["更新"]  # a theme that the codebook lacks?
    path.write_text(path.read_text("utf-8").replace(f"{RIVER},{no}", f"{RIVER},perhaps"), "utf-8")
    assert "expected yes or no" in str(read(path, themes).problems[0])


def test_one_row_a_label(tmp_path: Path, themes: ThemeSet) -> None:
    path = table(tmp_path / "a.csv", f"id,text,label\n1,{FIELD},rural\n1,{FIELD},macro\n2,{RIVER},ecology\n")
    found = read(path, themes)
    assert [(record.id, record.themes) for record in found.records] == [("1", ("rural", "macro")), ("2", ("ecology",))]
    assert "2 rows with one theme each were joined to 1" in found.notes[0]
    path = table(tmp_path / "b.csv", f"id,text,label\n1,{FIELD},rural\n1,{FIELD},rural;macro\n")
    assert len(read(path, themes).records) == 2  # two answers to one question are no row a label
    assert any("stands at" in str(problem) for problem in check([path], themes).problems)


def test_several_coders_settle_by_majority(tmp_path: Path, themes: ThemeSet) -> None:
    rows = [("1", FIELD, "甲", "rural"), ("1", FIELD, "乙", "rural;macro"), ("1", FIELD, "丙", "rural"),
            ("2", RIVER, "甲", "ecology"), ("2", RIVER, "乙", "urban"), ("3", SCHOOL, "甲", "education")]  # fmt: skip
    path = table(tmp_path / "a.csv", "id,text,编码员,themes\n" + "".join(",".join(row) + "\n" for row in rows))
    found = read(path, themes)
    assert [(record.id, record.themes, record.maybe) for record in found.records] == [
        ("1", ("rural",), ("macro",)), ("2", (), ("ecology", "urban")), ("3", ("education",), ()),
    ]  # fmt: skip
    assert "2 paragraphs have several coders, 0 of them the same themes by all" in found.notes[0]
    assert "F1 of none" in run("corpus", "agreement", path, path, "--coders", "甲", "乙")


def test_doubled_and_broken_rows_need_not_stop_all(tmp_path: Path, themes: ThemeSet) -> None:
    path = table(
        tmp_path / "a.csv",
        f"id,text,themes\n1,{FIELD},rural\n2,{FIELD},macro\n3,{RIVER},no-such\n4,,rural\n5,{SCHOOL},education\n6,x,y,z\n",
    )
    assert sum(problem.fatal for problem in check([path], themes).problems) == 4
    found = check([path], themes, drop_duplicates=True, skip_bad=True)
    assert [record.id for record in found.records] == ["1", "5"]
    assert not any(problem.fatal for problem in found.problems)
    assert found.notes == ["1 rows were dropped, whose text stands in an earlier one; 1 of them had other themes",
                           "3 rows with problems were left out"]  # fmt: skip
    said = run("corpus", "check", path, "--fix", tmp_path / "clean.jsonl")
    assert "2 sound records" in said
    assert "3 rows with problems were left out" in said
    assert [row["id"] for row in lines(tmp_path / "clean.jsonl")] == ["1", "5"]
    assert "2 records, 0 warnings, no errors" in run("corpus", "check", tmp_path / "clean.jsonl")
    assert "is also an input" in run(
        "corpus", "check", tmp_path / "clean.jsonl", "--fix", tmp_path / "clean.jsonl", code=2
    )


def test_a_correction_overrules_the_row_that_it_corrects(tmp_path: Path, themes: ThemeSet) -> None:
    first = table(tmp_path / "a.csv", f"id,doc,text,themes\n1,d,{FIELD},urban\n2,d,{RIVER},ecology\n")
    row = {"id": "corrected-0123456789abcdef", "doc": "corrected-x", "text": FIELD, "themes": ["rural"], "model": "m"}
    corrections = table(tmp_path / "c.jsonl", json.dumps(row) + "\n")
    for files in ([first, corrections], [corrections, first]):
        found = check(files, themes)
        assert not found.problems
        assert {record.text: (record.themes, record.doc) for record in found.records} == {
            FIELD: (("rural",), "d"), RIVER: (("ecology",), "d"),
        }  # fmt: skip
        assert "1 rows were overruled by corrections" in found.notes[0]


@pytest.mark.parametrize("name", ["file", "文件", "文件名", "来源", "doc", "文档"])
def test_documents_are_told_apart_by_any_usual_name(tmp_path: Path, themes: ThemeSet, name: str) -> None:
    path = table(tmp_path / "a.csv", f"id,{name},text,themes\n1,甲,{FIELD},rural\n2,甲,{RIVER},ecology\n")
    assert {record.doc for record in read(path, themes).records} == {"甲"}


@pytest.mark.parametrize("names", ["主题,标签", "theme,labels", "正文,段落", "doc,文件"])
def test_two_columns_for_one_role_are_refused_and_named(tmp_path: Path, themes: ThemeSet, names: str) -> None:
    first, second = names.split(",")
    path = table(tmp_path / "a.csv", f"id,text,themes,{names}\n".replace("text,themes,", "") + f"1,{FIELD},rural\n")
    problems = read(path, themes).problems
    assert all(repr(name) in str(problems[0]) for name in (first, second))


def test_merged_theme_cells_stand_for_each_row(tmp_path: Path, themes: ThemeSet) -> None:
    made = openpyxl.Workbook()
    for row in (["正文", "主题"], [FIELD, "rural"], [RIVER, None], [SCHOOL, "education"]):
        made.active.append(row)
    made.active.merge_cells("B2:B3")
    made.save(tmp_path / "a.xlsx")
    assert [record.themes for record in read(tmp_path / "a.xlsx", themes).records] == [
        ("rural",),
        ("rural",),
        ("education",),
    ]


def test_half_of_a_surrogate_pair_is_found_with_its_line(tmp_path: Path, themes: ThemeSet) -> None:
    path = table(
        tmp_path / "a.jsonl", f'{{"text": "{FIELD}", "themes": []}}\n{{"text": "{RIVER}\\ud842", "themes": []}}\n'
    )
    (problem,) = check([path], themes).problems
    assert (problem.line, problem.fatal, "surrogate" in problem.what) == (2, True, True)


def test_a_codebook_with_a_mark_or_in_gbk_is_read(tmp_path: Path) -> None:
    for name, encoding in (("a", "utf-8-sig"), ("b", "gb18030")):
        (tmp_path / f"{name}.toml").write_bytes(TOML.encode(encoding))
        assert load_themes(tmp_path / f"{name}.toml").ids == ("乡村、农业", "green life", "3")
    (tmp_path / "terms.txt").write_bytes("高标准农田\r\n青川湾县\r\n".encode("gbk"))
    assert read_terms(tmp_path / "terms.txt") == ["高标准农田", "青川湾县"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "count"), [("onehot.csv", 4), ("perlabel.csv", 2), ("wps_labelled.xlsx", 3), ("zhcols.csv", 6)]
)
def test_shared_cases(name: str, count: int, themes: ThemeSet) -> None:
    found = read(SHARED / name, themes)
    assert (len(found.records), [str(problem) for problem in found.problems if problem.fatal]) == (count, [])
    assert all(record.themes for record in found.records)


@pytest.mark.parametrize(
    ("yes", "no"), [("√", "×"), ("✓", "x"), ("×", ""), ("x", ""), ("１", "０"), ("v", ""), ("●", "○")]
)
def test_a_cross_says_no_beside_ticks_and_yes_alone(tmp_path: Path, themes: ThemeSet, yes: str, no: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,rural,生態環境保護\n{FIELD},{yes},{no}\n{RIVER},{no},{yes}\n{SCHOOL},{no},{no}\n", "utf-8")
    found = read_labelled([path], themes)
    assert ([record.themes for record in found.records], found.problems) == ([("rural",), ("ecology",), ()], [])


def test_columns_of_themes_beside_a_column_of_them_must_say_the_same(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,主题,rural,ecology\n{FIELD},rural,1,0\n{RIVER},rural,0,1\n", "utf-8")
    found = read_labelled([path], themes)
    assert [record.themes for record in found.records] == [("rural",)]
    assert "'主题' says rural, columns of themes beside it say ecology" in str(found.problems[0])
    path.write_text(f"text,主题,education\n{FIELD},rural,1\n", "utf-8")  # years at school, it may be
    assert len(read_labelled([path], themes).records) == 1


def test_width_and_traditional_characters_do_not_count_in_names(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"編號,ＴＥＸＴ,主題\n1,{FIELD},ＲＵＲＡＬ、生態環境保護\n2,{SCHOOL},無\n", "utf-8")
    found = read_labelled([path], themes)
    assert [(one.id, one.themes) for one in found.records] == [("1", ("rural", "ecology")), ("2", ())]


def test_a_row_that_goes_for_its_id_takes_no_other_with_it(tmp_path: Path, themes: ThemeSet) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,text,themes\n0,{FIELD},rural\n0,{RIVER},rural\n1,{RIVER},ecology\n", "utf-8")
    for drop in (False, True):
        found = check([path], themes, drop_duplicates=drop, skip_bad=True)
        assert [(one.id, one.themes) for one in found.records] == [("0", ("rural",)), ("1", ("ecology",))]
        assert "1 rows with problems were left out" in found.notes
