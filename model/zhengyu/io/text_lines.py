"""Text files as streams of lines, whatever their encoding; bytes that are not valid in it are marked, never fatal."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from zhengyu.io.inputs import Input
from zhengyu_corpus.encoding import SAMPLE_BYTES, codec_name, find_encoding
from zhengyu_corpus.errors import ZhengyuError

#: Characters of a row that its set-aside entry shows.
SHOWN = 2000
#: Characters of a line; a file that holds a longer one is no table, and reading on would fill the memory.
MAX_LINE = 20_000_000
#: Bytes read at a time: so many before the place of a damage may be lost.
_PIECE = 1 << 16
#: What reading a damaged file raises, by its compression and its store.
_DAMAGE = (OSError, EOFError, zlib.error, pa.ArrowException)


def shown_text(text: str) -> str:
    """Return the beginning of a row as it can be written."""
    return text[:SHOWN].encode("utf-8", "replace").decode()


def decoded_lines(
    source: Input, stream: BinaryIO, encoding: str | None, *, old_ends: bool = False
) -> tuple[Iterator[str], str]:
    r"""Return the lines of a text file with their ends, bytes that are not valid marked, and its encoding's name.

    A line ends at ``\n`` alone: other characters that end lines somewhere (``\r``, U+0085, U+2028) may stand in a text.

    Parameters
    ----------
    source : Input
        The file.
    stream : binary file
        Its decompressed bytes.
    encoding : str or None
        The encoding; found when None.
    old_ends : bool, default=False
        Whether a file that begins without any ``\n`` has lines that end at ``\r``.

    Raises
    ------
    ZhengyuError
        The encoding is unknown or not recognised, the file is damaged, or a line is longer than `MAX_LINE`; the last
        two also while lines are taken.
    """
    buffered: Any = stream
    head = b""
    try:
        while len(head) <= SAMPLE_BYTES and (more := buffered.read(min(_PIECE, SAMPLE_BYTES + 1 - len(head)))):
            head += more
        name = codec_name(encoding) if encoding else find_encoding(head)
    except _DAMAGE as error:
        raise _damaged(source, head.count(b"\n") + 1, error) from error
    except ZhengyuError as error:
        raise ZhengyuError(f"{source.name}: {error}") from error
    decoder = codecs.getincrementaldecoder(name)("zhengyu-mark")
    first = decoder.decode(head).lstrip("\ufeff")  # programs that add a mark to a file that has one leave two
    end = "\r" if old_ends and "\n" not in first and "\r" in first else "\n"

    def texts() -> Iterator[str]:
        yield first
        while more := buffered.read(_PIECE):
            yield decoder.decode(more)
        yield decoder.decode(b"", final=True)

    return _sound_lines(source, _cut(source, texts(), end)), name


def _cut(source: Input, texts: Iterable[str], end: str) -> Iterator[str]:
    """Yield lines with their ends; one that does not end is given up before it fills the memory."""
    held: list[str] = []
    size = number = 0
    for text in texts:
        first, *rest = text.split(end)
        held.append(first)
        size += len(first)
        if size > MAX_LINE:
            raise ZhengyuError(
                f"{source.name}: line {number + 1:,} is longer than {MAX_LINE:,} characters; expected a table with one "
                "row a line, look at what the file is"
            )
        if rest:
            yield "".join(held) + end
            for line in rest[:-1]:
                yield line + end
            number += len(rest)
            held, size = [rest[-1]], len(rest[-1])
    if last := "".join(held):
        yield last


def _sound_lines(source: Input, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a file; where it is damaged, or cut short, say near which line."""
    number = 0
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007
            yield line
    except _DAMAGE as error:
        raise _damaged(source, number + 1, error) from error


def _damaged(source: Input, line: int, error: Exception) -> ZhengyuError:
    return ZhengyuError(f"{source.name}: damaged near line {line:,}: {error}; get the file anew")
