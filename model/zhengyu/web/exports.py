"""Rows of the page as a file to download: XLSX, CSV or JSONL, by the writers that ``zhengyu tag`` uses."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from zhengyu.io.columns import INCLUSION, NONE, THEMES
from zhengyu.io.writers import write_table
from zhengyu.web.schemas import CheckedRequest, ExportRequest, ExportRow
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
}


def export(request: ExportRequest, model: str) -> bytes:
    """Return the file.

    Raises
    ------
    ZhengyuError
        The format cannot hold the rows, such as a cell of XLSX beyond its limit.
    """
    table = pd.DataFrame([row.model_dump() for row in request.rows], columns=list(ExportRow.model_fields))
    if request.format != "jsonl":
        table["probabilities"] = [[f"{value:.4f}" for value in row.probabilities] for row in request.rows]
    table["model"] = model
    return _written(table, request.format)


def checked(request: CheckedRequest, themes: ThemeSet) -> bytes:
    """Return a checked sample as a file that ``zhengyu measure`` takes: its columns, ``themes``, and ``text``.

    Raises
    ------
    ZhengyuError
        A theme is unknown, or the format cannot hold the rows.
    """
    for row in request.rows:
        for theme in row.themes or ():
            if theme not in themes.ids:
                raise ZhengyuError(f"unknown theme {theme!r}; {themes.hint(theme)}")
    table = pd.DataFrame([row.carried for row in request.rows]).fillna("")
    if INCLUSION in table:  # a number for those who open the file; Python and JavaScript read and write it alike
        table[INCLUSION] = pd.to_numeric(table[INCLUSION], errors="coerce")
    given = ["" if row.themes is None else ";".join(row.themes) or NONE for row in request.rows]
    return _written(table.assign(**{THEMES: given, "text": [row.text for row in request.rows]}), request.format)


def _written(table: pd.DataFrame, ending: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="zhengyu-") as folder:
        path = Path(folder) / f"table.{ending}"
        write_table(table, path)
        return path.read_bytes()
