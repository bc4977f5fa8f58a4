"""Features and chance of a slogan candidate, compiled; see `zhengyu.slogans.candidates.features` and `decision`."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np

from zhengyu.compiled import compiled, inlined
from zhengyu.compiled.fetch import fetch
from zhengyu.compiled.slogans.grammars import BIT, CUE, DIGIT, MARK, MARK_AT, NUMERAL, SEPARATOR
from zhengyu.slogans import candidates

#: In a feature's key: its kind, then up to two characters; this stands for a character that is not there.
NOTHING = 0x1FFFFF
(
    CHAR, PAIR, FIRST, LAST, LEFT, LEFT_2, RIGHT, RIGHT_2, OUT_LEFT, OUT_LEFT_2, OUT_RIGHT, OUT_RIGHT_2, BEFORE, AFTER,
    LENGTH, PARTS, RHYTHM, MARKS, NUMERALS, IS, LAYER, KNOWN_OF, BOUND, SENTENCE, ALIKE, EVEN_OF, KNOWN_AROUND, SIZE,
    QUOTATIONS, CUE_AROUND,
) = range(30)  # fmt: skip
#: Numbers of the features of kind IS.
(
    QUOTED, IN_QUOTES, PLAIN, IN_TITLE, WHOLE, EVEN, UNEVEN, KNOWN, KNOWN_QUOTED, KNOWN_PLAIN, ALIKE_AHEAD,
    ALIKE_BEHIND, WITHOUT_DE, WITH_DIGITS, WITHOUT_DIGITS,
) = range(15)  # fmt: skip
_FRAME = 8
_OPEN, _CLOSE, _OPEN_ONE, _CLOSE_ONE = ord("“"), ord("”"), ord("‘"), ord("’")
_DE = ord(candidates.DE)
_SENTENCE_OPENS, _SENTENCE_CLOSES = (
    tuple(map(ord, chars)) for chars in (candidates.SENTENCE_OPENS, candidates.SENTENCE_CLOSES)
)
_MAX_KNOWN, _MAX_QUOTATIONS = candidates.MAX_KNOWN_AROUND, candidates.MAX_QUOTATIONS
_SIZES, _FIRST_CUE, _IN_KNOWN = candidates.SIZES, CUE.bit_length() - 1, BIT["in known"]
#: Most parts of a candidate: each is parted from the next by a mark.
MAX_PARTS = candidates.MAX_CHARS // 2 + 1
#: What stands beside a candidate at the border of the text.
_BORDER = 10
_MIX = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _home(table: Any, key: int) -> Any:
    """Return where to begin to look for a key in an open hash table."""
    return (np.uint64(key) * _MIX) >> np.uint64(40) & np.uint64(table.shape[0] - 1)


@compiled
def slot(table: Any, key: int) -> Any:
    """Return the place of a key in an open hash table, or of the gap where it belongs (-1 marks gaps, which add 0).

    A row of the table fits a quarter of a cache line: the key, and behind it, as two 32-bit floats in its second
    column, what the feature adds to the squared length and to the sum.
    """
    at = _home(table, key)
    while table[at, 0] != key and table[at, 0] != -1:
        at = (at + np.uint64(1)) & np.uint64(table.shape[0] - 1)
    return at


@compiled
def fill_table(table: Any, terms: Any, numbers: Any, keys: Any, rows: Any, by_row: Any) -> None:
    """Fill an open hash table with features: their keys, terms and numbers.

    `terms` is the table's memory read as 32-bit floats, `rows` are the numbers of the features that go there.
    """
    for row in rows:
        at = slot(table, keys[row])
        table[at, 0], terms[at, 2], terms[at, 3], numbers[at] = keys[row], by_row[row, 0], by_row[row, 1], row


@compiled
def _want(wanted: Any, m: int, kind: int, a: int, b: int) -> int:
    """Write down the key of a feature."""
    wanted[m] = np.int64(kind) << 42 | np.int64(a) << 21 | np.int64(b)
    return m + 1


@compiled
def _want_new(wanted: Any, first: int, m: int, kind: int, a: int, b: int) -> int:
    """Write down the key of a feature unless it is there already, from `first` on."""
    key = np.int64(kind) << 42 | np.int64(a) << 21 | np.int64(b)
    wanted[m] = key
    new = 1
    for i in range(first, m):
        new &= wanted[i] != key
    return m + new


@compiled
def surroundings(
    text: Any, size: int, cues: int, spans: Any, n: int, table: Any, terms: Any, wanted: Any, held: Any, shared: Any
) -> int:
    """Begin `held` with the places of the features that all candidates of a text share; return how many they are.

    `cues` has the bits of the words of the text, `spans` its `n` candidates; `shared` is filled with what the features
    give, square and total. See `zhengyu.slogans.candidates.surroundings`.
    """
    known = quotations = 0
    for i in range(n):
        known += spans[i, 3] >= 0 and not spans[i, 2] & _IN_KNOWN
    for i in range(size):
        quotations += text[i] == _OPEN
    sizes = 0
    for least in _SIZES:
        sizes += size >= least
    m = _want(wanted, 0, KNOWN_AROUND, min(known, _MAX_KNOWN), NOTHING)
    m = _want(wanted, m, SIZE, sizes, NOTHING)
    m = _want(wanted, m, QUOTATIONS, min(quotations, _MAX_QUOTATIONS), NOTHING)
    rest, cue = cues >> _FIRST_CUE, 0
    while rest:
        if rest & 1:
            m = _want(wanted, m, CUE_AROUND, cue, NOTHING)
        rest >>= 1
        cue += 1
    count, shared[0], shared[1] = 0, 0.0, 0.0
    for i in range(m):
        at = slot(table, wanted[i])
        if table[at, 0] != -1:
            held[count] = at
            shared[0] += np.float64(terms[at, 2])
            shared[1] += np.float64(terms[at, 3])
            count += 1
    return count


@compiled
def _is_quoted(text: Any, size: int, start: int, end: int) -> bool:
    if start == 0 or end >= size:
        return False
    before, after = text[start - 1], text[end]
    return bool((before == _OPEN and after == _CLOSE) or (before == _OPEN_ONE and after == _CLOSE_ONE))


@inlined  # type: ignore[misc, unused-ignore]
def _wanted_shape(
    text: Any, bits: Any, size: int, start: int, end: int, layers: int, entry: int, quotes: Any, titles: Any,
    parted: Any, wanted: Any,
) -> int:  # fmt: skip
    """Write down the keys of a candidate's features of shape; see `zhengyu.slogans.candidates.features`."""
    none = NOTHING
    m = _shape(text, bits, start, end, parted, wanted, 0)
    bound = 2 * (start == 0 or bits[start - 1] & SEPARATOR != 0) + (end == size or bits[end] & SEPARATOR != 0)
    m = _want(wanted, m, BOUND, bound, none)
    sentence = 2 * (start == 0 or text[start - 1] in _SENTENCE_OPENS) + (end == size or text[end] in _SENTENCE_CLOSES)
    m = _want(wanted, m, SENTENCE, sentence, none)
    quoted = _is_quoted(text, size, start, end)
    state = QUOTED if quoted else IN_QUOTES if quotes[start] else PLAIN
    m = _want(wanted, m, IS, state, none)
    if titles[start]:
        m = _want(wanted, m, IS, IN_TITLE, none)
    layer, rest = 0, layers
    while rest:
        if rest & 1:
            m = _want(wanted, m, LAYER, layer, none)
        rest >>= 1
        layer += 1
    if start == 0 and end >= size - 1:
        m = _want(wanted, m, IS, WHOLE, none)
    if entry >= 0:
        m = _want(wanted, m, IS, KNOWN, none)
        m = _want(wanted, m, KNOWN_OF, min(end - start, 9), none)
        m = _want(wanted, m, IS, KNOWN_QUOTED if quoted else KNOWN_PLAIN, none)
    return m


@compiled
def _wanted_wording(text: Any, size: int, start: int, end: int, wanted: Any) -> int:
    """Write down the keys of a candidate's features of wording, each once."""
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


@inlined  # type: ignore[misc, unused-ignore]
def _shape(text: Any, bits: Any, start: int, end: int, parted: Any, wanted: Any, m: int) -> int:
    m = _want(wanted, m, LENGTH, min(end - start, 24), NOTHING)
    parts, rhythm, marks, length, even, de, digits = 0, 0, 0, 0, True, False, False
    for i in range(start, end + 1):
        mark = i < end and bits[i] & MARK
        if mark:
            marks |= 1 << (bits[i] >> MARK_AT)
        if mark or i == end:
            if length:
                if parts < 4:
                    rhythm |= length << (6 * parts)
                parted[parts, 0], parted[parts, 1] = i - length, length
                even &= length == parted[0, 1]
                parts += 1
            length = 0
        else:
            length += 1
            de |= text[i] == _DE
            digits |= bits[i] & DIGIT != 0
    m = _want(wanted, m, PARTS, parts, NOTHING)
    m = _want(wanted, m, RHYTHM, rhythm >> 12, rhythm & 0xFFF)
    if parts > 1:
        m = _want(wanted, m, IS, EVEN if even else UNEVEN, NOTHING)
        if even:
            m = _want(wanted, m, EVEN_OF, min(parts, 5), min(parted[0, 1], 8))
        m = _likeness(text, parted, parts, wanted, m)
        if not de:
            m = _want(wanted, m, IS, WITHOUT_DE, NOTHING)
        m = _want(wanted, m, IS, WITH_DIGITS if digits else WITHOUT_DIGITS, NOTHING)
    m = _want(wanted, m, MARKS, marks, NOTHING)
    pattern = 0
    for i in range(start, min(start + 6, end)):
        if bits[i] & NUMERAL:
            pattern |= 1 << (i - start)
    if pattern:
        m = _want(wanted, m, NUMERALS, min(end - start, 6), pattern)
    return m


@inlined  # type: ignore[misc, unused-ignore]
def _likeness(text: Any, parted: Any, parts: int, wanted: Any, m: int) -> int:
    """Write down how many characters all parts have in one place."""
    shortest = parted[0, 1]
    for part in range(1, parts):
        shortest = min(shortest, parted[part, 1])
    ahead = behind = 0
    for i in range(shortest):
        same_ahead = same_behind = True
        first, last = text[parted[0, 0] + i], text[parted[0, 0] + parted[0, 1] - 1 - i]
        for part in range(1, parts):
            start, length = parted[part, 0], parted[part, 1]
            same_ahead &= text[start + i] == first
            same_behind &= text[start + length - 1 - i] == last
        ahead += same_ahead
        behind += same_behind
        if i == 0 and same_ahead:
            m = _want(wanted, m, IS, ALIKE_AHEAD, NOTHING)
        if i == 0 and same_behind:
            m = _want(wanted, m, IS, ALIKE_BEHIND, NOTHING)
    return _want(wanted, m, ALIKE, min(max(ahead, behind), 4), NOTHING)


@inlined  # type: ignore[misc, unused-ignore]
def _add_up(wanted: Any, count: int, table: Any, terms: Any, held: Any, m: int, sums: Any, first: int) -> int:
    """Add what the wanted features give to `sums`, from `first` on: squared and weighted idf.

    The places of the features in the table are added to the `m` in `held`; return how many there are.
    """
    square, total = sums[first], sums[first + 1]
    for i in range(count):
        # Without a branch, as the memory then answers many at a time: a gap of the table adds nothing.
        at = slot(table, wanted[i])
        held[m] = at
        m += table[at, 0] != -1
        square += np.float64(terms[at, 2])
        total += np.float64(terms[at, 3])
    sums[first], sums[first + 1] = square, total
    return m


@inlined  # type: ignore[misc, unused-ignore]
def add_shape(
    text: Any, bits: Any, size: int, start: int, end: int, layers: int, entry: int, quotes: Any, titles: Any,
    table: Any, terms: Any, entry_terms: Any, count: int, shared: Any, parted: Any, wanted: Any, held: Any, sums: Any,
) -> int:  # fmt: skip
    """Fill `sums` with what a candidate's features of shape give; return how many the model knows.

    Those are square and total of wording, which the lexicon entry may add to, then those of shape. The places of the
    features in the table of shapes go to `held`, behind the `count` of those that all candidates of the text share,
    which give `shared`.
    """
    sums[0], sums[1], sums[2], sums[3] = 0.0, 0.0, shared[0], shared[1]
    wants = _wanted_shape(text, bits, size, start, end, layers, entry, quotes, titles, parted, wanted)
    m = _add_up(wanted, wants, table, terms, held, count, sums, 2)
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


@compiled
def weight_of(sums: Any) -> float:
    """Return what the shape of a candidate weighs, once `add_shape` has filled `sums`."""
    return sums[3] / sqrt(sums[2]) if sums[2] > 0.0 else 0.0


@compiled
def chance_of(
    text: Any, size: int, start: int, end: int, table: Any, terms: Any, bias: float, wanted: Any, held: Any, m: int,
    sums: Any,
) -> Any:  # fmt: skip
    """Return the probability that a candidate is a slogan, and how many of its features the model knows.

    `sums` has what its shape gives, and `held` the places of `m` features of that; those of its wording, in a table of
    their own, are added.
    """
    score = bias + weight_of(sums)
    wants = _wanted_wording(text, size, start, end, wanted)
    for i in range(wants):
        fetch(table, np.uint64(2) * _home(table, wanted[i]))
    m = _add_up(wanted, wants, table, terms, held, m, sums, 0)
    if sums[0] > 0.0:
        score += sums[1] / sqrt(sums[0])
    return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, score)))), m


@compiled
def type_of(
    held: Any, shapes: int, m: int, shape_numbers: Any, numbers: Any, typing: Any, typing_bias: Any, rows: Any,
    totals: Any,
) -> int:  # fmt: skip
    """Return the number of the most probable type of a candidate that is not in the lexicon.

    `held` has the places of the candidate's features: `shapes` of shape, then up to the `m`-th those of wording. A row
    of `typing` holds a feature's squared idf and its weighted idf for each type. `rows` has room for the rows of the
    features, `totals` for two rows of `typing`, of wording and of shape.
    """
    for i in range(shapes, m):
        fetch(numbers, held[i])
    for i in range(m):
        rows[i] = shape_numbers[held[i]] if i < shapes else numbers[held[i]]
        fetch(typing, rows[i] * typing.shape[1])
    totals[:] = 0.0
    for i in range(m):
        of_shape = 1 if i < shapes else 0
        for column in range(typing.shape[1]):
            totals[of_shape, column] += typing[rows[i], column]
    best, top = 0, -np.inf
    for kind in range(typing_bias.size):
        score = typing_bias[kind]
        if totals[0, 0] > 0.0:
            score += totals[0, kind + 1] / sqrt(totals[0, 0])
        if totals[1, 0] > 0.0:
            score += totals[1, kind + 1] / sqrt(totals[1, 0])
        if score > top:
            best, top = kind, score
    return best
