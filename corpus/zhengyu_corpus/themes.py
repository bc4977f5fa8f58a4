"""Themes: the code list that paragraphs are coded with, read from a ``themes.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise

#: No cell could name a theme with one of these in its id; blanks, 、 and / within one are no matter.
_NOT_IN_IDS = re.compile(r"[;；,，|\r\n\t]|^\s|\s$")
_TEXT_FIELDS = ("id", "zh", "en", "definition", "parent")


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme of a codebook.

    Attributes
    ----------
    id : str
        What files and tables carry, such as ``rural``.
    zh, en : str
        Names for people.
    definition : str
        What the theme covers.
    include, exclude : tuple of str
        Settled cases, and near neighbours with the theme where they go instead.
    state_council : tuple of str
        Main classes of the State Council's 主题分类 (GB/T 国务院公文主题分类 as shown on gov.cn) that fit.
    cap : tuple of str
        Major topic codes of the Comparative Agendas Project that fit.
    parent : str
        The broader theme, or group of themes, that it belongs to: the id of another theme, or a name of a group that
        is no theme itself; ``""`` for none.
    """

    id: str
    zh: str
    en: str
    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    state_council: tuple[str, ...] = ()
    cap: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True)
class ThemeSet:
    """The themes of one codebook, in its order.

    Attributes
    ----------
    themes : tuple of Theme
        The themes.
    exclusive : bool
        Whether every paragraph has exactly one of them.
    """

    themes: tuple[Theme, ...]
    exclusive: bool = False
    _names: dict[str, str] = field(init=False, repr=False, compare=False)
    _plain_names: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note every name, the first theme's where two have one."""
        names: dict[str, str] = {}
        for theme in self.themes:
            for name in (theme.id, theme.zh, theme.en):
                if name.strip():
                    names.setdefault(name.strip().casefold(), theme.id)
        object.__setattr__(self, "_names", names)

    @property
    def ids(self) -> tuple[str, ...]:
        """Theme ids in codebook order; columns of every score matrix stand in this order."""
        return tuple(theme.id for theme in self.themes)

    def __iter__(self) -> Iterator[Theme]:
        """Iterate over the themes."""
        return iter(self.themes)

    def __len__(self) -> int:
        """Return the number of themes."""
        return len(self.themes)

    def __getitem__(self, theme_id: str) -> Theme:
        """Return the theme with this id.

        Raises
        ------
        ZhengyuError
            No such theme; the nearest known one is named.
        """
        for theme in self.themes:
            if theme.id == theme_id:
                return theme
        raise ZhengyuError(f"unknown theme {theme_id!r}; {self.hint(theme_id)}")

    def root(self, theme_id: str) -> str:
        """Return what a theme is rolled up to: its parent's parent and so on, itself where it has none."""
        parents = {theme.id: theme.parent for theme in self.themes}
        while parents.get(theme_id):
            theme_id = parents[theme_id]
        return theme_id

    @property
    def roots(self) -> tuple[str, ...]:
        """What the themes are rolled up to, each once, in the order of the themes."""
        return tuple(dict.fromkeys(self.root(theme.id) for theme in self.themes))

    def find(self, name: str) -> str | None:
        """Return the id that `name` stands for: an id, or a Chinese or English name; None when there is none.

        Case, width and Traditional characters do not count.
        """
        plain = name.strip().casefold()
        if plain in self._names:
            return self._names[plain]
        if not self._plain_names:  # the table of characters is loaded where it is needed
            for known, theme_id in self._names.items():
                self._plain_names.setdefault(_plain(known), theme_id)
        return self._plain_names.get(_plain(plain))

    def hint(self, name: str) -> str:
        """Return what to say about an unknown name: the nearest known one, or all of them."""
        from rapidfuzz import process

        known = {word: theme.id for theme in self.themes for word in (theme.id, theme.zh, theme.en) if word}
        best = process.extractOne(name, list(known), score_cutoff=55)
        if best is None:
            return f"known themes: {', '.join(self.ids)}"
        return f"did you mean {known[best[0]]!r}?"


def _plain(name: str) -> str:
    return normalise(name).text.strip().casefold()


def _lines(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise ZhengyuError(f"{where}: expected a list of strings, got {value!r:.80}")
    return tuple(value)


def parse_themes(text: str, *, where: str = "themes.toml") -> ThemeSet:
    """Read themes from TOML text.

    Raises
    ------
    ZhengyuError
        Not TOML, a missing or doubled id, a field of the wrong kind, a theme that is its own parent.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ZhengyuError(f"{where}: not valid TOML: {error}; see the built-in themes.toml for an example") from error
    rows = raw.get("theme")
    if not isinstance(rows, list) or not rows:
        raise ZhengyuError(f"{where}: expected [[theme]] tables, found none; see the built-in themes.toml")
    themes: list[Theme] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        place = f"{where}: [[theme]] number {number}"
        fields = {}
        for name in _TEXT_FIELDS:
            value = row.get(name, "" if name not in ("id", "zh") else None)
            if not isinstance(value, str) or (name == "id" and not value.strip()):
                raise ZhengyuError(
                    f"{place}: field {name!r}: expected text, got {value!r:.80}; give every theme an id and zh"
                )
            fields[name] = value
        if fields["id"] in seen or _NOT_IN_IDS.search(fields["id"]) or fields["id"] in ("none", "无"):
            raise ZhengyuError(
                f"{place}: id {fields['id']!r:.80} is doubled, or holds what stands between themes (; , | a line end, "
                "or a blank at its ends), or is 'none'; choose another"
            )
        seen.add(fields["id"])
        lists = {
            name: _lines(row.get(name, []), f"{place}: field {name!r}")
            for name in ("include", "exclude", "state_council", "cap")
        }
        themes.append(
            Theme(
                fields["id"],
                fields["zh"],
                fields["en"],
                fields["definition"],
                lists["include"],
                lists["exclude"],
                lists["state_council"],
                lists["cap"],
                fields["parent"],
            )
        )
    exclusive = raw.get("exclusive", False)
    if not isinstance(exclusive, bool):
        raise ZhengyuError(f"{where}: field 'exclusive': expected true or false, got {exclusive!r}")
    _refuse_circles(themes, where)
    return ThemeSet(tuple(themes), exclusive)


def _refuse_circles(themes: list[Theme], where: str) -> None:
    parents = {theme.id: theme.parent for theme in themes}
    for theme in themes:
        above, chain = theme.parent, [theme.id]
        while above:
            if above in chain:
                raise ZhengyuError(
                    f"{where}: theme {theme.id!r} is its own parent ({' → '.join([*chain, above])}); mend parent"
                )
            chain.append(above)
            above = parents.get(above, "")


def load_themes(path: Path | None = None) -> ThemeSet:
    """Read a ``themes.toml``; the built-in one when `path` is None.

    Raises
    ------
    ZhengyuError
        The file cannot be read or is not a valid code list.
    """
    if path is None:
        return parse_themes(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))
    return parse_themes(read_themes_text(path), where=str(path))


def read_themes_text(path: Path) -> str:
    """Return the text of a ``themes.toml``, whatever mark and encoding its editor gave it.

    Raises
    ------
    ZhengyuError
        It cannot be read.
    """
    try:
        return decode(Path(path).read_bytes(), where=str(path)).text
    except OSError as error:
        raise ZhengyuError(f"{path}: cannot read the themes: {error}; check the path") from error
