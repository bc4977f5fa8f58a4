"""What a paragraph is written in, by counting its characters: Simplified or Traditional Chinese, mixed, or another.

A Han character, a kana and a hangul count one; of other scripts a word counts one, however long. By the share of Han
characters in this count a paragraph is Chinese (`CHINESE` or more), another language (less than `OTHER`), or mixed.

Chinese is told by characters that only one of the scripts has. One of Simplified only is changed by OpenCC to
Traditional and is not in Big5; one of Traditional only is changed to Simplified and is not in GB 2312. So 国 and 國
tell, 后 and 里 don't, for Traditional has them too. The script of four fifths of these is the paragraph's; with less
of either it is mixed. A paragraph that has none (同意。) is the same in both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("simplified", "traditional", "alike", "mixed", "other")
#: Shares of Han characters from which a paragraph is Chinese, and under which it is another language.
CHINESE, OTHER = 0.8, 0.2
#: Share of the characters of one script alone from which it is the paragraph's.
ONE_SCRIPT = 0.8
#: Characters counted at a time.
_CHUNK = 2_000_000
_HAN, _SIMPLIFIED, _TRADITIONAL, _SYLLABLE, _LETTER = range(1, 6)


@lru_cache(maxsize=1)
def _kinds() -> NDArray[np.uint8]:
    """Return the kind of every code point."""
    from opencc import OpenCC

    kinds = np.zeros(0x110000, np.uint8)
    for code in range(0x10000):
        if unicodedata.category(chr(code))[0] == "L":
            kinds[code] = _LETTER
    for start, end in ((0x3040, 0x3100), (0x31F0, 0x3200), (0xAC00, 0xD7A4), (0xFF66, 0xFF9E)):
        kinds[start:end] = _SYLLABLE
    for start, end in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000)):
        kinds[start:end] = _HAN
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    for config, codec, kind in (("s2t", "big5", _SIMPLIFIED), ("t2s", "gb2312", _TRADITIONAL)):
        for char, other in zip(han, OpenCC(config).convert("\n".join(han)).split("\n"), strict=True):
            if char != other and not char.encode(codec, "ignore"):
                kinds[ord(char)] = kind
    return kinds


def languages(texts: Sequence[str]) -> NDArray[np.int8]:
    """Return the place in `LANGUAGES` of each text's.

    Examples
    --------
    >>> texts = ["推进乡村振兴", "推進鄉村振興", "同意。", "推进 rural revitalisation", "See page 8"]
    >>> [LANGUAGES[place] for place in languages(texts)]
    ['simplified', 'traditional', 'alike', 'mixed', 'other']
    """
    found: list[NDArray[np.int8]] = []
    start = size = 0
    for end, text in enumerate(texts, 1):
        size += len(text)
        if size > _CHUNK or end == len(texts):
            found.append(_told(texts[start:end]))
            start, size = end, 0
    return np.concatenate(found) if found else np.empty(0, np.int8)


def _told(texts: Sequence[str]) -> NDArray[np.int8]:
    # Every text ends with a blank, so that none is without a character and no word goes over its end.
    codes = np.frombuffer(" ".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    kinds, starts = _kinds()[codes], np.concatenate([[0], np.cumsum(lengths)[:-1]])

    def count(mask: NDArray[np.bool_]) -> NDArray[Any]:
        return np.add.reduceat(mask, starts, dtype=np.int64)

    letters = kinds == _LETTER
    letters[1:] &= kinds[:-1] != _LETTER  # where words begin
    simplified, traditional = count(kinds == _SIMPLIFIED), count(kinds == _TRADITIONAL)
    han = count(kinds == _HAN) + simplified + traditional
    all_of = han + count(kinds == _SYLLABLE) + count(letters)
    telling = simplified + traditional
    choices = [
        (han == 0) | (han < OTHER * all_of),
        han < CHINESE * all_of,
        telling == 0,
        simplified >= ONE_SCRIPT * telling,
        traditional >= ONE_SCRIPT * telling,
    ]
    names = ("other", "mixed", "alike", "simplified", "traditional")
    places = np.select(choices, [LANGUAGES.index(name) for name in names], LANGUAGES.index("mixed"))
    return places.astype(np.int8)
