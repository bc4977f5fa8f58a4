"""A paragraph as slogans are looked for in it, compiled; see `zhengyu.slogans.view`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.compiled import compiled
from zhengyu.compiled.segmentation import LAST_OF_ASCII, ends_line, next_code
from zhengyu.compiled.slogans.grammars import JOINT, PLANE, POSSESSIVE, SEPARATOR
from zhengyu.slogans import view

_SPACE = 32
_APOSTROPHE, _OPEN_ONE, _CLOSE_ONE = ord("'"), ord("‘"), ord("’")
_STRAIGHT, _OPEN, _CLOSE = (ord(char) for char in '"“”')


def directions() -> NDArray[np.int8]:
    """Return 1 for opening quotation marks, -1 for closing ones."""
    found = np.zeros(PLANE, dtype=np.int8)
    found[[ord(char) for char in view.OPENING]] = 1
    found[[ord(char) for char in view.CLOSING]] = -1
    return found


@compiled
def look(data: Any, at: int, stop: int, normal: Any, directions: Any, text: Any, source: Any) -> int:
    """Fill `text` with normalised characters and `source` with their places; return how many there are."""
    size, place, opened = 0, 0, False
    blank, line_end = -1, False  # as in `zhengyu.compiled.segmentation.read_text`
    while at < stop:
        first = np.int32(data[at])
        if 0xE3 <= first <= 0xE9 and at + 2 < stop and blank < 0:  # what nearly all text is: a character of three bytes
            code: Any = (first & 0x0F) << 12 | (np.int32(data[at + 1]) & 0x3F) << 6 | (np.int32(data[at + 2]) & 0x3F)
            code = normal[code]
            if code > LAST_OF_ASCII:
                text[size], source[size] = code, place
                size, place, at = size + 1, place + 1, at + 3
                continue
        raw, at = next_code(data, at, stop)
        code = raw
        if code < 0x10000:
            code = normal[code]
            if code < 0:
                place += 1
                continue
        han = 0x3400 <= code <= 0x9FFF
        if code == _SPACE:
            if blank < 0 and size > 0 and 0x3400 <= text[size - 1] <= 0x9FFF:
                blank, line_end = size, False
            line_end |= ends_line(raw)
        elif blank >= 0:
            if han and (line_end or size == blank + 1):
                size = blank
            blank = -1
        if code == _STRAIGHT:
            way = directions[raw]
            opens = way > 0 or (way == 0 and not opened)
            code = _OPEN if opens else _CLOSE
            opened = opens
        elif code == _APOSTROPHE and raw in (_OPEN_ONE, _CLOSE_ONE):
            code = raw
        text[size], source[size] = code, place
        size += 1
        place += 1
    return size


def view_text(text: str, normal: Any, directions: Any) -> str:
    """Return the text of a paragraph's view."""
    data = np.frombuffer(text.encode(), np.uint8)
    letters, source = np.empty(data.size, np.int32), np.empty(data.size, np.int64)
    return letters[: look(data, 0, data.size, normal, directions, letters, source)].tobytes().decode("utf-32-le")


@compiled
def clauses_of(bits: Any, size: int, notable: Any, many: int, clauses: Any) -> int:
    """Fill `clauses` with start, end, whether a joint follows, and the first 的, for every clause; return their number.

    `notable` has the places of the notable characters of the text; a clause without 的 has the end of the text for it.
    Every other character may be a clause: there must be room for so many.
    """
    n, at, last, joint, de = 0, 0, -1, 0, size
    for place in range(many + 1):
        end, bit = size, SEPARATOR
        if place < many:
            end, bit = notable[place], bits[notable[place]]
        if bit & SEPARATOR:
            if end > at:
                if n:
                    clauses[n - 1, 2] = joint & (at - last == 1)
                clauses[n, 0], clauses[n, 1], clauses[n, 2], clauses[n, 3] = at, end, 0, de
                n, last, joint = n + 1, end, bit & JOINT != 0
            at, de = end + 1, size
        elif bit & POSSESSIVE:
            de = min(de, end)
    return n
