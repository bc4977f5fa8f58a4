"""Paragraphs out to the tools of coders and labels back: none lost, none joined, what would lose one refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import doccano_round
import pytest
from click.testing import CliRunner
from labelling import FARM, TOML, code_in_label_studio, lines, run
from places import DATA

from zhengyu.cli import main
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet, load_themes
from zhengyu_training.labelling.exchange import export_tasks, read_tasks
from zhengyu_training.labelling.tasks import MarkedSpan, Task


@pytest.fixture
def tasks() -> list[Task]:
    text = "𠀀 两山理论，两山理论！\n四个走在前。"
    mark = (MarkedSpan(2, 6, "canonical"), MarkedSpan(7, 11, "canonical"), MarkedSpan(2, 6, "canonical"))
    return [
        Task(text, {"id": "a", "doc": "d", "era": "2021-2026"}, ("ecology", "rural"), ("party",), (*mark, MarkedSpan(13, 18, "numeric"))),
        Task("=1+1，请入座。", {"id": "b"}, ()),
        Task("没有人读过这一段。", {"id": "c", "level": "county"}),
        Task("六个主题都有。", {"id": "e"}, ("macro", "industry", "parks", "talent", "reform", "health", "foreign")),
    ]  # fmt: skip


@pytest.mark.parametrize(("tool", "name"), [("label-studio", "t.json"), ("doccano", "t.jsonl"), ("xlsx", "t.xlsx")])
def test_no_label_is_lost_or_joined_both_ways(
    tasks: list[Task], tmp_path: Path, themes: ThemeSet, tool: str, name: str
) -> None:
    made = export_tasks(tasks, tmp_path / name, tool, themes)
    assert all(path.is_file() for path in made)
    assert read_tasks(made[0], themes) == tasks
    with pytest.raises(ZhengyuError, match="stand more than once"):
        export_tasks([*tasks, tasks[0]], tmp_path / name, tool, themes)
    with pytest.raises(ZhengyuError, match="expected a file that ends in"):
        export_tasks(tasks, tmp_path / "t.txt", tool, themes)


def test_what_doccano_gave_back_is_read_label_for_label(tmp_path: Path, themes: ThemeSet) -> None:
    # The file is what doccano 1.8.4 itself exported, its labels those that doccano_round.py uploaded and added.
    back = DATA / "doccano-1.8.4.jsonl"
    # Its mark before which 𠀀 stands was uploaded through doccano's API, which counts characters, and is no clause.
    assert read_tasks(back, themes, offsets="characters") == list(doccano_round.EXPECTED)
    data, *_ = export_tasks(doccano_round.SENT, tmp_path / "t.jsonl", "doccano", themes)
    sent = lines(data)
    # doccano fills a field that a line lacks with NaN, which its database refuses.
    assert all(row.keys() == sent[0].keys() for row in sent)
    assert {key for row in lines(back) for key in row} - {"id", "Comments"} == set(sent[0])


#: What Label Studio's own library says of a configuration and of tasks with annotations.
SDK = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface
interface = LabelInterface(open(sys.argv[1], encoding="utf-8").read())
interface.validate()
annotations = 0
for task in json.load(open(sys.argv[2], encoding="utf-8")):
    assert interface.validate_task({"data": task["data"]}), task
    for annotation in task.get("annotations", ()):
        assert interface.validate_annotation(annotation), annotation
        annotations += 1
print(annotations)
"""


@pytest.fixture(scope="module")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own with Label Studio's library, which needs other versions than ours."""
    folder = tmp_path_factory.mktemp("label-studio")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    # Of its many modules few are imported: they are compiled then.
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile"]
    got = subprocess.run([*pip, "label-studio-sdk"], capture_output=True)
    if got.returncode:
        pytest.skip(f"label-studio-sdk cannot be installed here: {got.stderr.decode()[-300:]}")
    return python


def test_label_studio_accepts_our_configuration_tasks_and_answers(
    tasks: list[Task], tmp_path: Path, themes: ThemeSet, label_studio: Path
) -> None:
    data, config = export_tasks(tasks, tmp_path / "t.json", "label-studio", themes)
    said = subprocess.check_output([str(label_studio), "-c", SDK, str(config), str(data)], text=True)
    assert int(said) == sum(task.themes is not None for task in tasks)
    # What the round's coder answers is what Label Studio itself would take.
    own = load_themes(_write(tmp_path / "own.toml", TOML))
    plain = [Task(FARM.format(n, n), {"id": str(n)}) for n in range(3)]
    data, config = export_tasks(plain, tmp_path / "own.json", "label-studio", own)
    answered = code_in_label_studio(json.loads(data.read_text("utf-8")))
    said = subprocess.check_output(
        [str(label_studio), "-c", SDK, str(config), str(_json(tmp_path / "answers.json", answered))], text=True
    )
    assert int(said) == 3


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "parquet", "xlsx", "jsonl"])
def test_tables_are_read_for_labelling(tmp_path: Path, themes: ThemeSet, ending: str) -> None:
    import pandas as pd

    texts = ["村里修好了三条机耕道，秋粮多收两成。", "请各位代表入座。", "茶水在走廊尽头自取。", ""]
    lists = pd.DataFrame(
        {"id": [0, 1, 2, 3], "正文": texts, "themes": [["rural"], [], None, None], "maybe": [["safety"], [], [], []]}
    )
    joined = lists.assign(themes=["rural", "none", "", ""], maybe=["safety", "", "", ""])
    path = tmp_path / f"t.{ending}"
    if ending == "parquet":
        lists.to_parquet(path)
    elif ending == "jsonl":
        path.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lists.to_dict("records")), "utf-8"
        )
    elif ending == "xlsx":
        joined.to_excel(path, index=False)
    else:
        joined.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    found = read_tasks(path, themes)
    assert [(task.id, task.text, task.themes, task.maybe) for task in found] == [
        ("0", texts[0], ("rural",), ("safety",)), ("1", texts[1], (), ()), ("2", texts[2], None, ()),
    ]  # fmt: skip
    tagged = tmp_path / f"tagged.{ending}"
    run("tag", _write(tmp_path / "plain.csv", "text\n" + "\n".join(texts[:2]) + "\n"), "-o", tagged)
    found = read_tasks(tagged, themes)
    assert [(task.text, task.themes) for task in found] == [(text, None) for text in texts[:2]]
    assert "2 paragraphs to label" in run("corpus", "suggest", tagged, "-n", 5, "-o", tmp_path / "todo.jsonl")
    assert ": 2 paragraphs" in run("corpus", "export", tagged, "--to", "doccano", "-o", tmp_path / "d.jsonl")


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "jsonl"])
def test_suggestions_go_into_any_table_and_on_from_there(tmp_path: Path, themes: ThemeSet, ending: str) -> None:
    texts = ["村里修好了三条机耕道，秋粮多收两成。", "请各位代表入座。", "县里关停四家小散企业。"]
    rows = [{"id": f"p{i}", "text": text, **({"themes": ["rural"]} if i == 0 else {})} for i, text in enumerate(texts)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    todo = tmp_path / f"todo.{ending}"
    said = run("corpus", "suggest", _write(tmp_path / "a.jsonl", lines), "-o", todo)
    assert "2 paragraphs to label (1 were coded already)" in said
    assert {(task.id, task.text) for task in read_tasks(todo, themes)} == {("p1", texts[1]), ("p2", texts[2])}


def test_suggesting_among_coded_paragraphs_alone_is_refused(tmp_path: Path) -> None:
    coded = _write(tmp_path / "a.jsonl", '{"id": "1", "text": "请各位代表入座。", "themes": []}\n')
    result = CliRunner().invoke(main, ["corpus", "suggest", str(coded), "-o", str(tmp_path / "o.csv")])
    assert result.exit_code == 2
    assert "its 1 are all coded" in result.output
    result = CliRunner().invoke(main, ["corpus", "suggest", str(coded), "-o", str(tmp_path / "o.txt")])
    assert "expected an ending of .csv" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_slogan_across_a_line_break_goes_through_a_spreadsheet(tmp_path: Path, themes: ThemeSet) -> None:
    text = "干部要\n四个走\n在前，不等不靠。"
    task = Task(text, {"id": "1"}, ("cadre",), (), (MarkedSpan(4, 10, "numeric"), MarkedSpan(11, 15, "exhortation")))
    export_tasks([task], tmp_path / "t.xlsx", "xlsx", themes)
    assert read_tasks(tmp_path / "t.xlsx", themes) == [task]


def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, themes: ThemeSet) -> None:
    for name, data, said in (
        ("a.xlsx", b"PK\x03\x04", "expected an XLSX workbook"),
        (
            "a.csv",
            b"id,text\n" + "1,请各位代表入座。\n".encode() * 9 + "2,请入座。\n".encode("gb18030"),
            r"1 row\(s\) cannot be read \(line 11",
        ),
        ("a.csv.gz", b"no gzip", "damaged|cannot be read|not"),
        ("a.jsonl", b'{"n": 1}\n{"n": 2}\n', "no column looks like paragraphs"),
        ("a.pdf", b"%PDF", "expected a table"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ZhengyuError, match=said):
            read_tasks(tmp_path / name, themes)
    with pytest.raises(ZhengyuError, match="no such file"):
        read_tasks(tmp_path / "gone.csv", themes)


def test_what_would_lose_a_label_is_refused(tmp_path: Path, themes: ThemeSet) -> None:
    def task(*results: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
        entry = {"result": list(results), "completed_by": 1, **changes}
        return [{"data": {"text": "走在前列。", "id": "1"}, "annotations": [entry]}]

    def choices(*names: str) -> dict[str, Any]:
        return {"from_name": "themes", "type": "choices", "value": {"choices": list(names)}}

    path = tmp_path / "x.json"
    mark = {
        "from_name": "slogans",
        "type": "labels",
        "value": {"start": 1, "end": 3, "text": "走在", "labels": ["numeric"]},
    }
    for raw, said in (
        (task(choices("rurl")), "did you mean 'rural'"),
        (task(choices("rural", "none")), "none stands beside rural"),
        (task({**choices("rural"), "from_name": "maybe"}), "doubtful themes without a theme"),
        (task({"from_name": "themes", "type": "choices", "value": {}}), "a result 'themes' without a choice"),
        (task({"from_name": "slogans", "type": "labels", "value": {"start": 1, "end": 3}}), "without a choice"),
        (task({"from_name": "themes", "type": "choices"}), "expected a list of results with values"),
        (task(result=5), "expected a list of results with values"),
        ([{**task()[0], "annotations": ["x"]}], "expected a list of annotations"),
        (task({"from_name": "mood", "type": "rating", "value": {}}), "use the exported configuration"),
        (task(mark), "does not stand where it was marked"),
        ({"text": "x"}, "expected a list of tasks"),
        ([{"data": {"text": "x"}}], "id is gone"),
    ):
        path.write_text(json.dumps(raw), "utf-8")
        with pytest.raises(ZhengyuError, match=said):
            read_tasks(path, themes)
    two = task(choices("rural"))
    two[0]["annotations"].append({"result": [choices("party")], "completed_by": {"id": 2, "email": "b@example.org"}})
    path.write_text(json.dumps(two), "utf-8")
    assert "name one with --coder" in run("corpus", "import", path, "-o", tmp_path / "o.jsonl", code=2)
    run("corpus", "import", path, "-o", tmp_path / "o.jsonl", "--coder", "b@example.org")
    assert lines(tmp_path / "o.jsonl")[0]["themes"] == ["party"]
    assert "to settle" in run("corpus", "agreement", path, path, "--coders", "1", "b@example.org")
    assert read_tasks(_json(path, task(choices("rural"), was_cancelled=True)), themes)[0].themes is None


def _json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_what_nobody_answered_is_not_none(tmp_path: Path, themes: ThemeSet) -> None:
    """A task that was submitted with nothing chosen; none is a choice of its own."""
    path = tmp_path / "x.json"
    answers: tuple[Any, ...] = ([], None, [{"from_name": "themes", "type": "choices", "value": {"choices": ["none"]}}])
    for result, coded in zip(answers, (None, None, ()), strict=True):
        entry = {"result": result, "completed_by": 1}
        path.write_text(json.dumps([{"data": {"text": "走在前列。", "id": "1"}, "annotations": [entry]}]), "utf-8")
        assert [task.themes for task in read_tasks(path, themes)] == [coded]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "走在前列。", "zhengyu_id": "1", "label": [[0, 2, "LOC"]]}, "make a project for intent detection"),
        ({"text": "走在前列。", "zhengyu_id": "1", "cats": [], "entities": 5}, "expected a list of entities"),
        ({"text": "走在前列。", "id": "1", "themes": [], "slogans": "abc"}, "expected a list of slogans"),
        ({"text": "走在前列。", "id": "1", "themes": [], "slogans": [{"start": 1}]}, "expected a list of slogans"),
    ],
)
def test_odd_rows_are_told_by_their_place(tmp_path: Path, themes: ThemeSet, row: dict[str, Any], said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(row) + "\n", "utf-8")
    with pytest.raises(ZhengyuError, match=said):
        read_tasks(path, themes)


@pytest.mark.parametrize(
    ("offsets", "marked"), [("auto", "干字当头"), ("utf-16", "干字当头"), ("characters", "当头，实")]
)
def test_offsets_beyond_the_basic_plane_are_told(tmp_path: Path, offsets: str, marked: str) -> None:
    text = "😀𠮷县干字当头，实干争先。"
    row = {"id": 1, "text": text, "cats": ["rural"], "entities": [[5, 9, "numeric"]], "zhengyu_id": "p"}
    (tmp_path / "d.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    said = run("corpus", "import", tmp_path / "d.jsonl", "-o", tmp_path / "o.jsonl", "--offsets", offsets)
    assert lines(tmp_path / "o.jsonl")[0]["slogans"][0]["text"] == marked
    assert ("counted in utf-16" in said) == (offsets == "auto")


def test_offsets_that_nothing_tells_are_refused(tmp_path: Path) -> None:
    row = {
        "id": 1,
        "text": "😀县里坚持大抓项目不动摇",
        "cats": ["rural"],
        "entities": [[5, 7, "numeric"]],
        "zhengyu_id": "p",
    }
    (tmp_path / "d.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert "say which with --offsets" in run(
        "corpus", "import", tmp_path / "d.jsonl", "-o", tmp_path / "o.jsonl", code=2
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "marked"),
    [("要干字当头，\n实干争先。", 1, 11, "干字当头，\\n实干争先"), ("要干字当头，\r\n实干争先。", 1, 12, "干字当头，\n实干争先"),
     ("😀要干字当头，走在前。", 3, 7, "干字当头"), ("😀要干字当头，走在前。", 2, 6, "干字当头")],
)  # fmt: skip
def test_label_studio_marks_are_found_by_their_text(
    tmp_path: Path, themes: ThemeSet, text: str, start: int, end: int, marked: str
) -> None:
    value = {"start": start, "end": end, "text": marked, "labels": ["numeric"]}
    result = [{"from_name": "themes", "to_name": "text", "type": "choices", "value": {"choices": ["rural"]}},
              {"from_name": "slogans", "to_name": "text", "type": "labels", "value": value}]  # fmt: skip
    path = _json(tmp_path / "x.json", [{"data": {"text": text, "id": "p"}, "annotations": [{"result": result}]}])
    (span,) = read_tasks(path, themes)[0].slogans
    assert "".join(text[span.start : span.end].split()) == "".join(marked.replace("\\n", "").split())


def test_doccano_classification_is_imported(tmp_path: Path, themes: ThemeSet) -> None:
    rows = [{"id": 1, "text": "走在前列。", "label": ["rural", "ecology"], "Comments": []},
            {"id": 2, "text": "没有人读过。", "label": [], "Comments": []}]  # fmt: skip
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert [task.themes for task in read_tasks(tmp_path / "d.jsonl", themes)] == [("rural", "ecology"), None]


def test_a_table_is_exported_by_the_column_names_that_retraining_knows(tmp_path: Path, themes: ThemeSet) -> None:
    (tmp_path / "a.csv").write_text(
        "编号,正文,主题,来源\n1,全县粮食丰收，农民增收。,乡村振兴与农业农村、macro,甲\n2,请大家入座。,,乙\n", "utf-8"
    )
    first, second = read_tasks(tmp_path / "a.csv", themes)
    assert (first.id, first.themes, first.carried["doc"]) == ("1", ("rural", "macro"), "甲")
    assert second.themes is None
