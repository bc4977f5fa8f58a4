"""The written training paragraphs of one theme that are most like a text: “why do you think so?” by example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhengyu.themes.scorer import Scorer
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import LabelledParagraph, Record


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training paragraph and how like the text it is: the cosine of their TF-IDF rows, 0 nothing shared, 1 alike."""

    id: str
    text: str
    similarity: float


def nearest(scorer: Scorer, text: str, theme: str, records: Sequence[Record], count: int) -> tuple[Neighbour, ...]:
    """Return the written paragraphs coded with `theme` that are most like `text`, the likest first.

    Bags of words of real paragraphs are never shown: they have no text.

    Parameters
    ----------
    scorer : Scorer
        Its model's TF-IDF weights are what likeness is measured with.
    text : str
        The paragraph.
    theme : str
        A theme id.
    records : sequence of Record
        Training paragraphs.
    count : int
        How many at most.
    """
    columns, weights = scorer.weights(text)
    row = np.zeros(scorer.model.idf.size)
    row[columns] = weights
    found: list[Neighbour] = []
    for record in records:
        if isinstance(record, LabelledParagraph) and theme in record.themes:
            theirs, values = scorer.weights(record.text)
            found.append(Neighbour(record.id, record.text, float(row[theirs] @ values)))
    return tuple(sorted(found, key=lambda neighbour: (-neighbour.similarity, neighbour.id))[:count])


def builtin_written(scorer: Scorer) -> list[Record]:
    """Return the built-in written paragraphs, if the model was trained on them.

    Raises
    ------
    ZhengyuError
        It was trained without them.
    """
    from zhengyu_corpus.readers import builtin_files, read_builtin
    from zhengyu_corpus.themes import load_themes

    if scorer.model.manifest.get("corpus", {}).get("builtin", True) is False:
        raise ZhengyuError(
            f"{scorer.model.version} was trained without the built-in corpus; name your own files with --corpus"
        )
    files = [path for path in builtin_files() if not path.name.endswith(".gz")]
    return read_builtin(files, load_themes())
