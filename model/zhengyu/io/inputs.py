"""What a run reads: files, folders, globs and remote paths, opened as streams of bytes and known again on resuming."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from zhengyu.io.formats import BY_ENDING, ending_of, endings, find_format
from zhengyu_corpus.errors import ZhengyuError

STDIN = "-"
#: What is read: a file, folder or glob on this machine, or a URL of one that fsspec knows.
PathOrUrl = Path | str
#: Folder in a dataset that says what its parts are; see `zhengyu.batch.dataset`.
DATASET = "_zhengyu"
#: What says that a folder is a dataset, and that it is whole, in that folder.
MANIFEST, FINISHED = "manifest.json", "finished.json"
#: Names of the parts.
PARTS = "part-*.parquet"
#: What stores call the hash or the time of change of a file.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "mtime", "LastModified", "last_modified", "updated",
          "modified", "created")  # fmt: skip
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
        Its format: an ending in `zhengyu.io.formats.FORMATS`, ``""`` where its name says none and its content may.
    compression : str or None
        pyarrow's name of the codec.
    found : bool
        Whether a folder or a glob gave it; one such that cannot be read does not end a run.
    reason : str
        Why it is not read, ``""`` for one that is.
    split : tuple of (int, int), optional
        Of a Parquet file the bytes whose row groups are read: those that begin at the first or after, before the
        second. The whole file when not given.
    """

    name: str
    ending: str
    compression: str | None = None
    found: bool = False
    reason: str = ""
    split: tuple[int, int] | None = None

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
        """Return its size in bytes as it lies, 0 where that is not known or it is not read."""
        if self.name == STDIN or self.reason:
            return 0
        if self.remote:
            import fsspec

            filesystem, path = fsspec.core.url_to_fs(self.name)
            return int(filesystem.size(path) or 0)
        return Path(self.name).stat().st_size

    def identity(self) -> dict[str, Any]:
        """Return what tells this file from a changed one: size, time of change, and a hash of both its ends.

        Nothing of one that is not read.
        """
        if self.reason:
            return {}
        if self.remote:
            import fsspec

            filesystem, path = fsspec.core.url_to_fs(self.name)
            filesystem.invalidate_cache()  # a listing that is kept would hide a change
            facts = filesystem.info(path)
            # Stores tell different things of one file in a listing and alone: only what marks its content counts.
            marks = [str(facts[key]) for key in _MARKS if facts.get(key)]
            return {"size": int(facts.get("size") or 0), "key": marks[0] if marks else str(filesystem.ukey(path))}
        path = Path(self.name)
        state = path.stat()
        digest = hashlib.blake2b(digest_size=16)
        with path.open("rb") as data:
            first = data.read(_EDGE)
            digest.update(first)
            if state.st_size > _EDGE:
                data.seek(state.st_size - _EDGE)
                digest.update(data.read(_EDGE))
        return {"size": state.st_size, "changed": state.st_mtime_ns, "hash": digest.hexdigest()}


def local_paths(inputs: Iterable[PathOrUrl]) -> list[Path]:
    """Return those that lie on this machine, whose place an output could take."""
    return [Path(name) for name in inputs if "://" not in str(name)]


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


def find_inputs(inputs: Sequence[str], stdin_format: str = "txt", *, everything: bool = False) -> list[Input]:
    """Return every input; folders and globs give the files of known endings, in order of name.

    Parameters
    ----------
    inputs : sequence of str
        Files, folders, globs, URLs of these that fsspec knows, or ``-`` for standard input. Of a dataset that tagging
        has written its parts are read.
    stdin_format : str, default="txt"
        Format of standard input: an ending without its dot.
    everything : bool, default=False
        Give all files of folders and globs, those of other endings too, and those that cannot be read with the reason;
        only what is hidden, or left behind by programs, is passed over (see `passed_over`).

    Raises
    ------
    ZhengyuError
        An input does not exist, has an unknown ending, is a folder or glob without a known file, or an unfinished
        dataset.
    """
    found: list[Input] = []
    for name in inputs:
        path = Path(name)
        if name == STDIN:
            found.append(Input(STDIN, f".{stdin_format}"))
        elif "://" in name:
            found += [_input(one, found=one != name) for one in _remote(name)]
        elif path.is_dir() and (path / DATASET / MANIFEST).is_file():
            _refuse_unfinished(name, (path / DATASET / FINISHED).is_file())
            found += [_input(str(one), found=True) for one in sorted(path.glob(PARTS))]
        elif path.is_dir() or (not path.exists() and glob.has_magic(name)):
            told = "the folder holds no file" if path.is_dir() else "no file fits"
            fits = sorted(glob.glob(name, recursive=True))  # noqa: PTH207
            inside = _walked(path)[0] if path.is_dir() else [one for one in fits if not Path(one).is_dir()]
            if not any(_known(one) for one in inside):
                raise ZhengyuError(f"{name}: {told} that ends in {', '.join(endings())}")
            read = [_found(one) for one in inside]
            found += read if everything else [one for one in read if _known(one.name) and Path(one.name).is_file()]
        elif not path.exists():
            raise ZhengyuError(f"{name}: no such file or folder")
        elif not path.is_file():
            raise ZhengyuError(
                f"{name}: expected a file, this is a pipe or device; give what it holds on standard input: "
                f"- --format {ending_of(name)[0].removeprefix('.') or 'txt'} < {name}"
            )
        else:
            found.append(_input(name))
    return found


def _input(name: str, *, found: bool = False) -> Input:
    """Return one input of a known ending."""
    ending, compression = ending_of(name)
    if not found or BY_ENDING[ending].kind != "refused":
        find_format(name)
    return Input(name, ending, compression, found)


def _found(name: str) -> Input:
    """Return a file of a folder, with the reason why it is not read if it is not."""
    ending, compression = ending_of(name)
    path, reason = Path(name), ""
    if path.is_symlink() and not path.is_file():
        reason = f"is a link to {'a folder' if path.is_dir() else 'nothing'}, not followed"
    elif not path.is_file():
        reason = "is a folder that cannot be opened" if path.is_dir() else "is no file"
    elif not os.access(path, os.R_OK):
        reason = "cannot be read: look at its permissions"
    elif ending in BY_ENDING and BY_ENDING[ending].named:
        reason = f"is a {ending} file, which programs leave everywhere; it is read where it is named"
    return Input(name, ending if ending in BY_ENDING else "", compression, found=True, reason=reason)


def _walked(folder: Path) -> tuple[list[str], list[str]]:
    """Return what a folder holds at any depth, in order of name, and what is hidden in it or a lock.

    Folders count only where they cannot be looked into: links to others, those of others, and hidden ones.
    """
    kept: list[Path] = []
    left: list[Path] = []
    closed: list[OSError] = []
    for where, folders, files in os.walk(folder, onerror=closed.append):
        hidden = {name for name in (*folders, *files) if name.startswith((".", "~$")) or name == DATASET}
        left += [Path(where, name) for name in hidden]
        folders[:] = [name for name in folders if name not in hidden]
        links = [name for name in folders if Path(where, name).is_symlink()]
        kept += [Path(where, name) for name in (*files, *links) if name not in hidden]
    kept += [Path(error.filename) for error in closed]
    return [str(path) for path in sorted(kept)], [str(path) for path in sorted(left)]


def passed_over(inputs: Sequence[str]) -> dict[str, list[str]]:
    """Return what `find_inputs` passes over in each folder: hidden files and folders, and locks of office programs."""
    folders = [
        name for name in inputs
        if name != STDIN and "://" not in name and Path(name).is_dir() and not Path(name, DATASET, MANIFEST).is_file()
    ]  # fmt: skip
    return {name: left for name in folders if (left := _walked(Path(name))[1])}


def _remote(name: str) -> list[str]:
    """Return the files of a remote path: itself, or those of known endings of a glob, a folder or a dataset."""
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(name)
        filesystem.invalidate_cache()
        if glob.has_magic(name):
            paths = [one for one in filesystem.glob(path) if _known(one)]
        elif _known(name):
            return [name] if filesystem.exists(path) else _none(name)
        elif filesystem.exists(f"{path.rstrip('/')}/{DATASET}/{MANIFEST}"):
            _refuse_unfinished(name, filesystem.exists(f"{path.rstrip('/')}/{DATASET}/{FINISHED}"))
            paths = filesystem.glob(f"{path.rstrip('/')}/{PARTS}")
        elif filesystem.isdir(path):
            inside = [(one, one[len(path.rstrip("/")) :].split("/")) for one in filesystem.find(path)]
            paths = [one for one, names in inside if _known(one) and not any(n.startswith((".", "_")) for n in names)]
        else:  # a file whose ending is told to be unknown, if it is there
            return [name] if filesystem.exists(path) else _none(name)
        return [filesystem.unstrip_protocol(one) for one in sorted(paths)] or _none(name)
    except (OSError, ImportError, ValueError) as error:
        raise ZhengyuError(f"{name}: cannot be reached: {error}; install the fsspec package of that store") from error


def _none(name: str) -> list[str]:
    raise ZhengyuError(f"{name}: no such remote file, and no folder of files that end in {', '.join(endings())}")


def _refuse_unfinished(name: str, finished: bool) -> None:
    if not finished:
        raise ZhengyuError(
            f"{name}: is a dataset whose run was cut short or goes on; run its command again until it is whole, or "
            f"name its parts: {name.rstrip('/')}/{PARTS}"
        )
