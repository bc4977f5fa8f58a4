"""The compiled loops: words of a text to features to scores.

They follow the plain path to the letter: `zhengyu.themes.tokens.features_of` and `zhengyu.themes.scorer.Scorer`.
Tests hold the two equal.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.dictionary import DIGIT, ENGLISH, HAN, LETTER
from zhengyu.compiled.fetch import fetch
from zhengyu.compiled.segmentation import make_room, read_text, segment
from zhengyu.compiled.themes.words import Words, keep_words
from zhengyu.compiled.trie import lookup

#: Characters that are segmented at once: the scratch for them stays within a core's cache.
STRETCH = 4096
#: Coefficient rows are padded to whole cache lines, and as many are added at a time.
LINE, AT_ONCE = 8, 4
#: Bytes of a cache line; counts whose logarithms are at hand.
_LINE_BYTES, _LOGS = 64, 256
#: Numbers of four bytes in a cache line.
_IN_LINE = _LINE_BYTES // 4
#: Feature columns that are copied at a time, whether a word has so many or not: those of a word of four characters.
#: How many it has stands in the lowest `BITS` bits of its place in `features`, beyond `FEW` those are all set.
FEW, BITS = 8, 4
_MANY = (1 << BITS) - 1
#: Stands for a word that carries no features, and for one that carries some, but is none that the model knows.
NO_WORD, UNKNOWN = np.uint32(0xFFFFFFFF), np.uint32(0xFFFFFFFE)
#: Odd constants that spread the columns of two words over the hash table of pairs.
_SPREAD, _MIX = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)


class Tables(NamedTuple):
    """What the loops look up.

    Attributes
    ----------
    nodes, root, weights, symbols, normal, kinds : ndarray
        See `zhengyu.compiled.dictionary.Dictionary`; but a word's node leads, in its third column, straight to the
        word's place in `features`, shifted by `BITS`.
    features : ndarray of uint32
        Word by word: the column of the word itself, `NO_WORD` or `UNKNOWN` for none; how many feature columns it has,
        and which; `FEW` zeros behind the last.
    single : ndarray of uint32 of shape (n_codes,)
        The place in `features`, shifted likewise, of every character that is a word by itself.
    characters : ndarray of int32 of shape (n_codes,)
        The column of every character's gram, -1 for none; of one number where grams are no features.
    own_nodes, own_symbols : ndarray of int32
        Trie over the model's features, and its symbols.
    own_places : ndarray of uint32
        The place in `features`, shifted likewise, of each of the trie's keys as a word of Latin letters; then those of
        figures and of a word that the model does not know.
    pairs : ndarray of uint32 of shape (n_slots, 4)
        A hash table with open addressing: columns of the two words of a pair, or of two characters that touch, and the
        pair's own; `NO_WORD` in the first where a slot is free. There are 2 ** n slots; one, free, where there are no
        pairs.
    idf : ndarray of shape (n_features,)
    coef : ndarray of shape (n_features, width)
        A row a feature, padded with zeros.
    bias : ndarray of shape (n_scores,)
    """

    nodes: Any
    root: Any
    weights: Any
    symbols: Any
    normal: Any
    kinds: Any
    features: Any
    single: Any
    characters: Any
    own_nodes: Any
    own_symbols: Any
    own_places: Any
    pairs: Any
    idf: Any
    coef: Any
    bias: Any


@compiled
def word_features(
    characters: Any, starts: Any, kinds: Any, nodes: Any, symbols: Any, column: Any, number: int, inside: bool
) -> Any:
    """Return how many feature columns every dictionary word has, and which, word by word, and where each starts.

    With `inside`, the characters inside a word are among its features.
    """
    out = np.empty(2 * characters.size + (3 + FEW + 2) * starts.size + FEW, np.int32)
    places = np.zeros(starts.size, np.int32)
    n = 0
    for word in range(starts.size - 1):
        start, end = starts[word], starts[word + 1]
        # What is copied of a word lies in one line of the cache, where tables are mapped from their file: arrays
        # begin there at a line, while those that were just built begin wherever memory was free.
        past = n % _IN_LINE
        if past + FEW + 2 > _IN_LINE:
            out[n : n + _IN_LINE - past] = 0
            n += _IN_LINE - past
        head = n
        out[head] = -1
        n += 2
        letter, han = False, False
        for i in range(start, end):
            letter |= (kinds[characters[i]] & LETTER) != 0
            han |= (kinds[characters[i]] & HAN) != 0
        if not letter:
            if (kinds[characters[start]] & DIGIT) != 0:
                out[head] = -2
                if number >= 0:
                    out[head] = out[n] = number
                    n += 1
        else:
            out[head] = -2
            found = lookup(nodes, symbols, characters, start, end, True)
            if found >= 0:
                out[head] = out[n] = column[found]
                n += 1
            if inside and end - start > 1 and han:
                for i in range(start, end):
                    found = lookup(nodes, symbols, characters, i, i + 1, False)
                    if found >= 0:
                        out[n] = column[found]
                        n += 1
                if end - start > 2:
                    for i in range(start, end - 1):
                        found = lookup(nodes, symbols, characters, i, i + 2, False)
                        if found >= 0:
                            out[n] = column[found]
                            n += 1
        out[head + 1] = n - head - 2
        places[word] = head << BITS | (n - head - 2 if n - head - 2 <= FEW else _MANY)
    out[n : n + FEW] = 0
    return out[: n + FEW].copy(), places


@compiled
def _slot(first: Any, second: Any, n_slots: int) -> Any:
    """Return where the search for a pair begins."""
    mixed = np.uint32(first * _SPREAD) ^ np.uint32(second * _MIX)
    return np.uint32(mixed ^ (mixed >> np.uint32(15))) & np.uint32(n_slots - 1)


@compiled
def hash_pairs(firsts: Any, seconds: Any, columns: Any) -> Any:
    """Return the hash table of `Tables.pairs`."""
    n_slots = 1
    while n_slots < 4 * columns.size:
        n_slots *= 2
    slots = np.full((n_slots, 4), NO_WORD, np.uint32)
    for i in range(columns.size):
        at = _slot(firsts[i], seconds[i], n_slots)
        while slots[at, 0] != NO_WORD:
            at = (at + np.uint32(1)) & np.uint32(n_slots - 1)
        slots[at, 0], slots[at, 1], slots[at, 2] = firsts[i], seconds[i], columns[i]
    return slots


@compiled
def _pair(slots: Any, first: Any, second: Any) -> Any:
    """Return the column of a pair of words, `NO_WORD` for none."""
    at = _slot(first, second, slots.shape[0])
    while slots[at, 0] != NO_WORD:
        if slots[at, 0] == first and slots[at, 1] == second:
            return slots[at, 2]
        at = (at + np.uint32(1)) & np.uint32(slots.shape[0] - 1)
    return NO_WORD


@compiled
def _english(codes: Any, start: int, end: int, tables: Any) -> Any:
    """Return the place in `Tables.features` of a run of single letters and digits."""
    places = tables.own_places
    for i in range(start, end):
        if (tables.kinds[codes[i]] & LETTER) != 0:
            return places[lookup(tables.own_nodes, tables.own_symbols, codes, start, end, True)]  # -1 is the last
    return places[places.size - 2]


@compiled
def _grams(codes: Any, start: int, end: int, previous: Any, tables: Any, columns: Any, n: int) -> Any:
    """Add the columns of a word's characters, by themselves and two by two, to the `n` that stand in `columns`.

    `previous` is the column of the character before the word, `NO_WORD` for none. The column of that and the word's
    first comes last.

    Returns
    -------
    n : int
        Columns that stand there now.
    shared : bool
        Whether the last is that of a character before the word and the word's first.
    previous : int
        The column of the word's last character.
    """
    first, before = NO_WORD, NO_WORD
    for i in range(start, end):
        column = np.uint32(tables.characters[codes[i]])  # -1 is `NO_WORD`
        if column != NO_WORD:
            columns[n] = column
            n += 1
            if before != NO_WORD:
                columns[n] = _pair(tables.pairs, before, column)
                n += columns[n] != NO_WORD
        first = column if i == start else first
        before = column
    shared = False
    if previous != NO_WORD and first != NO_WORD:
        columns[n] = _pair(tables.pairs, previous, first)
        shared = columns[n] != NO_WORD
        n += shared
    return n, shared, before


@compiled
def find_columns(room: Any, start: int, end: int, tables: Any, words: Any, columns: Any) -> Any:
    """Find the words of a segmented text that carry features.

    Parameters
    ----------
    room, start, end
        The stretch, and where the text stands in it.
    tables : Tables
        What to look up.
    words : ndarray of int32 of shape (n_characters, 4)
        Takes a word a row: its first and last characters (the last exclusive), where its columns end, and whether it
        shares the last of them, that of a pair, with the word before it.
    columns : ndarray of uint32 of shape (3 * n_characters + FEW,)
        Takes the feature columns, word by word.

    Returns
    -------
    n_words, n_columns : int
        Words with feature columns, and how many columns.
    n_met, n_unknown : int
        Words that carry features, and how many of them are no feature that the model knows.
    """
    codes, cuts, kinds, features = room.codes, room.cuts, tables.kinds, tables.features
    # What a word leads to lies far apart in memory. It is asked for word by word, and looked at in a second and a third
    # round, when it has come.
    i, n_cut = start, 0
    while i < end:
        last = i + cuts[i]
        of_node, of_character = tables.nodes[room.nodes[i], 2], tables.single[codes[i]]
        place = of_node if last > i + 1 else of_character
        if last == i + 1 and (kinds[codes[i]] & ENGLISH) != 0:
            while last < end and cuts[last] == 1 and (kinds[codes[last]] & ENGLISH) != 0:
                last += 1
            place = _english(codes, i, last, tables)
        fetch(features, place >> np.uint32(BITS))
        words[n_cut, 0], words[n_cut, 1], words[n_cut, 2] = i, last, place
        n_cut += 1
        i = last
    grams, n_slots = tables.characters.size > 1, tables.pairs.shape[0]
    pairs, previous = n_slots > 1 and not grams, NO_WORD
    for word in range(n_cut):
        own = features[np.uint32(words[word, 2]) >> np.uint32(BITS)]
        words[word, 3] = own
        if pairs:
            fetch(tables.pairs, _slot(previous, own, n_slots) * np.uint32(4))
            previous = own
    n_words, n, n_met, n_unknown = 0, 0, 0, 0
    previous = NO_WORD
    for word in range(n_cut):
        i, last, before, shared = words[word, 0], words[word, 1], n, False
        place, own = np.uint32(words[word, 2]), np.uint32(words[word, 3])
        first = (place >> np.uint32(BITS)) + np.uint32(2)
        few: Any = place & np.uint32(_MANY)
        if few <= FEW:
            for k in range(FEW):
                columns[n + k] = features[first + np.uint32(k)]
            n += few
        else:
            for k in range(features[first - np.uint32(1)]):
                columns[n] = features[first + np.uint32(k)]
                n += 1
        n_met += own != NO_WORD
        n_unknown += own == UNKNOWN
        if pairs:
            if own < UNKNOWN and previous < UNKNOWN:
                columns[n] = _pair(tables.pairs, previous, own)
                shared = columns[n] != NO_WORD
                n += shared
            previous = own
        if grams:
            n, shared, previous = _grams(codes, i, last, previous, tables, columns, n)
        if n > before:
            words[n_words, 0], words[n_words, 1], words[n_words, 2], words[n_words, 3] = i, last, n, shared
            n_words += 1
    return n_words, n, n_met, n_unknown


@compiled
def read_stretch(data: Any, offsets: Any, text: int, tables: Any, room: Any, bounds: Any, filled: Any) -> Any:
    """Read and segment texts from one on, as many as a stretch holds, and one at least.

    Parameters
    ----------
    data, offsets
        UTF-8 bytes, and where each text begins in them.
    text : int
        The first to read.
    tables : Tables
        What to look up.
    room : Room
        Scratch.
    bounds : ndarray of int64
        Takes where each text begins in the stretch, and where the last ends; ``STRETCH + 1`` long.
    filled : ndarray of bool of shape (n_texts,)
        Takes whether a text holds anything but blanks.

    Returns
    -------
    end : int
        The text after the last one read.
    room : Room
        The scratch, or a larger one.
    """
    n, first = 0, text
    need = offsets[text + 1] - offsets[text] + 4
    if need > room.codes.size:
        room = make_room(need)
    while text < offsets.size - 1 and text - first < STRETCH:
        if text > first and n + offsets[text + 1] - offsets[text] + 4 > min(room.codes.size, 2 * STRETCH):
            break
        bounds[text - first] = n
        n, filled[text] = read_text(
            data, offsets[text], offsets[text + 1], tables.symbols, tables.normal, tables.kinds, room, n
        )
        text += 1
        if n > STRETCH:
            break
    bounds[text - first] = n
    segment(room, n, tables.nodes, tables.root, tables.weights)
    return text, room


@compiled
def _add_up(
    columns: Any, n_columns: int, idf: Any, coef: Any, logs: Any, counts: Any, touched: Any, values: Any, sums: Any
) -> float:
    """Fill `sums` with the weighed sum of a text's coefficient rows; return the length of its vector."""
    n, square, of_line = 0, 0.0, _LINE_BYTES // coef.itemsize
    for i in range(n_columns):
        touched[n] = columns[i]
        fetch(idf, columns[i])
        n += counts[columns[i]] == 0
        counts[columns[i]] += 1
    for i in range(n):
        for k in range(0, sums.size, of_line):
            fetch(coef, touched[i] * np.uint32(sums.size) + np.uint32(k))
        times = counts[touched[i]]
        counts[touched[i]] = 0
        values[i] = (1.0 + (logs[times] if times < logs.size else log(times))) * idf[touched[i]]
        square += values[i] * values[i]
    values[n : n + AT_ONCE] = 0.0
    sums[:] = 0.0
    for i in range(0, n, AT_ONCE):
        a, b, c, d = touched[i], touched[i + 1], touched[i + 2], touched[i + 3]
        of_a, of_b, of_c, of_d = values[i], values[i + 1], values[i + 2], values[i + 3]
        for k in range(sums.size):
            sums[k] += (of_a * coef[a, k] + of_b * coef[b, k]) + (of_c * coef[c, k] + of_d * coef[d, k])
    return sqrt(square) if square > 0.0 else 1.0


@compiled
def score(data: Any, offsets: Any, tables: Any, keep: bool, spare: Any) -> Any:
    """Score the strings of an Arrow array.

    Parameters
    ----------
    data, offsets
        UTF-8 bytes, and where each text begins in them.
    tables : Tables
        What to look up.
    keep : bool
        Whether to keep the words.
    spare : Words
        Room for them, see `zhengyu.compiled.themes.words.make_words`; what stands there is written over.

    Returns
    -------
    scores : ndarray of shape (n_texts, n_scores)
    filled : ndarray of bool of shape (n_texts,)
        Whether a text holds anything but blanks.
    met : ndarray of int32 of shape (n_texts, 2)
        How many words that carry features a text has, and how many of them the model does not know.
    kept : Words
        Without words where they are not kept.
    """
    idf, coef, bias = tables.idf, tables.coef, tables.bias
    n_texts, n_scores = offsets.size - 1, bias.size
    scores, filled = np.empty((n_texts, n_scores)), np.zeros(n_texts, np.bool_)
    met = np.empty((n_texts, 2), np.int32)
    counts, sums = np.zeros(idf.size, np.int32), np.empty(coef.shape[1])
    touched, values = np.zeros(idf.size + AT_ONCE, np.uint32), np.zeros(idf.size + AT_ONCE)
    room, bounds = make_room(2 * STRETCH), np.empty(STRETCH + 1, np.int64)
    words, columns = np.empty((room.codes.size, 4), np.int32), np.empty(3 * room.codes.size + FEW, np.uint32)
    logs = np.zeros(_LOGS)
    for times in range(2, _LOGS):
        logs[times] = log(times)
    kept = Words(spare.places, spare.columns, np.zeros(n_texts + 1, np.int64))
    after = 0
    while after < n_texts:
        first = after
        after, room = read_stretch(data, offsets, first, tables, room, bounds, filled)
        if words.shape[0] < room.codes.size:
            words, columns = np.empty((room.codes.size, 4), np.int32), np.empty(3 * room.codes.size + FEW, np.uint32)
        for text in range(first, after):
            n_words, n, met[text, 0], met[text, 1] = find_columns(
                room, bounds[text - first], bounds[text - first + 1], tables, words, columns
            )
            length = _add_up(columns, n, idf, coef, logs, counts, touched, values, sums)
            for k in range(n_scores):
                scores[text, k] = sums[k] / length + bias[k]
            if keep:
                kept = keep_words(kept, text, offsets[text], room, words, n_words, columns, n)
    return scores, filled, met, kept
