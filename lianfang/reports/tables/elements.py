"""What stands around the rows of a sheet: ranges and formulas in it follow rows that were added or taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from lianfang.core.workbooks.calculation import calculated_anew
from lianfang.core.workbooks.cells import escaped
from lianfang.reports.tables.references import RowMap, ranges_moved, rewritten

_RANGES = re.compile(r'(\s(?:sqref|ref|topLeftCell|activeCell))="([^"]*)"')
_FORMULA = re.compile(r"(<(?:\w+:)?(?:formula[12]?|f|calculatedColumnFormula)(?:\s[^>]*)?>)([^<]*)(?=</)")
_AREAS = re.compile(r"(<(?:\w+:)?sqref>)([^<]*)(?=</)")
_LOCATION = re.compile(r'(\slocation)="([^"]*)"')
_BREAK = re.compile(r'(<(?:\w+:)?brk\b[^>]*?\sid)="(\d+)"')
_ANCHOR_ROW = re.compile(r"(<(?:\w+:)?row>)(\d+)(?=</)")
_NOTE_ROW = re.compile(r"(<(?:\w+:)?Row>)\s*(\d+)\s*(?=</)")
_NOTE_ANCHOR = re.compile(r"(<(?:\w+:)?Anchor>)([^<]*)(?=</)")


def changes(maps: Mapping[str, RowMap]) -> bool:
    return any(rows.changes for rows in maps.values())


def moved_element(name: str, raw: bytes, sheet: str, maps: Mapping[str, RowMap]) -> bytes:
    """An element of a worksheet, or a part that speaks of its cells (comments, tables)."""
    if not changes(maps):
        return raw
    rows = maps.get(sheet, RowMap())
    text = raw.decode()
    if name == "rowBreaks":
        return _BREAK.sub(lambda m: f'{m[1]}="{_row(rows, int(m[2]))}"', text).encode()
    if rows.changes:
        text = _RANGES.sub(lambda m: f'{m[1]}="{_ranges(m[2], rows)}"', text)
        text = _AREAS.sub(lambda m: m[1] + _ranges(m[2], rows), text)
    text = _LOCATION.sub(lambda m: f'{m[1]}="{_formula(m[2], sheet, maps)}"', text)
    return _FORMULA.sub(lambda m: m[1] + _formula(m[2], sheet, maps), text).encode()


def _ranges(refs: str, rows: RowMap) -> str:
    return ranges_moved(refs, rows) or refs


def _formula(said: str, sheet: str, maps: Mapping[str, RowMap]) -> str:
    return escaped(rewritten(unescape(said), sheet, maps)).replace('"', "&quot;")


def _row(rows: RowMap, row: int) -> int:
    """Of something that stands at a row: when that is gone, at the next one that stayed."""
    moved = rows.moved(row)
    while moved is None:
        row += 1
        moved = rows.moved(row)
    return moved


def moved_drawing(raw: bytes, rows: RowMap) -> bytes:
    """Pictures and shapes below added rows go down with what they stand beside."""
    return _ANCHOR_ROW.sub(lambda m: f"{m[1]}{_row(rows, int(m[2]) + 1) - 1}", raw.decode()).encode()


def moved_notes(raw: bytes, rows: RowMap) -> bytes:
    """The old drawing of comments."""
    text = _NOTE_ROW.sub(lambda m: f"{m[1]}{_row(rows, int(m[2]) + 1) - 1}", raw.decode("utf-8", "replace"))
    return _NOTE_ANCHOR.sub(lambda m: m[1] + _anchor(m[2], rows), text).encode()


def _anchor(said: str, rows: RowMap) -> str:
    parts = [part.strip() for part in said.split(",")]
    for place in (2, 6):
        if len(parts) == 8 and parts[place].isdigit():
            parts[place] = str(_row(rows, int(parts[place]) + 1) - 1)
    return ", ".join(parts)


def moved_chart(raw: bytes, maps: Mapping[str, RowMap]) -> bytes:
    """Charts name their cells with the sheet."""
    return _FORMULA.sub(lambda m: m[1] + _formula(m[2], "", maps), raw.decode()).encode()


# ---------- the workbook ----------

_NAME = re.compile(r"(<(?:\w+:)?definedName\b[^>]*>)([^<]*)(?=</)")


def moved_workbook(raw: bytes, maps: Mapping[str, RowMap]) -> bytes:
    """Names and print areas follow; everything is calculated anew when it is opened."""
    text = raw.decode()
    if changes(maps):
        text = _NAME.sub(lambda m: m[1] + _formula(m[2], "", maps), text)
    return calculated_anew(text).encode()


_CHAIN_TYPE = re.compile(rb"<Override\b[^>]*calcChain[^>]*/>(?:</Override>)?")
_CHAIN_RELATION = re.compile(rb"<Relationship\b[^>]*/calcChain\"[^>]*/>(?:</Relationship>)?")


def without_calculation_chain(raw: bytes) -> bytes:
    """The order of calculation is of the old cells: programs make it anew."""
    return _CHAIN_RELATION.sub(b"", _CHAIN_TYPE.sub(b"", raw))
