"""The candidate grammars of `zhengyu.slogans.grammars`, compiled: each follows its plain namesake to the letter.

A text is an array of code points with the bits of each (`CLASSES`) and the words that begin at each place (`WORDS`).
Candidates are rows of ``raw``: place and length in one number, the layer as a bit, the lexicon entry or -1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.trie import lookup

#: Bits of a code point.
HAN, NUMBER, TEN, DIGIT, SEPARATOR, STOP, LABEL_CHAR, TRAILING, SUM_CHAR = 1, 2, 4, 8, 16, 32, 64, 128, 256
NO_PAIR, NO_COUNT, NO_GREAT, MARK, NUMERAL, SILENT, COLON_STOP, JOINT, LATE, RUN = (
    512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144,
)  # fmt: skip
COUNTER, SURNAME, PLACE_END, LAST_OF_NAME = 524288, 1048576, 2097152, 4194304
#: Bits of the words that begin at a place.
LABEL, EPITHET_2, EPITHET_3, EPITHET_4, HEAD, TAIL, LEAD_1, LEAD_2, LEAD_3, SPIRIT, POWER, JOURNEY, OF = (
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
)  # fmt: skip
COUNTED, COMMUNITY, FRAME_BEFORE_1, FRAME_BEFORE_2, FRAME_AFTER, COLUMN, ENDING, CREDIT, POST = (
    8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152,
)  # fmt: skip
#: Layers in the order of their bits.
LAYERS = (
    *("lexicon", "quoted", "numeric", "joined", "titles", "journeys", "epithets", "vows", "parallel", "refrains"),
    *("rows", "banners", "labelled", "extended", "in known", "holds known", "cuts known"),
    *("company 2", "company 3", "company 4", "row of 2", "row of 3", "row of 4"),
)
BIT = {name: 1 << place for place, name in enumerate(LAYERS)}
(
    _QUOTED,
    _NUMERIC,
    _JOINED,
    _TITLES,
    _JOURNEYS,
    _EPITHETS,
    _VOWS,
    PARALLEL,
    REFRAINS,
    _ROWS,
    BANNERS,
    _LABELLED,
    _EXTENDED,
) = (BIT[name] for name in LAYERS[1:14])
MAX_CHARS = 60
MAX_RUN, MAX_UNEVEN, _MAX_GAP = 8, 3, 3
_OPEN, _CLOSE, _OPEN_ONE, _CLOSE_ONE, _PLUS, DASH, _DOT = (ord(char) for char in "“”‘’+-.")
_MAX_EXTENSION, _MAX_TAIL, _MAX_QUOTED = 10, 4, 45
_GE, _DA, _LIAN, _BU, DE, ZHI, SHI, YAO = (ord(char) for char in "个大连不的之是要")
COLON, WIDE_COLON, SHOUT, WIDE_SHOUT = (ord(char) for char in ":：!！")
_TWO, _UNDERSCORE = ord("两"), ord("_")


@compiled  # type: ignore[misc, unused-ignore]
def grown(rows: Any) -> Any:
    """Return the rows with room for as many again."""
    wide = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            wide[i, j] = rows[i, j]
    return wide


@compiled  # type: ignore[misc, unused-ignore]
def order_of(values: Any, n: int) -> Any:
    """Return the order that sorts the first values (Shell's sort: small to compile, fast on few)."""
    order = np.arange(n)
    gap = n // 2
    while gap:
        for i in range(gap, n):
            held, j = order[i], i
            while j >= gap and values[order[j - gap]] > values[held]:
                order[j] = order[j - gap]
                j -= gap
            order[j] = held
        gap //= 2
    return order


@compiled  # type: ignore[misc, unused-ignore]
def put(raw: Any, n: int, start: int, end: int, layer: int, entry: int) -> Any:
    """Add a candidate, if it is of a length that a slogan may have; return the rows and their number."""
    if 2 <= end - start <= MAX_CHARS:
        if n == raw.shape[0]:
            raw = grown(raw)
        raw[n, 0], raw[n, 1], raw[n, 2] = start * 64 + end - start, layer, entry
        n += 1
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def _run(bits: Any, size: int, at: int, bit: int, most: int) -> int:
    """Return how many characters with a bit stand from a place on, at most so many."""
    length = 0
    while length < most and at + length < size and bits[at + length] & bit:
        length += 1
    return length


@compiled  # type: ignore[misc, unused-ignore]
def _han_before(bits: Any, place: int, most: int) -> int:
    length = 0
    while length < most and length < place and bits[place - length - 1] & HAN:
        length += 1
    return length


@compiled  # type: ignore[misc, unused-ignore]
def _closed(text: Any, size: int, at: int) -> int:
    """Return where the quotation that opens at a place is closed, -1 when it is not or is too long."""
    one = text[at] == _OPEN_ONE
    close = at + 1
    while close < size and close - at - 1 <= _MAX_QUOTED:
        code = text[close]
        if code in (_OPEN, _CLOSE) or (one and code in (_OPEN_ONE, _CLOSE_ONE)):
            right = code == (_CLOSE_ONE if one else _CLOSE)
            return close if right and 2 <= close - at - 1 <= _MAX_QUOTED else -1
        close += 1
    return -1


@compiled  # type: ignore[misc, unused-ignore]
def _extended(text: Any, bits: Any, words: Any, size: int, start: int, end: int, raw: Any, n: int) -> Any:
    """Add quoted words with what makes them a label."""
    before = _han_before(bits, start, _MAX_EXTENSION + 1)
    if 2 <= before <= _MAX_EXTENSION:
        begin = start - before
        raw, n = put(raw, n, begin, end, _EXTENDED, -1)
        lead = 0
        if words[begin] & LEAD_3 and before >= 3:
            lead = 3
        elif words[begin] & LEAD_2:
            lead = 2
        elif words[begin] & LEAD_1:
            lead = 1
        if lead and lead < before:
            raw, n = put(raw, n, begin + lead, end, _EXTENDED, -1)
    after = _run(bits, size, end, HAN, _MAX_TAIL)
    if after >= 2:
        raw, n = put(raw, n, start, end + 2, _EXTENDED, -1)
        if after > 2 and (end + after == size or not bits[end + after] & HAN):
            raw, n = put(raw, n, start, end + after, _EXTENDED, -1)
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def quotations(text: Any, bits: Any, words: Any, size: int, raw: Any, n: int) -> Any:
    """Quoted spans, rows of them, and those that are extended."""
    at, count, last_end, last_length = 0, 0, -9, -1
    quotes = False
    for i in range(size):
        quotes |= text[i] == _OPEN or text[i] == _OPEN_ONE
    if not quotes:
        return raw, n
    held = np.empty((8, 2), np.int64)
    while True:
        start, end = -1, -1
        while at < size and start < 0:
            close = _closed(text, size, at) if text[at] == _OPEN or text[at] == _OPEN_ONE else -1
            if close >= 0:
                raw, n = _extended(text, bits, words, size, at, close + 1, raw, n)
                start, end = at + 1, close
                at = close
            at += 1
        if start >= 0:
            while end > start and bits[end - 1] & TRAILING:
                end -= 1
            raw, n = put(raw, n, start, end, _QUOTED, -1)
        follows = start >= 0 and count > 0 and start - last_end <= _MAX_GAP and end - start == last_length
        if not follows:
            if count > 1:
                for i in range(count):
                    raw, n = put(raw, n, held[i, 0], held[i, 1], _ROWS, -1)
            count = 0
        if start < 0:
            return raw, n
        if count == held.shape[0]:
            held = grown(held)
        held[count, 0], held[count, 1] = start, end
        count += 1
        last_end, last_length = end, end - start


@compiled  # type: ignore[misc, unused-ignore]
def _pairs_end(bits: Any, size: int, at: int, place: Any, choice: Any) -> int:
    """Return where the greedy run of two to four pairs of numerals and characters ends, -1 when there is none."""
    place[0], choice[0] = at, 0
    level = 0
    while True:
        if choice[level] == 6:
            if level >= 2:
                return int(place[level])
            if level == 0:
                return -1
            level -= 1
            continue
        numbers, chars = 3 - choice[level] // 2, 2 - choice[level] % 2
        choice[level] += 1
        begin = place[level]
        if _run(bits, size, begin, NUMBER, numbers) < numbers:
            continue
        if _run(bits, size, begin + numbers, HAN, chars) < chars:
            continue
        level += 1
        place[level] = begin + numbers + chars
        if level == 4:
            return int(place[level])
        choice[level] = 0


@compiled  # type: ignore[misc, unused-ignore]
def numbers(text: Any, bits: Any, words: Any, size: int, raw: Any, n: int) -> Any:
    """Numeric abbreviations and labels joined by a plus sign."""
    count_at = great_at = sum_at = run_at = plus_at = 0
    plus, number = False, 0
    for i in range(size):
        plus |= text[i] == _PLUS
        number |= bits[i]
    if not plus and not number & (NUMBER | TEN | COUNTER):
        return raw, n
    place, choice = np.empty(5, np.int64), np.empty(5, np.int64)
    for i in range(size):
        before = bits[i - 1] if i else 0
        bit = bits[i]
        if not plus and not bit & (NUMBER | TEN | COUNTER):
            continue
        if bit & COUNTER and not before & NO_COUNT:
            for chars in (1, 2):
                tail = i + 1 + chars
                if tail < size and words[tail] & COUNTED and _run(bits, size, i + 1, HAN, chars) == chars:
                    raw, n = put(raw, n, i, tail + 2, _NUMERIC, -1)
                    break
        if bit & NUMBER and not before & NO_PAIR:
            end = _pairs_end(bits, size, i, place, choice)
            if end >= 0:
                raw, n = put(raw, n, i, end, _NUMERIC, -1)
                if end - i > 4:
                    raw, n = put(raw, n, i, end - 1, _NUMERIC, -1)
        counted = i + 1 < size and text[i + 1] == _GE and (bit & TEN or text[i] == _TWO)
        if i >= count_at and counted and not before & NO_COUNT:
            length = _run(bits, size, i + 2, HAN, 4)
            for stop in range(i + 4, i + 3 + length):
                raw, n = put(raw, n, i, stop, _NUMERIC, -1)
            if length >= 2:
                count_at = i + 2 + length
        if i >= great_at and bit & TEN and not before & NO_GREAT:
            for tens in (2, 1):
                if i + tens < size and text[i + tens] == _DA and _run(bits, size, i, TEN, tens) == tens:
                    length = _run(bits, size, i + tens + 1, HAN, 6)
                    if length >= 2:
                        great_at = i + tens + 1 + length
                        for stop in range(i + tens + 3, great_at + 1):
                            raw, n = put(raw, n, i, stop, _NUMERIC, -1)
                        break
        if plus and i >= sum_at and bit & DIGIT and not (before & DIGIT or (i and text[i - 1] in (_PLUS, _DOT))):
            digits = i + _run(bits, size, i, DIGIT, size)
            end = digits
            while end + 1 < size and text[end] == _PLUS and bits[end + 1] & SUM_CHAR:
                end += 1 + _run(bits, size, end + 1, SUM_CHAR, size)
            while end > digits:
                if text[end - 1] != _PLUS and (end == size or not (bits[end] & DIGIT or text[end] == _DOT)):
                    raw, n = put(raw, n, i, end, _NUMERIC, -1)
                    sum_at = end
                    break
                end -= 1
        if i >= run_at and bit & TEN:
            for length in (3, 2, 1):
                stop = i + length
                fits = stop + 1 < size and text[stop] == _LIAN and bits[stop + 1] & RUN
                if fits and _run(bits, size, i, TEN, length) == length:
                    raw, n = put(raw, n, i, stop + 2, _NUMERIC, -1)
                    run_at = stop + 2
                    break
        if plus and i >= plus_at and bit & LABEL_CHAR:
            length = _run(bits, size, i, LABEL_CHAR, 9)
            end = i + length
            if length <= 8 and end + 1 < size and text[end] == _PLUS and bits[end + 1] & LABEL_CHAR:
                while end + 1 < size and text[end] == _PLUS and bits[end + 1] & LABEL_CHAR:
                    end += 1 + _run(bits, size, end + 1, LABEL_CHAR, 8)
                if end < size and text[end] == _PLUS:
                    end += 1
                raw, n = put(raw, n, i, end, _JOINED, -1)
                plus_at = end
            elif 2 <= length <= 6 and end < size and text[end] == _PLUS and _run(bits, size, i, HAN, 6) == length:
                open_end = end + 1 == size or not (bits[end + 1] & LABEL_CHAR or text[end + 1] == _UNDERSCORE)
                if open_end:
                    raw, n = put(raw, n, i, end + 1, _JOINED, -1)
                    plus_at = end + 1
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def worded(text: Any, bits: Any, words: Any, size: int, nodes: Any, symbols: Any, frames: Any, raw: Any, n: int) -> Any:
    """Places with a label, spirits and powers, journeys, epithets, vows; also the frames that stand in company."""
    epithet_at = label_at = vow_at = k = 0
    for i in range(size):
        word = words[i]
        if word == 0:
            continue
        if word & (EPITHET_2 | EPITHET_3 | EPITHET_4) and i >= epithet_at:
            epithet_at = i + (2 if word & EPITHET_2 else 3 if word & EPITHET_3 else 4)
            for length in (4, 3, 2):
                end = epithet_at + length
                if end <= size and lookup(nodes, symbols, text, epithet_at, end, False) >= 0:
                    raw, n = put(raw, n, i, end, _LABELLED, -1)
                    break
        if word & LABEL and i >= label_at:
            label_at = i + 2
            for length in (4, 3, 2):
                if i >= length and lookup(nodes, symbols, text, i - length, i, False) >= 0:
                    raw, n = put(raw, n, i - length, i + 2, _LABELLED, -1)
                    break
        if word & (SPIRIT | POWER):
            for length in range(2, _han_before(bits, i, 6 if word & SPIRIT else 4) + 1):
                raw, n = put(raw, n, i - length, i + 2, _TITLES, -1)
        if word & COMMUNITY:
            for length in range(2, _han_before(bits, i, 8) + 1):
                raw, n = put(raw, n, i - length, i + 5, _TITLES, -1)
        if word & (JOURNEY | OF):
            length = _han_before(bits, i, 4)
            layer = _JOURNEYS if word & JOURNEY else _EPITHETS
            if length >= 2:
                raw, n = put(raw, n, i - 2, i + 2, layer, -1)
                frames, k = _framed(frames, k, i - length, i + 2, 2)
            if length > 2:
                bare = True
                for j in range(i - length, i):
                    bare &= text[j] != DE
                if bare:
                    raw, n = put(raw, n, i - length, i + 2, layer, -1)
        if word & HEAD and i >= vow_at:
            for length in range(_run(bits, size, i + 2, HAN, 10), 1, -1):
                stop = i + 2 + length
                if stop + 1 < size and text[stop] == _BU and words[stop + 1] & TAIL:
                    vow_at = stop + 3
                    raw, n = put(raw, n, i, vow_at, _VOWS, -1)
                    frames, k = _framed(frames, k, i, vow_at, 3)
                    break
    return raw, n, frames, k


@compiled  # type: ignore[misc, unused-ignore]
def _framed(frames: Any, k: int, start: int, end: int, size: int) -> Any:
    if k == frames.shape[0]:
        frames = grown(frames)
    frames[k, 0], frames[k, 1], frames[k, 2] = start, end, size
    return frames, k + 1
