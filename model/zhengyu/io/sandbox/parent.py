"""Files read in a child process under a clock, one child for file after file, a new one after each that ends it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhengyu.io.blocks import unpack
from zhengyu.io.documents.document import INSTALL, Document, Recognised, Unread, no_text
from zhengyu.io.documents.ocr import available
from zhengyu.io.documents.paragraphs import SplitDocument, split
from zhengyu.io.documents.read import read_document
from zhengyu.io.formats import BY_ENDING, MIB
from zhengyu.io.layout import Reading, TableOptions
from zhengyu.io.limits import check_archive
from zhengyu.io.sandbox.child import command, environment, request, together
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.archives import Member
    from zhengyu.io.workbooks import Row, Sheet

#: How long reading one document may take, and what memory its reader may have.
READ_SECONDS = 60.0
READ_BYTES = 3 * 1024**3
#: Where Linux says how much of a period the processes of a container may compute, of both kinds of control groups.
_QUOTAS = (
    ("/sys/fs/cgroup/cpu.max",),
    ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)
#: A page that OCR reads has so many times as long: the first waits for the models, and on a busy machine a core is
#: shared.
PAGE_CLOCKS = 3
#: Files that are enough to be handed in at once, and to start a child for that they alone do not need.
TOGETHER = 8
#: A workbook, which may hold a million rows, has as long for each so many bytes that it unpacks to.
SHEET_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read: its bytes, its name in results, and the ending of its format."""

    data: bytes
    name: str
    ending: str


#: What a child reads first where files are still to come: its answer is of no matter.
_PAGE = File("<p>各镇人民政府：</p>".encode(), "page.html", ".html")


class _Clock:
    """Kills a child that answers late: one thread for all that it is asked, which seldom has to wake."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.late = False
        self._child, self._change = child, threading.Condition()
        self._until, self._wakes, self._stopped = math.inf, math.inf, False
        threading.Thread(target=self._run, daemon=True).start()

    def start(self, seconds: float) -> None:
        """Kill the child in so many seconds, if `stop` is not called before."""
        with self._change:
            self._until = time.monotonic() + seconds
            if self._until < self._wakes:
                self._change.notify()

    def stop(self) -> None:
        with self._change:
            self._until = math.inf

    def end(self) -> None:
        """End the thread."""
        with self._change:
            self._stopped = True
            self._change.notify()

    def _run(self) -> None:
        with self._change:
            while not self._stopped:
                now = time.monotonic()
                if now >= self._until:
                    self.late = True
                    self._child.kill()
                    return
                self._wakes = self._until
                self._change.wait(min(self._wakes - now, threading.TIMEOUT_MAX))


@dataclass(slots=True)
class GuardedReader:
    """Read documents, those of the formats that are `sandboxed` in a child process, and in it the rows of workbooks.

    Attributes
    ----------
    seconds : float
        How long one document may take, or 64 MiB of an unpacked workbook; a page that OCR reads may take three times
        as long.
    memory : int
        Bytes of memory that the child may have.
    ocr : {'never', 'auto', 'always'}
        Whether pages of a PDF are read by OCR: none, those that are pictures where the extra is installed, or all.
    told : callable, optional
        Called after each page that OCR read with the file's name, the pages done and their number.
    turn : Lock
        Held while the pages of a document are read by OCR, which takes all cores.
    """

    seconds: float = READ_SECONDS
    memory: int = READ_BYTES
    ocr: str = "never"
    told: Callable[[str, int, int], None] | None = None
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _clock: _Clock | None = field(default=None, repr=False)

    def document(self, data: bytes, name: str, ending: str, *, encoding: str | None = None) -> Document:
        """Read one document.

        Raises
        ------
        ZhengyuError
            It is not of its format, holds no text, took too long or too much memory, or crashed its reader.
        """
        if not BY_ENDING[ending].sandboxed:
            return read_document(data, name, ending, encoding=encoding)
        if self._recognises(ending):
            return self._scanned(data, name, ending)
        asked = request(data, name, ending, self.seconds, encoding)
        (answer,) = self._answers(asked, name, ending, self.seconds)
        return received(answer, name)

    def start(self, *, facts: bool = False) -> None:
        """Start the child and have it load what splits documents, before there are files for it."""
        list(self._split([_PAGE], None, facts))

    def split(
        self, files: Sequence[File], *, encoding: str | None = None, facts: bool = False
    ) -> list[SplitDocument | ZhengyuError]:
        """Read documents and split them into their paragraphs, those that a child reads there.

        A child gets them all at once, so that it never waits for this process to take its answers; files of formats
        that need no child too, if one runs already or they are many. See `zhengyu.io.documents.paragraphs.split` for
        `facts`.

        Returns
        -------
        list of SplitDocument or ZhengyuError
            One for each file; the error says why it could not be read, as in `document`.
        """
        child = self._child is not None or len(files) >= TOGETHER
        done: dict[int, SplitDocument | ZhengyuError] = {}
        asked: list[int] = []
        for place, file in enumerate(files):
            if not (BY_ENDING[file.ending].sandboxed or child) or self._recognises(file.ending):
                try:
                    document = self.document(file.data, file.name, file.ending, encoding=encoding)
                    done[place] = split(document, facts=facts)
                except ZhengyuError as error:
                    done[place] = error
            else:
                asked.append(place)
        while asked:  # again for those behind one that ended the child
            for place, answer in zip(asked, self._split([files[i] for i in asked], encoding, facts), strict=False):
                done[place] = answer
            asked = [place for place in asked if place not in done]
        return [done[place] for place in range(len(files))]

    def _split(
        self, files: Sequence[File], encoding: str | None, facts: bool
    ) -> Iterator[SplitDocument | ZhengyuError]:
        """Yield files as the child reads them, up to one that ends it."""
        way = "facts" if facts else "plain"
        requests = [
            request(file.data, file.name, file.ending, self.seconds, encoding, split=way) for file in files
        ]  # fmt: skip
        asked, left = together(requests), len(files)
        try:
            for file in files:
                try:
                    (answer,) = self._answers(asked, file.name, file.ending, self.seconds)
                    made: SplitDocument | ZhengyuError = _split_document(answer, file.name)
                except ZhengyuError as error:
                    made = error
                asked, left = b"", left - 1 if self._child is not None else 0
                yield made
                if not left:
                    return
        finally:
            if left:  # answers that nobody takes would be those of the next
                self.close()

    def _recognises(self, ending: str) -> bool:
        return BY_ENDING[ending].ocr and (self.ocr == "always" or (self.ocr == "auto" and available()))

    def _scanned(self, data: bytes, name: str, ending: str) -> Document:
        """Read a document whose pages may be pictures, those side by side in children of their own."""

        def whole(runs: dict[int, list[list[Any]]]) -> Document:
            asked = request(data, name, ending, self.seconds, recognised=runs)
            (answer,) = self._answers(asked, name, ending, self.seconds)
            return received(answer, name)

        document = whole({})
        pages = range(1, document.pages + 1) if self.ocr == "always" else [part.place for part in document.unread]
        runs: dict[int, list[list[Any]]] = {}
        late: list[Unread] = []
        if pages:
            readers = Readers(self.seconds, self.memory)
            with self.turn, closing(readers), ThreadPoolExecutor(min(len(pages), cores())) as pool:
                waiting = {
                    pool.submit(lambda page: readers.own().page(data, name, ending, page), page): page for page in pages
                }
                for done, future in enumerate(as_completed(waiting), 1):
                    try:
                        runs[waiting[future]] = future.result()
                    except ZhengyuError as error:  # the other pages are read nevertheless
                        late.append(Unread(waiting[future], str(error).removeprefix(f"{name}: ")))
                    if self.told is not None:
                        self.told(name, done, len(pages))
            document = whole(runs)
        if not document.text.strip():
            why = (
                f"OCR found none on {len(pages)} of its {document.pages} pages" if pages else no_text(0, document.pages)
            )
            raise ZhengyuError(f"{name}: the PDF holds no text: {late[0].reason if late else why}")
        missed = {part.place for part in late}
        unread = [*(part for part in document.unread if part.place not in missed), *late]
        return replace(document, unread=tuple(sorted(unread, key=lambda part: part.place)))

    def page(self, data: bytes, name: str, ending: str, page: int) -> list[list[Any]]:
        """Return what OCR reads on one page, as the fields of runs.

        Raises
        ------
        ZhengyuError
            The extra is not installed, or the page took too long or too much memory.
        """
        seconds = self.seconds * PAGE_CLOCKS
        asked = request(data, name, ending, seconds, page=page)
        (answer,) = self._answers(asked, name, ending, seconds)
        return answer["runs"]  # type: ignore[no-any-return]

    def rows(self, data: bytes, name: str, options: TableOptions | None = None) -> Sheet:
        """Open the sheet of a workbook as the child reads it; see `zhengyu.io.workbooks.open_sheet`.

        Raises
        ------
        ZhengyuError
            It is no workbook, took too long or too much memory, or crashed its reader; also while rows are taken.
        """
        from zhengyu.io.workbooks import Sheet

        seconds = self.seconds * (1 + check_archive(data, name, ".xlsx") // SHEET_BYTES)
        asked = request(data, name, ".xlsx", seconds, rows=(options or TableOptions()).as_json())
        answers = self._answers(asked, name, ".xlsx", seconds)
        first = next(answers)
        reading, columns = first["reading"], tuple(map(sound, first["columns"]))

        def rows() -> Iterator[Row]:
            for answer in chain([first], answers):
                for number, packed in answer["rows"]:
                    yield number, unpack(sound(packed))

        notes = tuple(map(sound, reading.pop("notes")))
        return Sheet(Reading(**reading, notes=notes), columns, rows())

    def members(self, data: bytes, name: str, ending: str) -> Iterator[Member]:
        """Yield the files in an archive or in mail as the child unpacks them; see `zhengyu.io.archives.members`.

        The child is taken up until the last is yielded: another reader reads the files.

        Raises
        ------
        ZhengyuError
            It is no archive, holds too much, took too long or too much memory; also while members are taken.
        """
        from zhengyu.io.archives import Member

        seconds = self.seconds * (1 + len(data) // SHEET_BYTES)
        asked = request(data, name, ending, seconds, members=True)
        for answer in self._answers(asked, name, ending, seconds):
            if answer["name"]:
                yield Member(sound(answer["name"]), answer["ending"], b64decode(answer["data"]), sound(answer["note"]))

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        clock, self._clock = self._clock, None
        if clock is not None:
            clock.end()
        if child is not None:
            child.kill()
            with suppress(BrokenPipeError), child:  # closes its pipes and waits for it
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
                done = not (answer.get("rows") or ("data" in answer and answer["name"]))
                yield answer
        finally:
            if not done:  # a child that was left in the midst of a file is no use for the next
                self.close()

    def _ask(self, asked: bytes, seconds: float) -> tuple[bytes, bool]:
        """Send what is asked, return the child's next line and whether the clock ended it."""
        if self._child is None or self._clock is None:
            self._child = subprocess.Popen(  # noqa: S603 - this Python and a module of ours
                command(self.memory), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment(),
            )  # fmt: skip
            self._clock = _Clock(self._child)
        child, clock = self._child, self._clock
        clock.start(seconds)
        try:
            # A child that is gone breaks the pipe; the empty answer then says so.
            with suppress(BrokenPipeError):
                child.stdin.write(asked)  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
            return child.stdout.readline(), clock.late  # type: ignore[union-attr]
        finally:
            clock.stop()


class Readers:
    """Readers that work side by side; parameters as the attributes of `GuardedReader`.

    Attributes
    ----------
    unpacker : GuardedReader
        Opens archives, whose files the others read meanwhile.
    """

    def __init__(
        self,
        seconds: float = READ_SECONDS,
        memory: int = READ_BYTES,
        ocr: str = "never",
        told: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._seconds, self._memory, self._ocr, self._told = seconds, memory, ocr, told
        self._turn, self._threads = threading.Lock(), threading.local()
        self.unpacker = GuardedReader(seconds, memory)
        self._all = [self.unpacker]

    def own(self) -> GuardedReader:
        """Return the reader of this thread."""
        if not hasattr(self._threads, "reader"):
            self._threads.reader = GuardedReader(self._seconds, self._memory, self._ocr, self._told, self._turn)
            self._all.append(self._threads.reader)
        return self._threads.reader  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the children."""
        for reader in self._all:
            reader.close()


def cores() -> int:
    """Return how many cores this process may use: those that it is bound to, and in a container at most its share."""
    bound = getattr(os, "sched_getaffinity", None)
    most = len(bound(0)) if bound is not None else os.cpu_count() or 1
    for path in _QUOTAS:
        with suppress(OSError, ValueError):
            quota, period = " ".join(Path(one).read_text("ascii") for one in path).split()[:2]
            if quota not in ("max", "-1"):
                most = min(most, math.ceil(int(quota) / int(period)))
    return max(1, most)


def _ended(name: str, ending: str, seconds: float | None) -> str:
    """Say that a reader was late after so many seconds, or that it broke."""
    if seconds is not None:
        kind = "CSV" if BY_ENDING[ending].reader == "workbook" else "text"
        return f"{name}: reading it took longer than {seconds:g} seconds; save it anew as {kind}"
    return (
        f"{name}: its reader gave up, as it does on a file that is damaged or made to harm; "
        f"expected a sound {ending} file, save it anew"
    )


def check_ocr(ocr: str) -> None:
    """Refuse a way of OCR that is none, or that needs what is not installed.

    Raises
    ------
    ZhengyuError
        It is refused.
    """
    if ocr not in ("auto", "never", "always"):
        raise ZhengyuError(f"expected ocr to be auto, never or always, got {ocr!r}")
    if ocr == "always" and not available():
        raise ZhengyuError(f"expected OCR to be installed for ocr=always; {INSTALL}")


def rows_apart(data: bytes, name: str, options: TableOptions | None = None) -> Sheet:
    """Open the sheet of a workbook that a child of its own reads."""
    from zhengyu.io.workbooks import Sheet

    reader = GuardedReader()
    try:
        sheet = reader.rows(data, name, options)
    except BaseException:
        reader.close()
        raise

    def rows() -> Iterator[Row]:
        with closing(reader):
            yield from sheet.rows

    return Sheet(sheet.reading, sheet.columns, rows())


def _split_document(answer: dict[str, Any], name: str) -> SplitDocument:
    if answer["kind"] != "document":
        raise ZhengyuError(f"{name}: expected a document in a compressed file, but it holds a table; unpack it")
    found = {called: None if value is None else sound(value) for called, value in answer["facts"].items()}
    return SplitDocument.of_places(received(answer, name), answer["paragraphs"], answer["signature"], found)


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
        pages=answer["pages"],
        meta=tuple((sound(called), sound(content)) for called, content in answer["meta"]),
    )


def sound(text: str) -> str:
    """Return text without lone surrogates, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
