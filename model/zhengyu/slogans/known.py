"""Layer one: every known slogan in a paragraph, by one pass of an automaton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind

from zhengyu.slogans.view import View
from zhengyu_corpus.lexicon import KnownSlogan, slogan_key

SKIPPED = "“”\"'‘’ "


class KnownSlogans:
    """The lexicon as an automaton over keys, so that quotation marks and blanks inside a slogan do not hide it.

    Parameters
    ----------
    entries : sequence of KnownSlogan
        The lexicon.
    """

    def __init__(self, entries: Sequence[KnownSlogan]) -> None:
        self.entries = tuple(entries)
        self.by_key: dict[str, int] = {}
        for number, entry in enumerate(self.entries):
            for key in entry.all_keys():
                self.by_key.setdefault(key, number)
        self._keys = tuple(self.by_key)
        self._numbers = tuple(self.by_key.values())
        self._automaton = AhoCorasick(self._keys, matchkind=MatchKind.Standard) if self._keys else None

    def find(self, text: str) -> int | None:
        """Return the number of the entry that a wording belongs to, None when it is new."""
        return self.by_key.get(slogan_key(text))

    def spans(self, seen: View) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and entry number of every known slogan in a view; shorter ones inside longer ones too."""
        if self._automaton is None:
            return
        text, places = seen.text, None
        if any(char in text for char in SKIPPED):
            places = [place for place, char in enumerate(text) if char not in SKIPPED]
            text = "".join([text[place] for place in places])
        text = text.replace("，", "、").replace(",", "、")  # as in a key
        for pattern, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if places is not None:
                start, end = places[start], places[end - 1] + 1
                # A span takes in a mark of quotation only with its partner.
                inside = seen.text[start:end]
                if inside.count("“") != inside.count("”"):
                    if start and seen.text[start - 1] == "“":
                        start -= 1
                    elif end < len(seen.text) and seen.text[end] == "”":
                        end += 1
                    else:
                        continue
            yield start, end, self._numbers[pattern]
