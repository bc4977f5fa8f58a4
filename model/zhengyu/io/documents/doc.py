"""Word 97 to 2003 documents (DOC) and those of Kingsoft Writer (WPS): the piece table of an OLE compound file.

Offsets, flags and property codes are those of [MS-DOC], the published specification of the format.
"""

from __future__ import annotations

import io
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.lines import Lines
from zhengyu_corpus.errors import ZhengyuError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Word 97 and later; older files hold text in another way.
_WORD_97, _LEAST_NFIB = 0xA5EC, 0x00C1
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
#: Places in the file information block: counts of characters of each part, and of the tables that are needed.
_COUNTS, _CLX, _CHARACTERS, _PARAGRAPHS = 0x4C, 0x1A2, 0xFA, 0x102
#: Property codes.
_DELETED, _HIDDEN, _SYMBOL = 0x0800, 0x083C, 0x6A09
_IN_TABLE, _ROW_END, _LIST = 0x2416, 0x2417, 0x460B
#: Bytes of a property's value by the top three bits of its code; 0 where the first byte tells.
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
_CONTROL = re.compile("[\x00-\x1f]")
#: What streams tell of files that are no Word document.
_OTHERS = {
    "Workbook": "an Excel workbook; name it .xls",
    "Book": "an old Excel workbook; name it .xls",
    "PowerPoint Document": "a presentation; save its text",
    "EncryptedPackage": "locked with a password; save it without one",
    "MatOST": "a document of Microsoft Works; save it as DOCX with LibreOffice",
    "CONTENTS": "a document of Microsoft Works; save it as DOCX with LibreOffice",
    "HwpSummaryInformation": "a document of Hangul; save it as DOCX",
}


@dataclass(slots=True)
class _Spans:
    """Stretches of the file with a property, in order of their start."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    values: list[dict[int, int]] = field(default_factory=list)

    def at(self, place: int) -> dict[int, int]:
        """Return the properties at a place of the file."""
        n = bisect_right(self.starts, place) - 1
        return self.values[n] if n >= 0 and place < self.ends[n] else {}


@dataclass(slots=True)
class _Found:
    """What was met on the way."""

    pictures: int = 0
    numbered: int = 0


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read text, tables row by row, text boxes and notes; heads and feet of pages are furniture."""
    main, table = _streams(data, name)
    counts = struct.unpack_from("<7I", main, _COUNTS)
    text, notes, heads, _, comments, ends, boxes = counts
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    pieces = list(_pieces(main, table))
    characters, paragraphs = _spans(main, table, _CHARACTERS, 1), _spans(main, table, _PARAGRAPHS, 13)
    found = _Found()
    body = [
        _part(main, pieces, starts[n], starts[n + 1], characters, paragraphs, found)
        # The text, then what stands outside of it: boxes, footnotes, endnotes.
        for n, count in ((0, text), (6, boxes), (1, notes), (5, ends))
        if count
    ]
    whole = "\n".join(part for part in body if part.strip())
    if not whole.strip():
        why = f"only pictures ({found.pictures})" if found.pictures else "no text"
        raise ZhengyuError(f"{name}: the document holds {why}; run it through OCR first, as PDF")
    furniture: list[tuple[int, str]] = []
    outside = _part(main, pieces, starts[2], starts[3], characters, paragraphs, _Found()) if heads else ""
    for line in dict.fromkeys(line.strip() for line in outside.split("\n") if line.strip()):
        furniture.append((len(whole) + 1, "running head"))
        whole += f"\n{line}"
    told = []
    if found.numbered:
        told.append(f"{found.numbered:,} paragraphs have automatic numbers, which are not in the text")
    if comments:
        told.append("comments in the margin are left out")
    return Document(name, whole, "", furniture=tuple(furniture), notes=tuple(told))


def _streams(data: bytes, name: str) -> tuple[bytes, bytes]:
    """Return the main stream and the table stream.

    Raises
    ------
    ZhengyuError
        The file is no Word document of 1997 or later, or is locked.
    """
    import olefile

    if not data.startswith(_OLE):
        raise ZhengyuError(f"{name}: expected a Word 97 document (DOC) or one of Kingsoft Writer; save it as DOCX")
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            for stream, kind in _OTHERS.items():
                if file.exists(stream) and not file.exists("WordDocument"):
                    raise ZhengyuError(f"{name}: expected a Word document, it is {kind}")
            if not file.exists("WordDocument"):
                raise ZhengyuError(f"{name}: expected a Word document, but it has no text stream; save it as DOCX")
            main: bytes = file.openstream("WordDocument").read()
            kind, version, flags = *struct.unpack_from("<2H", main), struct.unpack_from("<H", main, 10)[0]
            if flags & _ENCRYPTED:
                raise ZhengyuError(f"{name}: is locked with a password; save it without one")
            if kind != _WORD_97 or version < _LEAST_NFIB:
                raise ZhengyuError(f"{name}: was written by Word 95 or older; save it as DOCX")
            table: bytes = file.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
    except (OSError, struct.error) as error:
        raise ZhengyuError(f"{name}: expected a Word document, but it is damaged: {error}; save it as DOCX") from error
    return main, table


def _pieces(main: bytes, table: bytes) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the pieces of the text: first character, last, place in the file, and whether a character is one byte."""
    place, size = struct.unpack_from("<2I", main, _CLX)
    end = place + size
    while place < end and table[place] == 1:  # properties that pieces refer to
        place += 3 + struct.unpack_from("<H", table, place + 1)[0]
    if place >= end or table[place] != 2:
        raise ValueError("its piece table is missing")
    size = struct.unpack_from("<I", table, place + 1)[0]
    many = (size - 4) // 12
    marks = struct.unpack_from(f"<{many + 1}I", table, place + 5)
    for n in range(many):
        at = struct.unpack_from("<I", table, place + 5 + 4 * (many + 1) + 8 * n + 2)[0]
        narrow = bool(at & 0x40000000)
        at &= 0x3FFFFFFF
        yield marks[n], marks[n + 1], at // 2 if narrow else at, narrow


def _spans(main: bytes, table: bytes, fib: int, entry: int) -> _Spans:
    """Return the properties of characters or paragraphs: pages of 512 bytes, listed in the table stream."""
    place, size = struct.unpack_from("<2I", main, fib)
    found = _Spans()
    many = (size - 4) // 8 if size >= 4 else 0
    for n in range(many):
        page = (struct.unpack_from("<I", table, place + 4 * (many + 1) + 4 * n)[0] & 0x3FFFFF) * 512
        held = main[page : page + 512]
        if len(held) < 512:
            continue  # a page that is missing costs its properties, not the text
        runs = held[511]
        marks = struct.unpack_from(f"<{runs + 1}I", held)
        for k in range(runs):
            offset = held[4 * (runs + 1) + entry * k] * 2
            if offset:
                found.starts.append(marks[k])
                found.ends.append(marks[k + 1])
                found.values.append(_properties(held, offset, paragraph=entry > 1))
    order = sorted(range(len(found.starts)), key=found.starts.__getitem__)
    return _Spans(*([column[n] for n in order] for column in (found.starts, found.ends, found.values)))  # type: ignore[arg-type]


def _properties(page: bytes, offset: int, *, paragraph: bool) -> dict[int, int]:
    """Return the properties that are stored at an offset of a page, by their codes."""
    size, place = page[offset], offset + 1
    if paragraph:
        size = 2 * page[place] if not size else 2 * size - 1
        place += 1 if not page[offset] else 0
        place, size = place + 2, size - 2  # the style
    end, found = min(place + size, len(page)), dict[int, int]()
    while place + 2 < end:
        code = page[place] | page[place + 1] << 8
        place += 2
        width = _SIZES[code >> 13]
        if not width:
            width = page[place] + (1 if code != 0xD608 else 0)
            if code == 0xD608 and place + 1 < end:  # a table's columns: two bytes tell
                width = page[place] | page[place + 1] << 8
            place += 1
        found[code] = int.from_bytes(page[place : place + min(width, 4)], "little")
        place += width
    return found


def _part(
    main: bytes,
    pieces: list[tuple[int, int, int, bool]],
    start: int,
    end: int,
    characters: _Spans,
    paragraphs: _Spans,
    found: _Found,
) -> str:
    """Return the text of one part of the document."""
    lines = Lines()
    cell: list[str] = []
    line: list[str] = []
    fields: list[bool] = []  # of the fields that are open, whether their result has begun

    def finish() -> list[str]:
        text = "".join(line)
        line.clear()
        return text.split("\n")

    for text, control, place in _marks(main, pieces, start, end, characters):
        if all(fields):
            line.append(text)
        match control:
            case "\x13":
                fields.append(False)
            case "\x14" if fields:
                fields[-1] = True
            case "\x15" if fields:
                fields.pop()
            case "\x01" | "\x08":
                found.pictures += 1
            case "\t" | "\x1e" if all(fields):
                line.append("-" if control == "\x1e" else control)
            case "\x0b" if all(fields):
                line.append("\n")
            case "\r" | "\x0c" | "\x0e" | "\x07" if all(fields):
                facts = paragraphs.at(place)
                found.numbered += facts.get(_LIST, 0) not in (0, 0xF801) and bool("".join(line).strip())
                if control == "\x07":
                    if facts.get(_ROW_END):
                        lines.end_row()
                        line.clear()
                    else:
                        lines.start_cell()
                        for one in [*cell, *finish()]:
                            lines.add(one)
                        lines.end_cell()
                        cell.clear()
                elif facts.get(_IN_TABLE):
                    cell.extend(finish())
                else:
                    for one in finish():
                        lines.add(one)
            case _:
                pass
    for one in [*cell, *finish()]:
        lines.add(one)
    return lines.text().strip("\n")


def _marks(
    main: bytes, pieces: list[tuple[int, int, int, bool]], start: int, end: int, characters: _Spans
) -> Iterator[tuple[str, str, int]]:
    """Yield stretches of visible text, each with the control character that ends it and that one's place."""
    for first, last, at, narrow in pieces:
        low, high = max(first, start), min(last, end)
        if low >= high:
            continue
        size = 1 if narrow else 2
        place, stop = at + (low - first) * size, at + (high - first) * size
        while place < stop:
            n = bisect_right(characters.starts, place) - 1
            inside = n >= 0 and place < characters.ends[n]
            facts = characters.values[n] if inside else {}
            if inside:
                upto = min(stop, characters.ends[n])
            else:
                upto = min(stop, characters.starts[n + 1]) if n + 1 < len(characters.starts) else stop
            upto = max(place + size, upto - (upto - place) % size)
            raw = main[place:upto]
            text = raw.decode("cp1252", "replace") if narrow else raw.decode("utf-16-le", "replace")
            visible = facts.get(_DELETED) != 1 and facts.get(_HIDDEN) != 1
            if _SYMBOL in facts and text.strip("(") == "":
                text = chr(facts[_SYMBOL] >> 16 & 0xFFFF) * len(text)
            done = 0
            for mark in _CONTROL.finditer(text):
                shown = text[done : mark.start()] if visible else ""
                # A deleted paragraph mark or the end of a hidden cell still ends what stands before it.
                yield shown, mark.group(), place + mark.start() * size
                done = mark.end()
            if done < len(text) and visible:
                yield text[done:], "", upto
            place = upto
