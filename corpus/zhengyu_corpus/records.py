"""The two kinds of labelled record: a paragraph with its text, and a bag of words whose order is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The periods of Chinese policy language that records are dated by.
ERAS = ("1998-2002", "2003-2008", "2009-2012", "2013-2017", "2018-2020", "2021-2026")


@dataclass(frozen=True, slots=True)
class MarkedSlogan:
    """A slogan marked in a labelled paragraph: its text as it stands there, and its type."""

    text: str
    type: str


@dataclass(frozen=True, slots=True)
class LabelledParagraph:
    """A paragraph with its themes.

    Attributes
    ----------
    id : str
        Unique in the corpus.
    doc : str
        The document that it belongs to; folds and resampling keep documents whole.
    text : str
        The paragraph as it stands.
    themes : tuple of str
        Theme ids, most prominent first; empty for none.
    maybe : tuple of str
        Themes on which careful coders could differ: left out of training and scored neither right nor wrong.
    genre, level, era : str
        As in the datasheet; ``""`` when not known.
    slogans : tuple of MarkedSlogan or None
        The slogans marked in it; None when nobody looked for slogans.
    correction : bool
        Whether a reader of the page put a model's tags right: it overrules the paragraph's other label.
    """

    id: str
    doc: str
    text: str
    themes: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    genre: str = ""
    level: str = ""
    era: str = ""
    slogans: tuple[MarkedSlogan, ...] | None = None
    correction: bool = False

    @property
    def content(self) -> str:
        """What features are computed from."""
        return self.text


@dataclass(frozen=True, slots=True)
class BagOfWords:
    """A coded real paragraph kept as word counts, sentence by sentence; the order of words and sentences is gone.

    Attributes
    ----------
    words : mapping of str to int
        jieba word (HMM off, of the normalised text) to its count in the paragraph.
    pairs : mapping of str to int
        Two words that touch, with a blank between them, to their count; empty in bags made without pairs.
    sentences : tuple of mapping
        The part of `words` and `pairs` that each sentence has, in no order of the text; empty where there is but one
        sentence, or in bags made without.
    left_out : int or None
        How many words (each as often as it occurs) were left out as rare or as names; None in bags that do not say.
    source : str
        The public repository that the paragraph came from.
    year : str
        The year or range of years, ``""`` when not known.

    The other attributes are those of `LabelledParagraph`.
    """

    id: str
    doc: str
    words: Mapping[str, int]
    themes: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    genre: str = ""
    level: str = ""
    year: str = ""
    source: str = ""
    pairs: Mapping[str, int] = field(default_factory=dict)
    sentences: tuple[Mapping[str, int], ...] = ()
    left_out: int | None = None
    text: str = field(default="", init=False)

    @property
    def content(self) -> Mapping[str, int]:
        """What features are computed from: words, and pairs of words."""
        return {**self.words, **self.pairs}


#: Either kind of record; training and evaluation take both.
Record = LabelledParagraph | BagOfWords
