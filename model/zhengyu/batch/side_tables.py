"""The tables beside the paragraphs of a batch: evidence, one row a span; slogans, one row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengyu.batch.block_tagger import MakeRows, SideTable
from zhengyu.io.blocks import Paragraphs
from zhengyu.io.variables import EVIDENCE, SLOGANS
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.record import Slogan, slogan_schema, slogan_table
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
    entries = repr(tagger.finder.known.entries).encode()
    settings = {"lexicon": sha256(entries).hexdigest()[:16]}
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
        ids = block.ids.to_pylist()
        starts, themes = block.themes.offsets.to_pylist(), block.themes.values.to_pylist()
        documents = [_document(ids[i], block.kinds[i]) for i in shown]
        found = self._found(block.texts.take(pa.array(shown, pa.int64())), documents)
        rows = ((shown[row], slogan) for row, slogan in found)
        return slogan_table(
            (ids[row], slogan.in_paragraph(themes[starts[row] : starts[row + 1]])) for row, slogan in rows
        )

    def _found(self, texts: pa.Array, documents: Sequence[str]) -> Iterator[tuple[int, Slogan]]:
        """Yield row and slogan; texts of one document, named alike and not ``""``, keep company."""
        if self._compiled is not None:
            yield from self._compiled.find(texts, documents)
            return
        plain = texts.to_pylist()
        for _, group in groupby(range(len(plain)), key=lambda i: documents[i] or i):
            rows = list(group)
            each = self.finder.find_document([plain[i] for i in rows])
            yield from ((row, slogan) for row, slogans in zip(rows, each, strict=True) for slogan in slogans)


def _document(identity: str, kind: str) -> str:
    """Return the document that a paragraph is of, ``""`` for a row of a table."""
    return "" if kind == "row" else identity.rpartition("#")[0]
