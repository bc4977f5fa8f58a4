"""Tags that readers put right, as labelled paragraphs that ``zhengyu retrain`` takes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.themes import ThemeSet

_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Correction:
    """One paragraph with the themes that a reader gave it.

    Attributes
    ----------
    id : str
        Made from the text, so that the same paragraph corrected twice is one record.
    doc : str
        The document it stands in; folds of cross-validation keep documents whole.
    text : str
        The paragraph.
    themes : tuple of str
        Theme ids; empty for none.
    model : str
        Version of the model that was corrected.
    """

    id: str
    doc: str
    text: str
    themes: tuple[str, ...]
    model: str

    def line(self) -> str:
        """Return the record as a line of JSONL."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def make_correction(text: str, themes: Sequence[str], doc: str, model: str, known: ThemeSet) -> Correction:
    """Check one correction.

    Raises
    ------
    ZhengyuError
        There is no text, or a theme is unknown or doubled.
    """
    if not _key(text):
        raise ZhengyuError("a correction needs a paragraph with words in it, got an empty one; leave it out")
    for theme in themes:
        if theme not in known.ids:
            raise ZhengyuError(f"unknown theme {theme!r}; {known.hint(theme)}")
    if len(set(themes)) != len(themes):
        raise ZhengyuError(f"expected each theme once, got {', '.join(themes)}; leave each once")
    digest = hashlib.sha256(_key(text).encode()).hexdigest()[:16]
    return Correction(f"corrected-{digest}", doc or f"corrected-{digest}", text, tuple(themes), model)


def _key(text: str) -> str:
    """Return what two paragraphs share when a corpus check calls them the same text."""
    return _NOT_WORD.sub("", normalise(text).text.lower())


def merged(corrections: Iterable[Correction]) -> list[Correction]:
    """Return corrections with one record a paragraph, the last one told."""
    return list({correction.id: correction for correction in corrections}.values())


class CorrectionsFile:
    """A labelled file that corrections are kept in; a later correction of a paragraph replaces the earlier.

    Parameters
    ----------
    path : Path
        A ``.jsonl`` file; made when the first correction comes. One server writes it at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, corrections: Sequence[Correction]) -> int:
        """Keep corrections and return how many paragraphs the file holds; it is replaced whole or not at all.

        Raises
        ------
        ZhengyuError
            The file cannot be read or written, or holds what no correction is.
        """
        with self._lock:
            kept = merged([*self._read(), *corrections])
            try:
                handle, name = tempfile.mkstemp(prefix=f".{self.path.stem}-", suffix=".jsonl", dir=self.path.parent)
                try:
                    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
                        out.writelines(correction.line() for correction in kept)
                        out.flush()
                        os.fsync(out.fileno())
                    Path(name).chmod(0o644)
                    Path(name).replace(self.path)
                finally:
                    Path(name).unlink(missing_ok=True)
            except OSError as error:
                raise ZhengyuError(f"{self.path}: could not be written: {error}; it is as it was") from error
            return len(kept)

    def _read(self) -> list[Correction]:
        found: list[Correction] = []
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise ZhengyuError(f"{self.path}: cannot be read: {error}; name another --corrections file") from error
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                found.append(Correction(row["id"], row["doc"], row["text"], tuple(row["themes"]), row["model"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ZhengyuError(
                    f"{self.path}:{number}: expected a correction that this server wrote, got another line "
                    f"({type(error).__name__}); name another --corrections file"
                ) from error
        return found
