"""UTF-8 to normalised characters to words: what normalising and ``jieba.cut(HMM=False)`` do, compiled.

Texts are read into a stretch of some thousand characters, each followed by a separator, and the stretch is segmented at
once: the words of two and three characters are looked up for all places in passes without a branch, of which each asks
for what the next one looks at, so that the memory that holds the dictionary answers many questions at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.dictionary import HAN, SPACE
from zhengyu.compiled.fetch import fetch

_SPACE_CODE = 32
#: Beyond it no normalised character is a space or a quotation mark that has to be looked at closer.
LAST_OF_ASCII = 127
#: Code point that stands for bytes which are not UTF-8.
_REPLACEMENT = 0xFFFD


class Room(NamedTuple):
    """Scratch for a stretch of characters.

    Attributes
    ----------
    codes : ndarray of int32
        Normalised code points; 0 ends a text.
    symbols : ndarray of uint32
        Their symbols in the dictionary's trie; 0 for characters that end a block of segmentation.
    source : ndarray of int64 of shape (n, 3)
        Their places in the text: character, first byte, last byte (exclusive).
    pairs, triples : ndarray of uint32
        Nodes of the two and three characters from here on.
    best : ndarray
        Weight of the best words from here on.
    cuts : ndarray of int32
        Length of the word that begins here.
    nodes : ndarray of uint32
        Its node, if it is longer than one character.
    """

    codes: Any
    symbols: Any
    source: Any
    pairs: Any
    triples: Any
    best: Any
    cuts: Any
    nodes: Any


@compiled
def make_room(size: int) -> Any:
    """Return room for a stretch of so many characters, separators included."""
    size += 3  # lookups go on behind the end
    return Room(
        np.zeros(size, np.int32), np.zeros(size, np.uint32), np.zeros((size, 3), np.int64), np.zeros(size, np.uint32),
        np.zeros(size, np.uint32), np.zeros(size), np.zeros(size, np.int32), np.zeros(size, np.uint32),
    )  # fmt: skip


@compiled
def next_code(data: Any, at: int, end: int) -> Any:
    """Return the code point at a place of UTF-8 bytes, and the place after it; never reads past `end`."""
    first = np.int32(data[at])
    if first < 0x80:
        return first, at + 1
    if first >= 0xE0 and first < 0xF0 and at + 2 < end:
        return (first & 0x0F) << 12 | (np.int32(data[at + 1]) & 0x3F) << 6 | (np.int32(data[at + 2]) & 0x3F), at + 3
    if first >= 0xC0 and first < 0xE0 and at + 1 < end:
        return (first & 0x1F) << 6 | (np.int32(data[at + 1]) & 0x3F), at + 2
    if first >= 0xF0 and first < 0xF5 and at + 3 < end:
        code = (first & 0x07) << 18 | (np.int32(data[at + 1]) & 0x3F) << 12
        code |= (np.int32(data[at + 2]) & 0x3F) << 6 | (np.int32(data[at + 3]) & 0x3F)
        return min(code, np.int32(0x10FFFF)), at + 4
    return np.int32(_REPLACEMENT), at + 1


@compiled
def ends_line(code: int) -> bool:
    """Tell whether a code point is among `zhengyu_corpus.normalise.LINE_ENDS`."""
    return 0x0A <= code <= 0x0D or code == 0x85 or code == 0x2028 or code == 0x2029


@compiled
def read_text(data: Any, at: int, stop: int, symbols: Any, normal: Any, kinds: Any, room: Any, n: int) -> Any:
    """Append the characters of a text, and a separator, to a stretch.

    Parameters
    ----------
    data, at, stop
        UTF-8 bytes, and where the text stands in them.
    symbols, normal, kinds
        See `zhengyu.compiled.dictionary.Dictionary`.
    room : Room
        Holds the stretch; must have place for as many characters more as the text has bytes, and one.
    n : int
        Characters in it.

    Returns
    -------
    n : int
        Characters in it now.
    filled : bool
        Whether the text holds anything but blanks.
    """
    place, filled, last = 0, False, np.int32(0)
    blank, line_end = -1, False  # where spaces behind a Han character began, and whether one of them ends a line
    while at < stop:
        begin = at
        first = np.int32(data[at])
        if 0xE3 <= first <= 0xE9 and at + 2 < stop and blank < 0:  # what nearly all text is: a character of three bytes
            code: Any = (first & 0x0F) << 12 | (np.int32(data[at + 1]) & 0x3F) << 6 | (np.int32(data[at + 2]) & 0x3F)
            code = normal[code]
            if LAST_OF_ASCII < code < symbols.size:  # a traditional one may become one beyond the basic plane
                room.codes[n], room.symbols[n], last, filled = code, symbols[code], code, True
                room.source[n, 0], room.source[n, 1], room.source[n, 2] = place, begin, at + 3
                n, place, at = n + 1, place + 1, at + 3
                continue
        raw, at = next_code(data, at, stop)
        code = raw
        place += 1
        filled |= (kinds[code] & SPACE) == 0
        if code < 0x10000:
            code = normal[code]
            if code < 0:
                continue
        if code == _SPACE_CODE:
            if (kinds[last] & HAN) != 0:
                blank, line_end = n, False
            line_end |= ends_line(raw)
        elif blank >= 0:
            if (kinds[code] & HAN) != 0 and (line_end or n == blank + 1):
                n = blank
            blank = -1
        last = code
        room.codes[n], room.symbols[n] = code, symbols[code] if code < 0x10000 else 0
        room.source[n, 0], room.source[n, 1], room.source[n, 2] = place - 1, begin, at
        n += 1
    room.codes[n], room.symbols[n] = 0, 0
    return n + 1, filled


@compiled
def segment(room: Any, n: int, nodes: Any, root: Any, weights: Any) -> None:
    """Find the most probable words of the texts of a stretch, each by itself; fills `cuts` and `nodes`.

    Ties go to the longer word, as in jieba, whose maximum runs over pairs of weight and end.

    Parameters
    ----------
    room : Room
        Holds the stretch.
    n : int
        Characters in it; the last is a separator.
    nodes, root, weights
        See `zhengyu.compiled.dictionary.Dictionary`.
    """
    symbols, pairs, triples = room.symbols, room.pairs, room.triples
    unknown, nothing = weights[weights.size - 2], np.uint32(nodes.shape[0] - 1)
    symbols[n] = symbols[n + 1] = 0
    for i in range(n):
        child = root[symbols[i], 1] + symbols[i + 1]
        fetch(nodes, child * np.uint32(4))
        pairs[i] = child
    for i in range(n):
        pair = pairs[i] if nodes[pairs[i], 1] == root[symbols[i], 0] else nothing
        child = nodes[pair, 0] + symbols[i + 2]
        fetch(nodes, child * np.uint32(4))
        pairs[i], triples[i] = pair, child
    for i in range(n):
        triples[i] = triples[i] if nodes[triples[i], 1] == pairs[i] else nothing
    one, two, three = 0.0, 0.0, 0.0  # the best from one, two and three places further on
    for i in range(n - 1, -1, -1):
        long, length, found = weights[nodes[triples[i], 3]] + three, np.int32(3), triples[i]
        if found != nothing:
            node = found
            for j in range(i + 3, n):
                child = np.uint32(nodes[node, 0] + symbols[j])
                if nodes[child, 1] != node:
                    break
                node = child
                value = weights[nodes[node, 3]] + room.best[j + 1]
                if value >= long:
                    long, length, found = value, np.int32(j + 1 - i), node
        double, single = weights[nodes[pairs[i], 3]] + two, weights[root[symbols[i], 2]] + one
        top = long if long > double else double
        top = top if top > single else single
        if top == -np.inf:  # words begin with this character, but none here
            top = unknown + one
        # As numbers rather than by branches: which word is best cannot be foreseen.
        is_long = np.uint32(0) - np.uint32(long == top)
        short = np.int32(1) + np.int32(double == top)
        room.cuts[i] = short ^ ((length ^ short) & np.int32(is_long))
        room.nodes[i] = pairs[i] ^ ((found ^ pairs[i]) & is_long)
        top = top if symbols[i] else 0.0
        room.best[i] = top
        one, two, three = top, one, two
