"""A sheet as somebody sees it: what each cell says, which belong together, which have a frame."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lianfang.core.workbooks.package import Package, Style, text_of
from lianfang.reports.tables.sheet_part import SheetPart, range_of

_SPACES = re.compile(r"\s+")
_SHOWN_COLUMNS = 400  # beyond, only frames and colours of people who marked whole rows
_PLAIN = Style(False, False, "", False)
_DATE = re.compile(r"[ymd年月日]", re.IGNORECASE)
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]|General', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Merge:
    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def width(self) -> int:
        return self.last_column - self.first_column + 1

    @property
    def height(self) -> int:
        return self.last_row - self.first_row + 1


@dataclass(slots=True)
class Said:
    """A cell with something in it, or with a style."""

    text: str  # as shown, with its spaces
    formula: str | None
    style: Style
    is_number: bool = False


@dataclass
class Grid:
    cells: dict[tuple[int, int], Said] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    last_row: int = 0  # with content or a frame
    last_column: int = 0  # with content
    last_framed: int = 0  # column with a frame
    _merge_at: dict[tuple[int, int], Merge] = field(default_factory=dict)

    def text(self, row: int, column: int) -> str:
        """Folded: no spaces, half-width digits and letters."""
        said = self.cells.get((row, column))
        return folded(said.text) if said else ""

    def raw(self, row: int, column: int) -> str:
        said = self.cells.get((row, column))
        return said.text if said else ""

    def said(self, row: int, column: int) -> Said | None:
        return self.cells.get((row, column))

    def merge(self, row: int, column: int) -> Merge | None:
        return self._merge_at.get((row, column))

    def is_covered(self, row: int, column: int) -> bool:
        """Hidden behind a merged cell that starts elsewhere."""
        found = self.merge(row, column)
        return found is not None and (found.first_row, found.first_column) != (row, column)

    def shown(self, row: int, column: int) -> str:
        """Of merged cells the text of the whole."""
        found = self.merge(row, column)
        return self.text(found.first_row, found.first_column) if found else self.text(row, column)

    def texts(self, row: int) -> list[tuple[int, str]]:
        return [
            (column, said) for column in range(1, self.last_column + 1) if (said := self.text(row, column))
        ]

    def has_border(self, row: int, column: int) -> bool:
        said = self.cells.get((row, column))
        return said is not None and said.style.has_border

    def border_share(self, row: int, first: int, last: int) -> float:
        count = last - first + 1
        return (
            sum(self.has_border(row, column) for column in range(first, last + 1)) / count if count else 0.0
        )

    def is_blank_row(self, row: int) -> bool:
        return not any(self.text(row, column) for column in range(1, self.last_column + 1))

    def rows(self) -> Iterator[int]:
        return iter(range(1, self.last_row + 1))


def folded(text: str) -> str:
    """One line, without spaces: 填 报\n单位 → 填报单位. Signs that look alike are one."""
    plain = unicodedata.normalize("NFKC", text)
    return _SPACES.sub("", plain).replace("\u200b", "").replace("\ufeff", "")


def grid_of(package: Package, part: SheetPart) -> Grid:
    grid = Grid()
    styles = package.styles
    strings = [text_of(item) for item in package.strings]
    for row in part.rows:
        for cell in row.cells:
            if cell.column > _SHOWN_COLUMNS:
                continue
            at = int(cell.style or row.attributes.get("s") or 0)
            style = styles[at] if at < len(styles) else _PLAIN
            text, is_number = _shown(cell.kind, cell.value, strings, style, package.is_1904)
            if not text and cell.formula is None and style is _PLAIN:
                continue
            grid.cells[row.number, cell.column] = Said(text, cell.formula, style, is_number)
            if text.strip() or cell.formula is not None:
                grid.last_column = max(grid.last_column, cell.column)
                grid.last_row = max(grid.last_row, row.number)
            if style.has_border:
                grid.last_row = max(grid.last_row, row.number)
                grid.last_framed = max(grid.last_framed, cell.column)
    for ref in part.merges:
        try:
            merge = Merge(*_as_merge(ref))
        except ValueError:
            continue
        if merge.width * merge.height > 20_000 or merge.first_column > _SHOWN_COLUMNS:
            continue
        grid.merges.append(merge)
        for r in range(merge.first_row, merge.last_row + 1):
            for c in range(merge.first_column, merge.last_column + 1):
                grid._merge_at[r, c] = merge
    return grid


def _as_merge(ref: str) -> tuple[int, int, int, int]:
    first_row, first_column, last_row, last_column = range_of(ref)
    return first_row, first_column, last_row, last_column


def _shown(kind: str, value: str, strings: list[str], style: Style, is_1904: bool) -> tuple[str, bool]:
    if not value:
        return "", False
    if kind == "s":
        at = int(value) if value.isdigit() else -1
        return (strings[at] if 0 <= at < len(strings) else ""), False
    if kind in ("str", "inlineStr", "e", "d"):
        return value, False
    if kind == "b":
        return ("TRUE" if value == "1" else "FALSE"), False
    return _number(value, style.number_format, is_1904), True


def _number(value: str, number_format: str, is_1904: bool) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    if is_date_format(number_format) and 0 < number < 2_958_466:
        start = dt.date(1904, 1, 1) if is_1904 else dt.date(1899, 12, 30)
        return (start + dt.timedelta(days=int(number))).isoformat()
    if "%" in number_format:
        return f"{number * 100:.10g}%"
    return str(int(number)) if number == int(number) and abs(number) < 1e17 else value


def is_date_format(number_format: str) -> bool:
    return bool(_DATE.search(_NOT_FORMAT.sub("", number_format.partition(";")[0]))) or (
        "年" in number_format and "月" in number_format
    )
