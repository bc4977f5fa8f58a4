"""The text of a document, and what its reader knows of it beside the text."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    name: str
    text: str
    encoding: str
    furniture: tuple[tuple[int, str], ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    recognised: tuple[Recognised, ...] = ()
