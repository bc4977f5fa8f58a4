"""Rank new slogans, those that are most worth a look first."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from zhengyu.slogans.candidates import DE
from zhengyu.slogans.normal_form import merge_key
from zhengyu_corpus.errors import ZhengyuError

#: What speaks for a new slogan beside its probability or against it; 1 weighs as much as a quarter of probability. Of
#: the first hundred of two draws of documents that the model had not seen, those that quotation marks alone set apart
#: were slogans in 4 cases of 31, others in 50 of 69; their probabilities did not tell them apart.
MADE, NAMED, IN_PROSE, PHRASE, WORD = 2.0, 2.0, 2.0, -1.0, -2.0
#: Weight of the probability.
PROBABILITY = 4.0
#: What a wording is called: one of these words stands shortly behind it, or one of `_CALLED` right before it.
_KINDS = (
    "主题", "口号", "理念", "战略", "行动", "活动", "工程", "模式", "机制", "品牌", "计划", "方针", "原则", "精神",
    "倡议", "方略", "思路", "经验", "做法", "工作法", "专项", "策略", "号召", "标语", "横幅", "格局", "制度", "框架",
    "要求", "思想", "目标", "规划", "座右铭",
)  # fmt: skip
_CALLED = (
    "提出", "喊出", "打造", "口号", "标语", "主题", "理念", "原则", "坚持", "践行", "弘扬", "秉持", "秉承", "倡导",
    "号召", "推行", "锦旗", "擦亮", "叫响", "唱响", "争创", "创建", "写着",
)  # fmt: skip
_AFTER = re.compile(
    rf"[”’]?(?:[（(][^（）()]{{1,12}}[)）])?(?:等|的|为|这一|这个)?[\u3400-\u9fff]{{0,4}}?(?:{'|'.join(_KINDS)})"
)
_BEFORE = re.compile(rf"(?:{'|'.join(_CALLED)})(?:的|了|是|为|：|:|以|叫|叫作|叫做)?[“‘]?\Z")
#: So many characters before a wording and behind it are looked at.
_BEHIND, _AHEAD = 8, 24
_PARTS = re.compile(r"[，、；,; ]")
#: What stands right before a quoted wording.
_OPENING = frozenset("“‘")


def newest_first(counts: pd.DataFrame, signs: Mapping[str, float]) -> pd.DataFrame:
    """Return the new slogans of `zhengyu.slogans.counting.count_slogans`, those most worth a look first.

    What recurs in several documents and places, and what bursts there, counts more than what stands once; among those
    that stand equally wide come first the more probable ones for whose wording more speaks. The order is that of

        log2(documents) + [log2(places) + log2(1 + burst)] / 2 + 4 * probability + signs,

    with places and burst of what stands in several documents alone: in one they tell its year and no more. Twice as
    many documents weigh as much as a quarter of probability.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `count_slogans` gives it.
    signs : mapping of str to float
        As `signs_of` gives it; 0 for a slogan that is not in it.
    """
    new = counts[counts["new"].astype(bool)]
    documents = new["documents"].clip(lower=1)
    spread = (np.log2(new["places"].clip(lower=1)) + np.log2(1 + new["burst"].clip(lower=0))) / 2
    rank = np.log2(documents) + spread.where(documents > 1, 0.0) + PROBABILITY * new["probability"].fillna(0.5)
    rank += np.array([signs.get(merge_key(str(normal)), 0.0) for normal in new["normal"]])
    order = pd.DataFrame({"rank": -rank, "normal": new["normal"]}).sort_values(["rank", "normal"], kind="stable").index
    return new.loc[order].reset_index(drop=True)


def signs_of(slogans: pd.DataFrame, texts: Mapping[str, str], words: Collection[str]) -> dict[str, float]:
    """Return what speaks for each new slogan beside its probability, less what speaks against it.

    `NAMED` when the words around it call it a motto, a campaign, a principle: 开展“…”主题活动, 坚持…的原则. `WORD` when
    it is one word of the dictionary; else `MADE` when it has parts of one length, a plus sign or the type ``numeric``.
    Where neither is so and nothing names it, `IN_PROSE` when it was found without quotation marks, and `PHRASE` when it
    is built around 的. A wording that quotation marks alone set apart therefore needs more probability than others. Of
    several places the one with most counts.

    Parameters
    ----------
    slogans : pandas.DataFrame
        One row a slogan, as `zhengyu tag --slogans` writes: ``id``, ``start``, ``surface``, ``normal``,
        ``type``, ``known``.
    texts : mapping of str to str
        Paragraph id to its text.
    words : collection of str
        A dictionary.

    Returns
    -------
    dict of str to float
        By `zhengyu.slogans.normal_form.merge_key`.

    Raises
    ------
    ZhengyuError
        The slogans have no column ``start``.
    """
    if "start" not in slogans:
        raise ZhengyuError(
            "the slogans: expected a column 'start', for new ones are ranked by the words around them too; there are "
            f"{', '.join(map(str, slogans.columns))}; give what zhengyu tag --slogans wrote"
        )
    found: dict[str, float] = {}
    new = slogans[~slogans["known"].astype(bool)]
    cells = (new[name].astype(str).tolist() for name in ("id", "surface", "normal", "type"))
    for paragraph, surface, normal, kind, start in zip(*cells, new["start"].astype(int).tolist(), strict=True):
        text, stop = texts[paragraph], start + len(surface)
        called = _BEFORE.search(text[max(0, start - _BEHIND) : start]) or _AFTER.match(text[stop : stop + _AHEAD])
        sign = NAMED if called else 0.0
        if normal in words:
            sign += WORD
        elif kind == "numeric" or _is_made(normal):
            sign += MADE
        elif not called:
            sign += IN_PROSE if text[max(0, start - 1) : start] not in _OPENING else 0.0
            sign += PHRASE if DE in normal else 0.0
        key = merge_key(normal)
        found[key] = max(sign, found.get(key, sign))
    return found


def _is_made(normal: str) -> bool:
    """Tell whether a wording has two parts of one length, or a plus sign."""
    lengths = [len(part) for part in _PARTS.split(normal)]
    return "+" in normal or len(set(lengths)) < len(lengths)
