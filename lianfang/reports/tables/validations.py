"""Drop-down lists of a sheet: what a cell lets one choose."""

from __future__ import annotations

import re
from html import unescape

from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.sheet_part import SheetPart, range_of

_RULE = re.compile(rb"<(?:\w+:)?dataValidation\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?dataValidation>)", re.DOTALL)
_LIST = re.compile(rb'<(?:\w+:)?formula1>\s*(?:"|&quot;)(.*?)(?:"|&quot;)\s*</(?:\w+:)?formula1>', re.DOTALL)
_AREAS = re.compile(rb'\bsqref="([^"]*)"')


def choices_at(part: SheetPart, grid: Grid, row: int, column: int) -> tuple[str, ...]:
    """Of a list written in the rule itself; lists that stand in other cells are not followed."""
    for element in part.of("dataValidations"):
        for attributes, content in _RULE.findall(part.bytes_of(element)):
            areas, listed = _AREAS.search(attributes), _LIST.search(content or b"")
            if not areas or not listed or b'type="list"' not in attributes:
                continue
            if any(_is_in(area, row, column) for area in areas[1].decode().split()):
                return tuple(text.strip() for text in unescape(listed[1].decode()).split(",") if text.strip())
    return ()


def _is_in(area: str, row: int, column: int) -> bool:
    try:
        first_row, first_column, last_row, last_column = range_of(area)
    except ValueError:
        return False
    return first_row <= row <= last_row and first_column <= column <= last_column
