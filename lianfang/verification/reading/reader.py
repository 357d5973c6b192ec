"""A list as a file or as pasted text, sheet by sheet. Rows in are rows out: what is nobody's row is told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lianfang.core.clock import today as present_day
from lianfang.core.scratch import scratch
from lianfang.core.sheets import Chunk, chunks
from lianfang.register import rules
from lianfang.register.checking.context import is_example, is_footer, is_sum, is_title, written
from lianfang.register.columns import Choices, plain_header
from lianfang.register.rules import Cell
from lianfang.verification.reading.chains import Chain
from lianfang.verification.reading.columns import ListHeader, recognise
from lianfang.verification.reading.people import PersonReader
from lianfang.verification.reading.sheets import ListColumn, ListFile, ListFinding, ListSheet, Told
from lianfang.verification.reading.words import OF_A_PERSON, field_of_word
from lianfang.verification.rows import ListRow

PASTED = "粘贴的文字"  # the name of the one sheet of a pasted text
# Of what is said once for the rows below it, by a merged cell or by 同上; never of a name, an id or a phone.
_FILLED = (
    *(
        "county",
        "town_said",
        "village_said",
        "town_village",
        "group",
        "estate",
        "building",
        "unit",
        "address",
    ),
    *("registered_place", "came_from", "came_on", "came_by"),
)
_HEADERS = 3  # known words in a row make it a header
_SECTION = re.compile(
    r".{1,20}(?:镇|乡|街道|办事处|村|社区|居委会)|第?[\d一二三四五六七八九十]{1,3}[村居]?民?小?组"
)
_COUNTED = re.compile(r"[(（]?(?:共|计|合计)?\s*\d+\s*[人户口名条].*$|^[一二三四五六七八九十\d]{1,3}[、.．]")
_MARKS = {"repeat": "verification.line_repeat", "gap": "verification.line_gap"}


def read(path: Path, *, chosen: Choices | None = None, today: dt.date | None = None) -> ListFile:
    """A file of any kind the register can read. `chosen`: what a person said of its sheets and columns (fields of
    `words.FIELDS`). `today`: the day about which the list speaks. Raises `register.file_unreadable`."""
    readers = dict.fromkeys(_taking(path, chosen or Choices(), today or present_day()))
    sheets = tuple(reader.sheet() for reader in readers)
    findings = [each for sheet in sheets for each in sheet.findings if each.row == 0]
    if not any(sheet.rows for sheet in sheets):
        findings.append(ListFinding("", 0, "verification.list_empty"))
    is_text = any(reader.is_text for reader in readers)
    return ListFile(sheets, tuple(findings), "text" if is_text else "sheet")


def rows_of(
    path: Path, *, chosen: Choices | None = None, today: dt.date | None = None
) -> Iterator[Sequence[ListRow]]:
    """The rows alone, as they are read, in the order of the file. Of lines of a chat a later one may correct an earlier:
    they come at the end. Raises `register.file_unreadable`."""
    told: dict[_SheetReader, int] = {}
    for reader in _taking(path, chosen or Choices(), today or present_day()):
        if not reader.is_text:
            yield reader.rows[told.get(reader, 0) :]
        told[reader] = len(reader.rows)
    for reader in told:
        if reader.is_text:
            yield reader.sheet().rows


def _taking(path: Path, chosen: Choices, today: dt.date) -> Iterator[_SheetReader]:
    """The reader of a sheet each time that it has taken some rows of it."""
    readers: dict[str, _SheetReader] = {}
    for chunk in chunks(path):
        if chunk.sheet not in readers:
            readers[chunk.sheet] = _SheetReader(chunk, chosen, today)
        readers[chunk.sheet].take(chunk)
        yield readers[chunk.sheet]


def read_text(text: str, *, chosen: Choices | None = None, today: dt.date | None = None) -> ListFile:
    """Lines pasted from a chat, or cells pasted from a spreadsheet."""
    with scratch() as folder:
        path = folder / f"{PASTED}.txt"
        path.write_text(text, encoding="utf-8-sig")
        found = read(path, chosen=chosen, today=today)
    return replace(found, kind="text")


class _SheetReader:
    def __init__(self, first: Chunk, said: Choices, today: dt.date) -> None:
        self.name, self.is_hidden, self.today = first.sheet, first.is_hidden, today
        self.told = Told(first.sheet)
        self.rows: list[ListRow] = []
        self.is_text = "header" in first.notes or "lines" in first.notes
        self.chain = Chain(self.told, today)
        self.is_left_out = not said.is_taken(first.sheet, first.is_hidden)
        self.header: ListHeader | None = None
        self.last_row = 0
        self.headers_again: list[int] = []
        self.written: set[int] = set()  # columns in which some row of data has something
        if not self.is_left_out:
            self._begin(first, said)

    def _begin(self, chunk: Chunk, said: Choices) -> None:
        rows, first_row = chunk.rows, chunk.first_row
        if given := chunk.notes.get("header"):
            told = {number for number, code in chunk.notes.get("lines", ()) if code not in _MARKS}
            people = [row for number, row in enumerate(rows, first_row) if number not in told]
            rows, first_row = [given, *people], first_row - 1
        self.first_column = chunk.first_column
        self.merged = [(a, b, c, d) for a, b, c, d in chunk.notes.get("merged", ())[:5000]]
        self.header = recognise(
            rows,
            first_row,
            first_column=chunk.first_column,
            merged=self.merged,
            chosen=said.sheets.get(chunk.sheet),
            chosen_as=said.reason,
        )
        if self.header is None:
            return
        has_rows = self.header.last >= 0 and not given
        self.header_rows = (
            (first_row + self.header.first, first_row + self.header.last) if has_rows else (0, 0)
        )
        self.begin = self.header_rows[1]
        self.is_1904 = bool(chunk.notes.get("is_1904"))
        self._use(self.header)
        for column in self.header.columns:
            if column.reason == "refused":
                self.told.tell(0, "verification.column_refused", column.header)
        if chunk.notes.get("hidden_columns"):
            self.told.tell(0, "verification.columns_hidden")

    def _use(self, header: ListHeader) -> None:
        self.person = PersonReader(header, self.name, self.today, is_1904=self.is_1904)
        self.filled = [place for name in _FILLED for place in header.at.get(name, ())]
        self.covered = self._covered()
        self.numbers_at = [place for name in ("id_number", "phones") for place in header.at.get(name, ())]
        self.above: Sequence[Cell] = ()
        self.section = ""
        self.words = {plain_header(cell) for cell in header.words if isinstance(cell, str)} - {""}

    def _covered(self) -> dict[int, set[int]]:
        """row → places that lie in a merged cell which begins further up."""
        found: dict[int, set[int]] = {}
        for top, left, bottom, _ in self.merged:
            place = left - self.first_column
            if place in self.filled and bottom > top > self.begin:
                for row in range(top + 1, min(bottom, top + 5000) + 1):
                    found.setdefault(row, set()).add(place)
        return found

    # ---------- rows ----------

    def take(self, chunk: Chunk) -> None:
        self.last_row = max(self.last_row, chunk.first_row + len(chunk.rows) - 1)
        if self.is_left_out or self.header is None:
            return
        marks = _marks_of(chunk.notes)
        lines: dict[int, list[str]] = {}
        for number, code in chunk.notes.get("lines", ()):
            lines.setdefault(number, []).append(code)
        struck = dict.fromkeys(cell for cell in map(tuple, chunk.notes.get("struck_cells", ())))
        for number, row in enumerate(chunk.rows, chunk.first_row):
            if number <= self.begin or not any(row):
                continue
            if struck:
                row = [None if (number, place) in struck else cell for place, cell in enumerate(row)]
            if number in lines and self._is_told(number, row, lines[number]):
                continue
            self._row(
                number, row, marks.get(number, []) + [_MARKS[c] for c in lines.get(number, ()) if c in _MARKS]
            )

    def _is_told(self, number: int, row: Sequence[Cell], codes: Sequence[str]) -> bool:
        """Lines of a chat that are nobody's."""
        code = next((code for code in codes if code not in _MARKS), None)
        if code is None:
            return False
        text = rules.text(row[0])
        if code == "correction":
            self.chain.correct(number, text)
        else:
            self.told.tell(number, f"verification.line_{code}", text)
        return True

    def _row(self, number: int, row: list[Cell], marks: list[str]) -> None:
        cells = written(row)
        if not cells or self._is_nobody(number, row, cells):
            return
        self.written.update(place + self.first_column for place, _ in cells)
        filled = self._from_above(number, row)
        self.above = filled
        found = self.person.read(number, filled, marks)
        if filled is not row:
            found = replace(found, cells=self.person.cells_of(row))
        if self.section and not (found.town_said or found.village_said or found.address):
            found = _in_section(found, self.section)
        kept = self.chain.person(found, self._place_of_count(row)) if self.is_text else found
        if kept is not None:
            self.rows.append(kept)

    def _place_of_count(self, row: Sequence[Cell]) -> str:
        return rules.text(row[0]) if row else ""

    def _from_above(self, number: int, row: list[Cell]) -> list[Cell]:
        covered = self.covered.get(number, ())
        filled = row
        for place in self.filled:
            if place >= len(row) and place not in covered:
                continue
            cell = row[place] if place < len(row) else None
            if rules.is_ditto(cell) or (place in covered and cell in (None, "")):
                if filled is row:
                    filled = [*row, *[None] * (max(self.filled) + 1 - len(row))]
                filled[place] = self.above[place] if place < len(self.above) else None
        return filled

    # ---------- rows that are nobody's ----------

    def _is_nobody(self, number: int, row: list[Cell], cells: list[tuple[int, Cell]]) -> bool:
        if self._is_surely_somebody(row, cells):
            return False
        if self._is_header_again(number, row):
            self.headers_again.append(number)
            return True
        place, first = cells[0]
        header = self.header
        assert header is not None  # noqa: S101 - rows are read below a header only
        own = [row[at] for name in OF_A_PERSON for at in header.at.get(name, ()) if at < len(row)]
        own = [cell for cell in own if cell not in (None, "")]
        if is_sum(first) or any(is_sum(cell) for cell in own):
            return True
        if any(is_example(cell) for _, cell in cells[:2]):
            self.told.tell(number, "verification.line_example", rules.text(first))
            return True
        if len(cells) <= 2 and is_footer(first) and not self._has_number(own):
            return True
        if is_footer(first) and place not in {at for places in header.at.values() for at in places}:
            return True
        if is_footer(first) and ":" in rules.text(first):
            return True
        if not own and all(_is_ordinal(cell) for _, cell in cells):
            return True  # numbered in advance, and nobody on it
        return len(cells) == 1 and self._is_loose(number, place, first, own)

    def _is_surely_somebody(self, row: list[Cell], cells: list[tuple[int, Cell]]) -> bool:
        """Quick, since most rows are so: an id or a phone where it belongs, and a row that begins as no footer does."""
        first = cells[0][1]
        if isinstance(first, str) and (is_footer(first) or is_example(first) or is_sum(first)):
            return False
        if len(cells) > 1 and is_example(cells[1][1]):
            return False
        for place in self.numbers_at:
            cell = row[place] if place < len(row) else None
            if type(cell) is str and len(cell) >= 11 and cell[:10].isdigit():
                return True
        return False

    def _is_loose(self, number: int, place: int, cell: Cell, own: Sequence[Cell]) -> bool:
        """A line of words alone: a title, a part of the list, a note."""
        if not isinstance(cell, str) or self.is_text:
            return False
        text = rules.text(cell)
        name_at = self.header.at.get("name", (-1,))[0] if self.header else -1
        if place == name_at and len(text) <= 4 and not _SECTION.fullmatch(text):
            return False
        if is_title(cell):
            self.told.tell(number, "verification.line_title", text)
            return True
        section = _COUNTED.sub("", text.strip("【】[]「」《》()（）:： "))
        if _SECTION.fullmatch(section) and (place == 0 or not own):
            self.section = section
            self.told.tell(number, "verification.line_section", text)
            return True
        if self._has_number([cell]) or (own and len(text) <= 4):
            return False
        self.told.tell(number, "verification.line_note", text)
        return True

    @staticmethod
    def _has_number(cells: Sequence[Cell]) -> bool:
        return any(sum(map(str.isdigit, rules.text(cell))) >= 7 for cell in cells)

    def _is_header_again(self, number: int, row: list[Cell]) -> bool:
        """Printed again on the next page, or of a second list whose columns stand in another order."""
        plain = {
            word for cell in row if isinstance(cell, str) and len(cell) < 30 and (word := plain_header(cell))
        }
        if len(plain) < 2:
            return False
        if plain <= self.words:
            if len(plain) * 3 < len(self.words) * 2 and not self._is_in_place(row):
                return self._turn(number, row)
            return self._turn(number, row) if not self._is_in_place(row) else True
        known = {field for word in plain if (field := field_of_word(word))}
        if len(known) < _HEADERS or not known & set(OF_A_PERSON) or len(known) * 2 < len(plain):
            return False
        return self._turn(number, row)

    def _is_in_place(self, row: Sequence[Cell]) -> bool:
        header = self.header
        return header is not None and all(
            cell in (None, "")
            or (place < len(header.words) and " ".join(str(cell).split()) == header.words[place])
            for place, cell in enumerate(row)
        )

    def _turn(self, number: int, row: list[Cell]) -> bool:
        found = recognise([row], number, first_column=self.first_column)
        if found is None or found.last < 0:
            return False
        if self.header is not None and found.at != self.header.at:
            self._use(found)
            self.told.tell(number, "verification.header_again", "")
        return True

    # ---------- the end ----------

    def _columns(self, header: ListHeader) -> Iterator[ListColumn]:
        """Whether a column is empty is said of all rows, not of the first hundreds."""
        for column in header.columns:
            yield replace(column, is_empty=column.place not in self.written)

    def sheet(self) -> ListSheet:
        if self.is_text:
            self.rows = self.chain.corrected(self.rows, self.name)
        header = self.header
        if header is None:
            code = "verification.sheet_left_out" if self.is_left_out else "verification.sheet_unread"
            if self.last_row and (not self.is_left_out or self.is_hidden):
                self.told.tell(0, code)
            return ListSheet(
                self.name, findings=tuple(self.told.found), is_hidden=self.is_hidden, last_row=self.last_row
            )
        return ListSheet(
            name=self.name,
            header_rows=self.header_rows,
            columns=tuple(self._columns(header)),
            rows=tuple(self.rows),
            headers_again=tuple(self.headers_again),
            layout=header.layout,
            findings=tuple(self.told.found),
            is_hidden=self.is_hidden,
            last_row=self.last_row,
        )


def _marks_of(notes: dict[str, Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, code in (("hidden_rows", "verification.row_hidden"), ("struck_rows", "verification.row_struck")):
        for row in notes.get(key, ()):
            found.setdefault(row, []).append(code)
    for row, _ in notes.get("no_value", ()):
        found.setdefault(row, []).append("register.formula_empty")
    return found


def _in_section(row: ListRow, section: str) -> ListRow:
    is_village = section.endswith(("村", "社区", "居委会", "组"))
    return replace(row, village_said=section) if is_village else replace(row, town_said=section)


def _is_ordinal(cell: Cell) -> bool:
    text = rules.text(cell)
    return text.isdecimal() and len(text) < 6
