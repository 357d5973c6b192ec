"""A department's table from the file that is dropped in to the day on which it ends: registered, read, confirmed,
approved by a second person for a recipient, a purpose and an end, stopped, deleted and brought back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lianfang.areas.models import Area
from lianfang.areas.queries import below
from lianfang.campaigns.models import Campaign
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.ids import next_ids
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.core.sealing import seal, seal_bytes
from lianfang.questions.drafting import NewQuestion
from lianfang.questions.models import Question
from lianfang.questions.operations import add_question
from lianfang.questions.queries import dictionary
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports import meanings
from lianfang.reports.filling_hours import MOST_HOURS, next_hour
from lianfang.reports.layouts import (
    REMEMBERED_SHARE,
    ConfirmedSheet,
    SeenSheet,
    confirmed_as_json,
    known_of,
    likeness,
    remembering,
    seen_as_json,
)
from lianfang.reports.models import NEXT_OF_TABLE, DepartmentTable, TableFilling, TableTemplate
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.table_values import SheetAsk, TableAsk, refusal
from lianfang.reports.queries.table_values.asking import NAMED_ROWS, NUMBERS, REASONS
from lianfang.reports.queries.tables import (
    CONTENT,
    SEEN,
    confirmed_sheets,
    content_of,
    earlier_versions,
    get_table,
    seen_sheets,
    tables_in,
    template_of,
)
from lianfang.reports.tables import Meaning, Template, TemplateFault, TemplateSheet, propose, read_template

State = DepartmentTable.State
LARGEST_TEMPLATE = 16 * 1024 * 1024
LONGEST_DAYS = 92  # a table is approved for a season at most; then somebody looks at it again
KEPT_DAYS = 30  # a table put aside can be brought back so long
_ZH = "zh-hans"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What one page asks of who confirms a table. `hours`: "07:30"; `campaign_id`: whose figures it carries."""

    title: str
    department: str
    purpose: str
    sheets: Sequence[ConfirmedSheet]
    purpose_note: str = ""
    hours: Sequence[str] = ()
    campaign_id: int | None = None


@transaction.atomic
def register_table(*, content: bytes, name: str, area: Area, scope: Scope, by: int) -> DepartmentTable:
    """Keep a department's file as it came. Raises `scope.outside`, `reports.table_empty`, `reports.table_too_large`."""
    scope.within(area.path)
    if not content:
        raise Problem("reports.table_empty")
    if len(content) > LARGEST_TEMPLATE:
        raise Problem("reports.table_too_large", size=LARGEST_TEMPLATE >> 20)
    moment = now()
    title = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    table = DepartmentTable.objects.create(
        title=title[:120],
        area=area,
        area_path=area.path,
        state=State.READING,
        state_at=moment,
        registered_at=moment,
        registered_by=by,
    )
    TableTemplate.objects.create(
        table=table,
        area_path=area.path,
        name=name[-200:],
        content=seal_bytes(content, key="register", purpose=CONTENT),
        byte_count=len(content),
    )
    audit.record("table.register", "table", table.pk, by=by, path=area.path, bytes=len(content))
    return table


@transaction.atomic
def read_table(*, table_id: int, scope: Scope) -> DepartmentTable:
    """Look what the file asks and propose what its columns mean. What cannot be read says so on the table's page."""
    table = get_table(scope, table_id)
    template = TableTemplate.objects.filter(scope.q(), pk=table.pk).first()
    if table.state != State.READING or template is None:
        return table
    try:
        with override(_ZH):  # what is kept is in the county's language
            read = read_template(content_of(template))
            sheets = _proposed(read, table, scope)
    except TemplateFault as fault:
        place = " ".join(filter(None, (fault.sheet, fault.cell)))
        _step(
            table,
            State.UNREADABLE,
            fault_code=fault.code[:60],
            fault_detail=f"{f'{place}：' if place else ''}{fault.reason}{fault.remedy}"[:240],
        )
        return table
    seen, earlier = sheets
    fields: dict[str, Any] = {"title": _title(table, read)}
    if earlier is not None:
        fields |= {
            "previous": earlier,
            "department": earlier.department,
            "purpose": earlier.purpose,
            "purpose_note": earlier.purpose_note,
            "hours": earlier.hours,
            "campaign": earlier.campaign,
        }
    template.seen = seal(
        json.dumps(seen_as_json(seen, read.notes), ensure_ascii=False), key="register", purpose=SEEN
    )
    template.save(update_fields=["seen"])
    _step(table, State.DRAFT, **fields)
    return table


def _title(table: DepartmentTable, read: Template) -> str:
    titles = [sheet.title for sheet in read.sheets if sheet.is_fillable and sheet.title]
    return (titles[0] if titles else table.title)[:120]


def _proposed(
    read: Template, table: DepartmentTable, scope: Scope
) -> tuple[list[SeenSheet], DepartmentTable | None]:
    """Each sheet with its proposals, and the earlier version of the same table where there is one."""
    villages = set(below(table.area, ["township", "village"]).values_list("name", flat=True))
    offered = meanings.catalogue(dictionary(scope), villages)
    fillable = [sheet for sheet in read.sheets if sheet.is_fillable]
    earlier = _earlier(table, fillable)
    known = known_of(confirmed_sheets(earlier)) if earlier else {}
    why = _("上一版这一列这样填")
    found = [
        remembering(sheet, propose(sheet, offered) if sheet.is_fillable else (), known, why)
        for sheet in read.sheets
    ]
    return found, earlier


def _earlier(table: DepartmentTable, sheets: Sequence[TemplateSheet]) -> DepartmentTable | None:
    """The confirmed table whose headers are most alike; None when none has most of them."""
    best: tuple[float, DepartmentTable | None] = (0.0, None)
    for one in earlier_versions(table.area_path):
        known = [path for sheet in confirmed_sheets(one) for path, _meaning in sheet.columns]
        alike = max((likeness(sheet, known) for sheet in sheets), default=0.0)
        if alike > best[0]:
            best = (alike, one)
    return best[1] if best[0] >= REMEMBERED_SHARE else None


@transaction.atomic
def confirm_table(*, table_id: int, said: Confirmation, scope: Scope, by: int) -> DepartmentTable:
    """Say what the columns mean, who asks, what for, and when it fills itself. It waits for a second person then.

    Raises `reports.department_required`, `reports.table_purpose_required`, `reports.table_title_required`,
    `reports.nothing_confirmed`, `reports.pick_refused`, `reports.too_many_hours`, `reports.table_moved_on`,
    `reports.everybody_listed`.
    """
    table = _own_table(table_id, scope)
    _require_said(said, scope)
    taken = [sheet for sheet in said.sheets if sheet.is_taken]
    campaign = _campaign(said.campaign_id, table)
    named = _names_given(table, scope)
    for sheet in taken:
        _require_pick(sheet, said.purpose, table, scope)
        if sheet.name not in named:
            _require_narrowed(sheet)
    _step(
        table,
        State.CONFIRMED,
        title=said.title.strip()[:120],
        department=said.department.strip()[:80],
        purpose=said.purpose,
        purpose_note=said.purpose_note.strip()[:200],
        hours=list(said.hours),
        campaign=campaign,
        layout=confirmed_as_json(said.sheets),
        has_names=any(_has_names(sheet) for sheet in taken),
        has_numbers=any(meaning.key in NUMBERS for sheet in taken for meaning in sheet.meanings),
        confirmed_by=by,
    )
    audit.record(
        "table.confirm",
        "table",
        table.pk,
        by=by,
        path=table.area_path,
        columns=sum(meaning.kind != "unknown" for sheet in taken for meaning in sheet.meanings),
        names=table.has_names,
        numbers=table.has_numbers,
    )
    return table


def _require_said(said: Confirmation, scope: Scope) -> None:
    if not said.title.strip():
        raise Problem("reports.table_title_required")
    if not said.department.strip():
        raise Problem("reports.department_required")
    if said.purpose not in purposes(scope):
        raise Problem("reports.table_purpose_required")
    if len(said.hours) > MOST_HOURS:
        raise Problem("reports.too_many_hours", most=MOST_HOURS)
    given = {"place", "figure", "question", "register"}
    if not any(one.kind in given for sheet in said.sheets if sheet.is_taken for one in sheet.meanings):
        raise Problem("reports.nothing_confirmed")


# What a new question of a table may be: enough to count in a village's row. Anything richer is made on the page of forms.
SUBJECTS = ("household", "person")
KINDS_OF_ANSWER = ("boolean", "integer")


@transaction.atomic
def ask_new_question(
    *, table_id: int, label: str, about: str, kind: str, purpose: str, scope: Scope, by: int
) -> QuestionDefinition:
    """A column that nobody has ever asked about becomes a question, after a yes. It serves the table's purpose alone
    and is personal when it is about a person. Raises `reports.table_purpose_required`, `questions.question_refused`."""
    table = _own_table(table_id, scope)
    if table.state not in (State.DRAFT, State.CONFIRMED) or table.deleted_at:
        raise Problem("reports.table_moved_on")
    if purpose not in purposes(scope):
        raise Problem("reports.table_purpose_required")
    if about not in SUBJECTS or kind not in KINDS_OF_ANSWER:
        raise Problem("http.bad_request", detail=f"{about} {kind}"[:20])
    (number,) = next_ids(Question, 1)
    made = NewQuestion(
        label.strip(),
        about=about,
        type=kind,
        privacy="personal" if about == "person" else "plain",
        low=0 if kind == "integer" else None,
        high=9_999 if kind == "integer" else None,
    )
    question = add_question(
        definition=made.definition(f"county_{number}", purpose, label.strip()),
        area_path=table.area_path,
        by=by,
    )
    audit.record("table.new_question", "table", table.pk, by=by, path=table.area_path, question=question.key)
    return question


def purposes(scope: Scope) -> set[str]:
    """What questions of the dictionary may be used for."""
    return {purpose for question in dictionary(scope) for purpose in question.purposes}


def _campaign(campaign_id: int | None, table: DepartmentTable) -> Campaign | None:
    if campaign_id is None:
        return None
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None or not (
        found.area_path.startswith(table.area_path) or table.area_path.startswith(found.area_path)
    ):
        raise Problem("campaigns.unknown")
    return found


def _require_pick(sheet: ConfirmedSheet, purpose: str, table: DepartmentTable, scope: Scope) -> None:
    ask = SheetAsk(
        TableAsk(
            scope,
            table.area,
            Day(today(), now()),
            None,
            purpose,
            {question.key: question for question in dictionary(scope)},
        ),
        TemplateSheet(sheet.name, row_kind=sheet.row_kind),
        (),
        sheet.who,
    )
    for key, _value in sheet.who.answers:
        reason = refusal(ask, Meaning("question", key, measure="value"))
        if reason:
            raise Problem("reports.pick_refused", detail=str(REASONS[reason]))


def _names_given(table: DepartmentTable, scope: Scope) -> set[str]:
    """Sheets in which people stand already: nobody else is listed there."""
    template = template_of(scope, table)
    return {one.layout.name for one in seen_sheets(template) if one.layout.listed}


def _require_narrowed(sheet: ConfirmedSheet) -> None:
    """A roster of some people that says nothing of which would give out the ids of the whole county: 花名册 of 独居老人
    with 36,000 names. Who wants everybody says so."""
    numbers = any(meaning.key in NUMBERS for meaning in sheet.meanings)
    if _has_names(sheet) and numbers and not sheet.who.is_narrowed and not sheet.who.is_everybody:
        raise Problem("reports.everybody_listed", sheet=sheet.name)


def _has_names(sheet: ConfirmedSheet) -> bool:
    return sheet.row_kind in NAMED_ROWS


@transaction.atomic
def approve_table(
    *, table_id: int, ends_on: dt.date, scope: Scope, by: int, seen_at: dt.datetime | None = None
) -> DepartmentTable:
    """The second person: this recipient, this purpose, until this day. From now on it fills itself at its hours.
    `seen_at`: when what they have read was confirmed. If it was confirmed anew since, they look at it first.

    Raises `reports.approve_own`, `reports.bad_table_end`, `reports.table_moved_on`.
    """
    table = _own_table(table_id, scope)
    if by == table.confirmed_by:
        raise Problem("reports.approve_own")
    if seen_at is not None and seen_at != table.state_at:
        raise Problem("reports.table_moved_on")
    if not today() <= ends_on <= today() + dt.timedelta(days=LONGEST_DAYS):
        raise Problem("reports.bad_table_end", days=LONGEST_DAYS)
    moment = now()
    _step(
        table,
        State.APPROVED,
        ends_on=ends_on,
        approved_by=by,
        approved_at=moment,
        next_fill_at=next_hour(table.hours, moment),
    )
    audit.record(
        "table.approve",
        "table",
        table.pk,
        by=by,
        path=table.area_path,
        reason=f"{table.department}：{table.purpose_note or table.purpose}",
        until=ends_on.isoformat(),
        names=table.has_names,
        numbers=table.has_numbers,
    )
    return table


@transaction.atomic
def send_back_table(*, table_id: int, reason: str, scope: Scope, by: int) -> DepartmentTable:
    """The second person does not agree, or who confirmed wants to look again."""
    table = _own_table(table_id, scope)
    if not reason.strip():
        raise Problem("reports.reason_required")
    _step(table, State.DRAFT, confirmed_by=None)
    audit.record(
        "table.send_back", "table", table.pk, by=by, path=table.area_path, reason=reason.strip()[:400]
    )
    return table


@transaction.atomic
def stop_table(*, table_id: int, reason: str, scope: Scope, by: int) -> DepartmentTable:
    """It fills itself no more; what it gave out is deleted here."""
    table = _own_table(table_id, scope)
    if not reason.strip():
        raise Problem("reports.reason_required")
    _stop(table, reason.strip()[:200], by=by)
    return table


def _stop(table: DepartmentTable, reason: str, *, by: int | None) -> None:
    _step(table, State.STOPPED, stop_reason=reason, next_fill_at=None)
    with crossing("table.stop", actor_id=by) as scope:
        TableFilling.objects.filter(scope.q(), table=table).update(content=None)
    audit.record("table.stop", "table", table.pk, by=by, path=table.area_path, reason=reason)


@transaction.atomic
def delete_table(*, table_id: int, scope: Scope, by: int) -> None:
    """Put aside: for a month it can be brought back. One in use is stopped first, by somebody who says why."""
    table = _own_table(table_id, scope)
    if table.state == State.APPROVED or table.deleted_at:
        raise Problem("reports.table_moved_on")
    DepartmentTable.objects.filter(pk=table.pk, state=table.state).update(deleted_at=now(), deleted_by=by)
    audit.record("table.delete", "table", table.pk, by=by, path=table.area_path)


@transaction.atomic
def bring_back_table(*, table_id: int, scope: Scope, by: int) -> None:
    table = _own_table(table_id, scope)
    if table.deleted_at is None:
        return
    DepartmentTable.objects.filter(pk=table.pk).update(deleted_at=None, deleted_by=None)
    audit.record("table.bring_back", "table", table.pk, by=by, path=table.area_path)


def end_due_tables() -> int:
    """Tables whose last day is over end by themselves. Runs as the system."""
    with crossing("table.end", actor_id=None) as scope:
        over = tables_in(scope).filter(state=State.APPROVED, ends_on__lt=today())
        tables = list(over.select_for_update(of=("self",), skip_locked=True)[:100])
        with override(_ZH):
            for table in tables:
                _stop(table, _("到期自动停用"), by=None)
    return len(tables)


def purge_tables() -> int:
    """What was put aside a month ago goes for good, and files that were given out a month ago. Once a day."""
    old = now() - dt.timedelta(days=KEPT_DAYS)
    with crossing("table.purge", actor_id=None) as scope, transaction.atomic():
        TableFilling.objects.filter(scope.q(), as_of__lt=old, content__isnull=False).update(content=None)
        stopped = TableTemplate.objects.filter(scope.q(), table__state=State.STOPPED, table__state_at__lt=old)
        stopped.delete()  # its meanings stay, for the next version; the file may carry names
        gone = DepartmentTable.objects.filter(deleted_at__lt=old)
        DepartmentTable.objects.filter(previous__in=gone).update(previous=None)
        ids = list(gone.values_list("pk", "area_path"))
        gone.delete()
        audit.record_each("table.purge", "table", ids, by=None)
    return len(ids)


# ---------- steps ----------


def _own_table(table_id: int, scope: Scope) -> DepartmentTable:
    """One for whose whole area the actor answers. Raises `reports.unknown_table`, `scope.outside`."""
    table = get_table(scope, table_id)
    scope.within(table.area_path)
    return table


def _step(table: DepartmentTable, state: str, **fields: Any) -> None:
    """One conditional UPDATE: of two people, one is first and the other is told."""
    before = [name for name, following in NEXT_OF_TABLE.items() if state in following]
    if table.state not in before:
        raise Problem("reports.table_moved_on")
    values = {"state": state, "state_at": now(), **fields}
    # By its hour too: one that was confirmed anew a moment ago is in the same state, and says something else.
    found = DepartmentTable.objects.filter(
        pk=table.pk, state=table.state, state_at=table.state_at, deleted_at__isnull=True
    )
    if not found.update(**values):
        raise Problem("reports.table_moved_on")
    for name, value in values.items():
        setattr(table, name, value)
