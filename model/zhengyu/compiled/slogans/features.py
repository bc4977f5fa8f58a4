"""Features and chance of a slogan candidate, compiled; see `zhengyu.slogans.candidates.features` and `decision`."""

from __future__ import annotations

from itertools import accumulate
from math import exp, sqrt
from typing import Any

import numpy as np

from zhengyu.compiled import compiled, inlined
from zhengyu.compiled.fetch import fetch, lowest
from zhengyu.compiled.slogans.grammars import (
    BIT,
    CLOSES_SENTENCE,
    CUE,
    DIGIT,
    LAYERS,
    MARK_AT,
    NUMERAL,
    OPENS_SENTENCE,
    POSSESSIVE,
    SEPARATOR,
)
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
#: Kinds of shape whose features are few: how many values the first and the second number of a key have. Each feature
#: has a place of its own, `PLACE_OF` its kind and what its numbers tell; those of other kinds of shape are hashed.
FEW = {
    LENGTH: (25, 1), PARTS: (candidates.MAX_CHARS // 2 + 2, 1), NUMERALS: (7, 64), IS: (15, 1), LAYER: (len(LAYERS), 1),
    KNOWN_OF: (10, 1), BOUND: (4, 1), SENTENCE: (4, 1), ALIKE: (5, 1), EVEN_OF: (6, 9),
    KNOWN_AROUND: (candidates.MAX_KNOWN_AROUND + 1, 1), SIZE: (len(candidates.SIZES) + 1, 1),
    QUOTATIONS: (candidates.MAX_QUOTATIONS + 1, 1), CUE_AROUND: (len(candidates.CUES), 1),
}  # fmt: skip
*_PLACES, N_FEW = accumulate((first * second for first, second in FEW.values()), initial=0)
PLACE_OF = dict(zip(FEW, _PLACES, strict=True))
(
    _LENGTH, _PARTS, _NUMERALS, _IS, _LAYER, _KNOWN_OF, _BOUND, _SENTENCE, _ALIKE, _EVEN_OF, _KNOWN_AROUND, _SIZE,
    _QUOTATIONS, _CUE_AROUND,
) = _PLACES  # fmt: skip
_NUMERALS_EACH, _EVEN_EACH = FEW[NUMERALS][1], FEW[EVEN_OF][1]
_FRAME = 8
_OPEN, _CLOSE, _OPEN_ONE, _CLOSE_ONE = ord("“"), ord("”"), ord("‘"), ord("’")
#: Bits of a span: whether it begins in quotation marks and in a title, whether a clause and a sentence end and begin
#: with it, and whether it is quoted itself.
QUOTED_HERE, TITLED_HERE, _CLAUSE_ENDS, _CLAUSE_BEGINS, _SENTENCE_ENDS, _SENTENCE_BEGINS, _QUOTED = (
    1 << place for place in range(7)
)
_CLAUSE_AT, _SENTENCE_AT = 2, 4
_MAX_KNOWN, _MAX_QUOTATIONS = candidates.MAX_KNOWN_AROUND, candidates.MAX_QUOTATIONS
_SIZES, _FIRST_CUE, _IN_KNOWN = candidates.SIZES, CUE.bit_length() - 1, BIT["in known"]
#: Most parts of a candidate: each is parted from the next by a mark.
MAX_PARTS = candidates.MAX_CHARS // 2 + 1
#: Looks that are kept with what they give, a power of two; of two that share a place the last is kept.
LOOKS = 1 << 10
#: What stands beside a candidate at the border of the text.
_BORDER = 10
_MIX = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _home(table: Any, key: Any) -> Any:
    """Return where to begin to look for a key in an open hash table."""
    return (np.uint64(key) * _MIX) >> np.uint64(40) & np.uint64(table.shape[0] - 1)


@compiled
def slot(table: Any, key: Any) -> Any:
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
def _want(wanted: Any, m: int, table: Any, kind: int, a: int, b: int) -> int:
    """Write down the key of a feature, and have its place in the table brought near."""
    wanted[m] = np.int64(kind) << 42 | np.int64(a) << 21 | np.int64(b)
    fetch(table, np.uint64(2) * _home(table, wanted[m]))
    return m + 1


@compiled
def _want_new(wanted: Any, first: int, m: int, table: Any, seen: Any, kind: int, a: int, b: int) -> Any:
    """Write down the key of a feature unless it is there already, from `first` on; return how many there are.

    `seen` has a bit for each key that is there, which others may share; it is returned with that of this one.
    """
    _want(wanted, m, table, kind, a, b)
    key = wanted[m]
    bit = np.uint64(1) << (_home(table, key) & np.uint64(63))
    new = 1
    if seen & bit:
        for i in range(first, m):
            new &= wanted[i] != key
    return m + new, seen | bit


@compiled
def surroundings(size: int, quotations: int, cues: int, spans: Any, n: int, terms: Any, held: Any, shared: Any) -> int:
    """Begin `held` with the places of the features that all candidates of a text share; return how many they are.

    `cues` has the bits of the words of the text, `spans` its `n` candidates; `shared` is filled with what the features
    give, square and total. See `zhengyu.slogans.candidates.surroundings`.
    """
    known = 0
    for i in range(n):
        known += spans[i, 3] >= 0 and not spans[i, 2] & _IN_KNOWN
    sizes = 0
    for least in _SIZES:
        sizes += size >= least
    held[0] = _KNOWN_AROUND + min(known, _MAX_KNOWN)
    held[1] = _SIZE + sizes
    held[2] = _QUOTATIONS + min(quotations, _MAX_QUOTATIONS)
    m, rest = 3, cues >> _FIRST_CUE
    while rest:
        held[m] = _CUE_AROUND + lowest(rest)
        rest &= rest - 1
        m += 1
    shared[0], shared[1] = 0.0, 0.0
    _add_places(held, 0, m, terms, shared, 0)
    return m


@compiled
def _is_quoted(text: Any, size: int, start: int, end: int) -> bool:
    if start == 0 or end >= size:
        return False
    before, after = text[start - 1], text[end]
    return bool((before == _OPEN and after == _CLOSE) or (before == _OPEN_ONE and after == _CLOSE_ONE))


@inlined  # type: ignore[misc, unused-ignore]
def borders(text: Any, bits: Any, inside: Any, size: int, start: int, end: int) -> Any:
    """Return as bits what a span begins and ends with, and in what."""
    before = bits[start - 1] if start else SEPARATOR | OPENS_SENTENCE
    after = bits[end] if end < size else SEPARATOR | CLOSES_SENTENCE
    return (
        np.int64(inside[start])
        | (after & SEPARATOR != 0) * _CLAUSE_ENDS
        | (before & SEPARATOR != 0) * _CLAUSE_BEGINS
        | (after & CLOSES_SENTENCE != 0) * _SENTENCE_ENDS
        | (before & OPENS_SENTENCE != 0) * _SENTENCE_BEGINS
        | _is_quoted(text, size, start, end) * _QUOTED
    )


@inlined  # type: ignore[misc, unused-ignore]
def look_of(bits: Any, size: int, start: int, end: int, layers: int, edges: int) -> Any:
    """Return all that the features of shape of a new candidate without marks are made from, as one number."""
    numerals = 0
    for i in range(min(6, end - start)):
        numerals |= (bits[start + i] & NUMERAL != 0) << i
    look = np.int64(layers) << 6 | (end - start)
    look = look << 6 | numerals
    return (look << 7 | edges) << 1 | (start == 0 and end >= size - 1)


@compiled
def place_of(look: int) -> Any:
    """Return the place of a look in a table of `LOOKS`."""
    return np.int64((np.uint64(look) * _MIX) >> np.uint64(40) & np.uint64(LOOKS - 1))


@inlined  # type: ignore[misc, unused-ignore]
def _places_of_shape(
    text: Any, bits: Any, size: int, start: int, end: int, layers: int, entry: int, edges: int, marks: Any, mark: int,
    keys: Any, parted: Any, held: Any, m: int,
) -> int:  # fmt: skip
    """Write down the places of a candidate's features of shape; see `zhengyu.slogans.candidates.features`."""
    m = _shape(text, bits, start, end, marks, mark, keys, parted, held, m)
    held[m] = _BOUND + (edges >> _CLAUSE_AT & 3)
    held[m + 1] = _SENTENCE + (edges >> _SENTENCE_AT & 3)
    quoted = edges & _QUOTED != 0
    held[m + 2] = _IS + (QUOTED if quoted else IN_QUOTES if edges & QUOTED_HERE else PLAIN)
    m += 3
    if edges & TITLED_HERE:
        held[m] = _IS + IN_TITLE
        m += 1
    rest = layers
    while rest:
        held[m] = _LAYER + lowest(rest)
        rest &= rest - 1
        m += 1
    if start == 0 and end >= size - 1:
        held[m] = _IS + WHOLE
        m += 1
    if entry >= 0:
        held[m], held[m + 1] = _IS + KNOWN, _KNOWN_OF + min(end - start, 9)
        held[m + 2] = _IS + (KNOWN_QUOTED if quoted else KNOWN_PLAIN)
        m += 3
    return m


@compiled
def _wanted_wording(text: Any, size: int, start: int, end: int, wanted: Any, table: Any) -> int:
    """Write down the keys of a candidate's features of wording, each once; see `_want`."""
    m, none, seen = 0, NOTHING, np.uint64(0)
    for i in range(start, end):
        m, seen = _want_new(wanted, 0, m, table, seen, CHAR, text[i], none)
    first, seen = m, np.uint64(0)
    for i in range(start, end - 1):
        m, seen = _want_new(wanted, first, m, table, seen, PAIR, text[i], text[i + 1])
    m = _want(wanted, m, table, FIRST, text[start], none)
    m = _want(wanted, m, table, FIRST, text[start], text[start + 1])
    m = _want(wanted, m, table, LAST, text[end - 1], none)
    m = _want(wanted, m, table, LAST, text[end - 2], text[end - 1])
    # Characters beyond the text are not there; a pair that has one is a single character, or nothing.
    a = text[start - 2] if start > 1 else none
    b = text[start - 1] if start else none
    c = text[end] if end < size else none
    d = text[end + 1] if end + 1 < size else none
    m = _want(wanted, m, table, LEFT, b if start else _BORDER, none)
    m = _want(wanted, m, table, LEFT_2, a if start > 1 else b, b if start > 1 else none)
    m = _want(wanted, m, table, RIGHT, c if end < size else _BORDER, none)
    m = _want(wanted, m, table, RIGHT_2, c, d)
    if _is_quoted(text, size, start, end):
        outer = text[start - 3] if start > 2 else none
        m = _want(wanted, m, table, OUT_LEFT, a, none)
        m = _want(wanted, m, table, OUT_LEFT_2, outer if start > 2 else a, a if start > 2 else none)
        m = _want(wanted, m, table, OUT_RIGHT, d, none)
        m = _want(wanted, m, table, OUT_RIGHT_2, d, text[end + 2] if end + 2 < size else none)
    first, seen = m, np.uint64(0)
    for i in range(max(0, start - _FRAME), start - 1):
        m, seen = _want_new(wanted, first, m, table, seen, BEFORE, text[i], text[i + 1])
    first, seen = m, np.uint64(0)
    for i in range(end, min(size, end + _FRAME) - 1):
        m, seen = _want_new(wanted, first, m, table, seen, AFTER, text[i], text[i + 1])
    return m


@inlined  # type: ignore[misc, unused-ignore]
def _shape(
    text: Any, bits: Any, start: int, end: int, marks: Any, mark: int, keys: Any, parted: Any, held: Any, m: int
) -> int:  # fmt: skip
    held[m] = _LENGTH + min(end - start, 24)
    parts, rhythm, met, even, at = 0, 0, 0, True, start
    while at <= end:
        stop = min(end, marks[mark])
        if stop < end:
            met |= 1 << (bits[stop] >> MARK_AT)
            mark += 1
        length = stop - at
        if length:
            if parts < 4:
                rhythm |= length << (6 * parts)
            parted[parts, 0], parted[parts, 1] = at, length
            even &= length == parted[0, 1]
            parts += 1
        at = stop + 1
    held[m + 1] = _PARTS + parts
    held[m + 2] = _hashed(keys, np.int64(RHYTHM) << 42 | (rhythm >> 12) << 21 | (rhythm & 0xFFF))
    m += 3
    if parts > 1:
        held[m] = _IS + (EVEN if even else UNEVEN)
        m += 1
        if even:
            held[m] = _EVEN_OF + min(parts, 5) * _EVEN_EACH + min(parted[0, 1], 8)
            m += 1
        m = _likeness(text, parted, parts, held, m)
        every = 0
        for i in range(start, end):
            every |= bits[i]
        if not every & POSSESSIVE:
            held[m] = _IS + WITHOUT_DE
            m += 1
        held[m] = _IS + (WITH_DIGITS if every & DIGIT else WITHOUT_DIGITS)
        m += 1
    held[m] = _hashed(keys, np.int64(MARKS) << 42 | met << 21 | NOTHING)
    m += 1
    pattern = 0
    for i in range(min(6, end - start)):
        pattern |= (bits[start + i] & NUMERAL != 0) << i
    if pattern:
        held[m] = _NUMERALS + min(end - start, 6) * _NUMERALS_EACH + pattern
        m += 1
    return m


@inlined  # type: ignore[misc, unused-ignore]
def _likeness(text: Any, parted: Any, parts: int, held: Any, m: int) -> int:
    """Write down how many characters all parts have in one place."""
    shortest = parted[0, 1]
    for part in range(1, parts):
        shortest = min(shortest, parted[part, 1])
    first, last, part = parted[0, 0], parted[0, 0] + parted[0, 1] - 1, 1
    ahead = behind = (1 << shortest) - 1  # as bits, which places are the same
    while part < parts and ahead | behind:
        start, stop, same_ahead, same_behind = parted[part, 0], parted[part, 0] + parted[part, 1] - 1, 0, 0
        for i in range(shortest):
            same_ahead |= (text[start + i] == text[first + i]) << i
            same_behind |= (text[stop - i] == text[last - i]) << i
        ahead &= same_ahead
        behind &= same_behind
        part += 1
    if ahead & 1:
        held[m] = _IS + ALIKE_AHEAD
        m += 1
    if behind & 1:
        held[m] = _IS + ALIKE_BEHIND
        m += 1
    alike = 0
    while alike < 4 and ahead | behind:
        ahead, behind, alike = ahead & (ahead - 1), behind & (behind - 1), alike + 1
    held[m] = _ALIKE + alike
    return m + 1


@compiled
def _hashed(keys: Any, key: Any) -> Any:
    """Return the place of a feature of shape whose kind has many."""
    return N_FEW + np.int64(slot(keys, key))


@compiled
def _add_places(held: Any, m: int, stop: int, terms: Any, sums: Any, first: int) -> None:
    """Add what the features at the places in `held` from the `m`-th up to `stop` give to `sums`, from `first` on.

    Those that the model does not know give nothing.
    """
    square, total = sums[first], sums[first + 1]
    for i in range(m, stop):
        square += np.float64(terms[held[i], 0])
        total += np.float64(terms[held[i], 1])
    sums[first], sums[first + 1] = square, total


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
    text: Any, bits: Any, size: int, start: int, end: int, layers: int, entry: int, edges: int, marks: Any, mark: int,
    keys: Any, terms: Any, entry_terms: Any, count: int, parted: Any, held: Any, sums: Any,
) -> int:  # fmt: skip
    """Fill `sums` with what a candidate's own features of shape give; return how many there are with the shared ones.

    Those are square and total of wording, which the lexicon entry may add to, then those of shape. The places of the
    features in the table of shapes go to `held`, behind the `count` of those that all candidates of the text share,
    and whose sums are yet to be added.
    """
    sums[:] = 0.0
    m = _places_of_shape(
        text, bits, size, start, end, layers, entry, edges, marks, mark, keys, parted, held, count
    )  # fmt: skip
    _add_places(held, count, m, terms, sums, 2)
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
    """Return the probability that a candidate is a slogan, and how many features `held` has the places of.

    `sums` has what its shape gives, and `held` the places of `m` features of that; those of its wording that the model
    knows, in a table of their own, are added.
    """
    score = bias + weight_of(sums)
    wants = _wanted_wording(text, size, start, end, wanted, table)
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
    known = 0
    for i in range(shapes):
        rows[known] = shape_numbers[held[i]]
        known += rows[known] >= 0
    of_shapes = known
    for i in range(shapes, m):
        rows[known] = numbers[held[i]]
        known += 1
    for i in range(known):
        fetch(typing, rows[i] * typing.shape[1])
    totals[:] = 0.0
    for i in range(known):
        of_shape = 1 if i < of_shapes else 0
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
