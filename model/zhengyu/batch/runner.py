"""One tagging run: inputs of any format to one table, its file, and counts that add up."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from zhengyu.batch.documents import DOCUMENT_READERS, read_document
from zhengyu.batch.tables import TABLE_READERS, SetAside, read_table
from zhengyu.batch.writers import check_output, write_table
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

ENDINGS = (*DOCUMENT_READERS, *TABLE_READERS)
STDIN = "-"


@dataclass(slots=True)
class Run:
    """What a run did.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a paragraph.
    encodings : dict of str to str
        Input file to the encoding that it was read with, for files that do not carry their own.
    set_aside : list of SetAside
        Rows that could not be read.
    set_aside_file : Path or None
        Where they were written.
    tagged, furniture, empty : int
        Paragraphs with an answer (themes or none), page furniture, and rows without text.
    """

    table: pd.DataFrame
    encodings: dict[str, str] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    set_aside_file: Path | None = None
    tagged: int = 0
    furniture: int = 0
    empty: int = 0

    @property
    def read(self) -> int:
        """Rows read: tagged, furniture, empty and set aside together."""
        return self.tagged + self.furniture + self.empty + len(self.set_aside)


def find_inputs(inputs: Sequence[str]) -> list[tuple[str, str]]:
    """Return every input as (name, ending); folders give the files of known endings below them, in order of name.

    Raises
    ------
    ZhengyuError
        An input does not exist, has an unknown ending, or is a folder without a known file.
    """
    found: list[tuple[str, str]] = []
    for name in inputs:
        path = Path(name)
        if name == STDIN:
            found.append((STDIN, ""))
        elif path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix.lower() in ENDINGS]
            inside = [p for p in inside if not any(part.startswith((".", "~$")) for part in p.relative_to(path).parts)]
            if not inside:
                raise ZhengyuError(f"{name}: the folder holds no file that ends in {', '.join(ENDINGS)}")
            found.extend((str(p), p.suffix.lower()) for p in inside)
        elif not path.exists():
            raise ZhengyuError(f"{name}: no such file or folder")
        elif path.suffix.lower() not in ENDINGS:
            raise ZhengyuError(f"{name}: expected an ending of {', '.join(ENDINGS)}; rename or convert the file")
        else:
            found.append((name, path.suffix.lower()))
    return found


def tag_inputs(
    tagger: Tagger,
    inputs: Sequence[str],
    *,
    output: Path | None = None,
    text_column: str | None = None,
    encoding: str | None = None,
    stdin_format: str = "txt",
    probabilities: bool = False,
    prefix: str = "",
) -> Run:
    """Tag documents and tables.

    Parameters
    ----------
    tagger : Tagger
        Does the work.
    inputs : sequence of str
        Files, folders, or ``-`` for standard input.
    output : Path, optional
        Where the table goes; nothing is written when not given.
    text_column : str, optional
        Column of the tables that holds the paragraphs.
    encoding : str, optional
        Overrules detection.
    stdin_format : str, default="txt"
        Format of standard input: an ending without its dot.
    probabilities : bool, default=False
        Add ``p_<theme>`` columns.
    prefix : str, default=""
        Put before the names of added columns, for tables that already have columns of those names.

    Returns
    -------
    Run
        The table and the counts.

    Raises
    ------
    ZhengyuError
        An input cannot be used or the output cannot be written; no output then stands under its name.
    """
    if output is not None:
        check_output(output)
        if any(name != STDIN and Path(name).resolve() == output.resolve() for name, _ in find_inputs(inputs)):
            raise ZhengyuError(f"{output}: is also an input; choose another output")
    run = Run(pd.DataFrame())
    pieces = list(_pieces(tagger, run, inputs, text_column, encoding, stdin_format, probabilities, prefix))
    run.table = pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True)
    if output is not None:
        write_table(run.table, output, (f"{prefix}themes", f"{prefix}uncertain"))
        if run.set_aside:
            run.set_aside_file = output.with_name(f"{output.name}.set-aside.csv")
            write_table(
                pd.DataFrame(
                    [(row.file, row.line, row.reason, row.content) for row in run.set_aside],
                    columns=["file", "line", "reason", "content"],
                ),
                run.set_aside_file,
            )
    return run


def _pieces(
    tagger: Tagger,
    run: Run,
    inputs: Sequence[str],
    text_column: str | None,
    encoding: str | None,
    stdin_format: str,
    probabilities: bool,
    prefix: str,
) -> Iterator[pd.DataFrame]:
    for name, found in find_inputs(inputs):
        ending = found or f".{stdin_format}"
        try:
            data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        except OSError as error:
            raise ZhengyuError(f"{name}: cannot be read: {error}") from error
        if ending in DOCUMENT_READERS:
            document = read_document(data, name, ending, encoding=encoding)
            if document.encoding:
                run.encodings[name] = document.encoding
            table = tagger.tag_document(document.text, probabilities=probabilities)
            table.insert(0, "file", name)
            table.insert(0, "id", [f"{name}#{number}" for number in table["paragraph"]])
            furniture = int((table["kind"] == "furniture").sum())
            run.furniture += furniture
            run.tagged += len(table) - furniture
            added = [c for c in table.columns if c in ("themes", "uncertain", "model") or str(c).startswith("p_")]
            yield table.rename(columns={column: f"{prefix}{column}" for column in added})
        else:
            source = read_table(data, name, ending, encoding=encoding, text_column=text_column)
            if source.encoding:
                run.encodings[name] = source.encoding
            run.set_aside.extend(source.set_aside)
            texts = [value if isinstance(value, str) else _as_text(value) for value in source.rows[source.text_column]]
            filled = np.array([bool(text.strip()) for text in texts], dtype=bool)
            run.tagged += int(filled.sum())
            run.empty += int((~filled).sum())
            chances = tagger.probabilities(texts)
            added_columns = pd.DataFrame(tagger.columns(chances, filled), index=source.rows.index)
            if probabilities:
                shown = tagger.probability_columns(chances)
                shown.loc[~filled, :] = np.nan
                added_columns = pd.concat([added_columns, shown.set_index(source.rows.index)], axis=1)
            added_columns.columns = [f"{prefix}{column}" for column in added_columns.columns]
            both = [column for column in added_columns.columns if column in set(source.rows.columns)]
            if both:
                raise ZhengyuError(
                    f"{name}: has column(s) {', '.join(both)} already, which tagging adds; "
                    "give the added ones another name with --prefix, such as --prefix zy_"
                )
            yield pd.concat([source.rows, added_columns], axis=1)


def _as_text(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return str(value)


def summary(run: Run) -> Iterable[str]:
    """Yield lines for people: what was read, how, and what was set aside."""
    yield (
        f"{run.read} read = {run.tagged} tagged + {run.furniture} furniture + {run.empty} empty "
        f"+ {len(run.set_aside)} set aside"
    )
    others = {name: code for name, code in run.encodings.items() if code not in ("utf-8", "utf-8-sig")}
    for name, code in others.items():
        yield f"{name}: read as {code}"
    if run.set_aside_file is not None:
        yield f"rows that could not be read: {run.set_aside_file}"
    elif run.set_aside:
        first = run.set_aside[0]
        yield f"first row that could not be read: {first.file}:{first.line}: {first.reason}"
