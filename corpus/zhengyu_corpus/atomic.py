"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zhengyu_corpus.errors import ZhengyuError


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Write a file that appears whole or not at all, whoever looks, and stays after the machine stops.

    Parameters
    ----------
    path : Path
        Its place; what stood there is replaced.
    data : bytes or memoryview
        What it holds.

    Raises
    ------
    ZhengyuError
        It cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; nothing was changed there") from error
