"""The text of a document, and what its reader knows of it beside the text."""

from __future__ import annotations

from dataclasses import dataclass

#: How to install what reads pictures.
INSTALL = 'pip install "zhengyu[ocr]"'


def no_text(pictures: int, pages: int) -> str:
    """Say what the pages of a document without text hold."""
    if pictures:
        return f"{pictures} of its {pages} pages are pictures"
    return f"its {pages} pages are blank or hold simple drawings"


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a document that could not be read: a page that is a picture, an attachment of an unknown format.

    Attributes
    ----------
    place : int
        Its 1-based number: of the page, or of the part.
    reason : str
        What it is and what to do.
    """

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """A stretch of the text that OCR read.

    Attributes
    ----------
    start, end : int
        Character offsets in the text.
    confidence : float
        Between 0 and 1, as the recogniser gives it for the line.
    """

    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one document and how it was read.

    Attributes
    ----------
    name : str
        The file as the user named it.
    text : str
        Its text; paragraph offsets count in it. For TXT and Markdown it is the decoded file itself.
    encoding : str
        The encoding, ``""`` for formats that carry their own.
    furniture : tuple of (int, str)
        Offsets at which lines start that are furniture by their place on the page, such as folios and running heads,
        and the name of the rule.
    unread : tuple of Unread
        Parts that could not be read; the rest stands in `text`.
    notes : tuple of str
        What the user should know of the reading, one sentence each.
    recognised : tuple of Recognised
        What OCR read, in the order of the text.
    pages : int
        How many pages it has, 0 for formats without pages.
    meta : tuple of (str, str)
        Names and contents of a page's meta tags, and its title under the name ``title``.
    """

    name: str
    text: str
    encoding: str
    furniture: tuple[tuple[int, str], ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    recognised: tuple[Recognised, ...] = ()
    pages: int = 0
    meta: tuple[tuple[str, str], ...] = ()


def confidence(document: Document, start: int, end: int) -> float | None:
    """Return how sure OCR was of a stretch of a document, the mean over its characters; None where it read nothing."""
    spans = [(min(end, one.end) - max(start, one.start), one.confidence) for one in document.recognised]
    held = [(size, sure) for size, sure in spans if size > 0]
    return sum(size * sure for size, sure in held) / sum(size for size, _ in held) if held else None
