"""Train the slogan finder: marked paragraphs and bags in, the slogan parts of a model folder out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zhengyu.slogans.storage import write_parts
from zhengyu_corpus.lexicon import load_lexicon
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.slogan_fit import FittedSlogans, fit_slogans
from zhengyu_training.slogan_marks import common_slogans, mark, place_names, read_slogan_bags


def train_slogans(
    records: Sequence[Record],
    themes: ThemeSet,
    *,
    base: bool = True,
    lexicon: Path | None = None,
    seed: int = 0,
) -> tuple[dict[str, bytes], FittedSlogans] | None:
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
        Seed of the solver.

    Returns
    -------
    tuple of (dict of str to bytes, FittedSlogans), or None
        The parts by file name, and the fit; None when no slogan is marked anywhere.
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
    if not any(label for one in marked for label in one.labels):
        return None
    fitted = fit_slogans(marked, seed=seed)
    return write_parts(entries, places, fitted.weights), fitted
