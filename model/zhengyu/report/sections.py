"""The sections of a report, each with its finding in words, its chart and its table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zhengyu.report import charts, counts
from zhengyu.report.languages import LANGUAGES
from zhengyu.report.reading import RunFacts
from zhengyu.report.words import head, say
from zhengyu.slogans.counting import HEAT, Counting, count_slogans
from zhengyu.themes.novelty import is_much

#: Places or documents, lines of the chart over time, and slogans, that stay readable.
MAX_SIDES, MAX_LINES, MAX_SLOGANS = 20, 8, 40
#: Years, places and documents of fewer paragraphs are left out: a chart of them would draw chance.
MIN_GROUP = 5
#: Comparisons that are told in words; the table has them all.
MAX_TOLD = 5
#: Pairs of themes that stand in fewer paragraphs together say nothing.
MIN_TOGETHER = 2


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
    """

    title: str
    note: str
    chart: dict[str, Any] | None
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Words:
    """The language of the page and the names of the themes in it."""

    language: str
    names: dict[str, str]

    def __call__(self, key: str, **gaps: object) -> str:
        """Return the words for a key."""
        return say(key, self.language, **gaps)

    def named(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with names in place of theme ids."""
        columns = [column for column in ("theme", "other") if column in table]
        return table.assign(**{c: [self.names.get(str(theme), str(theme)) for theme in table[c]] for c in columns})


def by_share(tagged: pd.DataFrame, words: Words) -> Section | None:
    """Return the themes by share."""
    shown = words.named(counts.shares(tagged))
    if shown.empty:
        return None
    first, last = shown.iloc[0], shown.iloc[-1]
    note = words("finding_share" if len(shown) > 1 else "finding_one", top=first["theme"], high=first["share"],
                 last=last["theme"], low=last["share"], n=len(shown))  # fmt: skip
    title = words("share")
    return Section(title, note, charts.share_chart(shown, f"{title} {note}", words("axis")), shown)


def _groups(tagged: pd.DataFrame, column: str, named: str | None = None) -> pd.Series[int]:
    """Return the values of a column that have enough paragraphs, or were named, with their number, most first."""
    if column not in tagged.columns:
        return pd.Series(dtype=int)
    sizes = tagged[column].astype(object)[tagged[column] != ""].value_counts()
    return sizes[(sizes >= MIN_GROUP) | (sizes.index == named)]


def over_time(tagged: pd.DataFrame, words: Words) -> Section | None:
    """Return the most frequent themes year by year, where two years have enough paragraphs."""
    years = _groups(tagged, "time")
    if len(years) < 2:
        return None
    table = counts.shares(tagged[tagged["time"].isin(years.index)], "time")
    top = counts.shares(tagged)["theme"].head(MAX_LINES)
    shown = words.named(table[table["theme"].isin(top)])
    if shown.empty:
        return None
    ends = shown["time"].min(), shown["time"].max()
    start, end = (
        {str(row["theme"]): float(row["share"]) for row in shown[shown["time"] == year].to_dict("records")}
        for year in ends
    )
    up, down = (pick(end, key=lambda theme: end[theme] - start[theme]) for pick in (max, min))
    note = words("finding_time", start=ends[0], end=ends[1], up=up, up_from=start[up], up_to=end[up], down=down,
                 down_from=start[down], down_to=end[down])  # fmt: skip
    title = words("time")
    return Section(title, note, charts.time_chart(shown, f"{title} {note}", words("axis")), shown)


def by_side(tagged: pd.DataFrame, column: str, focus: str | None, words: Words) -> list[Section]:
    """Return themes by place or document, and each against its peers; `focus` first, else the largest."""
    sizes = _groups(tagged, column, focus)
    if len(sizes) < 2:
        return []
    most = [str(side) for side in sizes.head(MAX_SIDES).index]
    if focus is not None and focus in sizes.index:
        most = [focus, *(side for side in most if side != focus)][:MAX_SIDES]
    table = counts.shares(tagged[tagged[column].isin(most)], column)
    if table.empty:
        return []
    shown = words.named(table)
    best = shown.sort_values("share", ascending=False).iloc[0]
    title = words(column)
    note = words("finding_place", where=best[column], top=best["theme"], high=best["share"], n=len(most))
    chart = charts.heat_chart(shown, column, "share", f"{title} {note}", percent=True)
    found = [Section(title, note, chart, shown)]
    table = words.named(counts.compared(tagged, column, most))
    notes = []
    for side in most[:MAX_TOLD]:
        one = table[table["focus"] == side]
        own, peers = (
            one[one["side"] == part].set_index("theme")["share"].astype(float).to_dict() for part in ("focus", "peers")
        )
        theme = max(own, key=lambda name: abs(own[name] - peers[name]))
        notes.append(words("finding_compare", focus=side, theme=theme, own=own[theme], peers=peers[theme]))
    table["side"] = [words(str(side)) for side in table["side"]]
    title, note = words(f"compare_{column}"), " ".join(notes)
    drawn = charts.compare_chart(table, f"{title} {note}", words("axis"), words("choose"))
    return [*found, Section(title, note, drawn, table)]


def together(tagged: pd.DataFrame, words: Words) -> Section | None:
    """Return the pairs of themes that stand in one paragraph."""
    pairs = counts.together(tagged)
    shown = words.named(pairs[pairs["count"] >= MIN_TOGETHER])
    if shown.empty:
        return None
    first = shown.iloc[0]
    title = words("together")
    note = words("finding_together", **{key: first[key] for key in ("theme", "other", "count", "lift")})
    chart = charts.heat_chart(shown, "other", "lift", f"{title} {note}", percent=False)
    return Section(title, note, chart, shown)


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
        {"normal": counted["normal"], "heat": counted["heat"], "type": counted["type"], "known": counted["known"],
         "uses": counted["count"], "count": counted["paragraphs"], "documents": counted["documents"],
         "per_10k": counted["per_10k"], "low": counted["low"], "high": counted["high"],
         "first": counted["first"].fillna("")}
    )  # fmt: skip
    first, coined = table.iloc[0], table[~table["known"].astype(bool)]
    levels = "，".join(f"{degree} ≥ {share:.1%}" for degree, share in zip(HEAT, heat, strict=False))
    note = words("finding_slogans", all=len(table), top=first["normal"], heat=first["heat"], per=first["per_10k"],
                 n=len(coined))  # fmt: skip
    note = f"{note} {words('heat_scale', levels=levels)}"
    chart = charts.heat_scale_chart(
        table.head(MAX_SLOGANS), f"{title} {note}", head("per_10k", words.language), HEAT
    )  # fmt: skip
    sections = [Section(title, note, chart, table)]
    if len(coined):
        new = coined.sort_values(["first", "count"], ascending=[True, False]).drop(columns="known")
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
        "furniture": int(rows["furniture"].sum()),
        "empty": int((rows["empty"] & ~rows["furniture"]).sum()),
        "aside": set_aside,
        "none": int((tagged["themes"] == "").sum()),
        "uncertain": int(tagged["uncertain"].sum()),
        "replaced": int(tagged["replaced"].sum()),
        **({} if unlike is None else {"unlike": unlike}),
    }
    table = pd.DataFrame({"what": [words(key) for key in numbers], "n": list(numbers.values())})
    table["share"] = table["n"] / max(1, numbers["paragraphs"])
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
    table["share"] = table["count"] / max(1, len(tagged))
    return Section(words("languages"), words("finding_languages"), None, table[table["count"] > 0])
