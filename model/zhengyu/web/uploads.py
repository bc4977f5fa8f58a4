"""Uploaded files to texts: each is read in a child process that is killed when it is late."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import PurePosixPath

from zhengyu.io.formats import find_format
from zhengyu.io.sandbox.child import command, environment, request
from zhengyu.web.settings import Limits
from zhengyu.web.workers import BusyError
from zhengyu_corpus.errors import ZhengyuError

_NAME_CHARS = 200
#: Files that may wait for a free reader, for each reader.
_QUEUE = 4


def plain_name(name: str) -> tuple[str, str]:
    """Return a file's bare name and its ending.

    Raises
    ------
    ZhengyuError
        The ending is none that is taken.
    """
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(char if char.isprintable() else "_" for char in bare)[-_NAME_CHARS:]
    find_format(bare or "file")
    return bare, PurePosixPath(bare).suffix.lower()


class Reader:
    """Read uploaded files, a few at a time.

    Parameters
    ----------
    limits : Limits
        Bounds on memory, time and how many files wait.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.under_way = 0
        self._free = asyncio.Semaphore(limits.readers)

    async def read(self, data: bytes, name: str) -> tuple[bytes, str]:
        """Read one file; return its reader's answer, as `zhengyu.web.work.read_answer` takes it, and its bare name.

        Raises
        ------
        ZhengyuError
            Its ending is unknown, or reading it took too long.
        BusyError
            Too many files wait already.
        """
        bare, ending = plain_name(name)
        if self.under_way >= self.limits.readers * (1 + _QUEUE):
            raise BusyError
        self.under_way += 1
        try:
            async with self._free:
                return await self._child(data, bare, ending), bare
        finally:
            self.under_way -= 1

    async def _child(self, data: bytes, name: str, ending: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *command(self.limits.read_bytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
        )  # fmt: skip
        try:
            asked = request(data, name, ending, self.limits.read_seconds)
            output, _ = await asyncio.wait_for(process.communicate(asked), self.limits.read_seconds)
        except TimeoutError as error:
            raise ZhengyuError(
                f"{name}: reading it took longer than {self.limits.read_seconds:g} seconds; "
                "cut it up, or use the command zhengyu tag"
            ) from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return output
