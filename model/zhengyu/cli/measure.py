"""The command that measures tags on a checked sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import CODEBOOK_OPTION, FOLDER, INPUT, WHERE_OPTION, reading_options

if TYPE_CHECKING:
    from zhengyu.findings.where import Where
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions


@click.command()
@click.argument("tagged", nargs=-1, required=True, type=INPUT)
@click.argument("checked", type=INPUT)
@click.option("--by", multiple=True, help="Column whose values get shares of their own, such as year; may be repeated.")
@click.option("--cross", is_flag=True, help="Groups are the combinations of the columns of --by, such as year × place.")
@click.option("--these-documents", is_flag=True,
              help="Shares of these very documents: intervals hold the error of checking alone.")  # fmt: skip
@click.option("--document", help="Column that documents are told apart by; found when not given.")
@click.option("--coder", default="", help="Whose checks to take, where several checked one paragraph.")
@click.option("-o", "--output", type=FOLDER, help="All figures, as a table by its ending or as JSON.")
@CODEBOOK_OPTION
@click.option("--methods", type=FOLDER, help="Write a paragraph for a paper's methods here, Chinese and English.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--prefix", default="", help="The --prefix that the tables were tagged with.")
@WHERE_OPTION
@reading_options
def measure(
    tagged: tuple[PathOrUrl, ...],
    checked: PathOrUrl,
    by: tuple[str, ...],
    cross: bool,
    these_documents: bool,
    document: str | None,
    coder: str,
    output: Path | None,
    codebook: Path | None,
    methods: Path | None,
    themes: Path | None,
    prefix: str,
    where: Where | None,
    reading: TableOptions,
) -> None:
    """Measure the tags of TAGGED tables on a CHECKED sample, and correct shares of themes by it.

    CHECKED is what zhengyu corpus sample drew from the tables, filled in by people.
    """
    from zhengyu.batch.codebook import check_codebook, describe
    from zhengyu.io.inputs import local_paths
    from zhengyu.io.variables import MEASURES
    from zhengyu_corpus.errors import ZhengyuError
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.labelling.checking import measure_tables

    sources, codes = local_paths([*tagged, checked]), load_themes(themes)
    if codebook is not None:
        if output is None:
            raise ZhengyuError("--codebook: expected a table whose columns it tells; name one with -o")
        check_codebook(codebook, [output, *([methods] if methods is not None else []), *sources])
    notes: list[str] = []
    found = measure_tables(
        tagged, checked, codes, by=by, cross=cross, where=where, document=document, these_documents=these_documents,
        coder=coder, output=output, methods=methods, prefix=prefix, options=reading, notes=notes,
    )  # fmt: skip
    if codebook is not None and output is not None:
        describe(codebook, output, found.table(), MEASURES, codes, sources)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for line in found.lines():
        click.echo(line)
