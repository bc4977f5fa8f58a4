"""The command that shows why one paragraph got its tags."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import FAVOUR_OPTION, FOLDER, MODEL_OPTION, PRECISION_OPTION, reading_options

if TYPE_CHECKING:
    from zhengyu.io.layout import TableOptions
    from zhengyu.themes.neighbours import Neighbour


@click.command()
@click.argument("text")
@click.option("--theme", "themes", multiple=True, help="A theme to explain; the given ones when not named.")
@click.option("--spans", default=8, show_default=True, type=click.IntRange(min=1), help="Spans shown for and against.")
@click.option("--nearest", "neighbours", default=0, type=click.IntRange(min=0),
              help="Show as many written training paragraphs with the same theme.")  # fmt: skip
@click.option("--corpus", multiple=True, type=FOLDER, help="Labelled files to look in; else the built-in ones.")
@FAVOUR_OPTION
@PRECISION_OPTION
@reading_options
@MODEL_OPTION
def explain(
    text: str,
    themes: tuple[str, ...],
    spans: int,
    neighbours: int,
    corpus: tuple[Path, ...],
    favour: str | None,
    precision: float | None,
    reading: TableOptions,
    folder: Path | None,
) -> None:
    """Show which words of one paragraph carried its themes; TEXT is the paragraph, or - for standard input."""
    from zhengyu.tagger import load
    from zhengyu.themes.evidence import NONE
    from zhengyu.themes.tokens import sentences

    paragraph = sys.stdin.read().strip() if text == "-" else text
    if not paragraph.strip():
        raise click.UsageError("TEXT is empty; give a paragraph")
    tagger = load(folder, favour=favour, precision=precision)
    each = tagger.explain(paragraph, themes or None)
    if not themes and not any(found.given for found in each):
        each = (*tagger.explain(paragraph, [NONE]), *each)
    like: dict[str, tuple[Neighbour, ...]] = {}
    if neighbours:
        from zhengyu.io.labelled import find_files, read_labelled
        from zhengyu.themes.neighbours import builtin_written, nearest
        from zhengyu_corpus.check import require_sound

        if corpus:
            records = require_sound(read_labelled(find_files(list(corpus)), tagger.model.themes, reading)).records
        else:
            records = builtin_written(tagger.scorer)
        like = {found.theme: nearest(tagger.scorer, paragraph, found.theme, records, neighbours) for found in each}
    several = len(sentences(paragraph)) > 1
    for found in each:
        answer = "given" if found.given else "not given"
        bar = f"{found.threshold:.2f}" if found.threshold <= 1 else "none it can reach"
        click.echo(
            f"{found.theme}: {answer}, probability {found.probability:.3f} (threshold {bar}); "
            f"score {found.score:+.3f} = start {found.bias:+.3f} and the words"
        )
        for name, against in (("for", False), ("against", True)):
            shown = "  ".join(f"{span.text} {span.contribution:+.3f}" for span in found.top(spans, against=against))
            click.echo(f"  {name + ':':<9}{shown or '–'}")
        if several and found.sentence is not None:
            click.echo(f"  most in: {found.sentence.text} {found.sentence.contribution:+.3f}")
        for near in like.get(found.theme, ()):
            click.echo(f"  like:    {near.id} ({near.similarity:.2f}) {near.text}")
