"""Candidates: the spans that lexicon and grammars propose, and the features by which the model weighs each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhengyu.slogans.gates import refused, signalled
from zhengyu.slogans.grammars import COMPANIONABLE, frames, propose
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.view import CLAUSE, View
from zhengyu_corpus.lexicon import KnownSlogan

#: Longer spans are passages, not slogans.
MAX_CHARS = 60
_BORDER = "\n"
NUMERALS = frozenset("一二三四五六七八九十百千万两双零0123456789")
MARKS = frozenset("，、；：。！？,;:!? —…·+")
#: The largest company that is told apart.
MAX_COMPANY = 4
#: What tells how a candidate lies to known slogans, rather than who proposed it.
_LYING = frozenset({"in known", "holds known", "cuts known"})
#: Characters of the longest feature of a wording: its kind and two.
_LONGEST_OF_WORDING = 3
#: Words that tell what kind of paragraph it is, wherever they stand: a speech, a campaign, a letter, a notice.
CUES = (
    "强调", "指出", "要求", "表示", "口号", "主题", "活动", "精神", "理念", "坚持", "会议", "网友", "回复", "记者",
    "学习", "贯彻", "落实", "建设", "发展", "大家", "我们", "公司", "公里", "亿元", "规定", "条例", "标语", "方针",
    "原则", "号召", "奋斗", "使命", "人民", "群众", "项目", "企业", "学生",
)  # fmt: skip
#: Largest numbers of known slogans and of quotations in a paragraph that are told apart, and lengths that are.
MAX_KNOWN_AROUND, MAX_QUOTATIONS = 4, 4
SIZES = (20, 45, 120, 300)
#: What opens and closes a sentence, beside the ends of the text.
SENTENCE_OPENS, SENTENCE_CLOSES = "。！？：“", "。！？”"
_OF_PARAGRAPH = ("in prose ", "in size ", "in quotation ", "in cue ")
DE, DIGITS = "的", frozenset("0123456789")
#: Characters of context on either side whose pairs, without order, are the frame.
_FRAME = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be a slogan.

    Attributes
    ----------
    start, end : int
        Characters of the view.
    layers : tuple of str
        Who proposed it: ``lexicon`` and names of grammars; also how it lies to known ones. Sorted.
    entry : int
        Number of the lexicon entry that its wording belongs to, -1 when it is new.
    frame : str
        The frame that it shares with others of its document; ``""`` when it stands alone.
    """

    start: int
    end: int
    layers: tuple[str, ...]
    entry: int
    frame: str = ""


def candidates(
    seen: View,
    known: KnownSlogans,
    places: frozenset[str],
    company: Mapping[str, int] | None = None,
    *,
    lexicon: bool = True,
    grammars: bool = True,
) -> list[Candidate]:
    """Return the candidates of a view in the order of their places.

    Parameters
    ----------
    seen : View
        The paragraph.
    known : KnownSlogans
        The lexicon.
    places : frozenset of str
        Names of places, for labels such as 海宁速度.
    company : mapping of str to int, optional
        How many wordings of each frame the document has, as `company` counts them; that of the view alone when None.
    lexicon, grammars : bool, default=True
        Layers can be left out, to measure what each gives.
    """
    found: dict[tuple[int, int], set[str]] = {}
    entries: dict[tuple[int, int], int] = {}

    def add(name: str, spans: Iterable[tuple[int, int]]) -> None:
        for start, end in spans:
            if 2 <= end - start <= MAX_CHARS:
                found.setdefault((start, end), set()).add(name)

    if lexicon:
        spans = sorted(span for span in known.spans(seen) if 2 <= span[1] - span[0] <= MAX_CHARS)
        entries = {(start, end): entry for start, end, entry in spans}
        add("lexicon", entries)
    if grammars:
        for name, proposed in propose(seen, places):
            add(name, proposed)
    if company is None:
        company = company_of((seen,))
    in_rows = sum("rows" in layers for layers in found.values())
    kept: list[Candidate] = []
    outer = _outermost(entries)
    near = _Near(entries)
    for (start, end), layers in sorted(found.items()):
        entry = entries.get((start, end), -1)
        # Of known slogans inside one another the outer is the slogan; a user's own always is one.
        if layers == {"lexicon"} and (start, end) not in outer and not known.entries[entry].own:
            continue
        layers.update(_beside(start, end, near.around(start, end), known=entry >= 0))
        frame = ""
        if layers & COMPANIONABLE:
            likely = max((seen.text[end - size : end] for size in (2, 3)), key=lambda ending: company.get(ending, 0))
            if company.get(likely, 0) > 1:
                frame = likely
                layers.add(f"company {min(company[frame], MAX_COMPANY)}")
        if "rows" in layers:
            layers.add(f"row of {min(in_rows, MAX_COMPANY)}")
        if entry < 0 and (
            refused(seen.text, start, end) or not signalled(seen.text, start, end, frozenset(layers - _LYING))
        ):
            continue
        kept.append(Candidate(start, end, tuple(sorted(layers)), entry, frame))
    return kept


def company_of(views: Iterable[View]) -> Mapping[str, int]:
    """Count the wordings of each frame in the paragraphs of a document: four journeys, seven vows not to waver."""
    found: dict[str, set[str]] = {}
    for seen in views:
        for frame, wording in frames(seen):
            found.setdefault(frame, set()).add(wording)
    return {frame: len(wordings) for frame, wordings in found.items()}


class _Near:
    """Known spans in the order of their places, so that those near a span are found without looking at all."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = list(spans)
        self._starts = [start for start, _ in self._spans]

    def around(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the spans that could touch a span: none is longer than `MAX_CHARS`."""
        return self._spans[bisect_left(self._starts, start - MAX_CHARS) : bisect_left(self._starts, end)]


def _outermost(spans: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Return the spans that lie inside no other."""
    found: list[tuple[int, int]] = []
    reach = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > reach:
            found.append((start, end))
            reach = end
    return frozenset(found)


def _beside(start: int, end: int, entries: Iterable[tuple[int, int]], *, known: bool) -> Iterator[str]:
    """Tell how a span lies to known ones that it touches; a known one takes no harm from those inside it."""
    for left, right in entries:
        if left < end and start < right and (left, right) != (start, end):
            if left <= start and end <= right:
                yield "in known"
            elif not (start <= left and right <= end):
                yield "cuts known"
            elif not known:
                yield "holds known"


def surroundings(seen: View, able: Sequence[Candidate]) -> list[str]:
    """Return the features that all candidates of a paragraph share.

    Its length, how many known slogans and quotations it holds, and the `CUES` in it.
    """
    text = seen.text
    known = sum(one.entry >= 0 and "in known" not in one.layers for one in able)
    found = [
        f"in prose {min(known, MAX_KNOWN_AROUND)}",
        f"in size {sum(len(text) >= size for size in SIZES)}",
        f"in quotation {min(text.count('“'), MAX_QUOTATIONS)}",
    ]
    found += [f"in cue {word}" for word in CUES if word in text]
    return found


def features(seen: View, one: Candidate, entry: KnownSlogan | None, around: Iterable[str] = ()) -> list[str]:
    """Return the features of a candidate, each once, with those of its paragraph (`surroundings`).

    Of its wording: its characters and their pairs, its first and last ones, what stands beside it, and its frame (pairs
    of characters near it, without order). Of its shape, told by a blank in the feature: its length and rhythm, how
    alike its parts are, whether a clause or a sentence begins and ends with it, its
    quotation, who proposed it, and what the lexicon knows.
    """
    text, start, end = seen.text, one.start, one.end
    span = text[start:end]
    found = wording_features(span)
    found.update(around)
    found.update(_shape(span))
    found.update(_borders(text, start, end))
    before, after = text[max(0, start - _FRAME) : start], text[end : end + _FRAME]
    left, right = before[-1:] or _BORDER, after[:1] or _BORDER
    quoted = left + right in ("“”", "‘’")
    found.update((f"l{left}", f"m{before[-2:]}", f"r{right}", f"s{after[:2]}"))
    if quoted:
        found.update((f"L{before[-2:-1]}", f"M{before[-3:-1]}", f"R{after[1:2]}", f"S{after[1:3]}"))
    found.update(f"f{before[i : i + 2]}" for i in range(len(before) - 1))
    found.update(f"g{after[i : i + 2]}" for i in range(len(after) - 1))
    found.add("is quoted" if quoted else ("in quotes" if seen.in_quotes[start] else "is plain"))
    if seen.in_title[start]:
        found.add("in title")
    found.update(f"by {name}" for name in one.layers)
    if start == 0 and end >= len(text) - 1:
        found.add("is whole")
    if entry is not None:
        found.update(("is known", f"known {entry.type}", f"known {entry.level}", f"known of {min(len(span), 9)}"))
        found.add("known and quoted" if quoted else "known and plain")
        found.add(f"e{entry.normal}")
    return list(found)


def wording_features(span: str) -> set[str]:
    """Return the features of a wording itself: its characters, their pairs, the first and the last ones."""
    found = {f"c{char}" for char in span}
    found.update(f"b{span[i : i + 2]}" for i in range(len(span) - 1))
    found.update((f"^{span[:1]}", f"^{span[:2]}", f"${span[-1:]}", f"${span[-2:]}"))
    return found


def is_of_wording(feature: str) -> bool:
    """Tell whether a feature is one that `wording_features` gives."""
    return feature[0] in "cb^$" and len(feature) <= _LONGEST_OF_WORDING


def is_of_entry(feature: str) -> bool:
    """Tell the feature that names a candidate's entry of the lexicon from the others."""
    return feature.startswith("e")


def is_of_paragraph(feature: str) -> bool:
    """Tell whether a feature is one that `surroundings` gives."""
    return feature.startswith(_OF_PARAGRAPH)


def _borders(text: str, start: int, end: int) -> Iterator[str]:
    """Tell whether a clause, and a sentence or a quotation, begins and ends where a span does."""
    before, after = text[start - 1 : start], text[end : end + 1]
    yield f"is bound {not CLAUSE.match(before):d}{not CLAUSE.match(after):d}"
    yield f"is sentence {before in SENTENCE_OPENS:d}{after in SENTENCE_CLOSES:d}"


def _shape(span: str) -> Iterator[str]:
    yield f"length {min(len(span), 24)}"
    found = [""]
    marks = ""
    for char in span:
        if char in MARKS:
            marks += char
            found.append("")
        else:
            found[-1] += char
    wordings = [part for part in found if part]
    parts = [len(part) for part in wordings]
    yield f"parts {len(parts)}"
    yield "rhythm " + "-".join(map(str, parts[:4]))
    if len(parts) > 1:
        even = len(set(parts)) == 1
        yield "is even" if even else "is uneven"
        if even:
            yield f"is even {min(len(parts), 5)} of {min(parts[0], 8)}"
        yield from _likeness(wordings)
        if DE not in span:
            yield "is without de"
        yield "is with digits" if DIGITS.intersection(span) else "is without digits"
    yield f"marks {''.join(sorted(set(marks)))}"
    numerals = "".join("N" if char in NUMERALS else "x" for char in span[:6])
    if "N" in numerals:
        yield f"numerals {numerals}"


def _likeness(wordings: Sequence[str]) -> Iterator[str]:
    """Tell how many characters all parts have in one place, counted from their beginnings or from their ends."""
    shortest = min(map(len, wordings))
    ahead = [len({part[i] for part in wordings}) == 1 for i in range(shortest)]
    behind = [len({part[-1 - i] for part in wordings}) == 1 for i in range(shortest)]
    if ahead[0]:
        yield "is alike ahead"
    if behind[0]:
        yield "is alike behind"
    yield f"is alike {min(max(sum(ahead), sum(behind)), 4)}"
