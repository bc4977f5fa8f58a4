"""The command line: every command has help and a place in the README, errors are one message, codes are as told."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from zhengyu.cli import main

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("command", commands(main), ids=" ".join)
def test_every_command_has_help_and_is_in_the_readme(command: tuple[str, ...], root: Path) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4
    assert f"zhengyu {' '.join(command)}" in (root / "README.md").read_text("utf-8")


def test_tag_prints_a_table_and_counts(root: Path) -> None:
    result = CliRunner().invoke(main, ["tag", str(root / "docs/examples/example.txt")])
    assert result.exit_code == 0
    assert "rural 乡村振兴与农业农村" in result.output
    assert "10 read = 6 tagged + 4 furniture + 0 empty + 0 set aside" in result.output


def test_rows_set_aside_give_code_1(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text\n{FIELD}\n甲,乙\n", "utf-8")
    result = CliRunner().invoke(main, ["tag", str(tmp_path / "a.csv"), "-o", str(tmp_path / "o.jsonl")])
    assert result.exit_code == 1
    assert "o.jsonl.set-aside.csv" in result.output
    assert json.loads((tmp_path / "o.jsonl").read_text("utf-8"))["themes"] == ["rural"]


def test_errors_are_one_message_and_code_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["tag", str(tmp_path / "none.txt")])
    assert result.exit_code == 2
    assert result.output.startswith("zhengyu: ")
    assert "Traceback" not in result.output


def test_corpus_and_model_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    assert "no errors" in runner.invoke(main, ["corpus", "check"]).output
    assert "united_front" in runner.invoke(main, ["corpus", "stats"]).output
    assert runner.invoke(main, ["model", "verify"]).output.endswith(": sound\n")
    assert json.loads(runner.invoke(main, ["model", "show"]).output)["themes"] == 30
    assert runner.invoke(main, ["model", "verify", "default"], env={"ZHENGYU_MODEL": "gone"}).exit_code == 2
    assert runner.invoke(main, ["model", "verify", "default"]).output.endswith(": sound\n")
    assert json.loads(runner.invoke(main, ["model", "show", "default"]).output)["themes"] == 30
    for twice in (["verify", "default", "--model", "default"], ["verify", "default", "--all"]):
        assert runner.invoke(main, ["model", *twice]).exit_code == 2
    (tmp_path / "bad.jsonl").write_text('{"id": "1", "themes": ["rurl"], "text": "农"}\n', "utf-8")
    result = runner.invoke(main, ["corpus", "check", str(tmp_path / "bad.jsonl")])
    assert result.exit_code == 2
    assert "did you mean 'rural'?" in result.output
