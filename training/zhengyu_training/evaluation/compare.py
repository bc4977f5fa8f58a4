"""Two models on the same paragraphs: what rises, what falls, and whose tags change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.io.labelled import find_files, read_labelled
from zhengyu.io.layout import TableOptions
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import contents, label_matrix
from zhengyu.themes.scorer import Scorer
from zhengyu_corpus.check import DIGEST_DIGITS, require_sound, text_digest
from zhengyu_corpus.records import Record
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.evaluation.bootstrap import Interval, bootstrap
from zhengyu_training.evaluation.evaluate import figure_function

#: Changed paragraphs that a report for people shows.
SHOWN = 20
_TEXT_CHARS = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two models.

    Attributes
    ----------
    name : str
        The figure, or the theme whose F1 it is.
    first, second : float
        Its value for each model.
    difference : Interval
        Second less first, with the 95 % interval from resampling documents, the same draws for both.
    support : int
        Paragraphs coded with the theme; for a figure over all, paragraphs.
    """

    name: str
    first: float
    second: float
    difference: Interval
    support: int


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph that the two models tag differently.

    Attributes
    ----------
    id, text : str
        The paragraph, and how it begins (``""`` for a bag of words).
    coded, first, second : tuple of str
        Its themes as coded, and as each model gives them.
    verdict : str
        ``better``, ``worse`` or ``as good``: the second model's wrong decisions beside the first's.
    """

    id: str
    text: str
    coded: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same paragraphs.

    Attributes
    ----------
    first, second : str
        Their versions.
    name : str
        What they were compared on.
    paragraphs, documents : int
        Its size.
    overall, themes : tuple of Difference
        Figures over all, and F1 of each theme that either model or the labels know.
    changes : tuple of Change
        Those for the worse first.
    trained_on : mapping of str to int or None
        Version to the number of the paragraphs that it was trained on, None for a model that keeps no digests of its
        training texts.
    """

    first: str
    second: str
    name: str
    paragraphs: int
    documents: int
    overall: tuple[Difference, ...]
    themes: tuple[Difference, ...]
    changes: tuple[Change, ...]
    trained_on: Mapping[str, int | None] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON, every change among them."""
        return asdict(self)

    def as_text(self, shown: int = SHOWN) -> str:
        """Return the report for people, with so many of the changed paragraphs."""
        lines = [
            f"{self.first} → {self.second} on {self.name}: {self.paragraphs} paragraphs of {self.documents} documents; "
            "95 % intervals of the difference from resampling documents",
            "",
            f"{'':<16}{'first':>7}{'second':>8}  {'difference':<25}{'support':>7}",
            *(
                f"{version} was trained on {count} of these paragraphs: what it gets right there measures nothing"
                for version, count in self.trained_on.items()
                if count
            ),
            *(_row(row) for row in self.overall),
            "",
            "F1 of",
            *(_row(row) for row in self.themes),
            "",
        ]
        count = Counter(change.verdict for change in self.changes)
        lines.append(
            f"{len(self.changes)} paragraphs get other themes: {count['better']} better, {count['worse']} worse, "
            f"{count['as good']} as good" + (" (coded: first → second)" if self.changes else "")
        )
        for change in self.changes[:shown]:
            coded, first, second = (";".join(t) or "none" for t in (change.coded, change.first, change.second))
            lines.append(f"  {change.verdict:<8}{change.id}  {coded}: {first} → {second}  {change.text}".rstrip())
        if len(self.changes) > shown:
            lines.append(f"  … and {len(self.changes) - shown} more; --changes N shows N of them, --json all")
        return "\n".join(lines)


def _row(row: Difference) -> str:
    d = row.difference
    spread = f"{d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    return f"{row.name:<16}{row.first:>7.3f}{row.second:>8.3f}  {spread:<25}{row.support:>7}"


def compare_models(
    first: Model, second: Model, file: Path, *, seed: int = 0, options: TableOptions | None = None
) -> Comparison:
    """Compare two models on a labelled file.

    A theme that a model does not know is one that it never gives: it counts against it.

    Parameters
    ----------
    first, second : Model
        Loaded models.
    file : Path
        Labelled paragraphs that neither was trained on.
    seed : int
        Seed of the resampling.
    options : TableOptions, optional
        Encoding and layout of the file; found where it does not say.

    Raises
    ------
    CorpusError
        The file has problems; all are listed.
    """
    codes = ThemeSet((*first.themes, *(theme for theme in second.themes if theme.id not in first.themes.ids)))
    records = require_sound(read_labelled(find_files([Path(file)]), codes, options)).records
    labels = label_matrix(records, codes)
    a, b = (_tags(model, records, codes) for model in (first, second))
    one, two = figure_function(*a, labels), figure_function(*b, labels)

    def differences(times: NDArray[np.int64]) -> dict[str, float]:
        before, after = one(times), two(times)
        return {name: after[name] - before[name] for name in before}

    documents = [record.doc for record in records]
    measured = bootstrap(documents, differences, seed=seed)
    every = np.ones(len(records), dtype=np.int64)
    before, after = one(every), two(every)
    support = (labels == 1).sum(axis=0)
    return Comparison(
        first=first.version,
        second=second.version,
        name=Path(file).name,
        paragraphs=len(records),
        documents=len(set(documents)),
        overall=tuple(
            Difference(name, before[name], after[name], measured[name], len(records))
            for name in before
            if not name.startswith("f1:") and name != "none_f1_clear"  # a second reading of none_f1, not judged
        ),
        themes=tuple(
            Difference(theme, before[f"f1:{k}"], after[f"f1:{k}"], measured[f"f1:{k}"], int(support[k]))
            for k, theme in enumerate(codes.ids)
        ),
        changes=_changes(records, labels, a[1], b[1], codes),
        trained_on={model.version: trained_on(model, records) for model in (first, second)},
    )


def trained_on(model: Model, records: Sequence[Record]) -> int | None:
    """Count the records whose texts a model was trained on, None where it keeps no digests of them."""
    corpus = model.manifest.get("corpus")
    held = corpus.get("texts") if isinstance(corpus, dict) else None
    if not isinstance(held, str):
        return None
    texts = {held[i : i + DIGEST_DIGITS] for i in range(0, len(held), DIGEST_DIGITS)}
    return sum(text_digest(record) in texts for record in records)


def _tags(model: Model, records: Sequence[Record], codes: ThemeSet) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    probability = Scorer(model).probabilities(contents(records))
    columns = [codes.ids.index(theme) for theme in model.themes.ids]
    probabilities = np.zeros((len(records), len(codes)))
    given = np.zeros(probabilities.shape, dtype=bool)
    probabilities[:, columns] = probability[:, :-1]
    given[:, columns] = model.decision.apply(probability)
    return probabilities, given


def _changes(
    records: Sequence[Record], labels: NDArray[Any], a: NDArray[np.bool_], b: NDArray[np.bool_], codes: ThemeSet
) -> tuple[Change, ...]:
    def names(row: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(codes.ids[k] for k in np.flatnonzero(row))

    wrong = [((given & (labels == 0)) | (~given & (labels == 1))).sum(axis=1) for given in (a, b)]
    order = {"worse": 0, "better": 1, "as good": 2}
    found: list[Change] = []
    for i in np.flatnonzero((a != b).any(axis=1)).tolist():
        record, more = records[i], int(wrong[1][i]) - int(wrong[0][i])
        verdict = "worse" if more > 0 else "better" if more < 0 else "as good"
        text = record.text if len(record.text) <= _TEXT_CHARS else record.text[:_TEXT_CHARS] + "…"
        found.append(Change(record.id, text, record.themes, names(a[i]), names(b[i]), verdict))
    return tuple(sorted(found, key=lambda change: order[change.verdict]))
