"""What a run did: counts that add up, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhengyu.io.blocks import BLOCK_ROWS, SetAside, to_frame
from zhengyu.io.layout import Reading
from zhengyu.io.limits import listed
from zhengyu.themes.novelty import SHARE, is_much

#: Columns of the file of rows that were set aside.
ASIDE = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("content", pa.string())])
#: Files of a kind that the summary names.
_SHOWN = 10

if TYPE_CHECKING:
    import pandas as pd


@dataclass(slots=True)
class Run:
    """What a run did.

    Attributes
    ----------
    parts : list of pyarrow.Table
        Tagged rows, block by block; none when they went to a file.
    encodings : dict of str to str
        Input file to the encoding that it was read with, for files that do not carry their own.
    readings : dict of str to dict
        Input table to the delimiter, the header row and the sheet that it was read with, where it has them.
    notes : dict of str to tuple of str
        Input file to what the user should know of its reading.
    set_aside : list of SetAside
        Rows that could not be read; with an output only the first, the rest stands in the file.
    set_aside_count : int
        How many.
    set_aside_file : Path, str or None
        Where they were written; of a dataset the folder.
    unread : dict of str to str
        File that could not be read, or not to its end, to the reason; each is a row that is set aside.
    passed_over : dict of str to list of str
        Folder to what is hidden in it or a lock of an office program, and so not looked at.
    duplicates : dict of str to (str, float)
        Document to the earlier one that it is nearly the text of, and the Jaccard similarity of their 4-grams.
    dropped : bool
        Whether these were left out.
    duplicates_file : Path or None
        Where they were written.
    tagged, furniture, empty : int
        Paragraphs with an answer (themes or none), page furniture, and rows without text.
    unlike : int or None
        Paragraphs with an answer that are unlike those of the model's corpus, see `zhengyu.themes.novelty`; None where
        the model cannot tell.
    formulas : int
        Cells of a CSV or TSV output that spreadsheet programs would run; they are written as they came.
    resumed : int
        Rows that an earlier run had finished.
    scoring : str
        ``compiled`` or ``plain``.
    dataset : str
        The folder of the dataset that was written, ``""`` for a file.
    partitions : int
        How many parts it has.
    """

    parts: list[pa.Table] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    set_aside_count: int = 0
    set_aside_file: Path | str | None = None
    unread: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, list[str]] = field(default_factory=dict)
    duplicates: dict[str, tuple[str, float]] = field(default_factory=dict)
    dropped: bool = False
    duplicates_file: Path | None = None
    tagged: int = 0
    furniture: int = 0
    empty: int = 0
    unlike: int | None = None
    formulas: int = 0
    resumed: int = 0
    scoring: str = "plain"
    dataset: str = ""
    partitions: int = 0
    _table: pd.DataFrame | None = field(default=None, init=False, repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row a paragraph; without rows when they went to a file."""
        if self._table is None:
            import pandas as pd

            self._table = (
                to_frame([part for part in self.parts if len(part)] or self.parts) if self.parts else pd.DataFrame()
            )
        return self._table

    @property
    def read(self) -> int:
        """Rows read: tagged, furniture, empty and set aside together."""
        return self.tagged + self.furniture + self.empty + self.set_aside_count

    def counts(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        aside = str(self.set_aside_file) if self.set_aside_file else None
        duplicates = [
            {"file": name, "duplicate_of": other, "alike": alike} for name, (other, alike) in self.duplicates.items()
        ]
        return {
            "read": self.read, "tagged": self.tagged, "furniture": self.furniture, "empty": self.empty,
            "set_aside": self.set_aside_count, "set_aside_file": aside, "resumed": self.resumed,
            "unlike": self.unlike, "formulas": self.formulas, "scoring": self.scoring,
            "encodings": self.encodings, "readings": self.readings,
            "notes": {name: list(notes) for name, notes in self.notes.items()}, "unread": self.unread,
            "passed_over": self.passed_over, "duplicates": duplicates, "duplicates_dropped": self.dropped,
            "duplicates_file": str(self.duplicates_file) if self.duplicates_file else None,
            **({"dataset": self.dataset, "parts": self.partitions} if self.dataset else {}),
        }  # fmt: skip

    def tell(self, name: str, reading: Reading) -> None:
        """Keep how a table is read."""
        if reading.encoding:
            self.encodings[name] = reading.encoding
        if told := {key: value for key, value in reading.as_json().items() if key != "encoding"}:
            self.readings[name] = told
        self.note(name, *reading.notes)

    def note(self, name: str, *notes: str) -> None:
        """Keep what the user should know of an input; what is said again, as after an interruption, is said once."""
        if notes:
            self.notes[name] = tuple(dict.fromkeys((*self.notes.get(name, ()), *notes)))

    def told(self, name: str) -> dict[str, Any]:
        """Return what is kept of an input's reading, for the journal; see `recall`."""
        return {"encoding": self.encodings.get(name), "reading": self.readings.get(name), "notes": self.notes.get(name)}

    def recall(self, name: str, told: dict[str, Any]) -> None:
        """Keep what an earlier run told of an input's reading."""
        if told["encoding"]:
            self.encodings[name] = told["encoding"]
        if told["reading"]:
            self.readings[name] = told["reading"]
        if told["notes"]:
            self.notes[name] = tuple(told["notes"])

    def count(self, counts: dict[str, int], aside: int) -> None:
        """Add the counts of a block."""
        self.tagged += counts["tagged"]
        self.furniture += counts["furniture"]
        self.empty += counts["empty"]
        self.formulas += counts.get("formulas", 0)
        if "unlike" in counts:
            self.unlike = (self.unlike or 0) + counts["unlike"]
        self.set_aside_count += aside


def aside_parts(rows: Iterator[SetAside]) -> Iterator[pa.Table]:
    """Yield rows that were set aside as tables of `ASIDE`."""
    while held := list(islice(rows, BLOCK_ROWS)):
        yield pa.Table.from_pylist([asdict(row) for row in held], schema=ASIDE)


def told_unlike(unlike: int, tagged: int) -> str:
    """Return what people are told of paragraphs that are unlike those of the model's corpus."""
    told = (
        f"{unlike} of {tagged} tagged paragraphs ({unlike / max(1, tagged):.0%}) have more unknown words than "
        f"{1 - SHARE:.0%} of the model's corpus"
    )
    if not is_much(unlike, tagged):
        return told
    return (
        f"{told}; more tags may be wrong than the model's figures say: check a sample, drawn by "
        "zhengyu corpus sample OUTPUT -o check.xlsx"
    )


def summary(run: Run) -> Iterable[str]:
    """Yield lines for people: what was read, how, and what was set aside."""
    yield (
        f"{run.read} read = {run.tagged} tagged + {run.furniture} furniture + {run.empty} empty "
        f"+ {run.set_aside_count} set aside"
    )
    if run.dataset:
        yield f"{run.partitions} parts in {run.dataset}"
    if run.resumed:
        yield f"{run.resumed} of them by an earlier run that was cut short"
    if run.scoring.startswith("plain, "):
        yield f"scored by the {run.scoring}; install numba to go over twenty times as fast"
    if run.unlike:
        yield told_unlike(run.unlike, run.tagged)
    others = {name: code for name, code in run.encodings.items() if code not in ("utf-8", "utf-8-sig")}
    for name, code in others.items():
        yield f"{name}: read as {code}"
    for name, notes in run.notes.items():
        for note in notes:
            yield f"{name}: {note}"
    if run.formulas:
        yield (
            f"{run.formulas} cells begin with =, +, - or @ and are written as they came; a spreadsheet program runs "
            "such cells of a CSV file: import it as text, or write .xlsx, which keeps them text"
        )
    if run.duplicates:
        done = "left out" if run.dropped else "tagged all the same; --drop-duplicates leaves them out"
        count = len(run.duplicates)
        yield (
            f"{count} documents are" if count > 1 else "1 document is"
        ) + f" nearly the text of an earlier one, {done}:"
        yield from _some([f"{a}: {x:.0%} alike {b}" for a, (b, x) in run.duplicates.items()], run.duplicates_file)
    for folder, names in run.passed_over.items():
        inside = [Path(name).relative_to(folder) for name in names]
        yield f"{folder}: {len(names)} hidden or locks of programs, passed over: {listed(inside, 5)}"
    if run.unread:
        yield f"{len(run.unread)} files could not be read:" if len(run.unread) > 1 else "1 file could not be read:"
        yield from _some([f"{name}: {reason}" for name, reason in run.unread.items()], run.set_aside_file)
    if run.set_aside_file is not None:
        yield f"rows that could not be read: {run.set_aside_file}"
    elif run.set_aside:
        first = run.set_aside[0]
        yield f"first row that could not be read: {first.file}:{first.line}: {first.reason}"


def _some(lines: list[str], rest: Path | str | None) -> Iterable[str]:
    """Yield the first lines of many, indented, and where the rest stands."""
    yield from (f"  {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  and {len(lines) - _SHOWN:,} more" + (f": {rest}" if rest is not None else "")
