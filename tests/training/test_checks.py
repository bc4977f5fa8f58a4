"""What fails before the first fit, in clear words: one document, themes without examples or without contrast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from labelling import FARM, REST, TOML, TOWN, run

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import LabelledParagraph
from zhengyu_corpus.themes import ThemeSet, parse_themes
from zhengyu_training.checks import refuse_untrained, trainable


@pytest.fixture
def codes() -> ThemeSet:
    return parse_themes(TOML)


def records(farm: int, town: int, rest: int, doc: str = "") -> list[LabelledParagraph]:
    themes = [("farm",)] * farm + [("town",)] * town + [()] * rest
    return [
        LabelledParagraph(str(i), doc or str(i), FARM.format(i, i), given, ("town",) if i == 0 else ())
        for i, given in enumerate(themes)
    ]


def test_all_of_one_document_is_refused(codes: ThemeSet) -> None:
    with pytest.raises(ZhengyuError, match=r"all 40 paragraphs are of one document \('甲'\).*leave the column"):
        trainable(records(20, 10, 10, "甲"), codes)


def test_a_theme_with_one_example_is_left_out_and_said(codes: ThemeSet) -> None:
    held = records(20, 1, 10)
    kept, used, said = trainable(held, codes)
    assert used.ids == ("farm",)
    assert "town (1)" in said[0]
    assert not any("town" in (*record.themes, *record.maybe) for record in kept)
    kept, used, said = trainable(records(20, 5, 10), codes)
    assert used is codes
    assert not said


@pytest.mark.parametrize(("farm", "rest"), [(30, 0), (29, 1), (0, 30)])
def test_themes_without_contrast_are_refused(codes: ThemeSet, farm: int, rest: int) -> None:
    with pytest.raises(ZhengyuError, match="some paragraphs have and others lack"):
        trainable(records(farm, 0, rest), codes)


def test_a_test_file_of_a_theme_that_is_not_learnt_is_refused_before_training(tmp_path: Path, codes: ThemeSet) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": TOWN.format(1, 2), "themes": ["town"]}) + "\n", "utf-8")
    with pytest.raises(ZhengyuError, match="holds paragraphs of town, which cannot be learnt"):
        refuse_untrained(path, codes, ThemeSet((codes["farm"],)))


def test_the_command_says_it(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(TOML, "utf-8")
    rows = "".join(f"{i},同一文件,{REST.format(i)},farm\n" for i in range(30))
    (tmp_path / "a.csv").write_text(f"id,文件,text,themes\n{rows}", "utf-8")
    said = run("retrain", "--corpus", tmp_path / "a.csv", "--no-base", "--themes", tmp_path / "t.toml", "-o",
               tmp_path / "m", "--no-cache", code=2)  # fmt: skip
    assert "of one document ('同一文件')" in said
