"""The features of a model and their columns, looked up in arrays: a short text meets few of many."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.themes.tokens import BETWEEN

#: Stands between the names of features.
_APART = "\n"
#: Looks into the arrays that take as long together as to make a dictionary, which then answers.
_LOOKS = 20_000


class Vocabulary(Mapping[str, int]):
    """Feature to column, found by the checksum of its name.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        What `vocabulary_arrays` gives.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        # Memoryviews give Python integers, whose comparison is faster than that of numpy's.
        self._names, self._ends, self._checksums, self._columns = (arrays[name].data for name in NAMES)
        self._looks = 0
        self._whole: dict[str, int] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Arrive elsewhere as a dictionary."""
        return dict, (self.whole(),)

    def __getitem__(self, feature: str) -> int:
        """Return the column of a feature."""
        column = self._find(feature)
        if column is None:
            raise KeyError(feature)
        return column

    def __contains__(self, feature: object) -> bool:
        """Tell whether it is a feature."""
        return isinstance(feature, str) and self._find(feature) is not None

    def get(self, feature: str, default: Any = None) -> Any:
        """Return the column of a feature, `default` for what is none."""
        column = self._find(feature)
        return default if column is None else column

    def _find(self, feature: str) -> int | None:
        if self._whole is not None:
            return self._whole.get(feature)
        self._looks += 1
        if self._looks > _LOOKS:
            return self.whole().get(feature)
        name = feature.encode("utf-8", "surrogatepass")
        checksum = zlib.crc32(name)
        place = bisect_left(self._checksums, checksum)
        while place < len(self._checksums) and self._checksums[place] == checksum:
            column = self._columns[place]
            if bytes(self._names[self._ends[column - 1] + 1 if column else 0 : self._ends[column]]) == name:
                return int(column)
            place += 1
        return None

    def __iter__(self) -> Iterator[str]:
        """Go through the features in the order of their columns."""
        return iter(self.whole())

    def items(self) -> ItemsView[str, int]:
        """Return the features with their columns, made at once instead of looked up one by one."""
        return self.whole().items()

    def values(self) -> ValuesView[int]:
        """Return the columns, likewise."""
        return self.whole().values()

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self._columns)

    @property
    def has_pairs(self) -> bool:
        """Whether a feature holds `BETWEEN`."""
        return BETWEEN.encode() in bytes(self._names)

    def quickest(self) -> Mapping[str, int]:
        """Return what looks features up in the least time: itself while few were looked up, then a dictionary."""
        return self if self._whole is None else self._whole

    def whole(self) -> dict[str, int]:
        """Return all features as a dictionary."""
        if self._whole is None:
            names = str(self._names, "utf-8").split(_APART) if len(self) else []
            self._whole = dict(zip(names, range(len(self)), strict=True))
        return self._whole


#: Arrays of a vocabulary: bytes of all names, where each ends, checksums ascending, and the columns that they are of.
NAMES = ("feature_names", "feature_ends", "feature_checksums", "feature_columns")


def vocabulary_arrays(features: Mapping[str, int]) -> dict[str, NDArray[Any]] | None:
    """Return the arrays that `Vocabulary` looks features up in; None for names that these cannot hold.

    Parameters
    ----------
    features : mapping of str to int
        Feature to column, in the order of the columns.
    """
    joined = _APART.join(features)
    try:
        names = joined.encode()
    except UnicodeEncodeError:
        return None
    if joined.count(_APART) != max(0, len(features) - 1):
        return None
    each = [feature.encode() for feature in features]
    checksums = np.array(list(map(zlib.crc32, each)), dtype=np.uint32)
    order = np.argsort(checksums, kind="stable")
    ends = np.cumsum(np.array([len(name) + 1 for name in each], dtype=np.int64)) - 1
    arrays = (np.frombuffer(names, np.uint8), ends, checksums[order], order.astype(np.int32))
    return dict(zip(NAMES, arrays, strict=True))
