"""Spreadsheets for coders: a row a paragraph, themes chosen from lists, slogans one a line."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.label_cells import plain_text
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling.tasks import NONE, MarkedSpan, Reader, Task, carried_fields

#: Columns for themes and for doubtful themes; more where a paragraph has more.
_THEMES, _MAYBE = 5, 2
_SLOGAN = re.compile(r"^([a-z]+)(?:@(\d+))?\s*[:：]\s*+(.+)")
_MAX_CELL = 32_767
#: What stands for a line break within a slogan, whose cell has one a line.
_BREAK = "↵"
#: Columns without which a workbook is not ours.
_HEADER = {"id", "text", "theme_1"}


def columns(tasks: Sequence[Task]) -> list[str]:
    """Return the columns of the workbook of tasks."""
    wide, doubtful = _width(tasks)
    chosen = (*(f"theme_{i + 1}" for i in range(wide)), *(f"maybe_{i + 1}" for i in range(doubtful)))
    return [*carried_fields(tasks), "text", *chosen, "slogans", "coder"]


def _width(tasks: Sequence[Task]) -> tuple[int, int]:
    """Return how many columns of themes and of doubtful ones the paragraphs need."""
    return (
        max([_THEMES, *(len(task.themes or ()) for task in tasks)]),
        max([_MAYBE, *(len(task.maybe) for task in tasks)]),
    )


def files(tasks: Sequence[Task], themes: ThemeSet) -> dict[str, bytes]:
    """Return the workbook.

    Raises
    ------
    ZhengyuError
        A text is longer than a cell, or holds what a cell cannot.
    """
    import xlsxwriter

    wide, doubtful = _width(tasks)
    fields, header = carried_fields(tasks), columns(tasks)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet, codes = book.add_worksheet("paragraphs"), book.add_worksheet("themes")
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 1)
        sheet.set_column(len(fields), len(fields), 80, wrap)
        for number, task in enumerate(tasks, 1):
            chosen = [] if task.themes is None else list(task.themes) or [NONE]
            cells = [*(task.carried.get(name, "") for name in fields), task.text]
            cells += [*chosen, *[""] * (wide - len(chosen)), *task.maybe, *[""] * (doubtful - len(task.maybe))]
            cells += ["\n".join(_mark(span, task.text) for span in task.slogans), task.coder]
            for column, cell in enumerate(cells):
                if len(cell) > _MAX_CELL or "\r" in cell:
                    raise ZhengyuError(
                        f"{task.id}: expected at most {_MAX_CELL:,} characters and no carriage return in a cell; "
                        "export for another tool"
                    )
                sheet.write_string(number, column, cell)
        codes.write_row(0, 0, ["id", "zh", "definition"])
        for number, theme in enumerate(themes, 1):
            codes.write_row(number, 0, [theme.id, theme.zh, theme.definition])
        codes.write_row(len(themes) + 1, 0, [NONE, "无", "read, and without a theme"])
        codes.write_row(len(themes) + 3, 0, ["slogans", "one a line: type: text", ", ".join(SLOGAN_TYPES)])
        first, last = len(fields) + 1, len(fields) + wide + doubtful
        source = f"=themes!$A$2:$A${len(themes) + 2}"
        sheet.data_validation(1, first, max(1, len(tasks)), last, {"validate": "list", "source": source})
    return {"": out.getvalue()}


def _mark(span: MarkedSpan, text: str) -> str:
    return f"{span.type}@{span.start}: {text[span.start : span.end]}".replace("\n", _BREAK)


def is_ours(columns: Sequence[str]) -> bool:
    """Tell whether a workbook with these columns is one of `corpus export`."""
    return set(columns) >= _HEADER


def read(rows: Sequence[tuple[int, Mapping[str, Any]]], first: int, reader: Reader) -> list[Task]:
    """Read a workbook; a paragraph without a theme and without ``none`` has not been coded.

    Parameters
    ----------
    rows : sequence of (int, mapping)
        Its rows, numbered from 1 below the header.
    first : int
        The header's row.
    reader : Reader
        Names to labels.

    Raises
    ------
    ZhengyuError
        It holds a label that is not known.
    """
    return [
        _read_one({name: plain_text(cell) for name, cell in row.items()}, f"row {number + first}", reader)
        for number, row in rows
    ]


def _read_one(cells: dict[str, str], place: str, reader: Reader) -> Task:
    def column(name: str) -> list[str]:
        return [value.strip() for key, value in cells.items() if key.startswith(f"{name}_") and value.strip()]

    text, chosen = cells["text"], column("theme")
    spans: list[MarkedSpan] = []
    for line in cells.get("slogans", "").split("\n"):
        if line.strip():
            spans.append(_span(line.strip(), text, spans, place, reader))
    raw: dict[str, Any] = dict(cells)
    carried, coder = reader.carried(raw, place), cells.get("coder", "")
    if not chosen:
        if column("maybe"):
            raise reader.wrong(place, "doubtful themes without a theme", f"choose a theme or {NONE}")
        return Task(text, carried, None, (), tuple(spans), coder)
    themes, maybe = (reader.theme_ids(names, place) for names in (chosen, column("maybe")))
    return Task(text, carried, themes, maybe, tuple(spans), coder)


def _span(line: str, text: str, before: Sequence[MarkedSpan], place: str, reader: Reader) -> MarkedSpan:
    found = _SLOGAN.fullmatch(line)
    if found is None:
        raise reader.wrong(place, f"slogan {line!r}", "write it as type: text, such as numeric: 四个走在前")
    kind, at, marked = found.groups()
    text = text.replace("\n", _BREAK)
    if at is not None:
        start = int(at)
    else:  # the next place of the text that no earlier line has taken
        start = text.find(marked)
        while any(span.start == start for span in before) and start >= 0:
            start = text.find(marked, start + 1)
    if start < 0 or text[start : start + len(marked)] != marked:
        raise reader.wrong(
            place, f"slogan {marked!r} does not stand in the text", "copy it from the text, to the letter"
        )
    return reader.span(start, start + len(marked), kind, text, place)
