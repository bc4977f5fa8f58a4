"""Lines of a document in the making: blocks end a line, rows of tables are one line unless a cell holds prose."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

#: A cell of more characters that ends as a sentence does is a paragraph; shorter ones are values of a table.
_PROSE_CHARS = 40
_SENTENCE_ENDS = ("。", "！", "？", "；", "。”", "！”", "。）")
#: Tables in tables in tables are opened up to so many; deeper ones are read as plain blocks.
_MAX_NESTED = 64


@dataclass(slots=True)
class _Cell:
    """A cell that is open: its finished lines, and the rows of a table within it."""

    lines: deque[tuple[str, str]] = field(default_factory=deque)
    row: list[str] = field(default_factory=list)


class Lines:
    """Collects a document's text line by line.

    A row of a table becomes one line, its cells parted by tabs. A cell with several lines, or with a sentence longer
    than a value, keeps lines of its own, as layout tables and tables of measures have them.

    Time and memory grow in proportion to the text, whatever is nested in what.
    """

    def __init__(self) -> None:
        self._cells = [_Cell()]
        self._unopened = 0

    def add(self, line: str, rule: str = "") -> None:
        """Add a line; outside of tables also an empty one, which parts blocks. A rule says that it is furniture."""
        cell = self._cells[-1]
        if line.strip() or len(self._cells) == 1:
            self.end_row()
            cell.lines.append((line, rule))

    def start_cell(self) -> None:
        """Open a cell."""
        if len(self._cells) > _MAX_NESTED:
            self._unopened += 1
        else:
            self._cells.append(_Cell())

    def end_cell(self) -> None:
        """Close a cell: its one line goes into the row at hand, more are lines of their own."""
        if self._unopened:
            self._unopened -= 1
            return
        if len(self._cells) == 1:
            return  # closed without having been opened
        self.end_row()
        lines = self._cells.pop().lines
        outer = self._cells[-1]
        if len(lines) == 1 and not _is_prose(lines[0][0]):
            outer.row.append(lines[0][0])
            return
        if lines:
            self.end_row()
            if len(lines) <= len(outer.lines):
                outer.lines.extend(lines)
            else:  # the shorter goes to the longer, so that no line is moved more than a few times
                lines.extendleft(reversed(outer.lines))
                outer.lines = lines

    def end_row(self) -> None:
        """End the row at hand."""
        cell = self._cells[-1]
        if cell.row:
            cell.lines.append(("\t".join(cell.row), ""))
            cell.row = []

    def lines(self) -> list[tuple[str, str]]:
        """Return all lines with their rules, every open cell closed."""
        self._unopened = 0
        while len(self._cells) > 1:
            self.end_cell()
        self.end_row()
        return list(self._cells[0].lines)

    def text(self) -> str:
        """Return the whole text; see `lines`."""
        return "\n".join(line for line, _ in self.lines())

    def furniture(self) -> tuple[tuple[int, str], ...]:
        """Return the offsets in `text` of the lines that are furniture, and their rules."""
        found: list[tuple[int, str]] = []
        place = 0
        for line, rule in self.lines():
            if rule and line.strip():
                found.append((place + len(line) - len(line.lstrip()), rule))
            place += len(line) + 1
        return tuple(found)


def _is_prose(line: str) -> bool:
    return len(line) > _PROSE_CHARS and line.rstrip().endswith(_SENTENCE_ENDS)
