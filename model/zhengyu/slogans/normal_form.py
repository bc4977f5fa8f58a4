"""Normal forms: what a surface form is a variant of, without merging wordings that differ."""

from __future__ import annotations

from zhengyu.slogans.known import LIGHT_BEFORE, KnownSlogans, unwrapped
from zhengyu_corpus.lexicon import orders, slogan_key, without_intensifier

#: Below this length a wording with the place cut out is another slogan.
_MIN_AROUND_PLACE = 6
_NAME_ENDINGS = ("", "省", "市", "县", "区", "州", "旗", "镇", "乡", "村")


def entry_of(surface: str, known: KnownSlogans, places: frozenset[str]) -> int:
    """Return the number of the lexicon entry that `surface` is a form of, -1 when it is new.

    Quotation marks, blanks, the order of parts, 的, a leading intensifier (坚决打赢脱贫攻坚战) and an inserted name
    of a place make no other slogan (谱写中国式现代化江苏新篇章 is a form of 谱写中国式现代化新篇章); any other
    difference does.
    """
    key = slogan_key(surface)
    plain = without_intensifier(key)
    for form in dict.fromkeys((key, key.replace("的", ""), plain, plain.replace("的", ""))):
        number = known.by_key.get(form)
        if number is not None:
            return number
    for form in without_place(key, places):
        number = known.by_key.get(form)
        if number is not None:
            return number
    return -1


def without_place(key: str, places: frozenset[str]) -> list[str]:
    """Return `key` with one name of a place cut out of its inside, in every way in which that can be done.

    Examples
    --------
    >>> without_place("谱写中国式现代化江苏新篇章", frozenset({"江苏"}))
    ['谱写中国式现代化新篇章']
    """
    found: list[str] = []
    for start in range(2, len(key) - 3):
        for length in (4, 3, 2):
            name = key[start : start + length]
            if len(name) < length or name not in places:
                continue
            for ending in _NAME_ENDINGS:
                stop = start + length + len(ending)
                rest = key[:start] + key[stop:]
                if key[start + length : stop] == ending and stop < len(key) and len(rest) >= _MIN_AROUND_PLACE:
                    found.append(rest)
    return list(dict.fromkeys(found))


def new_form(surface: str) -> str:
    """Return the normal form of a new slogan: its key.

    Examples
    --------
    >>> new_form("“坐不住”“等不起”")
    '坐不住等不起'
    """
    return slogan_key(surface)


def merge_key(normal: str) -> str:
    """Return the key under which new slogans are counted as one: without 的, its parts in one order.

    Examples
    --------
    >>> merge_key("看实绩、重公论") == merge_key("重公论、看实绩")
    True
    """
    return min(orders(normal.replace("的", "")))


def core_of(normal: str, known: KnownSlogans) -> str:
    """Return the shortest known slogan that a wording only puts to use; the wording itself when there is none.

    A wording is unwrapped as `zhengyu.slogans.known` does it: 坚决打赢脱贫攻坚战 is built around 脱贫攻坚.
    """
    core = key = slogan_key(normal)
    seen, open_keys = {key}, [key]
    while open_keys:
        for inner in unwrapped(open_keys.pop()):
            if inner not in seen and len(inner) > 1:
                seen.add(inner)
                open_keys.append(inner)
                if inner in known.by_key and len(inner) < len(core):
                    core = inner
    return known.entries[known.by_key[core]].normal if core in known.by_key else core


def led_by(text: str, start: int) -> str:
    """Return the verbs and intensifiers that stand right before a slogan and put it to use.

    Examples
    --------
    >>> led_by("要坚决打赢脱贫攻坚战", 5)
    '坚决打赢'
    """
    begin = start
    while True:
        words = [word for word in (*LIGHT_BEFORE, *_VERBS) if text.endswith(word, 0, begin)]
        if not words or begin == 0:
            return text[begin:start]
        begin -= max(map(len, words))


#: Verbs that lead a slogan and are kept apart from those that never are part of one.
_VERBS = ("打赢", "决胜", "决战", "推向", "夺取", "全力", "坚决", "继续", "扎实", "进一步")
