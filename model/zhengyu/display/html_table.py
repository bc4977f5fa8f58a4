"""A tagged table as a notebook draws it: evidence highlighted, slogans underlined, themes as chips."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Protocol

import pandas as pd

from zhengyu.themes.evidence import Evidence
from zhengyu.themes.model import Model

#: Rows that are drawn; the rest are counted.
ROWS = 20
#: Characters of a paragraph that are drawn.
CHARS = 600
#: A span is highlighted from this share of the heaviest one of its theme.
LEAST_SHOWN = 0.08
_CHIP = "display:inline-block;border-radius:9px;padding:0 .5em;margin:0 .3em .2em 0;white-space:nowrap"
_GIVEN = f"{_CHIP};background:rgba(155,44,34,.18)"
_UNCERTAIN = f"{_CHIP};border:1px dashed rgba(128,128,128,.8)"
_CELL = "text-align:left;vertical-align:top"


class Mark(Protocol):
    """A slogan with its place; `zhengyu.Slogan` is one."""

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
    """What finds the evidence and slogans that are drawn; `zhengyu.Tagger` is one."""

    @property
    def model(self) -> Model:
        """The model of the tagger."""
        ...

    def explain(self, text: str, themes: Sequence[str] | None = None) -> tuple[Evidence, ...]:
        """Return the evidence for each theme."""
        ...

    def find_slogans(self, texts: Sequence[str | None]) -> Sequence[Sequence[Mark]]:
        """Return the slogans of each text."""
        ...


#: Loaded taggers by the version of their model: a table finds the one that made it when it is drawn.
_TAGGERS: weakref.WeakValueDictionary[str, Marker] = weakref.WeakValueDictionary()


class TaggedTable(pd.DataFrame):
    """Tagged paragraphs as a data frame that draws itself in a notebook.

    It is a `pandas.DataFrame` in all else; rows and columns chosen from it are of this kind too. Where the columns of
    text and themes are gone pandas draws it; where no tagger of its model is loaded, nothing is highlighted.
    """

    _metadata = ["text_column"]  # noqa: RUF012 - pandas looks for this name
    text_column = "text"

    @property
    def _constructor(self) -> Callable[..., TaggedTable]:
        return TaggedTable

    def _repr_html_(self) -> str | None:
        """Return the first rows, evidence highlighted; hovering over a span tells its theme and its weight."""
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
    """Return a table that draws itself with the evidence and slogans that `tagger` finds."""
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
    drawn = _highlighted(text, given, tagger) if tagger else escape(text[:CHARS])
    more = "…" if len(text) > CHARS else ""
    cells = [escape(str(row[column])) for column in own]
    cells += [f"{drawn}{more}", chips or "–"]
    return "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells)


def _ids(value: object) -> list[str]:
    if isinstance(value, str):
        return [theme for theme in value.split(";") if theme]
    return [str(theme) for theme in value] if isinstance(value, (list, tuple)) else []


def _chip(theme: str, names: dict[str, str], row: dict[Any, Any], style: str, mark: str) -> str:
    probability = row.get(f"p_{theme}")
    shown = f" {probability:.2f}" if isinstance(probability, float) and probability == probability else ""
    label = f"{names[theme]} {theme}" if theme in names else theme
    return f"<span style='{style}'>{escape(label)}{shown}{mark}</span>"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch of a paragraph to draw: depth of its background, 0 for an underline, and what hovering tells."""

    start: int
    end: int
    depth: float
    title: str


def evidence_highlights(found: Evidence) -> list[Highlight]:
    """Return the spans that speak for a theme, the deeper the more they weigh."""
    most = max((span.contribution for span in found.spans), default=0.0)
    return [
        Highlight(
            span.start, span.end, 0.15 + 0.55 * span.contribution / most, f"{found.theme} {span.contribution:+.2f}"
        )
        for span in found.spans
        if span.contribution > 0 and span.contribution >= LEAST_SHOWN * most
    ]


def highlight(text: str, spans: Sequence[Highlight]) -> str:
    """Return a text as HTML with its spans highlighted; they may overlap."""
    borders = sorted({0, len(text), *(min(place, len(text)) for one in spans for place in (one.start, one.end))})
    out: list[str] = []
    for start, stop in pairwise(borders):
        here = [one for one in spans if one.start <= start and one.end >= stop]
        piece = escape(text[start:stop])
        if here:
            depth = max(one.depth for one in here)
            line = ";border-bottom:2px solid #4a7aa5" if any(one.depth == 0 for one in here) else ""
            title = escape("; ".join(one.title for one in here))
            style = f"background:rgba(214,140,40,{depth:.2f});color:inherit{line}"
            piece = f'<mark title="{title}" style="{style}">{piece}</mark>'
        out.append(piece)
    return "".join(out)


def _highlighted(text: str, themes: Sequence[str], tagger: Marker) -> str:
    """Return the first `CHARS` characters of a paragraph: evidence for its themes, slogans underlined."""
    spans = [one for found in (tagger.explain(text, themes) if themes else ()) for one in evidence_highlights(found)]
    if text.strip():
        spans += [
            Highlight(one.start, one.end, 0.0, f"{one.type}: {one.normal}") for one in tagger.find_slogans([text])[0]
        ]
    return highlight(text[:CHARS], spans)
