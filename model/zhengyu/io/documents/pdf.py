"""PDF documents: the characters of every page with their places."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from zhengyu.io.documents.document import INSTALL, Document, Unread, no_text
from zhengyu.io.documents.pages import (
    DRAWN_STEPS,
    Page,
    Rule,
    Run,
    laid_out,
    picture_notes,
    picture_reason,
)
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lines import width

#: A picture that covers this share of a page with fewer characters than so many beside it is a scanned page.
_PICTURE_SHARE, _PICTURE_CHARS = 0.4, 30
#: A page whose characters are unmapped to this share holds no text that can be used.
_UNMAPPED_SHARE = 0.3
#: A path so thin is a ruled line; a page with more is a drawing.
_RULE, _MOST_RULES = 2.5, 4_000
#: Characters whose gap is wider than this many of them are not of one run.
_RUN_GAP = 0.9


def read(
    data: bytes, name: str, encoding: str | None, recognised: Mapping[int, Sequence[Run]] | None = None
) -> Document:
    """Read the text of the pages; pages that are pictures are named.

    Parameters
    ----------
    data, name, encoding
        As every reader takes them.
    recognised : mapping of int to sequence of Run, optional
        What OCR read, by the 1-based number of the page: it stands for the page's own text. A document without any
        text is then no error.
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        word = (
            "it is locked with a password; save it without one" if "assword" in str(error) else f"{error}; save it anew"
        )
        raise ZhengyuError(f"{name}: expected a PDF document, but it cannot be read: {word}") from error
    pages: list[Page] = []
    unread: list[Unread] = []
    odd = total = 0
    for number in range(len(pdf)):
        page = pdf[number]
        if recognised and number + 1 in recognised:
            pages.append(Page(list(recognised[number + 1])))
            total += sum(len(run.text) for run in pages[-1].runs)
            continue
        held, unmapped, characters = _page(page)
        if _is_picture(page, characters, unmapped):
            unread.append(Unread(number + 1, picture_reason(number + 1)))
        else:
            odd, total = odd + unmapped, total + characters
        pages.append(held)
        page.close()
    if not total and recognised is None:
        many = no_text(len(unread), len(pages))
        raise ZhengyuError(f"{name}: the PDF holds no text ({many}); zhengyu tag --ocr auto reads pictures ({INSTALL})")
    notes = picture_notes(unread, len(pages))
    if recognised:
        told = ", ".join(map(str, sorted(recognised)))
        notes.append(f"{len(recognised)} of {len(pages)} pages were read by OCR: {told}")
    if odd:
        notes.append(
            f"{odd:,} of {total:,} characters ({odd / total:.1%}) have no Unicode mapping or are private to their font"
        )
    return laid_out(pages, name, unread=tuple(unread), notes=tuple(notes))


def _page(page: Any) -> tuple[Page, int, int]:
    """Return a page's runs, how many of its characters are unmapped or private, and how many it has."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    matrix = pdfium.FS_MATRIX()
    characters: list[tuple[str, int, float, float, float, float]] = []  # character, angle, start, end, baseline, size
    angles: Counter[int] = Counter()
    unmapped = 0
    for n in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, n)
        if pdfium.FPDFText_IsGenerated(text, n) == 1 or code in (0x0A, 0x0D):
            continue
        if code in (2, 0xFFFE):  # pdfium's sign for a hyphen at the end of a line
            code = 0x2D
        char = "\ufffd" if not code or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
        if char.isspace() and char != "\u3000":
            continue  # the gap tells
        if unicodedata.category(char) == "Cc":
            char = "\ufffd"
        if char == "\ufffd" or unicodedata.category(char) == "Co" or pdfium.FPDFText_HasUnicodeMapError(text, n) == 1:
            unmapped += 1
        pdfium.FPDFText_GetLooseCharBox(text, n, box)
        pdfium.FPDFText_GetCharOrigin(text, n, x, y)
        pdfium.FPDFText_GetMatrix(text, n, matrix)
        size = pdfium.FPDFText_GetFontSize(text, n)
        scale = math.hypot(matrix.c, matrix.d) * size or 1.0
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
        angles[angle] += 1
        if angle:  # set across the page, or a page that is turned: measured along its own direction
            along = math.radians(angle)
            start = x.value * math.cos(along) + y.value * math.sin(along)
            end, top = start + scale * width(char) / 2, x.value * math.sin(along) - y.value * math.cos(along)
        else:
            start, end, top = x.value, box.right, -y.value
        characters.append((char, angle, start, end, top, scale))
    usual = angles.most_common(1)[0][0] if angles else 0
    upright = [c for c in characters if c[1] == usual]
    other = [c for c in characters if c[1] != usual]
    rules = _rules(page) if usual == 0 else []
    return Page(_runs(upright), [run.text for run in _runs(other)], rules), unmapped, len(characters)


def _rules(page: Any) -> list[Rule]:
    """Return the thin paths of a page: the borders of its tables."""
    import pypdfium2.raw as pdfium

    found: list[Rule] = []
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3):
        left, bottom, right, top = path.get_bounds()
        wide, high = right - left, top - bottom
        if min(wide, high) <= _RULE and max(wide, high) > 2 * _RULE:
            found.append((left, -top, right, -bottom))
        elif min(wide, high) > 4 * _RULE:  # a box
            found.extend([(left, -top, left, -bottom), (right, -top, right, -bottom)])
            found.extend([(left, -top, right, -top), (left, -bottom, right, -bottom)])
        if len(found) > _MOST_RULES:
            return []
    return found


def _runs(characters: list[tuple[str, int, float, float, float, float]]) -> list[Run]:
    """Join characters that follow one another on a baseline."""
    runs: list[Run] = []
    text, left, right, top, size = "", 0.0, 0.0, 0.0, 1.0
    for char, _, start, end, at, scale in characters:
        gap = start - right
        if (
            text
            and abs(at - top) < 0.1 * size
            and -0.5 * size < gap < _RUN_GAP * size
            and abs(scale - size) < 0.05 * size
        ):
            latin = max(text[-1], char) < "\u2e80"
            text += (" " if latin and gap > 0.18 * size else "") + char
            right = max(right, end)
            continue
        if text:
            runs.append(Run(text, left, right, top, size))
        text, left, right, top, size = char, start, end, at, scale
    if text:
        runs.append(Run(text, left, right, top, size))
    return runs


def _is_picture(page: Any, characters: int, unmapped: int) -> bool:
    """Tell a page whose content is a picture, letters that are drawn, or text that nothing can be made of."""
    import pypdfium2.raw as pdfium

    if characters >= _PICTURE_CHARS:
        return unmapped > _UNMAPPED_SHARE * characters
    width, height = page.get_size()
    covered = 0.0
    for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=5):
        left, bottom, right, top = thing.get_bounds()
        covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    if covered > _PICTURE_SHARE * width * height:
        return True
    paths = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=5)
    return bool(sum(max(0, pdfium.FPDFPath_CountSegments(path)) for path in paths) >= DRAWN_STEPS)
