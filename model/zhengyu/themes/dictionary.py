"""jieba's dictionary: words and frequencies, looked up in a file of the cache folder without reading it whole."""

from __future__ import annotations

import importlib.util
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zhengyu_corpus.cache import cache_file, keep
from zhengyu_corpus.errors import ZhengyuError

#: Part of the cache file's name; raise it when the file changes its meaning.
_LAYOUT = 1
#: Bits of a code point.
_BITS = 21
#: Key of the metadata that hold the sum of frequencies.
_TOTAL = b"total"


class Dictionary:
    """Words and their frequencies, found by their first two characters.

    Parameters
    ----------
    table : pyarrow.Table
        One row for each beginning of words, ascending by ``beginning``, the two code points as one integer (the second
        is 0 for a word of one character); ``words`` holds ``<word> <frequency>``, one a line. The metadata hold the
        sum of all frequencies as ``total``.

    Attributes
    ----------
    total : int
        Sum of all frequencies, those of words that the source names twice counted twice, as jieba does.
    """

    def __init__(self, table: pa.Table) -> None:
        self.total = int(table.schema.metadata[_TOTAL])
        # A memoryview gives Python integers, whose comparison is faster than that of numpy's; pyarrow's own way to
        # numpy imports pandas.
        self._beginnings: Any = memoryview(table["beginning"].combine_chunks().buffers()[1]).cast("q")
        self._words = table["words"].combine_chunks()

    def words(self, beginning: str) -> dict[str, int]:
        """Return the words, and their frequencies, with these first two characters; or that of this one character."""
        code = _code(beginning)
        row = bisect_left(self._beginnings, code)
        if row == len(self._beginnings) or self._beginnings[row] != code:
            return {}
        return dict(_entries(self._words[row].as_py()))

    def begins(self, start: str) -> bool:
        """Tell whether a longer word than `start` begins with it."""
        if len(start) > 1:
            return any(word.startswith(start) and word != start for word in self.words(start[:2]))
        row = bisect_left(self._beginnings, _code(start) + 1)
        return row < len(self._beginnings) and self._beginnings[row] >> _BITS == ord(start)

    def frequencies(self) -> dict[str, int]:
        """Return all words and their frequencies."""
        return dict(entry for words in self._words.to_pylist() for entry in _entries(words))


@lru_cache(maxsize=1)
def load_dictionary() -> Dictionary:
    """Return jieba's dictionary, from the cache or read from its source (and then cached); once a process.

    Raises
    ------
    ZhengyuError
        jieba is not installed whole.
    """
    source = dictionary_file()
    path = _cache_path(source)
    if path is not None and path.is_file():
        try:
            return Dictionary(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            path.unlink(missing_ok=True)  # cut or altered: made again below
    table = _index(source)
    if path is not None:
        keep(path, [_packed(table)])
    return Dictionary(table)


def dictionary_file() -> Path:
    """Return jieba's ``dict.txt``, found without importing jieba.

    Raises
    ------
    ZhengyuError
        It is not there.
    """
    found = importlib.util.find_spec("jieba")
    path = Path(found.origin).parent / "dict.txt" if found is not None and found.origin is not None else None
    if path is None or not path.is_file():
        raise ZhengyuError("the dictionary of jieba is missing; install it again: pip install --force-reinstall jieba")
    return path


def _cache_path(source: Path) -> Path | None:
    facts = source.stat()
    return cache_file("words", ".arrow", _LAYOUT, str(source.resolve()), facts.st_size, facts.st_mtime_ns)


def _packed(table: pa.Table) -> memoryview:
    out = pa.BufferOutputStream()
    with pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table)
    return memoryview(out.getvalue())


def _index(source: Path) -> pa.Table:
    total = 0
    words: dict[str, int] = {}
    for line in source.read_text("utf-8").splitlines():
        word, frequency = line.split(" ")[:2]
        words[word] = int(frequency)
        total += words[word]
    held: dict[int, list[str]] = {}
    for word, count in words.items():
        held.setdefault(_code(word[:2]), []).append(f"{word} {count}")
    codes = sorted(held)
    columns = [pa.array(np.array(codes, dtype=np.int64)), pa.array(["\n".join(held[code]) for code in codes])]
    return pa.table(columns, names=["beginning", "words"]).replace_schema_metadata({_TOTAL: str(total)})


def _code(beginning: str) -> int:
    return ord(beginning[0]) << _BITS | (ord(beginning[1]) if len(beginning) > 1 else 0)


def _entries(lines: str) -> Iterator[tuple[str, int]]:
    for line in lines.split("\n"):
        word, _, frequency = line.rpartition(" ")
        yield word, int(frequency)
