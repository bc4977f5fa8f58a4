"""Sections as one self-contained page: charts that the browser draws, each with its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from markupsafe import Markup

from zhengyu.report.sections import Section
from zhengyu.report.words import head, say

#: Rows of a table that the page holds; the rest is in the tagged table itself.
MAX_ROWS = 1000
#: Rows from which a table is a window that scrolls.
_TALL = 12
#: How numbers of these columns are written; others have one digit behind the point.
_STYLES = {"share": "{:.1%}", "share_before": "{:.1%}", "raw": "{:.1%}", "corrected": "{:.1%}", "lift": "{:.2f}",
           "probability": "{:.2f}"}  # fmt: skip
#: Words that stand on every page.
_WORDS = ("table", "choose", "foot", "menu", "save_svg", "save_png")


def render(
    found: Sequence[Section], *, title: str, language: str, hint: str, foot: Sequence[tuple[str, str]] = (),
    rows: int = MAX_ROWS,
) -> str:  # fmt: skip
    """Return a page.

    Parameters
    ----------
    found : sequence of Section
        Its parts.
    title, hint : str
        Its heading, and the line below that says what it is about.
    language : {'zh', 'en'}
        Of the heads of the tables.
    foot : sequence of (str, str)
        Names and values that say where the figures come from.
    rows : int
        Rows that are held of each table.
    """
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("zhengyu.report", "."), autoescape=True).get_template("page.html")
    charts = [chart for section in found
              for chart in ([section.chart] if section.chart else [chart for _, chart in section.small])]  # fmt: skip
    # Within a script element < could end it; its escape means the same in JSON.
    specs = json.dumps(charts, ensure_ascii=False).replace("<", "\\u003c")
    tables = [_shown(section.table.head(rows)) for section in found]
    return page.render(
        title=title,
        language="zh-CN" if language == "zh" else "en",
        sections=[
            (
                section,
                [head(str(column), language) for column in table.columns],
                _cells(table),
                _held(len(table), len(section.table), language),
            )
            for section, table in zip(found, tables, strict=True)
        ],
        hint=hint,
        foot=foot,
        words={key: say(key, language) for key in _WORDS},
        specs=specs,
        library=_library() if charts else "",
    )


def _held(held: int, rows: int, language: str) -> str:
    """Return how many rows of a table there are to scroll through; nothing of one that is seen whole."""
    if held < rows:
        return say("rows_cut", language, n=held, all=rows)
    return say("rows", language, n=rows) if rows > _TALL else ""


@cache
def _library() -> str:
    """Return what draws the charts; making it takes a second."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as people read it: numbers beside their totals, and both ends of an interval in one column."""
    table = table.drop(columns=["effective"], errors="ignore")
    for end in ("", "_before"):
        if f"total{end}" in table.columns:
            of = [f"{n:,}/{total:,}" for n, total in zip(table[f"count{end}"], table[f"total{end}"], strict=True)]
            table.insert(list(table.columns).index(f"count{end}"), f"of{end}", of)
            table = table.drop(columns=[f"count{end}", f"total{end}"])
    if "low" in table.columns:
        points = "difference" in table.columns
        style = "{:+.1f}" if points else "{:.1%}" if "share" in table.columns else "{:.1f}"
        if points:
            table = table.assign(**{name: 100 * table[name] for name in ("low", "high")},
                                 difference=table["difference"].map(lambda one: f"{100 * one:+.1f}"))  # fmt: skip
        ends = [f"[{style.format(low)}, {style.format(high)}]" if low == low else "–"
                for low, high in zip(table["low"], table["high"], strict=True)]  # fmt: skip
        table.insert(list(table.columns).index("low"), "interval", ends)
        table = table.drop(columns=["low", "high"])
    return table


def _cells(table: pd.DataFrame) -> list[list[str]]:
    def cell(column: str, value: object) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, bool | np.bool_):
            return "✓" if value else "–"
        if value is None or value is pd.NA:
            return ""
        if not isinstance(value, float):
            return str(value)
        if column == "probability" and value > 0.99:
            return ">0.99"  # no probability is certain
        return "–" if value != value else _STYLES.get(column, "{:.1f}").format(value)

    columns = [[cell(str(column), value) for value in table[column]] for column in table]
    return [list(row) for row in zip(*columns, strict=True)]
