"""A tagged table on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from zhengyu.io.blocks import records
from zhengyu.io.columns import ADDED
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import load_themes

_TEXT_CHARS = 36


def show(parts: Sequence[pa.Table], *, prefix: str = "", rows: int = 200) -> None:
    """Print paragraphs with their themes, ids and Chinese names.

    Parameters
    ----------
    parts : sequence of pyarrow.Table
        What a run returned.
    prefix : str
        The prefix of the added columns.
    rows : int
        Rows shown; the rest is counted.
    """
    from rich.console import Console
    from rich.table import Table

    known = {theme.id: theme.zh for theme in load_themes()}
    grid = Table(box=None, pad_edge=False, header_style="bold")
    top = list(islice(chain.from_iterable(map(records, parts)), rows))
    documents = all({"paragraph", "kind", "rule", "text"} <= row.keys() for row in top)
    for heading in ("#", "kind", "themes", "text") if documents else ("#", "themes", "text"):
        grid.add_column(heading, no_wrap=heading in ("#", "kind"), overflow="fold")
    text_column = "text" if documents else _text_column(top, prefix)
    for number, row in enumerate(top, 1):
        names = "、".join(f"{theme} {known.get(theme, '')}".strip() for theme in row[f"{prefix}themes"])
        value = row.get(text_column)
        text = "" if value is None else str(value)
        short = text if len(text) <= _TEXT_CHARS else text[:_TEXT_CHARS] + "…"
        if documents:
            kind = str(row["kind"])
            answer = names or ("–" if kind == "furniture" else "none")
            grid.add_row(str(row["paragraph"]), kind, answer, short)
        else:
            grid.add_row(str(number), names or "none", short)
    # A pipe has no width; 100 columns keep a line whole.
    console = Console(width=None if sys.stdout.isatty() else 100, markup=False, highlight=False)
    console.print(grid)
    every = sum(map(len, parts))
    if every > rows:
        console.print(f"… and {every - rows} more rows; write them all with -o FILE")


def _text_column(rows: Sequence[dict[str, Any]], prefix: str) -> str:
    from zhengyu.io.tables import find_text_column

    added = {f"{prefix}{name}" for name in ADDED}
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in added]
    try:
        return find_text_column({name: [row.get(name) for row in rows] for name in names}, "table")
    except ZhengyuError:
        return names[0] if names else ""
