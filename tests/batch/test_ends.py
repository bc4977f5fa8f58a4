"""How runs end, and what the next one makes of what they left."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from zhengyu.batch.progress import Step
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import slogan_side
from zhengyu.io import inputs, tables
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import ZhengyuError

pytestmark = pytest.mark.slow

FIELD = "全县上下锚定“四个走在前”，新建高标准农田三万亩，粮食总产再创历史新高。"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 20)
    path = tmp_path / "in.csv"
    path.write_text("id,text\n" + "".join(f"{i},{FIELD}{i}\n" for i in range(100)), "utf-8")
    return str(path)


class StopError(Exception):
    """Ends a run from outside."""


def stop(step: Step) -> None:
    if step.rows >= 40:
        raise StopError


def test_with_another_lexicon_a_run_does_not_go_on(model: Model, source: str, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"

    def run(progress: object = None) -> None:
        tagger = Tagger(model, lexicon=own)
        side = slogan_side(tagger, tmp_path / "s.csv")
        tag_inputs(tagger, [source], output=tmp_path / "o.csv", sides=[side], progress=progress)  # type: ignore[arg-type]

    own.write_text("normal,variants,type,themes\n粮食总产,,canonical,rural\n", "utf-8")
    with pytest.raises(StopError):
        run(stop)
    own.write_text("normal,variants,type,themes\n再创历史新高,,canonical,rural\n", "utf-8")
    with pytest.raises(ZhengyuError, match="holds an unfinished run that differs: sides was"):
        run()
    own.write_text("normal,variants,type,themes\n粮食总产,,canonical,rural\n", "utf-8")
    run()
    assert len(pd.read_csv(tmp_path / "o.csv")) == 100
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("compiled", [True, False])
def test_an_unfinished_run_goes_on_with_the_scoring_it_began_with(
    tagger: Tagger, source: str, tmp_path: Path, compiled: bool
) -> None:
    """What would be chosen depends on a cache, which anything may fill in between."""
    with pytest.raises(StopError):
        tag_inputs(tagger, [source], output=tmp_path / "o.csv", compiled=compiled, progress=stop)
    run = tag_inputs(tagger, [source], output=tmp_path / "o.csv")
    assert (run.scoring, run.read) == ("compiled" if compiled else "plain", 100)
    assert run.resumed >= 40


def test_rows_set_aside_by_an_earlier_run_do_not_stay(tagger: Tagger, source: str, tmp_path: Path) -> None:
    path, aside = Path(source), tmp_path / "o.csv.set-aside.csv"
    sound = path.read_text("utf-8")
    path.write_text(sound + "one,too,many\n", "utf-8")
    assert tag_inputs(tagger, [source], output=tmp_path / "o.csv").set_aside_count == 1
    assert len(pd.read_csv(aside)) == 1
    path.write_text(sound, "utf-8")
    assert tag_inputs(tagger, [source], output=tmp_path / "o.csv").set_aside_count == 0
    assert not aside.exists()


def test_an_input_that_cannot_be_read_is_named(
    tagger: Tagger, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise OSError(5, "Input/output error")

    for method in ("size", "identity"):
        with monkeypatch.context() as patch:
            patch.setattr(inputs.Input, method, broken)
            with pytest.raises(ZhengyuError, match=r"in\.csv: cannot be read: .*Input/output error"):
                tag_inputs(tagger, [source], output=tmp_path / "o.csv")


def test_a_stopped_command_says_that_parts_are_kept(source: str, tmp_path: Path) -> None:
    many = "".join(f"{i},{FIELD * 20}{i}\n" for i in range(40_000))
    Path(source).write_text("id,text\n" + many, "utf-8")
    command = [sys.executable, "-m", "zhengyu", "tag", source, "-o", str(tmp_path / "o.csv"), "--quiet"]
    # Where the tests run behind a shell's &, children would be born deaf to it.
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    )  # fmt: skip
    end = time.monotonic() + 120
    while not list(tmp_path.glob(".o.csv.zhengyu/*.arrow")) and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert said.strip() == "zhengyu: stopped; finished parts are kept, the same command goes on after them"
    assert not (tmp_path / "o.csv").exists()
    assert list(tmp_path.glob(".o.csv.zhengyu/*.arrow"))


def test_an_unforeseen_error_has_a_code_of_its_own(source: str, tmp_path: Path) -> None:
    code = "from zhengyu import tagger; tagger.load = None; from zhengyu.cli import main; main()"
    command = [sys.executable, "-c", code, "tag", source, "-o", str(tmp_path / "o.csv")]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 3
    assert "Traceback" in ended.stderr
    assert ended.stderr.rstrip().endswith("please report it")
