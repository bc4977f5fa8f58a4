"""Evidence of many paragraphs, compiled: what `zhengyu.evidence.evidence_rows` gives, span for span."""

from __future__ import annotations

from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from zhengyu.batch.tagging import Paragraphs
from zhengyu.compiled import compiled
from zhengyu.compiled.scorer import string_buffers
from zhengyu.evidence import LEAST_SHARE, evidence_schema
from zhengyu.store import Model


class Spans(NamedTuple):
    """Rows of evidence.

    Attributes
    ----------
    places : ndarray of int64 of shape (n_rows, 5)
        Number of the traced theme, first and last character, first and last byte (the last ones exclusive); -1 for
        the characters of what is left over.
    parts : ndarray of shape (n_rows, 2)
        Contribution to the score, and its share of all contributions without their signs.
    """

    places: Any
    parts: Any


@compiled  # type: ignore[misc, unused-ignore]
def _room_for(spans: Any, n: int) -> Any:
    """Return `spans` with room for so many rows."""
    if n <= spans.places.shape[0]:
        return spans
    places, parts = np.empty((2 * n, 5), np.int64), np.empty((2 * n, 2))
    places[: spans.places.shape[0]] = spans.places
    parts[: spans.parts.shape[0]] = spans.parts
    return Spans(places, parts)


@compiled  # type: ignore[misc, unused-ignore]
def trace(words: Any, starts: Any, themes: Any, idf: Any, coef: Any, least_share: float) -> Any:
    """Trace scores to spans.

    Parameters
    ----------
    words : zhengyu.compiled.words.Words
        The words of the texts.
    starts, themes
        ``themes[starts[i]:starts[i + 1]]`` are the columns of the themes to trace in text ``i``.
    idf, coef
        See `zhengyu.compiled.kernel.Tables`.
    least_share : float
        See `zhengyu.evidence.evidence_rows`.

    Returns
    -------
    Spans
    """
    places, columns = words.places, words.columns
    most = 0
    for text in range(starts.size - 1):
        most = max(most, words.firsts[text + 1] - words.firsts[text])
    counts, value = np.zeros(idf.size, np.int32), np.zeros(idf.size)
    ends, parts = np.empty((most, 2), np.int64), np.empty(most)  # first and last word of each span of a theme
    spans, total = Spans(np.empty((1024, 5), np.int64), np.empty((1024, 2))), 0
    for text in range(starts.size - 1):
        first, last = words.firsts[text], words.firsts[text + 1]
        if starts[text] == starts[text + 1]:
            continue
        begin = np.int64(places[first - 1, 4]) if first else 0
        end = np.int64(places[last - 1, 4]) if last else 0
        square = 0.0
        for i in range(begin, end):
            counts[columns[i]] += 1
        for i in range(begin, end):
            column, times = columns[i], counts[columns[i]]
            if times > 0:  # met for the first time: its value is for each of its places
                whole = (1.0 + (log(float(times)) if times > 1 else 0.0)) * idf[column]
                square += whole * whole
                value[column] = whole / times
                counts[column] = 0
        length = sqrt(square) if square > 0.0 else 1.0
        for t in range(starts[text], starts[text + 1]):
            theme, at, n, weight = themes[t], begin, 0, 0.0
            for word in range(first, last):
                part = 0.0
                while at < places[word, 4]:
                    part += coef[columns[at], theme] * value[columns[at]]
                    at += 1
                part /= length
                # Words that touch and speak the same way are one span.
                if n and places[word - 1, 1] == places[word, 0] and (parts[n - 1] > 0) == (part > 0):
                    ends[n - 1, 1] = word
                    parts[n - 1] += part
                else:
                    ends[n, 0], ends[n, 1], parts[n] = word, word, part
                    n += 1
            for i in range(n):
                weight += abs(parts[i])
            weight = weight if weight > 0.0 else 1.0
            spans = _room_for(spans, total + n + 1)
            rest, left = 0.0, False
            for i in range(n):
                if abs(parts[i]) / weight < least_share:
                    rest += parts[i]
                    left = True
                    continue
                head, tail = places[ends[i, 0]], places[ends[i, 1]]
                spans.places[total, 0], spans.places[total, 1], spans.places[total, 2] = t, head[0], tail[1]
                spans.places[total, 3], spans.places[total, 4] = head[2], tail[3]
                spans.parts[total, 0], spans.parts[total, 1] = parts[i], parts[i] / weight
                total += 1
            if left:  # the row of a theme's rest stands behind its others
                spans.places[total, 0] = t
                spans.places[total, 1:3] = -1
                spans.places[total, 3:5] = 0
                spans.parts[total, 0], spans.parts[total, 1] = rest, rest / weight
                total += 1
    return Spans(spans.places[:total], spans.parts[:total])


@compiled  # type: ignore[misc, unused-ignore]
def _cut(data: Any, begins: Any, ends: Any, offsets: Any) -> Any:
    """Return stretches of bytes, one after the other, where `offsets` say."""
    out = np.empty(offsets[-1], np.uint8)
    for i in range(begins.size):
        to, at = offsets[i], begins[i]
        for j in range(ends[i] - begins[i]):
            out[to + j] = data[at + j]
    return out


class CompiledEvidence:
    """Rows of the evidence of a block, compiled; safe to call from several threads at once.

    Parameters
    ----------
    model : Model
        A loaded model.
    tables : zhengyu.compiled.kernel.Tables
        Of a compiled scorer of the same model.
    least_share : float, default=LEAST_SHARE
        See `zhengyu.evidence.evidence_rows`.
    """

    def __init__(self, model: Model, tables: Any, least_share: float = LEAST_SHARE) -> None:
        self.model, self.tables, self.least_share = model, tables, least_share

    def __call__(self, block: Paragraphs) -> pa.Table:
        """Return one row a span for every theme that is given; see `zhengyu.evidence.evidence_rows`."""
        column = {theme: k for k, theme in enumerate(self.model.themes.ids)}
        starts = np.zeros(len(block.themes) + 1, dtype=np.int64)
        np.cumsum([len(given) for given in block.themes], out=starts[1:])
        wanted = np.array([column[theme] for given in block.themes for theme in given], dtype=np.int64)
        places, parts = trace(block.words, starts, wanted, self.tables.idf, self.tables.coef, self.least_share)
        which = places[:, 0]
        rows = np.repeat(np.arange(len(block.themes)), np.diff(starts))
        chances = block.chances[rows, wanted]
        names = pa.array(self.model.themes.ids, pa.string())
        rest = places[:, 1] < 0
        return pa.Table.from_arrays(
            [
                pa.array(block.ids, pa.string()).take(pa.array(rows[which])), names.take(pa.array(wanted[which])),
                pa.array(places[:, 1], mask=rest), pa.array(places[:, 2], mask=rest),
                _texts(block.texts, rows[which], places, ~rest), pa.array(parts[:, 0]), pa.array(parts[:, 1]),
                pa.array(chances[which]),
            ],
            schema=evidence_schema(),
        )  # fmt: skip


def _texts(texts: pa.Array, rows: Any, places: Any, there: Any) -> pa.Array:
    """Return the texts of spans, null where there is none."""
    data, begins = string_buffers(texts)
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(places[:, 4] - places[:, 3], out=offsets[1:])
    cut = _cut(data, begins[rows] + places[:, 3], begins[rows] + places[:, 4], offsets)
    bits = pa.array(there).buffers()[1]
    return pa.Array.from_buffers(
        pa.large_string(), len(rows), [bits, pa.py_buffer(offsets), pa.py_buffer(cut)]
    ).cast(pa.string())  # fmt: skip
