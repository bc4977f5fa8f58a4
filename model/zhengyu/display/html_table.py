"""A tagged table that a notebook draws: the words that carried each theme lit, slogans underlined, themes as chips."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Protocol

import pandas as pd

from zhengyu.themes.evidence import Evidence
from zhengyu.themes.model import Model

#: Rows that are drawn; the rest is told by its number.
ROWS = 20
#: Characters of a paragraph that are drawn.
CHARS = 600
#: A span is lit from this share of the heaviest one of its theme.
LIT = 0.08
_CHIP = "display:inline-block;border-radius:9px;padding:0 .5em;margin:0 .3em .2em 0;white-space:nowrap"
_GIVEN = f"{_CHIP};background:rgba(155,44,34,.18)"
_UNCERTAIN = f"{_CHIP};border:1px dashed rgba(128,128,128,.8)"
_CELL = "text-align:left;vertical-align:top"


class Mark(Protocol):
    """A slogan at its place, as `zhengyu.Slogan` is one."""

    @property
    def start(self) -> int:
        """First character."""
        ...

    @property
    def end(self) -> int:
        """Character after the last."""
        ...

    @property
    def type(self) -> str:
        """Type of the codebook."""
        ...

    @property
    def normal(self) -> str:
        """Normal form."""
        ...


class Marker(Protocol):
    """What finds the words and slogans that are drawn, as `zhengyu.Tagger` does."""

    @property
    def model(self) -> Model:
        """The model at work."""
        ...

    def explain(self, text: str, themes: Sequence[str] | None = None) -> tuple[Evidence, ...]:
        """Return the evidence for each theme."""
        ...

    def find_slogans(self, texts: Sequence[str | None]) -> Sequence[Sequence[Mark]]:
        """Return the slogans of each text."""
        ...


#: Taggers at work by the version of their model: what draws a table later.
_TAGGERS: weakref.WeakValueDictionary[str, Marker] = weakref.WeakValueDictionary()


class TaggedTable(pd.DataFrame):
    """Tagged paragraphs as a data frame that draws itself in a notebook.

    It is a `pandas.DataFrame` in all else; rows and columns chosen from it are of this kind too. Where the columns of
    text and themes are gone pandas draws it; where no tagger of its model is at work, nothing is lit.
    """

    _metadata = ["text_column"]  # noqa: RUF012 - pandas looks for this name
    text_column = "text"

    @property
    def _constructor(self) -> Callable[..., TaggedTable]:
        return TaggedTable

    def _repr_html_(self) -> str | None:
        """Return the first rows with their words lit; hovering over a word tells its theme and its weight."""
        if not {self.text_column, "themes", "model"} <= set(map(str, self.columns)) or not self.columns.is_unique:
            plain: Any = pd.DataFrame(self)
            drawn: str | None = plain._repr_html_()
            return drawn
        shown = self.head(ROWS)
        own = [c for c in self.columns if c not in (self.text_column, "themes", "uncertain", "model", "start", "end")]
        own = [column for column in own if not str(column).startswith("p_")]
        head = "".join(
            f"<th style='{_CELL}'>{escape(str(name))}</th>" for name in ["", *own, self.text_column, "themes"]
        )
        lines = [
            f"<tr><th style='{_CELL}'>{escape(str(label))}</th>{_cells(row, own, self.text_column)}</tr>"
            for label, row in zip(shown.index, shown.to_dict("records"), strict=True)
        ]
        more = f"<p>{len(self) - ROWS:,} more of {len(self):,} rows</p>" if len(self) > ROWS else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{more}"


def as_tagged(table: pd.DataFrame, tagger: Marker, text_column: str = "text") -> TaggedTable:
    """Return a table that draws itself with the words that `tagger` finds."""
    _TAGGERS[tagger.model.version] = tagger
    made = TaggedTable(table)
    made.text_column = text_column
    return made


def _cells(row: dict[Any, Any], own: Sequence[Any], text_column: str) -> str:
    text = row[text_column] if isinstance(row[text_column], str) else ""
    tagger = _TAGGERS.get(str(row["model"]))
    given, doubtful = _ids(row["themes"]), _ids(row.get("uncertain"))
    names = {theme.id: theme.zh for theme in tagger.model.themes} if tagger else {}
    chips = "".join(_chip(theme, names, row, _GIVEN, "") for theme in given)
    chips += "".join(_chip(theme, names, row, _UNCERTAIN, "?") for theme in doubtful if theme not in given)
    drawn = lit(text, given, tagger) if tagger else escape(text[:CHARS])
    more = "…" if len(text) > CHARS else ""
    cells = [escape(str(row[column])) for column in own]
    cells += [f"{drawn}{more}", chips or "–"]
    return "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells)


def _ids(value: object) -> list[str]:
    if isinstance(value, str):
        return [theme for theme in value.split(";") if theme]
    return [str(theme) for theme in value] if isinstance(value, (list, tuple)) else []


def _chip(theme: str, names: dict[str, str], row: dict[Any, Any], style: str, mark: str) -> str:
    chance = row.get(f"p_{theme}")
    told = f" {chance:.2f}" if isinstance(chance, float) and chance == chance else ""
    label = f"{names[theme]} {theme}" if theme in names else theme
    return f"<span style='{style}'>{escape(label)}{told}{mark}</span>"


def lit(text: str, themes: Sequence[str], tagger: Marker) -> str:
    """Return a paragraph as HTML: evidence for `themes` lit, slogans underlined, each told on hovering.

    Parameters
    ----------
    text : str
        The paragraph; only its first `CHARS` characters are drawn.
    themes : sequence of str
        Theme ids whose evidence is lit.
    tagger : Marker
        Its model gives the evidence and the slogans.
    """
    #: start, end, depth of the light (0 for a slogan), what hovering tells
    marks: list[tuple[int, int, float, str]] = []
    for found in tagger.explain(text, list(themes)) if themes else ():
        most = max((span.contribution for span in found.spans), default=0.0)
        marks.extend(
            (span.start, span.end, 0.15 + 0.55 * span.contribution / most, f"{found.theme} {span.contribution:+.2f}")
            for span in found.spans
            if span.contribution > 0 and span.contribution >= LIT * most
        )
    if text.strip():
        marks.extend((one.start, one.end, 0.0, f"{one.type}: {one.normal}") for one in tagger.find_slogans([text])[0])
    end = min(len(text), CHARS)
    borders = sorted({0, end, *(place for start, stop, *_ in marks for place in (start, stop) if place < end)})
    out: list[str] = []
    for start, stop in pairwise(borders):
        here = [mark for mark in marks if mark[0] <= start and mark[1] >= stop]
        piece = escape(text[start:stop])
        if here:
            depth = max(mark[2] for mark in here)
            line = ";border-bottom:2px solid #4a7aa5" if any(mark[2] == 0 for mark in here) else ""
            told = escape("; ".join(mark[3] for mark in here))
            style = f"background:rgba(214,140,40,{depth:.2f});color:inherit{line}"
            piece = f'<mark title="{told}" style="{style}">{piece}</mark>'
        out.append(piece)
    return "".join(out)
