"""Train the slogan finder: marked paragraphs and bags in, the slogan parts of a model folder out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhengyu.slogans.storage import write_parts
from zhengyu_corpus.lexicon import load_lexicon
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.slogans.fit import fit_slogans
from zhengyu_training.slogans.marks import common_slogans, mark, place_names, read_slogan_bags

#: From fewer documents with a marked slogan no finder is learnt.
MIN_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class TrainedSlogans:
    """What training the finder gives.

    Attributes
    ----------
    parts : dict of str to bytes
        The parts of a model folder, by file name.
    paragraphs, real : int
        Marked paragraphs that were learnt from, and how many of them are real ones.
    threshold : float
        Probability from which a candidate is a slogan.
    f1 : float
        Exact-span F1 in cross-validation by document, on the real paragraphs if there are enough.
    """

    parts: dict[str, bytes]
    paragraphs: int
    real: int
    threshold: float
    f1: float

    def as_json(self) -> dict[str, float]:
        """Return the figures."""
        return {
            "paragraphs": self.paragraphs, "real": self.real, "threshold": self.threshold,
            "cross_validated_exact_f1": round(self.f1, 4),
        }  # fmt: skip


def train_slogans(
    records: Sequence[Record],
    themes: ThemeSet,
    *,
    base: bool = True,
    lexicon: Path | None = None,
    seed: int = 0,
) -> TrainedSlogans | None:
    """Train on paragraphs in which slogans were marked.

    Parameters
    ----------
    records : sequence of Record
        Written paragraphs whose ``slogans`` are not None are learnt from.
    themes : ThemeSet
        The model's themes.
    base : bool, default=True
        Whether the bags of marked real paragraphs that come with zhengyu are learnt from too.
    lexicon : Path, optional
        A lexicon in place of the built-in one.
    seed : int, default=0
        Seed of the draw of wordings that are none.

    Returns
    -------
    TrainedSlogans or None
        None when slogans are marked in fewer than `MIN_DOCUMENTS` documents.
    """
    entries = load_lexicon(lexicon, themes)
    known, places = common_slogans(entries), place_names()
    marked = [
        mark(
            record.id, record.doc, record.text, {slogan.text: slogan.type for slogan in record.slogans}, (), known,
            places,
        )
        for record in records
        if isinstance(record, LabelledParagraph) and record.slogans is not None
    ]  # fmt: skip
    if base:
        marked += read_slogan_bags()
    if len({one.doc for one in marked if any(one.labels)}) < MIN_DOCUMENTS:
        return None
    fitted = fit_slogans(marked, {entry.normal: entry.type for entry in entries}, seed=seed)
    return TrainedSlogans(
        write_parts(entries, places, fitted.weights), len(marked), sum(one.real for one in marked),
        fitted.weights.threshold, fitted.f1,
    )  # fmt: skip
