"""Tables in as streams of blocks: CSV, TSV, JSONL, JSON, Parquet; the text column found, unreadable rows set aside."""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from zhengyu.io.arrow import strings
from zhengyu.io.blocks import BLOCK_BYTES, BLOCK_ROWS, Block, SetAside, Source, loose_table, pack, without_metadata
from zhengyu.io.cells import cell_text
from zhengyu.io.csv_records import read_records
from zhengyu.io.formats import MIB
from zhengyu.io.inputs import STDIN, Input, read_whole
from zhengyu.io.layout import (
    DELIMITERS,
    HEADER_ROWS,
    Reading,
    TableOptions,
    find_delimiter,
    find_header,
    refuse_unparted,
)
from zhengyu.io.limits import listed
from zhengyu.io.parquet_batches import BUFFER, batches, groups_in
from zhengyu.io.text_lines import SHOWN, decoded_lines, shown_text
from zhengyu_corpus.columns import find_roles
from zhengyu_corpus.encoding import marked
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: Named as the text column of a table whose texts are not asked for.
NO_TEXT = ""
#: Rows looked at to find a text column by what it holds.
_PROBE_ROWS = 200
#: A column whose Chinese texts are on average this long holds paragraphs, not names.
_MIN_MEAN_CHARS = 12
#: Lines and characters of a text table by which its delimiter and its header are found.
_TOP_LINES, _TOP_CHARS = 4 * HEADER_ROWS, 1_000_000
#: Levels of lists and objects in a row of JSON; what is nested deeper no program of ours or others writes again.
MAX_DEPTH = 100
#: Bytes of a JSON array, which is read whole.
_ARRAY_BYTES = 256 * MIB
#: Numbers that Python writes in less time than the functions of Arrow take to be imported.
_FEW_ROWS = 1_000

#: A row's number, the line where it begins, and its cells; or why it was set aside.
Row = tuple[int, int, Any]


@dataclass(slots=True)
class Rows:
    """The rows of an opened table, before they are put into blocks.

    Attributes
    ----------
    reading : Reading
        How it is read.
    columns : tuple of str or None
        Its columns; None where every row has keys of its own.
    rows : iterator of (int, int, cells or SetAside)
        Number and line of each row, and its cells: a list in the order of the columns, or a dict.
    """

    reading: Reading
    columns: tuple[str, ...] | None
    rows: Iterator[Row]


def find_text_column(values: Mapping[str, Iterable[object]], name: str, wanted: str | None = None) -> str:
    """Find the column that holds the paragraphs, from its name and the first values of each column.

    A column that is named is taken; else the one that goes by a usual name (`zhengyu_corpus.columns.ROLES`); else the
    one whose values hold the most Han characters on average, if that is like paragraphs.

    Raises
    ------
    ZhengyuError
        There is no such column, none that looks like text, or two go by usual names.
    """
    columns = list(values)
    if wanted == NO_TEXT:
        return NO_TEXT
    if wanted is not None:
        if wanted not in columns:
            raise ZhengyuError(f"{name}: no column {wanted!r}; its columns are {listed(columns)}")
        return wanted
    usual = find_roles(columns, name, ("text",), ", or name the one to read with --text-column")
    if usual:
        return usual["text"]
    if not columns:
        raise ZhengyuError(f"{name}: expected a column of paragraphs, but its rows have no fields")
    best, most = "", 0.0
    for column in columns:
        texts = [value for value in islice(values[column], _PROBE_ROWS) if isinstance(value, str)]
        mean = sum(sum("\u3400" <= char <= "\u9fff" for char in text) for text in texts) / max(1, len(texts))
        if mean > most:
            best, most = column, mean
    if most < _MIN_MEAN_CHARS:
        raise ZhengyuError(
            f"{name}: no column looks like paragraphs of Chinese text; its columns are {listed(columns)}; "
            "name one with --text-column"
        )
    return best


def delimited_rows(source: Input, stream: BinaryIO, options: TableOptions, own: str) -> Rows:
    """Open CSV or TSV: encoding, delimiter and header row are found where the options do not say.

    Raises
    ------
    ZhengyuError
        There is no header or it cannot be used; also while rows are taken.
    """
    lines, encoding = decoded_lines(source, stream, options.encoding, old_ends=True)
    top: list[str] = []
    size = 0
    for line in lines:
        top.append(line)
        size += len(line)
        if len(top) == _TOP_LINES or size > _TOP_CHARS:
            break
    said = _said_delimiter(top[0]) if top else ""
    first = 1 if said else 0
    delimiter = options.delimiter or said or _found_delimiter(source, top, own)
    if top and not (options.delimiter or said or options.header_row):
        refuse_unparted(top[0], delimiter, source.name)
    records = read_records(source.name, chain(top[first:], lines), delimiter)
    head = list(islice(records, HEADER_ROWS))
    if head and isinstance(head[0][1], SetAside) and options.header_row is None:
        raise ZhengyuError(f"{source.name}:1: the header is {head[0][1].reason}; repair it")
    # Bytes that are not valid in the encoding cannot be shown, but tell names apart.
    cells = [
        [] if isinstance(row, SetAside) else [cell.encode("utf-8", "backslashreplace").decode() for cell in row]
        for _, row in head
    ]
    if not cells:
        raise ZhengyuError(f"{source.name}: expected a header line with column names, the file is empty")
    header = find_header(cells, source.name, options.header_row, [line + first for line, _ in head])
    named = head[header.row][1] if header.row >= 0 else []
    if not isinstance(named, SetAside) and any(map(marked, named)):
        raise ZhengyuError(
            f"{source.name}:{header.number}: the header ({listed(map(shown_text, named))}) holds bytes that are "
            f"not valid {encoding}; name the encoding with --encoding, or repair the header"
        )
    names = header.names
    kept = [i for i, name in enumerate(names) if name]
    notes = list(header.notes)
    if delimiter != own and not options.delimiter:
        notes.insert(0, f"its columns are parted by {'a tab' if delimiter == chr(9) else repr(delimiter)}")
    reading = Reading(encoding, delimiter, header.number, notes=tuple(notes))
    pick = None if len(kept) == len(names) else kept
    width = len(names)
    again = None if isinstance(named, SetAside) or not named else list(named)

    def rows() -> Iterator[Row]:
        for number, (line, row) in enumerate(chain(head[header.row + 1 :], records), 1):
            place = line + first
            if isinstance(row, SetAside):
                yield number, place, row if not first else SetAside(row.file, place, row.reason, row.content)
                continue
            if again is not None and row[-1] == again[-1] and [row[0].lstrip("\ufeff"), *row[1:]] == again:
                reason = "the header again, as where files were joined"
                yield number, place, SetAside(source.name, place, reason, shown_text(delimiter.join(row)))
                continue
            if len(row) != width or pick is not None:
                if not any(row):
                    continue  # a blank row of delimiters, as spreadsheets leave at the end
                fitted = _fitted(row, width, pick)
                if fitted is None:
                    joined = delimiter.join(row)
                    yield number, place, SetAside(source.name, place, _misfit(row, names), shown_text(joined))
                    continue
                row = fitted
            elif not row[0] and not any(row) and width > 1:
                continue
            if marked("".join(row)):
                content = shown_text(delimiter.join(row))
                yield number, place, SetAside(source.name, place, f"bytes that are not valid {encoding}", content)
            else:
                yield number, place, row

    return Rows(reading, tuple(names[i] for i in kept), rows())


def _said_delimiter(line: str) -> str:
    """Return the delimiter of the line ``sep=;`` that Excel understands, ``""`` for another line."""
    plain = line.rstrip("\r\n")
    return plain[4] if len(plain) == 5 and plain.lower().startswith("sep=") else ""


def _found_delimiter(source: Input, top: list[str], own: str) -> str:
    def cut(delimiter: str) -> list[list[str]]:
        rows = (row for _, row in read_records(source.name, iter(top), delimiter))
        return list(islice((row for row in rows if not isinstance(row, SetAside)), HEADER_ROWS))

    able = [one for one in (own, *DELIMITERS) if any(one in line for line in top)]
    return find_delimiter({one: cut(one) for one in able}, own)


def _fitted(row: list[str], width: int, kept: list[int] | None) -> list[str] | None:
    """Return a row's cells in the columns that have names, None where one of another column would be lost or lacks."""
    if len(row) > width:
        if any(row[width:]):
            return None
        row = row[:width]
    if kept is None:
        return row if len(row) == width else None
    last = kept[-1] if kept else -1
    if len(row) <= last:
        return None
    named = set(kept)
    if any(cell for i, cell in enumerate(row) if i not in named):
        return None
    return [row[i] for i in kept]


def _misfit(row: list[str], names: tuple[str, ...]) -> str:
    named = [i for i, name in enumerate(names) if name]
    reason = f"expected {len(named)} fields, got {len(row)}"
    lines = sum(cell.count("\n") for cell in row)
    if lines:
        reason += f", in a row of {lines + 1} lines"
    lost = [i + 1 for i, cell in enumerate(row[: len(names)]) if cell and not names[i]]
    return reason + (f"; column {lost[0]} holds something and has no name" if lost else "")


def json_rows(source: Input, stream: BinaryIO, options: TableOptions) -> Rows:
    """Open JSON Lines; a file that holds one array of objects is read as its objects.

    Raises
    ------
    ZhengyuError
        The encoding is not recognised, or the array cannot be read; also while rows are taken.
    """
    lines, encoding = decoded_lines(source, stream, options.encoding)
    top = list(islice(lines, 1))
    start = top[0].lstrip("\ufeff \t\r\n")[:1] if top else ""
    if start == "[":
        return _array(source, chain(top, lines), encoding)

    def rows() -> Iterator[Row]:
        for number, line in enumerate(chain(top, lines), 1):
            if line.strip(" \t\r\n\ufeff"):
                yield number, number, _json_row(source, number, line, encoding)

    return Rows(Reading(encoding), None, rows())


def _array(source: Input, lines: Iterator[str], encoding: str) -> Rows:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size > _ARRAY_BYTES:
            raise ZhengyuError(
                f"{source.name}: a JSON array of more than {_ARRAY_BYTES // MIB} million characters, which would be "
                "read whole; turn it into JSON Lines: jq -c '.[]' FILE > FILE.jsonl"
            )
    text = "".join(held)
    try:
        values = None if _depth(text) > MAX_DEPTH else json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ZhengyuError(
            f"{source.name}: begins like a JSON array, but is not valid JSON: {error}; expected one JSON object a "
            "line, or one array of objects"
        ) from error
    if values == []:
        raise ZhengyuError(f"{source.name}: no readable row, an empty JSON array; get the file anew")
    if values is None:
        raise ZhengyuError(f"{source.name}: a JSON array nested deeper than {MAX_DEPTH} levels; flatten it")

    def rows() -> Iterator[Row]:
        for number, value in enumerate(values, 1):
            yield number, number, _checked(source, number, value, "")

    return Rows(Reading(encoding, notes=("a JSON array: each of its objects is a row",)), None, rows())


def _json_row(source: Input, number: int, line: str, encoding: str) -> dict[str, Any] | SetAside:
    if not line.isascii() and marked(line):
        return SetAside(source.name, number, f"bytes that are not valid {encoding}", shown_text(line))
    if line.count("[") + line.count("{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
        return SetAside(source.name, number, f"nested deeper than {MAX_DEPTH} levels", line[:SHOWN])
    try:
        row = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return SetAside(source.name, number, f"not valid JSON: {error}", line[:SHOWN])
    return _checked(source, number, row, line)


def _checked(source: Input, number: int, row: Any, line: str) -> dict[str, Any] | SetAside:
    """Return a row that is an object of sound strings, or why it is none."""
    if not isinstance(row, dict):
        reason = f"expected a JSON object, got {type(row).__name__}"
    elif ("\\u" in line or not line) and marked(json.dumps(row, ensure_ascii=False)):
        reason = "half of a surrogate pair"
    else:
        return row
    return SetAside(source.name, number, reason, shown_text(line or json.dumps(row)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys differ: of two alike one would be lost."""
    row = dict(pairs)
    if len(row) != len(pairs):
        seen: set[str] = set()
        doubled = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {doubled!r} stands twice")
    return row


def _depth(text: str) -> int:
    """Return how deep lists and objects are nested, what stands in strings left out."""
    deepest = depth = 0
    quoted = escaped = False
    for char in text:
        if quoted:
            quoted, escaped = escaped or char != '"', char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def fixed_source(source: Input, opened: Rows, wanted: str | None) -> Source:
    """Put rows of fixed columns, all of text, into blocks.

    Raises
    ------
    ZhengyuError
        There is no text column, while blocks are taken.
    """
    names = opened.columns or ()
    schema = pa.schema([(name, pa.string()) for name in names])
    id_column = next((name for name in names if name == "id"), None)

    def raw() -> Iterator[tuple[list[list[str]], list[int], tuple[SetAside, ...]]]:
        rows: list[list[str]] = []
        numbers: list[int] = []
        aside: list[SetAside] = []
        size = 0
        for number, _, row in opened.rows:
            if isinstance(row, SetAside):
                aside.append(row)
            else:
                rows.append(row)
                numbers.append(number)
                size += 3 * sum(map(len, row))
            if len(rows) == BLOCK_ROWS or size > BLOCK_BYTES or len(aside) == BLOCK_ROWS:
                yield rows, numbers, tuple(aside)
                rows, numbers, aside, size = [], [], [], 0
        yield rows, numbers, tuple(aside)

    def blocks() -> Iterator[Block]:
        column = ""
        for rows, numbers, aside in raw():
            table = pa.table([pa.array(values, pa.string()) for values in zip(*rows, strict=True)], schema=schema) \
                if rows else schema.empty_table()  # fmt: skip
            if not column and rows:
                column = find_text_column(first_values(table), source.name, wanted)
            texts = table[column].combine_chunks() if rows and column else pa.nulls(len(rows), pa.string())
            make_ids = table[id_column].combine_chunks if id_column else partial(_places, source, numbers)
            yield Block(table, texts, make_ids, None, aside)

    return Source(schema, blocks(), opened.reading)


def loose_source(source: Input, opened: Rows, wanted: str | None) -> Source:
    """Put rows without fixed columns into blocks, each of so many rows or bytes; one empty block if there are none.

    Raises
    ------
    ZhengyuError
        There is no text column, or no row of several is readable; while blocks are taken.
    """
    return Source(None, _loose_blocks(source, opened, wanted), opened.reading)


def _loose_blocks(source: Input, opened: Rows, wanted: str | None) -> Iterator[Block]:
    column: str | None = None
    read = unreadable = 0

    def look(held: list[tuple[int, int, dict[str, Any], str]]) -> None:
        nonlocal column
        rows = [row for _, _, row, _ in held[:_PROBE_ROWS]]
        names = dict.fromkeys(str(key) for row in rows for key in row)
        within = next((key for key in names for row in rows if wanted is None and _holds_rows(row.get(key))), None)
        if within is not None and len(rows) == 1:
            raise ZhengyuError(
                f"{source.name}: its one object holds the rows under {within!r}; expected one JSON object a line, or "
                f"one array of objects: jq -c '.{within}[]' FILE > FILE.jsonl"
            )
        column = find_text_column({key: [row.get(key) for row in rows] for key in names}, source.name, wanted)

    def block(held: list[tuple[int, int, dict[str, Any], str]], aside: list[SetAside]) -> Block:
        if column is None and held:
            look(held)
        kept: list[tuple[str, str, str | None]] = []
        for number, line, row, packed in held:
            text = row.get(column) if column else None
            if isinstance(text, (list, dict, bool)):
                kind = {list: "a list", dict: "an object", bool: "true or false"}[type(text)]
                reason = f"expected a paragraph in {column!r}, got {kind}"
                content = json.dumps(row, ensure_ascii=False, default=str)
                aside.append(SetAside(source.name, line, reason, shown_text(content)))
                continue
            if isinstance(text, float) and math.isnan(text):
                text = None
            identity = row.get("id")
            kept.append((packed, f"{source.name}#{number}" if identity is None else str(identity),
                         text if text is None or isinstance(text, str) else str(text)))  # fmt: skip
        aside.sort(key=lambda row: row.line)
        return Block(
            loose_table([packed for packed, _, _ in kept]),
            pa.array([text for _, _, text in kept], pa.string()),
            partial(pa.array, [identity for _, identity, _ in kept], pa.string()),
            None,
            tuple(aside),
        )

    held: list[tuple[int, int, dict[str, Any], str]] = []
    aside: list[SetAside] = []
    size = 0
    for number, line, row in opened.rows:
        if isinstance(row, SetAside):
            unreadable += 1
            aside.append(row)
        else:
            read += 1
            held.append((number, line, row, pack(row)))
            size += len(held[-1][3]) * 3
            if column is None and len(held) == _PROBE_ROWS:
                look(held)  # a column that is not there is told before a whole block is read
        if len(held) == BLOCK_ROWS or size > BLOCK_BYTES or len(aside) == BLOCK_ROWS:
            yield block(held, aside)
            held, aside, size = [], [], 0
    if unreadable and not read:
        raise ZhengyuError(
            f"{source.name}: no readable row ({unreadable:,} unreadable, the first in line {aside[0].line}: "
            f"{aside[0].reason}); expected one JSON object a line, or one array of objects" if aside else
            f"{source.name}: no readable row ({unreadable:,} unreadable); repair the file"
        )  # fmt: skip
    if held or aside or not read:
        yield block(held, aside)


def _holds_rows(value: object) -> bool:
    """Tell whether a value of a JSON object is a table of its own."""
    return isinstance(value, list) and len(value) > 0 and all(isinstance(one, dict) for one in value)


def open_parquet(source: Input, stream: BinaryIO) -> tuple[pq.ParquetFile, BinaryIO]:
    """Open a Parquet file, and return what it is read from beside it.

    Raises
    ------
    ZhengyuError
        It is none, or too large to be read whole where that is needed.
    """
    import pyarrow.parquet as pq

    try:
        whole = source.compression or source.name == STDIN
        # With pre_buffer the compressed bytes of every row group read so far would be held to the end; without a
        # buffer's size those of the whole row group at hand, and many writers make a million rows one group.
        held = io.BytesIO(read_whole(source, stream)) if whole else stream
        return pq.ParquetFile(held, pre_buffer=False, buffer_size=BUFFER), held
    except (pa.ArrowException, OSError) as error:
        raise ZhengyuError(
            f"{source.name}: expected a Parquet file, but it cannot be read: {error}; get it anew"
        ) from error


def parquet_source(
    source: Input, stream: BinaryIO, wanted: str | None, leave_out: Callable[[str], bool] | None = None
) -> Source:
    """Read Parquet block by block; columns that `leave_out` names are not read.

    Raises
    ------
    ZhengyuError
        It is no Parquet file, is damaged, or has no text column; also while blocks are taken.
    """
    file, held = open_parquet(source, stream)
    names = [name for name in file.schema_arrow.names if leave_out is None or not leave_out(name)]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise ZhengyuError(f"{source.name}: column names must differ, got {listed(doubled)} twice; rename one")
    schema = without_metadata(pa.schema([file.schema_arrow.field(name) for name in names]))
    groups = range(file.metadata.num_row_groups) if source.split is None else groups_in(file, *source.split)
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    begin = 1 + sum(sizes[: groups[0]] if groups else ())
    read = None if leave_out is None else names

    def top() -> pa.Table | None:
        """Return the first rows of the file, by which each of its splits finds the same column of texts."""
        batch = next(batches(file, held, read), None)
        return None if batch is None else pa.Table.from_arrays(batch.columns, schema=schema)

    def blocks() -> Iterator[Block]:
        column, number = "", begin
        try:
            for batch in batches(file, held, read, groups):
                # The fields' metadata goes: nobody's file may say that its rows are loose.
                table = pa.Table.from_arrays(batch.columns, schema=schema)
                if not len(batch):
                    continue
                if not column:
                    first = top() if begin > 1 else None
                    column = find_text_column(first_values(table if first is None else first), source.name, wanted)
                    if column and pa.types.is_nested(schema.field(column).type):
                        raise ZhengyuError(
                            f"{source.name}: expected paragraphs in column {column!r}, it holds "
                            f"{schema.field(column).type}; join them, or name another with --text-column"
                        )
                # A damaged file may hold strings that are no UTF-8.
                batch.drop_columns([column] if column else []).validate(full=True)
                values = _strings(batch.column(column)) if column else pa.nulls(len(batch), pa.string())
                texts, sound, aside = _sound(source, values, number)
                own = batch.column("id") if "id" in schema.names else None
                make_ids = partial(_ids, source, own, range(number, number + len(batch)), sound)
                number += len(batch)
                if sound is not None:
                    table = table.filter(sound)
                yield Block(table, texts, make_ids, None, aside)
        except (pa.ArrowException, OSError) as error:
            raise ZhengyuError(f"{source.name}: damaged near row {number:,}: {error}; get the file anew") from error
        if number == begin:  # programs that write in parts leave empty ones
            yield Block(schema.empty_table(), pa.nulls(0, pa.string()), partial(pa.nulls, 0, pa.string()), None, ())

    return Source(schema, blocks(), Reading(), sum(sizes[group] for group in groups))


def parquet_rows(source: Input, stream: BinaryIO, options: TableOptions) -> Rows:
    """Open a Parquet file row by row."""
    file, held = open_parquet(source, stream)

    def rows() -> Iterator[Row]:
        number = 0
        try:
            for batch in batches(file, held):
                batch.validate(full=True)
                of_bytes = [name for name in batch.schema.names if _is_bytes(batch.schema.field(name).type)]
                for row in batch.to_pylist():
                    number += 1
                    yield number, number, {**row, **{name: cell_text(row[name]) for name in of_bytes}}
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ZhengyuError(f"{source.name}: damaged near row {number:,}: {error}; get the file anew") from error

    return Rows(Reading(), None, rows())


def first_values(table: pa.Table) -> dict[str, list[object]]:
    """Return the first values of each column of strings; the others hold none."""
    top = table.slice(0, _PROBE_ROWS)
    return {field.name: _decoded(top[field.name]) if _is_text(field.type) else [] for field in table.schema}


def _decoded(column: pa.ChunkedArray) -> list[object]:
    """Return values as strings whatever their bytes: a row of wrong ones is set aside later, for itself alone."""
    found: list[object] = []
    for scalar in column:
        value = scalar.value if isinstance(scalar, pa.DictionaryScalar) else scalar
        found.append(str(value.as_buffer(), "utf-8", "replace") if value is not None and value.is_valid else None)
    return found


def _is_text(kind: pa.DataType) -> bool:
    """Tell whether a column may hold texts; some programs write them as bytes."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_bytes(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _strings(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return values
    if _is_bytes(values.type):  # those that are no UTF-8 are found by `_sound`
        import pyarrow.compute as pc

        target = pa.string() if pa.types.is_binary(values.type) else pa.large_string()
        return pc.cast(values, options=pc.CastOptions(target, allow_invalid_utf8=True))
    if pa.types.is_integer(values.type):
        if len(values) > _FEW_ROWS:
            return values.cast(pa.string())
        return strings([None if value is None else str(value) for value in values.to_pylist()])
    if pa.types.is_floating(values.type):
        return pa.array([None if v is None or v != v else str(v) for v in values.to_pylist()], pa.string())
    return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())


def _places(source: Input, numbers: Sequence[int]) -> pa.Array:
    """Return the ids of rows that have none of their own: the file and their numbers in it."""
    return strings([f"{source.name}#{number}" for number in numbers])


def _ids(source: Input, own: pa.Array | None, numbers: Sequence[int], sound: pa.Array | None) -> pa.Array:
    """Return the ids of those rows that are sound (None for all): their own, or where there is none, their places."""
    if own is None:
        ids = _places(source, numbers)
    else:
        ids = _strings(own)
        if ids.type != pa.string():
            ids = ids.cast(pa.string())
        if ids.null_count:
            import pyarrow.compute as pc

            ids = pc.call_function("coalesce", [ids, _places(source, numbers)])
    return ids if sound is None else ids.filter(sound)


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


def _csv(source: Input, stream: BinaryIO, options: TableOptions) -> Rows:
    return delimited_rows(source, stream, options, ",")


def _tsv(source: Input, stream: BinaryIO, options: TableOptions) -> Rows:
    return delimited_rows(source, stream, options, "\t")


#: Reader of a format's rows, as `zhengyu.io.formats` names it; workbooks are read apart, see `zhengyu.io.open_table`.
ROW_READERS: dict[str, Callable[[Input, BinaryIO, TableOptions], Rows]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": json_rows,
    "parquet": parquet_rows,
}
