"""Labelled files in: any table that `zhengyu tag` reads, by the same readers, to labelled records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zhengyu.io.blocks import SetAside
from zhengyu.io.formats import BY_ENDING, ending_of, endings
from zhengyu.io.inputs import Input
from zhengyu.io.layout import TableOptions
from zhengyu.io.open_table import open_rows
from zhengyu.io.sandbox.parent import rows_apart
from zhengyu.io.tables import Rows
from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.check import as_row, check_records
from zhengyu_corpus.errors import Problem, ZhengyuError
from zhengyu_corpus.readers import Labelled, builtin_files, read_rows
from zhengyu_corpus.themes import ThemeSet

#: What writes no encoding of its own into a problem: the others are read too, but said.
_USUAL = ("", "utf-8", "utf-8-sig", "ascii")


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the labelled files that `paths` name; a folder stands for the tables in it.

    Raises
    ------
    ZhengyuError
        A path does not exist or is no table.
    """
    found: list[Path] = []
    able = ", ".join(endings("table"))
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and _in_folders(one))
        else:
            inside = [path]
        if not inside or not path.exists():
            raise ZhengyuError(f"{path}: no such labelled file, or a folder without any ({able})")
        for one in inside:
            if ending_of(one.name)[0] not in endings("table"):
                raise ZhengyuError(f"{one}: expected a labelled file that ends in {able}")
        found.extend(inside)
    return found


def _in_folders(path: Path) -> bool:
    ending = ending_of(path.name)[0]
    return ending in endings("table") and not BY_ENDING[ending].named and not path.name.startswith((".", "~$"))


def read_labelled(paths: Sequence[Path], themes: ThemeSet, options: TableOptions | None = None) -> Labelled:
    """Read labelled files.

    Parameters
    ----------
    paths : sequence of Path
        Files; see `find_files`.
    themes : ThemeSet
        What the labels must be of; ids and names are taken.
    options : TableOptions, optional
        What the user says of encoding and layout; the files that come with zhengyu have their own.

    Returns
    -------
    Labelled
        Every row is either in ``records`` or has a fatal problem, or a note says what became of it.
    """
    found = Labelled()
    own = builtin_files()
    for path in paths:
        try:
            source = Input(str(path), *ending_of(path.name))
            with source.open() as stream:
                said = None if path in own else options
                opened = open_rows(source, stream, said, sheet=rows_apart)
                if opened.reading.encoding not in _USUAL:
                    found.problems.append(
                        Problem(str(path), 0, "", f"expected UTF-8, the file is {opened.reading.encoding}",
                                "it was read all the same; save it as UTF-8", fatal=False)
                    )  # fmt: skip
                found.notes.extend(f"{path}: {note}" for note in opened.reading.notes)
                read_rows(str(path), _sound_rows(str(path), opened, found), themes, found, opened.columns)
        except (OSError, EOFError) as error:
            found.problems.append(Problem(str(path), 0, "", f"cannot be read: {error}", "check the path and the file"))
        except ZhengyuError as error:
            told = str(error).removeprefix(f"{path}: ")
            found.problems.append(Problem(str(path), 0, "", told, "mend the file as the message says"))
    return found


def _sound_rows(name: str, opened: Rows, found: Labelled) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows that can be read; the others are problems."""
    for _, line, row in opened.rows:
        if isinstance(row, SetAside):
            found.problems.append(
                Problem(name, line, "", row.reason, "repair the row or remove it, or leave such rows out: --skip-bad")
            )
        elif isinstance(row, dict):
            yield line, row
        else:
            yield line, dict(zip(opened.columns or (), row, strict=True))


def write_clean(found: Labelled, path: Path, files: Sequence[Path] = ()) -> None:
    """Write records as labelled JSONL, which `check` finds nothing wrong with; see `zhengyu_corpus.check.as_row`.

    Parameters
    ----------
    found : Labelled
        The records.
    path : Path
        The file to make.
    files : sequence of Path
        What the records were read from: none of them is written over.

    Raises
    ------
    ZhengyuError
        It does not end in ``.jsonl``, is one of the files, or cannot be written.
    """
    if ending_of(path.name) != (".jsonl", None):
        raise ZhengyuError(f"{path}: expected a file that ends in .jsonl; name one")
    lines = (json.dumps(as_row(record), ensure_ascii=False) + "\n" for record in found.records)
    write_whole(path, "".join(lines).encode(), files)


def check(
    paths: Sequence[Path],
    themes: ThemeSet,
    *,
    tests: Sequence[Path] = (),
    options: TableOptions | None = None,
    drop_duplicates: bool = False,
    skip_bad: bool = False,
) -> Labelled:
    """Read labelled files and find everything wrong with them; see `zhengyu_corpus.check.check_records`.

    Parameters
    ----------
    paths : sequence of Path
        Labelled files and folders for training.
    themes : ThemeSet
        The code list.
    tests : sequence of Path
        Labelled files for testing; none of their texts may stand among the training texts.
    options : TableOptions, optional
        As in `read_labelled`.
    drop_duplicates, skip_bad : bool
        As in `zhengyu_corpus.check.check_records`.

    Returns
    -------
    Labelled
        Training records, and the problems of all files.
    """
    found = read_labelled(find_files(paths), themes, options)
    held = read_labelled(find_files(tests), themes, options) if tests else None
    return check_records(found, held, drop_duplicates=drop_duplicates, skip_bad=skip_bad)
