"""doccano's JSONL: of intent detection and slot filling (categories and entities), or of text classification."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling.tasks import CARRIED, NONE, SAMPLED, Reader, Task, carried_fields

#: A category that says a coder could differ on a theme.
_MAYBE = "maybe:"
#: doccano gives every paragraph an ``id`` of its own, so ours travels under another name.
PREFIX = "zhengyu_"


def files(tasks: Sequence[Task], themes: ThemeSet) -> dict[str, bytes]:
    """Return the data file and the two label files, by the ending that each takes."""
    fields = carried_fields(tasks)
    lines = [json.dumps(_row(task, fields), ensure_ascii=False) + "\n" for task in tasks]
    names = [*themes.ids, NONE, *(_MAYBE + theme for theme in themes.ids)]
    return {
        "": "".join(lines).encode(),
        ".categories.json": _labels(names),
        ".spans.json": _labels(list(SLOGAN_TYPES)),
    }


def _labels(names: list[str]) -> bytes:
    return (json.dumps([{"text": name} for name in names], ensure_ascii=False, indent=1) + "\n").encode()


def _row(task: Task, fields: Sequence[str]) -> dict[str, Any]:
    cats = [] if task.themes is None else [*(task.themes or (NONE,)), *(_MAYBE + theme for theme in task.maybe)]
    return {
        "text": task.text,
        "cats": cats,
        "entities": [[span.start, span.end, span.type] for span in task.slogans],
        # Every line has every field: doccano makes NaN of one that is not there, and its database refuses that.
        **{PREFIX + name: task.carried.get(name, "") for name in fields},
    }


def read(rows: Sequence[tuple[int, Mapping[str, Any]]], reader: Reader) -> list[Task]:
    """Read an export; a paragraph without a category has not been coded, for none is a category of its own.

    Raises
    ------
    ZhengyuError
        A label is not known, or a paragraph has lost its id.
    """
    return [_read_one(row, f"line {number}", reader) for number, row in rows]


def is_export(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is one that doccano exported."""
    return any(name in row for name in ("cats", "entities", f"{PREFIX}id")) or {"label", "Comments"} <= set(row)


def _read_one(row: Mapping[str, Any], place: str, reader: Reader) -> Task:
    text, cats = row["text"], row.get("cats", row.get("label", []))
    if not isinstance(cats, list) or not all(isinstance(name, str) for name in cats):
        raise reader.wrong(
            place, f"expected a list of categories, got {cats!r:.80}",
            "make a project for intent detection and slot filling, or for text classification, as docs/retraining.md "
            "says; other projects export no themes",
        )  # fmt: skip
    raw: list[tuple[object, object, object]] = []
    entities = row.get("entities") or []
    if not isinstance(entities, list):
        raise reader.wrong(place, f"expected a list of entities, got {entities!r:.80}", "export it anew")
    for entity in entities:
        if isinstance(entity, dict):  # as doccano writes relations projects
            entity = [entity.get("start_offset"), entity.get("end_offset"), entity.get("label")]
        if not isinstance(entity, list) or len(entity) != 3:
            raise reader.wrong(place, f"expected [start, end, type], got {entity!r:.80}", "export it anew")
        raw.append((entity[0], entity[1], entity[2]))
    spans = reader.tool_spans(raw, text, place)
    own = {name: row.get(PREFIX + name) for name in (*CARRIED, *SAMPLED)}
    if own["id"] in (None, ""):  # a project that was not made by corpus export: doccano's number tells paragraphs apart
        own["id"] = row.get("id")
    carried = reader.carried(own, place)
    plain = [name for name in cats if not name.startswith(_MAYBE)]
    maybe = reader.theme_ids([name.removeprefix(_MAYBE) for name in cats if name.startswith(_MAYBE)], place)
    coder = str(row.get("username", "") or "")
    if not cats:
        return Task(text, carried, None, (), tuple(spans), coder)
    if not plain:
        raise reader.wrong(place, "doubtful themes without a theme", f"choose a theme or {NONE}")
    return Task(text, carried, reader.theme_ids(plain, place), maybe, tuple(spans), coder)
