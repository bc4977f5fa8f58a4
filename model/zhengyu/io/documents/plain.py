"""Plain text and Markdown: the decoded file itself, but for lines with bytes that are not valid."""

from __future__ import annotations

from zhengyu.io.documents.document import Document, Unread
from zhengyu.io.text_lines import shown_text
from zhengyu_corpus.encoding import decode, marked

#: Characters of a line that is not read by which it is told.
_SHOWN = 40


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Decode a text; blanks stand for a line that cannot be read, so that offsets count in the file."""
    found = decode(data, encoding=encoding, where=name, marks=True)
    if not found.bad:
        return Document(name, found.text, found.encoding)
    lines = found.text.split("\n")
    unread: list[Unread] = []
    for i, line in enumerate(lines):
        if marked(line):
            shown = shown_text(line.strip()[:_SHOWN])
            unread.append(Unread(i + 1, f"line {i + 1} holds bytes that are not valid {found.encoding}: {shown}"))
            lines[i] = " " * len(line)
    return Document(name, "\n".join(lines), found.encoding, unread=tuple(unread))
