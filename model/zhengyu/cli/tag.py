"""The command that tags documents and tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import (
    CODEBOOK_OPTION,
    FAVOUR_OPTION,
    FOLDER,
    LEXICON_ONLY,
    LEXICON_OPTION,
    MODEL_OPTION,
    PRECISION_OPTION,
    reading_options,
)

if TYPE_CHECKING:
    from zhengyu.io.layout import TableOptions

#: Rows that the table on the terminal shows.
_SHOWN_ROWS = 200


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    help="CSV, JSONL, Parquet or XLSX by its ending; a table on the terminal when not given.",
)
@click.option("--text-column", help="Column of a table that holds the paragraphs; found when not given.")
@reading_options
@click.option("--format", "stdin_format", default="txt", show_default=True,
              type=click.Choice(["txt", "html", "csv", "tsv", "jsonl", "json"]),
              help="Format of standard input.")  # fmt: skip
@click.option("--probabilities", is_flag=True, help="Add the probability of every theme.")
@click.option("--names", default="id", show_default=True, type=click.Choice(["id", "zh"]),
              help="What stands for a theme in cells and columns: its id, or its Chinese name.")  # fmt: skip
@click.option("--wide", is_flag=True, help="Add a column of 1 and 0 for every theme, t_THEME, and t_none.")
@click.option(
    "--roll-up",
    is_flag=True,
    help="Add root_themes, the broader themes that the given ones are rolled up to; with --wide root_THEME.",
)
@CODEBOOK_OPTION
@click.option("--slogans", type=FOLDER, help="Write the slogans found to this file, one row each.")
@click.option("--evidence", type=FOLDER, help="Write the spans that carried each theme to this file, one row each.")
@click.option("--evidence-share", type=click.FloatRange(0, 1),
              help="Spans that carried a smaller share are one row together; 0.02 when not given.")  # fmt: skip
@click.option("--prefix", default="", help="Put before the names of added columns.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Threads, and documents read at once; one a core when not given."
)
@click.option("--restart", is_flag=True, help="Start over an unfinished run to the same output.")
@click.option("--cluster", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler.")
@click.option("--read-seconds", default=60.0, show_default=True, type=click.FloatRange(min=0, min_open=True),
              help="How long reading one document, or 64 MiB of an unpacked XLSX, may take.")  # fmt: skip
@click.option("--ocr", default="auto", show_default=True, type=click.Choice(["auto", "never", "always"]),
              help="Read pages of a PDF by OCR (zhengyu[ocr]): those that are pictures, none, or all.")  # fmt: skip
@click.option("--drop-duplicates", is_flag=True,
              help="Leave out documents that are nearly the text of an earlier one.")  # fmt: skip
@click.option("--facts/--no-facts", default=None,
              help="Add title, issuer, number, dates, source, place and genre of documents; added to Parquet and "
                   "JSONL alone when not given.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print no summary and no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON; needs --output.")
@LEXICON_OPTION
@LEXICON_ONLY
@FAVOUR_OPTION
@PRECISION_OPTION
@MODEL_OPTION
def tag(
    inputs: tuple[str, ...],
    output: Path | None,
    text_column: str | None,
    reading: TableOptions,
    stdin_format: str,
    probabilities: bool,
    names: str,
    wide: bool,
    roll_up: bool,
    codebook: Path | None,
    slogans: Path | None,
    evidence: Path | None,
    evidence_share: float | None,
    prefix: str,
    jobs: int | None,
    restart: bool,
    cluster: str | None,
    read_seconds: float,
    ocr: str,
    drop_duplicates: bool,
    facts: bool | None,
    quiet: bool,
    as_json: bool,
    lexicon: Path | None,
    lexicon_only: bool,
    favour: str | None,
    precision: float | None,
    folder: Path | None,
) -> None:
    """Tag documents (TXT, DOCX, DOC, WPS, PDF, OFD, …), tables (CSV, JSONL, XLSX, …), folders, globs, URLs, or - ."""
    from zhengyu.batch.progress import shown_progress
    from zhengyu.batch.runner import summary, tag_inputs
    from zhengyu.tagger import load
    from zhengyu.themes.compiling import VARIABLE, compile_behind

    if output is None and (wide or roll_up or codebook is not None):
        raise click.UsageError("--wide, --roll-up and --codebook serve a file; name it with -o")
    if as_json and output is None:
        raise click.UsageError("--json prints counts only; name the output with -o")
    if output is None and (slogans is not None or evidence is not None):
        raise click.UsageError("--slogans and --evidence go beside a table of paragraphs; name its file with -o")
    if slogans is None and (lexicon is not None or lexicon_only):
        raise click.UsageError("--lexicon and --lexicon-only serve --slogans; name its file")
    if evidence is None and evidence_share is not None:
        raise click.UsageError("--evidence-share serves --evidence; name its file")
    tagger = load(folder, favour=favour, precision=precision, lexicon=lexicon, lexicon_only=lexicon_only)
    sides = []
    if slogans is not None:
        from zhengyu.batch.side_tables import slogan_side

        sides.append(slogan_side(tagger, slogans))
    if evidence is not None:
        from zhengyu.batch.side_tables import evidence_side
        from zhengyu.themes.evidence import LEAST_SHARE

        sides.append(evidence_side(tagger, evidence, LEAST_SHARE if evidence_share is None else evidence_share))
    executor = None
    if cluster is not None:
        from zhengyu.dask import cluster_executor

        executor = cluster_executor(cluster)
    with shown_progress(quiet=quiet or as_json or output is None) as progress:
        run = tag_inputs(
            tagger, inputs, output=output, sides=sides, text_column=text_column, options=reading,
            stdin_format=stdin_format,
            probabilities=probabilities, prefix=prefix, jobs=jobs, restart=restart, progress=progress,
            executor=executor, read_seconds=read_seconds, ocr=ocr, facts=facts, drop_duplicates=drop_duplicates,
            names=names, wide=wide, roll_up=roll_up, codebook=codebook,
        )  # fmt: skip
    if output is None:
        from zhengyu.display.terminal_table import show

        show(run.parts, prefix=prefix, rows=_SHOWN_ROWS)
    if as_json:
        click.echo(json.dumps(run.counts(), ensure_ascii=False))
    elif not quiet:
        for line in summary(run):
            click.echo(line, err=True)
    if run.scoring == "plain" and compile_behind() and not quiet and not as_json:
        click.echo(
            f"code for large inputs is compiled in the background, once ({VARIABLE}=never keeps it off)", err=True
        )
    if run.set_aside_count:
        sys.exit(1)
