"""The rows of documents: one a paragraph, those of many documents made at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from zhengyu.io.arrow import named, numbers, repeated, strings
from zhengyu.io.blocks import Block, SetAside
from zhengyu.io.documents.document import confidence
from zhengyu.io.documents.paragraphs import SplitDocument


def document_block(
    documents: Sequence[SplitDocument], aside: tuple[SetAside, ...] = (), *, read_by: bool = False
) -> Block:
    """Return the paragraphs of documents, with the facts that were found of each.

    Parameters
    ----------
    documents : sequence of SplitDocument
        In their order. All have the same facts, if any.
    aside : tuple of SetAside
        What could not be read of them, or beside them.
    read_by : bool, default=False
        Tell how each paragraph was read, even if OCR took part in none of the documents.
    """
    counts = [len(one.paragraphs) for one in documents]
    parts = [part for one in documents for part in one.paragraphs]
    ids = strings([f"{one.document.name}#{part.number}" for one in documents for part in one.paragraphs])
    texts = strings([part.text for part in parts])
    columns = {
        "id": ids,
        "file": repeated([one.document.name for one in documents], counts),
        "paragraph": _integers([part.number for part in parts]),
        "start": _integers([part.start for part in parts]),
        "end": _integers([part.end for part in parts]),
        "kind": _few([part.kind for part in parts]),
        "rule": _few([part.rule for part in parts]),
        "text": texts,
    }
    for name in documents[0].facts if documents else ():
        columns[name] = repeated([one.facts[name] for one in documents], counts)
    if read_by or any(one.document.recognised for one in documents):
        sure = [confidence(one.document, part.start, part.end) for one in documents for part in one.paragraphs]
        columns["read_by"] = _few(["text" if one is None else "ocr" for one in sure])
        missing = np.array([one is None for one in sure], dtype=bool)
        columns["ocr_confidence"] = numbers(np.array([one or 0.0 for one in sure], dtype=np.float64), missing)
    return Block(pa.table(columns), texts, lambda: ids, [part.kind for part in parts], aside)


def _integers(values: Sequence[int]) -> pa.Array:
    return numbers(np.array(values, dtype=np.int64))


def _few(values: Sequence[str]) -> pa.Array:
    """Return strings most of which are the same few."""
    names = {name: place for place, name in enumerate(dict.fromkeys(values))}
    return named(list(names), np.array([names[value] for value in values], dtype=np.int64))
