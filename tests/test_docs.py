"""What the README shows is what the program does: sessions are run, file lists are looked up."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import docs_sessions
import pytest


@pytest.mark.parametrize("page", docs_sessions.PAGES)
def test_sessions_print_what_is_shown(page: str, tmp_path: Path) -> None:
    made = docs_sessions.outputs(page, tmp_path)
    assert made
    for one, lines in made:
        assert one.python or one.command.startswith("zhengyu ")
        assert docs_sessions.alike(lines, one.lines), "\n".join([one.command, *lines])


def test_sessions_that_print_something_else_are_seen() -> None:
    said = ["36 read", "own-0123456789ab at 2026-01-01T00:00:00+00:00"]
    assert docs_sessions.alike(said, ("36 read", "own-ffffffffffff at 2026-11-23T10:00:00+00:00"))
    assert docs_sessions.alike(said, ("…", "own-ffffffffffff at 2026-11-23T10:00:00+00:00"))
    assert not docs_sessions.alike(said, ("35 read", "own-0123456789ab at 2026-01-01T00:00:00+00:00"))
    assert not docs_sessions.alike(said, ("36 read",))


def test_readme_names_only_files_that_exist(root: Path) -> None:
    listed = re.findall(r"^\d+\. `([^`]+)`", (root / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert len(listed) > 8
    for name in listed:
        assert (root / name).exists(), name


def test_ci_calls_the_second_command(root: Path) -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", (root / "README.md").read_text("utf-8"))
    assert len(commands) == 2
    assert commands[1] in (root / ".ci" / "run").read_text("utf-8")


def test_dependencies_are_all_explained(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    told = (root / "docs" / "dependencies.md").read_text("utf-8")
    for requirement in named:
        name = re.split(r"[<>=!\[; ]", requirement)[0]
        assert f"| {name} |" in told, name


def test_wheel_tags_without_the_source_tree(root: Path, tmp_path: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("not a checkout")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(root)],
                   check=True, capture_output=True)  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", str(tmp_path / "v")], check=True)
    python = tmp_path / "v" / "bin" / "python"
    import site

    # The dependencies come from this environment, zhengyu itself from the wheel alone.
    (next((tmp_path / "v" / "lib").glob("python3*")) / "site-packages" / "deps.pth").write_text(
        "\n".join(p for p in site.getsitepackages())
    )
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-installed", str(wheel)], check=True
    )
    (tmp_path / "a.txt").write_text("今年全县新建高标准农田三万亩，粮食总产再创历史新高。", "utf-8")
    code = (
        "import zhengyu.cli, pathlib; print(pathlib.Path(zhengyu.__file__).parent); zhengyu.cli.main(['tag', 'a.txt'])"
    )
    run = subprocess.run([str(python), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert str(tmp_path / "v") in run.stdout
    assert "rural" in run.stdout
