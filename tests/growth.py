"""Growth of time with length: every entry point that takes text, over texts made to be slow, at one length and at twice it.

``python tests/growth.py --whole`` measures lengths up to 200,000 characters and writes docs/growth.md; names of entry
points measure these alone and print. The suite measures up to 20,000 (`tests/test_growth.py`).

Time that is in proportion to length doubles; the square of the length takes four times as long. The time is that of the
processor, the best of three; above `LIMIT` both lengths are measured again, twice, before it counts.
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger, Options
from zhengyu.batch.result import Run
from zhengyu.batch.stream import Stream
from zhengyu.io.blocks import Paragraphs
from zhengyu.io.documents.read import read_document
from zhengyu.io.formats import FORMATS
from zhengyu.io.inputs import Input, find_inputs
from zhengyu.io.labelled import check, read_labelled
from zhengyu.io.open_table import TableOptions, open_table
from zhengyu.io.sandbox.parent import Readers, rows_apart
from zhengyu.persistence.folder import load_model
from zhengyu.report.reading import read_tagged
from zhengyu.tagger import Tagger
from zhengyu.themes.evidence import evidence_rows
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.facts import find_facts
from zhengyu_corpus.furniture import furniture_rule
from zhengyu_corpus.lexicon import parse_lexicon
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.splitting import split_document
from zhengyu_corpus.themes import parse_themes

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests" / "golden" / "model"
PAGE = ROOT / "docs" / "growth.md"

#: Twice the length may take so many times as long.
LIMIT = 3.0
#: Seconds below which a time tells nothing: what takes less at twice the length is quick whatever its growth.
FLOOR = 0.002
#: The same with ``--whole``: making room for a text beyond 130,000 characters costs compiled code some 20 ms, once.
WHOLE_FLOOR = 0.05
#: Characters that a paragraph of a long table has.
ROW = 200
#: The shorter of the two lengths in the suite, and with ``--whole``. What segments with jieba or works word by word in
#: Python takes some 5 to 20 µs a character: in the suite it gets less.
SUITE, WHOLE = 10_000, 100_000
SUITE_SLOW = {
    **dict.fromkeys(("corpus check", "corpus check, one row"), 3_000),
    **dict.fromkeys(("segment", "tag, plain", "tag a document", "slogans, plain", "slogans of a document"), 1_000),
    **dict.fromkeys(("explain", "evidence"), 500),
}
#: Seconds from which one measurement is enough where it is well within the limit: what disturbs is short beside them.
STEADY = 0.5
#: Times that a failure is measured again.
TRIES = 2
#: Seconds after which a measurement is given up: what doubles with every character would not end.
GIVEN_UP = 120

SENTENCE = "全县新建高标准农田三万亩，农民收入增长百分之八，群众得到了实惠。"


def again(unit: str) -> Callable[[int], str]:
    """Return a maker of texts that repeat `unit`."""
    return lambda n: (unit * (n // len(unit) + 1))[:n]


def _lines(unit: str) -> Callable[[int], str]:
    """Return a maker of texts whose lines are `unit` and a number, so that none is the same as another.

    Numbers have one width: text whose kind changes with its length would not be of one kind.
    """
    return lambda n: "\n".join(unit.format(f"{i:05d}") for i in range(n // len(unit.format("00000\n"))))


def _nested(opening: str, closing: str) -> Callable[[int], str]:
    def make(n: int) -> str:
        depth = n // (len(opening) + len(closing))
        return opening * depth + closing * depth

    return make


def _wrapped(n: int) -> str:
    paragraph = "　　" + "水渠修到了田边，三十八个村的群众用上了自来水和\n" * 5 + "新的水价从下月起施行。\n"
    return again(paragraph)(n)


#: Texts made to be slow, by what they are made of.
GENERATORS: dict[str, Callable[[int], str]] = {
    "prose": again(SENTENCE),
    "one Han character": again("政"),
    "one letter": again("a"),
    "letters, then Han": lambda n: "a" * (n - 1) + "政",
    "digits": again("1"),
    "digits, then a letter": lambda n: "1" * (n - 1) + "a",
    "words of Latin letters": again("ab "),
    "Han and letters": again("政a"),
    "rare words": lambda n: "".join(chr(0x4E00 + i * 7919 % 0x5000) for i in range(n)),
    "blanks": again(" "),
    "ideographic blanks": again("　"),
    "blanks between characters": again("政 "),
    "two blanks between characters": again("政  "),
    "tabs": again("\t"),
    "line ends": again("\n"),
    "CRLF": again("\r\n"),
    "blank lines of blanks": again(" 　\n"),
    "lines of one character": again("政\n"),
    "lines that differ": _lines("第{}条措施落实到村"),
    "headings": _lines("{}、加快转型升级"),
    "wrapped lines": _wrapped,
    "lines of many widths": again("".join("　" * (i % 2) + "政" * (i * 7 % 60) + "\n" for i in range(60))),
    "exclamations": again("好！"),
    "short clauses": again("好，"),
    "list": again("抓、"),
    "clauses of one shape": again("聚焦项目不动摇、"),
    "vows": again("扭住发展不放松，"),
    "rows": again("抓项目、促增长，强产业、惠民生。"),
    "sums": again("1+N"),
    "plus signs": again("+"),
    "numerals": again("四个"),
    "great numerals": again("十大"),
    "pairs of numerals": again("三高两低"),
    "members": again("“三清”（清垃圾、清河道、清路障），"),
    "short for": again("清垃圾、清河道、清路障，简称“三清”，"),
    "known slogans": again("绿水青山就是金山银山，"),
    "spirit": again("精神"),
    "journeys": again("振兴之路"),
    "colons": again("好："),
    "opening quotes": again("“"),
    "closing quotes": again("”"),
    "quotes": again("“好”"),
    "straight quotes": again('"'),
    "quotes never closed": again("“好"),
    "nested brackets": _nested("（", "）"),
    "titles": again("《好》"),
    "dots": again("."),
    "dots, then a letter": lambda n: "." * (n - 1) + "a",
    "leaders": again("一、总则……3\n"),
    "ellipses": again("…"),
    "dashes": again("—"),
    "share targets": again("微信微博"),
    "share targets, then Han": lambda n: again("微信 12 ")(n - 1) + "政",
    "attachments": again("".join(f"{i:02d}.分工表\n" for i in range(1, 100))),
    "metadata": _lines("索 引 号：{}"),
    "characters without width": again("\u200b"),
    "marks on a letter": again("a\u0301"),
    "beyond the basic plane": again("𠀀"),
    "traditional": again("農業發展，"),
    "commas": again(","),
    "quoted commas": again('"a",'),
    "open brackets": again("["),
    "open braces": again('{"a":'),
    "tags": again("<b>"),
    "open tags": again("<b "),
    "nested divisions": _nested("<div>", "</div>"),
    "entities": again("&amp;"),
    "comments never closed": again("<!--"),
    "equals signs": again("a=1\n"),
}


@cache
def tagger() -> Tagger:
    """Return the tagger of the small model that the golden outputs are made with."""
    return Tagger(load_model(MODEL))


@cache
def _compiled() -> tuple[Any, Any, Any]:
    from zhengyu.compiled.slogans.finder import CompiledFinder
    from zhengyu.compiled.themes.evidence import CompiledEvidence
    from zhengyu.compiled.themes.scorer import CompiledScorer

    scorer = CompiledScorer(tagger().model)
    return scorer, CompiledEvidence(tagger().model, scorer.tables), CompiledFinder(tagger().finder)


@cache
def _words() -> Tokenizer:
    return Tokenizer()


def _traced(text: str) -> object:
    scorer, evidence, _ = _compiled()
    held = pa.array([text])
    scores, _, _, words = scorer.score(held, keep=True)
    themes = pa.array([[tagger().themes[0]]], pa.list_(pa.string()))
    chances = tagger().model.calibration.probability(scores)
    return evidence(Paragraphs(pa.array(["a"]), held, ["row"], themes, chances, words))


def _pieces(text: str) -> list[str]:
    return [text[i : i + ROW] for i in range(0, len(text), ROW)]


def _records(texts: list[str]) -> bytes:
    rows = [{"id": f"r{i}", "text": text, "themes": []} for i, text in enumerate(texts)]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _table(texts: list[str], delimiter: str) -> bytes:
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter)
    writer.writerow(["id", "text", "themes", "uncertain", "model"])
    writer.writerows([f"r{i}", text, "", "", "m"] for i, text in enumerate(texts))
    return held.getvalue().encode()


Work = Callable[[], object]
Entry = Callable[[str, Path], Work]


def _simple(call: Callable[[str], object]) -> Entry:
    return lambda text, _: lambda: call(text)


def _decoded(encoding: str) -> Entry:
    def make(text: str, _: Path) -> Work:
        data = text.encode(encoding, "replace")
        return lambda: decode(data)

    return make


def _document(ending: str) -> Entry:
    def make(text: str, _: Path) -> Work:
        data = text.encode()
        return lambda: read_document(data, f"a{ending}", ending)

    return make


def _rows(ending: str, pack: Callable[[str], bytes]) -> Entry:
    def make(text: str, _: Path) -> Work:
        data = pack(text)

        def read() -> None:
            for _block in open_table(Input(f"a{ending}", ending), io.BytesIO(data), sheet=rows_apart).blocks:
                pass

        return read

    return make


def _filed(name: str, pack: Callable[[str], bytes], read: Callable[[Path], object]) -> Entry:
    def make(text: str, folder: Path) -> Work:
        path = folder / name
        path.write_bytes(pack(text))
        return lambda: read(path)

    return make


def _packers(ending: str) -> dict[str, Callable[[str], bytes]]:
    """Return how text becomes a table: as the whole file, as one cell, as many."""
    if ending in (".csv", ".tsv"):
        mark = "," if ending == ".csv" else "\t"
        held: dict[str, Callable[[list[str]], bytes]] = {"": lambda texts: _table(texts, mark)}
    else:
        held = {"": _records}
    pack = held[""]
    return {
        "as file": lambda text: text.encode(),
        "one cell": lambda text: pack([text]),
        "many cells": lambda text: pack(_pieces(text)),
    }


def _entries() -> dict[str, Entry]:
    themes = tagger().model.themes
    found: dict[str, Entry] = {
        "normalise": _simple(normalise),
        "split a document": _simple(split_document),
        "facts of a document": _simple(lambda text: find_facts(split_document(text))),
        "furniture rule": _simple(furniture_rule),
        **{f"decode {name}": _decoded(name) for name in ("utf-8", "gb18030", "big5", "utf-16-le")},
        "segment": _simple(lambda text: _words().words(normalise(text).text)),
        "tag, plain": _simple(lambda text: tagger().scorer.scores([text])),
        "tag, compiled": _simple(lambda text: _compiled()[0].scores(pa.array([text]))),
        "tag a document": _simple(lambda text: tagger().tag_document(text)),
        "slogans, plain": _simple(lambda text: tagger().finder.find(text)),
        "slogans of a document": _simple(lambda text: tagger().finder.find_document(_pieces(text))),
        "slogans, compiled": _simple(lambda text: list(_compiled()[2].find(pa.array([text])))),
        "explain": _simple(lambda text: tagger().explain(text)),
        "evidence": _simple(lambda text: evidence_rows(tagger().scorer, ["a"], [text])),
        "evidence, compiled": _simple(_traced),
        "report": _filed("tagged.csv", lambda text: _table(_pieces(text), ","), lambda path: read_tagged([path])),
        "report, one row": _filed("tagged.csv", lambda text: _table([text], ","), lambda path: read_tagged([path])),
        "corpus check": _filed("a.jsonl", lambda text: _records(_pieces(text)), lambda path: check([path], themes)),
        "corpus check, one row": _filed("a.jsonl", lambda text: _records([text]), lambda path: check([path], themes)),
        "labelled CSV": _filed("a.csv", lambda text: text.encode(), lambda path: read_labelled([path], themes)),
        "labelled JSONL": _filed("a.jsonl", lambda text: text.encode(), lambda path: read_labelled([path], themes)),
        "lexicon": _simple(lambda text: parse_lexicon(text.encode(), themes, where="a.csv", own=True)),
        "theme file": _simple(lambda text: parse_themes(text)),
    }  # fmt: skip
    for one in FORMATS:
        if one.kind == "document" and (one.text or one.reader in ("rtf", "mime")):
            found[f"read {one.name}"] = _document(one.endings[0])
        elif one.text:
            for how, pack in _packers(one.endings[0]).items():
                found[f"read {one.name}, {how}"] = _rows(one.endings[0], pack)
    return found


ENTRIES = _entries()


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds of processor time at a length and at twice it, and how many times longer the second took."""

    seconds: float
    doubled: float

    @property
    def factor(self) -> float:
        """How many times as long twice the length took; 1 where both are too short to tell."""
        return self.doubled / max(self.seconds, FLOOR / LIMIT) if self.doubled > FLOOR else 1.0


def _time(work: Work) -> float:
    began = time.process_time()
    with suppress(ZhengyuError):  # a clear refusal is an answer too
        work()
    return time.process_time() - began


def _once(short: Work, long: Work, least: float) -> Growth:
    # The best of three at twice the length is not above the first: where that is within the limit there is no need
    # for the other two; nor for the shorter text where it is within the limit of what one sentence takes.
    doubled = _time(long)
    if doubled <= max(FLOOR, LIMIT * least):
        return Growth(max(doubled / 2, least), doubled)
    seconds = _time(short)
    if seconds < STEADY or doubled > 0.8 * LIMIT * seconds:
        seconds = min(seconds, *(_time(short) for _ in range(2)))
    if doubled > LIMIT * seconds:
        doubled = min(doubled, *(_time(long) for _ in range(2)))
    return Growth(seconds, doubled)


@contextmanager
def _clock() -> Iterator[None]:
    """End what does not end by itself; where there is no such signal the suite's own bound must do."""
    import signal
    import threading

    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(*_: object) -> None:
        raise TimeoutError(f"given up after {GIVEN_UP} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, GIVEN_UP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def measure(short: Work, long: Work, least: float = 0.0) -> Growth:
    """Measure work and the same work at twice the length; a failure is measured again before it counts.

    `least` are the seconds that the work takes at any length.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with _clock():
            found = _once(short, long, least)
            for _ in range(TRIES):
                if found.factor > LIMIT:
                    found = min(found, _once(short, long, least), key=lambda one: one.factor)
            return found
    except TimeoutError:
        return Growth(GIVEN_UP / 1000, GIVEN_UP)
    finally:
        if collecting:
            gc.enable()


def sweep(name: str, length: int, folder: Path) -> dict[str, Growth]:
    """Measure one entry point over all generators, at `length` and at twice it."""
    entry = ENTRIES[name]
    _time(entry(SENTENCE, folder))  # imports, dictionaries and compiled code are loaded
    least = min(_time(entry(SENTENCE, folder)) for _ in range(3))
    found: dict[str, Growth] = {}
    for kind, generate in GENERATORS.items():
        texts = [generate(n) for n in (length, 2 * length)]
        places = [folder / "short", folder / "long"]
        for place in places:
            place.mkdir(exist_ok=True)
        short, long = (entry(text, place) for text, place in zip(texts, places, strict=True))
        found[kind] = measure(short, long, least)
    return found


def blocks_of(number: int, folder: Path) -> Work:
    """Return the work of reading so many small documents as one run does."""
    for i in range(number):
        (folder / f"{i:06d}.txt").write_text(SENTENCE, encoding="utf-8")
    sources = find_inputs([str(folder)])
    sizes = [source.size() for source in sources]
    work = BlockTagger(tagger().model, Options(False, False, "", ()))

    def read() -> None:
        import pandas as pd

        stream = Stream(sources, sizes, Run(pd.DataFrame(), scoring="plain"), work, None, TableOptions(), Readers(60))
        for _piece in stream.blocks():
            pass

    return read


def many_inputs(number: int, folder: Path) -> Growth:
    """Measure reading `number` small documents, and twice as many."""
    made = []
    for name, count in (("few", number), ("many", 2 * number)):
        (folder / name).mkdir()
        made.append(blocks_of(count, folder / name))
    return measure(*made)


def _page(found: dict[str, dict[str, Growth]], lengths: dict[str, int], inputs: Growth) -> str:
    lines = [
        "# Growth of time with length",
        "",
        f"Every entry point that takes text, over {len(GENERATORS)} kinds of text made to be slow, at one "
        "length and at twice it: seconds of processor time, best of three. Time in proportion to length doubles; a "
        f"factor above {LIMIT:g} (measured three times) would mean that some text can hold the program up. "
        "`python tests/growth.py --whole` makes this page; the suite measures up to 20,000 characters. Where "
        f"twice the length takes less than {WHOLE_FLOOR:g} s, the factor is given as 1.0: it would measure the clock.",
        "",
        f"| entry point | characters | slowest text | seconds at twice | largest factor | of | above {LIMIT:g} |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, each in found.items():
        slow = max(each, key=lambda kind: each[kind].doubled)
        steep = max(each, key=lambda kind: each[kind].factor)
        over = sorted(kind for kind, one in each.items() if one.factor > LIMIT)
        lines.append(
            f"| {name} | {lengths[name]:,} and {2 * lengths[name]:,} | {slow} | {each[slow].doubled:.2f} | {each[steep].factor:.1f} | {steep} | "
            f"{', '.join(over) or 'none'} |"
        )
    lines += [
        "",
        f"Reading 10,000 and 20,000 small documents in one run: {inputs.seconds:.2f} s and {inputs.doubled:.2f} s, a "
        f"factor of {inputs.factor:.1f}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help="entry points; every one when none is named")
    parser.add_argument("--whole", action="store_true", help=f"up to {2 * WHOLE:,} characters")
    parser.add_argument("--length", type=int, help="the shorter of the two lengths")
    parser.add_argument("--slow-length", type=int, help="with --whole: that of the entry points that are slow anyway")
    asked = parser.parse_args()
    if asked.whole:
        global FLOOR
        FLOOR = WHOLE_FLOOR
    found: dict[str, dict[str, Growth]] = {}
    lengths: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.entries or ENTRIES:
            began = time.process_time()
            usual = WHOLE if asked.whole else SUITE_SLOW.get(name, SUITE)
            lengths[name] = asked.length or (asked.slow_length if name in SUITE_SLOW else None) or usual
            found[name] = sweep(name, lengths[name], Path(folder))
            over = {kind: one for kind, one in found[name].items() if one.factor > LIMIT}
            slow = max(found[name].items(), key=lambda item: item[1].doubled)
            print(
                f"{name}: {time.process_time() - began:.1f} s in all, slowest {slow[0]} {slow[1].doubled:.3f} s",
                *(f"{kind} x{one.factor:.1f} ({one.doubled:.2f} s)" for kind, one in over.items()),
                sep="; ", flush=True,
            )  # fmt: skip
        if asked.whole and not asked.entries:
            PAGE.write_text(_page(found, lengths, many_inputs(10_000, Path(folder))), encoding="utf-8")
    if any(one.factor > LIMIT for each in found.values() for one in each.values()):
        sys.exit(f"some texts take more than {LIMIT:g} times as long at twice the length")


if __name__ == "__main__":
    main()
