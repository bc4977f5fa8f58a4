"""Documents of a folder through their readers, and made twins: one text set as DOC, PDF and OFD.

    python benchmarks/documents.py FOLDER [--ocr]
    python benchmarks/documents.py --side-by-side [--documents 2000] [--rounds 3]

For every document: seconds, characters, paragraphs by kind, Chinese ones that are cut in mid-sentence, pages that could
not be read, and the share of the characters of a second reader that came out (multisets of characters that are no
blanks). Files of one name in several formats are twins, and so are the documents made here of the written paragraphs of
the corpus; of twins the share of paragraphs of more than 60 characters that are alike is shown.

Side by side: folders of documents of 20 paragraphs, HTML and DOCX, through the command, bound to one core and to two in
turn; the median of the ratios of each pair of runs, and the processor seconds of the command and of its readers.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from contextlib import closing
from html import escape
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import docx
from typeset import Layout, ofd, pdf, typeset
from word97 import word97

from zhengyu.io.documents.document import Document
from zhengyu.io.formats import BY_ENDING
from zhengyu.io.labelled import read_labelled
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.splitting import Paragraph, split_document
from zhengyu_corpus.themes import load_themes

#: A Chinese paragraph of so many characters that does not end as a sentence, a list's entry or a label does was cut.
CUT_CHARS, LONG_CHARS = 20, 60
_HAN = re.compile(r"[\u3400-\u9fff]")
_ENDED = re.compile(r"[。！？!?；;：:…][”’」』）)]*$")
LAYOUTS = {
    "official": Layout(folio="— {} —"),
    "two columns": Layout(width=15, columns=2, size=14, step=22, lines=28, left=50, folio="{}"),
    "running head": Layout(head="青川湾县人民政府公报　2024年第3期", folio="第{}页"),
    "spaced, no indent": Layout(indent=0, gap=16.0, lines=18),
}


def parts(document: Document) -> list[Paragraph]:
    return split_document(document.text, dict(document.furniture))


def bare(text: str) -> str:
    return "".join(text.split())


def cut(paragraphs: list[Paragraph]) -> int:
    held = [p.text for p in paragraphs if p.kind != "furniture" and _HAN.search(p.text)]
    return sum(len(text) >= CUT_CHARS and _ENDED.search(text) is None for text in held)


def alike(one: list[Paragraph], other: list[Paragraph]) -> tuple[int, int]:
    """Count the long paragraphs of one, and those of them that the other has as well."""
    there = {bare(p.text) for p in other}
    long = [bare(p.text) for p in one if p.kind != "furniture" and len(bare(p.text)) > LONG_CHARS]
    return len(long), sum(text in there for text in long)


def second_reader(data: bytes, ending: str) -> str | None:
    """Return the text that another reader, or the format's own parts, give; None where there is none."""
    if ending == ".pdf":
        import pypdfium2

        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    if ending == ".ofd":
        import ofdkit

        with ofdkit.open(data) as document:
            return document.text()
    if ending in (".docx", ".docm", ".odt", ".epub"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [n for n in archive.namelist() if re.search(r"word/document\.xml$|^content\.xml$|\.x?html$", n)]
            raw = "".join(archive.read(n).decode("utf-8", "replace") for n in names)
        return (
            "".join(re.findall(r"<w:t[ >][^<]*?>?([^<]*)</w:t>", raw)) if "<w:t" in raw else re.sub("<[^>]*>", "", raw)
        )
    return None


def recall(text: str, second: str | None) -> str:
    """Return the share of the second reader's characters that came out."""
    if second is None:
        return "–"
    here, there = Counter(bare(text)), Counter(bare(second))
    return f"{sum((here & there).values()) / sum(there.values()):.1%}" if there else "–"


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells: str) -> None:
    row(*cells)
    row(*("---" for _ in cells))


def real(folder: Path, ocr: str) -> None:
    head("file", "seconds", "characters", "prose", "headings", "furniture", "cut", "not read", "of a second reader")
    twins: dict[str, list[tuple[str, list[Paragraph]]]] = defaultdict(list)
    with closing(GuardedReader(ocr=ocr)) as reader:
        for path in sorted(folder.iterdir()):
            ending = path.suffix.lower()
            if ending not in BY_ENDING or BY_ENDING[ending].kind != "document":
                continue
            data, start = path.read_bytes(), time.perf_counter()
            try:
                document = reader.document(data, path.name, ending)
            except ZhengyuError as error:
                why = str(error).removeprefix(f"{path.name}: ")
                row(path.name, f"{time.perf_counter() - start:.2f}", f"refused: {why}", "", "", "", "", "", "")
                continue
            took = time.perf_counter() - start
            found = parts(document)
            twins[path.stem].append((path.name, found))
            kinds = Counter(p.kind for p in found)
            counts = (kinds[kind] for kind in ("prose", "heading", "furniture"))
            share = recall(document.text, second_reader(data, ending))
            size = f"{len(bare(document.text)):,}"
            row(path.name, f"{took:.2f}", size, *counts, cut(found), len(document.unread), share)
    print()
    head("twins", "long paragraphs", "alike")
    for held in twins.values():
        for (one, first), (other, second) in pairwise(held):
            long, same = alike(first, second)
            row(f"{one}, {other}", long, f"{same} ({same / max(long, 1):.0%})")


def made() -> None:
    records = read_labelled(builtin_files(), load_themes()).records
    texts = [r.text for r in records if len(r.text) > 30 and "\n" not in r.text and "\u3000" not in r.text][::5][:300]
    with closing(GuardedReader()) as reader:
        doc = parts(reader.document(word97("\r".join(texts) + "\r"), "twin.doc", ".doc"))
        for name, layout in LAYOUTS.items():
            sheets = typeset(texts, layout)
            for ending, data in ((".pdf", pdf(sheets)), (".ofd", ofd(sheets))):
                long, same = alike(doc, parts(reader.document(data, f"twin{ending}", ending)))
                row(
                    f"made: DOC and {ending[1:].upper()}, {name}, {len(sheets)} pages",
                    long,
                    f"{same} ({same / long:.0%})",
                )


def write_documents(folder: Path, ending: str, count: int) -> None:
    """Write documents of 20 paragraphs drawn from the corpus."""
    records = read_labelled(builtin_files(), load_themes()).records
    texts = [r.text for r in records if 30 < len(r.text) < 400 and "\n" not in r.text]
    draw = random.Random(1)
    folder.mkdir()
    for i in range(count):
        paragraphs, path = draw.sample(texts, 20), folder / f"{i:06d}{ending}"
        if ending == ".html":
            body = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs)
            path.write_text(f"<html><head><meta charset=utf-8></head><body>{body}</body></html>", "utf-8")
        else:
            document = docx.Document()
            for text in paragraphs:
                document.add_paragraph(text)
            document.save(str(path))


def timed(folder: Path, output: Path, cores: set[int]) -> tuple[float, float, float]:
    """Tag a folder on so many cores; return seconds, and processor seconds of the command and of its readers."""
    code = (
        "import resource, sys; from zhengyu.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(*(u.ru_utime + u.ru_stime for u in map(resource.getrusage, "
        "(resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))))"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, "tag", str(folder), "-o", str(output), "--quiet"], check=True, text=True,
        stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip
    own, readers = map(float, done.stdout.split())
    return time.perf_counter() - start, own, readers


def side_by_side(count: int, rounds: int) -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    head("documents", "one core", "two cores", "times as fast (each pair)", "command's processor seconds", "readers'")
    with tempfile.TemporaryDirectory() as place:
        for ending in (".html", ".docx"):
            folder, ratios, runs = Path(place, ending[1:]), [], []
            write_documents(folder, ending, count)
            timed(folder, Path(place, "warm.parquet"), set(cores))
            for _ in range(rounds):
                one, two = (timed(folder, Path(place, f"{n}.parquet"), set(cores[:n])) for n in (1, 2))
                if Path(place, "1.parquet").read_bytes() != Path(place, "2.parquet").read_bytes():
                    raise SystemExit("one core and two gave other bytes")
                ratios.append(one[0] / two[0])
                runs.append((one, two))
            slow, fast = (median(run[n][0] for run in runs) for n in (0, 1))
            pairs = f"{median(ratios):.2f} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})"
            spent = (f"{median(run[1][n] for run in runs):.1f}" for n in (1, 2))
            row(f"{count:,} {ending[1:].upper()}", f"{count / slow:,.0f} a second", f"{count / fast:,.0f} a second",
                pairs, *spent)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--ocr", action="store_true", help="read pages that are pictures by OCR")
    parser.add_argument("--side-by-side", action="store_true", help="measure readers on one core and on two")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.side_by_side:
        side_by_side(options.documents, options.rounds)
        return
    if options.folder is None:
        parser.error("name a folder, or --side-by-side")
    real(options.folder, "auto" if options.ocr else "never")
    made()


if __name__ == "__main__":
    main()
