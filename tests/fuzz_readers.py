"""Hostile inputs, generated, over every reader: each is read or refused with one clear message, in bounded time and memory.

``python tests/fuzz_readers.py N [SEED]`` makes N inputs from small sound ones (bytes turned, cut, doubled, repeated, wrapped,
joined with what is known to hurt) and reads each as tables, labels, tasks, documents, lexicon, themes and terms are read. An
input that raises anything but `ZhengyuError`, or takes longer than its bound, is kept in ``fuzz-found`` and named.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import openpyxl
import pandas as pd

from zhengyu.io.documents.read import read_document
from zhengyu.io.formats import BY_ENDING, ending_of
from zhengyu.io.inputs import Input
from zhengyu.io.labelled import check
from zhengyu.io.layout import TableOptions
from zhengyu.io.open_table import open_table, whole
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.io.workbooks import open_sheet
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import parse_lexicon, read_terms
from zhengyu_corpus.themes import load_themes
from zhengyu_training.labelling.exchange import read_tasks

#: Seconds that reading one input may take; inputs are at most some hundred kilobytes.
SECONDS = 20
#: Bytes that the process may grow by while it reads them all.
GROWTH = 1 << 30
_FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高。"
_ROWS = [
    ("1", _FIELD, "rural"),
    ("2", "关停沿江排污企业十二家，空气优良天数明显增加。", "ecology"),
    ("3", "请大家入座。", ""),
]
#: What is known to hurt somewhere.
_HURTS = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"\r", b"\r\n", b"\n" * 50, b"," * 500, b";" * 500, b"\t" * 500, b"[" * 3000,
    b"{" * 3000, b'{"a":' * 300, b"\\ud842", b"NaN", b"1e999", b"-" * 100, b"9" * 5000, b"=cmd|'/C calc'!A0", b"_x000D_", b"_xD83D_",
    "\u2028\u2029\x85".encode(), "𠮷😀".encode(), "政策".encode("gb18030"), "政策".encode("utf-16"), b"\x80" * 40, b" " * 3000,
    b"<" * 300, b"<a b='" * 200, b"&#" * 200, b"&#x110000;", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"sep=\n", b"PK\x03\x04", b"PAR1",
    b"A1:XFD1048576", b'r="ZZZ9999999"', b'<mergeCell ref="A1:A1048576"/>', b'"start": "x"', b'"id": null', b"none", b"['rural'",
]  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Return a sound small file of each format and use, by its name."""
    lines = ["id,text,themes", *(",".join(row) for row in _ROWS)]
    rows = [{"id": a, "text": b, "themes": [c] if c else []} for a, b, c in _ROWS]
    task = {"data": {"id": "1", "text": _FIELD}, "annotations": [{"completed_by": 1, "result": [
        {"from_name": "themes", "to_name": "text", "type": "choices", "value": {"choices": ["rural"]}},
        {"from_name": "slogans", "to_name": "text", "type": "labels",
         "value": {"start": 1, "end": 3, "text": _FIELD[1:3], "labels": ["numeric"]}}]}]}  # fmt: skip
    doccano = [{"id": 1, "text": f"😀{_FIELD}", "cats": ["rural"], "entities": [[2, 6, "numeric"]], "zhengyu_id": "1"}]
    book, parquet, stata = io.BytesIO(), io.BytesIO(), io.BytesIO()
    made = openpyxl.Workbook()
    made.active.append(["汇总", None, None])
    for row in (["编号", "正文", "主题"], *_ROWS):
        made.active.append(list(row))
    made.active.merge_cells("A1:C1")
    made.create_sheet("说明").append(["填表说明"])
    made.save(book)
    pd.DataFrame(rows).to_parquet(parquet)
    pd.DataFrame({"id": [1, 2], "text": [_FIELD, ""]}).to_stata(stata, version=118, write_index=False)
    page = f"<html><head><meta charset=utf-8><title>题</title></head><body><p>{_FIELD}</p><table><tr><td>甲</td></tr></table></body></html>"
    return {
        "a.csv": "\n".join(lines).encode(), "b.csv": "\n".join(lines).replace(",", ";").encode("gb18030"),
        "a.tsv": "\n".join(lines).replace(",", "\t").encode("utf-16"), "onehot.csv": f"正文,rural,ecology\n{_FIELD},1,0\n".encode(),
        "coders.csv": f"id,text,coder,label\n1,{_FIELD},甲,rural\n1,{_FIELD},乙,macro\n".encode(),
        "a.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(), "a.json": json.dumps(rows).encode(),
        "marks.jsonl": json.dumps({**rows[0], "slogans": [{"text": _FIELD[:4], "type": "numeric", "start": 0}]}).encode(),
        "studio.json": json.dumps([task]).encode(), "doccano.jsonl": json.dumps(doccano[0]).encode(),
        "a.xlsx": book.getvalue(), "a.parquet": parquet.getvalue(), "a.dta": stata.getvalue(),
        "a.txt": f"一、工作\n{_FIELD}\n".encode(), "a.md": f"# 题\n\n{_FIELD}\n".encode(), "a.html": page.encode(),
        "lexicon.csv": "normal,type,variants\n四个走在前,numeric,走在前|四个走在前列\n".encode(),
        "themes.toml": '[[theme]]\nid = "rural"\nzh = "乡村"\n'.encode(), "terms.txt": "高标准农田\n青川湾县\n".encode("gb18030"),
    }  # fmt: skip


def hostile(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Return a sound file made hostile in one to four ways."""
    if data[:2] == b"PK" and rng.random() < 0.7:
        return _hostile_parts(rng, data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        to = min(len(data), at + rng.choice([1, 2, 10, 100, 1000]))
        way = rng.randrange(7)
        if way == 0:  # a byte turned
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif way == 1:  # cut off
            data = data[:at]
        elif way == 2:  # a piece left out
            data = data[:at] + data[to:]
        elif way == 3:  # a piece many times
            data = data[:at] + data[at:to] * rng.choice([2, 50, 500]) + data[to:]
        elif way == 4:  # what is known to hurt, put in
            data = data[:at] + rng.choice(_HURTS) + data[at:]
        elif way == 5:  # the end of another file
            other = rng.choice(others)
            data = data[:at] + other[rng.randint(0, len(other)) :]
        else:  # in another encoding
            with contextlib.suppress(UnicodeError):
                data = data.decode().encode(rng.choice(["utf-16", "gb18030", "utf-8-sig", "utf-32"]))
        data = data[:300_000]
    return data


def _hostile_parts(rng: random.Random, data: bytes) -> bytes:
    """Return an archive of which one part was made hostile, so that its reader gets as far as the part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        names = source.namelist()
        chosen = rng.choice([name for name in names if "sheet" in name or "workbook" in name or "String" in name])
        for name in names:
            part = source.read(name)
            made.writestr(name, hostile(rng, part, [part]) if name == chosen else part)
    return out.getvalue()


@dataclass
class Found:
    """What a run found: outcomes by reader, and faults."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    grown: int = 0


class _LateError(BaseException):
    """Reading took too long; no reader may catch it."""


def _late(_number: int, _frame: FrameType | None) -> None:
    raise _LateError


def _readers(
    path: Path, data: bytes, guarded: GuardedReader, rng: random.Random
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what may read such a file, by name."""
    themes = load_themes()
    if path.name.startswith("lexicon"):
        yield "lexicon", lambda: parse_lexicon(data, themes, where=path.name, own=True)
    if path.name.startswith("themes"):
        yield "themes", lambda: load_themes(path)
    if path.name.startswith("terms"):
        yield "terms", lambda: read_terms(path)
    ending, compression = ending_of(path.name)
    if ending not in BY_ENDING:
        return
    if BY_ENDING[ending].kind == "document":
        if BY_ENDING[ending].sandboxed:
            yield "documents", lambda: guarded.document(data, path.name, ending)
        else:
            yield "documents", lambda: read_document(data, path.name, ending)
        return
    options = TableOptions(
        encoding=rng.choice([None, None, None, "gbk", "utf-16", "utf-8"]), delimiter=rng.choice([None, None, ";"]),
        header_row=rng.choice([None, None, None, 0, 1, 3]), sheet=rng.choice([None, None, None, "2"]),
    )  # fmt: skip

    def tag_reads() -> object:
        source = Input(str(path), ending, compression)
        with source.open() as stream:
            return whole(open_table(source, stream, options, sheet=open_sheet), path.name)

    yield "tables", tag_reads
    if BY_ENDING[ending].reader == "workbook":
        yield "sandbox", lambda: list(guarded.rows(data, path.name, options).rows)
        if rng.random() < 0.9:  # the next two start a child each
            return
    yield "labels", lambda: check([path], themes, drop_duplicates=True, skip_bad=True)
    yield "tasks", lambda: read_tasks(path, themes)


def fuzz(count: int, seed: int = 0, keep: Path | None = None) -> Found:
    """Read so many hostile inputs; the same seed makes the same."""
    rng, found, sound = random.Random(seed), Found(), seeds()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    old = signal.signal(signal.SIGALRM, _late)
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.closing(GuardedReader(SECONDS)) as guarded:
            for number in range(count):
                name = rng.choice(list(sound))
                data = hostile(rng, sound[name], list(sound.values()))
                if ending_of(name)[0] in (".csv", ".jsonl") and rng.random() < 0.1:
                    name, data = f"{name}.gz", gzip.compress(data)[: rng.choice([None, None, 40])]
                path = Path(folder) / name
                path.write_bytes(data)
                for reader, read in _readers(path, data, guarded, rng):
                    _one(found, reader, read, f"{number}: {name}", keep, data)
                path.unlink()
    finally:
        signal.signal(signal.SIGALRM, old)
    found.grown = max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before)
    if found.grown > GROWTH:
        found.faults.append(f"memory grew by {found.grown / 2**20:,.0f} MiB")
    return found


def _one(found: Found, reader: str, read: Callable[[], object], name: str, keep: Path | None, data: bytes) -> None:
    start = time.monotonic()
    fault = ""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        read()
        outcome = "read"
    except ZhengyuError as error:
        outcome = "refused"
        longest = max(map(len, str(error).split("\n")))  # labelled files have all their problems listed, one a line
        if longest > 5_000:
            fault = f"a message with a line of {longest:,} characters"
    except _LateError:
        outcome, fault = "late", f"took longer than {SECONDS} seconds"
    except Exception:
        outcome, fault = "fault", traceback.format_exc(limit=-3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    found.outcomes[f"{reader}: {outcome}"] += 1
    found.slowest = max(found.slowest, time.monotonic() - start)
    if fault:
        found.faults.append(f"{name} ({reader}): {fault}")
        if keep is not None:
            keep.mkdir(exist_ok=True)
            (keep / name.replace(": ", "-")).write_bytes(data)


def main(words: list[str]) -> int:
    """Run from the command line."""
    count, seed = int(words[0]) if words else 10_000, int(words[1]) if len(words) > 1 else 0
    start = time.monotonic()
    found = fuzz(count, seed, Path("fuzz-found"))
    for fault in found.faults:
        print(fault)
    print(
        f"{count:,} inputs (seed {seed}), {sum(found.outcomes.values()):,} readings in {time.monotonic() - start:,.0f} s"
    )
    for outcome, times in sorted(found.outcomes.items()):
        print(f"  {outcome:<20}{times:>8,}")
    print(f"  slowest {found.slowest:.2f} s; memory grew by {found.grown / 2**20:,.0f} MiB; {len(found.faults)} faults")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
