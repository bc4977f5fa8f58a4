"""Paragraphs to labelling tools and back: Label Studio, doccano, spreadsheets, and the corpus's own JSONL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zhengyu.io.inputs import PathOrUrl, find_inputs, read_whole
from zhengyu.io.layout import TableOptions
from zhengyu_corpus.atomic import refuse_same, write_whole
from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling import doccano, label_studio, spreadsheet
from zhengyu_training.labelling.tables import Table, read_table
from zhengyu_training.labelling.tables import read_tasks as read_table_tasks
from zhengyu_training.labelling.tasks import Reader, Task


def read_tasks(
    path: PathOrUrl,
    themes: ThemeSet,
    options: TableOptions | None = None,
    *,
    offsets: str = "auto",
    notes: list[str] | None = None,
) -> list[Task]:
    """Read paragraphs from a table, labelled or not, or a labelling tool's file; ending and content tell which.

    Parameters
    ----------
    path : Path or str
        The file, here or by the URL of a store.
    themes : ThemeSet
        The code list.
    options : TableOptions, optional
        What the user says of encoding and layout.
    offsets : {'auto', 'characters', 'utf-16'}
        How a tool counted the offsets of slogans; see `zhengyu_training.labelling.tasks.Reader.tool_spans`.
    notes : list of str, optional
        Gets what the user should know of the reading.

    Raises
    ------
    ZhengyuError
        The file is none of these, or holds a label that would be lost.
    """
    reader = Reader(str(path), themes, offsets)
    if Path(path).suffix.lower() == ".json":
        found = _json(path, reader, options)
    else:
        found = _table(path, reader, read_table(path, options))
    if notes is not None:
        notes.extend(f"{path}: {note}" for note in reader.notes)
    return found


def _read(path: PathOrUrl) -> bytes:
    if isinstance(path, Path) or "://" not in path:
        return Path(path).read_bytes()
    (source,) = find_inputs([path])
    with source.open() as stream:
        return read_whole(source, stream)


def _json(path: PathOrUrl, reader: Reader, options: TableOptions | None) -> list[Task]:
    """Read Label Studio's export; another array of objects is a table."""
    try:
        text = decode(_read(path), encoding=options.encoding if options else None, where=str(path)).text
        raw = json.loads(text)
    except OSError as error:
        raise ZhengyuError(f"{path}: cannot be read: {error}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise ZhengyuError(f"{path}: not valid JSON: {error}; export it anew") from error
    if isinstance(raw, list) and raw and not any(isinstance(row, dict) and "data" in row for row in raw):
        return _table(path, reader, read_table(path, options))
    return label_studio.read(raw, reader)


def _table(path: PathOrUrl, reader: Reader, table: Table) -> list[Task]:
    if table.reading.sheet and spreadsheet.is_ours(table.columns):  # its other sheet is our list of themes
        return spreadsheet.read(table.rows, table.reading.header_row or 0, reader)
    reader.notes.extend(table.reading.notes)
    if table.reading.header_row is None and any(doccano.is_export(row) for _, row in table.rows):
        if not all(isinstance(row.get("text"), str) for _, row in table.rows):
            raise ZhengyuError(f"{path}: expected a JSON object with a text on every line; export it anew")
        return doccano.read(table.rows, reader)
    return read_table_tasks(table, path, reader, "row" if table.reading.header_row is not None else "line")


def export_tasks(
    tasks: Sequence[Task], path: Path, tool: str, themes: ThemeSet, sources: Sequence[Path] = ()
) -> tuple[Path, ...]:
    """Write paragraphs for a labelling tool, coded or not.

    Parameters
    ----------
    tasks : sequence of Task
        The paragraphs.
    path : Path
        The file to make; ``.json`` for Label Studio, ``.jsonl`` for doccano, ``.xlsx`` for a spreadsheet.
    tool : {'label-studio', 'doccano', 'xlsx'}
        For whom.
    themes : ThemeSet
        The code list.
    sources : sequence of Path
        The files that the paragraphs come from; see `zhengyu_corpus.atomic.Replacement`.

    Returns
    -------
    tuple of Path
        The file, and beside it the labelling configuration that the tool's project needs.

    Raises
    ------
    ZhengyuError
        Two paragraphs have one id, the ending does not fit, or a file cannot be written.
    """
    writers: dict[str, tuple[str, Callable[[Sequence[Task], ThemeSet], dict[str, bytes]]]] = {
        "label-studio": (".json", label_studio.files),
        "doccano": (".jsonl", doccano.files),
        "xlsx": (".xlsx", spreadsheet.files),
    }
    ending, write = writers[tool]
    if path.suffix.lower() != ending:
        raise ZhengyuError(f"{path}: expected a file that ends in {ending} for {tool}")
    doubled = [identity for identity, count in Counter(task.id for task in tasks).items() if count > 1]
    if doubled:
        raise ZhengyuError(f"id(s) {', '.join(doubled[:5])} stand more than once; labels could not be told apart")
    made = {path if not end else path.with_name(path.stem + end): data for end, data in write(tasks, themes).items()}
    for target in made:  # before any of them is written
        refuse_same(target, sources)
    for target, data in made.items():
        write_whole(target, data, sources)
    return tuple(made)


def import_tasks(
    path: Path,
    out: Path,
    themes: ThemeSet,
    options: TableOptions | None = None,
    *,
    coder: str = "",
    offsets: str = "auto",
    notes: list[str] | None = None,
) -> int:
    """Turn a labelling tool's file into labelled JSONL; paragraphs that nobody coded stay out.

    Parameters
    ----------
    path : Path
        What the tool exported.
    out : Path
        The JSONL to make; it appears whole or not at all.
    themes : ThemeSet
        The code list.
    options, offsets, notes
        As in `read_tasks`.
    coder : str
        Whose labels to take where several coded one paragraph.

    Returns
    -------
    int
        Paragraphs written.

    Raises
    ------
    ZhengyuError
        A label would be lost: unknown names, spans that do not fit, or several coders and none named.
    """
    tasks = read_tasks(path, themes, options, offsets=offsets, notes=notes)
    rows = one_coder(tasks, str(path), coder)
    lines = (json.dumps(as_row(task), ensure_ascii=False) + "\n" for task in rows)
    write_whole(Path(out), "".join(lines).encode(), [path])
    return len(rows)


def one_coder(tasks: Sequence[Task], where: str, coder: str = "") -> list[Task]:
    """Return the coded paragraphs of one coder.

    Raises
    ------
    ZhengyuError
        Several coders coded a paragraph and none is named, or nobody coded any.
    """
    coded = [task for task in tasks if task.themes is not None and (not coder or task.coder == coder)]
    several = [identity for identity, count in Counter(task.id for task in coded).items() if count > 1]
    if several:
        coders = ", ".join(sorted({task.coder for task in coded}))
        raise ZhengyuError(
            f"{where}: {len(several)} paragraph(s) were coded more than once ({', '.join(several[:5])}), by {coders}; "
            "name one with --coder, and compare them with corpus agreement"
        )
    if not coded:
        raise ZhengyuError(f"{where}: no coded paragraph{f' of coder {coder!r}' if coder else ''}; label some first")
    return coded


def is_foreign(path: Path) -> bool:
    """Tell whether a file is a labelling tool's, by its ending and what it holds."""
    if path.suffix.lower() == ".json":
        return True
    table = read_table(path)
    ours = table.reading.sheet and spreadsheet.is_ours(table.columns)
    return bool(ours) or (table.reading.header_row is None and any(doccano.is_export(row) for _, row in table.rows))


def as_row(task: Task) -> dict[str, Any]:
    """Return a coded paragraph as a row of labelled JSONL."""
    row: dict[str, Any] = {**task.carried, "themes": list(task.themes or ()), "maybe": list(task.maybe)}
    row["slogans"] = [
        {"text": task.text[s.start : s.end], "type": s.type, "start": s.start, "end": s.end} for s in task.slogans
    ]
    return {**row, **({"coder": task.coder} if task.coder else {}), "text": task.text}
