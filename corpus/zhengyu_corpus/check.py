"""What must hold across labelled records: ids are single, texts differ, training texts stay out of test files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from zhengyu_corpus.errors import CorpusError, Problem
from zhengyu_corpus.near_duplicates import NEAR_DUPLICATE, NearDuplicates, bare, signature
from zhengyu_corpus.readers import Labelled
from zhengyu_corpus.records import LabelledParagraph, Record

#: Hexadecimal digits of a text's digest.
DIGEST_DIGITS = 16


def check_records(
    found: Labelled, held: Labelled | None = None, *, drop_duplicates: bool = False, skip_bad: bool = False
) -> Labelled:
    """Find what is wrong across the records of labelled files, and do what may be done about it.

    A correction made on the page takes the place of the record whose text it corrects. What is done to records is told
    in ``notes``.

    Parameters
    ----------
    found : Labelled
        The training records; changed in place.
    held : Labelled, optional
        Records for testing; none of their texts may stand among the training texts.
    drop_duplicates : bool, default=False
        Keep the first record of a text and drop the others, in place of a problem.
    skip_bad : bool, default=False
        Leave rows with problems out. Problems of whole files remain.

    Returns
    -------
    Labelled
        `found`, with all problems.
    """
    _overrule(found)
    if drop_duplicates:
        _drop_duplicates(found)
    found.problems.extend(doubled_ids(found))
    tests = {file for file, _ in held.places} if held is not None else set()
    # What goes for its id must not take with it the row whose text it has.
    bad = _skip_bad(found, tests) if skip_bad else set()
    found.problems.extend(near_duplicates(found))
    if held is not None:
        found.problems.extend(held.problems)
        found.problems.extend(leaks(found, held))
    if skip_bad:
        bad |= _skip_bad(found, tests)
        if bad:
            found.notes.append(f"{len(bad)} rows with problems were left out")
    return found


def _keep(found: Labelled, kept: Sequence[bool]) -> None:
    found.records[:] = [record for record, keep in zip(found.records, kept, strict=True) if keep]
    found.places[:] = [place for place, keep in zip(found.places, kept, strict=True) if keep]


def _overrule(found: Labelled) -> None:
    """Let corrections take the place of the records that they correct; of two corrections the later holds."""
    corrections = {
        bare(record.text): i
        for i, record in enumerate(found.records)
        if isinstance(record, LabelledParagraph) and record.correction
    }
    if not corrections:
        return
    kept = [True] * len(found.records)
    overruled = 0
    for i, record in enumerate(found.records):
        if not isinstance(record, LabelledParagraph):
            continue
        by = corrections.get(bare(record.text), i)
        if by == i:
            continue
        kept[i] = False
        correction = found.records[by]
        if not record.correction:
            overruled += 1
            # Folds keep documents whole: the paragraph stays in its own.
            found.records[by] = replace(correction, doc=record.doc)
    _keep(found, kept)
    if overruled:
        found.notes.append(f"{overruled} rows were overruled by corrections made on the page")


def _drop_duplicates(found: Labelled) -> None:
    first: dict[str, LabelledParagraph] = {}
    ids: set[str] = set()
    kept: list[bool] = []
    differ = 0
    for record in found.records:
        text = bare(record.text) if isinstance(record, LabelledParagraph) else ""
        if isinstance(record, LabelledParagraph) and text in first:
            kept.append(False)
            differ += set(first[text].themes) != set(record.themes)
            continue
        kept.append(True)
        # A row with an id that another text has is a problem, and may be left out: it stands for no other row.
        if isinstance(record, LabelledParagraph) and record.id not in ids:
            first[text] = record
        ids.add(record.id)
    dropped = kept.count(False)
    _keep(found, kept)
    if dropped:
        found.notes.append(
            f"{dropped} rows were dropped, whose text stands in an earlier one; {differ} of them had other themes"
        )


def _skip_bad(found: Labelled, tests: set[str]) -> set[tuple[str, int]]:
    """Leave out rows with problems; return their places."""
    bad = {(p.file, p.line) for p in found.problems if p.fatal and p.line and p.file not in tests}
    _keep(found, [place not in bad for place in found.places])
    found.problems[:] = [replace(p, fatal=False) if (p.file, p.line) in bad else p for p in found.problems]
    return bad


def as_row(record: Record) -> dict[str, Any]:
    """Return a record as a row of labelled JSONL, fields that are empty left out."""
    row: dict[str, Any] = {"id": record.id, "doc": record.doc, "themes": list(record.themes)}
    more: dict[str, Any] = {"maybe": list(record.maybe), "genre": record.genre, "level": record.level}
    if isinstance(record, LabelledParagraph):
        more |= {"era": record.era, "text": record.text}
        if record.slogans is not None:
            row["slogans"] = [{"text": slogan.text, "type": slogan.type} for slogan in record.slogans]
    else:
        more |= {"year": record.year, "source": record.source, "words": dict(record.words)}
    return {**row, **{name: value for name, value in more.items() if value}}


def require_sound(found: Labelled) -> Labelled:
    """Return `found` if it has no fatal problem.

    Raises
    ------
    CorpusError
        With every problem.
    """
    fatal = [problem for problem in found.problems if problem.fatal]
    if fatal:
        raise CorpusError(fatal)
    return found


def doubled_ids(found: Labelled) -> list[Problem]:
    """List records whose id another one has."""
    first: dict[str, tuple[str, int]] = {}
    problems: list[Problem] = []
    for record, (file, line) in zip(found.records, found.places, strict=True):
        if record.id in first:
            other = first[record.id]
            problems.append(Problem(file, line, "id", f"{record.id!r} stands at {other[0]}:{other[1]} already",
                                    "give each record an id of its own"))  # fmt: skip
        first.setdefault(record.id, (file, line))
    return problems


def text_digest(record: Record) -> str:
    """Return 16 hexadecimal digits of a record's text without blanks and marks, or of its words and their counts.

    The same paragraph has the same digits whatever its id; the text cannot be read from them, but whoever has a text
    can tell whether it is the one.
    """
    held = bare(record.text) if isinstance(record, LabelledParagraph) else repr(sorted(record.words.items()))
    return sha256(held.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_DIGITS]


def near_duplicates(found: Labelled) -> list[Problem]:
    """List paragraphs that are nearly the text of an earlier one (MinHash with locality-sensitive hashing).

    Identical texts are fatal; alike ones are warnings, for set formulas are alike by nature: one a paragraph,
    which names the most similar.
    """
    index = NearDuplicates(NEAR_DUPLICATE)
    exact: dict[str, int] = {}
    kept: list[int] = []
    problems: list[Problem] = []
    for i, record in enumerate(found.records):
        if not isinstance(record, LabelledParagraph):
            continue
        file, line = found.places[i]
        held = bare(record.text)
        if held in exact:
            other = found.places[exact[held]]
            problems.append(Problem(file, line, "text", f"the same text stands at {other[0]}:{other[1]}", "remove one"))
            continue
        exact[held] = i
        signed = signature(record.text)
        near = index.like(signed)
        if near:
            number, share = max(near, key=lambda one: one[1])  # of equals the first
            other = found.places[kept[number]]
            problems.append(Problem(file, line, "text", f"{share:.0%} alike the text at {other[0]}:{other[1]}",
                                    "keep one of the two, or make them differ", fatal=False))  # fmt: skip
        index.add(signed)
        kept.append(i)
    return problems


def leaks(training: Labelled, test: Labelled) -> list[Problem]:
    """List training texts that also stand in a test file."""
    held = {
        bare(record.text): place
        for record, place in zip(test.records, test.places, strict=True)
        if isinstance(record, LabelledParagraph)
    }
    problems: list[Problem] = []
    for record, (file, line) in zip(training.records, training.places, strict=True):
        if isinstance(record, LabelledParagraph) and bare(record.text) in held:
            other = held[bare(record.text)]
            problems.append(Problem(file, line, "text", f"also stands in the test file, {other[0]}:{other[1]}",
                                    "remove it from one of them: a test on trained text measures nothing"))  # fmt: skip
    return problems
