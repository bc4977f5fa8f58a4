"""A document with its paragraphs, its facts, and the signature by which its like is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhengyu.io.columns import FACTS_FROM
from zhengyu.io.documents.document import Document
from zhengyu_corpus.near_duplicates import bare, signature
from zhengyu_corpus.splitting import Paragraph, split_document

#: Letters and digits from which a document can be told from others.
_LEAST_CHARS = 20


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document and its paragraphs.

    Attributes
    ----------
    document : Document
        As it was read.
    paragraphs : list of Paragraph
        All of its text.
    signature : str
        The signature of its text without furniture (`zhengyu_corpus.near_duplicates.signature`) as hexadecimal digits,
        ``""`` where that has under 20 letters and digits and cannot be told from others.
    facts : mapping of str to str or None
        Column to value, see `zhengyu_corpus.facts`; empty where they were not asked for.
    """

    document: Document
    paragraphs: list[Paragraph]
    signature: str
    facts: Mapping[str, str | None]

    def places(self) -> list[tuple[int, int, str, str]]:
        """Return start, end, kind and rule of each paragraph, from which `of_places` makes it again."""
        return [(one.start, one.end, one.kind, one.rule) for one in self.paragraphs]

    @classmethod
    def of_places(
        cls, document: Document, places: Iterable[Any], signed: str, facts: Mapping[str, str | None]
    ) -> SplitDocument:
        """Return a document with paragraphs at the given `places`."""
        parts = [
            Paragraph(number, start, end, document.text[start:end], kind, rule)
            for number, (start, end, kind, rule) in enumerate(places, 1)
        ]
        return cls(document, parts, signed, facts)


def split(document: Document, *, facts: bool = False) -> SplitDocument:
    """Split a document into paragraphs, sign it, and find its facts if that is asked."""
    parts = split_document(document.text, dict(document.furniture))
    content = "".join(part.text for part in parts if part.kind != "furniture")
    signed = signature(content).tobytes().hex() if len(bare(content[:1000])) >= _LEAST_CHARS else ""
    return SplitDocument(document, parts, signed, _facts(parts, document) if facts else {})


def _facts(parts: list[Paragraph], document: Document) -> dict[str, str | None]:
    from zhengyu_corpus.facts import FIELDS, find_facts

    found = find_facts(parts, document.meta)
    values = {name: fact.value if (fact := getattr(found, name)) is not None else None for name in FIELDS}
    return {**values, FACTS_FROM: found.told()}
