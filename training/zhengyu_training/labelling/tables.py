"""Paragraphs to be labelled, from any table that `zhengyu tag` reads, by the same readers and column roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengyu.io.blocks import SetAside
from zhengyu.io.formats import ending_of, endings
from zhengyu.io.inputs import PathOrUrl, find_inputs
from zhengyu.io.layout import Reading, TableOptions
from zhengyu.io.open_table import open_rows
from zhengyu.io.sandbox.parent import rows_apart
from zhengyu.io.tables import find_text_column
from zhengyu_corpus.columns import is_tagged
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.label_cells import CellError, plain_text
from zhengyu_corpus.readers import Layout, Rows, find_layout
from zhengyu_training.labelling.tasks import SAMPLED, Reader, Task

#: Rows by which a column of texts is found where its name does not tell.
_PROBE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a table.

    Attributes
    ----------
    reading : Reading
        How it was read.
    columns : tuple of str
        The columns of all rows together.
    rows : list of (int, mapping)
        Number and cells of each row.
    """

    reading: Reading
    columns: tuple[str, ...]
    rows: list[tuple[int, Mapping[str, Any]]]


def read_table(path: PathOrUrl, options: TableOptions | None = None) -> Table:
    """Read a table.

    Raises
    ------
    ZhengyuError
        The table cannot be read, or some of its rows cannot: labelling the rest would lose them unseen.
    """
    if "://" not in str(path) and not Path(path).is_file():
        raise ZhengyuError(f"{path}: no such file; name one table")
    if ending_of(Path(path).name)[0] not in endings("table"):
        raise ZhengyuError(f"{path}: expected a table that ends in {', '.join(endings('table'))}")
    (source,) = find_inputs([str(path)])
    with source.open() as stream:
        opened = open_rows(source, stream, options, sheet=rows_apart)
        rows: list[tuple[int, Mapping[str, Any]]] = []
        aside: list[SetAside] = []
        for number, _, row in opened.rows:
            if isinstance(row, SetAside):
                aside.append(row)
                continue
            rows.append((number, row if isinstance(row, dict) else dict(zip(opened.columns or (), row, strict=True))))
    if aside:
        raise ZhengyuError(
            f"{path}: {len(aside)} row(s) cannot be read (line {aside[0].line}: {aside[0].reason}); repair the file"
        )
    columns = opened.columns or tuple(dict.fromkeys(key for _, row in rows for key in row))
    return Table(opened.reading, columns, rows)


def read_tasks(table: Table, path: PathOrUrl, reader: Reader, unit: str) -> list[Task]:
    """Return the paragraphs of a table; rows without text and page furniture stay out.

    A row whose cells of themes are empty has not been coded, as in a spreadsheet; one that has none says ``none``, or
    holds a list of no theme where the format has lists. The themes that ``zhengyu tag`` gave are no coder's.

    Parameters
    ----------
    table : Table
        The rows.
    path : Path or str
        Its file, for ids of rows that have none.
    reader : Reader
        Names to labels.
    unit : str
        What errors call a row: ``line`` or ``row``.

    Raises
    ------
    ZhengyuError
        There is no text column, two columns are of one role, or a label is not known.
    """
    layout = find_layout(table.columns, str(path), reader.themes, Rows(row for _, row in table.rows))
    probe = [row for _, row in table.rows[:_PROBE_ROWS]]
    text_column = find_text_column({name: [row.get(name) for row in probe] for name in table.columns}, str(path))
    coded = layout.labelled and not is_tagged(table.columns)
    return list(_tasks(table, path, reader, layout if coded else None, layout.roles, text_column, unit))


def _tasks(
    table: Table,
    path: PathOrUrl,
    reader: Reader,
    layout: Layout | None,
    roles: Mapping[str, str],
    text_column: str,
    unit: str,
) -> Iterator[Task]:
    for number, row in table.rows:
        place = f"{unit} {number}"
        text = row.get(text_column)
        if not plain_text(text).strip() or row.get("kind") == "furniture":
            continue
        if not isinstance(text, (str, int, float)) or isinstance(text, bool):
            raise reader.wrong(place, f"expected a paragraph, got {text!r:.80}", "give the text, or remove the row")
        text = plain_text(text)
        own = {role: plain_text(row.get(column)) for role, column in roles.items() if role != "slogans"}
        own |= {name: plain_text(row[name]) for name in SAMPLED if name in row}
        carried = reader.carried({**own, "id": own.get("id") or f"{Path(path).name}#{number}"}, place)
        marks = row.get(roles.get("slogans", ""))
        spans = reader.marks(marks if marks is not None and plain_text(marks) else [], text, place)
        if layout is None or not _is_coded(row, layout):
            yield Task(text, carried, slogans=spans)
            continue
        try:
            given, doubtful = layout.cells(row, reader.themes)
        except CellError as error:
            raise reader.wrong(place, str(error), "write ids or names as a list, or joined by ;") from error
        themes = reader.theme_ids(given, f"{place}, themes")
        maybe = reader.theme_ids(doubtful, f"{place}, maybe")
        yield Task(text, carried, themes, maybe, spans, own.get("coder", ""))


def _is_coded(row: Mapping[str, Any], layout: Layout) -> bool:
    """Tell whether a row's cells of themes say anything; a list of no theme says none."""
    cells: Sequence[Any] = [row.get(column) for column in (*layout.themes, *layout.onehot)]
    return any(isinstance(cell, (list, tuple)) or plain_text(cell).strip() for cell in cells)
