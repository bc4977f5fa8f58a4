"""Kill a run at random moments and start it again, many times: the output must be byte-identical every time.

Then fill the disk under a run (a small tmpfs, which takes root's rights to mount), and damage its input.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
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


def ends(source: Path, output: Path, wanted: str, *, restart: bool = False) -> None:
    """Run once; it must end with an error that says so, and leave nothing under the output's name."""
    words = [sys.executable, "-m", "zhengyu", "tag", str(source), "-o", str(output), *(["--restart"] * restart)]
    ended = subprocess.run(words, capture_output=True, text=True)
    if ended.returncode != 2 or wanted not in ended.stderr or "Traceback" in ended.stderr or output.exists():
        raise SystemExit(f"expected an end with {wanted!r}, got code {ended.returncode}: {ended.stderr}")
    print("  " + ended.stderr.strip().splitlines()[-1])


def fill(source: Path, folder: Path) -> str:
    """Run onto a disk that is too small, make it larger, go on; return the output's digest, "" without such a disk."""
    disk = folder / "disk"
    disk.mkdir()
    small, large = (f"size={source.stat().st_size * times // 1024}k" for times in (1, 8))
    mount = ["mount", "-t", "tmpfs", "-o", small, "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        disk.rmdir()
        return ""
    try:
        ends(source, disk / "out.parquet", "could not be written")
        subprocess.run(["mount", "-o", f"remount,{large}", str(disk)], check=True)
        run(source, disk / "out.parquet", None)
        return digest(disk / "out.parquet")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def damage(source: Path, output: Path) -> str:
    """Run on a cut and on an overwritten input, then on the sound one again; return the output's digest."""
    sound = source.read_bytes()
    output.unlink(missing_ok=True)
    try:
        source.write_bytes(sound[: len(sound) * 3 // 5])
        ends(source, output, "get it anew")
        middle = len(sound) * 3 // 5
        source.write_bytes(sound[:middle] + b"\xff" * 5_000 + sound[middle + 5_000 :])
        ends(source, output, "damaged near row", restart=True)
    finally:
        source.write_bytes(sound)
    subprocess.run(
        [sys.executable, "-m", "zhengyu", "tag", str(source), "-o", str(output), "--quiet", "--restart"], check=True
    )
    return digest(output)


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
    filled, damaged = fill(source, folder), damage(source, output)
    print(f"full disk: {'identical bytes' if filled == wanted else 'other bytes' if filled else 'not tried, no tmpfs'}")
    print(f"damaged input: {'identical bytes' if damaged == wanted else 'other bytes'} once it was sound again")
    sys.exit(0 if same == killed and filled in (wanted, "") and damaged == wanted else 1)


if __name__ == "__main__":
    main()
