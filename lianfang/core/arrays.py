"""Columns of rows as PostgreSQL array literals, for `INSERT … SELECT FROM unnest(…)`.

The driver quotes each element by itself; for batches of thousands of values that is most of their cost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID


def _text(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


_WRITTEN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "t" if value else "f",
    int: str,
    str: _text,
    UUID: lambda value: value.hex,  # half the work of its usual spelling
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    dt.datetime: lambda value: f'"{value.isoformat()}"',
    dt.date: dt.date.isoformat,
}


def literal(values: Iterable[Any]) -> str:
    """`{1,2,NULL}`: cast it where it is used (`%s::bigint[]`)."""
    values = list(values)
    kinds = set(map(type, values))
    if len(kinds) == 1:  # nearly always: how a column is written is looked up once
        kind = kinds.pop()
        write = _WRITTEN[kind] if kind in _WRITTEN else _of_base(values[0])
        return "{" + ",".join(map(write, values)) + "}"
    return "{" + ",".join([(_WRITTEN.get(type(value)) or _of_base(value))(value) for value in values]) + "}"


def _of_base(value: Any) -> Callable[[Any], str]:
    """A choice of an enumeration is a str, and must be written as one."""
    for base in (str, int, dt.datetime, dt.date, bytes):
        if isinstance(value, base):
            return lambda found: _WRITTEN[base](base.__str__(found) if base is str else found)
    raise TypeError(type(value).__name__)


def columns(rows: Iterable[Sequence[Any]]) -> list[str]:
    """One literal for each column of these rows. Needs at least one row."""
    return [literal(column) for column in zip(*rows, strict=True)]
