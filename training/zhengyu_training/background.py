"""Work in a thread of its own, for whoever has other things to do before its result is needed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from joblib import effective_n_jobs

T = TypeVar("T")


def start(work: Callable[[], T], jobs: int) -> Callable[[], T]:
    """Start work in a thread that ends with the process, whether the work is done or not.

    Parameters
    ----------
    work : callable
        It must depend on nothing that is done meanwhile, so that the number of threads changes no number.
    jobs : int
        Threads that may be used, counted as joblib counts them: -1 is one a core. With one, the work is done where its
        result is asked for.

    Returns
    -------
    callable
        Waits for the result of the work and returns it, or raises what the work raised.

    Raises
    ------
    ValueError
        No threads, 0, may be used.
    """
    threads: Any = effective_n_jobs(jobs)
    if threads < 2:
        return work
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # whoever waits for the result must get this instead, or would wait for ever
            future.set_exception(error)
        else:
            future.set_result(result)

    # A pool's threads would be waited for when the interpreter exits, so that a training that failed would not end.
    Thread(target=run, daemon=True).start()
    return future.result
