"""One document to its text: the reader of its format, under bounds, its errors made one kind."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from zhengyu.io.documents.document import Document
from zhengyu.io.formats import BY_ENDING
from zhengyu.io.limits import check_archive, read_safely


def read_document(data: bytes, name: str, ending: str, *, encoding: str | None = None) -> Document:
    """Read one document.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How results and errors call it.
    ending : str
        An ending of a document in `zhengyu.io.formats.FORMATS`.
    encoding : str, optional
        Overrules detection for TXT, Markdown and HTML.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or holds no text.
    """
    check_archive(data, name, ending)
    read: Callable[[bytes, str, str | None], Document] = import_module(
        f"zhengyu.io.documents.{BY_ENDING[ending].reader}"
    ).read
    return read_safely(lambda: read(data, name, encoding), name, ending)
