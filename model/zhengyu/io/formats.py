"""The one table of file formats: what is read, as document or as table, how, and under which bounds.

A new format is a row here and a reader: a module in `zhengyu.io.documents` for a document, a function in
`zhengyu.io.tables` for a table. Nothing outside `zhengyu.io` names a file ending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from zhengyu_corpus.errors import ZhengyuError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        What people call it.
    endings : tuple of str
        Endings of its files, with the dot, lower case.
    kind : {'document', 'table', 'archive', 'refused'}
        Whether it is split into paragraphs, read row by row, holds other files, or is known but not read.
    reader : str
        Name of its reader: a module of `zhengyu.io.documents`, or a key of `zhengyu.io.tables.ROW_READERS`.
    text : bool
        Whether it is text, whose encoding must be found and which may be compressed (``.csv.gz``).
    sandboxed : bool
        Whether a child process reads it, under a clock and a bound of memory.
    unpacked : int
        For archives: bytes that all members together may unpack to; 0 for others.
    written : bool
        Whether results are written in it too.
    named : bool
        Whether a folder or a glob leaves such files out, so that one is read only where it is named.
    extra : str
        The extra that its reader needs, ``""`` for none.
    ocr : bool
        Whether its pages that are pictures can be read by OCR (``zhengyu[ocr]``).
    remedy : str
        For one that is not read, what turns it into one that is.
    """

    name: str
    endings: tuple[str, ...]
    kind: str
    reader: str
    text: bool = False
    sandboxed: bool = False
    unpacked: int = 0
    written: bool = False
    named: bool = False
    extra: str = ""
    ocr: bool = False
    remedy: str = ""


def _refused(name: str, endings: tuple[str, ...], remedy: str) -> Format:
    return Format(name, endings, "refused", "", remedy=remedy)


FORMATS: tuple[Format, ...] = (
    Format("plain text", (".txt",), "document", "plain", text=True),
    Format("Markdown", (".md", ".markdown"), "document", "plain", text=True),
    Format("HTML", (".html", ".htm", ".shtml", ".xhtml"), "document", "html", text=True, sandboxed=True),
    Format("Word (DOCX)", (".docx", ".docm", ".dotx", ".dotm"), "document", "docx", sandboxed=True, unpacked=128 * MIB),
    Format("Word 97-2003 (DOC)", (".doc", ".dot"), "document", "doc", sandboxed=True),
    Format("Kingsoft Writer (WPS)", (".wps", ".wpt"), "document", "doc", sandboxed=True),
    Format("OpenDocument text (ODT)", (".odt", ".ott"), "document", "odt", sandboxed=True, unpacked=128 * MIB),
    Format("RTF", (".rtf",), "document", "rtf", sandboxed=True),
    Format("EPUB", (".epub",), "document", "epub", sandboxed=True, unpacked=512 * MIB),
    Format("page saved in one file (MHTML)", (".mht", ".mhtml"), "document", "mime", sandboxed=True),
    Format("PDF", (".pdf",), "document", "pdf", sandboxed=True, ocr=True),
    Format("OFD (GB/T 33190)", (".ofd",), "document", "ofd", sandboxed=True, unpacked=128 * MIB),
    Format("CSV", (".csv",), "table", "csv", text=True, written=True),
    Format("TSV", (".tsv",), "table", "tsv", text=True, written=True),
    Format("JSON Lines", (".jsonl", ".ndjson"), "table", "jsonl", text=True, written=True),
    # Programs leave files of settings with this ending everywhere: one is read where it is named.
    Format("JSON array", (".json",), "table", "jsonl", text=True, named=True),
    Format("Parquet", (".parquet",), "table", "parquet", written=True),
    # Read as a stream: a million rows of paragraphs unpack to about a gigabyte.
    Format("Excel (XLSX)", (".xlsx",), "table", "workbook", sandboxed=True, unpacked=2048 * MIB, written=True),
    Format(
        "Excel with macros or template",
        (".xlsm", ".xltx", ".xltm"),
        "table",
        "workbook",
        sandboxed=True,
        unpacked=2048 * MIB,
    ),
    Format("Excel binary (XLSB)", (".xlsb",), "table", "workbook", sandboxed=True, unpacked=2048 * MIB),
    Format("Excel 97-2003 (XLS)", (".xls", ".xlt"), "table", "workbook", sandboxed=True),
    Format("Kingsoft Spreadsheets (ET)", (".et", ".ett"), "table", "workbook", sandboxed=True),
    Format("OpenDocument spreadsheet (ODS)", (".ods",), "table", "workbook", sandboxed=True, unpacked=512 * MIB),
    # Read in the child process as workbooks are: a row at a time, its types kept.
    Format("Stata (DTA)", (".dta",), "table", "workbook", sandboxed=True, written=True),
    Format("ZIP archive", (".zip",), "archive", "zip", sandboxed=True),
    Format("mail", (".eml",), "archive", "mail", sandboxed=True),
    _refused("CNKI article", (".caj", ".kdh", ".nh"), "open it in CAJViewer and print it to PDF"),
    _refused(
        "RAR, 7z or TAR archive",
        (".rar", ".7z", ".tar", ".tgz"),
        "unpack it, with 7-Zip for one, and give the folder, or pack it as ZIP",
    ),
    _refused(
        "file compressed by xz or bzip2",
        (".xz", ".lzma", ".bz2"),
        "unpack it, or pack it by gzip (.gz) or Zstandard (.zst)",
    ),
    _refused(
        "data file of R", (".rds", ".rda", ".rdata"), "write it from R with haven::write_dta or arrow::write_parquet"
    ),
    _refused(
        "presentation", (".dps", ".ppt", ".pptx", ".odp"), "save it as PDF in WPS Office, PowerPoint or LibreOffice"
    ),
    _refused(
        "web archive (WARC)", (".warc", ".arc", ".wacz"), "take the pages out as HTML with warcio or ReplayWeb.page"
    ),
    _refused(
        "picture",
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".heic"),
        "a picture of a page is read from a PDF: print it as PDF, then zhengyu tag --ocr auto",
    ),
    _refused("message of Outlook", (".msg",), "save it as .eml in Outlook, or as PDF"),
)
#: Ending to its format.
BY_ENDING: dict[str, Format] = {ending: format_ for format_ in FORMATS for ending in format_.endings}
#: A file whose name says no format: its content may.
UNKNOWN = Format("file of unknown format", (), "document", "")
#: Ending of a compressed file to pyarrow's name of the codec.
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


def format_of(ending: str) -> Format:
    """Return the format of an ending, `UNKNOWN` where it has none."""
    return BY_ENDING.get(ending, UNKNOWN)


def endings(kind: str = "", *, written: bool = False) -> tuple[str, ...]:
    """Return the endings of a kind, all that are read when it is ``""``; if asked, only those that are written too."""
    return tuple(
        ending
        for ending, format_ in BY_ENDING.items()
        if format_.kind == (kind or format_.kind) != "refused" and (format_.written or not written)
    )


def remedy(ending: str) -> str:
    """Return what a format is that is known but not read, and what turns it into one that is."""
    return f"is a {BY_ENDING[ending].name}, which is not read; {BY_ENDING[ending].remedy}"


def ending_of(name: str) -> tuple[str, str | None]:
    """Return the ending of a file's name and the codec of its compression, None where it has none.

    Examples
    --------
    >>> ending_of("news/2024.CSV.gz"), ending_of("report.docx"), ending_of("README")
    (('.csv', 'gzip'), ('.docx', None), ('', None))
    """
    suffixes = [suffix.lower() for suffix in PurePosixPath(name.replace("\\", "/")).suffixes]
    if len(suffixes) > 1 and suffixes[-1] in COMPRESSIONS:
        return suffixes[-2], COMPRESSIONS[suffixes[-1]]
    return (suffixes[-1] if suffixes else ""), None


def find_format(name: str, wanted: str = "", allowed: Iterable[str] | None = None) -> Format:
    """Return the format of a file by its name.

    Parameters
    ----------
    name : str
        The file.
    wanted : {'', 'document', 'table'}
        The kind that is expected.
    allowed : iterable of str, optional
        Endings to choose from; all of the kind when not given.

    Raises
    ------
    ZhengyuError
        The ending is none of these.
    """
    ending, _ = ending_of(name)
    able = tuple(allowed) if allowed is not None else endings(wanted)
    if ending in BY_ENDING and BY_ENDING[ending].kind == "refused":
        raise ZhengyuError(f"{name}: {remedy(ending)}")
    if ending not in able:
        raise ZhengyuError(f"{name}: expected an ending of {', '.join(able)}; rename or convert the file")
    return BY_ENDING[ending]
