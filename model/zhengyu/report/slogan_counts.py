"""Slogans of whole files: a table of paragraphs in, counts out, for the command line and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from zhengyu.io.formats import BY_ENDING, endings
from zhengyu.io.inputs import find_inputs
from zhengyu.io.read_table import read_table
from zhengyu.io.writers import check_output, write_table
from zhengyu.slogans.counting import Counting, count_slogans
from zhengyu_corpus.atomic import refuse_same
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.tagger import Tagger


def count_file(
    paragraphs: Path,
    how: Counting,
    *,
    slogans: Path | None = None,
    tagger: Tagger | None = None,
    id_column: str | None = None,
    text_column: str | None = None,
    new: bool = False,
    output: Path | None = None,
) -> pd.DataFrame:
    """Count the slogans of a table of paragraphs.

    Parameters
    ----------
    paragraphs : Path
        CSV, TSV, JSONL, Parquet or XLSX: one row a paragraph.
    how : Counting
        What to count by.
    slogans : Path, optional
        What `zhengyu tag --slogans` found in them; looked for with `tagger` when not given.
    tagger : Tagger, optional
        Finds the slogans when no file of them is given.
    id_column : str, optional
        Column that names a paragraph; ``id``, or the 1-based row number when there is none.
    text_column : str, optional
        Column that holds the paragraphs; found when not given.
    new : bool, default=False
        Keep only new coinages, in the group where they first appear.
    output : Path, optional
        Where the counts go too.

    Returns
    -------
    pandas.DataFrame
        As `zhengyu.slogans.counting.count_slogans` gives it.

    Raises
    ------
    ZhengyuError
        A file cannot be used, or a column is missing.
    """
    sources = [paragraphs, *([slogans] if slogans is not None else []), *(tagger.files if tagger is not None else ())]
    if output is not None:
        check_output(output)
        refuse_same(output, sources)
    rows, texts = _table(paragraphs, text_column)
    if id_column and id_column not in rows.columns:
        raise ZhengyuError(
            f"{paragraphs}: no column {id_column!r}; there are {', '.join(map(str, rows.columns))}; name one"
        )
    if id_column:
        rows = rows.rename(columns={id_column: "id"})
    if "id" not in rows.columns:
        rows = rows.assign(id=[str(number) for number in range(1, len(rows) + 1)])
    if slogans is not None:
        found, _ = _table(slogans, "surface")
        found["known"] = [value is True or str(value).lower() == "true" for value in found["known"]]
    elif tagger is not None:
        found = tagger.slogans(texts)
        found["id"] = rows["id"].to_numpy()[found["row"].to_numpy(dtype=int)]
    else:
        raise ZhengyuError("expected a file of slogans or a tagger to find them, got neither")
    counts = count_slogans(rows, found, how)
    if new:
        counts = counts[counts["new"]].reset_index(drop=True)
    if output is not None:
        write_table(counts, output, sources)
    return counts


def _table(path: Path, text_column: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Read a whole table; return its rows and their texts."""
    sources = find_inputs([str(path)], "csv")
    if len(sources) != 1 or BY_ENDING[sources[0].ending].kind != "table":
        raise ZhengyuError(f"{path}: expected one table ({', '.join(endings('table'))}); name it")
    with sources[0].open() as stream:
        rows, texts, aside, _ = read_table(sources[0], stream, text_column)
    if aside:
        raise ZhengyuError(
            f"{path}: a row cannot be read (line {aside[0].line}: {aside[0].reason}); "
            "shares of the rest would be wrong: repair the file"
        )
    return rows, texts


def shown(counts: pd.DataFrame, by: Sequence[str], top: int) -> Iterator[str]:
    """Yield the first `top` rows of each group as lines for people."""
    groups = counts.groupby(list(by), sort=False) if by else [((), counts)]
    for name, rows in groups:
        if by:
            yield "  ".join(f"{column} {value or '(none)'}" for column, value in zip(by, name, strict=True))
        for row in rows.head(top).itertuples():
            first = f"  since {row.first}" if isinstance(row.first, str) else ""
            yield (
                f"{row.heat}  {row.paragraphs:>6} of {row.of_paragraphs}  "
                f"{row.per_10k:8.1f} [{row.low:.1f}, {row.high:.1f}] per 10,000  {row.normal}  ({row.type}"
                f"{'' if row.known else ', new'}){first}"
            )
