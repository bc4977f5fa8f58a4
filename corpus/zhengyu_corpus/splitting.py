"""A document into its paragraphs, each with its kind and its place in the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from zhengyu_corpus.furniture import furniture_rule

#: ``prose`` and ``heading`` are tagged, ``furniture`` is not.
Kind = Literal["prose", "heading", "furniture"]

#: Headings are short; longer lines without a full stop are captions and lists, which are prose.
MAX_HEADING_CHARS = 40
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_BLANK = re.compile(
    r"[ \t\u3000\u00a0]*(?:\r\n|[\r\n\u2028\u2029\x85])[ \t\u3000\u00a0]*(?:\r\n|[\r\n\u2028\u2029\x85])"
)
_SENTENCE_END = re.compile(r"[。！？!?；;…](?:[”’」』）)]*)$")
_NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十百千零\d]+[章节编部分篇]|[一二三四五六七八九十]+[、.．]|[(（][一二三四五六七八九十]+[)）]|\d+(?:\.\d+)*[、.．]?\s|#{1,6}\s)"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
#: A document whose lines mostly break off in mid-sentence at one width was wrapped by a machine.
_WRAP_SHARE = 0.5
_WRAP_MIN_LINES = 8


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a document.

    Attributes
    ----------
    number : int
        1-based place among the document's paragraphs.
    start, end : int
        Character offsets in the document's text: ``document[start:end]`` is `text`, to the letter.
    text : str
        The paragraph as it stands in the source, without the blanks around it.
    kind : {'prose', 'heading', 'furniture'}
        What it is.
    rule : str
        For furniture, the rule that recognised it; else ``""``.
    """

    number: int
    start: int
    end: int
    text: str
    kind: Kind
    rule: str = ""


def is_heading(text: str) -> bool:
    """Tell a heading: short, with Han characters, and not closed as a sentence is."""
    return (
        len(text) <= MAX_HEADING_CHARS
        and _HAN.search(text) is not None
        and _SENTENCE_END.search(text) is None
        and not text.endswith(("，", ",", "：", ":", "、"))
    )


def split_document(document: str, furniture: Mapping[int, str] | None = None) -> list[Paragraph]:
    """Split a document into paragraphs.

    Lines are paragraphs, as in saved pages and office documents; text wrapped at a fixed width by a machine is
    recognised by its shape, and there blank lines part paragraphs. Nothing is lost: every non-blank character of
    the document belongs to exactly one paragraph.

    Parameters
    ----------
    document : str
        Decoded text.
    furniture : mapping of int to str, optional
        Offsets of lines that are furniture by their place on the page, which only their reader knew, and why.

    Returns
    -------
    list of Paragraph
        In the order of the source.
    """
    spans = [_trimmed(document, match.start(), match.end()) for match in _LINE.finditer(document)]
    spans = [span for span in spans if span[0] < span[1]]
    if _is_wrapped([document[a:b] for a, b in spans], _BLANK.search(document) is not None):
        spans = list(_blocks(document))
    return _with_kinds(document, spans, furniture or {})


def _trimmed(document: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (document[start].isspace() or document[start] == "\ufeff"):
        start += 1
    while end > start and (document[end - 1].isspace() or document[end - 1] == "\ufeff"):
        end -= 1
    return start, end


def _is_wrapped(lines: list[str], has_blank_lines: bool) -> bool:
    if len(lines) < _WRAP_MIN_LINES or not has_blank_lines:
        return False
    width = max(len(line) for line in lines)
    full = [line for line in lines if len(line) >= width * 0.85]
    open_ended = [line for line in full if _SENTENCE_END.search(line) is None]
    return 15 <= width <= 120 and len(open_ended) > _WRAP_SHARE * len(lines)


def _blocks(document: str) -> Iterable[tuple[int, int]]:
    place = 0
    for blank in [*_BLANK.finditer(document), None]:
        end = blank.start() if blank else len(document)
        span = _trimmed(document, place, end)
        if span[0] < span[1]:
            yield span
        place = blank.end() if blank else end


def _with_kinds(document: str, spans: list[tuple[int, int]], known: Mapping[int, str]) -> list[Paragraph]:
    found: list[Paragraph] = []
    headings: set[str] = set()
    for number, (start, end) in enumerate(spans, 1):
        text = document[start:end]
        bare = re.sub(r"[\s|·>»›/-]", "", text)
        rule = known.get(start) or furniture_rule(text)
        if rule is None and bare in headings:
            rule = "repeated title"
        if rule is None and not any(char.isalnum() for char in text):
            rule = "no words"
        if rule is not None:
            found.append(Paragraph(number, start, end, text, "furniture", rule))
        elif is_heading(text):
            headings.add(bare)
            found.append(Paragraph(number, start, end, text, "heading"))
        else:
            found.append(Paragraph(number, start, end, text, "prose"))
    return found
