"""Formulas that a filling writes itself: sums and shares of columns, totals of rows. Empty stays empty, never 0."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.reports.tables.body_plan import BodyPlan
from lianfang.reports.tables.layout import TemplateColumn
from lianfang.reports.tables.meaning import Meaning

_SHARE = re.compile(r"率|比例?$|占比|[%％]|平均|人均|户均")
Runs = list[tuple[int, int]]  # first and last row


def computed(columns: Sequence[TemplateColumn], text: str, column: TemplateColumn, row: int) -> str:
    """sum:2,3 or quotient:3,2 as a formula in this row."""
    kind, _, places = text.partition(":")
    cells = [f"{columns[int(at)].letter}{columns[int(at)].row or row}" for at in places.split(",")]
    if kind == "sum":
        said = ",".join(cells)
        return f'IF(COUNT({said})=0,"",SUM({said}))'
    part, *wholes = cells
    whole = wholes[0] if len(wholes) == 1 else f"SUM({','.join(wholes)})"
    times = "*100" if column.unit in ("%", "％") and "%" not in column.number_format else ""
    known = f"COUNT({','.join(cells)})<{len(cells)}" if len(wholes) > 1 else f"COUNT({part})=0"
    return f'IF(OR(N({whole})=0,{known}),"",{part}/{whole}{times})'


def summed_rows(sums: Sequence[int], plan: BodyPlan) -> Runs:
    """The rows that a total is over, as they stand afterwards; without `sums` all that are filled."""
    rows = sorted(sums or plan.slots)
    runs = [(moved, moved) for row in rows if (moved := plan.map.moved(row)) is not None]
    if not sums and plan.added:
        runs.append((plan.first_added, plan.first_added + plan.added - 1))
    merged: Runs = []
    for first, last in sorted(runs):
        if merged and merged[-1][1] == first - 1:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def total_formula(
    columns: Sequence[TemplateColumn], meanings: Sequence[Meaning], at: int, row: int, summed: Runs
) -> str | None:
    """Of a total row without one of its own. None: this column has no total."""
    column, meaning = columns[at], meanings[at]
    if meaning.kind == "formula" and meaning.text.startswith("quotient"):
        return computed(columns, meaning.text, column, row)
    if not summed or not _adds_up(column, meaning):
        return None
    said = ",".join(
        f"{column.letter}{first}:{column.letter}{last}" if last > first else f"{column.letter}{first}"
        for first, last in summed
    )
    return f'IF(COUNT({said})=0,"",SUM({said}))'


def _adds_up(column: TemplateColumn, meaning: Meaning) -> bool:
    if _SHARE.search(column.path[-1]) or "%" in column.number_format or column.unit in ("%", "％"):
        return False
    if meaning.kind == "formula":
        return meaning.text.startswith("sum")
    if meaning.kind == "question":
        return meaning.measure in ("sum", "count")
    if meaning.kind == "register":
        return meaning.measure == "count"
    return meaning.kind == "figure"
