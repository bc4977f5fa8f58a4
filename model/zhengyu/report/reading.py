"""Tagged tables in, batch by batch: of a million rows only codes stay in memory, and a few paragraphs of each theme."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.io.blocks import to_frame
from zhengyu.io.formats import BY_ENDING, endings
from zhengyu.io.inputs import Input, find_inputs
from zhengyu.io.layout import TableOptions
from zhengyu.io.limits import listed
from zhengyu.io.open_table import open_table
from zhengyu.io.sandbox.parent import rows_apart
from zhengyu.io.tables import NO_TEXT, find_text_column
from zhengyu.report.languages import languages
from zhengyu_corpus.columns import TAG_COLUMNS, first_of
from zhengyu_corpus.errors import ZhengyuError

#: Roles of the columns that a report draws; documents are told apart by a title where nothing else names them.
ROLES = ("time", "place", "document")
_CALLED = {"time": ("time",), "place": ("place",), "document": ("doc", "title")}
_YEAR = r"((?:19|20)\d\d)"
#: Paragraphs kept of each theme to choose the most typical from, and how long these may be.
CANDIDATES, SHORTEST, LONGEST = 40, 30, 400


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a report is drawn from.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a paragraph: ``themes`` (joined by ``;``), the flags ``uncertain``, ``furniture``, ``empty`` and
        ``replaced``, the place of ``language`` in `zhengyu.report.languages.LANGUAGES`, and where the tables have them
        ``time`` (year as text), ``place``, ``document``, and ``id`` if it was asked for. Texts are not kept.
    candidates : pandas.DataFrame
        ``theme`` and ``text`` of paragraphs with this theme alone, at most `CANDIDATES` of each.
    named : dict of str to str
        ``time``, ``place`` and ``document`` to the column that was taken for it.
    """

    rows: pd.DataFrame
    candidates: pd.DataFrame
    named: dict[str, str]


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
    paths: Sequence[Path], *, prefix: str = "", time: str | None = None, place: str | None = None,
    document: str | None = None, ids: bool = False, options: TableOptions | None = None,
) -> Tagged:  # fmt: skip
    """Read tagged tables.

    Raises
    ------
    ZhengyuError
        A file cannot be read, was not tagged, or lacks a column that was named.
    """
    wanted = {"time": time, "place": place, "document": document}
    coded = {name: _Coded() for name in ("themes", *wanted)}
    flags: list[pd.DataFrame] = []
    names: list[pa.Array] = []
    named: dict[str, str] = {}
    kept = pd.DataFrame({"theme": [], "text": [], "order": []})
    for source in _sources(paths):
        found: dict[str, str] = {}
        seen = 0
        for batch in _batches(source, prefix, ids=ids, options=options):
            if not found:
                found = _roles(batch, source.name, prefix, wanted)
                named |= {role: found[role] for role in wanted if role in found}
            text = batch[found["text"]].fillna("").astype(str)
            themes = _joined(batch[f"{prefix}themes"])
            coded["themes"].add(themes)
            for role in wanted:
                values = batch[found[role]].astype("string").fillna("") if role in found else None
                if role == "time" and values is not None:
                    values = values.str.extract(_YEAR, expand=False).fillna("")
                coded[role].add(pd.Series([""] * len(batch)) if values is None else values.astype(str))
            facts = _facts(batch, text, prefix)
            flags.append(facts)
            if ids:
                # A table without ids is known by its row numbers; see `match_ids`.
                numbers = [f"#{number}" for number in range(seen + 1, seen + len(batch) + 1)]
                names.append(pa.array(batch["id"].astype(str).tolist() if "id" in batch.columns else numbers))
            seen += len(batch)
            single = themes.ne("") & ~themes.str.contains(";", regex=False) & ~facts["furniture"].to_numpy()
            kept = _more(kept, themes[single], text[single])
    rows = pd.concat(flags, ignore_index=True)
    for name, column in coded.items():
        if name == "themes" or name in named:
            rows[name] = column.column()
    if ids:
        rows["id"] = pd.array(pa.chunked_array(names).combine_chunks(), dtype="string[pyarrow]")
    return Tagged(rows, kept[["theme", "text"]], named)


def _sources(paths: Sequence[Path]) -> list[Input]:
    sources = find_inputs([str(path) for path in paths])
    for source in sources:
        if BY_ENDING[source.ending].kind != "table":
            raise ZhengyuError(f"{source.name}: expected a tagged table that ends in {', '.join(endings('table'))}")
    return sources


def _roles(batch: pd.DataFrame, name: str, prefix: str, wanted: dict[str, str | None]) -> dict[str, str]:
    """Return the columns of the text and of each role."""
    if f"{prefix}themes" not in batch.columns:
        raise ZhengyuError(
            f"{name}: expected a column {prefix + 'themes'!r}, its columns are {listed(batch.columns)}; "
            "tag it first with zhengyu tag, or name its --prefix"
        )
    added = {f"{prefix}{column}" for column in TAG_COLUMNS}
    rest = batch[[column for column in batch.columns if column not in added]]
    found = {"text": find_text_column({str(column): values for column, values in rest.items()}, name)}
    columns = [str(column) for column in rest.columns]
    for role, column in wanted.items():
        if column is not None and column not in columns:
            raise ZhengyuError(f"{name}: no column {column!r}; its columns are {listed(columns)}")
        chosen = column or next((usual for called in _CALLED[role] if (usual := first_of(columns, called))), None)
        if chosen is not None:
            found[role] = chosen
    return found


def _facts(batch: pd.DataFrame, text: pd.Series[Any], prefix: str) -> pd.DataFrame:
    uncertain = f"{prefix}uncertain"
    doubtful = _joined(batch[uncertain]).ne("").to_numpy() if uncertain in batch.columns else False
    furniture = batch["kind"].eq("furniture").fillna(False).to_numpy(bool) if "kind" in batch.columns else False
    return pd.DataFrame(
        {
            "uncertain": np.broadcast_to(doubtful, len(batch)),
            "furniture": np.broadcast_to(furniture, len(batch)),
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


def _batches(
    source: Input, prefix: str = "", *, ids: bool = True, options: TableOptions | None = None, text: bool = True
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table; of a wide Parquet file the probabilities are not read."""

    def needless(name: str) -> bool:
        return name.startswith(f"{prefix}p_") or (name == "id" and not ids)

    try:
        with source.open() as stream:
            found = open_table(source, stream, options, None if text else NO_TEXT, sheet=rows_apart, leave_out=needless)
            for block in found.blocks:
                if block.aside:
                    first = block.aside[0]
                    raise ZhengyuError(
                        f"{source.name}:{first.line}: a row cannot be read ({first.reason}); shares of the rest would "
                        "be wrong: repair the table, or write it anew with zhengyu tag"
                    )
                if len(block.rows):
                    yield to_frame([block.rows])
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ZhengyuError(
            f"{source.name}: cannot be read as a tagged table: {error}; write it anew with zhengyu tag"
        ) from error


def read_slogans(path: Path) -> pd.DataFrame:
    """Read the slogans that ``zhengyu tag --slogans`` wrote: ``id``, ``surface``, ``normal``, ``type``, ``known``.

    Raises
    ------
    ZhengyuError
        The file cannot be read or lacks one of these columns.
    """
    needed = ("id", "surface", "normal", "type", "known")
    parts: list[pd.DataFrame] = []
    for batch in _batches(_sources([path])[0], text=False):
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


def read_aside(paths: Sequence[Path]) -> pd.DataFrame:
    """Read the rows that ``zhengyu tag`` set aside beside the tables: ``file``, ``reason``, ``n``, most first."""
    parts = [pd.DataFrame({"file": [], "reason": []}, dtype=object)]
    for path in paths:
        aside = path.with_name(f"{path.name}.set-aside.csv")
        if aside.exists():
            parts.extend(batch[["file", "reason"]] for batch in _batches(_sources([aside])[0], text=False))
    found = pd.concat(parts, ignore_index=True).astype(str)
    return found.groupby(["file", "reason"]).size().rename("n").reset_index().sort_values("n", ascending=False)


def read_run(path: Path) -> dict[str, str]:
    """Read what ``zhengyu tag --json`` printed and return each input file's encoding.

    Raises
    ------
    ZhengyuError
        The file holds something else.
    """
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        return {str(name): str(code) for name, code in found["encodings"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ZhengyuError(
            f"{path}: expected what zhengyu tag --json printed, with its encodings: {error}; save that output anew"
        ) from error
