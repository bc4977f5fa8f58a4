"""Readings of real paragraphs to bags of slogan candidates, without their text.

``python -m zhengyu_training.slogans.bags --texts FILE… --marks FILE… -o slogan_bags.json.gz`` makes the file in corpus/
of texts that are kept elsewhere. Marks are taken from earlier bags, whose spans give the wordings back, and from JSONL
lines of ``id``, ``slogans`` (``text`` and ``type``) and ``maybe`` (or ``slogan_maybe``, where ``maybe`` are themes);
each file is a reading. What two readers marked is a slogan, what one of several did is doubtful. ``--held`` names marks
that the earlier bags hold: they tell wordings for which the bags had no candidate.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zhengyu.slogans.candidates import is_of_wording, wording_features
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.view import view
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES, load_lexicon
from zhengyu_corpus.themes import load_themes
from zhengyu_training.bags import read_texts
from zhengyu_training.slogans.marks import (
    MAYBE,
    MIN_PARAGRAPHS,
    NONE,
    MarkedCandidates,
    common_slogans,
    doubt_passed_over,
    mark,
    place_names,
    read_slogan_bags,
    write_slogan_bags,
)

#: Where an id names two texts, a bag is of the one that has so much of its spans; the other has no more than that.
LIKE, UNLIKE = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What was marked in one paragraph, by one reader or by several.

    Attributes
    ----------
    slogans : mapping of str to str
        Wording to type.
    maybe : frozenset of str
        Doubtful wordings.
    readers : int, default=1
        How many read the paragraph.
    untold : int, default=0
        Slogans marked whose wording is not known: the bag had no candidate for them.
    offered : frozenset of str
        Wordings that the bag had candidates for; none of them is untold.
    """

    slogans: Mapping[str, str]
    maybe: frozenset[str]
    readers: int = 1
    untold: int = 0
    offered: frozenset[str] = field(default_factory=frozenset)


def join_readings(readings: Sequence[Reading]) -> Reading:
    """Return what several readings come to.

    A wording that two readers marked is a slogan, of the type that comes first in the codebook's order when they
    differ; what one marked or any called doubtful is doubtful. A wording that no candidate of an earlier bag stood for
    was marked by its reader too, as long as there are marks of his whose wording is not known; what is left of those is
    doubtful, and no candidate stands for it.

    Parameters
    ----------
    readings : sequence of Reading
        Of one paragraph.
    """
    if len(readings) == 1:
        return readings[0]
    marks: Counter[str] = Counter()
    types: dict[str, list[str]] = {}
    for one in readings:
        for text, kind in one.slogans.items():
            marks[text] += one.readers
            types.setdefault(text, []).append(kind)
    for one in readings:
        left = one.untold
        for text in types:
            if left and text not in one.slogans and text not in one.offered:
                marks[text] += 1
                left -= 1
    order = list(SLOGAN_TYPES)
    slogans = {text: min(kinds, key=order.index) for text, kinds in types.items() if marks[text] > 1}
    doubtful = frozenset(types).union(*(one.maybe for one in readings)) - frozenset(slogans)
    offered = frozenset().union(*(one.offered for one in readings))
    return Reading(slogans, doubtful, sum(one.readers for one in readings), offered=offered)


def told(reading: Reading, held: Reading) -> Reading:
    """Return a bag's reading with the wordings that the marks it was made of have beyond its candidates."""
    beyond = {text: kind for text, kind in held.slogans.items() if text not in reading.offered}
    if len(beyond) > reading.untold:
        return reading
    return replace(reading, slogans={**reading.slogans, **beyond}, untold=reading.untold - len(beyond))


def told_inside(reading: Reading, text: str, known: KnownSlogans) -> Reading:
    """Return a bag's reading with marks of known slogans that lie inside wordings which the bag offered instead.

    Where a reader passed over the longer form of a known slogan, what the lexicon has now inside it is what he marked,
    if as many of his marks are untold.

    Parameters
    ----------
    reading : Reading
        What a bag says was marked.
    text : str
        The paragraph that it is of.
    known : KnownSlogans
        The lexicon.

    Returns
    -------
    Reading
        The one that came where nothing lies inside, or more than is untold.
    """
    if not reading.untold:
        return reading
    refused = [one for one in reading.offered if one not in reading.slogans and one not in reading.maybe]
    longer = [one for one in refused if known.find(one) is not None]
    seen = view(text)
    found: dict[str, str] = {}
    for start, end, entry in known.spans(seen):
        wording = text[slice(*seen.normalised.source(start, end))]
        if wording not in reading.offered and any(wording in one for one in longer):
            found[wording] = known.entries[entry].type
    outer = {one: kind for one, kind in found.items() if not any(one != other and one in other for other in found)}
    if not outer or len(outer) > reading.untold:
        return reading
    return replace(reading, slogans={**reading.slogans, **outer}, untold=reading.untold - len(outer))


def read_marks(path: Path, texts: Mapping[str, Mapping[str, Any]]) -> dict[str, Reading]:
    """Read the JSONL lines of one reader by the ids of `texts`.

    An id that names two texts there is that of the file itself: ``FILE:ID``.

    Raises
    ------
    ZhengyuError
        A line is not of that form, an id stands on two or names no text, or what is marked does not stand in the text.
    """
    found: dict[str, Reading] = {}
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            slogans = {one["text"]: one["type"] for one in row["slogans"]}
            maybe = frozenset(row["slogan_maybe"] if "slogan_maybe" in row else row["maybe"])
            name = row["id"] if row["id"] in texts else f"{path.stem}:{row['id']}"
        except (ValueError, KeyError, TypeError) as error:
            raise ZhengyuError(
                f"{path}:{number}: expected id, slogans (text and type) and maybe, got {error!r}; mend it"
            ) from error
        if name not in texts:
            raise ZhengyuError(
                f"{path}:{number}: {row['id']}: there is no text of that id; name the file that holds it"
            )
        if name in found:
            raise ZhengyuError(
                f"{path}:{number}: {row['id']}: stands on an earlier line too; expected a line for each id"
            )
        wrong = sorted(set(slogans.values()) - set(SLOGAN_TYPES))
        if wrong:
            raise ZhengyuError(f"{path}:{number}: type {wrong[0]!r}; expected one of {', '.join(SLOGAN_TYPES)}")
        absent = [text for text in (*slogans, *maybe) if text not in texts[name]["text"]]
        if absent:
            raise ZhengyuError(f"{path}:{number}: {absent[0]!r} does not stand in {name}; copy it as it stands there")
        found[name] = Reading(slogans, maybe - frozenset(slogans))
    return found


def readings_of_bags(
    bags: Sequence[MarkedCandidates],
    texts: Mapping[str, Mapping[str, Any]],
    known: KnownSlogans,
    places: frozenset[str],
) -> tuple[dict[str, Reading], list[str]]:
    """Return the readings that bags hold, by the id of their text, and the ids of bags that could be of two texts.

    Parameters
    ----------
    bags : sequence of MarkedCandidates
        As they were written.
    texts : mapping of str to mapping
        Texts by id; where an id names two, by ``FILE:ID`` (`zhengyu_training.bags.read_texts`). A bag of such an id is
        of the text that has its wordings.
    known : KnownSlogans
        The lexicon.
    places : frozenset of str
        Names of places.

    Raises
    ------
    ZhengyuError
        A bag has no text, or two bags have one.
    """
    apart: dict[str, list[str]] = {}
    for name in texts:
        apart.setdefault(name.rpartition(":")[2], []).append(name)
    found: dict[str, Reading] = {}
    unsettled: list[str] = []
    for bag in bags:
        names = [bag.id] if bag.id in texts else apart.get(bag.id, [])
        if not names:
            raise ZhengyuError(f"{bag.id}: marked, but there is no text of that id; name the file that holds it")
        if len(names) > 1:
            alike = [_likeness(bag, texts[name]["text"], known, places) for name in names]
            best = max(range(len(names)), key=alike.__getitem__)
            if alike[best] < LIKE or any(one > UNLIKE for i, one in enumerate(alike) if i != best):
                unsettled.append(bag.id)
                continue
            names = [names[best]]
        reading = told_inside(_reading_of(bag, texts[names[0]]["text"]), texts[names[0]]["text"], known)
        if names[0] not in found:
            found[names[0]] = reading
        elif not bag.whole:
            # The common part of the lexicon has candidates that the whole one has not.
            first = told(found[names[0]], reading)
            beyond = reading.maybe - first.offered
            found[names[0]] = replace(first, maybe=first.maybe | beyond, offered=first.offered | reading.offered)
        else:
            raise ZhengyuError(f"{names[0]}: two bags are of this text; expected one, take the other out")
    return found, unsettled


def _likeness(bag: MarkedCandidates, text: str, known: KnownSlogans, places: frozenset[str]) -> float:
    """Return the share of a bag's spans that are wordings of a text, whatever lexicon and grammars proposed them."""
    seen = view(text)
    if not bag.spans:
        return float(not mark(bag.id, bag.doc, text, {}, (), known, places).spans)
    alike = sum(
        wording_features(seen.text[start:end]).issuperset(name for name in row if is_of_wording(name))
        for (start, end), row in zip(bag.spans, bag.features, strict=True)
        if end <= len(seen.text)
    )
    return alike / len(bag.spans)


def _reading_of(bag: MarkedCandidates, text: str) -> Reading:
    seen = view(text)
    wordings = [text[slice(*seen.normalised.source(*span))] for span in bag.spans]
    slogans = {word: label for word, label in zip(wordings, bag.labels, strict=True) if label not in (NONE, MAYBE)}
    maybe = frozenset(word for word, label in zip(wordings, bag.labels, strict=True) if label == MAYBE)
    return Reading(slogans, maybe - frozenset(slogans), bag.readings, bag.missed, frozenset(wordings))


def build_slogan_bags(
    rows: Sequence[tuple[Mapping[str, Any], Reading]],
    known: KnownSlogans,
    common: KnownSlogans,
    places: frozenset[str],
) -> list[MarkedCandidates]:
    """Turn marked real paragraphs into labelled bags of candidate features.

    Parameters
    ----------
    rows : sequence of (mapping, Reading)
        Texts, each with ``id, doc, text``, and what was marked in them.
    known, common : KnownSlogans
        The lexicon, and the part of it that any text could have shown.
    places : frozenset of str
        Names of places.

    Returns
    -------
    list of MarkedCandidates
        A paragraph in which the two lexicons give other candidates stands twice, at a half of the weight. Features that
        stand in one paragraph only are left out, and the document is named by its hash, as in the bags of words. A
        candidate that an earlier bag had not is doubtful where marks of it are untold: it may be one.
    """
    whole = doubt_passed_over([_bag(row, reading, known, places) for row, reading in rows])
    part = doubt_passed_over([_bag(row, reading, common, places) for row, reading in rows])
    made: list[MarkedCandidates] = []
    for one, other in zip(whole, part, strict=True):
        if (one.spans, one.labels, one.features) == (other.spans, other.labels, other.features):
            made.append(one)
        else:
            made += [replace(one, weight=0.5), replace(other, whole=False, weight=0.5)]
    names: dict[tuple[str, str], set[str]] = {}
    for one in made:
        names.setdefault((one.id, one.doc), set()).update(name for row in one.features for name in row)
    spread = Counter(name for each in names.values() for name in each)
    return [
        replace(
            one,
            features=tuple(tuple(name for name in row if spread[name] >= MIN_PARAGRAPHS) for row in one.features),
        )
        for one in made
    ]


def _bag(row: Mapping[str, Any], reading: Reading, known: KnownSlogans, places: frozenset[str]) -> MarkedCandidates:
    doc, text = hashlib.sha256(row["doc"].encode()).hexdigest()[:12], row["text"]
    one = mark(row["id"], doc, text, reading.slogans, reading.maybe, known, places, real=True)
    labels = one.labels
    if reading.untold:
        source = view(text).normalised.source
        labels = tuple(
            MAYBE if label == NONE and text[slice(*source(*span))] not in reading.offered else label
            for span, label in zip(one.spans, labels, strict=True)
        )
    return replace(one, labels=labels, missed=one.missed + reading.untold, readings=reading.readers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a file of bags from the command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--texts", nargs="+", type=Path, required=True, help="JSONL files that hold the texts.")
    asked.add_argument(
        "--marks", nargs="+", type=Path, required=True, help="Bags (.json.gz) and JSONL files of marks, a reading each."
    )
    asked.add_argument("--held", nargs="*", type=Path, default=[], help="JSONL files of marks that the bags hold.")
    asked.add_argument("-o", "--output", type=Path, required=True, help="The file to make.")
    given = asked.parse_args(arguments)
    texts = {row["id"]: row for row in read_texts(given.texts)}
    entries, places = load_lexicon(None, load_themes()), place_names()
    known = KnownSlogans(entries)
    held = {name: one for path in given.held for name, one in read_marks(path, texts).items()}
    readings: dict[str, list[Reading]] = {}
    for path in given.marks:
        if path.suffix == ".gz":
            marks, unsettled = readings_of_bags(read_slogan_bags(path), texts, known, places)
            marks = {name: told(one, held[name]) if name in held else one for name, one in marks.items()}
            if unsettled:
                print(f"{path}: left out, for they could be of two texts: {', '.join(unsettled)}")
        else:
            marks = read_marks(path, texts)
        for name, reading in marks.items():
            readings.setdefault(name, []).append(reading)
    rows = [(texts[name], join_readings(each)) for name, each in readings.items()]
    made = build_slogan_bags(rows, known, common_slogans(entries), places)
    write_slogan_bags(made, given.output)
    bags = [bag for bag in made if bag.whole]
    labels = Counter(label for bag in bags for label in bag.labels)
    slogans = sum(count for label, count in labels.items() if label not in (NONE, MAYBE))
    several = sum(bag.readings > 1 for bag in bags)
    print(
        f"{len(bags):,} bags, {several:,} of several readings: {slogans:,} candidates are slogans, "
        f"{labels[MAYBE]:,} doubtful, {labels[NONE]:,} none; {sum(bag.missed for bag in bags):,} slogans have none"
    )


if __name__ == "__main__":
    main()
