"""Progress on a terminal: rows done, rate, rows set aside, time left where it can be known; silent in a pipe."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

#: Seconds that rate and time left go by: enough to be steady, and what starting took is soon forgotten.
_WINDOW = 30


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
    """

    doing: str
    rows: int
    aside: int
    share: float | None


Progress = Callable[[Step], None]


class Pace:
    """Steps to a line for people; rate and time left go by the last half minute.

    Parameters
    ----------
    clock : callable
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, Step]] = deque()

    def line(self, step: Step) -> str:
        """Return the line of a step."""
        now, seen = self._clock(), self._seen
        if seen and seen[0][1].doing != step.doing:
            seen.clear()
        if not seen or now - seen[-1][0] >= 1:
            seen.append((now, step))
        while len(seen) > 1 and now - seen[1][0] >= _WINDOW:
            seen.popleft()
        then, first = seen[0]
        took = now - then
        parts = [f"{step.rows:,} rows" if step.share is None else f"{step.rows:,} rows ({step.share:.0%})"]
        if took > 0 and step.rows > first.rows:
            parts.append(f"{(step.rows - first.rows) / took:,.0f} a second")
        parts.append(f"{step.aside:,} set aside")
        if step.share is not None and first.share is not None and took > 0 and step.share > first.share:
            left = took * (1 - step.share) / (step.share - first.share)
            parts.append(f"{timedelta(seconds=math.ceil(left))} left")
        return ", ".join(parts) + f"; {step.doing}"


@contextmanager
def shown_progress(*, quiet: bool) -> Generator[Progress | None, None, None]:
    """Give a function that shows the steps of a run, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    # File names are no markup.
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task, pace = bar.add_task("reading …"), Pace()
        yield lambda step: bar.update(task, description=pace.line(step))


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
