"""Tagging on a Dask cluster: the same blocks, journal and rows as on one machine, and a Dask DataFrame's column."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger, TaggedBlock
from zhengyu.io.blocks import Block
from zhengyu.tagger import Tagger, default_tagger
from zhengyu_corpus.errors import ZhengyuError

#: Seconds to wait for a scheduler and its first worker.
_WAIT = 20


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ZhengyuError("tagging on a cluster needs Dask; pip install 'zhengyu[cluster]'") from error
    return distributed


def _plugin(work: BlockTagger, name: str) -> Any:
    """Return a worker plugin that holds the block tagger of a run, sent once to every worker, late ones too."""

    class Holder(_distributed().WorkerPlugin):  # type: ignore[misc]
        def __init__(self) -> None:
            self.work, self.name = work, name

    return Holder()


def _tag_here(name: str, block: Block) -> TaggedBlock:
    """Tag a block with the tagger of its run, which this worker holds."""
    worker: Any = _distributed().get_worker()
    done: TaggedBlock = worker.plugins[name].work(block)
    return done


class _Answer(Future[Any]):
    """Result of a block on a cluster; failures of the cluster become a `ZhengyuError`."""

    def __init__(self, asked: Any) -> None:
        super().__init__()
        self._asked = asked

    def result(self, timeout: float | None = None) -> Any:
        """Return the answer.

        Raises
        ------
        ZhengyuError
            The scheduler is gone, or the block's workers were lost again and again.
        """
        from distributed.scheduler import KilledWorker

        try:
            return self._asked.result(timeout)
        except (KilledWorker, CancelledError, OSError, TimeoutError) as error:
            raise ZhengyuError(f"the cluster gave up: {type(error).__name__}: {error}; look at its logs") from error


class ClusterExecutor(Executor):
    """Run blocks on a cluster; a block whose worker is lost is run again on another.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    work : BlockTagger
        Sent once a worker.
    close : bool
        Close the client at the end.
    """

    def __init__(self, client: Any, work: BlockTagger, *, close: bool) -> None:
        self._client, self._close = client, close
        #: Blocks that the cluster can work on at once, and some to go on with.
        self.width = sum(client.nthreads().values()) + 2
        # A name of its own: another run on the same cluster has another model, or other options.
        self._name = f"zhengyu-block-tagger-{uuid4().hex}"
        client.register_plugin(_plugin(work, self._name), name=self._name)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run one block; `fn` is the block tagger, which the workers hold already."""
        from dask import config  # pyright: ignore[reportPrivateImportUsage]

        # A block goes with the task, large as it is: what is sent ahead is lost with the worker that has it.
        with config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            return _Answer(self._client.submit(_tag_here, self._name, *args, pure=False, retries=3))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, and take the model of this run from its workers."""
        try:
            # A scheduler that is gone has no workers either.
            with suppress(OSError, TimeoutError, ValueError, CancelledError):
                self._client.unregister_worker_plugin(self._name)
        finally:
            if self._close:
                self._client.close()


def cluster_executor(cluster: Any) -> Callable[[BlockTagger], ClusterExecutor]:
    """Return what `tag_inputs` takes as `executor`.

    Parameters
    ----------
    cluster : str or distributed.Client
        Address of the scheduler, or a connected client.

    Raises
    ------
    ZhengyuError
        Dask is not installed, no scheduler answers, or no worker joins it.
    """
    distributed = _distributed()

    def make(work: BlockTagger) -> ClusterExecutor:
        if not isinstance(cluster, str):
            return ClusterExecutor(cluster, work, close=False)
        try:
            client = distributed.Client(cluster, timeout=_WAIT)
        except (OSError, ValueError) as error:
            raise ZhengyuError(f"{cluster}: no Dask scheduler answers there: {error}; check the address") from error
        try:
            client.wait_for_workers(1, timeout=_WAIT)
        except TimeoutError as error:
            client.close()
            message = f"{cluster}: no worker joined in {_WAIT} seconds; start one: dask worker {cluster}"
            raise ZhengyuError(message) from error
        return ClusterExecutor(client, work, close=True)

    return make


_LISTS = pd.ArrowDtype(pa.list_(pa.string()))
_TYPES = {"themes": _LISTS, "uncertain": _LISTS, "model": pd.ArrowDtype(pa.string())}


def _tag_partition(frame: pd.DataFrame, text: str, tagger: Tagger, probabilities: bool) -> pd.DataFrame:
    tagged = tagger.tag(frame[text].astype(object), probabilities=probabilities).drop(columns=["text"])
    # Types that an empty partition has as well, so that partitions agree in a file.
    typed = {name: pd.array(pa.array(tagged[name].tolist(), kind.pyarrow_dtype), kind) for name, kind in _TYPES.items()}
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
    doubled = [name for name in _TYPES if name in ddf.columns]
    if doubled:
        raise ZhengyuError(f"there are column(s) {', '.join(doubled)} already, which tagging adds; rename them")
    used = tagger or default_tagger()
    meta = _tag_partition(ddf._meta, text, used, probabilities)
    return ddf.map_partitions(_tag_partition, text, used, probabilities, meta=meta)
