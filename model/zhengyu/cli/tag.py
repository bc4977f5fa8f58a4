"""The command that tags documents and tables."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhengyu.cli.options import (
    CODEBOOK_OPTION,
    FAVOUR_OPTION,
    LEXICON_ONLY,
    LEXICON_OPTION,
    MODEL_OPTION,
    PRECISION_OPTION,
    place,
    reading_options,
)

if TYPE_CHECKING:
    from zhengyu.batch.block_tagger import SideTable
    from zhengyu.io.layout import TableOptions
    from zhengyu.tagger import Tagger

#: Rows that the table on the terminal shows.
_SHOWN_ROWS = 200


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    callback=place,
    help="CSV, JSONL, Parquet or XLSX by its ending, or a folder with / at its end or a URL of one, for a dataset of "
    "Parquet parts; a table on the terminal when not given.",
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
@click.option("--slogans", type=click.Path(), callback=place,
              help="Write the slogans found to this file, one row each; a folder beside a dataset.")  # fmt: skip
@click.option("--evidence", type=click.Path(), callback=place,
              help="Write the spans that carried each theme to this file, one row each; a folder beside a "
                   "dataset.")  # fmt: skip
@click.option("--evidence-share", type=click.FloatRange(0, 1),
              help="Spans that carried a smaller share are one row together; 0.02 when not given.")  # fmt: skip
@click.option("--prefix", default="", help="Put before the names of added columns.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Threads, and documents read at once; one a core when not given."
)
@click.option("--restart", is_flag=True, help="Start over an unfinished run to the same output.")
@click.option("--cluster", metavar="ADDRESS|auto",
              help="Work on a dataset on the Dask cluster with this scheduler; auto starts one here.")  # fmt: skip
@click.option("--read-seconds", default=60.0, show_default=True, type=click.FloatRange(min=0, min_open=True),
              help="How long reading one document, or 64 MiB of an unpacked XLSX, may take.")  # fmt: skip
@click.option("--ocr", type=click.Choice(["auto", "never", "always"]),
              help="Read pages of a PDF by OCR (zhengyu[ocr]): those that are pictures (auto, also when not given), "
                   "none, or all; if given, rows of documents tell how they were read.")  # fmt: skip
@click.option("--drop-duplicates", is_flag=True,
              help="Leave out documents that are nearly the text of an earlier one.")  # fmt: skip
@click.option("--facts/--no-facts", default=None,
              help="Add title, issuer, number, dates, source, place and genre of documents, and how each row was "
                   "read; added to Parquet and JSONL alone when not given.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print no summary and no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON; needs --output.")
@LEXICON_OPTION
@LEXICON_ONLY
@FAVOUR_OPTION
@PRECISION_OPTION
@MODEL_OPTION
def tag(
    inputs: tuple[str, ...],
    output: Path | str | None,
    text_column: str | None,
    reading: TableOptions,
    stdin_format: str,
    probabilities: bool,
    names: str,
    wide: bool,
    roll_up: bool,
    codebook: Path | None,
    slogans: Path | str | None,
    evidence: Path | str | None,
    evidence_share: float | None,
    prefix: str,
    jobs: int | None,
    restart: bool,
    cluster: str | None,
    read_seconds: float,
    ocr: str | None,
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
    from zhengyu.batch.result import summary
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
    named = [side for side in (slogans, evidence) if side is not None]
    if any(isinstance(side, str) != isinstance(output, str) for side in named):
        raise click.UsageError(
            "--slogans and --evidence are files beside a file, and folders beside a dataset: end all of them with / "
            "or none"
        )
    if cluster is not None and not isinstance(output, str):
        raise click.UsageError(
            "--cluster: workers write the parts of a dataset, so that -o must name a folder with / at its end, or a "
            "URL of one, such as s3://bucket/tagged/"
        )
    shared: dict[str, Any] = {
        "text_column": text_column, "options": reading, "probabilities": probabilities, "prefix": prefix, "jobs": jobs,
        "restart": restart, "read_seconds": read_seconds, "ocr": ocr, "names": names, "wide": wide, "roll_up": roll_up,
    }  # fmt: skip
    loaded: dict[str, Any] = {
        "favour": favour,
        "precision": precision,
        "lexicon": lexicon,
        "lexicon_only": lexicon_only,
    }
    with shown_progress(quiet=quiet or as_json or output is None) as progress:
        if isinstance(output, str):
            from zhengyu.batch.dataset import tag_dataset
            from zhengyu.batch.partitions import Loading

            if drop_duplicates:
                raise click.UsageError(
                    "--drop-duplicates compares each document with all before it, and partitions of a dataset are "
                    "worked on apart; name one file as output"
                )
            if codebook is not None:
                raise click.UsageError("--codebook describes the columns of one file; name one as output")
            executor = None
            if cluster is not None:
                from zhengyu.dask import on_cluster

                executor = on_cluster(cluster, jobs)
            more: dict[str, Any] = {} if evidence_share is None else {"least_share": evidence_share}
            run = tag_dataset(
                Loading(folder, **loaded), inputs, output, slogans=_text(slogans), evidence=_text(evidence),
                progress=progress, executor=executor, facts=facts is not False, **shared, **more,
            )  # fmt: skip
        else:
            from zhengyu.batch.runner import tag_inputs
            from zhengyu.tagger import load

            tagger = load(folder, **loaded)
            sides = _sides(tagger, slogans, evidence, evidence_share)
            gc.freeze()  # what is loaded stays to the end: it is not looked through with what blocks leave behind
            run = tag_inputs(
                tagger, inputs, output=output, sides=sides,
                stdin_format=stdin_format, progress=progress, facts=facts, drop_duplicates=drop_duplicates,
                codebook=codebook, **shared,
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


def _text(folder: Path | str | None) -> str | None:
    return None if folder is None else str(folder)


def _sides(
    tagger: Tagger, slogans: Path | str | None, evidence: Path | str | None, share: float | None
) -> list[SideTable]:
    """Return the tables beside an output that is a file."""
    sides: list[SideTable] = []
    if slogans is not None or evidence is not None:
        from zhengyu.batch.side_tables import evidence_side, slogan_side
        from zhengyu.themes.evidence import LEAST_SHARE

        if slogans is not None:
            sides.append(slogan_side(tagger, Path(slogans)))
        if evidence is not None:
            sides.append(evidence_side(tagger, Path(evidence), LEAST_SHARE if share is None else share))
    return sides
