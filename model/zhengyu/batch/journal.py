"""The journal of a run: its settings, its inputs and its finished parts, in a folder beside the output."""

from __future__ import annotations

import json
import os
import platform
import stat
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengyu.io.blocks import SetAside
from zhengyu_corpus.atomic import open_more, open_new, sync_folder
from zhengyu_corpus.errors import ZhengyuError

#: Raise it when blocks are cut otherwise or parts hold something else: no run goes on with parts of another.
_FORMAT = 5

#: Side tables repeat themselves: they halve at little cost. Prose hardly shrinks by what is as quick as the disk.
_PACKED, _PLAIN = pa.ipc.IpcWriteOptions(compression="lz4"), pa.ipc.IpcWriteOptions()


class Journal:
    """Parts that are finished stay finished, whatever ends the process.

    A part is an Arrow file that takes its name when it is complete and on the disk; only then its line is added to
    ``journal.jsonl``. On resuming, a last line that was cut is dropped, and a part counts only if its file has the
    length and checksum that the line says.

    Parameters
    ----------
    output : Path
        What the run writes; the journal and the parts stand in a hidden folder beside it.
    settings : mapping
        What makes two runs the same: model, options, names of inputs.
    """

    def __init__(self, output: Path, settings: Mapping[str, Any]) -> None:
        self.output = output
        self.folder = output.with_name(f".{output.name}.zhengyu")
        self.settings = json.loads(json.dumps({"format": _FORMAT, **settings}))
        self.parts: list[dict[str, Any]] = []

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.jsonl"

    @staticmethod
    def earlier(output: Path) -> dict[str, Any]:
        """Return the settings of an unfinished run to an output, none where there is none."""
        journal = Journal(output, {})
        try:
            with journal.path.open("rb") as lines:
                head = json.loads(lines.readline())
        except (OSError, ValueError):
            return {}
        return head if isinstance(head, dict) else {}

    @contextmanager
    def held(self) -> Generator[None, None, None]:
        """Keep other runs to the same output away; the system frees the lock of a process that died.

        Raises
        ------
        ZhengyuError
            Another run holds it, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        path = self.folder.with_name(f"{self.folder.name}.lock")
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ZhengyuError(
                f"{self.output}: another run is writing it{_holder(path)}; "
                "wait until it ends, end it, or name another output"
            ) from error
        except OSError as error:
            raise ZhengyuError(f"{self.output}: could not be written: {error}") from error
        try:
            # Who holds it is for people. Windows lets nobody write a locked file; where the file system knows no locks,
            # filelock has made another kind of lock of it and writes there itself.
            with suppress(OSError):
                if lock.__class__ is FileLock:
                    with open_more(path, "wb") as out:
                        out.write(json.dumps([os.getpid(), platform.node(), _now()]).encode())
            yield
        finally:
            with suppress(OSError):  # before the release, or a file that is another's by then would go
                path.unlink()
            lock.release()

    def resume(self) -> None:
        """Take up the parts of an earlier run with the same settings.

        Raises
        ------
        ZhengyuError
            The earlier run had other settings.
        """
        self._refuse_foreign()
        lines = []
        if self.path.is_file():
            for line in self.path.read_bytes().split(b"\n"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    break  # cut by what ended that run
        if not lines:
            self._begin()
            return
        head = lines[0]
        differ = [key for key in {**self.settings, **head} if self.settings.get(key) != head.get(key)]
        if differ:
            told = "; ".join(f"{key} was {head.get(key)!r}, is {self.settings.get(key)!r}" for key in sorted(differ))
            raise ZhengyuError(
                f"{self.folder}: holds an unfinished run that differs: {told}; "
                "run the same command again to go on, or add --restart to start over"
            )
        for number, entry in enumerate(lines[1:]):
            if not all(_sound(self.folder / name, *facts) for name, facts in entry["files"].items()):
                break
            if entry["part"] != number:
                break
            self.parts.append(entry)
        # The journal goes on after its last sound line.
        self._write([self.settings, *self.parts])

    def restart(self) -> None:
        """Forget an earlier run."""
        self._refuse_foreign()
        _remove(self.folder)
        self._begin()

    def _refuse_foreign(self) -> None:
        """Refuse a folder that another user has laid out: what is in it may lead anywhere."""
        try:
            found = self.folder.lstat()
        except FileNotFoundError:
            return
        owner = getattr(os, "geteuid", lambda: found.st_uid)()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise ZhengyuError(
                f"{self.folder}: stands where the journal of {self.output} goes, and is a link or another user's; "
                "remove it, or choose another name for the output"
            )

    def _begin(self) -> None:
        self._refuse_foreign()
        self.folder.mkdir(0o700, exist_ok=True)  # it holds the text of inputs that others may not read
        self.folder.chmod(0o700)
        self._write([self.settings])

    def _write(self, lines: list[Any]) -> None:
        data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        self._keep(self.path.name, memoryview(data.encode()))
        sync_folder(self.folder)

    def add(self, tables: Mapping[str, pa.Table], aside: tuple[SetAside, ...], facts: Mapping[str, Any]) -> None:
        """Keep one part: its tables by name, its set-aside rows, and what is to be known of it."""
        number = len(self.parts)
        kept: dict[str, list[int]] = {}
        for name, table in tables.items():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, table.schema, options=_PLAIN if name == "rows" else _PACKED) as writer:
                writer.write_table(table)
            kept[f"{number:06d}.{name}.arrow"] = self._keep(f"{number:06d}.{name}.arrow", memoryview(sink.getvalue()))
        if aside:
            rows = "".join(
                json.dumps([row.file, row.line, row.reason, row.content], ensure_ascii=False) + "\n" for row in aside
            )
            kept[f"{number:06d}.aside.jsonl"] = self._keep(f"{number:06d}.aside.jsonl", memoryview(rows.encode()))
        sync_folder(self.folder)
        entry = {"part": number, **facts, "aside": len(aside), "files": kept}
        with open_more(self.path, "ab") as out:
            out.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            _to_disk(out)
        self.parts.append(entry)

    def _keep(self, name: str, data: memoryview) -> list[int]:
        work = self.folder / f"{name}.new"
        with open_new(work) as out:
            out.write(data)
            _to_disk(out)
        work.replace(self.folder / name)
        return [data.nbytes, zlib.crc32(data)]

    def tables(self, name: str, first: int = 0) -> Iterator[pa.Table]:
        """Yield the tables of one name, part after part; parts without one are passed over."""
        for entry in self.parts[first:]:
            if (file := f"{entry['part']:06d}.{name}.arrow") in entry["files"]:
                # Read, not mapped: mapped pages of every part would count as this process's memory until the end.
                with pa.OSFile(str(self.folder / file)) as source:
                    yield pa.ipc.open_file(source).read_all()

    def aside(self) -> Iterator[SetAside]:
        """Yield the rows that were set aside."""
        for entry in self.parts:
            if entry["aside"]:
                text = (self.folder / f"{entry['part']:06d}.aside.jsonl").read_text("utf-8")
                # At line ends alone: a row may hold U+2028 and its like, which JSON does not escape.
                yield from (SetAside(*json.loads(line)) for line in text.split("\n") if line)

    def remove(self) -> None:
        """Remove the journal when its output stands."""
        _remove(self.folder)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _holder(path: Path) -> str:
    """Say who holds a lock, if its file tells."""
    try:
        process, machine, since = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return ""
    return f" (process {process} on {machine}, since {since})"


def _sound(path: Path, size: int, checksum: int) -> bool:
    return path.is_file() and path.stat().st_size == size and zlib.crc32(path.read_bytes()) == checksum


def _to_disk(out: Any) -> None:
    out.flush()
    os.fsync(out.fileno())


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
