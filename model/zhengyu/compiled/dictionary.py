"""jieba's dictionary and the table of characters as flat arrays, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import unicodedata
from collections import Counter
from dataclasses import dataclass, fields
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhengyu.compiled.trie import BASE, CHECK, KEY, build
from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.themes.dictionary import dictionary_file
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.cache import cache_file
from zhengyu_corpus.normalise import is_han, table

Ints = NDArray[np.int32]

#: Part of the cache's key; raise it when the arrays change their meaning.
_LAYOUT = 7
#: Largest code point, and one more.
CODES = 0x110000
#: Bits of `Dictionary.kinds`.
BLOCK, HAN, LETTER, DIGIT, ENGLISH, SPACE = 1, 2, 4, 8, 16, 32
_MARKS = "+#&._%-"


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """Everything that segmentation looks up.

    Attributes
    ----------
    nodes : ndarray of int32 of shape (n_places, 4)
        Trie over the words; the last column is the place of the word's weight. The last node is nobody's child.
    root : ndarray of int32 of shape (n_symbols, 3)
        The root's child by every symbol: its node (-2 for none), where its own children start, and the place of its
        weight.
    weights : ndarray of shape (n_frequencies + 2,)
        ``log(frequency) - log(total)``; then that of a character which is no word, and minus infinity for no word.
    characters, starts : ndarray of int32
        The words' characters, one word after the other in the order of the trie's keys, which is that of frequency, and
        where each starts.
    symbols : ndarray of int32 of shape (65536,)
        Code point to symbol of the trie; 0 for what ends a block, the last symbol for what no word has.
    normal : ndarray of int32 of shape (65536,)
        Code point to normalised code point, -1 for a dropped character; beyond the basic plane nothing changes.
    kinds : ndarray of uint8 of shape (CODES,)
        What a code point is, as bits.
    """

    nodes: Ints
    root: Ints
    weights: NDArray[np.float64]
    characters: Ints
    starts: Ints
    symbols: Ints
    normal: Ints
    kinds: NDArray[np.uint8]


def load_dictionary(tokenizer: Tokenizer) -> Dictionary:
    """Return the arrays of a tokenizer's dictionary, from the cache or built (and then cached)."""
    path = _cache_path(tokenizer)
    names = [field.name for field in fields(Dictionary)]
    found = read_arrays(path)
    if found is not None and list(found) == names:
        return Dictionary(**found)
    made = _make(tokenizer)
    if path is not None:
        keep_arrays(path, {name: getattr(made, name) for name in names})
    return made


def _cache_path(tokenizer: Tokenizer) -> Path | None:
    return cache_file("dictionary", ".arrays", *dictionary_facts(tokenizer))


def dictionary_facts(tokenizer: Tokenizer) -> tuple[object, ...]:
    """Return what the arrays of a tokenizer's dictionary are made from."""
    versions = [importlib.metadata.version(name) for name in ("jieba", "opencc")]
    words = hashlib.sha256(dictionary_file().read_bytes()).hexdigest()
    return _LAYOUT, versions, unicodedata.unidata_version, tokenizer.user_terms, words


def _make(tokenizer: Tokenizer) -> Dictionary:
    frequencies = tokenizer.segmenter.frequencies()
    kinds = _kinds()
    # A word with a character that ends a block of segmentation is never met.
    block = {chr(code) for code in np.flatnonzero(kinds & BLOCK)}
    met = [word for word, count in frequencies.items() if count and block.issuperset(word)]
    # Frequent characters get small symbols: the children of a node lie close together, and the trie stays small.
    common = Counter("".join(met)).most_common()
    symbols = np.zeros(0x10000, dtype=np.int32)
    for symbol, (char, _) in enumerate(common, 1):
        symbols[ord(char)] = symbol
    to_symbol = {ord(char): symbol for symbol, (char, _) in enumerate(common, 1)}
    kept = sorted(met, key=lambda word: word.translate(to_symbol))
    characters = np.frombuffer("".join(kept).encode("utf-32-le"), dtype=np.uint32).astype(np.int32)
    starts = np.zeros(len(kept) + 1, dtype=np.int32)
    np.cumsum([len(word) for word in kept], out=starts[1:])
    counts = np.fromiter((frequencies[word] for word in kept), dtype=np.int64, count=len(kept))
    distinct, which = np.unique(counts, return_inverse=True)
    total = log(tokenizer.segmenter.total)
    weights = np.array([*(log(count) - total for count in distinct.tolist()), log(1) - total, -np.inf])
    nodes = build(symbols[characters], starts, len(common))
    nodes[:, 3] = np.where(nodes[:, KEY] >= 0, which[nodes[:, KEY]], weights.size - 1)
    # Keys are counted anew, frequent words first: what is kept of them then lies together.
    order = np.argsort(-counts, kind="stable")
    nodes[:, KEY] = np.where(nodes[:, KEY] >= 0, np.argsort(order, kind="stable")[nodes[:, KEY]], -1)
    lengths = np.diff(starts)[order]
    within = np.arange(characters.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    characters = characters[np.repeat(starts[:-1][order], lengths) + within]
    starts[1:] = np.cumsum(lengths)
    # Characters of blocks that no word has are told from those that end a block.
    unmet = len(common) + 1
    symbols[np.flatnonzero((kinds[: symbols.size] & BLOCK != 0) & (symbols == 0))] = unmet
    root = np.zeros((unmet + 1, 3), dtype=np.int32)
    root[:, 0], root[:, 2] = -2, weights.size - 1
    root[unmet, 2] = weights.size - 2
    child = np.flatnonzero(nodes[:, CHECK] == 0)
    root[child - nodes[0, BASE]] = np.column_stack((child, nodes[child, BASE], nodes[child, 3]))
    return Dictionary(nodes, root, weights, characters, starts, symbols, normal_codes(), kinds)


def _kinds() -> NDArray[np.uint8]:
    """Return the bits of every code point, as jieba's expressions and ours have them."""
    kinds = np.zeros(CODES, dtype=np.uint8)
    for code in range(CODES):
        char = chr(code)
        if char.isdigit():
            kinds[code] |= DIGIT
        if char.isspace():
            kinds[code] |= SPACE
    kinds[0x4E00:0x9FD6] |= BLOCK
    kinds[0x3400:0xA000] |= LETTER
    for code in range(0x80):
        char = chr(code)
        if char.isalnum():
            kinds[code] |= BLOCK | ENGLISH | (LETTER if char.isalpha() else 0)
        elif char in _MARKS:
            kinds[code] |= BLOCK
    for code in range(0x3400, 0xA000):
        kinds[code] |= HAN if is_han(chr(code)) else 0
    return kinds


def normal_codes() -> Ints:
    """Return the normalised code point of every one of the basic plane, -1 for a dropped character."""
    normal = np.arange(0x10000, dtype=np.int32)
    for code, target in table().items():
        normal[code] = -1 if target is None else target
    return normal
