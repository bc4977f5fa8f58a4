"""How quality grows with written paragraphs, coded real ones, and both: a table and a chart."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold

from zhengyu.themes.metrics import f_score
from zhengyu.themes.pipeline import contents, label_matrix, make_pipeline
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, Record
from zhengyu_corpus.themes import ThemeSet

#: Shares of each source that are trained on.
SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """Figures of one training set: its source, its size, and micro- and macro-F1 on held-out real paragraphs."""

    source: str
    paragraphs: int
    micro_f1: float
    macro_f1: float


def learning_curve(records: Sequence[Record], themes: ThemeSet, *, folds: int = 3, seed: int = 0) -> list[Point]:
    """Train on shares of the written paragraphs, of the real ones, and of both; test on real ones of other documents.

    Parameters
    ----------
    records : sequence of Record
        Written paragraphs and bags.
    themes : ThemeSet
        The code list.
    folds : int, default=3
        Folds over the documents of the bags; a point is the mean of the folds.
    seed : int, default=0
        Which paragraphs a share takes.

    Raises
    ------
    ZhengyuError
        There are no bags to test on.
    """
    labels = label_matrix(records, themes)
    is_real = np.array([isinstance(record, BagOfWords) for record in records])
    real, written = np.flatnonzero(is_real), np.flatnonzero(~is_real)
    if real.size < folds:
        raise ZhengyuError("a learning curve is tested on coded real paragraphs, there are none; add bags of words")
    rng = np.random.default_rng(seed)
    texts = contents(records)
    documents = np.array([record.doc for record in records])
    sums: dict[tuple[str, float], list[tuple[int, float, float]]] = {}
    for train, test in GroupKFold(n_splits=folds).split(real, groups=documents[real]):
        shuffled_real, shuffled_written = rng.permutation(real[train]), rng.permutation(written)
        held = real[test]
        for share in SHARES:
            some_real = shuffled_real[: int(share * shuffled_real.size)]
            some_written = shuffled_written[: int(share * shuffled_written.size)]
            for source, chosen in (
                ("written", some_written),
                ("real", some_real),
                ("both", np.concatenate([some_written, some_real])),
            ):
                pipeline = make_pipeline(cv=3)
                pipeline.fit([texts[i] for i in chosen], labels[chosen], themes__groups=documents[chosen])
                given = pipeline.predict([texts[i] for i in held]).astype(bool)
                micro, each = f_score(given, labels[held])
                sums.setdefault((source, share), []).append((chosen.size, micro, float(each.mean())))
    points: list[Point] = []
    for (source, _), rows in sums.items():
        size, micro, macro = np.mean(rows, axis=0)
        points.append(Point(source, int(size), float(micro), float(macro)))
    return points


def write_curve(points: Sequence[Point], table: Path, chart: Path) -> None:
    """Write the points as CSV and as an SVG chart.

    Raises
    ------
    ZhengyuError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ZhengyuError("the chart needs matplotlib: pip install 'zhengyu[charts]'") from error
    with table.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["source", "paragraphs", "micro_f1", "macro_f1"])
        for point in points:
            writer.writerow([point.source, point.paragraphs, f"{point.micro_f1:.4f}", f"{point.macro_f1:.4f}"])
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for source, colour, mark in (("written", "#b35900", "s"), ("real", "#00567a", "o"), ("both", "#3d6b1f", "^")):
        line = sorted((point for point in points if point.source == source), key=lambda point: point.paragraphs)
        sizes = [point.paragraphs for point in line]
        axes.plot(sizes, [p.micro_f1 for p in line], color=colour, marker=mark, label=f"{source}: micro-F1")
        axes.plot(sizes, [p.macro_f1 for p in line], color=colour, marker=mark, ls=":", label=f"{source}: macro-F1")
    axes.set(xscale="log", xlabel="paragraphs trained on", ylabel="F1 on real paragraphs of other documents")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, ncols=3, fontsize=8)
    figure.savefig(chart, metadata={"Date": None})


def main() -> None:
    """Draw the curve of the built-in corpus into docs/."""
    from zhengyu.io.labelled import read_labelled
    from zhengyu_corpus.readers import builtin_files
    from zhengyu_corpus.themes import load_themes

    themes = load_themes()
    points = learning_curve(read_labelled(builtin_files(), themes).records, themes)
    write_curve(points, Path("docs/learning-curve.csv"), Path("docs/learning-curve.svg"))


if __name__ == "__main__":
    main()
