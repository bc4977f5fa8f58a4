"""A tagged table on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import load_themes

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT_CHARS = 36
#: A pipe has no width; 100 columns keep a line whole.
_PIPE_WIDTH = 100
#: Cells of a place that are shown; words that carried a theme may be long.
_MATCH_WIDTH = 40


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
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, markup=False, highlight=False)
    console.print(grid)
    if len(table) > rows:
        console.print(f"… and {len(table) - rows} more rows; write them all with -o FILE")


def show_places(parts: Iterable[pa.Table], title: str, rows: int) -> None:
    """Print places with what stands before and behind them, as `zhengyu.findings.find.find_rows` yields them.

    Parameters
    ----------
    parts : iterable of pyarrow.Table
        The places.
    title : str
        What they are places of.
    rows : int
        Rows shown; the rest is counted.
    """
    from rich.cells import cell_len, set_cell_size
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown: list[dict[str, Any]] = []
    count = paragraphs = 0
    for part in parts:
        shown += part.slice(0, max(0, rows - len(shown))).to_pylist()
        count += len(part)
        paragraphs += len(set(part["id"].to_pylist()))
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, markup=False, highlight=False)
    places = [_place(row) for row in shown]
    matches = [set_cell_size(match, min(cell_len(match), _MATCH_WIDTH)) for match in _column(shown, "match")]
    taken = max(map(cell_len, places), default=0) + max(map(cell_len, matches), default=0)
    room = max(8, (console.width - taken - 6) // 2)
    grid = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "left", "left"):
        grid.add_column(justify=justify, no_wrap=True, overflow="crop")
    lefts, rights = _column(shown, "left"), _column(shown, "right")
    for place, left, match, right in zip(places, lefts, matches, rights, strict=True):
        while cell_len(left) > room:
            left = left[1:]
        grid.add_row(place, left, Text(match, style="bold"), set_cell_size(right, min(cell_len(right), room)))
    if shown:
        console.print(grid)
    more = f"; {count - len(shown):,} more than shown, write them all with -o FILE" if count > len(shown) else ""
    console.print(f"{title}: places: {count:,}, in paragraphs: {paragraphs:,}{more}", soft_wrap=True)


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [" ".join(str(row[name]).split()) for row in rows]


def _place(row: Mapping[str, Any]) -> str:
    """Return where a place is: the document's name without its folders, the paragraph, date and place."""
    document = str(row["document"] or "").replace("\\", "/").rpartition("/")[2]
    parts = [f"{document}:{row['paragraph']}" if document else f"{row['paragraph']}", row["date"], row["place"]]
    return " ".join(str(part) for part in parts if part)


def _text_column(table: pd.DataFrame, prefix: str) -> str:
    from zhengyu.io.tables import find_text_column

    rest = table.drop(columns=[f"{prefix}themes", f"{prefix}uncertain", f"{prefix}model"])
    try:
        return find_text_column(rest, "table")
    except ZhengyuError:
        return str(rest.columns[0])
