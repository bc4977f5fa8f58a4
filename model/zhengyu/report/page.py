"""Sections as one self-contained page: charts that the browser draws, each with its table."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from zhengyu.report.sections import Section
from zhengyu.report.words import head, say

#: Rows of a table that the page holds; the rest is in the tagged table itself.
MAX_ROWS = 1000


def render(found: Sequence[Section], *, title: str, language: str, hint: str, rows: int = MAX_ROWS) -> str:
    """Return a page.

    Parameters
    ----------
    found : sequence of Section
        Its parts.
    title, hint : str
        Its heading, and the line below that says what it is about.
    language : {'zh', 'en'}
        Of the heads of the tables.
    rows : int
        Rows that are held of each table.
    """
    import vl_convert
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("zhengyu.report", "."), autoescape=True).get_template("page.html")
    # Within a script element < could end it; its escape means the same in JSON.
    specs = json.dumps([section.chart for section in found], ensure_ascii=False).replace("<", "\\u003c")
    library = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    return page.render(
        title=title,
        language="zh-CN" if language == "zh" else "en",
        sections=[
            (section, [head(str(column), language) for column in section.table.columns], _cells(section.table, rows))
            for section in found
        ],
        hint=hint,
        words={"table": say("table", language)},
        specs=specs,
        library=library if any(section.chart for section in found) else "",
    )


def _cells(table: pd.DataFrame, rows: int) -> list[list[str]]:
    shown = table.head(rows)
    shares = "share" in table.columns  # then the ends of the interval are shares too

    def cell(column: str, value: object) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, bool | np.bool_):
            return "✓" if value else "–"
        if value is None or value is pd.NA:
            return ""
        if not isinstance(value, float):
            return str(value)
        percent = column == "share" or (shares and column in ("low", "high"))
        return f"{value:.1%}" if percent else f"{value:.2f}" if column in ("lift", "probability") else f"{value:.1f}"

    columns = [[cell(str(column), value) for value in shown[column]] for column in shown]
    return [list(row) for row in zip(*columns, strict=True)]
