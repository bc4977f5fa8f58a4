"""Tables of pandas, polars and Arrow as the rows that findings are made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from zhengyu.findings.where import parse_where
from zhengyu.io.blocks import to_frame
from zhengyu.io.columns import ADDED
from zhengyu.io.tables import find_text_column, first_values
from zhengyu.io.tagged_tables import RowCondition, TaggedRows, chinese_names, require_tagged
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet


def as_arrow(table: Any) -> pa.Table:
    """Return a table of pandas, polars or Arrow as one of Arrow; cells of mixed types become text.

    Raises
    ------
    ZhengyuError
        It is no table.
    """
    if isinstance(table, pd.DataFrame):
        return pa.table({str(name): _array(table[name]) for name in table.columns})
    try:
        found = pa.table(table)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ZhengyuError(
            f"expected a data frame of pandas or polars, or an Arrow table, got {type(table).__name__}; read a file "
            "into one first"
        ) from error
    return found.cast(pa.schema([field.with_type(_plain(field.type)) for field in found.schema]))


def _plain(kind: Any) -> Any:
    """Return the type that views of strings, and large lists of strings, are taken as; others stay."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = kind.value_type
        if pa.types.is_string_view(inner) or pa.types.is_large_string(inner) or pa.types.is_string(inner):
            return pa.list_(pa.string())
    return kind


def _array(column: Any) -> Any:
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if cell is None or cell is pd.NA else str(cell) for cell in column], pa.string())


def as_pandas(table: Any) -> pd.DataFrame:
    """Return a table of pandas, polars or Arrow as a data frame of pandas, lists as Python's."""
    return table if isinstance(table, pd.DataFrame) else to_frame([as_arrow(table)])


def frame_rows(
    table: Any, *, where: str | RowCondition | None = None, prefix: str = "", tagged: bool = True,
    name: str = "the table", themes: ThemeSet | None = None,
) -> Iterator[TaggedRows]:  # fmt: skip
    """Yield a table as `zhengyu.io.tagged_tables.tagged_blocks` yields those in files; parameters as there.

    Rows without a column ``id`` go by their 1-based number.

    Raises
    ------
    ZhengyuError
        It is no table, was not tagged, or lacks a text or a column that was named.
    """
    rows = as_arrow(table)
    if tagged:
        require_tagged(rows.column_names, name, prefix)
    if not len(rows):
        return
    added = {f"{prefix}{column}" for column in ADDED}
    text = find_text_column(first_values(rows.select([c for c in rows.column_names if c not in added])), name)
    numbers = np.arange(1, len(rows) + 1)
    named = rows["id"] if "id" in rows.column_names else pa.chunked_array([numbers])
    ids = named.cast(pa.string()).combine_chunks()
    if where is not None:
        condition = parse_where(where) if isinstance(where, str) else where
        mask = condition.mask(rows, name)
        rows, ids, numbers = rows.filter(pa.array(mask)), ids.filter(pa.array(mask)), numbers[mask]
    texts = rows[text].cast(pa.string()).combine_chunks().fill_null("")
    yield TaggedRows(name, rows, texts, ids, numbers, prefix, chinese_names(themes))
