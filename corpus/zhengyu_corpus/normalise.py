"""Text as the scorer sees it, with every character's place in the source.

Each kept character is mapped to exactly one other, so the map is a table over the basic plane:

* width and compatibility forms to the plain character where NFKC gives one (Unicode Standard Annex 15);
* radicals of the CJK Radicals Supplement, which PDF fonts give for characters, to the characters that they equal
  (``EquivalentUnifiedIdeograph.txt`` of the Unicode Character Database; NFKC folds the Kangxi radicals alone);
* punctuation variants to one form each;
* Traditional to Simplified, character by character, with OpenCC's table;
* characters without a width (zero-width space, joiners, soft hyphen, byte-order mark) are dropped,
  and so are, between two Han characters, a single space, which extraction from PDF and web pages leaves behind, and
  spaces around a line end, where a machine wrapped the text.

The user's own text is never changed: what comes out is for scoring, and `Normalised.starts` leads back.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from zhengyu_corpus.cache import cache_file, cached_text

_PUNCTUATION = {
    **dict.fromkeys("〝〞＂「」『』﹁﹂﹃﹄", '"'),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("～〜", "~"),
    **dict.fromkeys("•‧∙・･·", "·"),
    **dict(zip("﹐﹑﹔﹕﹖﹗﹙﹚｡､", "，、；：？！（）。、", strict=True)),
}
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺫⺬⺭⺯⺰⺱⺲⺳⺴⺶⺹⺺"
    "⺻⺼⺾⺿⻀⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
)
_RADICALS_AS = (
    "厂乛乚乙亻冂刀刂卜㔾小小兀尣尢巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王目示礻糹纟罓罒㓁冗羊耂肀"
    "聿肉艹艹艹虎衤覀西见角讠贝车辶辶辶邑钅長镸长门阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\ufffe"
_SPACES = "\t\r\n\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
#: Spaces that end a line.
LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
#: Chinese marks keep their full width: the width fold would otherwise tear 。 from ，.
_KEEP = "，；：？！（）"


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised text and where each of its characters stands in the source.

    Attributes
    ----------
    text : str
        What is scored.
    starts : tuple of int or None
        ``starts[i]`` is the source offset of ``text[i]``; the last entry is the source length.
        None when nothing was dropped, so that offsets are the same.
    """

    text: str
    starts: tuple[int, ...] | None

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the source offsets of ``text[start:end]``; characters dropped at its end stay outside."""
        if self.starts is None:
            return start, end
        return self.starts[start], (self.starts[end - 1] + 1 if end > start else self.starts[start])


@lru_cache(maxsize=1)
def table() -> dict[int, int | None]:
    """Return the map from code point to code point, None for a dropped character (for `str.translate`)."""
    # OpenCC takes longer to load than the table that is made with it.
    held = cached_text(_cache_file(), lambda: "\n".join(map("".join, _columns())))
    characters, plain = held.split("\n")
    found: dict[int, int | None] = dict(zip(map(ord, characters), map(ord, plain), strict=True))
    found.update({ord(char): ord(" ") for char in _SPACES})
    found.update({ord(char): None for char in _ZERO_WIDTH})
    return found


def _cache_file() -> Path | None:
    opencc = importlib.util.find_spec("opencc")
    sources = [Path(__file__), *([Path(opencc.origin)] if opencc is not None and opencc.origin is not None else [])]
    states = [(str(path), (state := path.stat()).st_size, state.st_mtime_ns) for path in sources]
    return cache_file("characters", ".json", states, unicodedata.unidata_version)


def _columns() -> tuple[list[str], list[str]]:
    """Return the characters that become others, but for spaces and what has no width, and what they become."""
    from opencc import OpenCC

    found: dict[int, int] = {}
    # Unified ideographs and Hangul syllables are their own forms, surrogates no characters.
    for code in chain(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xE000, 0x10000)):
        char = chr(code)
        if char in _KEEP:
            continue
        folded = unicodedata.normalize("NFKC", char)
        if len(folded) == 1 and folded != char:
            found[code] = ord(folded)
    found.update({ord(radical): ord(char) for radical, char in zip(_RADICALS, _RADICALS_AS, strict=True)})
    han = [chr(code) for code in range(0x3400, 0xA000)]
    for char, simple in zip(han, OpenCC("t2s").convert("\n".join(han)).split("\n"), strict=True):
        if len(simple) == 1 and simple != char:
            found[ord(char)] = ord(simple)
    found.update({ord(char): ord(plain) for char, plain in _PUNCTUATION.items()})
    for char in chain(_SPACES, _ZERO_WIDTH):
        found.pop(ord(char), None)
    # A compatibility ideograph may fold to a Traditional character: follow the chain to its end.
    for code, target in list(found.items()):
        while target in found and found[target] != target:
            target = found[target]
        found[code] = target
    return [chr(code) for code in found], [chr(code) for code in found.values()]


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    return OpenCC("t2s").convert  # type: ignore[no-any-return, unused-ignore]


def simplified(text: str) -> str:
    """Return a text in Simplified characters, word by word where a character alone does not tell.

    Examples
    --------
    >>> simplified("實施計畫"), simplified("实施计划")
    ('实施计划', '实施计划')
    """
    return _converter()(text) if text.translate(table()) != text else text


def is_han(char: str) -> bool:
    """Tell whether `char` is a CJK unified ideograph of the basic block or extension A."""
    return "\u3400" <= char <= "\u9fff"


def normalise(text: str) -> Normalised:
    r"""Normalise `text` for scoring.

    Examples
    --------
    >>> normalise("ＧＤＰ增長８％").text
    'GDP增长8%'
    >>> normalise("乡\u200b村 振兴").source(0, 4)
    (0, 6)
    """
    mapped = text.translate(table())
    if len(mapped) == len(text) and " " not in mapped:
        return Normalised(mapped, None)
    return _with_places(text)


def _with_places(text: str) -> Normalised:
    full = table()
    chars: list[str] = []
    starts: list[int] = []
    blank: int | None = None  # where spaces behind a Han character began
    line_end = False  # whether one of them ends a line
    for place, char in enumerate(text):
        code: int | None = full.get(ord(char), ord(char))
        if code is None:
            continue
        new = chr(code)
        if new == " ":
            if blank is None and chars and is_han(chars[-1]):
                blank, line_end = len(chars), False
            line_end |= char in LINE_ENDS
        elif blank is not None:
            if is_han(new) and (line_end or len(chars) == blank + 1):
                del chars[blank:], starts[blank:]
            blank = None
        chars.append(new)
        starts.append(place)
    if len(chars) == len(text):
        return Normalised("".join(chars), None)
    return Normalised("".join(chars), (*starts, len(text)))
