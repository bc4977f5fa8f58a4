"""Layer three: a linear model over candidates accepts, refuses and types them, and overlaps are resolved."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: A screen that keeps nothing out.
NO_SCREEN = -1e9


@dataclass(frozen=True, slots=True, eq=False)
class SloganWeights:
    r"""Weights of the slogan model.

    A candidate is a set of features; its TF-IDF row :math:`x` holds the idf of each, divided by the Euclidean norm of
    its kind (features of wording by theirs, features of shape by theirs), so that neither kind drowns the other.
    The probability that it is a slogan is :math:`1 / (1 + \exp(-(w \cdot x + b)))`; among the types the one with the
    largest :math:`v_t \cdot x + c_t` is taken, unless the lexicon says the type.

    Attributes
    ----------
    features : mapping of str to int
        Feature to row.
    idf : ndarray of shape (n_features,)
        Inverse document frequencies.
    accept : ndarray of shape (n_features,)
        Weights of acceptance.
    accept_bias : float
        Its bias.
    types : tuple of str
        Types in the order of the columns.
    typing : ndarray of shape (n_features, n_types)
        Weights of the types.
    typing_bias : ndarray of shape (n_types,)
        Their biases.
    threshold : float
        Probability from which a candidate is accepted.
    screen : float
        Least score of its shape, :math:`w_s \cdot x_s`; a candidate below it has no chance, whatever its wording, so
        that the wording need not be looked at.
    """

    features: Mapping[str, int]
    idf: Floats
    accept: Floats
    accept_bias: float
    types: tuple[str, ...]
    typing: Floats
    typing_bias: Floats
    threshold: float
    screen: float = NO_SCREEN


#: First words of the features of shape; see `zhengyu.slogans.candidates.features`.
_SHAPES = frozenset({"length", "parts", "rhythm", "is", "marks", "numerals", "in", "by", "known"})


def is_shape(feature: str) -> bool:
    """Tell a feature of shape from one of wording, by its first word."""
    word, blank, _ = feature.partition(" ")
    return bool(blank) and word in _SHAPES


class SloganModel:
    """Scores candidates by `SloganWeights`.

    Parameters
    ----------
    weights : SloganWeights
        What was learnt.
    """

    def __init__(self, weights: SloganWeights) -> None:
        self.weights = weights
        # In the precision that the compiled twin has room for, so that both give the same.
        self.squares = (weights.idf**2).astype(np.float32).astype(np.float64)
        self.totals = (weights.idf * weights.accept).astype(np.float32).astype(np.float64)

    @cached_property
    def shapes(self) -> NDArray[np.bool_]:
        """Whether each feature is one of shape."""
        return np.array([is_shape(name) for name in self.weights.features], dtype=bool)

    @cached_property
    def _terms(self) -> dict[str, tuple[float, float, bool]]:
        """Feature to its squared idf, its weighted idf and whether it is of shape: all that acceptance needs."""
        terms = list(zip(self.squares.tolist(), self.totals.tolist(), self.shapes.tolist(), strict=True))
        return {name: terms[row] for name, row in self.weights.features.items()}

    def probability(self, features: Sequence[str]) -> float:
        """Return the probability in [0, 1) that a candidate with these features is a slogan."""
        squares, totals = [0.0, 0.0], [0.0, 0.0]
        terms = self._terms
        for name in features:
            term = terms.get(name)
            if term is not None:
                squares[term[2]] += term[0]
                totals[term[2]] += term[1]
        shape = totals[1] / math.sqrt(squares[1]) if squares[1] else 0.0
        if shape < self.weights.screen:
            return 0.0
        score = self.weights.accept_bias + shape
        if squares[0]:
            score += totals[0] / math.sqrt(squares[0])
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, score))))

    def type(self, features: Sequence[str]) -> str:
        """Return the most probable type."""
        rows = np.array([self.weights.features[name] for name in features if name in self.weights.features], dtype=int)
        scores = self.weights.typing_bias.copy()
        for part in (rows[self.shapes[rows]], rows[~self.shapes[rows]]):
            if part.size:
                values = self.weights.idf[part]
                scores += values @ self.weights.typing[part] / float(np.sqrt(values @ values))
        return self.weights.types[int(np.argmax(scores))]


def best_set(spans: Sequence[tuple[int, int]], chances: Sequence[float], threshold: float) -> list[int]:
    """Choose spans that do not overlap, so that the sum of what they exceed the threshold by is largest.

    Parameters
    ----------
    spans : sequence of (start, end)
        Candidates.
    chances : sequence of float
        Their probabilities.
    threshold : float
        Those below are never taken.

    Returns
    -------
    list of int
        Numbers of the chosen ones, in the order of their places. Of two sets of one worth, the longer spans win.

    References
    ----------
    Weighted interval scheduling: J. Kleinberg, É. Tardos, Algorithm Design, 2005, section 6.1.
    """
    able = [i for i, chance in enumerate(chances) if chance >= threshold]
    able.sort(key=lambda i: (spans[i][1], -spans[i][0]))
    ends = [spans[i][1] for i in able]
    best = [0.0]
    taken: list[int] = []
    for place, i in enumerate(able):
        before = bisect_right(ends, spans[i][0], 0, place)
        worth = chances[i] - threshold + 1e-6 * (spans[i][1] - spans[i][0])
        value = best[before] + worth
        taken.append(before if value > best[-1] else -1)
        best.append(max(best[-1], value))
    chosen: list[int] = []
    place = len(able)
    while place:
        if taken[place - 1] >= 0:
            chosen.append(able[place - 1])
            place = taken[place - 1]
        else:
            place -= 1
    return chosen[::-1]
