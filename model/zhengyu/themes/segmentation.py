"""Text to words: what ``jieba.cut(HMM=False)`` does, over a dictionary of which only what is met is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import inf, log

from zhengyu.themes.dictionary import load_dictionary

#: What jieba segments; the rest is cut into characters.
_BLOCK = re.compile(r"([\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+)")
_BLANK = re.compile(r"(\r\n|\s)")
_ENGLISH = re.compile(r"[a-zA-Z0-9]")
#: Beginnings of words that are kept, a third more than the dictionary has; when more come, all are forgotten.
_KEPT = 262_144
#: Words of one length by length, and the logarithms of their frequencies.
_Words = tuple[tuple[int, dict[str, float]], ...]


class Segmenter:
    r"""Cut text into the most probable sequence of words of jieba's dictionary.

    The probability of a word is its frequency in jieba's dictionary over the sum of all; the sequence of the highest
    product is found from the end of the text, ties go to the longer word, and a character with which no word begins
    counts as a word of frequency 1. jieba's own tokenizer, without its hidden Markov model, is the reference, which a
    test holds it to.

    Parameters
    ----------
    user_terms : iterable of str
        Terms to add to the dictionary, each with the least frequency that keeps it together on its own, as jieba's
        ``add_word`` does.

    Raises
    ------
    ZhengyuError
        jieba is not installed whole.
    """

    def __init__(self, user_terms: Iterable[str] = ()) -> None:
        self._dictionary = load_dictionary()
        self.total = self._dictionary.total
        self._own: dict[str, int] = {}
        self._own_by_beginning: dict[str, dict[str, int]] = {}
        self._own_starts: set[str] = set()
        self._known: dict[str, _Words] = {}
        for term in user_terms:
            self._add(term)

    def frequencies(self) -> dict[str, int]:
        """Return all words and their frequencies."""
        return {**self._dictionary.frequencies(), **self._own}

    def words(self, text: str) -> list[str]:
        """Cut a text; the words joined give it back."""
        found: list[str] = []
        for number, block in enumerate(_BLOCK.split(text)):
            if number % 2:
                found.extend(self._cut(block))
            else:
                for rest in _BLANK.split(block):
                    found.extend([rest] if rest == "\r\n" else rest)
        return found

    def _add(self, term: str) -> None:
        chance = 1.0
        for word in self.words(term):
            chance *= self._frequency(word) / float(self.total)
        frequency = max(int(chance * self.total) + 1, self._frequency(term))
        self._own[term] = frequency
        self.total += frequency
        self._own_by_beginning.setdefault(term[:2], {})[term] = frequency
        self._own_starts.update(term[:end] for end in range(1, len(term)))
        if len(term) == 1:
            self._known.clear()  # it is among the words of many beginnings
        else:
            self._known.pop(term[:2], None)

    def _frequency(self, word: str) -> int:
        """Return a word's frequency: 0 where words only begin so, 1 where none do."""
        known = self._own[word] if word in self._own else self._dictionary.words(word[:2]).get(word)
        if known is not None:
            return known
        return 0 if word in self._own_starts or self._dictionary.begins(word) else 1

    def _cut(self, block: str) -> Iterator[str]:
        sizes = self._sizes(block)
        at, letters = 0, 0  # single letters and digits that touch are one word
        while at < len(block):
            end = at + sizes[at]
            if sizes[at] == 1 and _ENGLISH.match(block, at):
                letters += 1
            else:
                if letters:
                    yield block[at - letters : at]
                    letters = 0
                yield block[at:end]
            at = end
        if letters:
            yield block[at - letters :]

    def _sizes(self, block: str) -> list[int]:
        """Return the length of the word that begins at each character in the best sequence from there on."""
        known, total, n = self._known, log(self.total), len(block)
        best, sizes = [0.0] * (n + 1), [1] * n
        for start in range(n - 1, -1, -1):
            beginning = block[start : start + 2]
            words = known.get(beginning)
            if words is None:
                words = self._look_up(beginning)
            top, length = -inf, 1
            for size, weights in words:
                end = start + size
                weight = weights.get(block[start:end])
                if weight is not None:
                    value = weight - total + best[end]
                    if value >= top:
                        top, length = value, size
            best[start] = top if top > -inf else best[start + 1] - total
            sizes[start] = length
        return sizes

    def _look_up(self, beginning: str) -> _Words:
        """Return the words of these first two characters, and that of the first alone, by length."""
        found: dict[int, dict[str, float]] = {}
        for start in dict.fromkeys((beginning[0], beginning)):
            words = {**self._dictionary.words(start), **self._own_by_beginning.get(start, {})}
            for word, frequency in words.items():
                if frequency:
                    found.setdefault(len(word), {})[word] = log(frequency)
        if len(self._known) >= _KEPT:
            self._known.clear()
        known = self._known[beginning] = tuple(sorted(found.items()))
        return known
