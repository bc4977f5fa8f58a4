"""A paragraph as slogans are looked for in it: normalised, with the direction of its quotation marks kept."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from zhengyu_corpus.normalise import Normalised, normalise

OPENING = "“「『〝﹁﹃"
CLOSING = "”」』〞﹂﹄"
#: Single marks; a straight one is an apostrophe and has no direction.
OPENING_ONE, CLOSING_ONE = "‘", "’"
#: A clause is what stands between marks.
CLAUSE = re.compile(r"[^，、；：。！？!?;,:“”\"（）()《》〈〉\[\]【】\s…—|]+")
#: What parts the clauses of one sentence; anything else ends the sentence for our purposes.
JOINTS = frozenset("，、；,; ")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its place in the view."""

    start: int
    end: int

    def __len__(self) -> int:
        """Return the length in characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class View:
    """A paragraph ready for candidates.

    Attributes
    ----------
    text : str
        Normalised text in which “ and ”, ‘ and ’ open and close.
    normalised : Normalised
        Leads back to the source.
    clauses : tuple of Clause
        In order.
    joints : tuple of str
        ``joints[i]`` is what stands between clause ``i`` and the next when it joins them (，、；or a blank), ``""``
        when the sentence ends there or a quotation mark or bracket parts them.
    in_quotes, in_title : tuple of bool
        For every character whether “ or 《 was opened before it and not closed.
    """

    text: str
    normalised: Normalised
    clauses: tuple[Clause, ...]
    joints: tuple[str, ...]
    in_quotes: tuple[bool, ...]
    in_title: tuple[bool, ...]


def view(source: str) -> View:
    """Look at a paragraph.

    Examples
    --------
    >>> view("「兩山」理论").text
    '“两山”理论'
    """
    found = normalise(source)
    text = found.text
    if '"' in text or "'" in text:
        text = _directed(source, found)
    clauses = tuple(Clause(match.start(), match.end()) for match in CLAUSE.finditer(text))
    joints: list[str] = []
    for left, right in itertools.pairwise(clauses):
        between = text[left.end : right.start]
        joints.append(between if len(between) == 1 and between in JOINTS else "")
    return View(text, found, clauses, (*joints, ""), _inside(text, "“", "”"), _inside(text, "《", "》"))


def _inside(text: str, opening: str, closing: str) -> tuple[bool, ...]:
    if opening not in text:
        return (False,) * len(text)
    found, inside = [], False
    for char in text:
        found.append(inside)
        inside = char == opening or (inside and char != closing)
    return tuple(found)


def _directed(source: str, found: Normalised) -> str:
    chars = list(found.text)
    opened = False
    for place, char in enumerate(chars):
        if char not in "\"'":
            continue
        mark = source[found.starts[place] if found.starts is not None else place]
        if char == "'":
            if mark in OPENING_ONE + CLOSING_ONE:
                chars[place] = mark
            continue
        opens = mark in OPENING or (mark not in CLOSING and not opened)
        chars[place] = "“" if opens else "”"
        opened = opens
    return "".join(chars)
