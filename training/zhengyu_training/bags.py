"""Coded real paragraphs to bags: counts of words and pairs by sentence, without order, rare ones and names left out.

``python -m zhengyu_training.bags --texts FILE… --codes FILE… -o real_bags.jsonl.gz`` makes the file in corpus/ of texts
that are kept elsewhere. Codes are taken from earlier bags, from coded JSONL, or from a coder's lines.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from zhengyu.themes.tokens import BETWEEN, NUMBER, Tokenizer, sentences
from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise

#: Words that stand in fewer paragraphs are left out: they could give a sentence or a person away.
MIN_PARAGRAPHS = 2
#: Pairs of words that stand in fewer paragraphs are left out: they tell more than words do.
MIN_PARAGRAPHS_OF_PAIRS = 3
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
        ``id, doc, genre, level, year, source, themes, maybe, words, pairs, left_out, sentences``. The document is
        named by the first 12 digits of its hash; words, and pairs of words that touch, stand in the order of the
        alphabet; ``left_out`` says how many words were not kept. Of a paragraph of several sentences, ``sentences``
        says which words and pairs each one has, by their places in ``words`` and then ``pairs``; sentences are sorted
        by these places, which tells nothing of their order.
    """
    tokenizer = Tokenizer()
    persons = personal_names()
    bags = [tokenizer.bag(row["text"]) for row in rows]
    spread = Counter(word for bag in bags for word in bag)
    out: list[dict[str, Any]] = []
    for row, bag in zip(rows, bags, strict=True):
        kept = sorted(word for word in bag if _kept(word, spread[word], persons))
        kept.sort(key=lambda word: BETWEEN in word)
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
                "words": {word: bag[word] for word in kept if BETWEEN not in word},
                "pairs": {word: bag[word] for word in kept if BETWEEN in word},
                "left_out": sum(times for word, times in bag.items() if BETWEEN not in word and word not in kept),
                "sentences": _by_sentence(row["text"], kept, tokenizer),
            }
        )
    return out


def _by_sentence(text: str, kept: Sequence[str], tokenizer: Tokenizer) -> list[list[int]]:
    """Return the places of each sentence's words and pairs in `kept`; nothing where there are not several sentences."""
    place = {word: i for i, word in enumerate(kept)}
    normal = normalise(text).text
    bags = [tokenizer.bag(normal[start:end]) for start, end in sentences(normal)]
    places = [sorted(place[word] for word, count in bag.items() if word in place for _ in range(count)) for bag in bags]
    found = sorted(one for one in places if one)
    return found if len(found) > 1 else []


def _kept(word: str, paragraphs: int, persons: frozenset[str]) -> bool:
    if BETWEEN in word:
        return paragraphs >= MIN_PARAGRAPHS_OF_PAIRS and persons.isdisjoint(word.split(BETWEEN))
    return paragraphs >= MIN_PARAGRAPHS and (word == NUMBER or word not in persons)


def join_codes(
    texts: Iterable[Mapping[str, Any]],
    codes: Iterable[tuple[str, Sequence[str], Sequence[str]]],
) -> list[dict[str, Any]]:
    """Put codes and texts together, each text once.

    Parameters
    ----------
    texts : iterable of mapping
        Each with ``id, doc, genre, level, year, text``.
    codes : iterable of (str, sequence of str, sequence of str)
        Id, themes, and doubtful themes (``maybe``). A text that was coded before under this or another id keeps its
        first codes.

    Returns
    -------
    list of dict
        The coded texts in the order of the codes, as `build_bags` takes them.

    Raises
    ------
    ZhengyuError
        A code has no text or several, or two texts have one id.
    """
    by_id: dict[str, Mapping[str, Any]] = {}
    apart: dict[str, list[str]] = {}
    for row in texts:
        if by_id.setdefault(row["id"], row)["text"] != row["text"]:
            raise ZhengyuError(f"{row['id']}: names two texts; expected an id for each")
        apart.setdefault(row["id"].rpartition(":")[2], []).append(row["id"])
    seen: set[str] = set()
    rows: list[dict[str, Any]] = []
    for identity, themes, maybe in codes:
        if identity not in by_id and identity in apart:
            names = " or ".join(apart[identity])
            raise ZhengyuError(f"{identity}: names several texts; write {names} in the codes")
        if identity not in by_id:
            raise ZhengyuError(f"{identity}: coded, but there is no text of that id; name the file that holds it")
        text = normalise(by_id[identity]["text"]).text
        if text not in seen:
            seen.add(text)
            doubtful = [theme for theme in maybe if theme not in themes]
            rows.append({**by_id[identity], "themes": list(themes), "maybe": doubtful})
    return rows


def read_texts(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Read JSONL files of texts; an id that names several texts becomes ``FILE:ID`` in each, after the file's stem."""
    rows = {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()] for path in paths
    }
    named: dict[str, set[str]] = {}
    for each in rows.values():
        for row in each:
            named.setdefault(row["id"], set()).add(row["text"])
    return [
        {**row, "id": f"{stem}:{row['id']}"} if len(named[row["id"]]) > 1 else row
        for stem, each in rows.items()
        for row in each
    ]


def read_codes(path: Path) -> list[tuple[str, list[str], list[str]]]:
    """Read codes: bags, coded JSONL, or lines of id, themes and doubtful themes between tabs (``-`` for none).

    Raises
    ------
    ZhengyuError
        A line has no id and themes.
    """
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    codes: list[tuple[str, list[str], list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("{"):
            row = json.loads(line)
            codes.append((row["id"], row["themes"], row["maybe"]))
        elif line.strip():
            fields = line.split("\t")
            if len(fields) < 3:
                raise ZhengyuError(f"{path}:{number}: expected id, themes and maybe between tabs, got {line[:60]!r}")
            themes, maybe = ([one for one in field.split(",") if one not in ("", "-")] for field in fields[1:3])
            codes.append((fields[0], themes, maybe))
    return codes


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a file of bags from the command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--texts", nargs="+", type=Path, required=True, help="JSONL files that hold the texts.")
    asked.add_argument(
        "--codes", nargs="+", type=Path, required=True, help="Files of codes; the first code of a text counts."
    )
    asked.add_argument("-o", "--output", type=Path, required=True, help="The file to make.")
    given = asked.parse_args(arguments)
    texts = read_texts(given.texts)
    codes = [code for path in given.codes for code in read_codes(path)]
    rows = join_codes(texts, codes)
    write_bags(build_bags(rows), given.output)
    print(f"{len(rows):,} bags of {len(codes):,} codes; {len(codes) - len(rows)} texts had been coded before")


if __name__ == "__main__":
    main()
