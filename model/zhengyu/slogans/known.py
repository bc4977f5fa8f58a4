"""Layer one: every known slogan in a paragraph, by one pass of an automaton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick, MatchKind

from zhengyu.slogans.view import View
from zhengyu_corpus.lexicon import INTENSIFIERS, KnownSlogan, slogan_key

SKIPPED = "“”\"'‘’ "
#: What a slogan is put to use with and is no part of it, in front and behind: 推动高质量发展, 放管服改革.
#: 全面 is left out: 全面从严治党 and 从严治党 are two slogans.
LIGHT_BEFORE = (
    *(word for word in INTENSIFIERS if word != "全面"),
    *("推动", "推进", "建设", "构建", "实现", "坚持", "发展", "实施", "促进", "打造", "培育", "弘扬", "贯彻", "落实"),
    *("践行", "打好"),
    *("共建", "高质量", "完善", "健全", "巩固", "加强", "做好", "开启", "更好", "兜牢", "守好", "维护", "提升"),
    *("新时代", "中央"),
    *("更高水平的", "伟大", "农村", "基层", "因地制宜", "以", "培育和践行", "坚定实施", "树立", "制造业", "牢固树立"),
    *("增强", "聚焦"),
    *("紧扣", "围绕", "争当", "当好", "争创", "创建", "开展", "牢记", "强化", "我国"),
)
LIGHT_AFTER = (
    *("建设", "精神", "改革", "学习教育", "主题教育", "专题教育", "工作", "企业", "中小企业", "政策", "行动"),
    *("专项行动", "工程"),
    *("活动", "战略布局", "总体布局", "倡议", "制度", "管理", "底线", "的理念", "理念", "问题", "体系", "先行区"),
    *("示范区", "示范区"),
    *("的发展思想", "发展思想", "工作总基调", "奋斗目标", "重点事项", "有机结合", "相结合", "更好结合", "要求"),
    *("机制", "工作机制"),
    *("战", "方针", "的方针", "重大要求", "重要要求", "总要求", "目标", "任务", "重点任务", "标准", "品牌", "模式"),
)
_MAX_LAYERS = 3


class KnownSlogans:
    """The lexicon as an automaton over keys, so that quotation marks and blanks inside a slogan do not hide it.

    Parameters
    ----------
    entries : sequence of KnownSlogan
        The lexicon.
    """

    def __init__(self, entries: Sequence[KnownSlogan]) -> None:
        self.entries = tuple(entries)
        self.by_key: dict[str, int] = {}
        # What any entry writes out goes before what a rule makes of another.
        for number, entry in enumerate(self.entries):
            for key in entry.written_keys():
                self.by_key.setdefault(key, number)
        written = frozenset(self.by_key)
        for number, entry in enumerate(self.entries):
            for key in entry.all_keys():
                self.by_key.setdefault(key, number)
        #: The keys that are looked for in texts, to their entries: what only wraps another known slogan is none itself.
        self.sought = {
            key: number for key, number in self.by_key.items() if self.entries[number].own or not _wraps(key, written)
        }
        self._numbers = tuple(self.sought.values())

    @cached_property
    def _automaton(self) -> AhoCorasick | None:
        """What looks for all keys at once, made on first use: the compiled twin has a trie in its place."""
        return AhoCorasick(tuple(self.sought), matchkind=MatchKind.Standard) if self.sought else None

    def find(self, text: str) -> int | None:
        """Return the number of the entry that a wording belongs to, None when it is new."""
        return self.by_key.get(slogan_key(text))

    def spans(self, seen: View) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and entry number of every known slogan in a view; shorter ones inside longer ones too."""
        if self._automaton is None:
            return
        text, places = seen.text, None
        if any(char in text for char in SKIPPED):
            places = [place for place, char in enumerate(text) if char not in SKIPPED]
            text = "".join([text[place] for place in places])
        text = text.replace("，", "、").replace(",", "、")  # as in a key
        for pattern, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if places is not None:
                start, end = places[start], places[end - 1] + 1
                # A span takes in a mark of quotation only with its partner.
                inside = seen.text[start:end]
                if inside.count("“") != inside.count("”"):
                    if start and seen.text[start - 1] == "“":
                        start -= 1
                    elif end < len(seen.text) and seen.text[end] == "”":
                        end += 1
                    else:
                        continue
            yield start, end, self._numbers[pattern]


def _wraps(key: str, keys: frozenset[str]) -> bool:
    """Tell whether a wording is another known one with words around it that only put it to use."""
    cores = {key}
    for _ in range(_MAX_LAYERS):
        cores = {core for outer in cores for core in unwrapped(outer)}
        if any(core in keys for core in cores):
            return True
    return False


def unwrapped(key: str) -> Iterator[str]:
    """Yield a wording without one of the words that only put it to use, in every way in which that can be done."""
    if key.startswith(LIGHT_BEFORE):
        for word in LIGHT_BEFORE:
            if key.startswith(word) and len(key) - len(word) > 1:
                yield key[len(word) :].removeprefix("的")
    if key.endswith(LIGHT_AFTER):
        for word in LIGHT_AFTER:
            if key.endswith(word) and len(key) - len(word) > 1:
                yield key[: -len(word)]
