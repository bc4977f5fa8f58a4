"""What a file is by its bytes: content decides how it is read, not the ending of its name, and it is said."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any, BinaryIO

import pyarrow as pa

from zhengyu.io.formats import BY_ENDING, UNKNOWN, Format, ending_of, format_of
from zhengyu.io.inputs import Input, read_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

#: Bytes at the start of a file that tell most formats.
_HEAD = 4096
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_BEGINNINGS = (
    (b"{\\rtf", ".rtf"), (b"PAR1", ".parquet"), (b"Rar!\x1a\x07", ".rar"), (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"CAJ\x00", ".caj"), (b"KDH 2.", ".caj"), (b"HN\xc8\x00", ".caj"), (b"HN\x90\x00", ".caj"), (b"WARC/1.", ".warc"),
    (b"RDX2\n", ".rds"), (b"RDX3\n", ".rds"), (b"<stata_dta>", ".dta"),
)  # fmt: skip
#: Parts that tell what a ZIP archive is, by the ends of their names.
_PARTS = (
    ("word/document.xml", ".docx"), ("xl/workbook.xml", ".xlsx"), ("xl/workbook.bin", ".xlsb"),
    ("ppt/presentation.xml", ".pptx"), ("OFD.xml", ".ofd"), ("META-INF/container.xml", ".epub"),
)  # fmt: skip
#: Beginnings of compressed files, and what unpacks them.
_PACKED = (
    (b"\x1f\x8b\x08", "gzip", ".gz"), (b"\x28\xb5\x2f\xfd", "zstd", ".zst"), (b"\xfd7zXZ\x00", "xz", ""),
    (b"BZh", "bzip2", ""),
)  # fmt: skip
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": ".odt", b"application/vnd.oasis.opendocument.text-template": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods", b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.presentation": ".pptx",
}  # fmt: skip
#: Streams that tell what a file of Microsoft's or Kingsoft's older programs is; a document may hold a workbook.
_STREAMS = (("WordDocument", ".doc"), ("Workbook", ".xls"), ("Book", ".xls"), ("PowerPoint Document", ".ppt"))
_PAGE = pattern(r"^(?:\s|\ufeff|<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->)*<(?:!doctype\s+html|html[\s>])", re.I | re.S)
#: A document of Word in one file of XML: that of Word 2003, as programs that fill templates write, or a package.
_WORD_XML = pattern(r"^[\s\ufeff]{0,10}<\?xml.{0,1000}?<(?:\w{1,20}:wordDocument|pkg:package)\b", re.S)
_HAN = pattern(r"[\u3400-\u9fff]")
#: Han characters in the beginning of a file that is taken for plain text, though its ending says otherwise.
_LEAST_HAN = 10


def decide(source: Input, stream: BinaryIO) -> tuple[Input, BinaryIO, str]:
    """Return an input with the ending that its content has, its stream, and what to say of it.

    Parameters
    ----------
    source : Input
        The file.
    stream : binary file
        Its decompressed bytes, at their beginning.

    Returns
    -------
    tuple of (Input, binary file, str)
        The note is ``""`` when the content is what the ending says.

    Raises
    ------
    ZhengyuError
        It is encrypted, or of no format that is read.
    """
    if source.compression and format_of(source.ending).text:
        # Looking ahead in a damaged one would lose the lines before the damage; nobody packs an office file so.
        return source, stream, ""
    head = _peek(stream)
    for beginning, packer, known in _PACKED:
        # Data files of R are compressed by themselves.
        if head.startswith(beginning) and format_of(source.ending).kind != "refused":
            twice = " once more" if source.compression else ""
            remedy = f"name it {source.name}{known}, or unpack it" if known and not twice else "unpack it"
            raise ZhengyuError(f"{source.name}: is compressed{twice} by {packer}, whatever its name says; {remedy}")
    if head.startswith((_ZIP, _OLE)):
        data = read_whole(source, stream)
        stream, found = io.BytesIO(data), content_ending(data, source.ending, source.name)
    else:
        found = content_ending(head, source.ending, source.name)
    if not found:
        raise ZhengyuError(f"{source.name}: is of no format that is read ({ending_of(source.name)[0] or 'no ending'})")
    if found == source.ending:
        return source, stream, ""
    return replace(source, ending=found), stream, said(source.ending, found)


def said(ending: str, found: str) -> str:
    """Say that a file is read as what it is, not as what its ending says."""
    named = f"named {ending}" if ending else "its name tells no format"
    return f"{named}, read as what it is: {BY_ENDING[found].name}"


def content_ending(data: bytes, ending: str, name: str) -> str:
    """Return the ending of the format that a file has by its content; the given one where nothing tells another.

    Parameters
    ----------
    data : bytes
        The file; its beginning is enough where it is neither a ZIP nor an OLE file.
    ending : str
        What its name says; ``""`` for one that is no format.
    name : str
        How errors call it.

    Raises
    ------
    ZhengyuError
        It is encrypted.
    """
    declared = format_of(ending)
    found = _found(data, declared, name)
    if found not in BY_ENDING or (BY_ENDING[found].reader == declared.reader and declared.reader):
        return ending
    return found


def _found(data: bytes, declared: Format, name: str) -> str:
    if data.startswith(_ZIP):
        return _zip_ending(data, declared.unpacked > 0)
    if data.startswith(_OLE):
        return _ole_ending(data, declared, name)
    if b"%PDF-" in data[:1024]:
        return ".pdf" if not declared.text or data.startswith(b"%PDF-") else ""
    for beginning, found in _BEGINNINGS:
        if data.startswith(beginning):
            return found
    text = _text(data[:_HEAD])
    if text is None:
        return ""
    if declared.reader == "workbook":
        first, _, rest = text.partition("\n")
        return (
            ".csv" if rest and re.search("[,;\t]", first) and not text.lstrip("\ufeff \r\n\t").startswith("<") else ""
        )
    if _WORD_XML.match(text):
        return ".docx"
    if _PAGE.match(text):
        return ".html"
    if declared.reader in ("csv", "tsv", "jsonl", "mime", "mail", "dta") or declared.kind == "refused":
        return ""
    lowered = data[:_HEAD].lower()
    if b"mime-version:" in lowered[:1024] and b"multipart/related" in lowered and not lowered.startswith(b"<"):
        return ".mht"
    if (
        declared is not UNKNOWN
        and not declared.text
        and len(_HAN.findall(text)) >= _LEAST_HAN
        and not text.startswith(("<", "{"))
    ):
        return ".txt"
    return ""


def _zip_ending(data: bytes, office: bool) -> str:
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.replace("\\", "/") for name in archive.namelist()]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = _MIMETYPES.get(archive.read("mimetype").strip())
                if kind:
                    return kind
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, OSError, NotImplementedError):
        return ""  # its reader says what is wrong with it
    for part, found in _PARTS:
        if part in names:
            return found
    # An office file without its parts is a damaged one; anything else that is a ZIP archive is an archive.
    return "" if office else ".zip"


def _ole_ending(data: bytes, declared: Format, name: str) -> str:
    held = [found for stream, found in _STREAMS if stream.encode("utf-16-le") + b"\0\0" in data]
    if "EncryptedPackage".encode("utf-16-le") in data and not held:
        raise ZhengyuError(f"{name}: is encrypted; open it with its password and save it without one")
    alike = [one for one in held if one in BY_ENDING and BY_ENDING[one].reader == declared.reader]
    return next(iter([*alike, *held]), "")


def _text(head: bytes) -> str | None:
    """Return the beginning of a file as text, None where it is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    if b"\0" in head:
        return None
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the beginning may end within a character
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _peek(stream: Any) -> bytes:
    """Return the beginning of a stream and leave it there."""
    if hasattr(stream, "peek"):
        try:
            return bytes(stream.peek(_HEAD)[:_HEAD])
        except (OSError, EOFError, pa.ArrowException):
            return b""  # damaged: its reader says where
    if stream.seekable():
        place = stream.tell()
        head = bytes(stream.read(_HEAD))
        stream.seek(place)
        return head
    return b""
