"""Documents read in a child process under a clock, one child for file after file, a new one after each that ends it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from dataclasses import dataclass, field
from typing import Any

from zhengyu.batch.confined import command, environment, request
from zhengyu.batch.documents import Document, read_document
from zhengyu_corpus.errors import ZhengyuError

#: Formats whose readers are large libraries and can be made to burst, loop or crash; plain text is only decoded.
GUARDED = (".html", ".htm", ".docx", ".pdf")
#: How long reading one document may take, and what memory its reader may have.
READ_SECONDS = 60.0
READ_BYTES = 3 * 1024**3


@dataclass(slots=True)
class DocumentReader:
    """Read documents; those of the formats in `GUARDED` in a child process.

    Attributes
    ----------
    seconds : float
        How long one document may take.
    memory : int
        Bytes of memory that the child may have.
    """

    seconds: float = READ_SECONDS
    memory: int = READ_BYTES
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def read(self, data: bytes, name: str, ending: str, *, encoding: str | None = None) -> Document:
        """Read one document.

        Raises
        ------
        ZhengyuError
            It is not of its format, holds no text, took too long or too much memory, or crashed its reader.
        """
        if ending not in GUARDED:
            return read_document(data, name, ending, encoding=encoding)
        answer = self._ask(request(data, name, ending, self.seconds, encoding), name, ending)
        if "error" in answer:
            raise ZhengyuError(sound(answer["error"]))
        return Document(name, sound(answer["text"]), answer["encoding"])

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with contextlib.suppress(BrokenPipeError), child:  # closes its pipes and waits for it
                pass

    def _ask(self, asked: bytes, name: str, ending: str) -> dict[str, Any]:
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

        clock = threading.Timer(self.seconds, end)
        clock.start()
        line = b""
        try:
            # A child that is gone breaks the pipe; the empty answer then says so.
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(asked)  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
            line = child.stdout.readline()  # type: ignore[union-attr]
        finally:
            clock.cancel()
            if not line.endswith(b"\n"):
                self.close()
        if not line.endswith(b"\n"):
            if late.is_set():
                raise ZhengyuError(
                    f"{name}: reading it took longer than {self.seconds:g} seconds; save it anew as text"
                )
            raise ZhengyuError(
                f"{name}: its reader gave up, as it does on a file that is damaged or made to harm; "
                f"expected a sound {ending} file, save it anew"
            )
        answer: dict[str, Any] = json.loads(line)
        if answer["last"]:
            self.close()
        return answer


def sound(text: str) -> str:
    """Return text without lone surrogates, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
