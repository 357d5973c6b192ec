"""Sums that the template itself has: over cells that nobody was asked about they stay empty. A SUM says 0 there, and a
bureau reads that as counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from lianfang.reports.tables.sheet_part import CellPart, SheetPart, column_number, range_of
from lianfang.reports.tables.values import FEW

_CELLS = r"\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?"
_SUM = re.compile(rf"\+?(?:SUM|sum)\(({_CELLS}(?:,{_CELLS})*)\)")
_KEPT_EMPTY = re.compile(r'IF\(COUNT\(([^()]*)\)=0,"",SUM\(\1\)\)')
_CELL = re.compile(r"(?<![A-Za-z0-9_!'\]])\$?([A-Z]{1,3})\$?(\d{1,7})(?![\d(:])(?<!:)")
NOT_SUMMED = "不合计"
Place = tuple[int, int]  # row, column


def not_summed(formula: str) -> str:
    """Over cells that may not be told a sum says so: SUM skips words, and a total that is too small looks right."""
    match = _SUM.fullmatch(formula) or _KEPT_EMPTY.fullmatch(formula)
    if not match:
        return formula
    words = [f'COUNTIF({ref},"{word}")' for ref in match[1].split(",") for word in (FEW, NOT_SUMMED)]
    return f'IF({"+".join(words)}>0,"{NOT_SUMMED}",{staying_empty(f"SUM({match[1]})")})'


def summed_columns(formula: str) -> frozenset[int]:
    """SUM(C5:D9) → 3, 4. Empty for what is no plain sum."""
    match = _SUM.fullmatch(formula)
    found: set[int] = set()
    for ref in match[1].split(",") if match else ():
        _row, first, _last_row, last = range_of(ref)
        found |= set(range(first, last + 1))
    return frozenset(found)


def is_sum(formula: str) -> bool:
    return bool(_SUM.fullmatch(formula))


def staying_empty(formula: str) -> str:
    """SUM(C5:C9) → empty while none of these cells has a number."""
    match = _SUM.fullmatch(formula)
    return f'IF(COUNT({match[1]})=0,"",SUM({match[1]}))' if match else formula


def reckoned_with(part: SheetPart, formula_of: Callable[[CellPart, int], str | None]) -> frozenset[Place]:
    """Cells that formulas other than sums name one by one: D9/C9 over an empty text is an error, over 0 it is what the
    department knows. Those sums are left as they came."""
    found: set[Place] = set()
    for row in part.rows:
        for cell in row.cells:
            formula = formula_of(cell, row.number) if cell.formula is not None or cell.shared_id else None
            if formula and not is_sum(formula):
                found |= {(int(line), column_number(letters)) for letters, line in _CELL.findall(formula)}
    return frozenset(found)
