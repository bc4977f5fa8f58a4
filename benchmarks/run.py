"""Measure zhengyu beside the plain pipeline and fastText, whole processes, in turn; write RESULTS.md.

``python benchmarks/run.py 10000 100000 1000000 --rounds 3 --slow-rounds 1`` (``pip install -e '.[bench]'``). Every
program reads one Parquet file and writes another. Programs of one core are bound to it; rounds go through all programs
before the next begins, so that what else the machine does falls on all of them. The slow ones, which take minutes, may
run in fewer rounds; the others are then compared with their last run.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from plain import scores
from rows import write_rows

from zhengyu.compiled.themes.scorer import CompiledScorer
from zhengyu.persistence.folder import load_model

HERE = Path(__file__).resolve().parent
BETWEEN = """
import os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(status, time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
SLOW = ("plain pipeline", "fastText with jieba")
READ = "import sys, pyarrow.parquet as pq; [batch for batch in pq.ParquetFile(sys.argv[1]).iter_batches()]"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one program: seconds on the wall, of processor time, and megabytes at the peak."""

    wall: float
    cpu: float
    peak: float


def measure(words: list[str], *, cores: str | None) -> Measured:
    """Run a program, bound to cores, and measure it with all its children."""
    bound = ["taskset", "-c", cores, *words] if cores else words
    # A child begins with its parent's peak: a small process between the two keeps ours out.
    told = subprocess.run([sys.executable, "-S", "-c", BETWEEN, *bound], stdout=subprocess.PIPE, check=True, text=True)
    status, *figures = map(float, told.stdout.split()[-4:])
    if status:
        raise SystemExit(f"{' '.join(words)}: ended with status {status:.0f}")
    return Measured(*figures)


def programs(source: Path, work: Path) -> dict[str, tuple[list[str], str | None]]:
    """Return the programs by name: their words, and the cores they are bound to."""
    python = sys.executable
    tag = [python, "-m", "zhengyu", "tag", str(source), "--restart", "--quiet"]
    return {
        "reading alone": ([python, "-c", READ, str(source)], "0"),
        "plain pipeline": ([python, str(HERE / "plain.py"), str(source), str(work / "plain.parquet")], "0"),
        "fastText with jieba": (
            [python, str(HERE / "fast_text.py"), str(work / "fast.bin"), str(source), str(work / "fast.parquet")], "0"
        ),
        "zhengyu, one core": ([*tag, "-o", str(work / "one.parquet"), "--jobs", "1"], "0"),
        "zhengyu, all cores": ([*tag, "-o", str(work / "all.parquet")], None),
        "… with slogans": ([*tag, "-o", str(work / "s.parquet"), "--slogans", str(work / "slogans.parquet")], None),
        "… with evidence": ([*tag, "-o", str(work / "e.parquet"), "--evidence", str(work / "evidence.parquet")], None),
    }  # fmt: skip


def same(work: Path, source: Path) -> str:
    """Compare themes row by row, and scores on the first rows, with the plain pipeline."""
    mine, theirs = (pq.read_table(work / name)["themes"].to_pylist() for name in ("one.parquet", "plain.parquet"))
    differ = sum(a != b for a, b in zip(mine, theirs, strict=True))
    texts = pq.read_table(source)["text"].combine_chunks()[:2000]
    model = load_model()
    found, _ = CompiledScorer(model).scores(texts)
    off = np.abs(found - scores(model, texts.to_pylist())).max()
    return f"{differ} of {len(mine):,} rows with other themes; scores of 2,000 rows differ by {off:.1e} at most"


def table(rounds: dict[str, list[Measured]], megabytes: float) -> list[str]:
    """Return the lines of one size."""
    lines = [
        "| program | s | processor s | MB/s | peak MB | times as fast as plain |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    plain = rounds["plain pipeline"]
    for name, runs in rounds.items():
        walls = sorted(run.wall for run in runs)
        ratios = sorted(plain[min(i, len(plain) - 1)].wall / one.wall for i, one in enumerate(runs))
        lines.append(
            f"| {name} | {statistics.median(walls):.2f} ({walls[0]:.2f}–{walls[-1]:.2f}) "
            f"| {statistics.median(run.cpu for run in runs):.2f} | {megabytes / statistics.median(walls):.2f} "
            f"| {max(run.peak for run in runs):.0f} "
            f"| {statistics.median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f}) |"
        )
    return lines


def main() -> None:
    """Measure and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", nargs="+", type=int, help="Rows.")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--slow-rounds", type=int, help="Rounds of the plain pipeline and fastText; all when not given.")
    asked.add_argument("--only", nargs="+", default=[], help="Programs to run beside the plain pipeline.")
    asked.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    given = asked.parse_args()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    said = [
        "# Results",
        "",
        f"`python benchmarks/run.py {' '.join(sys.argv[1:])}`: {platform.machine()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, pyarrow {pa.__version__}; "
        f"load before: {os.getloadavg()[0]:.1f}. Whole processes, start included; medians and ranges over the rounds. "
        "Rows: halves of written paragraphs, shuffled and joined (`rows.py`).",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run(
            [sys.executable, str(HERE / "fast_text.py"), "train", str(work / "fast.bin")],
            check=True,
            capture_output=True,
        )
        for size in given.sizes:
            source = work / f"{size}.parquet"
            write_rows(source, size)
            megabytes = pc.sum(pc.binary_length(pq.read_table(source)["text"])).as_py() / 1e6
            ready = programs(source, work)
            warm = [ready["… with slogans"][0], ready["… with evidence"][0]]
            ready = {name: of for name, of in ready.items() if not given.only or name in (*given.only, SLOW[0])}
            for words in warm:  # compiled code and the page cache are warm for all
                measure(words, cores=None)
            rounds: dict[str, list[Measured]] = {name: [] for name in ready}
            for number in range(given.rounds):
                for name, (words, cores) in ready.items():
                    if name not in SLOW or given.slow_rounds is None or number < given.slow_rounds:
                        rounds[name].append(measure(words, cores=cores))
            said += [
                f"## {size:,} rows, {megabytes:.0f} MB of text",
                "",
                *table(rounds, megabytes),
                "",
                same(work, source),
                "",
            ]
            given.output.write_text("\n".join(said), "utf-8")
            print("\n".join(said[-(len(ready) + 6) :]), flush=True)


if __name__ == "__main__":
    main()
