"""Tagging on a Dask cluster: the same blocks, journal and rows as on one machine, and a Dask DataFrame's column."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pandas as pd

from zhengyu.batch.blocks import Block
from zhengyu.batch.tagging import BlockTagger, TaggedBlock
from zhengyu.tagger import Tagger, load
from zhengyu_corpus.errors import ZhengyuError

_NAME = "zhengyu-block-tagger"


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ZhengyuError("tagging on a cluster needs Dask; pip install 'zhengyu[cluster]'") from error
    return distributed


def _plugin(work: BlockTagger) -> Any:
    """Return a worker plugin that holds the block tagger, sent once to every worker, late ones too."""

    class Holder(_distributed().WorkerPlugin):  # type: ignore[misc]
        name = _NAME

        def __init__(self) -> None:
            self.work = work

    return Holder()


def _tag_here(block: Block) -> TaggedBlock:
    """Tag a block with the tagger that this worker holds."""
    worker: Any = _distributed().get_worker()
    done: TaggedBlock = worker.plugins[_NAME].work(block)
    return done


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
        client.register_plugin(_plugin(work), name=_NAME)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run one block; `fn` is the block tagger, which the workers hold already."""
        found: Future[Any] = self._client.submit(_tag_here, *args, pure=False, retries=3)
        return found

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster."""
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
        Dask is not installed, or no scheduler answers.
    """
    distributed = _distributed()

    def make(work: BlockTagger) -> ClusterExecutor:
        if not isinstance(cluster, str):
            return ClusterExecutor(cluster, work, close=False)
        try:
            return ClusterExecutor(distributed.Client(cluster, timeout=20), work, close=True)
        except (OSError, ValueError) as error:
            raise ZhengyuError(f"{cluster}: no Dask scheduler answers there: {error}; check the address") from error

    return make


def _tag_partition(frame: pd.DataFrame, text: str, tagger: Tagger, probabilities: bool) -> pd.DataFrame:
    tagged = tagger.tag(frame[text].astype(object), probabilities=probabilities).drop(columns=["text"])
    return pd.concat([frame, tagged], axis=1)


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
        There is no such column.
    """
    if text not in ddf.columns:
        raise ZhengyuError(f"no column {text!r}; the columns are {', '.join(map(str, ddf.columns))}")
    used = tagger or load()
    meta = _tag_partition(ddf._meta, text, used, probabilities)
    return ddf.map_partitions(_tag_partition, text, used, probabilities, meta=meta)
