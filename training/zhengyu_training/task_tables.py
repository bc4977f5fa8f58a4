"""Paragraphs to be labelled, from a table: CSV, TSV or Parquet, as `zhengyu tag` reads and writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from zhengyu.batch.inputs import find_inputs
from zhengyu.batch.opening import read_table
from zhengyu_corpus.errors import ZhengyuError

ENDINGS = (".csv", ".tsv", ".parquet")
#: Columns that hold several names: lists in Parquet, joined by a semicolon in CSV and TSV.
_JOINED = ("themes", "maybe")


def read_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a table with their numbers, as the lines of a JSONL file would be.

    Raises
    ------
    ZhengyuError
        The table cannot be read, or some of its rows cannot: labelling the rest would lose them unseen.
    """
    (source,) = find_inputs([str(path)], "csv")
    with source.open() as stream:
        frame, texts, aside, _ = read_table(source, stream)
    if aside:
        raise ZhengyuError(
            f"{path}: {len(aside)} row(s) cannot be read (line {aside[0].line}: {aside[0].reason}); repair the file"
        )
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, (values, text) in enumerate(zip(frame.to_dict("records"), texts, strict=True), 1):
        row = {str(name): _plain(str(name), value) for name, value in values.items()}
        identity = row.get("id")
        rows.append((number, {**row, "id": str(identity) if identity else f"{path.name}#{number}", "text": text}))
    return rows


def _plain(name: str, value: Any) -> Any:
    if name in _JOINED:
        names = value.split(";") if isinstance(value, str) else [] if value is None else list(value)
        return [one.strip() for one in names if one.strip()]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and np.isnan(value) else value
