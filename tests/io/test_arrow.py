"""Arrow arrays that are made from their buffers are those that pyarrow makes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from zhengyu.io import arrow

WORDS = ["", "政语", "a", "四个走在前"]
SOME = [WORDS, [*WORDS, None, "末"], []]
CUTS = [slice(None), slice(1, None), slice(2, 4), slice(0, 0)]


@pytest.mark.parametrize("values", SOME)
def test_strings(values: list[str | None]) -> None:
    made = arrow.strings(values)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.string()))


@pytest.mark.parametrize("values", [[WORDS, [], ["末"]], [()], []])
def test_lists_of_strings(values: list[list[str]]) -> None:
    made = arrow.string_lists(values)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.list_(pa.string())))


@pytest.mark.parametrize("values", [[True, False] * 5, [True], []])
def test_truth_values(values: list[bool]) -> None:
    assert arrow.truths(values).equals(pa.array(values, pa.bool_()))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("values", [*SOME[:2], [None] * 4])
def test_strings_at_places(values: list[str | None], kind: pa.DataType) -> None:
    places = np.array([len(values) - 2, 0, 0, 1])
    whole, part = pa.array(["前", *values], kind), pa.array(values, kind)
    for held in (part, whole[1:]):
        made = arrow.taken(held, places)
        made.validate(full=True)
        assert made.equals(pa.array([values[place] for place in places], pa.string()))
    assert arrow.taken(part, places[:0]).equals(pa.array([], pa.string()))


def test_what_a_null_hides_is_not_taken() -> None:
    shown = pa.array(["甲", "乙"])
    held = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\1"), *shown.buffers()[1:]])
    made = arrow.taken(held, np.array([1, 0]))
    assert made.equals(pa.array([None, "甲"]))
    assert len(made.buffers()[2]) == len("甲".encode())


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string())])
@pytest.mark.parametrize("cut", CUTS)
def test_lists_of_a_slice(cut: slice, kind: pa.DataType) -> None:
    lists = [["甲", "乙"], [], ["丙"], ["", "丁", "戊"]]
    held = pa.array(lists, kind)[cut]
    begins, flat = arrow.starts(held).tolist(), held.values.to_pylist()
    assert [flat[start:end] for start, end in pairwise(begins)] == lists[cut]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_nulls_become_empty(cut: slice, kind: pa.DataType) -> None:
    held = pa.array([None, "甲", None, "乙", "丙", None, *WORDS], kind)[cut]
    made = arrow.without_nulls(held)
    made.validate(full=True)
    assert made.equals(held.fill_null(""))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("held", [pa.nulls(3), pa.array([None] * 5)[1:4]])
def test_nothing_but_nulls(held: pa.Array, kind: pa.DataType) -> None:
    for nulls in (held.cast(kind), pa.nulls(3, kind), pa.array([None] * 4, kind)[1:]):
        made = arrow.without_nulls(nulls)
        assert made.type == kind
        assert made.to_pylist() == [""] * 3
        assert arrow.longest(nulls) == 0


def test_text_that_a_null_hides_is_not_shown() -> None:
    shown = pa.array(["甲", "乙"])
    held = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\1"), *shown.buffers()[1:]])
    assert arrow.without_nulls(held).to_pylist() == ["甲", ""]
