"""Measure what a short run costs beside ``import numpy, pyarrow``, whole processes in turn; print a table.

``python benchmarks/start.py --rounds 7``. Processor time, the first round left out: it fills the caches.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import measure

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, TEXT = str(ROOT / "docs/examples/example.txt"), "全县新建高标准农田三万亩，农民收入增长百分之八。"
#: Seconds of processor time that each command shall take at most, and times the imports.
AIMS = {"--help": 0.1, "tag": 0.5, "tag to CSV": 0.5, "explain": 0.5}
TIMES = 2.0


def start_lines(rounds: int) -> list[str]:
    """Measure, and return a table as lines of Markdown."""
    os.environ["ZHENGYU_COMPILE"] = "never"  # a run of a second before would compile beside the next
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    with tempfile.TemporaryDirectory() as folder:
        zhengyu = [sys.executable, "-m", "zhengyu"]
        programs = {
            "import numpy, pyarrow": [sys.executable, "-c", "import numpy, pyarrow"],
            "--help": [*zhengyu, "--help"],
            "tag": [*zhengyu, "tag", DOCUMENT],
            "tag to CSV": [*zhengyu, "tag", DOCUMENT, "-o", str(Path(folder) / "out.csv"), "--quiet"],
            "explain": [*zhengyu, "explain", TEXT],
        }
        spent: dict[str, list[float]] = {name: [] for name in programs}
        for number in range(rounds + 1):
            for name, words in programs.items():
                used = measure(words, cores=None).cpu
                if number:
                    spent[name].append(used)
    lines = [
        f"| program | processor s | aim | times the imports (aim {TIMES:g}) |",
        "| --- | --- | --- | --- |",
    ]
    imports = spent["import numpy, pyarrow"]
    for name, each in spent.items():
        ratios = sorted(one / other for one, other in zip(each, imports, strict=True))
        aim = f"{AIMS[name]:g}" if name in AIMS else ""
        lines.append(
            f"| {name} | {statistics.median(each):.2f} ({min(each):.2f}–{max(each):.2f}) | {aim} "
            f"| {statistics.median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f}) |"
        )
    return lines


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=7)
    print("\n".join(start_lines(asked.parse_args().rounds)))


if __name__ == "__main__":
    main()
