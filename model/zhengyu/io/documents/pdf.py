"""PDF documents that hold text."""

from __future__ import annotations

from zhengyu.io.documents.document import Document
from zhengyu_corpus.errors import ZhengyuError

#: A PDF line at least this share of the page's widest line was broken by the margin, not by its writer.
_FULL_LINE = 0.85


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read the pages, lines that the margin broke joined."""
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
