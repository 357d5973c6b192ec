"""Formulas and ranges when rows are added or taken out: what stands below moves, what spans the body grows with it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.core.letters import column_letter
from lianfang.reports.tables.sheet_part import column_number

_ROWS = 1_048_576
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
    |(?P<sheet>'(?:[^']|'')+'!|(?:\[\d+\])?[\w.一-鿿]+(?::[\w.一-鿿]+)?!)
    |(?P<bracket>\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\])
    |(?P<cells>\$?[A-Za-z]{1,3}\$?\d{1,7}(?::\$?[A-Za-z]{1,3}\$?\d{1,7})?(?![\w(.!]))
    |(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(.!]))
    |(?P<rows>\$?\d{1,7}:\$?\d{1,7}(?![\w(.!]))
    |(?P<word>[\w.\\?一-鿿]+)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})")
_RANGE = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?")
GONE = "#REF!"


@dataclass(frozen=True, slots=True)
class RowMap:
    """Rows of a sheet before and after: `added` rows come after row `after`, `removed` are taken out.

    `first` and `last` are the body: a range that ends with its last row grows with it. Rows are those of the template.
    """

    first: int = 0
    last: int = 0
    after: int = 0
    added: int = 0
    removed: tuple[int, ...] = ()  # sorted

    @property
    def changes(self) -> bool:
        return bool(self.added or self.removed)

    def moved(self, row: int) -> int | None:
        """Where a row stands afterwards; None: it is gone."""
        before = bisect_left(self.removed, row)
        if before < len(self.removed) and self.removed[before] == row:
            return None
        return row - before + (self.added if row > self.after else 0)

    def span(self, first: int, last: int, *, grows: bool) -> tuple[int, int] | None:
        """A range of rows afterwards; None: all of it is gone."""
        while first <= last and self.moved(first) is None:
            first += 1
        while last >= first and self.moved(last) is None:
            last -= 1
        if first > last:
            return None
        start, end = self.moved(first), self.moved(last)
        if start is None or end is None:
            return None
        if grows and last == self.last == self.after:
            end += self.added
        return start, min(end, _ROWS)


@dataclass(frozen=True, slots=True)
class Copy:
    """A formula of a body row, written again in another row: `source` in the template, `target` afterwards."""

    source: int
    target: int


def rewritten(formula: str, sheet: str, maps: Mapping[str, RowMap], copy: Copy | None = None) -> str:
    """`sheet` is where the formula stands; `copy` when it stands in a body row."""
    if not maps and copy is None:
        return formula
    out: list[str] = []
    at: str | None = sheet
    for token in _TOKEN.finditer(formula):
        kind, said = token.lastgroup, token[0]
        if kind == "sheet":
            at = _sheet_name(said)
        elif kind in ("cells", "rows") and at is not None:
            rows = maps.get(at)
            if kind == "rows":
                said = _rows(said, rows) if rows else said
            elif rows:
                said = _cells(said, rows, copy if at == sheet else None, is_own=at == sheet)
            at = sheet
        else:
            at = sheet
        out.append(said)
    return "".join(out)


def _sheet_name(prefix: str) -> str | None:
    """None: of another file, or of several sheets."""
    name = prefix[:-1]
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    return None if "[" in name or ":" in name else name


def _cells(said: str, rows: RowMap, copy: Copy | None, *, is_own: bool) -> str:
    first, _, last = said.partition(":")
    a = _CELL.fullmatch(first)
    b = _CELL.fullmatch(last) if last else None
    if a is None:
        return said
    if b is None:
        row = _row(a, rows, copy)
        return GONE if row is None else _written(a, row)
    low, high = (a, b) if int(a[4]) <= int(b[4]) else (b, a)
    if copy is not None and (_follows(low, rows) or _follows(high, rows)) and not (low[3] and high[3]):
        both = _row(low, rows, copy), _row(high, rows, copy)
        if None in both:
            return GONE
        return f"{_written(low, both[0] or 0)}:{_written(high, both[1] or 0)}"
    span = rows.span(int(low[4]), int(high[4]), grows=True)
    return GONE if span is None else f"{_written(low, span[0])}:{_written(high, span[1])}"


def _follows(cell: re.Match[str], rows: RowMap) -> bool:
    """A relative row within the body: it goes along with the row in which the formula stands."""
    return not cell[3] and rows.first <= int(cell[4]) <= rows.last


def _row(cell: re.Match[str], rows: RowMap, copy: Copy | None) -> int | None:
    row = int(cell[4])
    if copy is not None and _follows(cell, rows):
        return copy.target + row - copy.source
    return rows.moved(row)


def _written(cell: re.Match[str], row: int) -> str:
    return f"{cell[1]}{cell[2]}{cell[3]}{row}"


def _rows(said: str, rows: RowMap) -> str:
    first, _, last = said.partition(":")
    span = rows.span(int(first.strip("$")), int(last.strip("$")), grows=True)
    if span is None:
        return GONE
    dollars = ["$" if part.startswith("$") else "" for part in (first, last)]
    return f"{dollars[0]}{span[0]}:{dollars[1]}{span[1]}"


def range_moved(ref: str, rows: RowMap, *, grows_single: bool = True) -> str | None:
    """C5:C20 or D5 as it stands in attributes; None when it is gone. `grows_single`: a range of one row grows too."""
    if not _RANGE.fullmatch(ref):
        return ref
    first, _, last = ref.partition(":")
    a, b = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
    if a is None or b is None:
        return ref
    is_single = a[4] == b[4]
    span = rows.span(int(a[4]), int(b[4]), grows=grows_single or not is_single)
    if span is None:
        return None
    if not last and span[0] == span[1]:
        return _written(a, span[0])
    return f"{_written(a, span[0])}:{_written(b, span[1])}"


def ranges_moved(refs: str, rows: RowMap) -> str:
    """A list of ranges, as in sqref."""
    found = [moved for ref in refs.split() if (moved := range_moved(ref, rows)) is not None]
    return " ".join(found)


def shifted(formula: str, rows: int, columns: int) -> str:
    """As if copied so many rows down and columns to the right: how a shared formula reads in its other cells."""
    out: list[str] = []
    for token in _TOKEN.finditer(formula):
        said = token[0]
        if token.lastgroup == "cells":
            said = ":".join(_shifted_cell(part, rows, columns) for part in said.split(":"))
        elif token.lastgroup == "columns":
            said = ":".join(_shifted_column(part, columns) for part in said.split(":"))
        out.append(said)
    return "".join(out)


def _shifted_cell(said: str, rows: int, columns: int) -> str:
    cell = _CELL.fullmatch(said)
    if cell is None:
        return said
    letters = cell[2] if cell[1] else _letters_after(cell[2], columns)
    row = int(cell[4]) if cell[3] else int(cell[4]) + rows
    return f"{cell[1]}{letters}{cell[3]}{row}" if row > 0 and letters else GONE


def _shifted_column(said: str, columns: int) -> str:
    return said if said.startswith("$") else _letters_after(said, columns) or GONE


def _letters_after(letters: str, columns: int) -> str:
    place = column_number(letters.upper()) + columns
    return column_letter(place - 1) if place > 0 else ""
