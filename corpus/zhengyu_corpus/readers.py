"""Labelled files in: JSONL, CSV, TSV, XLSX, and bags of words; every problem is found, none stops the search."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import Problem, ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.records import ERAS, BagOfWords, LabelledParagraph, MarkedSlogan, Record
from zhengyu_corpus.themes import ThemeSet

#: Column names that users' own files go by, to the field that they mean.
ALIASES = {
    "text": "text", "paragraph": "text", "content": "text",
    "正文": "text", "文本": "text", "段落": "text", "内容": "text",
    "themes": "themes", "theme": "themes", "labels": "themes", "label": "themes", "主题": "themes", "标签": "themes",
    "id": "id", "编号": "id", "doc": "doc", "document": "doc", "文档": "doc", "篇名": "doc",
    "maybe": "maybe", "genre": "genre", "体裁": "genre", "level": "level", "层级": "level", "era": "era", "年代": "era",
    "slogans": "slogans", "words": "words", "pairs": "pairs", "year": "year", "source": "source",
    "coders": "", "place": "",
}  # fmt: skip
_BETWEEN = re.compile(r"[;；,，、|\s]+")
ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".tsv", ".xlsx")


@dataclass(slots=True)
class Labelled:
    """What was read from labelled files: sound records, where each stands, and the problems of the others."""

    records: list[Record] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def builtin_files() -> list[Path]:
    """Return the labelled files that come with zhengyu."""
    folder = Path(str(files("zhengyu_corpus").joinpath("paragraphs")))
    return sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS))


def find_files(paths: list[Path]) -> list[Path]:
    """Return the labelled files that `paths` name; a folder stands for those in it.

    Raises
    ------
    ZhengyuError
        A path does not exist or is no labelled file.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.iterdir() if p.name.endswith(ENDINGS)) if path.is_dir() else [path]
        if not inside or not path.exists():
            raise ZhengyuError(f"{path}: no such labelled file, or a folder without any ({', '.join(ENDINGS)})")
        if not all(p.name.endswith(ENDINGS) for p in inside):
            raise ZhengyuError(f"{path}: expected a labelled file that ends in {', '.join(ENDINGS)}")
        found.extend(inside)
    return found


def read_labelled(paths: list[Path], themes: ThemeSet) -> Labelled:
    """Read labelled files.

    Parameters
    ----------
    paths : list of Path
        Files; see `find_files`.
    themes : ThemeSet
        What the labels must be of; ids and names are taken.

    Returns
    -------
    Labelled
        Every row is either in ``records`` or has a fatal problem.
    """
    found = Labelled()
    for path in paths:
        try:
            for line, row in _rows(path, found.problems):
                if "model" in row and "uncertain" in row:
                    raise ZhengyuError(
                        "expected a coder's themes, these are what zhengyu tag gave; have them labelled "
                        "(zhengyu corpus suggest, export, import), or leave out the columns model and uncertain"
                    )
                record = _record(row, path, line, themes, found.problems)
                if record is not None:
                    found.records.append(record)
                    found.places.append((str(path), line))
        except (OSError, EOFError) as error:
            found.problems.append(Problem(str(path), 0, "", f"cannot be read: {error}", "check the path and the file"))
        except ZhengyuError as error:
            found.problems.append(Problem(str(path), 0, "", str(error), "mend the file as the message says"))
    return found


def _rows(path: Path, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    data = path.read_bytes()
    if path.name.endswith(".xlsx"):
        yield from _xlsx_rows(data, path)
        return
    if path.name.endswith(".gz"):
        data = gzip.decompress(data)
    decoded = decode(data, where=str(path))
    if decoded.encoding not in ("utf-8", "utf-8-sig", "ascii"):
        problems.append(
            Problem(str(path), 0, "", f"expected UTF-8, the file is {decoded.encoding}",
                    "it was read all the same; save it as UTF-8", fatal=False)
        )  # fmt: skip
    if path.name.endswith((".csv", ".tsv")):
        reader = csv.reader(io.StringIO(decoded.text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ",")
        header = next(reader, None) or []
        for row in reader:
            if len(row) == len(header):
                yield reader.line_num, dict(zip(header, row, strict=True))
            elif row:
                problems.append(
                    Problem(str(path), reader.line_num, "", f"expected {len(header)} fields, got {len(row)}",
                            "quote fields that hold commas or line ends")
                )  # fmt: skip
        return
    for number, line in enumerate(decoded.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(str(path), number, "", f"not valid JSON: {error}", "one JSON object a line"))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            problems.append(Problem(str(path), number, "", f"expected a JSON object, got {type(row).__name__}",
                                    "one JSON object a line"))  # fmt: skip


def _xlsx_rows(data: bytes, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    from zipfile import BadZipFile

    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    except (BadZipFile, KeyError, ValueError) as error:
        raise ZhengyuError(f"{path}: not an XLSX workbook: {error}") from error
    if not rows:
        return
    header = [str(cell) if cell is not None else "" for cell in rows[0]]
    for number, row in enumerate(rows[1:], 1):
        if any(cell is not None for cell in row):
            yield number, {key: "" if cell is None else cell for key, cell in zip(header, row, strict=False) if key}


def _record(raw: Mapping[str, Any], path: Path, line: int, themes: ThemeSet, problems: list[Problem]) -> Record | None:
    row = {ALIASES.get(key.strip().lower(), key): value for key, value in raw.items()}
    before = len(problems)

    def wrong(name: str, what: str, remedy: str, *, fatal: bool = True) -> None:
        problems.append(Problem(str(path), line, name, what, remedy, fatal))

    if "themes" not in row:
        wrong("themes", "expected a field or column of themes, there is none", "add one; leave it empty for none")
        return None
    coded = _theme_ids(row["themes"], "themes", themes, wrong)
    maybe = _theme_ids(row.get("maybe", ()), "maybe", themes, wrong)
    if set(coded) & set(maybe):
        wrong("maybe", f"{', '.join(set(coded) & set(maybe))} stands in themes too", "leave it in one of the two")
    era = str(row.get("era", "") or "")
    if era and era not in ERAS:
        wrong("era", f"expected one of {', '.join(ERAS)}, got {era!r}", "take the period that it falls in", fatal=False)
    identity = str(row.get("id", "") or f"{path.name}:{line}")
    common: dict[str, Any] = {
        "id": identity, "doc": str(row.get("doc", "") or identity), "themes": coded, "maybe": maybe,
        "genre": str(row.get("genre", "") or ""), "level": str(row.get("level", "") or ""),
    }  # fmt: skip
    if "words" in row and "text" not in row:
        words, pairs = row["words"], row.get("pairs", {})
        for name, counts in (("words", words), ("pairs", pairs)):
            if not isinstance(counts, dict) or not all(isinstance(n, int) and n > 0 for n in counts.values()):
                wrong(
                    name, f"expected an object of {name} to counts (1 or more)", "build it with zhengyu_training.bags"
                )
        if isinstance(pairs, dict) and not all(len(pair.split(" ")) == 2 for pair in pairs):
            wrong("pairs", "expected two words with a blank between them", "build it with zhengyu_training.bags")
        if len(problems) > before and any(p.fatal for p in problems[before:]):
            return None
        return BagOfWords(
            **common, words=words, pairs=pairs, year=str(row.get("year", "")), source=str(row.get("source", ""))
        )
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        came = "nothing" if text is None else ("an empty text" if isinstance(text, str) else type(text).__name__)
        wrong("text", f"expected a paragraph, got {came}", "give the text, or remove the row")
        text = ""
    elif "\ufffd" in text:
        wrong(
            "text", "holds replacement characters (�): it was decoded with a wrong encoding", "export it anew as UTF-8"
        )
    slogans = _slogans(row["slogans"], text, wrong) if row.get("slogans") is not None else None
    if any(problem.fatal for problem in problems[before:]):
        return None
    return LabelledParagraph(**common, text=text, era=era, slogans=slogans)


def _theme_ids(value: Any, name: str, themes: ThemeSet, wrong: Any) -> tuple[str, ...]:
    names = _BETWEEN.split(value.strip()) if isinstance(value, str) else value
    if names is None:
        return ()
    if not isinstance(names, (list, tuple)) or not all(isinstance(part, str) for part in names):
        wrong(name, f"expected a list of theme ids, got {value!r}", "write them as a list, or joined by ;")
        return ()
    ids: list[str] = []
    for part in names:
        if part.strip().lower() in ("", "none", "无"):
            continue
        theme = themes.find(part)
        if theme is None:
            wrong(name, f"unknown theme {part!r}", themes.hint(part))
        elif theme in ids:
            wrong(name, f"theme {theme!r} stands twice", "leave it once")
        else:
            ids.append(theme)
    return tuple(ids)


def _slogans(value: Any, text: str, wrong: Any) -> tuple[MarkedSlogan, ...]:
    if not isinstance(value, list):
        wrong("slogans", f"expected a list of objects with text and type, got {value!r}", "see CODEBOOK.md, section 2")
        return ()
    found: list[MarkedSlogan] = []
    for part in value:
        if not isinstance(part, dict) or part.get("type") not in SLOGAN_TYPES:
            wrong("slogans", f"expected text and a type of {', '.join(SLOGAN_TYPES)}, got {part!r}", "mend the type")
        elif not isinstance(part.get("text"), str) or part["text"] not in text:
            wrong("slogans", f"{part.get('text')!r} does not stand in the text", "copy it from the text, to the letter")
        else:
            found.append(MarkedSlogan(part["text"], part["type"]))
    return tuple(found)
