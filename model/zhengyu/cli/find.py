"""The command that shows words in their context."""

from __future__ import annotations

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
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[WHAT] TAGGED...")
@click.option("--term", "kind", flag_value="term", help="WHAT is a term, though the lexicon has it for a slogan.")
@click.option("--slogan", "kind", flag_value="slogan", help="WHAT is a slogan, though the lexicon does not have it.")
@click.option(
    "--regex", "kind", flag_value="regex",
    help="WHAT is a regular expression of RE2: no lookaround, no backreferences, and never slow.",
)  # fmt: skip
@click.option("--theme", help="A theme, by id or Chinese name, in place of WHAT: the words that carried it.")
@WHERE_OPTION
@click.option("--slogans", "found", type=INPUT, multiple=True,
              help="What zhengyu tag --slogans found; places of a slogan are taken from it.")  # fmt: skip
@click.option("--width", default=30, show_default=True, type=click.IntRange(min=0), help="Characters on each side.")
@click.option("--time", help="Column of dates or years; found when not given.")
@click.option("--place", help="Column of places; found when not given.")
@click.option("--document", help="Column of documents; found when not given.")
@click.option("--prefix", default="", help="The --prefix that the table was tagged with.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(min=1), help="Places shown on the terminal.")
@click.option("-o", "--output", type=FOLDER, help="All places as CSV, JSONL, Parquet, XLSX or HTML by its ending.")
@CODEBOOK_OPTION
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "en"]), help="Of the page.")
@reading_options
@LEXICON_OPTION
@LEXICON_ONLY
@MODEL_OPTION
def find(
    words: tuple[str, ...],
    kind: str | None,
    theme: str | None,
    where: Any,
    found: tuple[PathOrUrl, ...],
    width: int,
    time: str | None,
    place: str | None,
    document: str | None,
    prefix: str,
    top: int,
    output: Path | None,
    codebook: Path | None,
    language: str,
    reading: TableOptions,
    lexicon: Path | None,
    lexicon_only: bool,
    folder: Path | None,
) -> None:
    """Show every place of WHAT in TAGGED tables, with what stands before and behind it.

    WHAT is a slogan, in all its wordings, where the lexicon has it; else a term. Traditional and full-width characters
    and blanks between characters make no difference to either.
    """
    from zhengyu.batch.codebook import check_codebook, describe
    from zhengyu.display.terminal_table import show_places
    from zhengyu.findings.find import find_rows, found_schema, make_query, slogan_places
    from zhengyu.io.blocks import to_frame
    from zhengyu.io.inputs import local_paths
    from zhengyu.io.tables import NO_TEXT
    from zhengyu.io.tagged_tables import find_tables, table_blocks, tagged_blocks
    from zhengyu.io.variables import PLACES
    from zhengyu.io.writers import check_output, write_rows
    from zhengyu.tagger import load
    from zhengyu_corpus.atomic import refuse_same
    from zhengyu_corpus.errors import ZhengyuError
    from zhengyu_corpus.themes import load_themes

    what, tagged = (theme, words) if theme is not None else (words[0], words[1:])
    if theme is not None and kind is not None:
        raise ZhengyuError(f"--theme: expected a theme alone, got --{kind} too; give one of them")
    if not tagged:
        raise ZhengyuError(f"expected WHAT and then a tagged table, got {words[0]!r} alone; name the table behind it")
    paths: list[PathOrUrl] = list(tagged)
    sources = local_paths([*paths, *found])
    page = output is not None and is_page(output)
    if output is not None:
        if not page:
            check_output(output)
        refuse_same(output, sources)
    if codebook is not None:
        if output is None or page:
            raise ZhengyuError("--codebook: expected a table whose columns it tells; name one with -o")
        check_codebook(codebook, [output, *sources])
    looks_up = kind in (None, "slogan") or theme is not None
    tagger = load(folder, lexicon=lexicon, lexicon_only=lexicon_only) if looks_up else None
    known = tagger.finder.known if tagger is not None and theme is None and tagger.finds_slogans else None
    query = make_query(
        what, "theme" if theme is not None else "slogan" if found else kind or "auto",  # type: ignore[arg-type]
        known=known, themes=tagger.model.themes if tagger is not None else None,
    )  # fmt: skip
    places = None
    if found:
        batches = (to_frame([block.rows]) for source in find_tables(found)
                   for block in table_blocks(source, text_column=NO_TEXT))  # fmt: skip
        places = slogan_places(query, batches, ", ".join(map(str, found)))
    blocks = tagged_blocks(paths, prefix=prefix, where=where, options=reading, tagged=query.kind == "theme",
                           themes=tagger.model.themes if tagger is not None else load_themes())  # fmt: skip
    parts = find_rows(blocks, query, prefix=prefix, time=time, place=place, document=document, width=width,
                      slogans=places, tagger=tagger)  # fmt: skip
    if output is None:
        show_places(parts, query.title, top)
        return
    counted = 0

    def told() -> Any:
        nonlocal counted
        for part in parts:
            counted += len(part)
            yield part

    if page:
        with report_extra():
            from zhengyu.report.places import write_places
        write_places(output, told(), query, sources, language)
    else:
        write_rows(output, found_schema(), told(), sources)
        if codebook is not None:
            codes = tagger.model.themes if tagger is not None else load_themes()
            describe(codebook, output, found_schema(), PLACES, codes, sources)
    click.echo(f"{output}: {query.title}, places: {counted:,}")
