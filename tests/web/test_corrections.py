"""The file of corrections: whatever characters a paragraph holds, the next correction can be added."""

from __future__ import annotations

from pathlib import Path

from zhengyu.web.corrections import CorrectionsFile, make_correction
from zhengyu_corpus.themes import ThemeSet


def test_a_paragraph_with_odd_line_ends_refuses_no_later_correction(tmp_path: Path, themes: ThemeSet) -> None:
    kept = CorrectionsFile(tmp_path / "c.jsonl")
    for number, odd in enumerate("\u2028\u2029\x85\x0b\x1c\r", 1):
        assert kept.add([make_correction(f"全县粮食丰收{odd}第{number}年。", ["rural"], "", "m", themes)]) == number
