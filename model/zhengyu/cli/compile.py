"""The command that compiles ahead of need."""

from __future__ import annotations

import click


@click.command("compile")
def compile_() -> None:
    """Compile the code for large inputs, once a machine: the first large run then starts at full speed."""
    from zhengyu.themes.compiling import compile_parts, missing

    done = compile_parts()
    left = missing(done)
    if left:
        raise click.ClickException(f"could not be compiled: {', '.join(left)}; a large run says why")
    click.echo(f"compiled: {', '.join(done)}" if done else "compiled already")
