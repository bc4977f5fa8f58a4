"""How well tags agree with labels: per theme and overall, with intervals over documents, and the worst confusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.io.labelled import find_files, read_labelled
from zhengyu.io.layout import TableOptions
from zhengyu.themes.metrics import f_measure, precision, recall, theme_counts
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import contents, label_matrix
from zhengyu.themes.scorer import Scorer
from zhengyu.themes.thresholds import Decision
from zhengyu_corpus.check import require_sound
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.evaluation.bootstrap import Interval, bootstrap
from zhengyu_training.evaluation.reliability import (
    BINS,
    LIKELY,
    Bin,
    as_table,
    expected_calibration_error,
    in_bins,
    reliability,
)

#: Confusions and examples that a report shows.
SHOWN = 12
_EXAMPLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class ThemeFigures:
    """Precision, recall and F1 of one theme, its support, and the F1's interval."""

    theme: str
    precision: float
    recall: float
    f1: Interval
    support: int
    given: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Paragraphs coded `coded` (or none) that got `given` (or none) instead, with an example."""

    coded: str
    given: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one model on one set of paragraphs.

    Attributes
    ----------
    name : str
        What was measured.
    paragraphs, documents : int
        Size of the set.
    overall : dict of str to Interval
        ``micro_f1``, ``macro_f1`` (over themes that occur), ``micro_precision``, ``micro_recall``,
        ``none_f1`` (a paragraph given nothing but doubtful themes counts as none), ``none_f1_clear`` (such paragraphs
        left out),
        ``top`` (share of paragraphs with themes whose most probable theme is coded), ``ece`` (expected calibration
        error over all theme decisions), ``ece_likely`` (over those with a probability of at least 0.10).
    themes : tuple of ThemeFigures
        In codebook order.
    confusions : tuple of Confusion
        Most frequent first.
    reliability : tuple of Bin
        Probabilities of all theme decisions beside the shares coded.
    reliability_by_theme : tuple of (str, tuple of Bin)
        The same for each theme.
    """

    name: str
    paragraphs: int
    documents: int
    overall: dict[str, Interval]
    themes: tuple[ThemeFigures, ...]
    confusions: tuple[Confusion, ...]
    reliability: tuple[Bin, ...]
    reliability_by_theme: tuple[tuple[str, tuple[Bin, ...]], ...]

    def as_json(self) -> dict[str, Any]:
        """Return figures rounded to four places, without examples, for the model folder."""

        def spread(figure: Interval) -> list[float]:
            return [round(figure.value, 4), round(figure.low, 4), round(figure.high, 4)]

        return {
            "name": self.name,
            "paragraphs": self.paragraphs,
            "documents": self.documents,
            "overall": {name: spread(figure) for name, figure in self.overall.items()},
            "themes": {
                row.theme: {
                    "precision": round(row.precision, 4),
                    "recall": round(row.recall, 4),
                    "f1": spread(row.f1),
                    "support": row.support,
                    "given": row.given,
                }
                for row in self.themes
            },
            "reliability": [[b.decisions, round(b.probability, 4), round(b.coded, 4)] for b in self.reliability],
        }

    def overall_as_text(self) -> list[str]:
        """Return the figures over all themes, as lines."""
        return [self._title(), "", *self._figures()]

    def _title(self) -> str:
        return (
            f"{self.name}: {self.paragraphs} paragraphs of {self.documents} documents; "
            "95 % intervals from resampling documents"
        )

    def _figures(self) -> list[str]:
        names = {
            "micro_f1": "micro-F1", "macro_f1": "macro-F1", "micro_precision": "micro precision",
            "micro_recall": "micro recall", "none_f1": "F1 of none",
            "none_f1_clear": "  only doubtful ones given: out", "top": "top theme right",
            "ece": "expected calibration error", "ece_likely": f"  where p is {LIKELY:.2f} or more",
        }  # fmt: skip
        return [f"{names[name]:<32}{figure}" for name, figure in self.overall.items()]

    def as_text(self) -> str:
        """Return the report for people."""
        lines = [
            self._title(),
            "",
            f"{'theme':<16}{'precision':>10}{'recall':>8}{'F1':>22}{'support':>9}{'given':>7}",
        ]
        lines += [
            f"{row.theme:<16}{row.precision:>10.3f}{row.recall:>8.3f}{row.f1!s:>22}{row.support:>9}{row.given:>7}"
            for row in self.themes
        ]
        lines += ["", *self._figures()]
        lines += ["", "probabilities of all theme decisions:", *as_table(self.reliability)]
        each = [(expected_calibration_error(bins), theme) for theme, bins in self.reliability_by_theme]
        (largest, where), middle = max(each), float(np.median([error for error, _ in each]))
        lines += [f"expected calibration error by theme: median {middle:.3f}, largest {largest:.3f} ({where})"]
        if self.confusions:
            lines += ["", "worst confusions (coded → given instead):"]
            lines += [f"  {c.coded} → {c.given}  {c.count}×  {c.example}" for c in self.confusions]
        return "\n".join(lines)


def evaluate(
    probability: NDArray[np.float64],
    decision: Decision,
    records: Sequence[Record],
    themes: ThemeSet,
    *,
    name: str,
    seed: int = 0,
) -> Evaluation:
    """Compare probabilities and the decisions on them with labels.

    Themes in a record's ``maybe`` are scored neither right nor wrong.

    Parameters
    ----------
    probability : ndarray of shape (n_records, n_themes + 1)
        Calibrated probabilities, none last.
    decision : Decision
        Thresholds.
    records : sequence of Record
        What was coded.
    themes : ThemeSet
        The code list.
    name : str
        How the report calls it.
    seed : int
        Seed of the resampling.
    """
    labels = label_matrix(records, themes)
    given = decision.apply(probability)
    coded, wrong, known = labels == 1, labels == 0, labels >= 0
    extra, missed = given & wrong, ~given & coded
    hits, extras, misses = theme_counts(given, labels)
    none = np.asarray(~coded.any(axis=1))
    found_none = np.asarray(~(given & known).any(axis=1))
    probabilities = probability[:, :-1]
    figures = figure_function(probabilities, given, labels)
    measured = bootstrap([record.doc for record in records], figures, seed=seed)
    rows = tuple(
        ThemeFigures(
            theme,
            precision(hits[k], extras[k]),
            recall(hits[k], misses[k]),
            measured[f"f1:{k}"],
            int(coded[:, k].sum()),
            int(given[:, k].sum()),
        )
        for k, theme in enumerate(themes.ids)
    )
    return Evaluation(
        name=name,
        paragraphs=len(records),
        documents=len({record.doc for record in records}),
        overall={key: figure for key, figure in measured.items() if not key.startswith("f1:")},
        themes=rows,
        confusions=_confusions(missed, extra, none, found_none, records, themes),
        reliability=reliability(probabilities, coded, known),
        reliability_by_theme=tuple(
            (theme, reliability(probabilities[:, [k]], coded[:, [k]], known[:, [k]]))
            for k, theme in enumerate(themes.ids)
        ),
    )


def figure_function(
    probabilities: NDArray[np.float64], given: NDArray[np.bool_], labels: NDArray[Any]
) -> Callable[[NDArray[np.int64]], dict[str, float]]:
    """Return the function that gives the figures of a draw, for `zhengyu_training.evaluation.bootstrap.bootstrap`.

    Parameters
    ----------
    probabilities : ndarray of shape (n_records, n_themes)
        Calibrated probabilities.
    given : ndarray of bool of shape (n_records, n_themes)
        The themes given.
    labels : ndarray of shape (n_records, n_themes)
        1, 0, or -1 where coders could differ.

    Returns
    -------
    callable
        From how often each row is drawn to the figures of `Evaluation.overall`, and ``f1:<column>`` for each theme.
    """
    coded, wrong, known = labels == 1, labels == 0, labels >= 0
    none, none_given, found_none = ~coded.any(axis=1), ~given.any(axis=1), ~(given & known).any(axis=1)
    top_right = labels[np.arange(len(labels)), probabilities.argmax(axis=1)] != 0
    occurs = coded.any(axis=0)
    bins = in_bins(probabilities)
    none_counts = np.stack([none & found_none, ~none & found_none, none & ~found_none], axis=1).astype(float)
    clear = none_given | ~found_none
    # A figure of a draw is what each row adds, times how often it is drawn, summed.
    counts = np.concatenate([given & coded, given & wrong, ~given & coded], axis=1).astype(float)
    gap = np.where(known, coded - probabilities, 0.0)
    likely = known & (probabilities >= LIKELY)
    gaps = np.stack([(gap * (bins == b)).sum(axis=1) for b in range(BINS)], axis=1)
    likely_gaps = np.stack([(gap * (bins == b) * likely).sum(axis=1) for b in range(BINS)], axis=1)
    rows_known, rows_likely = known.sum(axis=1), likely.sum(axis=1)

    def figures(times: NDArray[np.int64]) -> dict[str, float]:
        h, e, m = np.split(times @ counts, 3)
        each = f_measure(h, e, m)
        return {
            "micro_f1": f_measure(h.sum(), e.sum(), m.sum()),
            "macro_f1": float(each[occurs].mean()) if occurs.any() else 0.0,
            "micro_precision": precision(h.sum(), e.sum()),
            "micro_recall": recall(h.sum(), m.sum()),
            "none_f1": f_measure(*(times @ none_counts)),
            "none_f1_clear": f_measure(*((times * clear) @ none_counts)),
            "top": float((times * top_right)[~none].sum() / max(1, times[~none].sum())),
            "ece": float(np.abs(times @ gaps).sum() / max(1, times @ rows_known)),
            "ece_likely": float(np.abs(times @ likely_gaps).sum() / max(1, times @ rows_likely)),
            **{f"f1:{k}": float(value) for k, value in enumerate(each)},
        }

    return figures


def _confusions(
    missed: NDArray[np.bool_],
    extra: NDArray[np.bool_],
    none: NDArray[np.bool_],
    found_none: NDArray[np.bool_],
    records: Sequence[Record],
    themes: ThemeSet,
) -> tuple[Confusion, ...]:
    pairs: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for i, record in enumerate(records):
        lost = [themes.ids[k] for k in np.flatnonzero(missed[i])] or (["none"] if none[i] else [])
        instead = [themes.ids[k] for k in np.flatnonzero(extra[i])] or (["none"] if found_none[i] else [])
        for pair in [(a, b) for a in lost for b in instead if a != b]:
            pairs[pair] += 1
            shown = record.text[:_EXAMPLE_CHARS] if isinstance(record, LabelledParagraph) else ""
            examples.setdefault(pair, f"{record.id} {shown}".strip())
    return tuple(Confusion(a, b, count, examples[a, b]) for (a, b), count in pairs.most_common(SHOWN))


def evaluate_model(model: Model, file: Path, *, seed: int = 0, options: TableOptions | None = None) -> Evaluation:
    """Evaluate a model on a labelled file; `options` say its encoding and layout where they are not to be found.

    Raises
    ------
    CorpusError
        The file has problems; all are listed.
    """
    found = require_sound(read_labelled(find_files([Path(file)]), model.themes, options))
    probability = Scorer(model).probabilities(contents(found.records))
    return evaluate(probability, model.decision, found.records, model.themes, name=Path(file).name, seed=seed)
