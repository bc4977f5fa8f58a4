"""The house keeps its shape: imports go one way, the top level holds what it may, modules stay small."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ALLOWED_TOP = {
    ".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "benchmarks", "corpus", "docs",
    "model", "pyproject.toml", "tests", "training",
}  # fmt: skip
MAY_IMPORT = {
    "corpus/zhengyu_corpus": {"zhengyu_corpus"},
    "model/zhengyu": {"zhengyu_corpus", "zhengyu"},
    "training/zhengyu_training": {"zhengyu_corpus", "zhengyu", "zhengyu_training"},
}
#: The command line reaches training when its command is called, never at import.
COMMANDS = "model/zhengyu/cli"
MAX_LINES = 320


def imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found & {"zhengyu_corpus", "zhengyu", "zhengyu_training"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(root: Path, package: str) -> None:
    modules = sorted((root / package).rglob("*.py"))
    assert modules
    for module in modules:
        if not module.is_relative_to(root / COMMANDS):
            assert imported(ast.parse(module.read_text("utf-8"))) <= MAY_IMPORT[package], module


def test_command_line_imports_training_only_inside_commands(root: Path) -> None:
    for module in (root / COMMANDS).rglob("*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        top = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        assert "zhengyu_training" not in imported(top), module


def test_top_level_holds_only_what_it_may(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} <= ALLOWED_TOP


def test_modules_say_their_job_and_stay_small(root: Path) -> None:
    for package in MAY_IMPORT:
        for module in (root / package).rglob("*.py"):
            text = module.read_text("utf-8")
            assert ast.get_docstring(ast.parse(text)), f"{module} has no docstring"
            assert text.count("\n") <= MAX_LINES, f"{module} is long"
