"""A registry of models: versions side by side, one of them current, promoted and rolled back by one rename each."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhengyu.persistence.folder import default_folder, load_model
from zhengyu.persistence.format import check_manifest
from zhengyu.persistence.parts import MANIFEST, NAME, json_bytes, read_part
from zhengyu.themes.model import Model
from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.errors import ZhengyuError

#: Names the registry's folder where the user's data directory is not wanted.
VARIABLE = "ZHENGYU_REGISTRY"
#: Names of models: the shipped one, and the one that was promoted last.
DEFAULT, CURRENT = "default", "current"
_POINTER = "current.json"
#: How temporary folders begin, and the lock file in each that its process holds.
_INCOMING, _HELD = ".incoming-", ".held"
#: Whichever version is current; no folder of a version can be called so.
ANY = "*"
#: Seconds to wait for another process that promotes; it holds the lock for some milliseconds.
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Promotion:
    """One change of the current version.

    Attributes
    ----------
    version : str
        What became current.
    before : str
        What was, ``""`` when nothing.
    at : str
        When, in UTC, ISO 8601.
    action : str
        ``promote`` or ``rollback``.
    reason : str
        Why: what the gate said, or who overruled it.
    """

    version: str
    before: str
    at: str
    action: str
    reason: str


class Registry:
    """A folder of models.

    ``versions/<version>/`` are model folders, never changed once they stand. ``current.json`` names the current one
    and holds the history of promotions; it is replaced by one atomic rename, so that a reader sees the old or the new.

    Parameters
    ----------
    folder : Path, optional
        The registry; ``$ZHENGYU_REGISTRY``, else a folder in the user's data directory, when not given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_registry()

    @property
    def versions_folder(self) -> Path:
        """Folder that holds one model folder a version."""
        return self.folder / "versions"

    def versions(self) -> tuple[str, ...]:
        """Return the versions in the registry, oldest first."""
        if not self.versions_folder.is_dir():
            return ()
        found = [p for p in self.versions_folder.iterdir() if NAME.fullmatch(p.name) and (p / MANIFEST).is_file()]
        return tuple(path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name)))

    def path(self, version: str) -> Path:
        """Return the folder of a version.

        Raises
        ------
        ZhengyuError
            The registry does not have it, or the folder of that name holds another model.
        """
        folder = self.versions_folder / version
        if not NAME.fullmatch(version) or not (folder / MANIFEST).is_file():
            known = ", ".join(self.versions()) or "none yet; add one with zhengyu retrain --register"
            raise ZhengyuError(f"{self.folder}: no version {version!r}; there are: {known}")
        held = check_manifest(read_part(folder, MANIFEST), folder)["version"]
        if held != version:
            raise ZhengyuError(
                f"{folder}: holds the model {held!r}, not the one that the folder is named for; remove the folder and "
                "add the model again"
            )
        return folder

    @contextmanager
    def incoming(self) -> Generator[Path, None, None]:
        """Yield a temporary folder inside the registry; removed on exit, and later if the process was killed."""
        from tempfile import mkdtemp

        from filelock import FileLock

        try:
            self.versions_folder.mkdir(parents=True, exist_ok=True)
            with self._lock():
                self._remove_left_over()
                work = Path(mkdtemp(prefix=_INCOMING, dir=self.folder))
                held = FileLock(work / _HELD, timeout=0)
                held.acquire()
        except OSError as error:
            raise ZhengyuError(f"{self.folder}: cannot write there: {error}; choose another registry") from error
        try:
            yield work
        finally:
            held.release()
            shutil.rmtree(work, ignore_errors=True)

    def _remove_left_over(self) -> None:
        """Remove temporary folders whose processes are gone: the system has freed their locks."""
        from filelock import FileLock, Timeout

        for folder in self.folder.glob(f"{_INCOMING}*"):
            if folder.is_symlink() or not folder.is_dir():
                continue
            with suppress(Timeout, OSError), FileLock(folder / _HELD, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)

    def add(self, folder: Path) -> Model:
        """Add a sound model folder as a version; the folder itself stays where it is.

        A version that is there already is the same model: its name holds the hash of its parts.

        Raises
        ------
        ZhengyuError
            The folder is no sound model, or the registry cannot be written.
        """
        model = load_model(folder)
        if not NAME.fullmatch(model.version):
            raise ZhengyuError(f"{folder}: version {model.version!r} is no name for a folder; retrain it with --name")
        with self.incoming() as work:
            copy = work / "model"
            try:
                shutil.copytree(folder, copy)
                load_model(copy)
                os.utime(copy)
                copy.rename(self.versions_folder / model.version)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise ZhengyuError(f"{self.folder}: the model could not be added: {error}") from error
                self._replace_unsound(self.versions_folder / model.version, copy, work)
        return model

    def _replace_unsound(self, stands: Path, copy: Path, work: Path) -> None:
        """Keep a version if it is sound, else replace it by a sound copy."""
        with self._lock():
            try:
                load_model(stands)
            except ZhengyuError:
                stands.rename(work / "unsound")
                copy.rename(stands)

    def current(self) -> str | None:
        """Return the current version, None where nothing has been promoted."""
        history = self.history()
        return history[-1].version if history else None

    def history(self) -> tuple[Promotion, ...]:
        """Return all promotions and rollbacks, oldest first.

        Raises
        ------
        ZhengyuError
            ``current.json`` was altered.
        """
        path = self.folder / _POINTER
        try:
            raw: Any = json.loads(path.read_bytes())
            history = tuple(Promotion(**entry) for entry in raw["history"])
            if any(not isinstance(value, str) for entry in history for value in asdict(entry).values()):
                raise TypeError("expected text in every field")
            return history
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ZhengyuError(
                f"{path}: is not what zhengyu wrote: {error!r}; remove it and promote a version anew"
            ) from error

    def promote(self, version: str, reason: str, *, compared: str | None = ANY) -> Promotion:
        """Make a version current.

        Parameters
        ----------
        version : str
            A version of the registry.
        reason : str
            Kept in the history.
        compared : str or None, optional
            The current version that `version` was compared with, None for none. Whichever is current when not given.

        Raises
        ------
        ZhengyuError
            The registry does not have it, it is not sound, or another version has become current since the comparison.
        """
        load_model(self.path(version))
        with self._lock():
            history = self.history()
            current = history[-1].version if history else None
            if compared != ANY and current != compared:
                raise ZhengyuError(
                    f"{self.folder}: {current} became current while {version} was compared with "
                    f"{compared or 'the shipped model'}; compare it with {current}: run the command again"
                )
            return self._change(history, version, "promote", reason)

    def rollback(self, reason: str) -> Promotion:
        """Make the version current that was current before the last promotion that still stands.

        Raises
        ------
        ZhengyuError
            There is none before.
        """
        with self._lock():
            history = self.history()
            standing: list[str] = []
            for entry in history:
                if entry.action == "promote":
                    standing.append(entry.version)
                elif standing:
                    standing.pop()
            if len(standing) < 2:
                raise ZhengyuError(f"{self.folder}: there is no version before the current one to go back to")
            load_model(self.path(standing[-2]))
            return self._change(history, standing[-2], "rollback", reason)

    def _change(self, history: tuple[Promotion, ...], version: str, action: str, reason: str) -> Promotion:
        before = history[-1].version if history else ""
        made = Promotion(version, before, datetime.now(UTC).isoformat(timespec="seconds"), action, reason)
        entries = [asdict(entry) for entry in (*history, made)]
        write_whole(self.folder / _POINTER, json_bytes({"version": version, "history": entries}))
        return made

    @contextmanager
    def _lock(self) -> Generator[None, None, None]:
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_PATIENCE):
                yield
        except Timeout as error:
            raise ZhengyuError(
                f"{self.folder}: another process has been changing the registry for {_PATIENCE} s; try again later"
            ) from error
        except OSError as error:
            raise ZhengyuError(f"{self.folder}: cannot be changed: {error}; check its rights") from error


def default_registry() -> Path:
    """Return the default registry."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return Path(user_data_path("zhengyu")) / "models"


def find_model(name: str | Path, registry: Path | None = None) -> Path:
    """Return the model folder that a path or name stands for.

    Parameters
    ----------
    name : str or Path
        A folder; or ``default``, the shipped model; ``current``, the one promoted last; or a version of the registry.
    registry : Path, optional
        See `Registry`.

    Raises
    ------
    ZhengyuError
        It is neither.
    """
    path = Path(name)
    if path.exists() or len(path.parts) != 1:
        return path
    if str(name) == DEFAULT:
        return default_folder()
    models = Registry(registry)
    if str(name) == CURRENT:
        version = models.current()
        if version is None:
            raise ZhengyuError(f"{models.folder}: nothing has been promoted; do it with zhengyu model promote")
        return models.path(version)
    if str(name) in models.versions():
        return models.path(str(name))
    raise ZhengyuError(
        f"{name}: expected a model folder with {MANIFEST}, {DEFAULT}, {CURRENT}, or a version of the registry "
        f"{models.folder} ({', '.join(models.versions()) or 'none there'}); make one with zhengyu retrain"
    )
