"""Layer one: every known slogan in a paragraph, by one pass of an automaton."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from itertools import compress
from operator import attrgetter
from pathlib import Path
from typing import Any
from unicodedata import unidata_version

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from zhengyu.io.kept_arrays import keep_arrays, read_arrays
from zhengyu.slogans.view import View
from zhengyu.themes.compiling import file_states
from zhengyu_corpus import lexicon, normalise
from zhengyu_corpus.cache import cache_file
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
    *("加快", "进一步", "稳步", "扩大", "稳妥推进", "纵深", "纵深推进", "协同推进", "一体推进", "全面推进", "着力"),
    *("做强", "坚定", "建成", "坚持和完善", "巩固提高", "经济实现", "在法治轨道上", "纠治", "鼓励", "支持", "向"),
)
LIGHT_AFTER = (
    *("建设", "精神", "改革", "学习教育", "主题教育", "专题教育", "工作", "企业", "中小企业", "政策", "行动"),
    *("专项行动", "工程"),
    *("活动", "战略布局", "总体布局", "倡议", "制度", "管理", "底线", "的理念", "理念", "问题", "体系", "先行区"),
    *("示范区", "示范区"),
    *("的发展思想", "发展思想", "工作总基调", "奋斗目标", "重点事项", "有机结合", "相结合", "更好结合", "要求"),
    *("机制", "工作机制"),
    *("战", "方针", "的方针", "重大要求", "重要要求", "总要求", "目标", "任务", "重点任务", "标准", "品牌", "模式"),
    *("事业", "伟业", "根本任务", "常态化", "试点", "新征程", "道路", "新境界", "进军", "为主线"),
)
#: Keys that readers mark as wholes although they only wrap another.
WHOLE = frozenset(("生态文明建设", "一个中国政策", "全面推进依法治国", "新时代党的治疆方略", "新时代党的治藏方略"))
_MAX_LAYERS = 3
#: A lexicon of so many entries has its keys kept in the cache folder: to make them takes longer than to read them.
_LARGE = 1_000
#: Everything that an entry holds.
_HELD = attrgetter(*(field.name for field in fields(KnownSlogan)))


class KnownSlogans:
    """The lexicon as an automaton over keys, so that quotation marks and blanks inside a slogan do not hide it.

    Parameters
    ----------
    entries : sequence of KnownSlogan
        The lexicon.
    """

    def __init__(self, entries: Sequence[KnownSlogan]) -> None:
        self.entries = tuple(entries)
        #: Tells one lexicon from another.
        self.digest = sha256(repr(list(map(_HELD, self.entries))).encode("utf-8", "surrogatepass")).hexdigest()
        #: Every key that leads to an entry, to its number.
        self.by_key: dict[str, int]
        #: The keys that are looked for in texts, to their entries: what only wraps another known slogan is none itself.
        self.sought: dict[str, int]
        path = _kept(self.digest) if len(self.entries) >= _LARGE else None
        found = read_arrays(path)
        if found is not None:
            self.by_key, self.sought = _unpacked(found)
        else:
            self.by_key, self.sought = _keys(self.entries)
            if path is not None:
                keep_arrays(path, _packed(self.by_key, self.sought))
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


def _kept(digest: str) -> Path | None:
    """Return where the keys of a lexicon are kept, by all that they are made from."""
    sources = file_states(Path(source) for source in (__file__, lexicon.__file__, normalise.__file__))
    return cache_file("slogan-keys", ".arrays", sources, version("opencc"), unidata_version, digest)


def _keys(entries: tuple[KnownSlogan, ...]) -> tuple[dict[str, int], dict[str, int]]:
    by_key: dict[str, int] = {}
    # What any entry writes out goes before what a rule makes of another.
    for number, entry in enumerate(entries):
        for key in entry.written_keys():
            by_key.setdefault(key, number)
    written = frozenset(by_key)
    for number, entry in enumerate(entries):
        for key in entry.all_keys():
            by_key.setdefault(key, number)
    return by_key, {key: number for key, number in by_key.items() if entries[number].own or not _wraps(key, written)}


def _packed(by_key: Mapping[str, int], sought: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """Return keys as arrays: their characters, where each ends, its entry, and whether it is looked for."""
    return {
        "characters": np.frombuffer("".join(by_key).encode("utf-8", "surrogatepass"), np.uint8),
        "ends": np.cumsum([len(key) for key in by_key], dtype=np.int64),
        "entries": np.array(list(by_key.values()), np.int64),
        "sought": np.array([key in sought for key in by_key], bool),
    }


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the keys that arrays of `_packed` hold, and those of them that are looked for."""
    text, ends = arrays["characters"].tobytes().decode("utf-8", "surrogatepass"), arrays["ends"].tolist()
    keys = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    by_key = dict(zip(keys, arrays["entries"].tolist(), strict=True))
    return by_key, dict(compress(by_key.items(), arrays["sought"].tolist()))


def _wraps(key: str, keys: frozenset[str]) -> bool:
    """Tell whether a wording is another known one with words around it that only put it to use."""
    if key in WHOLE:
        return False
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
