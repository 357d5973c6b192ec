"""The paper sheet as Excel: a row for each member to be met, with the numbers by which it is taken back (补录)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from lianfang.campaigns.models import Round
from lianfang.core.desk_format import table_time
from lianfang.intake.entries.presence import WORDS_OF_OUTCOME, WORDS_OF_PRESENCE
from lianfang.intake.entries.printed import door_number, person_number
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.walking import DoorBlock, Line, Sheet, open_questions

FIRST_ROW = 3  # below title, note and header
LONGEST_LIST = 255  # characters of a drop-down list, by the format
_WIDTHS = (9, 10, 12, 20, 9, 7, 6, 16, 10, 16, 10, 10)


@dataclass(frozen=True, slots=True)
class _Row:
    is_first: bool  # of its door
    values: tuple[Any, ...]  # that stand on it and are not to be changed
    asked: frozenset[str]  # questions that this row is to answer


def walk_file(round: Round, sheets: Sequence[Sheet], now: dt.datetime) -> bytes:
    """A sheet of the doors that are owed, in walking order, with the deadline and what is owed at each. White cells are
    to be filled; what is known, or asked of somebody else, is grey. Whatever is written comes back by 户号 and 人号."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet(_("走访单"))
    questions = _questions(sheets)
    rows = [row for page in sheets for door in page.doors for row in _rows(page, door)]
    fixed = [_("户号"), _("人号"), _("村、社区"), _("门"), _("姓名"), _("关系"), _("年龄"), _("还欠")]
    filled = [_("见到情况"), _("外出地"), _("何时回"), _("上门时间")]
    _write_head(book, sheet, round, sheets, now)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet.write_row(FIRST_ROW - 1, 0, [*fixed, *filled, *(one.label for one in questions), _("备注")], bold)
    sheet.set_row(FIRST_ROW - 1, 30)
    _write_rows(book, sheet, rows, len(filled), questions)
    _offer(sheet, FIRST_ROW + len(rows), len(fixed), len(filled), questions)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS) + len(questions), 16)
    sheet.freeze_panes(FIRST_ROW, 5)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 1, FIRST_ROW - 1)
    book.close()
    return buffer.getvalue()


def _write_head(book: Any, sheet: Any, round: Round, sheets: Sequence[Sheet], now: dt.datetime) -> None:
    title = _("走访单 %(work)s 第%(number)d轮 截止%(due)s") % {
        "work": round.campaign.name,
        "number": round.number,
        "due": sheets[0].due if sheets else "",
    }
    numbers = _(" 至 ").join(dict.fromkeys(page.number for page in (*sheets[:1], *sheets[-1:])))
    note = _("白的格填，灰的不用填。填好后在“补录”里交回这份表。%(time)s打印，单号%(numbers)s") % {
        "time": table_time(now),
        "numbers": numbers,
    }
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 13}))
    sheet.write_string(1, 0, note, book.add_format({"font_color": "#5f6d77"}))


def _questions(sheets: Sequence[Sheet]) -> list[QuestionDefinition]:
    """Whatever is open at one door at least, once, in the order in which it is asked."""
    found: dict[str, QuestionDefinition] = {}
    for page in sheets:
        for door in page.doors:
            people = [line.member for line in door.lines]
            for key, (one, _of_whom) in open_questions(door.asked, people).items():
                found.setdefault(key, one.question)
    return list(found.values())


def _rows(page: Sheet, door: DoorBlock) -> Iterator[_Row]:
    """A row for each member still to be met, and one for a door where nobody is known."""
    members = [line.member for line in door.lines]
    questions = open_questions(door.asked, members)
    of_home = frozenset(key for key, (one, _of) in questions.items() if one.question.about == "household")
    lines: list[Line | None] = [*door.lines] or [None]
    for place, line in enumerate(lines):
        own = frozenset(key for key, (_one, of) in questions.items() if line and line.member in of)
        asked = own | (of_home if place == 0 else frozenset())
        yield _Row(
            place == 0,
            (
                door_number(door.row.household_id),
                person_number(line.member.person_id) if line else "",
                door.row.village,
                door.row.where,
                line.member.name if line else "",
                line.relation if line else "",
                line.age if line else "",
                _owed(len(door.lines), len(questions)) if place == 0 else "",
            ),
            asked,
        )


def _owed(people: int, questions: int) -> str:
    if people and questions:
        return _("见%(people)d人，问%(questions)d项") % {"people": people, "questions": questions}
    return _("见%(people)d人") % {"people": people} if people else _("谁住在这里")


def _write_rows(
    book: Any, sheet: Any, rows: Sequence[_Row], filled: int, questions: Sequence[QuestionDefinition]
) -> None:
    grey = {"bg_color": "#edf1f2"}
    known = {
        is_first: book.add_format({**grey, **({"top": 1} if is_first else {})}) for is_first in (True, False)
    }
    white = {
        is_first: book.add_format({"border": 4, **({"top": 1} if is_first else {})})
        for is_first in (True, False)
    }
    for at, row in enumerate(rows, FIRST_ROW):
        for column, value in enumerate(row.values):
            sheet.write(at, column, value, known[row.is_first])
        start = len(row.values)
        for column in range(start, start + filled):
            sheet.write_blank(at, column, None, white[row.is_first])
        for column, question in enumerate(questions, start + filled):
            is_asked = question.key in row.asked
            sheet.write_blank(at, column, None, (white if is_asked else known)[row.is_first])
        sheet.write_blank(at, start + filled + len(questions), None, white[row.is_first])


def _offer(sheet: Any, end: int, presence: int, filled: int, questions: Sequence[QuestionDefinition]) -> None:
    """Choices are offered as lists, so that what is typed in can be read again. Other words may be written too."""
    if end <= FIRST_ROW:
        return

    def offer(column: int, words: Sequence[str]) -> None:
        if len(",".join(words)) <= LONGEST_LIST:
            rule = {"validate": "list", "source": list(words), "error_type": "information"}
            sheet.data_validation(FIRST_ROW, column, end - 1, column, rule)

    offer(presence, [*WORDS_OF_PRESENCE.values(), *WORDS_OF_OUTCOME.values()])
    for column, question in enumerate(questions, presence + filled):
        if question.type == "choice":
            offer(column, [word for _code, word in question.choices])
        elif question.type == "boolean":
            offer(column, [_("是"), _("否")])
