"""The blocks of all inputs in their order, each with its place, so that a run can go on after any of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass, field
from functools import partial
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger
from zhengyu.batch.document_rows import document_block
from zhengyu.batch.result import Run
from zhengyu.io.arrow import strings
from zhengyu.io.blocks import SIDE_ROWS, Block, SetAside, pieces
from zhengyu.io.content import decide
from zhengyu.io.documents.paragraphs import SplitDocument
from zhengyu.io.formats import MIB, format_of, remedy
from zhengyu.io.inputs import DOCUMENT_BYTES, STDIN, Input, read_whole
from zhengyu.io.layout import TableOptions
from zhengyu.io.sandbox.parent import TOGETHER, File, Readers
from zhengyu.io.writers import refuse_unheld
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.near_duplicates import ONE_DOCUMENT, NearDuplicates, read_signature

if TYPE_CHECKING:
    from zhengyu.io.archives import Member

#: Rows, documents and characters after which documents that are tagged together are enough; the inputs alone decide.
PACK_ROWS, PACK_DOCUMENTS, PACK_CHARS = 1_024, 64, 16 * MIB
#: Documents that are read ahead for each reader, and bytes of them together.
_AHEAD, _AHEAD_BYTES = 32, 64 * MIB
#: Bytes of documents that a reader gets at once, so that it waits for none while its answers wait to be taken.
_TOGETHER_BYTES = MIB // 4

#: What reading a damaged file raises, compressed ones among them.
_DAMAGE = (OSError, EOFError, pa.ArrowException)

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Met:
    """What is kept of a document, or of another file that is not read.

    Attributes
    ----------
    file : str
        Its name.
    unread : str or None
        Why it was not read.
    signature : str
        See `zhengyu.io.documents.paragraphs.SplitDocument`; ``""`` for one that is like an earlier one.
    duplicate_of : str or None
        The earlier document that it is nearly the text of.
    alike : float or None
        How much, between 0 and 1.
    """

    file: str
    unread: str | None = None
    signature: str = ""
    duplicate_of: str | None = None
    alike: float | None = None


def met_table(documents: Iterable[Met]) -> pa.Table:
    """Return documents as a table for the journal; see `Stream.recall`."""
    return pa.table([strings([json.dumps(astuple(one), ensure_ascii=False) for one in documents])], names=["met"])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Rows that are tagged together, and their place.

    Attributes
    ----------
    block : Block
        The rows: a block of a table, or those of one or more documents.
    source : int
        Number of the input that they end in.
    number : int
        Number of the last block of that input that is in them.
    share : float or None
        The share of all inputs that is read with them, None where that cannot be known.
    documents : tuple of Met
        The documents in them.
    """

    block: Block
    source: int
    number: int
    share: float | None
    documents: tuple[Met, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One block of a table; or one document with what could not be read of it, or why it was not read at all."""

    block: Block | None = None
    name: str = ""
    made: SplitDocument | None = None
    aside: tuple[SetAside, ...] = ()
    unread: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What was found, and its place; the parts of a `Piece`."""

    found: _Found
    source: int
    number: int
    share: float | None
    documents: tuple[Met, ...] = ()

    @property
    def packs(self) -> bool:
        """Whether it may be tagged together with others.

        It is a document, and OCR took no part in it: what took minutes to read is kept by itself.
        """
        made = self.found.made
        return self.found.block is None and (made is None or not made.document.recognised)


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of reading one file as a document."""

    name: str
    made: SplitDocument | None = None
    notes: tuple[str, ...] = ()
    error: ZhengyuError | None = None


@dataclass(frozen=True, slots=True)
class _Unsplit:
    """A file that is to be read as a document, and what was noted of it."""

    file: File
    notes: tuple[str, ...]


#: Gets hold of a file: None where its content says that it is a table or an archive.
_Ask = Callable[[], _Read | _Unsplit | None]


@dataclass(slots=True)
class _Group:
    """Files that one reader gets at once; `answers` from when they are handed in."""

    asks: list[_Ask] = field(default_factory=list)
    size: int = 0
    answers: Future[list[_Read | None]] | None = None


@dataclass(slots=True)
class Stream:
    """The blocks of all inputs. Documents are read side by side, a few ahead, and come in their order.

    Attributes
    ----------
    sources : sequence of Input
        What to read.
    sizes : sequence of int
        Bytes of each as it lies.
    run : Run
        Learns the encodings.
    work : BlockTagger
        Says which columns would be doubled, and whether blocks are cut for side tables.
    text_column : str or None
        As the user named it.
    options : TableOptions
        What the user says of encoding and layout.
    readers : Readers
        Read documents and workbooks.
    jobs : int, default=1
        How many documents are read at once.
    output : Path or None
        Where the table goes; rows that its format cannot hold are refused before they are tagged.
    facts : bool, default=False
        Whether documents get the columns of their facts.
    read_by : bool, default=False
        Whether rows of every document tell how they were read; else of those alone that OCR took part in.
    drop_duplicates : bool, default=False
        Leave out documents that are nearly the text of an earlier one.
    told : callable, optional
        Called after each document with the number of inputs read and their share.
    alone : bool, optional
        Whether an input that cannot be read ends the run; where there is one alone when not given.
    """

    sources: Sequence[Input]
    sizes: Sequence[int]
    run: Run
    work: BlockTagger
    text_column: str | None
    options: TableOptions
    readers: Readers
    jobs: int = 1
    output: Path | None = None
    facts: bool = False
    read_by: bool = False
    drop_duplicates: bool = False
    told: Callable[[int, float | None], None] | None = None
    alone: bool | None = None
    _pool: ThreadPoolExecutor = field(init=False)
    _like: NearDuplicates = field(init=False)
    _names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.alone = len(self.sources) == 1 if self.alone is None else self.alone
        self._pool = ThreadPoolExecutor(self.jobs)
        self._like, self._names = NearDuplicates(ONE_DOCUMENT), []

    def begin(self) -> None:
        """Start the readers of many documents, which load what reads them while the run looks at its inputs."""
        if sum(map(_may_be_document, self.sources)) >= TOGETHER:
            for _ in range(self.jobs):
                self._pool.submit(lambda: self.readers.own().start(facts=self.facts))

    def recall(self, documents: pa.Table) -> None:
        """Know documents that an earlier run has read."""
        for told in documents["met"].to_pylist():
            self._meet(Met(*json.loads(told)))

    def _meet(self, one: Met) -> None:
        """Tell of a document, and know it when one like it comes."""
        if one.unread is not None:
            self.run.unread[one.file] = one.unread
        if one.duplicate_of is not None and one.alike is not None:
            self.run.duplicates[one.file] = one.duplicate_of, one.alike
        if one.signature:
            self._like.add(read_signature(one.signature))
            self._names.append(one.file)

    def blocks(self, first_source: int = 0, first_block: int = 0) -> Iterator[Piece]:
        """Yield every block from the given one on, small documents together.

        Raises
        ------
        ZhengyuError
            An input cannot be used.
        """
        held: list[_Part] = []
        rows = chars = 0
        try:
            for part in self._parts(first_source, first_block):
                if held and not part.packs:
                    yield self._packed(held)
                    held, rows, chars = [], 0, 0
                held.append(part)
                if (made := part.found.made) is not None:
                    rows, chars = rows + len(made.paragraphs), chars + len(made.document.text)
                full = rows >= PACK_ROWS or chars >= PACK_CHARS or len(held) >= PACK_DOCUMENTS
                if full or not part.packs:
                    yield self._packed(held)
                    held, rows, chars = [], 0, 0
        except ZhengyuError:
            # What was read before the damage is tagged before the run ends.
            if held:
                yield self._packed(held)
            raise
        if held:
            yield self._packed(held)

    def _parts(self, first_source: int, first_block: int) -> Iterator[_Part]:
        """Yield the blocks and documents one by one."""
        sizes = self._weights()
        read = list(accumulate(sizes or [], initial=0))
        waiting = self._in_order(self._documents(first_source))
        with closing(self), closing(waiting):
            for s, done in waiting:
                source = self.sources[s]
                for b, (part, found) in enumerate(self._blocks(source, self.sizes[s], done)):
                    if s > first_source or b >= first_block:
                        share = (read[s] + sizes[s] * part) / read[-1] if sizes else None
                        yield self._part(found, s, b, share)
                if self.told is not None and (done is not None or source.reason):
                    self.told(s + 1, read[s + 1] / read[-1] if sizes else None)

    def close(self) -> None:
        """End the reading."""
        self.readers.close()  # what is being read ends with them
        self._pool.shutdown(cancel_futures=True)
        self.readers.close()

    def _documents(self, first: int) -> Iterator[tuple[int, int, _Ask | None]]:
        """Yield the number and size of every input, and what gets hold of it if it may be a document."""
        for s in range(first, len(self.sources)):
            source = self.sources[s]
            yield s, self.sizes[s], partial(self._taken, source) if _may_be_document(source) else None

    def _in_order(self, asked: Iterable[tuple[Key, int, _Ask | None]]) -> Generator[tuple[Key, _Read | None]]:
        """Read what is asked side by side, a few ahead, and yield it in its order with its key; sizes are in bytes."""
        waiting: deque[tuple[Key, int, _Group | None, int]] = deque()
        held, group = 0, _Group()

        def first() -> tuple[Key, _Read | None]:
            key, size, its, place = waiting.popleft()
            nonlocal held
            held -= size
            return key, None if its is None else self._handed_in(its).result()[place]

        for key, size, ask in asked:
            while waiting and (len(waiting) >= _AHEAD * self.jobs or held + size > _AHEAD_BYTES):
                yield first()
            if ask is None:
                waiting.append((key, size, None, 0))
            else:
                if group.answers is not None or len(group.asks) >= TOGETHER or group.size + size > _TOGETHER_BYTES:
                    self._handed_in(group)
                    group = _Group()
                waiting.append((key, size, group, len(group.asks)))
                group.asks.append(ask)
                group.size += size
            held += size
        while waiting:
            yield first()

    def _handed_in(self, group: _Group) -> Future[list[_Read | None]]:
        if group.answers is None:
            group.answers = self._pool.submit(self._read_all, group.asks)
        return group.answers

    def _blocks(self, source: Input, size: int, read: _Read | None) -> Iterator[tuple[float, _Found]]:
        """Yield the blocks of an input, each with the share of it that is read; a document was read already."""
        if source.reason:
            yield 1.0, _set_aside(source.name, ZhengyuError(source.reason))
        elif read is not None:
            yield 1.0, self._document(read, alone=bool(self.alone))
        else:
            try:
                raw = source.raw()
                with source.unpacked(raw) as stream:
                    yield from self._opened(source, stream, raw, size)
            except _DAMAGE as error:
                raise _damaged(source.name, error) from error

    def _weights(self) -> Sequence[int] | None:
        """Return what each input counts for in the share that is read: its bytes, or 1 where they tell nothing."""
        for one, size in zip(self.sources, self.sizes, strict=True):
            # A workbook or an archive is read before its rows are.
            known = format_of(one.ending)
            if known.reader == "workbook" or known.kind == "archive" or one.name == STDIN or (one.remote and not size):
                return [1] * len(self.sources) if len(self.sources) > 1 else None
        return self.sizes if sum(self.sizes) else None

    @property
    def start(self) -> float | None:
        """The share that is read before the first block: 0, or None where shares cannot be known."""
        return None if self._weights() is None else 0.0

    def _opened(self, source: Input, stream: BinaryIO, raw: BinaryIO, size: int) -> Iterator[tuple[float, _Found]]:
        """Yield the blocks of a table, an archive, or a document on standard input."""
        try:
            source, stream, note = _decided(source, stream)
        except ZhengyuError as error:
            if self.alone:
                raise
            yield 1.0, _set_aside(source.name, error)
            return
        if note:
            self.run.note(source.name, note)
        kind = format_of(source.ending).kind
        if kind == "archive":
            for found in self._archive(source, stream):
                yield 1.0, found
        elif kind == "document":
            (read,) = self._read_all([partial(self._whole, source, stream)])
            if read is not None:
                yield 1.0, self._document(read, alone=bool(self.alone))
        else:
            yield from self._table(source, stream, raw, size)

    def _archive(self, source: Input, stream: BinaryIO) -> Iterator[_Found]:
        """Yield the blocks of every file in an archive; one that cannot be read is set aside."""

        def asked() -> Iterator[tuple[Member | ZhengyuError, int, _Ask | None]]:
            member = None
            try:
                data = read_whole(source, stream)
                for member in self.readers.unpacker.members(data, source.name, source.ending):
                    one = Input(member.name, member.ending)
                    may = format_of(member.ending).kind == "document" and member.ending
                    yield member, len(member.data), partial(self._whole, one, BytesIO(member.data)) if may else None
                if member is None:
                    raise ZhengyuError(f"{source.name}: holds no file")
            except ZhengyuError as error:  # after the files before it
                yield error, 0, None

        with closing(self._in_order(asked())) as inside:
            for member, read in inside:
                if isinstance(member, ZhengyuError):
                    if self.alone:
                        raise member
                    yield _set_aside(source.name, member)
                elif not member.ending:
                    yield _set_aside(member.name, ZhengyuError(member.note))
                else:
                    if member.note:
                        self.run.note(source.name, f"{member.name}: {member.note}")
                    if read is not None:
                        yield self._document(read, alone=False)
                    else:
                        table, data = Input(member.name, member.ending, found=True), BytesIO(member.data)
                        yield from (found for _, found in self._table(table, data, data, len(member.data)))

    def _table(self, source: Input, stream: BinaryIO, raw: BinaryIO, size: int) -> Iterator[tuple[float, _Found]]:
        """Yield the blocks of a table, cut where side tables are made.

        One that a folder or an archive gave, and that cannot be read to its end, is set aside from there on.
        """
        done, rows = 0.0, 0
        for total, block in self._survived(source, stream):
            if isinstance(block, _Found):
                yield 1.0, block
                return
            if self.output is not None:
                refuse_unheld(self.output, block.rows, len(self.work.added()), total)
            rows += len(block.texts) + len(block.aside)
            now = min(1.0, rows / total if total else _position(raw) / max(size, 1))
            cut = list(pieces(block, SIDE_ROWS)) if self.work.options.sides else [block]
            for number, piece in enumerate(cut, 1):
                yield done + (now - done) * number / len(cut), _Found(piece)
            done = now

    def _survived(self, source: Input, stream: BinaryIO) -> Iterator[tuple[int | None, Block | _Found]]:
        """Yield the blocks of a table, each with the number of all rows, and what says that it cannot be read on."""
        rows = 0
        from zhengyu.io.open_table import open_table  # not needed for documents

        try:
            found = open_table(source, stream, self.options, self.text_column, sheet=self.readers.own().rows)
            self.run.tell(source.name, found.reading)
            if found.schema is not None:
                self.work.refuse_doubled(found.schema.names, source.name)
            for block in found.blocks:
                rows += len(block.texts) + len(block.aside)
                yield found.rows, block
        except (ZhengyuError, *_DAMAGE) as error:
            if not source.found:
                raise
            told = error if isinstance(error, ZhengyuError) else _damaged(source.name, error)
            after = f"read to row {rows:,}; from there on: " if rows else ""
            yield None, _set_aside(source.name, ZhengyuError(after + str(told).removeprefix(f"{source.name}: ")))

    def _taken(self, source: Input) -> _Read | _Unsplit | None:
        """Take an input as a document; None where its content says that it is a table or an archive."""
        try:
            with source.raw() as raw, source.unpacked(raw) as stream:
                found, stream, note = _decided(source, stream)
                if format_of(found.ending).kind != "document":
                    return None
                return self._whole(found, stream, *((note,) if note else ()))
        except ZhengyuError as error:
            return _Read(source.name, error=error)
        except _DAMAGE as error:
            return _Read(source.name, error=_damaged(source.name, error))

    def _whole(self, source: Input, stream: BinaryIO, *notes: str) -> _Read | _Unsplit:
        try:
            data = read_whole(source, stream, DOCUMENT_BYTES)
        except ZhengyuError as error:
            return _Read(source.name, None, notes, error)
        return _Unsplit(File(data, source.name, source.ending), notes)

    def _read_all(self, asks: Sequence[_Ask]) -> list[_Read | None]:
        """Read files with the reader of this thread."""
        taken = [ask() for ask in asks]
        files = [one.file for one in taken if isinstance(one, _Unsplit)]
        answers = iter(self.readers.own().split(files, encoding=self.options.encoding, facts=self.facts))
        done: list[_Read | None] = []
        for one in taken:
            if isinstance(one, _Unsplit):
                made = next(answers)
                if isinstance(made, ZhengyuError):
                    done.append(_Read(one.file.name, None, one.notes, made))
                else:
                    done.append(_Read(one.file.name, made, (*one.notes, *made.document.notes)))
            else:
                done.append(one)
        return done

    def _document(self, read: _Read, *, alone: bool) -> _Found:
        """Return a document; of many documents one that cannot be read does not end the run."""
        if read.notes:
            self.run.note(read.name, *read.notes)
        if read.made is None or not (read.made.paragraphs or read.made.document.unread or alone):
            error = read.error or ZhengyuError(f"{read.name}: holds no text")
            if alone:
                raise error
            return _set_aside(read.name, error)
        document = read.made.document
        if document.encoding:
            self.run.encodings[read.name] = document.encoding
        missed = tuple(SetAside(read.name, part.place, part.reason, "") for part in document.unread)
        return _Found(None, read.name, read.made, missed)

    def _part(self, found: _Found, source: int, number: int, share: float | None) -> _Part:
        """Return what was found with its place; a document met before is told, and left out if that is asked."""
        if not found.name:
            return _Part(found, source, number, share)
        signed = found.made.signature if found.made is not None else ""
        one = Met(found.name, found.unread, signed)
        near = self._like.like(read_signature(signed)) if signed else []
        if near:
            which, alike = max(near, key=lambda other: other[1])  # of equals the first
            one = Met(found.name, duplicate_of=self._names[which], alike=round(alike, 3))
            if self.drop_duplicates:
                found = _Found(None, found.name)
        self._meet(one)
        return _Part(found, source, number, share, (one,))

    def _packed(self, held: Sequence[_Part]) -> Piece:
        """Return a block of a table, or documents as one block."""
        last = held[-1]
        block = last.found.block
        if block is None:
            made = [one.found.made for one in held if one.found.made is not None]
            aside = tuple(row for one in held for row in one.found.aside)
            block = document_block(made, aside, read_by=self.read_by)
        return Piece(block, last.source, last.number, last.share, tuple(met for one in held for met in one.documents))


def _may_be_document(source: Input) -> bool:
    kind = format_of(source.ending).kind
    return kind in ("document", "refused") and source.name != STDIN and not source.reason


def _decided(source: Input, stream: BinaryIO) -> tuple[Input, BinaryIO, str]:
    """Return an input as what it is by its content (`zhengyu.io.content.decide`); unread formats are refused."""
    source, stream, note = decide(source, stream)
    if format_of(source.ending).kind == "refused":
        raise ZhengyuError(f"{source.name}: {remedy(source.ending)}")
    return source, stream, note


def _damaged(name: str, error: Exception) -> ZhengyuError:
    return ZhengyuError(f"{name}: damaged: {error}; get the file anew")


def _set_aside(name: str, error: ZhengyuError) -> _Found:
    """Return nothing but a file that could not be read."""
    reason = str(error).removeprefix(f"{name}: ")
    return _Found(None, name, None, (SetAside(name, 1, reason, ""),), reason)


def _position(raw: BinaryIO) -> int:
    try:
        return raw.tell()
    except (OSError, ValueError):  # a pipe does not know
        return 0
