"""The scikit-learn pipeline: counts of words, characters and word pairs, TF-IDF, one linear score per theme."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from zhengyu.themes.classifier import Sentences, ThemeClassifier
from zhengyu.themes.tokens import BETWEEN, FEATURE_SETS, NO_BAGS, WORDS, Tokenizer, features_of, sentences
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.records import BagOfWords, Record
from zhengyu_corpus.themes import ThemeSet

#: Power of the inverse document frequency of words, chosen with whole sources left out; characters of the whole text,
#: where it was not tried, keep 1.
IDF_POWER = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class CountedWords:
    """Words, and pairs of words, counted in texts: what features of words are made of.

    Attributes
    ----------
    words : tuple of str
        Each once; a pair stands as its two words with `zhengyu.themes.tokens.BETWEEN` between them.
    counts : csr_matrix of shape (n_samples, n_words)
        How often each sample has each.
    """

    words: tuple[str, ...]
    counts: Any

    @classmethod
    def of(cls, bags: Iterable[Mapping[str, int]]) -> CountedWords:
        """Take the counts of bags.

        Parameters
        ----------
        bags : iterable of mapping of str to int
            One a sample: word, or pair of words, to how often it stands there.

        Returns
        -------
        CountedWords
            Words in the order in which they are met.
        """
        columns: dict[str, int] = {}
        indices, data, starts = array("i"), array("i"), array("q", [0])
        for bag in bags:
            for word in bag:
                indices.append(columns.setdefault(word, len(columns)))
            data.extend(bag.values())
            starts.append(len(indices))
        found = sparse.csr_matrix(
            (np.array(data, dtype=np.float64), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int64)),
            shape=(len(starts) - 1, len(columns)),
        )
        return cls(tuple(columns), found)


class CountedRecords(NamedTuple):
    """The words of records and of their sentences, each text cut into words once.

    Attributes
    ----------
    paragraphs : CountedWords
        A sample a record.
    sentences : CountedWords
        A sample for each sentence of the records that have several.
    owners : ndarray of int of shape (n_sentences,)
        The record of each, ascending.
    """

    paragraphs: CountedWords
    sentences: CountedWords
    owners: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> CountedRecords:
        """Return the words of some records.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Which records, ascending; none is allowed.

        Returns
        -------
        CountedRecords
            Theirs, the records numbered anew from 0; the words stay all that were met in any.
        """
        kept = np.isin(self.owners, rows)
        words = self.paragraphs.words
        return CountedRecords(
            CountedWords(words, self.paragraphs.counts[rows]),
            CountedWords(words, self.sentences.counts[kept]),
            np.searchsorted(rows, self.owners[kept]),
        )


def count_records(records: Sequence[Record], user_terms: Iterable[str] = ()) -> CountedRecords:
    """Count the words of records, and of their sentences.

    Parameters
    ----------
    records : sequence of Record
        Texts are split by `zhengyu.themes.tokens.sentences`; bags have their sentences, or none.
    user_terms : iterable of str
        Terms that segmentation keeps whole.

    Returns
    -------
    CountedRecords
        What `FeatureCounter` makes features of words of.
    """
    tokenizer = _tokenizer(tuple(user_terms))
    # A piece is of a paragraph, or a sentence, or both: where a text's sentences are counted, it is their sum.
    kinds: list[tuple[int, bool, bool]] = []

    def pieces() -> Iterator[Mapping[str, int]]:
        for number, record in enumerate(records):
            parts = _sentences(record)
            several, is_bag = len(parts) > 1, isinstance(record, BagOfWords)
            if is_bag or not several:
                kinds.append((number, True, False))
                yield record.content if isinstance(record, BagOfWords) else tokenizer.bag(record.text)
            for part in parts if several else ():
                kinds.append((number, not is_bag, True))
                yield tokenizer.bag(part) if isinstance(part, str) else part

    counted = CountedWords.of(pieces())
    owner, of_paragraph, of_sentence = np.array(kinds, dtype=np.int64).reshape(-1, 3).T
    places = np.flatnonzero(of_paragraph)
    sums = sparse.csr_matrix((np.ones(places.size), (owner[places], places)), shape=(len(records), owner.size))
    is_sentence = of_sentence == 1
    return CountedRecords(
        CountedWords(counted.words, sums @ counted.counts),
        CountedWords(counted.words, counted.counts[is_sentence]),
        owner[is_sentence],
    )


def _sentences(record: Record) -> Sequence[Any]:
    """Return the sentences of a record as texts or bags; of a bag that has none, nothing."""
    if isinstance(record, BagOfWords):
        return record.sentences
    normal = normalise(record.text).text
    return [normal[start:end] for start, end in sentences(normal)]


class FeatureCounter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Count the features of texts or bags of words.

    They are words, the characters inside them, and pairs of words that touch; or words, and the characters of the whole
    text, one by one and two by two, over the borders of words.

    Parameters
    ----------
    user_terms : iterable of str
        Terms that segmentation keeps whole.
    min_df : int, default=2
        Words and characters that stand in fewer paragraphs are left out.
    min_df_pairs : int, default=3
        Pairs of words that stand in fewer paragraphs are left out.
    features : str, default="words"
        One of `zhengyu.themes.tokens.FEATURE_SETS`. Bags have no ``characters``.
    max_features : int, optional
        Where there are more features, those of the fewest paragraphs are left out.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Feature to column; columns stand in the order of the features' code points.
    """

    def __init__(
        self,
        user_terms: Iterable[str] = (),
        min_df: int = 2,
        min_df_pairs: int = 3,
        features: str = WORDS,
        max_features: int | None = None,
    ) -> None:
        self.user_terms = user_terms
        self.min_df = min_df
        self.min_df_pairs = min_df_pairs
        self.features = features
        self.max_features = max_features

    def fit(self, X: Iterable[str | Mapping[str, int]] | CountedWords, y: Any = None) -> FeatureCounter:
        """Learn the vocabulary."""
        self.fit_transform(X, y)
        return self

    def fit_transform(
        self, X: Iterable[str | Mapping[str, int]] | CountedWords, y: Any = None, **fit_params: Any
    ) -> Any:
        """Learn the vocabulary and return the counts, csr_matrix of shape (n_samples, n_features)."""
        met: dict[str, int] = {}
        counts = self._count(X, met, grow=True)
        spread = np.bincount(counts.indices, minlength=len(met))
        many = self.max_features is not None and len(met) > self.max_features
        least = int(np.sort(spread)[-1 - self.max_features]) + 1 if many and self.max_features is not None else 1
        # A pair is found by its words, so it is a feature only where they are; so are two characters by each, but these
        # stand wherever the two do.
        words = {f for f, column in met.items() if spread[column] >= max(self.min_df, least) and not _is_pair(f)}
        pairs = {
            f for f, column in met.items()
            if _is_pair(f) and spread[column] >= max(self.min_df_pairs, least) and words.issuperset(f.split(BETWEEN))
        }  # fmt: skip
        features = sorted(words | pairs)
        self.vocabulary_ = {feature: column for column, feature in enumerate(features)}
        found = counts[:, [met[feature] for feature in features]]
        found.sort_indices()
        return found

    def transform(self, X: Iterable[str | Mapping[str, int]] | CountedWords) -> Any:
        """Return the counts, csr_matrix of shape (n_samples, n_features)."""
        check_is_fitted(self)
        return self._count(X, self.vocabulary_, grow=False)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the features in the order of the columns."""
        check_is_fitted(self)
        return np.array(sorted(self.vocabulary_, key=self.vocabulary_.__getitem__), dtype=object)

    def _count(
        self, X: Iterable[str | Mapping[str, int]] | CountedWords, columns: dict[str, int], *, grow: bool
    ) -> Any:
        if self.features not in FEATURE_SETS:
            raise ZhengyuError(f"features: expected one of {', '.join(FEATURE_SETS)}, got {self.features!r}")
        if isinstance(X, CountedWords):
            if self.features != WORDS:
                raise ZhengyuError(
                    f"features of {self.features}: expected texts, got words counted in them, which have lost the "
                    f"characters between; give the texts, or take features={WORDS!r}"
                )
            return _count(X, features_of, columns, grow=grow)
        tokenizer = _tokenizer(tuple(self.user_terms))
        if self.features == WORDS:
            bags = (tokenizer.bag(content) if isinstance(content, str) else content for content in X)
            return _count(CountedWords.of(bags), features_of, columns, grow=grow)
        grams = CountedWords.of(map(tokenizer.characters, _texts(X)))
        return _count(grams, lambda feature: (feature,), columns, grow=grow)


@lru_cache(maxsize=1)
def _tokenizer(user_terms: tuple[str, ...]) -> Tokenizer:
    """Return a tokenizer, the last one where the terms are the same: it keeps what it has read of the dictionary."""
    return Tokenizer(user_terms)


def _is_pair(feature: str) -> bool:
    return BETWEEN in feature[1:]


def _texts(contents: Iterable[str | Mapping[str, int]]) -> Iterator[str]:
    for content in contents:
        if not isinstance(content, str):
            raise ZhengyuError(NO_BAGS)
        yield content


def _count(
    counted: CountedWords, features_of: Callable[[str], tuple[str, ...]], columns: dict[str, int], *, grow: bool
) -> Any:
    """Return the counts of features; with `grow`, features that are met for the first time are added to `columns`."""
    indices, starts = array("i"), array("q", [0])
    occurs = np.bincount(counted.counts.indices, minlength=len(counted.words)) > 0
    for word, here in zip(counted.words, occurs.tolist(), strict=True):
        if here and grow:
            indices.extend([columns.setdefault(feature, len(columns)) for feature in features_of(word)])
        elif here:
            indices.extend([columns[feature] for feature in features_of(word) if feature in columns])
        starts.append(len(indices))
    # A feature that a word has twice stands twice, and is added up.
    of_word = sparse.csr_matrix(
        (np.ones(len(indices)), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int64)),
        shape=(len(counted.words), len(columns)),
    )
    found = counted.counts @ of_word
    found.sort_indices()
    return found


class TfidfWeigher(TfidfTransformer):  # type: ignore[misc]
    r"""Weigh counts as scikit-learn does, with the inverse document frequency raised to a power.

    The weight of a feature with count :math:`c > 0` is :math:`(1 + \ln c) \cdot \mathrm{idf}^p`, and rows are of length
    1. Above 1 the power takes weight from features that stand in many paragraphs, such as single characters, for the
    rarer ones.

    Parameters
    ----------
    power : float, default=1.0
        The power :math:`p`.

    Attributes
    ----------
    idf_ : ndarray of shape (n_features,)
        The inverse document frequencies, the power in them, so that whoever multiplies by them needs no power.
    """

    def __init__(self, power: float = 1.0) -> None:
        super().__init__(sublinear_tf=True)
        self.power = power

    def fit(self, X: Any, y: Any = None) -> TfidfWeigher:
        """Learn the inverse document frequencies."""
        plain: Any = super().fit(X, y)
        self.idf_ = plain.idf_**self.power
        return self


def make_pipeline(
    *,
    user_terms: Iterable[str] = (),
    min_df: int = 2,
    min_df_pairs: int = 3,
    features: str = WORDS,
    max_features: int | None = None,
    C: float | None = None,
    cv: int = 5,
    exclusive: bool = False,
    n_jobs: int = 2,
    memory: Any = None,
) -> Pipeline:
    """Make the unfitted pipeline.

    Its ``X`` is a sequence of texts or bags of words (mappings of word, or of pair of words, to count), its ``y`` what
    `label_matrix` makes.

    Parameters
    ----------
    user_terms, min_df, min_df_pairs, features, max_features
        See `FeatureCounter`.
    C, cv, exclusive, n_jobs, memory
        See `ThemeClassifier`.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> search = GridSearchCV(make_pipeline(min_df=1, n_jobs=1), {"themes__C": [3.0, 10.0]}, cv=2, scoring=None)
    >>> texts = ["水稻丰收", "治理河道", "水稻育秧", "河道清淤"] * 4
    >>> labels = [[1, 0], [0, 1]] * 8
    >>> search.fit(texts, labels).predict(["水稻插秧"]).tolist()
    [[1, 0]]
    """
    return Pipeline(
        [
            ("counts", FeatureCounter(tuple(user_terms), min_df, min_df_pairs, features, max_features)),
            ("tfidf", TfidfWeigher(IDF_POWER if features == WORDS else 1.0)),
            ("themes", ThemeClassifier(C=C, cv=cv, exclusive=exclusive, n_jobs=n_jobs, memory=memory)),
        ]
    )


def label_matrix(records: Sequence[Record], themes: ThemeSet) -> NDArray[np.int8]:
    """Return labels of shape (n_records, n_themes): 1 coded, 0 not, -1 where coders could differ."""
    column = {theme: k for k, theme in enumerate(themes.ids)}
    labels = np.zeros((len(records), len(column)), dtype=np.int8)
    for i, record in enumerate(records):
        for theme in record.maybe:
            labels[i, column[theme]] = -1
        for theme in record.themes:
            labels[i, column[theme]] = 1
    return labels


def sentence_contents(records: Sequence[Record]) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the sentences of the records that have several.

    Parameters
    ----------
    records : sequence of Record
        Texts are split by `zhengyu.themes.tokens.sentences`; bags have their sentences, or none.

    Returns
    -------
    parts : list of str or mapping
        The sentences as the pipeline takes them: of a text as texts, of a bag as bags.
    owners : ndarray of int of shape (n_sentences,)
        The record of each, ascending.
    """
    parts: list[Any] = []
    owners: list[int] = []
    for number, record in enumerate(records):
        mine = _sentences(record)
        if len(mine) > 1:
            parts += mine
            owners += [number] * len(mine)
    return parts, np.array(owners, dtype=np.int64)


def sentence_rows(
    sentences: Sequence[Any] | CountedWords, owners: NDArray[np.int64], counts: FeatureCounter, tfidf: TfidfWeigher
) -> Sentences | None:
    """Return sentences as `ThemeClassifier.fit` takes them.

    Parameters
    ----------
    sentences : sequence of str or mapping, or CountedWords
        Of the records that have several: see `sentence_contents`, `CountedRecords`.
    owners : ndarray of int of shape (n_sentences,)
        The record of each, ascending.
    counts, tfidf : FeatureCounter, TfidfWeigher
        Fitted steps of the pipeline.

    Returns
    -------
    Sentences or None
        Those that have a feature; None when no sentences are given.
    """
    if not owners.size:
        return None
    rows: Any = tfidf.transform(counts.transform(sentences))
    filled = np.diff(rows.indptr) > 0
    return Sentences(rows[filled], owners[filled])


def contents(records: Sequence[Record]) -> list[Any]:
    """Return what the pipeline takes as ``X``."""
    return [record.content for record in records]
