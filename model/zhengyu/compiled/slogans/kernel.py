"""Slogans, compiled: UTF-8 to a view to candidates to features to chances to the best set of spans.

Each step follows the plain path to the letter: `zhengyu.slogans.view`, `known`, `grammars`, `candidates` and
`decision`. Tests hold the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.slogans.features import MAX_PARTS, chance_of, surroundings, type_of
from zhengyu.compiled.slogans.gates import refused, signalled, whole_of
from zhengyu.compiled.slogans.grammars import BIT, SILENT, propose
from zhengyu.compiled.slogans.rows import grown, order_of, put
from zhengyu.compiled.slogans.view import clauses_of, look
from zhengyu.compiled.trie import KEY, begun, child_of
from zhengyu.slogans.candidates import MAX_COMPANY
from zhengyu.slogans.grammars import COMPANIONABLE

_LEXICON, _IN, _HOLDS, _CUTS = (BIT[name] for name in ("lexicon", "in known", "holds known", "cuts known"))
_COMPANY_2, _ROW_2, _ROWS = BIT["company 2"], BIT["row of 2"], BIT["rows"]
_COMPANIONABLE = sum(BIT[name] for name in COMPANIONABLE)
_OPEN, _CLOSE, _TITLE, _TITLED, _LIST, _WIDE_COMMA, _COMMA = (ord(char) for char in "“”《》、，,")


@compiled  # type: ignore[misc, unused-ignore]
def _known(
    text: Any, bits: Any, size: int, nodes: Any, symbols: Any, entry_of: Any, kept: Any, met: Any, begins: Any,
    raw: Any, n: int,
) -> Any:  # fmt: skip
    """Candidates of the lexicon: every key in the text without its silent characters."""
    count = 0
    for i in range(size):
        code = _LIST if text[i] == _WIDE_COMMA or text[i] == _COMMA else text[i]
        kept[count], met[count] = i, symbols[code] if code < symbols.size else 0
        count += (bits[i] & SILENT) == 0
    met[count] = 0
    begun(nodes, met, count, begins)
    for i in range(count):
        node, j = begins[i], i + 1
        while node >= 0:
            if nodes[node, KEY] >= 0:
                start, end, balance = kept[i], kept[j] + 1, 0
                for k in range(start, end):
                    balance += (text[k] == _OPEN) - (text[k] == _CLOSE)
                if balance != 0:
                    if start and text[start - 1] == _OPEN:
                        start, balance = start - 1, 0
                    elif end < size and text[end] == _CLOSE:
                        end, balance = end + 1, 0
                if balance == 0:
                    raw, n = put(raw, n, start, end, _LEXICON, entry_of[nodes[node, KEY]])
            j += 1
            node = child_of(nodes, node, met[j]) if j < count else -1
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def _words(text: Any, size: int, nodes: Any, symbols: Any, bits: Any, met: Any, begins: Any, words: Any) -> None:
    """Fill `words` with the bits of the words that begin at each place."""
    for i in range(size):
        met[i] = symbols[text[i]] if text[i] < symbols.size else 0
    met[size] = 0
    begun(nodes, met, size, begins)
    for i in range(size):
        first = child_of(nodes, 0, met[i])
        words[i] = bits[nodes[first, KEY]] if first >= 0 and nodes[first, KEY] >= 0 else 0
        node, j = begins[i], i + 1
        while node >= 0:
            if nodes[node, KEY] >= 0:
                words[i] |= bits[nodes[node, KEY]]
            j += 1
            node = child_of(nodes, node, met[j]) if j < size else -1


@compiled  # type: ignore[misc, unused-ignore]
def _merged(
    text: Any, bits: Any, words: Any, size: int, raw: Any, n: int, frames: Any, k: int, own: Any, gate_nodes: Any,
    gate_symbols: Any, gate_kinds: Any,
) -> Any:  # fmt: skip
    """Join the proposals of one span, tell how each lies among the others, and keep what no gate refuses."""
    first, last = whole_of(text, bits, size)
    order = order_of(raw[:, 0], n)
    out = np.empty((n, 4), np.int64)  # start, end, layers, entry
    m = in_rows = 0
    for i in range(n):
        place, layer, entry = raw[order[i], 0], raw[order[i], 1], raw[order[i], 2]
        start, end = place >> 6, (place >> 6) + (place & 63)
        if m == 0 or out[m - 1, 0] != start or out[m - 1, 1] != end:
            out[m, 0], out[m, 1], out[m, 2], out[m, 3] = start, end, 0, -1
            m += 1
        out[m - 1, 2] |= layer
        if entry >= 0:
            out[m - 1, 3] = entry
    for i in range(m):
        in_rows += (out[i, 2] & _ROWS) != 0
    inner, groups = _inner(out, m), _companies(text, frames, k)
    left = 0
    kept = 0
    layers_of = np.empty(m, np.int64)
    for i in range(m):
        start, end, entry = out[i, 0], out[i, 1], out[i, 3]
        layers = out[i, 2]
        while out[left, 0] + 64 <= start:  # spans are at most 60 long: those that touch this one lie near
            left += 1
        j = left
        while j < m and out[j, 0] < end:
            if j != i and out[j, 3] >= 0 and out[j, 1] > start:
                inside = out[j, 0] <= start and end <= out[j, 1]
                if inside:
                    layers |= _IN
                elif not (start <= out[j, 0] and out[j, 1] <= end):
                    layers |= _CUTS
                elif entry < 0:
                    layers |= _HOLDS
            j += 1
        if layers & _COMPANIONABLE:
            count = max(_company(text, groups, end, 2), _company(text, groups, end, 3))
            if count > 1:
                layers |= _COMPANY_2 << (count - 2)
        if layers & _ROWS and in_rows > 1:
            layers |= _ROW_2 << (min(in_rows, MAX_COMPANY) - 2)
        layers_of[i] = layers
    for i in range(m):
        start, end, entry = out[i, 0], out[i, 1], out[i, 3]
        if entry >= 0:
            if out[i, 2] == _LEXICON and inner[i] and not own[entry]:
                continue
        elif refused(text, bits, start, end, first, last, gate_nodes, gate_symbols, gate_kinds) or not signalled(
            text, words, size, start, end, layers_of[i]
        ):
            continue
        out[kept, 0], out[kept, 1], out[kept, 2], out[kept, 3] = start, end, layers_of[i], entry
        kept += 1
    return out[:kept]


@compiled  # type: ignore[misc, unused-ignore]
def _inner(out: Any, m: int) -> Any:
    """Tell of each span, in the order of their places, whether it is known and lies inside another known one."""
    inner = np.zeros(m, np.bool_)
    reach = i = 0
    while i < m:
        j = i
        while j < m and out[j, 0] == out[i, 0]:
            j += 1
        for one in range(j - 1, i - 1, -1):
            if out[one, 3] >= 0:
                inner[one] = out[one, 1] <= reach
                reach = max(reach, out[one, 1])
        i = j
    return inner


@compiled  # type: ignore[misc, unused-ignore]
def _same(text: Any, i: int, j: int, length: int) -> bool:
    same = True
    for k in range(length):
        same &= text[i + k] == text[j + k]
    return same


@compiled  # type: ignore[misc, unused-ignore]
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


@compiled  # type: ignore[misc, unused-ignore]
def _group(text: Any, groups: Any, g: int, end: int, size: int) -> int:
    """Return the number of the frame that the last characters before a place name, or -1."""
    for at in range(g):
        if groups[at, 1] == size and end >= size and _same(text, groups[at, 0] - size, end - size, size):
            return at
    return -1


@compiled  # type: ignore[misc, unused-ignore]
def _company(text: Any, groups: Any, end: int, size: int) -> int:
    """Count the wordings of the frame that the last characters before a place name, up to `MAX_COMPANY`."""
    at = _group(text, groups, groups.shape[0], end, size)
    return int(groups[at, 2]) if at >= 0 else 0


@compiled  # type: ignore[misc, unused-ignore]
def best_spans(spans: Any, chances: Any, threshold: float) -> Any:
    """Tell which spans are chosen; see `zhengyu.slogans.model.best_set`."""
    able, ends = np.empty(chances.size, np.int64), np.empty(chances.size, np.int64)
    count = 0
    for i in range(chances.size):
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
    chosen = np.zeros(chances.size, np.bool_)
    place = count
    while place:
        if taken[place - 1] >= 0:
            chosen[able[order[place - 1]]] = True
            place = taken[place - 1]
        else:
            place -= 1
    return chosen


@compiled  # type: ignore[misc, unused-ignore]
def _make_room(size: int) -> Any:
    """Return scratch for texts of so many bytes."""
    wide = np.empty((5, size), np.int64)
    narrow, flags = np.empty((2, size + 1), np.int32), np.empty((2, size), np.bool_)
    return (wide[0], wide[1], wide[2], wide[3], wide[4]), (narrow[0], narrow[1]), (flags[0], flags[1])


@compiled  # type: ignore[misc, unused-ignore]
def find(
    data: Any, offsets: Any, normal: Any, directions: Any, classes: Any, word_nodes: Any, word_symbols: Any,
    word_bits: Any, key_nodes: Any, key_symbols: Any, entry_of: Any, place_nodes: Any, place_symbols: Any,
    gate_nodes: Any, gate_symbols: Any, gate_kinds: Any, own: Any, table: Any, terms: Any, numbers_of: Any,
    entry_terms: Any, bias: float, screen: float, threshold: float, shapes: Any, idf: Any, typing: Any,
    typing_bias: Any,
) -> Any:  # fmt: skip
    """Find the slogans of the strings of an Arrow array.

    Returns
    -------
    found : ndarray of int64 of shape (n_slogans, 8)
        Row, start and end in the source, start and end in the view, entry (-1 when new), number of the type (-1 when
        the lexicon has the entry), layers.
    chances : ndarray of shape (n_slogans,)
    framed : ndarray of bool of shape (n_rows,)
        Whether a frame stands in the row that could have company in its document.
    """
    framed = np.zeros(offsets.size - 1, np.bool_)
    out, out_chances, total = np.empty((256, 8), np.int64), np.empty(256), 0
    raw, frames, clauses = np.empty((64, 3), np.int64), np.empty((8, 3), np.int64), np.empty((64, 3), np.int64)
    room = 1024
    (text, source, bits, words, kept), (met, begins), (quotes, titles) = _make_room(room)
    wanted, held, around = np.empty(512, np.int64), np.empty(512, np.int64), np.empty(64, np.int64)
    parted = np.empty((MAX_PARTS, 2), np.int64)
    for row in range(offsets.size - 1):
        if offsets[row + 1] - offsets[row] > room:
            room = 2 * (offsets[row + 1] - offsets[row])
            (text, source, bits, words, kept), (met, begins), (quotes, titles) = _make_room(room)
        size = look(data, offsets[row], offsets[row + 1], normal, directions, text, source)
        open_quote = open_title = False
        for i in range(size):
            code = text[i]
            bits[i] = classes[code] if code < 0x10000 else 0
            quotes[i], titles[i] = open_quote, open_title
            open_quote = code == _OPEN or (open_quote and code != _CLOSE)
            open_title = code == _TITLE or (open_title and code != _TITLED)
        _words(text, size, word_nodes, word_symbols, word_bits, met, begins, words)
        raw, n = _known(text, bits, size, key_nodes, key_symbols, entry_of, kept, met, begins, raw, 0)
        clauses, count = clauses_of(bits, size, clauses)
        raw, n, frames, k = propose(text, bits, words, size, clauses, count, place_nodes, place_symbols, frames, raw, n)
        framed[row] = k > 0
        if n == 0:
            continue
        able = _merged(text, bits, words, size, raw, n, frames, k, own, gate_nodes, gate_symbols, gate_kinds)
        shared = surroundings(text, words, size, able, table, wanted, around)
        chances = np.empty(able.shape[0])
        for i in range(able.shape[0]):
            if able[i, 3] >= 0 and own[able[i, 3]]:
                chances[i] = 1.0
                continue
            chances[i], _ = chance_of(
                text, bits, size, able[i], quotes, titles, table, terms, entry_terms, bias, screen, around, shared,
                parted, wanted, held,
            )  # fmt: skip
        chosen = best_spans(able, chances, threshold)
        for i in range(chosen.size):
            if not chosen[i]:
                continue
            if total == out.shape[0]:
                out, out_chances = grown(out), np.concatenate((out_chances, out_chances))
            start, end = able[i, 0], able[i, 1]
            out[total, 0], out[total, 1], out[total, 2] = row, source[start], source[end - 1] + 1
            out[total, 3], out[total, 4], out[total, 5], out[total, 6] = start, end, able[i, 3], -1
            out[total, 7] = able[i, 2]
            if able[i, 3] < 0:
                _, m = chance_of(
                    text, bits, size, able[i], quotes, titles, table, terms, entry_terms, bias, screen, around, shared,
                    parted, wanted, held,
                )  # fmt: skip
                out[total, 6] = type_of(held, m, numbers_of, shapes, idf, typing, typing_bias)
            out_chances[total] = chances[i]
            total += 1
    return out[:total], out_chances[:total], framed
