"""Slogans of whole files: a table of paragraphs in, counts out, for the command line and for scripts."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zhengyu.findings.spread import CENTRE, Spread, spread
from zhengyu.io.formats import BY_ENDING, ending_of, endings
from zhengyu.io.inputs import PathOrUrl, find_inputs, local_paths
from zhengyu.io.layout import TableOptions
from zhengyu.io.read_table import read_table
from zhengyu.io.tables import NO_TEXT
from zhengyu.io.tagged_tables import RowCondition
from zhengyu.io.writers import check_output, write_table
from zhengyu.slogans.counting import Counting, count_slogans, families, group_columns
from zhengyu.slogans.ranking import newest_first, signs_of
from zhengyu.slogans.storage import lexicon_csv
from zhengyu_corpus.atomic import refuse_same, write_whole
from zhengyu_corpus.errors import Problem, ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan, check_lexicon, load_lexicon, parse_lexicon, slogan_key
from zhengyu_corpus.themes import ThemeSet

if TYPE_CHECKING:
    from zhengyu.tagger import Tagger


def count_file(
    paragraphs: PathOrUrl | Sequence[PathOrUrl],
    how: Counting,
    *,
    slogans: PathOrUrl | Sequence[PathOrUrl] = (),
    tagger: Tagger | None = None,
    id_column: str | None = None,
    text_column: str | None = None,
    new: bool = False,
    family: bool = False,
    output: Path | None = None,
    options: TableOptions | None = None,
    where: RowCondition | None = None,
) -> pd.DataFrame:
    """Count the slogans of tables of paragraphs.

    Parameters
    ----------
    paragraphs : Path or str, or sequence of them
        CSV, TSV, JSONL, Parquet or XLSX, here or by the URL of a store: one row a paragraph; several are one, and
        their ids must differ.
    how : Counting
        What to count by.
    slogans : Path or str, or sequence of them, optional
        What `zhengyu tag --slogans` found in them; looked for with `tagger` when not given.
    tagger : Tagger, optional
        Finds the slogans when no file of them is given.
    id_column : str, optional
        Column that names a paragraph; ``id``, or the 1-based row number when there is none.
    text_column : str, optional
        Column that holds the paragraphs; found when not given.
    new : bool, default=False
        Keep only new coinages, in the group where they first appear, the likeliest and widest first, with an empty
        column ``accept`` in the output; see `zhengyu.slogans.ranking.newest_first`. Slogans need a column ``start``.
    family : bool, default=False
        Group wordings around one slogan instead; see `zhengyu.slogans.counting.families`. Needs `tagger`.
    output : Path, optional
        Where the counts go too.
    options : TableOptions, optional
        Encoding and layout of the table of paragraphs; found where it does not say.
    where : RowCondition, optional
        Chooses paragraphs, and their slogans along.

    Returns
    -------
    pandas.DataFrame
        As `zhengyu.slogans.counting.count_slogans` or `families` gives it.

    Raises
    ------
    ZhengyuError
        A file cannot be used, or a column is missing.
    """
    tables, side = _paths(paragraphs), _paths(slogans)
    sources = [*local_paths([*tables, *side]), *(tagger.files if tagger is not None else ())]
    if output is not None:
        check_output(output)
        refuse_same(output, sources)
    rows, texts, found = _read(tables, side, tagger, id_column, text_column, options, where)
    by_id = dict(zip(rows["id"].astype(str), texts, strict=True))
    if family:
        if tagger is None:
            raise ZhengyuError("expected a tagger, whose lexicon says what a family is built around; give one")
        counts = families(found, by_id, tagger.finder.known, _dates(rows, how.date))
    else:
        counts = count_slogans(rows, found, how)
        if new:
            signs = signs_of(found, by_id, word_frequencies())
            counts = newest_first(counts, signs).drop(columns="new")
    if output is not None:
        write_table(counts.assign(accept="") if new and not family else counts, output, sources)
    return counts


def spread_file(
    paragraphs: PathOrUrl | Sequence[PathOrUrl],
    how: Counting,
    *,
    level: str = "",
    centre: Collection[str] = CENTRE,
    slogans: PathOrUrl | Sequence[PathOrUrl] = (),
    tagger: Tagger,
    id_column: str | None = None,
    text_column: str | None = None,
    options: TableOptions | None = None,
    where: RowCondition | None = None,
) -> Spread:
    """Follow the slogans of tables of paragraphs from place to place; see `zhengyu.findings.spread.spread`.

    Parameters
    ----------
    paragraphs, slogans, id_column, text_column, options, where
        As in `count_file`.
    how : Counting
        Its columns of dates and of places.
    level : str
        Column of levels; ``""`` when there is none.
    centre : collection of str
        What the centre is called in the column of levels or of places.
    tagger : Tagger
        Its lexicon tells when a slogan was first used at the centre; it finds the slogans where no file is given.

    Raises
    ------
    ZhengyuError
        A file cannot be used, or no column of dates or of places is named.
    """
    if not (how.date and how.place):
        raise ZhengyuError("--spread: expected the columns of dates and of places; name them with --date and --place")
    rows, _, found = _read(_paths(paragraphs), _paths(slogans), tagger, id_column, text_column, options, where)
    known = tagger.finder.known if tagger.finds_slogans else None
    return spread(rows, found, date=how.date, place=how.place, level=level, centre=centre, known=known)


def shown_spread(found: Spread, top: int) -> Iterator[str]:
    """Yield the widest slogans as lines for people, each with its places in the order in which they took it up."""
    for row in found.slogans.head(top).to_dict("records"):
        lag = row["lag_days"], row["lag_years"]
        behind = f"{lag[0]:.0f} days" if pd.notna(lag[0]) else f"{lag[1]:.0f} years" if pd.notna(lag[1]) else ""
        centre = f"  centre {row['centre_first']} ({row['centre_from']})" if row["centre_from"] else ""
        median = f", lag of its places {behind} (median)" if behind else ""
        yield (
            f"{row['normal']}  {row['places']} of {row['of_places']} places ({row['share']:.0%})  "
            f"first {row['first']} in {row['first_place']}{centre}{median}"
        )
        own = found.first[found.first["normal"] == row["normal"]]
        yield "  " + "  ".join(
            f"{' '.join(filter(None, (one['level'], one['place'])))} {one['first']}" for one in own.to_dict("records")
        )
    if len(found.slogans) > top:
        yield f"… and {len(found.slogans) - top} more slogans; --top N shows N of them, -o FILE all"


def _paths(paths: PathOrUrl | Sequence[PathOrUrl]) -> list[PathOrUrl]:
    return [paths] if isinstance(paths, (Path, str)) else list(paths)


def _read(
    tables: Sequence[PathOrUrl], side: Sequence[PathOrUrl], tagger: Tagger | None, id_column: str | None,
    text_column: str | None, options: TableOptions | None, where: RowCondition | None,
) -> tuple[pd.DataFrame, list[str], pd.DataFrame]:  # fmt: skip
    """Return the rows of tables as one, their texts, and their slogans, read or looked for."""
    rows, texts, named = _paragraphs(tables, id_column, text_column, options, where)
    if side:
        found = pd.concat([_found(path) for path in side], ignore_index=True)
        if len(tables) == 1 and not named:
            found = _by_number(found, tables[0])
        if where is not None:
            found = found[found["id"].astype(str).isin(rows["id"].astype(str))]
    elif tagger is not None:
        found = tagger.slogans(texts)
        found["id"] = rows["id"].to_numpy()[found["row"].to_numpy(dtype=int)]
    else:
        raise ZhengyuError("expected a file of slogans or a tagger to find them, got neither")
    return rows, texts, found


def _paragraphs(
    paths: Sequence[PathOrUrl], id_column: str | None, text_column: str | None, options: TableOptions | None,
    where: RowCondition | None,
) -> tuple[pd.DataFrame, list[str], bool]:  # fmt: skip
    """Return the rows of tables as one, with a column ``id``, their texts, and whether they have ids of their own."""
    parts: list[pd.DataFrame] = []
    texts: list[str] = []
    named = True
    for path in paths:
        rows, own = _table(path, text_column, options)
        if id_column and id_column not in rows.columns:
            raise ZhengyuError(
                f"{path}: no column {id_column!r}; there are {', '.join(map(str, rows.columns))}; name one"
            )
        if id_column:
            rows = rows.rename(columns={id_column: "id"})
        if "id" not in rows.columns:
            named = False
            before = f"{path}#" if len(paths) > 1 else ""
            rows = rows.assign(id=[f"{before}{number}" for number in range(1, len(rows) + 1)])
        if where is not None:
            mask = where.mask(rows, str(path))
            rows, own = rows[mask], [text for text, kept in zip(own, mask, strict=True) if kept]
        parts.append(rows)
        texts += own
    if not texts and where is not None:
        raise ZhengyuError(f"{', '.join(map(str, paths))}: no row fulfils {where}")
    return pd.concat(parts, ignore_index=True), texts, named


def _by_number(found: pd.DataFrame, table: PathOrUrl) -> pd.DataFrame:
    """Return slogans by the row numbers of a table without ids, which tagging calls ``FILE#ROW``.

    Raises
    ------
    ZhengyuError
        They are not of one file, or not named so.
    """
    parts = found["id"].astype(str).str.extract(r"^(?:(.*)#)?(\d+)$")
    if parts[1].isna().any() or parts[0].nunique(dropna=False) > 1:
        raise ZhengyuError(
            f"{table}: expected a column 'id', for the slogans name paragraphs such as {found['id'].iloc[0]!r}; give "
            "the table that zhengyu tag wrote beside them, or name the column with --id"
        )
    return found.assign(id=parts[1])


def _found(path: PathOrUrl) -> pd.DataFrame:
    """Return what ``zhengyu tag --slogans`` wrote."""
    found, _ = _table(path, NO_TEXT, None)
    if "known" not in found:
        raise ZhengyuError(f"{path}: expected what zhengyu tag --slogans wrote, it has no column 'known'")
    found["known"] = [value is True or str(value).lower() == "true" for value in found["known"]]
    return found


def _dates(rows: pd.DataFrame, date: str) -> dict[str, str]:
    if date and date not in rows.columns:
        raise ZhengyuError(f"no column {date!r}; there are {', '.join(map(str, rows.columns))}; name one")
    if not date:
        return {}
    return {str(i): str(day) for i, day in zip(rows["id"], rows[date], strict=True) if pd.notna(day)}


#: What in the column ``accept`` refuses a row; anything else but blanks accepts it.
REFUSALS = frozenset({"no", "n", "false", "0", "0.0", "否", "不", "nan", "none", "×", "x"})


def accept(path: Path, output: Path, *, themes: ThemeSet) -> tuple[KnownSlogan, ...]:
    """Turn the accepted rows of a list of new slogans into a lexicon.

    Parameters
    ----------
    path : Path
        What ``zhengyu slogans --new -o`` wrote, its column ``accept`` filled in.
    output : Path
        Where the lexicon goes: CSV that ``--lexicon`` reads.
    themes : ThemeSet
        The themes that a column ``themes`` may name, where the list has been given one.

    Returns
    -------
    tuple of KnownSlogan
        The entries, in the order of the list.

    Raises
    ------
    ZhengyuError
        No column ``accept``, nothing accepted, or a row that makes no entry.
    """
    if ending_of(output.name) != (".csv", None):
        raise ZhengyuError(f"{output}: expected a name that ends in .csv, for that is what --lexicon reads; name one")
    check_output(output)
    refuse_same(output, [path])
    rows, _ = _table(path, NO_TEXT, None)
    missing = [name for name in ("accept", "normal", "type", "surfaces") if name not in rows.columns]
    if missing:
        raise ZhengyuError(
            f"{path}: no column {', '.join(missing)}; give what zhengyu slogans --new -o wrote, accept filled in"
        )
    said = ["" if pd.isna(value) else str(value).strip().lower() for value in rows["accept"]]
    chosen = rows[[bool(word) and word not in REFUSALS for word in said]]
    if chosen.empty:
        raise ZhengyuError(f"{path}: no row is accepted; write yes into the column accept of those that are slogans")
    entries = [_entry(row) for row in chosen.to_dict("records")]
    data = lexicon_csv(entries).encode()
    checked = parse_lexicon(data, themes, where=str(path), own=True)
    write_whole(output, data)
    return checked


def _entry(row: Mapping[Hashable, Any]) -> KnownSlogan:
    normal = _cell(row, "normal")
    others = [form for form in _cell(row, "surfaces").split("|") if form and slogan_key(form) != slogan_key(normal)]
    distinct = {slogan_key(form): form for form in others}
    first = _cell(row, "first")[:4]
    return KnownSlogan(
        normal, tuple(distinct.values()), _cell(row, "type"),
        tuple(part for part in re.split(r"[|;]", _cell(row, "themes")) if part),
        "local", first if re.fullmatch(r"(?:1[89]|20)\d\d", first) else "",
        None if pd.isna(row.get("documents")) else int(row["documents"]),
    )  # fmt: skip


def _cell(row: Mapping[Hashable, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or pd.isna(value) else str(value).strip()


def word_frequencies() -> dict[str, int]:
    """Return the words of jieba's dictionary and how frequent each is."""
    with files("jieba").joinpath("dict.txt").open("r", encoding="utf-8") as lines:
        return {word: int(count) for word, count, _ in (line.split() for line in lines)}


def check_file(path: Path | None, themes: ThemeSet) -> list[Problem]:
    """Check a lexicon, the built-in one when `path` is None: what would find plain prose or give a slogan two names.

    Raises
    ------
    CorpusError
        A row cannot be read; every one is listed.
    """
    return check_lexicon(load_lexicon(path, themes), word_frequencies(), where=str(path or "the built-in lexicon"))


def _table(path: PathOrUrl, text_column: str | None, options: TableOptions | None) -> tuple[pd.DataFrame, list[str]]:
    """Read a whole table; return its rows and their texts."""
    sources = find_inputs([str(path)], "csv")
    if len(sources) != 1 or BY_ENDING[sources[0].ending].kind != "table":
        raise ZhengyuError(f"{path}: expected one table ({', '.join(endings('table'))}); name it")
    with sources[0].open() as stream:
        rows, texts, aside, _ = read_table(sources[0], stream, text_column, options)
    if aside:
        raise ZhengyuError(
            f"{path}: a row cannot be read (line {aside[0].line}: {aside[0].reason}); "
            "shares of the rest would be wrong: repair the file"
        )
    return rows, texts


def shown_families(families: pd.DataFrame, top: int) -> Iterator[str]:
    """Yield the first `top` families as lines for people, each wording with its first and last appearance."""
    for name, rows in list(families.groupby("family", sort=False))[:top]:
        yield str(name)
        for row in rows.itertuples():
            dated = f"  {row.first} to {row.last}" if isinstance(row.first, str) else ""
            yield f"  {row.count:>6}  {row.wording}{dated}"


def shown(counts: pd.DataFrame, by: Sequence[str], top: int) -> Iterator[str]:
    """Yield the first `top` rows of each group as lines for people."""
    columns = group_columns(by)
    groups = counts.groupby(columns, sort=False) if by else [((), counts)]
    for name, rows in groups:
        if by:
            yield "  ".join(f"{column} {value or '(none)'}" for column, value in zip(columns, name, strict=True))
        for row in rows.head(top).itertuples():
            first = f"  since {row.first}" if isinstance(row.first, str) else ""
            where = "" if row.known else f"  in {str(row.where).replace('|', ', ')}"
            yield (
                f"{row.heat}  {row.paragraphs:>6} of {row.of_paragraphs}  "
                f"{row.per_10k:8.1f} [{row.low:.1f}, {row.high:.1f}] per 10,000  {row.normal}  ({row.type}"
                f"{'' if row.known else ', new'}){first}{where}"
            )
