"""The sections of a report, each with its finding in words, its chart and its table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from zhengyu.findings.estimates import MIN_ERRORS
from zhengyu.findings.measure import ALL, MIN_CHECKS, MIN_DOCUMENTS, Measures
from zhengyu.report import charts, counts
from zhengyu.report.languages import LANGUAGES
from zhengyu.report.reading import RunFacts, short_names
from zhengyu.report.words import Words, head
from zhengyu.slogans.counting import Counting, count_slogans
from zhengyu.themes.novelty import is_much

#: Places or documents, and slogans, that stay readable.
MAX_SIDES, MAX_SLOGANS = 20, 40
#: Years, places and documents of fewer paragraphs are left out: a chart of them would draw chance.
MIN_GROUP = 5
#: Fewer paragraphs than this make shares that only hint.
FEW = 30
#: Findings that are told in words; the table has them all.
MAX_TOLD = 5


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page.

    Attributes
    ----------
    title : str
        Its heading.
    note : str
        What the chart shows, in words: the text alternative of the chart too.
    chart : dict or None
        A Vega-Lite specification.
    table : pandas.DataFrame
        What is drawn, in columns that `zhengyu.report.words.COLUMNS` names.
    small : tuple of (str, dict)
        In place of one chart, many small ones, each with what it is called.
    choices : dict of str to str
        What the parameter ``chosen`` of the chart may be set to, and the note for each; empty where there is none.
    """

    title: str
    note: str
    chart: dict[str, Any] | None
    table: pd.DataFrame
    small: tuple[tuple[str, dict[str, Any]], ...] = ()
    choices: dict[str, str] = field(default_factory=dict)


def by_share(tagged: pd.DataFrame, words: Words) -> Section | None:
    """Return the themes by share."""
    shown = words.named(counts.shares(tagged))
    if shown.empty:
        return None
    first, last = shown.iloc[0].to_dict(), shown.iloc[-1].to_dict()
    note = words("finding_share" if len(shown) > 1 else "finding_one", top=first["theme"], high=words.part(first),
                 last=last["theme"], low=words.part(last), n=len(shown))  # fmt: skip
    title = words("share")
    chart = charts.share_chart(shown, f"{title} {note}", words("axis"), words)
    return Section(title, note, chart, shown)


def groups(tagged: pd.DataFrame, column: str, named: str | None = None) -> pd.Series[int]:
    """Return the values of a column that have enough paragraphs, or were named, with their number, most first."""
    if column not in tagged.columns:
        return pd.Series(dtype=int)
    sizes = tagged[column].astype(object)[tagged[column] != ""].value_counts()
    return sizes[(sizes >= MIN_GROUP) | (sizes.index == named)]


def over_time(tagged: pd.DataFrame, words: Words, measured: Measures | None = None) -> list[Section]:
    """Return every theme year by year, where two years have enough paragraphs, and what changed from first to last."""
    years = groups(tagged, "time")
    if len(years) < 2:
        return []
    table = counts.shares(tagged[tagged["time"].isin(years.index)], "time")
    if table.empty:
        return []
    if measured is not None:
        ends = {"share": "corrected", "low": "corrected_low", "high": "corrected_high", "value": "time"}
        own = _corrected(measured, "time")[["value", "theme", "share", "low", "high", "checked"]]
        table = table.merge(own.rename(columns=ends), on=["time", "theme"], how="left")
    every = counts.shares(tagged)
    note = words.sentences(
        words(
            "finding_time",
            sizes=words.listed(words("sized", name=year, n=f"{years[year]:,}") for year in sorted(years.index)),
        ),
        words("time_corrected") if measured is not None else "",
    )
    # A year of few paragraphs goes far up and down by chance: it must not flatten all the others.
    steady = table[table["total"] >= FEW]
    highest = 1.2 * float((table if steady.empty else steady)["share"].max())
    small: list[tuple[str, dict[str, Any]]] = []
    for row in words.named(every).assign(id=every["theme"]).to_dict("records"):
        one = table[table["theme"] == row["id"]]
        if len(one):
            called = f"{row['theme']} {row['count']:,}/{row['total']:,}"
            chart = charts.time_chart(words.named(one), f"{words('time')} {called}", highest, words)
            small.append((called, chart))
    found = [Section(words("time"), note, None, words.named(table), tuple(small))]
    start, end = sorted(years.index)[0], sorted(years.index)[-1]
    moved = counts.differences(table[table["time"] == end], table[table["time"] == start], table["theme"].nunique())
    return [*found, _change(words.named(moved), start, end, words)]


def _change(moved: pd.DataFrame, start: str, end: str, words: Words) -> Section:
    """Return the differences between two years; in words those alone that are findings."""
    told: list[str] = []
    for key, rows in (("rose", moved[moved["differs"] & (moved["difference"] > 0)]),
                      ("fell", moved[moved["differs"] & (moved["difference"] < 0)])):  # fmt: skip
        listed = [
            words("moved", theme=row["theme"], before=words.part(row, "_before"), after=words.part(row))
            for row in rows.head(MAX_TOLD).to_dict("records")
        ]
        told += [words(key, listed=words.listed(listed))] if listed else []
    note = words.sentences(*(told or [words("no_change")]), words("finding_change", n=len(moved)))
    title = words("change", start=start, end=end)
    shown = moved.sort_values("difference", ascending=False, kind="stable")
    return Section(
        title, note, charts.difference_chart(shown, f"{title} {note}", ("share_before", "share"), words), shown
    )


def by_side(tagged: pd.DataFrame, column: str, focus: str | None, words: Words) -> list[Section]:
    """Return themes by place or document, and each against its peers; `focus` first, else the largest."""
    sizes = groups(tagged, column, focus)
    if len(sizes) < 2:
        return []
    most = [str(side) for side in sizes.head(MAX_SIDES).index]
    if focus is not None and focus in sizes.index:
        most = [focus, *(side for side in most if side != focus)][:MAX_SIDES]
    table = counts.shares(tagged[tagged[column].isin(most)], column)
    if table.empty:
        return []
    short = short_names(most) if column == "document" else dict(zip(most, most, strict=True))
    order = {theme: place for place, theme in enumerate(counts.shares(tagged)["theme"])}
    shown = words.named(table.sort_values("theme", key=lambda names: names.map(order), kind="stable"))
    best = shown.sort_values("share", ascending=False, kind="stable").iloc[0].to_dict()
    title = words(column)
    note = words("finding_place", where=short[best[column]], top=best["theme"], high=words.part(best),
                 low_end=best["low"], high_end=best["high"], n=len(most))  # fmt: skip
    numbers = {side: int(sizes[side]) for side in most}
    drawn = shown.assign(**{column: shown[column].map(short)})
    chart = charts.share_map(drawn, column, {short[side]: numbers[side] for side in most}, f"{title} {note}", words)
    found = [Section(title, note, chart, shown)]
    table = words.named(counts.compared(tagged, column, most))
    choices = {short[side]: _against(table[table["focus"] == side], short[side], numbers[side], words) for side in most}
    table["side"] = [words(str(side)) for side in table["side"]]
    title = words(f"compare_{column}")
    drawn = table.assign(focus=table["focus"].map(short))
    compared = charts.compare_chart(drawn, title, words("axis"), words)
    return [*found, Section(title, choices[short[most[0]]], compared, table, choices=choices)]


def _corrected(measured: Measures, by: str) -> pd.DataFrame:
    """Return corrected shares by a column, those of each group that the sample says something of."""
    every = measured.shares
    found = every[(every["by"] == by) & ((every["value"] != "") | (by == ALL)) & every["share"].notna()]
    found = found.rename(columns={"paragraphs": "total"})
    return found.assign(count=(found["raw"] * found["total"]).round().astype(int))


def corrected(measured: Measures, words: Words) -> list[Section]:
    """Return shares corrected by a checked sample, overall and by place, and how good it found the tags."""
    kept = ["theme", "count", "total", "raw", "share", "low", "high", "checked", "errors"]
    overall = _corrected(measured, ALL)[kept].sort_values("share", ascending=False, kind="stable")
    design = measured.design
    figures = measured.quality.set_index("theme").loc[ALL].to_dict()
    precision, recall = (
        f"{figures[name]:.2f} [{figures[f'{name}_low']:.2f}, {figures[f'{name}_high']:.2f}]"
        for name in ("precision", "recall")
    )
    weak = words.named(overall[overall["errors"] < MIN_ERRORS])["theme"]
    named = words.listed(weak) if len(weak) <= MAX_TOLD else words("of_all", n=len(weak), all=len(overall))
    many = design.document_column != ""
    few = design.checked < MIN_CHECKS or (many and design.checked_documents < MIN_DOCUMENTS)
    note = words.sentences(
        words("finding_corrected", checked=design.checked, precision=precision, recall=recall,
              documents=words("of_documents", n=design.checked_documents) if many else ""),
        words("corrected_few", n=MIN_CHECKS, documents=MIN_DOCUMENTS) if few else "",
        "" if design.known else words("corrected_unknown"),
        words("corrected_weak", n=MIN_ERRORS, listed=named) if len(weak) else "",
    )  # fmt: skip
    title, shown = words("corrected_shares"), words.named(overall)
    found = [Section(title, note, charts.corrected_chart(shown, f"{title} {note}", words("axis"), words), shown)]
    table = _corrected(measured, "place")
    if len(table):
        order = {theme: number for number, theme in enumerate(overall["theme"])}
        table = table.sort_values("theme", key=lambda names: names.map(order), kind="stable")
        shown = words.named(table.rename(columns={"value": "place"})[["place", *kept]])
        sizes = dict(zip(map(str, table["value"]), map(int, table["checked"]), strict=True))
        title, note = words("corrected_groups"), words("finding_corrected_groups")
        chart = charts.share_map(shown, "place", sizes, f"{title} {note}", words)
        found.append(Section(title, note, chart, shown))
    return found


def _against(table: pd.DataFrame, focus: str, n: int, words: Words) -> str:
    """Return in words where a place or document differs from its peers beyond chance."""
    own, peers = (table[table["side"] == side] for side in ("focus", "peers"))
    apart = counts.differences(own, peers, len(own))
    listed = [
        words("against", theme=row["theme"], own=words.part(row), peers=words.part(row, "_before"))
        for row in apart[apart["differs"]].head(MAX_TOLD).to_dict("records")
    ]
    said = words.listed(listed) if listed else words("no_difference")
    return words.sentences(
        words("finding_compare", focus=focus, n=f"{n:,}", listed=said), words("compare_how", n=len(own))
    )


def together(tagged: pd.DataFrame, words: Words) -> Section | None:
    """Return the pairs of themes that stand in one paragraph."""
    pairs = counts.together(tagged)
    if pairs.empty or not pairs["count"].any():
        return None
    shown = words.named(pairs)
    beyond = shown[(shown["low"] > 1) & (pairs["theme"] < pairs["other"])].sort_values("low", ascending=False)
    listed = [
        words("pair", **{key: row[key] for key in ("theme", "other", "count", "expected", "lift")})
        for row in beyond.head(MAX_TOLD).to_dict("records")
    ]
    note = words("finding_together", listed=words.listed(listed)) if listed else words("no_pair")
    title = words("together")
    return Section(title, note, charts.together_map(shown, f"{title} {note}", words), shown[pairs["count"] > 0])


def typical(candidates: pd.DataFrame, probability: Callable[..., Any], themes: tuple[str, ...],
            words: Words) -> Section | None:  # fmt: skip
    """Return the most typical paragraph of each theme."""
    best = counts.typical(candidates, probability, themes)
    return None if best.empty else Section(words("typical"), "", None, words.named(best))


def slogans(tagged: pd.DataFrame, found: pd.DataFrame, heat: tuple[float, ...], words: Words) -> list[Section]:
    """Return slogans by heat with first appearance, and the new coinages."""
    title = words("slogans")
    if found.empty:
        return [Section(title, words("no_slogans"), None, pd.DataFrame({"normal": [], "heat": []}))]
    dated = "time" in tagged.columns
    rows = tagged.assign(time=tagged["time"].astype("string").where(tagged["time"] != "")) if dated else tagged
    how = Counting(date="time" if dated else "", doc="document" if "document" in tagged.columns else "", heat=heat)
    counted = count_slogans(rows, found, how)
    table = pd.DataFrame(
        {"normal": counted["normal"], "heat": counted["heat"], "type": [words.type(name) for name in counted["type"]],
         "known": counted["known"], "uses": counted["count"], "count": counted["paragraphs"],
         "total": counted["of_paragraphs"], "documents": counted["documents"], "per_10k": counted["per_10k"],
         "low": counted["low"], "high": counted["high"], "first": counted["first"].fillna("")}
    )  # fmt: skip
    first, coined = table.iloc[0].to_dict(), table[~table["known"].astype(bool)]
    degrees = words.heat
    *names, last = degrees.values()
    levels = words.listed(f"{name} ≥ {share:.1%}" for name, share in zip(names, heat, strict=True))
    note = words.sentences(
        words("finding_slogans", all=len(table), top=first["normal"], heat=degrees[first["heat"]],
              count=first["count"], total=first["total"], per=first["per_10k"], n=len(coined)),
        words("heat_scale", levels=levels, last=last),
    )  # fmt: skip
    chart = charts.heat_scale_chart(
        table.head(MAX_SLOGANS), f"{title} {note}", head("per_10k", words.language), degrees, words
    )
    shown = table.assign(heat=table["heat"].map(degrees))
    sections = [Section(title, note, chart, shown)]
    if len(coined):
        new = shown.loc[coined.index].drop(columns="known").assign(undated=coined["first"] == "")
        new = new.sort_values(["undated", "first", "count"], ascending=[True, True, False]).drop(columns="undated")
        sections.append(Section(words("coinages"), words("finding_coinages", n=len(new)), None, new))
    return sections


def quality(rows: pd.DataFrame, tagged: pd.DataFrame, aside: pd.DataFrame, facts: RunFacts,
            words: Words) -> list[Section]:  # fmt: skip
    """Return what can be told of the data: counts, languages, rows set aside with their reasons, encodings."""
    unlike, encodings = facts.unlike, facts.encodings
    set_aside = int(aside["n"].sum())
    numbers = {
        "paragraphs": len(rows) + set_aside,
        "tagged": len(tagged),
        "headings": int((rows["heading"] & ~rows["empty"]).sum()),
        "furniture": int(rows["furniture"].sum()),
        "empty": int((rows["empty"] & ~rows["furniture"]).sum()),
        "aside": set_aside,
        "none": int((tagged["themes"] == "").sum()),
        "uncertain": int(tagged["uncertain"].sum()),
        "replaced": int(tagged["replaced"].sum()),
        **({} if unlike is None else {"unlike": unlike}),
    }
    table = pd.DataFrame({"what": [words(key) for key in numbers], "count": list(numbers.values())})
    # What is told of tags is a share of the tagged paragraphs, the rest one of all.
    of_tagged = [key in ("none", "uncertain", "replaced", "unlike") for key in numbers]
    table["total"] = np.where(of_tagged, numbers["tagged"], numbers["paragraphs"])
    table["share"] = table["count"] / table["total"].clip(lower=1)
    much = unlike is not None and is_much(unlike, len(tagged))
    found = [Section(words("quality"), words("finding_unlike", n=unlike) if much else "", None, table)]
    found.append(_language(tagged, words))
    if set_aside:
        found.append(Section(words("aside"), words("finding_aside", n=set_aside), None, aside))
    if encodings:
        listed = pd.DataFrame({"file": list(encodings), "encoding": list(encodings.values())})
        found.append(Section(words("encodings"), "", None, listed))
    return found


def _language(tagged: pd.DataFrame, words: Words) -> Section:
    """Return how many paragraphs are written in what."""
    sizes = np.bincount(tagged["language"], minlength=len(LANGUAGES))
    table = pd.DataFrame({"language": [words(f"language_{name}") for name in LANGUAGES], "count": sizes})
    table["total"] = len(tagged)
    table["share"] = table["count"] / table["total"].clip(lower=1)
    return Section(words("languages"), words("finding_languages"), None, table[table["count"] > 0])
