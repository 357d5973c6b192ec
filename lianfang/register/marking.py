"""A copy of a sheet in which every fault is marked: the cell coloured with a comment, and a last column 错误.

All rows stay, in their order and number, so that the copy can be mended and loaded as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import FileCreateError

from lianfang.core.problems import Problem
from lianfang.core.sheets import Chunk, chunks, distinct
from lianfang.register.columns import SEARCHED_ROWS, Columns, find_header
from lianfang.register.findings import RowError
from lianfang.register.rules import Cell

HEADER = "错误"  # `load` passes over a column of this name
TAB_LENGTH = 31  # by the format
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a tab


def write_marked(
    source: Path, errors: Iterable[RowError], out: Path, *, columns: Mapping[str, Columns] | None = None
) -> None:
    """`columns`: of each sheet as the check read them, by name, by content or by hand; else by name.

    Raises `register.file_unreadable` when the source cannot be read (again).
    """
    by_row: dict[tuple[str, int], list[RowError]] = defaultdict(list)
    for error in errors:
        by_row[error.sheet, error.row].append(error)
    book = xlsxwriter.Workbook(
        str(out), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        marker = _Marker(book, by_row, columns or {})
        for chunk in chunks(source):
            marker.take(chunk)
    finally:
        try:
            book.close()
        except FileCreateError as error:
            raise Problem("register.out_unwritable", path=out, detail=error) from error
    out.chmod(0o600)


class _Marker:
    def __init__(
        self, book: Any, by_row: dict[tuple[str, int], list[RowError]], known: Mapping[str, Columns]
    ) -> None:
        self.book, self.by_row, self.known = book, by_row, known
        self.bad = book.add_format({"bg_color": "#FBE3D9", "border": 1, "border_color": "#A63A10"})
        self.note = book.add_format({"font_color": "#A63A10"})
        self.bold = book.add_format({"bold": True, "bg_color": "#EDF1F2"})
        self.sheet_name = ""
        self.tabs: list[str] = []
        self.sheet: Any = None
        self.columns: Columns | None = None
        self.last = 0

    def take(self, chunk: Chunk) -> None:
        if chunk.sheet != self.sheet_name or self.sheet is None:
            self._begin(chunk)
        for number, row in enumerate(chunk.rows, chunk.first_row):
            self._write(number, row, chunk)

    def _begin(self, chunk: Chunk) -> None:
        self.sheet_name = chunk.sheet
        name = distinct(_FORBIDDEN.sub(" ", chunk.sheet).strip("' ") or "Sheet", self.tabs, TAB_LENGTH)
        self.tabs.append(name)
        self.sheet = self.book.add_worksheet(name)
        self.columns = self.known.get(chunk.sheet) or find_header(chunk.rows[:SEARCHED_ROWS], chunk.first_row)
        if chunk.is_hidden:
            self.sheet.hide()
        width = max((len(row) for row in chunk.rows[:SEARCHED_ROWS]), default=0)
        self.last = width + chunk.first_column
        self.sheet.set_column(self.last, self.last, 60)
        if self.columns and self.columns.row > 0:
            self.sheet.freeze_panes(self.columns.row, 0)

    def _write(self, number: int, row: list[Cell], chunk: Chunk) -> None:
        faults = self.by_row.get((chunk.sheet, number), [])
        columns = self.columns
        is_header = columns is not None and columns.row == number
        marked: dict[int, list[str]] = defaultdict(list)
        for fault in faults:
            place = self._place(columns, fault, chunk.first_column)
            if place is not None:
                marked[place].append(fault.message)
        for place, cell in enumerate(row):
            style = self.bad if place in marked else self.bold if is_header else None
            if cell not in (None, "") or style:
                self._cell(number - 1, place + chunk.first_column, cell, style)
        for place, messages in marked.items():
            if place >= len(row):
                self.sheet.write_blank(number - 1, place + chunk.first_column, None, self.bad)
            self.sheet.write_comment(number - 1, place + chunk.first_column, "\n".join(messages))
        if is_header:
            self.sheet.write_string(number - 1, self.last, HEADER, self.bold)
        elif faults:
            lines = [
                f"{fault.column}：{fault.message}" if fault.column else fault.message for fault in faults
            ]
            self.sheet.write_string(number - 1, self.last, _("；").join(lines), self.note)

    @staticmethod
    def _place(columns: Columns | None, fault: RowError, first_column: int) -> int | None:
        """Of the faulty cell in the delivered row; None when the whole row is meant."""
        if fault.place is not None:
            return fault.place - first_column
        if columns is None or not fault.column:
            return None
        return next(
            (columns.at[name] for name, written in columns.headers.items() if written == fault.column), None
        )

    def _cell(self, row: int, column: int, cell: Cell, style: Any) -> None:
        if isinstance(cell, bool):
            self.sheet.write_boolean(row, column, cell, style)
        elif isinstance(cell, (int, float)):
            self.sheet.write_number(row, column, cell, style)
        elif cell is None or cell == "":
            self.sheet.write_blank(row, column, None, style)
        else:
            self.sheet.write_string(row, column, cell, style)
