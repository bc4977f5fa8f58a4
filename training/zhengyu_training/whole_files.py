"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zhengyu_corpus.errors import ZhengyuError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all.

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
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; choose another place") from error
