"""Arrays of the cache folder come back as they were, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu_corpus import cache

ARRAYS = {
    "words": np.arange(12, dtype=np.uint32).reshape(3, 4),
    "none": np.empty((0, 3)),
    "flags": np.array([True, False]),
    "turned": np.arange(6.0).reshape(2, 3).T,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "things-1.arrays"
    keep_arrays(path, ARRAYS)
    return path


def test_they_come_back(path: Path) -> None:
    found = read_arrays(path)
    assert found is not None
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert found[name].flags.aligned


def test_what_is_changed_in_them_stays_out_of_the_file(path: Path) -> None:
    found, again = read_arrays(path), read_arrays(path)
    assert found is not None
    assert again is not None
    found["words"][0, 0] = 99
    assert again["words"][0, 0] == 0


def test_no_file_is_no_arrays(tmp_path: Path) -> None:
    assert read_arrays(None) is None
    assert read_arrays(tmp_path / "absent") is None


def test_damage_anywhere_is_seen(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for place in range(0, len(whole), 5):
        cut, altered = tmp_path / "cut", tmp_path / "altered"
        cut.write_bytes(whole[:place])
        altered.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        for found in (read_arrays(cut), read_arrays(altered)):
            # Between arrays, and behind the last, stand zeros that nobody reads.
            assert found is None or all(np.array_equal(found[name], array) for name, array in ARRAYS.items())
        assert place > len(whole) - 64 or read_arrays(cut) is None


def test_the_newest_of_a_kind_stay(tmp_path: Path) -> None:
    others = [tmp_path / "things-1.json", tmp_path / "more-things-1.arrays"]
    for number, name in enumerate([*(f"things-{n}.arrays" for n in range(cache.KEPT + 2)), *(p.name for p in others)]):
        cache.keep(tmp_path / name, [b"x", memoryview(b"y")])
        assert (tmp_path / name).read_bytes() == b"xy", number
    assert all(path.exists() for path in others)
    assert len(list(tmp_path.iterdir())) == cache.KEPT + len(others)


def test_where_nothing_can_be_kept_nothing_happens(tmp_path: Path) -> None:
    cache.keep(tmp_path / "absent" / "things-1.arrays", [b"x"])
    assert list(tmp_path.iterdir()) == []


def test_a_text_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return "字\n"

    path = tmp_path / "text-1.json"
    assert [cache.cached_text(path, make) for _ in range(2)] == ["字\n", "字\n"]
    path.write_bytes(path.read_bytes()[:-3])
    assert cache.cached_text(path, make) == "字\n"
    assert cache.cached_text(None, make) == "字\n"
    assert len(made) == 3
