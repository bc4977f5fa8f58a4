"""Rows of the page as a file to download: XLSX, CSV or JSONL, by the writers that ``zhengyu tag`` uses."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from zhengyu.io.writers import write_table
from zhengyu.web.schemas import ExportRequest, ExportRow

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
    with tempfile.TemporaryDirectory(prefix="zhengyu-") as folder:
        path = Path(folder) / f"table.{request.format}"
        write_table(table, path)
        return path.read_bytes()
