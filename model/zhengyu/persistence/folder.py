"""A model is a folder of JSON and ``.npz`` arrays: written whole, checked before use, never unpickled."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zhengyu.persistence.format import CORE, FORMAT, FORMAT_VERSION, check_manifest, read_contents, seal, version_of
from zhengyu.persistence.parts import LIMITS, MANIFEST, MAX_PART_BYTES, NAME, digest, json_bytes, pack_arrays, read_part
from zhengyu.themes.model import Model
from zhengyu.themes.tokens import WORDS
from zhengyu_corpus.atomic import sync_folder
from zhengyu_corpus.errors import ZhengyuError

#: The last of several writers of one folder wins; one that meets another's folder tries this often to take its place.
_SWAPS = 20
#: How full parts may become, and bytes that the name of a feature takes, its line included: that of a pair of words.
_FILLED, _NAME_BYTES = 0.95, 24


def default_folder() -> Path:
    """Return the folder of the shipped model."""
    return Path(__file__).parent.parent / "artefacts/default"


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
    extras: Mapping[str, bytes] | None = None,
    feature_set: str = WORDS,
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
        The arrays of the format, see docs/model-format.md.
    features : list of str
        Feature names in the order of the columns.
    themes_toml : str
        The code list, as TOML.
    user_terms : tuple of str
        Terms that segmentation keeps whole.
    evaluation, facts : mapping
        What ``evaluation.json`` holds, and what the manifest says beyond its own fields.
    feature_set : str, default="words"
        One of `zhengyu.themes.tokens.FEATURE_SETS`.
    readable : mapping of str to str
        Files for people, such as ``MODEL_CARD.md``; hashed like the rest, never read back.
    extras : mapping of str to bytes, optional
        Optional parts; hashed like the rest, and handed back by `load_model` as they are.

    Raises
    ------
    ZhengyuError
        Something other than a model folder stands at `folder`, it cannot be written, or a part has a name or size that
        no folder may have.
    """
    folder = Path(folder)
    refuse_foreign(folder)
    vocabulary: dict[str, Any] = {"features": features, "user_terms": list(user_terms)}
    if feature_set != WORDS:
        vocabulary["feature_set"] = feature_set
    core = {
        "weights.npz": pack_arrays(arrays),
        "vocabulary.json": json_bytes(vocabulary),
        "themes.toml": themes_toml.encode(),
        "evaluation.json": json_bytes(evaluation),
    }
    people = {key: text.encode() for key, text in readable.items()}
    extra = dict(extras or {})
    parts = {**extra, **people, **core}
    if len(parts) != len(extra) + len(people) + len(core) or MANIFEST in parts:
        raise ZhengyuError(f"optional parts must not be called {MANIFEST} or as another part; rename them")
    for key, data in parts.items():
        if not NAME.fullmatch(key) or len(data) > LIMITS.get(key, MAX_PART_BYTES):
            raise ZhengyuError(f"part {key!r} of {len(data):,} bytes: a name or a size that no model folder may have")
    kinds = {key: "model" if key in CORE else "people" if key in people else "extra" for key in parts}
    entries = {key: {"bytes": len(parts[key]), "kind": kinds[key], "sha256": digest(parts[key])} for key in parts}
    manifest = {
        **facts,
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": version_of(name, {key: str(entry["sha256"]) for key, entry in entries.items()}),
        "parts": entries,
    }
    _write_folder(folder, {**parts, MANIFEST: json_bytes(seal(manifest))})
    return folder


def most_features(themes: int) -> int:
    """Return how many features a model of so many themes may have: its weights and names must fit into their parts."""
    by_weights = MAX_PART_BYTES * _FILLED // (4 * (themes + 1) + 8)  # in single precision; idf in double
    return int(min(by_weights, LIMITS["vocabulary.json"] * _FILLED // _NAME_BYTES))


def refuse_foreign(folder: Path) -> None:
    """Refuse a place where something other than a model stands, though other writers may be changing it.

    Raises
    ------
    ZhengyuError
        Something else stands there.
    """
    while (before := _state(folder)) is not None and not (folder / MANIFEST).is_file():
        if _state(folder) == before:
            raise ZhengyuError(f"{folder}: expected a free name or an older model folder; choose another place")


def _state(folder: Path) -> tuple[int, int, int] | None:
    try:
        stat = folder.lstat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_ctime_ns


def _write_folder(folder: Path, parts: Mapping[str, bytes]) -> None:
    import shutil

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = folder.with_name(f".zhengyu-{os.urandom(8).hex()}")
        work.mkdir()  # with the permissions that the umask gives, and a name that nothing can have been laid under
        if folder.is_dir():
            work.chmod(stat.S_IMODE(folder.stat().st_mode))
    except OSError as error:
        raise ZhengyuError(f"{folder}: cannot write there: {error}; choose another place") from error
    try:
        for key, data in parts.items():
            with (work / key).open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        sync_folder(work)
        _take_place(work, folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise ZhengyuError(f"{folder}: the model could not be written: {error}; nothing was changed there") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take_place(work: Path, folder: Path) -> None:
    """Rename `work` to `folder`, an older folder out of the way and, should the rename fail, back again."""
    import shutil

    old = work.with_name(work.name + "-old")
    for turn in range(_SWAPS):
        try:
            folder.rename(old)
        except FileNotFoundError:
            moved = False
        else:
            moved = True
        try:
            work.rename(folder)
        except OSError as error:
            taken = error.errno in (errno.ENOTEMPTY, errno.EEXIST) and turn < _SWAPS - 1
            if moved and not folder.exists():
                old.rename(folder)
            elif moved:
                shutil.rmtree(old)
            if not taken:
                raise
        else:
            if moved:
                shutil.rmtree(old)
            return


def load_model(folder: Path | None = None) -> Model:
    """Read and verify a model folder; the shipped one when `folder` is None.

    Raises
    ------
    ZhengyuError
        The folder is missing, foreign, newer, incomplete, altered, or its parts do not fit each other.
    """
    folder = default_folder() if folder is None else Path(folder)
    if not (folder / MANIFEST).is_file():
        raise ZhengyuError(
            f"{folder}: expected a model folder with {MANIFEST}, found none; make one with zhengyu retrain"
        )
    manifest = check_manifest(read_part(folder, MANIFEST), folder)
    found = read_contents(folder, manifest)
    return Model(
        themes=found.themes,
        vocabulary=found.vocabulary,
        idf=found.arrays["idf"],
        coef=found.arrays["coef"],
        intercept=found.arrays["intercept"],
        calibration=found.calibration,
        decision=found.decisions["f1"],
        user_terms=found.user_terms,
        version=manifest["version"],
        manifest=manifest,
        evaluation=found.evaluation,
        decisions=found.decisions,
        floors=found.floors,
        extras=found.extras,
        feature_set=found.feature_set,
    )
