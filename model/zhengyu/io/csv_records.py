"""Records of CSV and TSV; one that a stray quote has run together with what follows falls apart into its lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from zhengyu.io.blocks import SetAside
from zhengyu.io.text_lines import shown_text

#: Characters of a field, and of a record, all of whose lines are held until it is complete.
MAX_FIELD = 10_000_000
MAX_RECORD = 2 * MAX_FIELD


#: Stands for a carriage return within a line while the csv module reads it, which would end the row there; no decoder
#: gives this half of a surrogate pair.
_RETURN = "\ud80d"


def _quiet(line: str) -> str:
    """Return a line whose carriage returns, but for one at its end, are no ends of rows."""
    body = line.rstrip("\n")
    body, end = (body[:-1], "\r") if body.endswith("\r") else (body, "")
    return body.replace("\r", _RETURN) + end + line[len(body) + len(end) :]


class _Held:
    """Lines as a csv reader takes them; those of the record at hand are held."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._size = 0
        self.first, self.held = 1, list[str]()

    def __iter__(self) -> _Held:
        return self

    def __next__(self) -> str:
        if self._size > MAX_RECORD:
            raise csv.Error(f"a record of more than {MAX_RECORD:,} characters")
        line = self._again.pop() if self._again else next(self._lines)
        if "\r" in line:
            line = _quiet(line)
        self.held.append(line)
        self._size += len(line)
        return line

    def begin(self) -> None:
        """Let the lines of the record before go."""
        self.first += len(self.held)
        self.held.clear()
        self._size = 0

    def give_back(self) -> None:
        """Let the last line begin the next record."""
        self._again.append(self.held.pop())


def read_records(name: str, lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str] | SetAside]]:
    """Yield every record with its first line's number, from 1; blank lines are left out.

    Of a record that is not valid the first line, where the quote was opened, is set aside. The lines that the quote
    swallowed are read each for itself, and the last one, where the fault was noticed, as the beginning of a record: a
    quote that is never closed costs its own line, and no line is read more than twice.

    Parameters
    ----------
    name : str
        The file, for the rows set aside.
    lines : iterator of str
        Its lines with their ends.
    delimiter : str
        What stands between fields.
    """
    csv.field_size_limit(MAX_FIELD)
    source = _Held(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason, last = f"not valid CSV: {error}", source.first + len(source.held) - 1
            if last > source.first:
                reason += f" in line {last}, after a quote that this line opens"
                source.give_back()
            yield source.first, _aside(name, source.first, reason, source.held[0])
            for number, line in enumerate(source.held[1:], source.first + 1):
                try:
                    row = next(csv.reader([line], delimiter=delimiter, strict=True))
                except csv.Error as fault:
                    yield number, _aside(name, number, f"not valid CSV: {fault}", line)
                else:
                    if row:
                        yield number, _loud(row, line)
            continue
        if row:
            yield source.first, _loud(row, *source.held)


def _loud(row: list[str], *lines: str) -> list[str]:
    """Return a row with the carriage returns that its lines had."""
    if not any(_RETURN in line for line in lines):
        return row
    return [cell.replace(_RETURN, "\r") for cell in row]


def _aside(name: str, number: int, reason: str, line: str) -> SetAside:
    return SetAside(name, number, reason, shown_text(line.rstrip("\r\n").replace(_RETURN, "\r")))
