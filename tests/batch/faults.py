"""Fail every file call of a run, one at a time, as SQLite's tests do: each ends in a whole output or a clear error.

``python tests/batch/faults.py`` tries them all and counts the outcomes; `tests.batch.test_faults` tries some. Linux and
a C compiler are needed. After each fault the same command runs again, and must give the bytes of an undisturbed run.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

KINDS = ("open", "read", "write", "fsync", "rename", "unlink")
ERRORS = {"open": errno.EACCES, "read": errno.EIO, "write": errno.ENOSPC, "fsync": errno.EIO, "rename": errno.EIO,
          "unlink": errno.EACCES}  # fmt: skip
FIELD = "全县新建高标准农田三万亩。"


def build(folder: Path) -> Path | None:
    """Compile the library that fails calls; None where there is no compiler or no Linux."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    made = folder / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-w", "-o", made, source, "-ldl"], check=True)
    return made


def start(library: Path, endings: list[str], step: int) -> dict[str, int]:
    """Run this file's own `main` with the library loaded; return outcome and how often it came."""
    environment = {**os.environ, "LD_PRELOAD": str(library), "ZHENGYU_FAULTS": str(library)}
    words = [sys.executable, __file__, "--step", str(step), *endings]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-4000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def outcomes(library: str, ending: str, step: int) -> Counter[str]:
    """Fail each `step`-th call of each kind in a run to an output of one format."""
    from zhengyu.batch.runner import tag_inputs
    from zhengyu.batch.side_tables import slogan_side
    from zhengyu.io import tables
    from zhengyu.tagger import load
    from zhengyu_corpus.errors import ZhengyuError

    faults = ctypes.CDLL(library)
    tagger = load()
    tables.BLOCK_ROWS = 20
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "in.csv"
        source.write_text("id,text\n" + "".join(f"{i},{FIELD}\n" for i in range(50)) + "one,too,many\n", "utf-8")
        output, side = folder / f"o{ending}", folder / "s.csv"
        files = (output, side, folder / f"o{ending}.set-aside.csv")

        def run() -> None:
            tag_inputs(tagger, [str(source)], output=output, sides=[slogan_side(tagger, side)], compiled=False, jobs=1)

        faults.faults_set(b"", -1, 0, 0)
        run()
        wanted = [path.read_bytes() for path in files]
        faults.faults_set(name.encode(), -1, 0, 0)
        run()
        calls = [faults.faults_seen(kind) for kind in range(len(KINDS))]
        for number, kind in enumerate(KINDS):
            for nth in range(1, calls[number] + 1, step):
                for older in (False, True):
                    for path in files:
                        path.unlink(missing_ok=True)
                        if older:
                            path.write_bytes(b"\xef\xbb\xbffile,line,reason,content\n")
                    faults.faults_set(name.encode(), number, nth, ERRORS[kind])
                    try:
                        run()
                        outcome = "whole"
                    except ZhengyuError as error:
                        outcome = "told"
                        assert any(word in str(error) for word in ("o" + ending, "in.csv", "s.csv")), str(error)
                    finally:
                        faults.faults_set(b"", -1, 0, 0)
                    for path, data in zip(files, wanted, strict=True):
                        found = path.read_bytes() if path.exists() else b""
                        kept = b"\xef\xbb\xbffile,line,reason,content\n" if older else b""
                        allowed = [data] if outcome == "whole" else [data, kept]
                        assert found in allowed, (kind, nth, older, path.name, len(found))
                    run()
                    assert [path.read_bytes() for path in files] == wanted, (kind, nth, older)
                    left = sorted(path.name for path in folder.iterdir())
                    assert left == sorted(["in.csv", *(path.name for path in files)]), (kind, nth, left)
                    counted[f"{kind}: {outcome}"] += 1
    return counted


def main() -> None:
    """Try the formats that are named, all of them when none is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endings", nargs="*", default=[])
    parser.add_argument("--step", type=int, default=1)
    options = parser.parse_args()
    endings = options.endings or [".csv", ".jsonl.gz", ".parquet", ".xlsx"]
    library = os.environ.get("ZHENGYU_FAULTS")
    if library is None:
        with tempfile.TemporaryDirectory() as folder:
            made = build(Path(folder))
            if made is None:
                raise SystemExit("a C compiler and Linux are needed")
            for ending in endings:
                print(ending, start(made, [ending], options.step), flush=True)
        return
    counted: Counter[str] = Counter()
    for ending in endings:
        counted += outcomes(library, ending, options.step)
    print(json.dumps(counted))


if __name__ == "__main__":
    main()
