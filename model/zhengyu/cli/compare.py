"""The command that holds texts against others."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from zhengyu.findings.compare import Side
    from zhengyu.findings.where import Where
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions
    from zhengyu.io.tagged_tables import TaggedRows
    from zhengyu.tagger import Tagger


@click.command()
@click.argument("texts", nargs=-1, required=True, type=INPUT, metavar="A B")
@click.option(
    "--by", metavar="COLUMN=V1,V2", help="Two values of a column of one tagged table, such as year=2022,2023."
)
@WHERE_OPTION
@click.option("--slogans", "found", multiple=True, type=INPUT,
              help="What zhengyu tag --slogans found; looked for when not given; may be repeated.")  # fmt: skip
@click.option("--document", help="Column of documents; found when not given.")
@click.option("--prefix", default="", help="The --prefix that the tables were tagged with.")
@click.option("--draws", default=1000, show_default=True, type=click.IntRange(min=100), help="Draws of documents.")
@click.option("--seed", default=0, show_default=True, help="Makes the draws repeatable.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(min=1), help="Rows shown of each kind.")
@click.option("--json", is_flag=True, help="Print everything as JSON.")
@click.option("-o", "--output", type=FOLDER, help="All rows as CSV, JSONL, Parquet or XLSX, or a page as HTML.")
@CODEBOOK_OPTION
@click.option("--title", default="", help="Title of the page.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "en"]), help="Of the page.")
@reading_options
@LEXICON_OPTION
@LEXICON_ONLY
@MODEL_OPTION
def compare(
    texts: tuple[PathOrUrl, ...],
    by: str | None,
    where: Where | None,
    found: tuple[PathOrUrl, ...],
    document: str | None,
    prefix: str,
    draws: int,
    seed: int,
    top: int,
    json: bool,
    output: Path | None,
    codebook: Path | None,
    title: str,
    language: str,
    reading: TableOptions,
    lexicon: Path | None,
    lexicon_only: bool,
    folder: Path | None,
) -> None:
    """Hold texts B against A: themes, words and slogans; two documents also sentence by sentence.

    A and B are tagged tables, or documents and folders of them, which are tagged in passing. Models are compared by
    zhengyu model compare.
    """
    from zhengyu.batch.codebook import check_codebook, describe
    from zhengyu.findings.alignment import WORDS
    from zhengyu.findings.compare import compare_sides, count_side
    from zhengyu.io.blocks import to_frame
    from zhengyu.io.inputs import local_paths
    from zhengyu.io.tables import NO_TEXT
    from zhengyu.io.tagged_tables import find_tables, table_blocks
    from zhengyu.io.variables import COMPARISON
    from zhengyu.io.writers import check_output, write_table
    from zhengyu.tagger import load
    from zhengyu_corpus.atomic import refuse_same, write_whole
    from zhengyu_corpus.errors import ZhengyuError

    sources = local_paths([*texts, *found])
    page = output is not None and is_page(output)
    if output is not None:
        if not page:
            check_output(output)
        refuse_same(output, sources)
    if codebook is not None:
        if output is None or page:
            raise ZhengyuError("--codebook: expected a table whose columns it tells; name one with -o")
        check_codebook(codebook, [output, *sources])
    tagger = load(folder, lexicon=lexicon, lexicon_only=lexicon_only)
    if by is None and len(texts) != 2:
        raise ZhengyuError(f"expected two texts to compare, got {len(texts)}; give A and B, or one table and --by")
    conditions = _conditions(by, where)
    sides: list[Side] = []
    chosen: list[tuple[str, Where | None]] = [*conditions] or [(Path(path).name or str(path), where) for path in texts]
    for name, condition in chosen:
        paths = texts if conditions else texts[len(sides) : len(sides) + 1]
        slogans = None
        if found:
            slogans = [to_frame([block.rows]) for source in find_tables(found)
                       for block in table_blocks(source, text_column=NO_TEXT)]  # fmt: skip
        blocks = _blocks(paths, tagger, condition, prefix, reading)
        sides.append(count_side(name, blocks, tokenizer=WORDS, prefix=prefix, document=document, slogans=slogans,
                                tagger=tagger))  # fmt: skip
    made = compare_sides(sides[0], sides[1], draws=draws, seed=seed)
    if page and output is not None:
        with report_extra():
            from zhengyu.report.comparison import comparison_page
            from zhengyu.report.words import Words
        names = {theme.id: theme.zh if language == "zh" else theme.en or theme.zh for theme in tagger.model.themes}
        write_whole(output, comparison_page(made, Words(language, names), title).encode(), sources)
    elif output is not None:
        table = made.as_table()
        write_table(table, output, sources)
        if codebook is not None:
            describe(codebook, output, table, COMPARISON, tagger.model.themes, sources)
    if json:
        click.echo(json_module.dumps(made.as_json(), ensure_ascii=False, default=str))
    else:
        click.echo(made.as_text({theme.id: theme.zh for theme in tagger.model.themes}, top))


def _conditions(by: str | None, where: Where | None) -> list[tuple[str, Where]]:
    """Return the two sides that a column's values make, each with its condition; none without a column."""
    from zhengyu.findings.where import parse_where
    from zhengyu_corpus.errors import ZhengyuError

    if by is None:
        return []
    column, equals, values = by.partition("=")
    names = [value.strip() for value in values.split(",")]
    if not (column.strip() and equals and len(names) == 2 and all(names)):
        raise ZhengyuError(f"--by: expected a column and two of its values, such as year=2022,2023, got {by!r}")
    before = f"({where}) and " if where is not None else ""
    return [(name, parse_where(f"{before}column({column.strip()!r}) == {name!r}")) for name in names]


def _blocks(
    paths: tuple[PathOrUrl, ...], tagger: Tagger, where: Where | None, prefix: str, reading: TableOptions
) -> Iterator[TaggedRows]:
    """Return the paragraphs of tagged tables, or of documents, tagged in passing."""
    from zhengyu.batch.runner import tag_inputs
    from zhengyu.findings.frames import frame_rows
    from zhengyu.io.formats import BY_ENDING
    from zhengyu.io.inputs import find_inputs
    from zhengyu.io.tagged_tables import tagged_blocks

    names = [str(path) for path in paths]
    if any(BY_ENDING[source.ending].kind == "table" for source in find_inputs(names)):
        return tagged_blocks(paths, prefix=prefix, where=where, options=reading, themes=tagger.model.themes)
    made: Any = tag_inputs(tagger, names, options=reading).table
    return frame_rows(made, where=where, name=", ".join(names))
