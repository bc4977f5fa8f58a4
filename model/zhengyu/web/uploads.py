"""Uploaded files to texts: each is read in a child process that is killed when it is late."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from zhengyu.io.formats import find_format
from zhengyu.io.sandbox.child import command, environment, request
from zhengyu.io.sandbox.parent import received, sound
from zhengyu.web.batching import BusyError
from zhengyu.web.settings import Limits
from zhengyu_corpus.errors import ZhengyuError

_NAME_CHARS = 200
#: Files that may wait for a free reader, for each reader.
_QUEUE = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploaded file holds.

    Attributes
    ----------
    name : str
        The file's name without its folders.
    encoding : str
        The encoding found, ``""`` for formats that carry their own.
    text : str or None
        The text of a document; None for a table.
    texts : tuple of str
        The paragraphs of a table, one a row.
    set_aside : tuple of (int, str)
        Line and reason of the rows that could not be read; of a document, the page or part.
    furniture : mapping of int to str
        Offsets of a document's lines that are furniture by their place, and the name of the rule.
    notes : tuple of str
        What the user should know of the reading.
    """

    name: str
    encoding: str
    text: str | None
    texts: tuple[str, ...] = ()
    set_aside: tuple[tuple[int, str], ...] = ()
    furniture: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


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

    async def read(self, data: bytes, name: str) -> Upload:
        """Read one file.

        Raises
        ------
        ZhengyuError
            The file cannot be used: not of its format, too large inside, too slow.
        BusyError
            Too many files wait already.
        """
        bare, ending = plain_name(name)
        if self.under_way >= self.limits.readers * (1 + _QUEUE):
            raise BusyError
        self.under_way += 1
        try:
            async with self._free:
                output = await self._child(data, bare, ending)
        finally:
            self.under_way -= 1
        return _upload(output, bare, ending)

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


def _upload(output: bytes, name: str, ending: str) -> Upload:
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise ZhengyuError(
            f"{name}: its reader gave up, as it does on a file that is damaged or made to harm; "
            f"expected a sound {ending} file, save it anew"
        ) from error
    if "error" in answer:
        raise ZhengyuError(sound(answer["error"]))
    if answer["kind"] == "document":
        document = received(answer, name)
        aside = tuple((part.place, part.reason) for part in document.unread)
        return Upload(name, document.encoding, document.text, (), aside, dict(document.furniture), document.notes)
    aside = tuple((int(line), sound(reason)) for line, reason in answer["set_aside"])
    return Upload(name, answer["encoding"], None, tuple(map(sound, answer["texts"])), aside)
