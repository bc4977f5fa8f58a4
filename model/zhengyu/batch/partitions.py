"""The inputs of a run cut into partitions, and the work on one: read it, tag it, write its part of a dataset."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from platform import python_version_tuple
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger, Options, SideTable
from zhengyu.batch.concurrent_writer import ConcurrentWriter
from zhengyu.batch.result import ASIDE, Run, aside_parts
from zhengyu.batch.side_tables import evidence_side, slogan_side
from zhengyu.batch.stream import Stream
from zhengyu.io.blocks import SetAside
from zhengyu.io.formats import MIB, format_of
from zhengyu.io.inputs import DATASET, Input
from zhengyu.io.layout import TableOptions
from zhengyu.io.sandbox.parent import READ_SECONDS, Readers
from zhengyu.io.store import Store
from zhengyu.io.writers import write_rows
from zhengyu.persistence.folder import default_folder
from zhengyu.persistence.parts import MANIFEST, digest
from zhengyu.tagger import Tagger, load
from zhengyu.version import __version__
from zhengyu_corpus.errors import ZhengyuError

#: Bytes of Parquet, as they lie, that are one partition; it is cut between row groups.
SPLIT_BYTES = 64 * MIB
#: Bytes, and files, after which small files that are one partition together are enough.
JOIN_BYTES, JOIN_FILES = 8 * MIB, 256
#: How often a file that cannot be read on is read from the start before it is believed to be damaged: a store may fail.
_TRIES = 3
#: Packages whose version decides what is read, scored and written, byte by byte.
_PACKAGES = ("numba", "numpy", "pyarrow")
#: Where the model and the lexicon of a run lie in its dataset.
MODELS, LEXICON = f"{DATASET}/models", f"{DATASET}/lexicon.csv"


@dataclass(frozen=True, slots=True)
class Partition:
    """Inputs that become one part of a dataset.

    Attributes
    ----------
    number : int
        From 0.
    sources : tuple of Input
        The files, or one split of a file.
    identities : tuple of dict
        What tells each from a changed one; see `zhengyu.io.inputs.Input.identity`.
    size : int
        Their bytes as they lie.
    """

    number: int
    sources: tuple[Input, ...]
    identities: tuple[dict[str, Any], ...]
    size: int

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return f"part-{self.number:05d}"

    def as_json(self) -> dict[str, Any]:
        """Return what the manifest holds of it."""
        inputs = [
            {"name": source.name, **identity, **({"split": list(source.split)} if source.split else {})}
            for source, identity in zip(self.sources, self.identities, strict=True)
        ]
        return {"part": self.number, "inputs": inputs}


def plan(
    sources: Sequence[Input], sizes: Sequence[int], identities: Sequence[dict[str, Any]],
    split_bytes: int = SPLIT_BYTES, join_bytes: int = JOIN_BYTES,
) -> list[Partition]:  # fmt: skip
    """Cut inputs into partitions; what comes out depends on names and sizes alone, and no file is opened.

    A Parquet file of more than `split_bytes` is cut by its bytes: who works on a split reads the row groups that begin
    in it, as Hadoop's input splits are read. Other files stay whole; small ones that follow each other go together.
    """
    found: list[Partition] = []
    held: list[int] = []

    def close() -> None:
        if held:
            parts = tuple(sources[i] for i in held), tuple(identities[i] for i in held)
            found.append(Partition(len(found), *parts, sum(sizes[i] for i in held)))
            held.clear()

    for i, (source, size) in enumerate(zip(sources, sizes, strict=True)):
        if held and (sum(sizes[j] for j in held) + size > join_bytes or len(held) >= JOIN_FILES):
            close()
        cuts = -(-size // split_bytes) if format_of(source.ending).reader == "parquet" and not source.reason else 1
        if cuts > 1:
            close()
            ends = [size * cut // cuts for cut in range(cuts + 1)]
            for start, end in pairwise(ends):
                found.append(
                    Partition(len(found), (replace(source, split=(start, end)),), (identities[i],), end - start)
                )
        else:
            held.append(i)
    close()
    return found


@dataclass(frozen=True, slots=True)
class Loading:
    """What a tagger is loaded from; the arguments of `zhengyu.tagger.load`.

    Attributes
    ----------
    folder : Path, optional
    favour : str, optional
    precision : float, optional
    lexicon : Path, optional
    lexicon_only : bool
    """

    folder: Path | None = None
    favour: str | None = None
    precision: float | None = None
    lexicon: Path | None = None
    lexicon_only: bool = False

    def tagger(self) -> Tagger:
        """Load it."""
        return load(
            self.folder, favour=self.favour, precision=self.precision, lexicon=self.lexicon,
            lexicon_only=self.lexicon_only,
        )  # fmt: skip

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the model's manifest, which holds those of its parts, and of the lexicon."""
        found = {"model": digest(((self.folder or default_folder()) / MANIFEST).read_bytes())}
        if self.lexicon is not None:
            found["lexicon"] = digest(self.lexicon.read_bytes())
        return found


@dataclass(frozen=True, slots=True)
class Work:
    """How the partitions of one run are tagged, and where their parts go: all that a worker must know.

    Attributes
    ----------
    stores : mapping of str to str
        ``rows`` and the side tables to the folder of each.
    version : str
        The model's.
    digests : mapping of str to str
        See `Loading.digests`.
    loading : Loading
        What the tagger is loaded from, where its files lie on this machine.
    compiled : bool
        Whether scoring is compiled.
    least_share : float
        See `zhengyu.themes.evidence.evidence_rows`.
    probabilities, prefix, text_column, options, read_seconds, ocr, facts, names, wide, roll_up
        As in `zhengyu.batch.runner.tag_inputs`.
    alone : bool
        Whether the run has one input alone, which ends it if it cannot be read.
    """

    stores: Mapping[str, str]
    version: str
    digests: Mapping[str, str]
    loading: Loading
    compiled: bool
    least_share: float
    probabilities: bool = False
    prefix: str = ""
    text_column: str | None = None
    options: TableOptions = field(default_factory=TableOptions)
    read_seconds: float = READ_SECONDS
    ocr: str | None = None
    facts: bool = True
    alone: bool = False
    names: str = "id"
    wide: bool = False
    roll_up: bool = False

    def sides(self, tagger: Tagger) -> tuple[SideTable, ...]:
        """Return the side tables; where they go is in `stores`."""
        found: list[SideTable] = []
        if "slogans" in self.stores:
            found.append(slogan_side(tagger, Path("slogans.parquet")))
        if "evidence" in self.stores:
            found.append(evidence_side(tagger, Path("evidence.parquet"), self.least_share))
        return tuple(found)

    def block_tagger(self) -> BlockTagger:
        """Return what tags its blocks; made once a process, and kept for the runs used last."""
        key = json.dumps([dict(self.digests), asdict(self.loading), sorted(self.stores), self.compiled,
                          self.least_share, self.probabilities, self.prefix, self.names,
                          self.wide, self.roll_up], default=str)  # fmt: skip
        with _MAKING:
            if key not in _MADE:
                tagger = self.loading.tagger()
                how = Options(
                    self.compiled, self.probabilities, self.prefix, self.sides(tagger), names=self.names,
                    wide=self.wide, roll_up=self.roll_up,
                )  # fmt: skip
                while len(_MADE) >= _KEPT:
                    del _MADE[next(iter(_MADE))]
                _MADE[key] = BlockTagger(tagger.model, how)
            return _MADE[key]


#: Block taggers of the runs that this process works for, and how many are kept.
_MADE: dict[str, BlockTagger] = {}
_MAKING = Lock()
_KEPT = 2


def publish(work: Work) -> Work:
    """Put the model and the lexicon of a run into its dataset, and return the work as others may do it.

    They are files, as a model folder holds them; a model that stands there whole is not put there again.
    """
    store, loading = Store(work.stores["rows"]), work.loading
    folder = loading.folder or default_folder()
    place = f"{MODELS}/{work.version}"
    have = store.read(f"{place}/{MANIFEST}")
    if have is None or digest(have) != work.digests["model"]:
        names = sorted(one.name for one in folder.iterdir() if one.is_file() and one.name != MANIFEST)
        for name in (*names, MANIFEST):  # the manifest last: a model that has one is whole
            store.put(folder / name, f"{place}/{name}")
    if loading.lexicon is not None:
        store.put(loading.lexicon, LEXICON)
    return replace(work, loading=replace(loading, folder=None, lexicon=None))


def fetch(work: Work, cache: Path) -> Work:
    """Return the work with the files of its tagger on this machine: those of their digest, fetched once.

    Parameters
    ----------
    work : Work
        As `publish` gives it.
    cache : Path
        Folder that keeps what was fetched, by its digest.

    Raises
    ------
    ZhengyuError
        What lies in the dataset is not what the run was started with.
    """
    from filelock import FileLock

    store, wanted = Store(work.stores["rows"]), work.digests["model"]
    folder, lexicon = default_folder(), None
    if digest((folder / MANIFEST).read_bytes()) != wanted:
        folder = cache / wanted
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{wanted}.lock"):
            if not (folder / MANIFEST).is_file():
                place = f"{MODELS}/{work.version}"
                manifest = _fetched(store, f"{place}/{MANIFEST}", wanted)
                folder.mkdir(exist_ok=True)
                for name, facts in json.loads(manifest)["parts"].items():
                    (folder / Path(name).name).write_bytes(_fetched(store, f"{place}/{name}", facts["sha256"]))
                (folder / MANIFEST).write_bytes(manifest)
    if "lexicon" in work.digests:
        lexicon = cache / f"{work.digests['lexicon']}.csv"
        with FileLock(cache / f"{work.digests['lexicon']}.lock"):
            if not lexicon.is_file():
                cache.mkdir(parents=True, exist_ok=True)
                lexicon.write_bytes(_fetched(store, LEXICON, work.digests["lexicon"]))
    return replace(work, loading=replace(work.loading, folder=folder, lexicon=lexicon))


def _fetched(store: Store, name: str, wanted: str) -> bytes:
    data = store.read(name)
    if data is None or digest(data) != wanted:
        found = "nothing" if data is None else "another file"
        raise ZhengyuError(f"{store.name(name)}: expected the file that the run was started with, found {found}; run "
                           "it again with --restart")  # fmt: skip
    return data


@lru_cache(maxsize=1)
def installed() -> dict[str, str]:
    """Return what must be the same wherever partitions of one run are worked on: versions, and a hash of the code."""
    import zhengyu_corpus

    code = sha256()
    for root in (Path(__file__).parents[1], Path(str(zhengyu_corpus.__file__)).parent):
        for path in sorted(root.rglob("*.py")):
            code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    found = {"python": ".".join(python_version_tuple()[:2]), "zhengyu": __version__, "code": code.hexdigest()[:12]}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def tag_partition(work: Work, partition: Partition) -> dict[str, Any]:
    """Tag one partition, write its parts and then its line in the journal, and return that line.

    What is written depends on the partition and the run alone: done twice, or by two at once, it is the same.

    Raises
    ------
    ZhengyuError
        An input cannot be used, or is another than when the run began.
    OSError
        A store failed; it may be asked again.
    """
    _refuse_changed(partition)
    for left in reversed(range(_TRIES)):
        with TemporaryDirectory(prefix="zhengyu-") as folder:
            part = _Part(work, partition, Path(folder))
            part.tag()
            if left and any(source.remote and source.name in part.run.unread for source in partition.sources):
                time.sleep(1)
                continue
            _refuse_changed(partition)
            return part.write()
    raise AssertionError  # the last try returns


def _refuse_changed(partition: Partition) -> None:
    for source, then in zip(partition.sources, partition.identities, strict=True):
        try:
            now = source.identity()
        except FileNotFoundError as error:
            raise ZhengyuError(
                f"{source.name}: is not there; on a cluster name a URL, or a path that every machine has"
            ) from error
        differ = "; ".join(f"its {key} was {then[key]}, is {now.get(key)}" for key in then if now.get(key) != then[key])
        if differ:
            raise ZhengyuError(
                f"{source.name}: changed since the run began: {differ}; put the old file back to go on, or start over "
                "with --restart"
            )


class _Part:
    """One partition on its way, in a folder of its own on this machine."""

    def __init__(self, work: Work, partition: Partition, folder: Path) -> None:
        self.work, self.partition, self.folder = work, partition, folder
        self.run, self.counts = Run(), {"tagged": 0, "furniture": 0, "empty": 0}
        self.aside: list[SetAside] = []
        self._spilled = dict.fromkeys(work.stores, 0)

    def tag(self) -> None:
        """Write the tables of the partition here."""
        work, sources = self.work, self.partition.sources
        tagger = work.block_tagger()
        sizes = [max(1, self.partition.size // len(sources))] * len(sources)
        readers = Readers(work.read_seconds, ocr="auto" if work.ocr is None else work.ocr)
        stream = Stream(
            sources, sizes, self.run, tagger, work.text_column, work.options, readers, output=self._file("rows"),
            facts=work.facts, read_by=work.facts or work.ocr is not None, alone=work.alone,
        )  # fmt: skip
        schemas = {side.name: side.schema for side in tagger.options.sides}
        written = {
            name: ConcurrentWriter(
                self._file(name), self.folder / f"{name}.unfinished", partial(self._tables, name),
                schemas.get(name), list(tagger.added()), lambda _parts, _rows: None,
            )
            for name in work.stores
        }  # fmt: skip
        try:
            for piece in stream.blocks():
                done = tagger(piece.block)
                for name, one in written.items():
                    self._spill(name, done.tables[name])
                    one.add(done.tables[name])
                for key, count in done.counts.items():
                    self.counts[key] = self.counts.get(key, 0) + count
                self.aside += done.aside
            for one in written.values():
                one.finish()
        finally:
            for one in written.values():
                one.discard()

    def write(self) -> dict[str, Any]:
        """Put the files where they belong, and the line of the journal after them."""
        work, name = self.work, self.partition.name
        files = {
            table: Store(url).put(self._file(table), f"{name}.parquet") for table, url in sorted(work.stores.items())
        }
        store = Store(work.stores["rows"])
        if self.aside:
            here = self.folder / "set-aside.csv"
            write_rows(here, ASIDE, aside_parts(iter(self.aside)))
            files["set-aside"] = store.put(here, f"{DATASET}/set-aside/{name}.csv")
        told = {source.name: self.run.told(source.name) for source in self.partition.sources}
        line = {
            "part": self.partition.number, "counts": self.counts, "aside": len(self.aside), "files": files,
            "told": {name: facts for name, facts in told.items() if any(facts.values())},
            "unread": self.run.unread, "first": [asdict(row) for row in self.aside[:1]],
        }  # fmt: skip
        store.write(journal_name(self.partition.number), json.dumps(line, ensure_ascii=False).encode())
        return line

    def _file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _spill(self, name: str, table: pa.Table) -> None:
        """Keep a block: where later ones have other columns the file is written when all are known."""
        with pa.OSFile(str(self.folder / f"{name}.{self._spilled[name]}"), "wb") as out, \
                pa.ipc.new_file(out, table.schema) as writer:  # fmt: skip
            writer.write_table(table)
        self._spilled[name] += 1

    def _tables(self, name: str) -> Iterator[pa.Table]:
        for number in range(self._spilled[name]):
            with pa.OSFile(str(self.folder / f"{name}.{number}")) as source:
                yield pa.ipc.open_file(source).read_all()


def journal_name(number: int) -> str:
    """Return where the line of a partition lies in the dataset."""
    return f"{DATASET}/journal/part-{number:05d}.json"
