"""How good slogan finding is: exact and overlapping spans, types, known and new apart, and what each layer gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.record import Slogan
from zhengyu.themes.metrics import f_measure, harmonic_mean, precision, recall
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_training.evaluation.bootstrap import Interval, bootstrap

#: Layers left out in the ablation: name to the arguments of `SloganFinder.find`.
ABLATIONS: dict[str, dict[str, bool]] = {
    "all three layers": {},
    "without the lexicon": {"lexicon": False},
    "without the grammars": {"grammars": False},
    "without the model": {"model": False},
    "lexicon alone": {"grammars": False, "model": False},
}


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A paragraph with marked slogans (text to type) and texts on which coders could differ."""

    id: str
    doc: str
    text: str
    slogans: dict[str, str]
    maybe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SloganEvaluation:
    """Figures of one way of finding.

    Attributes
    ----------
    name : str
        Which layers.
    paragraphs, slogans : int
        How many paragraphs, and marked slogans in them.
    figures : dict of str to Interval
        ``exact_f1``, ``exact_precision``, ``exact_recall``, ``overlap_f1``, ``type_accuracy`` (share of exact spans
        of the right type), ``exact_f1_known`` and ``exact_f1_new``, each in [0, 1].
    wrong, missed : tuple of (str, str)
        Paragraph and wording of slogans found that are none, and of those not found.
    """

    name: str
    paragraphs: int
    slogans: int
    figures: dict[str, Interval]
    wrong: tuple[tuple[str, str], ...]
    missed: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, object]:
        """Return the evaluation, each figure as value, low, high."""
        return {
            "name": self.name, "paragraphs": self.paragraphs, "slogans": self.slogans,
            **{name: [f.value, f.low, f.high] for name, f in self.figures.items()},
            "wrong": self.wrong, "missed": self.missed,
        }  # fmt: skip

    def as_text(self) -> str:
        """Return the figures as lines for people."""
        lines = [f"{self.name}: {self.paragraphs} paragraphs, {self.slogans} marked slogans"]
        lines += [f"  {name:<18}{value}" for name, value in self.figures.items()]
        return "\n".join(lines)


def read_marked(path: Path) -> list[MarkedText]:
    """Read a JSONL file of paragraphs with ``id, text, slogans`` (``text`` and ``type``) and ``maybe``.

    Raises
    ------
    ZhengyuError
        A line is not of that form.
    """
    found: list[MarkedText] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ZhengyuError(f"{path}: cannot be read as UTF-8: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            slogans = {one["text"]: one["type"] for one in row["slogans"]}
            unknown = set(slogans.values()) - set(SLOGAN_TYPES)
            if unknown:
                raise ValueError(f"type {', '.join(sorted(unknown))}")
            one = MarkedText(row["id"], row.get("doc", row["id"]), row["text"], slogans, tuple(row.get("maybe", ())))
        except (ValueError, KeyError, TypeError) as error:
            raise ZhengyuError(
                f"{path}:{number}: expected an object with id, text and slogans (text and type), got {error!r}; mend it"
            ) from error
        found.append(one)
    if not found:
        raise ZhengyuError(f"{path}: expected marked paragraphs, the file holds none")
    return found


def evaluate_slogans(
    finder: SloganFinder, marked: Sequence[MarkedText], *, name: str = "all three layers", seed: int = 0, **layers: bool
) -> SloganEvaluation:
    """Measure a finder on marked paragraphs.

    A wording counts once a paragraph. Found spans that coders could differ on are neither right nor wrong.

    Parameters
    ----------
    finder : SloganFinder
        What is measured.
    marked : sequence of MarkedText
        Paragraphs that it was not trained on.
    name : str
        What the figures are called.
    seed : int, default=0
        Seed of the resampling of documents.
    **layers : bool
        Passed to `SloganFinder.find`.
    """
    counts = np.zeros((len(marked), 13))
    wrong: list[tuple[str, str]] = []
    missed: list[tuple[str, str]] = []
    for i, one in enumerate(marked):
        found = finder.find(one.text, **layers)
        counts[i] = _count(one, found, finder)
        surfaces = {slogan.surface for slogan in found}
        wrong += [(one.id, surface) for surface in sorted(surfaces - set(one.slogans) - set(one.maybe))]
        missed += [(one.id, surface) for surface in one.slogans if surface not in surfaces]
    intervals = bootstrap([one.doc for one in marked], _figures(counts), seed=seed)
    total = sum(len(one.slogans) for one in marked)
    return SloganEvaluation(name, len(marked), total, intervals, tuple(wrong), tuple(missed))


def ablation(finder: SloganFinder, marked: Sequence[MarkedText], *, seed: int = 0) -> list[SloganEvaluation]:
    """Measure a finder with each of its layers left out; see `ABLATIONS`."""
    return [evaluate_slogans(finder, marked, name=name, seed=seed, **left) for name, left in ABLATIONS.items()]


def _count(one: MarkedText, found: Iterable[Slogan], finder: SloganFinder) -> list[float]:
    """Return right, wrong, wanted (exact; all, known, new), then overlap hits, tries, caught, and right types."""
    by_surface = {slogan.surface: slogan for slogan in found}
    gold = set(one.slogans)
    doubtful = set(one.maybe) - gold
    right = gold & set(by_surface)
    wrong = set(by_surface) - gold - doubtful
    known_gold = {surface for surface in gold if finder.entry_of(surface) >= 0}
    known_wrong = {surface for surface in wrong if by_surface[surface].known}
    types = sum(by_surface[surface].type == one.slogans[surface] for surface in right)
    gold_spans, maybe_spans = _occurrences(one.text, gold), _occurrences(one.text, doubtful)
    hits = tries = 0
    caught: set[str] = set()
    for slogan in found:
        touched = [text for start, end, text in gold_spans if start < slogan.end and slogan.start < end]
        caught.update(touched)
        if touched:
            hits += 1
            tries += 1
        elif not any(start < slogan.end and slogan.start < end for start, end, _ in maybe_spans):
            tries += 1
    return [
        len(right), len(wrong), len(gold), len(right & known_gold), len(known_wrong), len(known_gold),
        len(right - known_gold), len(wrong - known_wrong), len(gold - known_gold), hits, tries, len(caught), types,
    ]  # fmt: skip


def _occurrences(text: str, wordings: Iterable[str]) -> list[tuple[int, int, str]]:
    spans: list[tuple[int, int, str]] = []
    for wording in wordings:
        place = text.find(wording)
        while place >= 0:
            spans.append((place, place + len(wording), wording))
            place = text.find(wording, place + 1)
    return spans


def _figures(counts: NDArray[np.float64]) -> Callable[[NDArray[np.int64]], dict[str, float]]:
    def figures(times: NDArray[np.int64]) -> dict[str, float]:
        c: Any = times @ counts
        return {
            "exact_f1": f_measure(c[0], c[1], c[2] - c[0], empty=np.nan),
            "exact_precision": precision(c[0], c[1], empty=np.nan),
            "exact_recall": recall(c[0], c[2] - c[0], empty=np.nan),
            "overlap_f1": harmonic_mean(
                precision(c[9], c[10] - c[9], empty=np.nan), recall(c[11], c[2] - c[11], empty=np.nan)
            ),
            "type_accuracy": recall(c[12], c[0] - c[12], empty=np.nan),
            "exact_f1_known": f_measure(c[3], c[4], c[5] - c[3], empty=np.nan),
            "exact_f1_new": f_measure(c[6], c[7], c[8] - c[6], empty=np.nan),
        }

    return figures
