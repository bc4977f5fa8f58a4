"""The columns that tagging adds to a table, named once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhengyu_corpus.columns import TAG_COLUMNS
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet

#: Theme ids, most probable first; themes near their threshold, or given below it; version of the model.
THEMES, UNCERTAIN, MODEL = TAG_COLUMNS
#: Columns that tagging always adds, before their prefix. `TagColumns.types` tells what they are of,
#: `zhengyu.io.variables` what they mean, and `zhengyu.tagging` fills them.
ADDED = (THEMES, UNCERTAIN, MODEL)
#: Prefix of the columns of probabilities.
PROBABILITY = "p_"
#: How the answer that a paragraph has no theme is called among them.
NONE = "none"
#: Columns that a sample adds: with which probability a paragraph came into it, the number of its stratum, and the
#: model's themes where they are shown.
INCLUSION, STRATUM, TAGS = "inclusion", "stratum", "tags"

#: Prefix of the columns that hold 1 where a theme is given and 0 where not.
WIDE = "t_"
#: What the themes given are rolled up to; prefix of the columns that hold 1 or 0 for each of that.
ROOT_THEMES = "root_themes"
WIDE_ROOT = "root_"

#: Tells where the facts of a document, the columns `zhengyu_corpus.facts.FIELDS`, were found.
FACTS_FROM = "facts_from"


def probability_columns(themes: Sequence[str]) -> list[str]:
    """Return ``p_<theme>`` for each theme, and ``p_none``."""
    return [f"{PROBABILITY}{name}" for name in (*themes, NONE)]


@dataclass(frozen=True, slots=True)
class TagColumns:
    """The columns that tagging adds to a table: which, what they are called, and what names a theme in them.

    Attributes
    ----------
    themes : ThemeSet
        Themes of the model.
    prefix : str
        Put before each name.
    names : {'id', 'zh'}
        Whether themes stand by their ids or by their Chinese names, in cells and in names of columns.
    probabilities : bool
        Whether there is a column for the probability of each theme.
    wide : bool
        Whether there is a column for each theme, and for none, that holds 1 or 0; null where nothing was tagged.
    roll_up : bool
        Whether there is a column of what the themes are rolled up to; see `zhengyu_corpus.themes.ThemeSet.root`. With
        `wide`, also one for each of these that holds 1 or 0.

    Raises
    ------
    ZhengyuError
        The themes have no parents to be rolled up to, or their Chinese names cannot stand for them.
    """

    themes: ThemeSet
    prefix: str = ""
    names: str = "id"
    probabilities: bool = False
    wide: bool = False
    roll_up: bool = False

    def __post_init__(self) -> None:
        """Refuse what the themes do not give."""
        if self.names == "zh":
            self._refuse_names()
        if self.roll_up and not any(theme.parent for theme in self.themes):
            raise ZhengyuError(
                '--roll-up: expected themes with a parent, no theme of this model has one; write parent = "…" in its '
                "themes.toml and retrain, or leave --roll-up out"
            )

    def _refuse_names(self) -> None:
        seen: dict[str, str] = {}
        for theme in self.themes:
            if not theme.zh.strip() or ";" in theme.zh or theme.zh in seen or theme.zh == NONE:
                both = f", which is that of {seen[theme.zh]!r} too" if theme.zh in seen else ""
                raise ZhengyuError(
                    f"--names zh: theme {theme.id!r} has the Chinese name {theme.zh!r}{both}; expected names that are "
                    "given, differ, and hold no semicolon; mend zh in the model's themes.toml and retrain, or take ids"
                )
            seen[theme.zh] = theme.id

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands for each theme in cells and names of columns."""
        return tuple(theme.zh if self.names == "zh" else theme.id for theme in self.themes)

    @property
    def roots(self) -> tuple[str, ...]:
        """What stands for each of `ThemeSet.roots`; a group that is no theme has one name."""
        named = dict(zip(self.themes.ids, self.labels, strict=True))
        return tuple(named.get(root, root) for root in self.themes.roots)

    def types(self) -> dict[str, Any]:
        """Return the columns, each with its Arrow type, in their order."""
        import pyarrow as pa

        ids = pa.list_(pa.string())
        found: dict[str, Any] = {THEMES: ids, UNCERTAIN: ids, MODEL: pa.string()}
        if self.probabilities:
            found.update(dict.fromkeys(probability_columns(self.labels), pa.float64()))
        if self.wide:
            found.update(dict.fromkeys((f"{WIDE}{name}" for name in (*self.labels, NONE)), pa.int8()))
        if self.roll_up:
            found[ROOT_THEMES] = ids
            if self.wide:
                found.update(dict.fromkeys((f"{WIDE_ROOT}{name}" for name in self.roots), pa.int8()))
        return {f"{self.prefix}{name}": kind for name, kind in found.items()}
