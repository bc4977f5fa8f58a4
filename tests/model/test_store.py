"""A model folder is verified before use; anything foreign, cut, altered or newer is refused with the reason."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zhengyu.store import MANIFEST, default_folder, load_model
from zhengyu_corpus.errors import ZhengyuError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_folder(), tmp_path / "model"))


def reseal(folder: Path) -> None:
    """Make the hashes fit again, as somebody who tampers well would."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["sha256"] = {key: hashlib.sha256((folder / key).read_bytes()).hexdigest() for key in manifest["sha256"]}
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def edit(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}), "utf-8")


def test_the_shipped_model_holds_numbers_and_json_only() -> None:
    assert {path.suffix for path in default_folder().iterdir()} == {".json", ".npz", ".toml", ".csv", ".md"}
    assert sum(path.stat().st_size for path in default_folder().iterdir()) < 15_000_000
    assert load_model().version == json.loads((default_folder() / MANIFEST).read_text("utf-8"))["version"]


@pytest.mark.parametrize("part", ["weights.npz", "vocabulary.json", "themes.toml", "evaluation.json", "MODEL_CARD.md"])
def test_a_changed_or_cut_or_missing_part_is_refused(folder: Path, part: str) -> None:
    data = (folder / part).read_bytes()
    for bad in (data[:-1], data + b" ", bytes([data[0] ^ 1]) + data[1:]):
        (folder / part).write_bytes(bad)
        with pytest.raises(ZhengyuError, match="does not match its hash"):
            load_model(folder)
    (folder / part).unlink()
    with pytest.raises(ZhengyuError, match="missing"):
        load_model(folder)


def test_foreign_and_newer_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ZhengyuError, match="expected a model folder"):
        load_model(tmp_path)
    edit(folder, format_version=99)
    with pytest.raises(ZhengyuError, match="reads up to 1; update zhengyu"):
        load_model(folder)
    edit(folder, format="other")
    with pytest.raises(ZhengyuError, match="not a model of zhengyu"):
        load_model(folder)
    (folder / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(ZhengyuError, match="not JSON"):
        load_model(folder)


def test_a_pickle_in_the_arrays_is_never_run(folder: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for key in ("coef", "intercept", "idf", "slope", "offset", "thresholds", "none_bounds"):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.array([Bomb()], dtype=object), allow_pickle=True)
            archive.writestr(f"{key}.npy", data.getvalue())
    assert pickle.dumps(Bomb())
    (folder / "weights.npz").write_bytes(out.getvalue())
    reseal(folder)
    with pytest.raises(ZhengyuError, match="not what format 1 says"):
        load_model(folder)
    assert not (tmp_path / "ran").exists()


def test_arrays_of_the_wrong_shape_or_value_are_refused(folder: Path) -> None:
    with np.load(folder / "weights.npz") as archive:
        arrays = {key: archive[key] for key in archive.files}
    bad_values = arrays["idf"].copy()
    bad_values[0] = np.nan
    for key, bad in (
        ("coef", arrays["coef"][:, :-1]),
        ("idf", bad_values),
        ("thresholds", np.zeros(31)),
        ("slope", np.zeros(31, int)),
    ):
        np.savez(folder / "weights.npz", **{**arrays, key: bad})
        reseal(folder)
        with pytest.raises(ZhengyuError, match=f"expected finite floats of shape .* for {key}"):
            load_model(folder)


def test_paths_out_of_the_folder_and_links_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", "utf-8")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    for key in ("../secret", "/etc/hostname"):
        edit(folder, sha256={**manifest["sha256"], key: "0"})
        with pytest.raises(ZhengyuError, match="not a plain file"):
            load_model(folder)
    (folder / "MODEL_CARD.md").unlink()
    (folder / "MODEL_CARD.md").symlink_to(tmp_path / "secret")
    edit(folder, sha256=manifest["sha256"])
    with pytest.raises(ZhengyuError, match="not a plain file"):
        load_model(folder)
