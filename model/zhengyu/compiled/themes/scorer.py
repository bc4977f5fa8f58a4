"""Arrow strings to theme scores: what `zhengyu.themes.scorer.Scorer` computes, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.compiled.dictionary import BLOCK, CODES, DIGIT, LETTER, dictionary_facts, load_dictionary
from zhengyu.compiled.themes.kernel import BITS, FEW, LINE, Tables, hash_pairs, score, word_features
from zhengyu.compiled.themes.words import Words, make_words
from zhengyu.compiled.trie import KEY, build
from zhengyu.io.arrow import without_nulls
from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.themes.model import Model
from zhengyu.themes.tokens import BETWEEN, NUMBER, WORDS, Tokenizer, halves
from zhengyu_corpus.cache import cache_file

Floats = NDArray[np.float64]
#: Part of the name of the file of tables; raise it when they change their meaning.
_LAYOUT = 3


class CompiledScorer:
    """Score Arrow strings with a model; safe to call from several threads at once.

    Parameters
    ----------
    model : Model
        A loaded model.
    """

    def __init__(self, model: Model) -> None:
        self._spare: list[Words] = []
        path = _kept(model)
        found = read_arrays(path)
        if found is not None and tuple(found) == Tables._fields:
            self.tables = Tables(**found)
            return
        self.tables = _built(model)
        if path is not None:
            keep_arrays(path, self.tables._asdict())

    def scores(self, texts: pa.Array) -> tuple[Floats, NDArray[np.bool_]]:
        """Score texts.

        Parameters
        ----------
        texts : pyarrow.Array of string or large_string
            Null counts as empty.

        Returns
        -------
        scores : ndarray of shape (n_texts, n_themes + 1)
            Linear scores, the last column for none.
        filled : ndarray of bool of shape (n_texts,)
            Whether a text holds anything but blanks.
        """
        return self.score(texts, keep=False)[:2]

    def score(self, texts: pa.Array, *, keep: bool) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int32], Words]:
        """Score texts as `scores` does, and count their words as `zhengyu.themes.scorer.Scorer.score` does.

        Where it is asked to, it also keeps the words, for `zhengyu.compiled.themes.evidence`; `take_back` has them
        written over.
        """
        data, offsets = string_buffers(texts)
        try:
            spare = self._spare.pop() if keep else make_words(0)
        except IndexError:
            spare = make_words(int(offsets[-1] - offsets[0]))
        found: tuple[Floats, NDArray[np.bool_], NDArray[np.int32], Words] = score(
            data, offsets, self.tables, keep, spare
        )
        return found

    def take_back(self, words: Words) -> None:
        """Take words that are needed no more: later ones are kept in their place, in memory that is there already."""
        self._spare.append(words)


def _kept(model: Model) -> Path | None:
    """Return where the tables of a model are kept, by all that they are made from."""
    names = model.vocabulary
    digest = sha256("".join(names).encode("utf-8", "surrogatepass"))
    lengths, columns = (np.fromiter(held, np.int64, len(names)) for held in (map(len, names), names.values()))
    for part in (lengths, columns, model.coef.T, model.idf, model.intercept):
        digest.update(np.ascontiguousarray(part).data)
    facts = (_LAYOUT, dictionary_facts(Tokenizer(model.user_terms)), model.feature_set, str(model.coef.dtype))
    return cache_file("tables", ".arrays", *facts, digest.hexdigest())


def _built(model: Model) -> Tables:
    found = load_dictionary(Tokenizer(model.user_terms))
    kinds = found.kinds
    # What is met often lies together: frequent features first, as the dictionary has frequent words first; pairs
    # come behind all others, and so do grams of characters.
    of_pair = np.zeros(model.idf.size, dtype=bool)
    of_pair[[column for feature, column in model.vocabulary.items() if BETWEEN in feature]] = True
    order = np.lexsort((model.idf, of_pair))
    rank = np.argsort(order, kind="stable").tolist()
    every = {feature: rank[column] for feature, column in model.vocabulary.items()}
    vocabulary = {feature: column for feature, column in every.items() if BETWEEN not in feature}
    usable = sorted(f for f in vocabulary if f and all(kinds[ord(char)] & BLOCK for char in f))
    flat = np.frombuffer("".join(usable).encode("utf-32-le"), dtype=np.uint32).astype(np.int32)
    starts = np.zeros(len(usable) + 1, dtype=np.int32)
    np.cumsum([len(feature) for feature in usable], out=starts[1:])
    alphabet = np.unique(flat)
    symbols = np.zeros(0x10000, dtype=np.int32)
    symbols[alphabet] = np.arange(1, alphabet.size + 1)
    nodes = build(symbols[flat], starts, alphabet.size)
    column = np.array([vocabulary[feature] for feature in usable], dtype=np.int32)
    number = vocabulary.get(NUMBER, -1)
    inside = model.feature_set == WORDS
    features, places = word_features(found.characters, found.starts, kinds, nodes, symbols, column, number, inside)
    by_key = np.append(column, [vocabulary.get(NUMBER, -2), -2]).astype(np.int32)
    features, single, own_places = _alone(features, _single(vocabulary, kinds), by_key)
    width = -(-model.intercept.size // LINE) * LINE
    # Saved weights are single precision: kept so where nothing is lost, they take half the cache.
    exact = np.array_equal(model.coef.astype(np.float32), model.coef)
    coef = np.zeros((model.idf.size, width), dtype=np.float32 if exact else np.float64)
    coef[:, : model.intercept.size] = model.coef.T[order]
    words = found.nodes.copy()
    words[:, KEY] = np.where(words[:, KEY] >= 0, places[words[:, KEY]], -1)
    # Indices without a sign save the loops a question at each.
    return Tables(
        words.view(np.uint32), found.root.view(np.uint32), found.weights, found.symbols.view(np.uint32),
        found.normal, kinds, features.view(np.uint32), single,
        np.full(1, -1, np.int32) if inside else _characters(every), nodes, symbols, own_places,
        hash_pairs(*_pairs(every)), model.idf[order], coef, np.ascontiguousarray(model.intercept),
    )  # fmt: skip


def string_buffers(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of an Arrow array of strings, and where each string starts in them; null counts as empty."""
    texts = without_nulls(texts)
    wide = pa.types.is_large_string(texts.type)
    buffers = texts.buffers()
    data, offsets = np.zeros(1, dtype=np.uint8), np.zeros(len(texts) + 1, dtype=np.int64)
    if len(texts) and buffers[1] is not None:
        held = np.frombuffer(buffers[1], dtype=np.int64 if wide else np.int32)
        offsets = held[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
        if buffers[2] is not None:
            data = np.frombuffer(buffers[2], dtype=np.uint8)
    # Some buffers may be written to and some not: as one type of array, loops are compiled once for both.
    data.flags.writeable = False
    return data, offsets


def _pairs(vocabulary: Mapping[str, int]) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the columns of the first words or characters of pairs, of their second ones, and of the pairs."""
    rows = np.array(
        sorted(
            (column, *(vocabulary[half] for half in halves(feature)))
            for feature, column in vocabulary.items()
            if halves(feature)
        ),
        dtype=np.uint32,
    ).reshape(-1, 3)
    return rows[:, 1].copy(), rows[:, 2].copy(), rows[:, 0].copy()


def _characters(vocabulary: Mapping[str, int]) -> NDArray[np.int32]:
    """Return the column of every character's gram, -1 for none."""
    found = np.full(CODES, -1, dtype=np.int32)
    for feature, column in vocabulary.items():
        if len(feature) == 2 and feature[0] == BETWEEN:
            found[ord(feature[1])] = column
    for code in range(ord("a"), ord("z") + 1):
        found[ord(chr(code).upper())] = found[code]
    return found


def _alone(features: NDArray[np.int32], *columns: NDArray[np.int32]) -> tuple[NDArray[Any], ...]:
    """Add words of one column, or of none, to `Tables.features`, where those of the dictionary stand already.

    Parameters
    ----------
    features : ndarray of int32
        As `word_features` returns them.
    columns : ndarray of int32
        The only columns that words have, -1 for one that carries no features, -2 for an unknown one.

    Returns
    -------
    tuple of ndarray
        The features with these words behind, and for each of `columns` the places of its words.
    """
    every = np.unique(np.concatenate(columns))
    known = every >= 0
    lengths = 2 + known
    heads = np.cumsum(lengths) - lengths
    added = np.zeros(int(lengths.sum()) + FEW, dtype=np.int32)
    added[heads], added[heads[known] + 1], added[heads[known] + 2] = every, 1, every[known]
    places = (((heads + features.size - FEW) << BITS) + known).astype(np.uint32)
    return np.concatenate([features[:-FEW], added]), *(places[np.searchsorted(every, held)] for held in columns)


def _single(vocabulary: Mapping[str, int], kinds: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the column of every character that is a word by itself, -1 where it carries no features, -2 unknown."""
    single = np.full(CODES, -1, dtype=np.int32)
    single[((kinds & DIGIT) != 0) & ((kinds & LETTER) == 0)] = vocabulary.get(NUMBER, -2)
    single[(kinds & LETTER) != 0] = -2
    for feature, column in vocabulary.items():
        if len(feature) == 1 and kinds[ord(feature)] & LETTER:
            single[ord(feature)] = column
    return single
