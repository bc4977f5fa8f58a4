"""Error of tags measured on a checked sample, and shares of themes corrected by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.findings.estimates import MIN_ERRORS, Bools, Checks, Floats, Shares, corrected_shares, ratios, rogan_gladen
from zhengyu.findings.methods import Design, paragraph
from zhengyu.findings.population import (
    CROSS,
    Part,
    Population,
    as_text,
    collect,
    crossed,
    frame_part,
    joined_themes,
)
from zhengyu.findings.sample import chosen
from zhengyu.findings.where import Where, parse_where
from zhengyu.io.columns import INCLUSION, NONE, STRATUM, THEMES
from zhengyu.io.tagged_tables import chinese_names, require_tagged
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import Theme, ThemeSet, load_themes

#: Fewer errors, checks or documents than these, and a row of shares says so: over fewer errors intervals hold their
#: level or more but are wide; over fewer documents or checks they need not hold it. See docs/measuring.md.
MIN_CHECKS, MIN_DOCUMENTS = 30, 10
#: Fewer paragraphs than this below a precision or recall, and its row says so.
MIN_HITS = 10
#: Names that a note lists.
_LISTED = 8
#: The row of all themes together.
ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What a checked sample says of tags.

    Attributes
    ----------
    quality : pandas.DataFrame
        One row a theme, and ``all``: ``theme``, ``given`` and ``checked_with`` (checked paragraphs that the tags, or
        the coder, gave it), then ``precision``, ``recall`` and ``f1``, each with ``_low`` and ``_high``, and ``note``.
    shares : pandas.DataFrame
        One row a theme and group: ``by`` and ``value`` (the group, ``all`` for everything), ``theme``, ``paragraphs``,
        ``documents``, ``checked``, ``errors``, ``raw``, ``share``, ``low``, ``high`` (corrected, 95 %),
        ``rogan_gladen`` (cross-check, overall), ``more_checks`` (that halve the interval), ``note``.
    design : Design
        How the sample was drawn.
    notes : tuple of str
        What the sample cannot tell.
    names : mapping of str to Theme
        Themes by their ids, for the names that a paper calls them by.
    """

    quality: pd.DataFrame
    shares: pd.DataFrame
    design: Design
    notes: tuple[str, ...] = field(default=())
    names: Mapping[str, Theme] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """Return shares and quality as one table; quality stands in the rows of all paragraphs."""
        quality = self.quality.drop(columns="note").assign(by=ALL, value="")
        joined = self.shares.merge(quality, on=["by", "value", "theme"], how="outer", sort=False)
        order = {theme: place for place, theme in enumerate([*self.shares["theme"].unique(), ALL])}
        joined = joined.assign(_all=joined["by"].ne(ALL), _theme=joined["theme"].map(order))
        joined = joined.sort_values(["_all", "by", "value", "_theme"], kind="stable")
        last = joined.pop("note").fillna("")
        counts = ["paragraphs", "documents", "checked", "errors", "more_checks", "given", "checked_with"]
        joined = joined.drop(columns=["_all", "_theme"]).round(6).astype(dict.fromkeys(counts, "Int64"))
        return joined.assign(note=last).reset_index(drop=True)

    def methods(self, language: Literal["zh", "en"] = "en") -> str:
        """Return a paragraph for the methods section of a paper, with references."""
        names = {key: (theme.zh if language == "zh" else theme.en) or key for key, theme in self.names.items()}
        shares = self.shares.assign(theme=[names.get(str(theme), str(theme)) for theme in self.shares["theme"]])
        return paragraph(self.design, self.quality, shares, language)

    def lines(self) -> Iterator[str]:
        """Yield what a terminal shows: a line a theme, then what the sample cannot tell."""
        overall = self.shares[self.shares["by"] == ALL].set_index("theme")
        design = self.design
        every, some = (
            f" in {count:,} documents" if design.document_column else ""
            for count in (design.documents, design.checked_documents)
        )
        done = f"{design.checked:,} of {design.drawn:,} drawn"
        yield f"{design.paragraphs:,} paragraphs{every}; {done} were checked{some}"
        yield "tags, coder: how many of the checked paragraphs have the theme"
        yield ""
        yield (
            f"{'theme':<16}{'tags':>5}{'coder':>6}{'precision':>20}{'recall':>20}{'raw':>8}  {'corrected':<22}"
            f"{'halve by':>9}"
        )
        for row in self.quality.to_dict("records"):
            theme = row["theme"]
            line = f"{theme:<16}{row['given']:>5,}{row['checked_with']:>6,}"
            line += f"{_figure(row, 'precision'):>20}{_figure(row, 'recall'):>20}"
            if theme in overall.index:
                own = overall.loc[theme]
                more = "–" if pd.isna(own["more_checks"]) else f"+{int(own['more_checks']):,}"
                line += f"{own['raw']:>8.1%}  {_share(own):<22}{more:>9}"
            yield line.rstrip()
        for (by, value), rows in self.shares[self.shares["by"] != ALL].groupby(["by", "value"], sort=False):
            first = rows.iloc[0]
            yield ""
            yield f"{by} {value or '(none)'}: {first['paragraphs']:,} paragraphs, {first['checked']:,} checked"
            largest = rows.sort_values("raw", ascending=False, kind="stable")
            for own in largest[largest["raw"] > 0].head(5).to_dict("records"):
                yield f"  {own['theme']:<16}{own['raw']:>7.1%}  {_share(own)}"
        if self.notes:
            yield ""
            yield from (f"note: {note}" for note in self.notes)


def _figure(row: Mapping[Any, Any], name: str) -> str:
    if pd.isna(row[name]):
        return "–"
    return f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"


def _share(row: Mapping[Any, Any] | pd.Series[Any]) -> str:
    return "–" if pd.isna(row["share"]) else f"{row['share']:.1%} [{row['low']:.1%}, {row['high']:.1%}]"


def measure(
    tagged: Any, checked: Any, *, by: str | Sequence[str] = (), cross: bool = False, where: str | None = None,
    document: str | None = None, these_documents: bool = False, prefix: str = "",
) -> Measures:  # fmt: skip
    """Measure the error of tags on a checked sample, and correct shares of themes by it.

    Parameters
    ----------
    tagged : pandas.DataFrame, polars.DataFrame or pyarrow.Table
        What the sample was drawn from: ``id``, ``themes``, and where they are there ``text``, ``kind``, a document.
    checked : the same
        The sample with the coder's ``themes``: a list, or ids joined by ``;``; ``none`` or an empty list for none,
        nothing for a paragraph that was not checked; ``id``, and ``inclusion`` and ``stratum`` as `zhengyu.sample` gave
        them. Without ``inclusion`` a simple random sample is taken for granted.
    by : str or sequence of str
        Columns whose values are groups with shares of their own; each column by itself.
    cross : bool, default=False
        Whether groups are rather the combinations of the values of all these columns, such as ``2024 × 柳河``.
    where : str, optional
        Measure these rows alone; see `zhengyu.findings.where.parse_where`.
    document : str, optional
        Column that names a paragraph's document; the usual one when not given.
    these_documents : bool, default=False
        Whether shares are those of these very documents, rather than of documents like these: intervals then hold the
        error of checking alone.
    prefix : str
        What stands before the names of the columns that tagging added.

    Raises
    ------
    ZhengyuError
        A column is missing, or nothing that was checked is in the table.
    """
    part = frame_part(tagged, "the tagged table")
    condition = parse_where(where) if where is not None else None
    if condition is not None:
        part = chosen(part, condition.mask(part.frame))
    rows = read_checks(frame_part(checked, "the checked sample").frame)
    require_tagged(part.frame.columns, part.name, prefix)
    given = {theme for cell in joined_themes(part.frame[f"{prefix}{THEMES}"]) for theme in cell.split(";")}
    _refuse_two_namings(given, {theme for row in rows[THEMES] if row for theme in row})
    return measure_parts(
        [part], rows, by=[by] if isinstance(by, str) else by, cross=cross, document=document,
        these_documents=these_documents, prefix=prefix, where=condition, themes=load_themes(),
    )  # fmt: skip


def _refuse_two_namings(given: set[str], checked: set[str]) -> None:
    """Refuse ids on one side and Chinese names on the other, which would look like errors of the tags."""
    names = chinese_names(load_themes())
    other = {**names, **{theme: name for name, theme in names.items()}}
    for theme in sorted(checked - given):
        if other.get(theme) in given:
            raise ZhengyuError(
                f"the checked sample calls a theme {theme!r} that the tagged table calls {other[theme]!r}; give both "
                "sides ids or both Chinese names, or use zhengyu measure, which reads either"
            )


def read_checks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a checked sample: ``id``, ``themes`` (tuple, None for unchecked), ``inclusion``, ``stratum``.

    Raises
    ------
    ZhengyuError
        It has no ids or no themes.
    """
    missing = [name for name in ("id", THEMES) if name not in frame.columns]
    if missing:
        raise ZhengyuError(
            f"the checked sample: no column {' and no '.join(map(repr, missing))}; give what zhengyu.sample drew, its "
            "column themes filled in"
        )
    themes: list[tuple[str, ...] | None] = []
    for cell, joined in zip(frame[THEMES], joined_themes(frame[THEMES]), strict=True):
        empty = cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)
        blank = empty or (isinstance(cell, str) and not cell.strip())
        themes.append(None if blank else tuple(joined.split(";")) if joined else ())
    found = pd.DataFrame({"id": as_text(frame["id"]), THEMES: pd.Series(themes, dtype=object)})
    for name in (INCLUSION, STRATUM):
        if name in frame.columns:
            found[name] = frame[name].tolist()
    return found


def measure_parts(
    parts: Sequence[Part] | Iterator[Part], checked: pd.DataFrame, *, by: Sequence[str] = (),
    cross: bool = False, document: str | None = None, these_documents: bool = False, prefix: str = "",
    where: Where | None = None, themes: ThemeSet | None = None,
) -> Measures:  # fmt: skip
    """Measure as `measure` does, on a table that comes part by part and rows as `read_checks` gives them."""
    groups = list(dict.fromkeys(by))
    if cross and len(groups) < 2:
        raise ZhengyuError(
            f"expected two columns or more to cross, got {len(groups)}; name them with --by, each its own"
        )
    population = collect(parts, groups=groups, document=document, ids=set(checked["id"]), prefix=prefix)
    codes = population.documents.codes
    known_themes = {theme.id: theme for theme in themes or ()}
    names = [*sorted({*population.theme_ids(), *(theme for row in checked[THEMES] if row for theme in row)}), NONE]
    checks, drawn, known = _checks(checked, population, names, where)
    given = population.given(names)
    own = given[checks.rows]
    design = Design(
        len(population), len(population.documents.values), population.document_column, drawn, len(checks),
        len(np.unique(codes[checks.rows])), len(np.unique(checks.strata)), known, these_documents, population.models,
        str(where or ""),
    )  # fmt: skip
    quality = _quality(names, own, checks, codes, these_documents=these_documents)
    overall = corrected_shares(given, codes, checks, these_documents=these_documents)
    used = (overall.raw > 0) | checks.truth.any(axis=0)
    sensitivity = _rate(own & checks.truth, checks.truth, checks.weights)
    specificity = _rate(~own & ~checks.truth, ~checks.truth, checks.weights)
    table = _rows(ALL, "", names, overall, used, these_documents, rogan_gladen(overall.raw, sensitivity, specificity))
    grouped = {key: population.groups[key] for key in groups}
    if cross:
        grouped = {CROSS.join(groups): crossed(list(grouped.values()))}
    for key, coded in grouped.items():
        for value, code in sorted(coded.values.items()):
            inside = coded.codes == code
            found = corrected_shares(given, codes, checks, inside=inside, these_documents=these_documents)
            table += _rows(key, value, names, found, used, these_documents)
    shares = pd.DataFrame(table)
    return Measures(
        quality[quality["theme"].isin([*np.array(names)[used], ALL])].reset_index(drop=True), shares, design,
        tuple(_notes(shares, quality, design)), known_themes,
    )  # fmt: skip


def _checks(
    checked: pd.DataFrame, population: Population, names: list[str], where: Where | None
) -> tuple[Checks, int, bool]:
    """Return the checks that lie in the population, how many were drawn, and whether inclusion is known."""
    if checked["id"].duplicated().any():
        twice = checked["id"][checked["id"].duplicated()].iloc[0]
        raise ZhengyuError(f"the checked sample: the id {twice!r} stands twice; keep one coder's rows")
    inside = checked["id"].isin(list(population.found)).to_numpy()
    if not inside.all() and (where is None or not inside.any()):
        lost = checked["id"][~inside]
        raise ZhengyuError(
            f"{len(lost)} of {len(checked)} checked paragraphs are not in the tagged table, such as {lost.iloc[0]!r}; "
            "give the table that the sample was drawn from, under the same name"
        )
    checked = checked[inside]
    done = checked[THEMES].map(lambda cell: cell is not None).to_numpy(bool)
    known = INCLUSION in checked.columns and bool(checked[INCLUSION].notna().all())
    strata = np.zeros(len(checked), dtype=np.int64)
    if known and STRATUM in checked.columns:
        strata = np.unique([str(one) for one in checked[STRATUM]], return_inverse=True)[1].astype(np.int64)
    inclusion = np.full(len(checked), len(checked) / len(population))
    if known:
        inclusion = np.array([_probability(cell) for cell in checked[INCLUSION]])
    drawn = np.bincount(strata, minlength=1)
    finished = np.bincount(strata[done], minlength=len(drawn))
    if done.sum() < 2:
        raise ZhengyuError(
            f"expected at least 2 checked paragraphs, got {int(done.sum())} of {len(checked)}; fill in the column of "
            "themes, none for a paragraph without one"
        )
    # Those not yet checked are as if they had not been drawn: the sample stands in random order.
    weights = (drawn[strata] / np.maximum(finished[strata], 1) / inclusion)[done]
    rows = np.array([population.found[one] for one in checked["id"][done]], dtype=np.int64)
    truth = np.array(
        [[name in cell or (name == NONE and not cell) for name in names] for cell in checked[THEMES][done]]
    )
    return Checks(rows, truth.reshape(-1, len(names)), weights, strata[done]), len(checked), known


def _probability(cell: Any) -> float:
    try:
        found = float(cell)
    except (TypeError, ValueError):
        found = 0.0
    if not 0 < found <= 1:
        raise ZhengyuError(
            f"the checked sample: expected probabilities above 0 and up to 1 in the column inclusion, got {cell!r}; "
            "leave it as zhengyu corpus sample wrote it"
        )
    return found


def _rate(hits: Bools, of: Bools, weights: Floats) -> Floats:
    below = weights @ of
    return np.where(below > 0, weights @ hits / np.where(below > 0, below, 1.0), np.nan)


def _quality(
    names: list[str], given: Bools, checks: Checks, documents: NDArray[np.int32], *, these_documents: bool
) -> pd.DataFrame:
    """Return precision, recall and F1 of each theme, and of all of them but none together."""
    truth = checks.truth

    def with_all(counts: Bools) -> NDArray[np.int64]:
        return np.column_stack([counts, counts[:, :-1].sum(axis=1)]).astype(np.int64)

    both = with_all(given & truth)
    found: dict[str, Any] = {"theme": [*names, ALL]}
    found["given"], found["checked_with"] = with_all(given).sum(axis=0), with_all(truth).sum(axis=0)
    least = np.full(len(names) + 1, np.iinfo(np.int64).max)
    every = np.ones((len(checks), 1), dtype=bool)
    for name, of, able in (("precision", given, given), ("recall", truth, ~given), ("f1", given | truth, ~given)):
        part = ratios(both, with_all(of), np.hstack([able, every]), checks, documents,
                      these_documents=these_documents)  # fmt: skip
        least = np.minimum(least, part.of)
        for end, values in (("", part.value), ("_low", part.low), ("_high", part.high)):
            # F1 rises with the share of agreement among all that either gave: F = 2J / (1 + J).
            found[f"{name}{end}"] = 2 * values / (1 + values) if name == "f1" else values
    found["note"] = [f"few hits ({int(count)})" if count < MIN_HITS else "" for count in least]
    return pd.DataFrame(found)


def _rows(
    by: str,
    value: str,
    names: list[str],
    found: Shares,
    used: Bools,
    these_documents: bool,
    gladen: Floats | None = None,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for k in np.flatnonzero(used):
        note = []
        if found.checked == 0:
            note.append("no checks")
        elif np.isnan(found.share[k]):
            note.append("too few checks")
        else:
            note += [f"few checks ({found.checked})"] if found.checked < MIN_CHECKS else []
            if not these_documents and found.checked_documents < MIN_DOCUMENTS:
                note.append(f"few documents ({found.checked_documents})")
            note += [f"few errors ({found.errors[k]})"] if found.errors[k] < MIN_ERRORS else []
        rows.append(
            {
                "by": by,
                "value": value,
                "theme": names[k],
                "paragraphs": found.paragraphs,
                "documents": found.documents,
                "checked": found.checked,
                "errors": int(found.errors[k]),
                "raw": float(found.raw[k]),
                "share": float(found.share[k]),
                "low": float(found.low[k]),
                "high": float(found.high[k]),
                "rogan_gladen": float("nan" if gladen is None else gladen[k]),
                "more_checks": float(found.more[k]),
                "note": ", ".join(note),
            }
        )
    return rows


def _some(names: list[str]) -> str:
    """Return the first of many names, and how many more there are."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _notes(shares: pd.DataFrame, quality: pd.DataFrame, design: Design) -> Iterator[str]:
    """Yield what the sample cannot tell."""
    if not design.known:
        yield (
            "the sample has no inclusion probabilities: it is taken for a simple random one, and if it is none, "
            "every figure may be wrong; draw one with zhengyu corpus sample"
        )
    if design.checked < design.drawn:
        yield f"{design.checked:,} of {design.drawn:,} drawn were checked; they are taken for a random part of them"
    if not design.document_column:
        yield "no column names documents: every paragraph counts as one of its own, intervals may be too short"
    elif not design.these_documents and design.documents < 2:
        yield "one document alone says nothing of others like it; ask for these documents alone"
    few = quality[(quality["note"] != "") & (quality["theme"] != ALL)]["theme"].tolist()
    if few:
        yield f"precision or recall of fewer than {MIN_HITS} checked paragraphs: {_some(few)}"
    overall = shares[shares["by"] == ALL]
    rare = overall[overall["note"].str.contains("few errors")]["theme"].tolist()
    if rare:
        yield (
            f"fewer than {MIN_ERRORS} errors were found on {_some(rare)}: intervals of their shares hold 95 % or "
            "more, and are wide"
        )
    if design.checked < MIN_CHECKS or (not design.these_documents and design.checked_documents < MIN_DOCUMENTS):
        yield (
            f"{design.checked:,} checks in {design.checked_documents:,} documents are too few for intervals to be sure "
            f"of their 95 %; check at least {MIN_CHECKS} in {MIN_DOCUMENTS} documents"
        )
    for said, words in (("no checks", "no checks in"), ("too few checks", "too few checks to correct shares in"),
                        ("few checks (", f"fewer than {MIN_CHECKS} checks in"),
                        ("few documents (", f"checks in fewer than {MIN_DOCUMENTS} documents in")):  # fmt: skip
        marked = np.array([any(one.startswith(said) for one in str(note).split(", ")) for note in shares["note"]])
        rows = shares[shares["by"].ne(ALL) & marked]
        groups = [f"{by} {value or '(none)'}" for by, value in rows[["by", "value"]].drop_duplicates().to_numpy()]
        if groups:
            end = ", whose intervals may not hold their 95 %" if said.endswith("(") else ""
            yield f"{words} {_some(groups)}{end}"
