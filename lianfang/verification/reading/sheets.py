"""What reading gives: the sheets of a list with their columns and rows. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from lianfang.verification.rows import ListRow


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column as the sender wrote it. `place` counts from 0 at column A; `header` with its groups, joined by a dot.

    `field`: of `words.FIELDS`, or "" when it is not known. `is_certain`: named by its header, or by a person.
    `is_empty`: no row has anything in it, so that an answer may be written there.
    """

    place: int
    header: str
    field: str = ""
    is_certain: bool = True
    reason: str = "unknown"  # name, content, chosen, remembered, refused, unknown
    is_empty: bool = False
    samples: tuple[str, ...] = ()  # masked


@dataclass(frozen=True, slots=True)
class ListFinding:
    """What is odd about a sheet, or a line of it that is nobody's. `row` 0: the sheet as a whole."""

    sheet: str
    row: int
    code: str
    text: str = ""  # the line itself, where a person must read it


@dataclass(frozen=True, slots=True)
class ListSheet:
    """A sheet of the sender's file. `header_rows`: first and last row of the header as the spreadsheet counts, (0, 0)
    without one. `layout` is the same for sheets of the same headers. Every row of data is in `rows`."""

    name: str
    header_rows: tuple[int, int] = (0, 0)
    columns: tuple[ListColumn, ...] = ()
    rows: tuple[ListRow, ...] = ()
    layout: str = ""
    findings: tuple[ListFinding, ...] = ()
    is_hidden: bool = False
    last_row: int = 0  # of the sheet, sums and footers included
    headers_again: tuple[int, ...] = ()  # rows in which the header is printed again, page after page

    def column(self, name: str) -> ListColumn | None:
        """The first column of a field."""
        return next((each for each in self.columns if each.field == name), None)


@dataclass(frozen=True, slots=True)
class ListFile:
    sheets: tuple[ListSheet, ...] = ()
    findings: tuple[ListFinding, ...] = ()
    kind: str = "sheet"  # sheet, text: pasted from a chat

    @property
    def rows(self) -> list[ListRow]:
        """Of all sheets, in their order."""
        return [row for sheet in self.sheets for row in sheet.rows]


@dataclass(slots=True)
class Told:
    """Findings while a sheet is read."""

    sheet: str
    found: list[ListFinding] = field(default_factory=list)

    def tell(self, row: int, code: str, text: str = "") -> None:
        self.found.append(ListFinding(self.sheet, row, code, text))
