"""Stata tables (DTA) in and out: labels of values as texts, GBK that older versions hold without saying so repaired."""

from __future__ import annotations

import datetime
import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa

from zhengyu.io.blocks import records
from zhengyu.io.cells import cell_text, day_or_time
from zhengyu_corpus.encoding import find_encoding
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

if TYPE_CHECKING:
    import pandas as pd

#: Versions before this hold bytes of any code page, which pandas gives as Latin-1.
_FIRST_UNICODE = 118
_ROWS = 16_384
#: Rows whose texts tell the code page.
_PROBE_ROWS = 2_000
#: Stata's own bounds: columns of version 118, characters of a name and of a label, bytes of a plain string.
_MAX_COLUMNS, _NAME, _LABEL, _PLAIN = 32_767, 32, 80, 2_045
#: Whole numbers up to this are a byte in Stata, missing ones among them.
_SMALL = 100
#: Whole numbers that a double holds exactly.
_EXACT = 2**53
_NO_NAME = pattern(r"\W")
_RESERVED = frozenset(
    ["_all", "_n", "_N", "_skip", "_b", "_pi", "_rc", "_se", "_cons", "_coef", "_pred", "byte", "double", "float", "if",
     "in", "int", "long", "using", "with", "strL", "aggregate", "array", "boolean", "break", "case", "catch", "class",
     "colvector", "complex", "const", "continue", "default", "delegate", "delete", "do", "else", "eltypedef", "end",
     "enum", "explicit", "export", "external", "for", "friend", "function", "global", "goto", "inline", "local", "NULL",
     "pragma", "protected", "quad", "rowvector", "short", "typedef", "typename", "virtual"]
)  # fmt: skip
_STRING_TYPE = pattern(r"str\d+")
_HAN = pattern(r"[\u3400-\u9fff]")


@dataclass(slots=True)
class StataTable:
    """An opened table.

    Attributes
    ----------
    encoding : str
        The code page that was found, ``""`` for versions that are Unicode.
    notes : tuple of str
        What the user should know of the reading.
    columns : tuple of str
        Its variables.
    rows : iterator of (int, dict)
        Number and cells of each observation; None for missing values.
    """

    encoding: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, Any]]]


def is_dta(data: bytes) -> bool:
    """Tell a Stata table, of version 104 to 119, by its beginning."""
    return data.startswith(b"<stata_dta>") or (
        len(data) > 109
        and data[0] in (104, 105, 108, 110, 111, 112, 113, 114, 115)
        and data[1] in (1, 2)
        and data[2] == 1
    )


def open_dta(data: bytes, name: str) -> StataTable:
    """Open a table of Stata, version 114 to 119 (and older ones that pandas reads).

    Raises
    ------
    ZhengyuError
        It is none, or damaged; also while rows are taken.
    """
    old = not data.startswith(b"<stata_dta>") or (_version(data) < _FIRST_UNICODE)
    labelled = True
    while True:
        try:
            first = next(iter(_chunks(data, labelled, old, _PROBE_ROWS)), None)
            break
        except (ValueError, KeyError, IndexError, OSError, OverflowError) as error:
            if isinstance(error, UnicodeDecodeError) and not old:  # a long string that was written as GBK
                old = True
            elif "not unique" in str(error) and labelled:
                labelled = False
            else:
                raise ZhengyuError(
                    f"{name}: expected a Stata table, but it cannot be read: {error}; save it anew"
                ) from error
    if first is None:
        raise ZhengyuError(f"{name}: holds no observation")
    encoding = _code_page(first) if old else ""
    columns = tuple(_repaired(str(column), encoding) for column in first.columns)
    if len(set(columns)) != len(columns):
        columns = tuple(map(str, first.columns))
    notes = [] if labelled else ["labels of its values are not unique: their numbers stand in the columns"]
    if encoding not in ("", "latin-1", "ascii"):
        notes.append(f"its text was read as {encoding}, which its version does not tell")

    def rows() -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        for chunk in _chunks(data, labelled, old, _ROWS):
            values = [
                [_cell(value, encoding) for value in chunk.iloc[:, i].astype(object)] for i in range(len(columns))
            ]
            for cells in zip(*values, strict=True):
                number += 1
                yield number, dict(zip(columns, cells, strict=True))

    return StataTable(encoding, tuple(notes), columns, rows())


def _chunks(data: bytes, labelled: bool, old: bool, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the observations, texts as Latin-1 where they are `old`, of a code page that is still to be found."""
    from pandas.io.stata import StataReader

    class OldReader(StataReader):
        def _set_encoding(self) -> None:
            self._encoding = "latin-1"

    make = OldReader if old else StataReader
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of texts that are no UTF-8, which are repaired below
        with make(io.BytesIO(data), chunksize=rows, convert_categoricals=labelled) as reader:
            yield from reader


def _version(data: bytes) -> int:
    found = re.search(rb"<release>(\d{3})</release>", data[:200])
    return int(found[1]) if found else _FIRST_UNICODE


def _code_page(frame: pd.DataFrame) -> str:
    """Return the code page of the texts of a table whose version does not tell one."""
    import pandas as pd

    texts = [str(column) for column in frame.columns]
    for i in range(frame.shape[1]):
        column = frame.iloc[:, i]
        values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
        texts.extend(value for value in values if isinstance(value, str))
    held = b"\n".join(text.encode("latin-1", "ignore") for text in texts if not text.isascii())
    if not held:
        return "ascii"
    try:
        return find_encoding(held)
    except ZhengyuError:
        return "latin-1"


def _repaired(text: str, encoding: str) -> str:
    """Return a text decoded by the code page; one of a Unicode version that was written as GBK is told by its bytes."""
    if text.isascii() or any(ord(char) > 0xFF for char in text):
        return text
    held = text.encode("latin-1")
    for tried in (
        (encoding, "utf-8", "gb18030") if encoding else ("gb18030",)
    ):  # tables joined from several may hold both
        with suppress(UnicodeDecodeError):
            found = held.decode(tried)
            return found if encoding or _HAN.search(found) else text
    return held.decode(encoding, "replace") if encoding else text


def _cell(value: Any, encoding: str) -> Any:
    if isinstance(value, str):
        return _repaired(value, encoding) or None
    if value is None or value != value:  # not a number, or no time
        return None
    if hasattr(value, "to_pydatetime"):  # of pandas
        return day_or_time(value.to_pydatetime())
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value.item() if isinstance(value, np.generic) else value


def stata_names(columns: list[str]) -> list[str]:
    """Return names that Stata takes: letters, digits and underscores, 32 characters at most, all different.

    Examples
    --------
    >>> stata_names(["正文", "发文 日期", "2024", "int", "正文"])
    ['正文', '发文_日期', '_2024', '_int', '正文_2']
    """
    names: list[str] = []
    taken: set[str] = set()
    for column in columns:
        name = _NO_NAME.sub("_", column)[:_NAME] or "_"
        if name[0].isdigit() or name in _RESERVED or _STRING_TYPE.fullmatch(name):
            name = f"_{name}"[:_NAME]
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name[: _NAME - 1 - len(str(number))]}_{number}"
        taken.add(unique)
        names.append(unique)
    return names


class StataSink:
    """Collect the rows of a table and write them as Stata 14 and later read them (version 118).

    A column whose name Stata does not take is renamed; its own name becomes the label of the variable. Lists are joined
    by ``;``; what Stata cannot hold as a number (infinity) is missing.

    Attributes
    ----------
    labels : mapping of str to (str, mapping of int to str)
        Label of each column that has one, and what its numbers stand for.
    """

    labels: Mapping[str, tuple[str, Mapping[int, str]]]

    def __init__(self, file: BinaryIO, compression: str | None, schema: pa.Schema) -> None:
        if len(schema.names) > _MAX_COLUMNS:
            raise ZhengyuError(f"Stata holds {_MAX_COLUMNS:,} columns, there are {len(schema.names):,}; write .parquet")
        self._file, self._schema = file, schema
        self._values: list[list[Any]] = [[] for _ in schema.names]
        self.labels = {}

    def write(self, part: pa.Table) -> None:
        """Add the rows of a part."""
        for row in records(part):
            for held, name in zip(self._values, self._schema.names, strict=True):
                held.append(row.get(name))

    def close(self) -> None:
        """Write the file."""
        import pandas as pd

        names = stata_names(self._schema.names)
        columns: dict[str, pd.Series[Any]] = {}
        dates: dict[Any, Any] = {}
        long: list[Any] = []
        for name, values in zip(names, self._values, strict=True):
            columns[name], form = _column(values)
            if form in ("td", "tc"):
                dates[name] = form
            elif form == "strL":
                long.append(name)
        labels: dict[Any, str] = {}
        codes: Any = {}
        for name, own in zip(names, self._schema.names, strict=True):
            told, meant = self.labels.get(own, ("", {}))
            if told or name != own:
                labels[name] = ": ".join(part for part in (own if name != own else "", told) if part)[:_LABEL]
            if meant and pd.api.types.is_numeric_dtype(columns[name]):
                codes[name] = dict(meant)
        out = io.BytesIO()
        pd.DataFrame(columns).to_stata(
            out, version=118, write_index=False, convert_dates=dates, convert_strl=long, variable_labels=labels,
            value_labels=codes,
            time_stamp=datetime.datetime(2000, 1, 1),
        )  # fmt: skip
        self._file.write(out.getvalue())


def _column(values: list[Any]) -> tuple[pd.Series[Any], str]:
    """Return a column as pandas writes it, and its form: a date, a long string, or nothing special."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        plain = [value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value for value in values]
        form = "tc" if datetime.datetime in kinds else "td"
        return pd.Series(pd.to_datetime(pd.Series(plain, dtype=object))), form
    if (
        kinds
        and kinds <= {bool, int, float}
        and all(not isinstance(value, int) or abs(value) <= _EXACT for value in values if value is not None)
    ):
        if None not in values and kinds <= {bool}:
            return pd.Series(values).astype("int8"), ""
        if None not in values and kinds <= {bool, int}:
            return pd.Series([int(value) for value in values], dtype="int64"), ""
        if kinds <= {bool, int} and all(value is None or 0 <= value <= _SMALL for value in values):
            return pd.Series([None if value is None else int(value) for value in values], dtype="Int8"), ""
        numbers = [math.nan if value is None or not math.isfinite(value) else float(value) for value in values]
        return pd.Series(numbers, dtype="float64"), ""
    texts = [_text(value) for value in values]
    longest = max((len(text.encode()) for text in texts), default=0)
    return pd.Series(texts, dtype=object), "strL" if longest > _PLAIN else ""


def _text(value: Any) -> str:
    # A zero byte would end the text for every reader.
    return str(cell_text(value)).replace("\0", "\ufffd")
