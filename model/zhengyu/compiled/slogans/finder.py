"""Arrow strings to slogans: what `zhengyu.slogans.finder.SloganFinder` finds, compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.compiled.dictionary import normal_codes
from zhengyu.compiled.slogans import features as kinds
from zhengyu.compiled.slogans import shapes
from zhengyu.compiled.slogans.kernel import find
from zhengyu.compiled.themes.scorer import string_buffers
from zhengyu.compiled.trie import build
from zhengyu.slogans import candidates, gates, grammars, known, view
from zhengyu.slogans.finder import Chosen, SloganFinder
from zhengyu.slogans.model import is_shape
from zhengyu.slogans.record import Slogan
from zhengyu_corpus.normalise import is_han

_PLANE = 0x10000
#: First letter of a feature of wording to its kind, and how many characters follow at most.
_WORDING = {
    "c": (kinds.CHAR, 1), "b": (kinds.PAIR, 2), "^": (kinds.FIRST, 2), "$": (kinds.LAST, 2), "l": (kinds.LEFT, 1),
    "m": (kinds.LEFT_2, 2), "r": (kinds.RIGHT, 1), "s": (kinds.RIGHT_2, 2), "L": (kinds.OUT_LEFT, 1),
    "M": (kinds.OUT_LEFT_2, 2), "R": (kinds.OUT_RIGHT, 1), "S": (kinds.OUT_RIGHT_2, 2), "f": (kinds.BEFORE, 2),
    "g": (kinds.AFTER, 2),
}  # fmt: skip
_STATES = {
    "is quoted": kinds.QUOTED, "in quotes": kinds.IN_QUOTES, "is plain": kinds.PLAIN, "in title": kinds.IN_TITLE,
    "is whole": kinds.WHOLE, "is even": kinds.EVEN, "is uneven": kinds.UNEVEN, "is known": kinds.KNOWN,
    "known and quoted": kinds.KNOWN_QUOTED, "known and plain": kinds.KNOWN_PLAIN,
}  # fmt: skip
_MARKS = "".join(sorted(candidates.MARKS))


class CompiledFinder:
    """Find the slogans of Arrow strings; safe to call from several threads at once.

    Parameters
    ----------
    finder : SloganFinder
        What to compile.
    """

    def __init__(self, finder: SloganFinder) -> None:
        self.finder = finder
        weights, entries = finder.model.weights, finder.known.entries
        row = weights.features
        names = sorted(row, key=lambda name: row[name])
        shape = np.array([is_shape(name) for name in names], dtype=bool)
        squares, totals = finder.model.squares, finder.model.totals
        by_row = np.stack([np.where(shape, -1.0, 1.0) * squares, totals], axis=1)
        by_row = np.vstack([by_row, np.zeros(2)])  # the last row is for what the model does not know
        table = np.full((1 << (2 * len(names)).bit_length(), 2), -1, dtype=np.int64)
        terms, numbers = table.view(np.float32), np.zeros(len(table), dtype=np.int32)
        keys = np.array([_key(name) for name in names], dtype=np.int64)
        kinds.fill_table(table, terms, numbers, keys, by_row)
        of_entry = [
            [row.get(name, -1) for name in (f"known {entry.type}", f"known {entry.level}", f"e{entry.normal}")]
            for entry in entries
        ]
        word_keys, word_bits = _words()
        gate_keys, gate_kinds = _gates()
        slogan_keys = sorted(finder.known.sought)
        self._arrays: tuple[Any, ...] = (
            normal_codes(), _directions(), _classes(), *_trie(word_keys), word_bits, *_trie(slogan_keys),
            np.array([finder.known.sought[key] for key in slogan_keys], dtype=np.int64), *_trie(sorted(finder.places)),
            *_trie(gate_keys), gate_kinds,
            np.array([entry.own for entry in entries], dtype=bool), table, terms,
            numbers, by_row[np.array(of_entry, dtype=np.int64).reshape(-1, 3)], weights.accept_bias,
            weights.screen, weights.threshold, shape,
            weights.idf, weights.typing, weights.typing_bias,
        )  # fmt: skip

    def find(self, texts: pa.Array, documents: Sequence[str] = ()) -> list[tuple[int, Slogan]]:
        """Return the row and the slogan of every slogan, in the order of their places.

        Parameters
        ----------
        texts : pyarrow.Array of string or large_string
            Paragraphs; null counts as empty.
        documents : sequence of str, default=()
            The document of each, ``""`` for one that stands alone. Those of one document keep company, as in
            `zhengyu.slogans.finder.SloganFinder.find_document`.
        """
        if len(texts) == 0:
            return []
        data, offsets = string_buffers(texts)
        found, chances, framed = find(data, offsets, *self._arrays)
        together = self._in_company(texts, documents, framed) if any(documents) else {}
        held: list[tuple[int, Slogan]] = []
        last, text = -1, ""
        types = self.finder.model.weights.types
        for (row, start, end, left, right, entry, kind), chance in zip(found.tolist(), chances.tolist(), strict=True):
            if row in together:
                continue
            if row != last:
                last, text = row, texts[row].as_py()
            one = Chosen(start, end, left, right, entry, types[kind] if entry < 0 else "", chance)
            held.append((row, self.finder.slogan(text, one)))
        if together:
            held += [(row, slogan) for row, slogans in together.items() for slogan in slogans]
            held.sort(key=lambda one: (one[0], one[1].start))
        return held

    def _in_company(
        self, texts: pa.Array, documents: Sequence[str], framed: NDArray[np.bool_]
    ) -> dict[int, tuple[Slogan, ...]]:
        """Return the slogans of the few rows where a frame has company in the document, by row."""
        by_document: dict[str, list[int]] = {}
        for row in np.flatnonzero(framed).tolist():
            if documents[row]:
                by_document.setdefault(documents[row], []).append(row)
        found: dict[int, tuple[Slogan, ...]] = {}
        for rows in by_document.values():
            views = {row: view.view(texts[row].as_py()) for row in rows}
            company = candidates.company_of(views.values())
            kept = [row for row in rows if any(company[frame] > 1 for frame, _ in grammars.frames(views[row]))]
            each = self.finder.find_in_company([texts[row].as_py() for row in kept], company)
            found.update(zip(kept, each, strict=True))
        return found


def _key(name: str) -> int:
    """Return the key of a feature as the kernel makes it, -1 for one that belongs to a lexicon entry."""
    kind, most = _WORDING.get(name[:1], (-1, 0))
    if kind >= 0 and len(name) <= most + 1:
        codes = [*map(ord, name[1:]), kinds.NOTHING, kinds.NOTHING]
        return kind << 42 | codes[0] << 21 | codes[1]
    if name in _STATES:
        return _packed(kinds.IS, _STATES[name])
    first, _, rest = name.partition(" ")
    if first == "by" and rest in shapes.BIT:
        return _packed(kinds.LAYER, shapes.LAYERS.index(rest))
    if first == "length":
        return _packed(kinds.LENGTH, int(rest))
    if first == "parts":
        return _packed(kinds.PARTS, int(rest))
    if first == "rhythm":
        rhythm = sum(int(length) << (6 * i) for i, length in enumerate(rest.split("-"))) if rest else 0
        return _packed(kinds.RHYTHM, rhythm >> 12, rhythm & 0xFFF)
    if first == "marks":
        return _packed(kinds.MARKS, sum(1 << _MARKS.index(mark) for mark in rest))
    if first == "numerals":
        return _packed(kinds.NUMERALS, len(rest), sum((char == "N") << i for i, char in enumerate(rest)))
    known_of = re.fullmatch(r"known of (\d+)", name)
    return _packed(kinds.KNOWN_OF, int(known_of.group(1))) if known_of else -1


def _packed(kind: int, a: int, b: int = kinds.NOTHING) -> int:
    return kind << 42 | a << 21 | b


def _classes() -> NDArray[np.int64]:
    """Return the bits of every code point of the basic plane."""
    classes = np.zeros(_PLANE, dtype=np.int64)
    han = np.array([is_han(chr(code)) for code in range(_PLANE)])
    classes[han] |= shapes.HAN | shapes.LABEL_CHAR
    for bit, chars in {
        shapes.NUMBER: grammars.NUMERALS,
        shapes.TEN: grammars.TEN,
        shapes.DIGIT: grammars.DIGITS,
        shapes.STOP: grammars.STOPS,
        shapes.TRAILING: grammars.TRAILING,
        shapes.SUM_CHAR: grammars.DIGITS + "NnXx",
        shapes.NO_PAIR: grammars.NO_PAIR,
        shapes.NO_COUNT: grammars.NO_COUNT,
        shapes.NO_GREAT: grammars.NO_GREAT,
        shapes.COLON_STOP: grammars.STOPS + "：:“”",
        shapes.RUN: "增丰冠升",
        shapes.LATE: "的之等",
        shapes.MARK: _MARKS,
        shapes.NUMERAL: "".join(candidates.NUMERALS),
        shapes.COUNTER: grammars.COUNTERS,
        shapes.SURNAME: "".join(gates.SURNAMES),
        shapes.PLACE_END: "".join(gates.PLACE_ENDINGS),
        shapes.LAST_OF_NAME: "".join(gates.PLACE_ENDINGS | {word[-1] for word in gates.ENDINGS}),
        shapes.SILENT: known.SKIPPED,
        shapes.JOINT: "".join(view.JOINTS),
        shapes.SEPARATOR: "".join(chr(code) for code in range(_PLANE) if not view.CLAUSE.match(chr(code))),
        shapes.LABEL_CHAR: "".join(chr(code) for code in range(128) if chr(code).isalnum()),
    }.items():
        classes[[ord(char) for char in chars]] |= bit
    for number, mark in enumerate(_MARKS):
        classes[ord(mark)] |= number << 24
    return classes


def _directions() -> NDArray[np.int8]:
    """Return 1 for opening quotation marks, -1 for closing ones."""
    directions = np.zeros(_PLANE, dtype=np.int8)
    directions[[ord(char) for char in view.OPENING]] = 1
    directions[[ord(char) for char in view.CLOSING]] = -1
    return directions


def _words() -> tuple[list[str], NDArray[np.int64]]:
    """Return the words that grammars and gates start from, and the bits of each."""
    lengths = {1: shapes.LEAD_1, 2: shapes.LEAD_2, 3: shapes.LEAD_3}
    epithets = {2: shapes.EPITHET_2, 3: shapes.EPITHET_3, 4: shapes.EPITHET_4}
    groups: tuple[tuple[Iterable[str], Any], ...] = (
        (grammars.LABELS, shapes.LABEL), (grammars.EPITHETS, epithets), (grammars.VOW_HEADS, shapes.HEAD),
        (grammars.VOW_TAILS, shapes.TAIL), (grammars.LEADS, lengths), (("精神",), shapes.SPIRIT),
        (("强" + char for char in grammars.POWERS), shapes.POWER),
        (("之" + char for char in grammars.JOURNEYS), shapes.JOURNEY),
        (("之" + char for char in grammars.OF), shapes.OF), (grammars.COUNTED, shapes.COUNTED),
        ((grammars.COMMUNITY,), shapes.COMMUNITY), (gates.FRAMES_AFTER, shapes.FRAME_AFTER),
        (gates.FRAMES_BEFORE, {1: shapes.FRAME_BEFORE_1, 2: shapes.FRAME_BEFORE_2}),
    )  # fmt: skip
    return _bits_of(groups)


def _gates() -> tuple[list[str], NDArray[np.int64]]:
    """Return the words that gates know, and the bits of each."""
    return _bits_of(
        (
            (gates.COLUMNS, shapes.COLUMN), (gates.ENDINGS, shapes.ENDING), (gates.CREDITS, shapes.CREDIT),
            (gates.POSTS, shapes.POST),
        )
    )  # fmt: skip


def _bits_of(groups: tuple[tuple[Iterable[str], Any], ...]) -> tuple[list[str], NDArray[np.int64]]:
    found: dict[str, int] = {}
    for words, bit in groups:
        for word in words:
            found[word] = found.get(word, 0) | (bit[len(word)] if isinstance(bit, dict) else bit)
    keys = sorted(found)
    return keys, np.array([found[key] for key in keys], dtype=np.int64)


def _trie(keys: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return a trie over ascending keys of the basic plane, and the symbols of code points."""
    flat = np.frombuffer("".join(keys).encode("utf-32-le"), dtype=np.uint32).astype(np.int32)
    starts = np.zeros(len(keys) + 1, dtype=np.int32)
    np.cumsum([len(key) for key in keys], out=starts[1:])
    alphabet = np.unique(flat)
    symbols = np.zeros(_PLANE, dtype=np.int32)
    symbols[alphabet] = np.arange(1, alphabet.size + 1)
    return build(symbols[flat], starts, alphabet.size), symbols
