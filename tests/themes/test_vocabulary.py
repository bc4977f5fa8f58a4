"""Features are found in arrays as in a dictionary."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from zhengyu.themes import vocabulary
from zhengyu.themes.vocabulary import Vocabulary, vocabulary_arrays

#: Two names of one CRC-32, see `test_two_names_of_one_checksum_are_told_apart`.
PLUMLESS, BUCKEROO = "plumless", "buckeroo"
FEATURES = ["产业", "产", "业", "产业 振兴", "gdp", "0", "𠮷", PLUMLESS, BUCKEROO]


def made(features: list[str]) -> Vocabulary:
    arrays = vocabulary_arrays({feature: column for column, feature in enumerate(features)})
    assert arrays is not None
    return Vocabulary(arrays)


@pytest.mark.parametrize("features", [FEATURES, FEATURES[:1], []], ids=["several", "one", "none"])
def test_features_are_found_as_in_a_dictionary(features: list[str]) -> None:
    plain = {feature: column for column, feature in enumerate(features)}
    found = made(features)
    for feature in (*FEATURES, "", "产业振", "\ud800", " 产"):
        assert found.get(feature, -1) == plain.get(feature, -1)
        assert (feature in found) == (feature in plain)
    assert 3 not in found
    assert list(found.items()) == list(plain.items()) and len(found) == len(plain) and found == plain
    with pytest.raises(KeyError):
        found["振兴"]


def test_two_names_of_one_checksum_are_told_apart() -> None:
    assert zlib.crc32(PLUMLESS.encode()) == zlib.crc32(BUCKEROO.encode())
    assert made(FEATURES)[PLUMLESS] == 7 and made(FEATURES)[BUCKEROO] == 8


def test_pairs_are_seen() -> None:
    assert made(FEATURES).has_pairs and not made(FEATURES[:3]).has_pairs


def test_many_looks_make_a_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "_LOOKS", 3)
    found = made(FEATURES)
    kinds: list[type[Mapping[str, Any]]] = []
    for _ in range(5):
        assert found["产"] == 1 and found.get("没有") is None
        kinds.append(type(found.quickest()))
    assert kinds == [Vocabulary, dict, dict, dict, dict]


def test_it_arrives_elsewhere_as_a_dictionary() -> None:
    again = pickle.loads(pickle.dumps(made(FEATURES)))
    assert type(again) is dict and list(again) == FEATURES


@pytest.mark.parametrize("name", ["一\n二", "\ud800"])
def test_names_that_the_arrays_cannot_hold_are_left_to_a_dictionary(name: str) -> None:
    assert vocabulary_arrays({"产业": 0, name: 1}) is None
