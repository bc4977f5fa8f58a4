"""The one base error, and the problems that a check lists."""

from __future__ import annotations

from dataclasses import dataclass


class ZhengyuError(Exception):
    """Anything that zhengyu refuses, with what to do about it.

    The message says what was expected, what came, where, and what to do; the command line prints it as it stands.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field of one row.

    Attributes
    ----------
    file : str
        The file as the user named it.
    line : int
        1-based line (JSONL, CSV) or row (XLSX, Parquet, header not counted); 0 when the whole file is meant.
    field : str
        The field or column, ``""`` when the whole row is meant.
    what : str
        What was expected and what came.
    remedy : str
        What to do.
    fatal : bool
        False for a warning, which does not keep the row out.
    """

    file: str
    line: int
    field: str
    what: str
    remedy: str
    fatal: bool = True

    def __str__(self) -> str:
        """Return ``file:line: field: what — remedy``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        kind = "" if self.fatal else " warning:"
        return f"{place}:{kind}{field} {self.what} — {self.remedy}"


class CorpusError(ZhengyuError):
    """Labelled files with problems; ``problems`` holds every one of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        shown = "\n".join(f"  {problem}" for problem in problems)
        if any(problem.what.startswith("unknown theme") for problem in problems):
            shown += "\n  themes of your own are named in a codebook: write one and give it, --themes themes.toml"
        super().__init__(f"{len(problems)} problem(s) in the labelled files; nothing was used:\n{shown}")
