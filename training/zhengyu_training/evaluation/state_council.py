"""How often predicted themes map to the official 主题分类 of State Council documents, beside a baseline."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One official main class: paragraphs, paragraphs tagged at all, and hits of the top theme and of any theme."""

    official: str
    paragraphs: int
    tagged: int
    top: int
    any: int


@dataclass(frozen=True, slots=True)
class Official:
    """Figures by class, the whole, and the baseline that always answers the largest class."""

    classes: tuple[ClassFigures, ...]
    whole: ClassFigures
    baseline: float

    def as_text(self) -> str:
        """Return the table for people."""
        lines = [f"{'top':>7}{'any':>7}{'tagged':>8}{'of':>6}  official main class"]
        for row in (*self.classes, self.whole):
            top, every = row.top / max(1, row.tagged), row.any / max(1, row.tagged)
            lines.append(f"{top:>7.3f}{every:>7.3f}{row.tagged:>8}{row.paragraphs:>6}  {row.official}")
        lines.append(f"always the largest class: {self.baseline:.3f}")
        return "\n".join(lines)


def compare_official(tagger: Tagger, file: Path) -> Official:
    """Tag the paragraphs of a JSONL file with ``text`` and ``official_theme`` and compare main classes.

    A paragraph is a hit when a predicted theme's ``state_council`` classes in ``themes.toml`` hold the document's main
    class (the part before the backslash). Paragraphs tagged none are counted apart: a document's class says nothing of
    its procedural paragraphs.

    Raises
    ------
    ZhengyuError
        The file has other fields.
    """
    try:
        rows = [json.loads(line) for line in file.read_bytes().decode().split("\n") if line.strip()]
        texts = [row["text"] for row in rows]
        official = [row["official_theme"].split("\\")[0] for row in rows]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ZhengyuError(f"{file}: expected JSONL with text and official_theme: {error!r}") from error
    fits = {theme.id: set(theme.state_council) for theme in tagger.model.themes}
    themes: Sequence[list[str]] = list(tagger.tag(texts)["themes"])

    def count(name: str, chosen: list[int]) -> ClassFigures:
        tagged = [i for i in chosen if themes[i]]
        top = sum(official[i] in fits[themes[i][0]] for i in tagged)
        every = sum(any(official[i] in fits[theme] for theme in themes[i]) for i in tagged)
        return ClassFigures(name, len(chosen), len(tagged), top, every)

    sizes = Counter(official).most_common()
    return Official(
        tuple(count(name, [i for i, value in enumerate(official) if value == name]) for name, _ in sizes),
        count("all", list(range(len(rows)))),
        sizes[0][1] / len(rows),
    )
