"""Labels to look at again: likely errors, alike paragraphs, themes that overlap, thin themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zhengyu.io.labelled import check
from zhengyu.io.layout import TableOptions
from zhengyu.themes.pipeline import contents, label_matrix, make_pipeline
from zhengyu_corpus.check import require_sound
from zhengyu_corpus.records import LabelledParagraph
from zhengyu_corpus.themes import ThemeSet

#: A theme that is coded though its out-of-fold probability is below this is suspect, and so is one that is not coded
#: above the other. Confident learning (Northcutt, Jiang and Chuang 2021) takes the mean probability of each class;
#: with thirty thin themes that mean is unsteady, so two bounds serve for all.
SURE_NOT = 0.03
SURE = 0.93
#: Two themes overlap when the rarer of them stands with the other in more than this share of its paragraphs.
OVERLAP = 0.4
#: Fewer paragraphs than this and a theme is thin.
THIN = 60
_TEXT_CHARS = 60


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that the rest of the corpus contradicts.

    Attributes
    ----------
    id, theme : str
        The record and the theme.
    coded : bool
        Whether the theme is coded.
    probability : float
        Out-of-fold probability of the theme.
    text : str
        Its beginning, ``""`` for a bag.
    """

    id: str
    theme: str
    coded: bool
    probability: float
    text: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found; every list begins with the worst."""

    suspects: tuple[Suspect, ...]
    alike: tuple[str, ...]
    overlaps: tuple[tuple[str, str, float], ...]
    thin: tuple[tuple[str, int], ...]

    def as_text(self) -> str:
        """Return the report for people."""
        lines = [f"{len(self.suspects)} labels to look at again (out-of-fold probability contradicts them):"]
        for s in self.suspects:
            said = "coded, but" if s.coded else "not coded, but"
            lines.append(f"  {s.id}  {s.theme} {said} p = {s.probability:.3f}  {s.text}".rstrip())
        lines += ["", f"{len(self.alike)} paragraphs alike:", *(f"  {line}" for line in self.alike)]
        lines += ["", f"{len(self.overlaps)} pairs of themes that overlap:"]
        lines += [f"  {share:.0%} of {a} is {b} too" for a, b, share in self.overlaps]
        lines += ["", f"{len(self.thin)} thin themes (below {THIN}):", *(f"  {t}: {n}" for t, n in self.thin)]
        return "\n".join(lines)


def quality(
    paths: Sequence[Path],
    themes: ThemeSet,
    *,
    jobs: int = 2,
    memory: Any = None,
    options: TableOptions | None = None,
) -> Quality:
    """Look for labels worth a second look.

    Parameters
    ----------
    paths : sequence of Path
        Labelled files.
    themes : ThemeSet
        The code list.
    jobs : int
        Threads.
    memory : str or joblib.Memory, optional
        Where fits are kept; those of a retraining with the same paragraphs serve here too.
    options : TableOptions, optional
        What the user says of encoding and layout.

    Raises
    ------
    CorpusError
        Files with problems.
    """
    found = require_sound(check(list(paths), themes, options=options))
    records = found.records
    labels = label_matrix(records, themes)
    pipeline = make_pipeline(n_jobs=jobs, memory=memory)
    pipeline.fit(contents(records), labels, themes__groups=[record.doc for record in records])
    fitted = pipeline.named_steps["themes"]
    chances = fitted.calibration_.probability(fitted.oof_score_)[:, :-1]
    doubt = np.where(labels == 1, (chances < SURE_NOT) * (1 - chances), (labels == 0) * (chances > SURE) * chances)
    order = np.argsort(-doubt, axis=None, kind="stable")[: int((doubt > 0).sum())]
    suspects: list[Suspect] = []
    for flat in order:
        i, k = divmod(int(flat), len(themes))
        record = records[i]
        text = record.text[:_TEXT_CHARS] if isinstance(record, LabelledParagraph) else ""
        suspects.append(Suspect(record.id, themes.ids[k], bool(labels[i, k] == 1), float(chances[i, k]), text))
    coded = labels == 1
    count = coded.sum(axis=0)
    both = coded.T.astype(int) @ coded.astype(int)
    overlaps = [
        (themes.ids[a], themes.ids[b], float(both[a, b] / count[a]))
        for a in range(len(themes))
        for b in range(len(themes))
        if a != b and count[a] <= count[b] and count[a] and both[a, b] / count[a] > OVERLAP
    ]
    return Quality(
        tuple(suspects),
        tuple(str(problem) for problem in found.problems if problem.field == "text"),
        tuple(sorted(overlaps, key=lambda row: -row[2])),
        tuple((theme, int(n)) for theme, n in zip(themes.ids, count, strict=True) if n < THIN),
    )
