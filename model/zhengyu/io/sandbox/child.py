"""The child process that reads files: bytes in, texts out as JSON, under limits of its own.

A file from a stranger may be made to burst, to loop, or to crash its reader. It is read in a process that has nothing
to lose: bounded in memory and time, without the right to write files, and killed by its parent when it is late. A file
comes as one line of JSON (`request`) and its bytes; the answer is one line of JSON, for the rows of a workbook one line
for some of them at a time, the last without any. The command is
its parent through `zhengyu.io.sandbox.parent` and hands in file after file; the server starts a child for each upload.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from zhengyu_corpus.errors import ZhengyuError

#: Characters that come back at most; the server refuses a fraction of it, with a better message.
MAX_CHARS = 40_000_000
#: Rows, and characters of them, after which an answer with rows is full.
_ROWS, _ROW_CHARS = 1024, 1024 * 1024


def confine(memory: int) -> None:
    """Bound this process where the system knows how to: memory, files written."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and its own bounds remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """End this process by itself when the next file takes so much more processor time."""
    try:
        import resource
    except ImportError:
        return
    spent = resource.getrusage(resource.RUSAGE_SELF)
    most = int(spent.ru_utime + spent.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def request(data: bytes, name: str, ending: str, seconds: float, encoding: str | None = None, *,
            rows: bool = False) -> bytes:  # fmt: skip
    """Return what the child is sent for one file; `rows` asks for those of a workbook."""
    asked = {"name": name, "ending": ending, "encoding": encoding, "seconds": seconds, "size": len(data), "rows": rows}
    return json.dumps(asked).encode() + b"\n" + data


def environment() -> dict[str, str]:
    """Return the environment of a child: no secret of a server, no threads that would each reserve memory."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ZHENGYU_")}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def command(memory: int) -> list[str]:
    """Return the words that start a child with so many bytes of memory."""
    return [sys.executable, "-P", "-m", "zhengyu.io.sandbox.child", str(memory)]


def read(data: bytes, name: str, ending: str, encoding: str | None = None) -> dict[str, Any]:
    """Return what one file holds, as plain values.

    Returns
    -------
    dict
        ``kind`` (``document`` or ``table``), and the fields of a `zhengyu.io.documents.document.Document`, or
        ``encoding``, ``texts`` and ``set_aside`` (pairs of line and reason).

    Raises
    ------
    ZhengyuError
        The file cannot be used; the message says why.
    """
    from zhengyu.io.documents.read import read_document
    from zhengyu.io.formats import BY_ENDING

    if BY_ENDING[ending].kind == "document":
        document = read_document(data, name, ending, encoding=encoding)
        _bounded(document.text, name)
        return {"kind": "document", **asdict(document)}
    from zhengyu.io.inputs import Input
    from zhengyu.io.open_table import open_table, whole
    from zhengyu.io.workbooks import sheet_rows

    found = open_table(Input(name, ending), io.BytesIO(data), sheet=sheet_rows)
    _, texts, set_aside, encoding = whole(found, name)
    _bounded("".join(texts), name)
    aside = [(row.line, row.reason) for row in set_aside]
    return {"kind": "table", "encoding": encoding, "texts": texts, "set_aside": aside}


def _bounded(text: str, name: str) -> None:
    if len(text) > MAX_CHARS:
        raise ZhengyuError(f"{name}: holds {len(text):,} characters, at most {MAX_CHARS:,} are read; cut it up")


def _rows(data: bytes, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a workbook, some at a time, and none at the end."""
    from zhengyu.io.blocks import pack
    from zhengyu.io.workbooks import sheet_rows

    held: list[tuple[int, str]] = []
    size = 0
    for number, row in sheet_rows(data, name):
        held.append((number, pack(row)))
        size += len(held[-1][1])
        if len(held) == _ROWS or size > _ROW_CHARS:
            yield {"rows": held}
            held, size = [], 0
    if held:
        yield {"rows": held}
    yield {"rows": []}


def _answers(asked: dict[str, Any], data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the answers to one request; ``last`` says that the process ends with it."""
    name = asked["name"]
    try:
        if asked["rows"]:
            for answer in _rows(data, name):
                yield {**answer, "last": False}
        else:
            yield {**read(data, name, asked["ending"], asked["encoding"]), "last": False}
    except ZhengyuError as error:
        # What a file that burst left behind is not trusted with the next.
        yield {"error": str(error), "last": isinstance(error.__cause__, MemoryError | RecursionError)}
    except (MemoryError, RecursionError) as error:
        told = f"{name}: needs more memory than reading may take ({type(error).__name__}); cut it up"
        yield {"error": told, "last": True}


def main() -> None:
    """Answer requests from standard input until it ends, with as many bytes of memory as the argument says."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is no answer
    confine(int(sys.argv[1]))
    last = False
    while not last and (line := sys.stdin.buffer.readline()):
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked["size"])
        _allow(math.ceil(asked["seconds"]))
        for answer in _answers(asked, data):
            # Lone surrogates, which broken files hold, pass as escapes and are replaced on the other side.
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
            last = answer["last"]
    os._exit(0)  # nothing that a reader left behind may hold the process up


if __name__ == "__main__":
    main()
