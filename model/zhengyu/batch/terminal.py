"""Progress on a terminal: rows done, rate, rows set aside, time left where it can be known."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import (
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

#: Seconds that rate and time left are taken over: enough to be steady, and what starting took is soon forgotten.
_WINDOW = 30


class _Rate(ProgressColumn):
    """Rows a second of the last half minute."""

    def render(self, task: Task) -> Text:
        """Return the rate; of a share that is done, its rows are taken to be spread evenly."""
        if not task.speed or not task.completed:
            return Text("")
        rows = task.speed if task.total is None else task.speed * task.fields["rows"] / task.completed
        return Text(f"{rows:,.0f} a second")


class Display:
    """Shows the steps of a run on a console.

    Parameters
    ----------
    console : rich.console.Console
        Where.
    get_time : callable, optional
        Clock, in seconds.
    """

    def __init__(self, console: Console, get_time: Callable[[], float] | None = None) -> None:
        self.bar = Bar(
            SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.fields[files]}"),
            TextColumn("{task.fields[rows]:,} rows"), TaskProgressColumn(), _Rate(),
            TextColumn("{task.fields[aside]:,} set aside"), TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),  # file names are no markup
            console=console, transient=True, get_time=get_time, speed_estimate_period=_WINDOW,
        )  # fmt: skip
        self._task = self.bar.add_task("reading …", total=None, rows=0, aside=0, files="")

    def show(
        self, doing: str, rows: int, aside: int, share: float | None, files: tuple[int, int] | None = None
    ) -> None:
        """Show a step; parameters as the attributes of `zhengyu.batch.progress.Step`."""
        (shown,) = self.bar.tasks
        if shown.description != doing or (shown.total is None) != (share is None):
            self.bar.remove_task(self._task)
            total = None if share is None else 1.0
            self._task = self.bar.add_task(doing, total=total, rows=0, aside=0, files="")
        completed = rows if share is None else share
        read = "{:,} of {:,} files".format(*files) if files is not None else ""
        self.bar.update(self._task, completed=completed, rows=rows, aside=aside, files=read)
