"""The documentation is true: commands that it shows are run, figures, links and files that it names are looked up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import docs_sessions
import pytest

from zhengyu import __version__

WHOLE = bool(os.environ.get("ZHENGYU_WHOLE"))


@pytest.mark.slow
@pytest.mark.parametrize(
    # A page in Chinese shows the commands of its English twin: it is walked where everything is.
    "page",
    [page for page in docs_sessions.PAGES if WHOLE or not page.endswith(".zh.md")],
)
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


@pytest.mark.slow
def test_the_round_can_be_walked_by_hand(root: Path, tmp_path: Path) -> None:
    """The script does what docs/retraining.md says of it, and the page's commands find their files."""
    page = (root / "docs" / "retraining.md").read_text("utf-8")
    folder = tmp_path / "walk"
    lay_out, answer = re.findall(r"`python (tests/docs_sessions\.py [^`]+)`", page)

    def script(words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words.replace("../walk", str(folder)).split()]
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    def zhengyu(words: str) -> str:
        command = [sys.executable, "-m", "zhengyu", *words.split()]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout

    assert script(lay_out).returncode == 0
    made = {path.name for path in folder.iterdir()}
    assert all(f"`{name}`" in page for name in made)
    named = set(re.findall(r"\b(?:seed|pool|test|themes)\.\w+", "".join(re.findall(r"^\$ .*", page, re.MULTILINE))))
    assert made == named
    assert "holds files already" in script(lay_out).stderr
    assert "holds no tasks.json" in script(answer).stderr
    zhengyu("corpus export pool.csv --to label-studio -o tasks.json --themes themes.toml")
    assert script(answer).returncode == 0
    assert "192 labelled" in zhengyu("corpus import answers.json -o round1.jsonl --themes themes.toml")
    assert "no errors" in zhengyu("corpus check seed.jsonl round1.jsonl test.jsonl --themes themes.toml")


def test_the_map_names_only_files_that_exist(root: Path) -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", (root / "CONTRIBUTING.md").read_text("utf-8"), flags=re.MULTILINE)
    assert len(rows) > 15
    for name in rows:
        assert (root / name).exists(), name


def test_readme_says_the_same_in_both_languages(root: Path) -> None:
    def told(page: str, heading: str) -> tuple[list[str], ...]:
        text = (root / page).read_text("utf-8")
        paragraph = text[text.index(heading) :].split("\n\n")[0]
        return (
            re.findall(r"\d+\.\d{3}", paragraph),
            re.findall(r"^\| (`zhengyu .*?) \|", text, flags=re.MULTILINE),
            re.findall(r"```(?:sh|console|python|text)\n.*?```", text, flags=re.DOTALL),
        )

    english, chinese = told("README.md", "**How far to trust it.**"), told("docs/README.zh.md", "**准到什么程度。**")
    assert all(english)
    assert english[0] == chinese[0]
    assert english[1] == [command.replace("、`", ", `") for command in chinese[1]]
    assert english[2:] == chinese[2:]


def figures(block: str) -> dict[str, str]:
    """Return the rows of an evaluation as it is printed: name to figure with its interval."""
    return dict(re.findall(r"^ *(\S.*?) +([\d.]+ \[[\d., ]+\])$", block, flags=re.MULTILINE))


def evaluations(root: Path) -> list[str]:
    return re.findall(r"```text\n(.*?)```", (root / "docs" / "quality.md").read_text("utf-8"), flags=re.DOTALL)


def test_readmes_quote_the_figures_of_the_quality_page(root: Path) -> None:
    real = next(block for block in evaluations(root) if block.startswith("real_dev.jsonl: "))
    marked = next(block for block in evaluations(root) if block.startswith("all three layers: "))
    themes, slogans = figures(real), figures(marked.split("\n\n")[0])  # the layers left out follow
    paragraphs, documents, slogan_paragraphs = re.findall(r"\d+ (?=paragraphs|documents)", f"{real}\n{marked}")[:3]
    agree = re.search(r"micro-F1 ([\d.]+), macro-F1\s+[\d.]+, F1 of none ([\d.]+)",
                      (root / "docs" / "quality.md").read_text("utf-8"))  # fmt: skip
    assert agree
    quoted = {
        "README.md": (
            "On {}real paragraphs of {}documents", "micro-F1 {}", "F1 of none {}", "reach {} micro and {} on none",
            "Slogans on {}real paragraphs", "exact-span F1 {}", "less (F1 {})",
        ),
        "docs/README.zh.md": (
            "{}个真实段落，出自 {}篇文档", "micro-F1 {}", "“无主题”的 F1 {}", "micro {}，“无主题” {}",
            "在 {}个真实段落上", "位置完全一致的 F1 {}", "新提法差一些（F1 {}）",
        ),
    }  # fmt: skip
    values = [
        (paragraphs, documents), (themes["micro-F1"],), (themes["F1 of none"],), agree.groups(), (slogan_paragraphs,),
        (slogans["exact_f1"],), (slogans["exact_f1_new"],),
    ]  # fmt: skip
    for page, told in quoted.items():
        text = re.sub(r"\s+", " ", (root / page).read_text("utf-8"))
        for words, found in zip(told, values, strict=True):
            assert words.format(*found) in text, page


def test_quality_page_is_of_the_shipped_model(root: Path) -> None:
    model = root / "model" / "zhengyu" / "artefacts" / "default"
    version = json.loads((model / "model.json").read_text("utf-8"))["version"]
    assert f"`{version}`" in (root / "docs" / "quality.md").read_text("utf-8")
    made = json.loads((model / "evaluation.json").read_text("utf-8"))["cross_validation"]
    shown = next(block for block in evaluations(root) if block.startswith(made["name"]))
    assert f"{made['paragraphs']} paragraphs of {made['documents']} documents" in shown
    names = {
        "micro-F1": "micro_f1", "macro-F1": "macro_f1", "micro precision": "micro_precision",
        "micro recall": "micro_recall", "F1 of none": "none_f1", "only doubtful ones given: out": "none_f1_clear",
        "top theme right": "top", "expected calibration error": "ece", "where p is 0.10 or more": "ece_likely",
    }  # fmt: skip
    for name, key in names.items():
        told = [float(part) for part in re.findall(r"[\d.]+", figures(shown)[name])]
        assert told == pytest.approx(made["overall"][key], abs=0.00051), name
    for theme, one in made["themes"].items():
        assert re.search(rf"^{theme} .*\b{one['support']} +{one['given']}$", shown, flags=re.MULTILINE), theme


def test_links_of_the_pages_lead_to_files_of_the_repository(root: Path) -> None:
    led = 0
    for page in (root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").glob("*.md")):
        if page.name in ("index.md", "readme.md"):  # the site's own
            continue
        text = re.sub(r"<!--.*?-->", "", page.read_text("utf-8"), flags=re.DOTALL)  # the site's own
        for link in re.findall(r"(?:\]\(|href=\")([^)\"#:]+)(?:#[^)\"]*)?[)\"]", text):
            led += 1
            assert (page.parent / link).exists(), (page.name, link)
    assert led > 30


def test_every_page_with_commands_is_run(root: Path) -> None:
    with_commands = {
        str(page.relative_to(root))
        for page in (root / "README.md", *(root / "docs").glob("*.md"))
        if docs_sessions.shown(page.read_text("utf-8")) and page.name != "readme.md"
    }
    assert with_commands == set(docs_sessions.PAGES)


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


@pytest.mark.slow
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


def test_what_is_to_be_cited_is_this_version(root: Path) -> None:
    citation = (root / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert f"{{Version {__version__}, model MODEL," in (root / "docs" / "explanation.md").read_text("utf-8")
