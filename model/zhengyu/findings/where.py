"""Conditions on the rows of a table, as ``--where`` takes them: parsed against a short list, never run as code."""

from __future__ import annotations

import ast
import operator
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zhengyu.io.blocks import beside_rows, is_loose, loose_rows
from zhengyu.io.columns import THEMES, UNCERTAIN
from zhengyu.io.limits import listed
from zhengyu_corpus.errors import ZhengyuError

_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE,
}  # fmt: skip
#: What an error says may stand in a condition.
_ALLOWED = "a condition holds columns, texts in quotes, numbers, ==, !=, <, <=, >, >=, in, not in, and, or, not"
#: Levels of brackets, ``and``, ``or`` and ``not`` in one another; the longest condition, in characters.
_DEEPEST, _LONGEST = 50, 10_000
#: Joins and encloses the members of a list, so that one can be looked for as a whole.
_JOINT = ";"

#: The functions of pyarrow.compute, which are made when it is imported and have no types.
_functions: Any = pc
#: A column as it is compared: its name, and as what (number, text, truth or list).
_View = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the rows of a table.

    A column is compared as what it is compared with is: with a number as numbers, with a text as text (dates as
    ``2024-05-01``), with True or False as truth. ``'rural' in themes`` asks for a member of a list, whether it comes as
    one or joined by ``;``; of other columns ``in`` asks for a part of the text. A missing text is ``''``; a missing
    number fulfils no comparison.

    Attributes
    ----------
    text : str
        As it was written.
    expression : pyarrow.compute.Expression
        The condition over the columns of `view_of`.
    views : tuple of (str, str)
        The columns that it needs, each with the kind that it is compared as.
    """

    text: str
    expression: pc.Expression
    views: tuple[_View, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the condition names."""
        return tuple(dict.fromkeys(name for name, _ in self.views))

    def __str__(self) -> str:
        """Return the condition as it was written."""
        return self.text

    def mask(
        self, rows: pa.Table | pd.DataFrame, name: str = "the table", *, sparse: bool = False
    ) -> NDArray[np.bool_]:
        """Return which rows fulfil the condition.

        Parameters
        ----------
        rows : pyarrow.Table or pandas.DataFrame
            The rows; an Arrow table may be a block of whole rows, see `zhengyu.io.blocks.loose_table`.
        name : str
            How errors call the table.
        sparse : bool, default=False
            Whether a column that is not there counts as missing in every row, as in a later block of JSON Lines.

        Raises
        ------
        ZhengyuError
            A column is not there, or holds what is no number and is compared with one.
        """
        held = _columns(rows)
        there = {_plain(column): column for column in reversed(list(held))}
        parts: dict[str, pa.Array] = {"row": pa.array(np.arange(len(rows)))}
        for column, kind in self.views:
            found = column if column in held else there.get(_plain(column))
            if found is None and not sparse:
                raise ZhengyuError(
                    f"--where: {name} has no column {column!r} ({_place(self.text, self.text.find(column), column)}); "
                    f"its columns are {listed(held)}"
                )
            values = pa.nulls(len(rows), pa.string()) if found is None else held[found]()
            parts[_view_name(column, kind)] = _VIEWS[kind](values, column, name)
        kept = pa.table(parts).filter(self.expression)["row"].to_numpy()
        mask = np.zeros(len(rows), dtype=bool)
        mask[kept] = True
        return mask


def parse_where(text: str) -> Where:
    """Read a condition such as ``year >= 2023 and place == '柳河'`` or ``'rural' in themes``.

    A column whose name is no word of Python stands as ``column('name of it')``.

    Raises
    ------
    ZhengyuError
        It cannot be read, or holds what conditions do not; the message says where.

    Examples
    --------
    >>> where = parse_where("year >= 2023 and place in ('柳河', '青川湾')")
    >>> where.columns
    ('year', 'place')
    >>> where.mask(pa.table({"year": ["2022", "2024"], "place": ["柳河", "柳河"]})).tolist()
    [False, True]
    """
    if not text.strip():
        raise ZhengyuError(f'--where: expected a condition such as "year >= 2023", got nothing; {_ALLOWED}')
    if len(text) > _LONGEST:
        raise ZhengyuError(f"--where: expected at most {_LONGEST:,} characters, got {len(text):,}; write a shorter one")
    stripped = text.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as '\\d', which mean what they say
            tree = ast.parse(stripped, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = (getattr(error, "offset", None) or 1) - 1
        hint = "; compare with ==" if "==" in str(error) or " = " in f" {text} " else ""
        reason = getattr(error, "msg", None) or "it is nested too deep"
        raise ZhengyuError(f"--where: {_place(stripped, at)}: {reason}{hint}; {_ALLOWED}") from error
    reader = _Reader(stripped)
    expression = reader.condition(tree.body, 0)
    return Where(stripped, expression, tuple(dict.fromkeys(reader.views)))


class _Reader:
    """From the syntax tree of a condition to an expression; what is not on the list is refused with its place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.views: list[_View] = []

    def wrong(self, node: ast.AST, what: str, remedy: str = _ALLOWED) -> ZhengyuError:
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        lines = self.text.splitlines(keepends=True)
        before = sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:offset].decode())
        return ZhengyuError(f"--where: {_place(self.text, before, ast.get_source_segment(self.text, node))}: "
                            f"{what}; {remedy}")  # fmt: skip

    def condition(self, node: ast.expr, depth: int) -> pc.Expression:
        if depth > _DEEPEST:
            raise self.wrong(node, f"nested deeper than {_DEEPEST} levels", "write it flatter")
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part, depth + 1) for part in node.values]
            found = parts[0]
            for part in parts[1:]:
                found = found & part if isinstance(node.op, ast.And) else found | part
            return found
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.condition(node.operand, depth + 1)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            found = self.comparison(sides[0], node.ops[0], sides[1])
            for left, op, right in zip(sides[1:], node.ops[1:], sides[2:], strict=False):
                found = found & self.comparison(left, op, right)
            return found
        raise self.wrong(node, "expected a comparison", _ALLOWED)

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> pc.Expression:
        if isinstance(op, (ast.In, ast.NotIn)):
            found = self.members(left, right) if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else \
                self.part(left, right)  # fmt: skip
            return ~found if isinstance(op, ast.NotIn) else found
        if type(op) not in _COMPARED:
            raise self.wrong(right, "expected ==, !=, <, <=, >, >=, in or not in before it")
        kind = type(op)
        if self.name(left) is None:
            left, right, kind = right, left, _MIRRORED.get(kind, kind)
        column = self.name(left)
        if column is None:
            strange = left if not isinstance(left, ast.Constant) else right
            raise self.wrong(strange, "expected a column on one side of a comparison and a text or number on the other")
        if self.name(right) is not None:
            raise self.wrong(right, "expected a text in quotes or a number beside a column, got another column",
                             f"write {self.name(right)!r} in quotes if it is a text")  # fmt: skip
        value = self.literal(right)
        if isinstance(value, bool) and kind not in (ast.Eq, ast.NotEq):
            raise self.wrong(right, "expected == or != before True or False")
        field = self.view(column, _kind(value))
        return _known(_COMPARED[kind](field, pc.scalar(value)))

    def members(self, left: ast.expr, right: ast.Tuple | ast.List | ast.Set) -> pc.Expression:
        column = self.name(left)
        if column is None:
            raise self.wrong(left, "expected a column before in (…)")
        values = [self.literal(one) for one in right.elts]
        kinds = {_kind(value) for value in values}
        if len(kinds) != 1:
            raise self.wrong(right, "expected texts alone or numbers alone in the brackets", "put texts in quotes")
        field = self.view(column, kinds.pop())
        found = field == pc.scalar(values[0])
        for value in values[1:]:
            found = found | (field == pc.scalar(value))
        return _known(found)

    def part(self, left: ast.expr, right: ast.expr) -> pc.Expression:
        column = self.name(right)
        if column is None:
            raise self.wrong(right, "expected a column, or values in brackets, after in")
        if self.name(left) is not None:
            raise self.wrong(left, "expected a text in quotes before in and a column",
                             f"write {self.name(left)!r} in quotes if it is a text")  # fmt: skip
        value = self.literal(left)
        if not isinstance(value, str) or not value:
            raise self.wrong(left, "expected a text in quotes before in and a column")
        # A list is told by its values or by its name: both views are the text itself for columns that are no lists.
        return _known(_contains(self.view(column, "list"), value))

    def view(self, column: str, kind: str) -> pc.Expression:
        self.views.append((column, kind))
        return pc.field(_view_name(column, kind))

    def name(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Call):
            named = node.args[0] if len(node.args) == 1 and not node.keywords else None
            if not isinstance(node.func, ast.Name) or node.func.id != "column" or not isinstance(named, ast.Constant) \
                    or not isinstance(named.value, str):  # fmt: skip
                raise self.wrong(node, "functions are not called", f"{_ALLOWED}; column('a name') names a column")
            return named.value
        return None

    def literal(self, node: ast.expr) -> str | float | bool:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = -1, node.operand
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, (str, bool)) and sign == 1:
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return sign * float(value)
            except OverflowError as error:
                raise self.wrong(node, "expected a number that a column can hold") from error
        raise self.wrong(node, "expected a text in quotes or a number")


def _known(found: pc.Expression) -> pc.Expression:
    """Return an expression that is false where it would be unknown."""
    return _functions.coalesce(found, pc.scalar(False))


def _contains(field: pc.Expression, value: str) -> pc.Expression:
    """Return whether a value is a member of a list view; there, text that is no list stands without `_JOINT` around."""
    whole = _functions.match_substring(field, f"{_JOINT}\x00{value}\x00{_JOINT}")
    plain = _functions.match_substring(field, value)
    is_list = _functions.starts_with(field, f"{_JOINT}\x00")
    return _functions.if_else(is_list, whole, plain)


def _kind(value: str | float | bool) -> str:
    return "truth" if isinstance(value, bool) else "number" if isinstance(value, float) else "text"


def _view_name(column: str, kind: str) -> str:
    return f"{kind}:{column}"


def _place(text: str, at: int, shown: str | None = None) -> str:
    """Return how an error names a place in the condition."""
    at = max(0, min(at, len(text)))
    return f"at character {at + 1}, {(shown or text[at : at + 20] or text)[:60]!r}"


def _plain(name: str) -> str:
    """Return a name as Python writes names: the condition ``ｙｅａｒ > 1`` names the column ``year`` and the like."""
    return unicodedata.normalize("NFKC", name)


def _columns(rows: pa.Table | pd.DataFrame) -> dict[str, Callable[[], pa.Array]]:
    """Return the columns of a table by name, each made an Arrow array when it is asked for."""
    if isinstance(rows, pd.DataFrame):
        return {str(column): partial(_of_series, rows[column]) for column in rows.columns}
    found: dict[str, Callable[[], pa.Array]] = {}
    if is_loose(rows.schema):
        whole = loose_rows(rows)
        for key in dict.fromkeys(key for row in whole for key in row):
            found[key] = partial(_of_rows, whole, key)
        rest: pa.Table = beside_rows(rows)
    else:
        rest = rows
    for column in rest.column_names:
        found[column] = partial(rest.column, column)
    return found


def _of_series(values: pd.Series[Any]) -> pa.Array:
    return _array(values.tolist()) if values.dtype == object else pa.array(values, from_pandas=True)


def _of_rows(rows: list[dict[str, Any]], key: str) -> pa.Array:
    return _array([row.get(key) for row in rows])


def _array(values: list[Any]) -> pa.Array:
    """Return values of any types as an array: as they are if they are of one type, else as text."""
    plain = [None if value is pd.NA or (isinstance(value, float) and value != value) else value for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_as_text(value) for value in plain], pa.string())


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _JOINT.join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _plain_array(values: pa.Array) -> pa.Array:
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _text_view(values: pa.Array, column: str, name: str) -> pa.Array:
    values = _plain_array(values)
    if not _is_text(values.type):
        kind = values.type
        if pa.types.is_integer(kind) or pa.types.is_date(kind):
            values = values.cast(pa.string())
        else:
            values = pa.array([_as_text(value) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string()).fill_null("")


def _list_view(values: pa.Array, column: str, name: str) -> pa.Array:
    """Return text, and lists as their members, each enclosed so that it is found as a whole."""
    values = _plain_array(values)
    if _is_list(values.type):
        members = [value or [] for value in values.to_pylist()]
    elif column.endswith((THEMES, UNCERTAIN)):
        members = [[part.strip() for part in text.split(_JOINT)] for text in
                   _text_view(values, column, name).to_pylist()]  # fmt: skip
    else:
        return _text_view(values, column, name)
    return pa.array([_JOINT + "".join(f"\x00{one}\x00{_JOINT}" for one in some) for some in members], pa.string())


def _number_view(values: pa.Array, column: str, name: str) -> pa.Array:
    values = _plain_array(values)
    kind = values.type
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.float64())
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    ):
        numbers = values.cast(pa.float64())
    else:
        numbers = pa.array([_number(text, column, name) for text in _text_view(values, column, name).to_pylist()],
                           pa.float64())  # fmt: skip
    return _functions.if_else(_functions.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)


def _number(text: str, column: str, name: str) -> float | None:
    plain = text.strip()
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError as error:
        raise ZhengyuError(
            f"--where: {name}: column {column!r} is compared with a number and holds {plain[:40]!r}; "
            f"compare it with a text, such as {column} >= '2023'"
        ) from error


def _truth_view(values: pa.Array, column: str, name: str) -> pa.Array:
    values = _plain_array(values)
    if pa.types.is_boolean(values.type):
        return values
    said = {"true": True, "1": True, "false": False, "0": False, "": None}
    texts = [text.strip().lower() for text in _text_view(values, column, name).to_pylist()]
    strange = next((text for text in texts if text not in said), None)
    if strange is not None:
        raise ZhengyuError(
            f"--where: {name}: column {column!r} is compared with True or False and holds {strange[:40]!r}; "
            "compare it with a text in quotes"
        )
    return pa.array([said[text] for text in texts], pa.bool_())


_VIEWS: dict[str, Callable[[pa.Array, str, str], pa.Array]] = {
    "text": _text_view, "list": _list_view, "number": _number_view, "truth": _truth_view,
}  # fmt: skip
