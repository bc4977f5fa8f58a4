"""How slogans spread: first appearance by level and place, lag behind the centre, share of places that took them up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.normal_form import merge_key
from zhengyu_corpus.errors import ZhengyuError

#: What the centre is called in columns of levels and places.
CENTRE = frozenset(
    {"central", "centre", "center", "national", "中央", "国家", "国家级", "中央级", "全国", "国务院", "中共中央"}
)
_DATE = re.compile(r"((?:18|19|20)\d\d)(?:\D{0,2}(\d{1,2})(?!\d\d\d)(?:\D{0,2}(\d{1,2}))?)?")
_FIRST = (
    "normal", "type", "known", "level", "place", "first", "id", "centre_first", "centre_from", "lag_days", "lag_years",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """How slogans spread over places.

    Attributes
    ----------
    slogans : pandas.DataFrame
        One row a slogan, the widest first: ``normal``, ``type``, ``known``, ``places`` (that took it up, the centre
        left out), ``of_places`` (with dated paragraphs), ``share``, ``first`` (anywhere) with its ``first_place``,
        ``centre_first`` with ``centre_from``, and the median of ``lag_days`` and ``lag_years``.
    first : pandas.DataFrame
        One row a slogan and place, the earliest first: ``normal``, ``type``, ``known``, ``level``, ``place``,
        ``first`` (that place's own), ``id`` (its paragraph), ``centre_first``, ``centre_from`` (``texts``, or
        ``lexicon`` where the texts have none of the centre), ``lag_days`` (where both dates tell the day) and
        ``lag_years`` (difference of the years); below 0 where the place was before the centre.
    uptake : pandas.DataFrame
        One row a slogan and year from its first on: ``normal``, ``year``, ``places`` (that had taken it up by then),
        ``of_places`` (that had dated paragraphs by then) and ``share``.
    """

    slogans: pd.DataFrame
    first: pd.DataFrame
    uptake: pd.DataFrame


def read_date(value: Any) -> tuple[str, datetime.date | None] | None:
    """Return a date as text in ISO form, as far as it is known, and the day where it tells one.

    Examples
    --------
    >>> read_date("2024年7月16日"), read_date(2024), read_date("2024-07"), read_date("不详")
    (('2024-07-16', datetime.date(2024, 7, 16)), ('2024', None), ('2024-07', None), None)
    """
    if isinstance(value, float) and value == value and value.is_integer():
        value = int(value)
    match = _DATE.search(str(value))
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if not 1 <= month <= 12:
        return f"{year}", None
    try:
        return datetime.date(year, month, day).isoformat(), datetime.date(year, month, day)
    except ValueError:
        return f"{year}-{month:02}", None


def spread(
    paragraphs: pd.DataFrame, slogans: pd.DataFrame, *, date: str, place: str, level: str = "",
    centre: Collection[str] = CENTRE, known: KnownSlogans | None = None,
) -> Spread:  # fmt: skip
    """Follow slogans from place to place.

    Parameters
    ----------
    paragraphs : pandas.DataFrame
        One row a paragraph, with ``id`` and the columns named below; those without a date or a place are left out.
    slogans : pandas.DataFrame
        What was found in them: ``id``, ``normal``, ``type``, ``known``. Wordings count as one as in
        `zhengyu.slogans.counting.count_slogans`.
    date, place : str
        Columns of dates (days, months or years, in any of the usual forms) and of places.
    level : str
        Column of levels, such as province, city and county; ``""`` when there is none.
    centre : collection of str
        What the centre is called in the column of levels or of places.
    known : KnownSlogans, optional
        The lexicon: its year of first use stands for the centre's where the texts have none.

    Raises
    ------
    ZhengyuError
        A column is missing, or no paragraph has a date and a place.
    """
    for table, columns, name in (
        (paragraphs, ["id", date, place, *([level] if level else [])], "the paragraphs"),
        (slogans, ["id", "normal", "type", "known"], "the slogans"),
    ):
        missing = [column for column in columns if column not in table.columns]
        if missing:
            raise ZhengyuError(
                f"{name}: no column {', '.join(map(repr, missing))}; there are {', '.join(map(str, table.columns))}; "
                "name one of them"
            )
    dates = [read_date(value) for value in paragraphs[date]]
    rows = pd.DataFrame(
        {
            "id": paragraphs["id"].astype(str).to_numpy(),
            "first": [found[0] if found else None for found in dates],
            "day": [found[1] if found else None for found in dates],
            "place": paragraphs[place].astype("string").fillna("").str.strip().to_numpy(),
            "level": paragraphs[level].astype("string").fillna("").str.strip().to_numpy() if level else "",
        }
    )
    rows = rows[rows["first"].notna() & ((rows["place"] != "") | rows["level"].isin(centre))]
    if rows.empty:
        raise ZhengyuError(
            f"expected paragraphs with a date in {date!r} and a place in {place!r}, there is none; name other columns"
        )
    rows["year"] = rows["first"].str[:4].astype(int)
    rows["central"] = rows["place"].isin(centre) | rows["level"].isin(centre)
    found = slogans[["id", "normal", "type", "known"]].assign(
        id=slogans["id"].astype(str), key=[merge_key(str(normal)) for normal in slogans["normal"]]
    )
    joined = found.merge(rows, on="id").sort_values("first", kind="stable")
    named = found.groupby("key").agg(normal=("normal", _most), type=("type", _most), known=("known", "max"))
    first = joined.drop_duplicates(["key", "place", "level"]).copy()
    first[["normal", "type", "known"]] = named.loc[first["key"]].to_numpy()
    _add_centre(first, joined, known)
    own = rows[~rows["central"]]
    began = own.groupby("place")["year"].min()
    uptake = _uptake(first[~first["central"]], began)
    summary = _summary(first, len(began))
    ordered = first.merge(summary.assign(rank=range(len(summary)))[["normal", "rank"]], on="normal")
    ordered = ordered.sort_values(["rank", "first", "place"], kind="stable")[list(_FIRST)].reset_index(drop=True)
    return Spread(summary, ordered, uptake)


def _most(values: Any) -> Any:
    counts = values.value_counts()
    return min(counts[counts == counts.max()].index)


def _add_centre(first: pd.DataFrame, joined: pd.DataFrame, known: KnownSlogans | None) -> None:
    """Add the centre's own first appearance and each place's lag behind it."""
    central = joined[joined["central"]].drop_duplicates("key").set_index("key")
    began: dict[str, tuple[str, datetime.date | None, str]] = {
        str(key): (str(row["first"]), row["day"], "texts") for key, row in central.iterrows()
    }
    if known is not None:
        for key, normal in first.drop_duplicates("key")[["key", "normal"]].itertuples(index=False):
            number = known.find(normal)
            entry = known.entries[number] if number is not None else None
            if key not in began and entry is not None and entry.level == "central" and entry.first_year:
                began[key] = (entry.first_year, None, "lexicon")
    nothing = (None, None, "")
    centre = [began.get(key, nothing) for key in first["key"]]
    first["centre_first"] = pd.array([text for text, _, _ in centre], dtype="string")
    first["centre_from"] = [source for _, _, source in centre]
    first["lag_days"] = pd.array(
        [(day - start).days if start is not None and day is not None and not own else None
         for day, own, (_, start, _) in zip(first["day"], first["central"], centre, strict=True)], dtype="Int64",
    )  # fmt: skip
    first["lag_years"] = pd.array(
        [year - int(text[:4]) if text is not None and not own else None
         for year, own, (text, _, _) in zip(first["year"], first["central"], centre, strict=True)], dtype="Int64",
    )  # fmt: skip


def _uptake(first: pd.DataFrame, began: pd.Series[Any]) -> pd.DataFrame:
    """Return the share of places that had taken up each slogan, year by year."""
    columns = ["normal", "year", "places", "of_places", "share"]
    if first.empty:
        return pd.DataFrame(columns=columns)
    earliest = first.drop_duplicates(["key", "place"])
    years = range(int(began.min()), int(max(began.max(), earliest["year"].max())) + 1)
    of_places = {year: int((began <= year).sum()) for year in years}
    rows = []
    for normal, some in earliest.groupby("normal", sort=False):
        counts = some["year"].value_counts()
        places = 0
        for year in years:
            places += int(counts.get(year, 0))
            if places:
                rows.append((normal, year, places, of_places[year], places / of_places[year]))
    return pd.DataFrame(rows, columns=columns)


def _summary(first: pd.DataFrame, of_places: int) -> pd.DataFrame:
    local = first[~first["central"]]
    earliest = first.drop_duplicates("key").set_index("key")
    out = earliest[["normal", "type", "known"]].copy()
    out["places"] = local.groupby("key")["place"].nunique().reindex(out.index, fill_value=0)
    out["of_places"] = of_places
    out["share"] = out["places"] / max(1, of_places)
    out["first"] = earliest["first"]
    out["first_place"] = earliest["place"].where(earliest["place"] != "", earliest["level"])
    out[["centre_first", "centre_from"]] = earliest[["centre_first", "centre_from"]]
    for lag in ("lag_days", "lag_years"):
        out[lag] = local.groupby("key")[lag].median().reindex(out.index).astype("Float64")
    return out.sort_values(["places", "first", "normal"], ascending=[False, True, True]).reset_index(drop=True)
