"""What a model folder holds for people: its card, and the words that weigh most for each theme."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.themes.tokens import CHARACTERS, WORDS
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.evaluation.evaluate import Evaluation
from zhengyu_training.evaluation.operating_points import OperatingPoint

#: Words shown for and against each theme.
TOP = 30
_FEATURES = {
    WORDS: "jieba words, the characters inside them and pairs of words",
    CHARACTERS: "jieba words, and the characters of the whole text by ones and twos",
}


def top_terms(coef: NDArray[np.float64], features: Sequence[str], themes: ThemeSet) -> str:
    """Return ``theme,rank,for,weight_for,against,weight_against`` as CSV text, `TOP` rows a theme."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["theme", "rank", "for", "weight_for", "against", "weight_against"])
    for k, theme in enumerate((*themes.ids, "none")):
        order = np.argsort(coef[k], kind="stable")
        for rank, (best, worst) in enumerate(zip(order[::-1][:TOP], order[:TOP], strict=True), 1):
            row = [theme, rank, features[best], f"{coef[k, best]:.2f}", features[worst], f"{coef[k, worst]:.2f}"]
            writer.writerow(row)
    return out.getvalue()


def model_card(
    name: str,
    facts: Mapping[str, Any],
    cross: Evaluation,
    unseen: Evaluation | None,
    goals: Sequence[OperatingPoint],
    themes: ThemeSet,
) -> str:
    """Return the model card, made from the evaluation."""
    corpus = facts["corpus"]
    curves = facts["calibration"]
    bent = [theme for theme, method in curves.items() if method == "isotonic"]
    weak = sorted(cross.themes, key=lambda row: row.f1.value)[:5]
    lines = [
        f"# Model card: {name}",
        "",
        "**For**: tagging paragraphs of Chinese policy prose with themes, to be checked by readers; counting themes",
        "over many paragraphs. **Not for**: judging persons or offices, or any use in which nobody can check a tag.",
        "",
        f"**Data**: {corpus['written']} written paragraphs and {corpus['bags']} coded real ones kept as counts,",
        f"of {corpus['documents']} documents; digest `{corpus['digest'][:16]}`. See corpus/DATASHEET.md of zhengyu for",
        "the built-in ones, which language models wrote and coded.",
        "",
        f"**Method**: {_FEATURES[facts['settings']['features']]}, TF-IDF, one linear support vector",
        f"machine a theme{', of which the highest score alone counts' if themes.exclusive else ''}; settings",
        f"{facts['settings']}.",
        "",
        f"**Figures** ({cross.name}, {cross.paragraphs} paragraphs; 95 % intervals from resampling documents;",
        "thresholds were chosen on the same out-of-fold scores, and cross-validation on one's own corpus flatters:",
        "expect less elsewhere)",
        "",
        *_figures(cross, unseen),
        "",
        f"**Probabilities**: calibrated on out-of-fold scores, a sigmoid for {len(curves) - len(bent)} of "
        f"{len(curves)} scores{', an isotonic curve for ' + ', '.join(bent) if bent else ''}.",
        "",
        "**Thresholds**: for F1; others can be asked for. On documents that they were not chosen on:",
        "",
        "| favour | precision | recall | F1 | never given |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {g.goal} | {g.precision:.3f} | {g.recall:.3f} | {g.f1:.3f} | {', '.join(g.never) or '–'} |"
            for g in goals
        ),
        "",
        "**Known failures**: weakest themes "
        + ", ".join(f"{row.theme} (F1 {row.f1.value:.2f}, {row.support} paragraphs)" for row in weak)
        + f"; F1 of none {cross.overall['none_f1']}. Most frequent confusions:",
        "",
        "| coded | given instead | paragraphs |",
        "| --- | --- | --- |",
        *(f"| {c.coded} | {c.given} | {c.count} |" for c in cross.confusions),
        "",
        "**Licence**: Apache-2.0 for the shipped model; a model trained on your own labels is yours.",
        "",
    ]
    return "\n".join(lines)


def _figures(cross: Evaluation, unseen: Evaluation | None) -> list[str]:
    """Return the table of figures, those on sources that were left out whole beside the others."""
    if unseen is None:
        return [
            "| figure | value |",
            "| --- | --- |",
            *(f"| {key} | {figure} |" for key, figure in cross.overall.items()),
        ]
    return [
        "| figure | documents left out | sources left out whole |",
        "| --- | --- | --- |",
        *(f"| {key} | {figure} | {unseen.overall[key]} |" for key, figure in cross.overall.items()),
        "",
        "The last column is the honest one for texts from elsewhere: repositories that nothing else was trained on.",
    ]
