"""A tagged table on the terminal."""

from __future__ import annotations

import sys

import pandas as pd

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import load_themes

_TEXT_CHARS = 36


def show(table: pd.DataFrame, *, prefix: str = "", rows: int = 200) -> None:
    """Print paragraphs with their themes, ids and Chinese names.

    Parameters
    ----------
    table : pandas.DataFrame
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
    documents = "kind" in table.columns
    for heading in ("#", "kind", "themes", "text") if documents else ("#", "themes", "text"):
        grid.add_column(heading, no_wrap=heading in ("#", "kind"), overflow="fold")
    text_column = _text_column(table, prefix)
    for number, (_, row) in enumerate(table.head(rows).iterrows(), 1):
        names = "、".join(f"{theme} {known.get(theme, '')}".strip() for theme in row[f"{prefix}themes"])
        text = str(row[text_column])
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
    if len(table) > rows:
        console.print(f"… and {len(table) - rows} more rows; write them all with -o FILE")


def _text_column(table: pd.DataFrame, prefix: str) -> str:
    from zhengyu.io.tables import find_text_column

    rest = table.drop(columns=[f"{prefix}themes", f"{prefix}uncertain", f"{prefix}model"])
    try:
        return find_text_column(rest, "table")
    except ZhengyuError:
        return str(rest.columns[0])
