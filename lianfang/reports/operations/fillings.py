"""A table fills itself: asked for by somebody, or by the clock. What it gives out is kept sealed and recorded when it
is taken; what it cannot know is listed, and asked at the next visit."""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lianfang.areas.models import Area
from lianfang.areas.queries import below
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Campaign, Round
from lianfang.campaigns.operations.campaigns import Declaration, declare_campaign, start_freeze
from lianfang.campaigns.queries.rounds import rounds_in, running_rounds
from lianfang.core import audit
from lianfang.core.clock import local, now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing, scoped
from lianfang.core.sealing import seal_bytes, unseal_bytes
from lianfang.questions.operations import make_form
from lianfang.questions.queries import dictionary, get_form
from lianfang.reports.filling_hours import next_hour, slot_of
from lianfang.reports.layouts import ConfirmedSheet, SeenSheet
from lianfang.reports.models import DepartmentTable, TableFilling, TableShare
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.table_values import (
    SheetAsk,
    TableAsk,
    Tally,
    is_anybody_named,
    refusal,
    rows_of,
)
from lianfang.reports.queries.tables import (
    FILLED,
    confirmed_sheets,
    content_of,
    get_filling,
    get_table,
    questions_asked,
    seen_sheets,
    tables_in,
    template_of,
)
from lianfang.reports.tables import (
    Filled,
    SheetFilling,
    TemplateFault,
    TemplateSheet,
    Value,
    fill_into,
    short_words,
    words_in,
)

State = DepartmentTable.State
log = logging.getLogger(__name__)
STALE_MINUTES = 15  # a filling that has not ended by then never will
_DEFAULT_REASON = {"question": "not_asked", "register": "not_in_register", "figure": "not_counted"}
_ZH = "zh-hans"


# ---------- filling ----------


@transaction.atomic
def begin_filling(*, table_id: int, area: Area, scope: Scope, by: int | None, slot: str = "") -> TableFilling:
    """Note that a table is to be filled for an area of it. Raises `scope.outside`, `reports.not_approved`,
    `reports.table_ended`, `reports.no_rows_here`, `reports.still_filling`."""
    scope.within(area.path)
    table = get_table(scope, table_id)
    if table.state != State.APPROVED or table.deleted_at:
        raise Problem("reports.not_approved")
    if table.ends_on is None or table.ends_on < today():
        raise Problem("reports.table_ended", day=table.ends_on.isoformat() if table.ends_on else "")
    if not area.path.startswith(table.area_path) or not _has_rows(table, area):
        raise Problem("reports.no_rows_here", area=area.name)
    if area.path != table.area_path:
        _require_nobody_elsewhere(table, area, by=by)
    moment = now()
    going_on = TableFilling.objects.filter(scope.q(), table=table, area=area, made_at__isnull=True)
    going_on.filter(as_of__lte=moment - dt.timedelta(minutes=STALE_MINUTES)).update(
        made_at=moment, fault_code="reports.filling_lost"
    )
    filling = TableFilling(
        table=table,
        area=area,
        area_path=area.path,
        slot=slot or local(moment).date().isoformat(),
        as_of=moment,
        made_by=by,
    )
    try:
        with transaction.atomic():
            filling.save(force_insert=True)
    except IntegrityError as raced:  # of two people at once the database takes one
        raise Problem("reports.still_filling") from raced
    audit.record("table.fill", "table", table.pk, by=by, path=area.path, filling=filling.pk)
    return filling


def _require_nobody_elsewhere(table: DepartmentTable, area: Area, *, by: int | None) -> None:
    """The file goes out as it came, with all that is written in it. One that names residents of other areas is filled
    for its whole area, by who answers for all of it. Raises `reports.template_names_others`."""
    with crossing("table.template", actor_id=by) as whole:
        template = template_of(whole, table)
        if template is None:
            return
        layouts = [sheet.layout for sheet in seen_sheets(template) if sheet.layout.is_fillable]
        own = {layout.title for layout in layouts}
        own |= {part for layout in layouts for one in layout.columns for part in one.path}
        words = sorted(short_words(content_of(template)) - words_in(own))
        if words and is_anybody_named(words, table.area_path, area.path):
            raise Problem("reports.template_names_others", area=table.area.name)


_FINEST = {"county": "county", "township": "township", "village": "village", "grid": "grid", "group": "group"}


def _has_rows(table: DepartmentTable, area: Area) -> bool:
    """A table of one row a township has none inside a village."""
    kinds = [sheet.row_kind for sheet in confirmed_sheets(table) if sheet.is_taken]
    return any(kind not in _FINEST or RANK[area.level] <= RANK[_FINEST[kind]] for kind in kinds)


def is_long(table: DepartmentTable, area: Area) -> bool:
    """Would a page have to wait for it? Then a job does it."""
    widest = RANK["village"] if table.has_names else RANK["township"]
    return RANK[area.level] < widest


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet at work: what was read, what was confirmed, what passes by while it is written."""

    seen: SeenSheet
    ask: SheetAsk
    tally: Tally


def make_filling(*, filling_id: int, scope: Scope) -> TableFilling:
    """Compute the cells and write the file. What is wrong with it as a whole is kept as the reason it was not made."""
    with scoped(scope) as inside:
        filling = get_filling(inside, filling_id)
    if filling.made_at is not None:
        return filling
    try:
        with scoped(scope) as inside, override(_ZH):
            return _make(filling, inside)
    except TemplateFault as fault:
        code = fault.code[:60]
    except Problem as problem:
        code = problem.code
    except (
        ValueError,
        ArithmeticError,
        LookupError,
    ) as error:  # a strange workbook; nobody waits for it for ever
        log.error("filling %s was not made: %s", filling.pk, type(error).__name__)
        code = "reports.template_broken"
    with scoped(scope) as inside:
        TableFilling.objects.filter(inside.q(), pk=filling.pk).update(fault_code=code, made_at=now())
        filling.fault_code = code
    return filling


def _make(filling: TableFilling, scope: Scope) -> TableFilling:
    table = filling.table
    with crossing("table.template", actor_id=scope.actor_id) as whole:
        template = template_of(whole, table)
        content, seen = (content_of(template), seen_sheets(template)) if template else (b"", ())
    sheets = _sheets(table, filling, scope, seen)
    with tempfile.TemporaryFile(prefix="lianfang-") as out:
        filled = fill_into(content, {name: _filling_of(one, filling) for name, one in sheets.items()}, out)
        out.seek(0)
        written = out.read()
    _require_approved(table)
    unknown = _unknown(sheets, filled)
    filling.row_count = sum(
        one.tally.rows - len(one.tally.unknown_rows) - len(one.tally.elsewhere_rows)
        for one in sheets.values()
    )
    filling.filled_count = sum(one.tally.filled for one in sheets.values())
    filling.unknown_count = sum(one["count"] for one in unknown)
    filling.unknown = unknown
    filling.content = seal_bytes(written, key="register", purpose=FILLED)
    filling.byte_count = len(written)
    filling.made_at = now()
    filling.save()
    _share(filling, [one.tally for one in sheets.values()])
    return filling


def _require_approved(table: DepartmentTable) -> None:
    """It may have been stopped while the file was written: what is stopped keeps nothing. The lock holds off who is
    about to stop it until this filling stands, and goes with the others."""
    state = DepartmentTable.objects.select_for_update().values_list("state", flat=True).get(pk=table.pk)
    if state != State.APPROVED:
        raise Problem("reports.not_approved")


def _sheets(
    table: DepartmentTable, filling: TableFilling, scope: Scope, seen: Sequence[SeenSheet]
) -> dict[str, _Sheet]:
    confirmed = {sheet.name: sheet for sheet in confirmed_sheets(table) if sheet.is_taken}
    asked = table_ask(table, filling.area, scope, filling.as_of)
    found = {}
    for one in seen:
        said = confirmed.get(one.layout.name)
        if said is not None and len(said.columns) == len(one.layout.columns):
            found[one.layout.name] = _Sheet(one, sheet_ask(asked, one, said), Tally())
    return found


def table_ask(table: DepartmentTable, area: Area, scope: Scope, moment: dt.datetime) -> TableAsk:
    """Of whom and when: only what was approved."""
    found = round_of(table, area, scope, moment)
    form = get_form(found.campaign.form_key, found.campaign.form_version) if found else None
    return TableAsk(
        scope=scope,
        area=area,
        day=Day(local(moment).date(), moment),
        round=found,
        asked_by_round=frozenset(form.by_key) if form else frozenset(),
        purpose=table.purpose,
        questions={question.key: question for question in dictionary(scope)},
        may_show_numbers=table.has_numbers and table.state == State.APPROVED,
        top=table.area,
    )


def sheet_ask(asked: TableAsk, seen: SeenSheet, said: ConfirmedSheet) -> SheetAsk:
    return SheetAsk(asked, _of_kind(seen, said.row_kind), said.meanings, said.who)


def _of_kind(seen: SeenSheet, row_kind: str) -> TemplateSheet:
    return replace(seen.layout, row_kind=row_kind) if row_kind != seen.layout.row_kind else seen.layout


def round_of(table: DepartmentTable, area: Area, scope: Scope, moment: dt.datetime) -> Round | None:
    """Whose figures the table carries: the newest pass of its campaign, else of a running one with its purpose."""
    inside = scope.within(area.path)
    if table.campaign_id:
        return rounds_in(inside).filter(campaign_id=table.campaign_id).first()
    running = running_rounds(inside, moment)
    return running.filter(campaign__purpose=table.purpose).first() or running.first()


def _filling_of(one: _Sheet, filling: TableFilling) -> SheetFilling:
    moment = local(filling.as_of)
    heading: dict[str, Value] = {
        "unit": filling.area.name,
        "as_of": moment,
        "filled_on": moment.date(),
        "year": moment.year,
    }
    return SheetFilling(one.ask.layout, one.ask.meanings, rows_of(one.ask, one.tally), heading)


def _unknown(sheets: dict[str, _Sheet], filled: Filled) -> list[dict[str, Any]]:
    """Columns with cells that stayed empty: how many, the first of them, why, and which question would tell."""
    cells = {(empty.sheet, empty.column): empty.first for empty in filled.empty}
    found = []
    for name, one in sheets.items():
        listed, tally = one.ask.layout.listed, one.tally
        others = {listed[at].row for at in (*tally.unknown_rows, *tally.elsewhere_rows) if at < len(listed)}
        for at, count in sorted(tally.unknown_by_column.items()):
            column, meaning = one.ask.layout.columns[at], one.ask.meanings[at]
            reason = refusal(one.ask, meaning) or _DEFAULT_REASON.get(meaning.kind, "")
            if not reason:
                continue
            first = [cell for cell in cells.get((name, at), ()) if _row_of(cell) not in others]
            found.append(
                {
                    "sheet": name,
                    "column": at,
                    "letter": column.letter,
                    "label": "·".join(column.path),
                    "count": count,
                    "first": first[:6],
                    "reason": reason,
                    "question": meaning.key if meaning.kind == "question" and reason == "not_asked" else "",
                }
            )
        if tally.unknown_rows:
            found.append(
                {
                    "sheet": name,
                    "column": -1,
                    "letter": "",
                    "label": "",
                    "count": len(tally.unknown_rows),
                    "first": _rows_told(one, tally.unknown_rows[:6]),
                    "reason": "unknown_row",
                    "question": "",
                }
            )
    return found


def _rows_told(one: _Sheet, places: Sequence[int]) -> list[str]:
    """Listed rows by what they are called; those of people by their number, as this is kept and shown unsealed."""
    listed = one.ask.layout.listed
    rows = [listed[at] for at in places if at < len(listed)]
    return [_("第%(row)s行") % {"row": row.row} if one.ask.has_names else row.label for row in rows]


def _row_of(cell: str) -> int:
    return int("".join(sign for sign in cell if sign.isdigit()) or 0)


def _share(filling: TableFilling, tallies: Sequence[Tally]) -> None:
    """What was filled for each village at this hour; the same hour again replaces it."""
    villages = frozenset(below(filling.area, ["village"]).values_list("path", flat=True))
    if filling.area.level == "village":
        villages |= {filling.area_path}
    sums: dict[str, list[int]] = {}
    for tally in tallies:
        for path, row in tally.by_village(villages).items():
            kept = sums.setdefault(path or filling.area_path, [0, 0])
            kept[0] += row.filled
            kept[1] += row.unknown
    TableShare.objects.bulk_create(
        [
            TableShare(
                table=filling.table,
                area_path=path,
                filled_on=local(filling.as_of).date(),
                slot=filling.slot,
                filled_count=counts[0],
                unknown_count=counts[1],
            )
            for path, counts in sorted(sums.items())
        ],
        update_conflicts=True,
        unique_fields=["table", "area_path", "slot"],
        update_fields=["filled_on", "filled_count", "unknown_count"],
        batch_size=2_000,
    )


def begin_due_fillings() -> list[TableFilling]:
    """By the clock: tables whose hour has come, once each. What was missed while nothing ran is filled once, and
    under the hour at which it was filled when that is another day: today's numbers never stand under yesterday."""
    moment = now()
    with crossing("table.clock", actor_id=None) as scope:
        due = tables_in(scope).filter(
            state=State.APPROVED, deleted_at__isnull=True, next_fill_at__lte=moment, ends_on__gte=today()
        )
        begun = []
        for table in due.select_for_update(of=("self",), skip_locked=True)[:200]:
            due_at = table.next_fill_at or moment
            slot = slot_of(due_at if local(due_at).date() == local(moment).date() else moment)
            DepartmentTable.objects.filter(pk=table.pk).update(next_fill_at=next_hour(table.hours, moment))
            try:
                begun.append(
                    begin_filling(table_id=table.pk, area=table.area, scope=scope, by=None, slot=slot)
                )
            except (
                Problem
            ) as problem:  # one table that cannot be filled must not stop those of everybody else
                log.warning("table %s is not filled at %s: %s", table.pk, slot, problem.code)
    return begun


# ---------- giving out ----------


@transaction.atomic
def take_filling(*, filling_id: int, scope: Scope, by: int) -> tuple[bytes, TableFilling]:
    """The filled file, for who carries it to the recipient. The row of the audit comes first: who, to whom, for what.

    Raises `reports.unknown_filling`, `reports.filling_gone`, `reports.table_ended`."""
    filling = get_filling(scope, filling_id)
    table = filling.table
    if table.state != State.APPROVED or table.ends_on is None or table.ends_on < today():
        raise Problem("reports.table_ended", day=table.ends_on.isoformat() if table.ends_on else "")
    content = TableFilling.objects.filter(scope.q(), pk=filling.pk).values_list("content", flat=True).first()
    if content is None:
        raise Problem("reports.filling_gone")
    audit.record(
        "table.download",
        "table",
        table.pk,
        by=by,
        path=filling.area_path,
        reason=f"{table.department}：{table.purpose_note or table.purpose}",
        filling=filling.pk,
        rows=filling.row_count,
        numbers=table.has_numbers,
    )
    return unseal_bytes(content, purpose=FILLED), filling


# ---------- asking for what is not known ----------


@transaction.atomic
def ask_at_next_visit(
    *,
    table_id: int,
    question_keys: Sequence[str],
    emergency_id: int,
    due_at: dt.datetime,
    scope: Scope,
    by: int,
) -> Campaign:
    """加到下次上门: a small campaign of the table's department over its doors. What a door is asked is the union of all
    that run there, so that nobody is asked twice for it, and what is known already counts.

    Raises `reports.column_not_askable`, `reports.already_asked`, and what declaring a campaign raises.
    """
    table = get_table(scope, table_id)
    scope.within(table.area_path)
    if table.state not in (State.CONFIRMED, State.APPROVED) or table.deleted_at:
        raise Problem("reports.table_moved_on")
    known = {question.key: question for question in dictionary(scope)}
    wanted = [key for key in dict.fromkeys(question_keys) if key in known]
    if not wanted or any(table.purpose not in known[key].purposes for key in wanted):
        raise Problem("reports.column_not_askable")
    running = asked_already(scope, table, wanted)
    for key, campaign in running.items():
        raise Problem("reports.already_asked", question=known[key].label, campaign=campaign.name)
    labels = "、".join(known[key].label for key in wanted)
    form = make_form(
        title=f"{table.department} {table.title}"[:80],
        purpose=table.purpose,
        question_keys=wanted,
        area_path=table.area_path,
        by=by,
    )
    declared = declare_campaign(
        Declaration(
            name=(_("%(department)s：%(labels)s") % {"department": table.department, "labels": labels})[:60],
            area=table.area,
            emergency_id=emergency_id,
            due_at=due_at,
            form=(form.key, form.version),
            department=table.department[:40],
        ),
        scope=scope,
        by=by,
    )
    audit.record("table.ask", "table", table.pk, by=by, path=table.area_path, questions=wanted)
    start_freeze(round_id=declared.rounds.get().pk, scope=scope, by=by)
    return declared


def asked_already(scope: Scope, table: DepartmentTable, question_keys: Sequence[str]) -> dict[str, Campaign]:
    """Question → a campaign that runs over the whole of the table's area and asks it."""
    found: dict[str, Campaign] = {}
    if not question_keys:
        return found
    running = [
        one
        for one in running_rounds(scope.within(table.area_path), now())
        if table.area_path.startswith(one.campaign.area_path)
    ]
    asked = questions_asked(running)
    for one in running:
        for key in set(question_keys) & set(asked[one.campaign_id]):
            found.setdefault(key, one.campaign)
    return found


def askable(unknown: Sequence[dict[str, Any]]) -> list[str]:
    """The questions that would fill what a filling could not know."""
    return list(dict.fromkeys(one["question"] for one in unknown if one["question"]))
