"""Automatic numbers of paragraphs, as Word and Writer show them: 一、 （一） 第三条 1.2 ①."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from zhengyu.io.documents.markup import attribute, children, local
from zhengyu_corpus.patterns import pattern

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


#: What OpenDocument calls the same: the number one in each.
_ODT_FORMS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "一": "chineseCounting", "壹": "chineseLegalSimplified", "１": "decimalFullWidth", "①": "decimalEnclosedCircle",
    "甲": "ideographTraditional", "子": "ideographZodiac", "〇": "ideographDigital",
}  # fmt: skip
_ODT_PLACEHOLDER = pattern(r"%(\d{1,2})%")


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
        return set_off(_PLACEHOLDER.sub(shown, level.text).strip(), level.glued)


def set_off(text: str, glued: bool = False) -> str:
    """Return a number with the blank behind it that stands for its tab, unless it is glued to the text or closed."""
    return text if not text or glued or text.endswith(_CLOSED) else f"{text} "


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


@dataclass(frozen=True, slots=True)
class _OdtLevel:
    form: str
    text: str
    start: int
    glued: bool


class OdtNumbers:
    """The automatic numbers of one OpenDocument text: of its lists, and of its headings by their outline.

    Parameters
    ----------
    roots : sequence of element
        Of ``content.xml`` and ``styles.xml``.
    """

    def __init__(self, roots: Sequence[Any]) -> None:
        self._styles: dict[str, dict[int, _OdtLevel]] = {}
        self._outline: dict[int, _OdtLevel] = {}
        #: The list style of paragraphs of a style.
        self._of_style: dict[str, str] = {}
        for element in chain.from_iterable(root.iter() for root in roots):
            match local(element):
                case "list-style":
                    self._styles[attribute(element, "name")] = _odt_levels(element)
                case "outline-style":
                    self._outline = _odt_levels(element)
                case "style" if attribute(element, "list-style-name"):
                    self._of_style[attribute(element, "name")] = attribute(element, "list-style-name")
                case _:
                    pass
        self._headings: dict[int, int] = {}
        self._kept: dict[str, dict[int, int]] = {}  # counts, by the list's id and by its style
        self._open: list[tuple[str, dict[int, int]]] = []
        self._waiting: list[int | None] = []  # for each open item its number if it says one, -1 where it has its own

    def start(self, name: str, element: Any) -> None:
        """Begin a list or one of its items."""
        if name == "list":
            style = attribute(element, "style-name")
            if self._open:
                outer, counts = self._open[-1]
                self._open.append((style or outer, counts))
                return
            goes_on = attribute(element, "continue-list") or (
                style if attribute(element, "continue-numbering") == "true" else ""
            )
            counts = self._kept.get(goes_on, {}) if goes_on else {}
            self._kept[style] = counts
            if called := attribute(element, "id"):
                self._kept[called] = counts
            self._open.append((style, counts))
        else:
            said = attribute(element, "start-value")
            self._waiting.append(-1 if name == "list-header" else number(said, 0) or None)

    def end(self, name: str) -> None:
        """End a list or one of its items."""
        (self._open if name == "list" else self._waiting).pop()

    def next(self, element: Any) -> str:
        """Return what stands before the text of a paragraph or heading; the first of an item has its number."""
        if self._open and self._waiting:
            said, self._waiting[-1] = self._waiting[-1], -1
            if said == -1:
                return ""
            style, counts = self._open[-1]
            levels = self._styles.get(style) or self._styles.get(
                self._of_style.get(attribute(element, "style-name"), ""), {}
            )
            return _counted(levels, counts, len(self._open), said)
        if local(element) == "h" and attribute(element, "is-list-header") != "true":
            depth = number(attribute(element, "outline-level"), 1)
            return _counted(self._outline, self._headings, depth, None)
        return ""


def _counted(levels: Mapping[int, _OdtLevel], counts: dict[int, int], depth: int, said: int | None) -> str:
    """Count one paragraph at a level, and return its number as the level shows it."""
    level = levels.get(depth)
    start = level.start if level is not None else 1
    counts[depth] = said if said is not None else counts.get(depth, start - 1) + 1
    for deeper in [one for one in counts if one > depth]:
        del counts[deeper]
    if level is None:
        return ""

    def shown(match: re.Match[str]) -> str:
        wanted = int(match[1])
        of = levels.get(wanted, level)
        return _FORMATS.get(of.form, str)(counts.get(wanted, of.start))

    return set_off(_ODT_PLACEHOLDER.sub(shown, level.text).strip(), level.glued)


def _odt_levels(style: Any) -> dict[int, _OdtLevel]:
    found = {}
    for element in style:
        depth, form = number(attribute(element, "level"), 0), attribute(element, "num-format")
        if not 0 < depth <= 10 or not form:  # a bullet, or a level that shows no number
            continue
        text = attribute(element, "num-list-format")
        if not text:
            first = max(1, depth - number(attribute(element, "display-levels"), 1) + 1)
            between = ".".join(f"%{one}%" for one in range(first, depth + 1))
            text = f"{attribute(element, 'num-prefix')}{between}{attribute(element, 'num-suffix')}"
        glued = any(
            attribute(label, "label-followed-by") == "nothing"
            for properties in children(element, "list-level-properties")
            for label in children(properties, "list-level-label-alignment")
        )
        found[depth] = _OdtLevel(_odt_form(form), text[:60], number(attribute(element, "start-value"), 1), glued)
    return found


def _odt_form(form: str) -> str:
    """Return the name that Word has for a form of numbers; East Asian ones are given by their first three."""
    return _ODT_FORMS.get(form.split(",")[0].strip(), "decimal")
