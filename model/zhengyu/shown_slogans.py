"""The slogans of texts as pages and notebooks show them; none where the model holds no slogans."""

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


def slogans_of(tagger: Tagger, texts: Sequence[str], *, document: bool = False) -> list[tuple[ShownSlogan, ...]]:
    """Return the slogans of every text, in the order of the text; `document` as in `Tagger.slogans`."""
    found: list[list[ShownSlogan]] = [[] for _ in texts]
    if tagger.finds_slogans:
        for row in tagger.slogans(texts, document=document).to_dict("records"):
            fields = {str(name): value for name, value in row.items() if name != "row"}
            fields |= {"themes": tuple(row["themes"]), "members": tuple(row["members"])}
            found[row["row"]].append(ShownSlogan(**fields))
    return [tuple(sorted(slogans, key=lambda slogan: (slogan.start, slogan.end))) for slogans in found]
