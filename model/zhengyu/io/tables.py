"""Tables in as streams of blocks: CSV, TSV, JSONL, Parquet, XLSX; the text column found, unreadable rows set aside."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhengyu.io.blocks import BLOCK_BYTES, BLOCK_ROWS, LOOSE, Block, SetAside, Source, pack
from zhengyu.io.csv_records import read_records
from zhengyu.io.inputs import STDIN, Input, read_whole
from zhengyu.io.limits import listed
from zhengyu.io.text_lines import SHOWN, decoded_lines, marked, shown_text, sound_lines
from zhengyu_corpus.errors import ZhengyuError

#: Names that a text column goes by, best first.
TEXT_NAMES = ("text", "paragraph", "content", "正文", "文本", "段落", "内容", "全文", "body")
#: Rows looked at to find a text column by what it holds.
_PROBE_ROWS = 200
#: A column whose Chinese texts are on average this long holds paragraphs, not names.
_MIN_MEAN_CHARS = 12
#: Bytes of a Parquet column that are read at a time.
_BUFFER = 1 << 20


def find_text_column(rows: pd.DataFrame, name: str, wanted: str | None = None) -> str:
    """Find the column that holds the paragraphs.

    A column that is named is taken; else one that goes by a usual name; else the one whose values hold the most Han
    characters on average, if that is like paragraphs.

    Raises
    ------
    ZhengyuError
        There is no such column, or none that looks like text.
    """
    columns = [str(column) for column in rows.columns]
    if wanted is not None:
        if wanted not in columns:
            raise ZhengyuError(f"{name}: no column {wanted!r}; its columns are {listed(columns)}")
        return wanted
    lower = {column.strip().lower(): column for column in columns}
    for usual in TEXT_NAMES:
        if usual in lower:
            return lower[usual]
    best, most = "", 0.0
    for column in columns:
        values = [value for value in rows[column].head(_PROBE_ROWS) if isinstance(value, str)]
        mean = sum(sum("\u3400" <= char <= "\u9fff" for char in value) for value in values) / max(1, len(values))
        if mean > most:
            best, most = column, mean
    if most < _MIN_MEAN_CHARS:
        raise ZhengyuError(
            f"{name}: no column looks like paragraphs of Chinese text; its columns are {listed(columns)}; "
            "name one with --text-column"
        )
    return best


def _delimited(source: Input, stream: BinaryIO, encoding: str | None, wanted: str | None, delimiter: str) -> Source:
    lines, found = decoded_lines(source, stream, encoding)
    records = read_records(source.name, sound_lines(source, lines), delimiter)
    _, header = next(records, (1, None))
    if isinstance(header, SetAside):
        raise ZhengyuError(f"{source.name}:1: the header is {header.reason}; repair it")
    if not header:
        raise ZhengyuError(f"{source.name}: expected a header line with column names, the file is empty")
    if len(set(header)) != len(header):
        raise ZhengyuError(f"{source.name}:1: column names must differ, got {listed(header)}; rename the doubled ones")
    names = header

    def raw() -> Iterator[tuple[list[list[str]], list[int], tuple[SetAside, ...]]]:
        rows: list[list[str]] = []
        numbers: list[int] = []
        aside: list[SetAside] = []
        size = 0
        for number, (first, row) in enumerate(records, 1):
            joined = "" if isinstance(row, SetAside) else delimiter.join(row)
            if isinstance(row, SetAside):
                aside.append(row)
            elif len(row) != len(names):
                reason = f"expected {len(names)} fields, got {len(row)}"
                if "\n" in joined:
                    reason += f", in a row of {joined.count(chr(10)) + 1} lines"
                aside.append(SetAside(source.name, first, reason, shown_text(joined)))
            elif not joined.isascii() and marked(joined):
                aside.append(SetAside(source.name, first, f"bytes that are not valid {found}", shown_text(joined)))
            else:
                rows.append(row)
                numbers.append(number)
                size += len(joined) * 3
            if len(rows) == BLOCK_ROWS or size > BLOCK_BYTES or len(aside) == BLOCK_ROWS:
                yield rows, numbers, tuple(aside)
                rows, numbers, aside, size = [], [], [], 0
        yield rows, numbers, tuple(aside)

    schema = pa.schema([(name, pa.string()) for name in names])

    def blocks() -> Iterator[Block]:
        column = ""
        for rows, numbers, aside in raw():
            table = pa.table([pa.array(values, pa.string()) for values in zip(*rows, strict=True)], schema=schema) \
                if rows else schema.empty_table()  # fmt: skip
            if not column and rows:
                column = find_text_column(table.slice(0, _PROBE_ROWS).to_pandas(), source.name, wanted)
            texts = table[column].combine_chunks() if rows else pa.array([], pa.string())
            ids = table["id"].combine_chunks() if "id" in names else _places(source, numbers)
            yield Block(table, texts, ids, None, aside)

    return Source(schema, blocks(), found)


def loose(source: Input, rows: Iterator[tuple[int, dict[str, Any] | SetAside]], wanted: str | None) -> Iterator[Block]:
    """Group rows without fixed columns into blocks, each of so many rows or bytes; one empty block if there are none.

    Raises
    ------
    ZhengyuError
        There is no text column, or no row of several is readable.
    """
    column: str | None = None
    read = unreadable = 0

    def block(held: list[tuple[int, dict[str, Any], str]], aside: list[SetAside]) -> Block:
        nonlocal column
        if column is None and held:
            column = find_text_column(pd.DataFrame([row for _, row, _ in held[:_PROBE_ROWS]]), source.name, wanted)
        texts = [row.get(column or "") for _, row, _ in held]
        return Block(
            pa.table({LOOSE: pa.array([packed for _, _, packed in held], pa.string())}),
            pa.array([text if text is None or isinstance(text, str) else str(text) for text in texts], pa.string()),
            pa.array(
                [str(row["id"]) if row.get("id") is not None else f"{source.name}#{number}" for number, row, _ in held],
                pa.string(),
            ),
            None,
            tuple(aside),
        )

    held: list[tuple[int, dict[str, Any], str]] = []
    aside: list[SetAside] = []
    size = 0
    for number, row in rows:
        if isinstance(row, SetAside):
            unreadable += 1
            aside.append(row)
        else:
            read += 1
            held.append((number, row, pack(row)))
            size += len(held[-1][2]) * 3
        if len(held) == BLOCK_ROWS or size > BLOCK_BYTES or len(aside) == BLOCK_ROWS:
            yield block(held, aside)
            held, aside, size = [], [], 0
    if unreadable and not read:
        raise ZhengyuError(f"{source.name}: no readable row ({unreadable:,} unreadable); repair the file")
    if held or aside or not read:
        yield block(held, aside)


def _jsonl(source: Input, stream: BinaryIO, encoding: str | None, wanted: str | None) -> Source:
    lines, found = decoded_lines(source, stream, encoding)

    def rows() -> Iterator[tuple[int, dict[str, Any] | SetAside]]:
        for number, line in enumerate(sound_lines(source, lines), 1):
            if not line.strip():
                continue
            if not line.isascii() and marked(line):
                yield number, SetAside(source.name, number, f"bytes that are not valid {found}", shown_text(line))
                continue
            try:
                row = json.loads(line)
                sound = not marked(json.dumps(row, ensure_ascii=False))
            except (ValueError, RecursionError) as error:
                yield number, SetAside(source.name, number, f"not valid JSON: {error}", line[:SHOWN])
                continue
            if not isinstance(row, dict):
                reason = f"expected a JSON object, got {type(row).__name__}"
                yield number, SetAside(source.name, number, reason, line[:SHOWN])
            elif not sound:
                yield number, SetAside(source.name, number, "half of a surrogate pair", line[:SHOWN])
            else:
                yield number, row

    return Source(None, loose(source, rows(), wanted), found)


def _parquet(source: Input, stream: BinaryIO, encoding: str | None, wanted: str | None) -> Source:
    try:
        whole = source.compression or source.name == STDIN
        # With pre_buffer the compressed bytes of every row group read so far would be held to the end; without a
        # buffer's size those of the whole row group at hand, and many writers make a million rows one group.
        held = io.BytesIO(read_whole(source, stream)) if whole else stream
        file = pq.ParquetFile(held, pre_buffer=False, buffer_size=_BUFFER)
    except (pa.ArrowException, OSError) as error:
        raise ZhengyuError(
            f"{source.name}: expected a Parquet file, but it cannot be read: {error}; get it anew"
        ) from error

    schema = file.schema_arrow.remove_metadata()

    def blocks() -> Iterator[Block]:
        column, number = "", 1
        try:
            for batch in file.iter_batches(batch_size=BLOCK_ROWS):
                table = pa.Table.from_batches([batch])
                if not len(batch):
                    continue
                if not column:
                    column = find_text_column(table.slice(0, _PROBE_ROWS).to_pandas(), source.name, wanted)
                batch.drop_columns([column]).validate(full=True)  # a damaged file may hold strings that are no UTF-8
                texts, sound, aside = _sound(source, _strings(batch.column(column)), number)
                ids = _places(source, range(number, number + len(batch)))
                if "id" in batch.schema.names:
                    own = _strings(batch.column("id")).cast(pa.string())
                    ids = pc.call_function("coalesce", [own, ids])
                number += len(batch)
                if sound is not None:
                    table, ids = table.filter(sound), ids.filter(sound)
                yield Block(table, texts, ids, None, aside)
        except (pa.ArrowException, OSError) as error:
            raise ZhengyuError(f"{source.name}: damaged near row {number:,}: {error}; get the file anew") from error
        if number == 1:  # programs that write in parts leave empty ones
            yield Block(schema.empty_table(), pa.array([], pa.string()), pa.array([], pa.string()), None, ())

    return Source(schema, blocks(), "", file.metadata.num_rows)


def _strings(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return values
    if pa.types.is_integer(values.type):
        return values.cast(pa.string())
    return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())


def _places(source: Input, numbers: Sequence[int]) -> pa.Array:
    """Return the ids of rows that have none of their own: the file and their numbers in it."""
    each = pa.array(numbers, pa.int64()).cast(pa.string())
    return pc.call_function("binary_join_element_wise", [pa.scalar(f"{source.name}#"), each, pa.scalar("")])


def _sound(source: Input, texts: pa.Array, first: int) -> tuple[pa.Array, pa.Array | None, tuple[SetAside, ...]]:
    """Return the texts that are UTF-8, which those are (None for all), and the rest as set aside."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        bad: list[SetAside] = []
        keep: list[bool] = []
        for i, value in enumerate(texts.cast(pa.large_binary()).to_pylist()):
            shown = "" if value is None else value.decode("utf-8", "replace")
            keep.append(value is None or shown.encode() == value)
            if not keep[-1]:
                bad.append(SetAside(source.name, first + i, "text that is not valid utf-8", shown[:SHOWN]))
        mask = pa.array(keep)
        return texts.filter(mask), mask, tuple(bad)
    return texts, None, ()


def _csv(source: Input, stream: BinaryIO, encoding: str | None, wanted: str | None) -> Source:
    return _delimited(source, stream, encoding, wanted, ",")


def _tsv(source: Input, stream: BinaryIO, encoding: str | None, wanted: str | None) -> Source:
    return _delimited(source, stream, encoding, wanted, "\t")


#: Reader of a format, as `zhengyu.io.formats` names it; workbooks are read apart, see `zhengyu.io.open_table`.
TABLE_READERS: dict[str, Callable[[Input, BinaryIO, str | None, str | None], Source]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
