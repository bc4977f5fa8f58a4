"""The tables of docs/formats.md, made from `zhengyu.io.formats`; ``--write`` puts them into the page."""

from __future__ import annotations

import re
import sys

from places import ROOT

from zhengyu.io.formats import FORMATS, MIB, Format

PAGE = ROOT / "docs" / "formats.md"
_BETWEEN = re.compile(r"(<!-- formats -->\n).*(<!-- /formats -->)", re.DOTALL)
_TITLES = {
    "document": "## Documents, split into paragraphs", "table": "## Tables, row by row",
    "archive": "## Files that hold files",
}  # fmt: skip


def _row(one: Format) -> str:
    notes = []
    if one.kind == "table":
        notes.append("in and out" if one.written else "in")
    if one.text:
        notes.append("encoding found; also `.gz`, `.zst`")
    if one.sandboxed:
        notes.append("read in a child process")
    if one.unpacked:
        notes.append(f"unpacks to {one.unpacked // MIB:,} MiB at most")
    if one.extra:
        notes.append(f"needs `zhengyu[{one.extra}]`")
    return f"| {one.name} | {_endings(one)} | {'; '.join(notes)} |"


def _endings(one: Format) -> str:
    return " ".join(f"`{ending}`" for ending in one.endings)


def tables() -> str:
    """Return the tables as Markdown."""
    parts = []
    for kind, title in _TITLES.items():
        rows = [_row(one) for one in FORMATS if one.kind == kind]
        parts.append("\n".join(["", title, "", "| format | endings | |", "| --- | --- | --- |", *rows, ""]))
    refused = [f"| {one.name} | {_endings(one)} | {one.remedy} |" for one in FORMATS if one.kind == "refused"]
    parts.append("\n".join(["", "## Known, but not read", "", "| format | endings | what to do |", "| --- | --- | --- |",
                            *refused, ""]))  # fmt: skip
    return "".join(parts) + "\n"


def page() -> str:
    """Return the page with its tables as they are to be."""
    return _BETWEEN.sub(lambda found: found[1] + tables() + found[2], PAGE.read_text("utf-8"))


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page(), "utf-8")
    else:
        print(tables())
