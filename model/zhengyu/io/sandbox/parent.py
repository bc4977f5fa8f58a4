"""Files read in a child process under a clock, one child for file after file, a new one after each that ends it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from zhengyu.io.blocks import unpack
from zhengyu.io.documents.document import Document, Recognised, Unread
from zhengyu.io.documents.read import read_document
from zhengyu.io.formats import BY_ENDING, MIB
from zhengyu.io.limits import check_archive
from zhengyu.io.sandbox.child import command, environment, request
from zhengyu.io.workbooks import Row
from zhengyu_corpus.errors import ZhengyuError

#: How long reading one document may take, and what memory its reader may have.
READ_SECONDS = 60.0
READ_BYTES = 3 * 1024**3
#: A workbook, which may hold a million rows, has as long for each so many bytes that it unpacks to.
SHEET_BYTES = 64 * MIB


@dataclass(slots=True)
class GuardedReader:
    """Read documents, those of the formats that are `sandboxed` in a child process, and in it the rows of workbooks.

    Attributes
    ----------
    seconds : float
        How long one document may take, or 64 MiB of an unpacked workbook.
    memory : int
        Bytes of memory that the child may have.
    """

    seconds: float = READ_SECONDS
    memory: int = READ_BYTES
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def document(self, data: bytes, name: str, ending: str, *, encoding: str | None = None) -> Document:
        """Read one document.

        Raises
        ------
        ZhengyuError
            It is not of its format, holds no text, took too long or too much memory, or crashed its reader.
        """
        if not BY_ENDING[ending].sandboxed:
            return read_document(data, name, ending, encoding=encoding)
        asked = request(data, name, ending, self.seconds, encoding)
        (answer,) = self._answers(asked, name, ending, self.seconds)
        return received(answer, name)

    def rows(self, data: bytes, name: str) -> Iterator[Row]:
        """Yield the rows of a workbook as the child reads them; see `zhengyu.io.workbooks.sheet_rows`.

        Raises
        ------
        ZhengyuError
            It is no workbook, took too long or too much memory, or crashed its reader.
        """
        seconds = self.seconds * (1 + check_archive(data, name, ".xlsx") // SHEET_BYTES)
        asked = request(data, name, ".xlsx", seconds, rows=True)
        for answer in self._answers(asked, name, ".xlsx", seconds):
            for number, packed in answer["rows"]:
                yield number, unpack(sound(packed))

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with contextlib.suppress(BrokenPipeError), child:  # closes its pipes and waits for it
                pass

    def _answers(self, asked: bytes, name: str, ending: str, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield what the child answers; only the time that it is waited for counts."""
        done, waited = False, 0.0
        try:
            while not done:
                start = time.monotonic()
                line, late = self._ask(asked, seconds - waited)
                waited += time.monotonic() - start
                if not line.endswith(b"\n"):
                    raise ZhengyuError(_ended(name, ending, seconds if late else None))
                answer: dict[str, Any] = json.loads(line)
                asked = b""
                if "error" in answer:
                    done = not answer["last"]
                    raise ZhengyuError(sound(answer["error"]))
                done = not answer.get("rows")
                yield answer
        finally:
            if not done:  # a child that was left in the midst of a file is no use for the next
                self.close()

    def _ask(self, asked: bytes, seconds: float) -> tuple[bytes, bool]:
        """Send what is asked, return the child's next line and whether the clock ended it."""
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - this Python and a module of ours
                command(self.memory), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment(),
            )  # fmt: skip
        child = self._child
        late = threading.Event()

        def end() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(max(0.0, seconds), end)
        clock.start()
        try:
            # A child that is gone breaks the pipe; the empty answer then says so.
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(asked)  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
            return child.stdout.readline(), late.is_set()  # type: ignore[union-attr]
        finally:
            clock.cancel()


def _ended(name: str, ending: str, seconds: float | None) -> str:
    """Say that a reader was late after so many seconds, or that it broke."""
    if seconds is not None:
        kind = "CSV" if ending == ".xlsx" else "text"
        return f"{name}: reading it took longer than {seconds:g} seconds; save it anew as {kind}"
    return (
        f"{name}: its reader gave up, as it does on a file that is damaged or made to harm; "
        f"expected a sound {ending} file, save it anew"
    )


def rows_apart(data: bytes, name: str) -> Iterator[Row]:
    """Yield the rows of a workbook that a child of its own reads."""
    with contextlib.closing(GuardedReader()) as reader:
        yield from reader.rows(data, name)


def received(answer: dict[str, Any], name: str) -> Document:
    """Return the document that a child answered with, under the name that results give it."""
    return Document(
        name,
        sound(answer["text"]),
        answer["encoding"],
        furniture=tuple((int(start), rule) for start, rule in answer["furniture"]),
        unread=tuple(Unread(int(one["place"]), sound(one["reason"])) for one in answer["unread"]),
        notes=tuple(map(sound, answer["notes"])),
        recognised=tuple(Recognised(one["start"], one["end"], one["confidence"]) for one in answer["recognised"]),
    )


def sound(text: str) -> str:
    """Return text without lone surrogates, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
