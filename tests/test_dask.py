"""On a Dask cluster of real processes: workers read and write S3, one is lost and a caller is killed; and DataFrames."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhengyu import dask as zhengyu_dask
from zhengyu.batch import partitions
from zhengyu.batch.dataset import tag_dataset
from zhengyu.batch.partitions import Loading
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import evidence_side, slogan_side
from zhengyu.dask import on_cluster
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

distributed: Any = pytest.importorskip("distributed")
s3fs: Any = pytest.importorskip("s3fs")
ROWS, FILES = 800, 3
FIELD = "全县上下锚定“四个走在前”，新建高标准农田三万亩，粮食总产再创历史新高。"
#: So that each file is cut in four.
SPLIT = 4_000
SERVER = """
import sys, time
from moto.server import ThreadedMotoServer
ThreadedMotoServer(port=int(sys.argv[1])).start()
time.sleep(600)
"""
CALLER = """
import sys
from zhengyu.batch import partitions
from zhengyu.batch.dataset import tag_dataset
from zhengyu.batch.partitions import Loading
from zhengyu.dask import on_cluster
tag_dataset(Loading(), ["s3://bucket/in/*.parquet"], "s3://bucket/out/", slogans="s3://bucket/slogans/", evidence="s3://bucket/evidence/",
            compiled=False, executor=on_cluster(sys.argv[1]), split_bytes=int(sys.argv[2]), join_bytes=1)
"""


def table(first: int = 0, rows: int = 400) -> pa.Table:
    texts = [f"{FIELD}第{i}号" if i % 7 else None for i in range(first, first + rows)]
    return pa.table({"text": pa.array(texts, pa.string()), "year": [2019 + i % 7 for i in range(rows)]})


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(what: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if found := what():
                return found
        time.sleep(0.05)
    raise TimeoutError(what)


@dataclass
class Machines:
    """A store, a scheduler and workers, each a process of its own."""

    address: str
    store: Any
    workers: list[subprocess.Popen[bytes]]

    def journal(self, out: str) -> int:
        self.store.invalidate_cache()
        return len(self.store.glob(f"{out}/_zhengyu/journal/*"))

    def table(self, out: str) -> pa.Table:
        parts = sorted(self.store.glob(f"{out}/part-*.parquet"))
        return pa.concat_tables([pq.read_table(self.store.open(part)) for part in parts])


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    port, place = free_port(), f"tcp://127.0.0.1:{free_port()}"
    told = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t",
            "AWS_DEFAULT_REGION": "us-east-1", "ZHENGYU_COMPILE": "never",
            "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}  # fmt: skip
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        started.append(
            subprocess.Popen([sys.executable, *words], env={**os.environ, **told}, stdout=quiet, stderr=quiet)
        )
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        try:
            start("-c", SERVER, str(port))
            scheduler = ("--host", "127.0.0.1", "--port", place.rpartition(":")[2], "--no-dashboard")
            start("-m", "distributed.cli.dask_scheduler", *scheduler)
            worker = ("-m", "distributed.cli.dask_worker", place, "--nthreads", "1", "--no-nanny", "--no-dashboard")
            workers = [start(*worker, "--memory-limit", "0") for _ in range(3)]
            until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
            store = s3fs.S3FileSystem(skip_instance_cache=True)
            store.mkdir("bucket")
            for i in range(FILES):
                with store.open(f"bucket/in/{i}.parquet", "wb") as out:
                    pq.write_table(table(i * ROWS, ROWS), out, row_group_size=50)
            yield Machines(place, store, workers)
        finally:
            for one in started:
                one.kill()
                one.wait()


@pytest.fixture(scope="module")
def local(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as one file each, by one process on this machine."""
    folder = tmp_path_factory.mktemp("local")
    tagger = Loading().tagger()
    sides = [slogan_side(tagger, folder / "slogans.parquet"), evidence_side(tagger, folder / "evidence.parquet")]
    tag_inputs(tagger, ["s3://bucket/in/"], output=folder / "out.parquet", sides=sides, compiled=False)
    return folder


def test_a_lost_worker_and_a_killed_caller_cost_no_row(machines: Machines, local: Path) -> None:
    first = subprocess.Popen([sys.executable, "-c", CALLER, machines.address, str(SPLIT)])
    until(lambda: machines.journal("bucket/out") >= 2)
    machines.workers[0].kill()
    until(lambda: machines.journal("bucket/out") >= 4)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not machines.store.exists("bucket/out/_zhengyu/finished.json")
    run = tag_dataset(
        Loading(), ["s3://bucket/in/*.parquet"], "s3://bucket/out/", slogans="s3://bucket/slogans/", evidence="s3://bucket/evidence/",
        compiled=False, executor=on_cluster(machines.address), split_bytes=SPLIT, join_bytes=1,
    )  # fmt: skip
    assert run.partitions > 2 * FILES
    assert run.read == FILES * ROWS
    assert 0 < run.resumed < run.read
    for name in ("out", "slogans", "evidence"):
        assert machines.table(f"bucket/{name}").equals(pq.read_table(local / f"{name}.parquet")), name
        assert machines.store.exists(f"bucket/{name}/_zhengyu/finished.json")
    again = tag_inputs(Loading().tagger(), ["s3://bucket/out/"], prefix="x_", compiled=False)  # a dataset is an input
    assert again.read == run.read


def test_two_runs_on_one_cluster_keep_their_models_apart(machines: Machines, root: Path, local: Path) -> None:
    golden = root / "tests/golden/model"

    def run(folder: Path | None, out: str) -> pa.Table:
        tag_dataset(
            Loading(folder), ["s3://bucket/in/0.parquet"], f"s3://bucket/{out}", compiled=False, split_bytes=SPLIT,
            executor=on_cluster(machines.address),
        )  # fmt: skip
        return machines.table(f"bucket/{out}")

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(run, (None, golden), ("one", "other"))
    assert one.equals(pq.read_table(local / "out.parquet", columns=one.column_names).slice(0, ROWS))
    version = json.loads((golden / "model.json").read_text("utf-8"))["version"]
    assert other["model"].unique().to_pylist() == [version]
    # Fetched by its digest, and whole, by the workers that had not got it.
    assert machines.store.exists(f"bucket/other/_zhengyu/models/{version}/model.json")
    with machines.store.open(f"bucket/other/_zhengyu/models/{version}/weights.npz", "wb") as out:
        out.write(b"altered")
    kept = Path(os.environ["XDG_CACHE_HOME"], "zhengyu/models")
    assert [one.name for one in kept.iterdir() if one.is_dir()]


def test_workers_of_other_versions_are_refused(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "__version__", "9.9")
    partitions.installed.cache_clear()
    with pytest.raises(ZhengyuError, match=r"worker .*: has zhengyu \d.* and not 9.9"):
        tag_dataset(
            Loading(),
            ["s3://bucket/in/0.parquet"],
            "s3://bucket/skewed/",
            compiled=False,
            executor=on_cluster(machines.address),
        )
    partitions.installed.cache_clear()


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "in.parquet")
    monkeypatch.setattr(zhengyu_dask, "_WAIT", 2)
    with pytest.raises(ZhengyuError, match="no Dask scheduler answers there"):
        tag_dataset(
            Loading(), [str(tmp_path / "in.parquet")], f"{tmp_path}/out/", executor=on_cluster("tcp://127.0.0.1:1")
        )

    class Gone:
        def result(self, timeout: float | None = None) -> None:
            raise distributed.client.FutureCancelledError("part", "scheduler-connection-lost")

    with pytest.raises(ZhengyuError, match=r"the cluster gave up: .*scheduler-connection-lost"):
        zhengyu_dask._answer(Gone())


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of Dask, not ours
def test_a_dask_data_frame_also_to_parquet(tagger: Tagger, tmp_path: Path) -> None:
    dataframe = pytest.importorskip("dask.dataframe")
    frame = table().to_pandas()
    made = zhengyu_dask.tag(dataframe.from_pandas(frame, npartitions=2), tagger=tagger)
    wanted = tagger.tag(frame["text"].tolist())["themes"].tolist()
    assert [list(row) for row in made.compute(scheduler="sync")["themes"]] == wanted
    made.to_parquet(tmp_path / "o", compute_kwargs={"scheduler": "sync"})
    assert [list(row) for row in pq.read_table(tmp_path / "o")["themes"].to_pylist()] == wanted
    with pytest.raises(ZhengyuError, match="no column '无'"):
        zhengyu_dask.tag(dataframe.from_pandas(frame, npartitions=1), text="无")
    with pytest.raises(ZhengyuError, match=r"column\(s\) themes, uncertain, model already"):
        zhengyu_dask.tag(made, tagger=tagger)
