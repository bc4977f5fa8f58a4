"""Texts that are nearly the same: MinHash signatures, found again by locality-sensitive hashing.

Each text is the set of its character 4-grams, letters and digits alone. The share of equal places of two signatures
estimates the Jaccard similarity of their sets (Broder 1997, On the resemblance and containment of documents); bands of
equal places find the candidates (Indyk and Motwani 1998), so that time grows with the number of texts, not its square.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import shake_128

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.normalise import table
from zhengyu_corpus.patterns import pattern

#: Jaccard similarity from which two paragraphs count as one written twice, and two documents as one kept twice:
#: documents that fill one form with other names and figures are alike too, and are two.
NEAR_DUPLICATE, ONE_DOCUMENT = 0.7, 0.85
#: Places of a signature: the standard error of a similarity of 0.85 is 0.03.
PLACES = 128
#: Characters of a text that its signature is made from at most.
MOST_CHARS = 100_000
_SHINGLE = 4
#: Places of a band, all of which must be equal. Pairs at 0.7 are found almost surely by 4 of them, at 0.85 in 99.4 % of
#: the cases by 8, which are looked up in half the room: about 2 KB a text.
_NARROW, _WIDE, _WIDE_FROM = 4, 8, 0.8
#: Texts of a band that are kept: of a form that was filled in a thousand times the first ones are alike to all others,
#: and time stays in proportion to the number of texts.
_KEPT = 8
_SLICE = 4096
_NOT_WORD = pattern(r"\W+")

Signature = NDArray[np.uint32]


def bare(text: str) -> str:
    """Return the letters and digits of a text, normalised, in lower case."""
    return _NOT_WORD.sub("", text.translate(table()).lower())


def _odd_numbers(count: int) -> NDArray[np.uint64]:
    return np.frombuffer(shake_128(b"zhengyu").digest(8 * count), np.dtype("<u8")).astype(np.uint64) | np.uint64(1)


#: Factors of a gram's letters, of the mixing of its bits, and of the hash functions; alike in every process.
_LETTERS, (_MIXING,), _FACTORS = np.split(_odd_numbers(_SHINGLE + 1 + PLACES), [_SHINGLE, _SHINGLE + 1])


def signature(text: str) -> Signature:
    """Return the MinHash signature of a text.

    Returns
    -------
    ndarray of shape (128,), uint32
        For each of 128 hash functions the least value of the text's 4-grams; a shorter text is one gram.
    """
    held = bare(text)[:MOST_CHARS].encode("utf-32-le", "surrogatepass")
    letters = np.frombuffer(held, np.uint32).astype(np.uint64)
    letters = np.pad(letters, (0, max(0, _SHINGLE - len(letters))))
    count = len(letters) - _SHINGLE + 1
    grams = np.zeros(count, np.uint64)
    for place, factor in enumerate(_LETTERS):
        grams += letters[place : place + count] * factor  # wraps around at 2**64, as hashes do
    # Multiplication carries upwards alone: the upper half is folded down before each (Steele and others 2014).
    grams ^= grams >> np.uint64(32)
    grams *= _MIXING
    grams ^= grams >> np.uint64(29)
    least = np.full(PLACES, 2**32 - 1, np.uint64)
    for start in range(0, count, _SLICE):
        hashed = np.multiply.outer(_FACTORS, grams[start : start + _SLICE]) >> np.uint64(32)
        np.minimum(least, hashed.min(axis=1), out=least)
    return least.astype(np.uint32)


def read_signature(digits: str) -> Signature:
    """Return a signature from the hexadecimal digits of its bytes."""
    return np.frombuffer(bytes.fromhex(digits), np.uint32)


class NearDuplicates:
    """Signatures that were met, to look up whether one like them comes again.

    Parameters
    ----------
    threshold : float
        Least share of equal places, between 0 and 1.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._signatures: NDArray[np.uint32] = np.empty((64, PLACES), np.uint32)
        self._count = 0
        self._width = _WIDE if threshold >= _WIDE_FROM else _NARROW
        # Nearly every band has one text: the lists of those that have more stand apart.
        self._first: dict[int, int] = {}
        self._more: dict[int, list[int]] = defaultdict(list)

    def like(self, one: Signature) -> list[tuple[int, float]]:
        """Return the numbers of signatures that are like this one, in the order of `add`, and how much.

        Of many that are alike among themselves the first ones.
        """
        keys = [key for key in self._keys(one) if key in self._first]
        near = sorted({number for key in keys for number in (self._first[key], *self._more.get(key, ()))})
        shares = (self._signatures[near] == one).mean(axis=1).tolist() if near else []
        return [(number, share) for number, share in zip(near, shares, strict=True) if share >= self._threshold]

    def add(self, one: Signature) -> int:
        """Keep a signature; return its number, counted from 0."""
        number = self._count
        for key in self._keys(one):
            if self._first.setdefault(key, number) != number and len(self._more[key]) < _KEPT - 1:
                self._more[key].append(number)
        if number == len(self._signatures):
            self._signatures = np.concatenate([self._signatures, np.empty_like(self._signatures)])
        self._signatures[number] = one
        self._count += 1
        return number

    def _keys(self, one: Signature) -> list[int]:
        held, width = one.tobytes(), self._width * one.itemsize
        return [hash((start, held[start : start + width])) for start in range(0, len(held), width)]
