"""The compiled loops: UTF-8 to normalised characters to words to features to scores, one pass over Arrow buffers.

Each follows the plain path to the letter: `zhengyu_corpus.normalise`, ``jieba.cut(HMM=False)``,
`zhengyu.tokens.features_of` and `zhengyu.scoring.Scorer`. Tests hold the two equal.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np
from numba import njit

from zhengyu.compiled.dictionary import BLOCK, DIGIT, ENGLISH, HAN, LETTER, SPACE

_SPACE_CODE = 32
#: Code point that stands for bytes which are not UTF-8.
_REPLACEMENT = 0xFFFD
_compiled = njit(cache=True, nogil=True)


@_compiled  # type: ignore[misc, unused-ignore]
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


@_compiled  # type: ignore[misc, unused-ignore]
def lookup(nodes: Any, symbols: Any, characters: Any, start: int, end: int, lower: bool) -> int:
    """Return the number of the key ``characters[start:end]``, or -1."""
    node = 0
    for i in range(start, end):
        code = characters[i]
        if lower and 65 <= code <= 90:
            code += 32
        symbol = symbols[code]
        if symbol == 0:
            return -1
        child = nodes[node, 0] + symbol
        if nodes[child, 1] != node:
            return -1
        node = child
    return int(nodes[node, 2])


@_compiled  # type: ignore[misc, unused-ignore]
def word_features(characters: Any, starts: Any, kinds: Any, nodes: Any, symbols: Any, column: Any, number: int) -> Any:
    """Return how many feature columns every dictionary word has, and which, word by word, and where each starts."""
    out = np.empty(2 * characters.size + 2 * starts.size, np.int32)
    places = np.zeros(starts.size, np.int32)
    n = 0
    for word in range(starts.size - 1):
        start, end = starts[word], starts[word + 1]
        head = n
        n += 1
        letter, han = False, False
        for i in range(start, end):
            letter |= (kinds[characters[i]] & LETTER) != 0
            han |= (kinds[characters[i]] & HAN) != 0
        if not letter:
            if (kinds[characters[start]] & DIGIT) != 0 and number >= 0:
                out[n] = number
                n += 1
        else:
            found = lookup(nodes, symbols, characters, start, end, True)
            if found >= 0:
                out[n] = column[found]
                n += 1
            if end - start > 1 and han:
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
        out[head] = n - head - 1
        places[word + 1] = n
    return out[:n].copy(), places


@_compiled  # type: ignore[misc, unused-ignore]
def _count(column: int, counts: Any, touched: Any, n: int) -> int:
    if counts[column] == 0:
        touched[n] = column
        n += 1
    counts[column] += 1
    return n


@_compiled  # type: ignore[misc, unused-ignore]
def segment(run: Any, size: int, nodes: Any, symbols: Any, weights: Any, best: Any, cut: Any, word: Any) -> None:
    """Find the most probable words of one block: `cut[i]` is where the word at i ends, `word[i]` its key or -1.

    Ties go to the longer word, as in jieba, whose maximum runs over pairs of weight and end.
    """
    unknown = weights[weights.size - 1]
    best[size] = 0.0
    for i in range(size - 1, -1, -1):
        top, end, key = 0.0, -1, -1
        node = 0
        for j in range(i, size):
            symbol = symbols[run[j]]
            if symbol == 0:
                break
            child = nodes[node, 0] + symbol
            if nodes[child, 1] != node:
                break
            node = child
            place = nodes[node, 3]
            if place >= 0:
                value = weights[place] + best[j + 1]
                if end < 0 or value >= top:
                    top, end, key = value, j + 1, nodes[node, 2]
        if end < 0:
            top, end = unknown + best[i + 1], i + 1
        best[i], cut[i], word[i] = top, end, key


@_compiled  # type: ignore[misc, unused-ignore]
def _english(
    run: Any, start: int, end: int, kinds: Any, v_nodes: Any, v_symbols: Any, v_column: Any, number: int
) -> int:
    """Return the feature column of a run of single letters and digits, or -1."""
    for i in range(start, end):
        if (kinds[run[i]] & LETTER) != 0:
            found = lookup(v_nodes, v_symbols, run, start, end, True)
            return int(v_column[found]) if found >= 0 else -1
    return number


@_compiled  # type: ignore[misc, unused-ignore]
def read_words(
    data: Any, at: int, stop: int, nodes: Any, weights: Any, symbols: Any, normal: Any, kinds: Any, features: Any,
    single: Any, v_nodes: Any, v_symbols: Any, v_column: Any, number: int, room: Any, words: Any,
    columns: Any,
) -> Any:  # fmt: skip
    """Find the words of a text that carry features.

    Parameters
    ----------
    data, at, stop
        UTF-8 bytes, and where the text stands in them.
    room : tuple of ndarray
        Scratch: code points, places, and what segmentation needs; each at least as long as the text has bytes.
    words : ndarray of shape (n_bytes, 5)
        Takes a word a row: its first and last characters' places (characters of the source, the last exclusive), their
        bytes likewise, and where its columns end.
    columns : ndarray of shape (3 * n_bytes,)
        Takes the feature columns, word by word.

    Returns
    -------
    n_words, n_columns : int
    filled : bool
        Whether the text holds anything but blanks.
    """
    run, source, best, cut, word = room
    n_words, n, place, filled = 0, 0, 0, False
    size, last, held = 0, np.int32(0), False
    while True:
        # The run ends at a character that segmentation does not take in, and at the end of the text.
        ended = at >= stop
        flush = ended
        code, begin = np.int32(0), at
        if not ended:
            code, at = next_code(data, at, stop)
            place += 1
            if (kinds[code] & SPACE) == 0:
                filled = True
            if code < 0x10000:
                code = normal[code]
                if code < 0:
                    continue
            if code == _SPACE_CODE and (kinds[last] & HAN) != 0 and not held:
                held = True  # dropped if a Han character follows
                continue
            if held:
                held = False
                if (kinds[code] & HAN) == 0:
                    last = np.int32(_SPACE_CODE)
                    flush = True
            if not flush and (kinds[code] & BLOCK) == 0:
                flush = True
        if flush and size > 0:
            segment(run, size, nodes, symbols, weights, best, cut, word)
            i = 0
            while i < size:
                end, before = cut[i], n
                if end == i + 1 and (kinds[run[i]] & ENGLISH) != 0:
                    while end < size and cut[end] == end + 1 and (kinds[run[end]] & ENGLISH) != 0:
                        end += 1
                    column = _english(run, i, end, kinds, v_nodes, v_symbols, v_column, number)
                    if column >= 0:
                        columns[n] = column
                        n += 1
                elif end == i + 1:
                    if single[run[i]] >= 0:
                        columns[n] = single[run[i]]
                        n += 1
                else:
                    first = word[i] + 1
                    for k in range(first, first + features[first - 1]):
                        columns[n] = features[k]
                        n += 1
                if n > before:
                    words[n_words, 0], words[n_words, 1] = source[i, 0], source[end - 1, 0] + 1
                    words[n_words, 2], words[n_words, 3], words[n_words, 4] = source[i, 1], source[end - 1, 2], n
                    n_words += 1
                i = end
            size = 0
        if ended:
            return n_words, n, filled
        last = code
        if (kinds[code] & BLOCK) == 0:
            if single[code] >= 0:
                columns[n] = single[code]
                n += 1
                words[n_words, 0], words[n_words, 1] = place - 1, place
                words[n_words, 2], words[n_words, 3], words[n_words, 4] = begin, at, n
                n_words += 1
            continue
        run[size] = code
        source[size, 0], source[size, 1], source[size, 2] = place - 1, begin, at
        size += 1


@_compiled  # type: ignore[misc, unused-ignore]
def make_room(size: int) -> Any:
    """Return scratch for texts of so many bytes; see `read_words`."""
    room = (np.empty(size, np.int32), np.empty((size, 3), np.int64), np.empty(size + 1), np.empty(size, np.int32),
            np.empty(size, np.int32))  # fmt: skip
    return room, np.empty((size, 5), np.int64), np.empty(3 * size, np.int32)


@_compiled  # type: ignore[misc, unused-ignore]
def score(
    data: Any, offsets: Any, nodes: Any, weights: Any, symbols: Any, normal: Any, kinds: Any, features: Any,
    single: Any, v_nodes: Any, v_symbols: Any, v_column: Any, number: int, idf: Any, coef: Any,
    bias: Any, n_scores: int,
) -> Any:  # fmt: skip
    """Score the strings of an Arrow array.

    Returns
    -------
    scores : ndarray of shape (n_texts, n_scores)
    filled : ndarray of bool of shape (n_texts,)
        Whether a text holds anything but blanks.
    """
    n_texts = offsets.size - 1
    scores = np.empty((n_texts, n_scores))
    filled = np.zeros(n_texts, np.bool_)
    counts = np.zeros(idf.size, np.int32)
    touched = np.empty(idf.size, np.int32)
    logs = np.log(np.maximum(1.0, np.arange(256.0)))
    acc = np.empty(coef.shape[1])
    size = 1024
    room, words, columns = make_room(size)
    for text in range(n_texts):
        if offsets[text + 1] - offsets[text] > size:
            size = 2 * (offsets[text + 1] - offsets[text])
            room, words, columns = make_room(size)
        _, n_columns, filled[text] = read_words(
            data, offsets[text], offsets[text + 1], nodes, weights, symbols, normal, kinds, features, single,
            v_nodes, v_symbols, v_column, number, room, words, columns,
        )  # fmt: skip
        n = 0
        for i in range(n_columns):
            n = _count(columns[i], counts, touched, n)
        acc[:] = 0.0
        square = 0.0
        for i in range(n):
            column = touched[i]
            times = counts[column]
            counts[column] = 0
            value = (1.0 + (logs[times] if times < 256 else log(times))) * idf[column]
            square += value * value
            row = coef[column]
            for k in range(acc.size):
                acc[k] += value * row[k]
        length = sqrt(square) if square > 0.0 else 1.0
        for k in range(n_scores):
            scores[text, k] = acc[k] / length + bias[k]
    return scores, filled
