"""Tagged tables in: the few columns that a report needs, as one frame, whatever format they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from zhengyu.batch.inputs import Input
from zhengyu.batch.opening import read_table
from zhengyu.batch.tables import find_text_column
from zhengyu_corpus.errors import ZhengyuError

ENDINGS = (".csv", ".jsonl", ".parquet", ".xlsx")
TIME_NAMES = ("date", "year", "time", "日期", "年份", "时间", "发布日期", "发布时间", "年")
PLACE_NAMES = (
    "place",
    "region",
    "county",
    "city",
    "province",
    "地区",
    "地方",
    "县",
    "县区",
    "市",
    "省",
    "省份",
    "单位",
)
DOCUMENT_NAMES = ("doc", "document", "file", "title", "文档", "篇名", "文件", "标题")
_YEAR = r"((?:19|20)\d\d)"


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a report is drawn from.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a paragraph: ``text``, ``themes`` (joined by ``;``), ``uncertain``, ``kind``, ``file`` and, where the
        tables have them, ``time`` (year as text), ``place``, ``document``, ``id``.
    named : dict of str to str
        ``time``, ``place`` and ``document`` to the column that was taken for it.
    """

    rows: pd.DataFrame
    named: dict[str, str]


def read_tagged(
    paths: Sequence[Path], *, prefix: str = "", time: str | None = None, place: str | None = None,
    document: str | None = None,
) -> Tagged:  # fmt: skip
    """Read tagged tables.

    Raises
    ------
    ZhengyuError
        A file cannot be read, was not tagged, or lacks a column that was named.
    """
    pieces: list[pd.DataFrame] = []
    named: dict[str, str] = {}
    for path in paths:
        table = _read(path)
        if f"{prefix}themes" not in table.columns:
            raise ZhengyuError(
                f"{path}: expected a column {prefix + 'themes'!r}, its columns are {', '.join(table.columns)}; "
                "tag it first with zhengyu tag, or name its --prefix"
            )
        piece = pd.DataFrame({"themes": _joined(table[f"{prefix}themes"])})
        uncertain = f"{prefix}uncertain"
        piece["uncertain"] = _joined(table[uncertain]) if uncertain in table.columns else ""
        rest = table.drop(columns=[c for c in table.columns if c in (f"{prefix}themes", uncertain, f"{prefix}model")])
        piece["text"] = rest[find_text_column(rest, str(path))].fillna("").astype(str)
        piece["kind"] = table["kind"].fillna("").astype(str) if "kind" in table.columns else ""
        piece["id"] = table["id"].astype(str) if "id" in table.columns else ""
        for role, wanted, usual in (
            ("time", time, TIME_NAMES), ("place", place, PLACE_NAMES), ("document", document, DOCUMENT_NAMES),
        ):  # fmt: skip
            column = _find(rest, wanted, usual, path)
            if column:
                named[role] = column
                piece[role] = rest[column].astype("string").fillna("").astype(str)
        if "time" in piece.columns:
            piece["time"] = piece["time"].str.extract(_YEAR, expand=False).fillna("")
        pieces.append(piece)
    return Tagged(pd.concat(pieces, ignore_index=True).fillna(""), named)


def _find(rows: pd.DataFrame, wanted: str | None, usual: tuple[str, ...], path: Path) -> str | None:
    columns = {str(column).strip().lower(): str(column) for column in rows.columns}
    if wanted is not None:
        if wanted not in columns.values():
            raise ZhengyuError(f"{path}: no column {wanted!r}; its columns are {', '.join(columns.values())}")
        return wanted
    return next((columns[name] for name in usual if name in columns), None)


def _joined(column: pd.Series[Any]) -> pd.Series[Any]:
    values = [value if isinstance(value, str) else ";".join(value) if _is_list(value) else "" for value in column]
    return pd.Series(values, index=column.index, dtype=object)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray"


def _read(path: Path) -> pd.DataFrame:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ZhengyuError(f"{path}: expected a tagged table that ends in {', '.join(ENDINGS)}")
    # The two modules have no types; what they give is told here.
    from pyarrow import json as arrow_json
    from pyarrow import parquet as arrow_parquet

    table: pd.DataFrame
    try:
        if ending == ".parquet":
            table = arrow_parquet.read_table(path).to_pandas()
            return table
        if ending == ".csv":
            return pd.read_csv(path, dtype="string[pyarrow]", encoding="utf-8-sig", keep_default_na=False)
        if ending == ".jsonl":
            table = arrow_json.read_json(path).to_pandas()
            return table
        with path.open("rb") as stream:
            return read_table(Input(str(path), ending), stream)[0]
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ZhengyuError(
            f"{path}: cannot be read as a tagged table: {error}; write it anew with zhengyu tag"
        ) from error


def read_slogans(path: Path) -> pd.DataFrame:
    """Read the slogans that ``zhengyu tag --slogans`` wrote: ``id``, ``normal``, ``type``, ``known``.

    Raises
    ------
    ZhengyuError
        The file cannot be read or lacks one of these columns.
    """
    table = _read(path)
    missing = [column for column in ("id", "normal", "type", "known") if column not in table.columns]
    if missing:
        raise ZhengyuError(
            f"{path}: expected the slogans that zhengyu tag --slogans writes, it has no column {', '.join(missing)}"
        )
    known = table["known"].map(lambda value: str(value).strip().lower() in ("true", "1"))
    return pd.DataFrame({"id": table["id"].astype(str), "normal": table["normal"].astype(str),
                         "type": table["type"].astype(str), "known": known.astype(bool)})  # fmt: skip
