"""Rows gathered into messages, and numbers as cells carry them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

Cell = str | int | float | bool | None
Message = tuple[str, bool, int, int, list[list[Cell]], dict[str, Any]]
CHUNK_ROWS = 2000
GAP_ROWS = 50  # as many empty rows are sent along; more begin a new message
COLUMNS = 300  # of a sheet are read: no register is wider, and a cell at the far corner must cost nothing
EXACT = 10**15  # a spreadsheet keeps 15 digits; a longer whole number has lost its end
_EPOCH_1900, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet has no zone


def plain(cell: Any) -> Cell:
    """A value as readers of libraries give it."""
    if isinstance(cell, (str, bool)) or cell is None:
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell
    if isinstance(cell, int):
        return cell if abs(cell) < EXACT else float(cell)
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def number(written: str) -> Cell:
    """A number as a file writes it. 16 and more digits stay float: their end is lost."""
    if written.isdigit() and len(written) < 16:
        return int(written)
    try:
        return plain(float(written))
    except ValueError:
        return written


def day(serial: float, is_1904: bool) -> str | None:
    """The day or the moment that a day number means; None when it can be neither."""
    if not 0 <= serial < 2_958_466:
        return None
    if serial < 1 and not is_1904:
        return (_EPOCH_1900 + dt.timedelta(seconds=round(serial * 86_400))).time().isoformat()
    if serial < 60 and not is_1904:
        serial += 1  # the 29 February 1900 that spreadsheets believe in
    moment = (_EPOCH_1904 if is_1904 else _EPOCH_1900) + dt.timedelta(seconds=round(serial * 86_400))
    midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.date().isoformat() if midnight else moment.isoformat()


class Gathered:
    """The rows of one sheet, in messages of at most CHUNK_ROWS that follow each other without a gap."""

    def __init__(
        self, sheet: str, is_hidden: bool, about: dict[str, Any] | None = None, first_column: int = 0
    ) -> None:
        self.sheet, self.is_hidden, self.first_column = sheet, is_hidden, first_column
        self.first, self.rows = 1, list[list[Cell]]()
        self.notes: dict[str, Any] = {key: value for key, value in (about or {}).items() if value}
        self.is_sent = False

    def note(self, key: str, value: Any) -> None:
        self.notes.setdefault(key, []).append(value)

    def add(self, row_number: int, cells: list[Cell]) -> Iterator[Message]:
        """Rows must come in order; one that does not is put after the last."""
        row_number = max(row_number, self.first + len(self.rows))
        gap = row_number - self.first - len(self.rows)
        if not self.rows and not self.is_sent and gap <= GAP_ROWS:
            self.rows.extend([] for _ in range(gap))
        elif gap > GAP_ROWS or not self.rows:
            if self.rows:
                yield self._message()
            self.first = row_number
        else:
            self.rows.extend([] for _ in range(gap))
        self.rows.append(cells)
        if len(self.rows) >= CHUNK_ROWS:
            yield self._message()

    def _message(self) -> Message:
        message = (self.sheet, self.is_hidden, self.first, self.first_column, self.rows, self.notes)
        self.first, self.rows, self.notes, self.is_sent = self.first + len(self.rows), [], {}, True
        return message

    def rest(self) -> Iterator[Message]:
        """What is left; a sheet without rows is told as well."""
        if self.rows or self.notes or not self.is_sent:
            yield self._message()
