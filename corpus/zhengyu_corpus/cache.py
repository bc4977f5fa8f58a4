"""Files of the user's cache folder: what is made again when it is lost, or when what it was made from has changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from zhengyu_corpus.atomic import open_new

#: Files of one kind that are kept; a person works with few models at a time.
KEPT = 4


def cache_file(kind: str, ending: str, *facts: object) -> Path | None:
    """Return where a file stands that some facts decide, None where there is no home to write in.

    Parameters
    ----------
    kind, ending : str
        What the file's name begins and ends with.
    facts : object
        What it was made from; other facts are another file.
    """
    from platformdirs import user_cache_path

    try:
        folder = Path(user_cache_path("zhengyu", ensure_exists=True))
    except OSError:
        return None
    return folder / f"{kind}-{sha256(repr(facts).encode()).hexdigest()[:20]}{ending}"


def keep(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a cache file, and remove the oldest of its kind; one that cannot be written costs time, nothing else.

    It appears whole to whoever looks, but may be damaged when the machine stops: who reads it must see that.
    """
    work = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    with suppress(OSError):
        try:
            with open_new(work) as out:
                out.writelines(parts)
            work.replace(path)
        finally:
            work.unlink(missing_ok=True)
        same = [(other.stat().st_mtime_ns, other) for other in path.parent.glob(f"{_kind(path)}-*{path.suffix}")]
        for _, other in sorted(same, reverse=True)[KEPT:]:
            other.unlink(missing_ok=True)


def cached_text(path: Path | None, make: Callable[[], str]) -> str:
    """Return a text from its cache file, or make it and keep it; a file that is damaged is made again."""
    if path is not None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            held = json.loads(path.read_bytes())
            if held["sha256"] == sha256(held["text"].encode()).hexdigest():
                return str(held["text"])
    text = make()
    if path is not None:
        keep(path, [json.dumps({"sha256": sha256(text.encode()).hexdigest(), "text": text}).encode()])
    return text


def _kind(path: Path) -> str:
    return path.name.rpartition("-")[0]
