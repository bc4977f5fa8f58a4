"""One run of one program, measured with all its children."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

BETWEEN = """
import os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(status, time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


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
