"""Texts to theme scores with a loaded model: the TF-IDF pipeline without scikit-learn, score for score the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from zhengyu.themes.compiling import missing
from zhengyu.themes.model import Model
from zhengyu.themes.tokens import BETWEEN, CHARACTERS, NO_BAGS, Tokenizer, features_of, own_feature
from zhengyu.themes.vocabulary import Vocabulary
from zhengyu_corpus.errors import ZhengyuError

Floats = NDArray[np.float64]

#: Words whose columns are kept: three times those of the whole corpus, 17 MB at 253 bytes each; when more come, all are
#: forgotten and what recurs is soon there again. A word longer than any of the dictionary does not recur.
KEPT_WORDS, KEPT_CHARS = 65_536, 16
#: Bytes of text from which compiled scoring wins: about 2,000 paragraphs when the compiled code is at hand, and
#: about 30,000 when it must be compiled first (15 s, once).
COMPILED_FROM, COMPILED_FROM_COLD = 800_000, 12_000_000


def choose_scoring(size: int, compiled: bool | None = None) -> str:
    """Return how texts are scored: ``compiled`` or ``plain``.

    Parameters
    ----------
    size : int
        Bytes of text.
    compiled : bool, optional
        The caller's wish, in place of the size.
    """
    if compiled is False or (compiled is None and size < COMPILED_FROM):
        return "plain"
    cold = compiled is None and size < COMPILED_FROM_COLD and bool(missing(["themes"]))
    return "plain" if cold else "compiled"


class Scorer:
    r"""Score texts with a model.

    For a paragraph with counts :math:`c_f` the weight of feature :math:`f` is
    :math:`(1 + \\ln c_f) \\cdot \\mathrm{idf}_f`, divided by the Euclidean norm of all of them; the score of a theme is
    the sum of weights times its coefficients, and its bias. The power that a model raises its document frequencies to
    is in them. `zhengyu.themes.pipeline.TfidfWeigher` over ``FeatureCounter``, and ``ThemeClassifier``, are the
    reference, which a test holds it to.

    Parameters
    ----------
    model : Model
        A loaded model.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.tokenizer = Tokenizer(model.user_terms)
        self._vocabulary = model.vocabulary
        self._columns: dict[str, NDArray[np.int32]] = {}
        self._pairs = model.has_pairs
        self._characters = model.feature_set == CHARACTERS
        self._by_feature = np.ascontiguousarray(model.coef.T)

    def columns_of(self, word: str) -> NDArray[np.int32]:
        """Return the feature columns of a word, known ones only; kept, because words recur, but not without end.

        A pair is not kept: most occur once.
        """
        if BETWEEN in word:
            column = self._vocabulary.get(word.lower(), -1)
            return np.array([column] if column >= 0 else [], dtype=np.int32)
        found = self._columns.get(word)
        if found is None:
            known = self._vocabulary
            found = np.array([known[f] for f in features_of(word) if f in known], dtype=np.int32)
            if len(word) <= KEPT_CHARS:
                if len(self._columns) >= KEPT_WORDS:
                    self._columns.clear()
                self._columns[word] = found
        return found

    def weights(self, content: str | Mapping[str, int]) -> tuple[NDArray[np.int32], Floats]:
        """Return the feature columns of a text or bag and their TF-IDF weights.

        Returns
        -------
        columns : ndarray of int32 of shape (n_found,)
            Ascending.
        weights : ndarray of shape (n_found,)
            Of Euclidean length 1, or empty.

        Raises
        ------
        ZhengyuError
            A bag, where the model weighs characters.
        """
        return self._weigh(self._met(content))

    def _weigh(self, met: Mapping[str, int]) -> tuple[NDArray[np.int32], Floats]:
        columns, counts = self._counts(met)
        values = (1.0 + np.log(counts)) * self.model.idf[columns] if columns.size else np.empty(0)
        length = float(np.sqrt(values @ values))
        return columns, (values / length if length > 0 else values)

    def _met(self, content: str | Mapping[str, int]) -> Mapping[str, int]:
        """Return the words of a text, and their pairs or its grams; a bag is what it is."""
        if isinstance(self._vocabulary, Vocabulary):
            self._vocabulary = self._vocabulary.quickest()
        if self._characters:
            if not isinstance(content, str):
                raise ZhengyuError(NO_BAGS)
            return self.tokenizer.characters(content)
        return self.tokenizer.bag(content, pairs=self._pairs) if isinstance(content, str) else content

    def _counts(self, bag: Mapping[str, int]) -> tuple[NDArray[np.int32], Floats]:
        """Return the feature columns of what a text holds, ascending, and how often each occurs."""
        if self._characters:
            known = self._vocabulary
            found = {known[f]: n for f, n in bag.items() if f in known}
            columns = np.array(sorted(found), dtype=np.int32)
            return columns, np.array([found[column] for column in columns.tolist()], dtype=np.float64)
        if not bag:
            return np.empty(0, np.int32), np.empty(0)
        lists = [self.columns_of(word) for word in bag]
        every = np.concatenate(lists)
        times = np.repeat(np.fromiter(bag.values(), dtype=np.float64, count=len(bag)), [len(part) for part in lists])
        columns = np.array(sorted(set(every.tolist())), dtype=np.int32)
        where = np.searchsorted(columns, every)
        return columns, np.bincount(where, weights=times, minlength=columns.size).astype(np.float64)

    def score(self, texts: Iterable[str | Mapping[str, int]]) -> tuple[Floats, NDArray[np.int32]]:
        """Score texts, and count their words.

        Returns
        -------
        scores : ndarray of shape (n_texts, n_themes + 1)
            Linear scores, the last column for none.
        words : ndarray of int32 of shape (n_texts, 2)
            How many words that carry features a text has, and how many of them the model does not know.
        """
        rows, words = [], []
        for content in texts:
            met = self._met(content)
            columns, weights = self._weigh(met)
            rows.append(weights @ self._by_feature[columns] + self.model.intercept)
            words.append(self._known(met))
        n_scores = self.model.intercept.size
        return np.array(rows).reshape(len(rows), n_scores), np.array(words, dtype=np.int32).reshape(len(words), 2)

    def scores(self, texts: Iterable[str | Mapping[str, int]]) -> Floats:
        """Return linear scores, ndarray of shape (n_texts, n_themes + 1), the last column for none."""
        return self.score(texts)[0]

    def _known(self, met: Mapping[str, int]) -> tuple[int, int]:
        words = {word: times for word, times in met.items() if BETWEEN not in word}
        known = self._vocabulary
        return sum(words.values()), sum(times for word, times in words.items() if own_feature(word) not in known)

    def probabilities(self, texts: Iterable[str | Mapping[str, int]]) -> Floats:
        """Return calibrated probabilities, ndarray of shape (n_texts, n_themes + 1), the last column for none."""
        return self.model.calibration.probability(self.scores(texts))
