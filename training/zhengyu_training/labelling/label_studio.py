"""Label Studio's JSON: choices for themes, labelled spans for slogans, and the labelling configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

from zhengyu.io.columns import TAGS
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling.tasks import NONE, MarkedSpan, Reader, Task


def configuration(themes: ThemeSet) -> str:
    """Return the labelling configuration to paste into the project's settings."""
    choices = [f"    <Choice value={quoteattr(theme.zh)} alias={quoteattr(theme.id)}/>" for theme in themes]
    labels = [f"    <Label value={quoteattr(kind)}/>" for kind in SLOGAN_TYPES]
    return "\n".join(
        [
            "<View>",
            "  <Style>.htx-text{ white-space: pre-wrap; }</Style>",
            '  <Labels name="slogans" toName="text">',
            *labels,
            "  </Labels>",
            '  <Text name="text" value="$text"/>',
            '  <Choices name="themes" toName="text" choice="multiple" showInline="true">',
            *choices,
            f'    <Choice value="无" alias="{NONE}"/>',
            "  </Choices>",
            '  <Header value="maybe"/>',
            '  <Choices name="maybe" toName="text" choice="multiple" showInline="true">',
            *choices,
            "  </Choices>",
            "</View>",
            "",
        ]
    )


def files(tasks: Sequence[Task], themes: ThemeSet) -> dict[str, bytes]:
    """Return the task file and the configuration, by the ending that each takes."""
    rows = [_task(task) for task in tasks]
    return {
        "": (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode(),
        ".config.xml": configuration(themes).encode(),
    }


def _task(task: Task) -> dict[str, Any]:
    row: dict[str, Any] = {"data": {"text": task.text, **task.carried}}
    shown = task.carried.get(TAGS)
    if task.themes is None and not task.slogans and shown is None:
        return row
    result: list[dict[str, Any]] = []
    if task.themes is not None:
        result.append(_choices("themes", list(task.themes) or [NONE]))
    elif shown is not None:  # the model's tags, as a suggestion
        result.append(_choices("themes", shown.split(";")))
    if task.maybe:
        result.append(_choices("maybe", list(task.maybe)))
    for number, span in enumerate(task.slogans):
        value = {"start": span.start, "end": span.end, "text": task.text[span.start : span.end], "labels": [span.type]}
        place = {"id": f"slogan-{number}", "from_name": "slogans", "to_name": "text", "type": "labels"}
        result.append({**place, "value": value})
    # Slogans that nobody has looked at are shown as suggestions, not as a coder's answer.
    row["annotations" if task.themes is not None else "predictions"] = [{"result": result}]
    return row


def _choices(name: str, themes: list[str]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": themes}}


def read(raw: Any, reader: Reader) -> list[Task]:
    """Read an export; a task that several annotators finished gives as many rows, a cancelled one none.

    Raises
    ------
    ZhengyuError
        It is no export of such a project, or holds a label that is not known.
    """
    if not isinstance(raw, list) or not all(isinstance(row, dict) and isinstance(row.get("data"), dict) for row in raw):
        raise reader.wrong("file", "expected a list of tasks with data", "choose JSON, not JSON-MIN, when exporting")
    tasks: list[Task] = []
    for number, row in enumerate(raw, 1):
        place = f"task {row.get('id', number)}"
        text = row["data"].get("text")
        if not isinstance(text, str):
            raise reader.wrong(place, "has no text", "export the paragraphs anew with corpus export")
        carried = reader.carried(row["data"], place)
        entries = row.get("annotations") or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise reader.wrong(place, f"expected a list of annotations, got {entries!r:.80}", "export it anew")
        done = [entry for entry in entries if not entry.get("was_cancelled")]
        tasks += [_read_one(entry, text, carried, place, reader) for entry in done] or [Task(text, carried)]
    return tasks


def _read_one(entry: dict[str, Any], text: str, carried: dict[str, str], place: str, reader: Reader) -> Task:
    labels: dict[str, list[str]] = {"themes": [], "maybe": []}
    spans: list[MarkedSpan] = []
    parts = entry.get("result") or []
    if not isinstance(parts, list) or not all(isinstance(p, dict) and isinstance(p.get("value"), dict) for p in parts):
        raise reader.wrong(place, f"expected a list of results with values, got {parts!r:.80}", "export it anew")
    for part in parts:
        name, value = part.get("from_name"), part["value"]
        chosen = value.get(part.get("type"))
        if name in (*labels, "slogans") and not isinstance(chosen, list):
            raise reader.wrong(place, f"a result {name!r} without a choice: {value!r:.80}", "export it anew")
        if part.get("type") == "choices" and name in labels:
            labels[name] += chosen
        elif part.get("type") == "labels" and name == "slogans":
            spans += _spans(value, chosen, text, place, reader)
        else:
            raise reader.wrong(
                place, f"a result {name!r} of type {part.get('type')!r}", "use the exported configuration"
            )
    who = entry.get("completed_by", "")
    coder = str(who.get("email") or who.get("id", "")) if isinstance(who, dict) else str(who)
    maybe = reader.theme_ids(labels["maybe"], f"{place}, maybe")
    if not labels["themes"]:  # submitted without a look at the themes: not an answer of none, which is a choice
        if maybe:
            raise reader.wrong(place, "doubtful themes without a theme", f"choose a theme or {NONE}")
        return Task(text, carried, None, (), tuple(spans), coder)
    return Task(text, carried, reader.theme_ids(labels["themes"], f"{place}, themes"), maybe, tuple(spans), coder)


def _spans(value: dict[str, Any], kinds: list[Any], text: str, place: str, reader: Reader) -> list[MarkedSpan]:
    """Return the slogans of one mark; its text tells whether offsets count characters or, as browsers do, UTF-16."""
    raw = [(value.get("start"), value.get("end"), kind) for kind in kinds]
    marked = value.get("text")
    if not isinstance(marked, str):
        return reader.tool_spans(raw, text, place)
    wrong: ZhengyuError | None = None
    for way in ("characters", "utf-16"):
        try:
            found = replace(reader, offsets=way).tool_spans(raw, text, place)
        except ZhengyuError as error:
            wrong = wrong or error
            continue
        if all(_bare(text[span.start : span.end]) == _bare(marked) for span in found):
            return found
    raise wrong or reader.wrong(place, f"{marked!r:.80} does not stand where it was marked", "mark it anew")


def _bare(marked: str) -> str:
    r"""Return a marked text as it is compared: Label Studio writes a line break as a backslash and n, or as a blank."""
    return "".join(marked.replace("\\n", "").split())
