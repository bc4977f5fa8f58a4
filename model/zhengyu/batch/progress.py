"""Progress on a terminal: rows done, rate, bad rows; silent in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def shown_progress(*, quiet: bool) -> Generator[Callable[[int, int], None] | None, None, None]:
    """Give a function that shows rows done and rows set aside, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading …")

        def show(rows: int, aside: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0.0
            rate = rows / elapsed if elapsed > 0 else 0.0
            bar.update(task, description=f"{rows:,} rows, {rate:,.0f} a second, {aside:,} set aside")

        yield show
