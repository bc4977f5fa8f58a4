"""Tagging in a notebook: ``df.zhengyu.tag("text")``, and paragraphs that show themselves with their words lit.

>>> import zhengyu.notebook
>>> import pandas as pd
>>> pd.DataFrame({"text": ["全县新建高标准农田三万亩。"]}).zhengyu.tag("text")["themes"][0]
['rural']
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import pandas as pd

from zhengyu.display.html_table import LIT, as_tagged
from zhengyu.tagger import Tagger, load
from zhengyu.themes.evidence import Evidence
from zhengyu_corpus.errors import ZhengyuError


@dataclass(frozen=True, slots=True)
class Shown:
    """One paragraph with the evidence for its themes; a notebook draws it.

    Attributes
    ----------
    text : str
        The paragraph.
    evidence : tuple of Evidence
        For each theme given, or for the most probable one.
    slogans : tuple of str
        Surface forms.
    """

    text: str
    evidence: tuple[Evidence, ...]
    slogans: tuple[str, ...]

    def _repr_html_(self) -> str:
        """Return the paragraph once for each theme, the words that carried it lit."""
        parts: list[str] = []
        for found in self.evidence:
            answer = "" if found.given else " (not given)"
            parts.append(
                f"<p><b>{escape(found.theme)}</b>{answer} {found.probability:.2f}<br>{_lit(self.text, found)}</p>"
            )
        if self.slogans:
            parts.append(f"<p>{escape('；'.join(self.slogans))}</p>")
        return "".join(parts)


def show(text: str, tagger: Tagger | None = None) -> Shown:
    """Return a paragraph that shows itself in a notebook."""
    chosen = tagger or _default()
    return Shown(text, chosen.explain(text), tuple(slogan.surface for slogan in chosen.find_slogans([text])[0]))


def _lit(text: str, found: Evidence) -> str:
    most = max((span.contribution for span in found.spans), default=0.0)
    out: list[str] = []
    place = 0
    for span in found.spans:
        if span.contribution > 0 and span.contribution >= LIT * most:
            depth = 0.15 + 0.55 * span.contribution / most
            out.append(escape(text[place : span.start]))
            out.append(
                f'<mark style="background:rgba(214,140,40,{depth:.2f});color:inherit">{escape(span.text)}</mark>'
            )
            place = span.end
    out.append(escape(text[place:]))
    return "".join(out)


@lru_cache(maxsize=1)
def _default() -> Tagger:
    return load()


@pd.api.extensions.register_dataframe_accessor("zhengyu")
class ZhengyuAccessor:
    """What ``df.zhengyu`` offers."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def tag(self, column: str, *, probabilities: bool = False, tagger: Tagger | None = None) -> pd.DataFrame:
        """Return the table with ``themes``, ``uncertain`` and ``model`` beside its own columns.

        Parameters
        ----------
        column : str
            Where the paragraphs stand.
        probabilities : bool, default=False
            Add ``p_<theme>`` columns.
        tagger : Tagger, optional
            The shipped model when not given.

        Raises
        ------
        ZhengyuError
            There is no such column, or the table has a column of an added name.
        """
        if column not in self._table.columns:
            names = ", ".join(map(str, self._table.columns))
            raise ZhengyuError(f"no column {column!r}; the columns are {names}")
        texts: pd.Series[Any] = self._table[column]
        values = [None if value is None or value is pd.NA or value != value else str(value) for value in texts]
        chosen = tagger or _default()
        added = chosen.tag(values, probabilities=probabilities).drop(columns="text")
        both = [str(name) for name in added.columns if name in self._table.columns]
        if both:
            raise ZhengyuError(f"the table has {', '.join(both)} already; rename or drop them first")
        added.index = self._table.index
        return as_tagged(pd.concat([self._table, added], axis=1), chosen, column)
