"""Slogans, compiled: UTF-8 to a view to candidates to features to chances to the best set of spans.

Each step follows the plain path to the letter: `zhengyu.slogans.view`, `known`, `grammars`, `candidates` and
`decision`. Tests hold the two equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.fetch import fetch, lowest
from zhengyu.compiled.slogans.features import (
    CLAUSE_BEGINS,
    CLAUSE_ENDS,
    DE,
    DIGITS_AT,
    LOOKS,
    MAX_PARTS,
    QUOTED_HERE,
    SENTENCE_BEGINS,
    SENTENCE_ENDS,
    TITLED_HERE,
    add_shape,
    chance_of,
    look_of,
    place_of,
    surroundings,
    type_of,
    weight_of,
)
from zhengyu.compiled.slogans.gates import refused, signalled, whole_of
from zhengyu.compiled.slogans.grammars import (
    ALONE,
    BIT,
    CLOSES_SENTENCE,
    DIGIT,
    MARK,
    OPENS_SENTENCE,
    SEPARATOR,
    SILENT,
    propose,
)
from zhengyu.compiled.slogans.rows import grown, order_of, put, sort
from zhengyu.compiled.slogans.view import clauses_of, look
from zhengyu.compiled.trie import BASE, KEY, child_of
from zhengyu.slogans.candidates import MAX_COMPANY
from zhengyu.slogans.grammars import COMPANIONABLE

_LEXICON, _IN, _HOLDS, _CUTS = (BIT[name] for name in ("lexicon", "in known", "holds known", "cuts known"))
_COMPANY_2, _ROW_2, _ROWS = BIT["company 2"], BIT["row of 2"], BIT["rows"]
_COMPANIONABLE = sum(BIT[name] for name in COMPANIONABLE)
#: Words of the filters of the beginnings of the lexicon's keys and of the words that grammars know, and odd numbers
#: that spread symbols over them.
KEY_FILTER, WORD_FILTER = 1 << 13, 1 << 9
#: Places that a filter is asked about at a time; behind the end of a text there is room for as many.
AT_ONCE = 64
_SPREAD, _MIX, _STIR = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D)
_OPEN, _CLOSE, _TITLE, _TITLED, _LIST, _WIDE_COMMA, _COMMA = (ord(char) for char in "“”《》、，,")


@compiled
def _mixed(first: Any, second: Any, third: Any) -> Any:
    """Return three symbols as one number, which tells their word in a filter of beginnings and three bits of it."""
    mixed = np.uint32(np.uint32(first) * _SPREAD) ^ np.uint32(np.uint32(second) * _MIX)
    return np.uint32(mixed + np.uint32(np.uint32(third) * _STIR))


@compiled
def _word_of(mixed: Any, size: Any) -> Any:
    return (mixed >> np.uint32(17)) & np.uint32(size - 1)


@compiled
def _has_bits(word: Any, mixed: Any) -> Any:
    """Return in the lowest bit whether a word has all three bits of a number."""
    few = np.uint32(31)
    return word >> (mixed & few) & word >> (mixed >> np.uint32(5) & few) & word >> (mixed >> np.uint32(10) & few)


@compiled
def beginnings(symbols: Any, size: int) -> Any:
    """Return a filter that lets through the three symbols that keys begin with, and few others.

    `symbols` has a row of three for each, the last 0 where a key has two alone: those are let through whatever
    follows. The filter has so many words, a power of two.
    """
    words, one, few = np.zeros(size, np.uint32), np.uint32(1), np.uint32(31)
    for i in range(symbols.shape[0]):
        mixed = _mixed(symbols[i, 0], symbols[i, 1], symbols[i, 2])
        bits = one << (mixed & few) | one << (mixed >> np.uint32(5) & few) | one << (mixed >> np.uint32(10) & few)
        words[_word_of(mixed, size)] |= bits
    return words


@compiled
def _let_through(begin: Any, symbols: Any, start: int) -> Any:
    """Return as bits at which of `AT_ONCE` places from one on a key may begin.

    There is no branch and nothing is written, so that the machine looks at several places in one step.
    """
    found, at, one, two = np.uint64(0), np.uint64(start), np.uint64(1), np.uint64(2)
    for k in range(np.uint64(AT_ONCE)):
        pair = _mixed(symbols[at + k], symbols[at + k + one], 0)
        triple = _mixed(symbols[at + k], symbols[at + k + one], symbols[at + k + two])
        of_pair = _has_bits(begin[_word_of(pair, begin.size)], pair)
        of_triple = _has_bits(begin[_word_of(triple, begin.size)], triple)
        found |= np.uint64((of_pair | of_triple) & np.uint32(1)) << k
    return found


@compiled
def _known(
    text: Any, symbols: Any, bits: Any, size: int, nodes: Any, comma: int, begin: Any, entry_of: Any, kept: Any,
    met: Any, places: Any, raw: Any,
) -> int:  # fmt: skip
    """Candidates of the lexicon: every key in the text without its silent characters; return how many there are.

    `comma` is the symbol of the mark that keys have for every comma.
    """
    n = count = 0
    for i in range(size):
        kept[count], met[count] = i, comma if text[i] == _WIDE_COMMA or text[i] == _COMMA else symbols[i]
        count += (bits[i] & SILENT) == 0
    met[count] = 0
    begins = 0
    for at in range(0, count - 1, AT_ONCE):
        found = _let_through(begin, met, at)
        while found:
            i = at + lowest(found)
            found &= found - np.uint64(1)
            if i < count - 1:
                places[begins] = i
                begins += 1
    for place in range(begins):
        i = places[place]
        fetch(nodes, 4 * (nodes[nodes[0, BASE] + met[i], BASE] + met[i + 1]))
    for place in range(begins):
        i = places[place]
        node, j = 0, i
        while j < count:
            node = child_of(nodes, node, met[j])
            if node < 0:
                break
            if nodes[node, KEY] >= 0:
                start, end, balance = kept[i], kept[j] + 1, 0
                for k in range(start, end):
                    balance += int(text[k] == _OPEN) - int(text[k] == _CLOSE)
                if balance != 0:
                    if start and text[start - 1] == _OPEN:
                        start, balance = start - 1, 0
                    elif end < size and text[end] == _CLOSE:
                        end, balance = end + 1, 0
                if balance == 0:
                    n = put(raw, n, start, end, _LEXICON, entry_of[nodes[node, KEY]])
            j += 1
    return n


@compiled
def _words(symbols: Any, bits: Any, size: int, nodes: Any, begin: Any, word_bits: Any, words: Any) -> int:
    """Fill `words` with the bits of the words that begin at each place; return those of all."""
    every = 0
    for i in range(size):
        words[i] = 0
    for at in range(0, size, AT_ONCE):
        found = _let_through(begin, symbols, at)
        for k in range(min(AT_ONCE, size - at)):
            found |= np.uint64(bits[at + k] & ALONE != 0) << np.uint64(k)
        while found:
            i = at + lowest(found)
            found &= found - np.uint64(1)
            node, j, met = 0, i, 0
            while j < size:
                node = child_of(nodes, node, symbols[j])
                if node < 0:
                    break
                if nodes[node, KEY] >= 0:
                    met |= word_bits[nodes[node, KEY]]
                j += 1
            if i < size:
                words[i] = met
                every |= met
    return every


@compiled
def _merged(text: Any, raw: Any, n: int, frames: Any, k: int, own: Any, spans: Any) -> int:
    """Join the proposals of one span, and tell how each lies among the others.

    Fills `spans` with start, end, layers, lexicon entry or -1, and the layers of the grammars alone; returns how many
    there are. Known spans inside other known ones are left out.
    """
    sort(raw, n)
    m = in_rows = known = 0
    for i in range(n):
        place, entry = raw[i, 0], raw[i, 2]
        start, end = place >> 6, (place >> 6) + (place & 63)
        if m == 0 or spans[m - 1, 0] != start or spans[m - 1, 1] != end:
            spans[m, 0], spans[m, 1], spans[m, 3], spans[m, 4] = start, end, -1, 0
            m += 1
        spans[m - 1, 4] |= raw[i, 1]
        if entry >= 0:
            spans[m - 1, 3] = entry
            known += 1
    for i in range(m):
        in_rows += (spans[i, 4] & _ROWS) != 0
        spans[i, 2] = spans[i, 4]
    if known:
        _lie(spans, m)
    if k:
        groups = _companies(text, frames, k)
        for i in range(m):
            if spans[i, 2] & _COMPANIONABLE:
                end = spans[i, 1]
                count = max(_company(text, groups, end, 2), _company(text, groups, end, 3))
                if count > 1:
                    spans[i, 2] |= _COMPANY_2 << (count - 2)
    if in_rows > 1:
        for i in range(m):
            if spans[i, 2] & _ROWS:
                spans[i, 2] |= _ROW_2 << (min(in_rows, MAX_COMPANY) - 2)
    return _without_inner(spans, m, own) if known > 1 else m


@compiled
def _lie(spans: Any, m: int) -> None:
    """Add to the layers of each span how it lies among the known ones."""
    left = 0
    for i in range(m):
        start, end, layers = spans[i, 0], spans[i, 1], 0
        while spans[left, 0] + 64 <= start:  # spans are at most 60 long: those that touch this one lie near
            left += 1
        j = left
        while j < m and spans[j, 0] < end:
            if j != i and spans[j, 3] >= 0 and spans[j, 1] > start:
                inside = spans[j, 0] <= start and end <= spans[j, 1]
                if inside:
                    layers |= _IN
                elif not (start <= spans[j, 0] and spans[j, 1] <= end):
                    layers |= _CUTS
                elif spans[i, 3] < 0:
                    layers |= _HOLDS
            j += 1
        spans[i, 2] |= layers


@compiled
def _without_inner(spans: Any, m: int, own: Any) -> int:
    """Take out the known spans inside other known ones that the lexicon alone has; return how many are left."""
    reach = i = kept = 0
    while i < m:
        j = i
        while j < m and spans[j, 0] == spans[i, 0]:
            j += 1
        for one in range(j - 1, i - 1, -1):
            entry = spans[one, 3]
            if entry >= 0:
                if spans[one, 1] <= reach and spans[one, 4] == _LEXICON and not own[entry]:
                    spans[one, 4] = 0
                reach = max(reach, spans[one, 1])
        i = j
    for i in range(m):
        if spans[i, 4]:
            for column in range(spans.shape[1]):
                spans[kept, column] = spans[i, column]
            kept += 1
    return kept


@compiled
def _same(text: Any, i: int, j: int, length: int) -> bool:
    same = True
    for k in range(length):
        same &= text[i + k] == text[j + k]
    return same


@compiled
def _companies(text: Any, frames: Any, k: int) -> Any:
    """Return the frames that differ, a few whatever the text: end and size of one, how many wordings, and which.

    More wordings than `MAX_COMPANY` are not told apart.
    """
    groups, g = np.zeros((8, 3 + MAX_COMPANY), np.int64), 0
    for i in range(k):
        start, end, size = frames[i, 0], frames[i, 1], frames[i, 2]
        at = _group(text, groups, g, end, size)
        if at < 0:
            if g == groups.shape[0]:
                groups = grown(groups)
            groups[g, 0], groups[g, 1], groups[g, 2] = end, size, 0
            at, g = g, g + 1
        count = groups[at, 2]
        new = count < MAX_COMPANY
        for j in range(count):
            other = groups[at, 3 + j]
            if frames[other, 1] - frames[other, 0] == end - start:
                new &= not _same(text, start, frames[other, 0], end - start)
        if new:
            groups[at, 3 + count], groups[at, 2] = i, count + 1
    return groups[:g]


@compiled
def _group(text: Any, groups: Any, g: int, end: int, size: int) -> int:
    """Return the number of the frame that the last characters before a place name, or -1."""
    for at in range(g):
        if groups[at, 1] == size and end >= size and _same(text, groups[at, 0] - size, end - size, size):
            return at
    return -1


@compiled
def _company(text: Any, groups: Any, end: int, size: int) -> int:
    """Count the wordings of the frame that the last characters before a place name, up to `MAX_COMPANY`."""
    at = _group(text, groups, groups.shape[0], end, size)
    return int(groups[at, 2]) if at >= 0 else 0


@compiled
def best_spans(spans: Any, chances: Any, n: int, threshold: float, chosen: Any) -> None:
    """Tell which of the first `n` spans are chosen; see `zhengyu.slogans.model.best_set`."""
    able, ends = np.empty(n, np.int64), np.empty(n, np.int64)
    count = 0
    for i in range(n):
        if chances[i] >= threshold:
            able[count], ends[count] = i, spans[i, 1] * 64 + spans[i, 1] - spans[i, 0]
            count += 1
    order = order_of(ends, count)
    best, taken = np.zeros(count + 1), np.empty(count, np.int64)
    for place in range(count):
        i = able[order[place]]
        taken[place] = -1
        low, high = 0, place
        while low < high:
            middle = (low + high) // 2
            if spans[able[order[middle]], 1] <= spans[i, 0]:
                low = middle + 1
            else:
                high = middle
        worth = chances[i] - threshold + 1e-6 * (spans[i, 1] - spans[i, 0])
        value = best[low] + worth
        if value > best[place]:
            taken[place] = low
        best[place + 1] = max(best[place], value)
    chosen[:n] = False
    place = count
    while place:
        if taken[place - 1] >= 0:
            chosen[able[order[place - 1]]] = True
            place = taken[place - 1]
        else:
            place -= 1


@compiled
def _make_room(size: int) -> Any:
    """Return scratch for texts of so many bytes."""
    wide, edges = np.empty((5, size), np.int64), np.empty(size + 1, np.int64)
    letters, clauses = np.zeros((3, size + AT_ONCE + 2), np.int32), np.empty((size // 2 + 1, 6), np.int64)
    marked = np.empty((3, size + 1), np.int64)
    return (
        wide[0], wide[1], wide[2], wide[3], wide[4], letters[0], letters[1], letters[2], edges, clauses, marked
    )  # fmt: skip


class Tables(NamedTuple):
    """What a finder looks up, as flat arrays.

    Attributes
    ----------
    normal, directions : ndarray of shape (65536,)
        Normalised code points, and directions of quotation marks.
    symbol_of : ndarray of uint16 of shape (n_codes,)
        Symbols of code points, the same for all tries: each character that one of them knows has its own, others
        share those of their class. Symbol 0 is for what is beyond the basic plane and no trie knows; the array ends
        with that plane or the last character that one knows beyond it.
    classes : ndarray of int64 of shape (n_symbols,)
        What the characters of a symbol are, as bits.
    word_nodes, word_begin, word_bits : ndarray
        Trie of the words that grammars know, the filter of their beginnings, and the bits of each.
    key_nodes, begin, entry_of : ndarray
        Trie of the keys of the lexicon, the filter of their beginnings, and the entry of each.
    place_nodes : ndarray
        Trie of the names of places.
    gate_nodes, gate_kinds : ndarray
        Trie of the words that gates know, and the bits of each.
    own : ndarray of bool of shape (n_entries,)
        Whether an entry is of a user's own lexicon.
    shape_keys : ndarray of int64 of shape (n_slots, 1)
        Keys of the features of shape whose kinds have many, as a hash table.
    shape_terms : ndarray of float32 of shape (N_FEW + n_slots, 2)
        What each feature of shape adds to the squared length and to the sum: those of few by their places, then by the
        slots of `shape_keys`.
    shape_numbers : ndarray of int32 of shape (N_FEW + n_slots,)
        Their numbers, -1 for what the model does not know.
    table : ndarray of int64 of shape (n_slots, 2)
        Features of wording as a hash table; see `zhengyu.compiled.slogans.features.slot`.
    numbers : ndarray of int32 of shape (n_slots,)
        Number of the feature of each of its slots.
    entry_terms : ndarray of shape (n_entries, 3, 2)
        What the features of an entry add: its type's, its level's and its own; a square below zero marks shape.
    typing : ndarray of shape (n_features, 1 + n_types)
        What a feature adds to each type; see `zhengyu.compiled.slogans.features.type_of`.
    typing_bias : ndarray of shape (n_types,)
        That of `zhengyu.slogans.model.SloganWeights`.
    """

    normal: Any
    directions: Any
    symbol_of: Any
    classes: Any
    word_nodes: Any
    word_begin: Any
    word_bits: Any
    key_nodes: Any
    begin: Any
    entry_of: Any
    place_nodes: Any
    gate_nodes: Any
    gate_kinds: Any
    own: Any
    shape_keys: Any
    shape_terms: Any
    shape_numbers: Any
    table: Any
    numbers: Any
    entry_terms: Any
    typing: Any
    typing_bias: Any


@compiled
def find(data: Any, offsets: Any, tables: Any, terms: Any, bias: float, screen: float, threshold: float) -> Any:
    """Find the slogans of the strings of an Arrow array.

    Parameters
    ----------
    data, offsets : ndarray
        Bytes of the strings, and where each starts.
    tables : Tables
        What to look up.
    terms : ndarray of float32
        Memory of ``tables.table``.
    bias, screen, threshold : float
        Those of `zhengyu.slogans.model.SloganWeights`.

    Returns
    -------
    found : ndarray of int64 of shape (n_slogans, 8)
        Row, start and end in the source, start and end in the view, entry (-1 when new), number of the type (-1 when
        the lexicon has the entry), layers.
    chances : ndarray of shape (n_slogans,)
    framed : ndarray of bool of shape (n_rows,)
        Whether a frame stands in the row that could have company in its document.
    """
    (
        normal, directions, symbol_of, classes, word_nodes, word_begin, word_bits, key_nodes, begin, entry_of,
        place_nodes, gate_nodes, gate_kinds, own, shape_keys, shape_terms, shape_numbers, table, numbers, entry_terms,
        typing, typing_bias,
    ) = tables  # fmt: skip
    framed = np.zeros(offsets.size - 1, np.bool_)
    out, out_chances, total = np.empty((256, 8), np.int64), np.empty(256), 0
    raw, frames = np.empty((64, 3), np.int64), np.empty((8, 3), np.int64)
    spans, chances, chosen = np.empty((64, 5), np.int64), np.empty(64), np.empty(64, np.bool_)
    types = np.empty(64, np.int64)
    room = 1024
    source, bits, words, kept, places, text, symbols, met, edges, clauses, marked = _make_room(room)
    wanted, held = np.empty(512, np.int64), np.empty(512, np.int64)
    parted, totals = np.empty((MAX_PARTS, 2), np.int64), np.empty((2, typing.shape[1]))
    sums, shared = np.empty(4), np.empty(2)
    looks, given = np.full(LOOKS, -1, np.int64), np.empty((LOOKS, 2))
    for row in range(offsets.size - 1):
        if offsets[row + 1] - offsets[row] > room:
            room = 2 * (offsets[row + 1] - offsets[row])
            source, bits, words, kept, places, text, symbols, met, edges, clauses, marked = _make_room(room)
        size = look(data, offsets[row], offsets[row + 1], normal, directions, text, source)
        open_quote = open_title = False
        every = marks = counted = 0
        before = SEPARATOR | OPENS_SENTENCE
        for i in range(size):
            code = text[i]
            symbols[i] = symbol_of[code] if code < symbol_of.size else 0
            bits[i] = classes[symbols[i]]
            every |= bits[i]
            edges[i] = (
                (before & SEPARATOR != 0) * CLAUSE_BEGINS
                | (before & OPENS_SENTENCE != 0) * SENTENCE_BEGINS
                | open_quote * QUOTED_HERE
                | open_title * TITLED_HERE
                | (bits[i] & SEPARATOR != 0) * CLAUSE_ENDS
                | (bits[i] & CLOSES_SENTENCE != 0) * SENTENCE_ENDS
            )
            before = bits[i]
            marked[0, i], marked[1, marks], marked[2, i] = marks, i, counted
            marks += bits[i] & MARK != 0
            counted += (code == DE) + ((bits[i] & DIGIT != 0) << DIGITS_AT)
            open_quote = code == _OPEN or (open_quote and code != _CLOSE)
            open_title = code == _TITLE or (open_title and code != _TITLED)
        edges[size] = CLAUSE_ENDS | SENTENCE_ENDS
        marked[0, size], marked[2, size], symbols[size], symbols[size + 1] = marks, counted, 0, 0
        worded = _words(symbols, bits, size, word_nodes, word_begin, word_bits, words)
        count = clauses_of(bits, size, clauses)
        while True:
            n = _known(text, symbols, bits, size, key_nodes, symbol_of[_LIST], begin, entry_of, kept, met, places, raw)
            n, k = propose(text, bits, words, size, every, worded, clauses, count, place_nodes, symbols, frames, raw, n)
            if n <= raw.shape[0] and k <= frames.shape[0]:
                break
            raw = np.empty((max(2 * n, raw.shape[0]), 3), np.int64)
            frames = np.empty((max(2 * k, frames.shape[0]), 3), np.int64)
        framed[row] = k > 0
        if n == 0:
            continue
        if spans.shape[0] < n:
            spans, chances, chosen = np.empty((2 * n, 5), np.int64), np.empty(2 * n), np.empty(2 * n, np.bool_)
            types = np.empty(2 * n, np.int64)
        m = _merged(text, raw, n, frames, k, own, spans)
        first, last = whole_of(text, bits, size)
        around = surroundings(text, size, worded, spans, m, shape_terms, shape_numbers, held, shared)
        able = 0
        for i in range(m):
            start, end, layers, entry = spans[i, 0], spans[i, 1], spans[i, 2], spans[i, 3]
            chances[i], chosen[i], types[i] = 0.0, False, -1
            if entry >= 0 and own[entry]:
                chances[i] = 1.0
            else:
                # What the screen keeps out has no chance; gates and wording are looked at for the rest alone. Most have
                # no marks and look like one met before.
                seen, place = np.int64(-1), 0
                if entry < 0 and marked[0, start] == marked[0, end]:
                    seen = look_of(text, bits, size, start, end, layers, edges)
                    place = place_of(seen)
                    if looks[place] == seen:
                        sums[2], sums[3] = given[place, 0] + shared[0], given[place, 1] + shared[1]
                        if weight_of(sums) < screen:
                            continue
                shapes = add_shape(
                    text, bits, size, start, end, layers, entry, edges, marked, shape_keys, shape_terms, shape_numbers,
                    entry_terms, around, parted, held, sums,
                )  # fmt: skip
                if seen >= 0:
                    looks[place], given[place, 0], given[place, 1] = seen, sums[2], sums[3]
                sums[2] += shared[0]
                sums[3] += shared[1]
                if weight_of(sums) < screen:
                    continue
                if entry < 0 and (
                    refused(text, bits, start, end, first, last, gate_nodes, symbols, gate_kinds)
                    or not signalled(text, words, size, start, end, layers)
                ):
                    continue
                chances[i], known = chance_of(text, size, start, end, table, terms, bias, wanted, held, shapes, sums)
                if entry < 0 and chances[i] >= threshold:
                    types[i] = type_of(held, shapes, known, shape_numbers, numbers, typing, typing_bias, wanted, totals)
            chosen[i] = chances[i] >= threshold
            able += chosen[i]
        if able == 0:
            continue
        if able > 1:  # a single one has no rival
            best_spans(spans, chances, m, threshold, chosen)
        for i in range(m):
            if not chosen[i]:
                continue
            if total == out.shape[0]:
                out, out_chances = grown(out), np.concatenate((out_chances, out_chances))
            start, end = spans[i, 0], spans[i, 1]
            out[total, 0], out[total, 1], out[total, 2] = row, source[start], source[end - 1] + 1
            out[total, 3], out[total, 4], out[total, 5], out[total, 6] = start, end, spans[i, 3], types[i]
            out[total, 7] = spans[i, 2]
            out_chances[total] = chances[i]
            total += 1
    return out[:total], out_chances[:total], framed
