"""Two versions of a text sentence by sentence: which are the same, changed, dropped, added, moved."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.normalise import normalise

#: Least likeness of two sentences, as a share of their characters, for one to be the other reworded.
LEAST_ALIKE = 0.55
#: Sentences of a document that are aligned with those of another; the table of likeness has the square of it.
MAX_SENTENCES = 5000
_SENTENCE = re.compile(r"[^。！？；!?;\n]+(?:[。！？；!?;\n]+[”’」』）)]*)?|[。！？；!?;\n]+[”’」』）)]*")
_NUMBERS = re.compile(r"(百分之|[0-9０-９.．]+[%％]?|[〇零一二三四五六七八九十百千万亿两]+)")
_ALIGNED = ("change", "number_a", "number_b", "a", "b", "alike", "moved", "wording")
#: Cuts what is compared word by word; made on first use, for it reads a dictionary.
WORDS = Tokenizer()


def sentences_of(paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of paragraphs; a semicolon ends one, as in the lists of work reports.

    Examples
    --------
    >>> list(sentences_of(["粮食增产；农民增收。“成绩来之不易。”", "一、总体要求"]))
    ['粮食增产；', '农民增收。', '“成绩来之不易。”', '一、总体要求']
    """
    for paragraph in paragraphs:
        for match in _SENTENCE.finditer(paragraph):
            if sentence := match[0].strip():
                yield sentence


def align_sentences(first: Sequence[str], second: Sequence[str], least: float = LEAST_ALIKE) -> pd.DataFrame:
    """Pair the sentences of two versions of a text.

    Equal sentences are paired first, then the others so that their likeness together is greatest (the assignment
    problem). Likeness is the share of characters that both have in one order (normalised insertion and deletion
    distance); pairs below `least` stay apart: one dropped, one added.

    Returns
    -------
    pandas.DataFrame
        See `Comparison`.

    Examples
    --------
    >>> table = align_sentences(["农民收入增长百分之八。", "关停小散企业四家。"], ["农民收入增长百分之七。"])
    >>> table[["change", "wording"]].values.tolist()
    [['changed', '农民收入增长百分之[-八-]{+七+}。'], ['dropped', '[-关停小散企业四家。-]']]
    """
    a, b = ([normalise(sentence).text for sentence in some] for some in (first, second))
    pairs = _equal(a, b)
    rest_a = [i for i in range(len(a)) if i not in pairs]
    taken = set(pairs.values())
    rest_b = [j for j in range(len(b)) if j not in taken]
    likeness = dict.fromkeys(pairs.items(), 1.0)
    if rest_a and rest_b:
        from rapidfuzz.distance import Indel
        from rapidfuzz.process import cdist
        from scipy.optimize import linear_sum_assignment

        alike = cdist([a[i] for i in rest_a], [b[j] for j in rest_b], scorer=Indel.normalized_similarity,
                      score_cutoff=least, dtype=np.float32)  # fmt: skip
        for row, column in zip(*linear_sum_assignment(alike, maximize=True), strict=True):
            if alike[row, column] >= least:
                pairs[rest_a[row]] = rest_b[column]
                likeness[rest_a[row], rest_b[column]] = float(alike[row, column])
    kept = _in_order(pairs)
    back = {j: i for i, j in pairs.items()}
    rows: list[tuple[float, float, dict[str, Any]]] = []
    for j in range(len(b)):
        i = back.get(j)
        if i is None:
            parts: tuple[Any, ...] = ("added", pd.NA, j + 1, "", second[j], 0.0, False, f"{{+{second[j]}+}}")
        else:
            same = a[i] == b[j]
            wording = second[j] if same else marked_change(first[i], second[j])
            parts = ("same" if same else "changed", i + 1, j + 1, first[i], second[j], likeness[i, j],
                     i not in kept, wording)  # fmt: skip
        rows.append((j, -1, dict(zip(_ALIGNED, parts, strict=True))))
    at = -1.0
    for i in range(len(a)):  # what was dropped stands behind the sentence that it stood behind
        if i in pairs:
            at = float(pairs[i]) if i in kept else at
        else:
            dropped = ("dropped", i + 1, pd.NA, first[i], "", 0.0, False, f"[-{first[i]}-]")
            rows.append((at + 0.5, i, dict(zip(_ALIGNED, dropped, strict=True))))
    rows.sort(key=lambda row: row[:2])
    table = pd.DataFrame([row for _, _, row in rows], columns=list(_ALIGNED))
    return table.astype({"number_a": "Int64", "number_b": "Int64"})


def _equal(a: Sequence[str], b: Sequence[str]) -> dict[int, int]:
    """Pair equal sentences, the first with the first, the second with the second."""
    places: dict[str, list[int]] = {}
    for j, sentence in reversed(list(enumerate(b))):
        places.setdefault(sentence, []).append(j)
    return {i: places[sentence].pop() for i, sentence in enumerate(a) if places.get(sentence)}


def _in_order(pairs: Mapping[int, int]) -> set[int]:
    """Return the most sentences of the first text whose partners stand in the same order; the others have moved."""
    ends: list[int] = []
    chain: list[int] = []
    before: dict[int, int | None] = {}
    for i in sorted(pairs):
        place = bisect_left(ends, pairs[i])
        before[i] = chain[place - 1] if place else None
        ends[place : place + 1], chain[place : place + 1] = [pairs[i]], [i]
    kept: set[int] = set()
    one = chain[-1] if chain else None
    while one is not None:
        kept.add(one)
        one = before[one]
    return kept


def edits(first: str, second: str) -> list[tuple[str, str, str]]:
    """Return how one sentence was changed into another, word by word: ``equal``, ``changed``; what stood, what stands.

    Examples
    --------
    >>> edits("力争增长百分之八", "增长百分之七以上")
    [('changed', '力争', ''), ('equal', '增长百分之', '增长百分之'), ('changed', '八', '七以上')]
    """
    from rapidfuzz.distance import Indel

    a, b = _pieces(first), _pieces(second)
    found: list[tuple[str, str, str]] = []
    for code in Indel.opcodes(a, b):
        old = "".join(a[code.src_start : code.src_end])
        new = "".join(b[code.dest_start : code.dest_end])
        kind = "equal" if code.tag == "equal" else "changed"
        if found and found[-1][0] == kind:  # a deletion and an insertion side by side are one change
            _, before, behind = found.pop()
            old, new = before + old, behind + new
        found.append((kind, old, new))
    return found


def marked_change(first: str, second: str) -> str:
    """Return a change as one line: ``[-…-]`` around what went, ``{+…+}`` around what came."""
    return "".join(
        new if kind == "equal" else (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")
        for kind, old, new in edits(first, second)
    )


def _pieces(sentence: str) -> list[str]:
    """Return a sentence cut into words, its numbers whole: 百分之八 turned into 百分之七 changes 八 alone."""
    return [word for part in _NUMBERS.split(sentence) if part
            for word in ([part] if _NUMBERS.fullmatch(part) else WORDS.words(part))]  # fmt: skip
