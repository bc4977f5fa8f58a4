"""The parts of a model folder as bytes: read within bounds, checked against hashes, arrays without any pickle."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import struct
import tokenize
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    import zipfile

MANIFEST = "model.json"
#: A part's name: no separator, no drive, no leading dot.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MEGA = 1024 * 1024
#: Bytes that a real model stays far below; a part past them is refused before it is read. JSON grows about twentyfold
#: in memory when it is made to, so its bounds are lower.
LIMITS = {MANIFEST: 16 * _MEGA, "vocabulary.json": 16 * _MEGA, "themes.toml": _MEGA, "evaluation.json": 4 * _MEGA}
MAX_PART_BYTES = 64 * _MEGA
MAX_PARTS = 64
#: Bytes of all arrays together, unpacked.
MAX_ARRAY_BYTES = 256 * _MEGA
#: A ``.npy`` header is 64 or 128 bytes; more is none of ours.
_MAX_HEADER = 1024
#: Bytes of the widest number.
_MAX_NUMBER = 8
_END_OF_ZIP = struct.Struct("<4s4H2LH")
#: Each array's shape, None where its length is free, and the kind of its numbers.
Shapes = Mapping[str, tuple[tuple[int | None, ...], str]]


def json_bytes(value: object) -> bytes:
    """Return the one spelling of `value` as JSON that model folders hold."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_part(folder: Path, name: str) -> bytes:
    """Read one part, a plain file of bounded size; links, pipes and devices are never followed.

    Raises
    ------
    ZhengyuError
        There is no such plain file, or it is too large.
    """
    path = folder / name
    strange = ZhengyuError(f"{folder}: part {name!r} is missing or not a plain file in the folder; get the model anew")
    if not NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise strange
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    limit = LIMITS.get(name, MAX_PART_BYTES)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise strange
            data = file.read(found.st_size) if found.st_size <= limit else b""
    except OSError as error:
        raise ZhengyuError(f"{path}: cannot be read: {error}; check its rights") from error
    if found.st_size > limit:
        raise ZhengyuError(f"{path}: larger than {limit // _MEGA} MB, as no model of zhengyu is; it was not read")
    return data


def read_hashed(folder: Path, name: str, sha256: object) -> bytes:
    """Read one part and verify its hash.

    Raises
    ------
    ZhengyuError
        It cannot be read, or does not match.
    """
    data = read_part(folder, name)
    if digest(data) != sha256:
        raise ZhengyuError(
            f"{folder / name}: does not match its hash in {MANIFEST}; it was altered or cut, get the model anew"
        )
    return data


def read_json(data: bytes, where: str) -> Any:
    """Parse JSON.

    Raises
    ------
    ZhengyuError
        It is none.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ZhengyuError(f"{where}: not JSON: {error}; get the model anew") from error


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack arrays into bytes that depend on nothing but them (numpy's own writer puts in the time)."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key in sorted(arrays):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(arrays[key]), allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data.getvalue())
    return out.getvalue()


def unpack_arrays(data: bytes, shapes: Shapes, where: str) -> dict[str, NDArray[Any]]:
    """Unpack arrays, each held to its shape and kind before its numbers are read.

    Parameters
    ----------
    data : bytes
        A ``.npz`` file.
    shapes : mapping of str to (tuple, str)
        The arrays that must be there: shape, with None for a free length, and ``"f"`` or ``"i"``.
    where : str
        How errors call the file.

    Raises
    ------
    ZhengyuError
        Not such a file, other arrays, or arrays of another shape, kind or size.
    """
    import zipfile

    _check_end(data, where)
    names = {f"{key}.npy": key for key in shapes}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != sorted(names):
                raise ZhengyuError(
                    f"{where}: expected the arrays {', '.join(shapes)}, got "
                    f"{', '.join(repr(entry.filename[:40]) for entry in entries)}; get the model anew"
                )
            if sum(entry.file_size for entry in entries) > MAX_ARRAY_BYTES:
                raise ZhengyuError(f"{where}: unpacks to over {MAX_ARRAY_BYTES // _MEGA} MB; it was not read")
            return {
                names[entry.filename]: _array(archive, entry, *shapes[names[entry.filename]], where=where)
                for entry in entries
            }
    except (
        zipfile.BadZipFile, zlib.error, ValueError, SyntaxError, tokenize.TokenError, struct.error, EOFError,
        NotImplementedError, RuntimeError, TypeError, OverflowError, OSError, MemoryError,
    ) as error:  # fmt: skip
        raise ZhengyuError(f"{where}: not a .npz file of plain numbers: {error}; get the model anew") from error


def _check_end(data: bytes, where: str) -> None:
    """Refuse an archive whose list of entries is long: reading the list alone would fill the memory."""
    end = _END_OF_ZIP.unpack(data[-_END_OF_ZIP.size :]) if len(data) >= _END_OF_ZIP.size else (b"",) * 8
    if end[0] != b"PK\x05\x06" or end[7] != 0 or int(end[4]) > MAX_PARTS or int(end[5]) > MAX_PARTS * 1024:
        raise ZhengyuError(f"{where}: not a .npz file of at most {MAX_PARTS} arrays; get the model anew")


def _array(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shape: tuple[int | None, ...], kind: str, *, where: str
) -> NDArray[Any]:
    with archive.open(entry) as packed:
        head = io.BytesIO(packed.read(_MAX_HEADER))
        if np.lib.format.read_magic(head) != (1, 0):
            raise ZhengyuError(f"{where}: {entry.filename}: expected .npy format 1.0; get the model anew")
        found, fortran, dtype = np.lib.format.read_array_header_1_0(head)
        fits = len(found) == len(shape) and all(
            want is None or want == size for want, size in zip(shape, found, strict=True)
        )
        size = int(np.prod(found, dtype=object)) * dtype.itemsize
        # Wider numbers than 64 bits become infinite, or other numbers, when they are converted after the check.
        if (
            not fits
            or dtype.kind != kind
            or dtype.itemsize > _MAX_NUMBER
            or dtype.hasobject
            or fortran
            or entry.file_size != head.tell() + size
        ):
            wanted = f"({', '.join('any' if want is None else str(want) for want in shape)})"
            raise ZhengyuError(
                f"{where}: expected finite {'floats' if kind == 'f' else 'integers'} of at most 64 bits and "
                f"of shape {wanted} for {entry.filename.removesuffix('.npy')}, got {dtype} {found}; get the model anew"
            )
        rest = head.read() + packed.read()
    array: NDArray[Any] = np.frombuffer(rest, dtype=dtype).reshape(found)
    if not np.isfinite(array).all():
        raise ZhengyuError(
            f"{where}: expected finite floats of shape {found} for {entry.filename.removesuffix('.npy')}, "
            "got some that are not finite; get the model anew"
        )
    return array
