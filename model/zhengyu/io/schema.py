"""The columns of all parts of a table together: their types, and parts made to fit them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from zhengyu.io.blocks import beside_rows, is_loose, records


def _loose_type(values: list[Any]) -> pa.DataType:
    if {datetime.date, datetime.datetime} <= {type(value) for value in values}:
        return pa.timestamp("us")  # Arrow takes the first value's type and would drop the hours of the others
    try:
        kind = pa.array(values, from_pandas=True).type
        return pa.string() if _hollow(kind) else kind
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        # A column of mixed kinds has no Parquet type; its values become text.
        return pa.string()


def _hollow(kind: pa.DataType) -> bool:
    """Tell whether a type holds objects without any field, for which Parquet has no column."""
    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(_hollow(kind.field(i).type) for i in range(kind.num_fields))
    return pa.types.is_list(kind) and _hollow(kind.value_type)


def whole_schema(parts: Iterable[pa.Table], added: list[str]) -> pa.Schema:
    """Return the columns of all parts, those that tagging `added` last, each with a type that holds all its values."""
    found: dict[str, pa.DataType] = {}
    for part in parts:
        loose = is_loose(part.schema)
        fixed = beside_rows(part).schema if loose else part.schema
        kinds = {one.name: one.type for one in fixed}
        if loose:
            rows = list(records(part))
            for key in dict.fromkeys(key for row in rows for key in row):
                if key not in kinds:
                    kinds[key] = _loose_type([row.get(key) for row in rows])
        for name, kind in kinds.items():
            found[name] = kind if name not in found else _common(found[name], kind)
    names = [name for name in found if name not in added]
    fields = [(name, found[name]) for name in (*names, *(n for n in added if n in found))]
    return pa.schema([(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in fields])


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    try:
        schemas = [pa.schema([("x", one)]), pa.schema([("x", other)])]
        return pa.unify_schemas(schemas, promote_options="permissive").field("x").type
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.string()


def typed(part: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a part with the columns of a schema, null where it has none; see `whole_schema`."""
    if not is_loose(part.schema):
        if part.schema.equals(schema):
            return part
        columns = {}
        for field in schema:
            if field.name not in part.column_names:
                columns[field.name] = pa.nulls(len(part), field.type)
            elif pa.types.is_string(field.type) and not _is_text(part.schema.field(field.name).type):
                columns[field.name] = _texts(part[field.name].to_pylist())
            else:
                columns[field.name] = part[field.name].cast(field.type)
        return pa.table(columns, schema=schema)
    rows = list(records(part))
    made = {}
    for field in schema:
        values = [row.get(field.name) for row in rows]
        if pa.types.is_string(field.type):
            made[field.name] = _texts(values)
        elif pa.types.is_timestamp(field.type):
            made[field.name] = pa.array(list(map(_time, values)), field.type)
        else:
            made[field.name] = pa.array(values, field.type)
    return pa.table(made, schema=schema)


def _time(value: Any) -> Any:
    """Return midnight for a day."""
    day = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    return datetime.datetime.combine(value, datetime.time()) if day else value


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _texts(values: list[Any]) -> pa.Array:
    return pa.array([v if v is None or isinstance(v, str) else str(v) for v in values], pa.string())
