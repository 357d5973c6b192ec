"""What was understood of a template. Rows and columns count from 1, as a spreadsheet shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from lianfang.core.letters import column_letter


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One thing that is asked in each row; of a `single` sheet, one cell that is asked once.

    `index` is the column of the cell to fill (of merged columns the first). `row` is 0 where every body row has such a
    cell; of a single sheet it is the row of the cell.
    """

    index: int
    path: tuple[str, ...]  # the header from the group down: ("今日", "排查户数"); never empty
    samples: tuple[str, ...] = ()  # what stands in examples and in rows that are filled already
    unit: str = ""  # 户, 人, %, 万元 … from brackets, a unit row or the header's end
    row: int = 0
    formula: str = ""  # the template's own formula in the first body row, without "="
    choices: tuple[str, ...] = ()  # of a drop-down list
    number_format: str = ""  # as the workbook writes it; "" is General
    place: str = (
        ""  # of a table with places side by side: whose cell it is (杨梅村); it stands in the path too
    )
    letters: str = ""  # 甲, 乙, 1, 2 … of the number row under the header

    @property
    def letter(self) -> str:
        return column_letter(self.index - 1)

    @property
    def label(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row that is named already: 杨梅村, with the group it stands in (司马冲镇) when the sheet says so."""

    row: int
    label: str
    within: str = ""
    cells: tuple[str, ...] = ()  # what the row says already, one text for each column of the sheet


@dataclass(frozen=True, slots=True)
class TotalRow:
    """合计 or 小计: the sum of body rows. `sums` are those rows; empty of a total over everything."""

    row: int
    label: str
    sums: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Blank:
    """Something to fill in around the table: 填报单位：____.

    `key`: unit, reporter, reviewer, head, phone, filled_on, as_of, year, or "" where the label is none of these.
    `row`, `column` are of the cell that takes the value; `is_inside` when it follows the label in the same cell.
    """

    label: str
    key: str
    row: int
    column: int
    is_inside: bool = True


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """One sheet. When `row_kind` is "" it is no table to fill (字典, 填写说明, empty) and `note` says why.

    `row_kind`: county, township, village, group, household, person: what one row is; single: a form, or indicators as rows.
    `body_rows` are the rows there are for filling, without totals above or below, example rows excluded; a listed body
    has its subtotals among them. More rows are inserted after the last of them.
    """

    name: str
    title: str = ""
    columns: tuple[TemplateColumn, ...] = ()
    header_rows: range = range(0)
    body_row: int = 0
    body_rows: range = range(0)
    row_kind: str = ""
    listed: tuple[Listed, ...] = ()
    example_rows: tuple[int, ...] = ()
    totals: tuple[TotalRow, ...] = ()
    footer_row: int | None = None  # the first row below the table that says something
    blanks: tuple[Blank, ...] = ()
    is_hidden: bool = False
    note: str = ""
    beside: str = ""  # what else stands on the sheet and is not read
    layout: str = ""  # the same for sheets with the same headers: under it a mapping can be remembered

    @property
    def is_fillable(self) -> bool:
        return bool(self.row_kind)

    @property
    def total_row(self) -> int | None:
        """Of the total over everything."""
        return next((total.row for total in self.totals if not total.sums), None)


@dataclass(frozen=True, slots=True)
class Template:
    sheets: tuple[TemplateSheet, ...]
    notes: tuple[str, ...] = field(
        default=()
    )  # what a person should know: hidden sheets, links to other files

    def sheet(self, name: str) -> TemplateSheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)
