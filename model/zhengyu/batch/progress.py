"""Progress of a run: the steps that it reports, shown where standard error is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is.

    Attributes
    ----------
    doing : str
        ``tagging``, or ``writing`` and a file's name.
    rows : int
        Rows done, those of an earlier run that was cut short among them.
    aside : int
        Rows set aside.
    share : float or None
        How much of this kind of work is done, None where that is not known.
    files : tuple of (int, int), optional
        Of several inputs how many are read, and of how many.
    """

    doing: str
    rows: int
    aside: int
    share: float | None
    files: tuple[int, int] | None = None


Progress = Callable[[Step], None]


@contextmanager
def shown_progress(*, quiet: bool) -> Generator[Progress | None, None, None]:
    """Yield a function that shows the steps of a run, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    from zhengyu.batch.terminal import Display  # rich is imported only where somebody looks

    display = Display(Console(stderr=True))
    with display.bar:
        yield lambda step: display.show(step.doing, step.rows, step.aside, step.share, step.files)


@contextmanager
def shown_share(*, quiet: bool) -> Generator[Callable[[str, float], None] | None, None, None]:
    """Give a function that shows what a long work has done, its share of the whole and the time left, or None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TimeElapsedColumn(), BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading …", total=1.0)
        yield lambda done, share: bar.update(task, completed=share, description=done)
