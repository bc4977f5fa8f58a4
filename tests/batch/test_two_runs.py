"""Two runs to one output: the second ends at once and harms nothing; a lock that a killed run left blocks nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
#: The command with small blocks; each waits for a file to appear, so that a test says how long a run takes.
COMMAND = """
import sys, time
from pathlib import Path
from zhengyu.batch import journal
from zhengyu.io import tables
from zhengyu.cli import main
tables.BLOCK_ROWS = 50
go, keep = Path(sys.argv.pop(1)), journal.Journal.add
def add(self, *words):
    keep(self, *words)
    while not go.exists():
        time.sleep(0.02)
journal.Journal.add = add
main()
"""


def start(folder: Path, *words: str, go: str = "go") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMAND, str(folder / go), "tag", "in.parquet", "--quiet", *words]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


def ended(run: subprocess.Popen[str]) -> tuple[int, str]:
    said = run.communicate(timeout=60)[1]
    return run.returncode, said


def until(path: Path) -> None:
    for _ in range(1500):
        if path.exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"text": [f"{FIELD}{i}" for i in range(300)]}), tmp_path / "in.parquet")
    return tmp_path


def test_the_second_run_ends_at_once_and_the_first_is_unharmed(folder: Path) -> None:
    (folder / "now").touch()
    assert ended(start(folder, "-o", "whole.jsonl", go="now")) == (0, "")
    first = start(folder, "-o", "o.jsonl")
    until(folder / ".o.jsonl.zhengyu" / "000000.rows.arrow")
    for words in ((), ("--restart",), ("--probabilities",)):
        code, said = ended(start(folder, "-o", "o.jsonl", *words, go="now"))
        assert code == 2
        assert f"o.jsonl: another run is writing it (process {first.pid} on " in said
        assert "wait until it ends, end it, or name another output" in said
    # Another output of the same input is nobody else's business.
    assert ended(start(folder, "-o", "p.jsonl", go="now")) == (0, "")
    (folder / "go").touch()
    assert ended(first) == (0, "")
    assert (folder / "o.jsonl").read_bytes() == (folder / "whole.jsonl").read_bytes()
    assert not list(folder.glob(".*"))


def test_a_lock_that_a_killed_run_left_blocks_nobody(folder: Path) -> None:
    killed = start(folder, "-o", "o.jsonl")
    until(folder / ".o.jsonl.zhengyu" / "000000.rows.arrow")
    killed.send_signal(signal.SIGKILL)
    assert ended(killed)[0] == -signal.SIGKILL
    assert (folder / ".o.jsonl.zhengyu.lock").exists()
    (folder / "go").touch()
    assert ended(start(folder, "-o", "o.jsonl")) == (0, "")
    assert (folder / "o.jsonl").exists()
    assert not list(folder.glob(".*"))


def test_of_many_runs_at_once_one_writes_and_the_others_say_so(folder: Path) -> None:
    (folder / "go").touch()
    runs = [start(folder, "-o", "o.jsonl") for _ in range(4)]
    made = [ended(run) for run in runs]
    assert (0, "") in made
    assert all(code == 2 and "another run is writing it" in said for code, said in made if code)
    assert len((folder / "o.jsonl").read_text("utf-8").splitlines()) == 300
    assert not list(folder.glob(".*"))


def test_no_lock_is_left_by_a_run_that_cannot_go_on(folder: Path) -> None:
    (folder / "in.parquet").write_bytes(b"no parquet")
    assert "expected a Parquet file" in ended(start(folder, "-o", "o.jsonl"))[1]
    assert not list(folder.glob(".*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    folder.chmod(0o500)
    assert "o.jsonl: could not be written" in ended(start(folder, "-o", "o.jsonl"))[1]
