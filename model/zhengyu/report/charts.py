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
    rules = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
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


def compare_chart(table: pd.DataFrame, described: str, axis: str, choose: str) -> dict[str, Any]:
    """Draw the shares of a place or document, chosen in the page, beside those of its peers, each with its interval."""
    sides, focuses = list(table["side"].unique()), list(table["focus"].unique())
    chosen = alt.selection_point(
        name="chosen", fields=["focus"], bind=alt.binding_select(options=focuses, name=choose),
        value=[{"focus": focuses[0]}],
    )  # fmt: skip
    base = (
        alt.Chart(table)
        .transform_filter("datum.focus === chosen.focus[0]" if len(focuses) > 1 else "true")
        .encode(
            y=alt.Y("theme:N", sort=list(table["theme"].unique()), title=None),
            yOffset="side:N",
            color=alt.Color("side:N", title=None, scale=alt.Scale(domain=sides, range=[_RED, _GREY])),
        )
    )
    dots = base.mark_point(filled=True, size=60).encode(
        x=alt.X("share:Q", title=axis, axis=alt.Axis(format="%")),
        tooltip=["focus", "side", "theme", "count", "total", alt.Tooltip("share:Q", format=".1%")],
    )
    drawn = base.mark_rule().encode(x="low:Q", x2="high:Q") + dots
    return _spec(drawn.add_params(chosen) if len(focuses) > 1 else drawn, described)


def heat_scale_chart(table: pd.DataFrame, described: str, axis: str, degrees: tuple[str, ...]) -> dict[str, Any]:
    """Draw slogans by how many of 10,000 paragraphs use them, coloured by their degree of heat."""
    present = [degree for degree in degrees if degree in set(table["heat"])]
    colours = dict(zip(degrees, ("#8c1414", "#b83a1e", "#d6702a", "#c99a3b", "#7d9a8c", "#5d7fa3"), strict=True))
    base = alt.Chart(table).encode(y=alt.Y("normal:N", sort=None, title=None))
    bars = base.mark_bar().encode(
        x=alt.X("per_10k:Q", title=axis),
        color=alt.Color("heat:N", title=None, sort=present,
                        scale=alt.Scale(domain=present, range=[colours[degree] for degree in present])),
        tooltip=["normal", "heat", "count", alt.Tooltip("per_10k:Q", format=".1f"), "first"],
    )  # fmt: skip
    return _spec(bars + base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q"), described)


def difference_chart(table: pd.DataFrame, described: str, axis: str) -> dict[str, Any]:
    """Draw differences of shares with their intervals; what is a finding in colour, zero as a line."""
    base = alt.Chart(table.assign(zero=0.0)).encode(
        y=alt.Y("theme:N", sort=list(table.sort_values("difference", ascending=False)["theme"]), title=None),
        color=alt.condition("datum.differs", alt.value(_RED), alt.value(_GREY)),
    )
    dots = base.mark_point(filled=True, size=60).encode(
        x=alt.X("difference:Q", title=axis, axis=alt.Axis(format="+%")),
        tooltip=["theme", alt.Tooltip("share_a:Q", format=".1%"), alt.Tooltip("share_b:Q", format=".1%"),
                 alt.Tooltip("difference:Q", format="+.1%"), alt.Tooltip("low:Q", format="+.1%"),
                 alt.Tooltip("high:Q", format="+.1%"), alt.Tooltip("q:Q", format=".3f")],
    )  # fmt: skip
    zero = alt.Chart(table.head(1).assign(zero=0.0)).mark_rule(strokeDash=[3, 3]).encode(x="zero:Q")
    return _spec(zero + base.mark_rule().encode(x="low:Q", x2="high:Q") + dots, described)


def uptake_chart(table: pd.DataFrame, described: str, axis: str) -> dict[str, Any]:
    """Draw the share of places that had taken up each slogan, year by year."""
    chart = alt.Chart(table).mark_line(point=True, interpolate="step-after").encode(
        x=alt.X("year:O", title=None),
        y=alt.Y("share:Q", title=axis, axis=alt.Axis(format="%")),
        color=alt.Color("normal:N", title=None, legend=alt.Legend(orient="bottom", columns=2, labelLimit=260)),
        tooltip=["normal", "year", "places", "of_places", alt.Tooltip("share:Q", format=".0%")],
    )  # fmt: skip
    return _spec(chart, described)
