"""Cells that name themes, by ids or names, one or several, joined in any way; and cells that say yes or no to one."""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from zhengyu_corpus.themes import ThemeSet

#: Words for a paragraph that was read and found without a theme.
NONE_WORDS = frozenset({"none", "无", "無"})
#: What stands between names, in the order in which a cell is cut: a name may hold what is cut at later.
_SEPARATORS = tuple(map(re.compile, (r"([;；|\r\n\t])", r"([,，])", r"(、)", r"([/／+＋&＆])", r"([\s\u3000])")))
_TICKS = frozenset({"1", "1.0", "true", "yes", "y", "t", "v", "✓", "✔", "√", "☑", "✅", "是", "有", "对", "對", "●"})
#: Marks that say yes where nothing stands beside them, and no beside a tick.
_CROSSES = frozenset({"x", "×", "✗", "✘", "╳", "❌", "○"})
_NO = frozenset(
    {"", "0", "0.0", "false", "no", "n", "f", "-", "–", "否", "无", "無", "没有", "錯", "错", "☐", "nan", "none"}
)


class CellError(ValueError):
    """A cell that cannot be read as themes; says what was expected and what came."""


def plain_text(value: Any) -> str:
    """Return a cell as text: nothing for null and NaN, whole numbers without a fraction.

    Examples
    --------
    >>> plain_text(3.0), plain_text(None), plain_text(float("nan")), plain_text(" a ")
    ('3', '', '', ' a ')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def theme_names(cell: Any, themes: ThemeSet) -> list[str]:
    """Return the names that a cell holds, ``none`` and its like left out; names of themes as the themes' ids.

    A whole cell that is a theme's name is that theme; else it is cut at semicolons and line ends, then at commas, at
    、, at slashes and plus signs, and at blanks last, and pieces that make a name together stay together. A list, or a
    list written as text (``['rural', 'ecology']``), is one name an item.

    Parameters
    ----------
    cell : object
        Text, a list of texts, a number where themes have numbers for ids, or None.
    themes : ThemeSet
        The known themes.

    Returns
    -------
    list of str
        Ids of known themes, and unknown names as they stand.

    Raises
    ------
    CellError
        The cell is no such thing, or says none beside a theme.
    """
    names: list[str] = []
    for item in _items(cell):
        if not isinstance(item, str):
            raise CellError(f"expected names of themes, got {item!r:.80}")
        names.extend(_cut(item, themes, 0))
    kept = [name for name in names if name.casefold() not in NONE_WORDS or themes.find(name) is not None]
    if kept and len(kept) != len(names):
        raise CellError(f"none stands beside {', '.join(kept)}")
    return kept


def _items(cell: Any) -> list[Any]:
    if isinstance(cell, str):
        text = cell.strip()
        if not (text.startswith("[") and text.endswith("]")):
            return [cell]
        for read in (json.loads, ast.literal_eval):
            try:
                found = read(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(found, list):
                return found
        raise CellError(f"expected a list of themes, got {text!r:.80}, which is none")
    if isinstance(cell, (list, tuple)):
        return list(cell)
    if isinstance(cell, (bool, dict)):
        raise CellError(f"expected themes, got {cell!r:.80}")
    text = plain_text(cell)
    return [text] if text else []


def _cut(text: str, themes: ThemeSet, level: int) -> list[str]:
    name = text.strip()
    if not name:
        return []
    known = themes.find(name)
    if known is not None:
        return [known]
    if level == len(_SEPARATORS):
        return [name]
    pieces = _SEPARATORS[level].split(text)
    if len(pieces) == 1:
        return _cut(text, themes, level + 1)
    found: list[str] = []
    i = 0
    while i < len(pieces):
        # The longest run of pieces that is a name together; a few are enough, for names hold few separators.
        for j in range(min(len(pieces), i + _LONGEST), i, -2):
            joined = themes.find("".join(pieces[i:j]))
            if joined is not None:
                found.append(joined)
                i = j + 1
                break
        else:
            found.extend(_cut(pieces[i], themes, level + 1))
            i += 2
    return found


#: Pieces and separators between them that are tried as one name.
_LONGEST = 9


def yes_or_no(cell: Any, *, crosses: bool = True) -> bool | None:
    """Return what a cell of a one-hot column says, None where it says neither.

    Parameters
    ----------
    cell : object
        The cell.
    crosses : bool, default=True
        What crosses say; see `crosses_say_yes`.

    Examples
    --------
    >>> yes_or_no("是"), yes_or_no(0), yes_or_no("x"), yes_or_no(None), yes_or_no("maybe")
    (True, False, True, False, None)
    """
    text = unicodedata.normalize("NFKC", plain_text(cell)).strip().lower()
    return True if text in _TICKS else False if text in _NO else crosses if text in _CROSSES else None


def crosses_say_yes(cells: Iterable[Any]) -> bool:
    """Tell what × and its like say in one-hot columns: yes where they alone mark a cell, no beside ticks.

    Examples
    --------
    >>> crosses_say_yes(["x", "", "x"]), crosses_say_yes(["√", "×", "√"])
    (True, False)
    """
    seen = {yes_or_no(cell, crosses=False) for cell in cells}
    return True not in seen
