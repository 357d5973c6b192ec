"""The paper sheet as Excel: a row for each member to be met, with the keys by which it is taken back."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from lianfang.campaigns.models import Round
from lianfang.campaigns.models.visits import AT_THE_DOOR, Channel, Presence
from lianfang.core.desk_format import table_time
from lianfang.questions.queries import get_form
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.walking import Sheet

ON_PAPER = ("seen", "answered_for", "away", "refused")


def walk_file(round: Round, sheets: Sequence[Sheet], now: dt.datetime) -> bytes:
    """Columns up to 上门时间 belong to the door and stand in its first row; the rest to each member."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("走访单"))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    known = book.add_format({"bg_color": "#edf1f2"})
    first = book.add_format({"top": 1, "bg_color": "#edf1f2"})
    form = get_form(round.campaign.form_key, round.campaign.form_version)
    questions = [item.question for item in form.items]
    fixed = [_("单号"), _("户号"), _("人号"), _("村、社区"), _("门"), _("姓名"), _("关系"), _("年龄")]
    filled = [
        _("见到情况"),
        _("在哪里、何时回来"),
        _("上门时间"),
        _("方式"),
        _("结果"),
        *(q.label for q in questions),
        _("备注"),
    ]
    sheet.write_string(
        0,
        0,
        _("走访单 第%(number)d轮（打印%(time)s）灰色的列不要改，录好后原样交回")
        % {"number": round.number, "time": table_time(now)},
        book.add_format({"bold": True, "font_size": 13}),
    )
    sheet.write_row(1, 0, [*fixed, *filled], bold)
    sheet.set_row(1, 30)
    rows = [row for page in sheets for row in _rows(page)]
    for at, (is_first, values) in enumerate(rows, 2):
        for column, value in enumerate(values):
            sheet.write(at, column, value, first if is_first else known)
    _validate(sheet, 2 + len(rows), len(fixed), questions)
    for column, width in enumerate((18, 8, 8, 12, 20, 9, 7, 6, 10, 18, 16, 8, 10)):
        sheet.set_column(column, column, width)
    sheet.set_column(13, 13 + len(questions), 16)
    sheet.freeze_panes(2, 6)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1, 1)
    book.close()
    return buffer.getvalue()


def _rows(page: Sheet) -> Iterator[tuple[bool, list[Any]]]:
    """A row for each member, and one for a door where nobody is known; True: the door's first."""
    for door in page.doors:
        members: list[Any] = list(door.lines) or [None]
        for number, line in enumerate(members):
            yield (
                number == 0,
                [
                    page.number,
                    door.row.household_id,
                    line.member.person_id if line else "",
                    door.row.village,
                    door.row.where,
                    line.member.name if line else "",
                    line.relation if line else "",
                    line.age if line else "",
                ],
            )


def _validate(sheet: Any, end: int, start: int, questions: Sequence[QuestionDefinition]) -> None:
    """Choices are offered as lists, so that what is typed in can be read again."""
    if end <= 2:
        return

    def offer(column: int, words: Sequence[str]) -> None:
        sheet.data_validation(2, column, end - 1, column, {"validate": "list", "source": list(words)})

    presences = dict(Presence.choices)
    offer(start, [str(presences[key]) for key in ON_PAPER])
    offer(start + 3, [str(label) for _key, label in Channel.choices[:3]])
    offer(start + 4, [str(outcome.label) for outcome in AT_THE_DOOR])
    for number, question in enumerate(questions):
        if question.type == "choice":
            offer(start + 5 + number, [word for _code, word in question.choices])
        elif question.type == "boolean":
            offer(start + 5 + number, [_("是"), _("否")])
