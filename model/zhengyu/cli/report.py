"""The command that draws a tagged table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import (
    FOLDER,
    INPUT,
    MODEL_OPTION,
    WHERE_OPTION,
    command_line,
    reading_options,
    report_extra,
)

if TYPE_CHECKING:
    from zhengyu.findings.where import Where
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions


@click.command()
@click.argument("tagged", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--output", required=True, type=FOLDER, help="The HTML page to write.")
@click.option("--slogans", type=INPUT, help="The slogans that zhengyu tag --slogans wrote.")
@click.option("--time", help="Column of dates or years; found when not given.")
@click.option("--place", help="Column of places; found when not given.")
@click.option("--document", help="Column that documents are told apart by; found when not given.")
@click.option("--focus", help="The place or document that the comparison opens with.")
@click.option("--run", type=FOLDER, help="What zhengyu tag --json printed: its encodings are shown.")
@click.option(
    "--heat", help="Five falling shares of paragraphs from which a slogan is 沸 烫 热 暖 温, joined by commas."
)
@click.option(
    "--checked", type=INPUT,
    help="A sample that zhengyu corpus sample drew and a coder checked: shares are corrected by it too.",
)  # fmt: skip
@click.option("--roll-up", is_flag=True, help="Draw the parents of themes in their place.")
@click.option("--prefix", default="", help="The --prefix that the table was tagged with.")
@click.option("--title", default="", help="Title of the page.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "en"]), help="Of the page.")
@WHERE_OPTION
@reading_options
@MODEL_OPTION
def report(
    tagged: tuple[PathOrUrl, ...],
    output: Path,
    slogans: PathOrUrl | None,
    time: str | None,
    place: str | None,
    document: str | None,
    focus: str | None,
    run: Path | None,
    checked: PathOrUrl | None,
    roll_up: bool,
    heat: str | None,
    prefix: str,
    title: str,
    language: str,
    where: Where | None,
    reading: TableOptions,
    folder: Path | None,
) -> None:
    """Draw TAGGED tables, which zhengyu tag wrote, as one HTML page with charts and their tables."""
    from zhengyu_corpus.errors import ZhengyuError

    with report_extra():
        from zhengyu.report.build import Options, build

    from zhengyu.slogans.counting import HEAT_SHARES, Counting

    try:
        shares = tuple(float(part) for part in heat.split(",")) if heat else HEAT_SHARES
    except ValueError as error:
        raise ZhengyuError(f"--heat: expected numbers joined by commas, got {heat!r}") from error
    rows = None
    if checked is not None:
        from zhengyu.io.inputs import local_paths
        from zhengyu.persistence.folder import load_model
        from zhengyu_corpus.atomic import refuse_same
        from zhengyu_training.labelling.checking import read_checked

        refuse_same(output, local_paths([checked]))
        rows = read_checked(checked, load_model(folder).themes)
    options = Options(
        slogans=slogans, time=time, place=place, document=document, focus=focus, prefix=prefix,
        title=title, language="en" if language == "en" else "zh", model=folder, run=run,
        heat=Counting(heat=shares).heat, reading=reading, where=where, checked=rows, roll_up=roll_up,
        command=command_line(click.get_current_context()),
    )  # fmt: skip
    click.echo(build(list(tagged), output, options))
