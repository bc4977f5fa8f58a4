"""The blocks of all inputs in their order, each with its place, so that a run can go on after any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger
from zhengyu.batch.result import Run
from zhengyu.io.arrow import numbers, strings
from zhengyu.io.blocks import SIDE_ROWS, Block, SetAside, Source, pieces
from zhengyu.io.columns import FACTS_FROM
from zhengyu.io.content import decide
from zhengyu.io.documents.document import confidence
from zhengyu.io.formats import BY_ENDING, remedy
from zhengyu.io.inputs import DOCUMENT_BYTES, STDIN, Input, read_whole
from zhengyu.io.layout import TableOptions
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.io.writers import refuse_unheld
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.splitting import Paragraph, split_document

_DOCUMENT = pa.schema(
    [("id", pa.string()), ("file", pa.string()), ("paragraph", pa.int64()), ("start", pa.int64()),
     ("end", pa.int64()), ("kind", pa.string()), ("rule", pa.string()), ("text", pa.string())]
)  # fmt: skip


@dataclass(slots=True)
class Stream:
    """The blocks of all inputs.

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
    reader : GuardedReader
        Reads documents and workbooks.
    output : Path or None
        Where the table goes; rows that its format cannot hold are refused before they are tagged.
    facts : bool
        Whether documents get the columns of their facts.
    unpacker : GuardedReader
        Opens archives, whose files the other reads meanwhile.
    """

    sources: Sequence[Input]
    sizes: Sequence[int]
    run: Run
    work: BlockTagger
    text_column: str | None
    options: TableOptions
    reader: GuardedReader
    output: Path | None = None
    facts: bool = False
    unpacker: GuardedReader = field(init=False)

    def __post_init__(self) -> None:
        self.unpacker = GuardedReader(self.reader.seconds, self.reader.memory)

    def blocks(self, first_source: int = 0, first_block: int = 0) -> Iterator[tuple[dict[str, Any], Block]]:
        """Yield every block from the given one on, with its place.

        A place is the number of the input, the number of the block in it, and the share of all inputs that is read
        with it, None where that cannot be known.

        Raises
        ------
        ZhengyuError
            An input cannot be used.
        """
        read = list(accumulate(self.sizes, initial=0))
        total = read[-1] if self.start is not None else None
        with closing(self.reader), closing(self.unpacker):
            for s in range(first_source, len(self.sources)):
                source, size, before = self.sources[s], self.sizes[s], read[s]
                try:
                    raw = source.raw()
                    with source.unpacked(raw) as stream:
                        for b, (part, block) in enumerate(self._cut(self._read(source, stream), raw, size)):
                            if s > first_source or b >= first_block:
                                share = (before + size * part) / total if total else None
                                yield {"source": s, "block": b, "share": share}, block
                except (OSError, EOFError, pa.ArrowException) as error:
                    raise ZhengyuError(f"{source.name}: damaged: {error}; get the file anew") from error

    @property
    def start(self) -> float | None:
        """The share that is read before the first block: 0, or None where shares cannot be known."""
        for one, size in zip(self.sources, self.sizes, strict=True):
            # A workbook or an archive is read before its rows are.
            known = BY_ENDING[one.ending]
            if known.reader == "workbook" or known.kind == "archive" or one.name == STDIN or (one.remote and not size):
                return None
        return 0.0 if sum(self.sizes) else None

    def _cut(self, found: Source, raw: BinaryIO, size: int) -> Iterator[tuple[float, Block]]:
        """Yield blocks, cut where side tables are made, each with the share of its file that is read with it."""
        done, rows = 0.0, 0
        for block in found.blocks:
            if self.output is not None:
                refuse_unheld(self.output, block.rows, len(self.work.added()), found.rows)
            rows += len(block.ids) + len(block.aside)
            now = min(1.0, rows / found.rows if found.rows else _position(raw) / max(size, 1))
            cut = list(pieces(block, SIDE_ROWS)) if self.work.options.sides else [block]
            for number, piece in enumerate(cut, 1):
                yield done + (now - done) * number / len(cut), piece
            done = now

    def _read(self, source: Input, stream: BinaryIO) -> Source:
        try:
            source, stream, note = decide(source, stream)
            if BY_ENDING[source.ending].kind == "refused":
                raise ZhengyuError(f"{source.name}: {remedy(source.ending)}")
        except ZhengyuError as error:
            if len(self.sources) == 1:
                raise
            return Source(_DOCUMENT, iter([_set_aside(source.name, error)]))
        if note:
            self._note(source.name, note)
        if BY_ENDING[source.ending].kind == "archive":
            return Source(_DOCUMENT, self._archive(source, stream))
        return self._file(source, stream)

    def _note(self, name: str, *notes: str) -> None:
        # A source that is read again after an interruption says the same again.
        self.run.notes[name] = tuple(dict.fromkeys((*self.run.notes.get(name, ()), *notes)))

    def _archive(self, source: Input, stream: BinaryIO) -> Iterator[Block]:
        """Yield the blocks of every file in an archive; one that cannot be read is set aside."""
        members, found = self.unpacker.members(read_whole(source, stream), source.name, source.ending), False
        while True:
            try:
                member = next(members, None)
                if member is None and not found:
                    raise ZhengyuError(f"{source.name}: holds no file")
            except ZhengyuError as error:
                if len(self.sources) == 1:
                    raise
                yield _set_aside(source.name, error)
                return
            if member is None:
                return
            found = True
            if not member.ending:
                yield _set_aside(member.name, ZhengyuError(member.note))
                continue
            if member.note:
                self._note(source.name, f"{member.name}: {member.note}")
            try:
                yield from self._file(Input(member.name, member.ending), BytesIO(member.data)).blocks
            except ZhengyuError as error:
                yield _set_aside(member.name, error)

    def _file(self, source: Input, stream: BinaryIO) -> Source:
        if BY_ENDING[source.ending].kind == "document":
            return Source(_DOCUMENT, self._document(source, stream))
        from zhengyu.io.open_table import open_table  # not needed for documents

        found = open_table(source, stream, self.options, self.text_column, sheet=self.reader.rows)
        self.run.tell(source.name, found.reading)
        if found.schema is not None:
            self.work.refuse_doubled(found.schema.names, source.name)
        return found

    def _document(self, source: Input, stream: BinaryIO) -> Iterator[Block]:
        try:
            document = self.reader.document(
                read_whole(source, stream, DOCUMENT_BYTES), source.name, source.ending, encoding=self.options.encoding
            )
        except ZhengyuError as error:
            if len(self.sources) == 1:
                raise
            # Of many documents the one that cannot be read does not end the run.
            yield _set_aside(source.name, error)
            return
        if document.encoding:
            self.run.encodings[source.name] = document.encoding
        if document.notes:
            self._note(source.name, *document.notes)
        parts = split_document(document.text, dict(document.furniture))
        rows = [
            (f"{source.name}#{p.number}", source.name, p.number, p.start, p.end, p.kind, p.rule, p.text) for p in parts
        ]
        columns = zip(*rows, strict=True) if rows else [[] for _ in _DOCUMENT]
        arrays = [
            strings(values) if pa.types.is_string(one.type) else numbers(np.array(values, dtype=np.int64))
            for values, one in zip(columns, _DOCUMENT, strict=True)
        ]
        table = pa.table(arrays, schema=_DOCUMENT)
        if self.facts:
            table = _with_facts(table, parts, document.meta)
        if document.recognised:
            sure = [confidence(document, part.start, part.end) for part in parts]
            read_by = ["text" if one is None else "ocr" for one in sure]
            table = table.append_column("read_by", strings(read_by))
            table = table.append_column("ocr_confidence", pa.array(sure, pa.float64()))
        missed = tuple(SetAside(source.name, part.place, part.reason, "") for part in document.unread)
        texts, ids = table["text"].combine_chunks(), table["id"].combine_chunks()
        yield Block(table, texts, ids, [part.kind for part in parts], missed)


def _with_facts(table: pa.Table, parts: Sequence[Paragraph], meta: Sequence[tuple[str, str]]) -> pa.Table:
    """Add the facts of a document to each of its paragraphs, null for those not found."""
    from zhengyu_corpus.facts import FIELDS, find_facts

    facts = find_facts(parts, meta)
    values = {name: fact.value if (fact := getattr(facts, name)) is not None else None for name in FIELDS}
    for name, value in {**values, FACTS_FROM: facts.told()}.items():
        table = table.append_column(name, strings([value] * len(table)))
    return table


def _set_aside(name: str, error: ZhengyuError) -> Block:
    """Return a block that holds nothing but a file that could not be read."""
    aside = SetAside(name, 1, str(error).removeprefix(f"{name}: "), "")
    return Block(_DOCUMENT.empty_table(), strings([]), strings([]), [], (aside,))


def _position(raw: BinaryIO) -> int:
    try:
        return raw.tell()
    except (OSError, ValueError):  # a pipe does not know
        return 0
