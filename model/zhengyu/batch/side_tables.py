"""The tables beside the paragraphs of a batch: evidence, one row a span; slogans, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.batch.block_tagger import MakeRows, SideTable
from zhengyu.io.arrow import numbers, starts, strings, taken
from zhengyu.io.blocks import Paragraphs
from zhengyu.io.variables import EVIDENCE, SLOGANS
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.record import FIELDS, Slogan, slogan_schema, slogan_table
from zhengyu.tagger import Tagger
from zhengyu.themes.evidence import LEAST_SHARE, evidence_rows, evidence_schema
from zhengyu.themes.scorer import Scorer


class EvidenceRows:
    """Rows of the evidence of a block.

    Parameters
    ----------
    scorer : Scorer
        Scores with the model in question.
    least_share : float
        See `zhengyu.themes.evidence.evidence_rows`.
    """

    def __init__(self, scorer: Scorer, least_share: float) -> None:
        self.scorer, self.least_share = scorer, least_share

    def compiled(self, scorer: Any) -> MakeRows:
        """Return the same, compiled, for a `zhengyu.compiled.themes.scorer.CompiledScorer` of the same model."""
        from zhengyu.compiled.themes.evidence import CompiledEvidence

        return CompiledEvidence(self.scorer.model, scorer.tables, self.least_share)

    def __call__(self, block: Paragraphs) -> pa.Table:
        """Return one row a span for every theme that is given."""
        ids, texts, themes = (column.to_pylist() for column in (block.ids, block.texts, block.themes))
        return evidence_rows(self.scorer, ids, texts, block.kinds, themes, self.least_share)


def evidence_side(tagger: Tagger, path: Path, least_share: float = LEAST_SHARE) -> SideTable:
    """Return the side table of a batch run that holds its evidence; see `zhengyu.themes.evidence.evidence_rows`."""
    rows = EvidenceRows(tagger.scorer, least_share)
    settings = {"least share": least_share}
    return SideTable("evidence", path, evidence_schema(), rows, rows.compiled, settings, words=True, variables=EVIDENCE)


def slogan_side(tagger: Tagger, path: Path) -> SideTable:
    """Return the side table of a batch run that holds its slogans.

    Parameters
    ----------
    tagger : Tagger
        Finds them.
    path : Path
        Where they go; CSV, TSV, JSONL, Parquet or XLSX by its ending.

    Raises
    ------
    ZhengyuError
        The tagger's model finds no slogans.
    """
    rows = SloganRows(tagger.finder)
    # A run goes on only with the same slogans, whosever they are.
    settings = {"lexicon": tagger.finder.known.digest[:16]}
    return SideTable("slogans", path, slogan_schema(), rows, rows.compiled, settings, variables=SLOGANS)


class SloganRows:
    """Rows of the slogans of a block.

    Parameters
    ----------
    finder : SloganFinder
        Finds them.
    """

    def __init__(self, finder: SloganFinder) -> None:
        self.finder = finder
        self._compiled: Any = None

    def compiled(self, scorer: Any) -> SloganRows:
        """Return the same, compiled: for many rows. The scorer of themes is not needed."""
        from zhengyu.compiled.slogans.finder import CompiledFinder

        found = SloganRows(self.finder)
        found._compiled = CompiledFinder(self.finder)
        return found

    def __call__(self, block: Paragraphs) -> pa.Table:
        """Return one row a slogan, furniture left out; a slogan of unknown themes takes those of its paragraph."""
        shown = [i for i, kind in enumerate(block.kinds) if kind not in ("furniture", "empty")]
        whole = len(shown) == len(block.texts)
        texts = block.texts if whole else block.texts.take(numbers(np.array(shown, dtype=np.int64)))
        rows, columns = self._columns(texts, _documents(block, shown))
        places = np.array(shown, dtype=np.int64)[np.array(rows, dtype=np.int64)]
        at = list(FIELDS).index("themes")
        columns[at] = _own_or_given(columns[at], block.themes, places)
        return slogan_table([taken(block.ids, places), *columns])

    def _columns(self, texts: pa.Array, documents: Sequence[str]) -> tuple[list[int], list[list[Any]]]:
        """Return the row of every slogan, and a list for each field of it.

        Texts of one document, named alike and not ``""``, keep company.
        """
        if self._compiled is not None:
            found: tuple[list[int], list[list[Any]]] = self._compiled.columns(texts, documents)
            return found
        plain, rows = texts.to_pylist(), []
        slogans: list[Slogan] = []
        for _, group in groupby(range(len(plain)), key=lambda i: documents[i] or i):
            members = list(group)
            for row, each in zip(members, self.finder.find_document([plain[i] for i in members]), strict=True):
                rows += [row] * len(each)
                slogans += each
        return rows, [[getattr(slogan, name) for slogan in slogans] for name in FIELDS]


def _own_or_given(own: Sequence[Sequence[str]], given: pa.Array, places: NDArray[np.int64]) -> pa.Array:
    """Return the themes of slogans, or where these are none what is given at some places, as lists of strings."""
    counts = np.fromiter(map(len, own), dtype=np.int64, count=len(own))
    values, lists = given.values, starts(given).astype(np.int64)
    every = pa.concat_arrays([values, strings([theme for themes in own for theme in themes])])
    begins = np.where(counts > 0, len(values) + np.cumsum(counts) - counts, lists[places])
    counts = np.where(counts > 0, counts, np.diff(lists)[places])
    ends = np.cumsum(counts)
    chosen = np.arange(counts.sum()) + np.repeat(begins - ends + counts, counts)
    offsets = np.append(0, ends).astype(np.int32)
    return pa.ListArray.from_arrays(numbers(offsets), taken(every, chosen))


def _documents(block: Paragraphs, shown: Sequence[int]) -> list[str]:
    """Return the document of each paragraph that is shown, ``""`` for a row of a table."""
    if set(block.kinds) <= {"row", "empty"}:
        return [""] * len(shown)
    ids = block.ids.to_pylist()
    return ["" if block.kinds[i] == "row" else ids[i].rpartition("#")[0] for i in shown]
