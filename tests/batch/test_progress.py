"""What a run shows of itself while it goes: rows, rate, rows set aside, and the time left only where it is known."""

from __future__ import annotations

import gzip
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from zhengyu.batch import stream
from zhengyu.batch.block_tagger import SideTable
from zhengyu.batch.progress import Step
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.terminal import Display
from zhengyu.io import parquet_batches, tables
from zhengyu.tagger import Tagger

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
ROWS = 400


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tables, parquet_batches):
        monkeypatch.setattr(module, "BLOCK_ROWS", 50)


def table(rows: int = ROWS) -> pa.Table:
    # Digits that do not repeat, so that a compressed file shrinks evenly and not to nothing.
    return pa.table({"text": [f"{FIELD}{i * 7919 % 1_000_003}" for i in range(rows)]})


def steps(tagger: Tagger, *inputs: Path, output: Path, sides: tuple[SideTable, ...] = ()) -> list[Step]:
    found: list[Step] = []
    tag_inputs(tagger, [str(path) for path in inputs], output=output, sides=sides, progress=found.append)
    return found


def test_rate_and_time_left_go_by_the_last_half_minute_of_this_run() -> None:
    now = [100.0]
    shown = Display(Console(file=io.StringIO(), width=120), lambda: now[0])

    def said(step: Step) -> str:
        shown.show(step.doing, step.rows, step.aside, step.share)
        out = Console(file=io.StringIO(), width=120)
        out.print(shown.bar.make_tasks_table(shown.bar.tasks))
        return " ".join(str(out.file.getvalue()).split()[1:])  # without the spinner

    # An earlier run had done 1,000 rows, a tenth.
    assert said(Step("tagging", 1000, 0, 0.1)) == "0:00:00 1,000 rows 10% 0 set aside -:--:-- tagging"
    now[0] += 20
    assert said(Step("tagging", 3000, 2, 0.3)) == "0:00:20 3,000 rows 30% 100 a second 2 set aside 0:01:10 tagging"
    now[0] += 30
    assert "100 a second" in said(Step("tagging", 6000, 2, 0.6))
    now[0] += 25
    assert "129 a second 2 set aside 0:00:16 tagging" in said(Step("tagging", 11000, 2, 0.85))
    now[0] += 1
    assert said(Step("tagging", 12000, 2, None)) == "0:00:00 12,000 rows 2 set aside tagging"
    now[0] += 10
    assert said(Step("tagging", 13000, 2, None)) == "0:00:10 13,000 rows 100 a second 2 set aside tagging"
    assert said(Step("writing a.csv", 0, 2, 0.0)) == "0:00:00 0 rows 0% 2 set aside -:--:-- writing a.csv"


def test_of_parquet_the_share_is_that_of_its_rows(tagger: Tagger, tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    found = steps(tagger, tmp_path / "a.parquet", output=tmp_path / "o.csv")
    tagging = [step for step in found if step.doing == "tagging"]
    assert [step.rows for step in tagging] == list(range(0, ROWS + 1, 50))
    assert [step.share for step in tagging] == [pytest.approx(step.rows / ROWS) for step in tagging]
    assert len(tagging) == len(found)  # its file is written along


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
def test_of_other_files_the_share_is_that_of_their_bytes(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in (tables, parquet_batches):
        monkeypatch.setattr(module, "BLOCK_ROWS", 2_000)
    rows = 40_000  # more than what is read ahead
    path = tmp_path / name
    if name.startswith("a.csv"):
        pa.csv.write_csv(table(rows), tmp_path / "a.csv")
        if name != "a.csv":
            path.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    else:
        table(rows).to_pandas().to_json(path, orient="records", lines=True, force_ascii=False)
    found = [step for step in steps(tagger, path, output=tmp_path / "o.parquet") if step.doing == "tagging"]
    assert found[-1].share == 1
    assert [step.share for step in found] == sorted(step.share or 0 for step in found)
    middle = found[len(found) // 2]
    assert middle.share == pytest.approx(middle.rows / rows, abs=0.25)


def test_several_files_and_cut_blocks_count_by_their_share(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SIDE_ROWS", 10)
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(FIELD, "utf-8")
    pq.write_table(table(100), tmp_path / "c.parquet")
    schema = pa.schema([("id", pa.string())])
    side = SideTable("ids", tmp_path / "s.csv", schema, lambda block: pa.table({"id": list(block.ids)}, schema=schema))
    paths = [tmp_path / name for name in ("a.txt", "b.txt", "c.parquet")]
    found = steps(tagger, *paths, output=tmp_path / "o.jsonl", sides=(side,))
    sizes = [path.stat().st_size for path in paths]
    shares = [step.share for step in found if step.doing == "tagging"]
    cut = [(sum(sizes[:2]) + sizes[2] * n / 10) / sum(sizes) for n in range(1, 11)]
    assert shares == pytest.approx([0, sizes[0] / sum(sizes), *[sum(sizes[:2]) / sum(sizes)] * 2, *cut])
    assert [step.files for step in found][:4] == [(0, 3), (1, 3), (2, 3), (2, 3)]
    # The documents have other columns than the table, so their file is written when all are known.
    writing = [step for step in found if step.doing != "tagging"]
    assert {step.doing for step in writing} == {"writing o.jsonl"}
    assert [step.rows for step in writing] == [0, *range(2, 93, 10)]
    assert [step.share for step in writing] == [n / 11 for n in range(11)]


def test_what_cannot_be_known_is_not_estimated(tagger: Tagger, tmp_path: Path) -> None:
    table().to_pandas().to_excel(tmp_path / "a.xlsx", index=False)
    found = [step for step in steps(tagger, tmp_path / "a.xlsx", output=tmp_path / "o.csv") if step.doing == "tagging"]
    assert {step.share for step in found} == {None}
    assert found[-1].rows == ROWS


#: The command with blocks so small that there is progress to see.
COMMAND = "from zhengyu.io import parquet_batches, tables; tables.BLOCK_ROWS = parquet_batches.BLOCK_ROWS = 50; from zhengyu.cli import main; main()"


def on_a_terminal(*words: str, stdin: bytes | None = None) -> str:
    """Run the command with its standard error on a terminal of its own; return what the terminal got."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", COMMAND, "tag", *words]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=theirs, env=env)
    os.close(theirs)
    assert process.stdin is not None
    if stdin is not None:
        process.stdin.write(stdin)
    process.stdin.close()
    said = b""
    try:
        while more := os.read(ours, 65536):
            said += more
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0, said.decode()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode())


def test_a_terminal_shows_rows_rate_time_left_and_rows_set_aside(tmp_path: Path) -> None:
    pq.write_table(table(4_000), tmp_path / "a.parquet")
    output = str(tmp_path / "o.parquet")
    said = on_a_terminal(str(tmp_path / "a.parquet"), "-o", output)
    assert re.search(r"[\d,]+ rows +\d+% [\d,]+ a second 0 set aside \d+:\d\d:\d\d tagging", said), said
    assert said.rstrip().endswith("4000 read = 4000 tagged + 0 furniture + 0 empty + 0 set aside")
    data = ("text\n" + "".join(f"{FIELD}{i}\n" for i in range(4_000))).encode()
    said = on_a_terminal("-", "--format", "csv", "-o", output, stdin=data)
    assert re.search(r"[\d,]+ rows +[\d,]+ a second 0 set aside +tagging", said), said
    # Of standard input nobody knows how much is to come; of the writing, which follows, all is known.
    assert not re.search(r"(%|\d:\d\d:\d\d)[^\r\n]*set aside[^\r\n]*\d:\d\d tagging", said), said


@pytest.mark.parametrize("words", [("--quiet",), ("--json",)])
def test_no_progress_where_it_is_not_wanted(tmp_path: Path, words: tuple[str, ...]) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    assert on_a_terminal(str(tmp_path / "a.parquet"), "-o", str(tmp_path / "o.csv"), *words) == ""


def test_no_progress_in_a_pipe(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    words = ["tag", str(tmp_path / "a.parquet"), "-o", str(tmp_path / "o.csv")]
    done = subprocess.run([sys.executable, "-c", COMMAND, *words], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == f"{ROWS} read = {ROWS} tagged + 0 furniture + 0 empty + 0 set aside\n"
