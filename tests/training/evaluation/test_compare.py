"""Two models compared: what is shown of it, and what the gate makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from labelling import labelled, run
from places import DATA

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_training.evaluation.bootstrap import Interval
from zhengyu_training.evaluation.compare import Comparison, Difference
from zhengyu_training.evaluation.gate import Gate, judge, read_gate

MODEL = DATA / "format-2"


def test_of_many_changes_the_first_are_shown_and_json_has_all(tmp_path: Path) -> None:
    test = labelled(tmp_path / "t.jsonl", 20, 12)
    words = ("model", "compare", "default", MODEL, test)
    found = json.loads(run(*words, "--json"))
    changes = found["changes"]
    assert len(changes) > 20
    assert {change["verdict"] for change in changes} <= {"better", "worse", "as good"}
    assert {theme["name"] for theme in found["themes"]} >= {"farm", "town", "rural"}
    assert len({change["id"] for change in changes}) == len(changes)

    def shown(*more: object) -> tuple[list[str], str]:
        lines = run(*words, *more).splitlines()
        start = next(i for i, line in enumerate(lines) if "paragraphs get other themes" in line)
        assert lines[start].startswith(f"{len(changes)} paragraphs")
        ids = [line.split()[1 if not line.startswith("  as good") else 2] for line in lines[start + 1 :]]
        return ids, lines[-1]

    for more, count in (((), 20), (("--changes", 3), 3), (("--changes", 0), 0)):
        ids, last = shown(*more)
        assert ids[:-1] == [change["id"] for change in changes[:count]]
        assert last == f"  … and {len(changes) - count} more; --changes N shows N of them, --json all"
    ids, _ = shown("--changes", len(changes))
    assert ids == [change["id"] for change in changes]


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
