"""Work beside other work: its result or its error comes to whoever waits, and nobody has to wait for it."""

from __future__ import annotations

import subprocess
import sys
import threading

import joblib
import pytest

from zhengyu_training import background

#: Seconds after which a process that should end at once is taken to hang.
_HANGS = 60


def test_work_is_done_beside_what_goes_on() -> None:
    begin, done = threading.Event(), threading.Event()

    def work() -> int:
        assert begin.wait(_HANGS)
        done.set()
        return 42

    result = background.start(work, 2)
    begin.set()  # start came back although the work was not done
    assert done.wait(_HANGS)  # it is done although nobody has asked for its result
    assert result() == result() == 42


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_work_raises_is_passed_on(jobs: int) -> None:
    def work() -> None:
        raise LookupError("no such slogan")

    result = background.start(work, jobs)
    with pytest.raises(LookupError, match="no such slogan"):
        result()


@pytest.mark.parametrize(("jobs", "beside"), [(1, False), (2, True), (-1, joblib.cpu_count() > 1)])
def test_with_one_thread_the_work_waits_until_it_is_asked_for(jobs: int, beside: bool) -> None:
    result = background.start(threading.get_ident, jobs)
    assert (result() != threading.get_ident()) is beside


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="n_jobs == 0"):
        background.start(threading.get_ident, 0)


def test_a_process_that_fails_does_not_wait_for_the_work() -> None:
    script = (
        "import threading\nfrom zhengyu_training import background\n"
        f"background.start(lambda: threading.Event().wait({2 * _HANGS}), 2)\nraise SystemExit(3)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=_HANGS, check=False).returncode == 3
