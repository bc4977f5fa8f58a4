"""Saved pages (HTML)."""

from __future__ import annotations

import re

from zhengyu.io.documents.document import Document
from zhengyu.io.limits import check_markup
from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
#: A line break between two Chinese characters of a page's source is no blank; the parser would make it one.
_SOURCE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n[ \t]*(?=[\u3000-\u9fff\uff00-\uffef])")


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read a page as text, its blocks as lines."""
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
