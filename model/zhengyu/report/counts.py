"""Shares with their intervals, counted column by column, so that a million rows take seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from zhengyu.intervals import newcombe, wilson

#: Level at which a difference is a finding, shared out among the differences that are looked at together.
ALPHA = 0.05
#: Bounds of the weight that chance has in `together`, in expected paragraphs.
_LEAST_WEIGHT, _MOST_WEIGHT = 0.5, 100.0


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


def likeness(rows: pd.DataFrame, by: str | None = None) -> pd.Series[Any]:
    r"""Return how alike the paragraphs of one document are in each theme: the intra-class correlation, 0 to 1.

    The estimator of one-way analysis of variance with documents as classes,

    .. math:: \rho = \frac{MSB - MSW}{MSB + (m_0 - 1) MSW}

    where differences between groups, such as years, are taken out first. Empty without a column ``document``, or where
    nothing can be told: one document, or one paragraph in each.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs; those without a document or group tell nothing.
    by : str, optional
        Column of groups.

    References
    ----------
    A. Donner and N. Klar, Design and Analysis of Cluster Randomization Trials in Health Research, 2000, chapter 1.
    """
    if "document" not in rows.columns:
        return pd.Series(dtype=float)
    known = rows[(rows["document"] != "") & (True if by is None else rows[by] != "")]
    group = known[by].astype(object) if by is not None and by != "document" else pd.Series("", index=known.index)
    # A document that stands in two groups counts as two.
    named = pd.DataFrame({"themes": known["themes"], "group": group, "document": known["document"].astype(object)})
    named["document"] = named.groupby(["group", "document"], sort=False).ngroup()
    sizes = named.groupby("document").agg(n=("group", "size"), group=("group", "first"))
    groups = sizes.groupby("group")["n"].agg(total="sum", square=lambda n: float((n**2).sum()))
    paragraphs, documents = len(named), len(sizes)
    if documents <= len(groups) or documents == paragraphs:
        return pd.Series(dtype=float)
    long = theme_counts(named, "document")
    long["group"] = long["document"].map(sizes["group"])
    long["square"] = long["count"] ** 2 / long["document"].map(sizes["n"])
    inside = long.groupby(["theme", "group"], as_index=False)[["count", "square"]].sum()
    inside["mean"] = inside["count"] ** 2 / inside["group"].map(groups["total"])
    sums = inside.groupby("theme")[["count", "square", "mean"]].sum()
    between = (sums["square"] - sums["mean"]) / (documents - len(groups))
    within = (sums["count"] - sums["square"]) / (paragraphs - documents)
    size = (paragraphs - float((groups["square"] / groups["total"]).sum())) / (documents - len(groups))
    below = between + (size - 1) * within
    return ((between - within) / below.where(below > 0, 1.0)).clip(0.0, 1.0)


def _squares(rows: pd.DataFrame, by: str | None = None) -> Mapping[Any, float]:
    """Return the sum of squared numbers of paragraphs a document in each group, ``None`` for all rows."""
    if "document" not in rows.columns:
        return {}
    keys = ["document"] if by is None or by == "document" else [by, "document"]
    sizes = rows.groupby(keys, observed=True).size().rename("n").reset_index()
    sizes["square"] = np.where(sizes["document"] == "", sizes["n"], sizes["n"].astype(float) ** 2)
    if by is None:
        return {None: float(sizes["square"].sum())}
    return sizes.groupby(sizes[by].astype(object))["square"].sum().to_dict()


def effective(total: Any, squares: Any, correlation: Any) -> NDArray[np.float64]:
    r"""Return how many independent paragraphs those of documents are worth: :math:`n / (1 + (\tilde m - 1)\rho)`.

    Here :math:`\tilde m = \sum m_d^2 / n` is the size of the document that a paragraph stands in, on average.

    References
    ----------
    L. Kish, Survey Sampling, 1965, section 5.4.
    """
    n = np.asarray(total, dtype=np.float64)
    mean = np.asarray(squares, dtype=np.float64) / np.maximum(n, 1.0)
    found: NDArray[np.float64] = n / (1 + np.maximum(mean - 1, 0.0) * np.asarray(correlation, dtype=np.float64))
    return found


def _with_intervals(table: pd.DataFrame, squares: Any, alike: pd.Series[Any]) -> pd.DataFrame:
    """Add ``share``, ``low``, ``high`` and ``effective`` to counts and totals."""
    rho = table["theme"].map(alike).fillna(0.0).to_numpy(np.float64) if len(alike) else np.zeros(len(table))
    worth = effective(table["total"], table["total"] if squares is None else squares, rho)
    share = table["count"] / table["total"].clip(lower=1)
    low, high = wilson(share.to_numpy() * worth, worth)
    return table.assign(share=share, low=low, high=high, effective=worth)


def shares(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return the share of each theme, for each value of a column if one is named, with its 95 % interval.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tagged paragraphs, furniture and headings left out.
    by : str, optional
        Column; its empty values are left out. By ``document`` shares are of that very document.

    Returns
    -------
    pandas.DataFrame
        ``theme``, ``count``, ``total``, ``share``, ``low``, ``high``, and ``effective``, the number of independent
        paragraphs that the total is worth (see `effective`).
    """
    alike = likeness(rows, by)
    if by is None:
        table = theme_counts(rows)
        table["total"] = len(rows)
        squares: Any = _squares(rows).get(None)
    else:
        totals = rows[by].astype(object)[rows[by] != ""].value_counts()
        long = theme_counts(rows[rows[by] != ""], by)
        pairs = pd.MultiIndex.from_product([sorted(totals.index), sorted(long["theme"].unique())], names=[by, "theme"])
        table = long.set_index([by, "theme"])["count"].reindex(pairs, fill_value=0).reset_index()
        table["total"] = table[by].map(totals)
        found = {} if by == "document" else _squares(rows, by)
        squares = table[by].map(found).to_numpy(np.float64) if found else None
    table = _with_intervals(table, squares, alike)
    return table.sort_values([*([by] if by else []), "count"], ascending=[*([True] if by else []), False])


def differences(first: pd.DataFrame, second: pd.DataFrame, compared: int) -> pd.DataFrame:
    """Return how the shares of themes differ between two groups: the first less the second.

    A difference is a finding when its interval excludes none. So many are looked at together that one in twenty would
    seem to be one by chance; intervals are therefore widened for all of them (Bonferroni).

    Parameters
    ----------
    first, second : pandas.DataFrame
        Rows of `shares` or `compared`, one a theme, with the same themes.
    compared : int
        How many differences are looked at together.

    Returns
    -------
    pandas.DataFrame
        One row a theme, largest first: ``theme``, ``count``, ``total``, ``share``, of the second ``count_before``,
        ``total_before``, ``share_before``, then ``difference``, ``low``, ``high`` and ``differs``.
    """
    kept = ["theme", "count", "total", "share", "effective"]
    both = first[kept].merge(second[kept], on="theme", suffixes=("", "_before"))
    z = float(stats.norm.ppf(1 - ALPHA / 2 / max(1, compared)))
    worth, worth_before = both.pop("effective"), both.pop("effective_before")
    low, high = newcombe(both["share"] * worth, worth, both["share_before"] * worth_before, worth_before, z)
    both = both.assign(difference=both["share"] - both["share_before"], low=low, high=high)
    both["differs"] = (both["low"] > 0) | (both["high"] < 0)
    return both.sort_values("difference", key=lambda values: values.abs(), ascending=False, kind="stable")


def together(rows: pd.DataFrame) -> pd.DataFrame:
    r"""Return pairs of themes, and how often they stand together over what chance would give, rare ones shrunk.

    A pair that stands together n times where chance gives e has the raw ratio n / e, which is wild where e is small.
    With :math:`n \sim \mathrm{Poisson}(e\lambda)` and :math:`\lambda \sim \mathrm{Gamma}(a, a)`, which has the mean 1,
    its mean is :math:`(n + a) / (e + a)`; a follows from how far all pairs scatter beyond chance (moments).

    Returns
    -------
    pandas.DataFrame
        ``theme``, ``other`` (each pair both ways), ``count``, ``expected``, ``lift`` with ``low`` and ``high`` (95 %),
        largest count first.

    References
    ----------
    W. DuMouchel, Bayesian data mining in large frequency tables, The American Statistician 53, 1999.
    """
    times = theme_counts(rows).set_index("theme")["count"]
    names = sorted(map(str, times.index))
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for themes, count in rows.groupby("themes", observed=True).size().items():
        inside = [place[name] for name in dict.fromkeys(str(themes).split(";")) if name]
        counts[np.ix_(inside, inside)] += int(count)
    own = times.reindex(names).to_numpy(np.float64)
    expected = np.outer(own, own) / max(1, len(rows))
    first, second = np.nonzero(~np.eye(len(names), dtype=bool))
    n, e = counts[first, second], expected[first, second]
    scatter = float((e**2).sum()) / max(float(((n - e) ** 2 - e).sum()), 1e-9)
    weight = float(np.clip(scatter, _LEAST_WEIGHT, _MOST_WEIGHT))
    spread = stats.gamma(n + weight, scale=1 / (e + weight))
    table = pd.DataFrame(
        {"theme": np.array(names, dtype=object)[first], "other": np.array(names, dtype=object)[second], "count": n,
         "expected": e, "lift": (n + weight) / (e + weight), "low": spread.ppf(0.025), "high": spread.ppf(0.975)}
    )  # fmt: skip
    return table.sort_values(["count", "theme", "other"], ascending=[False, True, True])


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
    alike = likeness(rows, by)
    known = rows[rows[by] != ""]
    counts = theme_counts(known, by)
    everywhere = counts.groupby("theme")["count"].sum().sort_values(ascending=False)
    totals = known[by].astype(object).value_counts()
    squares = _squares(known, by)
    parts: list[pd.DataFrame] = []
    for focus in sides:
        own = counts[counts[by] == focus].set_index("theme")["count"].reindex(everywhere.index, fill_value=0)
        inside = squares.get(focus)
        for side, count, total, square in (
            ("focus", own, int(totals[focus]), None if by == "document" else inside),
            ("peers", everywhere - own, int(totals.sum() - totals[focus]),
             None if inside is None else sum(squares.values()) - inside),
        ):  # fmt: skip
            table = pd.DataFrame({"focus": focus, "side": side, "theme": everywhere.index, "count": count.to_numpy(),
                                  "total": total})  # fmt: skip
            parts.append(_with_intervals(table, square, alike))
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
        In the order of its columns; what stands several times has the highest probability of its columns.
    """
    found: list[dict[str, Any]] = []
    for theme in dict.fromkeys(themes):
        texts = candidates.loc[candidates["theme"] == theme, "text"].tolist()
        if texts:
            columns = [k for k, name in enumerate(themes) if name == theme]
            probabilities = probability(texts)[:, columns].max(axis=1)
            best = int(probabilities.argmax())
            found.append({"theme": theme, "probability": float(probabilities[best]), "text": texts[best]})
    return pd.DataFrame(found, columns=["theme", "probability", "text"])
