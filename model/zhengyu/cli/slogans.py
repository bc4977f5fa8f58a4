"""The command that counts slogans over a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import FOLDER, LEXICON_ONLY, LEXICON_OPTION, MODEL_OPTION, reading_options

if TYPE_CHECKING:
    from zhengyu.io.layout import TableOptions


@click.command()
@click.argument("paragraphs", type=FOLDER)
@click.option("--slogans", "found", type=FOLDER, help="What zhengyu tag --slogans found; looked for when not given.")
@click.option("--by", multiple=True, help="Column whose values make groups, such as year or place; may be repeated.")
@click.option("--date", default="", help="Column that dates a paragraph, for first appearances and new coinages.")
@click.option("--doc", default="", help="Column that names a paragraph's document.")
@click.option("--id", "id_column", help="Column that names a paragraph; id, or the row number when there is none.")
@click.option("--text-column", help="Column that holds the paragraphs; found when not given.")
@click.option(
    "--heat", help="Five falling shares of paragraphs from which a slogan is 沸 烫 热 暖 温, joined by commas."
)
@click.option("--new", is_flag=True, help="Only slogans that the lexicon does not have, where they first appear.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(min=1), help="Rows shown of each group.")
@click.option("-o", "--output", type=FOLDER, help="All rows as CSV, JSONL, Parquet or XLSX by its ending.")
@reading_options
@LEXICON_OPTION
@LEXICON_ONLY
@MODEL_OPTION
def slogans(
    paragraphs: Path,
    found: Path | None,
    by: tuple[str, ...],
    date: str,
    doc: str,
    id_column: str | None,
    text_column: str | None,
    heat: str | None,
    new: bool,
    top: int,
    output: Path | None,
    reading: TableOptions,
    lexicon: Path | None,
    lexicon_only: bool,
    folder: Path | None,
) -> None:
    """Count the slogans of a table of PARAGRAPHS: how often, where, since when, how hot."""
    from zhengyu.report.slogan_counts import count_file, shown
    from zhengyu.slogans.counting import HEAT_SHARES, Counting
    from zhengyu.tagger import load
    from zhengyu_corpus.errors import ZhengyuError

    try:
        shares = tuple(float(part) for part in heat.split(",")) if heat else HEAT_SHARES
    except ValueError as error:
        raise ZhengyuError(f"--heat: expected numbers joined by commas, got {heat!r}") from error
    tagger = load(folder, lexicon=lexicon, lexicon_only=lexicon_only) if found is None else None
    counted = count_file(
        paragraphs, Counting(by, date, doc, shares), slogans=found, tagger=tagger, id_column=id_column,
        text_column=text_column, new=new, output=output, options=reading,
    )  # fmt: skip
    for line in shown(counted, by, top):
        click.echo(line)
