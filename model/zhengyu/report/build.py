"""From tagged tables to the page: sections, each a chart with its table."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from zhengyu.report import charts, counts
from zhengyu.report.reading import read_slogans, read_tagged
from zhengyu.report.words import say
from zhengyu.store import load_model
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

#: Places, and lines of the chart over time, that stay readable.
MAX_PLACES, MAX_LINES, MAX_SLOGANS = 20, 8, 40


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


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: a chart (or none) and its table."""

    title: str
    note: str
    chart: dict[str, Any] | None
    table: pd.DataFrame


def build(paths: list[Path], output: Path, options: Options) -> str:
    """Write a report and return a line that says what it holds.

    Raises
    ------
    ZhengyuError
        A table cannot be used, or the page cannot be written; nothing then stands there that did not before.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise ZhengyuError(f"{output}: expected an ending of .html; name the page so")
    model = load_model(options.model)
    read = read_tagged(paths, prefix=options.prefix, time=options.time, place=options.place, document=options.document)
    rows = read.rows
    tagged = rows[(rows["kind"] != "furniture") & (rows["text"].str.strip() != "")].reset_index(drop=True)
    if tagged.empty:
        raise ZhengyuError(f"{paths[0]}: no tagged paragraph among {len(rows):,} rows; is it the right table?")
    names = {theme.id: theme.zh if options.language == "zh" else theme.en or theme.zh for theme in model.themes}
    sections = _sections(tagged, rows, options, names, Tagger(model))
    _write(output, _page(sections, options, len(tagged)))
    return f"{output}: {len(sections)} sections from {len(tagged):,} tagged paragraphs"


def _sections(
    tagged: pd.DataFrame, rows: pd.DataFrame, options: Options, names: dict[str, str], tagger: Tagger
) -> list[Section]:
    language = options.language
    axis = say("axis", language)

    def named(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(
            **{c: [names.get(str(t), str(t)) for t in table[c]] for c in ("theme", "other") if c in table}
        )

    found: list[Section] = []
    overall = counts.shares(tagged)
    if not overall.empty:
        shown = named(overall)
        note = say("top", language, theme=shown["theme"].iloc[0], share=float(shown["share"].iloc[0]))
        title = say("share", language)
        found.append(Section(title, note, charts.share_chart(shown, f"{title} {note}", axis), shown))
    if "time" in tagged.columns and tagged["time"].ne("").any():
        by_time = counts.shares(tagged, "time")
        top = overall["theme"].head(MAX_LINES)
        shown = named(by_time[by_time["theme"].isin(top)])
        title = say("time", language)
        found.append(Section(title, "", charts.time_chart(shown, title, axis), shown))
    for column in ("place", "document"):
        if column in tagged.columns and tagged[column][tagged[column] != ""].nunique() > 1:
            most = tagged.loc[tagged[column] != "", column].value_counts().head(MAX_PLACES).index
            shown = named(counts.shares(tagged[tagged[column].isin(most)], column))
            title, note = say("place", language), say("shown", language, n=len(most))
            chart = charts.heat_chart(shown, column, "share", title, percent=True)
            found.append(Section(title, note, chart, shown))
            focus = options.focus or str(most[0])
            if focus not in set(tagged[column]):
                raise ZhengyuError(f"--focus {focus}: no such value in the column of {column}s; take one that occurs")
            shown = named(counts.compared(tagged, column, focus))
            shown["side"] = [say(str(side), language) for side in shown["side"]]
            title = say("compare", language, focus=focus)
            found.append(Section(title, "", charts.compare_chart(shown, title, axis), shown))
            break
    pairs = counts.together(tagged)
    if not pairs.empty:
        shown, title = named(pairs), say("together", language)
        found.append(Section(title, "", charts.heat_chart(shown, "other", "lift", title, percent=False), shown))
    best = counts.typical(tagged, tagger.probabilities, tagger.themes)
    if not best.empty:
        found.append(Section(say("typical", language), "", None, named(best)))
    if options.slogans is not None:
        found.append(_slogans(tagged, options.slogans, language))
    found.append(Section(say("quality", language), "", None, _quality(tagged, rows, language)))
    return found


def _slogans(tagged: pd.DataFrame, path: Path, language: str) -> Section:
    table = counts.slogans(read_slogans(path), tagged)
    title = say("slogans", language)
    note = say("new_coinages", language, n=int((~table["known"]).sum()), all=len(table))
    shown = table.head(MAX_SLOGANS).rename(columns={"normal": "theme"})
    chart = charts.share_chart(shown, f"{title} {note}", say("axis", language)) if len(shown) else None
    return Section(title, note, chart, table)


def _quality(tagged: pd.DataFrame, rows: pd.DataFrame, language: str) -> pd.DataFrame:
    text = tagged["text"]
    numbers = {
        "paragraphs": len(rows),
        "tagged": len(tagged),
        "furniture": int((rows["kind"] == "furniture").sum()),
        "empty": int((rows["text"].str.strip() == "").sum()),
        "none": int((tagged["themes"] == "").sum()),
        "uncertain": int((tagged["uncertain"] != "").sum()),
        "no_chinese": int((~text.str.contains(r"[\u3400-\u9fff]")).sum()),
        "replaced": int(text.str.contains("\ufffd", regex=False).sum()),
    }
    return pd.DataFrame({"": [say(key, language) for key in numbers], "n": list(numbers.values())})


def _page(sections: list[Section], options: Options, paragraphs: int) -> str:
    import vl_convert
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("zhengyu.report", "."), autoescape=True).get_template("page.html")
    # Within a script element < could end it; its escape means the same in JSON.
    specs = json.dumps([section.chart for section in sections], ensure_ascii=False).replace("<", "\\u003c")
    return page.render(
        title=options.title or say("title", options.language),
        language="zh-CN" if options.language == "zh" else "en",
        sections=[(section, _cells(section.table)) for section in sections],
        paragraphs=paragraphs,
        words={key: say(key, options.language) for key in ("table", "tagged", "intervals")},
        specs=specs,
        library=vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script"),
    )


def _cells(table: pd.DataFrame) -> list[list[str]]:
    shown = table.head(1000)
    columns = [
        [f"{value:.4f}" if isinstance(value, float) else str(value) for value in shown[column]] for column in shown
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _write(output: Path, page: str) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=output.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(page)
            Path(name).chmod(0o644)
            Path(name).replace(output)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ZhengyuError(f"{output}: could not be written: {error}; nothing was changed there") from error
