"""Paragraphs to labelling tools and back: Label Studio, doccano, spreadsheets, and the corpus's own JSONL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zhengyu_corpus.atomic import refuse_same, write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling import doccano, label_studio, spreadsheet
from zhengyu_training.labelling import tables as task_tables
from zhengyu_training.labelling.tasks import MarkedSpan, Reader, Task


def read_tasks(path: Path, themes: ThemeSet) -> list[Task]:
    """Read paragraphs from a table, the corpus's JSONL, or a labelling tool's file; ending and content tell which.

    Raises
    ------
    ZhengyuError
        The file is none of these, or holds a label that would be lost.
    """
    path = Path(path)
    reader = Reader(str(path), themes)
    if task_tables.is_table(path):
        return _table(path, reader)
    try:
        if path.suffix.lower() == ".xlsx":
            return spreadsheet.read(path, reader)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ZhengyuError(f"{path}: cannot be read: {error}; give a UTF-8 file") from error
    try:
        if path.suffix.lower() == ".json":
            return label_studio.read(json.loads(text), reader)
        rows = [(number, json.loads(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    except (ValueError, RecursionError) as error:
        raise ZhengyuError(
            f"{path}: not valid JSON: {error}; expected .csv, .tsv, .parquet, .json, .jsonl or .xlsx"
        ) from error
    sound = all(isinstance(row, dict) and isinstance(row.get("text"), str) for _, row in rows)
    own = ("cats", "entities", f"{doccano.PREFIX}id")
    if any(isinstance(row, dict) and any(name in row for name in own) for _, row in rows):
        if not sound:
            raise ZhengyuError(f"{path}: expected a JSON object with a text on every line; export it anew")
        return doccano.read(rows, reader)
    if not sound or not all("id" in row or _coded(row) for _, row in rows):
        return _table(path, reader)  # the text goes by another name, or rows are told apart by their number
    return [_own(row, f"line {number}", reader) for number, row in rows if row.get("kind") != "furniture"]


def _coded(row: dict[str, Any]) -> bool:
    """Tell whether a row has a coder's themes, not those of ``zhengyu tag``."""
    return "themes" in row and not ("model" in row and "uncertain" in row)


def _table(path: Path, reader: Reader) -> list[Task]:
    return [
        _own(row, f"row {number}", reader)
        for number, row in task_tables.read_rows(path)
        if row.get("kind") != "furniture"
    ]


def _own(row: dict[str, Any], place: str, reader: Reader) -> Task:
    """Read a row of a table or of the corpus's own JSONL."""
    text = row["text"]
    spans: list[MarkedSpan] = []
    from_here: Counter[str] = Counter()
    marks = row.get("slogans") or []
    if not isinstance(marks, list) or not all(isinstance(m, dict) and isinstance(m.get("text"), str) for m in marks):
        raise reader.wrong(place, f"expected a list of slogans with text and type, got {marks!r:.80}", "write them so")
    for mark in marks:
        start = mark.get("start")
        if start is None:
            start = text.find(mark["text"], from_here[mark["text"]])
            from_here[mark["text"]] = start + 1
        spans.append(reader.span(start, start + len(mark["text"]), mark.get("type"), text, place))
    carried = reader.carried({"doc": row.get("file"), **row}, place)
    if not _coded(row):
        return Task(text, carried, slogans=tuple(spans))
    themes, maybe = (reader.theme_ids(row.get(name) or [], f"{place}, {name}") for name in ("themes", "maybe"))
    return Task(text, carried, themes, maybe, tuple(spans), str(row.get("coder", "")))


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


def import_tasks(path: Path, out: Path, themes: ThemeSet, *, coder: str = "") -> int:
    """Turn a labelling tool's file into labelled JSONL; paragraphs that nobody coded stay out.

    Parameters
    ----------
    path : Path
        What the tool exported.
    out : Path
        The JSONL to make; it appears whole or not at all.
    themes : ThemeSet
        The code list.
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
    rows = one_coder(read_tasks(path, themes), str(path), coder)
    write_whole(
        Path(out), "".join(json.dumps(as_row(task), ensure_ascii=False) + "\n" for task in rows).encode(), [path]
    )
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
    """Tell whether a file is a labelling tool's, by its ending and its first line or row."""
    if path.suffix.lower() == ".xlsx":
        return spreadsheet.is_ours(path)
    if path.suffix.lower() != ".jsonl":
        return path.suffix.lower() == ".json"
    with path.open(encoding="utf-8-sig") as lines:
        return '"cats"' in next(lines, "")


def as_row(task: Task) -> dict[str, Any]:
    """Return a coded paragraph as a row of labelled JSONL."""
    row: dict[str, Any] = {**task.carried, "themes": list(task.themes or ()), "maybe": list(task.maybe)}
    row["slogans"] = [
        {"text": task.text[s.start : s.end], "type": s.type, "start": s.start, "end": s.end} for s in task.slogans
    ]
    return {**row, **({"coder": task.coder} if task.coder else {}), "text": task.text}
