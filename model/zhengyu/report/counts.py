"""Shares with their intervals, counted column by column, so that a million rows take seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from zhengyu.intervals import wilson


def theme_counts(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return how many paragraphs have each theme: ``theme``, ``count``, and the column `by` if one is named.

    Paragraphs with the same themes are counted before their themes are taken apart, so nothing grows with the table.
    """
    keys = ["themes"] if by is None else [by, "themes"]
    sets = rows.groupby(keys, observed=True).size().rename("count").reset_index()
    sets["theme"] = sets["themes"].astype(object).str.split(";")
    long = sets.explode("theme")
    if by is not None:
        long[by] = long[by].astype(object)
    return long[long["theme"] != ""].groupby([*keys[:-1], "theme"])["count"].sum().reset_index()


def shares(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return ``theme``, ``count``, ``total``, ``share``, ``low``, ``high``, for each value of a column if one is named.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs, furniture left out.
    by : str, optional
        Column; its empty values are left out.
    """
    if by is None:
        table = theme_counts(rows)
        table["total"] = len(rows)
    else:
        totals = rows[by].astype(object)[rows[by] != ""].value_counts()
        long = theme_counts(rows[rows[by] != ""], by)
        pairs = pd.MultiIndex.from_product([sorted(totals.index), sorted(long["theme"].unique())], names=[by, "theme"])
        table = long.set_index([by, "theme"])["count"].reindex(pairs, fill_value=0).reset_index()
        table["total"] = table[by].map(totals)
    table["share"] = table["count"] / table["total"].clip(lower=1)
    table["low"], table["high"] = wilson(table["count"].to_numpy(), table["total"].to_numpy())
    return table.sort_values([*([by] if by else []), "count"], ascending=[*([True] if by else []), False])


def together(rows: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of themes: ``theme``, ``other``, ``count``, and ``lift`` over what chance would give."""
    times = theme_counts(rows).set_index("theme")["count"].to_dict()
    found: dict[tuple[str, str], int] = {}
    for themes, count in rows.groupby("themes", observed=True).size().items():
        names = str(themes).split(";")
        for theme in names:
            for other in names:
                if theme != other:
                    found[theme, other] = found.get((theme, other), 0) + int(count)
    lines = [
        (theme, other, count, count * max(1, len(rows)) / (times[theme] * times[other]))
        for (theme, other), count in found.items()
    ]
    return pd.DataFrame(lines, columns=["theme", "other", "count", "lift"]).sort_values(
        ["count", "theme", "other"], ascending=[False, True, True]
    )


def compared(rows: pd.DataFrame, by: str, sides: list[str]) -> pd.DataFrame:
    """Return each theme's share in single places or documents and in all others, with intervals.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs.
    by : str
        Column of places or documents; rows without one are nobody's peers.
    sides : list of str
        Values to set against all others, one after another.

    Returns
    -------
    pandas.DataFrame
        ``focus``, ``side`` (focus or peers), then the columns of `shares`.
    """
    known = rows[rows[by] != ""]
    counts = theme_counts(known, by)
    everywhere = counts.groupby("theme")["count"].sum().sort_values(ascending=False)
    totals = known[by].astype(object).value_counts()
    parts: list[pd.DataFrame] = []
    for focus in sides:
        own = counts[counts[by] == focus].set_index("theme")["count"].reindex(everywhere.index, fill_value=0)
        for side, count, total in (
            ("focus", own, int(totals[focus])), ("peers", everywhere - own, int(totals.sum() - totals[focus])),
        ):  # fmt: skip
            low, high = wilson(count.to_numpy(), np.full(len(count), total))
            parts.append(
                pd.DataFrame({"focus": focus, "side": side, "theme": everywhere.index, "count": count.to_numpy(),
                              "total": total, "share": count.to_numpy() / max(1, total), "low": low, "high": high})
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def typical(candidates: pd.DataFrame, probability: Any, themes: tuple[str, ...]) -> pd.DataFrame:
    """Return for each theme the paragraph that the model is surest of, among those with no other theme.

    Parameters
    ----------
    candidates : pandas.DataFrame
        ``theme`` and ``text``.
    probability : callable
        From texts to probabilities of shape (n_texts, n_themes + 1).
    themes : tuple of str
        In the order of its columns.
    """
    found: list[dict[str, Any]] = []
    for k, theme in enumerate(themes):
        texts = candidates.loc[candidates["theme"] == theme, "text"].tolist()
        if texts:
            probabilities = probability(texts)[:, k]
            best = int(probabilities.argmax())
            found.append({"theme": theme, "probability": float(probabilities[best]), "text": texts[best]})
    return pd.DataFrame(found, columns=["theme", "probability", "text"])
