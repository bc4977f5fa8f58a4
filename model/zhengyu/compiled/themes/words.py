"""The words that scoring met, kept for those who trace scores to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zhengyu.compiled import compiled


class Words(NamedTuple):
    """The words with features that scoring met, for those who trace scores to them.

    Attributes
    ----------
    places : ndarray of int32 of shape (n_words, 6)
        First and last character in the text, first and last byte (the last ones exclusive), where the word's columns
        end, and whether it shares the last of them with the word before it.
    columns : ndarray of uint32
        Feature columns, word by word.
    firsts : ndarray of int64 of shape (n_texts + 1,)
        ``places[firsts[i]:firsts[i + 1]]`` are the words of text ``i``.
    """

    places: Any
    columns: Any
    firsts: Any


def make_words(size: int) -> Words:
    """Return room for the words of texts of so many bytes of Chinese prose, which has a word in four; it can grow."""
    return Words(np.empty((size // 4, 6), np.int32), np.empty(size // 2, np.uint32), np.zeros(1, np.int64))


@compiled
def _room_for(kept: Any, n_words: Any, n_columns: Any) -> Any:
    """Return `kept` with room for so many words and columns."""
    places, columns, firsts = kept.places, kept.columns, kept.firsts
    if n_words > places.shape[0]:
        wide = np.empty((2 * n_words, 6), np.int32)
        wide[: places.shape[0]] = places
        places = wide
    if n_columns > columns.size:
        long = np.empty(2 * n_columns, np.uint32)
        long[: columns.size] = columns
        columns = long
    return Words(places, columns, firsts)


@compiled
def keep_words(kept: Any, text: int, begin: int, room: Any, words: Any, n_words: int, columns: Any, n: int) -> Any:
    """Add the words of a text, whose first byte is `begin`, to those kept."""
    first = kept.firsts[text]
    before = int(kept.places[first - 1, 4]) if first else 0
    kept = _room_for(kept, first + n_words, before + n)
    for i in range(n_words):
        head, tail = room.source[words[i, 0]], room.source[words[i, 1] - 1]
        kept.places[first + i, 0], kept.places[first + i, 1] = head[0], tail[0] + 1
        kept.places[first + i, 2], kept.places[first + i, 3] = head[1] - begin, tail[2] - begin
        kept.places[first + i, 4], kept.places[first + i, 5] = before + words[i, 2], words[i, 3]
    kept.columns[before : before + n] = columns[:n]
    kept.firsts[text + 1] = first + n_words
    return kept
