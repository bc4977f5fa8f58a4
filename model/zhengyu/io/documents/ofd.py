"""OFD documents (GB/T 33190), the fixed-layout format of Chinese public bodies.

The one module that knows `ofdkit`, which resolves templates and composite units and gives runs of text with their
places; order, paragraphs and furniture are those of every other page (`zhengyu.io.documents.pages`).
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

from zhengyu.io.documents.document import Document, Unread, no_text
from zhengyu.io.documents.pages import DRAWN_STEPS, Page, Run, laid_out, picture_notes, picture_reason
from zhengyu_corpus.errors import ZhengyuError

#: A picture that covers this share of a page with fewer characters than so many beside it is a scanned page.
_PICTURE_SHARE, _PICTURE_CHARS = 0.4, 30
_PICTURE = re.compile(rb"<(?:\w+:)?ImageObject\b[^>]*?\bBoundary\s*=\s*[\"']([^\"']*)")
#: A path, and what each of its steps begins with: move, line, curves, arc.
_LETTERS = frozenset(b"MLQBA")
_PATH = re.compile(rb"<(?:\w+:)?AbbreviatedData>([^<]*)<")


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read the text of the pages; pages that are pictures are named."""
    import ofdkit

    pages: list[Page] = []
    unread: list[Unread] = []
    try:
        with ofdkit.open(data) as document, zipfile.ZipFile(BytesIO(data)) as archive:
            for number, page in enumerate(document.pages, 1):
                held = [
                    Run(run.text, run.x, run.x + run.width, run.y, run.size or 1.0)
                    for run in page.runs
                    if run.text.strip()
                ]
                pages.append(Page(held))
                if sum(len(run.text) for run in held) < _PICTURE_CHARS and _is_picture(page, archive):
                    unread.append(Unread(number, picture_reason(number)))
            warnings = tuple(document.warnings)
    except ofdkit.OFDError as error:
        raise ZhengyuError(f"{name}: expected an OFD document, but it cannot be read: {error}; save it anew") from error
    if not any(page.runs for page in pages):
        many = no_text(len(unread), len(pages))
        raise ZhengyuError(f"{name}: the OFD holds no text ({many}); print it as PDF and run it through OCR")
    notes = (*picture_notes(unread, len(pages)), *(f"damaged in part: {told}" for told in warnings[:3]))
    return laid_out(pages, name, unread=tuple(unread), notes=notes)


def _is_picture(page: Any, archive: zipfile.ZipFile) -> bool:
    """Tell a page most of which is pictures, or whose letters are drawn."""
    try:
        content = archive.read(page.location)
    except (KeyError, TypeError):  # a page without content, or under a name that only ofdkit resolves
        return False
    _, _, width, height = page.box
    covered = 0.0
    for found in _PICTURE.finditer(content):
        try:
            _, _, wide, high = (float(number) for number in found.group(1).split())
        except ValueError:
            continue
        covered += max(0.0, wide) * max(0.0, high)
    steps = sum(sum(byte in _LETTERS for byte in path) for path in _PATH.findall(content))
    return bool(covered > _PICTURE_SHARE * width * height) or steps >= DRAWN_STEPS
