"""Rows of whole numbers: candidates and frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.slogans.candidates import MAX_CHARS


@compiled
def grown(rows: Any) -> Any:
    """Return the rows with room for as many again."""
    wide = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            wide[i, j] = rows[i, j]
    return wide


@compiled
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


@compiled
def sort(rows: Any, n: int) -> None:
    """Sort the first rows by their first column, in place; equal ones come to lie as `order_of` has them."""
    gap = n // 2
    while gap:
        for i in range(gap, n):
            key, layer, entry, j = rows[i, 0], rows[i, 1], rows[i, 2], i
            while j >= gap and rows[j - gap, 0] > key:
                rows[j, 0], rows[j, 1], rows[j, 2] = rows[j - gap, 0], rows[j - gap, 1], rows[j - gap, 2]
                j -= gap
            rows[j, 0], rows[j, 1], rows[j, 2] = key, layer, entry
        gap //= 2


@compiled
def put(raw: Any, n: int, start: int, end: int, layer: int, entry: int) -> int:
    """Add a candidate, if it is of a length that a slogan may have and there is room; return how many there are.

    Those that there was no room for are counted too: the caller makes room for so many and begins again.
    """
    if 2 <= end - start <= MAX_CHARS:
        if n < raw.shape[0]:
            raw[n, 0], raw[n, 1], raw[n, 2] = start * 64 + end - start, layer, entry
        n += 1
    return n
