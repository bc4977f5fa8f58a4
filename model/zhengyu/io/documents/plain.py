"""Plain text and Markdown: the decoded file itself."""

from __future__ import annotations

from zhengyu.io.documents.document import Document
from zhengyu_corpus.encoding import decode


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Decode a text."""
    found = decode(data, encoding=encoding, where=name, forgiving=True)
    return Document(name, found.text, found.encoding, notes=found.notes)
