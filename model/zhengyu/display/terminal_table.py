"""A tagged table on the terminal."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhengyu.io.blocks import records
from zhengyu.io.columns import ADDED
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import load_themes

if TYPE_CHECKING:
    from rich.console import Console

_TEXT_CHARS = 36
#: A pipe has no width; 100 columns keep a line whole.
_PIPE_WIDTH = 100
#: Cells of a place that are shown; words that carried a theme may be long.
_MATCH_WIDTH = 40


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
    console = _console()
    console.print(grid)
    every = sum(map(len, parts))
    if every > rows:
        console.print(f"… and {every - rows} more rows; write them all with -o FILE")


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
    from rich.table import Table
    from rich.text import Text

    shown: list[dict[str, Any]] = []
    count = paragraphs = 0
    for part in parts:
        shown += part.slice(0, max(0, rows - len(shown))).to_pylist()
        count += len(part)
        paragraphs += len(set(part["id"].to_pylist()))
    console = _console()
    places = [_place(row, console.width // 3) for row in shown]
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


def _console() -> Console:
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, "nobody reads the table")  # rich would end the program as failed

    return Plain(width=None if sys.stdout.isatty() else _PIPE_WIDTH, markup=False, highlight=False)


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [" ".join(str(row[name]).split()) for row in rows]


def _place(row: Mapping[str, Any], width: int) -> str:
    """Return where a place is: the document's name without its folders, the paragraph, date and place.

    A name that is wider than `width` loses its middle, so that there is room for the words that were looked for.
    """
    document = _without_middle(str(row["document"] or "").replace("\\", "/").rpartition("/")[2], width)
    parts = [f"{document}:{row['paragraph']}" if document else f"{row['paragraph']}", row["date"], row["place"]]
    return " ".join(str(part) for part in parts if part)


def _without_middle(name: str, width: int) -> str:
    """Return a name in at most so many cells."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(name) <= width:
        return name
    begin = set_cell_size(name, width // 2).rstrip()
    end = name[-(width // 2) :]
    while cell_len(begin) + 1 + cell_len(end) > width:
        end = end[1:]
    return f"{begin}…{end}"


def _text_column(rows: Sequence[dict[str, Any]], prefix: str) -> str:
    from zhengyu.io.tables import find_text_column

    added = {f"{prefix}{name}" for name in ADDED}
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in added]
    try:
        return find_text_column({name: [row.get(name) for row in rows] for name in names}, "table")
    except ZhengyuError:
        return names[0] if names else ""
