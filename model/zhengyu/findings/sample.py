"""Probability samples of tagged paragraphs, to be checked by people: simple or stratified, inclusion kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.findings.population import Part, Population, collect, frame_part, joined_themes
from zhengyu.findings.where import parse_where
from zhengyu.io.columns import INCLUSION, NONE, STRATUM, TAGS, THEMES
from zhengyu_corpus.columns import first_of
from zhengyu_corpus.errors import ZhengyuError

#: How a sample is spread over strata: as they are large, as the square roots of that, or alike.
Allocation = Literal["proportional", "root", "equal"]
ALLOCATIONS: tuple[Allocation, ...] = ("proportional", "root", "equal")
#: Strata that are no columns: a paragraph's rarest theme, and its expected number of wrong decisions.
BY_THEME, BY_PROBABILITY = "theme", "probability"
#: Strata that paragraphs are cut into by their doubt: fifths.
_FIFTHS = 5
#: Fewest of a stratum that a variance can be told from.
_LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """A probability sample.

    Attributes
    ----------
    rows : ndarray of int, shape (n_sampled,)
        Which were drawn, in random order, so that the first so many are a sample too.
    inclusion : ndarray of float, shape (n_sampled,)
        The probability with which each was drawn.
    strata : ndarray of int, shape (n_sampled,)
        The stratum of each.
    """

    rows: NDArray[np.int64]
    inclusion: NDArray[np.float64]
    strata: NDArray[np.int64]


def allocate(sizes: NDArray[np.int64], n: int, how: Allocation = "root") -> NDArray[np.int64]:
    """Spread a sample over strata: at least two of each, or all that it has.

    Parameters
    ----------
    sizes : ndarray of int, shape (n_strata,)
        How many each holds, at least 1.
    n : int
        How many to draw, fewer if there are not so many.
    how : {'root', 'proportional', 'equal'}
        In proportion to the square root of the sizes (Bankier 1988), which serves shares overall and in small strata
        alike; to the sizes, which serves shares overall; or the same from each.

    Raises
    ------
    ZhengyuError
        There are too many strata for so small a sample.

    References
    ----------
    M. D. Bankier, Power allocations: determining sample sizes for subnational areas, 1988.

    Examples
    --------
    >>> allocate(np.array([900, 90, 1]), 50, "root").tolist()
    [37, 12, 1]
    """
    if how not in ALLOCATIONS:
        raise ZhengyuError(f"allocation: expected {', '.join(ALLOCATIONS)}, got {how!r}")
    least = np.minimum(sizes, _LEAST)
    n = min(n, int(sizes.sum()))
    if least.sum() > n:
        raise ZhengyuError(
            f"{n} paragraphs are too few for {len(sizes)} strata, of which each needs {_LEAST}; "
            f"draw at least {int(least.sum())}, or make fewer strata"
        )
    wanted = sizes.astype(float) ** {"proportional": 1.0, "root": 0.5, "equal": 0.0}[how]
    found = least.copy()
    while (left := n - int(found.sum())) > 0:
        # What is still owed to strata that have room, by largest remainders.
        room = sizes - found
        aim = np.where(
            room > 0, np.maximum(wanted / wanted[room > 0].sum() * (left + found[room > 0].sum()) - found, 0), 0
        )
        aim = np.minimum(aim * left / max(aim.sum(), 1e-12), room) if aim.sum() else np.minimum(room, 1).astype(float)
        whole = np.floor(aim).astype(np.int64)
        if not whole.sum():
            best = np.lexsort((np.arange(len(sizes)), -np.where(room > 0, aim, -1.0)))[:left]
            whole[best] = np.minimum(1, room[best])
        found += whole
    return found


def draw(strata: NDArray[np.integer[Any]], n: int, *, allocation: Allocation = "root", seed: int = 0) -> Draw:
    """Draw a sample without replacement, simple within each stratum.

    Parameters
    ----------
    strata : ndarray of int, shape (n_paragraphs,)
        The stratum of each; all the same for a simple random sample.
    n : int
        How many to draw.
    allocation : {'root', 'proportional', 'equal'}
        See `allocate`.
    seed : int
        What makes the draw repeatable.

    Raises
    ------
    ZhengyuError
        As in `allocate`.
    """
    if n < 1:
        raise ZhengyuError(f"expected to draw at least 1 paragraph, got {n}")
    rng = np.random.default_rng(seed)
    codes, sizes = np.unique(strata, return_counts=True)
    counts = allocate(sizes.astype(np.int64), n, allocation)
    rows: list[NDArray[np.int64]] = []
    for code, count in zip(codes, counts, strict=True):
        rows.append(np.sort(rng.choice(np.flatnonzero(strata == code), count, replace=False)))
    found = np.concatenate(rows)
    order = rng.permutation(len(found))
    inclusion = np.repeat(counts / sizes, counts)
    return Draw(found[order], inclusion[order], np.repeat(codes.astype(np.int64), counts)[order])


def strata_of(population: Population, by: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the stratum of each paragraph, and what each stratum is: every combination of values that occurs.

    Parameters
    ----------
    population : Population
        Gathered with `groups` for what of `by` is a column, and with doubt if `by` holds ``probability``.
    by : sequence of str
        ``theme`` (the rarest of a paragraph's themes), ``probability`` (fifths of its expected number of wrong
        decisions), ``year``, ``place`` or any column.
    """
    names = [""] * 1
    codes = np.zeros(len(population), dtype=np.int64)
    for key in by:
        own, values = _stratum(population, key)
        pairs, codes = np.unique(np.stack([codes, own]), axis=1, return_inverse=True)
        names = [f"{names[a]}{', ' if names[a] else ''}{key} {values[b] or '(none)'}" for a, b in pairs.T]
    return codes.reshape(-1), names if by else ["all"]


def _stratum(population: Population, key: str) -> tuple[NDArray[np.int64], list[str]]:
    if key == BY_THEME:
        counts = np.bincount(population.themes.codes, minlength=len(population.themes.values))
        totals: dict[str, int] = {}
        for joined, count in zip(population.themes.values, counts, strict=True):
            for theme in joined.split(";"):
                totals[theme] = totals.get(theme, 0) + int(count)
        rarest = [min(joined.split(";"), key=lambda t: (totals[t], t)) or NONE for joined in population.themes.values]
        values = sorted(set(rarest))
        places = np.array([values.index(theme) for theme in rarest], dtype=np.int64)
        return places[population.themes.codes], values
    if key == BY_PROBABILITY and population.doubt is not None:
        edges = np.quantile(population.doubt, np.arange(1, _FIFTHS) / _FIFTHS)
        fifths = np.searchsorted(edges, population.doubt, side="left").astype(np.int64)
        return fifths, ["surest", "second", "third", "fourth", "most doubtful"]
    coded = population.groups[key]
    return coded.codes.astype(np.int64), list(coded.values)


def group_columns(by: Sequence[str]) -> list[str]:
    """Return what of `by` are columns."""
    return [key for key in dict.fromkeys(by) if key not in (BY_THEME, BY_PROBABILITY)]


def checking_rows(part: Part, places: NDArray[np.int64], drawn: Draw, *, prefix: str = "", show_tags: bool = False) -> \
        pd.DataFrame:  # fmt: skip
    """Return rows of a table as a coder gets them: ``id``, ``doc``, what the draw says, ``themes`` empty, ``text``.

    Parameters
    ----------
    part : Part
        The rows drawn.
    places : ndarray of int
        The place of each in the draw.
    drawn : Draw
        The draw.
    prefix : str
        What stands before the names of the columns that tagging added.
    show_tags : bool, default=False
        Whether a column ``tags`` says what the model gave. People who see it agree with it too often; leave it out
        where error is measured.
    """
    columns = [str(column) for column in part.frame.columns]
    found: dict[str, Any] = {"id": list(part.ids)}
    for role in ("doc", "genre", "level", "era"):
        column = first_of(columns, role)
        if column is not None:
            found[role] = part.frame[column].astype(str).tolist()
    found[INCLUSION] = drawn.inclusion[places]
    found[STRATUM] = drawn.strata[places] + 1
    if show_tags:
        found[TAGS] = [joined or NONE for joined in joined_themes(part.frame[f"{prefix}{THEMES}"])]
    found[THEMES] = [""] * len(part.ids)
    found["text"] = list(part.texts)
    return pd.DataFrame(found)


def sample(
    tagged: Any, n: int = 200, *, by: str | Sequence[str] = (), allocation: Allocation = "root", seed: int = 0,
    where: str | None = None, show_tags: bool = False, prefix: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Draw a probability sample of tagged paragraphs for people to check; `zhengyu.measure` takes it back.

    Furniture, headings and empty paragraphs are not drawn.

    Parameters
    ----------
    tagged : pandas.DataFrame, polars.DataFrame or pyarrow.Table
        What tagging gave: ``text``, ``themes`` and, if they are there, ``id``, ``kind`` and a document.
    n : int, default=200
        How many to draw.
    by : str or sequence of str
        What makes strata: ``theme`` (the rarest of a paragraph's themes), ``probability`` (fifths of the expected
        number of wrong decisions), ``year``, ``place`` or any column; a simple random sample without.
    allocation : {'root', 'proportional', 'equal'}
        How the sample is spread over strata; see `zhengyu.findings.sample.allocate`.
    seed : int, default=0
        What makes the draw repeatable.
    where : str, optional
        Draw from these rows alone, such as ``"year >= 2023"``; see `zhengyu.findings.where.parse_where`.
    show_tags : bool, default=False
        Add a column ``tags`` with the model's themes. A coder who sees them is no measure of them.
    prefix : str
        What stands before the names of the columns that tagging added.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``doc`` where there is one, ``inclusion`` (probability of being drawn), ``stratum`` (its number),
        ``themes`` (empty, for the coder: ids joined by ``;``, ``none`` for none), ``text``; in random order.

    Raises
    ------
    ZhengyuError
        A column is missing, or the strata are too many.
    """
    keys = [by] if isinstance(by, str) else list(by)
    part = frame_part(tagged, "the table")
    if where is not None:
        part = chosen(part, parse_where(where).mask(part.frame))
    population = collect(
        [part], groups=group_columns(keys), with_doubt=BY_PROBABILITY in keys, prefix=prefix,
    )  # fmt: skip
    strata, _ = strata_of(population, keys)
    drawn = draw(strata, n, allocation=allocation, seed=seed)
    rows = population.rows[drawn.rows]
    return checking_rows(chosen(part, rows), np.arange(len(rows)), drawn, prefix=prefix, show_tags=show_tags)


def chosen(part: Part, rows: NDArray[Any]) -> Part:
    """Return some rows of a part, by a mask or by their places."""
    at: list[int] = (np.flatnonzero(rows) if rows.dtype == bool else rows).tolist()
    return Part(part.frame.iloc[at].reset_index(drop=True), [part.texts[i] for i in at], [part.ids[i] for i in at],
                part.name)  # fmt: skip
