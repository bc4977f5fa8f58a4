"""Measure `zhengyu report` on many tagged rows with slogans, from Parquet and from CSV; print a table.

``python benchmarks/report.py 1000000``. The rows of `rows.py` get a year, a place and a document each; they are tagged
with slogans first, and every command is a process of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from measuring import measure
from rows import write_rows

#: Years from 1990 on, places, and paragraphs of a document.
YEARS, PLACES, PARAGRAPHS = 36, 300, 20


def write_dated(path: Path, count: int) -> None:
    """Write rows with ``year``, ``place`` and ``doc``."""
    plain = path.with_name("plain.parquet")
    write_rows(plain, count)
    rows = pq.ParquetFile(plain)
    schema = rows.schema_arrow
    for name in ("year", "place", "doc"):
        schema = schema.append(pa.field(name, pa.string()))
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for batch in rows.iter_batches(50_000):
            documents = [number // PARAGRAPHS for number in batch["id"].to_pylist()]
            out.write_table(
                pa.table(
                    [*batch.columns, [str(1990 + d % YEARS) for d in documents], [f"县{d % PLACES}" for d in documents],
                     [f"文{d}" for d in documents]], schema=schema,
                )
            )  # fmt: skip


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1])
    print(f"load before: {os.getloadavg()[0]:.1f}\n\n| program | s | processor s | peak MB | page MB |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_dated(work / "rows.parquet", count)
        for ending in ("parquet", "csv"):
            tagged, slogans, page = (work / name for name in (f"t.{ending}", f"s.{ending}", f"{ending}.html"))
            words = [sys.executable, "-m", "zhengyu"]
            ways = {
                f"tag to {ending} with slogans": [
                    *words, "tag", str(work / "rows.parquet"), "-o", str(tagged), "--slogans", str(slogans), "--quiet",
                ],
                f"report from {ending}": [*words, "report", str(tagged), "--slogans", str(slogans), "-o", str(page)],
            }  # fmt: skip
            for name, way in ways.items():
                one = measure(way, cores=None)
                size = f"{page.stat().st_size / 1e6:.1f}" if page.exists() else ""
                print(f"| {name} | {one.wall:.1f} | {one.cpu:.1f} | {one.peak:.0f} | {size} |", flush=True)


if __name__ == "__main__":
    main()
