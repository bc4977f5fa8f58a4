"""Normalised text to jieba words, and words and characters to the features that the model weighs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Any

from zhengyu.themes.segmentation import Segmenter
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.patterns import pattern

_HAN = pattern(r"[\u3400-\u9fff]")
_LETTER = pattern(r"[\u3400-\u9fffA-Za-z]")
_TERM = pattern(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")
#: Every beginning of a term is kept, as in jieba: one of n characters takes memory in proportion to n², and short ones
#: together some 150 bytes a character.
MAX_TERM_CHARS, MAX_TERMS_CHARS = 64, 1_000_000
#: A sentence ends at these marks; closing marks behind them are still of it, blanks around it are not.
ENDS, CLOSINGS, BLANKS = "。！？；!?;", '”’」』）)》〉"', " \t\n\v\f\r\xa0\u3000"
_SENTENCE = pattern(rf"[^{ENDS}]+(?:[{ENDS}]+[{CLOSINGS}]*)?|[{ENDS}]+[{CLOSINGS}]*")
#: Every token of figures counts as this one feature.
NUMBER = "0"
#: Stands between the two words of a pair, and before a gram of characters; no word and no gram holds it.
BETWEEN = " "
#: The sets of features that a model can have: words with the characters inside them, and pairs of words; or words, and
#: the characters of the whole text, one by one and two by two.
WORDS, CHARACTERS = "words", "characters"
FEATURE_SETS = (WORDS, CHARACTERS)
#: Why bags have no scores where characters are features.
NO_BAGS = (
    "expected a text, got a bag of words: the model weighs characters, and a bag has lost how they follow one another; "
    "give texts, or a model with --features words"
)
#: Characters that touch: blanks part them, and so does what stands for no character.
_RUN = pattern(r"[^\s\ud800-\udfff\ufffd]+")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Tokenizer:
    """jieba's segmentation with the hidden Markov model off; see `zhengyu.themes.segmentation.Segmenter`.

    Parameters
    ----------
    user_terms : iterable of str
        Terms to keep whole. Each gets the least frequency that keeps it together on its own, so that it does
        not tear the words around it apart.

    Raises
    ------
    ZhengyuError
        A user term is not made of Han characters, letters and digits, is longer than `MAX_TERM_CHARS`, or all together
        are longer than `MAX_TERMS_CHARS`.
    """

    def __init__(self, user_terms: Iterable[str] = ()) -> None:
        terms = [term.strip() for term in user_terms]
        for number, term in enumerate(terms, 1):
            if len(term) > MAX_TERM_CHARS:
                raise ZhengyuError(
                    f"user term {number}, {term[:20]!r}…: expected at most {MAX_TERM_CHARS} characters, got "
                    f"{len(term):,}; a term is one word or name, one a line"
                )
        whole = sum(map(len, terms))
        if whole > MAX_TERMS_CHARS:
            raise ZhengyuError(
                f"user terms: expected at most {MAX_TERMS_CHARS:,} characters in all, got {whole:,} in {len(terms):,} "
                "terms; keep those that the dictionary cuts apart"
            )
        self.user_terms = tuple(dict.fromkeys(normalise(term).text for term in terms))
        for term in self.user_terms:
            if not _TERM.fullmatch(term):
                raise ZhengyuError(
                    f"user term {term!r}: expected Han characters, letters and digits without blanks or marks; "
                    "split it into terms of that kind"
                )
        self._segmenter: Segmenter | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave the dictionary out: it is built again where the object arrives."""
        return {"user_terms": self.user_terms, "_segmenter": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the terms; the dictionary follows on first use."""
        self.__dict__.update(state)

    def __eq__(self, other: object) -> bool:
        """Two tokenizers with the same user terms segment alike."""
        return isinstance(other, Tokenizer) and self.user_terms == other.user_terms

    def __hash__(self) -> int:
        """Agree with `__eq__`."""
        return hash(self.user_terms)

    @property
    def segmenter(self) -> Segmenter:
        """What cuts text into words, made on first use."""
        if self._segmenter is None:
            self._segmenter = Segmenter(self.user_terms)
        return self._segmenter

    def words(self, normalised: str) -> list[str]:
        """Segment normalised text; the words joined give it back."""
        return self.segmenter.words(normalised)

    def bag(self, text: str, *, pairs: bool = True) -> dict[str, int]:
        """Count the words of `text` that carry features, and the pairs of such words that touch.

        Parameters
        ----------
        text : str
            A paragraph; it is normalised first.
        pairs : bool, default=True
            Whether pairs are counted.

        Returns
        -------
        dict of str to int
            A pair stands as its two words with `BETWEEN` between them.
        """
        counts: dict[str, int] = {}
        before = ""
        for word in self.words(normalise(text).text):
            if not carries_features(word):
                before = ""
                continue
            key = word if _LETTER.search(word) else NUMBER
            counts[key] = counts.get(key, 0) + 1
            if pairs:
                if before:
                    pair = before + BETWEEN + key
                    counts[pair] = counts.get(pair, 0) + 1
                before = key
        return counts

    def characters(self, text: str) -> dict[str, int]:
        """Count the features of `text` where they are those of `CHARACTERS`.

        Parameters
        ----------
        text : str
            A paragraph; it is normalised first.

        Returns
        -------
        dict of str to int
            Words that carry features, and `grams`.

        Examples
        --------
        >>> Tokenizer().characters("治水。")
        {'治水': 1, ' 治': 1, ' 水': 1, ' 。': 1, ' 治水': 1, ' 水。': 1}
        """
        normal = normalise(text).text
        features = [own_feature(word) for word in self.words(normal) if carries_features(word)]
        return dict(Counter(chain(features, grams(normal))))


def grams(normalised: str) -> list[str]:
    """Return the characters of normalised text, and each two that touch, with `BETWEEN` before them.

    Latin letters are lower case. The border between two words parts nothing.

    Examples
    --------
    >>> grams("3A 级")
    [' 3', ' a', ' 3a', ' 级']
    """
    found: list[str] = []
    for run in _RUN.findall(normalised.translate(_LOWER)):
        found += [BETWEEN + char for char in run]
        found += [BETWEEN + first + second for first, second in pairwise(run)]
    return found


def halves(feature: str) -> tuple[str, ...]:
    """Return the two features that a pair of words, or of characters, is made of; nothing for other features.

    Examples
    --------
    >>> halves("产业 振兴"), halves(" 产业"), halves(" 产"), halves("产业")
    (('产业', '振兴'), (' 产', ' 业'), (), ())
    """
    if feature.startswith(BETWEEN):
        return tuple(BETWEEN + char for char in feature[1:]) if len(feature) > 2 else ()
    return tuple(feature.split(BETWEEN)) if BETWEEN in feature else ()


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text stand, without the blanks around them.

    Parameters
    ----------
    text : str
        A paragraph.

    Returns
    -------
    list of (int, int)
        First and last character (exclusive). Pairs of words never cross the end of a sentence, so what `Tokenizer.bag`
        counts in each adds up to what it counts in the paragraph.

    Examples
    --------
    >>> text = "抢抓农时。“今年怎么干？”镇里开会；各村分片包干"
    >>> [text[start:end] for start, end in sentences(text)]
    ['抢抓农时。', '“今年怎么干？”', '镇里开会；', '各村分片包干']
    """
    found = []
    for match in _SENTENCE.finditer(text):
        bare = match[0].strip(BLANKS)
        if bare:
            start = match.start() + match[0].index(bare[0])
            found.append((start, start + len(bare)))
    return found


def carries_features(word: str) -> bool:
    """Tell whether a word has features: it holds a letter, or begins with a digit."""
    return bool(_LETTER.search(word)) or word[:1].isdigit()


def own_feature(word: str) -> str:
    """Return the feature that a word with features is itself, of which pairs are made."""
    return word.lower() if _LETTER.search(word) else NUMBER


def features_of(word: str) -> tuple[str, ...]:
    """Return the features of one word: itself, and the character 1–2-grams inside it; of a pair, the pair.

    A word and a gram of the same form are one feature: 产业 as a word and inside 产业链 weigh together.

    Examples
    --------
    >>> features_of("专精特新")
    ('专精特新', '专', '精', '特', '新', '专精', '精特', '特新')
    >>> features_of("产业")
    ('产业', '产', '业')
    >>> features_of("GDP 增长")
    ('gdp 增长',)
    >>> features_of("2023")
    ('0',)
    >>> features_of("，")
    ()
    """
    first, _, second = word.partition(BETWEEN)
    if first and second:
        return (word.lower(),)
    if not _LETTER.search(word):
        return (NUMBER,) if word[:1].isdigit() else ()
    if len(word) == 1 or not _HAN.search(word):
        return (word.lower(),)
    pairs = (word[i : i + 2] for i in range(len(word) - 1)) if len(word) > 2 else ()
    return (word.lower(), *word, *pairs)
