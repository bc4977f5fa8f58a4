"""Marked paragraphs to candidates with labels: what the slogan model learns from, of texts and of bags."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from zhengyu.slogans.candidates import candidates, features, surroundings
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.view import view
from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES, KnownSlogan

#: Label of a candidate that coders could differ on: neither learnt from nor scored.
MAYBE = "maybe"
#: Label of a candidate that is no slogan.
NONE = ""
#: An entry that was met in fewer documents than this is hidden while the model learns what is new: it came from the
#: very texts that are learnt from, and the model would take every wording that is not in the lexicon for none. What a
#: rare known one is worth it learns from the same paragraphs with the whole lexicon.
COMMON_DOCUMENTS = 3
#: A known wording that was marked so many times, and so many times as often as not, was passed over where it is not.
PASSED_OVER_MARKS, PASSED_OVER_TIMES = 3, 1.5
#: Features that stand in fewer paragraphs are left out of the bags: they could give a sentence away.
MIN_PARAGRAPHS = 2


@dataclass(frozen=True, slots=True)
class MarkedCandidates:
    """The candidates of one marked paragraph.

    Attributes
    ----------
    id, doc : str
        As in the corpus.
    spans : tuple of (int, int)
        Places of the candidates.
    labels : tuple of str
        A type, `NONE` or `MAYBE` for each.
    features : tuple of tuple of str
        Features of each.
    missed : int
        Slogans marked that no candidate stands for.
    real : bool
        Whether it is a real paragraph, kept as bags.
    readings : int
        How many readers marked it.
    whole : bool
        Whether the lexicon that proposed the candidates was the whole one, rather than its common part.
    weight : float
        Weight in learning: a half where the paragraph stands twice, with candidates of the whole lexicon and of its
        common part.
    """

    id: str
    doc: str
    spans: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]
    features: tuple[tuple[str, ...], ...]
    missed: int
    real: bool
    readings: int = 1
    whole: bool = True
    weight: float = 1.0


def common_slogans(entries: Iterable[KnownSlogan]) -> KnownSlogans:
    """Return the part of a lexicon that the slogan model learns with: entries that any text could have shown."""
    return KnownSlogans([entry for entry in entries if entry.documents is None or entry.documents >= COMMON_DOCUMENTS])


def mark(
    identity: str,
    doc: str,
    text: str,
    slogans: Mapping[str, str],
    maybe: Iterable[str],
    known: KnownSlogans,
    places: frozenset[str],
    *,
    real: bool = False,
) -> MarkedCandidates:
    """Propose candidates of a paragraph and label each by the marks.

    Parameters
    ----------
    identity, doc : str
        As in the corpus.
    text : str
        The paragraph.
    slogans : mapping of str to str
        Marked text to type.
    maybe : iterable of str
        Texts on which coders could differ.
    known : KnownSlogans
        The lexicon.
    places : frozenset of str
        Names of places.
    real : bool, default=False
        Whether it is a real paragraph.
    """
    seen = view(text)
    able = candidates(seen, known, places)
    doubtful = frozenset(maybe)
    labels: list[str] = []
    for one in able:
        start, end = seen.normalised.source(one.start, one.end)
        surface = text[start:end]
        labels.append(slogans.get(surface) or (MAYBE if surface in doubtful else NONE))
    found = {text[slice(*seen.normalised.source(one.start, one.end))] for one in able}
    around = surroundings(seen, able)
    rows = tuple(
        tuple(sorted(features(seen, one, known.entries[one.entry] if one.entry >= 0 else None, around))) for one in able
    )
    spans = tuple((one.start, one.end) for one in able)
    return MarkedCandidates(identity, doc, spans, tuple(labels), rows, len(set(slogans) - found), real)


def doubt_passed_over(marked: Sequence[MarkedCandidates]) -> list[MarkedCandidates]:
    """Return the paragraphs with `MAYBE` on known slogans that readers mark elsewhere and passed over here.

    Readers pass over a slogan more often than they mark what is none. A wording of the lexicon that is marked in at
    least `PASSED_OVER_MARKS` places, and `PASSED_OVER_TIMES` times as often as not, is neither learnt from nor scored
    where it is unmarked, unless a marked or doubtful span touches it there or several readers passed over it.
    """
    with_mark: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for one in marked:
        for label, row in zip(one.labels, one.features, strict=True):
            entry = _entry_feature(row)
            if entry and label != MAYBE:
                (without if label == NONE else with_mark)[entry] += 1
    found: list[MarkedCandidates] = []
    for one in marked:
        if one.readings > 1:
            found.append(one)
            continue
        touched = [span for span, label in zip(one.spans, one.labels, strict=True) if label != NONE]
        labels = []
        for span, label, row in zip(one.spans, one.labels, one.features, strict=True):
            entry = _entry_feature(row) if label == NONE else ""
            marks = with_mark[entry] if entry else 0
            passed = marks >= PASSED_OVER_MARKS and marks >= PASSED_OVER_TIMES * without[entry]
            clear = not any(start < span[1] and span[0] < end for start, end in touched)
            labels.append(MAYBE if passed and clear else label)
        found.append(replace(one, labels=tuple(labels)))
    return found


def _entry_feature(row: Iterable[str]) -> str:
    """Return the feature that names a candidate's entry of the lexicon, ``""`` for a new one."""
    return next((name for name in row if name.startswith("e")), "")


def write_slogan_bags(bags: Sequence[MarkedCandidates], path: Path) -> None:
    """Write bags as one compressed JSON object: the features once, then each paragraph by their numbers."""
    names = sorted({name for bag in bags for row in bag.features for name in row})
    number = {name: i for i, name in enumerate(names)}
    paragraphs = [
        {
            "id": bag.id, "doc": bag.doc, "spans": bag.spans, "labels": bag.labels, "missed": bag.missed,
            "features": [[number[name] for name in row] for row in bag.features],
            "readings": bag.readings, "whole": bag.whole, "weight": bag.weight,
        }
        for bag in bags
    ]  # fmt: skip
    text = json.dumps({"features": names, "paragraphs": paragraphs}, ensure_ascii=False, separators=(",", ":"))
    write_whole(path, gzip.compress(text.encode(), compresslevel=9, mtime=0))


def read_slogan_bags(path: Path | None = None) -> list[MarkedCandidates]:
    """Read bags; those that come with zhengyu when `path` is None.

    Raises
    ------
    ZhengyuError
        The file is not what `write_slogan_bags` writes.
    """
    path = Path(str(files("zhengyu_corpus").joinpath("slogan_bags.json.gz"))) if path is None else path
    try:
        held = json.loads(gzip.decompress(path.read_bytes()))
        names = held["features"]
        found = [
            MarkedCandidates(
                one["id"], one["doc"], tuple((start, end) for start, end in one["spans"]), tuple(one["labels"]),
                tuple(tuple(names[i] for i in row) for row in one["features"]), one["missed"], real=True,
                readings=one["readings"], whole=one["whole"], weight=one["weight"],
            )
            for one in held["paragraphs"]
        ]  # fmt: skip
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ZhengyuError(f"{path}: expected bags of slogan candidates, got {error!r}; build them anew") from error
    if not all(label in (*SLOGAN_TYPES, NONE, MAYBE) for one in found for label in one.labels):
        raise ZhengyuError(f"{path}: a label is none of {', '.join(SLOGAN_TYPES)}; build the bags anew")
    return found


def place_names() -> frozenset[str]:
    """Return the names of places in jieba's dictionary (its mark ``ns``) of two to four characters."""
    found: set[str] = set()
    with files("jieba").joinpath("dict.txt").open("r", encoding="utf-8") as lines:
        for line in lines:
            word, _, kind = line.split()
            if kind == "ns" and 2 <= len(word) <= 4:
                found.add(word)
    return frozenset(found)
