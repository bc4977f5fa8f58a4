"""Saved pages (HTML): a parser's events to lines, at any depth, without recursion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from itertools import islice

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.lines import Lines
from zhengyu.io.documents.markup import feed_page
from zhengyu.io.limits import check_markup
from zhengyu_corpus.encoding import Decoded, decode
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,8}=\s{0,8}[\"']?\s{0,8}([\w-]+)", re.IGNORECASE)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_FRAME = pattern(
    r"<i?frame\s[^>]{0,500}?\bsrc\s{0,8}=\s{0,8}(?:\"([^\"]{1,500})\"|'([^']{1,500})'|([^\s>\"']{1,500}))",
    re.IGNORECASE,
)
_MOST_FRAMES = 100
#: A line break between two Chinese characters of a page's source is no blank; a browser would show one.
_SOURCE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n[ \t\r\n]*(?=[\u3000-\u9fff\uff00-\uffef])")
#: Blanks that a page shows as one; the ideographic and the no-break space are text.
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HALF = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: What a reader of the page does not see as text: programs, what stands in for them, choices and buttons of forms.
_UNSEEN = frozenset({
    "head", "script", "style", "noscript", "template", "iframe", "object", "applet", "select", "option", "optgroup",
    "datalist", "textarea", "button", "svg", "audio", "video", "canvas", "map", "rp", "rt", "noframes", "noembed",
})  # fmt: skip
#: Of these the whole content is skipped; a button that was never closed would otherwise hide the rest of a page.
_MAY_STAY_OPEN = frozenset({"button", "option", "optgroup", "map", "canvas", "object", "applet"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu", "nav", "ol", "p",
    "plaintext", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "xmp",
})  # fmt: skip
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
_PREFORMATTED = frozenset({"pre", "listing", "plaintext", "xmp"})
#: Meta tags that are kept, and characters of each.
_MOST_META, _META_CHARS = 200, 500
_INDENTED = ("\u3000", "  ", "\t", "\xa0\xa0")
_ENDS = ("。", "！", "？", "；", "：", "”", "!", "?", ";", ":", ".")


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read a page as text, its blocks as lines."""
    found = decode_page(data, name, encoding)
    text, meta = read_page(found.text, name)
    if not text.strip() and (frames := frames_of(found.text)):
        raise ZhengyuError(
            f"{name}: the page holds no text, only frames, which show other pages ({', '.join(frames[:3])}); give these"
        )
    return Document(name, text, found.encoding, notes=damage(found), meta=meta)


def damage(found: Decoded) -> tuple[str, ...]:
    """Return what the user should know of how a page was decoded."""
    return (f"{found.bad:,} bytes that are not valid {found.encoding} stand as \ufffd",) if found.bad else ()


def decode_page(data: bytes, name: str, encoding: str | None = None, *, label: str = "") -> Decoded:
    """Return a page's source; valid UTF-8 wins over what the page says of itself, for pages say what they are not.

    Parameters
    ----------
    data : bytes
        The page.
    name : str
        How errors call it.
    encoding : str, optional
        Overrules everything.
    label : str
        What was said of it where it came from; the page's own label when there is none.

    Raises
    ------
    ZhengyuError
        No encoding fits.
    """
    declared = _META_CHARSET.search(data[:4096])
    label = label.lower() or (declared.group(1).decode("ascii").lower() if declared else "")
    if encoding is not None or not label or data.startswith(_BOMS):
        return _replaced(decode(data, encoding=encoding, where=name, marks=True))
    if not data.isascii():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            # Two characters of GBK may be one of UTF-8, but hardly a Chinese one.
            if _HAN.search(text) or label in ("utf-8", "utf8"):
                return Decoded(text, "utf-8")
    try:
        # gb2312 and gbk label pages that use gb18030's larger set.
        return decode(data, encoding="gb18030" if label in ("gb2312", "gbk") else label, where=name)
    except ZhengyuError:
        return _replaced(decode(data, where=name, marks=True))


def _replaced(found: Decoded) -> Decoded:
    """Return a page's source with a sign, as browsers show it, for every byte that is not valid."""
    return replace(found, text=_HALF.sub("\ufffd", found.text)) if found.bad else found


def frames_of(source: str) -> list[str]:
    """Return the addresses of what a page shows in its frames, in their order."""
    return [unescape(found[1] or found[2] or found[3]) for found in islice(_FRAME.finditer(source), _MOST_FRAMES)]


def page_text(source: str, name: str) -> str:
    """Return the text of a page's source; see `read_page`."""
    return read_page(source, name)[0]


def read_page(source: str, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the text of a page's source, and the names and contents of its meta tags, its title among them.

    Raises
    ------
    ZhengyuError
        A tag has so many attributes that parsing it takes for ever.
    """
    check_markup(source, name)
    if not source.strip():
        return "", ()
    page = _Page()
    feed_page(source, page)
    return page.text(), page.meta()


class _Page:
    """Takes a parser's events and keeps what a reader of the page sees."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._held: list[str] = []
        self._pre: list[str] = []
        self._in_pre = 0
        self._skipping = ""
        self._skipped_depth = 0
        self._numbers: list[int | None] = []
        self._number = ""
        self._meta: list[tuple[str, str]] = []
        self._title: list[str] | None = None
        self._titled = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        tag = tag.lower()
        if tag == "meta" and len(self._meta) < _MOST_META:
            called = attributes.get("name") or attributes.get("property") or ""
            if called and (content := attributes.get("content")):
                self._meta.append((called[:_META_CHARS], content[:_META_CHARS]))
        if self._skipping:
            if tag == "title" and self._skipping == "head" and self._title is None:
                self._title = []
            if self._skipping in _MAY_STAY_OPEN and tag in _BLOCKS:
                self._skipping = ""
            else:
                self._skipped_depth += tag == self._skipping
                return
        if tag not in _VOID and (
            tag in _UNSEEN or "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None
        ):
            self._skipping, self._skipped_depth = tag, 1
            return
        if tag == "br":
            self._end_line()
        elif tag in ("td", "th"):
            self._end_line()
            self._lines.start_cell()
        elif tag in _BLOCKS:
            self._end_line()
            if tag == "tr":
                self._lines.end_row()
            elif tag in ("ol", "ul", "menu", "dir"):
                first = attributes.get("start", "1")
                self._numbers.append(
                    (int(first) if first.isdecimal() and len(first) < 9 else 1) if tag == "ol" else None
                )
            elif tag == "li" and self._numbers and self._numbers[-1] is not None:
                self._number = f"{self._numbers[-1]}. "
                self._numbers[-1] += 1
            elif tag in _PREFORMATTED:
                self._in_pre += 1

    def end(self, tag: str) -> None:
        """End an element."""
        tag = tag.lower()
        if self._skipping:
            self._titled |= tag == "title"
            if tag == self._skipping:
                self._skipped_depth -= 1
                if not self._skipped_depth:
                    self._skipping = ""
            return
        if tag in ("td", "th"):
            self._end_line()
            self._lines.end_cell()
        elif tag in _BLOCKS:
            self._end_line()
            if tag in ("tr", "table"):
                self._lines.end_row()
            elif tag in ("ol", "ul", "menu", "dir") and self._numbers:
                self._numbers.pop()
                self._number = ""
            elif tag in _PREFORMATTED and self._in_pre:
                self._in_pre -= 1
                if not self._in_pre:
                    self._end_pre()

    def data(self, text: str) -> None:
        """Take text."""
        if self._skipping:
            if self._title is not None and len(self._title) < _MOST_META and not self._titled:
                self._title.append(text)
            return
        if not self._in_pre:
            self._held.append(text)
            return
        first, *others = text.replace("\r\n", "\n").split("\n")
        self._held.append(first)
        for line in others:
            self._end_line()
            self._held.append(line)

    def comment(self, text: str) -> None:
        """Leave comments out."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Leave instructions out."""

    def close(self) -> None:
        """End the page."""

    def text(self) -> str:
        """Return the page's lines."""
        self._end_line()
        self._end_pre()
        return self._lines.text()

    def meta(self) -> tuple[tuple[str, str], ...]:
        """Return the names and contents of the page's meta tags; its title, if it has one, under the name ``title``."""
        title = " ".join("".join(self._title or []).split())[:_META_CHARS]
        return (*self._meta, *((("title", title),) if title else ()))

    def _end_line(self) -> None:
        if not self._held:
            return
        text = "".join(self._held)
        self._held = []
        if self._in_pre:
            self._pre.append(text)
            return
        if self._pre:
            self._end_pre()
        line = _BLANKS.sub(" ", _SOURCE_BREAK.sub("", text)).strip(" ")
        if line:
            self._lines.add(self._number + line)  # of the list's item that it begins
            self._number = ""

    def _end_pre(self) -> None:
        lines, self._pre = self._pre, []
        for line in join_indented(lines):
            self._lines.add(line)


def join_indented(lines: list[str]) -> list[str]:
    r"""Join lines that a fixed width broke, where paragraphs are told by their indents.

    Examples
    --------
    >>> join_indented(["　　各乡镇抢农", "时、抓播种。", "　　县里治理河道。"])
    ['　　各乡镇抢农时、抓播种。', '　　县里治理河道。']
    >>> join_indented(["甲", "乙"])
    ['甲', '乙']
    """
    if not any(line.startswith(_INDENTED) for line in lines):
        return lines
    out: list[list[str]] = []
    running = False
    for line in lines:
        if running and line.strip() and not line.startswith(_INDENTED):
            out[-1].append(line.strip())
        else:
            out.append([line.rstrip()])
        running = bool(line.strip()) and not line.rstrip().endswith(_ENDS)
    return ["".join(parts) for parts in out]
