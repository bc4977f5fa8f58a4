"""The text of a document."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    name: str
    text: str
    encoding: str
