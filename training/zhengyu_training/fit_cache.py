"""Fits that training has made, kept on this machine so that the same rows and labels are not fitted twice."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryFile
from typing import Any

from joblib import Memory

#: What is kept at most; the fits that were used longest ago go first.
MOST = "1G"
#: Days after which the fits of other code, which no run has used since, go.
DAYS = 30
_LIBRARIES = ("joblib", "numpy", "scipy", "scikit-learn")


def code_digest() -> str:
    """Return 16 hexadecimal digits of all that a fit depends on beside its rows: our code and the libraries'."""
    held = sha256(repr([sys.version_info[:2], *(f"{name} {version(name)}" for name in _LIBRARIES)]).encode())
    for path in sorted(files("zhengyu.themes").iterdir(), key=lambda one: one.name):
        if path.name.endswith(".py"):
            held.update(path.read_bytes())
    return held.hexdigest()[:16]


@contextmanager
def kept_fits() -> Generator[Any, None, None]:
    """Give the place where fits are kept, in the user's cache directory, and keep it within `MOST` afterwards.

    It holds pickles, which this machine's user writes and reads alone; no model is ever made of them but by fitting.
    Fits of other code have places of their own: joblib would clear them, under the hands of a process that has that
    code.

    Yields
    ------
    joblib.Memory or None
        None where there is no such directory to write in: then nothing is kept.
    """
    from platformdirs import user_cache_path

    try:
        every = user_cache_path("zhengyu", ensure_exists=True) / "training"
        folder = every / code_digest()
        every.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(exist_ok=True)
        with TemporaryFile(dir=folder):
            pass  # it can be written in, and its time tells that it is used
    except OSError:
        yield None
        return
    memory = Memory(folder, verbose=0)
    yield memory
    memory.reduce_size(bytes_limit=MOST)
    _forget(every, folder)


def _forget(every: Path, folder: Path) -> None:
    """Remove the fits of other code that were not used for long."""
    for other in every.iterdir():
        with suppress(OSError):
            if other != folder and other.stat().st_mtime < time.time() - DAYS * 86_400:
                rmtree(other)
