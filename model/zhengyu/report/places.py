"""Places with what stands around them as a page, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader

from zhengyu.findings.find import Query
from zhengyu.report.words import head, say
from zhengyu_corpus.atomic import Replacement
from zhengyu_corpus.errors import ZhengyuError

_SHOWN = ("where", "left", "match", "right")


def write_places(
    path: Path, parts: Iterable[pa.Table], query: Query, sources: Iterable[Path] = (), language: str = "zh"
) -> None:
    """Write places as a page; nothing is kept of them, so that a million take no more memory than one.

    Parameters
    ----------
    path : Path
        The page; it appears whole or not at all.
    parts : iterable of pyarrow.Table
        As `zhengyu.findings.find.find_rows` yields them.
    query : Query
        What they are places of.
    sources : iterable of Path
        Files that they were found in.
    language : {'zh', 'en'}
        Of the page.

    Raises
    ------
    ZhengyuError
        It cannot be written.
    """
    page = Environment(loader=PackageLoader("zhengyu.report", "."), autoescape=True).get_template("places.html")

    def rows() -> Iterator[dict[str, Any]]:
        for part in parts:
            yield from part.to_pylist()

    pieces = page.generate(
        title=say(f"find_{query.kind}", language, what=query.what), rows=rows(),
        language="zh-CN" if language == "zh" else "en", heads=[head(name, language) for name in _SHOWN],
    )  # fmt: skip
    try:
        made = Replacement(path, sources=sources)
        try:
            for piece in pieces:
                made.file.write(piece.encode())
            made.commit()
        finally:
            made.discard()
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; nothing was changed there") from error
