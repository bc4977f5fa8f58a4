"""Saved pages in one file (MHT, MHTML) and mail: parts of a MIME message, their texts decoded by what the bytes are."""

from __future__ import annotations

import email
import email.message
import email.policy
from collections.abc import Iterator
from urllib.parse import unquote, urljoin

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.html import damage, decode_page, frames_of, page_text, read_page
from zhengyu_corpus.encoding import Decoded
from zhengyu_corpus.errors import ZhengyuError

#: Parts of one message; saved pages have hundreds of pictures.
MAX_PARTS = 5_000


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read the page that was saved, and behind it what it shows in its frames; pictures and styles are left out."""
    message = parse(data, name)
    pages = [
        part for part in leaves(message, name) if part.get_content_type() in ("text/html", "application/xhtml+xml")
    ]
    start = str(message.get_param("start", "")) if message.is_multipart() else ""
    # The page that is named comes first, else the first one; a frameset has its text in the others.
    pages.sort(key=lambda part: not start or part.get("Content-ID", "") != start)
    waiting = pages[:1]
    shown: list[tuple[str, tuple[tuple[str, str], ...], Decoded]] = []
    while waiting:
        part = waiting.pop(0)
        page = decode_page(content(part), name, encoding, label=str(part.get_content_charset("")))
        text, meta = read_page(page.text, name)
        if text.strip():
            shown.append((text, meta, page))
        pages.remove(part)
        base = part.get("Content-Location", "")
        for address in frames_of(page.text):
            waiting.extend(one for one in pages if one not in waiting and _is_at(one, address, base))
        if not waiting and not shown:
            waiting = pages[:1]
    if shown:
        notes = tuple(dict.fromkeys(note for _, _, page in shown for note in damage(page)))
        whole = "\n".join(text for text, _, _ in shown)
        return Document(name, whole, shown[0][2].encoding, notes=notes, meta=shown[0][1])
    for part in leaves(message, name):
        if part.get_content_type() == "text/plain":
            text, found = part_text(part, name, encoding)
            if text.strip():
                return Document(name, text, found)
    raise ZhengyuError(f"{name}: expected a saved page, but no part of it holds text; save the page anew")


def _is_at(part: email.message.Message, address: str, base: str) -> bool:
    """Tell whether a part is what a frame shows, by its number (``cid:``) or where it was."""
    if address.lower().startswith("cid:"):
        return (
            part.get("Content-ID", "").strip("<> ") == unquote(address[4:]) or part.get("Content-Location") == address
        )
    try:
        return part.get("Content-Location", "") in (address, urljoin(base, address))
    except ValueError:  # no address
        return False


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
