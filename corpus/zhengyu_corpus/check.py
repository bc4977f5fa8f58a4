"""What must hold across labelled records: ids are single, texts differ, training texts stay out of test files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from zhengyu_corpus.errors import CorpusError, Problem
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.readers import Labelled, find_files, read_labelled
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet

#: Jaccard similarity of character 4-grams from which two paragraphs count as one written twice.
NEAR_DUPLICATE = 0.7
_PERMUTATIONS = 128
_SHINGLE = 4
#: Hexadecimal digits of a text's digest.
DIGEST_DIGITS = 16
_NOT_WORD = re.compile(r"\W+")


def check(paths: Sequence[Path], themes: ThemeSet, *, tests: Sequence[Path] = ()) -> Labelled:
    """Read labelled files and find everything wrong with them.

    Parameters
    ----------
    paths : sequence of Path
        Labelled files and folders for training.
    themes : ThemeSet
        The code list.
    tests : sequence of Path
        Labelled files for testing; none of their texts may stand among the training texts.

    Returns
    -------
    Labelled
        Training records, and the problems of all files.
    """
    found = read_labelled(find_files(list(paths)), themes)
    found.problems.extend(doubled_ids(found))
    found.problems.extend(near_duplicates(found))
    if tests:
        held = read_labelled(find_files(list(tests)), themes)
        found.problems.extend(held.problems)
        found.problems.extend(leaks(found, held))
    return found


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


def _bare(text: str) -> str:
    return _NOT_WORD.sub("", normalise(text).text.lower())


def text_digest(record: Record) -> str:
    """Return 16 hexadecimal digits of a record's text without blanks and marks, or of its words and their counts.

    The same paragraph has the same digits whatever its id; the text cannot be read from them, but whoever has a text
    can tell whether it is the one.
    """
    held = _bare(record.text) if isinstance(record, LabelledParagraph) else repr(sorted(record.words.items()))
    return sha256(held.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_DIGITS]


def near_duplicates(found: Labelled) -> list[Problem]:
    """List paragraphs that are nearly the text of an earlier one (MinHash with locality-sensitive hashing).

    Identical texts are fatal; alike ones are warnings, for set formulas are alike by nature.
    """
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=NEAR_DUPLICATE, num_perm=_PERMUTATIONS)
    exact: dict[str, int] = {}
    hashes: dict[str, MinHash] = {}
    problems: list[Problem] = []
    for i, record in enumerate(found.records):
        if not isinstance(record, LabelledParagraph):
            continue
        file, line = found.places[i]
        bare = _bare(record.text)
        if bare in exact:
            other = found.places[exact[bare]]
            problems.append(Problem(file, line, "text", f"the same text stands at {other[0]}:{other[1]}", "remove one"))
            continue
        exact[bare] = i
        hashed = MinHash(num_perm=_PERMUTATIONS, seed=1)
        hashed.update_batch([bare[j : j + _SHINGLE].encode() for j in range(max(1, len(bare) - _SHINGLE + 1))])
        for key in sorted((str(near) for near in index.query(hashed)), key=int):
            share = hashed.jaccard(hashes[key])
            if share >= NEAR_DUPLICATE:
                other = found.places[int(key)]
                problems.append(Problem(file, line, "text", f"{share:.0%} alike the text at {other[0]}:{other[1]}",
                                        "keep one of the two, or make them differ", fatal=False))  # fmt: skip
        index.insert(str(i), hashed)
        hashes[str(i)] = hashed
    return problems


def leaks(training: Labelled, test: Labelled) -> list[Problem]:
    """List training texts that also stand in a test file."""
    held = {
        _bare(record.text): place
        for record, place in zip(test.records, test.places, strict=True)
        if isinstance(record, LabelledParagraph)
    }
    problems: list[Problem] = []
    for record, (file, line) in zip(training.records, training.places, strict=True):
        if isinstance(record, LabelledParagraph) and _bare(record.text) in held:
            other = held[_bare(record.text)]
            problems.append(Problem(file, line, "text", f"also stands in the test file, {other[0]}:{other[1]}",
                                    "remove it from one of them: a test on trained text measures nothing"))  # fmt: skip
    return problems
