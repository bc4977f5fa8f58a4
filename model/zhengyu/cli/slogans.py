"""The command that counts slogans over a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import (
    CODEBOOK_OPTION,
    FOLDER,
    INPUT,
    LEXICON_ONLY,
    LEXICON_OPTION,
    MODEL_OPTION,
    WHERE_OPTION,
    is_page,
    reading_options,
    report_extra,
)

if TYPE_CHECKING:
    from zhengyu.findings.spread import Spread
    from zhengyu.findings.where import Where
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions


@click.command()
@click.argument("paragraphs", nargs=-1, type=INPUT)
@click.option("--slogans", "found", multiple=True, type=INPUT,
              help="What zhengyu tag --slogans found; looked for when not given; may be repeated.")  # fmt: skip
@click.option("--by", multiple=True, help="Column whose values make groups, such as year or place; may be repeated.")
@click.option("--date", default="", help="Column that dates a paragraph, for first appearances and new coinages.")
@click.option("--doc", default="", help="Column that names a paragraph's document.")
@click.option("--place", default="", help="Column that names a paragraph's place; new slogans of several rank higher.")
@click.option("--id", "id_column", help="Column that names a paragraph; id, or the row number when there is none.")
@click.option("--text-column", help="Column that holds the paragraphs; found when not given.")
@click.option(
    "--heat", help="Five falling shares of paragraphs from which a slogan is 沸 烫 热 暖 温, joined by commas."
)
@click.option(
    "--new",
    is_flag=True,
    help="Only slogans that the lexicon does not have, likeliest and widest first; -o adds a column accept to fill in.",
)
@click.option("--family", is_flag=True, help="Wordings around one slogan, each with its first and last appearance.")
@click.option(
    "--spread", is_flag=True,
    help="First appearance by level and place, lag behind the centre, share of places over time; needs --date and "
    "--place; -o FILE.html draws it.",
)  # fmt: skip
@click.option("--level", default="", help="With --spread: column of levels, such as province, city and county.")
@click.option("--centre", multiple=True,
              help="With --spread: what the centre is called among levels or places; 中央, 全国, central and the like "
              "when not given; may be repeated.")  # fmt: skip
@click.option("--accept", "accepted", type=FOLDER, help="Make a lexicon (-o) of the accepted rows of this list.")
@click.option("--check", "checked", type=FOLDER, help="Check this lexicon.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(min=1), help="Rows shown of each group.")
@click.option("-o", "--output", type=FOLDER, help="All rows as CSV, JSONL, Parquet or XLSX by its ending.")
@CODEBOOK_OPTION
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "en"]), help="Of the page.")
@WHERE_OPTION
@reading_options
@LEXICON_OPTION
@LEXICON_ONLY
@MODEL_OPTION
def slogans(
    paragraphs: tuple[PathOrUrl, ...],
    found: tuple[PathOrUrl, ...],
    by: tuple[str, ...],
    date: str,
    doc: str,
    place: str,
    id_column: str | None,
    text_column: str | None,
    heat: str | None,
    new: bool,
    family: bool,
    spread: bool,
    level: str,
    centre: tuple[str, ...],
    accepted: Path | None,
    checked: Path | None,
    top: int,
    output: Path | None,
    codebook: Path | None,
    language: str,
    where: Where | None,
    reading: TableOptions,
    lexicon: Path | None,
    lexicon_only: bool,
    folder: Path | None,
) -> None:
    """Count the slogans of a table of PARAGRAPHS: how often, where, since when, how hot."""
    from zhengyu.batch.codebook import check_codebook, describe
    from zhengyu.findings.spread import CENTRE
    from zhengyu.io.inputs import local_paths
    from zhengyu.io.variables import SLOGAN_COUNTS, SPREAD
    from zhengyu.report import slogan_counts
    from zhengyu.slogans.counting import HEAT_SHARES, Counting
    from zhengyu.tagger import load
    from zhengyu_corpus.errors import CorpusError, ZhengyuError
    from zhengyu_corpus.themes import load_themes

    sources = local_paths([*paragraphs, *found])
    if codebook is not None:
        if output is None or is_page(output) or accepted is not None or checked is not None:
            raise ZhengyuError("--codebook: expected a table whose columns it tells; name one with -o")
        check_codebook(codebook, [output, *sources])
    if checked is not None:
        problems = slogan_counts.check_file(checked, load_themes())
        for problem in problems:
            click.echo(str(problem))
        if any(problem.fatal for problem in problems):
            raise CorpusError([problem for problem in problems if problem.fatal])
        click.echo(f"{checked}: sound")
        return
    if accepted is not None:
        if output is None:
            raise ZhengyuError("--accept: expected the lexicon's name; give -o lexicon.csv")
        entries = slogan_counts.accept(accepted, output, themes=load_themes())
        click.echo(f"{output}: {len(entries)} slogan(s); zhengyu tag --lexicon {output} finds them")
        return
    if not paragraphs:
        raise ZhengyuError("expected a table of paragraphs; give one, or --accept or --check a list")
    try:
        shares = tuple(float(part) for part in heat.split(",")) if heat else HEAT_SHARES
    except ValueError as error:
        raise ZhengyuError(f"--heat: expected numbers joined by commas, got {heat!r}") from error
    how = Counting(by, date, doc, place, shares)
    if spread:
        own = load(folder, lexicon=lexicon, lexicon_only=lexicon_only)
        told = slogan_counts.spread_file(
            paragraphs, how, level=level, centre=frozenset(centre) or CENTRE, slogans=found, tagger=own,
            id_column=id_column, text_column=text_column, options=reading, where=where,
        )  # fmt: skip
        if output is not None:
            _write_spread(told, output, language, sources)
        if codebook is not None and output is not None:
            describe(codebook, output, told.first, SPREAD, sources=sources)
        for line in slogan_counts.shown_spread(told, top):
            click.echo(line)
        return
    tagger = load(folder, lexicon=lexicon, lexicon_only=lexicon_only) if not found or family else None
    counted = slogan_counts.count_file(
        paragraphs, how, slogans=found, tagger=tagger, id_column=id_column,
        text_column=text_column, new=new, family=family, output=output, options=reading, where=where,
    )  # fmt: skip
    if codebook is not None and output is not None:
        written = counted.assign(accept="") if new and not family else counted
        describe(codebook, output, written, SLOGAN_COUNTS, sources=sources)
    for line in slogan_counts.shown_families(counted, top) if family else slogan_counts.shown(counted, by, top):
        click.echo(line)


def _write_spread(found: Spread, output: Path, language: str, sources: list[Path]) -> None:
    """Write the first appearances as a table, or all of it as a page."""
    from zhengyu.io.writers import write_table
    from zhengyu_corpus.atomic import refuse_same, write_whole

    if not is_page(output):
        write_table(found.first, output, sources)
        return
    refuse_same(output, sources)
    with report_extra():
        from zhengyu.report.comparison import spread_page
        from zhengyu.report.words import Words
    write_whole(output, spread_page(found, Words(language, {})).encode(), sources)
