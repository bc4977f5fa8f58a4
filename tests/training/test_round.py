"""A whole round on a small corpus: tag, suggest, label in either tool, import, check, retrain, compare, promote."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import doccano_round
import numpy as np
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.evidence import evidence_rows
from zhengyu.registry import Registry, find_model
from zhengyu.store import load_model
from zhengyu.tagger import Tagger, load
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet, load_themes
from zhengyu_training.compare import Comparison, Difference
from zhengyu_training.exchange import MarkedSpan, Task, export_tasks, read_tasks
from zhengyu_training.gate import Gate, judge, read_gate
from zhengyu_training.resampling import Interval

FARM = "合作社今年种了{}亩水稻，统一供种、统一植保，亩产比去年多收{}斤。"
TOWN = "城区{}条背街小巷完成改造，雨污分流管网铺设{}公里，老楼加装了电梯。"
REST = "请第{}会场的同志尽快入座，会议马上开始。"
TOML = "[[theme]]\nid = 'farm'\nzh = '农事'\n[[theme]]\nid = 'town'\nzh = '城建'\n"


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def labelled(path: Path, first: int, count: int) -> Path:
    rows = [(FARM.format(n, 3 * n), ["farm"]) for n in range(first, first + count)]
    rows += [(TOWN.format(n, 7 * n), ["town"]) for n in range(first, first + count)]
    rows += [(REST.format(n), []) for n in range(first, first + count // 2)]
    text = "".join(
        json.dumps({"id": f"{path.stem}-{i}", "doc": f"{path.stem}-{i}", "themes": themes, "text": said}) + "\n"
        for i, (said, themes) in enumerate(rows)
    )
    path.write_text(text, "utf-8")
    return path


def coder(text: str) -> list[str]:
    return ["farm"] if "水稻" in text else ["town"] if "城区" in text or "巷" in text else []


def code_in_label_studio(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answer as Label Studio's JSON export has it, its own fields included."""
    out = []
    for number, task in enumerate(tasks, 1):
        text, themes = task["data"]["text"], coder(task["data"]["text"])
        result: list[dict[str, Any]] = [
            {"id": f"c{number}", "type": "choices", "value": {"choices": themes or ["none"]}, "origin": "manual",
             "to_name": "text", "from_name": "themes"}
        ]  # fmt: skip
        if "统一供种、统一植保" in text:
            start = text.index("统一供种")
            value = {"start": start, "end": start + 9, "text": "统一供种、统一植保", "labels": ["exhortation"]}
            result.append({"id": f"s{number}", "type": "labels", "value": value, "origin": "manual",
                           "to_name": "text", "from_name": "slogans"})  # fmt: skip
        annotation = {
            "id": 100 + number, "completed_by": 1, "result": result, "was_cancelled": False, "ground_truth": False,
            "created_at": "2026-01-01T00:00:00Z", "lead_time": 4.2, "task": number, "project": 1, "parent_annotation": None,
        }  # fmt: skip
        out.append({**task, "id": number, "annotations": [annotation], "drafts": [], "predictions": [], "meta": {},
                    "inner_id": number, "total_annotations": 1, "file_upload": "t.json", "project": 1})  # fmt: skip
    return out


def test_a_whole_round_with_both_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGYU_REGISTRY", str(tmp_path / "registry"))
    toml, seed, test = tmp_path / "themes.toml", tmp_path / "seed.jsonl", tmp_path / "test.jsonl"
    toml.write_text(TOML, "utf-8")
    labelled(seed, 20, 10)
    labelled(test, 500, 60)
    own = ("--no-base", "--themes", toml, "--name", "own")
    run("retrain", "--corpus", seed, *own, "--register")
    (first,) = Registry().versions()
    run("model", "promote", first, "--test", test, "--overrule", "the first of its own themes")

    news = tmp_path / "news.txt"
    news.write_text("\n".join(f(n) for n in range(40, 52) for f in (
        lambda n: FARM.format(n, n + 1), lambda n: f"老城区{n}条小巷装上了路灯，居民都说好走多了。",
        lambda n: f"会务组已在第{n}会场备好茶水。")), "utf-8")  # fmt: skip
    run("tag", news, "--model", "current", "-o", tmp_path / "tagged.jsonl")
    assert "paragraphs to label" in run(
        "corpus", "suggest", tmp_path / "tagged.jsonl", "--model", "current", "-n", 30, "-o", tmp_path / "todo.jsonl"
    )
    todo = lines(tmp_path / "todo.jsonl")
    assert {row["why"].split(":")[0] for row in todo} >= {"uncertain", "at random"}
    imported: dict[str, list[dict[str, Any]]] = {}
    for tool, name in (("label-studio", "ls.json"), ("doccano", "dc.jsonl")):
        out = tmp_path / name
        run("corpus", "export", tmp_path / "todo.jsonl", "--to", tool, "-o", out, "--themes", toml)
        if tool == "label-studio":
            answered = code_in_label_studio(json.loads(out.read_text("utf-8")))
            out.write_text(json.dumps(answered, ensure_ascii=False), "utf-8")
        else:
            rows = [
                {**row, "id": n, "cats": coder(row["text"]) or ["none"], "Comments": []}
                for n, row in enumerate(lines(out), 1)
            ]
            out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        run("corpus", "import", out, "-o", tmp_path / f"{tool}.jsonl", "--themes", toml)
        imported[tool] = lines(tmp_path / f"{tool}.jsonl")
        assert [(row["id"], row["themes"]) for row in imported[tool]] == [(t["id"], coder(t["text"])) for t in todo]
        assert "no errors" in run("corpus", "check", tmp_path / f"{tool}.jsonl", "--themes", toml)
    assert (
        sum(len(row["slogans"]) for row in imported["label-studio"]) == sum("统一供种" in t["text"] for t in todo) > 0
    )
    said = run("corpus", "agreement", tmp_path / "ls.json", tmp_path / "dc.jsonl", "--themes", toml)
    assert "micro-F1 1.000" in said

    run("retrain", "--corpus", seed, "--corpus", tmp_path / "label-studio.jsonl", *own, "--register")
    second = next(version for version in Registry().versions() if version != first)
    assert "paragraphs get other themes" in run("model", "compare", "current", second, test)
    said = run("model", "promote", second, "--test", test)
    assert "gate: passed" in said
    assert "may fall by" in said
    assert find_model("current") == Registry().path(second)
    assert f"* {second}" in run("model", "list")
    assert run("model", "rollback").strip() == f"{second} → {first}"
    assert run("model", "verify", "--all").count(": sound") == 2
    with pytest.raises(ZhengyuError, match="no version before"):
        Registry().rollback("again")


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
    back = Path(__file__).parent / "data" / "doccano-1.8.4.jsonl"
    assert read_tasks(back, themes) == list(doccano_round.EXPECTED)
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
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    got = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "label-studio-sdk"], capture_output=True)
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


def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, themes: ThemeSet) -> None:
    for name, data, said in (
        ("a.xlsx", b"PK\x03\x04", "not an XLSX workbook"),
        (
            "a.csv",
            b"id,text\n" + "1,请各位代表入座。\n".encode() * 9 + "2,请入座。\n".encode("gb18030"),
            r"1 row\(s\) cannot be read \(line 11",
        ),
        ("a.csv.gz", b"no gzip", "damaged|cannot be read|not"),
        ("a.jsonl", b'{"n": 1}\n{"n": 2}\n', "no column looks like paragraphs"),
        ("a.pdf", b"%PDF", "not valid JSON|cannot be read"),
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
        (task({"from_name": "mood", "type": "rating", "value": {}}), "use the exported configuration"),
        (task(mark), "does not stand where it was marked"),
        ([{"text": "x"}], "expected a list of tasks"),
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


def comparison(micro: float, theme: float, support: int = 50, low: float | None = None) -> Comparison:
    def row(name: str, by: float, count: int) -> Difference:
        return Difference(name, 0.8, 0.8 + by, Interval(by, by if low is None else low, by), count)

    overall = tuple(row(name, micro if name == "micro_f1" else 0.0, 400) for name in Gate().margins)
    return Comparison("a", "b", "t", 400, 200, overall, (row("rural", theme, support),), ())


def test_the_gate_says_every_reason(tmp_path: Path) -> None:
    assert judge(comparison(0.0, 0.0), Gate()).passed
    bad = judge(comparison(-0.02, -0.2), Gate())
    assert not bad.passed
    assert [line.split()[0] for line in bad.failed] == ["micro_f1", "rural"]
    thin = judge(comparison(0.0, -0.2, support=3), Gate())
    assert thin.passed
    assert "coded in 3 paragraphs" in thin.as_text()
    assert not judge(comparison(0.0, 0.0, low=-0.1), Gate(proof=True)).passed
    assert "decides nothing" in judge(comparison(0.0, 0.0), Gate(min_documents=300)).as_text()
    (tmp_path / "g.toml").write_text(
        "[margins]\nmicro_f1 = 0.03\n[themes]\nrural = 0.3\n[rules]\nmin_support = 1\n", "utf-8"
    )
    assert judge(comparison(-0.02, -0.2), read_gate(tmp_path / "g.toml")).passed
    for text, said in (
        ("[margin]\n", "expected the tables"),
        ("[margins]\nf9 = 1\n", "f9"),
        ("[rules]\nproof = 1\n", "true or"),
        ("x", "cannot read"),
    ):
        (tmp_path / "g.toml").write_text(text, "utf-8")
        with pytest.raises(ZhengyuError, match=said):
            read_gate(tmp_path / "g.toml")


#: Adds a model to a registry and makes it current again and again.
WRITER = """
import sys; from pathlib import Path
from zhengyu.registry import Registry
registry, mine = Registry(Path(sys.argv[1])), Path(sys.argv[2])
for _ in range(10):
    version = registry.add(mine).version
    registry.promote(version, "test")
"""


def test_processes_at_once_lose_nothing_and_readers_see_whole_models(tmp_path: Path) -> None:
    data = Path(__file__).parents[1] / "model" / "data"
    registry = Registry(tmp_path / "r")
    registry.promote(registry.add(data / "format-1").version, "first")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(registry.folder), str(data / f"format-{n}")], stderr=subprocess.PIPE)
        for n in (1, 2, 2)
    ]  # fmt: skip
    reads = 0
    while any(writer.poll() is None for writer in writers):
        assert load_model(find_model("current", registry.folder)).version in registry.versions()
        reads += 1
    assert [writer.communicate()[1].decode() for writer in writers] == ["", "", ""]
    history = registry.history()
    assert len(history) == 31
    assert all(a.version == b.before for a, b in pairwise(history))
    assert len(registry.versions()) == 2
    assert reads > 3
    assert {path.name for path in registry.folder.iterdir()} <= {"versions", "current.json", ".lock"}


def test_evidence_rows_are_what_explain_says(tagger: Tagger) -> None:
    texts = ["全县新建高标准农田三万亩，农民收入增长8%。", "首页 > 农业", "", None, "请八点前入座。"]
    rows = evidence_rows(tagger.scorer, list("abcde"), texts, ["prose", "furniture", "prose", "prose", "prose"])
    frame = rows.to_pandas()
    assert set(frame["id"]) == {"a"}
    found = tagger.explain(texts[0])[0]
    mine = frame[frame["theme"] == found.theme]
    assert mine["contribution"].tolist() == [span.contribution for span in found.spans]
    assert mine["share"].abs().sum() == pytest.approx(1)
    assert (mine["probability"] == found.probability).all()
    assert evidence_rows(tagger.scorer, [], []).num_rows == 0


def test_nearest_training_paragraphs_have_the_theme() -> None:
    said = run("explain", "村里把撂荒地平整成高标准农田。", "--theme", "rural", "--nearest", 2)
    near = [line for line in said.splitlines() if line.startswith("  like:")]
    assert len(near) == 2
    shown = [float(line.split("(")[1].split(")")[0]) for line in near]
    assert shown == sorted(shown, reverse=True)
    data = Path(__file__).parents[1] / "model" / "data" / "format-2"
    assert "trained without the built-in corpus" in run("explain", "水稻", "--nearest", 1, "--model", data, code=2)


def test_reliability_diagram_and_floors_on_the_command_line(tmp_path: Path) -> None:
    labelled(tmp_path / "t.jsonl", 20, 10)
    data = Path(__file__).parents[1] / "model" / "data" / "format-2"
    (tmp_path / "t.toml").write_text(TOML, "utf-8")
    said = run("evaluate", data, tmp_path / "t.jsonl", "--precision", 0.6, "--reliability", tmp_path / "r.svg")
    assert "probabilities of all theme decisions" in said
    assert "<svg" in (tmp_path / "r.svg").read_text("utf-8")
    assert np.isfinite(load(data).probabilities(["水稻"])).all()


def test_versions_are_looked_for_in_the_registry_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGYU_REGISTRY", str(tmp_path / "other"))
    test = labelled(tmp_path / "t.jsonl", 20, 10)
    registry = Registry(tmp_path / "r")
    version = registry.add(Path(__file__).parents[1] / "model" / "data" / "format-2").version
    named = ("--registry", registry.folder)
    assert run("model", "verify", "--model", version, *named).strip() == f"{version}: sound"
    assert version in run("model", "show", *named, "--model", version)
    assert f"{version} → {version}" in run("model", "compare", version, version, test, *named)
    assert "calibration error by theme: median" in run("evaluate", version, test, *named)
    for words in (("model", "show", "--model", version), ("evaluate", version, test)):
        assert "none there" in run(*words, code=2)
