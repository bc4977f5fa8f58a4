"""Bounds on what an input file may hold inside: archives that would burst are refused before they are opened."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from zhengyu.io.formats import BY_ENDING, MIB
from zhengyu_corpus.errors import ZhengyuError

Read = TypeVar("Read")

#: Members of an archive; office documents have dozens, picture-laden ones hundreds.
MAX_MEMBERS = 10_000
#: From this size on an archive that unpacks to more than so many times itself was made to burst; XML packs 10 to 40.
BURST_FROM = 16 * MIB
BURST_RATIO = 100
#: Rows of an XLSX sheet, by its specification; readers fill the gap to a row that claims to stand further on.
MAX_SHEET_ROWS = 1_048_576
#: Attributes of one HTML tag; the parser compares each with all before it.
MAX_ATTRIBUTES = 2_000
#: Names that an error lists, and how much of each.
_NAMES, _NAME_CHARS = 30, 60
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def listed(names: Iterable[object], most: int = _NAMES) -> str:
    """Return names as an error lists them, 30 when not said otherwise: a file may have sixteen thousand, and long ones.

    Examples
    --------
    >>> listed(["text", "year"]), listed(range(33))[-14:]
    ('text, year', '29, … (33 all)')
    """
    told = [str(name)[:_NAME_CHARS] for name in names]
    more = f", … ({len(told):,} all)" if len(told) > most else ""
    return ", ".join(told[:most]) + more


def check_archive(data: bytes, name: str, ending: str) -> int:
    """Refuse an office file that would burst.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How errors call it.
    ending : str
        Files of formats that are no archives pass.

    Returns
    -------
    int
        Bytes that it unpacks to, 0 for other files.

    Raises
    ------
    ZhengyuError
        It holds too much.
    """
    most = BY_ENDING[ending].unpacked
    if not most:
        return 0
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0  # its reader says what is wrong with it
    if len(members) > MAX_MEMBERS:
        raise ZhengyuError(f"{name}: holds {len(members):,} parts, at most {MAX_MEMBERS:,} are read; save it anew")
    unpacked = sum(member.file_size for member in members)
    if unpacked > most or (unpacked > BURST_FROM and unpacked > BURST_RATIO * len(data)):
        raise ZhengyuError(
            f"{name}: its {len(data) / MIB:,.1f} MiB would unpack to {unpacked / MIB:,.0f} MiB, as no {ending} file "
            f"in use does; convert it to text, CSV or Parquet"
        )
    return unpacked


def check_markup(source: str, name: str) -> None:
    """Refuse a page with a tag of so many attributes that parsing it takes forever.

    Raises
    ------
    ZhengyuError
        The tag begins so.
    """
    for piece in source.split(">"):
        tag = piece.find("<")
        if len(piece) - tag > 2 * MAX_ATTRIBUTES and tag >= 0:
            count = len(_QUOTED.sub("", piece[tag:]).split())
            if count > MAX_ATTRIBUTES:
                raise ZhengyuError(
                    f"{name}: a tag has {count:,} attributes, at most {MAX_ATTRIBUTES:,} are read; "
                    f"it begins {piece[tag : tag + 40]!r}; save the page anew, or as text"
                )


def read_safely(read: Callable[[], Read], name: str, ending: str) -> Read:
    """Return what a reader returns; whatever else it raises becomes one clear message.

    Readers are libraries of many hands, and a damaged file makes them raise what they never promised to.

    Raises
    ------
    ZhengyuError
        The file cannot be read.
    """
    try:
        return read()
    except ZhengyuError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise ZhengyuError(
            f"{name}: expected a sound {ending} file, but its reader gave up: {kind}: {str(error)[:200]}; save it anew"
        ) from error
