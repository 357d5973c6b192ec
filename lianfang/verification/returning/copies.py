"""What cannot be written into (xls, web pages, Word, lines of a chat) goes back as a new workbook with the same cells."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import xlsxwriter

from lianfang.core.reading.rows import Cell
from lianfang.core.reading.texts import decoded
from lianfang.core.sheets import Chunk, chunks, distinct
from lianfang.verification.reading import ListFile, ListSheet
from lianfang.verification.returning.answered import TITLES, WIDTHS, Answered
from lianfang.verification.returning.counting import Tally
from lianfang.verification.returning.placing import places_of
from lianfang.verification.returning.workbooks import cells_of

MADE_ON = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - of every file, so that the same answers give the same bytes
_TAB_LENGTH = 31
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def copied(path: Path, listed: ListFile, answers: dict[tuple[str, int], Answered], tally: Tally) -> bytes:
    """Every sheet with every cell that was read, merged cells and hidden rows; frames and colours are lost."""
    out = io.BytesIO()
    book = _book(out)
    by_name = {sheet.name: sheet for sheet in listed.sheets}
    copies: dict[str, _Copy] = {}
    for chunk in chunks(path):
        if chunk.sheet not in copies:
            copies[chunk.sheet] = _Copy(book, chunk, [copy.tab for copy in copies.values()])
        copies[chunk.sheet].take(chunk)
    for name, copy in copies.items():
        copy.finish(by_name.get(name), answers, tally)
    book.close()
    return out.getvalue()


def lines_copied(
    content: bytes, listed: ListFile, answers: dict[tuple[str, int], Answered], tally: Tally
) -> bytes:
    """Lines of a chat in their order, and beside each the answer of its person."""
    out = io.BytesIO()
    book = _book(out)
    page = book.add_worksheet("核查反馈")
    page.set_column(0, 0, 60)
    for place, width in enumerate(WIDTHS.values(), 1):
        page.set_column(place, place, width)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.freeze_panes(1, 0)
    bold = book.add_format({"bold": True, "bg_color": "#EDF1F2", "border": 1, "border_color": "#C9D3D6"})
    for place, title in enumerate(("原文", *TITLES.values())):
        page.write_string(0, place, title, bold)
    by_row = {row.row: answers.get((row.sheet, row.row)) for row in listed.rows}
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, line in enumerate(decoded(content).splitlines(), 1):
        if line.strip():
            page.write_string(number, 0, line, wrapped)
        answered = by_row.get(number)
        if answered is not None:
            said = answered.cells
            for place, name in enumerate(TITLES, 1):
                if name in said:
                    page.write_string(number, place, said[name], wrapped)
            tally.take(answered)
    book.close()
    return out.getvalue()


def _book(out: io.BytesIO) -> Any:
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": MADE_ON})
    return book


class _Copy:
    """One sheet, written cell by cell; the answers last."""

    def __init__(self, book: Any, first: Chunk, tabs: list[str]) -> None:
        self.tab = distinct(first.sheet.translate(_FORBIDDEN).strip("' ") or "Sheet", tabs, _TAB_LENGTH)
        self.page = book.add_worksheet(self.tab)
        self.bold = book.add_format({"bold": True})
        self.merged = first.notes.get("merged", ())
        self.first_cells: dict[tuple[int, int], Cell] = {}
        self.width = 0
        if first.is_hidden:
            self.page.hide()
        for place in first.notes.get("hidden_columns", ()):
            self.page.set_column(place, place, None, None, {"hidden": True})

    def take(self, chunk: Chunk) -> None:
        hidden = set(chunk.notes.get("hidden_rows", ()))
        for number, row in enumerate(chunk.rows, chunk.first_row):
            if number in hidden:
                self.page.set_row(number - 1, None, None, {"hidden": True})
            for at, cell in enumerate(row):
                if cell not in (None, ""):
                    self._write(number - 1, at + chunk.first_column, cell)
                    self.width = max(self.width, at + chunk.first_column + 1)

    def _write(self, row: int, place: int, cell: Cell) -> None:
        if isinstance(cell, bool):
            self.page.write_boolean(row, place, cell)
        elif isinstance(cell, (int, float)):
            self.page.write_number(row, place, cell)
        elif cell:
            said = cell.replace("T", " ", 1) if _MOMENT.fullmatch(cell) else cell
            self.page.write_string(row, place, said)

    def finish(self, sheet: ListSheet | None, answers: dict[tuple[str, int], Answered], tally: Tally) -> None:
        for top, left, bottom, right in self.merged:
            if (top, left) != (bottom, right):
                self._merge(top, left, bottom, right)
        if sheet is None or not sheet.rows:
            return
        places = places_of(sheet, self.width)
        for row, cells in cells_of(sheet, places, answers, tally).items():
            for place, said in cells.items():
                self.page.write_string(row - 1, place, said, self.bold if row in places.title_rows else None)
        for place, width in places.widths.items():
            self.page.set_column(place, place, width)

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Only the range: the cells are written already."""
        self.page.merge.append([top - 1, left, bottom - 1, right])
