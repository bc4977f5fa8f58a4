"""Electronic books (EPUB): their chapters in reading order."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from urllib.parse import unquote

from zhengyu.io.documents.document import Document, Unread
from zhengyu.io.documents.html import damage, decode_page, page_text
from zhengyu.io.documents.markup import attribute, children, local, parse_xml
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
#: A picture on a page.
_IMAGE = pattern(r"<(?:\w+:)?(?:img|image|svg|object)[\s>/]", re.IGNORECASE)
#: Ways to scramble fonts, which leave the text as it is.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read the pages of the spine; the list of contents is left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _book(archive, name, encoding)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError) as error:
        raise ZhengyuError(f"{name}: expected an EPUB book, but it cannot be read: {error}; save it anew") from error


def _book(archive: zipfile.ZipFile, name: str, encoding: str | None) -> Document:
    held = set(archive.namelist())
    if "META-INF/encryption.xml" in held:
        root = parse_xml(archive.read("META-INF/encryption.xml"), f"{name}: encryption.xml")
        ways = {attribute(one, "Algorithm") for one in root.iter() if local(one) == "EncryptionMethod"}
        if ways - set(_FONT_SCRAMBLING):
            raise ZhengyuError(f"{name}: is protected against copying; get it without protection")
    container = parse_xml(archive.read("META-INF/container.xml"), f"{name}: container.xml")
    place = next((attribute(one, "full-path") for one in container.iter() if local(one) == "rootfile"), "")
    package = parse_xml(archive.read(place), f"{name}: {place}")
    items = {
        attribute(item, "id"): item for manifest in children(package, "manifest") for item in children(manifest, "item")
    }
    texts: list[str] = []
    unread: list[Unread] = []
    notes: list[str] = []
    number = pictures = 0
    for spine in children(package, "spine"):
        for reference in children(spine, "itemref"):
            item = items.get(attribute(reference, "idref"))
            if item is None or attribute(item, "media-type") not in _PAGES:
                continue
            if "nav" in attribute(item, "properties").split():
                continue
            href = unquote(attribute(item, "href").partition("#")[0])
            page = posixpath.normpath(posixpath.join(posixpath.dirname(place), href))
            number += 1
            if page not in held:
                unread.append(Unread(number, f"the book names {page} but does not hold it"))
                continue
            found = decode_page(archive.read(page), f"{name}: {page}", encoding)
            texts.append(page_text(found.text, f"{name}: {page}"))
            if not texts[-1].strip() and _IMAGE.search(found.text):
                pictures += 1
                if len(texts) > 1:  # the first is the cover
                    why = f"{page} of the book holds pictures alone, which are not read"
                    unread.append(Unread(number, why))
                    notes.append(why)
            notes.extend(f"{page}: {note}" for note in damage(found))
    if not any(text.strip() for text in texts):
        held_there = f"{pictures} of its {len(texts)} pages hold pictures alone" if pictures else "its pages are empty"
        raise ZhengyuError(f"{name}: the book holds no text ({held_there}); print it as PDF and run it through OCR")
    return Document(name, "\n".join(texts), "", unread=tuple(unread), notes=tuple(notes))
