"""Records that the labelling formats share: a task, its marked spans, and errors with their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zhengyu.io.columns import INCLUSION, STRATUM, TAGS
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import ThemeSet

#: Fields of a record that travel with its text and come back unchanged.
CARRIED = ("id", "doc", "genre", "level", "era")
#: Fields of a drawn sample that travel too, where a record has them: how it was drawn, and the model's tags if shown.
SAMPLED = (INCLUSION, STRATUM, TAGS)
#: The word for a paragraph that a coder has read and found without a theme.
NONE = "none"


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A slogan marked by a coder: character offsets in the text, and its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Task:
    """A paragraph on its way to a coder or back.

    Attributes
    ----------
    text : str
        The paragraph.
    carried : dict of str to str
        Its `CARRIED` and `SAMPLED` fields; ``id`` is always there.
    themes : tuple of str or None
        Theme ids; empty for none, None where nobody has coded it.
    maybe : tuple of str
        Themes on which coders could differ.
    slogans : tuple of MarkedSpan
        Slogans, as often as they are marked.
    coder : str
        Who coded it, ``""`` where the tool does not say.
    """

    text: str
    carried: dict[str, str]
    themes: tuple[str, ...] | None = None
    maybe: tuple[str, ...] = ()
    slogans: tuple[MarkedSpan, ...] = ()
    coder: str = ""

    @property
    def id(self) -> str:
        """The paragraph's id."""
        return self.carried["id"]


def carried_fields(tasks: Sequence[Task]) -> tuple[str, ...]:
    """Return the fields that a file of tasks needs: every one of `CARRIED`, and of `SAMPLED` those that occur."""
    return (*CARRIED, *(name for name in SAMPLED if any(name in task.carried for task in tasks)))


@dataclass(frozen=True, slots=True)
class Reader:
    """What a format's reader needs: where it reads, and how names become labels, with the place in every error.

    Attributes
    ----------
    where : str
        The file.
    themes : ThemeSet
        The code list.
    offsets : {'auto', 'characters', 'utf-16'}
        How tools of the web counted their offsets; see `tool_spans`.
    notes : list of str
        What the user should know of the reading.
    """

    where: str
    themes: ThemeSet
    offsets: str = "auto"
    notes: list[str] = field(default_factory=list)

    def wrong(self, place: str, what: str, remedy: str) -> ZhengyuError:
        """Return the error for one place in the file."""
        return ZhengyuError(f"{self.where}: {place}: {what} — {remedy}; nothing was imported")

    def theme_ids(self, names: object, place: str) -> tuple[str, ...]:
        """Return theme ids for names of any language, ``none`` left out.

        Raises
        ------
        ZhengyuError
            A name is unknown or stands twice.
        """
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self.wrong(place, f"expected a list of themes, got {names!r}", "export it anew")
        found: list[str] = []
        for name in names:
            if name.strip().lower() in (NONE, "无"):
                continue
            theme = self.themes.find(name)
            if theme is None:
                raise self.wrong(place, f"unknown theme {name!r}", self.themes.hint(name))
            if theme in found:
                raise self.wrong(place, f"theme {theme!r} stands twice", "leave it once")
            found.append(theme)
        if found and len(found) != len(names):
            raise self.wrong(place, f"none stands beside {', '.join(found)}", "leave one of the two")
        return tuple(found)

    def span(self, start: object, end: object, kind: object, text: str, place: str) -> MarkedSpan:
        """Return a marked slogan.

        Raises
        ------
        ZhengyuError
            The offsets do not lie in the text, or the type is unknown.
        """
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            raise self.wrong(place, f"a slogan from {start!r:.40} to {end!r:.40} in a text of {len(text)}",
                             "mark it anew")  # fmt: skip
        if not isinstance(kind, str) or kind not in SLOGAN_TYPES:
            raise self.wrong(
                place, f"unknown slogan type {kind!r:.80}", f"expected one of {', '.join(SLOGAN_TYPES)}"
            )  # fmt: skip
        return MarkedSpan(start, end, kind)

    def marks(self, marks: object, text: str, place: str) -> tuple[MarkedSpan, ...]:
        """Return the slogans of a labelled row: a list of objects with text and type, and a start where one is told.

        Raises
        ------
        ZhengyuError
            They are no such list, or do not stand in the text.
        """
        if not isinstance(marks, list) or not all(
            isinstance(mark, dict) and isinstance(mark.get("text"), str) for mark in marks
        ):
            raise self.wrong(
                place, f"expected a list of slogans with text and type, got {marks!r:.80}", "write them so"
            )  # fmt: skip
        spans: list[MarkedSpan] = []
        from_here: Counter[str] = Counter()
        for mark in marks:
            start, marked = mark.get("start"), mark["text"]
            if start is None:
                start = text.find(marked, from_here[marked])
                from_here[marked] = start + 1
            end = start + len(marked) if type(start) is int else None
            span = self.span(start, end, mark.get("type"), text, place)
            if text[span.start : span.end] != marked:
                raise self.wrong(place, f"{marked!r:.80} does not stand at {start}", "mark it anew")
            spans.append(span)
        return tuple(spans)

    def tool_spans(self, raw: Sequence[tuple[object, object, object]], text: str, place: str) -> list[MarkedSpan]:
        """Return the slogans that a tool of the web marked, whose offsets may count as JavaScript does.

        JavaScript counts a character beyond the basic plane (an emoji, 𠮷) as two. Where such a one stands before a
        mark, the way of counting is told by the marks: by which they lie in the text, and by which more of their ends
        are ends of clauses. What was taken is noted; where nothing tells, the user has to.

        Parameters
        ----------
        raw : sequence of (start, end, type)
            As the tool gives them.
        text : str
            The paragraph.
        place : str
            How errors call the row.

        Raises
        ------
        ZhengyuError
            A mark does not lie in the text, or nothing tells how it was counted.
        """
        plain = [(start, end) for start, end, _ in raw if type(start) is int and type(end) is int]
        last = max((end for _, end in plain), default=0)
        if len(plain) < len(raw) or not any(char > "\uffff" for char in text[: max(0, last)]):
            return [self.span(start, end, kind, text, place) for start, end, kind in raw]
        units = [offset for offset, char in enumerate(text) for _ in range(1 + (char > "\uffff"))] + [len(text)]
        ways: dict[str, list[tuple[int, int]]] = {}
        if all(0 <= start < end <= len(text) for start, end in plain):
            ways["characters"] = plain
        if all(0 <= start < end < len(units) and _whole(units, start) and _whole(units, end) for start, end in plain):
            ways["utf-16"] = [(units[start], units[end]) for start, end in plain]
        if self.offsets != "auto":
            ways = {name: spans for name, spans in ways.items() if name == self.offsets}
        if not ways:
            raise self.wrong(place, f"marks {plain} do not lie in a text of {len(text)} characters", "mark them anew")
        edges = {name: sum(_edges(text, *span) for span in spans) for name, spans in ways.items()}
        best = max(ways, key=lambda name: edges[name])
        if len(ways) > 1 and len(set(ways["characters"] + ways["utf-16"])) > len(set(plain)):
            shown = {name: [text[start:end] for start, end in spans] for name, spans in ways.items()}
            if edges["characters"] == edges["utf-16"]:
                raise self.wrong(
                    place, f"offsets that mean {shown['characters']} counted in characters and {shown['utf-16']} in "
                    "UTF-16, as JavaScript counts", "say which with --offsets",
                )  # fmt: skip
            self.notes.append(f"{place}: offsets were counted in {best}, so that {', '.join(shown[best])} is marked")
        return [self.span(*span, kind, text, place) for span, (_, _, kind) in zip(ways[best], raw, strict=True)]

    def carried(self, row: dict[str, Any], place: str) -> dict[str, str]:
        """Return the fields that travelled with the text.

        Raises
        ------
        ZhengyuError
            There is no id.
        """
        found = {name: str(row[name]) for name in (*CARRIED, *SAMPLED) if row.get(name) not in (None, "")}
        if "id" not in found:
            raise self.wrong(place, "the paragraph's id is gone", "export the paragraphs anew with corpus export")
        return found


def _whole(units: Sequence[int], offset: int) -> bool:
    """Tell whether a UTF-16 offset does not lie within a character."""
    return offset == 0 or units[offset] != units[offset - 1]


def _edges(text: str, start: int, end: int) -> int:
    """Return how many ends of a span are ends of a clause, less those within punctuation."""
    outer = (start == 0 or not text[start - 1].isalnum()) + (end == len(text) or not text[end].isalnum())
    return outer - 2 * (not text[start].isalnum()) - 2 * (not text[end - 1].isalnum())
