"""Each command imports no heavy module that its run does not use; more would be paid by every short run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhengyu import cli

#: Modules that take long to import, or that drag in others which do.
HEAVY = frozenset(
    ["ahocorasick_rs", "asyncio", "fastapi", "fsspec", "jieba", "lxml", "llvmlite", "numba", "numpy", "opencc", "openpyxl",
     "pandas", "pkg_resources", "pyarrow", "pyarrow.compute", "pyarrow.parquet", "rich", "scipy", "setuptools",
     "sklearn", "ssl",
     "statistics", "zhengyu.io.variables"]
)  # fmt: skip
DOCUMENT, TEXT = "docs/examples/example.txt", "全县新建高标准农田三万亩。"
ALLOWED: dict[str, tuple[list[str], set[str]]] = {
    "help": (["--help"], set()),
    "help of a command": (["tag", "--help"], set()),
    "a document to the terminal": (["tag", DOCUMENT], {"numpy", "opencc", "pyarrow", "rich"}),
    "a document to CSV": (["tag", DOCUMENT, "-o", "OUT.csv"], {"numpy", "opencc", "pyarrow"}),
    "a document to JSONL": (["tag", DOCUMENT, "-o", "OUT.jsonl", "--probabilities"], {"numpy", "opencc", "pyarrow"}),
    "a table to Parquet": (
        ["tag", "IN.parquet", "-o", "OUT.parquet"],
        {"numpy", "opencc", "pyarrow", "pyarrow.parquet", "ssl"},
    ),
    "slogans of a table to Parquet": (
        ["tag", "IN.parquet", "-o", "OUT.parquet", "--slogans", "OUT-slogans.parquet", "--restart"],
        {
            "ahocorasick_rs",
            "numpy",
            "opencc",
            "pyarrow",
            "pyarrow.compute",
            "pyarrow.parquet",
            "ssl",
            "zhengyu.io.variables",
        },
    ),
    "explain": (["explain", TEXT], {"numpy", "opencc", "pyarrow"}),
}


def run(words: list[str], root: Path) -> set[str]:
    """Return the heavy modules that a command has imported when it ends."""
    code = (
        "import sys\nfrom zhengyu.cli import main\n"
        f"main({words!r}, standalone_mode=False)\n"
        f"print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def filled(root: Path) -> None:
    """Have a first run make what later ones read from the cache folder: the dictionary and the keys of the lexicon."""
    run(ALLOWED["a document to the terminal"][0], root)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ALLOWED)
def test_a_command_imports_what_it_uses(name: str, root: Path, tmp_path: Path) -> None:
    words, allowed = ALLOWED[name]
    words = [str(tmp_path / word) if word.startswith(("IN", "OUT")) else word for word in words]
    pq.write_table(pa.table({"id": [1, 2], "text": [TEXT, None]}), tmp_path / "IN.parquet")
    assert run(words, root) <= allowed


def test_a_fault_in_a_command_does_not_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(name: str) -> None:
        raise KeyError(name)

    commands = cli._Commands({"tag": "tag"})
    monkeypatch.setattr(cli, "import_module", torn)
    assert commands.get("tga") is None
    with pytest.raises(KeyError, match=r"zhengyu\.cli\.tag"):
        commands.get("tag")
