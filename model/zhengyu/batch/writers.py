"""Tables out: CSV, JSONL, Parquet or XLSX by the file's ending; the file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zhengyu_corpus.errors import ZhengyuError

#: Columns that hold lists of theme ids.
LISTS = ("themes", "uncertain")
XLSX_MAX_ROWS = 1_048_575
XLSX_MAX_CELL = 32_767


def _joined(table: pd.DataFrame, lists: tuple[str, ...]) -> pd.DataFrame:
    flat = table.copy()
    for column in lists:
        flat[column] = [";".join(value) if isinstance(value, list) else value for value in flat[column]]
    return flat


def _csv(table: pd.DataFrame, path: Path, lists: tuple[str, ...]) -> None:
    # The mark lets spreadsheet programs see that it is UTF-8; pandas and R skip it.
    _joined(table, lists).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (np.ndarray, list, tuple)):
        return [_plain_value(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain_value(part) for key, part in value.items()}
    if isinstance(value, float) and value != value:
        return None
    return value


def _jsonl(table: pd.DataFrame, path: Path, lists: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        names = [str(column) for column in table.columns]
        for row in table.itertuples(index=False, name=None):
            # pd.NA: the line that came did not have the key.
            record = {k: _plain_value(v) for k, v in zip(names, row, strict=True) if v is not pd.NA}
            out.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


def _parquet(table: pd.DataFrame, path: Path, lists: tuple[str, ...]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {}
    for name in table.columns:
        values = table[name]
        if name in lists:
            columns[str(name)] = pa.array(list(values), pa.list_(pa.string()))
        elif isinstance(values.dtype, pd.ArrowDtype):
            columns[str(name)] = pa.chunked_array(values.array.__arrow_array__())
        else:
            try:
                columns[str(name)] = pa.array(values, from_pandas=True)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                # A spreadsheet column of mixed kinds has no Parquet type; its values become text.
                columns[str(name)] = pa.array([None if pd.isna(v) else str(v) for v in values], pa.string())
    pq.write_table(pa.table(columns), path, compression="zstd")


def _xlsx(table: pd.DataFrame, path: Path, lists: tuple[str, ...]) -> None:
    if len(table) > XLSX_MAX_ROWS:
        raise ZhengyuError(
            f"XLSX holds {XLSX_MAX_ROWS:,} rows below its header, there are {len(table):,}; write .parquet or .csv"
        )
    flat = _joined(table, lists)
    for column in flat.columns:
        for row, value in enumerate(flat[column], 2):
            if isinstance(value, str) and len(value) > XLSX_MAX_CELL:
                raise ZhengyuError(
                    f"XLSX cells hold {XLSX_MAX_CELL:,} characters, row {row} column {column!r} has {len(value):,}; "
                    "write .parquet, .jsonl or .csv"
                )
    # Text stays text: a paragraph that begins with = is no formula, one with http no link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        flat.to_excel(book, index=False, sheet_name="zhengyu")


WRITERS: dict[str, Callable[[pd.DataFrame, Path, tuple[str, ...]], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises
    ------
    ZhengyuError
        The ending is unknown, or the folder does not exist.
    """
    if path.suffix.lower() not in WRITERS:
        raise ZhengyuError(f"{path}: expected an ending of {', '.join(WRITERS)}, got {path.suffix or 'none'!r}")
    if not path.parent.is_dir():
        raise ZhengyuError(f"{path}: the folder {path.parent} does not exist; make it first")


def write_table(table: pd.DataFrame, path: Path, lists: tuple[str, ...] = LISTS) -> None:
    """Write a table; the file takes its name when it is complete.

    Parameters
    ----------
    table : pandas.DataFrame
        What to write.
    path : Path
        Ends in ``.csv``, ``.jsonl``, ``.parquet`` or ``.xlsx``.
    lists : tuple of str
        Columns that hold lists: joined by ``;`` in CSV and XLSX.

    Raises
    ------
    ZhengyuError
        It cannot be written; nothing stands under the name that did not stand there before.
    """
    check_output(path)
    # ExcelWriter looks at the ending, so the working file keeps it.
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix.lower(), dir=path.parent)
    os.close(handle)
    work = Path(name)
    try:
        WRITERS[path.suffix.lower()](table, work, tuple(column for column in lists if column in table.columns))
        work.chmod(0o644)
        work.replace(path)
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; nothing was changed there") from error
    finally:
        work.unlink(missing_ok=True)
