"""Rows to measure with: halves of the written paragraphs, shuffled and joined. Synthetic load, not a corpus."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PARAGRAPHS = Path(__file__).resolve().parents[1] / "corpus" / "zhengyu_corpus" / "paragraphs"


def write_rows(path: Path, count: int, seed: int = 0) -> None:
    """Write a Parquet file of `count` paragraphs, each two halves of written ones."""
    texts = [
        json.loads(line)["text"]
        for file in sorted(PARAGRAPHS.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    draw = random.Random(seed)
    halves = [part for text in texts for part in (text[: len(text) // 2], text[len(text) // 2 :])]
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for start in range(0, count, 50_000):
            ids = range(start, min(count, start + 50_000))
            block = ["".join(draw.sample(halves, 2)) for _ in ids]
            out.write_table(pa.table({"id": list(ids), "text": block}, schema=schema))
