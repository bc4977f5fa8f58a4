"""A run to a dataset: a folder of parts, on this machine or in a store, that many processes may write at once.

Beside the parts ``_zhengyu/`` holds the manifest (what the run is, and its partitions), the journal (one file a part,
written after it by whoever wrote the part), rows that were set aside, and ``finished.json`` when the dataset is whole.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from zhengyu.batch.partitions import (
    JOIN_BYTES,
    SPLIT_BYTES,
    Loading,
    Partition,
    Work,
    journal_name,
    plan,
    tag_partition,
)
from zhengyu.batch.progress import Progress, Step
from zhengyu.batch.result import Run
from zhengyu.io.blocks import SetAside
from zhengyu.io.columns import TagColumns
from zhengyu.io.formats import format_of
from zhengyu.io.inputs import DATASET, FINISHED, MANIFEST, STDIN, Input, find_inputs, passed_over
from zhengyu.io.layout import TableOptions
from zhengyu.io.limits import listed
from zhengyu.io.sandbox.parent import READ_SECONDS, check_ocr, cores
from zhengyu.io.store import Store
from zhengyu.themes.compiling import PARTS as COMPILED_PARTS
from zhengyu.themes.compiling import compile_parts, mark, missing
from zhengyu.themes.evidence import LEAST_SHARE
from zhengyu.themes.scorer import choose_scoring
from zhengyu.version import __version__
from zhengyu_corpus.errors import ZhengyuError

#: Raise it when inputs are cut otherwise or parts hold something else: no run goes on with parts of another.
_FORMAT = 1
#: Seconds between the signs of life of a run, and how many must be missing before another takes its place.
BEAT, MISSED = 5.0, 4
_MANIFEST, _FINISHED, _RUNNING = f"{DATASET}/{MANIFEST}", f"{DATASET}/{FINISHED}", f"{DATASET}/running.json"

#: Yields the lines of the journal of partitions as they are done, in any order.
Perform = Callable[[Iterable[Partition]], Iterator[dict[str, Any]]]
#: Makes it for the time of a run.
Executor = Callable[[Work], AbstractContextManager[Perform]]


def tag_dataset(
    loading: Loading,
    inputs: Sequence[str],
    output: str,
    *,
    slogans: str | None = None,
    evidence: str | None = None,
    least_share: float = LEAST_SHARE,
    text_column: str | None = None,
    options: TableOptions | None = None,
    probabilities: bool = False,
    prefix: str = "",
    jobs: int | None = None,
    restart: bool = False,
    compiled: bool | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    read_seconds: float = READ_SECONDS,
    ocr: str | None = None,
    facts: bool = True,
    names: str = "id",
    wide: bool = False,
    roll_up: bool = False,
    split_bytes: int = SPLIT_BYTES,
    join_bytes: int = JOIN_BYTES,
) -> Run:
    """Tag documents and tables to a dataset of Parquet parts.

    The rows of a part are those that `zhengyu.batch.runner.tag_inputs` gives for its inputs, in their order.
    A part does not depend on where it is written, nor on how many others are at the same time.

    Parameters
    ----------
    loading : Loading
        What the tagger is loaded from.
    inputs : sequence of str
        Files, folders, globs, or URLs of these that fsspec knows.
    output : str
        The folder of the dataset, or its URL.
    slogans, evidence : str, optional
        Folders of the datasets of slogans and of evidence, with parts of the same numbers.
    least_share : float
        See `zhengyu.themes.evidence.evidence_rows`.
    text_column, options, probabilities, prefix, restart, compiled, progress, read_seconds, ocr, facts, names, wide
        As in `zhengyu.batch.runner.tag_inputs`.
    roll_up : bool, default=False
        As there.
    jobs : int, optional
        Partitions that are worked on at once; one a core when not given.
    executor : callable, optional
        Makes what works on partitions; threads of this process when not given. See `zhengyu.dask.on_cluster`.
    split_bytes, join_bytes : int
        Size of partitions; see `zhengyu.batch.partitions.plan`.

    Returns
    -------
    Run
        The counts.

    Raises
    ------
    ZhengyuError
        An input cannot be used, the store cannot be written, another run writes there, or what stands there is of
        another run. Finished parts are kept, and the same call goes on after them.
    """
    check_ocr("auto" if ocr is None else ocr)
    if STDIN in inputs:
        raise ZhengyuError("standard input cannot be cut into partitions; name files, or an output that is one file")
    stores = {"rows": Store(output)}
    stores |= {name: Store(url) for name, url in (("slogans", slogans), ("evidence", evidence)) if url is not None}
    urls = [store.url for store in stores.values()]
    if len(set(urls)) < len(urls):
        raise ZhengyuError(f"{output}: slogans and evidence need folders of their own; name others")
    sources = find_inputs(inputs, everything=True)
    try:
        sizes = [source.size() for source in sources]
        identities = [source.identity() for source in sources]
    except (OSError, ValueError) as error:
        raise ZhengyuError(f"an input cannot be read: {error}; look at its path and its permissions") from error
    _refuse_inside(sources, stores)
    partitions = plan(sources, sizes, identities, split_bytes, join_bytes)
    tagger = loading.tagger()
    TagColumns(tagger.model.themes, names=names, roll_up=roll_up)  # what they do not give is refused before a run
    digests = loading.digests()
    said = options or TableOptions()
    settings = {
        "format": _FORMAT, "zhengyu": __version__, "model": tagger.model.version, "digests": digests,
        "favour": loading.favour, "precision": loading.precision, "lexicon_only": loading.lexicon_only,
        "text_column": text_column, "options": said.as_json(), "probabilities": probabilities, "prefix": prefix,
        "ocr": ocr, "facts": facts, "names": names, "wide": wide, "roll_up": roll_up,
        "stores": {name: store.url for name, store in stores.items()},
        "least_share": least_share if evidence is not None else None,
    }  # fmt: skip
    run = Run(passed_over=passed_over(inputs), dataset=stores["rows"].url, partitions=len(partitions))
    dataset = _Dataset(stores, settings, partitions)
    try:
        dataset.refuse_foreign()
        with dataset.held() as check:
            before = dataset.begin(restart)
            packed = (one.compression or not format_of(one.ending).text for one in sources)
            weighed = sum(size * (4 if small else 1) for size, small in zip(sizes, packed, strict=True))
            if compiled is None and before is not None:  # goes on as it began
                compiled = before == "compiled"
            run.scoring = choose_scoring(weighed, compiled)
            dataset.write_manifest(run.scoring.partition(",")[0])
            work = Work(
                {name: store.url for name, store in stores.items()}, tagger.model.version, digests, loading,
                run.scoring == "compiled", least_share, probabilities, prefix, text_column, said, read_seconds, ocr,
                facts, alone=len(sources) == 1, names=names, wide=wide, roll_up=roll_up,
            )  # fmt: skip
            told = _Told(run, partitions, progress)
            for line in dataset.done():
                told.add(line)
            run.resumed = run.read
            left = dataset.left()
            if left:
                make = executor or (lambda work: _here(work, jobs or cores()))
                with make(work) as perform:
                    for line in perform(left):
                        check()
                        told.add(line)
            if run.set_aside_count:
                run.set_aside_file = stores["rows"].name(f"{DATASET}/set-aside/")
            dataset.finish(run.counts())
    except OSError as error:
        raise ZhengyuError(f"{output}: {error}; the same command goes on after the parts that stand there") from error
    return run


def _refuse_inside(sources: Sequence[Input], stores: dict[str, Store]) -> None:
    for source in sources:
        folder = source.name.rpartition("/")[0] if source.remote else str(Path(source.name).absolute().parent)
        for store in stores.values():
            if folder == store.url:
                raise ZhengyuError(
                    f"{source.name}: lies in {store.url}, where the run writes; choose another folder for the output"
                )


@contextmanager
def _here(work: Work, jobs: int) -> Generator[Perform]:
    """Work on partitions in threads of this process."""
    compile_first(work)

    def perform(partitions: Iterable[Partition]) -> Iterator[dict[str, Any]]:
        rest, running = iter(partitions), set[Future[dict[str, Any]]]()
        with ThreadPoolExecutor(jobs) as pool:
            try:
                while True:
                    running |= {pool.submit(tag_partition, work, one) for one in islice(rest, jobs - len(running))}
                    if not running:
                        return
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in done)
            finally:
                pool.shutdown(cancel_futures=True)

    yield perform


def compile_first(work: Work) -> None:
    """Compile the code that a run needs where it is not compiled yet on this machine."""
    if work.compiled:
        fresh = missing([part for part in COMPILED_PARTS if part == "themes" or part in work.stores])
        if len(fresh) > 1:
            compile_parts(fresh)
        for part in fresh:
            mark(part)


class _Told:
    """Counts partitions that are done, and tells of them."""

    def __init__(self, run: Run, partitions: Sequence[Partition], progress: Progress | None) -> None:
        self._run, self._partitions, self._progress = run, partitions, progress
        self._done, self._all = 0, sum(one.size for one in partitions)
        self._tell()

    def add(self, line: dict[str, Any]) -> None:
        """Count one."""
        run = self._run
        run.count(line["counts"], line["aside"])
        run.unread.update(line["unread"])
        for name, facts in line["told"].items():
            run.recall(name, facts)
        if not run.set_aside:
            run.set_aside = [SetAside(**row) for row in line["first"]]
        self._done += self._partitions[line["part"]].size
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            share = self._done / self._all if self._all else None
            self._progress(Step("tagging", self._run.read, self._run.set_aside_count, share))


class _Dataset:
    """The folders of a run: what it is, what is done, and who writes there."""

    def __init__(self, stores: dict[str, Store], settings: dict[str, Any], partitions: Sequence[Partition]) -> None:
        self._stores, self._rows = stores, stores["rows"]
        self._settings: dict[str, Any] = json.loads(json.dumps(settings))
        self._partitions = partitions
        self._done = bytearray(len(partitions))

    @contextmanager
    def held(self) -> Generator[Callable[[], None]]:
        """Keep other runs away from the dataset, and yield what looks whether one has come all the same.

        A store has no locks. A run writes a sign of life every `BEAT` seconds; another that finds one waits whether it
        changes, and takes the place of a run that is dead.
        """
        mine = {"run": secrets.token_hex(8), "process": os.getpid(), "machine": platform.node()}
        found = self._sign()
        if found and not _is_dead(found) and self._lives(found):
            raise ZhengyuError(
                f"{self._rows.url}: another run is writing it (process {found.get('process')} on "
                f"{found.get('machine')}); wait until it ends, end it, or name another output"
            )
        ended, lost = threading.Event(), threading.Event()

        def beat() -> None:
            number = 0
            while not ended.wait(BEAT):
                number += 1
                try:
                    if (now := self._sign()) is None or now["run"] != mine["run"]:
                        lost.set()
                        return
                    self._rows.write(_RUNNING, json.dumps({**mine, "beat": number}).encode())
                except (OSError, ZhengyuError):  # a store that fails for a time; the run ends if it stays so
                    continue

        def check() -> None:
            if lost.is_set():
                raise ZhengyuError(f"{self._rows.url}: another run has taken the place of this one, which ends")

        self._rows.write(_RUNNING, json.dumps({**mine, "beat": 0}).encode())
        thread = threading.Thread(target=beat, name="zhengyu-sign-of-life", daemon=True)
        thread.start()
        try:
            yield check
        finally:
            ended.set()
            thread.join()
            if not lost.is_set():
                self._rows.remove([_RUNNING])

    def _sign(self) -> dict[str, Any] | None:
        data = self._rows.read(_RUNNING)
        try:
            found = json.loads(data) if data else None
        except ValueError:
            return None
        return found if isinstance(found, dict) and "run" in found else None

    def _lives(self, found: dict[str, Any]) -> bool:
        for _ in range(MISSED):
            time.sleep(BEAT)
            if self._sign() != found:
                return True
        return False

    def refuse_foreign(self) -> None:
        """Refuse folders that hold anything but what an earlier run to the same dataset has left.

        Raises
        ------
        ZhengyuError
            One does.
        """
        for store in self._stores.values():
            data = store.read(_MANIFEST)
            files = [name for name in store.sizes() if name not in (_RUNNING, _MANIFEST)]
            beside = [name for name in files if "/" not in name and not name.startswith(".")]
            if data is None and beside:
                raise ZhengyuError(
                    f"{store.url}: expected an empty folder or a dataset of an earlier run, it holds "
                    f"{listed(sorted(beside), 5)}; choose another"
                )
            if data is not None and json.loads(data).get("dataset") != self._rows.url:
                raise ZhengyuError(f"{store.url}: holds a part of another run's dataset; choose another folder")

    def begin(self, restart: bool) -> str | None:
        """Take up an earlier run to the same folders, and return its scoring; None where there is none.

        Raises
        ------
        ZhengyuError
            It was another run.
        """
        if restart:
            for store in self._stores.values():
                ours = [name for name in store.sizes() if name.startswith((f"{DATASET}/", "part-"))]
                store.remove(name for name in ours if name != _RUNNING)
        data = self._rows.read(_MANIFEST)
        if data is None:
            return None
        earlier = json.loads(data)
        self._refuse_other(earlier)
        scoring: str = earlier["scoring"]
        return scoring

    def _refuse_other(self, earlier: dict[str, Any]) -> None:
        def refuse(told: str) -> None:
            raise ZhengyuError(
                f"{self._rows.url}: holds a dataset of a run that differs: {told}; run the same command again to go "
                "on, add --restart to start over, or choose another output"
            )

        then, now = earlier["settings"], self._settings
        differ = sorted(key for key in {**then, **now} if then.get(key) != now.get(key))
        if differ:
            refuse("; ".join(f"{key} was {then.get(key)!r}, is {now.get(key)!r}" for key in differ))
        parts = json.loads(json.dumps([one.as_json() for one in self._partitions]))
        for old, new in zip(earlier["partitions"], parts, strict=False):
            for one, other in zip(old["inputs"], new["inputs"], strict=False):
                if one != other:
                    refuse(f"an input was {one}, is {other}")
        if earlier["partitions"] != parts:
            refuse(f"its inputs made {len(earlier['partitions'])} partitions, now they make {len(parts)}")

    def write_manifest(self, scoring: str) -> None:
        """Say what the run is."""
        partitions = [one.as_json() for one in self._partitions]
        manifest = {"dataset": self._rows.url, "settings": self._settings, "scoring": scoring, "partitions": partitions}
        for store in self._stores.values():
            held = manifest if store is self._rows else {"dataset": self._rows.url}
            store.write(_MANIFEST, json.dumps(held, ensure_ascii=False).encode())

    def done(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of partitions whose parts stand whole."""
        sizes = {name: store.sizes() for name, store in self._stores.items()}
        names = {journal_name(one.number): one for one in self._partitions}
        for _, data in self._rows.read_many(name for name in names if name in sizes["rows"]):
            line: dict[str, Any] = json.loads(data)
            part = self._partitions[line["part"]]
            if all(sizes[table].get(f"{part.name}.parquet") == line["files"].get(table) for table in self._stores):
                self._done[part.number] = 1
                yield line

    def left(self) -> list[Partition]:
        """Return the partitions that are not done yet."""
        return [one for one in self._partitions if not self._done[one.number]]

    def finish(self, counts: dict[str, Any]) -> None:
        """Say that the dataset is whole."""
        for store in self._stores.values():
            store.write(_FINISHED, json.dumps(counts, ensure_ascii=False).encode())


def _is_dead(sign: dict[str, Any]) -> bool:
    """Tell whether a run was on this machine and its process is gone."""
    if sign.get("machine") != platform.node() or os.name == "nt":
        return False
    try:
        os.kill(int(sign["process"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError):
        return False
    return False
