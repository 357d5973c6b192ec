"""Takes the chunks of a file in order and leads each sheet to its reader. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from lianfang.core.letters import column_letter
from lianfang.core.sheets import Chunk
from lianfang.register import rules
from lianfang.register.checking.context import Context, of_titles, written
from lianfang.register.checking.entries import Checked
from lianfang.register.checking.filling import Filler
from lianfang.register.checking.numbers import Numbers
from lianfang.register.checking.rows import RowReader
from lianfang.register.checking.villages import VillageIndex
from lianfang.register.columns import Choices, Columns
from lianfang.register.findings import RowError
from lianfang.register.recognising import columns_of
from lianfang.register.rules import Cell

_LINES = {
    "correction": "register.line_correction",
    "chat": "register.line_unread",
    "example": "register.line_example",
}
_COUNTS = {"gap": "register.line_gap", "repeat": "register.line_repeat"}


class Checker:
    """`checked` grows with every chunk."""

    def __init__(self, villages: VillageIndex, today: dt.date, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.villages = villages
        self.today = today
        self.checked = Checked()
        self.numbers = Numbers(today)
        self._sheet: str | None = None
        self._reader: RowReader | None = None
        self._is_left_out = False

    def take(self, chunk: Chunk) -> None:
        if chunk.sheet != self._sheet:
            self._sheet, self._reader, self._is_left_out = chunk.sheet, None, False
        if not self.choices.is_taken(chunk.sheet, chunk.is_hidden):
            self._leave_out(chunk.sheet)
            return
        if self._reader is None:
            if not self._is_left_out:
                self._begin(chunk)
            if self._reader is None:
                if any(any(row) for row in chunk.rows):
                    self._leave_out(chunk.sheet)
                return
        reader = self._reader
        reader.note(chunk.notes)
        if (at := reader.at.get("id_number")) is not None:
            self.numbers.look(row[at] for row in chunk.rows if at < len(row))
        lines = dict(chunk.notes.get("lines", ()))
        begin = max(0, reader.columns.row - chunk.first_row + 1)
        for number, row in enumerate(chunk.rows[begin:], chunk.first_row + begin):
            if any(row):
                if lines and number in lines and self._line(number, row, lines[number], reader):
                    continue
                reader.read(number, row)
                if reader.new_header is not None:
                    reader = self._turn(reader, number, chunk)
        self._reader = reader

    def _leave_out(self, sheet: str) -> None:
        self._is_left_out = True
        if sheet not in self.checked.unread_sheets:
            self.checked.unread_sheets.append(sheet)

    # ---------- the beginning of a sheet ----------

    def _begin(self, chunk: Chunk) -> None:
        columns = columns_of(chunk, self.villages, self.choices)
        if columns is None:
            return
        self.checked.columns[chunk.sheet] = columns
        self.numbers.begin()
        above = chunk.rows[: max(0, columns.first_row - chunk.first_row)]
        titles = [rules.text(cell) for row in above for _, cell in written(row) if isinstance(cell, str)]
        titles += [
            rules.text(chunk.rows[number - chunk.first_row][0])
            for number, code in chunk.notes.get("lines", ())
            if code == "title"
        ]
        context = of_titles(titles, chunk.sheet, self.villages)
        self._reader = self._reader_of(columns, chunk, context, titles)
        self._tell_columns(columns, chunk)

    def _reader_of(
        self, columns: Columns, chunk: Chunk, context: Context, titles: Sequence[str]
    ) -> RowReader:
        sample = chunk.rows[max(0, columns.row - chunk.first_row + 1) :]
        merged = chunk.notes.get("merged", ())
        filler = Filler(columns, merged, chunk.first_column, sample)
        reader = RowReader(self, columns, chunk.sheet, context, filler, frozenset(titles))
        reader.first_column = chunk.first_column
        reader.is_1904 = bool(chunk.notes.get("is_1904"))
        return reader

    def _turn(self, reader: RowReader, number: int, chunk: Chunk) -> RowReader:
        """A second list with other columns below the first."""
        columns = reader.new_header
        assert columns is not None  # noqa: S101 - asked before
        rest = Chunk(
            chunk.sheet,
            chunk.is_hidden,
            number,
            chunk.first_column,
            chunk.rows[number - chunk.first_row :],
            chunk.notes,
        )
        turned = self._reader_of(columns, rest, reader.context, ())
        turned.take_notes_of(reader)
        return turned

    def _tell_columns(self, columns: Columns, chunk: Chunk) -> None:
        """What is odd about the sheet as a whole, at row 0."""
        for view in columns.views:
            if view.note:
                said = view.header or column_letter(view.place) + "列"
                self._tell(chunk.sheet, 0, view.note, said, place=view.place)
        notes = chunk.notes
        if hidden := [
            place
            for place in notes.get("hidden_columns", ())
            if place < len(columns.views) + chunk.first_column
        ]:
            self._tell(chunk.sheet, 0, "register.columns_hidden", count=len(hidden))
        if notes.get("has_filter") and any("hidden_rows" in key for key in notes):
            self._tell(chunk.sheet, 0, "register.rows_filtered")

    def _tell(
        self, sheet: str, row: int, code: str, column: str = "", *, place: int | None = None, **payload: Any
    ) -> None:
        self.checked.errors.append(RowError(sheet, row, column, code, tuple(payload.items()), place))

    # ---------- lines of a text ----------

    def _line(self, number: int, row: Sequence[Cell], code: str, reader: RowReader) -> bool:
        """What was found about a line of pasted text. True when it is no person."""
        if code in _COUNTS:
            self._tell(reader.sheet, number, _COUNTS[code])
            return False
        if code in _LINES:
            self._tell(reader.sheet, number, _LINES[code])
            if code != "example":
                self.checked.row_count += 1
                self.checked.rejected_count += 1
        elif code == "title":
            reader.hear_title(rules.text(row[0]))
        return True
