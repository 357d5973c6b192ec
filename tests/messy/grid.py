"""A sheet before it is a file: lines of cells, merges, and what each line is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.messy.truth import Row


@dataclass(slots=True)
class Line:
    """`heights`: column → how many lines the cell is merged down over; `span`: columns that the first cell covers."""

    cells: list[Any]
    row: Row | None = None
    is_struck: bool = False
    is_hidden: bool = False
    heights: dict[int, int] = field(default_factory=dict)
    spans: dict[int, int] = field(default_factory=dict)


@dataclass
class Page:
    """One sheet of the file."""

    name: str
    lines: list[Line] = field(default_factory=list)
    is_hidden: bool = False
    has_merges: bool = True  # False: cells are blank below and beside, as after a copy without formats

    def add(self, cells: list[Any], row: Row | None = None, **more: Any) -> Line:
        line = Line(cells, row, **more)
        self.lines.append(line)
        if row is not None:
            row.sheet, row.row = self.name, len(self.lines)
        return line

    def merges(self) -> list[tuple[int, int, int, int]]:
        """(first line, first column, last line, last column), counted from 0."""
        found = []
        for number, line in enumerate(self.lines):
            for column in line.heights.keys() | line.spans.keys():
                height, span = line.heights.get(column, 1), line.spans.get(column, 1)
                if height * span > 1:
                    found.append((number, column, number + height - 1, column + span - 1))
        return found
