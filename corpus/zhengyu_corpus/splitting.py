"""A document into its paragraphs, each with its kind and its place in the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from zhengyu_corpus.furniture import attachment_number, furniture_rule
from zhengyu_corpus.lines import Line, paragraphs, width
from zhengyu_corpus.patterns import pattern

#: ``prose`` and ``heading`` are tagged, ``furniture`` is not.
Kind = Literal["prose", "heading", "furniture"]

#: Headings are short; longer lines without a full stop are captions and lists, which are prose.
MAX_HEADING_CHARS = 40
_LINE = pattern(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_LINE_END = pattern(r"[\r\n\u2028\u2029\x0b\x0c\x85]")
_LINE_ENDS = pattern(r"\r\n|[\r\n\u2028\u2029\x0b\x0c\x85]")
#: A sentence's end, behind which the mark of a note may stand: …一百次。1
_SENTENCE_END = pattern(
    r"[。！？!?；;…][”’」』）)]*$|[。！？；][”’」』）)]*\s?(?:\d{1,3}|[①-⑳*＊※†]|[\[〔［【(（]\d{1,3}[\]〕］】)）])$"
)
#: Marks that leave a title the same title where it stands again, in a running head or a breadcrumb.
_TITLE_MARKS = pattern(r"[\s|·>»›/-]")
_HAN = pattern(r"[\u3400-\u9fff]")
#: A document was wrapped by a machine when it has so many lines, none wider than one width between these bounds (Han
#: characters count two), and so many of them, so large a share of those longer than half the width, break off in
#: mid-sentence at that width.
_WRAP_LINES, _WRAP_WIDTHS, _WRAP_BROKEN, _WRAP_SHARE = 6, (24, 240), 3, 0.4
#: And of the lines that end what broke off so large a share ends as a sentence does.
_WRAP_CLOSED = 0.5
#: A line breaks off at the width when so much room, or less, was left: for a Han character and a mark.
_WRAP_ROOM = 4


#: A text was pasted from pages when it has so many lines, long ones of a width between these bounds and none so many
#: times wider; lines of so large a share of it are full, so large a share of these goes on, and so large a share of
#: what goes on ends as a sentence does.
_PASTED_LINES, _PASTED_WIDTHS, _PASTED_MOST, _PASTED_FULL = 40, (50, 120), 1.3, 0.84
_PASTED_BROKEN, _PASTED_CLOSED = 0.5, 0.75
#: A sentence's end, behind which a note in brackets may stand.
_PASTED_END = pattern(r"[。！？!?；;：:…][”’」』）)]{0,3}(?:[（(][^（()）]{1,12}[)）])?$")
#: What begins a paragraph of its own.
_OWN = pattern(
    r"[一二三四五六七八九十]{1,3}[、.．]|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d)"
    r"|第[一二三四五六七八九十百\d]{1,4}[章节条编部]|[【①-⑳■◆●★]|[答问]：|附件"
)


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
    recognised by its shape, and there indents and blank lines part paragraphs (`zhengyu_corpus.lines`). Nothing is
    lost: every non-blank character of the document belongs to exactly one paragraph. Time is in proportion to length.

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
    spans = [_trimmed(document, match.start(), match.end()) for match in _LINE.finditer(document)]
    spans = [span for span in spans if span[0] < span[1]]
    # A line that fills the width is no furniture, whatever word it begins with.
    widths = [width(document[start:end]) for start, end in spans]
    short = max(widths, default=0) - _WRAP_ROOM
    apart = {
        n
        for n, (start, end) in enumerate(spans)
        if start in known or (widths[n] < short and furniture_rule(document[start:end]) is not None)
    }
    lines = _wrapped_lines(document, spans, apart)
    groups = paragraphs(lines) if lines else _pasted_groups(document, spans, apart, widths)
    if not groups:
        return _with_kinds(document, spans, set(), known)
    joined, torn = _joined(spans, apart, groups)
    return _with_kinds(document, joined, torn, known)


def _trimmed(document: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (document[start].isspace() or document[start] == "\ufeff"):
        start += 1
    while end > start and (document[end - 1].isspace() or document[end - 1] == "\ufeff"):
        end -= 1
    return start, end


def _wrapped_lines(document: str, spans: list[tuple[int, int]], apart: set[int]) -> list[Line]:
    """Return the lines of a document that a machine wrapped, with their indents and distances; none of another.

    Lines that stand `apart`, folios and other furniture, are left out, as if they were not there.
    """
    if len(spans) - len(apart) < _WRAP_LINES:
        return []
    lines: list[Line] = []
    end = row = 0
    for n, (start, stop) in enumerate(spans):
        if n not in apart:
            before = document[end:start]
            row += 1 if n - 1 in apart else before.count("\n") or before.count("\r") or bool(lines)
            indent = width(_LINE_END.split(before)[-1])
            lines.append(Line(document[start:stop], indent, indent + width(document[start:stop]), row, 2))
        end = stop
    most = max(line.right for line in lines)
    broken = [
        (line, after)
        for line, after in pairwise(lines)
        if line.right >= most - _WRAP_ROOM and _SENTENCE_END.search(line.text) is None
    ]
    long = sum(2 * line.right > most for line in lines)
    if not _WRAP_WIDTHS[0] <= most <= _WRAP_WIDTHS[1] or len(broken) < max(_WRAP_BROKEN, _WRAP_SHARE * long):
        return []
    # Lines of a list may be of one width too: paragraphs of wrapped text are told by indents or blank lines.
    goes_on = sum(after.left <= line.left and after.top == line.top + 1 for line, after in broken)
    marked = sum(after.left > line.left or after.top > line.top + 1 for line, after in pairwise(lines))
    # Slogans of one length end without a mark; what was wrapped ends as sentences do.
    ends = [after for _, after in broken if after.right < most - _WRAP_ROOM or _SENTENCE_END.search(after.text)]
    closed = sum(_PASTED_END.search(line.text) is not None or line.text.endswith(".") for line in ends)
    return lines if marked and goes_on >= 0.8 * len(broken) and closed >= _WRAP_CLOSED * len(ends) else []


def _pasted_groups(
    document: str, spans: list[tuple[int, int]], apart: set[int], widths: list[int]
) -> list[list[int]]:  # fmt: skip
    """Return the paragraphs of a long text that was pasted line by line from pages, without indents; none of another.

    Its lines are as wide as proportional letters and figures made them, but none is much wider than most long ones, and
    most of these go on in the next line until a sentence ends. A sentence that ends with its line ends a paragraph.
    """
    kept = [n for n in range(len(spans)) if n not in apart]
    ordered = sorted(widths[n] for n in kept if "...." not in document[slice(*spans[n])])  # no entries of contents
    if len(ordered) < _PASTED_LINES:
        return []
    most = ordered[int(0.98 * len(ordered))]
    if not _PASTED_WIDTHS[0] <= most <= _PASTED_WIDTHS[1] or ordered[-1] > _PASTED_MOST * most:
        return []
    texts = [document[start:end] for start, end in (spans[n] for n in kept)]
    ended = [_PASTED_END.search(text) is not None for text in texts]
    wide = [widths[n] >= _PASTED_FULL * most for n in kept]
    groups = [[0]]
    for place in range(1, len(kept)):
        before, n = kept[place - 1], kept[place]
        near = n > before + 1 or len(_LINE_ENDS.findall(document, spans[before][1], spans[n][0])) == 1
        if wide[place - 1] and not ended[place - 1] and near and _OWN.match(texts[place]) is None:
            groups[-1].append(place)
        else:
            groups.append([place])
    broken = sum(one and not other for one, other in zip(wide, ended, strict=True))
    runs = [group for group in groups if len(group) > 1]
    closed = sum(ended[group[-1]] for group in runs)
    sure = broken >= max(_PASTED_LINES / 4, _PASTED_BROKEN * sum(wide)) and closed >= _PASTED_CLOSED * len(runs)
    return groups if sure else []


def _joined(
    spans: list[tuple[int, int]], apart: set[int], groups: list[list[int]]
) -> tuple[list[tuple[int, int]], set[int]]:
    """Return the places of the paragraphs, and the starts of those that go on behind a folio.

    `groups` are paragraphs as places among the lines that do not stand `apart`.
    """
    kept = [n for n in range(len(spans)) if n not in apart]
    joined = [spans[n] for n in apart]
    torn: set[int] = set()
    for group in groups:
        first = last = kept[group[0]]
        for n in (kept[place] for place in group[1:]):
            if n > last + 1:
                joined.append((spans[first][0], spans[last][1]))
                torn.add(spans[first][0])
                first = n
            last = n
        joined.append((spans[first][0], spans[last][1]))
    return sorted(joined), torn


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
