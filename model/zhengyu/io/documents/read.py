"""Documents to text: plain text, Markdown, HTML, DOCX, and PDF that holds text. One function a format."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from zhengyu.io.limits import check_archive, check_markup, read_safely
from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
#: A line break between two Chinese characters of a page's source is no blank; the parser would make it one.
_SOURCE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n[ \t]*(?=[\u3000-\u9fff\uff00-\uffef])")
#: A PDF line at least this share of the page's widest line was broken by the margin, not by its writer.
_FULL_LINE = 0.85


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one document and how it was read.

    Attributes
    ----------
    name : str
        The file as the user named it.
    text : str
        Its text; paragraph offsets count in it. For TXT and Markdown it is the decoded file itself.
    encoding : str
        The encoding, ``""`` for formats that carry their own.
    """

    name: str
    text: str
    encoding: str


def _plain(data: bytes, name: str, encoding: str | None) -> Document:
    found = decode(data, encoding=encoding, where=name)
    return Document(name, found.text, found.encoding)


def _html(data: bytes, name: str, encoding: str | None) -> Document:
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    declared = _META_CHARSET.search(data[:4096])
    if encoding is None and declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        label = declared.group(1).decode("ascii").lower()
        # gb2312 and gbk label pages that use gb18030's larger set.
        encoding = "gb18030" if label in ("gb2312", "gbk") else label
        try:
            found = decode(data, encoding=encoding, where=name)
        except ZhengyuError:
            found = decode(data, where=name)  # pages declare what they are not; the bytes decide
    else:
        found = decode(data, encoding=encoding, where=name)
    check_markup(found.text, name)
    source = _SOURCE_BREAK.sub("", found.text)
    text = get_text(source, ParserConfig(css=CSS_PROFILES["strict"])) if source.strip() else ""
    return Document(name, text, found.encoding)


def _docx(data: bytes, name: str, encoding: str | None) -> Document:
    from zipfile import BadZipFile

    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        blocks = docx.Document(io.BytesIO(data)).iter_inner_content()
        lines: list[str] = []
        for block in blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    cells = dict.fromkeys(cell.text.strip() for cell in row.cells)  # a merged cell stands once
                    lines.append("\t".join(cell.replace("\n", " ") for cell in cells if cell))
            else:
                lines.append(block.text)
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise ZhengyuError(f"{name}: expected a DOCX document, but it cannot be read: {error}; save it anew") from error
    return Document(name, "\n".join(lines), "")


def _pdf(data: bytes, name: str, encoding: str | None) -> Document:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
        pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf]
    except pypdfium2.PdfiumError as error:
        raise ZhengyuError(f"{name}: expected a PDF document, but it cannot be read: {error}; save it anew") from error
    if not any(page.strip() for page in pages):
        raise ZhengyuError(f"{name}: the PDF holds no text ({len(pages)} pages of pictures?); run it through OCR first")
    return Document(name, "\n".join(join_lines(page) for page in pages), "")


def join_lines(page: str) -> str:
    r"""Join the lines of a PDF page that its margin broke.

    Examples
    --------
    >>> join_lines("全市上下要深入贯彻落实会\\n议精神。\\n二、重点任务")
    '全市上下要深入贯彻落实会议精神。\\n二、重点任务'
    """
    lines = [line.strip() for line in page.split("\n")]
    width = max(len(line) for line in lines)
    out: list[str] = []
    running = False
    for line in lines:
        if running and out and line:
            out[-1] += line
        else:
            out.append(line)
        running = len(line) >= _FULL_LINE * width and not line.endswith(("。", "！", "？"))
    return "\n".join(out)


#: File ending to reader.
DOCUMENT_READERS: dict[str, Callable[[bytes, str, str | None], Document]] = {
    ".txt": _plain,
    ".md": _plain,
    ".markdown": _plain,
    ".html": _html,
    ".htm": _html,
    ".docx": _docx,
    ".pdf": _pdf,
}


def read_document(data: bytes, name: str, ending: str, *, encoding: str | None = None) -> Document:
    """Read one document.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How results and errors call it.
    ending : str
        One of `DOCUMENT_READERS`.
    encoding : str, optional
        Overrules detection for TXT, Markdown and HTML.

    Raises
    ------
    ZhengyuError
        The file is not of its format, or holds no text.
    """
    check_archive(data, name, ending)
    return read_safely(lambda: DOCUMENT_READERS[ending](data, name, encoding), name, ending)
