"""Work in a thread of its own, for whoever has other things to do before its result is needed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def start(work: Callable[[], T], jobs: int) -> Callable[[], T]:
    """Start work, and return what waits for its result, or raises what it raised.

    Parameters
    ----------
    work : callable
        It must depend on nothing that is done meanwhile, so that the number of threads changes no number.
    jobs : int
        Threads that may be used; with one, the work is done where its result is asked for.
    """
    if jobs < 2:
        return work
    pool = ThreadPoolExecutor(1)
    waiting = pool.submit(work)
    pool.shutdown(wait=False)
    return waiting.result
