"""Where the tests' own files are: models of older formats, files of other programs, pictures that tests take."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "example.txt"
DATA = ROOT / "tests" / "data"
SHOTS = ROOT / "tests" / "artefacts"
