"""What can be known to fail before the first fit: too few documents, themes without examples or without contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zhengyu.io.labelled import find_files, read_labelled
from zhengyu.io.layout import TableOptions
from zhengyu_corpus.check import require_sound
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import Record
from zhengyu_corpus.themes import ThemeSet

#: Cross-validation keeps documents whole: with and without a theme there must be as many, so that a fold that holds
#: one out still has another to learn from.
LEAST_DOCUMENTS = 2


def trainable(records: Sequence[Record], codes: ThemeSet) -> tuple[list[Record], ThemeSet, list[str]]:
    """Return what can be learnt: records without the themes that cannot be, the other themes, and what to say.

    Parameters
    ----------
    records : sequence of Record
        The labelled paragraphs.
    codes : ThemeSet
        The code list; it is returned itself when all of it can be learnt.

    Raises
    ------
    ZhengyuError
        All paragraphs are of one document, or no theme can be learnt.
    """
    documents = {record.doc for record in records}
    if len(documents) < LEAST_DOCUMENTS:
        raise ZhengyuError(
            f"all {len(records)} paragraphs are of one document ({next(iter(documents), 'none')!r}): cross-validation "
            "keeps documents whole and needs two; label others too, or leave the column of documents out, so that "
            "every paragraph is its own"
        )
    having: dict[str, set[str]] = {theme: set() for theme in codes.ids}
    lacking: dict[str, set[str]] = {theme: set() for theme in codes.ids}
    count = dict.fromkeys(codes.ids, 0)
    for record in records:
        for theme in codes.ids:
            if theme in record.themes:
                having[theme].add(record.doc)
                count[theme] += 1
            elif theme not in record.maybe:
                lacking[theme].add(record.doc)
    few = [theme for theme in codes.ids if len(having[theme]) < LEAST_DOCUMENTS]
    always = [theme for theme in codes.ids if theme not in few and len(lacking[theme]) < LEAST_DOCUMENTS]
    lost = {*few, *always}
    if len(lost) == len(codes):
        told = "; ".join(f"{theme} has {count[theme]} of {len(records)}" for theme in [*always, *few][:5])
        raise ZhengyuError(
            "expected a theme that some paragraphs have and others lack, each in two documents or more, there is none "
            f"({told}); label paragraphs of other themes or without one, or check the themes column"
        )
    said: list[str] = []
    if few:
        told = ", ".join(f"{theme} ({count[theme]})" for theme in few)
        said.append(
            f"left out, for fewer than {LEAST_DOCUMENTS} documents hold paragraphs coded with them: {told}; label more"
        )
    if always:
        said.append(f"left out, for nearly every paragraph is coded with them: {', '.join(always)}")
    if not lost:
        return list(records), codes, said
    kept = [
        replace(
            record,
            themes=tuple(theme for theme in record.themes if theme not in lost),
            maybe=tuple(theme for theme in record.maybe if theme not in lost),
        )
        for record in records
    ]
    return kept, ThemeSet(tuple(theme for theme in codes if theme.id not in lost), codes.exclusive), said


def refuse_untrained(test: Path, codes: ThemeSet, kept: ThemeSet, options: TableOptions | None = None) -> None:
    """Refuse a test file with themes that the model will not know.

    Raises
    ------
    ZhengyuError
        It has some.
    """
    held = require_sound(read_labelled(find_files([test]), codes, options)).records
    unknown = sorted({theme for record in held for theme in record.themes} - set(kept.ids))
    if unknown:
        raise ZhengyuError(
            f"{test}: holds paragraphs of {', '.join(unknown)}, which cannot be learnt from the training files; label "
            "some there, or take these paragraphs out of the test"
        )
