"""The child process that reads one uploaded file: bytes in, texts out as JSON, under limits of its own.

A file from a stranger may be made to burst, to loop, or to crash its reader. It is read in a process that has nothing
to lose: bounded in memory, time and open files, without the right to write any, and killed when it is late.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

from zhengyu_corpus.errors import ZhengyuError

#: Characters that come back at most; the server refuses a fraction of it, with a better message.
MAX_CHARS = 40_000_000


def confine(memory: int, seconds: int) -> None:
    """Bound this process where the system knows how to: memory, processor time, files written."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and its own bounds remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(data: bytes, name: str, ending: str) -> dict[str, Any]:
    """Return what one file holds, as plain values.

    Returns
    -------
    dict
        ``kind`` (``document`` or ``table``), ``encoding``, and ``text``, or ``texts`` with ``set_aside`` (pairs of
        line and reason).

    Raises
    ------
    ZhengyuError
        The file cannot be used; the message says why.
    """
    from zhengyu.batch.documents import DOCUMENT_READERS, read_document

    if ending in DOCUMENT_READERS:
        document = read_document(data, name, ending)
        return {"kind": "document", "encoding": document.encoding, "text": _bounded(document.text, name)}
    from zhengyu.batch.inputs import Input
    from zhengyu.batch.opening import read_table

    _, texts, set_aside, encoding = read_table(Input(name, ending), io.BytesIO(data))
    _bounded("".join(texts), name)
    aside = [(row.line, row.reason) for row in set_aside]
    return {"kind": "table", "encoding": encoding, "texts": texts, "set_aside": aside}


def _bounded(text: str, name: str) -> str:
    if len(text) > MAX_CHARS:
        raise ZhengyuError(f"{name}: holds {len(text):,} characters, at most {MAX_CHARS:,} are read; cut it up")
    return text


def main() -> None:
    """Read standard input as the file that the arguments name (name, ending, bytes of memory, seconds)."""
    name, ending, memory, seconds = sys.argv[1:]
    data = sys.stdin.buffer.read()
    confine(int(memory), int(seconds))
    try:
        answer = read(data, name, ending)
    except ZhengyuError as error:
        answer = {"error": str(error)}
    except (MemoryError, RecursionError) as error:
        answer = {"error": f"{name}: needs more memory than reading may take ({type(error).__name__}); cut it up"}
    # Lone surrogates, which broken files hold, pass as escapes and are replaced on the other side.
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # nothing that a reader left behind may hold the process up


if __name__ == "__main__":
    main()
