"""Count slogans over a corpus: how often, where, since when, and how hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.intervals import wilson
from zhengyu.slogans.normal_form import merge_key
from zhengyu_corpus.errors import ZhengyuError

#: The six degrees in which students of tifa (提法) tell how hot a slogan is, hottest first.
HEAT = ("沸", "烫", "热", "暖", "温", "冷")
#: Least share of the paragraphs of a group for each degree but the last; the last takes the rest.
HEAT_SHARES = (0.05, 0.02, 0.01, 0.003, 0.001)
#: Paragraphs that shares are given per.
PER = 10_000


@dataclass(frozen=True, slots=True)
class Counting:
    """What to count by.

    Attributes
    ----------
    by : tuple of str
        Columns of the paragraph table whose values make the groups; without one everything is one group.
    date : str
        Column whose least value, compared as text, is the first appearance; ``""`` when there is none.
    doc : str
        Column that names the document of a paragraph; ``""`` when every paragraph is its own.
    heat : tuple of float
        As `HEAT_SHARES`, falling.
    """

    by: tuple[str, ...] = ()
    date: str = ""
    doc: str = ""
    heat: tuple[float, ...] = HEAT_SHARES

    def __post_init__(self) -> None:
        """Refuse shares that are not falling ones between 0 and 1."""
        falling = all(a > b for a, b in zip(self.heat, self.heat[1:], strict=False))
        if len(self.heat) != len(HEAT) - 1 or not falling or not all(0 < share < 1 for share in self.heat):
            raise ZhengyuError(
                f"heat: expected {len(HEAT) - 1} falling shares between 0 and 1 for {' '.join(HEAT[:-1])}, "
                f"got {', '.join(map(str, self.heat))}"
            )


def count_slogans(paragraphs: pd.DataFrame, slogans: pd.DataFrame, how: Counting | None = None) -> pd.DataFrame:
    """Count slogans by group.

    Parameters
    ----------
    paragraphs : pandas.DataFrame
        One row a paragraph, with ``id`` and the columns that `how` names. All of them are what shares are of,
        with slogans or without.
    slogans : pandas.DataFrame
        One row a slogan, as `zhengyu tag --slogans` writes: ``id`` of the paragraph, ``surface``, ``normal``,
        ``type``, ``known``.
    how : Counting, optional
        What to count by.

    Returns
    -------
    pandas.DataFrame
        One row a slogan and group, most frequent first: the columns of the groups, ``normal``, ``type``, ``known``,
        ``count`` (occurrences), ``paragraphs`` and ``documents`` (with it), ``of_paragraphs`` (in the group),
        ``per_10k`` with ``low`` and ``high`` (95 % Wilson interval), ``heat``, ``first`` (first appearance anywhere),
        ``new`` (not known, and first seen in this group), ``surfaces`` (the wordings counted as one, joined by ``|``).
        New slogans count as one when they differ by 的 or by the order of their parts alone.

    Raises
    ------
    ZhengyuError
        A column is missing, ids are not distinct, or a slogan's paragraph is not in the table.

    """
    how = how or Counting()
    wanted = [*how.by, *(name for name in (how.date, how.doc) if name)]
    _need(paragraphs, ["id", *wanted], "the paragraphs")
    _need(slogans, ["id", "surface", "normal", "type", "known"], "the slogans")
    ids = paragraphs["id"].astype(str)
    if ids.duplicated().any():
        raise ZhengyuError(f"the paragraphs: expected distinct ids, {ids[ids.duplicated()].iloc[0]!r} stands twice")
    table = paragraphs[list(dict.fromkeys(wanted))].copy()
    table["id"] = ids
    for name in how.by:
        table[name] = table[name].astype("string").fillna("")
    table["_doc"] = table[how.doc].astype("string").fillna("") if how.doc else ids
    found = slogans.assign(id=slogans["id"].astype(str))
    lost = set(found["id"]) - set(ids)
    if lost:
        raise ZhengyuError(
            f"the slogans: {len(lost)} name paragraphs that are not in the table, such as {min(lost)!r}; "
            "give the two files of one run of zhengyu tag"
        )
    found["_key"] = [merge_key(str(normal)) for normal in found["normal"]]
    joined = found.merge(table, on="id", how="left", suffixes=("", "_paragraph"))
    groups = [*how.by, "_key"]
    grouped = joined.groupby(groups, sort=False, observed=True)
    out = grouped.agg(
        normal=("normal", _most_frequent), type=("type", _most_frequent), known=("known", "max"),
        count=("id", "size"), paragraphs=("id", "nunique"), documents=("_doc", "nunique"),
        surfaces=("surface", _distinct),
    ).reset_index()  # fmt: skip
    if how.by:
        totals = table.groupby(list(how.by), observed=True).size().rename("of_paragraphs").reset_index()
        out = out.merge(totals, on=list(how.by), how="left")
    else:
        out["of_paragraphs"] = len(table)
    counts, of = out["paragraphs"].to_numpy(float), out["of_paragraphs"].to_numpy(float)
    low, high = wilson(counts, of)
    out["per_10k"], out["low"], out["high"] = PER * counts / of, PER * low, PER * high
    out["heat"] = _heat(counts / of, how.heat)
    if how.date:
        dated = joined.assign(_date=joined[how.date].astype("string"))
        first = dated.groupby("_key")["_date"].min()
        here = dated.groupby(groups, sort=False, observed=True)["_date"].min().rename("_here").reset_index()
        out = out.merge(here, on=groups, how="left")
        out["first"] = out["_key"].map(first)
        out["new"] = ~out["known"].astype(bool) & (out["_here"] == out["first"]).fillna(False)
    else:
        out["first"] = pd.Series(pd.NA, index=out.index, dtype="string")
        out["new"] = ~out["known"].astype(bool)
    columns = [
        *how.by, "normal", "type", "known", "count", "paragraphs", "documents", "of_paragraphs", "per_10k", "low",
        "high", "heat", "first", "new", "surfaces",
    ]  # fmt: skip
    falling = [*([True] * len(how.by)), False, False, True]
    return out.sort_values([*how.by, "paragraphs", "count", "normal"], ascending=falling)[columns].reset_index(
        drop=True
    )


def _heat(shares: NDArray[np.float64], least: Sequence[float]) -> list[str]:
    return [HEAT[int(np.sum(share < np.asarray(least)))] for share in shares]


def _most_frequent(values: Any) -> Any:
    counts = values.value_counts()
    return min(counts[counts == counts.max()].index)


def _distinct(values: Any) -> str:
    return "|".join(sorted({str(value) for value in values}))


def _need(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ZhengyuError(
            f"{name}: no column {', '.join(missing)}; there are {', '.join(map(str, table.columns))}; "
            "name one of them, or tag anew"
        )
