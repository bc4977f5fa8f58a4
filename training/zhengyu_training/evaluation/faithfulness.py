"""Is evidence faithful: do contributions add up to the score, and does a theme fall when its top span is taken out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhengyu.tagger import Tagger, load


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What was measured.

    Attributes
    ----------
    paragraphs, themes : int
        Paragraphs, and themes given to them.
    furthest : float
        The largest distance of a score, of any theme, from its bias and contributions.
    lower : int
        Given themes whose probability is lower without their top span.
    """

    paragraphs: int
    themes: int
    furthest: float
    lower: int

    def as_text(self) -> str:
        """Return the figures for people."""
        return (
            f"{self.paragraphs} paragraphs: contributions miss the score by {self.furthest:.1e} at most\n"
            f"{self.themes} themes given: {self.lower} ({self.lower / max(1, self.themes):.1%}) have a lower "
            "probability without their top span"
        )


def faithfulness(tagger: Tagger, texts: Sequence[str]) -> Faithfulness:
    """Explain every theme of every text, and take out the top span of every theme given."""
    furthest, themes, lower = 0.0, 0, 0
    for text in texts:
        for found in tagger.explain(text, tagger.themes):
            total = found.bias + sum(span.contribution for span in found.spans)
            furthest = max(furthest, abs(total - found.score))
            top = found.top(1) if found.given else ()
            if found.given:
                themes += 1
            if top:
                without = text[: top[0].start] + text[top[0].end :]
                column = tagger.themes.index(found.theme)
                lower += bool(tagger.probabilities([without])[0, column] < found.probability)
    return Faithfulness(len(texts), themes, furthest, lower)


def main() -> None:
    """Measure the shipped model on the labelled files that the command line names."""
    from zhengyu.io.labelled import find_files, read_labelled
    from zhengyu_corpus.check import require_sound

    tagger = load()
    files = find_files([Path(name) for name in sys.argv[1:]])
    records = require_sound(read_labelled(files, tagger.model.themes)).records
    texts = [record.text for record in records if record.text]
    print(faithfulness(tagger, texts).as_text())


if __name__ == "__main__":
    main()
