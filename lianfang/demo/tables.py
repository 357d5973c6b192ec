"""Two tables of departments, as departments send them: one fills itself since this morning, one came ten minutes ago.

The civil affairs bureau's has a row a village and has been filled at 16:00 and 20:00. The education bureau's has a row
a township and waits for 周敏 to look at its columns; nobody has been asked for the stage of schooling yet.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from django.db import transaction
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.core.clock import at, frozen
from lianfang.core.scope import Scope, crossing, scoped
from lianfang.demo import places, story
from lianfang.reports.layouts import ConfirmedSheet
from lianfang.reports.models import DepartmentTable
from lianfang.reports.operations import fillings
from lianfang.reports.operations.tables import (
    Confirmation,
    approve_table,
    confirm_table,
    read_table,
    register_table,
)
from lianfang.reports.queries.tables import seen_sheets, template_of

DAY = dt.date(2026, 8, 7)
CIVIL_AFFAIRS = "市民政局"
NEEDS_AT, NEEDS_CONFIRMED, NEEDS_APPROVED = at(DAY, 9, 12), at(DAY, 9, 20), at(DAY, 9, 41)
NEEDS_HOURS = (16, 20)
NEEDS_END = dt.date(2026, 8, 17)  # with the emergency
PUPILS_AT = at(DAY, 20, 50)
NEEDS_FILE, PUPILS_FILE = "群众生活需求日报表.xlsx", "中小学生摸底及返乡情况统计表.xlsx"
# (header of the upper row, headers of the lower row)
Header = Sequence[tuple[str, tuple[str, ...]]]
NEEDS: Header = (
    ("序号", ()),
    ("乡镇（街道）", ()),
    ("村（社区）", ()),
    ("常住人口", ()),
    ("60岁以上", ()),
    ("排查户数", ("今日", "累计")),
    ("需要帮什么", ("药品", "生活物资", "照料", "就医接送")),
)
PUPILS: Header = (
    ("序号", ()),
    ("乡镇（街道）", ()),
    ("学段", ("小学", "初中", "高中")),
    ("外地返回人数", ("今日", "累计")),
    ("住校人数", ()),
)


def arrive(sweep: Round, cast: story.Cast) -> None:
    """Both, by the county's data officers. Needs the rounds with what happened at their doors."""
    county = Area.objects.get(code=places.COUNTY)
    _needs(county, sweep, cast)
    _receive(_pupils_book(county), PUPILS_FILE, county, PUPILS_AT, by=cast.second_data_officer)


def _receive(content: bytes, name: str, county: Area, moment: dt.datetime, *, by: int) -> DepartmentTable:
    with frozen(moment), scoped(Scope.over([county.path], actor_id=by)) as scope:
        table = register_table(content=content, name=name, area=county, scope=scope, by=by)
        return read_table(table_id=table.pk, scope=scope)


def _needs(county: Area, sweep: Round, cast: story.Cast) -> None:
    table = _receive(_needs_book(county), NEEDS_FILE, county, NEEDS_AT, by=cast.second_data_officer)
    with frozen(NEEDS_CONFIRMED), scoped(Scope.over([county.path], actor_id=cast.data_officer)) as scope:
        confirm_table(
            table_id=table.pk,
            said=Confirmation(
                title=table.title,
                department=CIVIL_AFFAIRS,
                purpose="civil_affairs",
                sheets=_as_proposed(scope, table),
                purpose_note="按村调配药品、生活物资和接送车辆",
                hours=[f"{hour:02}:00" for hour in NEEDS_HOURS],
                campaign_id=sweep.campaign_id,
            ),
            scope=scope,
            by=cast.data_officer,
        )
    with frozen(NEEDS_APPROVED), scoped(Scope.over([county.path], actor_id=cast.county_lead)) as scope:
        approve_table(table_id=table.pk, ends_on=NEEDS_END, scope=scope, by=cast.county_lead)
    for hour in NEEDS_HOURS:
        with frozen(at(DAY, hour)):
            _fill_due()


def _as_proposed(scope: Scope, table: DepartmentTable) -> list[ConfirmedSheet]:
    return [
        ConfirmedSheet(
            one.layout.name,
            one.layout.row_kind,
            tuple((one.layout.columns[found.column].path, found.meaning) for found in one.proposals),
        )
        for one in seen_sheets(template_of(scope, table))
        if one.layout.is_fillable
    ]


def _fill_due() -> None:
    """As the clock does it (reports/jobs.py)."""
    with transaction.atomic():
        begun = fillings.begin_due_fillings()
    for filling in begun:
        with crossing("demo.load", actor_id=None):
            fillings.make_filling(filling_id=filling.pk, scope=Scope.over([filling.area_path]))


# ---------- the files ----------


@dataclass(frozen=True, slots=True)
class _Look:
    """Formats of a department's table: a black grid, 宋体, a bold title."""

    title: Format
    head: Format
    cell: Format
    plain: Format


def _needs_book(county: Area) -> bytes:
    """A row a village, the township's name in one merged cell."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page, look = book.add_worksheet("日报"), _look(book)
    first = _begin(page, look, NEEDS, f"{county.name}群众生活需求日报表", "填报单位：")
    row = first
    villages: dict[str, list[str]] = {}
    for village in Area.objects.filter(level=Area.Level.VILLAGE).select_related("parent").order_by("path"):
        villages.setdefault(village.parent.name if village.parent else "", []).append(village.name)
    for township, names in villages.items():
        if len(names) > 1:
            page.merge_range(row, 1, row + len(names) - 1, 1, township, look.cell)
        else:
            page.write(row, 1, township, look.cell)
        for name in names:
            page.write(row, 0, row - first + 1, look.cell)
            page.write(row, 2, name, look.cell)
            _blank(page, look, row, 3, _width(NEEDS))
            row += 1
    _end(page, look, NEEDS, first, row, label_columns=3)
    book.close()
    return out.getvalue()


def _pupils_book(county: Area) -> bytes:
    """A row a township."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page, look = book.add_worksheet("统计表"), _look(book)
    first = _begin(page, look, PUPILS, f"{county.name}中小学生摸底及返乡情况统计表", "填报单位：")
    row = first
    for township in Area.objects.filter(level=Area.Level.TOWNSHIP).order_by("path"):
        page.write(row, 0, row - first + 1, look.cell)
        page.write(row, 1, township.name, look.cell)
        _blank(page, look, row, 2, _width(PUPILS))
        row += 1
    _end(page, look, PUPILS, first, row, label_columns=2)
    book.close()
    return out.getvalue()


def _look(book: xlsxwriter.Workbook) -> _Look:
    grid = {"border": 1, "align": "center", "valign": "vcenter", "font_name": "宋体", "font_size": 11}
    return _Look(
        book.add_format({"bold": True, "font_name": "宋体", "font_size": 18, "align": "center"}),
        book.add_format({**grid, "bold": True, "text_wrap": True}),
        book.add_format(grid),
        book.add_format({"font_name": "宋体", "font_size": 11}),
    )


def _width(header: Header) -> int:
    return sum(max(1, len(lower)) for _upper, lower in header)


def _begin(page: Worksheet, look: _Look, header: Header, title: str, unit: str) -> int:
    """Title, 填报单位 and 截至时间, two rows of header. Returns the first row below."""
    width = _width(header)
    page.merge_range(0, 0, 0, width - 1, title, look.title)
    page.write(1, 0, unit, look.plain)
    page.write(1, width - 3, "截至时间：", look.plain)
    column = 0
    for upper, lower in header:
        if not lower:
            page.merge_range(2, column, 3, column, upper, look.head)
        else:
            page.merge_range(2, column, 2, column + len(lower) - 1, upper, look.head)
            for place, name in enumerate(lower):
                page.write(3, column + place, name, look.head)
        column += max(1, len(lower))
    page.set_row(0, 30)
    page.set_column(0, 0, 6)
    page.set_column(1, 2, 15)
    page.set_column(3, width - 1, 10)
    page.freeze_panes(4, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(2, 3)
    return 4


def _blank(page: Worksheet, look: _Look, row: int, begin: int, end: int) -> None:
    for column in range(begin, end):
        page.write_blank(row, column, None, look.cell)


def _end(page: Worksheet, look: _Look, header: Header, first: int, row: int, *, label_columns: int) -> None:
    """The totals, which the template adds up itself, and who signs."""
    page.merge_range(row, 0, row, label_columns - 1, "合计", look.head)
    for column in range(label_columns, _width(header)):
        letter = chr(ord("A") + column)
        page.write_formula(row, column, f"=SUM({letter}{first + 1}:{letter}{row})", look.cell)
    page.write(row + 1, 0, "填表人：", look.plain)
    page.write(row + 1, 3, "审核人：", look.plain)
    page.write(row + 1, 5, "联系电话：", look.plain)
