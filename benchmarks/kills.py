"""Kill a run at random moments and start it again, many times: the output must be byte-identical every time."""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from rows import write_rows


def run(source: Path, output: Path, limit: float | None) -> bool:
    """Run once; tell whether it ended by itself."""
    process = subprocess.Popen([sys.executable, "-m", "zhengyu", "tag", str(source), "-o", str(output), "--quiet"])
    try:
        if process.wait(timeout=limit) != 0:
            raise SystemExit(f"the run ended with code {process.returncode}")
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="zhengyu-kills-"))
    source, whole, output = folder / "rows.parquet", folder / "whole.parquet", folder / "out.parquet"
    write_rows(source, options.rows)
    run(source, whole, None)
    start = time.perf_counter()
    whole.unlink()
    run(source, whole, None)
    took, wanted = time.perf_counter() - start, digest(whole)
    draw = random.Random(options.seed)
    same = killed = 0
    while killed < options.kills:
        output.unlink(missing_ok=True)
        if run(source, output, draw.uniform(0.05, 0.98) * took):
            continue  # it was quicker than the kill: not counted
        killed += 1
        if output.exists() and digest(output) != wanted:
            raise SystemExit("an unfinished output stood under its name")
        run(source, output, None)
        same += digest(output) == wanted
    print(f"{options.rows:,} rows, {took:.1f} s undisturbed: {same} of {killed} killed runs gave identical bytes")
    sys.exit(0 if same == killed else 1)


if __name__ == "__main__":
    main()
