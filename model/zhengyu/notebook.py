"""Tagging in a notebook: ``df.zhengyu.tag("text")``, and paragraphs that show their evidence.

>>> import zhengyu.notebook
>>> import pandas as pd
>>> pd.DataFrame({"text": ["全县新建高标准农田三万亩。"]}).zhengyu.tag("text")["themes"][0]
['rural']
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from zhengyu.display.html_table import as_tagged, evidence_highlights, highlight
from zhengyu.tagger import Tagger, default_tagger
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
        """Return the paragraph once for each theme, its evidence highlighted."""
        parts: list[str] = []
        for found in self.evidence:
            answer = "" if found.given else " (not given)"
            parts.append(
                f"<p><b>{escape(found.theme)}</b>{answer} {found.probability:.2f}<br>"
                f"{highlight(self.text, evidence_highlights(found))}</p>"
            )
        if self.slogans:
            parts.append(f"<p>{escape('；'.join(self.slogans))}</p>")
        return "".join(parts)


def show(text: str, tagger: Tagger | None = None) -> Shown:
    """Return a paragraph that draws itself in a notebook."""
    chosen = tagger or default_tagger()
    return Shown(text, chosen.explain(text), tuple(slogan.surface for slogan in chosen.find_slogans([text])[0]))


@pd.api.extensions.register_dataframe_accessor("zhengyu")
class ZhengyuAccessor:
    """The methods of ``df.zhengyu``."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def tag(self, column: str, *, probabilities: bool = False, tagger: Tagger | None = None) -> pd.DataFrame:
        """Return the table with ``themes``, ``uncertain`` and ``model`` beside its own columns.

        Parameters
        ----------
        column : str
            Column of the paragraphs.
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
        chosen = tagger or default_tagger()
        added = chosen.tag(values, probabilities=probabilities).drop(columns="text")
        both = [str(name) for name in added.columns if name in self._table.columns]
        if both:
            raise ZhengyuError(f"the table has {', '.join(both)} already; rename or drop them first")
        added.index = self._table.index
        return as_tagged(pd.concat([self._table, added], axis=1), chosen, column)
