"""Arrays in a file of the cache folder, mapped into memory rather than read."""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu_corpus.cache import keep

_MARK = b"zhengyu1"
#: Behind the mark: bytes of the list of arrays, and its checksum.
_HEAD = struct.Struct("<8sQI")
#: Arrays begin at multiples of this, as compiled code wants them.
_ALIGNED = 64
#: Kinds of numbers: truth values, integers with and without sign, floats. Nothing in them is code.
_KINDS = "biuf"


def read_arrays(path: Path | None) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a file, None where there is none or it is damaged.

    Each is held to its checksum. What is changed in them changes nothing in the file.
    """
    with suppress(OSError, ValueError, TypeError, struct.error):
        if path is None:
            return None
        with path.open("rb") as file:
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        mark, size, checksum = _HEAD.unpack_from(held)
        told = held[_HEAD.size : _HEAD.size + size]
        if mark != _MARK or zlib.crc32(told) != checksum:
            return None
        begin, found = _aligned(_HEAD.size + size), {}
        for name, kind, shape, offset, of_bytes in json.loads(told):
            dtype, count = np.dtype(kind), int(np.prod(shape, dtype=np.int64))
            if dtype.kind not in _KINDS:
                return None
            data = memoryview(held)[begin + offset : begin + offset + count * dtype.itemsize]
            if zlib.crc32(data) != of_bytes:
                return None
            found[name] = np.frombuffer(data, dtype).reshape(shape) if count else np.empty(shape, dtype)
        return found
    return None


def keep_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file of the cache folder; see `zhengyu_corpus.cache.keep`."""
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    rows: list[tuple[str, str, tuple[int, ...], int, int]] = []
    parts: list[bytes | memoryview] = []
    at = 0
    for name, array in held.items():
        data = array.reshape(-1).view(np.uint8).data
        rows.append((name, array.dtype.str, array.shape, at, zlib.crc32(data)))
        parts += [data, b"\0" * (_aligned(data.nbytes) - data.nbytes)]
        at += _aligned(data.nbytes)
    told = json.dumps(rows).encode()
    head = _HEAD.pack(_MARK, len(told), zlib.crc32(told)) + told
    keep(path, [head, b"\0" * (_aligned(len(head)) - len(head)), *parts])


def _aligned(place: int) -> int:
    return -(-place // _ALIGNED) * _ALIGNED
