"""What every command prints and writes, held to the files under tests/golden."""

from __future__ import annotations

from pathlib import Path

import golden
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("golden") / "in"
    golden.lay_out(place)
    return place


@pytest.mark.parametrize("name", golden.COMMANDS)
def test_output_is_as_kept(name: str, inputs: Path, tmp_path: Path) -> None:
    assert golden.golden(name, inputs, tmp_path) == (golden.KEPT / f"{name}.txt").read_text(encoding="utf-8")


def test_every_kept_file_belongs_to_a_command() -> None:
    assert {path.stem for path in golden.KEPT.glob("*.txt")} == set(golden.COMMANDS)
