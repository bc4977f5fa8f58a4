"""Tags that readers put right, as labelled paragraphs that ``zhengyu retrain`` takes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.themes import ThemeSet

#: How long a server waits for another that writes the same file.
LOCK_SECONDS = 10.0
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
        A ``.jsonl`` file; made when the first correction comes. Servers that share it write one after another, held
        apart by a lock file beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_SECONDS)

    def add(self, corrections: Sequence[Correction]) -> int:
        """Keep corrections and return how many paragraphs the file holds; it is replaced whole or not at all.

        Raises
        ------
        ZhengyuError
            The file cannot be read or written, holds what no correction is, or another server holds it.
        """
        with self._locked():
            kept = merged([*self._read(), *corrections])
            write_whole(self.path, "".join(correction.line() for correction in kept).encode())
            return len(kept)

    @contextmanager
    def _locked(self) -> Generator[None]:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ZhengyuError(
                f"{self.path}: another server has held it for {LOCK_SECONDS:g} seconds; try again"
            ) from error
        except OSError as error:
            raise ZhengyuError(f"{self.path}: could not be written: {error}; it is as it was") from error
        try:
            yield
        finally:
            self._lock.release()

    def _read(self) -> list[Correction]:
        found: list[Correction] = []
        try:
            # At \n alone: a paragraph may hold other characters that end lines.
            lines = self.path.read_bytes().decode().split("\n") if self.path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise ZhengyuError(f"{self.path}: cannot be read: {error}; name another --corrections file") from error
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                found.append(Correction(row["id"], row["doc"], row["text"], tuple(row["themes"]), row["model"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ZhengyuError(
                    f"{self.path}:{number}: expected a correction that this server wrote, got another line "
                    f"({type(error).__name__}); name another --corrections file"
                ) from error
        return found
