"""Values as the one text of a cell, for formats that know no lists, objects or bytes."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any


def cell_text(value: Any) -> Any:
    r"""Return a value as a cell holds it: numbers, texts and times as they are, what is missing or no number as ``""``.

    Lists are joined by ``;``; objects, and lists that hold lists or objects, are written as JSON.

    Examples
    --------
    >>> cell_text(["rural", "ecology"]), cell_text({"县": [1, None]}), cell_text(b"\xff")
    ('rural;ecology', '{"县": [1, null]}', 'ff')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (list, tuple)):
        if not any(isinstance(part, (list, tuple, dict)) for part in value):
            return ";".join(str(cell_text(part)) for part in value)
        return json_text(value)
    if isinstance(value, dict):
        return json_text(value)
    return bytes_text(value) if isinstance(value, bytes) else value


def day_or_time(value: datetime.datetime) -> datetime.date:
    """Return a day for a time at midnight, as formats give it that have no days."""
    return value.date() if value.time() == datetime.time() else value


def json_text(value: Any) -> str:
    """Return a value as JSON; numbers that JSON has no word for are null."""
    return json.dumps(json_value(value), ensure_ascii=False, default=json_default)


def json_value(value: Any) -> Any:
    """Return a value without numbers that JSON has no word for."""
    if isinstance(value, (list, tuple)):
        return [json_value(part) for part in value]
    if isinstance(value, dict):
        return {key: json_value(part) for key, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_default(value: Any) -> str:
    """Return what JSON has no form for as a text."""
    return bytes_text(value) if isinstance(value, bytes) else str(value)


def bytes_text(value: bytes) -> str:
    """Return bytes as the text that they are in UTF-8; others as hexadecimal digits."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
