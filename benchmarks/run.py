"""Measure zhengyu beside the plain pipeline and fastText, whole processes, in turn; write RESULTS.md.

``python benchmarks/run.py 10000 100000 1000000 --growth 10000000 --rounds 3 --slow-rounds 1 --slow-most 100000``
(``pip install -e '.[bench]'``) writes all of RESULTS.md in some 25 minutes of two cores: start, the sizes, growth, and
each aim beside what was measured. Every program reads one Parquet file and writes another. Programs of one core are
bound to it; rounds go through all programs before the next begins, so that what else the machine does falls on all of
them. The slow ones, which take minutes, may run in fewer rounds; the others are then compared with their last run. The
slowest, fastText and the plain pipeline with pairs, may be left out of large sizes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measuring import Measured, measure
from plain import analyse_pairs, scores
from rows import write_rows
from start import start_lines

from zhengyu.compiled.themes.scorer import CompiledScorer
from zhengyu.persistence.folder import load_model

HERE = Path(__file__).resolve().parent
#: Programs that growth runs, also where the slow ones would take hours.
GROWING = (
    "reading and writing alone", "zhengyu, one core", "zhengyu, all cores", "… with slogans", "… with evidence"
)  # fmt: skip
#: What is aimed at: rows, the program whose time is above the line, the one below it, and the least or most.
AIMS: tuple[tuple[int, str, str, str, float], ...] = (
    (100_000, "plain pipeline", "zhengyu, one core", "at least", 28.0),
    (1_000_000, "plain pipeline", "zhengyu, one core", "at least", 35.0),
    (1_000_000, "zhengyu, one core", "zhengyu, all cores", "at least", 1.85),
    (1_000_000, "… with slogans", "zhengyu, all cores", "at most", 1.5),
    (1_000_000, "… with evidence", "zhengyu, all cores", "at most", 1.6),
)
PAIRS, FAST_TEXT = "plain pipeline with pairs", "fastText with jieba"
SLOW = ("plain pipeline", PAIRS, FAST_TEXT)
#: What is left out of the largest sizes, see ``--slow-most``.
SLOWEST = SLOW[1:]
#: The best that the machine can do: every row read and written, none scored.
COPY = """
import sys, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="zstd") as out:
    for batch in source.iter_batches(16_384):
        out.write_batch(batch)
"""


def programs(source: Path, work: Path) -> dict[str, tuple[list[str], str | None]]:
    """Return the programs by name: their words, and the cores they are bound to."""
    python = sys.executable
    tag = [python, "-m", "zhengyu", "tag", str(source), "--restart", "--quiet"]
    return {
        "reading and writing alone": ([python, "-c", COPY, str(source), str(work / "copy.parquet")], "0"),
        "plain pipeline": ([python, str(HERE / "plain.py"), str(source), str(work / "plain.parquet")], "0"),
        PAIRS: ([python, str(HERE / "plain.py"), str(source), str(work / "pairs.parquet"), "--pairs"], "0"),
        FAST_TEXT: (
            [python, str(HERE / "fast_text.py"), str(work / "fast.bin"), str(source), str(work / "fast.parquet")], "0"
        ),
        "zhengyu, one core": ([*tag, "-o", str(work / "one.parquet"), "--jobs", "1"], "0"),
        "zhengyu, all cores": ([*tag, "-o", str(work / "all.parquet")], None),
        "… with slogans": ([*tag, "-o", str(work / "s.parquet"), "--slogans", str(work / "slogans.parquet")], None),
        "… with evidence": ([*tag, "-o", str(work / "e.parquet"), "--evidence", str(work / "evidence.parquet")], None),
    }  # fmt: skip


def same(work: Path, source: Path) -> str:
    """Compare themes row by row, and scores on the first rows, with the plain pipeline that has pairs of words too."""
    mine, theirs = (pq.read_table(work / name)["themes"].to_pylist() for name in ("one.parquet", "pairs.parquet"))
    differ = sum(a != b for a, b in zip(mine, theirs, strict=True))
    texts = pq.read_table(source)["text"].combine_chunks()[:2000]
    model = load_model()
    found, _ = CompiledScorer(model).scores(texts)
    off = np.abs(found - scores(model, texts.to_pylist(), analyse_pairs)).max()
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


def ratios(above: list[Measured], below: list[Measured]) -> list[float]:
    """Return the ratios of times, round by round, ascending; a program that ran in fewer rounds lends its last."""
    rounds = max(len(above), len(below))
    last = [(above[min(i, len(above) - 1)].wall, below[min(i, len(below) - 1)].wall) for i in range(rounds)]
    return sorted(one / other for one, other in last)


def aims(measured: dict[int, dict[str, list[Measured]]]) -> list[str]:
    """Return a table of the aims whose sizes and programs were measured; what falls short is said."""
    lines = ["| rows | time of | over that of | aim | measured | |", "| --- | --- | --- | --- | --- | --- |"]
    for size, above, below, kind, bound in AIMS:
        of = measured.get(size, {})
        if above not in of or below not in of:
            continue
        found = ratios(of[above], of[below])
        middle = statistics.median(found)
        met = middle >= bound if kind == "at least" else middle <= bound
        lines.append(
            f"| {size:,} | {above} | {below} | {kind} {bound:g} | {middle:.2f} ({found[0]:.2f}–{found[-1]:.2f}) "
            f"| {'met' if met else '**falls short**'} |"
        )
    return lines


def growth(measured: dict[int, dict[str, list[Measured]]]) -> list[str]:
    """Return a table of rows a second and peak memory by size."""
    lines = ["| rows | program | s | rows a second | peak MB |", "| --- | --- | --- | --- | --- |"]
    for size, of in sorted(measured.items()):
        for name in GROWING:
            if name in of:
                wall = statistics.median(run.wall for run in of[name])
                peak = max(run.peak for run in of[name])
                lines.append(f"| {size:,} | {name} | {wall:.2f} | {size / wall:,.0f} | {peak:.0f} |")
    return lines


def text_megabytes(source: Path) -> float:
    """Return the megabytes of text of a file, read block by block."""
    blocks = pq.ParquetFile(source).iter_batches(columns=["text"])
    return sum(pc.sum(pc.binary_length(block["text"])).as_py() or 0 for block in blocks) / 1e6


def wanted(given: argparse.Namespace, size: int) -> list[str]:
    """Return the programs that run at a size."""
    names = [name for name in programs(Path(), Path()) if not given.only or name in (*given.only, SLOW[0], PAIRS)]
    return [name for name in names if given.slow_most is None or size <= given.slow_most or name not in SLOWEST]


def main() -> None:
    """Measure and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", nargs="+", type=int, help="Rows.")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--slow-rounds", type=int, help="Rounds of the plain pipeline and fastText; all when not given.")
    asked.add_argument(
        "--slow-most", type=int, help=f"Rows up to which {' and '.join(SLOWEST)} run; any when not given."
    )
    asked.add_argument("--only", nargs="+", default=[], help="Programs to run beside the plain pipeline.")
    asked.add_argument("--growth", nargs="*", type=int, default=[], help="More rows, for zhengyu alone, once.")
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
        if any(FAST_TEXT in wanted(given, size) for size in given.sizes):
            train = [sys.executable, str(HERE / "fast_text.py"), "train", str(work / "fast.bin")]
            subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        said += ["## Start", "", *start_lines(max(3, given.rounds)), ""]
        measured: dict[int, dict[str, list[Measured]]] = {}
        for size in (*given.sizes, *given.growth):
            source = work / f"{size}.parquet"
            write_rows(source, size)
            megabytes = text_megabytes(source)
            ready = programs(source, work)
            if size in given.growth:
                measured[size] = {name: [measure(*ready[name][:1], cores=ready[name][1])] for name in GROWING}
                source.unlink()
                continue
            warm = [ready["… with slogans"][0], ready["… with evidence"][0]]
            ready = {name: ready[name] for name in wanted(given, size)}
            for words in warm:  # compiled code and the page cache are warm for all
                measure(words, cores=None)
            rounds: dict[str, list[Measured]] = {name: [] for name in ready}
            for number in range(given.rounds):
                for name, (words, cores) in ready.items():
                    if name not in SLOW or given.slow_rounds is None or number < given.slow_rounds:
                        rounds[name].append(measure(words, cores=cores))
            measured[size] = rounds
            added = [
                f"## {size:,} rows, {megabytes:.0f} MB of text",
                "",
                *table(rounds, megabytes),
                "",
                same(work, source) if PAIRS in ready else "Themes are compared at smaller sizes.",
                "",
            ]
            said += added
            given.output.write_text("\n".join(said), "utf-8")
            print("\n".join(added), flush=True)
        said += ["## Growth", "", *growth(measured), "", "## Aims", "", *aims(measured), ""]
        given.output.write_text("\n".join(said), "utf-8")


if __name__ == "__main__":
    main()
