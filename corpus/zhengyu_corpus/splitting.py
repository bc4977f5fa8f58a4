"""A document into its paragraphs, each with its kind and its place in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from zhengyu_corpus.furniture import attachment_number, furniture_rule

#: ``prose`` and ``heading`` are tagged, ``furniture`` is not.
Kind = Literal["prose", "heading", "furniture"]

#: Headings are short; longer lines without a full stop are captions and lists, which are prose.
MAX_HEADING_CHARS = 40
_LINE_ENDS = "\r\n\u2028\u2029\x85"
_LINE = re.compile(rf"[^{_LINE_ENDS}\x0b\x0c]+")
#: A sentence ends in so few characters, so that the end of a line tells.
_END_CHARS = 12
_SENTENCE_END = re.compile(r"[。！？!?；;…][”’」』）)]*$")
_NUMBERED = re.compile(
    r"第[一二三四五六七八九十百千零\d]{1,9}[章节编部分篇条]|[一二三四五六七八九十]{1,4}[、.．]|[(（][一二三四五六七八九十]{1,4}[)）]"
    r"|\d{1,3}(?:\.\d{1,3}){0,4}[、.．\s]|#{1,6}\s"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
#: Marks that leave a title the same title where it stands again, in a running head or a breadcrumb.
_TITLE_MARKS = re.compile(r"[\s|·>»›/-]")
#: A document whose lines mostly break off in mid-sentence at one width was wrapped by a machine. Width is counted in
#: columns of a terminal, two for a Han character; it is that of the widest lines but a tenth, titles and addresses.
_WRAP_WIDTH = (30, 240)
_WIDEST = 0.9
_FULL_LINE = 0.85
#: Where blank lines part the paragraphs: lines, and the share of them that break off.
_WRAP_MIN_LINES = 8
_WRAP_SHARE = 0.5
#: Where indents part them: lines that go on from the one before, the share of these before which one breaks off, and
#: columns of an indent.
_JOINT_MIN = 3
_JOINT_SHARE = 0.7
_INDENT = 4


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
        and _ends_open(text)
        and not text.endswith(("，", ",", "：", ":", "、"))
    )


def _ends_open(text: str) -> bool:
    return _SENTENCE_END.search(text[-_END_CHARS:]) is None


def split_document(document: str, furniture: Mapping[int, str] | None = None) -> list[Paragraph]:
    """Split a document into paragraphs.

    Lines are paragraphs, as in saved pages and office documents. Text wrapped at a fixed width by a machine is
    recognised by its shape, and there blank lines and indents part paragraphs. Nothing is lost: every non-blank
    character of the document belongs to exactly one paragraph. The time is in proportion to the document's length.

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
    known = furniture or {}
    spans, torn = _joined(document, list(_lines(document)), known)
    return _with_kinds(document, spans, torn, known)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that is not blank.

    Attributes
    ----------
    start, end : int
        Character offsets in the document, without the blanks around it.
    indent, width : int
        In columns; the width counts the indent.
    after_blank : bool
        Whether a blank line stands before it.
    is_open : bool
        Whether it breaks off in mid-sentence.
    """

    start: int
    end: int
    indent: int
    width: int
    after_blank: bool
    is_open: bool


def _lines(document: str) -> Iterator[_Line]:
    last: int | None = None
    for match in _LINE.finditer(document):
        start, end = _trimmed(document, match.start(), match.end())
        if start == end:
            continue
        after_blank = last is not None and _count_line_ends(document[last:start]) > 1
        indent = _columns(document[match.start() : start].expandtabs(_INDENT))
        text = document[start:end]
        yield _Line(start, end, indent, indent + _columns(text), after_blank, _ends_open(text))
        last = end


def _count_line_ends(between: str) -> int:
    return sum(between.replace("\r\n", "\n").count(mark) for mark in _LINE_ENDS)


def _columns(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(char >= "\u1100" for char in text)


def _trimmed(document: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (document[start].isspace() or document[start] == "\ufeff"):
        start += 1
    while end > start and (document[end - 1].isspace() or document[end - 1] == "\ufeff"):
        end -= 1
    return start, end


def _joined(document: str, lines: list[_Line], known: Mapping[int, str]) -> tuple[list[tuple[int, int]], set[int]]:
    """Return the places of the paragraphs, and the starts of those that a folio tears off in mid-sentence.

    Paragraphs are the lines, those that a machine wrapped joined.
    """
    full = _full_width(lines)
    in_blocks = full is not None and _wrapped_in_blocks(lines, full)
    if full is None or not (in_blocks or _wrapped_at_indents(lines, full)):
        return [(line.start, line.end) for line in lines], set()
    # Where most lines are indented the whole text is, and its indents part nothing.
    by_indent = not in_blocks or sum(line.indent >= _INDENT for line in lines) <= len(lines) / 2
    spans: list[tuple[int, int]] = []
    torn: set[int] = set()
    before: _Line | None = None
    for line in lines:
        text = document[line.start : line.end]
        # Folios and other furniture between the lines stay by themselves.
        apart = line.start in known or (line.width < full and furniture_rule(text) is not None)
        if before is None or apart or line.after_blank or (by_indent and line.indent >= _INDENT):
            goes_on = False
        else:
            goes_on = in_blocks or (before.width >= full and (before.is_open or not _NUMBERED.match(text)))
        if apart and before is not None and before.is_open and before.width >= full:
            torn.add(spans[-1][0])
        if goes_on:
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
        before = None if apart else line
    return spans, torn


def _full_width(lines: list[_Line]) -> float | None:
    """Return the width from which a line counts as full, None where no machine wraps at such a width."""
    if not lines:
        return None
    widths = sorted(line.width for line in lines)
    widest = widths[int(_WIDEST * (len(widths) - 1))]
    return _FULL_LINE * widest if _WRAP_WIDTH[0] <= widest <= _WRAP_WIDTH[1] else None


def _wrapped_in_blocks(lines: list[_Line], full: float) -> bool:
    if len(lines) < _WRAP_MIN_LINES or not any(line.after_blank for line in lines):
        return False
    return sum(line.width >= full and line.is_open for line in lines) > _WRAP_SHARE * len(lines)


def _wrapped_at_indents(lines: list[_Line], full: float) -> bool:
    if not any(line.indent >= _INDENT for line in lines):
        return False
    joints = [before for before, line in pairwise(lines) if line.indent < _INDENT and not line.after_blank]
    broken = sum(before.width >= full and before.is_open for before in joints)
    return broken >= max(_JOINT_MIN, _JOINT_SHARE * len(joints))


def _with_kinds(
    document: str, spans: list[tuple[int, int]], torn: set[int], known: Mapping[int, str]
) -> list[Paragraph]:
    found: list[Paragraph] = []
    headings: set[str] = set()
    attachment: int | None = None
    for number, (start, end) in enumerate(spans, 1):
        text = document[start:end]
        bare = _TITLE_MARKS.sub("", text)
        rule = known.get(start) or furniture_rule(text)
        attachment = attachment_number(text, attachment)
        if rule is None and attachment:
            rule = "attachments"
        if rule is None and bare in headings:
            rule = "repeated title"
        if rule is None and not any(char.isalnum() for char in text):
            rule = "no words"
        if rule is not None:
            found.append(Paragraph(number, start, end, text, "furniture", rule))
        elif start not in torn and is_heading(text):
            headings.add(bare)
            found.append(Paragraph(number, start, end, text, "heading"))
        else:
            found.append(Paragraph(number, start, end, text, "prose"))
    return found
