"""Arrow strings to slogans: what `zhengyu.slogans.finder.SloganFinder` finds, compiled."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import unidata_version

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhengyu.compiled import code_state
from zhengyu.compiled.dictionary import normal_codes
from zhengyu.compiled.slogans import features as kinds
from zhengyu.compiled.slogans import gates
from zhengyu.compiled.slogans.grammars import BIT, LAYERS, MARKS, PLANE, characters, words
from zhengyu.compiled.slogans.kernel import Tables, beginnings, find
from zhengyu.compiled.slogans.view import directions, view_text
from zhengyu.compiled.themes.scorer import string_buffers
from zhengyu.compiled.trie import KEY, build
from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.slogans.candidates import CUES, company_of
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.gloss import may_be_spelled_out, members
from zhengyu.slogans.grammars import GRAMMARS, frames, type_by_shape
from zhengyu.slogans.record import FIELDS, Slogan
from zhengyu.slogans.view import view
from zhengyu_corpus.cache import cache_file

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
    "is alike ahead": kinds.ALIKE_AHEAD, "is alike behind": kinds.ALIKE_BEHIND, "is without de": kinds.WITHOUT_DE,
    "is with digits": kinds.WITH_DIGITS, "is without digits": kinds.WITHOUT_DIGITS,
}  # fmt: skip
#: First words of features that tell one or two numbers behind them.
_NUMBERED = {
    "known of ": kinds.KNOWN_OF, "is alike ": kinds.ALIKE, "is even ": kinds.EVEN_OF, "in prose ": kinds.KNOWN_AROUND,
    "in size ": kinds.SIZE, "in quotation ": kinds.QUOTATIONS,
}  # fmt: skip
#: First words of features that tell whether something is so on the left and on the right.
_SIDES = {"is bound ": kinds.BOUND, "is sentence ": kinds.SENTENCE}


class CompiledFinder:
    """Find the slogans of Arrow strings; safe to call from several threads at once.

    Parameters
    ----------
    finder : SloganFinder
        What to compile.
    """

    def __init__(self, finder: SloganFinder) -> None:
        self.finder = finder
        weights = finder.model.weights
        path = _kept(finder)
        found = read_arrays(path)
        if found is not None and tuple(found) == Tables._fields:
            self._tables = Tables(**found)
        else:
            self._tables = _built(finder)
            if path is not None:
                keep_arrays(path, self._tables._asdict())
        self._terms = self._tables.table.view(np.float32)
        self._levels = weights.accept_bias, weights.screen, weights.threshold
        #: Layers whose type the model has not learnt.
        self._telling = sum(
            BIT[name] for name, one in GRAMMARS.items() if one.type and one.type not in weights.types
        )  # fmt: skip

    def find(self, texts: pa.Array, documents: Sequence[str] = ()) -> Iterator[tuple[int, Slogan]]:
        """Yield the row and the slogan of every slogan, in the order of their places; see `columns`."""
        rows, columns = self.columns(texts, documents)
        for row, *fields in zip(rows, *columns, strict=True):
            yield row, Slogan(*fields)

    def columns(self, texts: pa.Array, documents: Sequence[str] = ()) -> tuple[list[int], list[list[Any]]]:
        """Return the row of every slogan, in the order of their places, and a list for each of their `FIELDS`.

        By columns it takes a third of the time that it takes to make a `Slogan` of each.

        Parameters
        ----------
        texts : pyarrow.Array of string or large_string
            Paragraphs; null counts as empty.
        documents : sequence of str, default=()
            The document of each, ``""`` for one that stands alone. Those of one document keep company, as in
            `zhengyu.slogans.finder.SloganFinder.find_document`.
        """
        if len(texts) == 0:
            return [], [[] for _ in FIELDS]
        data, offsets = string_buffers(texts)
        found, chances, framed = find(data, offsets, self._tables, self._terms, *self._levels)
        together = self._in_company(texts, documents, framed) if any(documents) else {}
        if together:
            alone = ~np.isin(found[:, 0], list(together))
            found, chances = found[alone], chances[alone]
        rows, starts, ends, lefts, rights, entries, numbers, layers = (
            found[:, column].tolist() for column in range(found.shape[1])
        )
        # A text of many slogans is held once, not once for each of them.
        of_row, place = np.unique(found[:, 0], return_inverse=True)
        begins, stops = offsets[of_row].tolist(), offsets[of_row + 1].tolist()
        held_bytes = data.data
        each = [str(held_bytes[begin:stop], "utf-8") for begin, stop in zip(begins, stops, strict=True)]
        held = [each[i] for i in place.tolist()]
        surfaces = [text[start:end] for text, start, end in zip(held, starts, ends, strict=True)]
        told = [self.finder.told_before(*one) for one in zip(surfaces, entries, strict=True)]
        normals, types, themes, known = ([one[i] for one in told] for i in range(4))
        for i, is_known in enumerate(known):
            if not is_known:
                types[i] = self._type(numbers[i], layers[i])
        spelled_out: list[tuple[str, ...]] = [()] * len(rows)
        viewed, seen = -1, ""  # slogans of a row come one after another: its view is made once
        for i, kind in enumerate(types):
            if kind == "numeric" and may_be_spelled_out(held[i], starts[i], ends[i]):
                if rows[i] != viewed:
                    viewed, seen = rows[i], view_text(held[i], self._tables.normal, self._tables.directions)
                spelled_out[i] = members(seen, lefts[i], rights[i])
        columns = [starts, ends, surfaces, normals, types, themes, known, chances.tolist(), spelled_out]
        for row, slogans in together.items():
            rows += [row] * len(slogans)
            for column, name in zip(columns, FIELDS, strict=True):
                column += [getattr(slogan, name) for slogan in slogans]
        if together:
            order = np.argsort(rows, kind="stable").tolist()
            rows, columns = [rows[i] for i in order], [[column[i] for i in order] for column in columns]
        return rows, columns

    def _type(self, kind: int, layers: int) -> str:
        """Return the type of a new slogan of the model's most probable type and these layers."""
        learnt = self.finder.model.weights.types
        told = layers & self._telling and type_by_shape([name for name in GRAMMARS if layers & BIT[name]], learnt)
        return told or learnt[kind]

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
            views = {row: view(texts[row].as_py()) for row in rows}
            company = company_of(views.values())
            kept = [row for row in rows if any(company[frame] > 1 for frame, _ in frames(views[row]))]
            each = self.finder.find_in_company([texts[row].as_py() for row in kept], company)
            found.update(zip(kept, each, strict=True))
        return found


def _kept(finder: SloganFinder) -> Path | None:
    """Return where the tables of a finder are kept, by all that they are made from."""
    weights, known = finder.model.weights, finder.known
    rows = np.fromiter(weights.features.values(), np.int64, len(weights.features))
    digest = sha256()
    for part in (rows, weights.idf, weights.accept, weights.typing, weights.typing_bias):
        digest.update(np.ascontiguousarray(part).data)
    for names in (weights.features, sorted(finder.places)):
        digest.update(np.fromiter(map(len, names), np.int64, len(names)).data)
        digest.update("".join(names).encode("utf-8", "surrogatepass"))
    versions = importlib.metadata.version("opencc"), unidata_version
    facts = versions, known.digest, digest.hexdigest()
    return cache_file("slogan-tables", ".arrays", code_state("slogans", "themes"), *facts)


def _built(finder: SloganFinder) -> Tables:
    weights, entries = finder.model.weights, finder.known.entries
    row = weights.features
    names = sorted(row, key=lambda name: row[name])
    shape = finder.model.shapes
    squares, totals = finder.model.squares, finder.model.totals
    by_row = np.stack([np.where(shape, -1.0, 1.0) * squares, totals], axis=1)
    by_row = np.vstack([by_row, np.zeros(2)])  # the last row is for what the model does not know
    keys = np.array([_key(name) for name in names], dtype=np.int64)
    terms = np.column_stack([squares, totals])
    table, numbers = _table(keys, np.flatnonzero((keys >= 0) & ~shape), terms)
    of_entry = [
        [row.get(name, -1) for name in (f"known {entry.type}", f"known {entry.level}", f"e{entry.normal}")]
        for entry in entries
    ]
    word_keys, word_bits = words()
    gate_keys, gate_kinds = gates.words()
    slogan_keys = sorted(finder.known.sought)
    places = sorted(finder.places)
    symbols, classes = _symbols(characters(), slogan_keys, word_keys, gate_keys, places)
    return Tables(
        normal_codes(), directions(), symbols, classes,
        _trie(word_keys, symbols, classes.size), word_bits,
        _trie(slogan_keys, symbols, classes.size),
        np.array([finder.known.sought[key] for key in slogan_keys], np.int64),
        beginnings(_beginnings([*word_keys, *slogan_keys], symbols)),
        _trie(places, symbols, classes.size), _trie(gate_keys, symbols, classes.size), gate_kinds,
        np.array([entry.own for entry in entries], dtype=bool),
        *_shapes(keys, np.flatnonzero((keys >= 0) & shape), terms), table, numbers,
        by_row[np.array(of_entry, dtype=np.int64).reshape(-1, 3)],
        np.column_stack([weights.idf**2, weights.idf[:, None] * weights.typing]),
        np.ascontiguousarray(weights.typing_bias),
    )  # fmt: skip


def _table(
    keys: NDArray[np.int64], rows: NDArray[np.int64], terms: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the features of some rows as a hash table, and the number of the feature of each slot."""
    table = np.zeros((1 << (2 * len(rows)).bit_length(), 2), dtype=np.int64)
    table[:, 0] = -1
    numbers = np.zeros(len(table), dtype=np.int32)
    kinds.fill_table(table, table.view(np.float32), numbers, keys, rows, terms)
    return table, numbers


def _shapes(
    keys: NDArray[np.int64], rows: NDArray[np.int64], terms: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int32]]:
    """Return the features of shape as `Tables` has them: keys, terms and numbers; see `kinds.FEW`."""
    few = {row: place for row in rows.tolist() if (place := _place(int(keys[row]))) is not None}
    hashed = [row for row in rows.tolist() if row not in few]
    slots = np.full((1 << (2 * len(hashed)).bit_length(), 1), -1, dtype=np.int64)
    for row in hashed:
        at = int(kinds.slot(slots, keys[row]))
        slots[at], few[row] = keys[row], kinds.N_FEW + at
    by_place = np.zeros((kinds.N_FEW + len(slots), 2), dtype=np.float32)
    numbers = np.full(len(by_place), -1, dtype=np.int32)
    for row, place in few.items():
        by_place[place], numbers[place] = terms[row], row
    return slots, by_place, numbers


def _place(key: int) -> int | None:
    """Return the place of a feature of few, None for one that is hashed."""
    kind, first, second = key >> 42, key >> 21 & kinds.NOTHING, key & kinds.NOTHING
    if kind not in kinds.FEW:
        return None
    firsts, each = kinds.FEW[kind]
    second = second if each > 1 else 0
    if first >= firsts or second >= each:  # a model on disk may know what is no longer asked for
        return None
    return kinds.PLACE_OF[kind] + first * each + second


def _key(name: str) -> int:
    """Return the key of a feature as the kernel makes it, -1 for one that belongs to a lexicon entry."""
    kind, most = _WORDING.get(name[:1], (-1, 0))
    if kind >= 0 and len(name) <= most + 1:
        codes = [*map(ord, name[1:]), kinds.NOTHING, kinds.NOTHING]
        return kind << 42 | codes[0] << 21 | codes[1]
    if name in _STATES:
        return _packed(kinds.IS, _STATES[name])
    first, _, rest = name.partition(" ")
    if first == "by" and rest in BIT:
        return _packed(kinds.LAYER, LAYERS.index(rest))
    if first == "length":
        return _packed(kinds.LENGTH, int(rest))
    if first == "parts":
        return _packed(kinds.PARTS, int(rest))
    if first == "rhythm":
        rhythm = sum(int(length) << (6 * i) for i, length in enumerate(rest.split("-"))) if rest else 0
        return _packed(kinds.RHYTHM, rhythm >> 12, rhythm & 0xFFF)
    if first == "marks":
        return _packed(kinds.MARKS, sum(1 << MARKS.index(mark) for mark in rest))
    if first == "numerals":
        return _packed(kinds.NUMERALS, len(rest), sum((char == "N") << i for i, char in enumerate(rest)))
    cue = name.removeprefix("in cue ")
    if cue != name and cue in CUES:
        return _packed(kinds.CUE_AROUND, CUES.index(cue))
    for begin, kind in _NUMBERED.items():
        if name.startswith(begin):
            return _packed(kind, *map(int, name.removeprefix(begin).split(" of ")))
    for begin, kind in _SIDES.items():
        if name.startswith(begin):
            return _packed(kind, int(name.removeprefix(begin), 2))
    return -1


def _packed(kind: int, a: int, b: int = kinds.NOTHING) -> int:
    return kind << 42 | a << 21 | b


def _symbols(by_code: NDArray[np.int64], *of_tries: Sequence[str]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return the symbols of code points and the classes of symbols, as `Tables` has them.

    The characters that the first trie has most often come first: children of its nodes then lie close together.
    """
    classes = [0]
    known = dict.fromkeys(char for char, _ in Counter("".join(of_tries[0])).most_common())
    known.update(dict.fromkeys(sorted(set().union(*map("".join, of_tries)))))
    symbols = np.zeros(max(PLANE, *(ord(char) + 1 for char in known)), dtype=np.uint16)
    for char in known:
        symbols[ord(char)] = len(classes)
        classes.append(int(by_code[ord(char)]) if ord(char) < PLANE else 0)
    others = np.flatnonzero(symbols[:PLANE] == 0)
    shared, which = np.unique(by_code[others], return_inverse=True)
    symbols[others] = len(classes) + which
    return symbols, np.array([*classes, *shared.tolist()], dtype=np.int64)


def _beginnings(keys: Sequence[str], symbols: NDArray[np.uint16]) -> NDArray[np.int32]:
    """Return the first three symbols of each key, 0 in the place of the third where it has two."""
    codes = {(ord(key[0]), ord(key[1]), ord(key[2]) if len(key) > 2 else -1) for key in keys if len(key) > 1}
    held = np.array(sorted(codes), np.int32).reshape(-1, 3)
    return np.where(held < 0, 0, symbols[held]).astype(np.int32)


def _trie(keys: Sequence[str], symbols: NDArray[np.uint16], n_symbols: int) -> NDArray[np.int32]:
    """Return a trie over the symbols of keys."""
    of_keys = [symbols[list(map(ord, key))].tolist() for key in keys]
    order = sorted(range(len(keys)), key=of_keys.__getitem__)
    starts = np.zeros(len(keys) + 1, dtype=np.int32)
    np.cumsum([len(of_keys[number]) for number in order], out=starts[1:])
    flat = np.array([symbol for number in order for symbol in of_keys[number]], dtype=np.int32)
    nodes = build(flat, starts, n_symbols)
    ends = nodes[:, KEY] >= 0
    nodes[ends, KEY] = np.array(order, dtype=np.int32)[nodes[ends, KEY]]
    return nodes
