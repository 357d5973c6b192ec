"""What each column of a department's table means: proposed, and as a person says it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.forms.words import purpose_word
from lianfang.campaigns.queries.rounds import running_rounds
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.questions.queries import known_questions
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person
from lianfang.reports.filling_hours import read_hours
from lianfang.reports.layouts import ConfirmedSheet, SeenSheet
from lianfang.reports.listing import who_is_listed
from lianfang.reports.meanings import Vocabulary
from lianfang.reports.models import DepartmentTable
from lianfang.reports.operations.tables import Confirmation, ask_new_question, confirm_table, purposes
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.table_values import REASONS, SheetAsk, TableAsk, Who, refusal
from lianfang.reports.queries.table_values.asking import NAMED_ROWS
from lianfang.reports.queries.tables import (
    confirmed_sheets,
    departments_in,
    get_table,
    notes_of,
    seen_sheets,
    template_of,
)
from lianfang.reports.tables import Meaning, TemplateColumn
from lianfang.reports.views.tables import row_kind_word

State = DepartmentTable.State
ROW_KINDS = ("village", "township", "grid", "group", "county", "household", "person", "single")
SURE = 0.6
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class HeadCell:
    text: str
    span: int
    depth: int


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column on the page. `said`: the words in its field; `others`: words that one press puts there instead."""

    key: str
    letter: str
    label: str
    column: TemplateColumn
    said: str
    why: str
    others: tuple[str, ...]
    is_sure: bool
    is_remembered: bool
    is_new: bool = False  # nobody has ever asked about it: it can become a question
    refusal: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SheetForm:
    key: str
    seen: SeenSheet
    is_taken: bool
    row_kind: str
    who: Who
    head: tuple[tuple[HeadCell, ...], ...]
    lines: tuple[ColumnLine, ...]

    @property
    def is_named(self) -> bool:
        return self.row_kind in NAMED_ROWS

    @property
    def known_count(self) -> int:
        return sum(bool(line.said) for line in self.lines)

    @property
    def ages(self) -> dict[str, Any]:
        return {
            "from" if one["op"] == ">=" else "to": one["value"]
            for one in self.who.conditions
            if one["field"] == "age"
        }

    @property
    def sex(self) -> str:
        return next((one["value"] for one in self.who.conditions if one["field"] == "sex"), "")

    @property
    def picked(self) -> str:
        return next((f"{key}={_code(value)}" for key, value in self.who.answers), "")


@require_GET
def table_columns(request: HttpRequest, table_id: int) -> HttpResponse:
    return _page(request, table_id)


def _page(
    request: HttpRequest, table_id: int, problem: Problem | None = None, said: QueryDict | None = None
) -> HttpResponse:
    table = get_table(request.scope, table_id)
    template = template_of(request.scope, table)
    if template is None:
        raise Problem("reports.template_gone" if request.scope.covers(table.area_path) else "scope.outside")
    questions = tuple(known_questions(request.scope).values())
    confirmed = {sheet.name: sheet for sheet in confirmed_sheets(table)}
    seen = seen_sheets(template)
    asked = TableAsk(
        request.scope.within(table.area_path),
        table.area,
        Day(today(), now()),
        None,
        said.get("purpose", "") if said is not None else table.purpose,
        {question.key: question for question in questions},
        may_show_numbers=True,
    )
    sheets = [
        _sheet_form(number, one, confirmed.get(one.layout.name), asked, said)
        for number, one in enumerate(seen)
        if one.layout.is_fillable
    ]
    request.looked_at = {"path": table.area_path, "count": len(sheets)}
    context = {
        "nav_key": "tables",
        "table": table,
        "sheets": sheets,
        "others": [one.layout for one in seen if not one.layout.is_fillable],
        "notes": notes_of(template),
        "vocabularies": [
            (kind, list(Vocabulary(kind, questions).choices))
            for kind in sorted({one.row_kind for one in sheets})
        ],
        "row_kinds": [(kind, row_kind_word(kind)) for kind in ROW_KINDS],
        "bases": _bases(),
        "sexes": Person.Sex.choices,
        "answers": _answers(questions),
        "departments": departments_in(request.scope),
        "purposes": sorted(
            ((one, purpose_word(one)) for one in purposes(request.scope)), key=lambda pair: pair[1]
        ),
        "campaigns": _campaigns(request, table),
        "values": said or _values(table),
        "may_change": table.state in (State.DRAFT, State.CONFIRMED) and table.deleted_at is None,
        "problem": problem,
    }
    response = render(
        request, "reports/table_columns.html", context, status=problem.status if problem else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def _values(table: DepartmentTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "department": table.department,
        "purpose": table.purpose,
        "purpose_note": table.purpose_note,
        "hours": " ".join(table.hours),
        "campaign": str(table.campaign_id or ""),
    }


def _bases() -> list[tuple[str, str]]:
    return [("living_here", _("常住")), ("registered", _("户籍")), ("here_tonight", _("今晚在家"))]


def _answers(questions: Sequence[QuestionDefinition]) -> list[tuple[str, str]]:
    """Answers by which people can be picked: 填报项＝回答."""
    found = []
    for question in questions:
        if question.privacy == "sensitive":
            continue
        coded = question.choices
        if question.type == "boolean":
            coded = (("true", _("是")), ("false", _("否")))
        found += [(f"{question.key}={code}", f"{question.label}＝{word}") for code, word in coded]
    return found


def _campaigns(request: HttpRequest, table: DepartmentTable) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for one in running_rounds(request.scope.within(table.area_path), now()):
        found.setdefault(str(one.campaign_id), one.campaign.name)
    return list(found.items())


def _sheet_form(
    number: int,
    seen: SeenSheet,
    confirmed: ConfirmedSheet | None,
    asked: TableAsk,
    said: QueryDict | None,
) -> SheetForm:
    key = f"s{number}"
    layout = seen.layout
    row_kind = confirmed.row_kind if confirmed else layout.row_kind
    who = confirmed.who if confirmed else _listed(seen, tuple(asked.questions.values()))
    is_taken = confirmed.is_taken if confirmed else not layout.is_hidden
    if said is not None:
        row_kind, is_taken = said.get(f"kind-{key}", row_kind), f"take-{key}" in said
        who = _who(said, key)
    words = Vocabulary(row_kind, tuple(asked.questions.values()))
    lines = _lines(key, seen, confirmed, words, said)
    ask = SheetAsk(asked, replace(layout, row_kind=row_kind), (), who)
    lines = [replace(line, refusal=_refused(ask, words, line)) for line in lines]
    return SheetForm(key, seen, is_taken, row_kind, who, header_grid(layout.columns), tuple(lines))


def _listed(seen: SeenSheet, questions: tuple[QuestionDefinition, ...]) -> Who:
    """As the title says it; where it says nothing, as the name of the sheet does."""
    by_title = who_is_listed(seen.layout.title, questions)
    return by_title if by_title.is_narrowed else who_is_listed(seen.layout.name, questions)


def _refused(ask: SheetAsk, words: Vocabulary, line: ColumnLine) -> str:
    """Why this column would stay empty whatever was answered. Not known yet, and no round yet, say nothing."""
    meaning = words.read(line.said, ask.layout) if line.said else None
    if meaning is None:
        return ""
    reason = refusal(ask, meaning)
    if reason == "other_purpose" and not ask.table.purpose:
        return ""
    return "" if reason in ("", "no_meaning", "no_round") else str(REASONS[reason])


def _lines(
    key: str,
    seen: SeenSheet,
    confirmed: ConfirmedSheet | None,
    words: Vocabulary,
    said: QueryDict | None,
) -> list[ColumnLine]:
    layout = seen.layout
    kept = confirmed.meanings if confirmed and len(confirmed.columns) == len(layout.columns) else None
    by_column = {proposal.column: proposal for proposal in seen.proposals}
    lines = []
    for at, column in enumerate(layout.columns):
        proposal = by_column.get(at)
        name = f"c-{key}-{at}"
        meaning = kept[at] if kept else proposal.meaning if proposal else Meaning("unknown")
        text = said.get(name, "") if said is not None else words.say(meaning, layout)
        others = [words.say(one, layout) for one in proposal.others] if proposal else []
        if proposal and proposal.meaning != meaning:
            others.insert(0, words.say(proposal.meaning, layout))
        is_unread = said is not None and words.read(text, layout) is None
        lines.append(
            ColumnLine(
                key=name,
                letter=column.letter if not column.row else f"{column.letter}{column.row}",
                label="·".join(column.path),
                column=column,
                said=text,
                why=proposal.why if proposal else "",
                others=tuple(one for one in dict.fromkeys(others) if one and one != text)[:4],
                is_sure=bool(proposal and proposal.confidence >= SURE),
                is_remembered=at in seen.remembered,
                is_new=not text
                and bool(proposal and proposal.meaning.kind == "unknown" and proposal.meaning.text),
                error=_("没有这个口径，请从提示里选") if is_unread else "",
            )
        )
    return lines


def header_grid(columns: Sequence[TemplateColumn]) -> tuple[tuple[HeadCell, ...], ...]:
    """The header as rows of merged cells: a group spans its columns, a column without a group spans the rows."""
    if not columns or any(column.row for column in columns):
        return ()
    depth = max(len(column.path) for column in columns)
    rows: list[tuple[HeadCell, ...]] = []
    for level in range(depth):
        cells: list[HeadCell] = []
        at = 0
        while at < len(columns):
            path = columns[at].path
            if len(path) <= level:
                at += 1
                continue
            is_last = len(path) == level + 1
            end = at + 1
            while not is_last and end < len(columns) and columns[end].path[: level + 1] == path[: level + 1]:
                end += 1
            cells.append(HeadCell(path[level], end - at, depth - level if is_last else 1))
            at = end
        rows.append(tuple(cells))
    return tuple(rows)


# ---------- what a person says ----------


@require_POST
def table_confirm(request: HttpRequest, table_id: int) -> HttpResponse:
    """Keep what was said. It is remembered by its headers for the next version of the same table."""
    table = get_table(request.scope, table_id)
    template = template_of(request.scope, table)
    if template is None:
        raise Problem("reports.template_gone" if request.scope.covers(table.area_path) else "scope.outside")
    try:
        confirm_table(
            table_id=table_id,
            said=_said(request.POST, seen_sheets(template), request.scope),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        if problem.status == 403:
            raise
        return _page(request, table_id, problem, request.POST)
    messages.success(request, _("已核对。请另一个人批准给谁、做什么用、用到哪天。"))
    return redirect("department_table", table_id)


@require_POST
def table_question(request: HttpRequest, table_id: int) -> HttpResponse:
    """The same form, sent by the button of one column: its header becomes a question, and the page comes back with
    the column filled in and everything else as it stood."""
    key = request.POST.get("column", "")
    said = request.POST.copy()
    try:
        question = ask_new_question(
            table_id=table_id,
            label=said.get(f"label-{key}", ""),
            about=said.get(f"about-{key}", ""),
            kind=said.get(f"type-{key}", ""),
            purpose=said.get("purpose", ""),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        if problem.status == 403:
            raise
        return _page(request, table_id, problem, said)
    kind = said.get(f"kind-{key.split('-')[1] if '-' in key else ''}", "village")
    if kind not in ROW_KINDS:
        raise Problem("http.bad_request", detail=kind[:20])
    words = Vocabulary(kind, (question,))
    said[key] = next(text for text, meaning in words.choices.items() if meaning.key == question.key)
    if question.type == "boolean" and kind not in NAMED_ROWS:
        yes = Meaning("question", question.key, measure="count", choice="true")
        said[key] = next(text for text, meaning in words.choices.items() if meaning == yes)
    messages.success(request, _("已加成填报项：%(label)s。") % {"label": question.label})
    return _page(request, table_id, None, said)


def _said(data: QueryDict, seen: Sequence[SeenSheet], scope: Scope) -> Confirmation:
    """Raises `reports.unknown_meaning` with the column, `reports.bad_hour`."""
    hours, wrong = read_hours(data.get("hours", ""))
    if wrong:
        raise Problem("reports.bad_hour", said=wrong[:20])
    questions = tuple(known_questions(scope).values())
    sheets = [
        _sheet_said(data, f"s{number}", one, questions)
        for number, one in enumerate(seen)
        if one.layout.is_fillable
    ]
    campaign = data.get("campaign", "")
    return Confirmation(
        title=data.get("title", ""),
        department=data.get("department", ""),
        purpose=data.get("purpose", ""),
        purpose_note=data.get("purpose_note", ""),
        hours=hours,
        campaign_id=int(campaign) if campaign.isdecimal() else None,
        sheets=sheets,
    )


def _sheet_said(
    data: QueryDict, key: str, seen: SeenSheet, questions: tuple[QuestionDefinition, ...]
) -> ConfirmedSheet:
    layout = seen.layout
    kind = data.get(f"kind-{key}", layout.row_kind)
    if kind not in ROW_KINDS:
        raise Problem("http.bad_request", detail=kind[:20])
    words = Vocabulary(kind, questions)
    is_taken = f"take-{key}" in data
    unknown = {one.column: one.meaning for one in seen.proposals if one.meaning.kind == "unknown"}
    columns = []
    for at, column in enumerate(layout.columns):
        text = data.get(f"c-{key}-{at}", "")
        meaning = words.read(text, layout)
        if meaning is None and is_taken:
            raise Problem(
                "reports.unknown_meaning",
                place=f"{layout.name} {column.letter} {column.path[-1]}",
                said=text[:40],
            )
        if meaning is None or meaning.kind == "unknown":
            meaning = unknown.get(at, Meaning("unknown", text=column.path[-1]))
        columns.append((column.path, meaning))
    return ConfirmedSheet(layout.name, kind, tuple(columns), is_taken, _who(data, key))


def _who(data: Mapping[str, Any], key: str) -> Who:
    conditions: list[dict[str, Any]] = []
    for name, op in (("age_from", ">="), ("age_to", "<=")):
        text = str(data.get(f"{name}-{key}", ""))
        if text.isdecimal() and int(text) < 150:
            conditions.append({"field": "age", "op": op, "value": int(text)})
    if data.get(f"sex-{key}") in Person.Sex.values:
        conditions.append({"field": "sex", "op": "==", "value": data[f"sex-{key}"]})
    base = data.get(f"base-{key}", "living_here")
    question, _sep, code = str(data.get(f"pick-{key}", "")).partition("=")
    answers = ((question, {"true": True, "false": False}.get(code, code)),) if question and code else ()
    base = base if base in dict(_bases()) else "living_here"
    return Who(base, tuple(conditions), answers, f"everybody-{key}" in data)


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
