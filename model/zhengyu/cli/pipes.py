"""Standard output that cannot take what is printed: its reader left early, its device is full, it knows no Chinese."""

from __future__ import annotations

import codecs
import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO

#: What a shell reports of a program that SIGPIPE (13) ended.
PIPE_CLOSED = 128 + 13


@contextmanager
def quiet_pipes() -> Generator[None, None, None]:
    """Exit with `PIPE_CLOSED` and without a word where nobody reads standard output or error any more.

    A pipe of another kind that breaks, such as one to a process of ours, is an error like any other. Where standard
    output cannot be written for another reason, such as a full device, the exit code is 2. Characters that a terminal's
    encoding does not have are printed as their escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors="backslashreplace")
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
    except OSError as error:
        if error.filename is not None or not _fails(sys.stdout):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(
            f"zhengyu: standard output cannot be written: {error.strerror}; make room, or write to a file of another "
            "device",
            file=sys.stderr,
        )
        sys.exit(2)


def _fails(stream: TextIO) -> bool:
    """Tell whether a stream still takes nothing: what could not be written is no longer held by it."""
    try:
        place = stream.fileno()
    except (OSError, ValueError):  # no file behind it
        return False
    try:
        stream.flush()
        os.write(place, b"\n")
    except (OSError, ValueError):
        return True
    return False


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
