r"""Lines back to paragraphs: which line breaks the margin made and which the writer did.

One joiner for every source that holds lines instead of paragraphs: PDF and OFD pages, pages read by OCR, and text
hard-wrapped at a fixed width. A line was broken by the margin when the first word of the next would not have fitted
into the room that was left; Han characters take two units of width, Latin ones one. Whether the next line then goes on
with the paragraph is told by indents, by the end of the sentence, by numbering and by the distance between the lines.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from zhengyu_corpus.patterns import pattern

_SENTENCE_END = pattern(r"[。！？!?；;：:…][”’」』）)》]*$")
_LABEL = pattern(r"^[^：:。，]{1,12}[：:]")
#: No paragraph ends so.
_OPEN = pattern(r"[，、（《「『“‘〔(,]$")
_FULL_STOP = pattern(r"[。！？!?][”’」』）)》]*$")
_NUMBERED = pattern(
    r"^(?:第[一二三四五六七八九十百千零〇\d]+[章节编部分篇条]|[一二三四五六七八九十壹貳贰參叁肆伍陸陆柒捌玖拾]+\s*[、.．]"
    r"|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}(?:\.\d{1,2})*[、.．)）](?:(?!\d)|(?=(?:19|20)\d\d年))|[①-⑳●■◆□◇○•▪➢])"
)
#: Marks that may not begin a line: they stay with what stands before them.
_CLOSING = "，。、；：！？）》」』】〕”’…,.;:!?)]}%％"
#: A word that no blank parts: it goes to the next line whole.
_WORD = pattern(r"[0-9A-Za-z@#&/:._~%+=?-]+")
#: Characters of double width that nearly all texts are made of.
_WIDE_RUN = pattern(r"[\u3001-\u303e\u3400-\u4dbf\u4e00-\u9fef\uff01-\uff60]+")
#: A line that is open and fills so large a share of its width was broken by a margin of its own, beside a picture.
_WIDE, _HALF = 0.88, 0.5
#: Room that justified setting leaves at the end of a full line, in characters.
_SLACK = 0.6
#: A line that starts so many characters further right is indented.
_INDENT = 0.8
#: Lines further apart than so many times the usual distance are apart in meaning; where paragraphs are set apart by
#: distance, a smaller one tells.
_FAR, _APART = 1.6, 1.2
#: Lines further apart than so many characters are not of one paragraph, whatever is usual on the page.
_FAR_APART = 2.6
#: Nothing is set as prose in a narrower block, in characters; in one where few lines reach the margin, a wider one.
_LEAST_WIDTH, _SURE_WIDTH = 8, 14
#: Lines whose size differs by more than this share are not of one paragraph.
_OTHER_SIZE = 0.12


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands on its page.

    Attributes
    ----------
    text : str
        Without the blanks around it.
    left, right : float
        Where it starts and ends, in any unit.
    top : float
        Its distance from the top of the page, in the same unit.
    size : float
        Width of a Han character, in the same unit.
    page : int
        Number of its page.
    block : int
        Column of the page that it belongs to; lines are full or not by the margins of their block.
    row : bool
        Whether it is a row of a table, which is joined with nothing.
    """

    text: str
    left: float
    right: float
    top: float
    size: float
    page: int = 0
    block: int = 0
    row: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """Margins of a block, the usual distance of its lines, and whether several reach the right margin as prose does."""

    left: float
    right: float
    step: float
    prose: bool = False


def width(text: str) -> int:
    """Return the display width: 2 for a Han character or full-width mark, 1 for others.

    Examples
    --------
    >>> width("ＡB农田")
    7
    """
    rest = _WIDE_RUN.sub("", text)
    if not rest.isascii():
        return 2 * (len(text) - len(rest)) + sum(
            2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in rest
        )
    return 2 * len(text) - len(rest)


def join(one: str, other: str) -> str:
    """Return two lines of a paragraph as one; a blank parts Latin words, and nothing parts an address.

    Examples
    --------
    >>> join("全面推", "进乡村振兴"), join("the county", "of Rushan"), join("见https://a.cn/x", "y")
    ('全面推进乡村振兴', 'the county of Rushan', '见https://a.cn/xy')
    """
    latin = one[-1:].isascii() and one[-1:].isalnum() and other[:1].isascii() and other[:1].isalnum()
    address = re.search(r"(?:://|www\.)\S*$", one)
    return one + (" " if latin and not address else "") + other


def paragraphs(lines: Sequence[Line]) -> list[list[int]]:
    """Group the lines that are one paragraph.

    Parameters
    ----------
    lines : sequence of Line
        In reading order; folios and running heads taken out.

    Returns
    -------
    list of list of int
        Places in `lines`, paragraph by paragraph; each line once, in order.
    """
    frames = _frames(lines)
    habits = _habits(lines, frames)
    groups: list[list[int]] = []
    for n, line in enumerate(lines):
        if groups and _goes_on(lines, groups[-1], line, lines[n + 1] if n + 1 < len(lines) else None, frames, habits):
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def _key(line: Line) -> tuple[int, int]:
    return line.page, line.block


def _cluster(values: Sequence[float], near: float, *, last: bool) -> float:
    """Return the outermost value that several share, the outermost of all where none is shared."""
    least = max(2, len(values) // 10)
    ordered = sorted(values)
    for value in reversed(ordered) if last else ordered:
        begin, end = bisect_left(ordered, value - near), bisect_right(ordered, value + near)
        if end - begin >= least:
            return ordered[end - 1] if last else ordered[begin]
    return ordered[-1] if last else ordered[0]


def _frames(lines: Sequence[Line]) -> dict[tuple[int, int], _Frame]:
    """Return the margins of each block; a short one has those that the blocks of the document share."""
    from statistics import median

    held: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        if not line.row:
            held[_key(line)].append(line)
    steps = [
        round(after.top - before.top, 1)
        for before, after in pairwise(lines)
        if _key(before) == _key(after) and after.top > before.top
    ]
    common = Counter(steps).most_common(1)[0][0] if steps else 0.0
    found: dict[tuple[int, int], _Frame] = {}
    for key, some in held.items():
        size = median(line.size for line in some)
        # A page may be set closer than the others, an annex for one.
        own = [after.top - before.top for before, after in pairwise(some) if after.top > before.top]
        step = median(own) if len(own) >= 4 else common
        left = _cluster([line.left for line in some], size / 2, last=False)
        right = _cluster([line.right for line in some], size / 2, last=True)
        full = sum(line.right > right - size for line in some if _SENTENCE_END.search(line.text) is None)
        found[key] = _Frame(left, right, step, full >= 3)
    single = [key for key in found if not key[1]]
    if not single:
        return found
    # The margins that most lines of single-column pages share hold for pages with too few lines to tell.
    usual = max(single, key=lambda key: len(held[key]))
    wide = found[usual]
    for key in single:
        size, frame, some = median(line.size for line in held[key]), found[key], held[key]
        left, right = frame.left, frame.right
        if 0 < left - wide.left < 5 * size and sum(abs(line.left - left) < size / 2 for line in some) < 4:
            left = wide.left
        if abs(left - wide.left) < 2 * size and right < left + (wide.right - wide.left):
            right = left + (wide.right - wide.left)
        found[key] = _Frame(left, right, frame.step, frame.prose)
    return found


def _first_width(text: str) -> int:
    """Return the display width of what must stand together at the start of a line."""
    word = _WORD.match(text)
    end = word.end() if word else 1
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    # A word that is longer than any line is broken anywhere.
    return min(width(text[:end]), 24)


def _full(line: Line, following: Line, frame: _Frame) -> bool:
    """Whether the margin broke the line."""
    room = frame.right - line.right
    return room < (_first_width(following.text) / 2 + _SLACK) * line.size


@dataclass(frozen=True, slots=True)
class _Habits:
    """How a document marks its paragraphs: by indents, by distance, or not at all."""

    indents: bool
    spaced: bool


def _habits(lines: Sequence[Line], frames: dict[tuple[int, int], _Frame]) -> _Habits:
    """Learn from what follows lines that end before the margin: most next lines are indented, or set apart."""
    indented = apart = 0
    for before, line in pairwise(lines):
        if before.row or line.row or _full(before, line, frames[_key(before)]):
            continue
        frame = frames[_key(line)]
        indent = (line.left - frame.left) / line.size
        indented += 1 if _INDENT < indent < 5 else -1 if indent <= _INDENT else 0
        if _key(before) == _key(line):
            apart += 1 if _APART * frame.step < line.top - before.top <= 3 * frame.step else -1
    return _Habits(indented > 0, apart > 0)


def _goes_on(
    lines: Sequence[Line],
    group: list[int],
    line: Line,
    following: Line | None,
    frames: dict[tuple[int, int], _Frame],
    habits: _Habits,
) -> bool:
    """Tell whether a line goes on with the paragraph whose lines so far are given."""
    before = lines[group[-1]]
    if before.row or line.row or abs(before.size - line.size) > _OTHER_SIZE * max(before.size, line.size):
        return False
    frame, own = frames[_key(before)], frames[_key(line)]
    indents, far = habits.indents, _APART if habits.spaced else _FAR
    if frame.right - frame.left < (_LEAST_WIDTH if frame.prose else _SURE_WIDTH) * before.size:
        return False
    most = min(far * frame.step, _FAR_APART * before.size)
    near = 0 <= line.top - before.top <= most if _key(before) == _key(line) else True
    if not near:
        return False
    ends, numbered = _SENTENCE_END.search(before.text) is not None, _NUMBERED.match(line.text) is not None
    if not _full(before, line, frame):
        if ends or numbered or _key(before) != _key(line):
            return False
        share = (before.right - before.left) / max(frame.right - frame.left, before.size)
        hangs = _hangs(lines[group[0]], line)
        return (
            (share > _HALF and (hangs or _OPEN.search(before.text) is not None))
            or (share > _WIDE and frame.prose and abs(before.left - line.left) < 3 * line.size)
            or _title(before, line, frame)
        )
    deep, was = (line.left - own.left) / line.size, (before.left - frame.left) / before.size
    if not ends and not numbered and _hangs(lines[group[0]], line):
        return True
    if deep <= _INDENT:  # at the margin
        if indents:
            return not (numbered and _FULL_STOP.search(before.text))
        return not numbered and (habits.spaced or _FULL_STOP.search(before.text) is None)
    if numbered or (ends and abs(deep - was) > _INDENT):
        return False
    first = lines[group[0]]
    if abs(deep - was) <= _INDENT:  # a block that is indented as a whole, or two paragraphs of which one has one line
        if len(group) > 1:
            return not ends or _FULL_STOP.search(before.text) is None
        if ends:
            return False
        last = following is None or not _full(line, following, own) or _key(following) != _key(line)
        # The last line of a long heading or item; a paragraph of one line would end as a sentence.
        if last and _SENTENCE_END.search(line.text) is None:
            return True
        if indents and (following is None or _key(following) != _key(line)):
            return False
        if following is not None and _key(following) == _key(line) and _full(line, following, own):
            return abs(following.left - line.left) <= _INDENT * line.size
        return not indents
    # Hanging indent: what follows the number stands below itself.
    return len(group) == 1 and deep > was and _NUMBERED.match(first.text) is not None and deep - was < 5


def _hangs(first: Line, line: Line) -> bool:
    """Tell a line that stands below what follows the number or the label of its paragraph's first line."""
    starts = [found.group() for found in (_NUMBERED.match(first.text), _LABEL.match(first.text)) if found]
    return any(abs(line.left - first.left - width(start) / 2 * first.size) < _INDENT * first.size for start in starts)


def _title(before: Line, line: Line, frame: _Frame) -> bool:
    """Tell a title of several lines: both in the middle, in one size, indented on both sides, and not numbered."""
    if _NUMBERED.match(line.text) or _SENTENCE_END.search(before.text):
        return False
    middle = (frame.left + frame.right) / 2
    return all(
        abs((one.left + one.right) / 2 - middle) < one.size and one.left - frame.left > 1.5 * one.size
        for one in (before, line)
    ) and min(width(before.text), width(line.text)) >= 12  # fmt: skip
