"""Files that hold files: ZIP archives and mail, opened member by member under bounds of number, size and depth."""

from __future__ import annotations

import email.errors
import email.header
import email.message
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zhengyu.io.content import content_ending
from zhengyu.io.documents.mime import MAX_PARTS, content, parse, part_text
from zhengyu.io.formats import BY_ENDING, MIB, ending_of, remedy
from zhengyu.io.limits import BURST_FROM, BURST_RATIO, MAX_MEMBERS, read_safely
from zhengyu_corpus.errors import ZhengyuError

#: Bytes of one member, and of all together.
MEMBER_BYTES, TOTAL_BYTES = 128 * MIB, 1024 * MIB
#: Archives in archives.
MAX_DEPTH = 4
_NAME_CHARS = 200
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
#: Extra field that holds a name in UTF-8 (APPNOTE.TXT, 4.6.9).
_UNICODE_PATH = 0x7075
#: Codes of the common characters: level 1 of GB 2312 and of Big5.
_COMMON = {"gb18030": (b"\xb0\xa1", b"\xd7\xfe"), "big5": (b"\xa4\x40", b"\xc6\x7e")}
_LEFT_BY_PROGRAMS = re.compile(r"(?:^|/)(?:__MACOSX/|\.|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Member:
    """One file within another.

    Attributes
    ----------
    name : str
        The archive's name, a slash, and its own; mail itself has its own name alone.
    ending : str
        The format that it has by its content, ``""`` for one that is not read.
    data : bytes
        Its content, empty for one that is not read.
    note : str
        What to say of how it is read; for one that is not read, why.
    """

    name: str
    ending: str
    data: bytes = b""
    note: str = ""


@dataclass(slots=True)
class _Room:
    """What may still be unpacked."""

    members: int = MAX_MEMBERS
    bytes: int = TOTAL_BYTES

    def take(self, name: str, size: int) -> None:
        self.members -= 1
        self.bytes -= size
        if self.members < 0:
            raise ZhengyuError(f"{name}: holds more than {MAX_MEMBERS:,} files; unpack it and give the folder")
        if self.bytes < 0:
            raise ZhengyuError(
                f"{name}: unpacks to more than {TOTAL_BYTES / MIB:,.0f} MiB; unpack it and give the folder"
            )


def members(data: bytes, name: str, ending: str) -> Iterator[Member]:
    """Yield the files in an archive or in mail, those of archives in it too, in their order.

    What programs leave behind (``__MACOSX``, hidden files) is passed over; a file that cannot be read is named.

    Raises
    ------
    ZhengyuError
        It is no archive, or holds more than the bounds; also while members are taken.
    """
    inside = _opened(data, name, ending, _Room(), 1)
    while (member := read_safely(lambda: next(inside, None), name, ending)) is not None:
        yield member


def _opened(data: bytes, name: str, ending: str, room: _Room, depth: int) -> Iterator[Member]:
    inside = _mail(data, name, room) if BY_ENDING[ending].reader == "mail" else _zip(data, name, room)
    for member in inside:
        if not member.ending or BY_ENDING[member.ending].kind != "archive" or member.name == name:
            yield member
        elif depth >= MAX_DEPTH:
            yield Member(member.name, "", note=f"lies {depth + 1} archives deep, {MAX_DEPTH} are opened; unpack it")
        else:
            try:
                yield from _opened(member.data, member.name, member.ending, room, depth + 1)
            except ZhengyuError as error:
                if room.members < 0 or room.bytes < 0:
                    raise
                yield Member(member.name, "", note=str(error).removeprefix(f"{member.name}: "))


def _told(name: str, data: bytes) -> Member:
    """Return a member read as what it is."""
    ending, compression = ending_of(name)
    if compression:
        return Member(name, "", note="is a compressed file in an archive; unpack it")
    if not data:
        return Member(name, "", note="is empty")
    try:
        found = content_ending(data, ending if ending in BY_ENDING else "", name)
    except ZhengyuError as error:
        return Member(name, "", note=str(error).removeprefix(f"{name}: "))
    if not found:
        return Member(name, "", note=f"is of no format that is read ({ending or 'no ending'})")
    if BY_ENDING[found].kind == "refused":
        return Member(name, "", note=remedy(found))
    note = "" if found == ending else f"read as what it is: {BY_ENDING[found].name}"
    return Member(name, found, data, note)


def _zip(data: bytes, name: str, room: _Room) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ZhengyuError(f"{name}: expected a ZIP archive, but it cannot be read: {error}; pack it anew") from error
    with archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        unpacked = sum(one.file_size for one in files)
        if unpacked > BURST_FROM and unpacked > BURST_RATIO * len(data):
            raise ZhengyuError(
                f"{name}: its {len(data) / MIB:,.1f} MiB would unpack to {unpacked / MIB:,.0f} MiB, as no archive of "
                "documents does; unpack it and give the folder"
            )
        for one, bare in zip(files, _names(files), strict=True):
            if _LEFT_BY_PROGRAMS.search(bare):
                continue
            inside = f"{name}/{bare}"
            if one.flag_bits & _ENCRYPTED:
                room.take(name, 0)
                yield Member(inside, "", note="is encrypted; unpack the archive with its password and give the folder")
                continue
            if one.file_size > MEMBER_BYTES:
                room.take(name, 0)
                yield Member(
                    inside, "", note=f"holds {one.file_size / MIB:,.0f} MiB, at most {MEMBER_BYTES / MIB:,.0f} are "
                    "read from an archive; unpack it",
                )  # fmt: skip
                continue
            room.take(name, one.file_size)
            try:
                held = archive.read(one)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError) as error:
                yield Member(inside, "", note=f"is damaged or packed in an unknown way: {error}; pack it anew")
                continue
            except zipfile.zlib.error as error:  # type: ignore[attr-defined]
                yield Member(inside, "", note=f"is damaged: {error}; pack it anew")
                continue
            yield _told(inside, held)


def _names(files: list[zipfile.ZipInfo]) -> list[str]:
    """Return the names of members; where none says its encoding, all are of one that fits them all."""
    raw = [b"" if one.flag_bits & _UTF8_NAME else one.orig_filename.encode("cp437", "replace") for one in files]
    encoding = _encoding(b"\n".join(raw))
    return [
        _bare(_unicode_path(one) or (data.decode(encoding, "replace") if data else one.filename))
        for one, data in zip(files, raw, strict=True)
    ]


def _encoding(names: bytes) -> str:
    """Return the encoding of names: of GBK and Big5 the one in which more of their characters are common ones.

    Names are too short for what tells encodings by their statistics.
    """
    found = {}
    for encoding in ("utf-8", "gb18030", "big5"):
        try:
            text = names.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            return encoding
        han = [char for char in text if not char.isascii()]
        first, last = _COMMON[encoding]
        common = sum(first <= char.encode(encoding, "replace") <= last for char in han)
        found[encoding] = common / len(han) if han else 0.0
    return max(found, key=lambda one: found[one]) if found else "cp437"


def _unicode_path(one: zipfile.ZipInfo) -> str:
    """Return the name that an extra field holds, ``""`` where there is none."""
    extra, place = one.extra, 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        if kind == _UNICODE_PATH and size > 5:
            return extra[place + 9 : place + 4 + size].decode("utf-8", "replace")
        place += 4 + size
    return ""


def _bare(name: str) -> str:
    """Return a name that shows where a member stands and reaches nowhere else."""
    shown = "".join(char if char.isprintable() else "_" for char in name.replace("\\", "/"))
    parts = [part for part in shown.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[-_NAME_CHARS:] or "_"


def _mail(data: bytes, name: str, room: _Room) -> Iterator[Member]:
    """Yield the text of mail, its subject first, and what is attached to it."""
    message = parse(data, name)
    bodies: list[tuple[str, str]] = []
    attached: list[tuple[str, bytes]] = []
    for number, part in enumerate(_parts(message, name), 1):
        kind = part.get_content_type()
        file = _attachment(part)
        if kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and isinstance(inner[0], email.message.Message):
                attached.append((_bare(file or f"{number}.eml"), inner[0].as_bytes()))
        elif file or part.get_content_disposition() == "attachment":
            attached.append((_bare(file or f"{number}"), content(part)))
        elif kind in ("text/html", "application/xhtml+xml", "text/plain"):
            bodies.append((kind, part_text(part, name)[0]))
    subject = _decoded(message.get("Subject", ""))
    text = "\n\n".join(filter(str.strip, [" ".join(subject.split()), *(text for _, text in bodies)]))
    room.take(name, len(text))
    yield Member(name, ".txt", text.encode("utf-8", "replace"))
    for bare, held in attached:
        room.take(name, len(held))
        inside = f"{name}/{bare}"
        if len(held) > MEMBER_BYTES:
            yield Member(inside, "", note=f"holds {len(held) / MIB:,.0f} MiB; save it and give it by itself")
        elif not re.search(r"\.(?:png|jpe?g|gif|bmp|ico|css|js)$", bare, re.IGNORECASE):
            yield _told(inside, held)


def _parts(message: email.message.Message, name: str) -> Iterator[email.message.Message]:
    """Yield the parts of mail: of alternatives the richest, and mail within it whole."""
    waiting, seen = [message], 0
    while waiting:
        seen += 1
        if seen > MAX_PARTS:
            raise ZhengyuError(f"{name}: holds more than {MAX_PARTS:,} parts; save it anew")
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" or not isinstance(payload, list):
            yield part
            continue
        inside = [one for one in payload if isinstance(one, email.message.Message)]
        if part.get_content_subtype() == "alternative" and inside:
            readable = [one for one in inside if one.get_content_type() != "text/plain"] or inside
            inside = [next((one for one in readable if one.get_content_maintype() in ("text", "multipart")), inside[0])]
        waiting.extend(reversed(inside))


def _attachment(part: email.message.Message) -> str:
    """Return the name under which a part was attached, ``""`` where it has none."""
    return _decoded(part.get_filename("") or "")


def _decoded(header: Any) -> str:
    """Return a header's words; bytes that no encoding was said of are UTF-8 or GBK."""
    try:
        parts = email.header.decode_header(header)
    except (email.errors.HeaderParseError, ValueError):
        return str(header)
    out: list[str] = []
    for value, encoding in parts:
        if isinstance(value, str):
            out.append(value)
            continue
        said = "gb18030" if (encoding or "").lower() in ("gb2312", "gbk") else encoding
        for candidate in filter(None, (said, "utf-8", "gb18030")):
            try:
                out.append(value.decode(candidate))
                break
            except (UnicodeDecodeError, LookupError):
                continue
        else:
            out.append(value.decode("utf-8", "replace"))
    return "".join(out)
