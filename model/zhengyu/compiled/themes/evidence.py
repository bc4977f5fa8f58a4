"""Evidence of many paragraphs, compiled: what `zhengyu.themes.evidence.evidence_rows` gives, span for span."""

from __future__ import annotations

from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhengyu.compiled import compiled
from zhengyu.compiled.fetch import fetch
from zhengyu.compiled.themes.scorer import string_buffers
from zhengyu.io.arrow import MOST
from zhengyu.io.blocks import Paragraphs
from zhengyu.themes.evidence import EQUAL, LEAST_SHARE, evidence_schema
from zhengyu.themes.model import Model
from zhengyu.themes.tokens import BLANKS, CLOSINGS, ENDS

#: What each character of the basic plane is to `zhengyu.themes.tokens.sentences`.
_END, _CLOSING, _BLANK = 1, 2, 3
_MARKS = np.zeros(0x10000, np.uint8)
for _kind, _these in ((_END, ENDS), (_CLOSING, CLOSINGS), (_BLANK, BLANKS)):
    _MARKS[[ord(_mark) for _mark in _these]] = _kind


class Spans(NamedTuple):
    """Rows of evidence.

    Attributes
    ----------
    texts, themes : ndarray of int32 of shape (n_rows,)
        Number of the text, and column of the traced theme.
    starts, ends : ndarray of int32 of shape (n_rows,)
        First and last character (exclusive), -1 for what is left over.
    heads, tails : ndarray of int64 of shape (n_rows,)
        First and last byte (exclusive) among those of all texts, 0 for what is left over.
    parts, shares : ndarray of shape (n_rows,)
        Contribution to the score, and its share of all contributions without their signs.
    chances : ndarray of shape (n_rows,)
        Probability of the theme.
    sentence_starts, sentence_ends : ndarray of int32 of shape (n_rows,)
        First and last character (exclusive) of the sentence that weighs most for the theme.
    """

    texts: Any
    themes: Any
    starts: Any
    ends: Any
    heads: Any
    tails: Any
    parts: Any
    shares: Any
    chances: Any
    sentence_starts: Any
    sentence_ends: Any


@compiled
def _longer(values: Any, n: int) -> Any:
    out = np.empty(n, values.dtype)
    out[: values.size] = values
    return out


@compiled
def _room_for(spans: Any, n: int) -> Any:
    """Return `spans` with room for so many rows."""
    if n <= spans.themes.size:
        return spans
    return Spans(
        _longer(spans.texts, 2 * n), _longer(spans.themes, 2 * n), _longer(spans.starts, 2 * n),
        _longer(spans.ends, 2 * n), _longer(spans.heads, 2 * n), _longer(spans.tails, 2 * n),
        _longer(spans.parts, 2 * n), _longer(spans.shares, 2 * n), _longer(spans.chances, 2 * n),
        _longer(spans.sentence_starts, 2 * n), _longer(spans.sentence_ends, 2 * n),
    )  # fmt: skip


@compiled
def _room(n: int) -> Any:
    return Spans(
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n), np.empty(n), np.empty(n),
        np.empty(n, np.int32), np.empty(n, np.int32),
    )  # fmt: skip


@compiled
def _part_sentences(
    data: Any, begin: int, end: int, marks: Any, places: Any, first: int, last: int, of_word: Any, bounds: Any
) -> None:
    """Tell of each word of a text in which sentence it stands, as `zhengyu.themes.tokens.sentences` parts them.

    Parameters
    ----------
    data, begin, end
        UTF-8 bytes, and where the text stands in them.
    marks : ndarray of uint8
        What each character of the basic plane is: end, closing mark or blank.
    places, first, last
        The words, see `zhengyu.compiled.themes.words.Words`, and which are the text's.
    of_word : ndarray of int64 of shape (n_words,)
        Takes the sentence of each.
    bounds : ndarray of int64 of shape (n_words, 2)
        Takes first and last character (exclusive) of each sentence that has words.
    """
    at, char, word, n = begin, 0, first, -1
    closing, ended, filled, fresh = False, False, False, True
    head, tail = 0, 0
    while at < end:
        code, size = int(data[at]), 1
        if code >= 0xF0:
            code, size = 0x10000, 4
        elif code >= 0xE0:
            code, size = (code & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | (int(data[at + 2]) & 0x3F), 3
        elif code >= 0xC0:
            code, size = (code & 0x1F) << 6 | (int(data[at + 1]) & 0x3F), 2
        kind = int(marks[code]) if code < 0x10000 else 0
        if ended and (kind != _CLOSING if closing else (kind != _END and kind != _CLOSING)):
            if not fresh:
                bounds[n, 0], bounds[n, 1] = head, tail
            closing, ended, filled, fresh = False, False, False, True
        ended |= kind == _END
        closing = ended and kind == _CLOSING
        if kind != _BLANK:
            if not filled:
                head, filled = char, True
            tail = char + 1
        if word < last and places[word, 0] == char:
            if fresh:
                n += 1
                fresh = False
            of_word[word - first] = n
            word += 1
            if kind == 0 and places[word - 1, 1] > char:  # no word that begins with a character holds a mark
                tail = char = int(places[word - 1, 1])
                at = begin + int(places[word - 1, 3])
                continue
        at += size
        char += 1
    if not fresh:
        bounds[n, 0], bounds[n, 1] = head, tail


@compiled
def trace(
    data: Any, offsets: Any, marks: Any, words: Any, starts: Any, themes: Any, chances: Any, tables: Any,
    least_share: float,
) -> Any:  # fmt: skip
    """Trace scores to spans.

    Parameters
    ----------
    data, offsets
        UTF-8 bytes of the texts, and where each begins in them.
    marks : ndarray of uint8
        What each character of the basic plane is to `zhengyu.themes.tokens.sentences`.
    words : zhengyu.compiled.themes.words.Words
        The words of the texts.
    starts, themes
        ``themes[starts[i]:starts[i + 1]]`` are the columns of the themes to trace in text ``i``.
    chances : ndarray of float64
        The probability of each of `themes`.
    tables : zhengyu.compiled.themes.kernel.Tables
        Of the scorer that kept the words.
    least_share : float
        See `zhengyu.themes.evidence.evidence_rows`.

    Returns
    -------
    Spans
    """
    places, columns = words.places, words.columns
    idf, coef = tables.idf, tables.coef
    most = 0
    for text in range(starts.size - 1):
        most = max(most, words.firsts[text + 1] - words.firsts[text])
    counts, value = np.zeros(idf.size, np.int32), np.zeros(idf.size)
    ends, parts = np.empty((most, 2), np.int64), np.empty(most)  # first and last word of each span of a theme
    of_word = np.empty(most)
    sentence, bounds = np.empty(most, np.int64), np.empty((most, 2), np.int64)
    spans, total = _room(16 * themes.size), 0
    for text in range(starts.size - 1):
        first, last = words.firsts[text], words.firsts[text + 1]
        if starts[text] == starts[text + 1]:
            continue
        begin = np.int64(places[first - 1, 4]) if first else 0
        end = np.int64(places[last - 1, 4]) if last else 0
        square = 0.0
        for i in range(begin, end):
            counts[columns[i]] += 1
            fetch(idf, columns[i])
            fetch(value, columns[i])
            for t in range(starts[text], starts[text + 1]):
                fetch(coef, np.int64(columns[i]) * coef.shape[1] + themes[t])
        for i in range(begin, end):
            column, times = columns[i], counts[columns[i]]
            if times > 0:  # met for the first time: its value is for each of its places
                whole = (1.0 + (log(float(times)) if times > 1 else 0.0)) * idf[column]
                square += whole * whole
                value[column] = whole / times
                counts[column] = 0
        length = sqrt(square) if square > 0.0 else 1.0
        _part_sentences(data, offsets[text], offsets[text + 1], marks, places, first, last, sentence, bounds)
        for t in range(starts[text], starts[text + 1]):
            theme, at, weight, best, heaviest, above = themes[t], begin, 0.0, 0.0, 0, total
            for word in range(first, last):
                part, half = 0.0, 0.0
                while at < places[word, 4] - places[word, 5]:
                    part += coef[columns[at], theme] * value[columns[at]]
                    at += 1
                if places[word, 5]:  # shared with the word before: half each
                    half = 0.5 * coef[columns[at], theme] * value[columns[at]]
                    at += 1
                of_word[word - first] = (part + half) / length
                if half != 0.0:
                    of_word[word - first - 1] += half / length
            # What a word does is written without branches: its sign follows no pattern that a processor could learn.
            here, summed, span, before, since, n = 0, 0.0, 0.0, -1, first, -1
            for word in range(first, last):
                part = of_word[word - first]
                if sentence[word - first] != here:
                    if here == 0 or summed > best + EQUAL:
                        best, heaviest = summed, here
                    here, summed = sentence[word - first], 0.0
                summed += part
                # Words that touch and speak the same way are one span.
                same = (before == places[word, 0]) & ((span > 0) == (part > 0))
                span = span + part if same else part
                since = since if same else word
                n += 0 if same else 1
                ends[n, 0], ends[n, 1], parts[n] = since, word, span
                before = int(places[word, 1])
            n += 1
            if last > first and (here == 0 or summed > best + EQUAL):
                best, heaviest = summed, here
            for i in range(n):
                weight += abs(parts[i])
            weight = weight if weight > 0.0 else 1.0
            spans = _room_for(spans, total + n + 1)
            rest, left = 0.0, 0
            for i in range(n):  # each is written, and the next one over it if it is too small
                head, tail = places[ends[i, 0]], places[ends[i, 1]]
                share = parts[i] / weight
                small = abs(parts[i]) / weight < least_share
                spans.starts[total], spans.ends[total] = head[0], tail[1]
                spans.heads[total], spans.tails[total] = offsets[text] + head[2], offsets[text] + tail[3]
                spans.parts[total], spans.shares[total] = parts[i], share
                rest = rest + parts[i] if small else rest
                left += 1 if small else 0
                total += 0 if small else 1
            if left:  # the row of a theme's rest stands behind its others
                spans.starts[total] = spans.ends[total] = -1
                spans.heads[total] = spans.tails[total] = 0
                spans.parts[total], spans.shares[total] = rest, rest / weight
                total += 1
            for row in range(above, total):
                spans.texts[row], spans.themes[row], spans.chances[row] = text, theme, chances[t]
                spans.sentence_starts[row], spans.sentence_ends[row] = bounds[heaviest, 0], bounds[heaviest, 1]
    return Spans(
        spans.texts[:total], spans.themes[:total], spans.starts[:total], spans.ends[:total], spans.heads[:total],
        spans.tails[:total], spans.parts[:total], spans.shares[:total], spans.chances[:total],
        spans.sentence_starts[:total], spans.sentence_ends[:total],
    )  # fmt: skip


@compiled
def _cut(data: Any, begins: Any, ends: Any, total: int) -> Any:
    """Return stretches of bytes, `total` together, one after the other, and where each begins."""
    out, offsets, at = np.empty(total, np.uint8), np.empty(begins.size + 1, np.int32), 0
    for i in range(begins.size):
        offsets[i] = at
        for j in range(begins[i], ends[i]):
            out[at] = data[j]
            at += 1
    offsets[begins.size] = at
    return out, offsets


class CompiledEvidence:
    """Rows of the evidence of a block, compiled; safe to call from several threads at once.

    Parameters
    ----------
    model : Model
        A loaded model.
    tables : zhengyu.compiled.themes.kernel.Tables
        Of a compiled scorer of the same model.
    least_share : float, default=LEAST_SHARE
        See `zhengyu.themes.evidence.evidence_rows`.
    """

    def __init__(self, model: Model, tables: Any, least_share: float = LEAST_SHARE) -> None:
        self.model, self.tables, self.least_share = model, tables, least_share

    def __call__(self, block: Paragraphs) -> pa.Table:
        """Return the table of `zhengyu.themes.evidence.evidence_rows`, its ids and themes dictionary-encoded.

        Its integers are of 32 bits: every row goes through the journal, where bytes are packed and written.
        """
        names = pa.array(self.model.themes.ids, pa.string())
        starts = block.themes.offsets.to_numpy().astype(np.int64)
        given = pc.call_function("index_in", [block.themes.flatten()], pc.SetLookupOptions(names))
        wanted = given.to_numpy().astype(np.int64)
        data, offsets = string_buffers(block.texts)
        rows = np.repeat(np.arange(len(block.themes)), np.diff(starts))
        spans = trace(
            data, offsets, _MARKS, block.words, starts - starts[0], wanted, block.chances[rows, wanted], self.tables,
            self.least_share,
        )  # fmt: skip
        there = pa.array(spans.starts >= 0).buffers()[1]  # the rest of a theme stands nowhere
        columns = [
            pa.DictionaryArray.from_arrays(pa.array(spans.texts), block.ids),
            pa.DictionaryArray.from_arrays(pa.array(spans.themes), names),
            _nullable(spans.starts, there), _nullable(spans.ends, there), _texts(data, spans, there),
            *map(pa.array, (spans.parts, spans.shares, spans.chances, spans.sentence_starts, spans.sentence_ends)),
        ]  # fmt: skip
        return pa.Table.from_arrays(columns, names=evidence_schema().names)


def _nullable(values: Any, there: pa.Buffer) -> pa.Array:
    """Return integers, null where `there` says so."""
    return pa.Array.from_buffers(pa.int32(), values.size, [there, pa.py_buffer(values)])


def _texts(data: Any, spans: Spans, there: pa.Buffer) -> pa.Array:
    """Return the texts of spans, null where `there` says so."""
    total = int((spans.tails - spans.heads).sum())
    if total > MOST:
        raise OverflowError(f"expected at most 2 GiB of text in one array, got {total:,} bytes")
    cut, offsets = _cut(data, spans.heads, spans.tails, total)
    return pa.Array.from_buffers(pa.string(), spans.heads.size, [there, pa.py_buffer(offsets), pa.py_buffer(cut)])
