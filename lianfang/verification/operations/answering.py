"""Rung once, by one worker, whoever else asks; answered; confirmed on the way up. Answers and calls are append-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.campaigns.rules import not_reached
from lianfang.core import audit
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.likeness.names import are_of_two
from lianfang.verification import rules
from lianfang.verification.models import (
    NEEDS_ATTEMPTS,
    TELLS_OF_PERSON,
    Answer,
    AnswerCode,
    Call,
    PushedList,
    PushedRow,
)
from lianfang.verification.operations.answers_of_register import keep_answers
from lianfang.verification.operations.interim import store_in_progress
from lianfang.verification.operations.told_rows import follow_target, is_overtaken, link_household, told_row
from lianfang.verification.operations.wrong_numbers import cut, put_back
from lianfang.verification.queries import calls_of_person, get_list, get_row, must_run
from lianfang.workforce.queries import worker_of

State = PushedRow.State


@dataclass(frozen=True, slots=True)
class Said:
    """What was found out. `note`: whereabouts in words; `measure`: the level of watch; of 在核, `note` says where it is
    and `owner_id` who has it; `household_id`: where the person was found, of whom the register knew nothing;
    `operation_id`: of the phone that tells it."""

    code: str
    note: str = ""
    present_place: str = ""
    measure: str = ""
    tested_on: dt.date | None = None
    test_result: str = ""
    evidence: str = ""
    owner_id: int | None = None
    channel: str = "phone"
    happened_at: dt.datetime | None = None
    household_id: int | None = None
    operation_id: UUID | None = None


@transaction.atomic
def claim(*, row_id: int, scope: Scope, by: int) -> PushedRow:
    """Take a row to ring. Somebody else's, taken less than a quarter of an hour ago, is theirs; at night only what is
    urgent is rung; who was spoken to for another list is not rung again.

    Raises `verification.unknown_row`, `verification.answered`, `verification.taken`, `verification.night`,
    `verification.spoken_to`."""
    row = get_row(scope, row_id, lock=True)
    must_run(row.list)
    if row.state == State.ANSWERED:
        raise Problem("verification.answered")
    moment, worker = now(), worker_of(by)
    mine = worker is not None and row.worker_id == worker.pk
    if row.taken_at and moment - row.taken_at < rules.CLAIM and not mine:
        raise Problem("verification.taken")
    if not rules.may_ring(local(moment), is_urgent=row.is_urgent):
        raise Problem("verification.night")
    since = moment - dt.timedelta(days=row.list.checked_days)
    with crossing("verification.rung_before", actor_id=by) as everywhere:  # whoever in the county rang
        calls = calls_of_person(everywhere.within(row.list.area_path), row).exclude(row_id=row.pk)
        if calls.filter(outcome=Call.Outcome.REACHED, happened_at__gte=since).exists():
            raise Problem("verification.spoken_to")
    row.taken_at, row.worker_id = moment, worker.pk if worker else row.worker_id
    row.save(update_fields=["taken_at", "worker_id"])
    audit.record("list.claim", "pushed_row", row.pk, by=by, path=row.area_path)
    return row


@transaction.atomic
def record_call(
    *,
    row_id: int,
    outcome: str,
    scope: Scope,
    by: int,
    note: str = "",
    happened_at: dt.datetime | None = None,
) -> Call:
    """What came of ringing, with its hour. An objection is kept in words and goes to the county's desk. Who took the row
    to ring after this call still has it.

    Raises `verification.unknown_row`, `verification.unknown_outcome`, `verification.note_required`."""
    row = told_row(scope, row_id, is_call=True)
    if outcome not in Call.Outcome.values:
        raise Problem("verification.unknown_outcome")
    if outcome == Call.Outcome.OBJECTED and not note.strip():
        raise Problem("verification.note_required")
    moment = now()
    call = Call.objects.create(
        row=row,
        area_path=row.area_path,
        person_id=row.person_id,
        phone_token=row.phone_token,
        outcome=outcome,
        note=note.strip() or None,
        happened_at=min(happened_at or moment, moment),
        received_at=moment,
        by=by,
    )
    held = row.taken_at if row.taken_at and row.taken_at > call.happened_at else None
    PushedRow.objects.filter(pk=row.pk).update(attempt_count=F("attempt_count") + 1, taken_at=held)
    audit.record("list.call", "pushed_row", row.pk, by=by, path=row.area_path, outcome=outcome)
    return call


@transaction.atomic
def answer(*, row_id: int, said: Said, scope: Scope, by: int) -> Answer:
    """核查结果. A correction is a new answer; the same person's open rows on other lists are answered with it. What a
    person found out later stands: an older answer that comes after it is kept, and supersedes nothing.

    Raises `verification.unknown_row`, `verification.moved_on`, `verification.unknown_answer`, `scope.outside`,
    `verification.place_required`, `verification.owner_required`, `verification.not_tried`, `verification.closed`."""
    row, others = _locked(row_id, scope)
    _check(row, said)
    if (same := _said_already(row, said, by, scope)) is not None:
        return same
    moment = now()
    if is_overtaken(row, min(said.happened_at or moment, moment), said.operation_id):
        audit.record(
            "list.answer", "pushed_row", row.pk, by=by, path=row.area_path, code=said.code, is_late=True
        )
        return _made(row, said, by=by)
    if said.household_id is not None:
        link_household(row, said.household_id, scope=scope, by=by)
        others = list(
            _same_person(row, scope).select_for_update(of=("self",)).select_related("list").order_by("pk")
        )
    if row.answer and row.answer_id is None:  # what the register said stays to be read behind the correction
        keep_answers(row.list, scope)
        row.refresh_from_db(fields=["answer_id"])
    made = _store(row, said, by=by)
    if said.code in TELLS_OF_PERSON:
        for other in others:
            if _is_of_two(row, other):
                continue
            _store(other, said, by=by, from_row=row)
    audit.record("list.answer", "pushed_row", row.pk, by=by, path=row.area_path, code=said.code)
    return made


def _check(row: PushedRow, said: Said) -> None:
    if said.code not in AnswerCode.values:
        raise Problem("verification.unknown_answer")
    if row.list.state == PushedList.State.CLOSED:
        raise Problem("verification.closed")
    if row.state in (State.DECIDING, State.DESK) and said.code == AnswerCode.CONTROLLED:
        raise Problem("verification.place_required")
    if said.code == AnswerCode.NOT_HERE and not (said.note.strip() or said.present_place.strip()):
        raise Problem("verification.place_required")
    if said.code == AnswerCode.IN_PROGRESS and (said.owner_id is None or not said.note.strip()):
        raise Problem("verification.owner_required")
    if said.code in NEEDS_ATTEMPTS:
        tried = list(
            Call.objects.filter(row=row, area_path=F("area_path")).values_list("happened_at", flat=True)
        )
        if not not_reached(tried):
            raise Problem("verification.not_tried")


def _store(row: PushedRow, said: Said, *, by: int, from_row: PushedRow | None = None) -> Answer:
    taken_out = None
    if from_row is None:
        put_back(row.answer_id, said.code, by=by)
        taken_out = cut(row, said.code, by=by)
    target = follow_target(row, said.code, by=by)
    made = _made(
        row,
        said,
        by=by,
        from_row_id=from_row.pk if from_row else None,
        cut_person_id=taken_out[0] if taken_out else None,
        cut_phone=taken_out[1] if taken_out else None,
        found_household_id=target[0] if target else None,
        found_person_id=target[1] if target else None,
        supersedes_id=row.answer_id,
    )
    row.answer, row.answer_id, row.answered_at = said.code, made.pk, made.received_at
    row.state = State.IN_PROGRESS if said.code == AnswerCode.IN_PROGRESS else State.ANSWERED
    row.taken_at = None
    # What was confirmed was another answer.
    row.village_confirmed_at = row.village_confirmed_by = row.town_confirmed_at = row.town_confirmed_by = None
    row.save()
    return made


def _made(row: PushedRow, said: Said, *, by: int, **more: Any) -> Answer:
    moment, worker = now(), worker_of(by)
    return Answer.objects.create(
        row=row,
        area_path=row.area_path,
        code=said.code,
        note=said.note.strip() or None,
        present_place=said.present_place.strip() or None,
        measure=said.measure,
        tested_on=said.tested_on,
        test_result=said.test_result,
        evidence=said.evidence.strip() or None,
        owner_id=said.owner_id,
        channel=said.channel,
        happened_at=min(said.happened_at or moment, moment),
        received_at=moment,
        by=worker.pk if worker else None,
        operation_id=said.operation_id,
        **more,
    )


def _locked(row_id: int, scope: Scope) -> tuple[PushedRow, list[PushedRow]]:
    """The row and the open rows of the same person, all locked in one order: two workers who answer for one person on two
    lists at the same moment do not wait for each other in a circle."""
    seen = told_row(scope, row_id, is_locked=False)
    ids = sorted({seen.pk, *_same_person(seen, scope).values_list("pk", flat=True)})
    own = Q(pk=seen.pk) | scope.q()
    list(PushedRow.objects.filter(own, pk__in=ids).select_for_update().order_by("pk").values_list("pk"))
    row = told_row(scope, row_id)
    return row, list(_same_person(row, scope).filter(pk__in=ids).select_related("list").order_by("pk"))


def _said_already(row: PushedRow, said: Said, by: int, scope: Scope) -> Answer | None:
    """The answer that stands, where the same worker says the very same once more: a button that was pressed twice, or
    sent again, neither adds an answer nor takes back a confirmation."""
    last = Answer.objects.filter(scope.q(), pk=row.answer_id).first() if row.answer_id else None
    worker = worker_of(by)
    if (
        last is None
        or worker is None
        or last.by != worker.pk
        or said.happened_at not in (None, last.happened_at)
    ):
        return None
    wanted: list[object] = [
        said.code,
        said.note,
        said.present_place,
        said.measure,
        said.tested_on,
        said.test_result,
    ]
    wanted += [said.evidence, said.owner_id]
    stands: list[object] = [
        last.code,
        last.note,
        last.present_place,
        last.measure,
        last.tested_on,
        last.test_result,
    ]
    stands += [last.evidence, last.owner_id]
    return last if [_plain(one) for one in wanted] == [_plain(one) for one in stands] else None


def _plain(one: object) -> object:
    return (one.strip() if isinstance(one, str) else one) or None


def _same_person(row: PushedRow, scope: Scope) -> QuerySet[PushedRow]:
    """Open rows of the same person within one's own areas: by whom they mean, or by the id (`_is_of_two` looks at the
    names)."""
    same = Q(pk__in=[])
    if row.person_id and row.verdict == "same":
        same |= Q(person_id=row.person_id, verdict="same")
    if row.id_token:
        same |= Q(id_token=row.id_token)
    return (
        PushedRow.objects.filter(scope.q(), same, state__in=(State.READY, State.OUT, State.IN_PROGRESS))
        .exclude(pk=row.pk)
        .exclude(list__state=PushedList.State.CLOSED)
    )


def _is_of_two(row: PushedRow, other: PushedRow) -> bool:
    is_decided = row.verdict == other.verdict == "same" and row.person_id == other.person_id
    return not is_decided and are_of_two(row.name, other.name)


@transaction.atomic
def confirm(*, row_ids: list[int], level: str, scope: Scope, by: int) -> int:
    """核实: the village (`level` village), then the township (`town`), stand behind the answers. Only whoever leads the
    whole village, or township, may; and nobody stands behind what they answered themselves.

    Raises `http.bad_request`, `scope.outside`, `verification.own_answer`, `verification.confirm_order`,
    `verification.confirmed_below`. Returns how many were confirmed."""
    if level not in ("village", "town"):
        raise Problem("http.bad_request", detail="level")
    moment = now()
    rows = PushedRow.objects.filter(scope.q(), pk__in=row_ids, state=State.ANSWERED)
    list(rows.select_for_update().order_by("pk").values_list("pk"))  # a correction of this moment waits
    _leads(rows, level, scope)
    worker = worker_of(by)
    own = Answer.objects.filter(pk__in=rows.values("answer_id"), by=worker.pk if worker else -1)
    if own.exists():
        raise Problem("verification.own_answer")
    if level == "village":
        count = rows.filter(village_confirmed_at__isnull=True).update(
            village_confirmed_at=moment, village_confirmed_by=by
        )
    else:
        if rows.filter(village_confirmed_at__isnull=True).exclude(village_code="").exists():
            raise Problem("verification.confirm_order")
        if rows.filter(village_confirmed_by=by).exists():  # two levels are two people
            raise Problem("verification.confirmed_below")
        count = rows.filter(town_confirmed_at__isnull=True).update(
            town_confirmed_at=moment, town_confirmed_by=by
        )
    if count:
        audit.record("list.confirm", "pushed_row", row_ids[0], by=by, count=count, level=level)
    return count


def _leads(rows: QuerySet[PushedRow], level: str, scope: Scope) -> None:
    """Raises `scope.outside` unless the scope holds the whole village, or township, in which each row is now: an area
    that was merged since counts as what it is today."""
    wanted = Area.Level.VILLAGE if level == "village" else Area.Level.TOWNSHIP
    above = {step for path in rows.order_by().values_list("area_path", flat=True) for step in prefixes(path)}
    for path, area in by_path(above).items():
        if area.level == wanted:
            scope.within(path)


@transaction.atomic
def answer_interim(*, list_id: int, scope: Scope, by: int) -> int:
    """按“在核”回复: whatever has no answer yet goes back as 在核, with where it is and who has it. Returns how many.

    Raises `verification.unknown_list`."""
    found = get_list(scope, list_id, lock=True)
    rows = list(PushedRow.objects.filter(scope.q(), list=found, answer="").select_for_update().order_by("pk"))
    if not rows:
        return 0
    made = store_in_progress([(row, row) for row in rows], found)
    for row, one in zip(rows, made, strict=True):
        row.answer, row.answer_id, row.answered_at = AnswerCode.IN_PROGRESS, one.pk, one.received_at
        if row.state == State.OUT:
            row.state = State.IN_PROGRESS
    PushedRow.objects.bulk_update(rows, ["answer", "answer_id", "answered_at", "state"], batch_size=1000)
    audit.record("list.interim", "pushed_list", found.pk, by=by, path=found.area_path, count=len(rows))
    return len(rows)
