"""One worksheet's XML cut into rows, cells and what stands before and behind them, each with its place in the bytes.

Nothing is lost: whatever is not understood is still a slice of the original. Prefixes (<x:row>) are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from lianfang.core.workbooks.package import Package, damaged, is_plain, reaches_out, too_many_cells, unescaped

_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
LAST_ROW = 1_048_576  # of a sheet in any office program
# Formulas that send what stands in their cells over the network, or start a program: it would be residents' data.
_OUTWARD = re.compile(r"\b(?:WEBSERVICE|RTD|IMAGE|CALL|REGISTER\.ID|STOCKHISTORY)\s*\(|\|'", re.IGNORECASE)
KEPT_BLANK_ROWS = 3000  # formatted rows below the last written one; some templates have a million
# A county of 300 villages with 80 columns has 24,000. A small file can unpack to millions, 8 s and 300 MB of the server.
MOST_CELLS = 300_000


def column_number(letters: str) -> int:
    """A → 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def range_of(ref: str) -> tuple[int, int, int, int]:
    """B3:D4 → first row, first column, last row, last column."""
    first, _, last = ref.replace("$", "").partition(":")
    a, b = _REF.fullmatch(first), _REF.fullmatch(last or first)
    if not a or not b:
        raise ValueError(ref)
    return int(a[2]), column_number(a[1]), int(b[2]), column_number(b[1])


@dataclass(slots=True)
class CellPart:
    column: int
    style: str
    kind: str  # the t of the cell: s, str, inlineStr, b, e, n or ""
    start: int
    end: int
    value: str = ""  # of <v>, or the text of <is>
    formula: str | None = None
    formula_kind: str = ""  # shared, array, dataTable
    formula_range: str = ""
    shared_id: str = ""
    is_rich: bool = False


@dataclass(slots=True)
class RowPart:
    number: int
    attributes: dict[str, str]
    cells: list[CellPart] = field(default_factory=list)


@dataclass(slots=True)
class Element:
    """A child of the worksheet other than sheetData."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class SheetPart:
    raw: bytes
    prefix: str = ""
    data: tuple[int, int] = (0, 0)  # sheetData with its tags
    rows: list[RowPart] = field(default_factory=list)
    before: list[Element] = field(default_factory=list)
    after: list[Element] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    dropped_rows: int = 0  # formatted rows without content that were not kept

    def of(self, name: str) -> list[Element]:
        return [each for each in (*self.before, *self.after) if each.name == name]

    def bytes_of(self, element: Element) -> bytes:
        return self.raw[element.start : element.end]


def read_sheet(package: Package, part: str, name: str) -> SheetPart:
    raw = package.read(part)
    if not is_plain(raw):
        raise damaged(name)
    return _Cutter(raw, name).cut()


class _Cutter:
    def __init__(self, raw: bytes, name: str) -> None:
        self.raw, self.name = raw, name
        self.sheet = SheetPart(raw)
        self.depth = 0
        self.inside = False  # sheetData
        self.row: RowPart | None = None
        self.cell: CellPart | None = None
        self.text: list[str] | None = None
        self.element: Element | None = None
        self.is_spoken = 0
        self.cell_count = 0
        self.blank_rows = 0
        self.next_row = 1
        self.seen_data = False
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = False
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def cut(self) -> SheetPart:
        try:
            self.parser.Parse(self.raw, True)
        except (expat.ExpatError, ValueError) as broken:
            raise damaged(self.name) from broken
        if not self.seen_data:
            raise damaged(self.name)
        self._drop_tail()
        return self.sheet

    def _end_of_tag(self) -> int:
        match = _TAG.match(self.raw, self.parser.CurrentByteIndex)
        if match is None:
            raise ValueError("tag")
        return match.end()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        name = tag.rpartition(":")[2]
        at = self.parser.CurrentByteIndex
        if self.depth == 1:
            self.sheet.prefix = tag[: len(tag) - len(name)]
        elif self.depth == 2:
            end = self._end_of_tag()
            if name == "sheetData":
                self.inside = self.seen_data = True
                self.sheet.data = (at, end)
            else:
                self.element = Element(name, at, end)
        elif self.inside:
            self._start_inside(name, attributes, at)
        elif name == "mergeCell" and self.depth == 3:
            self.sheet.merges.append(attributes.get("ref", ""))

    def _start_inside(self, name: str, attributes: dict[str, str], at: int) -> None:
        if name == "row" and self.depth == 3:
            number = int(attributes.get("r") or self.next_row)
            if number > LAST_ROW:  # nothing can stand there, and every row up to it would be looked at
                raise ValueError(number)
            self.next_row = number + 1
            self.row = RowPart(number, attributes)
        elif name == "c" and self.row is not None and self.depth == 4:
            self._start_cell(self.row, attributes, at)
        elif self.cell is not None:
            if name in ("v", "t") and not self.is_spoken:
                self.text = []
            elif name == "f":
                self.text = []
                self.cell.formula_kind = attributes.get("t", "")
                self.cell.formula_range = attributes.get("ref", "")
                self.cell.shared_id = attributes.get("si", "")
            elif name == "rPh":
                self.is_spoken += 1
            elif name == "r":
                self.cell.is_rich = True

    def _start_cell(self, row: RowPart, attributes: dict[str, str], at: int) -> None:
        ref = attributes.get("r", "")
        match = _REF.fullmatch(ref)
        last = row.cells[-1].column if row.cells else 0
        column = column_number(match[1]) if match else last + 1
        end = self._end_of_tag()
        self.cell = CellPart(column, attributes.get("s", ""), attributes.get("t", ""), at, end)
        row.cells.append(self.cell)
        self.cell_count += 1
        if self.cell_count > MOST_CELLS:
            raise too_many_cells(self.name, MOST_CELLS)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if self.depth == 2:
            if self.inside:
                self.sheet.data = (self.sheet.data[0], self._close(self.sheet.data[1]))
                self.inside = False
            elif self.element is not None:
                self.element.end = self._close(self.element.end)
                (self.sheet.after if self.seen_data else self.sheet.before).append(self.element)
                self.element = None
        elif self.inside:
            self._end_inside(name)
        self.depth -= 1

    def _end_inside(self, name: str) -> None:
        if name == "row" and self.depth == 3 and self.row is not None:
            self._keep(self.row)
            self.row = None
        elif name == "c" and self.depth == 4 and self.cell is not None:
            self.cell.end = self._close(self.cell.end)
            self.cell = None
        elif self.cell is not None and self.text is not None and name in ("v", "t", "f"):
            said = "".join(self.text)
            if name == "f":
                if _OUTWARD.search(said):
                    raise reaches_out(self.name)
                self.cell.formula = said
            else:
                self.cell.value += unescaped(said) if name == "t" else said
            self.text = None
        elif name == "rPh":
            self.is_spoken -= 1

    def _close(self, tag_end: int) -> int:
        """Where the element ends that ends here, by where its first tag ends; an empty one is that tag."""
        if self.raw[tag_end - 2 : tag_end] == b"/>":
            return tag_end
        return self.raw.index(b">", self.parser.CurrentByteIndex) + 1

    def _keep(self, row: RowPart) -> None:
        is_blank = not any(cell.value or cell.formula is not None for cell in row.cells)
        self.blank_rows = self.blank_rows + 1 if is_blank else 0
        if self.blank_rows > KEPT_BLANK_ROWS:
            self.sheet.dropped_rows += 1
            self.cell_count -= len(row.cells)
        else:
            if self.sheet.dropped_rows and not is_blank:
                raise too_many_cells(self.name, MOST_CELLS)
            self.sheet.rows.append(row)

    def _drop_tail(self) -> None:
        numbers = [row.number for row in self.sheet.rows]
        if numbers != sorted(set(numbers)):
            raise damaged(self.name)

    def characters(self, said: str) -> None:
        if self.text is not None:
            self.text.append(said)
