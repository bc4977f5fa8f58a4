"""One block of rows to its tagged part: the work that threads and cluster workers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.arrow import without_nulls
from zhengyu.io.blocks import Block, Paragraphs, SetAside, is_loose, loose_rows
from zhengyu.io.columns import TagColumns
from zhengyu.io.writers import formulas
from zhengyu.tagging import added_columns
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.variables import Variable

#: Rows whose scores become probabilities at a time.
_SLICE = 2_048


MakeRows = Callable[[Paragraphs], pa.Table]


@dataclass(frozen=True, slots=True)
class SideTable:
    """A table that is written beside the paragraphs, with the same journal.

    Attributes
    ----------
    name : str
        Short name; part of file names in the journal.
    path : Path
        Where it goes; CSV, TSV, JSONL, Parquet or XLSX by its ending.
    schema : pyarrow.Schema
        Its columns.
    make : callable
        Takes a block's `Paragraphs` and returns its rows as a pyarrow.Table of `schema`, whose strings may be
        dictionary-encoded and whose integers shorter. Must depend on nothing else.
    compiled : callable, optional
        Takes the compiled scorer of a job that has one and returns a faster `make` of the same rows.
    settings : mapping of str to JSON value
        What else decides its rows: an unfinished run goes on only with the same.
    words : bool
        Whether its compiled `make` needs the words that scoring meets; they are written over once all
        tables of its block are made.
    variables : mapping of str to Variable
        What its columns mean.
    """

    name: str
    path: Path
    schema: pa.Schema
    make: MakeRows
    compiled: Callable[[Any], MakeRows] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    words: bool = False
    variables: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """How blocks are tagged: compiled or plain, with which columns, with which side tables.

    `probabilities`, `prefix`, `names`, `wide` and `roll_up` are those of `zhengyu.io.columns.TagColumns`.
    """

    compiled: bool
    probabilities: bool = False
    prefix: str = ""
    sides: tuple[SideTable, ...] = field(default=())
    delimited: bool = False
    names: str = "id"
    wide: bool = False
    roll_up: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TaggedBlock:
    """Result of tagging one block: tables by name (``rows`` and the side tables), counts, rows set aside."""

    tables: dict[str, pa.Table]
    counts: dict[str, int]
    aside: tuple[SetAside, ...]


class BlockTagger:
    """Tag blocks with a model; safe to call from several threads at once.

    Parameters
    ----------
    model : Model
        A loaded model.
    options : Options
        How.

    Raises
    ------
    ZhengyuError
        The model's themes do not give the columns that are asked for.
    """

    def __init__(self, model: Model, options: Options) -> None:
        self.model, self.options = model, options
        self.columns = TagColumns(
            model.themes, options.prefix, options.names, options.probabilities, options.wide, options.roll_up
        )
        self._novelty = model.novelty
        self._starting, self._started = Lock(), False
        self._compiled: Any = None
        self._plain: Any = None
        self._makers: list[tuple[SideTable, MakeRows]] = []

    def _start(self) -> None:
        """Make ready what scores, with the first block, so that documents are read meanwhile."""
        with self._starting:
            if self._started:
                return
            if self.options.compiled:
                from zhengyu.compiled.themes.scorer import CompiledScorer

                self._compiled = CompiledScorer(self.model)
            else:
                from zhengyu.themes.scorer import Scorer

                self._plain = Scorer(self.model)
            for side in self.options.sides:
                make = side.compiled(self._compiled) if self._compiled and side.compiled is not None else side.make
                self._makers.append((side, make))
            self._started = True

    def added(self) -> dict[str, pa.DataType]:
        """Return the columns that tagging adds."""
        return self.columns.types()

    def refuse_doubled(self, names: Sequence[str], where: str) -> None:
        """Refuse columns that tagging would add once more."""
        both = [name for name in self.added() if name in set(names)]
        if both:
            raise ZhengyuError(
                f"{where}: has column(s) {', '.join(both)} already, which tagging adds; "
                "give the added ones another name with --prefix, such as --prefix zy_"
            )

    def _probabilities(self, texts: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int32], Any]:
        """Return calibrated probabilities, which texts are more than blanks, counts of their words, known and not.

        And the words themselves, if a side table needs them.
        """
        if self._compiled is not None:
            keep = any(side.words for side in self.options.sides)
            scores, filled, met, words = self._compiled.score(texts, keep=keep)
            # In place and by slices: each thread's allocator would otherwise keep tens of megabytes.
            for start in range(0, len(scores), _SLICE):
                part = scores[start : start + _SLICE]
                part[:] = self.model.calibration.probability(part)
            return scores, filled, met, words if keep else None
        plain = [text or "" for text in texts.to_pylist()]
        scores, met = self._plain.score(plain)
        filled = np.array([bool(text.strip()) for text in plain], dtype=bool)
        return self.model.calibration.probability(scores), filled, met, None

    def __call__(self, block: Block) -> TaggedBlock:
        """Tag one block."""
        self._start()
        probabilities, filled, met, words = self._probabilities(block.texts)
        furniture = np.array([kind == "furniture" for kind in block.kinds or ()], dtype=bool)
        shown = filled & ~furniture if block.kinds is not None else filled
        table, names = block.rows, block.rows.column_names
        if is_loose(table.schema):
            names = list(dict.fromkeys(key for row in loose_rows(table) for key in row))
            self.refuse_doubled(names, "the input")
        ids = block.ids if self.options.sides else None
        if ids is not None and "id" not in names:  # side tables name rows that have no id by their place
            table = table.add_column(0, "id", ids)
        columns, themes = added_columns(
            self.model, self.columns, probabilities, lambda row: block.texts[row].as_py(), shown
        )
        for name, values in columns.items():
            table = table.append_column(name, values)
        counts = {
            "tagged": int(shown.sum()), "furniture": int(furniture.sum()),
            "empty": len(filled) - int(shown.sum()) - int(furniture.sum()),
        }  # fmt: skip
        if self._novelty is not None:
            counts["unlike"] = int((self._novelty.unlike(met) & shown).sum())
        if self.options.delimited:
            counts["formulas"] = formulas(block.rows)
        tables = {"rows": table}
        if ids is not None:
            kinds = list(block.kinds or ["row"] * len(filled))
            kinds = [kind if full else "empty" for kind, full in zip(kinds, filled.tolist(), strict=True)]
            done = Paragraphs(ids, without_nulls(block.texts), kinds, themes, probabilities, words)
            for side, make in self._makers:
                tables[side.name] = make(done)
        if words is not None:
            self._compiled.take_back(words)
        return TaggedBlock(tables, counts, block.aside)
