"""Candidate grammars: the shapes that slogans take, known or new, each a function from a view to spans.

`GRAMMARS`, at the end, is the table of them; the compiled twin is `zhengyu.compiled.slogans.grammars`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from zhengyu.slogans.view import View
from zhengyu_corpus.normalise import is_han

Span = tuple[int, int]

#: Characters and words that the grammars are made of.
TEN, DIGITS = "一二三四五六七八九十", "0123456789"
NUMERALS = TEN + "百千万两双" + DIGITS
STOPS = "。！？!?"
TRAILING = "，。！？；：、,.!?;: "
NO_PAIR, NO_COUNT, NO_GREAT = "第零年月" + NUMERALS, "第年月零百千万" + TEN + DIGITS, "第十百千万"
POWERS, JOURNEYS, OF = "国省市县区镇州校企军", "行旅战役", "路年城乡都歌窗家"
LABELS = (
    "精神", "速度", "模式", "经验", "板块", "深度", "高度", "效率", "标准", "样板", "范例", "答卷", "现象", "道路",
    "力量", "节奏", "温度", "方案",
)  # fmt: skip
EPITHETS = (
    "美丽", "绿美", "清新", "平安", "法治", "健康", "幸福", "活力", "数字", "书香", "文化", "诚信", "智慧", "和谐",
    "魅力", "创新", "生态", "信用", "开放", "海洋", "现代化新", "新时代", "大美",
)  # fmt: skip
VOW_HEADS = (
    "聚焦", "紧盯", "盯紧", "盯住", "坚持", "咬定", "咬住", "围绕", "抓住", "狠抓", "锚定", "瞄准", "守牢", "守住",
    "扛牢", "坚定", "紧扣", "突出",
)  # fmt: skip
VOW_TAILS = (
    "动摇", "放松", "松劲", "松手", "松口", "撒手", "停步", "停歇", "懈怠", "退让", "退缩", "含糊", "手软", "掉队",
    "回头", "折腾", "变样", "走样",
)  # fmt: skip
#: What a numeral and one or two characters count the members of: 三医联动, 四化管理, 三不政策.
COUNTED = (
    "联动", "管理", "政策", "机制", "模式", "战略", "体系", "工程", "行动", "活动", "建设", "融合", "协同", "服务",
    "递进",
    "要求", "原则", "方针", "目标", "任务", "改革", "问题", "理念", "制度", "工作", "精神", "作战", "攻坚", "创建",
    "举措",
)  # fmt: skip
COUNTERS = "二三四五六七八九十两双"
COMMUNITY = "命运共同体"
#: Words that lead into a slogan and are no part of it.
LEADS = (
    "坚持", "围绕", "按照", "以", "要", "做到", "实现", "推动", "推进", "落实", "践行", "弘扬", "树立", "突出",
    "形成", "打造", "建设", "实施", "贯彻", "发扬", "坚决", "全力", "努力", "必须", "我们要", "始终", "大力", "着力",
    "加快", "深入", "全面", "积极", "拿出", "保持", "构建", "秉持", "秉承", "深化", "开展", "提出", "确保", "让",
    "是", "在", "为", "把", "从", "向", "用", "就是", "聚焦", "凝聚", "立足", "打好", "打赢", "打响", "决胜",
)  # fmt: skip
#: What is fought: 粮食安全保卫战.
FIGHTS = ("攻坚", "保卫", "阻击")
_H = r"[\u3400-\u9fff]"
_A = r"[\u3400-\u9fffA-Za-z0-9]"
_QUOTED = re.compile(r"“([^“”]{2,45})”|‘([^‘’“”]{2,45})’")
_NUMERIC_PAIRS = re.compile(rf"(?=((?:[{NUMERALS}]{{1,3}}{_H}{{1,2}}){{2,4}}))")
_NUMERIC_COUNT = re.compile(rf"(?<![{NO_COUNT}])([{TEN}两]个{_H}{{2,4}})")
_NUMERIC_GREAT = re.compile(rf"(?<![{NO_GREAT}])([{TEN}]{{1,2}}大{_H}{{2,6}})")
_NUMERIC_SUM = re.compile(r"(?<![0-9.+])[0-9]+(?:\+[0-9NnXx]+)+(?![0-9.])")
_NUMERIC_RUN = re.compile(rf"[{TEN}]{{1,3}}连[增丰冠升]")
_PLUS = re.compile(rf"{_A}{{1,8}}(?:\+{_A}{{1,8}})+\+?|{_H}{{2,6}}\+(?![\u3400-\u9fffA-Za-z0-9_])")
_LABEL = re.compile("|".join(LABELS))
_EPITHET = re.compile("|".join(EPITHETS))
_SPIRIT = re.compile("精神")
_POWER = re.compile(f"强[{POWERS}]")
_JOURNEY = re.compile(f"之[{JOURNEYS}]")
_OF = re.compile(f"之[{OF}]")
_COUNTED = re.compile(rf"(?<![{NO_COUNT}])(?=([{COUNTERS}]{_H}{{1,2}}?(?:{'|'.join(COUNTED)})))")
_COMMUNITY = re.compile(COMMUNITY)
_UNDERTAKING = re.compile(f"战略|(?:{'|'.join(FIGHTS)})战")
_VOW = re.compile(f"(?:{'|'.join(VOW_HEADS)}){_H}{{2,10}}不(?:{'|'.join(VOW_TAILS)})")
_SENTENCE = re.compile(r"[^。！？!?]+[！!]?")
_COLON = re.compile(r"(?<=[：:])[^。！？!?：:“”]{4,40}(?=[。！？!?]|\Z)")
_DASH = re.compile(r"^[^。！？!?]{6,40}?(?=——|--)")
_NUMBERED = re.compile(rf"[{TEN}]{{1,2}}(?:是要|是|要)")
_LEAD = re.compile("(?:" + "|".join(sorted(LEADS, key=len, reverse=True)) + ")")
#: Longest words before and behind a quoted one that make a label with it.
MAX_EXTENSION, MAX_TAIL = 10, 4
#: Longest words before 战略 and 攻坚战 that name them with it.
MAX_UNDERTAKING = 8
#: Lengths of the parts of a list that is one slogan.
LISTED = range(3, 9)
#: By so much the two halves of a banner may differ in length.
MAX_UNEVEN = 3
#: Longest run of parallel clauses that is one slogan.
MAX_RUN = 8
#: Characters between two quoted wordings of one row, the quotation marks among them.
MAX_GAP = 3


def quoted(seen: View) -> Iterator[Span]:
    """Spans between quotation marks, without closing punctuation."""
    for match in _QUOTED.finditer(seen.text):
        start, end = match.span(match.lastindex or 0)
        while end > start and seen.text[end - 1] in TRAILING:
            end -= 1
        yield start, end


def extended(seen: View) -> Iterator[Span]:
    """Quoted words with what makes them a label: 戴好管党治党“紧箍咒”, “铁军”精神."""
    text = seen.text
    for match in _QUOTED.finditer(text):
        start, end = match.span()
        before = _han_before(text, start, MAX_EXTENSION + 1)
        if 2 <= before <= MAX_EXTENSION:
            yield start - before, end
            lead = _LEAD.match(text, start - before, start)
            if lead and lead.end() < start:
                yield lead.end(), end
        after = 0
        while after < MAX_TAIL and end + after < len(text) and is_han(text[end + after]):
            after += 1
        if after >= 2:
            yield start, end + 2
            if after > 2 and (end + after == len(text) or not is_han(text[end + after])):
                yield start, end + after


def numeric(seen: View) -> Iterator[Span]:
    """Numeric abbreviations: 三高两低, 一湖两海, 四个走在前, 1+3+6, 二十二连丰."""
    text = seen.text
    for match in _NUMERIC_PAIRS.finditer(text):
        start, end = match.span(1)
        if start and text[start - 1] in NO_PAIR:
            continue
        yield start, end
        if end - start > 4:
            yield start, end - 1
    for match in _NUMERIC_COUNT.finditer(text):
        start, end = match.span(1)
        for stop in range(start + 4, end + 1):
            yield start, stop
    for match in _NUMERIC_GREAT.finditer(text):
        start, end = match.span(1)
        for stop in range(start + text[start:end].index("大") + 3, end + 1):
            yield start, stop
    for match in _COUNTED.finditer(text):
        yield match.span(1)
    for pattern in (_NUMERIC_SUM, _NUMERIC_RUN):
        for match in pattern.finditer(text):
            yield match.span()


def joined(seen: View) -> Iterator[Span]:
    """Labels joined by a plus sign: 大学+科技+产业, 互联网+."""
    for match in _PLUS.finditer(seen.text):
        yield match.span()


def labelled(seen: View, places: frozenset[str]) -> Iterator[Span]:
    """A place with 精神, 速度, 板块 … or behind 美丽, 法治, 平安 …: the place is one that the gazetteer names."""
    text = seen.text
    for match in _EPITHET.finditer(text):
        for length in (4, 3, 2):
            if text[match.end() : match.end() + length] in places and match.end() + length <= len(text):
                yield match.start(), match.end() + length
                break
    for match in _LABEL.finditer(text):
        for length in (4, 3, 2):
            start = match.start() - length
            if start >= 0 and text[start : match.start()] in places:
                yield start, match.end()
                break


def titles(seen: View) -> Iterator[Span]:
    """Spirits, powers and communities: 西迁精神, 教育家精神, 农业强国, 中泰命运共同体."""
    for pattern, most in ((_SPIRIT, 6), (_POWER, 4), (_COMMUNITY, 8)):
        for match in pattern.finditer(seen.text):
            for length in range(2, _han_before(seen.text, match.start(), most) + 1):
                yield match.start() - length, match.end()


def _han_before(text: str, place: int, most: int) -> int:
    """Return how many Han characters, at most so many, stand right before a place."""
    length = 0
    while length < min(most, place) and is_han(text[place - length - 1]):
        length += 1
    return length


def journeys(seen: View) -> Iterator[Span]:
    """Undertakings called a journey or a battle of something: 看齐之行, 破冰之旅."""
    return _of_something(seen.text, _JOURNEY)


def epithets(seen: View) -> Iterator[Span]:
    """A town or a year of something: 书香之城, 攻坚之年."""
    return _of_something(seen.text, _OF)


def _of_something(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for match in pattern.finditer(text):
        length = _han_before(text, match.start(), 4)
        if length >= 2:
            yield match.start() - 2, match.end()
        if length > 2 and "的" not in text[match.start() - length : match.start()]:
            yield match.start() - length, match.end()


def frames(seen: View) -> Iterator[tuple[str, str]]:
    """Frame and wording of what gains by company: a vow or a journey that stands among others of its frame."""
    text = seen.text
    for match in _VOW.finditer(text):
        yield text[match.end() - 3 : match.end()], match.group()
    for pattern in (_JOURNEY, _OF):
        for match in pattern.finditer(text):
            length = _han_before(text, match.start(), 4)
            if length >= 2:
                yield match.group(), text[match.start() - length : match.end()]


def undertakings(seen: View) -> Iterator[Span]:
    """A strategy or a battle behind what leads into it: 实施大项目战略, 打好粮食安全保卫战."""
    text = seen.text
    for match in _UNDERTAKING.finditer(text):
        most = _han_before(text, match.start(), MAX_UNDERTAKING + 2)
        for length in range(2, most - 1):
            start = match.start() - length
            if text[start - 2 : start] in LEADS:
                yield start, match.end()
                break


def vows(seen: View) -> Iterator[Span]:
    """Vows not to waver: 咬住工业强县不松口."""
    for match in _VOW.finditer(seen.text):
        yield match.span()


def parallel(seen: View) -> Iterator[Span]:
    """Runs of parallel clauses: of one length, or of one beginning or end."""
    clauses, joints = seen.clauses, seen.joints
    first = 0
    while first < len(clauses):
        last = first
        while last + 1 < len(clauses) and joints[last] and last - first < 2 * MAX_RUN:
            last += 1
        yield from _runs(seen, first, last)
        first = last + 1


def refrains(seen: View) -> Iterator[Span]:
    """Clauses of one beginning and one end, wherever they stand: 聚焦项目建设不动摇, 聚焦改善民生不动摇."""
    text = seen.text
    found: dict[str, list[Span]] = {}
    for clause in seen.clauses:
        numbered = _NUMBERED.match(text, clause.start, clause.end)
        start = numbered.end() if numbered else clause.start
        if 6 <= clause.end - start <= 16:
            ends = text[start : start + 2] + text[clause.end - 2 : clause.end]
            found.setdefault(ends, []).append((start, clause.end))
    for spans in found.values():
        if len(spans) > 1:
            yield from spans


def rows(seen: View) -> Iterator[Span]:
    """Quoted wordings of one length that follow on one another: “坐不住”“等不起”“慢不得”."""
    row: list[Span] = []
    for span in [*quoted(seen), (len(seen.text) + 9, len(seen.text) + 9)]:
        follows = row and span[0] - row[-1][1] <= MAX_GAP and span[1] - span[0] == row[-1][1] - row[-1][0]
        if not follows:
            if len(row) > 1:
                yield from row
            row = []
        row.append(span)


def _runs(seen: View, first: int, last: int) -> Iterator[Span]:
    clauses, text = seen.clauses, seen.text
    left = first
    while left < last:
        right = left
        while right < last and right - left < MAX_RUN and _alike(text, seen, right, right + 1):
            right += 1
        if right > left:
            start, end = clauses[left].start, clauses[right].end
            yield start, end
            yield from _shortened(text, start, end)
            lead = _LEAD.match(text, start, clauses[left].end)
            if lead:
                yield lead.end(), end
            if right - left >= 3:
                for place in range(left, right, 2):
                    yield clauses[place].start, clauses[min(place + 1, right)].end
        left = max(right, left + 1)
    for left in range(first, last):
        size = len(clauses[left + 1])
        right = left + 1
        while right < last and len(clauses[right + 1]) == size:
            right += 1
        # The first clause may carry a lead-in: 县委坚持看实绩、重公论.
        if 3 <= size <= 8 and len(clauses[left]) > size:
            start = clauses[left].end - size
            yield start, clauses[right].end
            yield from _shortened(text, start, clauses[right].end)
        # The last clause may run on: 逢山开路、遇水架桥的劲头; of three or more that 、 parts, without 的 too:
        # 数字产业化、产业数字化、城市数字化协同发展.
        size = len(clauses[left])
        following = clauses[left + 1]
        if 3 <= size <= 8 and len(following) > size:
            late = text[following.start + size] in "的之等"
            if late or (left > first and _enumerated(text, seen, left)):
                begin = left
                while begin > first and len(clauses[begin - 1]) == size:
                    begin -= 1
                if late or begin < left:
                    yield clauses[begin].start, following.start + size
                # The first one may carry a lead-in at the same time: 提高服务群众、服务企业、服务发展的水平.
                if begin > first and len(clauses[begin - 1]) > size:
                    yield clauses[begin - 1].end - size, following.start + size
        # Of two alone, 的 tells how long each is: 营造读好书、行正道的氛围.
        size = text[following.start : following.end].find("的")
        if 3 <= size <= 8 and len(clauses[left]) > size:
            yield clauses[left].end - size, following.start + size
    # A list of equal parts between other clauses: 狠抓作风，抓在日常、严在经常，久久为功.
    left = first
    while left < last:
        right = left
        while right < last and seen.joints[right] == "、":
            right += 1
        sizes = {len(clause) for clause in clauses[left : right + 1]}
        if right > left and len(sizes) == 1 and sizes.pop() in LISTED:
            yield clauses[left].start, clauses[right].end
        left = right + 1


def _enumerated(text: str, seen: View, i: int) -> bool:
    """Tell whether 、 parts a clause from those beside it, and the one before it is no shorter."""
    before, one = seen.clauses[i - 1], seen.clauses[i]
    return text[before.end] == text[one.end] == "、" and len(before) >= len(one)


def _shortened(text: str, start: int, end: int) -> Iterator[Span]:
    for mark in ("的", "之"):
        place = text.rfind(mark, end - 5, end)
        if place > start + 4:
            yield start, place


def _alike(text: str, seen: View, i: int, j: int) -> bool:
    a, b = seen.clauses[i], seen.clauses[j]
    if not (3 <= len(a) <= 18 and 3 <= len(b) <= 18):
        return False
    if len(a) == len(b):
        return True
    return abs(len(a) - len(b)) <= 4 and (text[a.start] == text[b.start] or text[a.end - 1] == text[b.end - 1])


def banners(seen: View) -> Iterator[Span]:
    """Headings of two balanced halves, sentences of them, and what a colon or an exclamation mark sets apart."""
    text = seen.text
    if len(text) <= 45 and seen.clauses:
        yield seen.clauses[0].start, seen.clauses[-1].end
        for match in _DASH.finditer(text):
            yield match.span()
    place = 0
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while place < len(seen.clauses) and seen.clauses[place].start < start:
            place += 1
        first = place
        while place < len(seen.clauses) and seen.clauses[place].start < end:
            place += 1
        inside = seen.clauses[first:place]
        if not inside:
            continue
        shouted = text[end - 1] in "！!"
        balanced = len(inside) in (2, 4) and len(inside[0]) >= 4
        balanced = balanced and abs(len(inside[0]) - len(inside[1])) <= MAX_UNEVEN
        if (balanced or shouted) and inside[-1].end - inside[0].start <= 45:
            yield inside[0].start, inside[-1].end
        if shouted:
            yield inside[-1].start, inside[-1].end
            if len(inside) > 1:
                yield inside[-2].start, inside[-1].end
    for match in _COLON.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in TRAILING:
            end -= 1
        yield start, end


@dataclass(frozen=True, slots=True)
class Grammar:
    """One grammar, and what follows from a candidate's being of its shape.

    Attributes
    ----------
    spans : callable
        From a view to spans; with `of_places` from a view and names of places.
    type : str
        Type of slogans of this shape, for a model that was fitted without any of that type; ``""`` when the shape
        tells none.
    alone : bool
        Whether the shape makes a slogan alone; otherwise a new wording needs a signal beside it, as
        `zhengyu.slogans.gates.signalled` tells.
    companionable : bool
        Whether slogans of this shape are the surer the more of their frame the document has; see `frames`.
    of_places : bool
        Whether the grammar needs names of places.
    """

    spans: Callable[..., Iterator[Span]]
    type: str = ""
    alone: bool = True
    companionable: bool = False
    of_places: bool = False


#: Name to grammar. The twin, `zhengyu.compiled.slogans.grammars`, has a bit for each, in this order.
GRAMMARS = {
    "quoted": Grammar(quoted),
    "numeric": Grammar(numeric, type="numeric", alone=False),
    "joined": Grammar(joined, type="coinage", alone=False),
    "titles": Grammar(titles, alone=False),
    "journeys": Grammar(journeys, type="metaphor", alone=False, companionable=True),
    "epithets": Grammar(epithets, alone=False, companionable=True),
    "vows": Grammar(vows, type="exhortation", companionable=True),
    "parallel": Grammar(parallel),
    "refrains": Grammar(refrains, type="exhortation"),
    "rows": Grammar(rows),
    "banners": Grammar(banners),
    "labelled": Grammar(labelled, alone=False, of_places=True),
    "extended": Grammar(extended),
    "undertakings": Grammar(undertakings),
}
COMPANIONABLE = frozenset(name for name, grammar in GRAMMARS.items() if grammar.companionable)
NEVER_ALONE = frozenset(name for name, grammar in GRAMMARS.items() if not grammar.alone)


def propose(seen: View, places: frozenset[str]) -> Iterator[tuple[str, Iterator[Span]]]:
    """Yield the name of every grammar with the spans that it proposes."""
    for name, grammar in GRAMMARS.items():
        yield name, grammar.spans(seen, places) if grammar.of_places else grammar.spans(seen)


def type_by_shape(layers: Collection[str], learnt: Collection[str]) -> str:
    """Return the type that a candidate's shape tells and the model has not learnt, ``""`` when there is none."""
    for name, grammar in GRAMMARS.items():
        if grammar.type and name in layers and grammar.type not in learnt:
            return grammar.type
    return ""
