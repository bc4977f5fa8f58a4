"""A model is a folder of JSON and ``.npz`` arrays, written once, checked against hashes before use, never unpickled."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.decision import Calibration, Decision
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet, parse_themes

FORMAT = "zhengyu-model"
FORMAT_VERSION = 1
MANIFEST = "model.json"
_PARTS = ("weights.npz", "vocabulary.json", "themes.toml", "evaluation.json")
#: Bounds that a real model stays far below; a folder past them is refused before it is read.
MAX_PART_BYTES = 256 * 1024 * 1024
_ARRAYS = ("coef", "intercept", "idf", "slope", "offset", "thresholds", "none_bounds")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything that turns words into themes.

    Attributes
    ----------
    themes : ThemeSet
        The themes, in the order of the columns.
    vocabulary : mapping of str to int
        Feature to column.
    idf : ndarray of shape (n_features,)
        Inverse document frequencies.
    coef : ndarray of shape (n_themes + 1, n_features)
        Weights; the last row is for none.
    intercept : ndarray of shape (n_themes + 1,)
        Biases.
    calibration : Calibration
        From score to probability.
    decision : Decision
        From probability to themes.
    user_terms : tuple of str
        Terms that segmentation keeps whole.
    version : str
        ``<name>-<first 12 digits of the hash of all parts>``.
    manifest : mapping
        What ``model.json`` holds.
    evaluation : mapping
        What ``evaluation.json`` holds.
    """

    themes: ThemeSet
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float64]
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    calibration: Calibration
    decision: Decision
    user_terms: tuple[str, ...]
    version: str
    manifest: Mapping[str, Any]
    evaluation: Mapping[str, Any]


def default_folder() -> Path:
    """Return the folder of the shipped model."""
    return Path(str(files("zhengyu").joinpath("artefacts/default")))


def save_model(
    folder: Path,
    *,
    name: str,
    arrays: Mapping[str, NDArray[Any]],
    features: list[str],
    themes_toml: str,
    user_terms: tuple[str, ...],
    evaluation: Mapping[str, Any],
    facts: Mapping[str, Any],
    readable: Mapping[str, str],
) -> Path:
    """Write a model folder, whole or not at all.

    The folder is built beside its place and renamed into it; a folder of a model that stood there is replaced.

    Parameters
    ----------
    folder : Path
        Where the model shall stand.
    name : str
        First part of the version.
    arrays : mapping
        ``coef``, ``intercept``, ``idf``, ``slope``, ``offset``, ``thresholds``, ``none_bounds``.
    features : list of str
        Feature names in the order of the columns.
    themes_toml : str
        The code list, as TOML.
    user_terms : tuple of str
        Terms that segmentation keeps whole.
    evaluation, facts : mapping
        What ``evaluation.json`` holds, and what the manifest says beyond its own fields.
    readable : mapping of str to str
        Files for people, such as ``MODEL_CARD.md``; hashed like the rest, never read back.

    Raises
    ------
    ZhengyuError
        Something other than a model folder stands at `folder`, or it cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise ZhengyuError(f"{folder}: expected a free name or an older model folder; choose another place")
    parts: dict[str, bytes] = {
        "weights.npz": _npz({key: np.asarray(arrays[key]) for key in _ARRAYS}),
        "vocabulary.json": _json({"features": features, "user_terms": list(user_terms)}),
        "themes.toml": themes_toml.encode(),
        "evaluation.json": _json(evaluation),
        **{key: text.encode() for key, text in readable.items()},
    }
    hashes = {key: hashlib.sha256(data).hexdigest() for key, data in sorted(parts.items())}
    whole = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": f"{name}-{whole[:12]}",
        **facts,
        "sha256": hashes,
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ZhengyuError(f"{folder}: cannot write there: {error}; choose another place") from error
    try:
        for key, data in {**parts, MANIFEST: _json(manifest)}.items():
            (work / key).write_bytes(data)
        work.chmod(0o755)
        if folder.exists():
            old = work.with_name(work.name + "-old")
            folder.rename(old)
            work.rename(folder)
            shutil.rmtree(old)
        else:
            work.rename(folder)
    except OSError as error:
        raise ZhengyuError(f"{folder}: the model could not be written: {error}; nothing was changed there") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack arrays into bytes that depend on nothing but them (numpy's own writer puts in the time)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key in sorted(arrays):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(arrays[key]), allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data.getvalue())
    return out.getvalue()


def load_model(folder: Path | None = None) -> Model:
    """Read and verify a model folder; the shipped one when `folder` is None.

    Raises
    ------
    ZhengyuError
        The folder is missing, foreign, newer, incomplete, altered, or its parts do not fit each other.
    """
    folder = default_folder() if folder is None else Path(folder)
    manifest = _manifest(folder)
    parts = {key: _verified(folder, key, manifest["sha256"]) for key in manifest["sha256"]}
    missing = [key for key in _PARTS if key not in parts]
    if missing:
        raise ZhengyuError(
            f"{folder}: the manifest names no {', '.join(missing)}; the folder is incomplete, get it anew"
        )
    try:
        words = json.loads(parts["vocabulary.json"])
        features, user_terms = list(words["features"]), tuple(words["user_terms"])
        evaluation = json.loads(parts["evaluation.json"])
        arrays = _read_npz(parts["weights.npz"], folder)
    except (ValueError, KeyError, TypeError) as error:
        raise ZhengyuError(
            f"{folder}: a part is not what format {FORMAT_VERSION} says: {error!r}; get it anew"
        ) from error
    themes = parse_themes(parts["themes.toml"].decode(), where=str(folder / "themes.toml"))
    rows, columns = len(themes) + 1, len(features)
    expected = {
        "coef": (rows, columns),
        "intercept": (rows,),
        "idf": (columns,),
        "slope": (rows,),
        "offset": (rows,),
        "thresholds": (len(themes),),
        "none_bounds": (2,),
    }
    for key, shape in expected.items():
        if arrays[key].shape != shape or arrays[key].dtype.kind != "f" or not np.isfinite(arrays[key]).all():
            raise ZhengyuError(
                f"{folder}/weights.npz: expected finite floats of shape {shape} for {key}, "
                f"got {arrays[key].dtype} {arrays[key].shape}; get the model anew"
            )
    if len(set(features)) != columns or not all(isinstance(word, str) for word in (*features, *user_terms)):
        raise ZhengyuError(f"{folder}/vocabulary.json: expected distinct strings; get the model anew")
    wide = {key: array.astype(np.float64) for key, array in arrays.items()}
    return Model(
        themes=themes,
        vocabulary={feature: column for column, feature in enumerate(features)},
        idf=wide["idf"],
        coef=wide["coef"],
        intercept=wide["intercept"],
        calibration=Calibration(wide["slope"], wide["offset"]),
        decision=Decision(wide["thresholds"], float(wide["none_bounds"][0]), float(wide["none_bounds"][1])),
        user_terms=user_terms,
        version=manifest["version"],
        manifest=manifest,
        evaluation=evaluation,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ZhengyuError(
            f"{folder}: expected a model folder with {MANIFEST}, found none; make one with zhengyu retrain"
        )
    if path.stat().st_size > MAX_PART_BYTES:
        raise ZhengyuError(f"{path}: larger than any model of zhengyu; it was not read")
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError as error:
        raise ZhengyuError(f"{path}: not JSON: {error}; get the model anew") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ZhengyuError(f"{path}: not a model of zhengyu; make one with zhengyu retrain")
    version = manifest.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ZhengyuError(
            f"{path}: format version {version!r}, but this zhengyu reads up to {FORMAT_VERSION}; update zhengyu"
        )
    hashes = manifest.get("sha256")
    if not isinstance(hashes, dict) or not isinstance(manifest.get("version"), str):
        raise ZhengyuError(f"{path}: no hashes or no version; get the model anew")
    return manifest


def _verified(folder: Path, key: str, hashes: Mapping[str, str]) -> bytes:
    path = folder / key
    if os.sep in key or key.startswith(".") or path.is_symlink() or not path.is_file():
        raise ZhengyuError(f"{folder}: part {key!r} is missing or not a plain file in the folder; get the model anew")
    if path.stat().st_size > MAX_PART_BYTES:
        raise ZhengyuError(f"{path}: larger than any model of zhengyu; it was not read")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != hashes[key]:
        raise ZhengyuError(f"{path}: does not match its hash in {MANIFEST}; it was altered or cut, get the model anew")
    return data


def _read_npz(data: bytes, folder: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.file_size > MAX_PART_BYTES:
                    raise ZhengyuError(
                        f"{folder}/weights.npz: {entry.filename} unpacks to over 256 MB; it was not read"
                    )
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {key: archive[key] for key in _ARRAYS}
    except zipfile.BadZipFile as error:
        raise ZhengyuError(f"{folder}/weights.npz: not a .npz file: {error}; get the model anew") from error
