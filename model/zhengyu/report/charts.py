"""The charts of a report as Vega-Lite specifications."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

FONT = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
_RED, _GREY = "#9b2c22", "#76787f"


def _spec(chart: Any, described: str) -> dict[str, Any]:
    drawn: dict[str, Any] = (
        chart.properties(description=described, width="container")
        .configure(font=FONT)
        .configure_axis(labelLimit=220, labelFontSize=12, titleFontSize=12)
        .configure_view(stroke=None)
        .to_dict()
    )
    return drawn


def share_chart(table: pd.DataFrame, described: str, axis: str) -> dict[str, Any]:
    """Draw shares as bars with their intervals."""
    base = alt.Chart(table).encode(y=alt.Y("theme:N", sort=None, title=None))
    bars = base.mark_bar(color=_RED, opacity=0.75).encode(
        x=alt.X("share:Q", title=axis, axis=alt.Axis(format="%")),
        tooltip=["theme", "count", alt.Tooltip("share:Q", format=".1%"), alt.Tooltip("low:Q", format=".1%"),
                 alt.Tooltip("high:Q", format=".1%")],
    )  # fmt: skip
    rules = base.mark_rule(color="#22242a", strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    return _spec(bars + rules, described)


def time_chart(table: pd.DataFrame, described: str, axis: str) -> dict[str, Any]:
    """Draw shares over the years, a line with its band for each theme."""
    base = alt.Chart(table).encode(x=alt.X("time:O", title=None), color=alt.Color("theme:N", title=None))
    lines = base.mark_line(point=True).encode(
        y=alt.Y("share:Q", title=axis, axis=alt.Axis(format="%")),
        tooltip=["time", "theme", "count", "total", alt.Tooltip("share:Q", format=".1%")],
    )
    bands = base.mark_area(opacity=0.1).encode(y="low:Q", y2="high:Q")
    return _spec(bands + lines, described)


def heat_chart(table: pd.DataFrame, across: str, value: str, described: str, *, percent: bool) -> dict[str, Any]:
    """Draw themes against places, or against one another, as a heat map."""
    shown = alt.Tooltip(f"{value}:Q", format=".1%" if percent else ".2f")
    chart = alt.Chart(table).mark_rect().encode(
        x=alt.X(f"{across}:N", title=None, axis=alt.Axis(labelAngle=-45)),
        y=alt.Y("theme:N", title=None, sort=None),
        color=alt.Color(f"{value}:Q", title=None, scale=alt.Scale(scheme="oranges"),
                        legend=alt.Legend(format="%" if percent else ".1f")),
        tooltip=[across, "theme", "count", shown],
    )  # fmt: skip
    return _spec(chart, described)


def compare_chart(table: pd.DataFrame, described: str, axis: str) -> dict[str, Any]:
    """Draw one place's shares beside those of its peers, each with its interval."""
    base = alt.Chart(table).encode(
        y=alt.Y("theme:N", sort=None, title=None),
        yOffset="side:N",
        color=alt.Color(
            "side:N", title=None, scale=alt.Scale(domain=list(table["side"].unique()), range=[_RED, _GREY])
        ),
    )
    dots = base.mark_point(filled=True, size=60).encode(
        x=alt.X("share:Q", title=axis, axis=alt.Axis(format="%")),
        tooltip=["side", "theme", "count", "total", alt.Tooltip("share:Q", format=".1%")],
    )
    return _spec(base.mark_rule().encode(x="low:Q", x2="high:Q") + dots, described)
