"""Batches of Parquet keep to their bytes, whatever a dictionary makes of few, and hold every row in its order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhengyu.io.blocks import BLOCK_BYTES, BLOCK_ROWS
from zhengyu.io.parquet_batches import DECODED_BYTES, batches, rows_at_once

LONG = "农" * 400_000


def written(table: pa.Table, **how: object) -> BytesIO:
    out = BytesIO()
    pq.write_table(table, out, store_schema=False, **how)
    return out


def read(out: BytesIO, columns: Sequence[str] | None = None) -> list[pa.RecordBatch]:
    return list(batches(pq.ParquetFile(out), out, columns))


def test_usual_tables_come_in_whole_blocks_over_row_groups() -> None:
    table = pa.table({"text": [f"全县新建高标准农田{i}亩" for i in range(2 * BLOCK_ROWS + 5)]})
    found = read(written(table, row_group_size=1_000))
    assert [len(batch) for batch in found] == [BLOCK_ROWS, BLOCK_ROWS, 5]
    assert pa.Table.from_batches(found).equals(table)
    assert read(written(table.slice(0, 0))) == []


def test_one_long_value_among_short_ones_splits_no_block() -> None:
    texts = [f"短{i}" for i in range(5_000)]
    texts[77] = LONG
    table = pa.table({"text": texts})
    out = written(table)
    assert 0 < rows_at_once(pq.ParquetFile(out), out) < DECODED_BYTES / len(LONG.encode())
    (found,) = read(out)
    assert pa.Table.from_batches([found]).equals(table)


@pytest.mark.parametrize("shape", ["text", "list", "struct"])
def test_a_value_named_often_is_decoded_some_rows_at_a_time(shape: str) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), pa.array([LONG]))
    column = {
        "text": lambda: values,
        "list": lambda: pa.ListArray.from_arrays(pa.array(range(0, 201, 2), pa.int32()), values),
        "struct": lambda: pa.StructArray.from_arrays([values], ["x"]),
    }[shape]()
    out = written(pa.table({"one": column, "other": ["县"] * len(column)}))
    assert len(out.getvalue()) < 2 * len(LONG.encode())
    found = read(out)
    assert sum(map(len, found)) == len(column)
    assert max(batch.nbytes for batch in found) <= BLOCK_BYTES
    (one,) = read(out, ["other"])  # what is not read does no harm
    assert one.schema.names == ["other"] and len(one) == len(column)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000, pa.int32()), pa.array([LONG]))
    pq.write_table(pa.table({"other": values, "text": ["全县新建高标准农田三万亩。"] * 3_000}), tmp_path / "in.parquet")
    code = (
        "import sys; from zhengyu.io.inputs import Input; from zhengyu.io.tables import parquet_source\n"
        "source = parquet_source(Input(sys.argv[1], '.parquet'), open(sys.argv[1], 'rb'), 'text')\n"
        "print(sum(len(block.ids) for block in source.blocks))\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "in.parquet")]
    rows, kilobytes = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    assert int(rows) == 3_000
    assert int(kilobytes) < 600_000  # decoded at once it would be 3.6 GB
