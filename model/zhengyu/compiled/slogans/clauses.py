"""The grammars over clauses, compiled: runs of parallel ones, refrains, banners; see `shapes`."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhengyu.compiled import compiled
from zhengyu.compiled.slogans.shapes import (
    BANNERS,
    COLON,
    COLON_STOP,
    DASH,
    DE,
    JOINT,
    LATE,
    LEAD_1,
    LEAD_2,
    LEAD_3,
    MAX_RUN,
    MAX_UNEVEN,
    PARALLEL,
    REFRAINS,
    SEPARATOR,
    SHI,
    SHOUT,
    STOP,
    TEN,
    TRAILING,
    WIDE_COLON,
    WIDE_SHOUT,
    YAO,
    ZHI,
    grown,
    order_of,
    put,
)


@compiled  # type: ignore[misc, unused-ignore]
def clauses_of(bits: Any, size: int, clauses: Any) -> Any:
    """Return start, end and whether a joint follows, for every clause, and their number."""
    n, at = 0, 0
    while at < size:
        if bits[at] & SEPARATOR:
            at += 1
            continue
        end = at
        while end < size and not bits[end] & SEPARATOR:
            end += 1
        if n == clauses.shape[0]:
            clauses = grown(clauses)
        clauses[n, 0], clauses[n, 1], clauses[n, 2] = at, end, 0
        if n and at - clauses[n - 1, 1] == 1 and bits[at - 1] & JOINT:
            clauses[n - 1, 2] = 1
        n += 1
        at = end
    return clauses, n


@compiled  # type: ignore[misc, unused-ignore]
def _alike(text: Any, clauses: Any, i: int) -> bool:
    a, b = clauses[i, 1] - clauses[i, 0], clauses[i + 1, 1] - clauses[i + 1, 0]
    if a < 3 or a > 18 or b < 3 or b > 18:
        return False
    if a == b:
        return True
    heads = text[clauses[i, 0]] == text[clauses[i + 1, 0]]
    tails = text[clauses[i, 1] - 1] == text[clauses[i + 1, 1] - 1]
    return bool(abs(a - b) <= 4 and (heads or tails))


@compiled  # type: ignore[misc, unused-ignore]
def _shortened(text: Any, start: int, end: int, raw: Any, n: int) -> Any:
    for mark in (DE, ZHI):
        for place in range(end - 1, max(end - 6, start + 4), -1):
            if text[place] == mark:
                raw, n = put(raw, n, start, place, PARALLEL, -1)
                break
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def parallels(text: Any, bits: Any, words: Any, clauses: Any, count: int, raw: Any, n: int) -> Any:
    """Runs of parallel clauses."""
    first = 0
    while first < count:
        last = first
        while last + 1 < count and clauses[last, 2] and last - first < 2 * MAX_RUN:
            last += 1
        left = first
        while left < last:
            right = left
            while right < last and right - left < MAX_RUN and _alike(text, clauses, right):
                right += 1
            if right > left:
                start, end = clauses[left, 0], clauses[right, 1]
                raw, n = put(raw, n, start, end, PARALLEL, -1)
                raw, n = _shortened(text, start, end, raw, n)
                room = clauses[left, 1] - start
                lead = 0
                if words[start] & LEAD_3 and room >= 3:
                    lead = 3
                elif words[start] & LEAD_2 and room >= 2:
                    lead = 2
                elif words[start] & LEAD_1:
                    lead = 1
                if lead:
                    raw, n = put(raw, n, start + lead, end, PARALLEL, -1)
                if right - left >= 3:
                    for place in range(left, right, 2):
                        stop = clauses[min(place + 1, right), 1]
                        raw, n = put(raw, n, clauses[place, 0], stop, PARALLEL, -1)
            left = max(right, left + 1)
        for left in range(first, last):
            own, size = clauses[left, 1] - clauses[left, 0], clauses[left + 1, 1] - clauses[left + 1, 0]
            right = left + 1
            while right < last and clauses[right + 1, 1] - clauses[right + 1, 0] == size:
                right += 1
            if 3 <= size <= 8 and own > size:
                start, end = clauses[left, 1] - size, clauses[right, 1]
                raw, n = put(raw, n, start, end, PARALLEL, -1)
                raw, n = _shortened(text, start, end, raw, n)
            if 3 <= own <= 8 and size > own and bits[clauses[left + 1, 0] + own] & LATE:
                begin = left
                while begin > first and clauses[begin - 1, 1] - clauses[begin - 1, 0] == own:
                    begin -= 1
                raw, n = put(raw, n, clauses[begin, 0], clauses[left + 1, 0] + own, PARALLEL, -1)
                if begin > first and clauses[begin - 1, 1] - clauses[begin - 1, 0] > own:
                    raw, n = put(raw, n, clauses[begin - 1, 1] - own, clauses[left + 1, 0] + own, PARALLEL, -1)
            told = 0
            while told < size and told < 9 and text[clauses[left + 1, 0] + told] != DE:
                told += 1
            if 3 <= told <= 8 and told < size and own > told:
                raw, n = put(raw, n, clauses[left, 1] - told, clauses[left + 1, 0] + told, PARALLEL, -1)
        first = last + 1
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def _unnumbered(text: Any, bits: Any, start: int, end: int) -> int:
    """Return where a clause begins behind 一是, 二要, 三是要."""
    for tens in (2, 1):
        at = start + tens
        if at < end and bits[start] & TEN and (tens == 1 or bits[start + 1] & TEN):
            if text[at] == SHI:
                return at + 2 if at + 1 < end and text[at + 1] == YAO else at + 1
            if text[at] == YAO:
                return at + 1
    return start


@compiled  # type: ignore[misc, unused-ignore]
def refrains(text: Any, bits: Any, clauses: Any, count: int, raw: Any, n: int) -> Any:
    """Clauses of one beginning and one end."""
    if count < 2:
        return raw, n
    starts: Any = np.empty(count, np.int64)
    keys: Any = np.empty(count, np.int64)
    hashes: Any = np.zeros(count, np.int64)
    many = 0
    for i in range(count):
        start, end = _unnumbered(text, bits, clauses[i, 0], clauses[i, 1]), clauses[i, 1]
        if 6 <= end - start <= 16:
            starts[many], keys[many] = start, i
            head = np.int64(text[start]) << 21 | np.int64(text[start + 1])
            hashes[many] = (head << 21 | np.int64(text[end - 2])) * 31 + np.int64(text[end - 1])
            many += 1
    order = order_of(hashes, many)
    for k in range(many):
        i = order[k]
        start, end = starts[i], clauses[keys[i], 1]
        for beside in (k - 1, k + 1):
            if 0 <= beside < many and hashes[order[beside]] == hashes[i]:
                j = order[beside]
                other, stop = starts[j], clauses[keys[j], 1]
                heads = text[other] == text[start] and text[other + 1] == text[start + 1]
                if heads and text[stop - 2] == text[end - 2] and text[stop - 1] == text[end - 1]:
                    raw, n = put(raw, n, start, end, REFRAINS, -1)
                    break
    return raw, n


@compiled  # type: ignore[misc, unused-ignore]
def banners(text: Any, bits: Any, size: int, clauses: Any, count: int, raw: Any, n: int) -> Any:
    """Headings of two balanced halves, sentences of them, and what a colon or an exclamation mark sets apart."""
    if size <= 45 and count:
        raw, n = put(raw, n, clauses[0, 0], clauses[count - 1, 1], BANNERS, -1)
        length = 0
        while length < 40 and length < size and not bits[length] & STOP:
            length += 1
            if length >= 6 and length + 1 < size and text[length] == DASH and text[length + 1] == DASH:
                raw, n = put(raw, n, 0, length, BANNERS, -1)
                break
    at = i = 0
    while at < size:
        if bits[at] & STOP:
            at += 1
            continue
        end = at
        while end < size and not bits[end] & STOP:
            end += 1
        shouted = end < size and (text[end] == SHOUT or text[end] == WIDE_SHOUT)
        end += shouted
        while i < count and clauses[i, 0] < at:
            i += 1
        first = i
        while i < count and clauses[i, 0] < end:
            i += 1
        inside = i - first
        if inside:
            own = clauses[first, 1] - clauses[first, 0]
            balanced = False
            if inside == 2 or inside == 4:
                balanced = own >= 4 and abs(own - (clauses[first + 1, 1] - clauses[first + 1, 0])) <= MAX_UNEVEN
            if (balanced or shouted) and clauses[i - 1, 1] - clauses[first, 0] <= 45:
                raw, n = put(raw, n, clauses[first, 0], clauses[i - 1, 1], BANNERS, -1)
            if shouted:
                raw, n = put(raw, n, clauses[i - 1, 0], clauses[i - 1, 1], BANNERS, -1)
                if inside > 1:
                    raw, n = put(raw, n, clauses[i - 2, 0], clauses[i - 1, 1], BANNERS, -1)
        at = end
    at = 1
    while at < size:
        if text[at - 1] != COLON and text[at - 1] != WIDE_COLON:
            at += 1
            continue
        end = at
        while end < size and end - at <= 40 and not bits[end] & COLON_STOP:
            end += 1
        if 4 <= end - at <= 40 and (end == size or bits[end] & STOP):
            stop = end
            while stop > at and bits[stop - 1] & TRAILING:
                stop -= 1
            raw, n = put(raw, n, at, stop, BANNERS, -1)
            at = end
        else:
            at += 1
    return raw, n
