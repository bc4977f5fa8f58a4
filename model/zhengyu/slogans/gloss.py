"""Gloss: the members of a numeric abbreviation, where the paragraph spells them out."""

from __future__ import annotations

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"两": 2, "双": 2}
_NUMERAL = re.compile(
    r"\d+|十[一二三四五六七八九]|[一二三四五六七八九两双]?十[一二三四五六七八九]?|[一二三四五六七八九两双]"
)
#: Members are short wordings; longer ones are sentences about them.
_MAX_MEMBER = 24
_BRACKETS = re.compile(r"[”]?\s{0,8}[（(]([^（）()]{3,160})[）)]")
_AFTER = re.compile(r"[”]?(?:[，,]?(?:即|就是|包括|分别是|指的是|具体是|是指|，指)[：:]?|[：:]|——)([^。！？!?]{3,200})")
#: How a text ends in which the members stand before the abbreviation: with 简称 and its like, or with 的; what ends the
#: sentence before them, and how long they may be.
_SHORT_FOR = re.compile(r"[（(，,]?(?:以下)?(?:简称|合称|统称|概括为|归纳为|即)[为:：]?[“]?$")
_OF = re.compile(r"的[“]?$")
_LEADS = ((_SHORT_FOR, "。！？!?", 200), (_OF, "。！？!?：:", 160))
_LEAD_CHARS, _LEAST_CHARS = 9, 3
#: No gloss reaches further behind its abbreviation.
_REACH = 256
_BETWEEN_SENTENCES = re.compile(r"[，,；;]")


def size(slogan: str) -> int:
    """Return how many members a numeric abbreviation stands for, 0 when it names no number.

    Examples
    --------
    >>> size("四个走在前"), size("三高两低"), size("高质量发展")
    (4, 5, 0)
    """
    return sum(_value(match.group()) for match in _NUMERAL.finditer(slogan))


def _value(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    if "十" in numeral and numeral != "十":
        tens, _, ones = numeral.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS[numeral]


#: Where an enumeration begins or has ended, in the source as it stands: a quick look before the slow one.
_QUOTES = "“”\"'‘’「」『』 \u3000\t\n\r\xa0"
_COMMAS = "，,﹐"
_BEGINS = frozenset("（(［〔﹙即卽就包分指具是：:﹕—–―‒-−")
_ENDED = frozenset("的称稱为為即卽：:﹕")


def may_be_spelled_out(source: str, start: int, end: int) -> bool:
    """Tell whether `members` could find anything for the abbreviation at ``source[start:end]``."""
    after, before = source[end : end + 12], source[max(0, start - 12) : start]
    if not (after + before).isprintable():
        return True  # characters without a width may stand anywhere
    begins = after.lstrip(_QUOTES)
    if begins[:1] in _COMMAS:
        begins = begins[1:].lstrip(_QUOTES)
    return begins[:1] in _BEGINS or before.rstrip(_QUOTES)[-1:] in _ENDED


def members(text: str, start: int, end: int) -> tuple[str, ...]:
    """Return the members that `text` spells out for the numeric abbreviation at ``text[start:end]``.

    They stand in brackets behind it, behind 即, 包括 or a colon, or before 简称 or 的; an enumeration counts only
    when it has as many members as the abbreviation says.

    Parameters
    ----------
    text : str
        A paragraph as `zhengyu.slogans.view.view` gives it.
    start, end : int
        Place of the abbreviation.

    Returns
    -------
    tuple of str
        Empty when they are not spelled out.

    Examples
    --------
    >>> text = "推进“三清”（清垃圾、清河道、清路障）。"
    >>> members(text, text.index("三"), text.index("三") + 2)
    ('清垃圾', '清河道', '清路障')
    """
    wanted = size(text[start:end])
    if not 2 <= wanted <= 20:
        return ()
    after = text[end : end + _REACH]
    sources: list[tuple[str, bool]] = []
    for pattern in (_BRACKETS, _AFTER):
        match = pattern.match(after)
        if match:
            sources.append((match.group(1), False))
    tail = max(0, start - _LEAD_CHARS)
    for pattern, stops, most in _LEADS:
        match = pattern.search(text[tail:start])
        if match:
            place = tail + match.start()
            source = text[max(0, place - most) : place]
            source = source[max(map(source.rfind, stops)) + 1 :]
            if len(source) >= _LEAST_CHARS:
                sources.append((source, True))
    for source, at_end in sources:
        found = _enumerated(source, wanted, at_end=at_end)
        if found:
            return found
    return ()


def _enumerated(source: str, wanted: int, *, at_end: bool) -> tuple[str, ...]:
    quoted = re.findall(r"“([^“”]{2,24})”", source)
    if len(quoted) == wanted:
        return tuple(quoted)
    for mark in ("；", ";", "、", "，", ","):
        parts = [part.strip("“” ，,；;。、") for part in source.split(mark)]
        if len(parts) < wanted:
            continue
        parts = parts[-wanted:] if at_end else parts[:wanted]
        if mark in "、；;" and not at_end and len(source.split(mark)) > wanted:
            continue  # a list of more members is another list
        if at_end:
            parts[0] = _BETWEEN_SENTENCES.split(parts[0])[-1]
        else:
            parts[-1] = _BETWEEN_SENTENCES.split(parts[-1])[0]
        last = re.split(r"和|以及|与", parts[-1])
        if len(parts) == wanted and all(2 <= len(part) <= _MAX_MEMBER for part in parts) and len(last[-1]) > 0:
            return tuple(parts)
    return ()
