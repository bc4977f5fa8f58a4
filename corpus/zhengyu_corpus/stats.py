"""What a corpus holds: records by theme, kind, genre, level and era, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts over records.

    Attributes
    ----------
    written, bags : int
        Written paragraphs, and bags of words of real ones.
    documents : int
        Distinct documents.
    by_theme : dict of str to (int, int)
        Theme id, and ``none``, to its written paragraphs and its bags.
    by_field : dict of str to dict of str to int
        ``genre``, ``level``, ``era`` to value to records.
    themes_each : dict of int to int
        Number of themes to records that have as many.
    """

    written: int
    bags: int
    documents: int
    by_theme: dict[str, tuple[int, int]]
    by_field: dict[str, dict[str, int]]
    themes_each: dict[int, int]


def stats(records: Sequence[Record], themes: ThemeSet) -> Stats:
    """Count records by all that is known of them."""
    written = [record for record in records if isinstance(record, LabelledParagraph)]
    bags = [record for record in records if not isinstance(record, LabelledParagraph)]

    def coded(group: Sequence[Record]) -> Counter[str]:
        return Counter(theme for record in group for theme in (record.themes or ("none",)))

    of_written, of_bags = coded(written), coded(bags)
    era = Counter(record.era if isinstance(record, LabelledParagraph) else record.year for record in records)
    return Stats(
        written=len(written),
        bags=len(bags),
        documents=len({record.doc for record in records}),
        by_theme={theme: (of_written[theme], of_bags[theme]) for theme in (*themes.ids, "none")},
        by_field={
            "genre": dict(Counter(record.genre for record in records).most_common()),
            "level": dict(Counter(record.level for record in records).most_common()),
            "era": dict(sorted(era.items())),
        },
        themes_each=dict(sorted(Counter(len(record.themes) for record in records).items())),
    )
