"""Saved pages in one file (MHT, MHTML) and mail: parts of a MIME message, their texts decoded by what the bytes are."""

from __future__ import annotations

import email
import email.message
import email.policy
from collections.abc import Iterator

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.html import decode_page, page_text, read_page
from zhengyu_corpus.errors import ZhengyuError

#: Parts of one message; saved pages have hundreds of pictures.
MAX_PARTS = 5_000


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read the page that was saved; pictures, styles and frames around it are left out."""
    message = parse(data, name)
    pages = [
        part for part in leaves(message, name) if part.get_content_type() in ("text/html", "application/xhtml+xml")
    ]
    start = str(message.get_param("start", "")) if message.is_multipart() else ""
    # The page that is named comes first, else the first one; a frameset has its text in the others.
    pages.sort(key=lambda part: not start or part.get("Content-ID", "") != start)
    for part in pages:
        page = decode_page(content(part), name, encoding, label=str(part.get_content_charset("")))
        text, meta = read_page(page.text, name)
        if text.strip():
            return Document(name, text, page.encoding, meta=meta)
    for part in leaves(message, name):
        if part.get_content_type() == "text/plain":
            text, found = part_text(part, name, encoding)
            if text.strip():
                return Document(name, text, found)
    raise ZhengyuError(f"{name}: expected a saved page, but no part of it holds text; save the page anew")


def parse(data: bytes, name: str) -> email.message.Message:
    """Return a message.

    Raises
    ------
    ZhengyuError
        It is none.
    """
    message = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf\r\n\t "), policy=email.policy.compat32)
    if not message.keys() or not ("Content-Type" in message or "MIME-Version" in message or "From" in message):
        raise ZhengyuError(f"{name}: expected a MIME message, but it does not begin with its headers; save it anew")
    return message


def leaves(message: email.message.Message, name: str) -> Iterator[email.message.Message]:
    """Yield the parts that hold content, in their order.

    Raises
    ------
    ZhengyuError
        There are more than `MAX_PARTS`.
    """
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS:
            raise ZhengyuError(f"{name}: holds more than {MAX_PARTS:,} parts; save it anew")
        if not part.is_multipart():
            yield part


def part_text(part: email.message.Message, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a page or plain part and its encoding."""
    data = content(part)
    found = decode_page(data, name, encoding, label=str(part.get_content_charset("")))
    if part.get_content_type() == "text/plain":
        return found.text, found.encoding
    return page_text(found.text, name), found.encoding


def content(part: email.message.Message) -> bytes:
    """Return the bytes of a part without their encoding for transport."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
