"""Arrow arrays of strings and numbers, made from their buffers.

``pyarrow.array``, ``to_numpy`` and what calls them import pandas, wherever that is installed, to ask whether their
argument is of pandas; ``take``, ``filter`` and ``cast`` import all compute functions. Both take longer than to tag a
short document: what that needs is made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: Bytes of text that the offsets of one array can count.
MOST = np.iinfo(np.int32).max


def strings(values: Sequence[str | None]) -> pa.Array:
    """Return an Arrow array of strings."""
    encoded = [b"" if value is None else value.encode() for value in values]
    offsets = _offsets([len(value) for value in encoded])
    missing = np.array([value is None for value in values], dtype=bool)
    buffers = [_validity(missing), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def repeated(values: Sequence[str | None], counts: Sequence[int]) -> pa.Array:
    """Return an Arrow array of strings, each so many times."""
    encoded = [b"" if value is None else value.encode() for value in values]
    many = np.array(counts, dtype=np.int64)
    offsets = _offsets(np.repeat(np.array([len(value) for value in encoded], dtype=np.int64), many))
    validity = _validity(np.repeat(np.array([value is None for value in values], dtype=bool), many))
    data = b"".join(value * count for value, count in zip(encoded, counts, strict=True))
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, [validity, pa.py_buffer(offsets), pa.py_buffer(data)])


def numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return an Arrow array of the numbers of an array of one dimension; null where `missing` says so."""
    held = np.ascontiguousarray(values)
    validity = None if missing is None else _validity(missing)
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [validity, pa.py_buffer(held)])


def named(names: Sequence[str], places: NDArray[np.integer[Any]]) -> pa.Array:
    """Return an Arrow array of the strings ``names[place]`` for each place."""
    encoded = [name.encode() for name in names]
    lengths = np.array([len(name) for name in encoded], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    taken = lengths[places]
    offsets = _offsets(taken)
    from_start = np.arange(offsets[-1]) - np.repeat(offsets[:-1], taken)
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)[np.repeat(starts[places], taken) + from_start]
    return pa.Array.from_buffers(pa.string(), len(places), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def longest(values: pa.Array) -> int:
    """Return the bytes of the longest of an Arrow array of strings or byte strings, 0 where there is none."""
    if pa.types.is_fixed_size_binary(values.type):
        return int(values.type.byte_width)
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    if not len(values):
        return 0
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int64 if wide else np.int32)
    return int(np.diff(offsets[values.offset : values.offset + len(values) + 1]).max())


def _offsets(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int32]:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] > MOST:
        raise OverflowError(f"expected at most 2 GiB of text in one array, got {offsets[-1]:,} bytes")
    return offsets.astype(np.int32)


def _validity(missing: NDArray[np.bool_]) -> pa.Buffer | None:
    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
