"""The coverage table, and the names behind a number, as Excel: what is on the page, nothing more."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from lianfang.campaigns.queries.coverage import Equation
from lianfang.campaigns.queries.targets import TargetRow
from lianfang.core.desk_format import rate_percent, table_time
from lianfang.reports import wording
from lianfang.reports.queries.coverage import AreaCoverage

_FIGURES = ("due", "done", "exempt", "not_met", "open", "overdue")


def table_sheet(page: AreaCoverage, *, work: str) -> bytes:
    """Areas and counts, in the order of the page."""
    head = [
        wording.children_word(part.area for part in page.parts if not part.is_rest) or _("辖区"),
        *(wording.show_word(name) for name in _FIGURES[:-1]),
        _("其中逾期"),
        _("覆盖率"),
        _("现场新增"),
        _("责任人"),
    ]
    rows: list[list[Any]] = [
        [
            part.area.name,
            *(getattr(part.counts, name) for name in _FIGURES),
            _share(part.counts),
            part.counts.found_due,
            part.answering.name if part.answering else "",
        ]
        for part in page.parts
    ]
    counts = page.counts
    rows.append(
        [_("合计"), *(getattr(counts, name) for name in _FIGURES), _share(counts), counts.found_due, ""]
    )
    title = _("%(area)s %(work)s 覆盖情况（截至%(time)s）") % {
        "area": page.area.name,
        "work": work,
        "time": table_time(page.as_of),
    }
    return _written(title, head, rows, percent={7}, widths=[18, *[9] * 8, 12])


def _share(counts: Equation) -> float | None:
    """As the page says it: one decimal, never rounded up to 100 %."""
    return None if counts.rate is None else float(rate_percent(counts.rate)) / 100


def names_sheet(rows: Iterable[TargetRow], now: dt.datetime) -> bytes:
    """Doors, heads and what was tried. No id, no phone."""
    head = [_("村、社区"), _("门"), _("户主"), _("人数"), _("状态"), _("情况"), _("责任人"), _("截止")]
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
        ]
        for row in rows
    ]
    title = _("名单（截至%(time)s），仅限本辖区工作使用") % {"time": table_time(now)}
    return _written(title, head, lines, percent=set(), widths=[14, 24, 10, 7, 9, 40, 10, 17])


def _written(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    percent: set[int],
    widths: Sequence[float],
) -> bytes:
    buffer = io.BytesIO()
    # Text stays text: a door called "=1" must not become a formula.
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    shares = book.add_format({"num_format": "0.0%"})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 13}))
    sheet.write_row(1, 0, head, bold)
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value, shares if column in percent else None)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(2, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    book.close()
    return buffer.getvalue()
