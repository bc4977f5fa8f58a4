"""A document with its paragraphs, and the signature by which its like is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    signature : bytes
        See `split`.
    """

    document: Document
    paragraphs: list[Paragraph]
    signature: bytes


def split(text: str, furniture: Mapping[int, str]) -> tuple[list[Paragraph], bytes]:
    """Split the text of a document into paragraphs, and sign it.

    Parameters
    ----------
    text : str
        The document.
    furniture : mapping of int to str
        Lines that are furniture by their place; see `zhengyu_corpus.splitting.split_document`.

    Returns
    -------
    tuple of (list of Paragraph, bytes)
        The signature is that of the text without furniture (`zhengyu_corpus.near_duplicates.signature`), empty where
        that has under 20 letters and digits and cannot be told from others.
    """
    parts = split_document(text, furniture)
    content = "".join(part.text for part in parts if part.kind != "furniture")
    return parts, signature(content).tobytes() if len(bare(content[:1000])) >= _LEAST_CHARS else b""
