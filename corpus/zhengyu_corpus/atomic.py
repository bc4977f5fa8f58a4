"""Files that appear whole or not at all, in place of nothing but an older file, and no more open than their sources."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal

from zhengyu_corpus.errors import ZhengyuError

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: What a file system that cannot sync a folder says.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS)


def open_new(path: Path, bits: int = 0o600) -> BinaryIO:
    """Make a file to write to, with no other permissions than `bits`; an older one of that name is removed first.

    Raises
    ------
    OSError
        It cannot be made, or another process put something in its place.
    """
    path.unlink(missing_ok=True)
    return _open(path, "xb", bits)


def open_more(path: Path, mode: Literal["ab", "wb"]) -> BinaryIO:
    """Open a file that its owner alone may read, to write over or add to it, never through a link.

    Raises
    ------
    OSError
        It cannot be opened, or is a link.
    """
    return _open(path, mode, 0o600)


def _open(path: Path, mode: Literal["ab", "wb", "xb"], bits: int) -> BinaryIO:
    return open(path, mode, opener=lambda name, flags: os.open(name, flags | _NO_FOLLOW, bits))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can: without it a rename may be lost with the power.

    Raises
    ------
    OSError
        The disk reports an error.
    """
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def refuse_place(path: Path) -> None:
    """Refuse a place where a new file would replace something other than a file.

    Raises
    ------
    ZhengyuError
        A folder, a link, a pipe or a device stands there.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:  # nothing there; where the folder is missing too, writing says so
        return
    if stat.S_ISLNK(mode):
        raise ZhengyuError(
            f"{path}: is a symbolic link to {path.readlink()}; a link is neither followed nor replaced, "
            "name the file itself"
        )
    if stat.S_ISDIR(mode):
        raise ZhengyuError(f"{path}: expected a file to write, this is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise ZhengyuError(f"{path}: expected a file to write, this is a pipe or device; name a file")


def same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths are one file, by whatever names."""
    with suppress(OSError):
        return one.samefile(other)
    return one.resolve() == other.resolve()


def refuse_same(output: Path, sources: Iterable[Path]) -> None:
    """Refuse an output that is one of the files that it is made from.

    Raises
    ------
    ZhengyuError
        It is; nothing has been changed.
    """
    for source in sources:
        if same_file(output, source):
            raise ZhengyuError(f"{output}: is also an input; choose another name for the output")


class Replacement:
    """A new file beside its place; it takes its name when it is complete.

    A file that is replaced keeps its permissions. A new one gets those that the umask gives, without any that one of
    its sources lacks. Until it is complete it has a name of its own, which no link can have been laid under.

    Parameters
    ----------
    path : Path
        Its place.
    work : Path, optional
        What it is called until it is complete, on the same file system; a left-over of that name is removed. A new
        name beside `path` when not given.
    sources : iterable of Path
        The files that it is made from; those that are gone or remote do not count.

    Attributes
    ----------
    file : binary file
        What to write to.

    Raises
    ------
    ZhengyuError
        Something other than a file stands at `path`.
    OSError
        It cannot be made.
    """

    def __init__(self, path: Path, work: Path | None = None, sources: Iterable[Path] = ()) -> None:
        refuse_place(path)
        self.path = path
        self.work = work or path.with_name(f".zhengyu-{os.urandom(8).hex()}")
        self._mode: int | None = None
        bits = 0o666 & _shared_bits(sources)
        with suppress(FileNotFoundError):
            self._mode, bits = stat.S_IMODE(path.stat().st_mode), 0o600
        self.file = open_new(self.work, bits)
        # Writers close the file; this handle stays open to bring it to the disk.
        self._handle = os.dup(self.file.fileno())

    def commit(self) -> None:
        """Complete the file and give it its name.

        Raises
        ------
        OSError
            It could not be written; what stood there stands there still.
        ZhengyuError
            It stands under its name, but the disk failed to keep the folder.
        """
        self.file.close()
        os.fsync(self._handle)
        self._close()
        if self._mode is not None:
            self.work.chmod(self._mode)
        self.work.replace(self.path)
        try:
            sync_folder(self.path.parent)
        except OSError as error:
            raise ZhengyuError(
                f"{self.path}: was written whole, but the disk failed to keep its name: {error}; look at the disk"
            ) from error

    def discard(self) -> None:
        """Remove what was written, unless it has its name already."""
        with suppress(OSError, ValueError):  # what could not be written is of no account any more
            self.file.close()
        self._close()
        with suppress(OSError):
            self.work.unlink()

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _shared_bits(sources: Iterable[Path]) -> int:
    """Return the permissions that all sources have; all where permissions are not kept."""
    bits = 0o777
    if os.name != "nt":
        for source in sources:
            with suppress(OSError):
                bits &= source.stat().st_mode
    return bits


def write_whole(path: Path, data: bytes | memoryview, sources: Iterable[Path] = ()) -> None:
    """Write a file that appears whole or not at all, whoever looks, and stays after the machine stops.

    Parameters
    ----------
    path : Path
        Its place; an older file there is replaced.
    data : bytes or memoryview
        Its content.
    sources : iterable of Path
        The files that it is made from; see `Replacement`.

    Raises
    ------
    ZhengyuError
        It cannot be written, is one of its own sources, or something other than a file stands there.
    """
    sources = tuple(sources)
    refuse_same(path, sources)
    try:
        made = Replacement(path, sources=sources)
        try:
            made.file.write(data)
            made.commit()
        finally:
            made.discard()
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; nothing was changed there") from error
