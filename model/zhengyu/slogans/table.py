"""Slogans of a batch as a table beside the paragraphs: one row a slogan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from zhengyu.batch.tagging import SideTable
from zhengyu.slogans.finder import SloganFinder
from zhengyu.tagger import Tagger

#: What `zhengyu tag --slogans` writes.
SCHEMA = pa.schema(
    [("id", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("surface", pa.string()), ("normal", pa.string()),
     ("type", pa.string()), ("themes", pa.list_(pa.string())), ("known", pa.bool_()), ("probability", pa.float64()),
     ("members", pa.list_(pa.string()))]
)  # fmt: skip


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
    return SideTable("slogans", path, SCHEMA, SloganRows(tagger.finder))


class SloganRows:
    """Rows of the slogans of a block.

    Parameters
    ----------
    finder : SloganFinder
        Finds them.
    """

    def __init__(self, finder: SloganFinder) -> None:
        self.finder = finder

    def __call__(
        self, ids: Sequence[str], texts: Sequence[str], kinds: Sequence[str], themes: Sequence[Sequence[str]]
    ) -> pa.Table:
        """Return one row a slogan, furniture left out; a slogan of unknown themes takes those of its paragraph."""
        rows = [
            {
                "id": identity, "start": one.start, "end": one.end, "surface": one.surface, "normal": one.normal,
                "type": one.type, "themes": list(one.themes or given), "known": one.known,
                "probability": one.probability, "members": list(one.members),
            }
            for identity, text, kind, given in zip(ids, texts, kinds, themes, strict=True)
            if kind not in ("furniture", "empty")
            for one in self.finder.find(text)
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, SCHEMA)
