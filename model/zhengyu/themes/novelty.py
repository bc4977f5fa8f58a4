"""How much of a text consists of words that a model never met, and whether that is more than in its own corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.errors import ZhengyuError

#: Share of held-out paragraphs of the corpus that are called unlike the others.
SHARE = 0.05
#: From this share of a run's paragraphs on, the user is told to check a sample: three times that of the corpus.
MUCH = 3 * SHARE
#: With fewer of them nothing is said of their share.
FEW = 5
#: What the bounds stand under in a model's evaluation.
PART = "novelty"


def is_much(unlike: int, tagged: int) -> bool:
    """Tell whether so many of a run's paragraphs are unlike the corpus that a sample of them should be checked."""
    return unlike >= FEW and unlike >= MUCH * tagged


@dataclass(frozen=True, slots=True)
class Novelty:
    r"""When a paragraph is unlike those of the corpus.

    Of a paragraph with :math:`n` words of which :math:`u` are unknown this is so where
    :math:`u - r n > c \sqrt n`: chance alone moves the count of a short paragraph as it does not a long one's share.

    Attributes
    ----------
    rate : float
        Share :math:`r` of words that are unknown in documents of the corpus that the vocabulary was not taken from.
    limit : float
        The bound :math:`c`, which one in twenty of their paragraphs exceeds.
    """

    rate: float
    limit: float

    @classmethod
    def fitted(cls, words: NDArray[Any]) -> Novelty:
        """Return the bounds for paragraphs that were held out.

        Parameters
        ----------
        words : ndarray of shape (n_samples, 2)
            How many words each has, and how many of them are unknown.
        """
        count, unknown = words[:, 0].astype(float), words[:, 1].astype(float)
        rate = float(unknown.sum() / max(1.0, count.sum()))
        excess = (unknown - rate * count) / np.sqrt(np.maximum(count, 1.0))
        return cls(round(rate, 4), round(float(np.quantile(excess, 1 - SHARE)), 4))

    @classmethod
    def of(cls, evaluation: Mapping[str, Any], where: str) -> Novelty | None:
        """Return the bounds that a model's evaluation holds; None in models that were made without.

        Raises
        ------
        ZhengyuError
            They are no numbers that bounds can be.
        """
        held = evaluation.get(PART)
        if held is None:
            return None
        numbers: list[Any] = [held.get(name) for name in ("rate", "limit")] if isinstance(held, Mapping) else []
        if not numbers or not all(type(one) in (int, float) and isfinite(one) and one >= 0 for one in numbers):
            raise ZhengyuError(
                f"{where}: evaluation.json: expected a rate and a limit under {PART}; get the model anew"
            )
        return cls(*map(float, numbers))

    def unlike(self, words: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which paragraphs are unlike those of the corpus; `words` as in `fitted`."""
        count, unknown = words[:, 0], words[:, 1]
        return np.asarray(unknown - self.rate * count > self.limit * np.sqrt(np.maximum(count, 1)))
