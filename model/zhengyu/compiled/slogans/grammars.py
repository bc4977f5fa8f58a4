"""The candidate grammars of `zhengyu.slogans.grammars`, compiled: each follows its plain namesake to the letter.

A text is an array of code points, with the bits of each (`characters`) and of the words that begin at each place
(`words`). `propose` adds what every grammar proposes to ``raw``: a row a candidate, of its place and length in one
number, its layer as a bit (`BIT`), and its lexicon entry or -1.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.compiled import compiled
from zhengyu.compiled.slogans.rows import order_of, put
from zhengyu.compiled.trie import key_of
from zhengyu.slogans import candidates, gates, grammars, known, view
from zhengyu_corpus.normalise import is_han

#: Code points of the basic plane; those beyond it have no bits.
PLANE = 0x10000
#: Bits of a code point; from `MARK_AT` on stands the number of a mark among `MARKS`.
(
    HAN, NUMBER, TEN, DIGIT, SEPARATOR, STOP, LABEL_CHAR, TRAILING, SUM_CHAR, NO_PAIR, NO_COUNT, NO_GREAT, MARK,
    NUMERAL, SILENT, COLON_STOP, JOINT, LATE, RUN, COUNTER, SURNAME, PLACE_END, LAST_OF_NAME, QUOTE, PLUS, COLON, ALONE,
    WAR, OPENS_SENTENCE, CLOSES_SENTENCE, TITLE, COMMA, POSSESSIVE,
) = (1 << place for place in range(33))  # fmt: skip
MARK_AT = 33
MARKS = "".join(sorted(candidates.MARKS))
_ALL = "".join(map(chr, range(PLANE)))
_HAN = [char for char in _ALL if is_han(char)]
#: Characters of each bit.
CHARACTERS: dict[int, Iterable[str]] = {
    HAN: _HAN,
    NUMBER: grammars.NUMERALS,
    TEN: grammars.TEN,
    DIGIT: grammars.DIGITS,
    SEPARATOR: view.CLAUSE.sub("", _ALL),
    STOP: grammars.STOPS,
    LABEL_CHAR: [*_HAN, *string.ascii_letters, *string.digits],
    TRAILING: grammars.TRAILING,
    SUM_CHAR: grammars.DIGITS + "NnXx",
    NO_PAIR: grammars.NO_PAIR,
    NO_COUNT: grammars.NO_COUNT,
    NO_GREAT: grammars.NO_GREAT,
    MARK: MARKS,
    NUMERAL: candidates.NUMERALS,
    SILENT: known.SKIPPED,
    COLON_STOP: grammars.STOPS + "：:“”",
    JOINT: view.JOINTS,
    LATE: "的之等",
    RUN: "增丰冠升",
    COUNTER: grammars.COUNTERS,
    SURNAME: gates.SURNAMES,
    PLACE_END: gates.PLACE_ENDINGS,
    LAST_OF_NAME: gates.PLACE_ENDINGS | {word[-1] for word in gates.ENDINGS},
    QUOTE: "“‘",
    PLUS: "+",
    COLON: ":：",
    WAR: "战",
    OPENS_SENTENCE: candidates.SENTENCE_OPENS,
    CLOSES_SENTENCE: candidates.SENTENCE_CLOSES,
    TITLE: "《",
    COMMA: "，,",
    POSSESSIVE: "的",
}
#: Characters that grammars start from or that part a text: about one in four. What looks for them looks at no others.
NOTABLE = SEPARATOR | MARK | NUMBER | QUOTE | WAR | POSSESSIVE | ALONE
#: Bits of the words that begin at a place; where the length matters, it tells them apart.
(
    LABEL, EPITHET_2, EPITHET_3, EPITHET_4, HEAD, TAIL, LEAD_1, LEAD_2, LEAD_3, SPIRIT, POWER, JOURNEY, OF, COUNTED,
    COMMUNITY, FRAME_BEFORE_1, FRAME_BEFORE_2, FRAME_AFTER, CUE,
) = (1 << place for place in range(19))  # fmt: skip
#: Words and their bit, or a bit for each length.
WORDS: tuple[tuple[Iterable[str], int | dict[int, int]], ...] = (
    (grammars.LABELS, LABEL),
    (grammars.EPITHETS, {2: EPITHET_2, 3: EPITHET_3, 4: EPITHET_4}),
    (grammars.VOW_HEADS, HEAD),
    (grammars.VOW_TAILS, TAIL),
    (grammars.LEADS, {1: LEAD_1, 2: LEAD_2, 3: LEAD_3}),
    (("精神",), SPIRIT),
    (["强" + char for char in grammars.POWERS], POWER),
    (["之" + char for char in grammars.JOURNEYS], JOURNEY),
    (["之" + char for char in grammars.OF], OF),
    (grammars.COUNTED, COUNTED),
    ((grammars.COMMUNITY,), COMMUNITY),
    (gates.FRAMES_BEFORE, {1: FRAME_BEFORE_1, 2: FRAME_BEFORE_2}),
    (gates.FRAMES_AFTER, FRAME_AFTER),
    # The bits from `CUE` on are those of the cues.
    *(((cue,), CUE << number) for number, cue in enumerate(candidates.CUES)),
)
#: Who proposes a candidate, how it lies, and its company, in the order of their bits.
LAYERS = (
    *("lexicon", *grammars.GRAMMARS, "in known", "holds known", "cuts known"),
    *(f"{kind} {count}" for kind in ("company", "row of") for count in range(2, candidates.MAX_COMPANY + 1)),
)
BIT = {name: 1 << place for place, name in enumerate(LAYERS)}
_QUOTED, _NUMERIC, _JOINED, _TITLES, _JOURNEYS, _EPITHETS = (
    BIT[name] for name in ("quoted", "numeric", "joined", "titles", "journeys", "epithets")
)
_VOWS, _PARALLEL, _REFRAINS, _ROWS, _BANNERS, _LABELLED, _EXTENDED, _UNDERTAKINGS = (
    BIT[name] for name in ("vows", "parallel", "refrains", "rows", "banners", "labelled", "extended", "undertakings")
)
_MAX_RUN, _MAX_UNEVEN, _MAX_GAP, _MAX_EXTENSION, _MAX_TAIL, _MAX_QUOTED = (
    grammars.MAX_RUN, grammars.MAX_UNEVEN, grammars.MAX_GAP, grammars.MAX_EXTENSION, grammars.MAX_TAIL, 45,
)  # fmt: skip
_OPEN, _CLOSE, _OPEN_ONE, _CLOSE_ONE, _PLUS, _DASH, _DOT, _UNDERSCORE = (ord(char) for char in "“”‘’+-._")
_GE, _DA, _LIAN, _BU, _DE, _ZHI, _SHI, _YAO, _TWO = (ord(char) for char in "个大连不的之是要两")
_SHOUT, _WIDE_SHOUT, _LIST, _PLAN = (ord(char) for char in "!！、略")
_FIGHTS = tuple((ord(word[0]), ord(word[1])) for word in grammars.FIGHTS)
_MAX_UNDERTAKING, _LEAST_LISTED, _MOST_LISTED = grammars.MAX_UNDERTAKING, grammars.LISTED[0], grammars.LISTED[-1]
#: Words that `_worded` starts from.
_SIGNS = EPITHET_2 | EPITHET_3 | EPITHET_4 | LABEL | SPIRIT | POWER | COMMUNITY | JOURNEY | OF | HEAD
#: Characters that number a clause at most: 二十是要.
_MAX_NUMBERING = 4
#: Clauses whose endings are compared each with each; of more, an order is made first.
_FEW = 24


def characters() -> NDArray[np.int64]:
    """Return the bits of every code point of the basic plane."""
    found = np.zeros(PLANE, dtype=np.int64)
    for bit, chars in CHARACTERS.items():
        found[[ord(char) for char in chars]] |= bit
    found[[ord(word) for word in words()[0] if len(word) == 1]] |= ALONE
    for number, mark in enumerate(MARKS):
        found[ord(mark)] |= number << MARK_AT
    return found


def words() -> tuple[list[str], NDArray[np.int64]]:
    """Return the words that grammars and gates start from, ascending, and the bits of each."""
    return bits_of(WORDS)


def bits_of(groups: Iterable[tuple[Iterable[str], int | dict[int, int]]]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the words of a table such as `WORDS`, ascending, and the bits of each."""
    found: dict[str, int] = {}
    for group, bit in groups:
        for word in group:
            found[word] = found.get(word, 0) | (bit[len(word)] if isinstance(bit, dict) else bit)
    keys = sorted(found)
    return keys, np.array([found[key] for key in keys], dtype=np.int64)


@compiled
def propose(
    text: Any, bits: Any, words: Any, size: int, met: int, worded: int, notable: Any, many: int, starts: Any,
    n_words: int, clauses: Any, count: int, place_nodes: Any, symbols: Any, frames: Any, raw: Any, n: int,
) -> Any:  # fmt: skip
    """Add what every grammar proposes and the frames that could have company; return how many candidates and frames.

    What `raw` and `frames` have no room for is counted alone: the caller makes room for so many and calls again.
    `met` and `worded` hold the bits of all characters and of all words: a grammar is passed over whose signs are none.
    `notable` has the places of the `NOTABLE` characters, and `starts` those where words of several characters begin.
    """
    k = 0
    if met & QUOTE:
        n = _quotations(text, bits, words, size, notable, many, raw, n)
    if met & (NUMBER | PLUS):
        n = _numbers(text, bits, words, size, notable, many, (met & PLUS) != 0, raw, n)
    if worded & _SIGNS:
        n, k = _worded(text, bits, words, size, starts, n_words, place_nodes, symbols, frames, raw, n)
    if met & WAR:
        n = _undertakings(text, bits, words, size, notable, many, raw, n)
    n = _parallels(text, bits, words, clauses, count, raw, n)
    n = _refrains(text, bits, clauses, count, raw, n)
    n = _banners(text, bits, size, notable, many, clauses, count, (met & COLON) != 0, raw, n)
    return n, k


@compiled
def _run(bits: Any, size: int, at: int, bit: int, most: int) -> int:
    """Return how many characters with a bit stand from a place on, at most so many."""
    length = 0
    while length < most and at + length < size and bits[at + length] & bit:
        length += 1
    return length


@compiled
def _han_before(bits: Any, place: int, most: int) -> int:
    length = 0
    while length < most and length < place and bits[place - length - 1] & HAN:
        length += 1
    return length


@compiled
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


@compiled
def _extended(text: Any, bits: Any, words: Any, size: int, start: int, end: int, raw: Any, n: int) -> int:
    """Add quoted words with what makes them a label."""
    before = _han_before(bits, start, _MAX_EXTENSION + 1)
    if 2 <= before <= _MAX_EXTENSION:
        begin = start - before
        n = put(raw, n, begin, end, _EXTENDED, -1)
        lead = 0
        if words[begin] & LEAD_3 and before >= 3:
            lead = 3
        elif words[begin] & LEAD_2:
            lead = 2
        elif words[begin] & LEAD_1:
            lead = 1
        if lead and lead < before:
            n = put(raw, n, begin + lead, end, _EXTENDED, -1)
    after = _run(bits, size, end, HAN, _MAX_TAIL)
    if after >= 2:
        n = put(raw, n, start, end + 2, _EXTENDED, -1)
        if after > 2 and (end + after == size or not bits[end + after] & HAN):
            n = put(raw, n, start, end + after, _EXTENDED, -1)
    return n


@compiled
def _quotations(
    text: Any, bits: Any, words: Any, size: int, notable: Any, many: int, raw: Any, n: int
) -> int:  # fmt: skip
    """Quoted spans, rows of them, and those that are extended."""
    at, last_start, last_end, in_row = 0, -9, -9, False
    for place in range(many):
        if notable[place] < at or not bits[notable[place]] & QUOTE:
            continue
        close = _closed(text, size, notable[place])
        if close < 0:
            continue
        n = _extended(text, bits, words, size, notable[place], close + 1, raw, n)
        start, end, at = notable[place] + 1, close, close + 1
        while end > start and bits[end - 1] & TRAILING:
            end -= 1
        n = put(raw, n, start, end, _QUOTED, -1)
        if last_end >= 0 and start - last_end <= _MAX_GAP and end - start == last_end - last_start:
            if not in_row:
                n = put(raw, n, last_start, last_end, _ROWS, -1)
            n = put(raw, n, start, end, _ROWS, -1)
            in_row = True
        else:
            in_row = False
        last_start, last_end = start, end
    return n


@compiled
def _pairs_end(bits: Any, size: int, at: int) -> int:
    """Return where the greedy run of two to four pairs of numerals and characters ends, -1 when there is none."""
    again = False  # a second pair begins with a numeral behind a character, two to five places from here
    for i in range(at + 2, min(at + 6, size)):
        again |= (bits[i] & NUMBER != 0) & (bits[i - 1] & HAN != 0)
    if not again:
        return -1
    # By level, which way is tried next and how far the pairs before reach: packed, as to make arrays takes longer.
    ways, reached, level = 0, 0, 0
    while True:
        way = ways >> 4 * level & 15
        begin = at + (reached >> 8 * level & 255)
        if way == 6:
            if level >= 2:
                return int(begin)
            if level == 0:
                return -1
            level -= 1
            continue
        numbers, chars = 3 - way // 2, 2 - way % 2
        ways += 1 << 4 * level
        if _run(bits, size, begin, NUMBER, numbers) < numbers:
            continue
        if _run(bits, size, begin + numbers, HAN, chars) < chars:
            continue
        level += 1
        if level == 4:
            return int(begin + numbers + chars)
        ways &= ~(15 << 4 * level)
        reached = (reached & ~(255 << 8 * level)) | (begin - at + numbers + chars) << 8 * level


@compiled
def _numbers(
    text: Any, bits: Any, words: Any, size: int, notable: Any, many: int, plus: bool, raw: Any, n: int
) -> int:  # fmt: skip
    """Numeric abbreviations and, where there is a plus sign, labels joined by it."""
    count_at = great_at = sum_at = run_at = plus_at = 0
    for place in range(size if plus else many):
        i = place if plus else notable[place]
        bit = bits[i]
        if not plus and not bit & NUMBER:
            continue
        before = bits[i - 1] if i else 0
        if bit & COUNTER and not before & NO_COUNT:
            for chars in (1, 2):
                tail = i + 1 + chars
                if tail < size and words[tail] & COUNTED and _run(bits, size, i + 1, HAN, chars) == chars:
                    n = put(raw, n, i, tail + 2, _NUMERIC, -1)
                    break
        if bit & NUMBER and not before & NO_PAIR:
            end = _pairs_end(bits, size, i)
            if end >= 0:
                n = put(raw, n, i, end, _NUMERIC, -1)
                if end - i > 4:
                    n = put(raw, n, i, end - 1, _NUMERIC, -1)
        counted = i + 1 < size and text[i + 1] == _GE and (bit & TEN or text[i] == _TWO)
        if i >= count_at and counted and not before & NO_COUNT:
            length = _run(bits, size, i + 2, HAN, 4)
            for stop in range(i + 4, i + 3 + length):
                n = put(raw, n, i, stop, _NUMERIC, -1)
            if length >= 2:
                count_at = i + 2 + length
        if i >= great_at and bit & TEN and not before & NO_GREAT:
            for tens in (2, 1):
                if i + tens < size and text[i + tens] == _DA and _run(bits, size, i, TEN, tens) == tens:
                    length = _run(bits, size, i + tens + 1, HAN, 6)
                    if length >= 2:
                        great_at = i + tens + 1 + length
                        for stop in range(i + tens + 3, great_at + 1):
                            n = put(raw, n, i, stop, _NUMERIC, -1)
                        break
        if plus and i >= sum_at and bit & DIGIT and not (before & DIGIT or (i and text[i - 1] in (_PLUS, _DOT))):
            digits = i + _run(bits, size, i, DIGIT, size)
            end = digits
            while end + 1 < size and text[end] == _PLUS and bits[end + 1] & SUM_CHAR:
                end += 1 + _run(bits, size, end + 1, SUM_CHAR, size)
            while end > digits:
                if text[end - 1] != _PLUS and (end == size or not (bits[end] & DIGIT or text[end] == _DOT)):
                    n = put(raw, n, i, end, _NUMERIC, -1)
                    sum_at = end
                    break
                end -= 1
        if i >= run_at and bit & TEN:
            for length in (3, 2, 1):
                stop = i + length
                fits = stop + 1 < size and text[stop] == _LIAN and bits[stop + 1] & RUN
                if fits and _run(bits, size, i, TEN, length) == length:
                    n = put(raw, n, i, stop + 2, _NUMERIC, -1)
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
                n = put(raw, n, i, end, _JOINED, -1)
                plus_at = end
            elif 2 <= length <= 6 and end < size and text[end] == _PLUS and _run(bits, size, i, HAN, 6) == length:
                open_end = end + 1 == size or not (bits[end + 1] & LABEL_CHAR or text[end + 1] == _UNDERSCORE)
                if open_end:
                    n = put(raw, n, i, end + 1, _JOINED, -1)
                    plus_at = end + 1
    return n


@compiled
def _worded(
    text: Any, bits: Any, words: Any, size: int, starts: Any, n_words: int, nodes: Any, symbols: Any, frames: Any,
    raw: Any, n: int,
) -> Any:  # fmt: skip
    """Places with a label, spirits and powers, journeys, epithets, vows; also the frames that stand in company."""
    epithet_at = label_at = vow_at = k = 0
    for place in range(n_words):
        i = starts[place]
        word = words[i]
        if not word & _SIGNS:
            continue
        if word & (EPITHET_2 | EPITHET_3 | EPITHET_4) and i >= epithet_at:
            epithet_at = i + (2 if word & EPITHET_2 else 3 if word & EPITHET_3 else 4)
            for length in (4, 3, 2):
                end = epithet_at + length
                if end <= size and key_of(nodes, symbols, epithet_at, end) >= 0:
                    n = put(raw, n, i, end, _LABELLED, -1)
                    break
        if word & LABEL and i >= label_at:
            label_at = i + 2
            for length in (4, 3, 2):
                if i >= length and key_of(nodes, symbols, i - length, i) >= 0:
                    n = put(raw, n, i - length, i + 2, _LABELLED, -1)
                    break
        if word & (SPIRIT | POWER):
            for length in range(2, _han_before(bits, i, 6 if word & SPIRIT else 4) + 1):
                n = put(raw, n, i - length, i + 2, _TITLES, -1)
        if word & COMMUNITY:
            for length in range(2, _han_before(bits, i, 8) + 1):
                n = put(raw, n, i - length, i + 5, _TITLES, -1)
        if word & (JOURNEY | OF):
            length = _han_before(bits, i, 4)
            layer = _JOURNEYS if word & JOURNEY else _EPITHETS
            if length >= 2:
                n = put(raw, n, i - 2, i + 2, layer, -1)
                k = _framed(frames, k, i - length, i + 2, 2)
            if length > 2:
                bare = True
                for j in range(i - length, i):
                    bare &= text[j] != _DE
                if bare:
                    n = put(raw, n, i - length, i + 2, layer, -1)
        if word & HEAD and i >= vow_at:
            for length in range(_run(bits, size, i + 2, HAN, 10), 1, -1):
                stop = i + 2 + length
                if stop + 1 < size and text[stop] == _BU and words[stop + 1] & TAIL:
                    vow_at = stop + 3
                    n = put(raw, n, i, vow_at, _VOWS, -1)
                    k = _framed(frames, k, i, vow_at, 3)
                    break
    return n, k


@compiled
def _undertakings(
    text: Any, bits: Any, words: Any, size: int, notable: Any, many: int, raw: Any, n: int
) -> int:  # fmt: skip
    """A strategy or a battle behind what leads into it."""
    for place in range(many):
        i = notable[place]
        if not bits[i] & WAR:
            continue
        begin, end = -1, i + 1
        if end < size and text[end] == _PLAN:
            begin, end = i, i + 2
        elif i >= 2:
            for first, second in _FIGHTS:
                if text[i - 2] == first and text[i - 1] == second:
                    begin = i - 2
        if begin >= 0:
            for length in range(2, _han_before(bits, begin, _MAX_UNDERTAKING + 2) - 1):
                if words[begin - length - 2] & LEAD_2:
                    n = put(raw, n, begin - length, end, _UNDERTAKINGS, -1)
                    break
    return n


@compiled
def _framed(frames: Any, k: int, start: int, end: int, size: int) -> int:
    """Add a frame where there is room; return how many there are, with those that there was no room for."""
    if k < frames.shape[0]:
        frames[k, 0], frames[k, 1], frames[k, 2] = start, end, size
    return k + 1


@compiled
def _alike(text: Any, clauses: Any, i: int) -> bool:
    a, b = clauses[i, 1] - clauses[i, 0], clauses[i + 1, 1] - clauses[i + 1, 0]
    heads = text[clauses[i, 0]] == text[clauses[i + 1, 0]]
    tails = text[clauses[i, 1] - 1] == text[clauses[i + 1, 1] - 1]
    # Without a branch but the last, as the machine guesses each of them wrong half of the time.
    fit = (a >= 3) & (a <= 18) & (b >= 3) & (b <= 18)
    return bool(fit & ((a == b) | ((abs(a - b) <= 4) & (heads | tails))))


@compiled
def _enumerated(text: Any, clauses: Any, i: int) -> bool:
    own, before = clauses[i, 1] - clauses[i, 0], clauses[i - 1, 1] - clauses[i - 1, 0]
    return bool(text[clauses[i - 1, 1]] == _LIST and text[clauses[i, 1]] == _LIST and before >= own)


@compiled
def _shortened(text: Any, start: int, end: int, raw: Any, n: int) -> int:
    for mark in (_DE, _ZHI):
        for place in range(end - 1, max(end - 6, start + 4), -1):
            if text[place] == mark:
                n = put(raw, n, start, place, _PARALLEL, -1)
                break
    return n


@compiled
def _parallels(text: Any, bits: Any, words: Any, clauses: Any, count: int, raw: Any, n: int) -> int:
    """Runs of parallel clauses."""
    first = 0
    while first < count:
        last = first
        while last + 1 < count and clauses[last, 2] and last - first < 2 * _MAX_RUN:
            last += 1
        left = first
        while left < last:
            right = left
            while right < last and right - left < _MAX_RUN and _alike(text, clauses, right):
                right += 1
            if right > left:
                start, end = clauses[left, 0], clauses[right, 1]
                n = put(raw, n, start, end, _PARALLEL, -1)
                n = _shortened(text, start, end, raw, n)
                room = clauses[left, 1] - start
                lead = 0
                if words[start] & LEAD_3 and room >= 3:
                    lead = 3
                elif words[start] & LEAD_2 and room >= 2:
                    lead = 2
                elif words[start] & LEAD_1:
                    lead = 1
                if lead:
                    n = put(raw, n, start + lead, end, _PARALLEL, -1)
                if right - left >= 3:
                    for place in range(left, right, 2):
                        stop = clauses[min(place + 1, right), 1]
                        n = put(raw, n, clauses[place, 0], stop, _PARALLEL, -1)
            left = max(right, left + 1)
        for left in range(first, last):
            own, size = clauses[left, 1] - clauses[left, 0], clauses[left + 1, 1] - clauses[left + 1, 0]
            if 3 <= size <= 8 and own > size:
                right = left + 1
                while right < last and clauses[right + 1, 1] - clauses[right + 1, 0] == size:
                    right += 1
                start, end = clauses[left, 1] - size, clauses[right, 1]
                n = put(raw, n, start, end, _PARALLEL, -1)
                n = _shortened(text, start, end, raw, n)
            if 3 <= own <= 8 and size > own:
                stop = clauses[left + 1, 0] + own
                late = bits[stop] & LATE != 0
                if late or (left > first and _enumerated(text, clauses, left)):
                    begin = left
                    while begin > first and clauses[begin - 1, 1] - clauses[begin - 1, 0] == own:
                        begin -= 1
                    if late or begin < left:
                        n = put(raw, n, clauses[begin, 0], stop, _PARALLEL, -1)
                    if begin > first and clauses[begin - 1, 1] - clauses[begin - 1, 0] > own:
                        n = put(raw, n, clauses[begin - 1, 1] - own, stop, _PARALLEL, -1)
            told = clauses[left + 1, 3] - clauses[left + 1, 0]
            if 3 <= told <= 8 and told < size and own > told:
                n = put(raw, n, clauses[left, 1] - told, clauses[left + 1, 0] + told, _PARALLEL, -1)
        left = first
        while left < last:
            right, own = left, clauses[left, 1] - clauses[left, 0]
            even = _LEAST_LISTED <= own <= _MOST_LISTED
            while right < last and text[clauses[right, 1]] == _LIST:
                right += 1
                even &= clauses[right, 1] - clauses[right, 0] == own
            if even and right > left:
                n = put(raw, n, clauses[left, 0], clauses[right, 1], _PARALLEL, -1)
            left = right + 1
        first = last + 1
    return n


@compiled
def _unnumbered(text: Any, bits: Any, start: int, end: int) -> int:
    """Return where a clause begins behind 一是, 二要, 三是要."""
    if not bits[start] & TEN:
        return start
    for tens in (2, 1):
        at = start + tens
        if at < end and (tens == 1 or bits[start + 1] & TEN):
            if text[at] == _SHI:
                return at + 2 if at + 1 < end and text[at + 1] == _YAO else at + 1
            if text[at] == _YAO:
                return at + 1
    return start


@compiled
def _refrains(text: Any, bits: Any, clauses: Any, count: int, raw: Any, n: int) -> int:
    """Clauses of one beginning and one end."""
    many, seen, again = 0, np.uint64(0), False  # of clauses as long as a refrain: where they start and end, a hash
    for i in range(count):
        start, end = clauses[i, 0], clauses[i, 1]
        if not 6 <= end - start <= 16 + _MAX_NUMBERING:
            continue
        start = _unnumbered(text, bits, start, end)
        if 6 <= end - start <= 16:
            head = np.int64(text[start]) << 21 | np.int64(text[start + 1])
            key = (head << 21 | np.int64(text[end - 2])) * 31 + np.int64(text[end - 1])
            clauses[many, 4], clauses[many, 5], clauses[many, 6] = start, end, key
            bit = np.uint64(1) << (np.uint64(key * 0x9E3779B1) >> np.uint64(20) & np.uint64(63))
            if seen & bit and not again:
                again = many > _FEW
                for j in range(min(many, _FEW)):
                    again |= clauses[j, 6] == key
            seen |= bit
            many += 1
    if not again:
        return n
    if many <= _FEW:
        for i in range(many):
            for j in range(many):
                if j != i and _refrained(text, clauses, i, j):
                    n = put(raw, n, clauses[i, 4], clauses[i, 5], _REFRAINS, -1)
                    break
        return n
    order = order_of(clauses[:, 6], many)
    for k in range(many):
        i = order[k]
        for beside in (k - 1, k + 1):
            if 0 <= beside < many and _refrained(text, clauses, i, order[beside]):
                n = put(raw, n, clauses[i, 4], clauses[i, 5], _REFRAINS, -1)
                break
    return n


@compiled
def _refrained(text: Any, clauses: Any, i: int, j: int) -> bool:
    """Tell whether two clauses have the same first two characters and the same last two."""
    if clauses[i, 6] != clauses[j, 6]:
        return False
    start, end, other, stop = clauses[i, 4], clauses[i, 5], clauses[j, 4], clauses[j, 5]
    heads = text[other] == text[start] and text[other + 1] == text[start + 1]
    return bool(heads and text[stop - 2] == text[end - 2] and text[stop - 1] == text[end - 1])


@compiled
def _banners(
    text: Any, bits: Any, size: int, notable: Any, many: int, clauses: Any, count: int, colon: bool, raw: Any, n: int
) -> int:
    """Headings of two balanced halves, sentences of them, and what a colon or an exclamation mark sets apart."""
    if size <= 45 and count:
        n = put(raw, n, clauses[0, 0], clauses[count - 1, 1], _BANNERS, -1)
        length = 0
        while length < 40 and length < size and not bits[length] & STOP:
            length += 1
            if length >= 6 and length + 1 < size and text[length] == _DASH and text[length + 1] == _DASH:
                n = put(raw, n, 0, length, _BANNERS, -1)
                break
    i = 0
    for place in range(many + 1):
        end = notable[place] if place < many else size
        if place < many and not bits[end] & STOP:
            continue
        shouted = end < size and (text[end] == _SHOUT or text[end] == _WIDE_SHOUT)
        first = i
        while i < count and clauses[i, 0] < end:
            i += 1
        inside = i - first
        if inside:
            own = clauses[first, 1] - clauses[first, 0]
            balanced = False
            if inside == 2 or inside == 4:
                balanced = own >= 4 and abs(own - (clauses[first + 1, 1] - clauses[first + 1, 0])) <= _MAX_UNEVEN
            if (balanced or shouted) and clauses[i - 1, 1] - clauses[first, 0] <= 45:
                n = put(raw, n, clauses[first, 0], clauses[i - 1, 1], _BANNERS, -1)
            if shouted:
                n = put(raw, n, clauses[i - 1, 0], clauses[i - 1, 1], _BANNERS, -1)
                if inside > 1:
                    n = put(raw, n, clauses[i - 2, 0], clauses[i - 1, 1], _BANNERS, -1)
    for place in range(many if colon else 0):
        if not bits[notable[place]] & COLON:
            continue
        end = at = notable[place] + 1
        while end < size and end - at <= 40 and not bits[end] & COLON_STOP:
            end += 1
        if 4 <= end - at <= 40 and (end == size or bits[end] & STOP):
            stop = end
            while stop > at and bits[stop - 1] & TRAILING:
                stop -= 1
            n = put(raw, n, at, stop, _BANNERS, -1)
    return n
