"""Coded real paragraphs to bags of words: counts without order, rare words and personal names left out."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from zhengyu.themes.tokens import NUMBER, Tokenizer
from zhengyu_corpus.atomic import write_whole

#: Words that stand in fewer paragraphs are left out: they could give a sentence or a person away.
MIN_PARAGRAPHS = 2
#: jieba marks these as names of persons; they are kept because theories, laws or whole eras bear them.
PUBLIC_NAMES = frozenset(
    {
        *("马克思", "恩格斯", "列宁", "毛泽东", "邓小平", "江泽民", "胡锦涛", "习近平", "孙中山", "孔子", "鲁迅"),
        *("雷锋", "焦裕禄", "愚公"),
        # not names in this prose, whatever the dictionary says
        *("安康", "高明", "和平", "文明", "阳光", "康健", "平安", "宝贵", "明确", "向阳"),
    }
)


def build_bags(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Turn coded paragraphs into bags.

    Parameters
    ----------
    rows : sequence of mapping
        Each with ``id, doc, genre, level, year, themes, maybe, text``; ``doc`` begins with the source repository and
        a colon.

    Returns
    -------
    list of dict
        ``id, doc, genre, level, year, source, themes, maybe, words``. The document is named by the first 12 digits
        of its hash; words stand in the order of the alphabet.
    """
    tokenizer = Tokenizer()
    persons = personal_names()
    bags = [tokenizer.bag(row["text"]) for row in rows]
    spread = Counter(word for bag in bags for word in bag)
    out: list[dict[str, Any]] = []
    for row, bag in zip(rows, bags, strict=True):
        words = {
            word: bag[word]
            for word in sorted(bag)
            if spread[word] >= MIN_PARAGRAPHS and (word == NUMBER or word not in persons)
        }
        out.append(
            {
                "id": row["id"],
                "doc": hashlib.sha256(row["doc"].encode()).hexdigest()[:12],
                "genre": row["genre"],
                "level": row["level"],
                "year": row["year"],
                "source": row["doc"].split(":", 1)[0],
                "themes": list(row["themes"]),
                "maybe": list(row["maybe"]),
                "words": words,
            }
        )
    return out


def personal_names() -> frozenset[str]:
    """Return the words that jieba's dictionary marks as names of persons, those of `PUBLIC_NAMES` aside."""
    found: set[str] = set()
    with files("jieba").joinpath("dict.txt").open("r", encoding="utf-8") as lines:
        for line in lines:
            word, _, kind = line.split()
            if kind in ("nr", "nrfg", "nrt") and len(word) > 1:
                found.add(word)
    return frozenset(found - PUBLIC_NAMES)


def write_bags(bags: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write bags as compressed JSONL; the same bags give the same bytes."""
    lines = "".join(json.dumps(bag, ensure_ascii=False, separators=(",", ":")) + "\n" for bag in bags)
    write_whole(path, gzip.compress(lines.encode(), compresslevel=9, mtime=0))
