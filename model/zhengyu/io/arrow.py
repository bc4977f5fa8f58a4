"""Arrow arrays of strings and numbers, made from their buffers.

``pyarrow.array``, ``to_numpy`` and what calls them import pandas, wherever that is installed, to ask whether their
argument is of pandas; ``take``, ``filter`` and ``cast`` import all compute functions. Both take longer than to tag a
short document: what that needs is made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: Bytes of text that the offsets of one array can count.
MOST = np.iinfo(np.int32).max


def strings(values: Sequence[str | None]) -> pa.Array:
    """Return an Arrow array of strings."""
    validity = None
    if None in values:
        validity = _validity(np.array([value is None for value in values], dtype=bool))
    encoded = [b"" if value is None else value.encode() for value in values]
    buffers = [validity, pa.py_buffer(_offsets(list(map(len, encoded)))), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def string_lists(values: Sequence[Sequence[str]]) -> pa.Array:
    """Return an Arrow array of lists of strings."""
    offsets, flat = _offsets(list(map(len, values))), strings(list(chain.from_iterable(values)))
    return pa.Array.from_buffers(
        pa.list_(pa.string()), len(values), [None, pa.py_buffer(offsets)], children=[flat]
    )  # fmt: skip


def truths(values: Sequence[bool]) -> pa.Array:
    """Return an Arrow array of truth values."""
    held = np.packbits(np.array(values, dtype=bool), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(held)])


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
    return taken(strings(names), places)


def taken(values: pa.Array, places: NDArray[np.integer[Any]]) -> pa.Array:
    """Return an Arrow array of type string of what stands at some places of one of strings.

    Parameters
    ----------
    values : pyarrow.Array of string or large_string
        Slices too; a null that is taken stays null.
    places : ndarray of int of shape (n_taken,)
        Places in it, in any order and as often as wanted.

    Raises
    ------
    OverflowError
        The strings have more than 2 GiB of text together.
    """
    missing = None
    if values.null_count:
        values, missing = without_nulls(values), _missing(values)[places]
    begins = starts(values)
    lengths = np.diff(begins)[places]
    offsets = _offsets(lengths)
    from_start = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    buffer = values.buffers()[2]
    held = np.frombuffer(b"" if buffer is None else buffer, dtype=np.uint8)
    data = held[np.repeat(begins[places], lengths) + from_start]
    validity = None if missing is None else _validity(missing)
    return pa.Array.from_buffers(pa.string(), len(places), [validity, pa.py_buffer(offsets), pa.py_buffer(data)])


def starts(values: pa.Array) -> NDArray[Any]:
    """Return where each string or list of an Arrow array begins in what holds them, and where the last one ends.

    Parameters
    ----------
    values : pyarrow.Array of string, binary or list, or of the large kind of these
        Of a slice, places count from the beginning of what holds the whole: the bytes of ``values.buffers()[2]``, or
        ``values.values`` of lists. A null has a length like any other, which need not be 0.

    Returns
    -------
    ndarray of int32, or of int64 of a large kind, of shape (n_values + 1,)
    """
    if not len(values):
        return np.zeros(1, dtype=np.int64)
    kinds = pa.types
    wide = kinds.is_large_string(values.type) or kinds.is_large_binary(values.type) or kinds.is_large_list(values.type)
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int64 if wide else np.int32)
    return offsets[values.offset : values.offset + len(values) + 1]


def without_nulls(values: pa.Array) -> pa.Array:
    """Return an Arrow array of strings with empty ones in the place of nulls.

    Its type is that of `values`, string or large_string; a slice has its text still where the whole has it.
    """
    if not values.null_count:
        return values
    _, offsets, data = values.buffers()
    if np.diff(starts(values))[_missing(values)].any():  # what is null may hide text
        return values.fill_null("")
    return pa.Array.from_buffers(values.type, len(values), [None, offsets, data], offset=values.offset)


def longest(values: pa.Array) -> int:
    """Return the bytes of the longest of an Arrow array of strings or byte strings, 0 where there is none.

    Those of a fixed or large kind, and slices, are measured too; what a null hides counts.
    """
    if pa.types.is_fixed_size_binary(values.type):
        return int(values.type.byte_width)
    return int(np.diff(starts(values)).max(initial=0))


def _offsets(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int32]:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] > MOST:
        raise OverflowError(f"expected at most 2 GiB of text in one array, got {offsets[-1]:,} bytes")
    return offsets.astype(np.int32)


def _missing(values: pa.Array) -> NDArray[np.bool_]:
    """Return which values of an Arrow array with nulls are null."""
    present = np.unpackbits(np.frombuffer(values.buffers()[0], dtype=np.uint8), bitorder="little")
    return np.asarray(present[values.offset : values.offset + len(values)] == 0)


def _validity(missing: NDArray[np.bool_]) -> pa.Buffer | None:
    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
