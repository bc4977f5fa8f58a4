"""Tables out, part after part: CSV, TSV, JSONL, Parquet, XLSX or Stata; the file appears whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import math
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

import pyarrow as pa

from zhengyu.io.blocks import is_loose, loose_rows, records, to_frame
from zhengyu.io.cells import cell_text, json_text
from zhengyu.io.formats import BY_ENDING, ending_of
from zhengyu.io.schema import typed
from zhengyu_corpus.atomic import Replacement, refuse_place, refuse_same
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.parquet as pq

    from zhengyu.io.stata import StataSink

XLSX_MAX_ROWS = 1_048_575
XLSX_MAX_CELL = 32_767
XLSX_MAX_COLUMNS = 16_384
#: Rows that Python looks through in less time than the functions of Arrow take to be imported.
_FEW_ROWS = 1_000
#: What a formula begins with, and what begins so and is none.
_RUN = ("=", "+", "-", "@")
_NUMBER = pattern(r"[+-]?[\d.,% ]+")
#: Spreadsheet programs keep fifteen digits of a number; longer ones, such as those of identity cards, go as text.
XLSX_EXACT = 10**15
#: Bytes of a value from which Parquet need not look whether it repeats.
_LONG = 100
#: Bytes of different values that Parquet keeps to look whether one repeats; it gives up after them.
_REPEATS = 1 << 20
#: Fractions whose first ones show whether zstd makes them smaller: by a sixteenth at least, or the time is lost. Of
#: fewer than the least of them, what zstd adds to a frame would count.
_SHOWN, _LEAST_SHOWN, _LEFT = 8_192, 256, 15 / 16
#: Bytes of a column, and the least rows, that Parquet takes at once; whether a page is full is asked between.
_AT_ONCE, _FEWEST = 1 << 20, 1_024


class Sink(Protocol):
    """A file that is being written."""

    def write(self, part: pa.Table) -> None:
        """Add the rows of a part."""

    def close(self) -> None:
        """Complete the file."""


def _cells(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column as CSV holds them."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):  # Python's own number would have digits that it has not
        return ["" if value != value else str(value) for value in column.to_numpy()]
    if pa.types.is_duration(kind):
        return ["" if value != value else str(value) for value in column.to_pandas()]
    return [cell_text(value) for value in column.to_pylist()]


def _loose_cell(value: Any) -> Any:
    """Return a cell of a sheet as CSV holds it: a date is known there only as midnight."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time.min:
        return value.date()
    return cell_text(value)


class _Delimited:
    def __init__(self, file: BinaryIO, compression: str | None, schema: pa.Schema, delimiter: str) -> None:
        self._out = _text(file, compression)
        self._schema, self._delimiter = schema, delimiter
        # The mark lets spreadsheet programs see that it is UTF-8; pandas and R skip it.
        self._out.write("\ufeff".encode())
        self._out.write(self._ended(self._spelled([schema.names]), 1))

    def _spelled(self, rows: Iterable[Sequence[Any]]) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n").writerows(rows)
        return out.getvalue()

    def _ended(self, text: str, rows: int) -> bytes:
        # Fields that hold a character of a row's end are quoted. A carriage return must be, or it would end its row
        # wherever the file is read; only in a part that has one do rows end with both characters.
        return (text.replace("\r\n", "\n") if text.count("\r") == rows else text).encode()

    def write(self, part: pa.Table) -> None:
        names = self._schema.names
        if is_loose(part.schema):
            rows: Iterable[Sequence[Any]] = ([_loose_cell(row.get(name)) for name in names] for row in records(part))
        else:
            none, held = [""] * len(part), part.column_names
            rows = zip(*(_cells(part[name]) if name in held else none for name in names), strict=True)
        text = self._spelled(rows)
        self._out.write(self._ended(text, len(part)))

    def close(self) -> None:
        self._out.close()


def _text(file: BinaryIO, compression: str | None) -> Any:
    return file if compression is None else pa.CompressedOutputStream(pa.PythonFile(file, mode="w"), compression)


class _Lines:
    def __init__(self, file: BinaryIO, compression: str | None, schema: pa.Schema) -> None:
        self._out = _text(file, compression)

    def write(self, part: pa.Table) -> None:
        lines = (json_text(row) + "\n" for row in records(part))
        self._out.write("".join(lines).encode())

    def close(self) -> None:
        self._out.close()


class _Parquet:
    def __init__(self, file: BinaryIO, compression: str | None, schema: pa.Schema) -> None:
        self._file, self._schema = pa.PythonFile(file, mode="w"), schema
        self._out: pq.ParquetWriter | None = None

    def _begun(self, part: pa.Table) -> pq.ParquetWriter:
        """Return the file's writer; strings that come dictionary-encoded are written so, and read as strings."""
        import pyarrow.parquet as pq

        read_as = self._schema
        for field in part.schema:
            place = read_as.get_field_index(field.name)
            if place >= 0 and pa.types.is_string(read_as.field(place).type) and pa.types.is_dictionary(field.type):
                self._schema = self._schema.set(place, field)
        # Fractions and long texts hardly repeat: looking for repeats would take much of the time. So would it to look
        # for the least and the greatest text, by which nobody seeks, or to pack fractions that are all digits.
        with pa.BufferOutputStream() as empty:
            pq.ParquetWriter(empty, self._schema).close()
            leaves = pq.ParquetFile(pa.BufferReader(empty.getvalue())).schema
        once = {name for name in part.column_names if part[name].nbytes > _LONG * len(part) or _differs(part[name])}
        dense = {name for name in part.column_names if _is_dense(part[name])}
        paths = [leaf.path for leaf in leaves]
        widest = max((part[name].nbytes for name in part.column_names), default=0) // max(len(part), 1)
        repeat = [
            leaf.path for leaf in leaves if leaf.physical_type not in ("FLOAT", "DOUBLE") and leaf.path not in once
        ]
        out = pq.ParquetWriter(
            self._file, self._schema,
            compression=cast(Any, {path: "none" if path in dense else "zstd" for path in paths}),
            use_dictionary=cast(Any, repeat), store_schema=False,
            write_statistics=cast(Any, [path for path in paths if path not in once]),
            write_batch_size=max(_FEWEST, _AT_ONCE // max(widest, 1)),
        )  # fmt: skip
        out.add_key_value_metadata({"ARROW:schema": b64encode(read_as.serialize().to_pybytes()).decode()})
        return out

    def write(self, part: pa.Table) -> None:
        if len(part):
            self._out = self._out or self._begun(part)
            self._out.write_table(typed(part, self._schema))

    def close(self) -> None:
        (self._out or self._begun(pa.Table.from_batches([], self._schema))).close()


def _differs(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds so many different strings that Parquet would give up looking for repeats."""
    return bool(pa.types.is_string(column.type) and column.nbytes > _REPEATS and column.unique().nbytes > _REPEATS)


def _is_dense(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds fractions that zstd hardly makes smaller."""
    if not pa.types.is_floating(column.type) or len(column) < _LEAST_SHOWN:
        return False
    width = column.type.bit_width // 8
    chunks = [chunk for chunk in column.slice(0, _SHOWN).chunks if len(chunk)]
    shown = b"".join(chunk.buffers()[1].slice(chunk.offset * width, len(chunk) * width) for chunk in chunks)
    return bool(len(pa.Codec("zstd").compress(shown)) > _LEFT * len(shown))


def _number(value: Any) -> bool:
    """Tell whether a cell can hold the value as a number."""
    return abs(value) < XLSX_EXACT if isinstance(value, int) else isinstance(value, float) and math.isfinite(value)


class _ZipTarget:
    """A file for a ZIP writer, whose finaliser writes to it once more when writing has failed and it is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at = file, 0

    def write(self, data: bytes) -> int:
        if not self._file.closed:
            return self._file.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at if self._file.closed else self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if not self._file.closed:
            return self._file.seek(offset, whence)
        self._at = offset
        return offset

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


class _Xlsx:
    def __init__(self, file: BinaryIO, compression: str | None, schema: pa.Schema) -> None:
        import xlsxwriter

        # Text stays text: a paragraph that begins with = is no formula, one with http no link.
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
                   "constant_memory": True, "tmpdir": str(Path(file.name).parent), "remove_timezone": True}  # fmt: skip
        self._book = xlsxwriter.Workbook(cast(Any, _ZipTarget(file)), options)
        # Two runs over the same rows give the same bytes.
        self._book.set_properties({"created": datetime.datetime(2000, 1, 1)})
        self._sheet = self._book.add_worksheet("zhengyu")
        self._formats = {
            datetime.datetime: self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            datetime.date: self._book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime.time: self._book.add_format({"num_format": "hh:mm:ss"}),
            datetime.timedelta: self._book.add_format({"num_format": "[h]:mm:ss"}),
        }
        self._names, self._row = schema.names, 1
        for column, name in enumerate(self._names):
            self._sheet.write_string(0, column, name)

    def write(self, part: pa.Table) -> None:
        if self._row + len(part) > XLSX_MAX_ROWS + 1:
            raise ZhengyuError(
                f"XLSX holds {XLSX_MAX_ROWS:,} rows below its header, there are more; write .parquet or .csv"
            )
        for record in records(part):
            for column, name in enumerate(self._names):
                self._cell(column, name, record.get(name))
            self._row += 1

    def _cell(self, column: int, name: str, value: Any) -> None:
        if value is None or value != value:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, column, value)
        elif _number(value):
            self._sheet.write_number(self._row, column, value)
        elif type(value) in self._formats:
            self._sheet.write_datetime(self._row, column, value, self._formats[type(value)])
        else:
            text = str(cell_text(value))
            if len(text) > XLSX_MAX_CELL:
                raise ZhengyuError(
                    f"XLSX cells hold {XLSX_MAX_CELL:,} characters, row {self._row + 1} column {name!r} has "
                    f"{len(text):,}; write .parquet, .jsonl or .csv"
                )
            self._sheet.write_string(self._row, column, text)

    def close(self) -> None:
        from xlsxwriter.exceptions import XlsxWriterException

        try:
            self._book.close()
        except XlsxWriterException as error:  # how it tells of a disk that fails
            raise OSError(str(error)) from error


def _csv(file: BinaryIO, compression: str | None, schema: pa.Schema) -> Sink:
    return _Delimited(file, compression, schema, ",")


def _tsv(file: BinaryIO, compression: str | None, schema: pa.Schema) -> Sink:
    return _Delimited(file, compression, schema, "\t")


def _stata(file: BinaryIO, compression: str | None, schema: pa.Schema) -> StataSink:
    from zhengyu.io.stata import StataSink

    return StataSink(file, compression, schema)


WRITERS: dict[str, Callable[[BinaryIO, str | None, pa.Schema], Sink]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _Lines,
    ".ndjson": _Lines,
    ".parquet": _Parquet,
    ".xlsx": _Xlsx,
    ".dta": _stata,
}

#: Formats that hold labels of columns: each with what its numbers stand for.
LABELLED = frozenset([".dta"])
Labels = Mapping[str, tuple[str, Mapping[int, str]]]


def _format(path: Path) -> tuple[str, str | None]:
    ending, compression = ending_of(path.name)
    if compression and not (ending in WRITERS and BY_ENDING[ending].text):
        return path.suffix.lower(), None
    return ending, compression


def is_delimited(path: Path) -> bool:
    """Tell whether an output is CSV or TSV, whose cells a spreadsheet program may run as formulas."""
    return BY_ENDING[_format(path)[0]].reader in ("csv", "tsv")


def is_for_programs(path: Path) -> bool:
    """Tell whether an output is Parquet or JSON Lines, which programs read rather than people."""
    return BY_ENDING[_format(path)[0]].reader in ("parquet", "jsonl")


def formulas(table: pa.Table) -> int:
    """Count the cells of a table that a spreadsheet program would run when it opens them in CSV.

    They begin with =, +, - or @ and are no numbers.
    """
    if is_loose(table.schema):
        return _formulas(cell for row in loose_rows(table) for cell in row.values() if isinstance(cell, str))
    texts = [one for one in table.columns if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]
    if len(table) <= _FEW_ROWS:
        return sum(_formulas(cell for cell in column.to_pylist() if cell is not None) for column in texts)
    import pyarrow.compute as pc

    found = 0
    for column in texts:
        begin = pc.call_function("match_substring_regex", [column], pc.MatchSubstringOptions("^[=+@\\-]"))
        if pc.call_function("any", [begin]).as_py():
            found += _formulas(cell for cell in column.filter(begin).to_pylist() if cell is not None)
    return found


def _formulas(cells: Iterable[str]) -> int:
    return sum(1 for cell in cells if cell[:1] in _RUN and not _NUMBER.fullmatch(cell))


def refuse_unheld(path: Path, table: pa.Table, added: int, rows: int | None = None) -> None:
    """Refuse a table that the format of an output cannot hold, before its rows are tagged.

    Parameters
    ----------
    path : Path
        The output.
    table : pyarrow.Table
        Rows, of which there may be more.
    added : int
        Columns that tagging adds.
    rows : int, optional
        How many rows there are, where that is known.

    Raises
    ------
    ZhengyuError
        It is a workbook, and there are too many columns or rows, or a cell is too long.
    """
    if WRITERS[_format(path)[0]] is not _Xlsx:
        return
    import pyarrow.compute as pc

    other = "write .parquet, .jsonl or .csv"
    held = to_frame([table]) if is_loose(table.schema) else None
    columns = len(table.column_names if held is None else held.columns) + added
    if columns > XLSX_MAX_COLUMNS:
        raise ZhengyuError(
            f"{path}: XLSX holds {XLSX_MAX_COLUMNS:,} columns, the table has {columns:,} with those that tagging adds; "
            f"{other}"
        )
    if rows is not None and rows > XLSX_MAX_ROWS:
        raise ZhengyuError(
            f"{path}: XLSX holds {XLSX_MAX_ROWS:,} rows below its header, there are {rows:,}; write .parquet or .csv"
        )
    for name in table.column_names if held is None else map(str, held.columns):
        if held is not None:
            most = max((len(cell) for cell in held[name] if isinstance(cell, str)), default=0)
        elif pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type):
            most = pc.call_function("max", [pc.call_function("utf8_length", [table[name]])]).as_py() or 0
        else:
            most = 0
        if most > XLSX_MAX_CELL:
            raise ZhengyuError(
                f"{path}: XLSX cells hold {XLSX_MAX_CELL:,} characters, one of column {name!r:.80} has {most:,}; "
                f"{other}"
            )


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises
    ------
    ZhengyuError
        A folder or link stands there, its ending is unknown, or the folder that it goes to does not exist.
    """
    refuse_place(path)
    if _format(path)[0] not in WRITERS:
        raise ZhengyuError(f"{path}: expected an ending of {', '.join(WRITERS)}, got {path.suffix or 'none'!r}")
    if not path.parent.is_dir():
        raise ZhengyuError(f"{path}: the folder {path.parent} does not exist; make it first")


class Output:
    """A table in the making beside its place; it takes its name when it is complete.

    Parameters
    ----------
    path : Path
        Its name; the ending says the format.
    schema : pyarrow.Schema
        Its columns.
    work : Path, optional
        What it is called until then; a new name when not given.
    sources : iterable of Path
        The files that it is made from; see `zhengyu_corpus.atomic.Replacement`.
    labels : callable, optional
        Gives the labels of its columns for a format of `LABELLED`; see `zhengyu.io.stata.StataSink`.

    Raises
    ------
    ZhengyuError, OSError
        It cannot be written; nothing stands under the name that did not stand there before.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, work: Path | None = None, sources: Iterable[Path] = (),
        labels: Callable[[], Labels] | None = None,
    ) -> None:  # fmt: skip
        ending, compression = _format(path)
        self._made = Replacement(path, work, sources)
        self._open = True
        try:
            self._sink = WRITERS[ending](self._made.file, compression, schema)
            if labels is not None and ending in LABELLED:
                cast("StataSink", self._sink).labels = labels()
        except BaseException:
            self._made.discard()
            raise

    def write(self, part: pa.Table) -> None:
        """Add the rows of a part."""
        self._sink.write(part)

    def finish(self) -> None:
        """Complete the file and give it its name."""
        self._sink.close()
        self._open = False
        self._made.commit()

    def discard(self) -> None:
        """Remove what was written, unless it has its name already."""
        if self._open:
            self._open = False
            with contextlib.suppress(Exception):  # what could not be written is of no account any more
                self._sink.close()
        self._made.discard()


def write_rows(path: Path, schema: pa.Schema, parts: Iterable[pa.Table], sources: Iterable[Path] = ()) -> None:
    """Write parts to a file that appears whole or not at all; `sources` as in `Output`."""
    output = Output(path, schema, sources=sources)
    try:
        for part in parts:
            output.write(part)
        output.finish()
    finally:
        output.discard()


def write_table(table: pd.DataFrame, path: Path, sources: Iterable[Path] = ()) -> None:
    """Write a data frame to a file of any of the formats; see `write_rows`."""
    sources = tuple(sources)
    check_output(path)
    refuse_same(path, sources)
    part = pa.Table.from_pandas(table, preserve_index=False)
    write_rows(path, part.schema.remove_metadata(), [part], sources)
