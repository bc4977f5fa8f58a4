"""A codebook of variables: each column of the tables that a run wrote, its type, its meaning, its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from zhengyu.io.formats import ending_of
from zhengyu.io.variables import OWN, Variable, kind_of
from zhengyu.io.writers import WRITERS, write_rows
from zhengyu.version import __version__
from zhengyu_corpus.atomic import refuse_place, refuse_same, write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet

if TYPE_CHECKING:
    import pandas as pd

_MARKDOWN = (".md", ".markdown")
_COLUMNS = pa.schema(
    [(name, pa.string()) for name in ("file", "column", "type", "meaning", "meaning_zh", "values", "values_zh")]
)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A table that was written, and what its columns mean."""

    path: Path
    schema: pa.Schema
    variables: Mapping[str, Variable]


def check_codebook(path: Path, others: Sequence[Path] = ()) -> None:
    """Refuse a codebook that could not be written, or would take the place of one of the other files of a command.

    Raises
    ------
    ZhengyuError
        Its ending is neither that of Markdown nor of a table, its folder is not there, or something else stands there.
    """
    refuse_place(path)
    refuse_same(path, others)
    if ending_of(path.name)[0] not in (*_MARKDOWN, *WRITERS):
        raise ZhengyuError(
            f"{path}: expected a codebook that ends in .md or .csv (or .xlsx and other tables), got {path.suffix!r}"
        )
    if not path.parent.is_dir():
        raise ZhengyuError(f"{path}: the folder {path.parent} does not exist; make it first")


def write_codebook(
    path: Path, tables: Sequence[Described], themes: ThemeSet | None = None, model: str = "",
    sources: Iterable[Path] = (),
) -> None:  # fmt: skip
    """Write the codebook of tables, as Markdown or as a table of one row a column, by the ending.

    Parameters
    ----------
    path : Path
        Where it goes.
    tables : sequence of Described
        The tables of one run.
    themes : ThemeSet, optional
        What the themes in them mean; told in Markdown.
    model : str
        Version of the model; ``""`` where none took part.
    sources : iterable of Path
        The files of the run; see `zhengyu_corpus.atomic.Replacement`.
    """
    if ending_of(path.name)[0] in _MARKDOWN:
        write_whole(path, _markdown(tables, themes, model).encode(), sources)
        return
    rows = [
        (str(table.path), one.name, kind_of(one.type), told.meaning, told.meaning_zh, *_values(told, one.type))
        for table in tables
        for one in table.schema
        for told in (table.variables[one.name],)
    ]
    part = pa.Table.from_pylist([dict(zip(_COLUMNS.names, row, strict=True)) for row in rows], schema=_COLUMNS)
    write_rows(path, _COLUMNS, [part], sources)


def describe(
    path: Path, output: Path, columns: pa.Schema | pd.DataFrame, variables: Mapping[str, Variable],
    themes: ThemeSet | None = None, sources: Iterable[Path] = (),
) -> None:  # fmt: skip
    """Write the codebook of one table; columns that `variables` does not name are the input's own.

    Parameters
    ----------
    path, themes, sources
        As in `write_codebook`.
    output : Path
        The table.
    columns : pyarrow.Schema or pandas.DataFrame
        Its columns, or the table itself.
    variables : mapping of str to Variable
        What they mean.
    """
    schema = columns if isinstance(columns, pa.Schema) else pa.Schema.from_pandas(columns, preserve_index=False)
    told = {name: variables.get(name, OWN) for name in schema.names}
    write_codebook(path, [Described(output, schema, told)], themes, sources=sources)


def _values(told: Variable, kind: pa.DataType) -> tuple[str, str]:
    """Return the values of a column in both languages: what its numbers stand for, where they stand for something."""
    if not told.codes or pa.types.is_boolean(kind):  # true and false are numbers in Stata alone
        return told.values, told.values
    en = "; ".join(f"{code} {word}" for code, (word, _) in told.codes.items())
    zh = "；".join(f"{code} {word}" for code, (_, word) in told.codes.items())
    missing = "missing" in told.values
    return en + "; missing: not tagged" * missing, zh + "；缺失：未标注" * missing


def _markdown(tables: Sequence[Described], themes: ThemeSet | None, model: str) -> str:
    by = f"zhengyu {__version__}" + (f", model {model}" if model else "")
    lines = ["# Codebook of variables 变量说明", "", f"Written by {by}."]
    for table in tables:
        lines += ["", f"## {table.path.name}", ""]
        lines += _table(
            ("column 列", "type", "meaning", "含义", "values 取值"),
            (
                (one.name, kind_of(one.type), told.meaning, told.meaning_zh, _short(_values(told, one.type)[0], themes))
                for one in table.schema
                for told in (table.variables[one.name],)
            ),
        )
    lines += ["", "Lists are joined by `;` in CSV, TSV, XLSX and Stata, and are lists in JSON Lines and Parquet."]
    return "\n".join([*lines, *(_theme_lines(themes) if themes is not None else ())]) + "\n"


def _theme_lines(themes: ThemeSet) -> list[str]:
    several = any(theme.parent for theme in themes)
    head = ("id", "中文名", "English", "definition 界定", *(("rolled up to 上级",) if several else ()))
    rows = (
        (theme.id, theme.zh, theme.en, theme.definition, *((themes.root(theme.id),) if several else ()))
        for theme in themes
    )
    return ["", "## Themes 主题", "", *_table(head, rows)]


def _short(values: str, themes: ThemeSet | None) -> str:
    """Return values, or a word for all themes, which have a table of their own."""
    if themes is None:
        return values
    every = (", ".join(theme.id for theme in themes), ", ".join(theme.zh for theme in themes))
    return "themes, see below 见下表" if values in every else values


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"

    return [line(head), line(["---"] * len(head)), *map(line, rows)]
