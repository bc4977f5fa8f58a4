"""Text set on pages to its paragraphs: reading order, columns, tables, folios and running heads, paragraphs over pages.

What a PDF, an OFD page or OCR gives are runs of characters, each with its place. Runs become rows, rows become lines of
one column after another, and lines become paragraphs (`zhengyu_corpus.lines`). Nothing is left out: folios, running
heads and what stands across the page are lines of their own after the paragraph that they interrupt.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from zhengyu.io.documents.document import INSTALL, Document, Recognised, Unread
from zhengyu_corpus.lines import Line, join, paragraphs

#: A gap wider than this many characters parts the pieces of a row: cells, columns.
_PIECE_GAP = 1.6
#: After a mark that hangs over the margin of its column the gap is narrower by the mark.
_HANGING, _HANGING_GAP = frozenset("，。；：、！？”’）》」』】"), 0.9
#: A gap wider than this share of a character parts Latin words.
_WORD_GAP = 0.18
#: A page with hardly a character whose paths take so many steps has its letters drawn: a Chinese one takes about
#: thirty, the frames of a form five each.
DRAWN_STEPS = 1_000
#: Runs drawn twice at nearly the same place are one, drawn twice for weight or shadow.
_SHADOW = 0.25
#: Columns: rows with text on both sides of a gap so many characters wide, at least so many, each side so wide, and so
#: large a share of its lines reaching its margin, as justified prose does and cells do not.
_GUTTER, _COLUMN_ROWS, _COLUMN_WIDTH, _COLUMN_FULL = 0.9, 3, 9.0, 0.5
#: Beside a left column of so many lines fewer at its head are a right one, where the text ends.
_LONG_COLUMN = 8
#: Rows at the head and foot of a page that may be furniture.
_EDGE_ROWS = 3
#: Footnotes are set smaller than this share of the text.
_SMALL = 0.9
_NUMERAL = r"(?:\d{1,4}|[〇零一二三四五六七八九十百]{1,5}|[IVXLivxl]{1,6})"
_FOLIO = re.compile(
    rf"^(?:[-—–―─·•‧~_]{{1,8}}\s*{_NUMERAL}\s*[-—–―─·•‧~_]{{1,8}}"
    rf"|第\s*{_NUMERAL}\s*页(?:[\s,，/]{{0,8}}共\s*{_NUMERAL}\s*页)?"
    rf"|{_NUMERAL}\s*/\s*{_NUMERAL}|(?i:page)\s*\d+(?:\s*of\s*\d+)?)$"
)
_BARE = re.compile(rf"^{_NUMERAL}$")
#: An entry of a contents list: nothing goes on after its page number.
_ENTRY = re.compile(r"(?<![.．·…‥⋯])(?:[.．·…‥⋯]\s?){3,}+\s*+\d{1,4}$")
_DIGITS = re.compile(r"[0-9０-９]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand beside one another.

    Attributes
    ----------
    text : str
        The characters.
    left, right : float
        Where they start and end.
    top : float
        Distance of their baseline from the top of the page.
    size : float
        Width of a Han character in the same unit.
    confidence : float or None
        For characters that OCR read, how sure it is, between 0 and 1.
    """

    text: str
    left: float
    right: float
    top: float
    size: float
    confidence: float | None = None


#: A line ruled on a page: left, top, right, bottom.
Rule = tuple[float, float, float, float]


@dataclass(slots=True)
class Page:
    """One page: its runs, runs that stand across it (binding lines, watermarks), and the lines ruled on it."""

    runs: list[Run]
    across: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a page: its pieces from left to right."""

    pieces: tuple[Run, ...]
    table: bool = False

    @property
    def top(self) -> float:
        return self.pieces[0].top

    @property
    def size(self) -> float:
        return max(piece.size for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)


def picture_reason(page: int) -> str:
    """Say what is wrong with a page that is a picture."""
    return f"page {page} is a picture without text; zhengyu tag --ocr auto reads it in a PDF ({INSTALL})"


def picture_notes(unread: Sequence[Unread], pages: int) -> list[str]:
    """Say which pages of a document are pictures."""
    told = ", ".join(str(part.place) for part in unread)
    return [f"{len(unread)} of {pages} pages are pictures and were not read: {told}"] if unread else []


def laid_out(pages: Sequence[Page], name: str, **facts: object) -> Document:
    """Return the document that pages hold.

    Parameters
    ----------
    pages : sequence of Page
        Every page, empty ones too.
    name : str
        The file.
    **facts
        Other fields of the `Document`.
    """
    rows = [_rows(page.runs, page.rules) for page in pages]
    aside = _furniture(rows)
    flow: list[Line] = []
    sure: list[float | None] = []
    loose: list[tuple[int, str, str, float | None]] = []  # page, text, rule
    for number, page_rows in enumerate(rows):
        body = []
        for place, row in enumerate(page_rows):
            rule = aside.get((number, place))
            if rule:
                loose.append((number, row.text, rule, _confidence(row.pieces)))
            else:
                body.append(row)
        for line, confidence in _lines(body, number):
            flow.append(line)
            sure.append(confidence)
        loose.extend((number, text, "across the page", None) for text in pages[number].across)
    return _written(flow, sure, loose, name, len(pages), facts)


def _written(
    flow: list[Line],
    sure: list[float | None],
    loose: list[tuple[int, str, str, float | None]],
    name: str,
    pages: int,
    facts: dict[str, object],
) -> Document:
    """Write paragraphs and, between them, furniture, keeping account of what stands where."""
    order = [*_without_notes(flow)]
    notes = [n for n in range(len(flow)) if n not in set(order)]
    parts: list[str] = []
    furniture: list[tuple[int, str]] = []
    recognised: list[Recognised] = []
    at = 0

    def write(text: str, spans: list[tuple[int, int, float | None]], rule: str = "") -> None:
        nonlocal at
        if rule:
            furniture.append((at, rule))
        recognised.extend(Recognised(at + a, at + b, round(c, 4)) for a, b, c in spans if c is not None)
        parts.append(text)
        at += len(text) + 1

    waiting = sorted(enumerate(loose), key=lambda item: (item[1][0], item[0]))

    def before(page: int) -> None:
        while waiting and waiting[0][1][0] < page:
            _, (_, text, rule, confidence) = waiting.pop(0)
            write(text, [(0, len(text), confidence)], rule)

    def groups(places: list[int]) -> list[list[int]]:
        return [[places[k] for k in group] for group in paragraphs([flow[n] for n in places])]

    both = sorted([*groups(order), *groups(notes)], key=lambda group: (flow[group[0]].page, group[0]))
    for group in both:
        before(flow[group[0]].page)
        text, spans = "", []
        for n in group:
            text, start = (join(text, flow[n].text) if text else flow[n].text), len(text)
            spans.append((start, len(text), sure[n]))
        write(text, spans)
    before(1 << 30)
    found = tuple(furniture), tuple(recognised)
    return Document(name, "\n".join(parts), "", furniture=found[0], recognised=found[1], pages=pages, **facts)  # type: ignore[arg-type]


def _without_notes(flow: list[Line]) -> list[int]:
    """Return the lines but for footnotes, which stand between the two halves of a paragraph that goes on over pages."""
    if not flow:
        return []
    sizes: Counter[float] = Counter()
    for line in flow:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    notes: set[int] = set()
    last = len(flow) - 1
    for n in range(last, -1, -1):
        foot = n == last or flow[n].page != flow[n + 1].page or n + 1 in notes
        if foot and flow[n].page != flow[last].page and flow[n].size < _SMALL * usual and not flow[n].row:
            notes.add(n)
    return [n for n in range(len(flow)) if n not in notes]


def _confidence(pieces: Sequence[Run]) -> float | None:
    """Return the mean confidence over the characters, None for what was not read by OCR."""
    known = [(piece.confidence, len(piece.text)) for piece in pieces if piece.confidence is not None]
    return sum(c * n for c, n in known) / max(1, sum(n for _, n in known)) if known else None


def _rows(runs: Sequence[Run], rules: Sequence[Rule]) -> list[_Row]:
    """Return the rows of a page from top to bottom, each cut into its pieces; of a ruled table, into its cells."""
    kept: list[Run] = []
    near: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        bare = run.text.strip()
        if not bare:
            continue
        around = [other for key in (-1, 0, 1) for other in near[(bare, int(run.top // max(run.size, 1)) + key)]]
        if any(max(abs(run.left - o.left), abs(run.top - o.top)) < _SHADOW * run.size for o in around):
            continue
        near[(bare, int(run.top // max(run.size, 1)))].append(run)
        kept.append(run)
    tables, kept = _ruled(kept, rules)
    stacked, flat = _stacks(kept)
    grouped: list[list[Run]] = []
    for run in sorted(flat, key=lambda r: (r.top, r.left)):
        # A raised or lowered sign belongs to the row of what is larger.
        if grouped and abs(run.top - grouped[-1][0].top) < 0.45 * max(run.size, grouped[-1][0].size):
            grouped[-1].append(run)
        else:
            grouped.append([run])
    rows = [_Row(_pieces(sorted(group, key=lambda r: r.left))) for group in grouped]
    rows.extend(_Row((stack,), table=True) for stack in stacked)
    return sorted([*rows, *tables], key=lambda row: row.top)


def _ruled(runs: list[Run], rules: Sequence[Rule]) -> tuple[list[_Row], list[Run]]:
    """Take out the rows of ruled tables, each cell one piece with its lines joined."""
    upright = sorted((left, top, bottom) for left, top, right, bottom in rules if bottom - top > right - left)
    level = sorted((top, left, right) for left, top, right, bottom in rules if bottom - top <= right - left)
    cells: dict[tuple[float, float, float, float], list[Run]] = defaultdict(list)
    rest: list[Run] = []
    for run in runs:
        across, down, near = (run.left + run.right) / 2, run.top - run.size / 3, run.size / 2
        sides = [x for x, top, bottom in upright if top - near <= down <= bottom + near]
        ends = [y for y, left, right in level if left - near <= across <= right + near]
        left, right = (
            max((x for x in sides if x <= across), default=None),
            min((x for x in sides if x > across), default=None),
        )
        top, bottom = (
            max((y for y in ends if y <= down), default=None),
            min((y for y in ends if y > down), default=None),
        )
        if left is None or right is None or top is None or bottom is None:
            rest.append(run)
        else:
            cells[round(top), round(left), round(right), round(bottom)].append(run)
    # A frame round a page, a notice or a picture is no table.
    if len(cells) < 3 or len({key[1] for key in cells}) < 2:
        return [], runs
    rows: dict[float, list[tuple[float, Run]]] = defaultdict(list)
    for (top, left, _, _), held in cells.items():
        inner = [line for line, _ in _lines(_rows(held, ()), 0)]
        texts = []
        for group in paragraphs(inner):
            text = inner[group[0]].text
            for n in group[1:]:
                text = join(text, inner[n].text)
            texts.append(text)
        whole = " ".join(texts)
        first = min(held, key=lambda run: (run.top, run.left))
        rows[top].append(
            (left, replace(first, text=whole, right=max(r.right for r in held), confidence=_confidence(held)))
        )
    found = []
    for top in sorted(rows):
        cells_of_row = tuple(run for _, run in sorted(rows[top], key=lambda item: item[0]))
        # The row stands where its first line does, or a cell that is set in its middle would come before another row.
        at = min(run.top for run in cells_of_row)
        found.append(_Row(tuple(replace(run, top=at) for run in cells_of_row), table=True))
    return found, rest


def _stacks(runs: list[Run]) -> tuple[list[Run], list[Run]]:
    """Take out characters that stand below one another with nothing beside them: vertical cells and binding lines."""
    single = sorted((r for r in runs if len(r.text.strip()) == 1 and _HAN.match(r.text.strip())), key=lambda r: r.top)
    alone = [r for r in single if not any(o is not r and _touches(r, o) for o in runs)]
    used: set[int] = set()
    stacks: list[Run] = []
    for run in alone:
        if id(run) in used:
            continue
        chain = [run]
        for other in alone:
            step = other.top - chain[-1].top
            if (
                id(other) not in used
                and 0.8 * run.size <= step <= 3 * run.size
                and abs(other.left - run.left) <= 0.3 * run.size
                and abs(other.size - run.size) <= 0.1 * run.size
            ):
                chain.append(other)
        if len(chain) > 1:
            used.update(map(id, chain))
            stacks.append(replace(run, text="".join(one.text.strip() for one in chain)))
    return stacks, [run for run in runs if id(run) not in used]


def _touches(run: Run, other: Run) -> bool:
    gap = max(other.left - run.right, run.left - other.right)
    return abs(other.top - run.top) < 0.45 * max(run.size, other.size) and gap < 0.5 * run.size


def _pieces(runs: list[Run]) -> tuple[Run, ...]:
    """Join the runs of a row where they stand close, with blanks between Latin words."""
    found = [_stripped(runs[0])]
    gaps: list[float] = []
    for run in map(_stripped, runs[1:]):
        last = found[-1]
        gap, size = run.left - last.right, max(last.size, run.size)
        if gap > (_HANGING_GAP if last.text[-1:] in _HANGING else _PIECE_GAP) * size:
            gaps.append(gap)
            found.append(run)
            continue
        found[-1] = _beside(last, run, gap)
    spaced = [len(piece.text) for piece in found]
    if len(found) > 2 and max(spaced) == 1 and max(gaps) < 1.4 * min(gaps) and all(_HAN.match(p.text) for p in found):
        whole = found[0]
        for piece in found[1:]:  # a title whose characters are set apart
            whole = _beside(whole, piece, 0)
        return (whole,)
    return tuple(found)


def _stripped(run: Run) -> Run:
    """Return a run whose text and place are without the blanks around it, as indents often are."""
    text = run.text.strip()
    if len(text) == len(run.text):
        return run
    # Only ideographic blanks are as wide as the characters beside them.
    lead = sum(1.0 if c == "\u3000" else 0.5 for c in run.text[: len(run.text) - len(run.text.lstrip())])
    tail = sum(1.0 if c == "\u3000" else 0.5 for c in run.text[len(run.text.rstrip()) :])
    return replace(run, text=text, left=run.left + lead * run.size, right=run.right - tail * run.size)


def _beside(one: Run, other: Run, gap: float) -> Run:
    size = max(one.size, other.size)
    latin = not (_wide(one.text[-1]) or _wide(other.text[0]))
    blank = " " if (latin and gap > _WORD_GAP * size) or gap > 0.9 * size else ""
    sure = _confidence((one, other))
    return Run(one.text + blank + other.text, one.left, max(one.right, other.right), one.top, size, sure)


def _wide(char: str) -> bool:
    return char >= "\u2e80"


def _furniture(rows: Sequence[Sequence[_Row]]) -> dict[tuple[int, int], str]:
    """Name the folios and running heads: (page, row) to the rule."""
    found: dict[tuple[int, int], str] = {}
    heads: dict[tuple[str, int], list[tuple[int, int, float]]] = defaultdict(list)
    numbers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for page, some in enumerate(rows):
        edge = [*range(min(_EDGE_ROWS, len(some))), *range(max(_EDGE_ROWS, len(some) - _EDGE_ROWS), len(some))]
        for place in edge:
            row = some[place]
            side = 0 if place < _EDGE_ROWS and place < len(some) / 2 else 1
            text = re.sub(r"\s", "", row.text)
            outer = place in (0, len(some) - 1)
            if outer and len(row.pieces) == 1 and _FOLIO.match(row.text.strip()):
                found[page, place] = "folio"
            elif outer and _BARE.match(text) and text.isascii() and text.isdigit():
                numbers[int(text) - page].append((page, place))
            heads[_DIGITS.sub("#", text), side].append((page, place, row.top))
    for same in numbers.values():
        for page, place in same:
            if len(same) > 1 or _apart(rows[page], place):
                found[page, place] = "folio"
    least = 2 if len(rows) <= 4 else 3
    for (text, _), places in heads.items():
        for page, place, top in places:
            alike = {p for p, _, other in places if abs(other - top) < rows[page][place].size}
            if len(alike) >= least and text != "#":
                found.setdefault((page, place), "running head")
    # Furniture stands outside the text: a row with text above it and below it is none.
    for page, some in enumerate(rows):
        body = [place for place in range(len(some)) if (page, place) not in found]
        if body:
            for place in range(body[0], body[-1] + 1):
                found.pop((page, place), None)
    return found


def _apart(rows: Sequence[_Row], place: int) -> bool:
    """Tell whether a row at the edge stands further from its neighbour than rows do."""
    steps = [after.top - before.top for before, after in pairwise(rows)]
    if len(steps) < 2:
        return False
    return (steps[0] if place == 0 else steps[-1]) > 1.4 * median(steps)


def _lines(rows: list[_Row], page: int) -> list[tuple[Line, float | None]]:
    """Return the lines of a page in reading order, column after column."""
    out: list[tuple[Line, float | None]] = []
    blocks = 0
    place = 0
    tabular = _tabular(rows)
    while place < len(rows):
        end = _columns_end(rows, place)
        if end is None:
            row = rows[place]
            out.append(_line(row, page, tabular=tabular[place]))
            place += 1
            continue
        stop, middle = end
        region = rows[place:stop]
        for left in (True, False):
            side = [
                _Row(tuple(p for p in row.pieces if (p.left < middle) is left))
                for row in region
                if any((p.left < middle) is left for p in row.pieces)
            ]
            inner = _lines(side, page)
            top = max(line.block for line, _ in inner)
            out.extend((replace(line, block=line.block + blocks + 1), sure) for line, sure in inner)
            blocks += top + 1
        place = stop
    return out


def _line(row: _Row, page: int, *, tabular: bool) -> tuple[Line, float | None]:
    tabular = tabular or row.table or _ENTRY.search(row.text) is not None
    text = ("\t" if tabular else " ").join(piece.text for piece in row.pieces)
    first, last = row.pieces[0], row.pieces[-1]
    # The size that most characters have.
    size = max(row.pieces, key=lambda piece: len(piece.text)).size
    return Line(text, first.left, last.right, row.top, size, page, 0, tabular), _confidence(row.pieces)


def _tabular(rows: list[_Row]) -> list[bool]:
    """Tell rows of tables: pieces that stand below those of the row before or after."""

    def aligned(one: _Row, other: _Row) -> bool:
        inner = [piece.left for piece in other.pieces[1:]]
        return any(abs(piece.left - left) < piece.size for piece in one.pieces[1:] for left in inner)

    found = [False] * len(rows)
    for n, (before, after) in enumerate(pairwise(rows)):
        if len(before.pieces) > 1 and len(after.pieces) > 1 and aligned(before, after):
            found[n] = found[n + 1] = True
    for n, row in enumerate(rows):
        found[n] = found[n] or row.table or len(row.pieces) > 2
    return found


def _columns_end(rows: list[_Row], first: int) -> tuple[int, float] | None:
    """Return where a region of two columns that starts at a row ends, and an x between them; None where none starts."""
    row = rows[first]
    if row.table:
        return None
    for one, other in pairwise(row.pieces):
        low, high, stop, both, long = one.right, other.left, first, 0, 0
        for place in range(first, len(rows)):
            if rows[place].table or (place > first and rows[place].top - rows[place - 1].top > 3.5 * row.size):
                break
            middle = (low + high) / 2
            lefts = [p for p in rows[place].pieces if (p.left + p.right) / 2 < middle]
            rights = [p for p in rows[place].pieces if (p.left + p.right) / 2 >= middle]
            now = max([low, *(p.right for p in lefts)]), min([high, *(p.left for p in rights)])
            if now[1] - now[0] < _GUTTER * row.size:
                break
            low, high = now
            both += bool(lefts and rights)
            long += bool(lefts)
            stop = place + 1
        middle, region = (low + high) / 2, rows[first:stop]
        if not _prose(region, middle, left=True):
            continue
        if (
            _prose(region, middle, left=False)
            if both >= _COLUMN_ROWS
            else long >= _LONG_COLUMN and _head(region, middle)
        ):
            return stop, middle
    return None


def _prose(rows: list[_Row], middle: float, *, left: bool) -> bool:
    """Tell whether one side of a gap is justified prose."""
    sides = [[p for p in row.pieces if (p.left < middle) is left] for row in rows]
    ends = [(side[0].left, side[-1].right, side[0].size) for side in sides if side]
    if not ends:  # nothing stands on this side of the gap
        return False
    # A line or two may hang over: the margin is where nine lines of ten end.
    margin = sorted(e[1] for e in ends)[int(0.9 * (len(ends) - 1))]
    start, end, size = min(e[0] for e in ends), margin, median(e[2] for e in ends)
    full = sum(e[1] > end - 1.5 * size for e in ends)
    return end - start >= _COLUMN_WIDTH * size and full >= _COLUMN_FULL * len(ends)


def _head(rows: list[_Row], middle: float) -> bool:
    """Tell whether what stands right of a gap is the head of a column: unbroken lines, no wider than the left one."""
    lefts = [piece for row in rows for piece in row.pieces if piece.left < middle]
    rights = [[piece for piece in row.pieces if piece.left >= middle] for row in rows]
    return (
        all(len(side) == 1 for side in rights[: sum(map(bool, rights))])
        and max(piece.right - piece.left for side in rights for piece in side)
        <= max(piece.right for piece in lefts) - min(piece.left for piece in lefts) + rows[0].size
    )
