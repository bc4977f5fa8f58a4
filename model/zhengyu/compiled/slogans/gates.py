"""The gates of `zhengyu.slogans.gates`, compiled: each follows its plain namesake to the letter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.compiled import compiled, inlined
from zhengyu.compiled.slogans.grammars import (
    BIT,
    DIGIT,
    FRAME_AFTER,
    FRAME_BEFORE_1,
    FRAME_BEFORE_2,
    HAN,
    LAST_OF_NAME,
    PLACE_END,
    SUM_CHAR,
    SURNAME,
    TEN,
    TRAILING,
    bits_of,
)
from zhengyu.compiled.trie import KEY, child_of, key_of
from zhengyu.slogans import gates
from zhengyu.slogans.gates import LONGEST_ENDING, MAX_CREDIT, MAX_PLACE, NEARBY, REACH
from zhengyu.slogans.grammars import NEVER_ALONE

#: Bits of the words that gates know.
COLUMN, ENDING, CREDIT, POST = 1, 2, 4, 8
#: Characters of the longest column or credit.
LONGEST = max(map(len, (*gates.COLUMNS, *gates.CREDITS)))
_SHAPES = sum(BIT[name] for name in NEVER_ALONE)
_LYING = BIT["in known"] | BIT["holds known"] | BIT["cuts known"]
_OPEN, _OPEN_ONE, _PLUS, _SPACE, _SHOUT, _WIDE_SHOUT = (ord(char) for char in "“‘+ !！")
_HUNDRED, _FIRST, _BRACKET, _WIDE_BRACKET, _CLOSED, _WIDE_CLOSED = (ord(char) for char in "百第(（)）")
_ONE, _TWENTY, _PART_1, _PART_2 = ord("①"), ord("⑳"), ord("部"), ord("分")
_LIST, _DOT, _WIDE_DOT, _CHAPTER, _ARTICLE, _PARAGRAPH, _TITLE, _PAGE = (ord(char) for char in "、.．章节条篇页")
_WIDE_COMMA, _COMMA, _COLON, _WIDE_COLON = (ord(char) for char in "，,:：")


def words() -> tuple[list[str], NDArray[np.int64]]:
    """Return the words that gates know, ascending, and the bits of each."""
    return bits_of(
        ((gates.COLUMNS, COLUMN), (gates.ENDINGS, ENDING), (gates.CREDITS, CREDIT), (gates.POSTS, POST))
    )  # fmt: skip


@compiled
def numbering(text: Any, bits: Any, start: int, end: int) -> int:
    """Return where the numbering that a text begins with ends, -1 when there is none."""
    if start >= end:
        return -1
    first = text[start]
    stop = -1
    if _ONE <= first <= _TWENTY:
        stop = start + 1
    else:
        ordinal, opened = first == _FIRST, first in (_BRACKET, _WIDE_BRACKET)
        at = start + (ordinal or opened)
        begin = at
        while at < end and at - begin < 3 and (bits[at] & (TEN | DIGIT) or text[at] == _HUNDRED):
            at += 1
        if at > begin and at < end:
            mark = text[at]
            closed = mark in (_CLOSED, _WIDE_CLOSED)
            if opened:
                stop = at + 1 if closed else -1
            elif closed or mark in (_LIST, _DOT, _WIDE_DOT, _CHAPTER, _ARTICLE, _PARAGRAPH, _TITLE, _PAGE):
                stop = at + 1
            elif ordinal and mark == _PART_1 and at + 1 < end and text[at + 1] == _PART_2:
                stop = at + 2
    while 0 <= stop < end and text[stop] == _SPACE:
        stop += 1
    return stop


@compiled
def whole_of(text: Any, bits: Any, size: int) -> Any:
    """Return where a paragraph begins behind its numbering and ends before its marks; the end is -1 when it shouts."""
    first, last = max(0, numbering(text, bits, 0, size)), size
    while last and bits[last - 1] & TRAILING:
        last -= 1
    shouts = size > 0 and (text[size - 1] == _SHOUT or text[size - 1] == _WIDE_SHOUT)
    return first, -1 if shouts else last


@inlined  # type: ignore[misc, unused-ignore]
def refused(
    text: Any, bits: Any, start: int, end: int, first: int, last: int, nodes: Any, symbols: Any, kinds: Any
) -> bool:
    """Tell whether a new span is something that no score makes a slogan."""
    han, one_part = False, True
    for i in range(start, end):
        han |= (bits[i] & HAN) != 0
        one_part &= not (bits[i] & TRAILING or text[i] == _PLUS)
    quoted = start > 0 and (text[start - 1] == _OPEN or text[start - 1] == _OPEN_ONE)
    if not han:
        return not (quoted and _sum(text, bits, start, end))
    if numbering(text, bits, start, end) >= 0:
        return True
    if one_part and start <= first and last >= 0 and end >= last:
        return True
    # One walk tells columns and credits; what does not end as a name does is not looked up from behind.
    node = 0
    for i in range(start, min(end, start + LONGEST)):
        node = child_of(nodes, node, symbols[i])
        if node < 0:
            break
        key = nodes[node, KEY]
        if key >= 0:
            if one_part and i + 1 == end and kinds[key] & COLUMN:
                return True
            if end - start <= MAX_CREDIT and kinds[key] & CREDIT:
                return True
    if one_part and bits[end - 1] & LAST_OF_NAME:
        for size in range(2, LONGEST_ENDING + 1):
            found = key_of(nodes, symbols, max(start, end - size), end)
            if found >= 0 and kinds[found] & ENDING:
                return True
        if not quoted and end - start <= MAX_PLACE and bits[end - 1] & PLACE_END:
            return True
    return _names(text, bits, start, end, nodes, symbols, kinds)


@compiled
def _sum(text: Any, bits: Any, start: int, end: int) -> bool:
    """Tell whether a span is numbers joined by plus signs."""
    pluses = 0
    for i in range(start, end):
        if text[i] == _PLUS:
            pluses += 1
            if i == start or i + 1 == end or text[i - 1] == _PLUS:
                return False
        elif not bits[i] & (SUM_CHAR if pluses else DIGIT):
            return False
    return pluses > 0


@compiled
def _parts_names(code: int) -> bool:
    return bool(code in (_LIST, _WIDE_COMMA, _COMMA, _SPACE))


@compiled
def _names(text: Any, bits: Any, start: int, end: int, nodes: Any, symbols: Any, kinds: Any) -> bool:
    """Tell whether a span is a list of names of persons, with their posts or without."""
    if _parts_names(text[start]) or _parts_names(text[end - 1]):
        return False
    parts, family, distinct, plain = 0, 0, False, True
    at = start
    while at < end:
        stop = at
        while stop < end and not _parts_names(text[stop]):
            stop += 1
        named = 2 <= stop - at <= 3 and (bits[at] & SURNAME) != 0
        if not named:
            if not _official(text, bits, at, stop, nodes, symbols, kinds):
                return False
            plain = False
        distinct |= parts > 0 and text[at] != family
        family = text[at] if parts == 0 else family
        parts += 1
        at = stop
        while at < end and _parts_names(text[at]):
            at += 1
    return parts > 1 and (distinct or not plain)


@compiled
def _is_post(start: int, end: int, nodes: Any, symbols: Any, kinds: Any) -> bool:
    found = key_of(nodes, symbols, start, end)
    return bool(found >= 0 and kinds[found] & POST)


@compiled
def _official(text: Any, bits: Any, start: int, end: int, nodes: Any, symbols: Any, kinds: Any) -> bool:
    """Tell whether a part of a list is a post and a name, in either order."""
    for length in (2, 3):
        name = end - length
        if name <= start or not bits[name] & SURNAME:
            continue
        stop = name
        if text[stop - 1] == _COLON or text[stop - 1] == _WIDE_COLON:
            stop -= 1
        for size in (2, 3):
            if stop > start and _is_post(max(start, stop - size), stop, nodes, symbols, kinds):
                return True
    if bits[start] & SURNAME:
        for size in (2, 3):
            if 2 <= end - start - size <= 4 and _is_post(end - size, end, nodes, symbols, kinds):
                return True
    return False


@inlined  # type: ignore[misc, unused-ignore]
def signalled(text: Any, words: Any, size: int, start: int, end: int, layers: int) -> bool:
    """Tell whether a new wording has a signal beside its shape."""
    if layers & ~(_SHAPES | _LYING):
        return True
    if start > 0 and (text[start - 1] == _OPEN or text[start - 1] == _OPEN_ONE):
        return True
    for i in range(max(0, start - REACH), start):
        if words[i] & FRAME_BEFORE_1 or (words[i] & FRAME_BEFORE_2 and i + 2 <= start):
            return True
    if end < size and words[end] & FRAME_AFTER:
        return True
    return _comes_again(text, size, start, end)


@compiled
def _comes_again(text: Any, size: int, start: int, end: int) -> bool:
    length = end - start
    for i in range(end, min(size, end + NEARBY) - length + 1):
        if text[i] == text[start] and _same(text, i, start, length):
            return True
    for i in range(max(0, start - NEARBY), start - length + 1):
        if text[i] == text[start] and _same(text, i, start, length):
            return True
    return False


@compiled
def _same(text: Any, i: int, j: int, length: int) -> bool:
    k = 0
    while k < length and text[i + k] == text[j + k]:
        k += 1
    return k == length
