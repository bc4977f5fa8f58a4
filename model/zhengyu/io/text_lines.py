"""Text files as streams of lines, whatever their encoding; bytes that are not valid in it are marked, never fatal."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from zhengyu.io.inputs import Input
from zhengyu_corpus.encoding import SAMPLE_BYTES, find_encoding
from zhengyu_corpus.errors import ZhengyuError

#: Characters of a row that its set-aside entry shows.
SHOWN = 2000
#: Bytes read at a time: so many before the place of a damage may be lost.
_PIECE = 1 << 16
#: What reading a damaged file raises, by its compression and its store.
_DAMAGE = (OSError, EOFError, zlib.error, pa.ArrowException)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for every byte that is not valid, so that its row is known."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("zhengyu-mark", _mark)


def marked(text: str) -> bool:
    """Tell whether `text` holds bytes that were not valid, or half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def shown_text(text: str) -> str:
    """Return the beginning of a row as it can be written."""
    return text[:SHOWN].encode("utf-8", "replace").decode()


def decoded_lines(source: Input, stream: BinaryIO, encoding: str | None) -> tuple[io.TextIOWrapper, str]:
    """Return the lines of a text file, bytes that are not valid marked, and the name of its encoding.

    Raises
    ------
    ZhengyuError
        The encoding is unknown or not recognised, or the file is damaged at its beginning.
    """
    buffered: Any = stream
    head = b""
    try:
        while len(head) <= SAMPLE_BYTES and (more := buffered.read(min(_PIECE, SAMPLE_BYTES + 1 - len(head)))):
            head += more
        name = encoding or ("utf-8" if _mostly_utf8(head) else find_encoding(head))
        codecs.lookup(name)
    except LookupError as error:
        raise ZhengyuError(f"{source.name}: {error}; name an encoding that Python knows, such as gb18030") from error
    except _DAMAGE as error:
        raise _damaged(source, head.count(b"\n") + 1, error) from error
    except ZhengyuError as error:
        raise ZhengyuError(f"{source.name}: {error}") from error
    whole: Any = io.BufferedReader(_Chained(head, buffered), 1 << 20)
    return io.TextIOWrapper(whole, encoding=name, errors="zhengyu-mark", newline=""), name


def sound_lines(source: Input, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a file; where it is damaged, or cut short, say near which line.

    Raises
    ------
    ZhengyuError
        It is damaged.
    """
    number = 0
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007
            yield line
    except _DAMAGE as error:
        raise _damaged(source, number + 1, error) from error


def _damaged(source: Input, line: int, error: Exception) -> ZhengyuError:
    return ZhengyuError(f"{source.name}: damaged near line {line:,}: {error}; get the file anew")


def _mostly_utf8(head: bytes) -> bool:
    """Tell a UTF-8 file with some bad lines: of the lines beyond ASCII, nine in ten are valid."""
    lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    sound = 0
    for line in lines:
        try:
            line.decode()
            sound += 1
        except UnicodeDecodeError:
            continue
    return 0.9 * len(lines) <= sound < len(lines) and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


class _Chained(io.RawIOBase):
    """The first bytes of a stream, already read, and then the rest of it."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._head[: len(buffer)] if len(self._head) else self._rest.read(min(len(buffer), _PIECE))
        buffer[: len(got)] = got
        self._head = self._head[len(got) :]
        return len(got)
