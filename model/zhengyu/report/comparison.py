"""Findings as pages in the manner of the report: a comparison of texts, and the spread of slogans."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup, escape

from zhengyu.findings.alignment import MAX_SENTENCES, edits
from zhengyu.findings.compare import RATE, Comparison
from zhengyu.findings.spread import Spread
from zhengyu.report import charts
from zhengyu.report.page import MAX_ROWS, render
from zhengyu.report.sections import Section
from zhengyu.report.words import Words

#: Words of each side, slogans, and slogans whose uptake is drawn, that stay readable.
MAX_WORDS, MAX_DRAWN = 40, 10
_SLOGAN_COLUMNS = ("normal", "type", "change", "count_a", "count_b", "documents_a", "documents_b", "per_10k_a",
                   "per_10k_b", "z")  # fmt: skip
#: Themes of a smaller share on both sides, and without a difference, are left out of the chart.
LEAST_DRAWN = 0.005


def comparison_page(found: Comparison, words: Words, title: str = "") -> str:
    """Return a comparison as one self-contained page.

    Parameters
    ----------
    found : Comparison
        As `zhengyu.findings.compare.compare` gives it.
    words : Words
        Language of the page, and names of the themes in it.
    title : str
        Its heading; the names of the sides when not given.
    """
    first, second = found.names
    sections = [_themes(found, words), _words(found, words), _slogans(found, words)]
    if found.sentences is not None:
        sections.insert(0, _sentences(found.sentences, words))
    sizes = [
        words("side_size", name=f"{words(side)} {name}", paragraphs=f"{paragraphs:,}", documents=f"{documents:,}")
        for side, name, paragraphs, documents in zip(
            ("side_a", "side_b"), found.names, found.paragraphs, found.documents, strict=True
        )
    ]
    hint = " ".join([*sizes, *(words(note.key, **dict(note.gaps)) for note in found.notes)])
    heading = title or words("compare_title", first=first, second=second)
    return render(sections, title=heading, language=words.language, hint=hint, rows=2 * MAX_SENTENCES)


def _themes(found: Comparison, words: Words) -> Section:
    table = words.named(found.themes)
    first, second = found.names
    differing = table[table["differs"].astype(bool)]
    told = "；" if words.language == "zh" else "; "
    most = told.join(
        words("finding_theme_change", theme=row["theme"], a=row["share_a"], b=row["share_b"])
        for row in differing.head(5).to_dict("records")
    )
    note = words("finding_differs", n=len(differing), all=len(table), rate=RATE, most=most or words("nothing"))
    title = words("theme_changes", first=first, second=second)
    drawn = table[(table[["share_a", "share_b"]].max(axis=1) >= LEAST_DRAWN) | table["differs"].astype(bool)]
    chart = charts.difference_chart(drawn, f"{title} {note}", ("share_a", "share_b"), words) if len(drawn) else None
    shown = table.assign(
        share_a=table["share_a"].map("{:.1%}".format), share_b=table["share_b"].map("{:.1%}".format),
        p=table["p"].map("{:.3f}".format), q=table["q"].map("{:.3f}".format),
    )  # fmt: skip
    return Section(title, note, chart, shown)


def _words(found: Comparison, words: Words) -> Section:
    first, second = found.names
    table = found.telling_words()
    ends = pd.concat([table.head(MAX_WORDS), table.tail(MAX_WORDS).iloc[::-1]]).drop_duplicates("word")
    more, less = (
        words("comma").join(some["word"].head(8))
        for some in (table[table["z"] > 0], table[table["z"] < 0].iloc[::-1])
    )  # fmt: skip
    nothing = words("nothing")
    note = words("finding_words", first=first, second=second, more=more or nothing, less=less or nothing)
    shown = ends.assign(log_odds=ends["log_odds"].map("{:+.2f}".format), z=ends["z"].map("{:+.1f}".format))
    return Section(words("word_changes"), note, None, shown)


def _slogans(found: Comparison, words: Words) -> Section:
    table = found.slogans
    of = table["change"].value_counts()
    note = words("finding_slogan_changes", **{change: int(of.get(change, 0)) for change in
                                              ("new", "risen", "fallen", "gone")})  # fmt: skip
    shown = table[list(_SLOGAN_COLUMNS)].assign(
        change=[words(f"change_{change}") for change in table["change"]],
        type=[words.type(name) for name in table["type"]], z=table["z"].map("{:+.1f}".format),
    )  # fmt: skip
    return Section(words("slogan_changes"), note, None, shown.head(MAX_ROWS))


def _sentences(table: pd.DataFrame, words: Words) -> Section:
    of = table["change"].value_counts()
    note = words(
        "finding_sentences", **{change: int(of.get(change, 0)) for change in ("same", "changed", "dropped", "added")},
        moved=int(table["moved"].sum()),
    )  # fmt: skip
    rows = table[["change", "moved", "number_a", "number_b", "a", "b"]].astype(object).to_numpy()
    shown = pd.DataFrame(
        {
            "change": [words(f"change_{change}") + (words("and_moved") if moved else "") for change, moved, *_ in rows],
            "numbers": ["→".join("–" if number is pd.NA else str(number) for number in row[2:4]) for row in rows],
            "wording": pd.Series([_marked(row[0], row[4], row[5]) for row in rows], dtype=object),
        }
    )
    return Section(words("sentence_changes"), note, None, shown)


def _marked(change: str, first: str, second: str) -> Markup:
    """Return a sentence with what went and what came marked; everything in it is escaped."""
    if change == "same":
        return escape(second)
    return Markup("").join(
        escape(new) if kind == "equal"
        else (Markup("<del>{}</del>").format(old) if old else "") + (Markup("<ins>{}</ins>").format(new) if new else "")
        for kind, old, new in (edits(first, second) if first and second else [("changed", first, second)])
    )  # fmt: skip


def spread_page(found: Spread, words: Words, title: str = "") -> str:
    """Return the spread of slogans as one self-contained page; parameters as in `comparison_page`."""
    widest = found.slogans.head(MAX_DRAWN)["normal"].tolist()
    drawn = found.uptake[found.uptake["normal"].isin(widest)]
    place, lag = words("of_places"), words("lag_note")
    first = found.slogans.iloc[0] if len(found.slogans) else None
    note = "" if first is None else words(
        "finding_spread", normal=first["normal"], places=first["places"], of=first["of_places"], first=first["first"],
        where=first["first_place"],
    )  # fmt: skip
    chart = charts.uptake_chart(drawn, f"{words('uptake')} {note}", words("uptake_axis"), words) if len(drawn) else None
    sections = [
        Section(words("uptake"), f"{note} {place}", chart, _told(found.uptake, words)),
        Section(words("spread_slogans"), lag, None, _told(found.slogans.drop(columns="known"), words)),
        Section(words("spread_first"), lag, None, _told(found.first.drop(columns=["known", "type"]), words)),
    ]
    hint = words("spread_size", slogans=f"{len(found.slogans):,}", places=_places(found))
    return render(sections, title=title or words("spread_title"), language=words.language, hint=hint)


def _places(found: Spread) -> int:
    return int(found.slogans["of_places"].max()) if len(found.slogans) else 0


def _told(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return a table as people read it, without columns that tell nothing, such as levels where none were named."""
    if "type" in table.columns:
        table = table.assign(type=[words.type(name) for name in table["type"]])
    if "of_places" in table.columns:
        of = [f"{n}/{every}" for n, every in zip(table["places"], table["of_places"], strict=True)]
        table = table.assign(places=of).drop(columns="of_places").rename(columns={"places": "places_of"})
    if "centre_from" in table.columns:
        centre = [
            words("centre_from", date=date, by=words(f"from_{by}")) if by else ""
            for date, by in zip(table["centre_first"], table["centre_from"], strict=True)
        ]
        table = table.assign(centre_first=centre).drop(columns="centre_from")
    return table.loc[:, (table.notna() & (table != "")).any()]
