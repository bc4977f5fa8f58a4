"""Long runs: cut short and resumed to the same bytes, damaged inputs, side tables, compression."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from zhengyu.batch import stream
from zhengyu.batch.block_tagger import SideTable
from zhengyu.batch.progress import Progress, Step
from zhengyu.batch.runner import tag_inputs
from zhengyu.io import parquet_batches, tables
from zhengyu.io.blocks import Paragraphs
from zhengyu.io.inputs import Input
from zhengyu.io.open_table import open_table
from zhengyu.io.sandbox.parent import rows_apart
from zhengyu.io.writers import write_table
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"
ROWS = 400


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tables, parquet_batches):
        monkeypatch.setattr(module, "BLOCK_ROWS", 50)


def table() -> pa.Table:
    texts = [f"第{i}号：{FIELD if i % 3 else RIVER}" if i % 7 else None for i in range(ROWS)]
    return pa.table({"id": [f"r{i}" for i in range(ROWS)], "年": pa.array(range(ROWS), pa.int16()), "text": texts})


def sources(folder: Path) -> dict[str, Path]:
    made = {name: folder / f"in.{name}" for name in ("parquet", "csv", "jsonl", "csv.gz", "xlsx")}
    pq.write_table(table(), made["parquet"])
    pa.csv.write_csv(table(), made["csv"])
    made["csv.gz"].write_bytes(gzip.compress(made["csv"].read_bytes()))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table().to_pylist())
    made["jsonl"].write_text(lines, "utf-8")
    table().to_pandas().to_excel(made["xlsx"], index=False)
    return made


class StopError(Exception):
    """Ends a run from outside."""


def stop_after(rows: int) -> Progress:
    def progress(step: Step) -> None:
        if step.doing == "tagging" and step.rows >= rows:
            raise StopError

    return progress


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("parquet", "o.parquet"),
        ("csv", "o.jsonl.zst"),
        ("jsonl", "o.csv.gz"),
        ("csv.gz", "o.parquet"),
        ("xlsx", "o.xlsx"),
    ],
)
def test_a_run_cut_short_goes_on_to_the_same_bytes(tagger: Tagger, tmp_path: Path, source: str, target: str) -> None:
    path = str(sources(tmp_path)[source])
    tag_inputs(tagger, [path], output=tmp_path / f"whole-{target}", probabilities=True)
    with pytest.raises(StopError):
        tag_inputs(tagger, [path], output=tmp_path / target, probabilities=True, progress=stop_after(150), jobs=2)
    assert not (tmp_path / target).exists()
    run = tag_inputs(tagger, [path], output=tmp_path / target, probabilities=True, jobs=1)
    assert run.resumed >= 150
    assert run.read == ROWS
    assert (tmp_path / target).read_bytes() == (tmp_path / f"whole-{target}").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_other_words_and_changed_inputs_are_refused(tagger: Tagger, tmp_path: Path) -> None:
    path, output = sources(tmp_path)["csv"], tmp_path / "o.csv"
    with pytest.raises(StopError):
        tag_inputs(tagger, [str(path)], output=output, progress=stop_after(100))
    with pytest.raises(ZhengyuError, match="probabilities was False, is True"):
        tag_inputs(tagger, [str(path)], output=output, probabilities=True)
    path.write_bytes(path.read_bytes() + b"x,1,y\n")
    with pytest.raises(ZhengyuError, match="changed since its first part was tagged: its size was"):
        tag_inputs(tagger, [str(path)], output=output)
    assert tag_inputs(tagger, [str(path)], output=output, restart=True).read == ROWS + 1


def test_a_torn_journal_and_a_damaged_part_are_done_again(tagger: Tagger, tmp_path: Path) -> None:
    path, output = str(sources(tmp_path)["parquet"]), tmp_path / "o.parquet"
    tag_inputs(tagger, [path], output=tmp_path / "whole.parquet")
    with pytest.raises(StopError):
        tag_inputs(tagger, [path], output=output, progress=stop_after(200))
    folder = tmp_path / ".o.parquet.zhengyu"
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    part = folder / "000002.rows.arrow"
    part.write_bytes(part.read_bytes()[:-8])
    assert tag_inputs(tagger, [path], output=output).resumed == 100
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_damage_in_the_middle_ends_clearly_and_keeps_parts(tagger: Tagger, tmp_path: Path) -> None:
    made = sources(tmp_path)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(made["csv.gz"].read_bytes()[:-40])
    with pytest.raises(ZhengyuError, match=r"cut.csv.gz: damaged near line [\d,]+: .* finished part\(s\) are kept"):
        tag_inputs(tagger, [str(made["csv"]), str(cut)], output=tmp_path / "o.csv")
    assert not (tmp_path / "o.csv").exists()
    cut.write_bytes(made["csv.gz"].read_bytes())
    run = tag_inputs(tagger, [str(made["csv"]), str(cut)], output=tmp_path / "o.csv")
    assert run.resumed >= ROWS
    assert run.read == 2 * ROWS
    made["parquet"].write_bytes(made["parquet"].read_bytes()[:-100])
    with pytest.raises(ZhengyuError, match="expected a Parquet file"):
        tag_inputs(tagger, [str(made["parquet"])], output=tmp_path / "p.csv")


def test_wrong_bytes_in_the_middle_are_set_aside(tagger: Tagger, tmp_path: Path) -> None:
    lines = [f"{i},{FIELD}".encode() for i in range(30)]
    lines[11] = b"11," + FIELD.encode("gb18030")
    (tmp_path / "a.csv").write_bytes(b"n,text\n" + b"\n".join(lines) + b"\n")
    run = tag_inputs(tagger, [str(tmp_path / "a.csv")], output=tmp_path / "o.csv")
    assert (run.read, run.tagged, run.set_aside_count) == (30, 29, 1)
    assert run.set_aside[0].line == 13
    assert "not valid utf-8" in run.set_aside[0].reason
    bad = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\x03\0\0\0\x05\0\0\0"), pa.py_buffer("县".encode() + b"\xff\xfe")]
    )
    pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
    run = tag_inputs(tagger, [str(tmp_path / "a.parquet")], output=tmp_path / "o.parquet")
    assert (run.tagged, run.set_aside_count) == (1, 1)


def lengths(block: Paragraphs) -> pa.Table:
    rows = [
        (i, len(t)) for i, t, k in zip(block.ids, block.texts.to_pylist(), block.kinds, strict=True) if k != "empty"
    ]
    return pa.table({"id": [i for i, _ in rows], "length": [n for _, n in rows]})


def test_a_side_table_is_written_beside_and_resumed(tagger: Tagger, tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.string()), ("length", pa.int64())])
    path = str(sources(tmp_path)["parquet"])

    def run(name: str, rows: int | None) -> None:
        side = SideTable("lengths", tmp_path / f"{name}-side.parquet", schema, lengths)
        progress = None if rows is None else stop_after(rows)
        tag_inputs(tagger, [path], output=tmp_path / f"{name}.parquet", sides=[side], progress=progress)

    run("whole", None)
    with pytest.raises(StopError):
        run("cut", 100)
    run("cut", None)
    assert (tmp_path / "cut-side.parquet").read_bytes() == (tmp_path / "whole-side.parquet").read_bytes()
    found = pq.read_table(tmp_path / "cut-side.parquet")
    assert found["id"].to_pylist() == [f"r{i}" for i in range(ROWS) if i % 7]


def test_two_tables_are_not_written_to_one_file(tagger: Tagger, tmp_path: Path) -> None:
    path = str(sources(tmp_path)["parquet"])
    schema = pa.schema([("id", pa.string()), ("length", pa.int64())])
    (tmp_path / "x").mkdir()
    for name in (tmp_path / "o.csv", tmp_path / "x" / ".." / "o.csv"):
        with pytest.raises(ZhengyuError, match="is also another output"):
            side = SideTable("lengths", name, schema, lengths)
            tag_inputs(tagger, [path], output=tmp_path / "o.csv", sides=[side])
    with pytest.raises(ZhengyuError, match="is also an input"):
        tag_inputs(tagger, [path], output=Path(path))
    assert not list(tmp_path.glob("*o.csv*"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_rows_without_ids_get_those_of_the_side_tables(tagger: Tagger, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"in.{ending}"
    write_table(pd.DataFrame({"year": [2019, 2020, 2021], "text": [FIELD, "", FIELD * 2]}), path)
    side = SideTable("lengths", tmp_path / "s.csv", pa.schema([("id", pa.string()), ("length", pa.int64())]), lengths)
    tag_inputs(tagger, [str(path)], output=tmp_path / "o.csv", sides=[side])
    rows = pd.read_csv(tmp_path / "o.csv")
    assert list(rows.columns) == ["id", "year", "text", "themes", "uncertain", "model"]
    joined = rows.merge(pd.read_csv(tmp_path / "s.csv"), on="id", validate="1:1")
    assert joined["year"].tolist() == [2019, 2021]
    assert joined["length"].tolist() == [len(FIELD), 2 * len(FIELD)]
    tag_inputs(tagger, [str(path)], output=tmp_path / "o.csv")
    assert "id" not in pd.read_csv(tmp_path / "o.csv")


def test_blocks_are_cut_for_side_tables_and_nothing_is_lost(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{i},{FIELD}{i}".encode() for i in range(60)]
    lines[11] = b"11," + FIELD.encode("gb18030")
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n" + b"\n".join(lines) + b"\n")
    schema = pa.schema([("id", pa.string()), ("length", pa.int64())])
    sizes: list[int] = []

    def make(block: Paragraphs) -> pa.Table:
        sizes.append(len(block.ids))
        return lengths(block)

    made = {}
    for rows in (7, 1000):
        monkeypatch.setattr(stream, "SIDE_ROWS", rows)
        side = SideTable("lengths", tmp_path / f"{rows}.side.csv", schema, make)
        run = tag_inputs(tagger, [str(path)], output=tmp_path / f"{rows}.csv", sides=[side], jobs=1)
        assert (run.read, run.tagged, run.set_aside_count) == (60, 59, 1)
        files = (f"{rows}.csv", f"{rows}.side.csv", f"{rows}.csv.set-aside.csv")
        made[rows] = [(tmp_path / name).read_bytes() for name in files]
        assert max(sizes) == min(rows, 50)
    assert made[7] == made[1000]
    text = tmp_path / "a.txt"
    text.write_text("\n".join([FIELD] * 20), "utf-8")
    monkeypatch.setattr(stream, "SIDE_ROWS", 7)
    side = SideTable("lengths", tmp_path / "t.side.csv", schema, make)
    tag_inputs(tagger, [str(text)], output=tmp_path / "t.csv", sides=[side])
    assert sizes[-1] == 20


def test_compiled_and_plain_runs_give_the_same_themes(tagger: Tagger, tmp_path: Path) -> None:
    path = str(sources(tmp_path)["parquet"])
    tables = [tag_inputs(tagger, [path], compiled=how).table for how in (True, False)]
    assert tables[0]["themes"].tolist() == tables[1]["themes"].tolist()
    assert tables[0]["uncertain"].tolist() == tables[1]["uncertain"].tolist()


def test_globs_and_remote_paths(tagger: Tagger, tmp_path: Path) -> None:
    import fsspec

    sources(tmp_path)
    assert tag_inputs(tagger, [str(tmp_path / "*.csv*")], output=tmp_path / "o.jsonl").read == 2 * ROWS
    with fsspec.open("memory://news/a.parquet", "wb") as out:
        pq.write_table(table(), out)
    assert tag_inputs(tagger, ["memory://news/*.parquet"], output=tmp_path / "m.parquet").read == ROWS
    with pytest.raises(ZhengyuError, match="no such remote file"):
        tag_inputs(tagger, ["memory://news/none.parquet"])


def test_killed_and_started_again(root: Path, tmp_path: Path) -> None:
    out = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "kills.py"), "--rows", "20000", "--kills", "3", "--folder", str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert out.returncode == 0, out.stdout + out.stderr
    assert "3 of 3" in out.stdout
    assert "damaged input: identical bytes" in out.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "rows.parquet", "whole.parquet"]


def test_files_of_like_columns_are_written_along_others_at_the_end(tagger: Tagger, tmp_path: Path) -> None:
    columns = {"a": ["year", "text"], "b": ["year", "text"], "c": ["place", "text"]}
    for name, names in columns.items():
        (tmp_path / f"{name}.csv").write_text(",".join(names) + f"\n{name},{FIELD}\n", "utf-8")

    def run(*names: str) -> tuple[pd.DataFrame, set[str]]:
        doing = set()
        paths = [str(tmp_path / f"{name}.csv") for name in names]
        tag_inputs(tagger, paths, output=tmp_path / "o.parquet", progress=lambda step: doing.add(step.doing))
        assert not list(tmp_path.glob(".*"))
        return pd.read_parquet(tmp_path / "o.parquet"), doing

    rows, doing = run("a", "b")
    assert rows["year"].tolist() == ["a", "b"]
    assert doing == {"tagging"}
    rows, doing = run("a", "b", "c")
    assert rows["year"].fillna("").tolist() == ["a", "b", ""]
    assert rows["place"].fillna("").tolist() == ["", "", "c"]
    assert doing == {"tagging", "writing o.parquet"}


def test_a_full_disk_ends_clearly_and_the_run_goes_on(tagger: Tagger, tmp_path: Path) -> None:
    """A limit on file size stands for the full disk: the system refuses the write in the same way."""
    path = sources(tmp_path)["csv"]
    path.write_bytes(path.read_bytes() + "".join(f"z{i},1,{FIELD}\n" for i in range(60_000)).encode())
    command = [sys.executable, "-m", "zhengyu", "tag", str(path), "-o", str(tmp_path / "o.csv")]
    limited = "import resource, signal, runpy, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " \
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000)); sys.argv = sys.argv[1:]; " \
        "runpy.run_module('zhengyu', run_name='__main__')"  # fmt: skip
    ended = subprocess.run([sys.executable, "-c", limited, *command[2:]], capture_output=True, text=True)
    assert ended.returncode == 2, ended.stderr
    assert "could not be written" in ended.stderr
    assert not (tmp_path / "o.csv").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "60400 read" in done.stderr


def test_a_block_is_full_by_rows_or_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK_BYTES", 20 * len(FIELD.encode()))
    rows = [f"{i},{FIELD if i < 100 else '县'}" for i in range(300)]
    data = ("id,text\n" + "\n".join(rows) + "\n").encode()
    source = Input(str(tmp_path / "a.csv"), ".csv")
    found = list(open_table(source, io.BytesIO(data), sheet=rows_apart).blocks)
    sizes = [len(block.ids) for block in found if len(block.ids)]
    assert max(sizes[:5]) <= 21  # by bytes
    assert 50 in sizes  # by rows
    assert [one for block in found for one in block.ids.to_pylist()] == [str(i) for i in range(300)]
