"""Rows of a Parquet file in batches bounded by their decoded bytes, whatever few bytes they are packed into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from zhengyu.io.arrow import longest
from zhengyu.io.blocks import BLOCK_BYTES, BLOCK_ROWS

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: Bytes that one batch may take decoded, if each of its values were the longest that its column's dictionary holds.
DECODED_BYTES = 64 * 1024 * 1024
#: Bytes of a column that are read at a time.
BUFFER = 1 << 20
#: Physical types whose values have no fixed length.
_BYTES = ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")


def batches(
    file: pq.ParquetFile, stream: BinaryIO, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of at most `BLOCK_ROWS` rows and, but for a row that is larger, about `BLOCK_BYTES`.

    A dictionary names each of its values in a few bits: ten kilobytes can stand for as many paragraphs of a megabyte.
    So many rows are decoded at a time as keep `DECODED_BYTES` in the worst case; small batches are put together again.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
        The file.
    stream : binary file
        What it was opened from.
    columns : sequence of str, optional
        Top-level columns to read; all when not given.
    groups : sequence of int, optional
        Numbers of the row groups to read; all when not given.
    """
    held: list[pa.RecordBatch] = []
    rows = size = 0
    groups = range(file.metadata.num_row_groups) if groups is None else groups
    at_once = rows_at_once(file, stream, columns, groups)
    names = None if columns is None else list(columns)
    for batch in file.iter_batches(batch_size=at_once, row_groups=list(groups), columns=names):
        if held and (rows + len(batch) > BLOCK_ROWS or size + batch.nbytes > BLOCK_BYTES):
            yield _joined(held)
            held, rows, size = [], 0, 0
        if batch.nbytes > BLOCK_BYTES:
            yield from _cut(batch)
            continue
        held.append(batch)
        rows, size = rows + len(batch), size + batch.nbytes
        if rows == BLOCK_ROWS:
            yield _joined(held)
            held, rows, size = [], 0, 0
    if held:
        yield _joined(held)


def groups_in(file: pq.ParquetFile, start: int, end: int) -> list[int]:
    """Return the row groups that begin in a range of a file's bytes; ranges that make the file share none."""
    found: list[int] = []
    for number in range(file.metadata.num_row_groups):
        group, begin = file.metadata.row_group(number), 0
        if group.num_columns:
            chunk = group.column(0)
            begin = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
        if start <= begin < end:
            found.append(number)
    return found


def rows_at_once(
    file: pq.ParquetFile, stream: BinaryIO, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> int:
    """Return how many rows may be decoded at a time: at most `BLOCK_ROWS`, at least 1."""
    found, worst = file.metadata, 0.0
    for number in range(found.num_row_groups) if groups is None else groups:
        group, row = found.row_group(number), 0.0
        for place in range(group.num_columns):
            chunk = group.column(place)
            if columns is not None and chunk.path_in_schema.split(".")[0] not in columns:
                continue
            row += chunk.total_uncompressed_size / max(1, group.num_rows)
            # A small dictionary cannot hold values that do harm: those of most columns are not looked at.
            if chunk.has_dictionary_page and chunk.physical_type in _BYTES \
                    and chunk.total_uncompressed_size * BLOCK_ROWS > DECODED_BYTES:  # fmt: skip
                row += _longest(file, stream, number, chunk.path_in_schema) * chunk.num_values / max(1, group.num_rows)
        worst = max(worst, row)
    return max(1, min(BLOCK_ROWS, int(DECODED_BYTES / max(worst, 1.0))))


def _longest(file: pq.ParquetFile, stream: BinaryIO, group: int, path: str) -> int:
    """Return the bytes of the longest value in the dictionary of a column of a row group."""
    import pyarrow.parquet as pq

    again = pq.ParquetFile(stream, metadata=file.metadata, read_dictionary=[path], pre_buffer=False, buffer_size=BUFFER)
    batch = next(again.iter_batches(batch_size=1, row_groups=[group], columns=[path]), None)
    values: Any = None if batch is None else batch.column(0)
    while values is not None and not pa.types.is_dictionary(values.type):
        if not pa.types.is_nested(values.type):
            return 0  # Arrow decodes dictionaries of other types only
        values = values.field(0) if pa.types.is_struct(values.type) else values.values
    if values is None:
        return 0
    return longest(values.dictionary)


def _joined(parts: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    (whole,) = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return whole


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    rows = max(1, len(batch) * BLOCK_BYTES // batch.nbytes)
    for start in range(0, len(batch), rows):
        yield batch.slice(start, rows)
