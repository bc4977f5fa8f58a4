"""Evidence of a batch as a table beside the paragraphs: one row a span."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengyu.batch.tagging import MakeRows, Paragraphs, SideTable
from zhengyu.evidence import LEAST_SHARE, evidence_rows, evidence_schema
from zhengyu.scoring import Scorer
from zhengyu.tagger import Tagger


class EvidenceRows:
    """Rows of the evidence of a block.

    Parameters
    ----------
    scorer : Scorer
        Scores with the model in question.
    least_share : float
        See `zhengyu.evidence.evidence_rows`.
    """

    def __init__(self, scorer: Scorer, least_share: float) -> None:
        self.scorer, self.least_share = scorer, least_share

    def compiled(self, scorer: Any) -> MakeRows:
        """Return the same, compiled, for a `zhengyu.compiled.scorer.CompiledScorer` of the same model."""
        from zhengyu.compiled.evidence import CompiledEvidence

        return CompiledEvidence(self.scorer.model, scorer.tables, self.least_share)

    def __call__(self, block: Paragraphs) -> pa.Table:
        """Return one row a span for every theme that is given."""
        ids, texts, themes = (column.to_pylist() for column in (block.ids, block.texts, block.themes))
        return evidence_rows(self.scorer, ids, texts, block.kinds, themes, self.least_share)


def evidence_side(tagger: Tagger, path: Path, least_share: float = LEAST_SHARE) -> SideTable:
    """Return the side table of a batch run that holds its evidence; see `zhengyu.evidence.evidence_rows`."""
    rows = EvidenceRows(tagger.scorer, least_share)
    settings = {"least share": least_share}
    return SideTable("evidence", path, evidence_schema(), rows, rows.compiled, settings, words=True)
