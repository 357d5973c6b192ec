"""What is handed to a template to be filled, and what is told about it afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from lianfang.reports.tables.layout import TemplateSheet
from lianfang.reports.tables.meaning import Meaning

# Fraction: a share, 0.8509 for 85.09 %; the cell's format decides how it is written. None: not known, stays empty.
FEW = "少于5"  # of a number too small to be given to this recipient; words in the file, whoever looks at the desk
Value = str | int | float | Decimal | Fraction | dt.date | dt.datetime | bool | None


@dataclass(frozen=True, slots=True)
class SheetFilling:
    """`rows`: one value for each of `layout.columns`, in their order; read once, one after the other.

    Of listed rows: one entry for each of `layout.listed`, in their order (an empty sequence: nothing is known of it);
    further entries become rows of their own below. Of a single sheet: exactly one entry.
    What is None stays empty, except: number, text and formula columns are written by `fill` itself, and a place that
    stands in a listed row stays.
    `heading`: by the label or the key of a blank; of dates "2026-11-22" or a date fits 年 月 日.
    """

    layout: TemplateSheet
    meanings: tuple[Meaning, ...]
    rows: Iterable[Sequence[Value]]
    heading: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmptyCells:
    """Cells of one column that stayed empty because nothing is known."""

    sheet: str
    column: int  # place in `TemplateSheet.columns`
    count: int
    first: tuple[str, ...]  # names of the first of them: C5, C9 …, at most 20


@dataclass(frozen=True, slots=True)
class Filled:
    row_counts: Mapping[str, int]  # by sheet: rows written
    cell_counts: Mapping[str, int]  # by sheet: cells that got a value from what was handed in
    empty: tuple[EmptyCells, ...] = ()
