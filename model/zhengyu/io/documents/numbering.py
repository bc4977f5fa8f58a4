"""Automatic numbers of Word paragraphs, as Word shows them: 一、 （一） 第三条 1.2 ①."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zhengyu.io.documents.markup import attribute, children, local

_DIGITS = "〇一二三四五六七八九"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = str.maketrans("〇一二三四五六七八九十百千万", "零壹贰叁肆伍陆柒捌玖拾佰仟万")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_PLACEHOLDER = re.compile(r"%([1-9])")
#: After these the text follows at once; after others a blank stands for the tab that Word puts there.
_CLOSED = ("、", "）", "．", "：", "，", "。")
#: Numbers beyond are written as digits, and a list that counts further is none.
_MOST = 99_999


def chinese(number: int) -> str:
    """Write a number in Chinese.

    Examples
    --------
    >>> chinese(7), chinese(12), chinese(20), chinese(105), chinese(1030)
    ('七', '十二', '二十', '一百〇五', '一千〇三十')
    """
    if not 0 < number <= _MOST:
        return str(number)
    out = ""
    gap = False
    for power, unit in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            out += ("〇" if gap and out else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return out.removeprefix("一") if out.startswith("一十") else out


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    out = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        out += letters * count
    return out


def _letter(number: int) -> str:
    """Return a, b … z, aa, bb, as Word counts."""
    if not 0 < number <= 260:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _from(first: str, count: int) -> Callable[[int], str]:
    """Return how numbers are written with so many characters that follow one another."""
    return lambda number: chr(ord(first) + number - 1) if 0 < number <= count else str(number)


def _cycle(characters: str) -> Callable[[int], str]:
    return lambda number: characters[(number - 1) % len(characters)] if number > 0 else str(number)


def _circle(number: int) -> str:
    """Return ① to ⑳ and ㉑ to ㊿."""
    for first, base, last in (("①", 0, 20), ("㉑", 20, 35), ("㊱", 35, 50)):
        if base < number <= last:
            return chr(ord(first) + number - base - 1)
    return str(number)


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: "".join(chr(ord("０") + int(digit)) for digit in str(max(number, 0))),
    "decimalFullWidth2": lambda number: "".join(chr(ord("０") + int(digit)) for digit in str(max(number, 0))),
    "decimalEnclosedCircle": _circle,
    "decimalEnclosedCircleChinese": _circle,
    "decimalEnclosedFullstop": _from("⒈", 20),
    "decimalEnclosedParen": _from("⑴", 20),
    "ideographEnclosedCircle": _from("㊀", 10),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographDigital": lambda number: "".join(_DIGITS[int(digit)] for digit in str(max(number, 0))),
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "chineseLegalSimplified": lambda number: chinese(number).translate(_LEGAL),
    "ideographLegalTraditional": lambda number: chinese(number).translate(_LEGAL),
    "bullet": lambda _: "",
    "none": lambda _: "",
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
         "taiwaneseCountingThousand", "taiwaneseDigital", "japaneseDigitalTenThousand"), chinese,
    ),
}  # fmt: skip


@dataclass(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    legal: bool = False
    glued: bool = False
    style: str = ""


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    restarts: dict[int, int] = field(default_factory=dict)


def number(text: str, other: int = 0) -> int:
    """Return a whole number that an attribute holds, another where it holds none."""
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else other


class Numbers:
    """The automatic numbers of one document.

    Parameters
    ----------
    root : element or None
        Of ``numbering.xml``; None for a document without lists.
    """

    def __init__(self, root: Any | None) -> None:
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is None:
            return
        abstracts = {
            attribute(one, "abstractNumId"): {number(attribute(level, "ilvl")): _level(level)
                                              for level in children(one, "lvl")}
            for one in children(root, "abstractNum")
        }  # fmt: skip
        for one in children(root, "num"):
            abstract = next((attribute(child, "val") for child in children(one, "abstractNumId")), "")
            found = _List(abstract, dict(abstracts.get(abstract, {})))
            for override in children(one, "lvlOverride"):
                depth = number(attribute(override, "ilvl"))
                for level in children(override, "lvl"):
                    found.levels[depth] = _level(level)
                for start in children(override, "startOverride"):
                    found.restarts[depth] = number(attribute(start, "val"), 1)
            self._lists[attribute(one, "numId")] = found

    def level_of(self, list_id: str, style: str) -> int:
        """Return the level of a list that belongs to a style, 0 where none does."""
        found = self._lists.get(list_id)
        return next((depth for depth, level in found.levels.items() if level.style == style), 0) if found else 0

    def next(self, list_id: str, depth: int) -> str:
        """Count one paragraph of a list and return what stands before its text."""
        found = self._lists.get(list_id)
        if found is None or depth not in found.levels:
            return ""
        level = found.levels[depth]
        counts = self._counts.setdefault(found.abstract, {})
        if depth in found.restarts and (list_id, depth) not in self._begun:
            counts[depth] = found.restarts[depth]
        else:
            counts[depth] = counts[depth] + 1 if depth in counts else level.start
        self._begun.add((list_id, depth))
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]

        def shown(match: re.Match[str]) -> str:
            wanted = int(match.group(1)) - 1
            of = found.levels.get(wanted, level)
            form = "decimal" if level.legal and of.form not in ("bullet", "none") else of.form
            return _FORMATS.get(form, str)(counts.get(wanted, of.start))

        if level.form == "bullet":
            return ""
        text = _PLACEHOLDER.sub(shown, level.text).strip()
        return text if not text or level.glued or text.endswith(_CLOSED) else f"{text} "


def _level(element: Any) -> _Level:
    level = _Level()
    for child in element:
        value = attribute(child, "val")
        match local(child):
            case "start":
                level.start = number(value, 1)
            case "numFmt":
                level.form = value
            case "lvlText":
                level.text = value[:60]
            case "isLgl":
                level.legal = value not in ("0", "false")
            case "suff":
                level.glued = value == "nothing"
            case "pStyle":
                level.style = value
            case "AlternateContent":
                # Newer formats stand in a choice, with what older programs show beside it.
                for form in child.iter():
                    if local(form) == "numFmt":
                        level.form = attribute(form, "val")
            case _:
                pass
    return level
