"""How far two coders agree on the same paragraphs: Krippendorff's alpha and F1, theme by theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhengyu.io.labelled import find_files, read_labelled
from zhengyu.io.layout import TableOptions
from zhengyu.themes.metrics import f1_of_sets
from zhengyu_corpus.check import require_sound
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling.exchange import is_foreign, one_coder, read_tasks


@dataclass(frozen=True, slots=True)
class ThemeAgreement:
    """Agreement on one theme: alpha (1 perfect, 0 chance, nan where nobody coded it), F1, and each coder's count."""

    theme: str
    alpha: float
    f1: float
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two coders.

    Attributes
    ----------
    paragraphs : int
        Paragraphs that both coded.
    micro_f1, macro_f1, none_f1 : float
        F1 of one coder against the other.
    alpha : float
        Krippendorff's alpha over all theme decisions, nominal.
    same : int
        Paragraphs with exactly the same themes.
    themes : tuple of ThemeAgreement
        In codebook order.
    to_settle : tuple of (str, tuple of str, tuple of str)
        Id, first and second coder's themes, where they differ.
    """

    paragraphs: int
    micro_f1: float
    macro_f1: float
    none_f1: float
    alpha: float
    same: int
    themes: tuple[ThemeAgreement, ...]
    to_settle: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

    def as_text(self) -> str:
        """Return the report for people."""
        lines = [
            f"{self.paragraphs} paragraphs coded by both, {self.same} alike in every theme",
            f"micro-F1 {self.micro_f1:.3f}, macro-F1 {self.macro_f1:.3f}, F1 of none {self.none_f1:.3f}, "
            f"Krippendorff's alpha {self.alpha:.3f}",
            "",
            f"{'theme':<16}{'alpha':>8}{'F1':>8}{'first':>7}{'second':>8}",
        ]
        lines += [f"{t.theme:<16}{t.alpha:>8.3f}{t.f1:>8.3f}{t.first:>7}{t.second:>8}" for t in self.themes]
        if self.to_settle:
            lines += ["", "to settle (id: first | second):"]
            lines += [f"  {i}: {';'.join(a) or 'none'} | {';'.join(b) or 'none'}" for i, a, b in self.to_settle]
        return "\n".join(lines)


def krippendorff_alpha(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return Krippendorff's alpha of two coders' yes-or-no decisions without gaps; nan when all are alike.

    Parameters
    ----------
    first, second : ndarray of bool of shape (n_decisions,)
        The decisions.

    References
    ----------
    K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011.
    """
    count = 2 * first.size
    yes = int(first.sum() + second.sum())
    expected = 2 * yes * (count - yes) / (count * (count - 1)) if count > 1 else 0.0
    observed = float((first != second).mean()) if first.size else 0.0
    return 1 - observed / expected if expected else float("nan")


def agree(first: Mapping[str, Sequence[str]], second: Mapping[str, Sequence[str]], themes: ThemeSet) -> Agreement:
    """Compare two coders.

    Parameters
    ----------
    first, second : mapping of str to sequence of str
        Paragraph id to its themes.
    themes : ThemeSet
        The code list.

    Raises
    ------
    ZhengyuError
        No paragraph was coded by both.
    """
    common = [identity for identity in first if identity in second]
    if not common:
        raise ZhengyuError("the two files have no id in common; give both coders the same paragraphs with the same ids")

    def matrix(codes: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
        return np.array([[theme in codes[identity] for theme in themes.ids] for identity in common], dtype=bool)

    a, b = matrix(first), matrix(second)

    f1 = partial(f1_of_sets, empty=np.nan)
    rows = tuple(
        ThemeAgreement(
            theme, krippendorff_alpha(a[:, k], b[:, k]), f1(a[:, k], b[:, k]), int(a[:, k].sum()), int(b[:, k].sum())
        )
        for k, theme in enumerate(themes.ids)
    )
    differ = np.flatnonzero((a != b).any(axis=1))
    return Agreement(
        paragraphs=len(common),
        micro_f1=f1(a, b),
        macro_f1=float(np.nanmean([row.f1 for row in rows])),
        none_f1=f1(np.asarray(~a.any(axis=1)), np.asarray(~b.any(axis=1))),
        alpha=krippendorff_alpha(a.ravel(), b.ravel()),
        same=len(common) - differ.size,
        themes=rows,
        to_settle=tuple((common[i], tuple(first[common[i]]), tuple(second[common[i]])) for i in differ),
    )


def agree_files(
    first: Path,
    second: Path,
    themes: ThemeSet,
    options: TableOptions | None = None,
    *,
    coders: tuple[str, str] = ("", ""),
) -> Agreement:
    """Compare two labelled files, or two files of labelling tools, by the ids of their records.

    Parameters
    ----------
    first, second : Path
        The files; twice the same one where it holds both coders.
    themes : ThemeSet
        The code list.
    options : TableOptions, optional
        What the user says of encoding and layout.
    coders : (str, str)
        Whose labels to take from each, where a file holds several coders'.

    Raises
    ------
    ZhengyuError
        A file has problems, or they have no id in common.
    """
    a, b = (_codes(path, themes, options, coder) for path, coder in zip((first, second), coders, strict=True))
    return agree(a, b, themes)


def _codes(path: Path, themes: ThemeSet, options: TableOptions | None, coder: str) -> dict[str, tuple[str, ...]]:
    if coder or is_foreign(path):
        return {task.id: task.themes or () for task in one_coder(read_tasks(path, themes, options), str(path), coder)}
    found = require_sound(read_labelled(find_files([path]), themes, options))
    return {record.id: record.themes for record in found.records}
