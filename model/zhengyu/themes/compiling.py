"""Whether the machine code of the compiled loops is at hand, and how it is made ahead of need, in processes of its own.

numba compiles a loop when it is first called and keeps the machine code; a stamp in the user's cache folder tells that
this is done, so that nobody must import numba to know.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from zhengyu_corpus.cache import cache_file

#: What is compiled apart: scores of themes, the words behind them, and slogans.
PARTS = ("themes", "evidence", "slogans")
#: Set to ``never``, keeps commands from compiling in the background.
VARIABLE = "ZHENGYU_COMPILE"


def missing(parts: Iterable[str] = PARTS) -> tuple[str, ...]:
    """Return the parts that are not compiled yet; none where they cannot be, or where nothing can be kept."""
    if importlib.util.find_spec("numba") is None or (stamp := _stamp()) is None:
        return ()
    return tuple(part for part in parts if not stamp.with_suffix(f".{part}").is_file())


def mark(part: str) -> None:
    """Note that a part is compiled."""
    if (stamp := _stamp()) is not None:
        with suppress(OSError):
            stamp.with_suffix(f".{part}").touch()


def compile_parts(parts: Iterable[str] = PARTS) -> tuple[str, ...]:
    """Compile the parts that are missing, each in a process of its own, side by side, and wait for them.

    A part that another process is compiling is waited for. One that cannot be compiled apart is compiled where it is
    used, which says what is wrong.

    Returns
    -------
    tuple of str
        The parts that were missing.
    """
    wanted = missing(parts)
    for child in [_start([part]) for part in wanted]:
        child.wait()
    return wanted


def compile_behind() -> bool:
    """Start to compile what is missing in the background, at the lowest priority; tell whether it was begun.

    The process outlives this one. It is not started where another is at it, nor where `VARIABLE` forbids it.
    """
    wanted = () if os.environ.get(VARIABLE) == "never" else missing()
    if not wanted or any(map(_busy, wanted)):
        return False
    _start(list(wanted), behind=True)
    return True


def compile_here(part: str, work: Callable[[], object], *, wait: bool) -> None:
    """Do what compiles a part, unless that was done; while another process is at it, wait, or leave it to that one."""
    from filelock import FileLock, Timeout

    stamp = _stamp()
    if stamp is None:
        return
    with suppress(Timeout), FileLock(stamp.with_suffix(f".{part}.lock"), timeout=-1 if wait else 0):
        if missing([part]):
            work()
            mark(part)


def file_states(paths: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return path, size and time of change of files, by which a change of one is seen."""
    return [(str(path), (found := path.stat()).st_size, found.st_mtime_ns) for path in sorted(paths)]


def _busy(part: str) -> bool:
    """Tell whether a process is compiling a part."""
    from filelock import FileLock, Timeout

    stamp = _stamp()
    try:
        if stamp is not None:
            FileLock(stamp.with_suffix(f".{part}.lock"), timeout=0).acquire().lock.release()
    except Timeout:
        return True
    return False


def _start(parts: list[str], *, behind: bool = False) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "zhengyu.compiled", *(["--behind"] if behind else []), *parts]
    quiet = subprocess.DEVNULL
    detached = getattr(subprocess, "DETACHED_PROCESS", 0) if behind else 0
    return subprocess.Popen(  # noqa: S603 - our own interpreter and words
        words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=behind, creationflags=detached
    )


def _stamp() -> Path | None:
    """Return the stamp's path without the part: another one after a change of code, numba, Python or machine."""
    numba = importlib.util.find_spec("numba")
    here = Path(__file__).parent.parent
    sources = [path for room in ("compiled", "slogans", "themes") for path in here.joinpath(room).rglob("*.py")]
    if numba is not None and numba.origin is not None:
        sources.append(Path(numba.origin))
    return cache_file(
        "compiled", "", file_states(sources), sys.version, platform.machine(), os.environ.get("NUMBA_CACHE_DIR")
    )
