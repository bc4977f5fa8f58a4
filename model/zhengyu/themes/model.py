"""A fitted model in memory: everything that turns words into themes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.themes.calibration import Calibration
from zhengyu.themes.novelty import Novelty
from zhengyu.themes.thresholds import GOALS, Decision, PrecisionFloors
from zhengyu.themes.tokens import BETWEEN, WORDS
from zhengyu.themes.vocabulary import Vocabulary
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet


def _no_extras() -> dict[str, bytes]:
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything that turns words into themes.

    Attributes
    ----------
    themes : ThemeSet
        The themes, in the order of the columns.
    vocabulary : mapping of str to int
        Feature to column. A pair of words stands with a blank between the two, which are features themselves; one or
        two characters, where these are features, with a blank before them.
    idf : ndarray of shape (n_features,)
        Inverse document frequencies.
    coef : ndarray of shape (n_themes + 1, n_features)
        Weights in the precision in which they are kept, feature by feature in memory; the last row is for none.
    intercept : ndarray of shape (n_themes + 1,)
        Biases.
    calibration : Calibration
        From score to probability.
    decision : Decision
        From probability to themes.
    user_terms : tuple of str
        Terms that segmentation keeps whole.
    version : str
        ``<name>-<first 12 digits of the hash of all parts>``, and ``@`` with the goal where `deciding` chose one.
    manifest : mapping
        What ``model.json`` holds.
    evaluation : mapping
        What ``evaluation.json`` holds.
    decisions : mapping of str to Decision
        A decision for each goal that the model has thresholds for.
    floors : PrecisionFloors or None
        From which thresholds for a floor of precision follow; None in models of format 1.
    extras : mapping of str to bytes
        Optional parts, such as a lexicon of slogans.
    feature_set : str
        One of `zhengyu.themes.tokens.FEATURE_SETS`.
    """

    themes: ThemeSet
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float64]
    coef: NDArray[np.floating[Any]]
    intercept: NDArray[np.float64]
    calibration: Calibration
    decision: Decision
    user_terms: tuple[str, ...]
    version: str
    manifest: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    decisions: Mapping[str, Decision]
    floors: PrecisionFloors | None = None
    extras: Mapping[str, bytes] = field(default_factory=_no_extras)
    feature_set: str = WORDS

    @property
    def novelty(self) -> Novelty | None:
        """When a paragraph is unlike those that the model was made from; None where it cannot tell.

        Raises
        ------
        ZhengyuError
            ``evaluation.json`` does not hold what it should.
        """
        return Novelty.of(self.evaluation, self.version)

    @property
    def has_pairs(self) -> bool:
        """Whether pairs of words are features."""
        if self.feature_set != WORDS:
            return False
        known = self.vocabulary
        return known.has_pairs if isinstance(known, Vocabulary) else any(BETWEEN in feature for feature in known)

    def deciding(self, favour: str | None = None, precision: float | None = None) -> Model:
        """Return the model with the thresholds of another goal, or of a floor of precision.

        Its version tells which, so that every tag can be traced to the thresholds that gave it.

        Parameters
        ----------
        favour : {'f1', 'precision', 'recall'}, optional
            What thresholds serve: F1, F0.5 or F2.
        precision : float, optional
            Each theme's precision shall be at least this, between 0.5 and 0.99; themes for which the training corpus
            cannot promise it are never given.

        Raises
        ------
        ZhengyuError
            Both are named, the goal is unknown, the floor cannot be, or the model has no thresholds for it.
        """
        if favour is not None and precision is not None:
            raise ZhengyuError("expected a goal or a floor of precision, got both; leave one out")
        bare = self.version.partition("@")[0]
        if favour is not None and favour not in GOALS:
            raise ZhengyuError(f"expected a goal of {', '.join(GOALS)}, got {favour!r}")
        if (favour or "f1") not in self.decisions or (precision is not None and self.floors is None):
            raise ZhengyuError(
                f"{bare}: a model of format {self.manifest['format_version']} has thresholds for F1 only; retrain it"
            )
        if precision is not None and self.floors is not None:
            return replace(self, decision=self.floors.decision(precision), version=f"{bare}@precision-{precision:g}")
        goal = favour or "f1"
        return replace(self, decision=self.decisions[goal], version=bare if goal == "f1" else f"{bare}@{goal}")
