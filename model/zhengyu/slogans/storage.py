"""The slogan parts of a model folder: lexicon, places and weights, to bytes and back."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from unicodedata import unidata_version

import numpy as np

from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.persistence.parts import json_bytes, pack_arrays, read_json, unpack_arrays
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.model import NO_SCREEN, SloganWeights
from zhengyu.themes.compiling import file_states
from zhengyu_corpus import lexicon, normalise
from zhengyu_corpus import themes as theme_sets
from zhengyu_corpus.cache import cache_file
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import COLUMNS, SLOGAN_TYPES, KnownSlogan, parse_lexicon
from zhengyu_corpus.themes import ThemeSet

LEXICON, WORDS, ARRAYS = "slogans.csv", "slogans.json", "slogans.npz"
PARTS = (LEXICON, WORDS, ARRAYS)
#: A lexicon of so many bytes is kept parsed in the cache folder: to hold it to its rules takes longer than to read it.
_LARGE = 100_000


def lexicon_csv(entries: Iterable[KnownSlogan]) -> str:
    """Return a lexicon as CSV, one entry a line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            (entry.normal, "|".join(entry.variants), entry.type, "|".join(entry.themes), entry.level, entry.first_year,
             "" if entry.documents is None else entry.documents)
        )  # fmt: skip
    return out.getvalue()


def write_parts(entries: Iterable[KnownSlogan], places: Iterable[str], weights: SloganWeights) -> dict[str, bytes]:
    """Return the parts of a model folder that hold a finder: file name to content."""
    words = {
        "features": sorted(weights.features, key=lambda name: weights.features[name]),
        "types": list(weights.types),
        "places": sorted(places),
        "threshold": weights.threshold,
        "screen": weights.screen,
        "accept_bias": weights.accept_bias,
    }
    arrays = {
        "idf": weights.idf.astype(np.float32),
        "accept": weights.accept.astype(np.float32),
        "typing": weights.typing.astype(np.float32),
        "typing_bias": weights.typing_bias.astype(np.float32),
    }
    return {LEXICON: lexicon_csv(entries).encode(), WORDS: json_bytes(words), ARRAYS: pack_arrays(arrays)}


def _finite(value: object) -> float:
    """Return a number of JSON; text such as ``"NaN"``, which `float` would take, is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"expected a finite number, got {value!r:.40}")
    return float(value)


def _entries(data: bytes, themes: ThemeSet, where: str) -> tuple[KnownSlogan, ...]:
    """Return the entries of a model's own lexicon; see `zhengyu_corpus.lexicon.parse_lexicon`."""
    if len(data) < _LARGE:
        return parse_lexicon(data, themes, where=where, own=False)
    sources = file_states(Path(str(source.__file__)) for source in (lexicon, normalise, theme_sets))
    facts = sha256(data).hexdigest(), repr(themes), sources, version("opencc"), unidata_version
    path = cache_file("slogan-entries", ".arrays", *facts)
    found = read_arrays(path)
    if found is None:
        entries = parse_lexicon(data, themes, where=where, own=False)
        if path is not None:
            rows = json.dumps([astuple(one) for one in entries], ensure_ascii=False).encode("utf-8", "surrogatepass")
            keep_arrays(path, {"json": np.frombuffer(rows, np.uint8)})
        return entries
    return tuple(
        KnownSlogan(normal, tuple(variants), kind, tuple(ids), level, year, documents, own)
        for normal, variants, kind, ids, level, year, documents, own in json.loads(found["json"].tobytes())
    )


def read_finder(
    parts: Mapping[str, bytes],
    themes: ThemeSet,
    *,
    where: str,
    own: Sequence[KnownSlogan] = (),
    own_only: bool = False,
) -> SloganFinder:
    """Make the finder that the parts of a model folder hold.

    Parameters
    ----------
    parts : mapping of str to bytes
        As `write_parts` gave them.
    themes : ThemeSet
        The model's themes.
    where : str
        How errors call the folder.
    own : sequence of KnownSlogan, default=()
        A user's own lexicon. Of a wording that both have, the user's entry counts.
    own_only : bool, default=False
        Whether it replaces the model's lexicon rather than extends it.

    Raises
    ------
    ZhengyuError
        The folder holds no slogans, or its parts do not fit each other.
    """
    missing = [name for name in PARTS if name not in parts]
    if missing:
        raise ZhengyuError(f"{where}: the model finds no slogans (no {', '.join(missing)}); retrain it")
    entries = _entries(parts[LEXICON], themes, f"{where}/{LEXICON}")
    words = read_json(parts[WORDS], f"{where}/{WORDS}")
    try:
        features, types, places = words["features"], tuple(words["types"]), words["places"]
        threshold, bias = (_finite(words[name]) for name in ("threshold", "accept_bias"))
        screen = _finite(words["screen"]) if "screen" in words else NO_SCREEN
    except (KeyError, TypeError, ValueError) as error:
        raise ZhengyuError(f"{where}/{WORDS}: a field is missing or not of its kind: {error!r}; get it anew") from error
    plain = isinstance(features, list) and isinstance(places, list)
    if not plain or not {*map(type, features), *map(type, places)} <= {str} or not 0 < threshold < 1:
        raise ZhengyuError(f"{where}/{WORDS}: expected lists of strings and a threshold between 0 and 1; get it anew")
    rows = len(features)
    numbers = dict(zip(features, range(rows), strict=True))
    if len(numbers) != rows or not set(types) <= set(SLOGAN_TYPES):
        raise ZhengyuError(f"{where}/{WORDS}: expected distinct features and types of slogans; get it anew")
    shapes = {
        "idf": ((rows,), "f"), "accept": ((rows,), "f"), "typing": ((rows, len(types)), "f"),
        "typing_bias": ((len(types),), "f"),
    }  # fmt: skip
    arrays = {
        name: array.astype(np.float64)
        for name, array in unpack_arrays(parts[ARRAYS], shapes, f"{where}/{ARRAYS}").items()
    }
    weights = SloganWeights(
        numbers, arrays["idf"], arrays["accept"], bias, types,
        arrays["typing"], arrays["typing_bias"], threshold, screen,
    )  # fmt: skip
    return SloganFinder((*own, *(() if own_only else entries)), places, weights)
