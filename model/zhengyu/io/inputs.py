"""What a run reads: files, folders, globs and remote paths, opened as streams of bytes and known again on resuming."""

from __future__ import annotations

import glob
import hashlib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from zhengyu.io.formats import BY_ENDING, ending_of, endings, find_format
from zhengyu_corpus.errors import ZhengyuError

STDIN = "-"
#: Bytes at either end of a file that go into its identity.
_EDGE = 1 << 20
#: Bytes of a file that is read whole, as documents and workbooks are; a compressed one may unpack to any number.
WHOLE_BYTES = 2 * 1024**3
#: The same of a document, whose text is held several times over: no document of words is near it.
DOCUMENT_BYTES = 512 * 1024**2


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read.

    Attributes
    ----------
    name : str
        As the user named it, or as it was found in a folder or by a glob.
    ending : str
        Its format: an ending in `zhengyu.io.formats.FORMATS`.
    compression : str or None
        pyarrow's name of the codec.
    """

    name: str
    ending: str
    compression: str | None = None

    @property
    def remote(self) -> bool:
        """Whether it is reached through fsspec."""
        return "://" in self.name

    def open(self) -> BinaryIO:
        """Open the file as decompressed bytes; see `raw`."""
        return self.unpacked(self.raw())

    def raw(self) -> BinaryIO:
        """Open the file as it lies.

        Raises
        ------
        ZhengyuError
            It cannot be opened.
        """
        try:
            if self.name == STDIN:
                return sys.stdin.buffer
            if self.remote:
                import fsspec

                filesystem, path = fsspec.core.url_to_fs(self.name)
                return filesystem.open(path, "rb")  # type: ignore[no-any-return]
            return Path(self.name).open("rb")
        except (OSError, ImportError, ValueError) as error:
            raise ZhengyuError(f"{self.name}: cannot be read: {error}") from error

    def unpacked(self, raw: BinaryIO) -> BinaryIO:
        """Return the bytes of the opened file, decompressed."""
        if self.compression is None:
            return raw
        import pyarrow as pa

        return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), self.compression))

    def size(self) -> int:
        """Return its size in bytes as it lies, 0 where that is not known."""
        if self.name == STDIN:
            return 0
        if self.remote:
            import fsspec

            filesystem, path = fsspec.core.url_to_fs(self.name)
            return int(filesystem.size(path) or 0)
        return Path(self.name).stat().st_size

    def identity(self) -> dict[str, Any]:
        """Return what tells this file from a changed one: size, time of change, and a hash of both its ends."""
        if self.remote:
            import fsspec

            filesystem, path = fsspec.core.url_to_fs(self.name)
            return {"size": self.size(), "key": str(filesystem.ukey(path))}
        path = Path(self.name)
        state = path.stat()
        digest = hashlib.blake2b(digest_size=16)
        with path.open("rb") as data:
            digest.update(data.read(_EDGE))
            data.seek(max(0, state.st_size - _EDGE))
            digest.update(data.read(_EDGE))
        return {"size": state.st_size, "changed": state.st_mtime_ns, "hash": digest.hexdigest()}


def read_whole(source: Input, stream: BinaryIO, most: int | None = None) -> bytes:
    """Return all bytes of a file.

    Raises
    ------
    ZhengyuError
        There are more than `most`, `WHOLE_BYTES` when not given.
    """
    most = WHOLE_BYTES if most is None else most
    held = io.BytesIO()
    while piece := stream.read(_EDGE):
        if held.tell() + len(piece) > most:
            raise ZhengyuError(
                f"{source.name}: holds more than {most / 1024**3:g} GiB, too much to be read whole; cut it up, "
                "or convert it to CSV, or to Parquet without further compression"
            )
        held.write(piece)
    return held.getvalue()


def _known(name: str) -> bool:
    """Tell whether a folder or a glob gives such a file."""
    ending = ending_of(name)[0]
    return ending in BY_ENDING and not BY_ENDING[ending].named


def find_inputs(inputs: Sequence[str], stdin_format: str = "txt") -> list[Input]:
    """Return every input; folders and globs give the files of known endings, in order of name.

    Raises
    ------
    ZhengyuError
        An input does not exist, has an unknown ending, or is a folder or glob without a known file.
    """
    found: list[Input] = []
    for name in inputs:
        path = Path(name)
        if name == STDIN:
            found.append(Input(STDIN, f".{stdin_format}"))
            continue
        if "://" in name:
            inside = _remote(name)
        elif path.is_dir():
            files = [p for p in sorted(path.rglob("*")) if p.is_file() and _known(p.name)]
            inside = [
                str(p) for p in files if not any(part.startswith((".", "~$")) for part in p.relative_to(path).parts)
            ]
            if not inside:
                raise ZhengyuError(f"{name}: the folder holds no file that ends in {', '.join(endings())}")
        elif not path.exists() and glob.has_magic(name):
            inside = [p for p in sorted(glob.glob(name, recursive=True)) if Path(p).is_file() and _known(p)]  # noqa: PTH207
            if not inside:
                raise ZhengyuError(f"{name}: no file fits that ends in {', '.join(endings())}")
        elif not path.exists():
            raise ZhengyuError(f"{name}: no such file or folder")
        else:
            inside = [name]
        for one in inside:
            ending, compression = ending_of(one)
            if ending not in BY_ENDING or BY_ENDING[ending].kind != "refused" or inside == [name]:
                find_format(one)
            found.append(Input(one, ending, compression))
    return found


def _remote(name: str) -> list[str]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(name)
        if glob.has_magic(name):
            paths = [p for p in sorted(filesystem.glob(path)) if _known(p)]
        else:
            paths = [path] if filesystem.exists(path) else []
        if not paths:
            raise ZhengyuError(f"{name}: no such remote file")
        return [filesystem.unstrip_protocol(p) for p in paths] if glob.has_magic(name) else [name]
    except (OSError, ImportError, ValueError) as error:
        raise ZhengyuError(f"{name}: cannot be reached: {error}; install the fsspec package of that store") from error
