"""From tagged tables to the page: sections, each a chart with its table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from zhengyu.findings.measure import Measures, measure_parts
from zhengyu.findings.population import frame_part
from zhengyu.io.columns import THEMES
from zhengyu.io.inputs import PathOrUrl, local_paths
from zhengyu.io.layout import TableOptions
from zhengyu.io.tagged_tables import RowCondition
from zhengyu.persistence.folder import load_model
from zhengyu.report import counts, sections
from zhengyu.report.page import render
from zhengyu.report.reading import (
    RunFacts,
    Tagged,
    match_ids,
    read_aside,
    read_run,
    read_slogans,
    read_tagged,
    rolled_up,
)
from zhengyu.report.sections import Section
from zhengyu.report.words import Words
from zhengyu.slogans.counting import HEAT_SHARES
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu.version import __version__
from zhengyu_corpus.atomic import refuse_place, refuse_same, write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet


@dataclass(frozen=True, slots=True)
class Options:
    """What a report is told; see the command's help. `checked` is as `zhengyu.findings.measure.read_checks` has it."""

    slogans: PathOrUrl | None = None
    time: str | None = None
    place: str | None = None
    document: str | None = None
    focus: str | None = None
    prefix: str = ""
    title: str = ""
    language: Literal["zh", "en"] = "zh"
    model: Path | None = None
    run: Path | None = None
    heat: tuple[float, ...] = HEAT_SHARES
    reading: TableOptions | None = None
    where: RowCondition | None = None
    checked: pd.DataFrame | None = None
    roll_up: bool = False
    command: str = ""


def build(paths: Sequence[PathOrUrl], output: Path, options: Options) -> str:
    """Write a report and return a line that says what it holds.

    Raises
    ------
    ZhengyuError
        A table cannot be used, or the page cannot be written; nothing then stands there that did not before.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise ZhengyuError(f"{output}: expected an ending of .html; name the page so")
    sources = local_paths([*paths, *(path for path in (options.slogans, options.run) if path is not None)])
    refuse_place(output)
    refuse_same(output, sources)
    model = load_model(options.model)
    themes = model.themes
    if options.roll_up and set(themes.roots) == set(themes.ids):
        raise ZhengyuError(
            f"--roll-up: no theme of {model.version} has a parent; give themes their parent in themes.toml and "
            "retrain, or leave --roll-up out"
        )
    read = read_tagged(paths, prefix=options.prefix, time=options.time, place=options.place, document=options.document,
                       ids=options.slogans is not None or options.checked is not None, options=options.reading,
                       where=options.where, codes=themes)  # fmt: skip
    if options.roll_up:
        read = rolled_up(read, themes)
    rows = read.rows
    tagged = rows[~rows["furniture"] & ~rows["heading"] & ~rows["empty"]].reset_index(drop=True)
    if tagged.empty:
        raise ZhengyuError(f"{paths[0]}: no tagged paragraph among {len(rows):,} rows; is it the right table?")
    names = {theme.id: theme.zh if options.language == "zh" else theme.en or theme.zh for theme in themes}
    words = Words(options.language, names)
    facts = read_run(options.run) if options.run is not None else RunFacts()
    found = _sections(read, tagged, paths, options, facts, words, Tagger(model))
    page = render(
        found, title=options.title or words("title"), language=options.language,
        hint=_lead(rows, tagged, options, words), foot=_foot(read, model, options, facts, words),
    )  # fmt: skip
    write_whole(output, page.encode(), sources)
    return f"{output}: {len(found)} sections from {len(tagged):,} tagged paragraphs"


def _sections(
    read: Tagged,
    tagged: pd.DataFrame,
    paths: Sequence[PathOrUrl],
    options: Options,
    facts: RunFacts,
    words: Words,
    tagger: Tagger,
) -> list[Section]:
    focus = options.focus
    if focus is not None and not any(focus in tagged[c].array for c in ("place", "document") if c in tagged.columns):
        raise ZhengyuError(f"--focus {focus}: no place or document is called so; take one that occurs")
    aside = read_aside(paths)
    measured = _measured(read, tagged, options, int(aside["n"].sum()), tagger.model.themes)
    found: list[Section | None] = [sections.by_share(tagged, words)]
    if measured is not None:
        found += sections.corrected(measured, words)
    found += sections.over_time(tagged, words, measured)
    for column in ("place", "document"):
        found += sections.by_side(tagged, column, focus, words)
    found.append(sections.together(tagged, words))
    columns = tuple(map(tagger.model.themes.root, tagger.themes)) if options.roll_up else tagger.themes
    found.append(sections.typical(read.candidates, tagger.probabilities, columns, words))
    if options.slogans is not None:
        listed = match_ids(read_slogans(options.slogans), read.rows["id"], int(aside["n"].sum()))
        if options.where is not None:
            listed = listed[listed["id"].isin(read.rows["id"])]
        # Slogans of what shares are not of are not counted; those of paragraphs that stand nowhere are refused there.
        apart = read.rows.loc[read.rows["furniture"] | read.rows["heading"] | read.rows["empty"], "id"]
        found += sections.slogans(tagged, listed[~listed["id"].isin(apart)], options.heat, words)
    found += sections.quality(read.rows, tagged, aside, facts, words)
    return [section for section in found if section is not None]


def _measured(read: Tagged, tagged: pd.DataFrame, options: Options, aside: int, themes: ThemeSet) -> Measures | None:
    """Return what the checked sample says of the tags, overall and for the years and places that are drawn."""
    if options.checked is None:
        return None
    checked = match_ids(options.checked, read.rows["id"], aside)
    if options.where is not None:
        checked = checked[checked["id"].isin(tagged["id"])]
    if options.roll_up:
        rolled = [None if one is None else tuple(dict.fromkeys(map(themes.root, one))) for one in checked[THEMES]]
        checked = checked.assign(**{THEMES: pd.Series(rolled, index=checked.index, dtype=object)})
    frame = pd.DataFrame({"id": tagged["id"].astype(object), THEMES: tagged["themes"].astype(object)})
    groups = [column for column in ("time", "place") if column in tagged.columns]
    for column in groups:
        drawn = sections.groups(tagged, column, options.focus).index
        drawn = drawn[: sections.MAX_SIDES] if column == "place" else drawn
        frame[column] = tagged[column].astype(object).where(tagged[column].isin(drawn), "")
    document = None
    if "document" in tagged.columns:
        document = "document"
        frame[document] = tagged[document].astype(object).where(tagged[document] != "", frame["id"])
    return measure_parts([frame_part(frame, "the tagged tables")], checked, by=groups, document=document)


def _lead(rows: pd.DataFrame, tagged: pd.DataFrame, options: Options, words: Words) -> str:
    """Return what stands above all sections: what shares are of, and what their intervals hold."""
    said = words("lead", n=len(tagged), heading=int((rows["heading"] & ~rows["empty"]).sum()),
                 furniture=int(rows["furniture"].sum()))  # fmt: skip
    return words.sentences(
        said, words("clustered" if len(counts.likeness(tagged)) else "intervals"),
        words("rolled_up") if options.roll_up else "",
        words("few", n=len(tagged)) if len(tagged) < sections.FEW else "",
    )  # fmt: skip


def _foot(read: Tagged, model: Model, options: Options, facts: RunFacts, words: Words) -> list[tuple[str, str]]:
    """Return where the figures come from: model, program, date, command, and what they rest on."""
    moment = os.environ.get("SOURCE_DATE_EPOCH")  # https://reproducible-builds.org/specs/source-date-epoch/
    made = datetime.fromtimestamp(int(moment), UTC) if moment else datetime.now(UTC)
    rests: list[str] = []
    if len(read.models) > 1:
        rests.append(words("several_models", n=len(read.models)))
    record: Any = model.evaluation.get("cross_validation")
    if {name.split("@")[0] for name in read.models} == {model.version.split("@")[0]} and record:
        micro, none = (_with_ends(record["overall"][name]) for name in ("micro_f1", "none_f1"))
        rests.append(words("rests_model", paragraphs=record["paragraphs"], documents=record["documents"], micro=micro,
                           none=none))  # fmt: skip
    else:
        rests.append(words("rests_unknown"))
    if facts.unlike is not None:
        rests.append(words("rests_unlike", n=facts.unlike))
    rests.append(words("rests_raw" if options.checked is None else "rests_checked"))
    lines = [
        ("foot_model", words.listed(read.models) or words("unknown_model")),
        ("foot_program", f"zhengyu {__version__}"),
        ("foot_date", f"{made:%Y-%m-%d %H:%M} UTC"),
        ("foot_command", options.command),
        ("foot_rests", words.sentences(*rests)),
    ]
    return [(words(key), said) for key, said in lines if said]


def _with_ends(figure: list[float]) -> str:
    value, low, high = figure
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"
