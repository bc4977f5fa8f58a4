"""Tagging on a Dask cluster: partitions of a dataset, which workers read and write, and a Dask DataFrame's column."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import pandas as pd
import platformdirs
import pyarrow as pa

from zhengyu.batch.dataset import Executor, Perform, compile_first
from zhengyu.batch.partitions import Partition, Work, fetch, installed, publish, tag_partition
from zhengyu.io.columns import ADDED, TagColumns
from zhengyu.io.sandbox.parent import cores
from zhengyu.tagger import Tagger, default_tagger
from zhengyu_corpus.errors import ZhengyuError

#: Stands for a cluster on this machine, which ends with the run.
AUTO = "auto"
#: Seconds to wait for a scheduler and its first worker, and for a worker to come when all are gone.
_WAIT, _NONE_LEFT = 20, 120
#: Seconds between two looks whether there are workers.
_LOOK = 5.0
#: Partitions that wait at the scheduler for each thread of the cluster, so that none is idle.
_AHEAD = 2
#: How often a partition is tried again where a store fails; one whose worker is lost goes to another by itself.
_RETRIES = 2


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ZhengyuError("tagging on a cluster needs Dask; pip install 'zhengyu[cluster]'") from error
    return distributed


def _perform(work: Work, partition: Partition, wanted: dict[str, str]) -> dict[str, Any] | ZhengyuError:
    """Do one partition on a worker; what cannot be mended by trying again is given back as the answer."""
    try:
        if told := _skew(installed(), wanted):
            raise ZhengyuError(f"a worker that joined has {told}; install the same on all machines")
        cache = Path(platformdirs.user_cache_dir("zhengyu", appauthor=False)) / "models"
        return tag_partition(fetch(work, cache), partition)
    except ZhengyuError as error:
        return error


def _skew(found: dict[str, str], wanted: dict[str, str]) -> str:
    return ", ".join(
        f"{name} {found.get(name, 'not installed')} and not {wanted.get(name, 'none')}"
        for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)
    )  # fmt: skip


def _refuse_skew(client: Any, wanted: dict[str, str]) -> None:
    """Refuse workers that would read, score or write otherwise than the caller."""
    for worker, found in client.run(installed, on_error="return").items():
        if not isinstance(found, dict):
            raise ZhengyuError(f"worker {worker}: has no such zhengyu: {found}; install the caller's version there")
        if told := _skew(found, wanted):
            raise ZhengyuError(f"worker {worker}: has {told}; install the same on all machines")


@contextmanager
def _connected(cluster: Any, jobs: int | None) -> Generator[Any]:
    """Yield a client with at least one worker."""
    distributed = _distributed()
    if not isinstance(cluster, str):
        yield cluster
        return
    if cluster == AUTO:
        made = distributed.LocalCluster(
            n_workers=jobs or cores(), threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0,
            local_directory=tempfile.gettempdir(),
        )  # fmt: skip
        with made, distributed.Client(made) as client:
            yield client
        return
    try:
        client = distributed.Client(cluster, timeout=_WAIT)
    except (OSError, ValueError) as error:
        raise ZhengyuError(f"{cluster}: no Dask scheduler answers there: {error}; check the address") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_WAIT)
        except TimeoutError as error:
            message = f"{cluster}: no worker joined in {_WAIT} seconds; start one: dask worker {cluster}"
            raise ZhengyuError(message) from error
        yield client


def on_cluster(cluster: Any, jobs: int | None = None) -> Executor:
    """Return what `zhengyu.batch.dataset.tag_dataset` takes as `executor`.

    Workers read partitions from where they lie, and write their parts themselves; the caller sends them names and gets
    back counts. The model goes through the dataset's folder: put there once under its version, fetched by each machine
    that has not got it, known by its digest.

    Parameters
    ----------
    cluster : str or distributed.Client
        Address of the scheduler, ``auto`` for a cluster on this machine, or a connected client.
    jobs : int, optional
        Workers of ``auto``; one a core when not given.

    Raises
    ------
    ZhengyuError
        Dask is not installed, no scheduler answers, no worker joins it, or a worker has other versions.
    """
    _distributed()

    @contextmanager
    def make(work: Work) -> Generator[Perform]:
        if cluster == AUTO:
            compile_first(work)
        with _connected(cluster, jobs) as client:
            wanted = installed()
            _refuse_skew(client, wanted)
            shared = publish(work)
            yield lambda partitions: _performed(client, shared, partitions, wanted)

    return make


def _performed(
    client: Any, work: Work, partitions: Iterable[Partition], wanted: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield the answers as they come; so many partitions are at the scheduler as keep it busy."""
    # A name of its own: another run on the same cluster, or a killed one whose tasks are still there, has other tasks.
    run, rest = uuid4().hex, iter(partitions)
    done: SimpleQueue[Any] = SimpleQueue()
    running: dict[str, Any] = {}
    gone = 0.0
    try:
        while True:
            width = _AHEAD * sum(client.nthreads().values()) + 1
            for one in islice(rest, max(0, width - len(running))):
                key = f"zhengyu-{run}-{one.name}"
                future = client.submit(_perform, work, one, wanted, key=key, pure=False, retries=_RETRIES)
                running[key] = future
                future.add_done_callback(done.put)
            if not running:
                return
            try:
                future = done.get(timeout=_LOOK)
            except Empty:
                gone = 0.0 if client.nthreads() else gone + _LOOK
                if gone < _NONE_LEFT:
                    continue
                told = f"the cluster has had no worker for {_NONE_LEFT} seconds; start some, and run the command again"
                raise ZhengyuError(told) from None
            answer = _answer(running.pop(future.key))
            future = None  # the scheduler keeps an answer as long as somebody holds it
            yield answer
    except (OSError, ValueError) as error:  # of the connection
        raise ZhengyuError(f"the cluster is gone: {type(error).__name__}: {error}; look at its logs") from error
    finally:
        with suppress(OSError, TimeoutError, ValueError, CancelledError):  # a scheduler that is gone
            client.cancel(list(running.values()))


def _answer(future: Any) -> dict[str, Any]:
    """Return the answer for a partition.

    Raises
    ------
    ZhengyuError
        It cannot be done, the scheduler is gone, or its workers were lost again and again.
    """
    from distributed.scheduler import KilledWorker

    try:
        answer = future.result()
    except (KilledWorker, CancelledError, OSError, TimeoutError, pa.ArrowException) as error:
        raise ZhengyuError(f"the cluster gave up: {type(error).__name__}: {error}; look at its logs") from error
    if isinstance(answer, ZhengyuError):
        raise answer
    line: dict[str, Any] = answer
    return line


def _tag_partition(frame: pd.DataFrame, text: str, tagger: Tagger, probabilities: bool) -> pd.DataFrame:
    tagged = tagger.tag(frame[text].astype(object), probabilities=probabilities).drop(columns=["text"])
    # Types that an empty partition has as well, so that partitions agree in a file.
    kinds = TagColumns(tagger.model.themes).types()
    typed = {name: pd.array(pa.array(tagged[name].tolist(), kind), pd.ArrowDtype(kind)) for name, kind in kinds.items()}
    return pd.concat([frame, tagged.assign(**typed)], axis=1)


def tag(ddf: Any, text: str = "text", *, tagger: Tagger | None = None, probabilities: bool = False) -> Any:
    """Tag the column of a Dask DataFrame.

    Parameters
    ----------
    ddf : dask.dataframe.DataFrame
        One paragraph a row.
    text : str, default="text"
        The column that holds the paragraphs.
    tagger : Tagger, optional
        The shipped model's when not given.
    probabilities : bool, default=False
        As in `Tagger.tag`.

    Returns
    -------
    dask.dataframe.DataFrame
        Its columns, then ``themes``, ``uncertain``, ``model`` and the probabilities.

    Raises
    ------
    ZhengyuError
        There is no such column, or it has columns already that tagging adds.
    """
    if text not in ddf.columns:
        raise ZhengyuError(f"no column {text!r}; the columns are {', '.join(map(str, ddf.columns))}")
    doubled = [name for name in ADDED if name in ddf.columns]
    if doubled:
        raise ZhengyuError(f"there are column(s) {', '.join(doubled)} already, which tagging adds; rename them")
    used = tagger or default_tagger()
    meta = _tag_partition(ddf._meta, text, used, probabilities)
    return ddf.map_partitions(_tag_partition, text, used, probabilities, meta=meta)
