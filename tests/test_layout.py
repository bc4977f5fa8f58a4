"""The house keeps its shape: nothing imports upward, no circle, and the top level holds what it may."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ALLOWED_TOP = {
    ".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md", "benchmarks",
    "corpus", "docs", "model", "pyproject.toml", "tests", "training",
}  # fmt: skip
STAGES = ("corpus", "model", "training")
#: The rooms from the ground up. A room imports rooms of lower floors only, and none of its own floor.
FLOORS = (
    {"zhengyu_corpus"},
    {"zhengyu.intervals", "zhengyu.version"},
    {"zhengyu.themes", "zhengyu.io"},
    {"zhengyu.persistence", "zhengyu.display", "zhengyu.tagging"},
    {"zhengyu.slogans"},
    {"zhengyu.compiled"},
    {"zhengyu.tagger"},
    {"zhengyu.findings"},
    {"zhengyu.notebook", "zhengyu.report", "zhengyu_training", "zhengyu.batch", "zhengyu.web"},
    {"zhengyu.dask"},
    {"zhengyu.cli"},
    {"zhengyu", "zhengyu.__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: Readers of a run's output that the page and training share with the command.
GRANTED = {("zhengyu.web", "zhengyu.batch"), ("zhengyu_training", "zhengyu.batch")}
PACKAGES = {"zhengyu_corpus", "zhengyu", "zhengyu_training"}


def modules(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for stage in STAGES:
        for path in (root / stage).rglob("*.py"):
            name = ".".join(path.relative_to(root / stage).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imported(tree: ast.AST, known: set[str]) -> set[str]:
    """Return the modules of ours that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return {name for name in found if name.split(".")[0] in PACKAGES}


def room(module: str) -> str:
    first, *rest = module.split(".")
    return ".".join([first, *rest[:1]]) if first == "zhengyu" else first


def climbs(imports: dict[str, set[str]]) -> list[str]:
    """Return every import of a room that does not lie below."""
    found: list[str] = []
    for module, names in imports.items():
        for name in names:
            here, there = room(module), room(name)
            if here == there or (here, there) in GRANTED:
                continue
            if FLOOR[there] >= FLOOR[here]:
                found.append(f"{module} -> {name}")
    return found


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return circles of modules, found depth first."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> None:
        if module in path:
            found.append([*path[path.index(module) :], module])
        elif module not in done and module in imports:
            for name in sorted(imports[module]):
                walk(name, [*path, module])
            done.add(module)

    for module in sorted(imports):
        walk(module, [])
    return found


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    held = modules(Path(__file__).resolve().parents[1])
    assert len(held) > 100
    return {name: imported(ast.parse(path.read_text("utf-8")), set(held)) - {name} for name, path in held.items()}


def test_nothing_imports_upward(imports: dict[str, set[str]]) -> None:
    assert not climbs(imports)


def test_no_circle(imports: dict[str, set[str]]) -> None:
    assert not circles(imports)


def test_a_climb_and_a_circle_would_be_seen() -> None:
    assert climbs({"zhengyu.io.inputs": {"zhengyu.batch.runner"}}) == ["zhengyu.io.inputs -> zhengyu.batch.runner"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == [["a", "b", "c", "a"]]


def test_every_room_has_its_floor(root: Path) -> None:
    assert {room(name) for name in modules(root)} <= set(FLOOR)


def test_command_line_imports_training_only_inside_commands(root: Path) -> None:
    for module in (root / "model/zhengyu/cli").rglob("*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        top = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        assert not any(name.startswith("zhengyu_training") for name in imported(top, set())), module


def test_top_level_holds_only_what_it_may(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} <= ALLOWED_TOP


def test_modules_say_their_job(root: Path) -> None:
    for name, path in modules(root).items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{name} has no docstring"
