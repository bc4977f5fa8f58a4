"""Mutated model folders: every one is refused with one message, nothing in it runs, memory stays bounded.

``ZHENGYU_MUTATIONS=10 pytest tests/persistence/test_mutations.py`` tries a thousand; without it two hundred.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import re
import shutil
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import DATA

from zhengyu.persistence.folder import load_model
from zhengyu.persistence.format import seal, version_of
from zhengyu.persistence.parts import MANIFEST, digest, json_bytes, pack_arrays
from zhengyu_corpus.errors import ZhengyuError

pytestmark = pytest.mark.slow

SOUND = DATA / "format-2"
PARTS = sorted(path.name for path in SOUND.iterdir())
MEGA = 1024 * 1024
#: Loading may take this much at most, whatever the folder says.
MEMORY = 400 * MEGA


def reseal(folder: Path, **renamed: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    parts = {renamed.get(key, key): entry for key, entry in manifest["parts"].items()}
    for key, entry in parts.items():
        path = folder / key
        entry["sha256"] = digest(path.read_bytes()) if path.is_file() else "0" * 64
    manifest["parts"] = parts
    manifest["version"] = version_of("tiny", {key: entry["sha256"] for key, entry in parts.items()})
    (folder / MANIFEST).write_bytes(json_bytes(seal(manifest)))


def arrays_of(folder: Path) -> dict[str, Any]:
    with np.load(folder / "weights.npz") as archive:
        return {key: archive[key] for key in archive.files}


def bit_flip(folder: Path, rng: random.Random) -> None:
    path = folder / rng.choice(PARTS)
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def cut(folder: Path, rng: random.Random) -> None:
    path = folder / rng.choice(PARTS)
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def grown(folder: Path, rng: random.Random) -> None:
    path = folder / rng.choice(PARTS)
    path.write_bytes(path.read_bytes() + rng.randbytes(rng.randrange(1, 50)))


def gone(folder: Path, rng: random.Random) -> None:
    (folder / rng.choice(PARTS)).unlink()


def swapped_parts(folder: Path, rng: random.Random) -> None:
    a, b = rng.sample([part for part in PARTS if part.endswith((".json", ".npz", ".toml"))], 2)
    first, second = (folder / a).read_bytes(), (folder / b).read_bytes()
    (folder / a).write_bytes(second)
    (folder / b).write_bytes(first)
    if MANIFEST not in (a, b) and rng.random() < 0.5:
        reseal(folder)


def swapped_arrays(folder: Path, rng: random.Random) -> None:
    arrays = arrays_of(folder)
    keys = [(a, b) for a in arrays for b in arrays if a < b and arrays[a].shape != arrays[b].shape]
    a, b = rng.choice([*keys, ("intercept", "slope")])
    arrays[a], arrays[b] = arrays[b], arrays[a]
    (folder / "weights.npz").write_bytes(pack_arrays(arrays))
    reseal(folder)


def strange_values(folder: Path, rng: random.Random) -> None:
    arrays = arrays_of(folder)
    key = rng.choice(sorted(arrays))
    bad = rng.choice([np.nan, np.inf, -np.inf])
    if arrays[key].dtype.kind == "f":
        arrays[key] = np.full_like(arrays[key], bad)
    else:
        arrays[key] = arrays[key][::-1] + np.array([5, -9, 10**6])
    (folder / "weights.npz").write_bytes(pack_arrays(arrays))
    reseal(folder)


def absurd_shapes(folder: Path, rng: random.Random) -> None:
    """Headers that speak of more than there is, or of other kinds of number."""
    arrays, target = arrays_of(folder), rng.choice(["coef", "idf", "slope", "knot_score", "precision_bounds"])
    shape = rng.choice([(10**9, 10**9), (2**62,), (-1,), (0,), (1,) * 40, (3, 10**12), ()])
    kind = rng.choice(["<f8", "<f4", "|O", "<c16", "|V1000", "<U100000", ">f8", "<M8[s]"])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            data = io.BytesIO()
            if key == target:
                header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
                data.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array.tobytes())
            else:
                np.lib.format.write_array(data, array)
            archive.writestr(f"{key}.npy", data.getvalue())
    (folder / "weights.npz").write_bytes(out.getvalue())
    reseal(folder)


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def pickles(folder: Path, rng: random.Random) -> None:
    bomb = Bomb(folder.parent / "ran")
    way = rng.randrange(4)
    if way == 0:  # in place of a part
        (folder / rng.choice(PARTS)).write_bytes(pickle.dumps(bomb))
    elif way == 1:  # as an array of objects
        arrays = {**arrays_of(folder), rng.choice(["coef", "idf", "slope"]): np.array([bomb], dtype=object)}
        np.savez(folder / "weights.npz", allow_pickle=True, **arrays)
        reseal(folder)
    elif way == 2:  # beside the parts
        (folder / rng.choice(["model.joblib", "model.pkl", "weights.npy", "__init__.py"])).write_bytes(
            pickle.dumps(bomb)
        )
    else:  # as a part that the manifest names
        (folder / "weights.npz").write_bytes(pickle.dumps(bomb))
        reseal(folder)


def bombs(folder: Path, rng: random.Random) -> None:
    """Little on disk, much in memory."""
    way = rng.randrange(6)
    if way == 0:  # zeros that unpack to a gigabyte
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for key in arrays_of(folder):
                with archive.open(f"{key}.npy", "w", force_zip64=True) as entry:
                    for _ in range(40 if key == "coef" else 1):
                        entry.write(bytes(MEGA * (10 if key == "coef" else 1)))
        (folder / "weights.npz").write_bytes(out.getvalue())
    elif way == 1:  # a long list of entries
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for i in range(3000):
                archive.writestr(f"{i}.npy", b"")
        (folder / "weights.npz").write_bytes(out.getvalue())
    elif way == 2:  # deep nesting
        part = rng.choice(["vocabulary.json", "evaluation.json", "themes.toml"])
        deep = "[" * 200_000 + "]" * 200_000
        (folder / part).write_text(f"x = {deep}" if part.endswith("toml") else deep, "utf-8")
    elif way == 3:  # a hole of a gigabyte
        with (folder / rng.choice(PARTS)).open("r+b") as file:
            file.truncate(1024 * MEGA)
        return
    elif way == 4:  # a number of many digits
        (folder / "evaluation.json").write_text('{"x": ' + "9" * 100_000 + "}", "utf-8")
    else:  # an archive whose end speaks of another size
        data = (folder / "weights.npz").read_bytes()
        (folder / "weights.npz").write_bytes(data[:-10] + struct.pack("<L", 2**31) + data[-6:])
    reseal(folder)


def paths(folder: Path, rng: random.Random) -> None:
    outside = folder.parent / "outside.txt"
    outside.write_text("x", "utf-8")
    way = rng.randrange(4)
    part = rng.choice([part for part in PARTS if part != MANIFEST])
    if way == 0:
        name = rng.choice(
            ["../outside.txt", str(outside), "a/../../outside.txt", "..\\outside.txt", "C:x", "", ".", "\x00"]
        )
        reseal(folder, **{part: name})
    elif way == 1:
        shutil.copy(folder / part, outside)
        (folder / part).unlink()
        (folder / part).symlink_to(outside)
    elif way == 2:
        (folder / part).unlink()
        os.mkfifo(folder / part)
    else:
        (folder / part).unlink()
        (folder / part).mkdir()


def manifests(folder: Path, rng: random.Random) -> None:
    """Another manifest, sealed anew."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    key = rng.choice(["format", "format_version", "parts", "version"])
    strange: list[Any] = [
        None,
        0,
        -1,
        3,
        2.5,
        True,
        "2",
        [],
        {},
        {"a": 1},
        {"weights.npz": {"kind": "code"}},
        "x" * 500,
    ]
    manifest[key] = rng.choice([value for value in strange if not (key == "format_version" and value in (2, 3))])
    (folder / MANIFEST).write_bytes(json_bytes(seal(manifest)))


MUTATIONS: list[Callable[[Path, random.Random], None]] = [
    bit_flip, bit_flip, bit_flip, cut, cut, grown, gone, swapped_parts, swapped_arrays, strange_values, absurd_shapes,
    pickles, bombs, paths, manifests,
]  # fmt: skip
#: What a clear message ends in: what to do, or why nothing was read.
CLEAR = re.compile(r"anew|update zhengyu|make one with|not read|take it out|example|give every theme|choose another")


@pytest.fixture(scope="module")
def small_peak() -> int:
    load_model(SOUND)
    tracemalloc.start()
    load_model(SOUND)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("round_", range(int(os.environ.get("ZHENGYU_MUTATIONS", "2"))))
def test_a_hundred_mutated_folders_are_refused(tmp_path: Path, round_: int, small_peak: int) -> None:
    tracemalloc.start()
    try:
        for number in range(100):
            rng = random.Random(1000 * round_ + number)
            mutate = MUTATIONS[(100 * round_ + number) % len(MUTATIONS)]
            folder = Path(shutil.copytree(SOUND, tmp_path / str(number) / "model"))
            mutate(folder, rng)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with pytest.raises(ZhengyuError) as caught:
                load_model(folder)
            said = str(caught.value)
            assert tracemalloc.get_traced_memory()[1] - before < MEMORY, (mutate.__name__, said)
            assert str(folder) in said, (mutate.__name__, said)
            assert CLEAR.search(said), (mutate.__name__, said)
            assert not (folder.parent / "ran").exists()
            shutil.rmtree(folder.parent)
    finally:
        tracemalloc.stop()
    assert small_peak < 10 * MEGA
    assert load_model(SOUND).version.startswith("tiny-")
