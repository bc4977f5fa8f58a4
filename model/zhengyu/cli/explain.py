"""The command that shows why one paragraph got its tags."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zhengyu.cli.options import MODEL_OPTION


@click.command()
@click.argument("text")
@click.option("--theme", "themes", multiple=True, help="A theme to explain; the given ones when not named.")
@click.option("--spans", default=8, show_default=True, type=click.IntRange(min=1), help="Spans shown for and against.")
@MODEL_OPTION
def explain(text: str, themes: tuple[str, ...], spans: int, folder: Path | None) -> None:
    """Show which words of one paragraph carried its themes; TEXT is the paragraph, or - for standard input."""
    from zhengyu.tagger import load

    paragraph = sys.stdin.read().strip() if text == "-" else text
    for found in load(folder).explain(paragraph, themes or None):
        answer = "given" if found.given else "not given"
        click.echo(
            f"{found.theme}: {answer}, probability {found.probability:.3f} (threshold {found.threshold:.2f}); "
            f"score {found.score:+.3f} = start {found.bias:+.3f} and the words"
        )
        for name, against in (("for", False), ("against", True)):
            shown = "  ".join(f"{span.text} {span.contribution:+.3f}" for span in found.top(spans, against=against))
            click.echo(f"  {name + ':':<9}{shown or '–'}")
