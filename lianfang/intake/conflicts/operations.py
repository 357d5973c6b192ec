"""The village says which of two is right."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lianfang.campaigns.models.visits import Channel, Outcome
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.conflicts.finding import FIELD
from lianfang.intake.conflicts.queries import get_conflict, is_field, with_sides, with_values
from lianfang.intake.corrections import originals
from lianfang.intake.differing import PRESENCE
from lianfang.intake.doubts import TWO_ANSWERS
from lianfang.intake.models import Conflict, FieldTold, Operation
from lianfang.register.amending import amend_person, locked_person

SIDES = ("first", "second")


@transaction.atomic
def settle_conflict(*, conflict_id: int, side: str, scope: Scope, by: int) -> Conflict:
    """Take one of the two as right: a new record by the desk says so, and both stay. Raises `intake.unknown_conflict`,
    `intake.already_settled`, `intake.nothing_left` when what that side said is there no more."""
    if side not in SIDES:
        raise Problem("http.bad_request", detail="side")
    row = get_conflict(scope, conflict_id)
    if is_field(row.question):
        _set_field(row, side, scope=scope, by=by)
    else:
        _record(row, side, scope=scope, by=by)
    row.settled_at, row.settled_by, row.settled_as = now(), by, side
    row.save(update_fields=["settled_at", "settled_by", "settled_as"])
    _release(row.second, by=by)
    audit.record(
        "conflict.settle",
        "household",
        row.household_id,
        by=by,
        path=row.area_path,
        question=row.question,
        side=side,
    )
    return row


def _release(op_id: UUID, *, by: int) -> None:
    """Nothing is asked any more about the record that came second: from now on it is filed like any other."""
    if not Conflict.objects.filter(second=op_id, settled_at__isnull=True).exists():
        Operation.objects.filter(Q(pk=op_id), code=TWO_ANSWERS).update(
            status=Operation.Status.FILED, code="", detail={}, settled_at=now(), settled_by=by
        )


def _record(row: Conflict, side: str, *, scope: Scope, by: int) -> None:
    """A visit by the desk, with the value of the chosen side and where somebody was by the same."""
    chosen = row.first if side == "first" else row.second
    original = originals(scope, [chosen]).get(chosen) if chosen else None
    if original is None:
        raise Problem("intake.nothing_left")
    answers: dict[str, Any] = {}
    lines: tuple[LineInput, ...] = ()
    if row.person_id:
        line = next((one for one in original.lines if one["person"] == row.person_id), None)
        if line is None:
            raise Problem("intake.nothing_left")
        lines = (_line(row, line),)
    elif row.question in original.answers:
        answers = {row.question: original.answers[row.question]}
    else:
        raise Problem("intake.nothing_left")
    visit = VisitInput(
        visit_id=new_id(),
        household_id=row.household_id,
        channel=Channel.DESK.value,
        outcome=Outcome.MET.value,
        happened_at=now(),
        lines=lines,
        answers=answers,
    )
    record_visits([visit], scope=scope, by=by)


def _line(row: Conflict, line: dict[str, Any]) -> LineInput:
    given = line.get("answers", {})
    answers = (
        {row.question: given[row.question]} if row.question != PRESENCE and row.question in given else {}
    )
    if row.question != PRESENCE and not answers:
        raise Problem("intake.nothing_left")
    return LineInput(
        person_id=row.person_id,
        presence=line["presence"],
        answered_by=line.get("answered_by"),
        away_place=line.get("away_place") or "",
        away_since_on=_day(line.get("away_since")),
        back_on=_day(line.get("back_on")),
        reason=line.get("reason") or "",
        answers=answers,
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _set_field(row: Conflict, side: str, *, scope: Scope, by: int) -> None:
    (told,) = with_values(with_sides(scope, Conflict.objects.filter(pk=row.pk)))
    value = (told.first if side == "first" else told.second).value
    if value is None:
        raise Problem("intake.nothing_left")
    name = row.question.removeprefix(FIELD)
    person = locked_person(row.person_id)
    amend_person(
        person=person,
        fields={name: _day(value) if name == "birth_on" else value},
        scope=scope,
        by=by,
    )
    FieldTold.objects.filter(person_id=person.pk, field=name).update(told_at=now(), told_by=by)
