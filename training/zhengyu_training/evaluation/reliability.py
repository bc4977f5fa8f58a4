"""Do probabilities mean what they say: how often themes are coded where a probability says so, and a diagram of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.errors import ZhengyuError

#: Bins of equal width of the expected calibration error.
BINS = 15
#: From this probability a theme is likely enough for the error to be of interest: most decisions are far below, where
#: everybody is right, and would hide it.
LIKELY = 0.10


@dataclass(frozen=True, slots=True)
class Bin:
    """Theme decisions whose probability lies in one stretch.

    Attributes
    ----------
    low, high : float
        The stretch.
    decisions : int
        How many lie in it.
    probability : float
        Their mean probability.
    coded : float
        Share of them in which the theme is coded.
    """

    low: float
    high: float
    decisions: int
    probability: float
    coded: float


def in_bins(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the number of the bin of each probability, from 0."""
    return np.minimum((probability * BINS).astype(np.int64), BINS - 1)


def reliability(
    probability: NDArray[np.float64], coded: NDArray[np.bool_], known: NDArray[np.bool_]
) -> tuple[Bin, ...]:
    """Return the bins that hold a decision, lowest first.

    Parameters
    ----------
    probability : ndarray of shape (n_samples, n_themes)
        Calibrated probabilities.
    coded, known : ndarray of bool of shape (n_samples, n_themes)
        Whether the theme is coded, and whether that is known.
    """
    bins = in_bins(probability)[known]
    count = np.bincount(bins, minlength=BINS)
    predicted = np.bincount(bins, probability[known], minlength=BINS)
    hits = np.bincount(bins, coded[known].astype(float), minlength=BINS)
    return tuple(
        Bin(b / BINS, (b + 1) / BINS, int(count[b]), float(predicted[b] / count[b]), float(hits[b] / count[b]))
        for b in range(BINS)
        if count[b]
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of probability and share coded over decisions: 0 perfect, 1 always surely wrong.

    References
    ----------
    M. P. Naeini, G. F. Cooper and M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, 2015.
    """
    total = sum(b.decisions for b in bins)
    return sum(b.decisions * abs(b.probability - b.coded) for b in bins) / total if total else 0.0


def as_table(bins: Sequence[Bin]) -> list[str]:
    """Return the bins as lines of text for people."""
    lines = [f"{'probability':<16}{'decisions':>10}{'mean':>8}{'coded':>8}"]
    return lines + [
        f"{f'{b.low:.2f}–{b.high:.2f}':<16}{b.decisions:>10}{b.probability:>8.3f}{b.coded:>8.3f}" for b in bins
    ]


def draw_reliability(whole: Sequence[Bin], themes: Sequence[tuple[str, Sequence[Bin]]], name: str, path: Path) -> None:
    """Draw the reliability diagram of all decisions, and a small one for each theme, as SVG.

    Parameters
    ----------
    whole : sequence of Bin
        The bins of all decisions.
    themes : sequence of (str, sequence of Bin)
        Those of each theme.
    name : str
        What was measured.
    path : Path
        Where the SVG goes.

    Raises
    ------
    ZhengyuError
        matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ZhengyuError("the diagram needs matplotlib: pip install 'zhengyu[charts]'") from error
    across = 6
    down = -(-len(themes) // across)
    figure: Any = Figure(figsize=(11, 5 + 1.7 * down), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(5, 1.7 * down))
    axes = upper.subplots()
    _panel(axes, whole, sized=True)
    distance = expected_calibration_error(whole)
    axes.set(
        xlabel="mean probability", ylabel="share coded", title=f"{name}: expected calibration error {distance:.3f}"
    )
    panels = lower.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (theme, bins) in zip(panels, themes, strict=False):
        _panel(panel, bins, sized=False)
        panel.set_title(theme, fontsize=8)
    for panel in panels[len(themes) :]:
        panel.set_axis_off()
    try:
        # The salt keeps the ids inside the file the same from run to run.
        with rc_context({"svg.hashsalt": "zhengyu"}):
            figure.savefig(path, format="svg", metadata={"Date": None})
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}") from error


def _panel(axes: Any, bins: Sequence[Bin], *, sized: bool) -> None:
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
    axes.plot([b.probability for b in bins], [b.coded for b in bins], color="#00567a", marker="o", markersize=3)
    if sized:
        for b in bins:
            axes.annotate(
                f"{b.decisions:,}", (b.probability, b.coded), xytext=(4, -9), textcoords="offset points", fontsize=7
            )
    axes.set(xlim=(0, 1), ylim=(0, 1))
