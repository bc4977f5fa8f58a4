"""Paragraphs to be labelled, from a table of any make that `zhengyu tag` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zhengyu.io.formats import BY_ENDING, ending_of, endings
from zhengyu.io.inputs import find_inputs
from zhengyu.io.read_table import read_table
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_training.labelling.spreadsheet import is_ours

#: Columns that hold several names: lists, or joined by a semicolon where a format has no lists.
_JOINED = ("themes", "maybe")


def is_table(path: Path) -> bool:
    """Tell whether a file is a table of any make, and not JSONL or a workbook of `corpus export`."""
    ending, _ = ending_of(path.name)
    if ending not in endings("table"):
        return False
    reader = BY_ENDING[ending].reader
    return not is_ours(path) if reader == "workbook" else reader != "jsonl"


def read_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a table with their numbers, as the lines of a JSONL file would be; rows without text stay out.

    A row whose themes are empty has not been coded, as in a spreadsheet; one that has none says ``none``, or holds a
    list of no theme where the format has lists.

    Raises
    ------
    ZhengyuError
        The table cannot be read, or some of its rows cannot: labelling the rest would lose them unseen.
    """
    if not path.is_file():
        raise ZhengyuError(f"{path}: no such file; name one table")
    (source,) = find_inputs([str(path)])
    with source.open() as stream:
        frame, texts, aside, _ = read_table(source, stream)
    if aside:
        raise ZhengyuError(
            f"{path}: {len(aside)} row(s) cannot be read (line {aside[0].line}: {aside[0].reason}); repair the file"
        )
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, (values, text) in enumerate(zip(frame.to_dict("records"), texts, strict=True), 1):
        if not text.strip():
            continue
        plain = {str(name): _plain(str(name), value) for name, value in values.items()}
        row = {name: value for name, value in plain.items() if value is not None or name not in _JOINED}
        identity = row.get("id")
        rows.append((number, {**row, "id": f"{path.name}#{number}" if identity is None else identity, "text": text}))
    return rows


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple, np.ndarray)):
        return list(value)
    if value is None or value is pd.NA or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    if name in _JOINED and isinstance(value, str):
        return [one.strip() for one in value.split(";") if one.strip()] or None
    return value
