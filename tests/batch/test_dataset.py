"""Datasets: parts that hold the rows of a local run, whatever ends a run and whoever goes on with it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from zhengyu.batch import dataset
from zhengyu.batch.dataset import tag_dataset
from zhengyu.batch.partitions import Loading, Partition, Work, plan, tag_partition
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import slogan_side
from zhengyu.cli import main
from zhengyu.io.inputs import Input, find_inputs
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "新建高标准农田三万亩，粮食总产再创历史新高，坚持“四个走在前”。"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(2):
        rows = [f"{FIELD}第{n}号" if n % 5 else None for n in range(i * 60, i * 60 + 60)]
        pq.write_table(pa.table({"text": rows, "n": range(60)}), folder / f"{i}.parquet", row_group_size=10)
    return folder


def tagged(inputs: Path, out: str, **more: Any) -> Any:
    return tag_dataset(Loading(), [str(inputs)], out, compiled=False, split_bytes=2_000, join_bytes=1, jobs=2, **more)


def joined(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(part) for part in sorted(folder.glob("part-*.parquet"))])


def test_the_parts_together_are_the_file_of_a_local_run(inputs: Path, tmp_path: Path, tagger: Tagger) -> None:
    run = tagged(inputs, f"{tmp_path}/out/", slogans=f"{tmp_path}/s/")
    tag_inputs(
        tagger, [str(inputs)], output=tmp_path / "one.parquet", sides=[slogan_side(tagger, tmp_path / "s.parquet")],
        compiled=False,
    )  # fmt: skip
    assert run.partitions > 2
    assert run.counts()["dataset"] == str(tmp_path / "out")
    assert joined(tmp_path / "out").equals(pq.read_table(tmp_path / "one.parquet"))
    assert joined(tmp_path / "s").equals(pq.read_table(tmp_path / "s.parquet"))
    assert [one.name for one in find_inputs([f"{tmp_path}/out"])] == [
        str(part) for part in sorted((tmp_path / "out").glob("part-*.parquet"))
    ]
    assert tagged(inputs, f"{tmp_path}/out/", slogans=f"{tmp_path}/s/").resumed == run.read == 120


def test_any_store_of_fsspec_in_and_out(inputs: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for path in inputs.iterdir():
        memory.put_file(str(path), f"/in/{path.name}")
    (tmp_path / "bad.csv").write_text("text,n\n好,1\n坏,1,2\n", "utf-8")
    memory.put_file(str(tmp_path / "bad.csv"), "/in/z.csv")
    run = tag_dataset(Loading(), ["memory://in/"], "memory://out/", compiled=False, split_bytes=2_000, join_bytes=1)
    assert (run.read, run.set_aside_count) == (122, 1)
    assert run.set_aside_file == "memory://out/_zhengyu/set-aside/"
    (aside,) = memory.glob("/out/_zhengyu/set-aside/*.csv")
    assert "memory://" in memory.cat_file(aside).decode()
    assert next(one.name for one in find_inputs(["memory://out/"])).endswith("/out/part-00000.parquet")
    memory.rm("/out", recursive=True)
    memory.rm("/in", recursive=True)


def test_what_a_run_left_is_gone_on_with_and_nothing_else(inputs: Path, tmp_path: Path) -> None:
    out = f"{tmp_path}/out/"

    @contextmanager
    def breaks(work: Work) -> Iterator[Any]:
        def perform(partitions: Iterable[Partition]) -> Iterator[dict[str, Any]]:
            for number, one in enumerate(partitions):
                if number == 2:
                    raise ZhengyuError("the store is full")
                yield tag_partition(work, one)

        yield perform

    with pytest.raises(ZhengyuError, match="full"):
        tagged(inputs, out, executor=breaks)
    with pytest.raises(ZhengyuError, match="is a dataset whose run was cut short or goes on"):
        find_inputs([out])
    with pytest.raises(ZhengyuError, match="holds a dataset of a run that differs: prefix was '', is 'x_'"):
        tagged(inputs, out, prefix="x_")
    part = tmp_path / "out/part-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:100])  # one that does not stand as its line says is done again
    run = tagged(inputs, out)
    assert 0 < run.resumed < 40
    assert part.read_bytes() == whole
    assert tagged(inputs, out, prefix="x_", restart=True).resumed == 0
    table = pq.read_table(inputs / "0.parquet")
    pq.write_table(table.slice(1), inputs / "0.parquet", row_group_size=10)
    with pytest.raises(ZhengyuError, match=r"an input was .*0\.parquet"):
        tagged(inputs, out, prefix="x_")


def test_folders_of_others_are_refused(inputs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x", "utf-8")
    with pytest.raises(ZhengyuError, match=r"expected an empty folder .* it holds thesis.txt"):
        tagged(inputs, f"{tmp_path}/mine/")
    with pytest.raises(ZhengyuError, match=r"lies in .* where the run writes"):
        tagged(inputs, f"{inputs}/")
    with pytest.raises(ZhengyuError, match="this is the name of a file"):
        tagged(inputs, "s3://bucket/out.parquet")
    with pytest.raises(ZhengyuError, match="folders of their own"):
        tagged(inputs, f"{tmp_path}/out/", slogans=f"{tmp_path}/out")
    tagged(inputs, f"{tmp_path}/out/", slogans=f"{tmp_path}/s/")
    with pytest.raises(ZhengyuError, match="another run's dataset"):
        tagged(inputs, f"{tmp_path}/other/", slogans=f"{tmp_path}/s/")


def test_another_run_keeps_away_unless_it_is_dead(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "BEAT", 0.01)
    sign = tmp_path / "out/_zhengyu/running.json"
    sign.parent.mkdir(parents=True)
    told = {"run": "x", "process": os.getpid(), "machine": platform.node(), "beat": 0}
    sign.write_text(json.dumps(told), "utf-8")
    read = dataset.Store.read

    def lives(store: Any, name: str) -> bytes | None:
        told["beat"] = int(str(told["beat"])) + 1
        return json.dumps(told).encode() if name.endswith("running.json") else read(store, name)

    with monkeypatch.context() as patch:
        patch.setattr(dataset.Store, "read", lives)
        with pytest.raises(ZhengyuError, match=rf"another run is writing it \(process {os.getpid()}"):
            tagged(inputs, f"{tmp_path}/out/")
    sign.write_text(json.dumps({**told, "process": 2**22 + 1}), "utf-8")
    assert tagged(inputs, f"{tmp_path}/out/").read == 120
    assert not sign.exists()


def test_partitions_depend_on_names_and_sizes_alone() -> None:
    names = [("a.csv", 10), ("b.csv", 10), ("c.parquet", 250), ("d.docx", 10)]
    sources = [Input(name, f".{name.rpartition('.')[2]}") for name, _ in names]
    found = plan(sources, [size for _, size in names], [{}] * 4, split_bytes=100, join_bytes=100)
    assert [[(one.name, one.split) for one in part.sources] for part in found] == [
        [("a.csv", None), ("b.csv", None)], [("c.parquet", (0, 83))], [("c.parquet", (83, 166))],
        [("c.parquet", (166, 250))], [("d.docx", None)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words, told",
    [
        (["-o", "o.parquet", "--cluster", "auto"], "workers write the parts of a dataset"),
        (["-o", "o/", "--slogans", "s.csv"], "folders beside a dataset"),
        (["-o", "o/", "--drop-duplicates"], "name one file as output"),
    ],
)
def test_the_command_says_what_does_not_go_together(inputs: Path, words: list[str], told: str) -> None:
    done = CliRunner().invoke(main, ["tag", str(inputs), *words])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
