"""Shares with their intervals, counted column by column, so that a million rows take seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

#: Of the normal distribution, for two-sided 95 %.
Z95 = 1.959963984540054


def wilson(count: Any, total: Any) -> tuple[Any, Any]:
    r"""Return the 95 % score interval of a share (Wilson 1927).

    .. math:: \\frac{\\hat p + z^2/2n \\pm z\\sqrt{\\hat p(1-\\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    count, total : int or ndarray of int
        Hits among so many; a total of 0 gives 0 to 1.
    """
    k, n = np.asarray(count, dtype=np.float64), np.maximum(np.asarray(total, dtype=np.float64), 1.0)
    share = np.where(np.asarray(total) > 0, k / n, 0.5)
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    empty = np.asarray(total) <= 0
    return np.where(empty, 0.0, np.maximum(0, middle - half)), np.where(empty, 1.0, np.minimum(1, middle + half))


def theme_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each theme of each paragraph: ``row`` (index of the paragraph) and ``theme``."""
    long = rows["themes"].astype(object).str.split(";").explode()
    long = long[long.notna() & (long != "")]
    return pd.DataFrame({"row": long.index, "theme": long.astype(object).to_numpy()})


def shares(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return ``theme``, ``count``, ``total``, ``share``, ``low``, ``high``, for each value of a column if one is named.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs, furniture left out.
    by : str, optional
        Column; its empty values are left out.
    """
    long = theme_rows(rows)
    if by is None:
        table = long.groupby("theme").size().rename("count").reset_index()
        table["total"] = len(rows)
    else:
        known = rows[rows[by] != ""]
        long[by] = rows[by].reindex(long["row"]).to_numpy()
        long = long[long[by] != ""]
        pairs = pd.MultiIndex.from_product([sorted(known[by].unique()), sorted(long["theme"].unique())],
                                           names=[by, "theme"])  # fmt: skip
        table = long.groupby([by, "theme"]).size().reindex(pairs, fill_value=0).rename("count").reset_index()
        table["total"] = table[by].map(known.groupby(by).size())
    table["share"] = table["count"] / table["total"].clip(lower=1)
    table["low"], table["high"] = wilson(table["count"].to_numpy(), table["total"].to_numpy())
    return table.sort_values([*([by] if by else []), "count"], ascending=[*([True] if by else []), False])


def together(rows: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of themes: ``theme``, ``other``, ``count``, and ``lift`` over what chance would give."""
    long = theme_rows(rows)
    single = long.groupby("theme").size()
    both = long.merge(long, on="row")
    both = both[both["theme_x"] != both["theme_y"]].groupby(["theme_x", "theme_y"]).size().rename("count").reset_index()
    both = both.rename(columns={"theme_x": "theme", "theme_y": "other"})
    times = single.to_dict()
    first, second = (both[side].map(times).astype(float) for side in ("theme", "other"))
    expected = first * second / max(1, len(rows))
    both["lift"] = both["count"] / expected
    return both.sort_values("count", ascending=False)


def compared(rows: pd.DataFrame, by: str, focus: str) -> pd.DataFrame:
    """Return each theme's share in one place or document and in all others, with intervals."""
    parts: list[pd.DataFrame] = []
    for side, part in (("focus", rows[rows[by] == focus]), ("peers", rows[(rows[by] != focus) & (rows[by] != "")])):
        table = shares(part)
        table["side"] = side
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def typical(rows: pd.DataFrame, probability: Any, themes: tuple[str, ...], candidates: int = 40) -> pd.DataFrame:
    """Return for each theme the paragraph that the model is surest of, among those with no other theme.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs.
    probability : callable
        From texts to probabilities of shape (n_texts, n_themes + 1).
    themes : tuple of str
        In the order of its columns.
    candidates : int
        Paragraphs scored for each theme, spread evenly over the table.
    """
    found: list[dict[str, Any]] = []
    for k, theme in enumerate(themes):
        alone = rows[(rows["themes"] == theme) & rows["text"].str.len().between(30, 400)]
        if alone.empty:
            continue
        places = np.unique(np.linspace(0, len(alone) - 1, min(candidates, len(alone))).astype(int))
        chosen = alone.iloc[places]
        chances = probability(chosen["text"].tolist())[:, k]
        best = int(chances.argmax())
        found.append({"theme": theme, "probability": float(chances[best]), "text": str(chosen["text"].iloc[best])})
    return pd.DataFrame(found, columns=["theme", "probability", "text"])


def slogans(found: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return slogans by heat, the share of paragraphs that use them, with first appearance where years are known.

    Parameters
    ----------
    found : pandas.DataFrame
        One row a slogan: ``id`` (of its paragraph), ``normal``, ``type``, ``known``.
    rows : pandas.DataFrame
        Tagged paragraphs.
    """
    table = found.groupby("normal").agg(
        type=("type", "first"), known=("known", "max"), uses=("id", "size"), count=("id", "nunique")
    )
    table["total"] = len(rows)
    table["share"] = table["count"] / max(1, len(rows))
    table["low"], table["high"] = wilson(table["count"].to_numpy(), table["total"].to_numpy())
    if "time" in rows.columns and (rows["id"] != "").any():
        years = dict(zip(rows["id"], rows["time"], strict=True))
        dated = found.assign(year=found["id"].map(years).fillna("").astype(str))
        table["first"] = dated[dated["year"] != ""].groupby("normal")["year"].min().reindex(table.index).fillna("")
    return table.sort_values("count", ascending=False).reset_index()
