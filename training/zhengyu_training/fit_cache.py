"""Fits that training has made, kept on this machine so that the same rows and labels are not fitted twice."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from joblib import Memory

#: What is kept at most; the fits that were used longest ago go first.
MOST = "1G"


@contextmanager
def kept_fits() -> Generator[Any, None, None]:
    """Give the place where fits are kept, in the user's cache directory, and keep it within `MOST` afterwards.

    It holds pickles, which this machine's user writes and reads alone; no model is ever made of them but by fitting.

    Yields
    ------
    joblib.Memory or None
        None where there is no such directory to write in: then nothing is kept.
    """
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("zhengyu", ensure_exists=True) / "training"
        folder.mkdir(mode=0o700, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass  # it can be written in
    except OSError:
        yield None
        return
    memory = Memory(folder, verbose=0)
    yield memory
    memory.reduce_size(bytes_limit=MOST)
