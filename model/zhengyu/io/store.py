"""A folder that results go to, on this machine or in any store that fsspec knows: each file appears whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from zhengyu.io.formats import BY_ENDING, ending_of
from zhengyu_corpus.atomic import Replacement, write_whole
from zhengyu_corpus.errors import ZhengyuError

#: Files that are asked for at once where a store answers side by side.
_AT_ONCE = 500


def is_folder(name: str) -> bool:
    """Tell whether an output is named as a folder, for a dataset: a URL, or a path that ends in a slash."""
    return "://" in name or name.endswith(("/", "\\"))


class Store:
    """A folder for results.

    A file is written under its name at once where the store takes files whole, as object stores do; on this machine it
    is written beside its place and renamed.

    Parameters
    ----------
    url : str
        A path on this machine, or a URL that fsspec knows. Access and secrets are those that fsspec finds by itself.

    Raises
    ------
    ZhengyuError
        The store's package is missing, the URL is none, or it names a table and not a folder.
    """

    def __init__(self, url: str) -> None:
        remote = "://" in url and not url.startswith("file://")
        self.url = url.rstrip("/") if remote else str(Path(url.removeprefix("file://")).absolute())
        if ending_of(self.url)[0] in BY_ENDING:
            raise ZhengyuError(
                f"{url}: expected a folder, this is the name of a file; name the folder for the parts of a dataset, "
                "such as s3://bucket/tagged/"
            )
        self._folder = None if remote else Path(self.url)
        self._remote: Any = None
        if remote:
            import fsspec

            try:
                self._remote, self._root = fsspec.core.url_to_fs(self.url)
            except (ImportError, ValueError) as error:
                raise ZhengyuError(f"{url}: cannot be reached: {error}; install the fsspec package of it") from error

    def name(self, name: str) -> str:
        """Return a file's full name."""
        return f"{self.url}/{name}"

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        try:
            if self._folder is not None:
                return (self._folder / name).read_bytes()
            return bytes(self._remote.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def read_many(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield names and bytes of files, many asked for at once; those that are not there are left out."""
        held: list[str] = []
        for name in names:
            held.append(name)
            if len(held) == _AT_ONCE:
                yield from self._read_held(held)
                held = []
        yield from self._read_held(held)

    def _read_held(self, names: list[str]) -> Iterator[tuple[str, bytes]]:
        if self._folder is not None:
            for name in names:
                if (data := self.read(name)) is not None:
                    yield name, data
        elif names:
            begin = len(self._root) + 1
            # A single path would come back as bytes.
            found = self._remote.cat([f"{self._root}/{name}" for name in names], on_error="omit")
            yield from ((path[begin:], bytes(data)) for path, data in found.items())

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        if self._folder is not None:
            write_whole(self._place(self._folder, name), data)
        else:
            self._remote.pipe_file(f"{self._root}/{name}", data)

    def put(self, path: Path, name: str) -> int:
        """Write a file that lies at `path` on this machine, and return its bytes."""
        if self._folder is not None:
            made = Replacement(self._place(self._folder, name))
            try:
                with path.open("rb") as data:
                    shutil.copyfileobj(data, made.file, 1 << 20)
                made.commit()
            finally:
                made.discard()
        else:
            self._remote.put_file(str(path), f"{self._root}/{name}")
        return path.stat().st_size

    def sizes(self) -> dict[str, int]:
        """Return every file at any depth with its bytes."""
        if self._folder is not None:
            files = (one for one in self._folder.rglob("*") if one.is_file())
            return {one.relative_to(self._folder).as_posix(): one.stat().st_size for one in files}
        self._remote.invalidate_cache()
        try:
            found = self._remote.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        return {path[len(self._root) + 1 :]: int(facts.get("size") or 0) for path, facts in found.items()}

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are not there are no error."""
        for name in names:
            with suppress(FileNotFoundError):
                if self._folder is not None:
                    (self._folder / name).unlink()
                else:
                    self._remote.rm_file(f"{self._root}/{name}")

    @staticmethod
    def _place(folder: Path, name: str) -> Path:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place
