"""Compiling ahead of need: what is missing is known, is compiled once, and is what a run needs."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from numba.core.dispatcher import Dispatcher
from numba.core.types import literal

from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import evidence_side, slogan_side
from zhengyu.cli import main
from zhengyu.compiled.__main__ import WORK
from zhengyu.compiled.segmentation import ends_line
from zhengyu.tagger import Tagger
from zhengyu.themes import compiling, scorer
from zhengyu.themes.model import Model

TEXTS = ["全县新建高标准农田三万亩，坚持“四个走在前”。", "", None, "会议。"]


class Children:
    """Processes that compile nothing, but note what they were asked to."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False

    def __call__(self, words: list[str], **_: object) -> Children:
        self.asked.append(words[3:])
        for part in () if self.fails else words[3:]:
            if part in compiling.PARTS:
                compiling.compile_here(part, lambda: None, wait=True)
        return self

    def wait(self) -> int:
        return 0


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Children:
    made = Children()
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(compiling.subprocess, "Popen", made)
    return made


def test_each_part_is_compiled_once(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiling.missing() == compiling.PARTS
    assert compiling.compile_parts(["themes", "slogans"]) == ("themes", "slogans")
    assert children.asked == [["themes"], ["slogans"]]
    assert compiling.missing() == ("evidence",)
    assert CliRunner().invoke(main, ["compile"]).output == "compiled: evidence\n"
    assert CliRunner().invoke(main, ["compile"]).output == "compiled already\n"
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/elsewhere")  # where the machine code is not
    assert compiling.missing() == compiling.PARTS
    children.fails = True
    assert CliRunner().invoke(main, ["compile"]).exit_code == 1


def test_a_part_that_another_process_compiles_is_left_to_it(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        compiling.compile_here("themes", lambda: pytest.fail("compiled twice"), wait=False)
        monkeypatch.delenv(compiling.VARIABLE)
        assert not compiling.compile_behind()

    compiling.compile_here("themes", work, wait=True)
    compiling.compile_here("themes", lambda: pytest.fail("compiled again"), wait=True)


def test_a_small_run_compiles_behind_once_and_says_so(
    children: Children, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["tag", str(root / "docs/examples/example.txt")]
    assert "compiled in the background" not in CliRunner().invoke(main, words).output
    monkeypatch.delenv(compiling.VARIABLE)
    assert "compiled in the background, once" in CliRunner().invoke(main, words).output
    assert children.asked == [["--behind", *compiling.PARTS]]
    assert "compiled in the background" not in CliRunner().invoke(main, words).output


def test_what_is_not_compiled_is_not_waited_for_by_few_texts(children: Children) -> None:
    assert scorer.choose_scoring(scorer.COMPILED_FROM) == "plain"
    assert scorer.choose_scoring(scorer.COMPILED_FROM_COLD) == "compiled"
    compiling.mark("themes")
    assert scorer.choose_scoring(scorer.COMPILED_FROM) == "compiled"


def test_a_run_finds_compiled_what_was_compiled_ahead(children: Children, tmp_path: Path, model: Model) -> None:
    for work in WORK.values():
        work()
    before = versions()
    pq.write_table(pa.table({"text": TEXTS}), tmp_path / "in.parquet")
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(text or "" for text in TEXTS), "utf-8")
    for name in ("in.parquet", "in.csv"):
        tagger = Tagger(model)
        sides = [slogan_side(tagger, tmp_path / "s.csv"), evidence_side(tagger, tmp_path / "e.csv")]
        tag_inputs(tagger, [str(tmp_path / name)], output=tmp_path / "out.csv", sides=sides, compiled=True)
        assert versions() == before
    assert compiling.missing() == ()


def test_machine_code_of_a_loop_is_made_again_when_another_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "doubling.py").write_text(
        "from zhengyu.compiled import compiled\n\n\n@compiled\ndef double(x):\n    return 2 * x\n", "utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found: list[int] = []
    for state in ("as it was", "as it was", "grammars changed"):
        monkeypatch.setattr("zhengyu.compiled.code_state", lambda *_, state=state: state)
        monkeypatch.delitem(sys.modules, "doubling", raising=False)
        double = importlib.import_module("doubling").double
        assert double(21) == 42
        found.append(sum(double.stats.cache_hits.values()))
    assert found == [0, 1, 0]


def test_a_loop_is_compiled_once_for_all_constants() -> None:
    loop: Any = ends_line
    constant: Any = literal
    loop.get_call_template((constant(1),), {})
    before = list(loop.signatures)
    loop.get_call_template((constant(2),), {})
    assert loop.signatures == before


def versions() -> dict[str, int]:
    """Return how many versions of each compiled loop there are."""
    found = [module for name, module in sys.modules.items() if name.startswith("zhengyu.compiled")]
    return {f"{module.__name__}.{name}": len(loop.signatures) for module in found for name, loop in loops(module)}


def loops(module: ModuleType) -> list[tuple[str, Dispatcher]]:
    """Return the compiled loops of a module."""
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Dispatcher)]
