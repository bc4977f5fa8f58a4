"""On a Dask cluster of real processes: the same rows as here, workers lost or not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhengyu import dask as zhengyu_dask
from zhengyu.batch.block_tagger import SideTable
from zhengyu.batch.progress import Step
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import evidence_side, slogan_side
from zhengyu.dask import cluster_executor
from zhengyu.io import tables
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

pytestmark = pytest.mark.cluster

distributed: Any = pytest.importorskip("distributed")
ROWS = 400
FIELD = "全县上下锚定“四个走在前”，新建高标准农田三万亩，粮食总产再创历史新高。"


def table() -> pa.Table:
    texts = [f"{FIELD}第{i}号" if i % 7 else None for i in range(ROWS)]
    return pa.table({"text": pa.array(texts, pa.string()), "year": [2019 + i % 7 for i in range(ROWS)]})


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_with_slogans_and_evidence_and_a_lost_worker_the_files_are_the_same(
    client: Any, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 50)
    (tmp_path / "own.csv").write_text("normal,variants,type,themes\n新建高标准农田,,canonical,rural\n", "utf-8")
    tagger = Tagger(model, lexicon=tmp_path / "own.csv")
    pq.write_table(table(), tmp_path / "in.parquet")

    def sides(folder: Path) -> list[SideTable]:
        return [slogan_side(tagger, folder / "s.parquet"), evidence_side(tagger, folder / "e.parquet")]

    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    path = str(tmp_path / "in.parquet")
    tag_inputs(tagger, [path], output=here / "o.parquet", sides=sides(here), compiled=True)
    killed: list[int] = []

    def progress(step: Step) -> None:
        if step.rows and not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.1)

    run = tag_inputs(
        tagger, [path], output=there / "o.parquet", sides=sides(there), compiled=True, progress=progress,
        executor=cluster_executor(client),
    )  # fmt: skip
    assert killed
    assert run.read == ROWS
    found = pd.read_parquet(there / "s.parquet")
    assert set(found["normal"]) >= {"新建高标准农田"}
    for name in ("o.parquet", "s.parquet", "e.parquet"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name


def test_as_many_blocks_are_under_way_as_the_cluster_has_threads(client: Any, tagger: Tagger) -> None:
    from zhengyu.batch.block_tagger import BlockTagger, Options

    client.wait_for_workers(2)
    with cluster_executor(client)(BlockTagger(tagger.model, Options(compiled=False))) as pool:
        assert pool.width == 4  # type: ignore[attr-defined]


def test_a_cluster_that_goes_away_ends_the_run_clearly(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(table(), tmp_path / "in.parquet")
    monkeypatch.setattr(zhengyu_dask, "_WAIT", 2)
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty:
        away = cluster_executor(empty.scheduler_address)
        with pytest.raises(ZhengyuError, match="no worker joined in 2 seconds"):
            tag_inputs(tagger, [str(tmp_path / "in.parquet")], output=tmp_path / "o.csv", executor=away)
    assert not (tmp_path / "o.csv").exists()

    class Gone:
        def result(self, timeout: float | None = None) -> None:
            raise distributed.client.FutureCancelledError("block", "scheduler-connection-lost")

    with pytest.raises(ZhengyuError, match=r"the cluster gave up: .*scheduler-connection-lost"):
        zhengyu_dask._Answer(Gone()).result()


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
