"""Records that the labelling formats share: a task, its marked spans, and errors with their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import ThemeSet

#: Fields of a record that travel with its text and come back unchanged.
CARRIED = ("id", "doc", "genre", "level", "era")
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
        Its `CARRIED` fields; ``id`` is always there.
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


@dataclass(frozen=True, slots=True)
class Reader:
    """What a format's reader needs: where it reads, and how names become labels, with the place in every error."""

    where: str
    themes: ThemeSet
    seen: set[str] = field(default_factory=set)

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
            raise self.wrong(place, f"a slogan from {start!r} to {end!r} in a text of {len(text)}", "mark it anew")
        if kind not in SLOGAN_TYPES:
            raise self.wrong(place, f"unknown slogan type {kind!r}", f"expected one of {', '.join(SLOGAN_TYPES)}")
        return MarkedSpan(start, end, str(kind))

    def carried(self, row: dict[str, Any], place: str) -> dict[str, str]:
        """Return the fields that travelled with the text.

        Raises
        ------
        ZhengyuError
            There is no id.
        """
        found = {name: str(row[name]) for name in CARRIED if row.get(name) not in (None, "")}
        if "id" not in found:
            raise self.wrong(place, "the paragraph's id is gone", "export the paragraphs anew with corpus export")
        return found
