"""日报表: two header rows with merged 今日/累计 pairs, a row for each area below, 合计. What nobody collected yet says so.

Columns follow the daily table that townships send up. A cell is a number, 未报 (nobody signed and nothing came in) or
未采集 (no form asks it yet); none of the last two is ever a zero.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from lianfang.areas.models import Area
from lianfang.campaigns.queries.targets import TargetRow
from lianfang.core.desk_format import table_time
from lianfang.reports import wording
from lianfang.reports.queries.day import NO_WORK

FIRST_ROW = 5  # of the areas, counted from 0
PAIRS_A_PAGE = 8
NOT_A_SUM = frozenset({"workers"})  # one worker may have been in two villages


def columns() -> list[tuple[str, str, str]]:
    """(group, name, key of the day's work or '') of every pair, those with figures first."""
    return [
        (_("入户排查"), _("排查户数"), "households"),
        (_("入户排查"), _("排查人数"), "people"),
        (_("入户排查"), _("上门次数"), "visits"),
        (_("入户排查"), _("没人应门"), "nobody_home"),
        (_("来返人员"), _("外地回来"), "returned"),
        (_("来返人员"), _("其中湖北"), ""),
        (_("来返人员"), _("其中中高风险"), ""),
        (_("来返人员"), _("其中境外"), ""),
        (_("人员投入"), _("上门人员"), "workers"),
        (_("督查"), _("抽查户数"), "rechecked"),
        (_("督查"), _("问责"), ""),
        (_("管控"), _("密接"), ""),
        (_("管控"), _("次密接"), ""),
        (_("管控"), _("集中隔离"), ""),
        (_("管控"), _("居家隔离"), ""),
        (_("管控"), _("解除"), ""),
        (_("管控"), _("异常"), ""),
        (_("核酸"), _("采样"), ""),
        (_("核酸"), _("出结果"), ""),
        (_("疫苗"), _("目标"), ""),
        (_("疫苗"), _("完成"), ""),
        (_("疫苗"), _("完成率"), ""),
        (_("卡口"), _("车辆"), ""),
        (_("卡口"), _("人员"), ""),
        (_("卡口"), _("劝返"), ""),
        (_("消杀"), _("面积"), ""),
        (_("消杀"), _("人次"), ""),
        (_("宣传"), _("宣传单"), ""),
        (_("宣传"), _("广播"), ""),
        (_("物资"), _("收"), ""),
        (_("物资"), _("发"), ""),
        (_("物资"), _("存"), ""),
    ]


def day_sheet_file(
    area: Area,
    work: str,
    rows: Sequence[Mapping[str, Any]],
    whole: Mapping[str, Sequence[int]],
    *,
    filled_by: str,
    checked_by: str,
    as_of: dt.datetime,
    revision: int | None,
) -> bytes:
    """`rows`: as a signature freezes them: name, is_rest, is_signed, equation, work. `whole`: the area's own work.
    `revision`: None while nobody has signed."""
    book, buffer = _book()
    sheet = book.add_worksheet(_("日报表"))
    styles = _styles(book)
    pairs = columns()
    _heading(
        sheet,
        styles,
        (area.name, work),
        filled_by=filled_by,
        checked_by=checked_by,
        as_of=as_of,
        revision=revision,
    )
    _header(sheet, styles, pairs)
    for number, row in enumerate(rows):
        _line(sheet, styles, FIRST_ROW + number, row, pairs)
    _sum(sheet, styles, FIRST_ROW + len(rows), len(rows), pairs, rows, whole)
    foot = FIRST_ROW + len(rows) + 1
    sheet.write_string(
        foot,
        1,
        _(
            "口径：排查户数为当天成为已排查的户；未报＝没有结账也没有收到记录，不按零计；未采集＝还没有表问这一项。"
        ),
        styles["note"],
    )
    _print_setup(sheet, pairs, foot)
    book.close()
    return buffer.getvalue()


def _book() -> tuple[Any, io.BytesIO]:
    buffer = io.BytesIO()
    # Text stays text: an area called "=1" must not become a formula.
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    return book, buffer


def _styles(book: Any) -> dict[str, Any]:
    frame = {"border": 1, "font_size": 9, "valign": "vcenter"}
    return {
        "title": book.add_format({"bold": True, "font_size": 15}),
        "note": book.add_format({"font_size": 9, "font_color": "#43525d"}),
        "head": book.add_format({**frame, "bold": True, "align": "center", "text_wrap": True}),
        "name": book.add_format({**frame, "bold": True}),
        "text": book.add_format({**frame, "align": "center"}),
        "number": book.add_format({**frame, "num_format": "#,##0", "align": "right"}),
        "none": book.add_format({**frame, "align": "center", "font_color": "#5f6d77", "font_size": 8}),
        "sum": book.add_format({**frame, "bold": True, "num_format": "#,##0", "align": "right", "top": 2}),
        "sum_name": book.add_format({**frame, "bold": True, "top": 2}),
    }


def _heading(
    sheet: Any,
    styles: Mapping[str, Any],
    what: tuple[str, str],
    *,
    filled_by: str,
    checked_by: str,
    as_of: dt.datetime,
    revision: int | None,
) -> None:
    area, work = what
    sheet.write_string(0, 1, _("%(area)s疫情防控日报表") % {"area": area}, styles["title"])
    signed = (
        _("未签字")
        if revision is None
        else _("已签字")
        if revision == 0
        else _("已签字，第%(number)d次修订") % {"number": revision}
    )
    said = [
        _("填报单位：%(area)s") % {"area": area},
        _("任务：%(work)s") % {"work": work},
        _("填报人：%(name)s") % {"name": filled_by},
        _("审核人：%(name)s") % {"name": checked_by or _("（未签）")},
        _("截至时间：%(time)s") % {"time": table_time(as_of)},
        signed,
    ]
    sheet.write_string(1, 1, "　".join(said), styles["note"])


def _header(sheet: Any, styles: Mapping[str, Any], pairs: Sequence[tuple[str, str, str]]) -> None:
    """Two rows that are read as one: what, then 今日 and 累计 below it."""
    head = styles["head"]
    sheet.set_row(2, 4)
    for column, name in enumerate((_("辖区"), _("结账"), _("应排查"), _("已排查"))):
        sheet.merge_range(3, column, 4, column, name, head)
    for number, (_group, name, _key) in enumerate(pairs):
        first = 4 + 2 * number
        sheet.merge_range(3, first, 3, first + 1, name, head)
        sheet.write_string(4, first, _("今日"), head)
        sheet.write_string(4, first + 1, _("累计"), head)
    sheet.set_row(3, 26)


def _line(
    sheet: Any,
    styles: Mapping[str, Any],
    at: int,
    row: Mapping[str, Any],
    pairs: Sequence[tuple[str, str, str]],
) -> None:
    name = _("%(area)s直属") % {"area": row["name"]} if row["is_rest"] else row["name"]
    sheet.write_string(at, 0, name, styles["name"])
    signed = "" if row["is_rest"] else _("已签") if row["is_signed"] else _("未报")
    sheet.write_string(at, 1, signed, styles["text"])
    counts = row["equation"]
    sheet.write_number(at, 2, counts["due"], styles["number"])
    sheet.write_number(at, 3, counts["done"], styles["number"])
    work = row["work"] or NO_WORK
    for number, (_group, _name, key) in enumerate(pairs):
        for side in (0, 1):
            column = 4 + 2 * number + side
            if not key:
                sheet.write_string(at, column, _("未采集"), styles["none"])
            elif not row["is_signed"] and work["visits"][side] == 0:
                sheet.write_string(at, column, _("未报"), styles["none"])
            else:
                sheet.write_number(at, column, work[key][side], styles["number"])


def _sum(
    sheet: Any,
    styles: Mapping[str, Any],
    at: int,
    count: int,
    pairs: Sequence[tuple[str, str, str]],
    rows: Sequence[Mapping[str, Any]],
    whole: Mapping[str, Sequence[int]],
) -> None:
    """合计 as formulas, so that whoever checks the sheet can see what is added. With their results stored."""
    sheet.write_string(at, 0, _("合计"), styles["sum_name"])
    sheet.write_string(at, 1, "", styles["sum_name"])
    equations = [row["equation"] for row in rows]

    def add(column: int, value: int) -> None:
        span = f"{xl_rowcol_to_cell(FIRST_ROW, column)}:{xl_rowcol_to_cell(FIRST_ROW + count - 1, column)}"
        sheet.write_formula(at, column, f"=SUM({span})", styles["sum"], value)

    add(2, sum(one["due"] for one in equations))
    add(3, sum(one["done"] for one in equations))
    for number, (_group, _name, key) in enumerate(pairs):
        for side in (0, 1):
            column = 4 + 2 * number + side
            if not key:
                sheet.write_string(at, column, _("未采集"), styles["none"])
            elif key in NOT_A_SUM:
                sheet.write_number(at, column, whole[key][side], styles["sum"])
            else:
                add(column, sum((row["work"] or NO_WORK)[key][side] for row in rows))


def _print_setup(sheet: Any, pairs: Sequence[tuple[str, str, str]], last_row: int) -> None:
    """A4 across; the names of the areas and both header rows on every page, whole pairs only."""
    sheet.set_column(0, 0, 15)
    sheet.set_column(1, 3, 7.5)
    sheet.set_column(4, 3 + 2 * len(pairs), 5.6)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(3, 4)
    sheet.repeat_columns(0, 0)  # so the title stands in the second column: it would be repeated, and cut
    pages = -(-len(pairs) // PAIRS_A_PAGE)
    sheet.set_v_pagebreaks([4 + 2 * PAIRS_A_PAGE * (page + 1) for page in range(pages - 1)])
    sheet.set_print_scale(78)
    sheet.print_across()
    sheet.print_area(f"A1:{xl_col_to_name(3 + 2 * len(pairs))}{last_row + 1}")
    sheet.set_footer("&C&P / &N")


def mop_up_file(
    area: Area, work: str, parts: Iterable[Mapping[str, Any]], rows: Sequence[TargetRow], now: dt.datetime
) -> bytes:
    """明日补漏: by area with how to go and who answers, and door by door in walking order. No id, no phone."""
    book, buffer = _book()
    styles = _styles(book)
    sheet = book.add_worksheet(_("按辖区"))
    said = _("%(area)s 明日补漏 %(work)s（截至%(time)s）") % {
        "area": area.name,
        "work": work,
        "time": table_time(now),
    }
    heads = [_("辖区"), _("待排查"), _("未见到"), _("合计"), _("怎么去"), _("责任人")]
    lines: list[list[Any]] = [
        [part["name"], part["open"], part["not_met"], part["missing"], part["ways"], _who(part["answering"])]
        for part in parts
    ]
    _list(sheet, styles, said, heads, lines, (18, 9, 9, 9, 32, 14))
    doors = book.add_worksheet(_("按门"))
    heads = [
        _("村、社区"),
        _("门"),
        _("户主"),
        _("人数"),
        _("状态"),
        _("情况"),
        _("责任人"),
        _("截止"),
        _("明天结果"),
    ]
    lines = [
        [
            row.village,
            row.where,
            row.name,
            row.people_count,
            wording.show_word("overdue" if row.is_overdue else row.state),
            wording.row_note(row, now),
            row.worker_name,
            table_time(row.due_at),
            "",
        ]
        for row in rows
    ]
    _list(doors, styles, said + _("，仅限本辖区工作使用"), heads, lines, (13, 22, 10, 6, 9, 36, 10, 16, 16))
    book.close()
    return buffer.getvalue()


def _who(answering: Any) -> str:
    return f"{answering.name} {answering.title}" if answering else _("没有人")


def _list(
    sheet: Any,
    styles: Mapping[str, Any],
    title: str,
    heads: Sequence[str],
    lines: Sequence[Sequence[Any]],
    widths: Sequence[float],
) -> None:
    sheet.write_string(0, 0, title, styles["title"])
    sheet.write_row(1, 0, heads, styles["head"])
    for number, line in enumerate(lines, 2):
        for column, value in enumerate(line):
            is_number = isinstance(value, int)
            sheet.write(
                number, column, value, styles["number" if is_number else "name" if not column else "text"]
            )
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(2, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1, 1)
