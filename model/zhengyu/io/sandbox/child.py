"""The child process that reads files: bytes in, texts out as JSON, under limits of its own.

A file from a stranger may be made to burst, to loop, or to crash its reader. It is read in a process that has nothing
to lose: bounded in memory and time, without the right to write files, and killed by its parent when it is late. A file
comes as one line of JSON (`request`) and its bytes; the answer is one line of JSON, for the rows of a workbook one line
for some of them at a time, the last without any, for an archive one for each file in it and one without. Several files
may be handed in at once (`together`). The command is its parent through `zhengyu.io.sandbox.parent` and hands in file
after file; the server starts a child for each upload.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, replace
from typing import TYPE_CHECKING, Any

from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.documents.document import Document

#: Characters that come back at most; the server refuses a fraction of it, with a better message.
MAX_CHARS = 40_000_000
#: Rows, and characters of them, after which an answer with rows is full.
_ROWS, _ROW_CHARS = 1024, 1024 * 1024


#: Variables that a child gets: where Python, its modules and libraries are, the language, and temporary files.
_KEPT = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG",
    "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SystemRoot", "WINDIR", "COMSPEC", "PATHEXT",
)  # fmt: skip


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
            rows: dict[str, Any] | None = None, members: bool = False, page: int | None = None,
            recognised: dict[int, list[list[Any]]] | None = None, split: str = "") -> bytes:  # fmt: skip
    """Return what the child is sent for one file.

    `rows` asks for rows of such a layout, `members` for the files in it, `page` for what OCR reads on one page of a
    PDF; `recognised` brings what was read so, page by page, to the reading of the whole document; `split` (``plain``
    or ``facts``) asks for the paragraphs of a document, its signature and perhaps its facts beside its text.
    """
    asked = {
        "name": name, "ending": ending, "encoding": encoding, "seconds": seconds, "size": len(data), "rows": rows,
        "members": members, "page": page, "recognised": recognised, "split": split,
    }  # fmt: skip
    return json.dumps(asked).encode() + b"\n" + data


def together(requests: Sequence[bytes]) -> bytes:
    """Return what the child is sent for several files, all of which it takes before it answers the first."""
    return json.dumps({"together": len(requests)}).encode() + b"\n" + b"".join(requests)


def environment() -> dict[str, str]:
    """Return the environment of a child: what Python itself needs and no more, for the rest may be secrets.

    No threads either, which would each reserve memory, and no reports of onnxruntime to its makers.
    """
    kept = {key: value for key, value in os.environ.items() if key in _KEPT or key.startswith("LC_")}
    return {
        **kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system",
        "ORT_DISABLE_TELEMETRY": "1",
    }  # fmt: skip


def command(memory: int) -> list[str]:
    """Return the words that start a child with so many bytes of memory."""
    return [sys.executable, "-P", "-m", "zhengyu.io.sandbox.child", str(memory)]


def read(data: bytes, name: str, ending: str, encoding: str | None = None) -> dict[str, Any]:
    """Return what one file holds, as plain values.

    Returns
    -------
    dict
        ``kind`` (``document`` or ``table``), and the fields of a `zhengyu.io.documents.document.Document`, or
        ``encoding``, ``texts``, ``columns`` (of a sample to check all, of another table its documents), ``notes`` and
        ``set_aside`` (pairs of line and reason).

    Raises
    ------
    ZhengyuError
        The file cannot be used; the message says why.
    """
    from zhengyu.io.content import content_ending, said
    from zhengyu.io.documents.read import read_document
    from zhengyu.io.formats import BY_ENDING, remedy

    named, ending = ending, content_ending(data, ending, name)
    if BY_ENDING[ending].kind == "refused":
        raise ZhengyuError(f"{name}: {remedy(ending)}")
    if BY_ENDING[ending].kind in ("document", "archive"):
        if BY_ENDING[ending].kind == "archive":
            document = _together(data, name, ending, encoding)
        else:
            document = read_document(data, name, ending, encoding=encoding)
        _bounded(document.text, name)
        notes = (*((said(named, ending),) if named != ending else ()), *document.notes)
        return {"kind": "document", **asdict(document), "notes": notes}
    from zhengyu.io.blocks import records
    from zhengyu.io.inputs import Input
    from zhengyu.io.open_table import open_table, whole
    from zhengyu.io.workbooks import open_sheet

    found = open_table(Input(name, ending), io.BytesIO(data), sheet=open_sheet)
    parts, texts, set_aside, reading = whole(found, name)
    _bounded("".join(texts), name)
    columns = _columns([row for part in parts for row in records(part)])
    _bounded("".join(str(cell) for cells in columns.values() for cell in cells), name)
    aside = [(row.line, row.reason) for row in set_aside]
    return {
        "kind": "table", "encoding": reading.encoding, "texts": texts, "columns": columns, "set_aside": aside,
        "notes": (*((said(named, ending),) if named != ending else ()), *reading.notes),
    }  # fmt: skip


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str | list[str]]]:
    """Return the cells that are kept of a table's rows, as texts or lists of texts."""
    from zhengyu.io.columns import INCLUSION
    from zhengyu_corpus.columns import first_of
    from zhengyu_corpus.label_cells import plain_text

    names = list(dict.fromkeys(name for row in rows for name in row))
    document = first_of(names, "doc")
    kept = names if INCLUSION in names else [document] if document is not None else []

    def cell(value: Any) -> str | list[str]:
        return [plain_text(one) for one in value] if isinstance(value, list) else plain_text(value)

    return {name: [cell(row.get(name)) for row in rows] for name in kept}


def _together(data: bytes, name: str, ending: str, encoding: str | None) -> Document:
    """Return the documents of an archive or of mail as one text, each of several under its name, which is furniture.

    What is no document is named.
    """
    from zhengyu.io.archives import members
    from zhengyu.io.documents.document import Document, Unread
    from zhengyu.io.documents.read import read_document
    from zhengyu.io.formats import BY_ENDING

    found: list[Document] = []
    unread: list[Unread] = []
    for number, member in enumerate(members(data, name, ending), 1):
        if not member.ending:
            unread.append(Unread(number, f"{member.name}: {member.note}"))
        elif BY_ENDING[member.ending].kind == "table":
            unread.append(Unread(number, f"{member.name}: a table within an archive; give it by itself"))
        else:
            try:
                found.append(read_document(member.data, member.name, member.ending, encoding=encoding))
            except ZhengyuError as error:
                unread.append(Unread(number, str(error)))
            _bounded("".join(one.text for one in found), name)
    if len(found) == 1:
        return replace(found[0], name=name, unread=(*found[0].unread, *unread))
    text, furniture = "", []
    for one in found:
        furniture.append((len(text), "file name"))
        text += f"{one.name}\n"
        furniture += [(len(text) + start, rule) for start, rule in one.furniture]
        text += f"{one.text}\n"
        unread += [Unread(part.place, f"{one.name}: {part.reason}") for part in one.unread]
    return Document(name, text, "", furniture=tuple(furniture), unread=tuple(unread))


def _members(data: bytes, name: str, ending: str) -> Iterator[dict[str, Any]]:
    """Yield the files in an archive one by one, and none at the end."""
    from zhengyu.io.archives import members

    for member in members(data, name, ending):
        yield {**asdict(member), "data": b64encode(member.data).decode("ascii")}
    yield {"name": ""}


def _bounded(text: str, name: str) -> None:
    if len(text) > MAX_CHARS:
        raise ZhengyuError(f"{name}: holds {len(text):,} characters, at most {MAX_CHARS:,} are read; cut it up")


def _rows(data: bytes, name: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a workbook, some at a time, and none at the end; how it is read goes with the first."""
    from zhengyu.io.blocks import pack
    from zhengyu.io.layout import TableOptions
    from zhengyu.io.workbooks import open_sheet

    sheet = open_sheet(data, name, TableOptions(**options))
    told: dict[str, Any] = {"reading": asdict(sheet.reading), "columns": sheet.columns}
    held: list[tuple[int, str]] = []
    size = 0
    for number, row in sheet.rows:
        held.append((number, pack(row)))
        size += len(held[-1][1])
        if len(held) == _ROWS or size > _ROW_CHARS:
            yield {**told, "rows": held}
            held, size, told = [], 0, {}
    if held:
        yield {**told, "rows": held}
        told = {}
    yield {**told, "rows": []}


def _document(asked: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Return the answer to one request for a document, a table, or a page that OCR reads."""
    name, ending = asked["name"], asked["ending"]
    if asked["page"] is not None:
        from zhengyu.io.documents.ocr import recognise
        from zhengyu.io.limits import read_safely

        runs = read_safely(lambda: recognise(data, name, asked["page"]), name, ending)
        return {"runs": [astuple(run) for run in runs]}
    if asked["recognised"] is not None:
        from zhengyu.io.documents.pages import Run
        from zhengyu.io.documents.pdf import read as read_pdf
        from zhengyu.io.limits import read_safely

        held = {int(page): [Run(*run) for run in runs] for page, runs in asked["recognised"].items()}
        document = read_safely(lambda: read_pdf(data, name, None, held), name, ending)
        _bounded(document.text, name)
        return {"kind": "document", **asdict(document)}
    answer = read(data, name, ending, asked["encoding"])
    if asked["split"] and answer["kind"] == "document":
        from zhengyu.io.documents.document import Document
        from zhengyu.io.documents.paragraphs import split

        document = Document(name, answer["text"], "", furniture=answer["furniture"], meta=answer["meta"])
        made = split(document, facts=asked["split"] == "facts")
        answer |= {"paragraphs": made.places(), "signature": made.signature, "facts": made.facts}
    return answer


def _answers(asked: dict[str, Any], data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the answers to one request; ``last`` says that the process ends with it."""
    name = asked["name"]
    try:
        if asked["members"]:
            for answer in _members(data, name, asked["ending"]):
                yield {**answer, "last": False}
        elif asked["rows"] is not None:
            for answer in _rows(data, name, asked["rows"]):
                yield {**answer, "last": False}
        else:
            yield {**_document(asked, data), "last": False}
    except ZhengyuError as error:
        # What a file that burst left behind is not trusted with the next.
        yield {"error": str(error), "last": isinstance(error.__cause__, MemoryError | RecursionError)}
    except (MemoryError, RecursionError) as error:
        told = f"{name}: needs more memory than reading may take ({type(error).__name__}); cut it up"
        yield {"error": told, "last": True}


def _requests() -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield what is asked, and the bytes of the file."""
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        if "together" not in asked:
            yield asked, sys.stdin.buffer.read(asked["size"])
            continue
        held = []
        for _ in range(asked["together"]):
            asked = json.loads(sys.stdin.buffer.readline())
            held.append((asked, sys.stdin.buffer.read(asked["size"])))
        yield from held


def main() -> None:
    """Answer requests from standard input until it ends, with as many bytes of memory as the argument says."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    confine(int(sys.argv[1]))
    last = False
    for asked, data in _requests():
        _allow(math.ceil(asked["seconds"]))
        for answer in _answers(asked, data):
            # Lone surrogates, which broken files hold, pass as they are and are replaced on the other side.
            answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            answers.flush()
            last = answer["last"]
        if last:
            break
    os._exit(0)  # nothing that a reader left behind may hold the process up


if __name__ == "__main__":
    main()
