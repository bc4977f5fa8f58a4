"""The commands that the documentation shows: run, compared with what is shown, or written anew (``--write``).

``--lay-out FOLDER`` makes the files that docs/retraining.md begins with (``--page``: another page), for a reader who
walks the page by hand; ``--answer FOLDER`` then answers its tasks as the coders did.

A block marked ``console`` holds commands behind ``$`` and what they print; one marked ``python`` is followed by one
marked ``text`` with what it prints; one marked ``csv`` or ``toml`` behind a file's name and a colon is that file. The
blocks of a page share a folder. An output that begins with ``…`` shows the end of what was printed. Versions of
somebody's own models and times of day stand for any.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from places import ROOT

#: A block of commands, or one of Python and what it prints.
BLOCK = re.compile(
    r"```console\n(?P<console>.*?)```|```python\n(?P<python>.*?)```\n+```text\n(?P<text>.*?)```", re.DOTALL
)
#: A file that a page shows and its commands read.
FILE = re.compile(r"`([\w.-]+)`:\n\n```(?:csv|toml|text)\n(.*?)```", re.DOTALL)
CUT = "…"
#: What differs from run to run or from model to model without making the page wrong.
_ANY = (
    (re.compile(r"\bown-[0-9a-f]{12}\b"), "own-VERSION"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+:0-9]*"), "TIME"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A command, or Python code, and the lines that a page shows behind it."""

    command: str
    lines: tuple[str, ...]
    python: bool = False


def shown(page: str) -> list[Shown]:
    """Return the commands and the code of a page in their order."""
    found: list[Shown] = []
    for match in BLOCK.finditer(page):
        if match["python"] is not None:
            found.append(Shown(match["python"], tuple(match["text"].rstrip("\n").split("\n")), python=True))
            continue
        for part in re.split(r"^\$ ", match["console"], flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            found.append(Shown(command, tuple(lines)))
    return found


def run(one: Shown, folder: Path) -> list[str]:
    """Run one command, or code, in a folder and return the lines that it printed."""
    if one.python:
        words = [sys.executable, "-c", one.command]
    else:
        command = one.command
        for version, real in _versions(folder).items():
            command = command.replace(version, real)
        words = ["bash", "-c", f'zhengyu() {{ "{sys.executable}" -m zhengyu "$@"; }}; {command}']
    if folder == ROOT:
        return list(_printed(tuple(words)))
    return _lines(words, folder, {"ZHENGYU_REGISTRY": "models"})


@cache
def _printed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a command prints in the repository, which it leaves as it was."""
    return tuple(_lines(words, ROOT, {}))


def _lines(words: Sequence[str], folder: Path, more: Mapping[str, str]) -> list[str]:
    made = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env={**os.environ, "ZHENGYU_COMPILE": "never", **more}
    )
    if "Traceback (most recent call last)" in made.stderr:
        raise AssertionError(f"{' '.join(words)}\n{made.stderr}")
    return [line.rstrip() for line in (made.stdout + made.stderr).splitlines()]


def _versions(folder: Path) -> dict[str, str]:
    """Map OLD and NEW, as pages call them, to the versions that a registry in the folder holds, by their age."""
    found = sorted((folder / "models" / "versions").glob("own-*"), key=lambda path: path.stat().st_mtime_ns)
    return dict(zip(("$OLD", "$NEW"), (path.name for path in found), strict=False))


def alike(lines: list[str], wanted: tuple[str, ...]) -> bool:
    """Tell whether a command printed what a page shows."""
    if wanted[:1] == (CUT,):
        wanted = wanted[1:]
        lines = lines[len(lines) - len(wanted) :]
    return [_masked(line) for line in lines] == [_masked(line) for line in wanted]


def _masked(line: str) -> str:
    for pattern, stands_for in _ANY:
        line = pattern.sub(stands_for, line)
    return line.rstrip()


#: The codebook of docs/retraining.md: four coarse themes, their names, and the built-in ones that they take in.
COARSE = {
    "party_work": ("党的工作", ("party", "cadre", "discipline")),
    "growth": ("发展", ("macro", "industry", "investment", "parks")),
    "people": ("民生", ("livelihood", "education", "health")),
    "green": ("绿色", ("ecology", "low_carbon")),
}


def paragraphs(*parts: str) -> list[dict[str, Any]]:
    """Return the paragraphs of some files of the built-in corpus."""
    files = [ROOT / "corpus" / "zhengyu_corpus" / "paragraphs" / f"{part}.jsonl" for part in parts]
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


def recoded(*parts: str) -> list[dict[str, Any]]:
    """Return paragraphs of the built-in corpus, coded with the coarse themes."""
    rows = []
    for row in paragraphs(*parts):
        themes = [theme for theme, (_, fine) in COARSE.items() if set(fine) & set(row["themes"])]
        rows.append({"id": row["id"], "doc": row["doc"], "themes": themes, "text": row["text"]})
    return rows


POOL = ("w06", "w07")


def prepare_round(folder: Path) -> Callable[[str], None]:
    """Lay out the files of docs/retraining.md; return what the coders do before a command."""
    toml = "".join(f'[[theme]]\nid = "{theme}"\nzh = "{name}"\n' for theme, (name, _) in COARSE.items())
    (folder / "themes.toml").write_text(toml, "utf-8")
    for name, parts in (("seed", ("w05",)), ("test", ("w01", "w09"))):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in recoded(*parts))
        (folder / f"{name}.jsonl").write_text(text, "utf-8")
    with (folder / "pool.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, ["id", "text"], extrasaction="ignore")
        table.writeheader()
        table.writerows(recoded(*POOL))

    def before(command: str) -> None:
        if "answers.json" in command:
            answer(folder)

    return before


def answer(folder: Path) -> None:
    """Answer the tasks in a folder as the coders did: as the built-in corpus is coded."""
    coded = {row["id"]: row["themes"] for row in recoded(*POOL)}
    tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
    for number, task in enumerate(tasks, 1):
        choices = {"choices": coded[task["data"]["id"]] or ["none"]}
        result = {"id": str(number), "from_name": "themes", "to_name": "text", "type": "choices", "value": choices}
        task["annotations"] = [{"id": number, "completed_by": 1, "was_cancelled": False, "result": [result]}]
    (folder / "answers.json").write_text(json.dumps(tasks, ensure_ascii=False), "utf-8")


def prepare_tutorial(folder: Path) -> Callable[[str], None]:
    """Lay out the documents of the tutorial."""
    shutil.copytree(ROOT / "docs" / "examples" / "tutorial", folder / "documents")
    return lambda command: None


def prepare_measuring(folder: Path) -> Callable[[str], None]:
    """Lay out the paragraphs of docs/measuring.md; return what the coder does before a command."""
    rows = paragraphs(*(f"w{number:02}" for number in range(1, 13)))
    with (folder / "paragraphs.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, ["id", "doc", "era", "text"], extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)

    def before(command: str) -> None:
        if "check.xlsx" in command and "sample" not in command:
            check(folder / "check.xlsx", {row["id"]: row["themes"] for row in rows})

    return before


def check(path: Path, coded: Mapping[str, Sequence[str]]) -> None:
    """Fill in a sample's spreadsheet as the built-in corpus is coded."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book["paragraphs"]
    header = [cell.value for cell in sheet[1]]
    first, identity = header.index("theme_1") + 1, header.index("id") + 1
    for row in range(2, sheet.max_row + 1):
        for place, theme in enumerate(coded[str(sheet.cell(row, identity).value)] or ["none"]):
            sheet.cell(row, first + place, theme)
    book.save(path)


def prepare_comparison(folder: Path) -> Callable[[str], None]:
    """Lay out the documents of the tutorial, and two years' reports of one county."""
    shutil.copytree(ROOT / "docs" / "examples" / "reports", folder / "reports")
    return prepare_tutorial(folder)


def prepare_error_bars(folder: Path) -> Callable[[str], None]:
    """Lay out the forty documents of docs/error-bars.md, and the sample of them that a reader checked."""
    for name in ("forty", "tutorial", "reports"):
        shutil.copytree(ROOT / "docs" / "examples" / name, folder / "documents", dirs_exist_ok=True)
    shutil.copy(ROOT / "docs" / "examples" / "forty-checked.csv", folder / "checked.csv")
    return lambda command: None


def _nothing(folder: Path) -> Callable[[str], None]:
    return lambda command: None


#: Page to what lays out the files it does not show; None for pages whose commands run in the repository itself.
PAGES: dict[str, Callable[[Path], Callable[[str], None]] | None] = {
    "README.md": None,
    "docs/tutorial.md": prepare_tutorial,
    "docs/tutorial.zh.md": prepare_tutorial,
    "docs/error-bars.md": prepare_error_bars,
    "docs/error-bars.zh.md": prepare_error_bars,
    "docs/own-slogans.md": prepare_tutorial,
    "docs/own-themes.md": _nothing,
    "docs/checking.md": prepare_tutorial,
    "docs/finding.md": prepare_tutorial,
    "docs/using-outputs.md": prepare_tutorial,
    "docs/using-outputs.zh.md": prepare_tutorial,
    "docs/comparing.md": prepare_comparison,
    "docs/facts.md": _nothing,
    "docs/measuring.md": prepare_measuring,
    "docs/retraining.md": prepare_round,
    "docs/README.zh.md": None,
}


def lay_out(page: str, folder: Path) -> Callable[[str], None]:
    """Make the files that a page begins with; return what happens before each of its commands."""
    before = (PAGES[page] or _nothing)(folder)
    for name, content in FILE.findall((ROOT / page).read_text("utf-8")):
        (folder / name).write_text(content, "utf-8")
    return before


def outputs(page: str, folder: Path) -> list[tuple[Shown, list[str]]]:
    """Run the commands of a page in their order; return each with what it printed."""
    where, before = (folder, lay_out(page, folder)) if PAGES[page] is not None else (ROOT, _nothing(ROOT))
    text = (ROOT / page).read_text("utf-8")
    found: list[tuple[Shown, list[str]]] = []
    for one in shown(text):
        before(one.command)
        found.append((one, run(one, where)))
    return found


def write(page: str, folder: Path) -> None:
    """Put what the commands print into a page."""
    fresh = iter(outputs(page, folder))

    def block(match: re.Match[str]) -> str:
        if match["python"] is not None:
            one, lines = next(fresh)
            return f"```python\n{one.command}```\n\n```text\n" + "\n".join(lines) + "\n```"
        parts = []
        for _ in re.findall(r"^\$ ", match["console"], flags=re.MULTILINE):
            one, lines = next(fresh)
            if one.lines[:1] == (CUT,):
                lines = [CUT, *lines[len(lines) - len(one.lines) + 1 :]]
            parts.append("\n".join([f"$ {one.command}", *lines]) + "\n")
        return "```console\n" + "".join(parts) + "```"

    path = ROOT / page
    path.write_text(BLOCK.sub(block, path.read_text("utf-8")), "utf-8")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    todo = parser.add_mutually_exclusive_group(required=True)
    todo.add_argument("--write", nargs="*", metavar="PAGE", choices=PAGES, help="every page when none is named")
    todo.add_argument("--lay-out", type=Path, metavar="FOLDER")
    todo.add_argument("--answer", type=Path, metavar="FOLDER")
    walked = [page for page, files in PAGES.items() if files is not None]
    parser.add_argument("--page", choices=walked, default="docs/retraining.md", help="with --lay-out")
    options = parser.parse_args()
    if options.lay_out is not None:
        options.lay_out.mkdir(parents=True, exist_ok=True)
        if any(options.lay_out.iterdir()):
            parser.error(f"{options.lay_out}: holds files already; name a new folder")
        lay_out(options.page, options.lay_out)
    elif options.answer is not None:
        if not (options.answer / "tasks.json").is_file():
            parser.error(f"{options.answer}: holds no tasks.json; export the tasks first, as docs/retraining.md shows")
        answer(options.answer)
    else:
        for name in options.write or PAGES:
            with tempfile.TemporaryDirectory() as temporary:
                write(name, Path(temporary))


if __name__ == "__main__":
    main()
