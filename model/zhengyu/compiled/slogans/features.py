"""Features and chance of a slogan candidate, compiled; see `zhengyu.slogans.candidates.features` and `decision`."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.slogans.grammars import MARK, MARK_AT, NUMERAL

#: In a feature's key: its kind, then up to two characters; this stands for a character that is not there.
NOTHING = 0x1FFFFF
(
    CHAR, PAIR, FIRST, LAST, LEFT, LEFT_2, RIGHT, RIGHT_2, OUT_LEFT, OUT_LEFT_2, OUT_RIGHT, OUT_RIGHT_2, BEFORE, AFTER,
    LENGTH, PARTS, RHYTHM, MARKS, NUMERALS, IS, LAYER, KNOWN_OF,
) = range(22)  # fmt: skip
#: Numbers of the features of kind IS.
QUOTED, IN_QUOTES, PLAIN, IN_TITLE, WHOLE, EVEN, UNEVEN, KNOWN, KNOWN_QUOTED, KNOWN_PLAIN = range(10)
_FRAME = 8
_OPEN, _CLOSE, _OPEN_ONE, _CLOSE_ONE = ord("“"), ord("”"), ord("‘"), ord("’")
#: What stands beside a candidate at the border of the text.
_BORDER = 10
_MIX, _OTHER_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
#: Shapes that are kept, as a power of two.
MEMO_BITS = 12


@compiled  # type: ignore[misc, unused-ignore]
def slot(table: Any, key: int) -> Any:
    """Return the place of a key in an open hash table, or of the gap where it belongs (-1 marks gaps).

    A row of the table fits a quarter of a cache line: the key, and behind it, as two 32-bit floats in its second
    column, what the feature adds to the squared length and to the sum.
    """
    mask = np.uint64(table.shape[0] - 1)
    at = (np.uint64(key) * _MIX) >> np.uint64(40) & mask
    while table[at, 0] != key and table[at, 0] != -1:
        at = (at + np.uint64(1)) & mask
    return at


@compiled  # type: ignore[misc, unused-ignore]
def fill_table(table: Any, terms: Any, numbers: Any, keys: Any, by_row: Any) -> None:
    """Fill an open hash table with features: their keys (-1 for those left out), terms and numbers.

    `terms` is the table's memory read as 32-bit floats.
    """
    for row in range(keys.size):
        if keys[row] >= 0:
            at = slot(table, keys[row])
            table[at, 0], terms[at, 2], terms[at, 3], numbers[at] = keys[row], by_row[row, 0], by_row[row, 1], row


@compiled  # type: ignore[misc, unused-ignore]
def _want(wanted: Any, m: int, kind: int, a: int, b: int) -> int:
    """Write down the key of a feature."""
    wanted[m] = np.int64(kind) << 42 | np.int64(a) << 21 | np.int64(b)
    return m + 1


@compiled  # type: ignore[misc, unused-ignore]
def _want_new(wanted: Any, first: int, m: int, kind: int, a: int, b: int) -> int:
    """Write down the key of a feature unless it is there already, from `first` on."""
    key = np.int64(kind) << 42 | np.int64(a) << 21 | np.int64(b)
    wanted[m] = key
    new = 1
    for i in range(first, m):
        new &= wanted[i] != key
    return m + new


@compiled  # type: ignore[misc, unused-ignore]
def _is_quoted(text: Any, size: int, start: int, end: int) -> bool:
    if start == 0 or end >= size:
        return False
    before, after = text[start - 1], text[end]
    return bool((before == _OPEN and after == _CLOSE) or (before == _OPEN_ONE and after == _CLOSE_ONE))


@compiled  # type: ignore[misc, unused-ignore]
def _wanted_shape(text: Any, bits: Any, ahead: Any, size: int, one: Any, quotes: Any, titles: Any, wanted: Any) -> int:
    """Write down the keys of a candidate's features of shape; see `zhengyu.slogans.candidates.features`."""
    start, end, layers, entry = one[0], one[1], one[2], one[3]
    none = NOTHING
    m = _shape(bits, ahead, start, end, wanted, 0)
    quoted = _is_quoted(text, size, start, end)
    state = QUOTED if quoted else IN_QUOTES if quotes[start] else PLAIN
    m = _want(wanted, m, IS, state, none)
    if titles[start]:
        m = _want(wanted, m, IS, IN_TITLE, none)
    layer = 0
    while layers >> layer:
        if layers >> layer & 1:
            m = _want(wanted, m, LAYER, layer, none)
        layer += 1
    if start == 0 and end >= size - 1:
        m = _want(wanted, m, IS, WHOLE, none)
    if entry >= 0:
        m = _want(wanted, m, IS, KNOWN, none)
        m = _want(wanted, m, KNOWN_OF, min(end - start, 9), none)
        m = _want(wanted, m, IS, KNOWN_QUOTED if quoted else KNOWN_PLAIN, none)
    return m


@compiled  # type: ignore[misc, unused-ignore]
def _wanted_wording(text: Any, size: int, one: Any, wanted: Any) -> int:
    """Write down the keys of a candidate's features of wording, each once."""
    start, end = one[0], one[1]
    m, none = 0, NOTHING
    for i in range(start, end):
        m = _want_new(wanted, 0, m, CHAR, text[i], none)
    first = m
    for i in range(start, end - 1):
        m = _want_new(wanted, first, m, PAIR, text[i], text[i + 1])
    m = _want(wanted, m, FIRST, text[start], none)
    m = _want(wanted, m, FIRST, text[start], text[start + 1])
    m = _want(wanted, m, LAST, text[end - 1], none)
    m = _want(wanted, m, LAST, text[end - 2], text[end - 1])
    # Characters beyond the text are not there; a pair that has one is a single character, or nothing.
    a = text[start - 2] if start > 1 else none
    b = text[start - 1] if start else none
    c = text[end] if end < size else none
    d = text[end + 1] if end + 1 < size else none
    m = _want(wanted, m, LEFT, b if start else _BORDER, none)
    m = _want(wanted, m, LEFT_2, a if start > 1 else b, b if start > 1 else none)
    m = _want(wanted, m, RIGHT, c if end < size else _BORDER, none)
    m = _want(wanted, m, RIGHT_2, c, d)
    if _is_quoted(text, size, start, end):
        outer = text[start - 3] if start > 2 else none
        m = _want(wanted, m, OUT_LEFT, a, none)
        m = _want(wanted, m, OUT_LEFT_2, outer if start > 2 else a, a if start > 2 else none)
        m = _want(wanted, m, OUT_RIGHT, d, none)
        m = _want(wanted, m, OUT_RIGHT_2, d, text[end + 2] if end + 2 < size else none)
    first = m
    for i in range(max(0, start - _FRAME), start - 1):
        m = _want_new(wanted, first, m, BEFORE, text[i], text[i + 1])
    first = m
    for i in range(end, min(size, end + _FRAME) - 1):
        m = _want_new(wanted, first, m, AFTER, text[i], text[i + 1])
    return m


@compiled  # type: ignore[misc, unused-ignore]
def look_ahead(bits: Any, size: int, ahead: Any) -> None:
    """Write down for each place where the next mark stands, and which of the next six characters are numerals."""
    mark, pattern = size, 0
    for i in range(size - 1, -1, -1):
        if bits[i] & MARK:
            mark = i
        pattern = (pattern << 1 | ((bits[i] & NUMERAL) != 0)) & 63
        ahead[i] = mark << 6 | pattern


@compiled  # type: ignore[misc, unused-ignore]
def _outline(bits: Any, ahead: Any, start: int, end: int) -> Any:
    """Return how many parts a span has, how long the first four are, whether all are even, its marks and numerals."""
    parts, rhythm, marks, first, even, at = 0, 0, 0, 0, True, start
    while at < end:
        stop = min(end, ahead[at] >> 6)
        length = stop - at
        if length:
            if parts < 4:
                rhythm |= length << (6 * parts)
            first = length if parts == 0 else first
            even &= length == first
            parts += 1
        if stop < end:
            marks |= 1 << (bits[stop] >> MARK_AT)
        at = stop + 1
    return parts, rhythm, even, marks, (ahead[start] & 63) & ((1 << min(6, end - start)) - 1)


@compiled  # type: ignore[misc, unused-ignore]
def _shape(bits: Any, ahead: Any, start: int, end: int, wanted: Any, m: int) -> int:
    parts, rhythm, even, marks, pattern = _outline(bits, ahead, start, end)
    m = _want(wanted, m, LENGTH, min(end - start, 24), NOTHING)
    m = _want(wanted, m, PARTS, parts, NOTHING)
    m = _want(wanted, m, RHYTHM, rhythm >> 12, rhythm & 0xFFF)
    if parts > 1:
        m = _want(wanted, m, IS, EVEN if even else UNEVEN, NOTHING)
    m = _want(wanted, m, MARKS, marks, NOTHING)
    if pattern:
        m = _want(wanted, m, NUMERALS, min(end - start, 6), pattern)
    return m


@compiled  # type: ignore[misc, unused-ignore]
def _add_up(wanted: Any, count: int, table: Any, terms: Any, held: Any, m: int, sums: Any) -> int:
    """Add what the wanted features give to `sums`: squares and totals of wording, then those of shape.

    A term holds a squared idf, below zero where the feature is one of shape, and a weighted idf. The places of the
    features in the table are added to the `m` in `held`; return how many there are.
    """
    square_0, total_0, square_1, total_1 = sums[0], sums[1], sums[2], sums[3]
    for i in range(count):
        at = slot(table, wanted[i])
        if table[at, 0] == -1:
            continue
        held[m] = at
        m += 1
        if terms[at, 2] < 0.0:
            square_1 -= np.float64(terms[at, 2])
            total_1 += np.float64(terms[at, 3])
        else:
            square_0 += np.float64(terms[at, 2])
            total_0 += np.float64(terms[at, 3])
    sums[0], sums[1], sums[2], sums[3] = square_0, total_0, square_1, total_1
    return m


@compiled  # type: ignore[misc, unused-ignore]
def add_shape(
    text: Any, bits: Any, ahead: Any, size: int, one: Any, quotes: Any, titles: Any, table: Any, terms: Any,
    entry_terms: Any, wanted: Any, held: Any, sums: Any,
) -> int:  # fmt: skip
    """Fill `sums` with what a candidate's features of shape give; see `_add_up`."""
    sums[:] = 0.0
    count, entry = _wanted_shape(text, bits, ahead, size, one, quotes, titles, wanted), one[3]
    m = _add_up(wanted, count, table, terms, held, 0, sums)
    if entry >= 0:
        for i in range(3):
            square, total = entry_terms[entry, i, 0], entry_terms[entry, i, 1]
            if square < 0.0:
                sums[2] -= square
                sums[3] += total
            else:
                sums[0] += square
                sums[1] += total
    return m


@compiled  # type: ignore[misc, unused-ignore]
def shape_of(
    text: Any, bits: Any, ahead: Any, size: int, one: Any, quotes: Any, titles: Any, table: Any, terms: Any,
    entry_terms: Any, wanted: Any, held: Any, sums: Any, memo: Any, summed: Any,
) -> float:  # fmt: skip
    """Fill `sums` as `add_shape` does, and return what the shape of a candidate weighs.

    New candidates of one shape are many: `memo` holds the last ones (see `make_memo`), `summed` their sums.
    """
    if one[3] >= 0:
        add_shape(text, bits, ahead, size, one, quotes, titles, table, terms, entry_terms, wanted, held, sums)
    else:
        start, end = one[0], one[1]
        parts, rhythm, even, marks, pattern = _outline(bits, ahead, start, end)
        state = 2 if _is_quoted(text, size, start, end) else int(quotes[start])
        whole, titled = int(start == 0 and end >= size - 1), int(titles[start])
        first = np.int64(marks) << 30 | np.int64(pattern) << 24 | rhythm
        second = np.int64(one[2]) << 17 | min(end - start, 24) << 12 | parts << 6
        second |= int(even) << 5 | state << 3 | titled << 2 | whole << 1
        at = ((np.uint64(first) * _MIX) ^ (np.uint64(second) * _OTHER_MIX)) >> np.uint64(64 - MEMO_BITS)
        if memo[at, 0] == first and memo[at, 1] == second:
            for i in range(4):
                sums[i] = summed[at, i]
        else:
            add_shape(text, bits, ahead, size, one, quotes, titles, table, terms, entry_terms, wanted, held, sums)
            memo[at, 0], memo[at, 1] = first, second
            for i in range(4):
                summed[at, i] = sums[i]
    return sums[3] / sqrt(sums[2]) if sums[2] > 0.0 else 0.0


@compiled  # type: ignore[misc, unused-ignore]
def make_memo() -> Any:
    """Return room for what candidates of one shape have in common: what tells their shape, and the sums."""
    return np.full((1 << MEMO_BITS, 2), -1, np.int64), np.empty((1 << MEMO_BITS, 4))


@compiled  # type: ignore[misc, unused-ignore]
def chance_of(
    text: Any, size: int, one: Any, shape: float, table: Any, terms: Any, bias: float, wanted: Any, held: Any, m: int,
    sums: Any,
) -> Any:  # fmt: skip
    """Return the probability that a candidate is a slogan, and how many of its features the model knows.

    `sums` has what its shape gives, and `held` the places of `m` features of that.
    """
    m = _add_up(wanted, _wanted_wording(text, size, one, wanted), table, terms, held, m, sums)
    score = bias + shape
    if sums[0] > 0.0:
        score += sums[1] / sqrt(sums[0])
    return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, score)))), m


@compiled  # type: ignore[misc, unused-ignore]
def type_of(held: Any, m: int, numbers: Any, shapes: Any, idf: Any, typing: Any, typing_bias: Any) -> int:
    """Return the number of the most probable type of a candidate that is not in the lexicon."""
    best, top = 0, -np.inf
    for kind in range(typing_bias.size):
        square_0 = square_1 = total_0 = total_1 = 0.0
        for i in range(m):
            row = numbers[held[i]]
            square, total = idf[row] * idf[row], idf[row] * typing[row, kind]
            if shapes[row]:
                square_1 += square
                total_1 += total
            else:
                square_0 += square
                total_0 += total
        score = typing_bias[kind]
        if square_0 > 0.0:
            score += total_0 / sqrt(square_0)
        if square_1 > 0.0:
            score += total_1 / sqrt(square_1)
        if score > top:
            best, top = kind, score
    return best
