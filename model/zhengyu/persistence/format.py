"""What each format version of a model folder holds, and how it becomes a model; docs/model-format.md tells it whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.persistence.parts import (
    MANIFEST,
    MAX_PARTS,
    Shapes,
    digest,
    json_bytes,
    read_hashed,
    read_json,
    unpack_arrays,
)
from zhengyu.themes.calibration import Calibration
from zhengyu.themes.thresholds import FLOOR_GRID, GOALS, NEVER, Decision, PrecisionFloors
from zhengyu.themes.tokens import BETWEEN, CHARACTERS, FEATURE_SETS, WORDS, grams, halves
from zhengyu.themes.vocabulary import NAMES, Vocabulary, vocabulary_arrays
from zhengyu.version import __version__
from zhengyu_corpus.cache import cache_file
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet, parse_themes

FORMAT = "zhengyu-model"
FORMAT_VERSION = 3
#: Parts that every version has.
CORE = ("weights.npz", "vocabulary.json", "themes.toml", "evaluation.json")
#: Bytes of packed weights from which unpacking takes longer than to look whether they are kept unpacked.
_WORTH_KEEPING = 1 << 18
#: Part of the name of what is kept; raise it when a folder is checked for more, or the arrays change their meaning.
_CHECKS = 2
#: Kept beside the arrays: what else ``vocabulary.json`` holds, as JSON.
_TOLD = "vocabulary_told"
#: What a part is for: the model itself, people, or something optional that its reader knows.
KINDS = ("model", "people", "extra")


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The contents of a model folder, checked.

    Attributes
    ----------
    themes : ThemeSet
        The code list.
    vocabulary : mapping of str to int
        Feature to column, in the order of the columns.
    user_terms : tuple of str
        Terms that segmentation keeps whole.
    arrays : mapping of str to ndarray
        Those of the format version.
    calibration : Calibration
        From score to probability.
    decisions : mapping of str to Decision
        A decision for each goal.
    floors : PrecisionFloors or None
        None in format 1.
    extras : mapping of str to bytes
        Optional parts.
    evaluation : mapping
        What ``evaluation.json`` holds.
    feature_set : str
        One of `zhengyu.themes.tokens.FEATURE_SETS`.
    """

    themes: ThemeSet
    vocabulary: Mapping[str, int]
    user_terms: tuple[str, ...]
    arrays: Mapping[str, NDArray[Any]]
    calibration: Calibration
    decisions: Mapping[str, Decision]
    floors: PrecisionFloors | None
    extras: Mapping[str, bytes]
    evaluation: Mapping[str, Any]
    feature_set: str


def seal(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest with its own hash in the field ``seal``."""
    bare = {key: value for key, value in manifest.items() if key != "seal"}
    return {**bare, "seal": digest(json_bytes(bare))}


def version_of(name: str, hashes: Mapping[str, str]) -> str:
    """Return ``<name>-<12 digits>``, the digits from the names and hashes of all parts."""
    return f"{name}-{digest(json_bytes(dict(hashes)))[:12]}"


def check_manifest(raw: bytes, folder: Path) -> dict[str, Any]:
    """Return the manifest if it is one of a version that can be read, whole and unaltered.

    Raises
    ------
    ZhengyuError
        It is foreign, newer, or was altered.
    """
    path = folder / MANIFEST
    manifest = read_json(raw, str(path))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ZhengyuError(f"{path}: not a model of zhengyu; make one with zhengyu retrain")
    version = manifest.get("format_version")
    if type(version) is not int or version > FORMAT_VERSION:
        raise ZhengyuError(
            f"{path}: format version {version!r}, but this zhengyu reads up to {FORMAT_VERSION}; update zhengyu"
        )
    hashes = manifest.get("sha256") if version == 1 else manifest.get("parts")
    if version < 1 or not isinstance(hashes, dict) or not isinstance(manifest.get("version"), str):
        raise ZhengyuError(f"{path}: no hashes or no version; get the model anew")
    if len(hashes) > MAX_PARTS:
        raise ZhengyuError(f"{path}: names {len(hashes)} parts, at most {MAX_PARTS} can be; get the model anew")
    if version >= 2 and not _sealed(manifest, raw):
        raise ZhengyuError(f"{path}: does not match its own seal; it was altered, get the model anew")
    return manifest


def _sealed(manifest: Mapping[str, Any], raw: bytes) -> bool:
    try:
        return json_bytes(seal(manifest)) == raw
    except (ValueError, RecursionError):  # what the one spelling cannot hold, it did not hold when it was written
        return False


def read_contents(folder: Path, manifest: Mapping[str, Any]) -> Contents:
    """Read and check all parts that the manifest names.

    Raises
    ------
    ZhengyuError
        A part is missing, altered, not named, or does not fit the others.
    """
    version = manifest["format_version"]
    entries = _entries(manifest, folder)
    for path in sorted(folder.iterdir()):
        if path.name not in entries and path.name != MANIFEST and not path.name.startswith("."):
            raise ZhengyuError(f"{path}: is not named in {MANIFEST}; take it out of the folder, or get the model anew")
    parts = {name: read_hashed(folder, name, sha256) for name, (sha256, _) in entries.items()}
    missing = [name for name in CORE if name not in parts]
    if missing:
        raise ZhengyuError(
            f"{folder}: the manifest names no {', '.join(missing)}; the folder is incomplete, get it anew"
        )
    kept = _kept(version, entries, len(parts["weights.npz"]))
    known = read_arrays(kept)  # those of parts of these hashes were checked before, and the vocabulary with them
    if known is not None and not known.keys() >= {*NAMES, _TOLD}:
        known = None
    vocabulary: Mapping[str, int]
    if known is not None:
        vocabulary = Vocabulary(known)
        user_terms, feature_set = json.loads(known[_TOLD].tobytes())
    else:
        features, user_terms, feature_set = _vocabulary(parts["vocabulary.json"], version, folder)
        _check_pairs(features, feature_set, version, folder)
        vocabulary = {feature: column for column, feature in enumerate(features)}
    try:
        themes = parse_themes(parts["themes.toml"].decode(), where=str(folder / "themes.toml"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise ZhengyuError(f"{folder}/themes.toml: not a code list: {error}; get the model anew") from error
    evaluation = read_json(parts["evaluation.json"], str(folder / "evaluation.json"))
    if not isinstance(evaluation, dict):
        raise ZhengyuError(f"{folder}/evaluation.json: expected a JSON object; get the model anew")
    where = str(folder / "weights.npz")
    read = _arrays_1 if version == 1 else _arrays_2
    arrays, calibration, decisions, floors = read(parts["weights.npz"], known, len(themes), len(vocabulary), where)
    if known is None and kept is not None and (looked_up := vocabulary_arrays(vocabulary)) is not None:
        told = np.frombuffer(json.dumps([user_terms, feature_set]).encode(), np.uint8)
        keep_arrays(kept, {**arrays, **looked_up, "coef": arrays["coef"].T, _TOLD: told})
    if themes.exclusive:
        decisions = {goal: replace(decision, exclusive=True) for goal, decision in decisions.items()}
        floors = replace(floors, exclusive=True) if floors is not None else None
    extras = {name: parts[name] for name, (_, kind) in entries.items() if kind == "extra"}
    return Contents(
        themes, vocabulary, tuple(user_terms), arrays, calibration, decisions, floors, extras, evaluation, feature_set
    )


def _entries(manifest: Mapping[str, Any], folder: Path) -> dict[str, tuple[object, str]]:
    if manifest["format_version"] == 1:
        return {name: (sha256, "model") for name, sha256 in manifest["sha256"].items()}
    entries: dict[str, tuple[object, str]] = {}
    for name, entry in manifest["parts"].items():
        if not isinstance(entry, dict) or entry.get("kind") not in KINDS:
            raise ZhengyuError(
                f"{folder / MANIFEST}: part {name!r}: expected a kind of {', '.join(KINDS)}; get the model anew"
            )
        entries[name] = (entry.get("sha256"), entry["kind"])
    name = manifest["version"].rpartition("-")[0]
    if manifest["version"] != version_of(name, {key: str(sha256) for key, (sha256, _) in entries.items()}):
        raise ZhengyuError(
            f"{folder / MANIFEST}: the version {manifest['version']!r} is not that of its parts; get the model anew"
        )
    return entries


def _kept(version: int, entries: Mapping[str, tuple[object, str]], size: int) -> Path | None:
    """Return where the arrays of a model are kept unpacked, by the hashes of what they are checked against."""
    if size < _WORTH_KEEPING:
        return None
    hashes = [entries[name][0] for name in ("weights.npz", "vocabulary.json", "themes.toml")]
    return cache_file("model", ".arrays", __version__, _CHECKS, version, hashes)


def _vocabulary(data: bytes, version: int, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    raw = read_json(data, str(folder / "vocabulary.json"))
    lists = [raw.get(key) for key in ("features", "user_terms")] if isinstance(raw, dict) else [None]
    if not all(isinstance(words, list) and all(isinstance(word, str) for word in words) for words in lists):
        raise ZhengyuError(f"{folder}/vocabulary.json: expected distinct strings; get the model anew")
    features, user_terms = (tuple(words) for words in lists if words is not None)
    if len(set(features)) != len(features):
        raise ZhengyuError(f"{folder}/vocabulary.json: expected distinct strings; get the model anew")
    feature_set = raw.get("feature_set", WORDS)
    if feature_set not in FEATURE_SETS or (version < 3 and feature_set != WORDS):
        raise ZhengyuError(
            f"{folder}/vocabulary.json: expected a feature_set of {', '.join(FEATURE_SETS)}, got {feature_set!r}; "
            "update zhengyu, or get the model anew"
        )
    return features, user_terms, feature_set


def _check_pairs(features: tuple[str, ...], feature_set: str, version: int, folder: Path) -> None:
    """Hold pairs to what finds them: two words, or two characters, each a feature; there were none before format 3."""
    known = set(features)
    for feature in features:
        if BETWEEN not in feature:
            continue
        if feature_set == CHARACTERS:
            fits = feature in grams(feature[1:]) and known.issuperset(halves(feature))
        else:
            pair = halves(feature)
            fits = version >= 3 and len(pair) == 2 and all(pair) and known.issuperset(pair)
        if not fits:
            raise ZhengyuError(
                f"{folder}/vocabulary.json: expected two "
                + ("characters" if feature_set == CHARACTERS else "words")
                + f" that are features in the pair {feature!r}; get the model anew"
            )


_Read = tuple[dict[str, NDArray[Any]], Calibration, dict[str, Decision], PrecisionFloors | None]


def _linear(themes: int, features: int) -> Shapes:
    rows = (themes + 1,)
    return {
        "coef": ((themes + 1, features), "f"), "idf": ((features,), "f"), "intercept": (rows, "f"),
        "offset": (rows, "f"), "slope": (rows, "f"),
    }  # fmt: skip


#: Arrays that were checked before, or None.
_Known = dict[str, NDArray[Any]] | None


def _arrays_1(data: bytes, known: _Known, themes: int, features: int, where: str) -> _Read:
    shapes: Shapes = {**_linear(themes, features), "thresholds": ((themes,), "f"), "none_bounds": ((2,), "f")}
    arrays = _unpacked(data, known, shapes, where)
    _check_values(arrays, where)
    decision = _decision(arrays["thresholds"], arrays["none_bounds"], where)
    return arrays, Calibration(arrays["slope"], arrays["offset"]), {"f1": decision}, None


def _arrays_2(data: bytes, known: _Known, themes: int, features: int, where: str) -> _Read:
    shapes: Shapes = {
        **_linear(themes, features),
        "knot_column": ((None,), "i"), "knot_score": ((None,), "f"), "knot_logit": ((None,), "f"),
        "thresholds": ((len(GOALS), themes), "f"), "none_bounds": ((len(GOALS), 2), "f"),
        "precision_bounds": ((themes, FLOOR_GRID.size), "f"),
    }  # fmt: skip
    arrays = _unpacked(data, known, shapes, where)
    _check_values(arrays, where)
    column, score, logit = arrays["knot_column"], arrays["knot_score"], arrays["knot_logit"]
    rising = bool((np.diff(column) >= 0).all()) and column.size == score.size == logit.size
    if rising and column.size:
        same = np.diff(column) == 0
        rising = bool((np.diff(score)[same] > 0).all() and (np.diff(logit)[same] > 0).all())
        rising = rising and int(column[0]) >= 0 and int(column[-1]) <= themes
    if not rising:
        raise ZhengyuError(f"{where}: expected knots that rise, column by column; get the model anew")
    bounds = arrays["precision_bounds"]
    if bounds.min(initial=0) < 0 or bounds.max(initial=0) > 1:
        raise ZhengyuError(f"{where}: expected precision_bounds between 0 and 1; get the model anew")
    decisions = {
        goal: _decision(arrays["thresholds"][row], arrays["none_bounds"][row], where) for row, goal in enumerate(GOALS)
    }
    calibration = Calibration(arrays["slope"], arrays["offset"], column, score, logit)
    return arrays, calibration, decisions, PrecisionFloors(bounds, decisions["f1"].none_above)


def _unpacked(data: bytes, known: _Known, shapes: Shapes, where: str) -> dict[str, NDArray[Any]]:
    """Return the arrays in double precision, but the weights in single where they are; feature by feature in memory."""
    if known is not None and known.keys() >= shapes.keys():
        return {key: known[key] for key in shapes} | {"coef": known["coef"].T}
    arrays = unpack_arrays(data, shapes, where)
    wide = {key: array.astype(np.float64 if array.dtype.kind == "f" else np.int64) for key, array in arrays.items()}
    single = arrays["coef"].dtype.itemsize <= np.dtype(np.float32).itemsize
    coef = np.ascontiguousarray(arrays["coef"].T, dtype=np.float32 if single else np.float64)
    return {**wide, "coef": coef.T}


def _check_values(arrays: Mapping[str, NDArray[Any]], where: str) -> None:
    for key in ("slope", "idf"):
        if arrays[key].min(initial=1) <= 0:
            raise ZhengyuError(f"{where}: expected {key} above 0; get the model anew")


def _decision(thresholds: NDArray[np.float64], none: NDArray[np.float64], where: str) -> Decision:
    if thresholds.min() <= 0 or thresholds.max() > NEVER or not 0 <= none[1] <= none[0] <= NEVER:
        raise ZhengyuError(f"{where}: expected thresholds between 0 and {NEVER:g}; get the model anew")
    return Decision(thresholds, float(none[0]), float(none[1]))
