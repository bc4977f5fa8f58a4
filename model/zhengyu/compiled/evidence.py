"""Evidence of many paragraphs, compiled: what `zhengyu.evidence.evidence_rows` gives, span for span."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from typing import Any

import numpy as np
import pyarrow as pa

from zhengyu.compiled import compiled
from zhengyu.compiled.kernel import STRETCH, find_columns, read_stretch
from zhengyu.compiled.scorer import CompiledScorer, string_buffers
from zhengyu.compiled.segmentation import make_room
from zhengyu.evidence import evidence_schema
from zhengyu.store import Model


@compiled  # type: ignore[misc, unused-ignore]
def _grown(rows: Any, values: Any) -> Any:
    wide, more = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64), np.empty(2 * values.size)
    for i in range(rows.shape[0]):
        more[i] = values[i]
        for j in range(rows.shape[1]):
            wide[i, j] = rows[i, j]
    return wide, more


@compiled  # type: ignore[misc, unused-ignore]
def trace(data: Any, offsets: Any, starts: Any, themes: Any, tables: Any) -> Any:
    """Trace scores to spans.

    Parameters
    ----------
    data, offsets
        The texts.
    starts, themes
        ``themes[starts[i]:starts[i + 1]]`` are the columns of the themes to trace in text ``i``.
    tables : Tables
        What to look up.

    Returns
    -------
    spans : ndarray of int64 of shape (n_spans, 5)
        Number in `themes`, first and last character, first and last byte (the last ones exclusive).
    contributions : ndarray of shape (n_spans,)
    scores : ndarray of shape (n_themes,)
        What the spans and the bias add up to.
    """
    idf, coef, bias = tables.idf, tables.coef, tables.bias
    spans, parts, total = np.empty((1024, 5), np.int64), np.empty(1024), 0
    scores = np.zeros(themes.size)
    counts, value = np.zeros(idf.size, np.int32), np.zeros(idf.size)
    room, bounds, filled = make_room(2 * STRETCH), np.empty(STRETCH + 1, np.int64), np.zeros(offsets.size, np.bool_)
    words, columns = np.empty((room.codes.size, 3), np.int32), np.empty(3 * room.codes.size, np.uint32)
    first_text = after = 0
    for text in range(offsets.size - 1):
        if text == after:
            first_text = text
            after, room = read_stretch(data, offsets, text, tables, room, bounds, filled)
            if words.shape[0] < room.codes.size:
                words, columns = np.empty((room.codes.size, 3), np.int32), np.empty(3 * room.codes.size, np.uint32)
        if starts[text] == starts[text + 1]:
            continue
        place = text - first_text
        n_words, n = find_columns(room, bounds[place], bounds[place + 1], tables, words, columns)
        square = 0.0
        for i in range(n):
            counts[columns[i]] += 1
        for i in range(n):
            column, times = columns[i], counts[columns[i]]
            if times > 0:  # met for the first time: its value is for each of its places
                whole = (1.0 + log(float(times))) * idf[column]
                square += whole * whole
                value[column] = whole / times
                counts[column] = 0
        length = sqrt(square) if square > 0.0 else 1.0
        for t in range(starts[text], starts[text + 1]):
            theme, first, at = themes[t], total, 0
            scores[t] = bias[theme]
            for word in range(n_words):
                part = 0.0
                while at < words[word, 2]:
                    part += coef[columns[at], theme] * value[columns[at]]
                    at += 1
                part /= length
                scores[t] += part
                begin, end = room.source[words[word, 0]], room.source[words[word, 1] - 1]
                # Words that touch and speak the same way are one span.
                if total > first and spans[total - 1, 2] == begin[0] and (parts[total - 1] > 0) == (part > 0):
                    spans[total - 1, 2], spans[total - 1, 4] = end[0] + 1, end[2]
                    parts[total - 1] += part
                    continue
                if total == parts.size:
                    spans, parts = _grown(spans, parts)
                spans[total, 0], spans[total, 1], spans[total, 2] = t, begin[0], end[0] + 1
                spans[total, 3], spans[total, 4], parts[total] = begin[1], end[2], part
                total += 1
    return spans[:total], parts[:total], scores


@compiled  # type: ignore[misc, unused-ignore]
def _cut(data: Any, begins: Any, ends: Any, out: Any) -> None:
    """Copy stretches of bytes, one after the other."""
    n = 0
    for i in range(begins.size):
        for j in range(begins[i], ends[i]):
            out[n] = data[j]
            n += 1


class CompiledEvidence:
    """Rows of the evidence of a block, compiled; safe to call from several threads at once.

    Parameters
    ----------
    model : Model
        A loaded model.
    scorer : CompiledScorer
        Of the same model.
    least_share : float, default=0.0
        See `zhengyu.evidence.evidence_rows`.
    """

    def __init__(self, model: Model, scorer: CompiledScorer, least_share: float = 0.0) -> None:
        self.model, self.scorer, self.least_share = model, scorer, least_share

    def __call__(
        self, ids: Sequence[str], texts: pa.Array, kinds: Sequence[str], themes: Sequence[Sequence[str]]
    ) -> pa.Table:
        """Return one row a span for every theme that is given; see `zhengyu.evidence.evidence_rows`."""
        column = {theme: k for k, theme in enumerate(self.model.themes.ids)}
        starts = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(given) for given in themes], out=starts[1:])
        wanted = np.array([column[theme] for given in themes for theme in given], dtype=np.int64)
        data, offsets = string_buffers(texts)
        spans, parts, scores = trace(data, offsets, starts, wanted, self.scorer.tables)
        every = np.zeros((wanted.size, self.model.intercept.size))
        every[np.arange(wanted.size), wanted] = scores
        chances = self.model.calibration.probability(every)[np.arange(wanted.size), wanted]
        which = spans[:, 0]
        whole = np.bincount(which, weights=np.abs(parts), minlength=wanted.size)
        whole[whole == 0.0] = 1.0
        light = np.abs(parts) / whole[which] < self.least_share
        rest = np.bincount(which[light], weights=parts[light], minlength=wanted.size)
        rests = np.flatnonzero(np.bincount(which[light], minlength=wanted.size))
        heavy = np.flatnonzero(~light)
        # The row of a theme's rest stands behind its others.
        order = np.argsort(np.concatenate((which[heavy], rests)), kind="stable")
        which = np.concatenate((which[heavy], rests))[order]
        parts = np.concatenate((parts[heavy], rest[rests]))[order]
        placed = order < heavy.size
        spans = spans[heavy[order[placed]]] if rests.size else spans
        rows = np.repeat(np.arange(len(texts)), np.diff(starts))
        names = pa.array(self.model.themes.ids, pa.string())
        from_span = pa.array(np.where(placed, np.cumsum(placed) - 1, 0), mask=~placed)
        place = (pa.array(spans[:, 1]), pa.array(spans[:, 2]), _texts(data, spans[:, 3], spans[:, 4]))
        return pa.Table.from_arrays(
            [
                pa.array(ids, pa.string()).take(pa.array(rows[which])), names.take(pa.array(wanted[which])),
                *(column.take(from_span) if rests.size else column for column in place), pa.array(parts),
                pa.array(parts / whole[which]), pa.array(chances[which]),
            ],
            schema=evidence_schema(),
        )  # fmt: skip


def _texts(data: Any, begins: Any, ends: Any) -> pa.Array:
    """Return stretches of the texts' bytes as strings."""
    offsets = np.zeros(begins.size + 1, dtype=np.int64)
    np.cumsum(ends - begins, out=offsets[1:])
    out = np.empty(int(offsets[-1]), dtype=np.uint8)
    _cut(data, begins, ends, out)
    strings = pa.Array.from_buffers(
        pa.large_string(), begins.size, [None, pa.py_buffer(offsets), pa.py_buffer(out)]
    )  # fmt: skip
    return strings.cast(pa.string())
