"""From tagged tables to the page: sections, each a chart with its table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from zhengyu.io.layout import TableOptions
from zhengyu.io.tagged_tables import RowCondition
from zhengyu.persistence.folder import load_model
from zhengyu.report import sections
from zhengyu.report.page import render
from zhengyu.report.reading import RunFacts, Tagged, match_ids, read_aside, read_run, read_slogans, read_tagged
from zhengyu.report.sections import Section, Words
from zhengyu.report.words import say
from zhengyu.slogans.counting import HEAT_SHARES
from zhengyu.tagger import Tagger
from zhengyu_corpus.atomic import refuse_place, refuse_same, write_whole
from zhengyu_corpus.errors import ZhengyuError

#: Fewer paragraphs than this make shares that only hint.
FEW = 30


@dataclass(frozen=True, slots=True)
class Options:
    """What a report is told; see the command's help for each."""

    slogans: Path | None = None
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


def build(paths: list[Path], output: Path, options: Options) -> str:
    """Write a report and return a line that says what it holds.

    Raises
    ------
    ZhengyuError
        A table cannot be used, or the page cannot be written; nothing then stands there that did not before.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise ZhengyuError(f"{output}: expected an ending of .html; name the page so")
    sources = [*paths, *(path for path in (options.slogans, options.run) if path is not None)]
    refuse_place(output)
    refuse_same(output, sources)
    model = load_model(options.model)
    read = read_tagged(paths, prefix=options.prefix, time=options.time, place=options.place, document=options.document,
                       ids=options.slogans is not None, options=options.reading,
                       where=options.where, codes=model.themes)  # fmt: skip
    rows = read.rows
    tagged = rows[~rows["furniture"] & ~rows["empty"]].reset_index(drop=True)
    if tagged.empty:
        raise ZhengyuError(f"{paths[0]}: no tagged paragraph among {len(rows):,} rows; is it the right table?")
    names = {theme.id: theme.zh if options.language == "zh" else theme.en or theme.zh for theme in model.themes}
    found = _sections(read, tagged, paths, options, Words(options.language, names), Tagger(model))
    language = options.language
    few = say("few", language, n=len(tagged)) if len(tagged) < FEW else ""
    hint = f"{len(tagged):,} {say('tagged', language)}. {say('intervals', language)} {few}"
    page = render(found, title=options.title or say("title", language), language=language, hint=hint.rstrip())
    write_whole(output, page.encode(), sources)
    return f"{output}: {len(found)} sections from {len(tagged):,} tagged paragraphs"


def _sections(
    read: Tagged, tagged: pd.DataFrame, paths: list[Path], options: Options, words: Words, tagger: Tagger
) -> list[Section]:
    focus = options.focus
    if focus is not None and not any(focus in tagged[c].array for c in ("place", "document") if c in tagged.columns):
        raise ZhengyuError(f"--focus {focus}: no place or document is called so; take one that occurs")
    aside = read_aside(paths)
    found: list[Section | None] = [sections.by_share(tagged, words), sections.over_time(tagged, words)]
    for column in ("place", "document"):
        found += sections.by_side(tagged, column, focus, words)
    found.append(sections.together(tagged, words))
    found.append(sections.typical(read.candidates, tagger.probabilities, tagger.themes, words))
    if options.slogans is not None:
        listed = match_ids(read_slogans(options.slogans), read.rows["id"], int(aside["n"].sum()))
        if options.where is not None:
            listed = listed[listed["id"].isin(read.rows["id"])]
        # Slogans of furniture are not counted; those of paragraphs that stand nowhere are refused by the counting.
        apart = read.rows.loc[read.rows["furniture"] | read.rows["empty"], "id"]
        found += sections.slogans(tagged, listed[~listed["id"].isin(apart)], options.heat, words)
    facts = read_run(options.run) if options.run is not None else RunFacts()
    found += sections.quality(read.rows, tagged, aside, facts, words)
    return [section for section in found if section is not None]
