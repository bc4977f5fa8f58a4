"""Tagged tables in, batch by batch: of a million rows only codes stay in memory, and a few paragraphs of each theme."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.blocks import to_frame
from zhengyu.io.columns import FACTS_FROM, MODEL, PROBABILITY
from zhengyu.io.inputs import PathOrUrl, local_paths
from zhengyu.io.layout import TableOptions
from zhengyu.io.tables import NO_TEXT
from zhengyu.io.tagged_tables import RowCondition, find_tables, table_blocks, tagged_blocks, tagged_roles
from zhengyu.report.languages import languages
from zhengyu_corpus.columns import first_of
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.facts import FIELDS
from zhengyu_corpus.themes import ThemeSet

_YEAR = r"((?:19|20)\d\d)"
#: Paragraphs kept of each theme to choose the most typical from, and how long these may be.
CANDIDATES, SHORTEST, LONGEST = 40, 30, 400


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a report is drawn from.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a paragraph: ``themes`` (joined by ``;``), the flags ``uncertain``, ``furniture``, ``heading``,
        ``empty`` and ``replaced``, the place of ``language`` in `zhengyu.report.languages.LANGUAGES`, and where the
        tables have them ``time`` (year as text), ``place``, ``document``, and ``id`` if it was asked for. Texts are not
        kept.
    candidates : pandas.DataFrame
        ``theme`` and ``text`` of paragraphs with this theme alone, at most `CANDIDATES` of each.
    named : dict of str to str
        ``time``, ``place`` and ``document`` to the column that was taken for it.
    models : tuple of str
        Versions of the models that tagged them.
    """

    rows: pd.DataFrame
    candidates: pd.DataFrame
    named: dict[str, str]
    models: tuple[str, ...]


@dataclass(slots=True)
class _Coded:
    """A column of few values as numbers, grown batch by batch."""

    values: dict[str, int] = field(default_factory=dict)
    parts: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, column: pd.Series[Any]) -> None:
        codes, unique = pd.factorize(column)
        places = [self.values.setdefault(str(value), len(self.values)) for value in unique]
        self.parts.append(np.array(places, dtype=np.int32)[codes] if places else np.empty(0, np.int32))

    def column(self) -> pd.Categorical:
        codes = np.concatenate(self.parts) if self.parts else np.empty(0, np.int32)
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self.values), dtype=object))


def read_tagged(
    paths: Sequence[PathOrUrl], *, prefix: str = "", time: str | None = None, place: str | None = None,
    document: str | None = None, ids: bool = False, options: TableOptions | None = None,
    where: RowCondition | None = None, codes: ThemeSet | None = None,
) -> Tagged:  # fmt: skip
    """Read tagged tables, the rows that fulfil a condition where one is given; Chinese names of `codes` as their ids.

    Raises
    ------
    ZhengyuError
        A file cannot be read, was not tagged, lacks a column that was named, or no row fulfils the condition.
    """
    wanted = {"time": time, "place": place, "document": document}
    coded = {name: _Coded() for name in ("themes", *wanted)}
    flags: list[pd.DataFrame] = []
    names: list[pa.Array] = []
    named: dict[str, str] = {}
    models: dict[str, None] = {}
    kept = pd.DataFrame({"theme": [], "text": [], "order": []})
    found: dict[str, str] = {}
    source = ""

    def needless(name: str) -> bool:
        """Tell which columns of a wide Parquet file are not read."""
        return name.startswith(f"{prefix}{PROBABILITY}") or (name == "id" and not ids)

    for block in tagged_blocks(paths, prefix=prefix, where=where, options=options, leave_out=needless, themes=codes):
        batch = block.frame()
        if FACTS_FROM in batch.columns:
            batch = _grouped_by_facts(batch, wanted)
        if ids:
            # A table without ids is known by its row numbers; see `match_ids`.
            own = "id" in batch.columns
            names.append(block.ids if own else pa.array([f"#{number}" for number in block.numbers], pa.string()))
        if block.source != source:
            source, found = block.source, tagged_roles(batch, block.source, prefix, wanted)
            named |= {role: found[role] for role in wanted if role in found}
        text = pd.Series(block.texts.to_pylist(), dtype=object)
        themes = _joined(batch[f"{prefix}themes"])
        coded["themes"].add(themes)
        if f"{prefix}{MODEL}" in batch.columns:
            models.update(dict.fromkeys(map(str, batch[f"{prefix}{MODEL}"].dropna().unique())))
        for role in wanted:
            values = batch[found[role]].astype("string").fillna("") if role in found else None
            if role == "time" and values is not None:
                values = values.str.extract(_YEAR, expand=False).fillna("")
            coded[role].add(pd.Series([""] * len(batch)) if values is None else values.astype(str))
        facts = _facts(batch, text, prefix)
        flags.append(facts)
        single = themes.ne("") & ~themes.str.contains(";", regex=False)
        single &= ~(facts["furniture"] | facts["heading"]).to_numpy()
        kept = _more(kept, themes[single], text[single])
    if not flags:
        raise ZhengyuError(f"{', '.join(map(str, paths))}: no row" + (f" fulfils {where}" if where else ""))
    rows = pd.concat(flags, ignore_index=True)
    for name, column in coded.items():
        if name == "themes" or name in named:
            rows[name] = column.column()
    if ids:
        rows["id"] = pd.array(pa.chunked_array(names).combine_chunks(), dtype="string[pyarrow]")
    return Tagged(rows, kept[["theme", "text"]], named, tuple(models))


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return names of documents without the folders that all of them stand in, and without a common ending.

    Examples
    --------
    >>> short_names(["in/a/one.docx", "in/b/two.docx"])
    {'in/a/one.docx': 'a/one', 'in/b/two.docx': 'b/two'}
    """
    levels = zip(*(name.split("/")[:-1] for name in names), strict=False)
    start = sum(len(level[0]) + 1 for level in takewhile(lambda level: len(set(level)) == 1, levels))
    endings = {PurePosixPath(name).suffix for name in names}
    end = endings.pop() if len(endings) == 1 else ""
    return {name: name[start:].removesuffix(end) for name in names}


def rolled_up(tagged: Tagged, themes: ThemeSet) -> Tagged:
    """Return tagged rows with every theme brought to what it is rolled up to; see `ThemeSet.root`."""
    column = tagged.rows["themes"].cat
    parts = [str(joined).split(";") for joined in column.categories]
    joined = np.array([";".join(dict.fromkeys(themes.root(theme) for theme in one)) for one in parts], dtype=object)
    rows = tagged.rows.assign(themes=pd.Categorical(joined[column.codes]))
    candidates = tagged.candidates.assign(theme=[themes.root(str(theme)) for theme in tagged.candidates["theme"]])
    return replace(tagged, rows=rows, candidates=candidates)


def _grouped_by_facts(batch: pd.DataFrame, wanted: dict[str, str | None]) -> pd.DataFrame:
    """Put the facts of documents into columns that groups are made by, where no column is named for these.

    A place is the county with its city, or the smallest that is known; news, which has no day of issue, is dated by its
    publication.
    """
    made: dict[str, pd.Series[Any]] = {}
    if wanted["time"] is None:
        made["date"] = batch["date"].where(batch["date"].fillna("").ne(""), batch["published"])
    if wanted["place"] is None and first_of([name for name in batch.columns if name not in FIELDS], "place") is None:
        province, city, county = (batch[name].fillna("").astype(str) for name in ("province", "city", "county"))
        above = city.where(city.ne(""), province)
        made["place"] = above.where(county.eq(""), above + county)
    return batch.assign(**made)


def _facts(batch: pd.DataFrame, text: pd.Series[Any], prefix: str) -> pd.DataFrame:
    uncertain = f"{prefix}uncertain"
    doubtful = _joined(batch[uncertain]).ne("").to_numpy() if uncertain in batch.columns else False

    def of_kind(name: str) -> Any:
        return batch["kind"].eq(name).fillna(False).to_numpy(bool) if "kind" in batch.columns else False

    return pd.DataFrame(
        {
            "uncertain": np.broadcast_to(doubtful, len(batch)),
            "furniture": np.broadcast_to(of_kind("furniture"), len(batch)),
            "heading": np.broadcast_to(of_kind("heading"), len(batch)),
            "empty": text.str.strip().eq("").to_numpy(bool),
            "replaced": text.str.contains("\ufffd", regex=False).to_numpy(bool),
            "language": languages(text.tolist()),
        }
    )


def _more(kept: pd.DataFrame, themes: pd.Series[Any], text: pd.Series[Any]) -> pd.DataFrame:
    """Return an even sample of each theme's paragraphs: those whose hash is lowest, wherever they stand."""
    fits = text.str.len().between(SHORTEST, LONGEST)
    new = pd.DataFrame({"theme": themes[fits].astype(object), "text": text[fits].astype(object)})
    new["order"] = pd.util.hash_array(new["text"].to_numpy(), categorize=False)
    both = pd.concat([kept, new], ignore_index=True) if len(kept) else new
    return both.drop_duplicates(["theme", "text"]).sort_values("order").groupby("theme").head(CANDIDATES)


def _joined(column: pd.Series[Any]) -> pd.Series[Any]:
    values = [value if isinstance(value, str) else ";".join(value) if _is_list(value) else "" for value in column]
    return pd.Series(values, index=column.index, dtype=object)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray"


def _frames(path: PathOrUrl) -> Iterator[pd.DataFrame]:
    """Yield the rows of tables that stand beside tagged ones."""
    for source in find_tables([path]):
        for block in table_blocks(source, text_column=NO_TEXT):
            yield to_frame([block.rows])


def read_slogans(path: PathOrUrl) -> pd.DataFrame:
    """Read the slogans that ``zhengyu tag --slogans`` wrote: ``id``, ``surface``, ``normal``, ``type``, ``known``.

    Raises
    ------
    ZhengyuError
        The file cannot be read or lacks one of these columns.
    """
    needed = ("id", "surface", "normal", "type", "known")
    parts: list[pd.DataFrame] = []
    for batch in _frames(path):
        missing = [column for column in needed if column not in batch.columns]
        if missing:
            raise ZhengyuError(
                f"{path}: expected the slogans that zhengyu tag --slogans writes, it has no column {', '.join(missing)}"
            )
        known = batch["known"].map(lambda value: str(value).strip().lower() in ("true", "1")).astype(bool)
        parts.append(batch[list(needed[:-1])].astype(str).assign(known=known))
    if not parts:
        raise ZhengyuError(f"{path}: expected slogans, the file has no rows; leave --slogans out")
    return pd.concat(parts, ignore_index=True)


def match_ids(slogans: pd.DataFrame, ids: pd.Series[Any], aside: int) -> pd.DataFrame:
    """Return slogans with the ids of the paragraphs; of tables without ids, ``FILE#ROW`` is brought to ``#ROW``.

    Raises
    ------
    ZhengyuError
        The table has no ids and its rows cannot be told by their numbers: some were set aside, or there are several
        files.
    """
    if slogans.empty or not str(ids.iloc[0]).startswith("#"):
        return slogans
    parts = slogans["id"].str.rsplit("#", n=1, expand=True)
    if aside or parts[0].nunique() > 1 or ids.duplicated().any():
        raise ZhengyuError(
            "--slogans: expected paragraphs with an id, the table has no column 'id', and row numbers do not tell them "
            "apart (rows were set aside, or there are several files); add a column 'id' and tag anew"
        )
    return slogans.assign(id="#" + parts[1])


def read_aside(paths: Sequence[PathOrUrl]) -> pd.DataFrame:
    """Read the rows that ``zhengyu tag`` set aside beside the tables: ``file``, ``reason``, ``n``, most first."""
    parts = [pd.DataFrame({"file": [], "reason": []}, dtype=object)]
    for path in local_paths(paths):
        aside = path.with_name(f"{path.name}.set-aside.csv")
        if aside.exists():
            parts.extend(batch[["file", "reason"]] for batch in _frames(aside))
    found = pd.concat(parts, ignore_index=True).astype(str)
    return found.groupby(["file", "reason"]).size().rename("n").reset_index().sort_values("n", ascending=False)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run told: each input file's encoding, and how many paragraphs are unlike the corpus, where it can tell."""

    encodings: dict[str, str] = field(default_factory=dict)
    unlike: int | None = None


def read_run(path: Path) -> RunFacts:
    """Read what ``zhengyu tag --json`` printed.

    Raises
    ------
    ZhengyuError
        The file holds something else.
    """
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        unlike = found.get("unlike")
        return RunFacts(
            {str(name): str(code) for name, code in found["encodings"].items()}, None if unlike is None else int(unlike)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ZhengyuError(
            f"{path}: expected what zhengyu tag --json printed, with its encodings: {error}; save that output anew"
        ) from error
