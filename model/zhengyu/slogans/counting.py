"""Count slogans over a corpus: how often, where, since when, and how hot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.intervals import wilson
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.normal_form import core_of, led_by, merge_key
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import slogan_key

#: The six degrees in which students of tifa (提法) tell how hot a slogan is, hottest first.
HEAT = ("沸", "烫", "热", "暖", "温", "冷")
#: Least share of the paragraphs of a group for each degree but the last; the last takes the rest.
HEAT_SHARES = (0.05, 0.02, 0.01, 0.003, 0.001)
#: Paragraphs that shares are given per.
PER = 10_000
#: Paragraphs named as the places of a slogan.
SHOWN_PLACES = 5


#: Columns of a table of counts, after those of the groups.
_COUNTED = (
    "normal", "type", "known", "count", "paragraphs", "documents", "of_paragraphs", "per_10k", "low", "high", "heat",
    "first", "new", "surfaces", "places", "burst", "probability", "where",
)  # fmt: skip


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
    place : str
        Column that names the place of a paragraph, which new slogans are ranked by; ``""`` when there is none.
    heat : tuple of float
        As `HEAT_SHARES`, falling.
    """

    by: tuple[str, ...] = ()
    date: str = ""
    doc: str = ""
    place: str = ""
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
        ``per_10k`` with ``low`` and ``high`` (95 % Wilson interval), ``heat``, ``first`` (first appearance in the
        group), ``new`` (not known, and in no other group before), ``surfaces`` (the wordings counted as one, joined by
        ``|``), ``places`` (how many; 0 without a column of them), ``burst`` (see `_bursts`), ``probability`` (mean of
        those found; missing when the slogans have none) and ``where`` (ids of the first paragraphs, joined by ``|``).
        New slogans count as one when they differ by 的 or by the order of their parts alone.

    Raises
    ------
    ZhengyuError
        A column is missing, ids are not distinct, or a slogan's paragraph is not in the table.

    """
    how = how or Counting()
    wanted = [*how.by, *(name for name in (how.date, how.doc, how.place) if name)]
    _need(paragraphs, ["id", *wanted], "the paragraphs")
    _need(slogans, ["id", "surface", "normal", "type", "known"], "the slogans")
    ids = paragraphs["id"].astype(str)
    if ids.duplicated().any():
        raise ZhengyuError(f"the paragraphs: expected distinct ids, {ids[ids.duplicated()].iloc[0]!r} stands twice")
    # Columns of the paragraphs go by names of our own: the slogans may have columns called alike.
    by = {f"_by{number}": name for number, name in enumerate(dict.fromkeys(how.by))}
    table = pd.DataFrame({"id": ids, **{key: _cells(paragraphs[name]) for key, name in by.items()}})
    table["_doc"] = _cells(paragraphs[how.doc]) if how.doc else ids
    if how.date:
        table["_date"] = paragraphs[how.date].astype("string")
    found = slogans[["id", "surface", "normal", "type", "known"]].assign(id=slogans["id"].astype(str))
    lost = set(found["id"]) - set(ids)
    if lost:
        raise ZhengyuError(
            f"the slogans: {len(lost)} name paragraphs that are not in the table, such as {min(lost)!r}; "
            "give the two files of one run of zhengyu tag"
        )
    found["_key"] = [merge_key(str(normal)) for normal in found["normal"]]
    table["_place"] = _cells(paragraphs[how.place]) if how.place else ""
    found["_probability"] = slogans["probability"].astype(float) if "probability" in slogans else np.nan
    joined = found.merge(table, on="id", how="left")
    groups = [*by, "_key"]
    grouped = joined.groupby(groups, sort=False, observed=True)
    out = grouped.agg(
        normal=("normal", _most_frequent), type=("type", _most_frequent), known=("known", "max"),
        count=("id", "size"), paragraphs=("id", "nunique"), documents=("_doc", "nunique"),
        surfaces=("surface", _distinct), places=("_place", _named), probability=("_probability", "mean"),
        where=("id", _first_few),
    ).reset_index()  # fmt: skip
    if by:
        totals = table.groupby(list(by), observed=True).size().rename("of_paragraphs").reset_index()
        out = out.merge(totals, on=list(by), how="left")
    else:
        out["of_paragraphs"] = len(table)
    counts, of = out["paragraphs"].to_numpy(float), out["of_paragraphs"].to_numpy(float)
    low, high = wilson(counts, of)
    out["per_10k"], out["low"], out["high"] = PER * counts / of, PER * low, PER * high
    out["heat"] = _heat(counts / of, how.heat)
    if how.date:
        anywhere = joined.groupby("_key")["_date"].min()
        here = joined.groupby(groups, sort=False, observed=True)["_date"].min().rename("first").reset_index()
        out = out.merge(here, on=groups, how="left")
        out["new"] = ~out["known"].astype(bool) & (out["first"] == out["_key"].map(anywhere)).fillna(False)
    else:
        out["first"] = pd.Series(pd.NA, index=out.index, dtype="string")
        out["new"] = ~out["known"].astype(bool)
    out["burst"] = out["_key"].map(_bursts(joined, table)) if how.date else 0.0
    falling = [*([True] * len(by)), False, False, True]
    ordered = out.sort_values([*by, "paragraphs", "count", "normal"], ascending=falling)
    return ordered[[*by, *_COUNTED]].set_axis([*group_columns(how.by), *_COUNTED], axis=1).reset_index(drop=True)


def group_columns(by: Sequence[str]) -> list[str]:
    """Return what the columns of the groups are called in a table of counts.

    A column of the paragraphs that is called as one of the counts, such as ``type``, has ``paragraph_`` before it.
    """
    return [f"paragraph_{name}" if name in _COUNTED else name for name in dict.fromkeys(by)]


def _cells(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as text, lists as tables without lists hold them, ``""`` for nothing."""
    if column.dtype == object or "list" in str(column.dtype):
        lists = (list, tuple, np.ndarray)
        column = column.map(lambda cell: ";".join(map(str, cell)) if isinstance(cell, lists) else cell)
    return column.astype("string").fillna("")


def families(
    slogans: pd.DataFrame, texts: Mapping[str, str], known: KnownSlogans, dates: Mapping[str, str]
) -> pd.DataFrame:
    """Group the wordings around one slogan, so that small changes of a formulation are seen.

    Parameters
    ----------
    slogans : pandas.DataFrame
        One row a slogan, as `zhengyu tag --slogans` writes.
    texts, dates : mapping of str to str
        Paragraph id to its text, and to its date where it has one.
    known : KnownSlogans
        The lexicon: the shortest entry that a wording is built around names its family.

    Returns
    -------
    pandas.DataFrame
        ``family``, ``wording`` (with the verb or intensifier that leads it in the text: 坚决打赢脱贫攻坚战 and
        脱贫攻坚战 are two of one family), ``count``, ``paragraphs``, ``first``, ``last``, ``where``; families of
        several wordings first, the most frequent first, wordings by their first appearance.
    """
    rows = []
    for row in slogans.to_dict("records"):
        text, start, end = texts[str(row["id"])], int(row["start"]), int(row["end"])
        wording = slogan_key(led_by(text, start) + text[start:end])
        rows.append((core_of(str(row["normal"]), known), wording, str(row["id"]), dates.get(str(row["id"]))))
    table = pd.DataFrame(rows, columns=["family", "wording", "id", "date"])
    table["date"] = table["date"].astype("string")
    out = table.groupby(["family", "wording"], sort=False).agg(
        count=("id", "size"), paragraphs=("id", "nunique"), first=("date", "min"), last=("date", "max"),
        where=("id", _first_few),
    ).reset_index()  # fmt: skip
    of_family = out.groupby("family")
    out["_several"] = of_family["wording"].transform("size") > 1
    out["_total"] = of_family["count"].transform("sum")
    order = ["_several", "_total", "family", "first", "count", "wording"]
    out = out.sort_values(order, ascending=[False, False, True, True, False, True], na_position="last")
    return out.drop(columns=["_several", "_total"]).reset_index(drop=True)


def _bursts(joined: pd.DataFrame, table: pd.DataFrame) -> pd.Series[Any]:
    r"""Return by how many standard deviations a slogan exceeds its own mean in the period where it does so most.

    Periods are the years of the dates. With a share :math:`p` of all dated paragraphs, of which the period has
    :math:`n` and the slogan stands in :math:`k` of them, that is :math:`(k - np) / \sqrt{np(1 - p)}`.
    """
    dated = table[["id"]].assign(_year=table["_date"].str[:4]).dropna(subset="_year")
    sizes = dated.groupby("_year").size()
    hits = joined[["_key", "id"]].drop_duplicates().merge(dated[["id", "_year"]], on="id")
    here = hits.groupby(["_key", "_year"]).size().rename("k").reset_index()
    share = here["_key"].map(hits.groupby("_key").size()) / max(1, len(dated))
    expected = here["_year"].map(sizes) * share
    spread = np.sqrt((expected * (1 - share)).clip(lower=1e-9))
    here["_burst"] = ((here["k"] - expected) / spread).where(share < 1, 0.0)
    bursts: pd.Series[Any] = here.groupby("_key")["_burst"].max().clip(lower=0)
    return bursts.reindex(joined["_key"].unique(), fill_value=0.0)


def _heat(shares: NDArray[np.float64], least: Sequence[float]) -> list[str]:
    return [HEAT[int(np.sum(share < np.asarray(least)))] for share in shares]


def _most_frequent(values: Any) -> Any:
    counts = values.value_counts()
    return min(counts[counts == counts.max()].index)


def _named(values: Any) -> int:
    return len({value for value in values if value})


def _first_few(values: Any) -> str:
    return "|".join(dict.fromkeys(map(str, values.head(SHOWN_PLACES))))


def _distinct(values: Any) -> str:
    return "|".join(sorted({str(value) for value in values}))


def _need(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ZhengyuError(
            f"{name}: no column {', '.join(missing)}; there are {', '.join(map(str, table.columns))}; "
            "name one of them, or tag anew"
        )
