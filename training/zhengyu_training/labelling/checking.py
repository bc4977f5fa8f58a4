"""Samples of tagged files to be checked by people, and what the checked ones say of the tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from zhengyu.findings.measure import Measures, measure_parts
from zhengyu.findings.population import Part, as_text, collect
from zhengyu.findings.sample import (
    BY_PROBABILITY,
    Allocation,
    checking_rows,
    chosen,
    draw,
    group_columns,
    strata_of,
)  # fmt: skip
from zhengyu.findings.where import Where
from zhengyu.io.columns import INCLUSION, PROBABILITY, STRATUM, THEMES
from zhengyu.io.inputs import PathOrUrl, local_paths
from zhengyu.io.layout import TableOptions
from zhengyu.io.tagged_tables import tagged_blocks
from zhengyu.io.writers import check_output, write_table
from zhengyu_corpus.atomic import refuse_place, refuse_same, write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling import spreadsheet
from zhengyu_training.labelling.exchange import export_tasks, one_coder, read_tasks
from zhengyu_training.labelling.tasks import CARRIED, SAMPLED, Task

#: Tools that a sample is written for, by the ending that means them; doccano's is that of any JSON Lines.
_TOOLS = {".xlsx": "xlsx", ".json": "label-studio"}
#: Where one result is written as JSON rather than as rows.
_JSON = ".json"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample that was written.

    Attributes
    ----------
    files : tuple of Path
        The sample, and beside it what a labelling tool needs.
    paragraphs, count : int
        How many there were, and how many were drawn.
    strata : tuple of (str, int, int)
        What each stratum is, how many it holds and how many were drawn from it.
    schema : pyarrow.Schema
        The columns of the sample; of a labelling tool's file its fields.
    """

    files: tuple[Path, ...]
    paragraphs: int
    count: int
    strata: tuple[tuple[str, int, int], ...]
    schema: pa.Schema


def _parts(
    paths: Sequence[PathOrUrl],
    themes: ThemeSet,
    prefix: str,
    where: Where | None,
    options: TableOptions | None,
    *,
    probabilities: bool = False,
) -> Iterator[Part]:
    """Yield the rows of tagged tables block by block; probabilities are read where they are asked for."""

    def needless(name: str) -> bool:
        return name.startswith(f"{prefix}{PROBABILITY}") and not probabilities

    for block in tagged_blocks(paths, prefix=prefix, where=where, options=options, leave_out=needless, themes=themes):
        yield Part(block.frame(), block.texts.to_pylist(), block.ids.to_pylist(), block.source)


def sample_tables(
    paths: Sequence[PathOrUrl], output: Path, themes: ThemeSet, n: int = 200, *, by: Sequence[str] = (),
    allocation: Allocation = "root", seed: int = 0, show_tags: bool = False, tool: str = "",
    where: Where | None = None, prefix: str = "", options: TableOptions | None = None,
) -> Drawn:  # fmt: skip
    """Draw a probability sample of the paragraphs of tagged tables and write it for people to check.

    The tables are read twice, block by block: of paragraphs that are not drawn only codes are held.

    Parameters
    ----------
    paths : sequence of Path or str
        Tagged tables, folders and globs of them, here or by the URL of a store.
    output : Path
        ``.xlsx`` for a spreadsheet with lists to choose from, ``.json`` for Label Studio, else a table by its ending.
    themes : ThemeSet
        The code list.
    n, by, allocation, seed, show_tags, prefix
        As in `zhengyu.sample`.
    tool : {'', 'xlsx', 'label-studio', 'doccano', 'table'}
        For whom; by the ending when not given.
    where : Where, optional
        Draw from these rows alone.
    options : TableOptions, optional
        What the user says of encoding and layout.

    Raises
    ------
    ZhengyuError
        A table cannot be read or was not tagged, a column is missing, or the output cannot be written.
    """
    tool = tool or _TOOLS.get(output.suffix.lower(), "table")
    if tool == "table":
        check_output(output)
    refuse_place(output)
    sources = local_paths(paths)
    refuse_same(output, sources)
    doubtful = BY_PROBABILITY in by
    population = collect(
        _parts(paths, themes, prefix, where, options, probabilities=doubtful),
        groups=group_columns(by), with_doubt=doubtful, prefix=prefix,
    )  # fmt: skip
    strata, names = strata_of(population, by)
    drawn = draw(strata, n, allocation=allocation, seed=seed)
    rows = population.rows[drawn.rows]
    order = np.argsort(rows)
    sizes, counts = (np.bincount(codes, minlength=len(names)) for codes in (strata, drawn.strata))
    told = tuple((name, int(size), int(count)) for name, size, count in zip(names, sizes, counts, strict=True))
    total = len(population)
    del population, strata
    found: list[pd.DataFrame] = []
    start = 0
    for part in _parts(paths, themes, prefix, where, options):
        low, high = np.searchsorted(rows[order], (start, start + len(part.ids)))
        places = order[low:high]
        if len(places):
            some = checking_rows(chosen(part, rows[places] - start), places, drawn, prefix=prefix, show_tags=show_tags)
            found.append(some.assign(_place=places))
        start += len(part.ids)
    table = pd.concat(found, ignore_index=True).sort_values("_place").drop(columns="_place").reset_index(drop=True)
    if table["id"].duplicated().any():
        twice = table["id"][table["id"].duplicated()].iloc[0]
        raise ZhengyuError(
            f"the id {twice!r} stands twice in the tables; checks could not be told apart: give every paragraph its own"
        )
    if tool == "table":
        write_table(table, output, sources)
        made: tuple[Path, ...] = (output,)
    else:
        tasks = _tasks(table)
        made = export_tasks(tasks, output, tool, themes, sources)
        if tool == "xlsx":  # whose cells are all text
            table = table.reindex(columns=spreadsheet.columns(tasks)).astype("string")
    return Drawn(made, total, len(table), told, pa.Schema.from_pandas(table, preserve_index=False))


def _tasks(table: pd.DataFrame) -> list[Task]:
    columns = [name for name in (*CARRIED, *SAMPLED) if name in table.columns]
    texts = [as_text(table[name]) for name in columns]
    return [
        Task(text, {name: cell for name, cell in zip(columns, cells, strict=True) if cell})
        for text, *cells in zip(table["text"], *texts, strict=True)
    ]


def read_checked(
    path: PathOrUrl, themes: ThemeSet, options: TableOptions | None = None, *, coder: str = "",
    notes: list[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Read a checked sample from a table, a spreadsheet, Label Studio or doccano, as `measure_parts` takes it.

    Raises
    ------
    ZhengyuError
        It cannot be read, holds an unknown theme, or nothing was checked.
    """
    tasks = read_tasks(path, themes, options, notes=notes)
    coded = {task.id: task.themes for task in one_coder(tasks, str(path), coder)}
    each = list({task.id: task for task in tasks}.values())
    found: dict[str, Any] = {
        "id": [task.id for task in each],
        THEMES: pd.Series([coded.get(task.id) for task in each], dtype=object),
    }
    for name in (INCLUSION, STRATUM):
        if any(name in task.carried for task in each):
            found[name] = [task.carried.get(name) for task in each]
    return pd.DataFrame(found)


def measure_tables(
    paths: Sequence[PathOrUrl], checked: PathOrUrl, themes: ThemeSet, *, by: Sequence[str] = (),
    where: Where | None = None, document: str | None = None, these_documents: bool = False, coder: str = "",
    output: Path | None = None, methods: Path | None = None, prefix: str = "", options: TableOptions | None = None,
    notes: list[str] | None = None, cross: bool = False,
) -> Measures:  # fmt: skip
    """Measure the tags of tagged tables on a checked sample, and correct shares of themes by it.

    Parameters
    ----------
    paths : sequence of Path or str
        The tables that the sample was drawn from.
    checked : Path or str
        The checked sample.
    themes : ThemeSet
        The code list.
    by, cross, document, these_documents, prefix
        As in `zhengyu.measure`.
    where : Where, optional
        Measure these rows alone.
    coder : str
        Whose checks to take, where several checked one paragraph.
    output : Path, optional
        Where the figures go: a table by its ending, or everything as ``.json``.
    methods : Path, optional
        Where the paragraph for a paper goes, Chinese and English.
    options : TableOptions, optional
        What the user says of encoding and layout of the tables.
    notes : list of str, optional
        Gets what the user should know of the reading.

    Raises
    ------
    ZhengyuError
        A file cannot be read or written, a column is missing, or a checked paragraph is not in the tables.
    """
    sources = local_paths([*paths, checked])
    for path in (output, methods):
        if path is not None:
            refuse_place(path)
            refuse_same(path, sources)
    if output is not None and output.suffix.lower() != _JSON:
        check_output(output)
    rows = read_checked(checked, themes, coder=coder, notes=notes)
    found = measure_parts(
        _parts(paths, themes, prefix, where, options), rows, by=by, cross=cross, document=document,
        these_documents=these_documents, prefix=prefix, where=where, themes=themes,
    )  # fmt: skip
    if output is not None:
        if output.suffix.lower() == _JSON:
            write_whole(output, _as_json(found).encode(), sources)
        else:
            write_table(found.table(), output, sources)
    if methods is not None:
        write_whole(methods, f"{found.methods('zh')}\n{found.methods('en')}".encode(), sources)
    return found


def _as_json(found: Measures) -> str:
    def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
        return [{str(k): None if v != v else v for k, v in row.items()} for row in table.to_dict("records")]

    held = {
        "design": asdict(found.design), "quality": rows(found.quality), "shares": rows(found.shares),
        "notes": list(found.notes), "methods": {"zh": found.methods("zh"), "en": found.methods("en")},
    }  # fmt: skip
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"
