"""A reader of the output that leaves early, such as ``head``: the command ends quietly, as other Unix tools do."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

#: What a shell reports of a program that SIGPIPE (13) ended.
PIPE_CLOSED = 128 + 13


@contextmanager
def quiet_pipes() -> Generator[None, None, None]:
    """Exit with `PIPE_CLOSED` and without a word where nobody reads standard output or error any more.

    A pipe of another kind that breaks, such as one to a process of ours, is an error like any other.
    """
    try:
        try:
            yield
        finally:  # while it can still be told, rather than when the interpreter ends
            sys.stdout.flush()
    except BrokenPipeError:
        closed = [stream for stream in (sys.stdout, sys.stderr) if _is_closed(stream)]
        if not closed:
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in closed:  # for what the interpreter flushes when it ends
            os.dup2(nowhere, stream.fileno())
        sys.exit(PIPE_CLOSED)


def _is_closed(stream: TextIO) -> bool:
    """Tell whether a stream has no reader any more."""
    try:
        stream.flush()
        if not hasattr(select, "poll"):  # Windows
            return False
        poll = select.poll()
        poll.register(stream.fileno(), 0)  # errors are told unasked
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except BrokenPipeError:
        return True
    except (OSError, ValueError):  # no file behind it
        return False
