"""A whole round on a small corpus: tag, suggest, label in either tool, import, check, retrain, compare, promote."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelling import FARM, TOML, code_in_label_studio, coder, labelled, lines, run
from places import DATA

from zhengyu.persistence.folder import default_folder, load_model
from zhengyu.persistence.registry import Registry, find_model
from zhengyu.tagger import Tagger, load
from zhengyu.themes.evidence import evidence_rows
from zhengyu_corpus.errors import ZhengyuError

pytestmark = pytest.mark.slow


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


#: Adds a model to a registry and makes it current again and again.
WRITER = """
import sys; from pathlib import Path
from zhengyu.persistence.registry import Registry
registry, mine = Registry(Path(sys.argv[1])), Path(sys.argv[2])
for _ in range(10):
    version = registry.add(mine).version
    registry.promote(version, "test")
"""


def test_processes_at_once_lose_nothing_and_readers_see_whole_models(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "r")
    registry.promote(registry.add(DATA / "format-1").version, "first")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(registry.folder), str(DATA / f"format-{n}")], stderr=subprocess.PIPE)
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
    kinds = ["prose", "furniture", "prose", "prose", "prose"]
    rows = evidence_rows(tagger.scorer, list("abcde"), texts, kinds, least_share=0.0)
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
    data = DATA / "format-2"
    assert "trained without the built-in corpus" in run("explain", "水稻", "--nearest", 1, "--model", data, code=2)


def test_reliability_diagram_and_floors_on_the_command_line(tmp_path: Path) -> None:
    labelled(tmp_path / "t.jsonl", 20, 10)
    data = DATA / "format-2"
    (tmp_path / "t.toml").write_text(TOML, "utf-8")
    said = run("evaluate", data, tmp_path / "t.jsonl", "--precision", 0.6, "--reliability", tmp_path / "r.svg")
    assert "probabilities of all theme decisions" in said
    assert "<svg" in (tmp_path / "r.svg").read_text("utf-8")
    assert np.isfinite(load(data).probabilities(["水稻"])).all()


def test_versions_are_looked_for_in_the_registry_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGYU_REGISTRY", str(tmp_path / "other"))
    test = labelled(tmp_path / "t.jsonl", 20, 10)
    registry = Registry(tmp_path / "r")
    version = registry.add(DATA / "format-2").version
    named = ("--registry", registry.folder)
    assert run("model", "verify", "--model", version, *named).strip() == f"{version}: sound"
    assert version in run("model", "show", *named, "--model", version)
    assert f"{version} → {version}" in run("model", "compare", version, version, test, *named)
    assert "calibration error by theme: median" in run("evaluate", version, test, *named)
    for words in (("model", "show", "--model", version), ("evaluate", version, test)):
        assert "none there" in run(*words, code=2)


def test_a_damaged_current_version_does_not_hold_the_registry_fast(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "r")
    small = DATA / "format-2"
    version, other = registry.add(small).version, registry.add(default_folder()).version
    test = labelled(tmp_path / "t.jsonl", 20, 10)
    named = ("--registry", registry.folder)
    registry.promote(other, "first")
    said = run("model", "promote", version, "--test", test, *named, code=1)
    assert "falls too far: the candidate lacks" in said
    weights = registry.path(other) / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:1000])
    listed = run("model", "list", *named)
    assert f"* {other}  not sound: " in listed
    assert f"  {version}  cross-validation: " in listed
    assert "promote with --overrule REASON" in run("model", "promote", version, "--test", test, *named, code=2)
    run("model", "promote", version, "--test", test, "--overrule", "the other one is damaged", *named)
    assert registry.current() == version
    assert "the current model cannot be read: the other one is damaged" in registry.history()[-1].reason
    registry.add(default_folder())
    assert load_model(registry.path(other)).version == other
