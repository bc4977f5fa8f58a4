"""The charts of a report as Vega-Lite specifications.

Colours are named as the page's style does, ``var(--accent)``; the page puts them in, for it has a light and a dark
ground.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from zhengyu.report.words import Words, head

FONT = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
#: Columns of type that a line of an axis label holds, a Chinese character counting two, and lines of one label.
LABEL_WIDTH, LABEL_LINES = 24, 3
#: Height of a line of labels, of a row of a chart at least, and of one of the small charts, in pixels.
_LINE, _ROW, _SMALL = 14, 22, 90
_GROUND, _ACCENT, _OTHER, _COOL = "var(--card)", "var(--accent)", "var(--other)", "var(--cool)"
#: Room right of the longest bar for its numbers, as a part of the bar: it must do on a phone.
_BESIDE = 0.3
#: Width of a heat map, in pixels, from which names stand below a matrix in place of numbers.
_NAMED = 400
#: Width of a column of a heat map, in pixels, from which its name stands level.
_LEVEL = 95
#: Width of a heat map, in pixels: what holds the chart less the names of rows. The signal ``width`` follows the labels
#: themselves and must not decide on them.
_ROOM = "(containerSize()[0] - 170)"
#: The labels of an axis, at their own line breaks.
_BROKEN = "split(datum.label, '\\n')"
_WIDE = "FWA"
#: Characters of a long name that its label keeps, of its beginning and of its end.
_KEPT = 6, 14
#: Formats of the columns that tooltips show.
_FORMATS = {"share": ".1%", "low": ".1%", "high": ".1%", "difference": "+.1%", "lift": ".2f", "per_10k": ".1f",
            "expected": ".1f", "share_before": ".1%", "share_a": ".1%", "share_b": ".1%",
            "raw": ".1%", "corrected": ".1%", "corrected_low": ".1%", "corrected_high": ".1%"}  # fmt: skip


def wrapped(name: str, width: int = LABEL_WIDTH) -> str:
    r"""Return a name in lines: broken at blanks, and within Chinese anywhere.

    Examples
    --------
    >>> wrapped("Rural revitalization and agriculture")
    'Rural revitalization\nand agriculture'
    >>> wrapped("交通能源水利基础设施建设规划")
    '交通能源水利基\n础设施建设规划'
    """
    total = _columns(name)
    if total <= width:
        return name
    count = math.ceil(total / width)
    even = _lines(name, math.ceil(total / count) + 1)  # no last line of one character
    lines = even if len(even) == count else _lines(name, width)
    if len(lines) > LABEL_LINES:
        lines = [*lines[: LABEL_LINES - 1], f"{lines[LABEL_LINES - 1].rstrip()}…"]
    return "\n".join(lines)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text)


def _lines(name: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for char in name:
        if _columns(line + char) > width and char != " ":
            cut = line.rfind(" ") + 1 if _columns(char) == 1 else 0
            lines.append(line[: cut or len(line)].rstrip())
            line = line[cut:] if cut else ""
        line += char
    return [*lines, line]


def _labelled(table: pd.DataFrame, column: str = "theme", width: int = LABEL_WIDTH) -> tuple[pd.DataFrame, int]:
    """Return a table with a column ``label`` of wrapped names, and the height of a row that holds any of them."""
    labels = {name: wrapped(str(name), width) for name in table[column].unique()}
    lines = max((label.count("\n") + 1 for label in labels.values()), default=1)
    return table.assign(label=table[column].map(labels)), max(_ROW, _LINE * lines + 4)


def _rows(order: list[str] | None = None) -> alt.Y:
    # The first line of a label stands at the middle of its row: several are moved up.
    moved = [
        {"test": f"length(split(datum.label, '\\n')) === {lines}", "value": -_LINE * (lines - 1) / 2}
        for lines in range(2, LABEL_LINES + 1)
    ]
    axis = alt.Axis(
        labelExpr=_BROKEN, labelLimit=0, domain=False, ticks=False, labelPadding=7, labelLineHeight=_LINE,
        labelOffset={"condition": moved, "value": 0},
    )  # fmt: skip
    return alt.Y("label:N", title=None, sort=order, axis=axis)


def _tips(columns: Sequence[str], language: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{name}:Q", title=head(name, language), format=_FORMATS[name]) if name in _FORMATS
        else alt.Tooltip(f"{name}:N", title=head(name, language))
        for name in columns
    ]  # fmt: skip


def _spec(chart: Any, described: str) -> dict[str, Any]:
    drawn: dict[str, Any] = (
        chart.properties(description=described, width="container")
        .configure(font=FONT, padding={"left": 2, "right": 6, "top": 4, "bottom": 4})
        .configure_axis(labelFontSize=12, titleFontSize=12, titleFontWeight="normal")
        .configure_axisX(labelOverlap=True, labelSeparation=6)
        .configure_mark(color=_ACCENT)
        .configure_range(category=[_ACCENT, _OTHER])
        .configure_legend(
            labelFontSize=12,
            orient="top",
            labelLimit=0,
            direction="horizontal",
            labelOverlap="parity",
            labelSeparation=8,
        )
        .configure_view(stroke=None)
        .to_dict()
    )
    return drawn


def _percent(title: str | None, **more: Any) -> alt.X:
    return alt.X("share:Q", title=title, axis=alt.Axis(format="%", tickCount=4), **more)


def share_chart(table: pd.DataFrame, described: str, axis: str, words: Words) -> dict[str, Any]:
    """Draw shares as bars with their intervals, and beside each how many paragraphs it is of."""
    of = [f"{n}/{total}" for n, total in zip(table["count"], table["total"], strict=True)]
    table, step = _labelled(table.assign(of=of))
    order = list(table["label"])
    base = alt.Chart(table).encode(y=_rows(order))
    end = alt.Scale(domain=[0, float(table["high"].max()) * (1 + _BESIDE)])
    bars = base.mark_bar(opacity=0.75, height={"band": 0.7}).encode(
        x=_percent(axis, scale=end), tooltip=_tips(["theme", "count", "total", "share", "low", "high"], words.language)
    )
    rules = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    n = base.mark_text(align="left", dx=5, fontSize=11).encode(x="high:Q", text="of:N")
    return _spec((bars + rules + n).properties(height=alt.Step(step)), described)


def corrected_chart(table: pd.DataFrame, described: str, axis: str, words: Words) -> dict[str, Any]:
    """Draw shares as the tags have them beside those that a checked sample corrects them to, with intervals."""
    table, step = _labelled(table)
    base = alt.Chart(table).encode(y=_rows(list(table["label"].unique())))
    raw = base.transform_calculate(side=f"'{words('raw')}'").mark_point(size=50, shape="diamond").encode(
        x=alt.X("raw:Q", title=axis, axis=alt.Axis(format="%", tickCount=4)),
        color=alt.Color("side:N", title=None, scale=alt.Scale(domain=[words("corrected"), words("raw")])),
        tooltip=_tips(["theme", "raw", "share", "low", "high", "checked", "errors"], words.language),
    )  # fmt: skip
    drawn = base.transform_calculate(side=f"'{words('corrected')}'")
    dots = drawn.mark_point(filled=True, size=60).encode(
        x="share:Q", color="side:N",
        tooltip=_tips(["theme", "raw", "share", "low", "high", "checked", "errors"], words.language),
    )  # fmt: skip
    rules = drawn.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q", color="side:N")
    return _spec((rules + raw + dots).properties(height=alt.Step(step)), described)


def time_chart(table: pd.DataFrame, described: str, highest: float, words: Words) -> dict[str, Any]:
    """Draw the share of one theme over the years, a line with its band; all such axes end at `highest`."""
    years = table["time"].astype(int)
    x = alt.X("time:Q", title=None, scale=alt.Scale(domain=[int(years.min()), int(years.max())], nice=False, padding=6),
              axis=alt.Axis(format="d", tickMinStep=1, tickCount=3, grid=False, labelFlush=False))  # fmt: skip
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, math.ceil(highest * 20) / 20]),
              axis=alt.Axis(format="%", tickCount=3))  # fmt: skip
    base = alt.Chart(table.assign(time=years)).encode(x=x)
    lines = base.mark_line(point={"size": 26}, clip=True).encode(
        y=y, tooltip=_tips(["time", "theme", "count", "total", "share", "low", "high"], words.language)
    )
    bands = base.mark_area(opacity=0.18, clip=True).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    drawn = bands + lines
    if "corrected" in table.columns:
        whole = base.transform_filter("isValid(datum.corrected)")
        tips = _tips(["time", "theme", "corrected", "corrected_low", "corrected_high", "checked"], words.language)
        ends = whole.mark_rule(color="gray", strokeWidth=1.5, clip=True)
        dots = whole.mark_point(shape="diamond", filled=True, color="gray", size=50, clip=True)
        drawn += ends.encode(y="corrected_low:Q", y2="corrected_high:Q") + dots.encode(y="corrected:Q", tooltip=tips)
    return _spec(drawn.properties(height=_SMALL), described)


def difference_chart(table: pd.DataFrame, described: str, sides: tuple[str, str], words: Words) -> dict[str, Any]:
    """Draw differences of shares with their intervals about a line at none, those that differ in colour.

    Parameters
    ----------
    sides : tuple of str
        The columns of both shares, for the tooltips.
    """
    told = {True: words("differs"), False: words("chance")}
    table = table.sort_values("difference", ascending=False, kind="stable")
    table, step = _labelled(table.assign(what=table["differs"].astype(bool).map(told)))
    base = alt.Chart(table).encode(
        y=_rows(list(table["label"])),
        color=alt.Color(
            "what:N", title=None, legend=alt.Legend(direction="vertical"), scale=alt.Scale(domain=list(told.values()))
        ),
    )
    x = alt.X(
        "difference:Q",
        title=words("difference_axis"),
        axis=alt.Axis(format="+%", tickCount=4, labelExpr="datum.value === 0 ? '0%' : datum.label"),
    )
    dots = base.mark_point(filled=True, size=60).encode(
        x=x, tooltip=_tips(["theme", *sides, "difference", "low", "high"], words.language)
    )
    none = alt.Chart(pd.DataFrame({"none": [0]})).mark_rule(strokeDash=[4, 3]).encode(x="none:Q")
    drawn = none + base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q") + dots
    return _spec(drawn.properties(height=alt.Step(step)), described)


def uptake_chart(table: pd.DataFrame, described: str, axis: str, words: Words) -> dict[str, Any]:
    """Draw the share of places that had taken up each slogan, year by year."""
    chart = alt.Chart(table).mark_line(point=True, interpolate="step-after").encode(
        x=alt.X("year:O", title=None),
        y=alt.Y("share:Q", title=axis, axis=alt.Axis(format="%")),
        color=alt.Color("normal:N", title=None, scale=alt.Scale(scheme="tableau10"),
                        legend=alt.Legend(orient="bottom", columns=2, labelLimit=150)),
        tooltip=_tips(["normal", "year", "places", "of_places", "share"], words.language),
    )  # fmt: skip
    return _spec(chart, described)


def _across(column: str, count: int, shown: str, **more: Any) -> alt.X:
    """Return the axis of what stands across a heat map: level where there is room, else upright.

    Parameters
    ----------
    column, count : str, int
        What stands there, and how many.
    shown : str
        Expression of its labels.
    """
    level = f"{_ROOM} > {_LEVEL} * {count}"
    axis = alt.Axis(
        labelAngle={"expr": f"{level} ? 0 : -90"}, labelAlign={"expr": f"{level} ? 'center' : 'right'"},
        labelBaseline={"expr": f"{level} ? 'top' : 'middle'"}, labelLimit=260, labelExpr=shown,
        labelFontSize={"expr": f"{_ROOM} > 13 * {count} ? 11 : 8"},
        domain=False, ticks=False, **more,
    )  # fmt: skip
    numbers = column == "across"
    return alt.X(f"{column}:{'O' if numbers else 'N'}", title=None, axis=axis, sort="ascending" if numbers else None)


def _middle_cut(name: str) -> str:
    """Return a long name without its middle: of names that begin alike the end tells which it is."""
    return name if len(name) <= sum(_KEPT) + 1 else f"{name[: _KEPT[0]]}…{name[-_KEPT[1] :]}"


def _sized(sizes: dict[str, int], words: Words) -> str:
    """Return an expression for the label of a place or document: its name and how many paragraphs it has."""
    opened, closed = ("（", "）") if words.language == "zh" else (" (", ")")
    told = {name: f"{_middle_cut(name)}{opened}{size:,}{closed}" for name, size in sizes.items()}
    return f"({json.dumps(told, ensure_ascii=False)})[datum.label]"


def share_map(table: pd.DataFrame, across: str, sizes: dict[str, int], described: str, words: Words) -> dict[str, Any]:
    """Draw the shares of themes in places or documents as a heat map whose zero is the colour of the ground."""
    table, step = _labelled(table)
    colour = alt.Color("share:Q", title=None,
                       scale=alt.Scale(domain=[0, float(table["share"].max())], range=[_GROUND, _ACCENT],
                                       interpolate="rgb"),
                       legend=alt.Legend(format=".0%", gradientLength=120, gradientThickness=10,
                                         tickCount=4))  # fmt: skip
    chart = alt.Chart(table).mark_rect().encode(
        x=_across(across, len(sizes), _sized(sizes, words), labelOverlap="parity", labelSeparation=1), y=_rows(),
        color=colour,
        tooltip=_tips([across, "theme", "count", "total", "share", "low", "high"], words.language),
    )  # fmt: skip
    return _spec(chart.properties(height=alt.Step(step)), described)


def together_map(table: pd.DataFrame, described: str, words: Words) -> dict[str, Any]:
    """Draw how often two themes stand together over chance, on a scale of doublings whose middle, chance, is blank."""
    order = list(dict.fromkeys([*table["theme"], *table["other"]]))
    number = {name: place for place, name in enumerate(order, 1)}
    names = json.dumps(order, ensure_ascii=False)
    table = table.assign(theme=[f"{number[name]} {name}" for name in table["theme"]], across=table["other"].map(number))
    table, step = _labelled(
        table.assign(doublings=[math.log2(value) for value in table["lift"]]), width=LABEL_WIDTH + 3
    )
    end = max(1.0, math.ceil(max(abs(float(value)) for value in table["doublings"])))
    colour = alt.Color(
        "doublings:Q", title=None,
        scale=alt.Scale(domain=[-end, 0, end], range=[_COOL, _GROUND, _ACCENT], interpolate="rgb"),
        legend=alt.Legend(gradientLength=120, gradientThickness=10, values=[-end, 0, end],
                          labelExpr="'×' + format(pow(2, datum.value), '.2~r')"),
    )  # fmt: skip
    shown = f"{_ROOM} < {_NAMED} ? datum.label : ({names})[datum.value - 1]"
    chart = alt.Chart(table).mark_rect().encode(
        x=_across("across", len(order), shown, labelOverlap="parity"),
        y=_rows(sorted(table["label"].unique(), key=lambda label: int(label.split()[0]))), color=colour,
        tooltip=_tips(["theme", "other", "count", "expected", "lift"], words.language),
    )  # fmt: skip
    return _spec(chart.properties(height=alt.Step(step)), described)


def compare_chart(table: pd.DataFrame, described: str, axis: str, words: Words) -> dict[str, Any]:
    """Draw the shares of the place or document that the parameter ``chosen`` names beside those of its peers."""
    table, step = _labelled(table)
    sides = list(table["side"].unique())
    chosen = alt.param(name="chosen", value=str(table["focus"].iloc[0]))
    base = (
        alt.Chart(table)
        .transform_filter("datum.focus === chosen")
        .encode(
            y=_rows(list(table["label"].unique())),
            yOffset=alt.YOffset("side:N", sort=sides, scale=alt.Scale(paddingOuter=0.3)),
            color=alt.Color("side:N", title=None, scale=alt.Scale(domain=sides)),
        )
    )
    dots = base.mark_point(filled=True, size=60).encode(
        x=_percent(axis),
        tooltip=_tips(["focus", "side", "theme", "count", "total", "share", "low", "high"], words.language),
    )
    drawn = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q") + dots
    return _spec(drawn.add_params(chosen).properties(height=alt.Step(step + 6, **{"for": "position"})), described)


def heat_scale_chart(table: pd.DataFrame, described: str, axis: str, degrees: dict[str, str],
                     words: Words) -> dict[str, Any]:  # fmt: skip
    """Draw slogans by how many of 10,000 paragraphs use them, coloured by their degree of heat.

    Parameters
    ----------
    degrees : dict of str to str
        The degrees, hottest first, and what they are called on the page.
    """
    present = [name for degree, name in degrees.items() if degree in set(table["heat"])]
    scale = ("#a31d1d", "#c4471f", "#d6782a", "#c9a13b", "#7d9a8c", "#6487ad")
    colours = dict(zip(degrees.values(), scale, strict=True))
    of = [f"{n}/{total}" for n, total in zip(table["count"], table["total"], strict=True)]
    table, step = _labelled(table.assign(heat=table["heat"].map(degrees), of=of), "normal")
    base = alt.Chart(table).encode(y=_rows(list(table["label"])))
    bars = base.mark_bar(height={"band": 0.7}).encode(
        x=alt.X("per_10k:Q", title=axis, axis=alt.Axis(tickCount=4),
                scale=alt.Scale(domain=[0, float(table["high"].max()) * (1 + _BESIDE)])),
        color=alt.Color("heat:N", title=None, sort=present,
                        scale=alt.Scale(domain=present, range=[colours[name] for name in present])),
        tooltip=_tips(["normal", "heat", "count", "total", "per_10k", "first"], words.language),
    )  # fmt: skip
    rules = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    n = base.mark_text(align="left", dx=5, fontSize=11).encode(x="high:Q", text="of:N")
    return _spec((bars + rules + n).properties(height=alt.Step(step)), described)
