"""The slogans of texts as pages and notebooks show them; no slogans where the tagger finds none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhengyu.tagger import Tagger


@dataclass(frozen=True, slots=True)
class ShownSlogan:
    """One slogan at its place.

    Attributes
    ----------
    start, end : int
        Character offsets in the paragraph.
    surface, normal : str
        As it stands, and its normal form.
    type : str
        One of the seven types of the codebook.
    themes : tuple of str
        Theme ids.
    known : bool
        Whether the lexicon has it; False for a new coinage.
    probability : float
        In [0, 1].
    members : tuple of str
        What a numeric slogan spells out, in its order; empty when no gloss was found.
    """

    start: int
    end: int
    surface: str
    normal: str
    type: str
    themes: tuple[str, ...]
    known: bool
    probability: float
    members: tuple[str, ...]


def finds_slogans(tagger: Tagger) -> bool:
    """Tell whether the tagger finds slogans at all."""
    return callable(getattr(tagger, "slogans", None))


def slogans_of(tagger: Tagger, texts: Sequence[str]) -> list[tuple[ShownSlogan, ...]]:
    """Return the slogans of every text, in the order of the text.

    Parameters
    ----------
    tagger : Tagger
        Its ``slogans`` gives a table with one row a slogan; without that method every text has none.
    texts : sequence of str
        Paragraphs.
    """
    found: list[list[ShownSlogan]] = [[] for _ in texts]
    if finds_slogans(tagger):
        for row in tagger.slogans(texts).itertuples(index=False):  # type: ignore[attr-defined]
            found[int(row.row)].append(
                ShownSlogan(
                    int(row.start), int(row.end), str(row.surface), str(row.normal), str(row.type), tuple(row.themes),
                    bool(row.known), float(row.probability), tuple(row.members),
                )
            )  # fmt: skip
    return [tuple(sorted(slogans, key=lambda slogan: (slogan.start, slogan.end))) for slogans in found]
