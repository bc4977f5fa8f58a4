"""Bags of slogan candidates: several readings of a paragraph, and earlier bags as a reading."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zhengyu.slogans.known import KnownSlogans
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import load_lexicon
from zhengyu_corpus.themes import load_themes
from zhengyu_training.slogans.bags import (
    Reading,
    build_slogan_bags,
    join_readings,
    main,
    read_marks,
    readings_of_bags,
    told,
    told_inside,
)
from zhengyu_training.slogans.marks import MAYBE, NONE, common_slogans, place_names, read_slogan_bags

TEXT = "全县开展“清风茶园”行动，推动高质量发展，干部们喊出“干在先、走在前”的口号。"
OTHER = "镇里举办“渔歌晚唱”活动，落实乡村振兴战略。"
ENTRIES, PLACES = load_lexicon(None, load_themes()), place_names()
KNOWN, COMMON = KnownSlogans(ENTRIES), common_slogans(ENTRIES)


def row(text: str, identity: str = "x1") -> dict[str, Any]:
    """Return a text as the builder reads it."""
    return {"id": identity, "doc": "source:document", "text": text}


def labels(text: str, reading: Reading) -> dict[str, str]:
    """Return the label of each wording that has a candidate."""
    bag = build_slogan_bags([(row(text), reading)], KNOWN, KNOWN, PLACES)[0]
    return {text[start:end]: label for (start, end), label in zip(bag.spans, bag.labels, strict=True)}


def test_two_readers_make_a_slogan_and_one_alone_a_doubt() -> None:
    first = Reading({"清风茶园": "coinage", "干在先、走在前": "exhortation"}, frozenset())
    second = Reading({"高质量发展": "canonical", "干在先、走在前": "couplet"}, frozenset({"清风茶园"}))
    joined = join_readings([first, second])
    assert joined.slogans == {"干在先、走在前": "couplet"}  # couplet goes before exhortation
    assert joined.maybe == {"清风茶园", "高质量发展"}
    assert joined.readers == 2
    third = Reading({"清风茶园": "coinage"}, frozenset())
    assert join_readings([first, second, third]).slogans == {"清风茶园": "coinage", "干在先、走在前": "couplet"}


def test_labels_follow_the_readings() -> None:
    found = labels(TEXT, Reading({"干在先、走在前": "couplet"}, frozenset({"清风茶园"}), 2))
    assert (found["干在先、走在前"], found["清风茶园"], found["高质量发展"]) == ("couplet", MAYBE, NONE)


def test_a_bag_gives_its_reading_back() -> None:
    reading = Reading({"清风茶园": "coinage"}, frozenset({"高质量发展"}), 2)
    bags = build_slogan_bags([(row(TEXT), reading)], KNOWN, KNOWN, PLACES)
    found, unsettled = readings_of_bags(bags, {"x1": row(TEXT)}, KNOWN, PLACES)
    back = found["x1"]
    assert not unsettled
    assert (back.slogans, back.maybe, back.readers) == (reading.slogans, reading.maybe, reading.readers)


def test_a_bag_whose_id_names_two_texts_is_of_the_one_that_has_its_wordings() -> None:
    texts = {f"{stem}:x1": row(text, f"{stem}:x1") for stem, text in (("a", TEXT), ("b", OTHER))}
    # Features of one paragraph alone are left out, so the wording stands in two.
    rows = [(row(OTHER, identity), Reading({"渔歌晚唱": "coinage"}, frozenset())) for identity in ("x1", "x2")]
    bags = build_slogan_bags(rows, KNOWN, KNOWN, PLACES)[:1]
    found, unsettled = readings_of_bags(bags, texts, KNOWN, PLACES)
    assert not unsettled
    assert found["b:x1"].slogans == {"渔歌晚唱": "coinage"}
    alike = {name: {**one, "text": OTHER} for name, one in texts.items()}
    assert readings_of_bags(bags, alike, KNOWN, PLACES) == ({}, ["x1"])


def test_a_mark_without_a_candidate_is_told_by_another_reading() -> None:
    bags = build_slogan_bags([(row(TEXT), Reading({"干部们": "coinage"}, frozenset()))], KNOWN, KNOWN, PLACES)
    bag = readings_of_bags(bags, {"x1": row(TEXT)}, KNOWN, PLACES)[0]["x1"]
    assert (dict(bag.slogans), bag.untold) == ({}, 1)
    held = Reading({"干部们": "coinage"}, frozenset())
    assert told(bag, held).slogans == held.slogans
    joined = join_readings([bag, held])
    assert (joined.slogans, joined.untold) == ({"干部们": "coinage"}, 0)
    # What the bag had a candidate for was not marked by its reader.
    assert join_readings([bag, Reading({"清风茶园": "coinage"}, frozenset())]).maybe == {"清风茶园"}


def test_a_rare_known_slogan_stands_with_the_lexicon_and_without() -> None:
    entries = [replace(ENTRIES[0], normal="清风茶园", variants=(), documents=1)]
    reading = Reading({"清风茶园": "coinage"}, frozenset(), 2)
    rows = [(row("推进清风茶园建设。", identity), reading) for identity in ("x1", "x2")]
    whole, part = build_slogan_bags(rows, KnownSlogans(entries), common_slogans(entries), PLACES)[:2]
    assert (whole.whole, whole.weight, whole.labels, whole.missed) == (True, 0.5, ("coinage",), 0)
    assert (part.whole, part.weight, part.labels, part.missed) == (False, 0.5, (), 1)
    assert any("is known" in features for features in whole.features)


def test_a_new_candidate_is_doubtful_where_a_mark_is_untold() -> None:
    found = labels(TEXT, Reading({}, frozenset(), untold=1, offered=frozenset({"清风茶园"})))
    assert (found["清风茶园"], found["高质量发展"]) == (NONE, MAYBE)


def test_the_command_makes_bags_of_texts_and_readings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts, output = tmp_path / "texts.jsonl", tmp_path / "bags.json.gz"
    texts.write_text(json.dumps(row(TEXT)), "utf-8")
    for name, wording in (("first", "清风茶园"), ("second", "高质量发展")):
        marks = {"id": "x1", "slogans": [{"text": wording, "type": "coinage"}], "maybe": []}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(marks), "utf-8")
    given = ["--texts", str(texts), "-o", str(output), "--marks"]
    main([*given, str(tmp_path / "first.jsonl")])
    (tmp_path / "earlier.json.gz").write_bytes(output.read_bytes())
    main([*given, str(tmp_path / "earlier.json.gz"), str(tmp_path / "second.jsonl")])
    (bag,) = read_slogan_bags(output)
    assert (bag.readings, bag.labels.count(MAYBE), set(bag.labels)) == (2, 2, {MAYBE, NONE})
    assert "1 bags, 1 of several readings" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        ({"id": "x2"}, "no text of that id"),
        ({"slogans": [{"text": "高质量发展", "type": "motto"}]}, "'motto'"),
        ({"maybe": ["清风茶馆"]}, "does not stand in"),
        ({"slogans": None}, "expected id, slogans"),
    ],
)
def test_marks_that_cannot_be_used_are_refused(tmp_path: Path, change: dict[str, Any], told_of: str) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_text(json.dumps({"id": "x1", "slogans": [], "maybe": [], **change}), "utf-8")
    with pytest.raises(ZhengyuError, match=told_of):
        read_marks(path, {"x1": row(TEXT)})


def test_what_the_lexicon_has_now_inside_a_refused_longer_form_was_marked() -> None:
    text = "进一步全面深化改革，落实立德树人根本任务。"
    outer = frozenset({"进一步全面深化改革", "立德树人根本任务"})
    found = told_inside(Reading({}, frozenset(), 2, 2, outer), text, KNOWN)
    assert found.slogans == {"全面深化改革": "canonical", "立德树人": "canonical"}
    assert found.untold == 0
    # Two could be it and one is untold; nothing is untold; the longer form was marked itself.
    for reading in (
        Reading({}, frozenset(), 2, 1, outer),
        Reading({}, frozenset(), 2, 0, outer),
        Reading(dict.fromkeys(outer, "canonical"), frozenset(), 2, 2, outer),
    ):
        assert told_inside(reading, text, KNOWN) == reading
