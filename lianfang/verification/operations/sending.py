"""Down and back: who is meant, where it belongs, each step signed for. Back only upward, and with an area proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, living, prefixes
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.models import Person
from lianfang.verification.models import NEXT, Hop, PushedList, PushedRow
from lianfang.verification.operations import steps
from lianfang.verification.operations.answers_of_register import keep_answers
from lianfang.verification.queries import get_list, get_row, must_run
from lianfang.workforce.queries import who_answers

State = PushedRow.State


@transaction.atomic
def decide(*, row_id: int, person_id: int | None, scope: Scope, by: int) -> PushedRow:
    """是这个人, or none of them: a person says whom the row means, and it goes where that person lives.

    Raises `verification.unknown_row`, `verification.already_decided`, `verification.not_offered`."""
    row = get_row(scope, row_id, lock=True)
    must_run(row.list)
    if row.state != State.DECIDING:
        raise Problem("verification.already_decided")
    offered = {one["person_id"] for one in row.candidates}
    if person_id is not None and person_id not in offered:
        raise Problem("verification.not_offered")
    row.decided_by, row.decided_at = by, now()
    row.person_id, row.verdict = person_id, "same" if person_id else "unlike"
    if person_id is not None:
        with crossing("verification.decide", actor_id=by):
            person = Person.objects.only("area_path", "household_id").filter(pk=person_id).first()
        if person is None or not person.area_path.startswith(row.list.area_path):
            raise Problem(
                "verification.not_offered"
            )  # left the register, or the county, since the list was sorted
        row.household_id = person.household_id
        steps.put(row, by_path(prefixes(person.area_path)).values(), "register")
    else:
        row.household_id = None
    row.state = State.READY if row.town_code else State.DESK
    row.save()
    audit.record("list.decide", "pushed_row", row.pk, by=by, path=row.area_path, is_somebody=bool(person_id))
    return row


@transaction.atomic
def place(*, row_id: int, area: Area, scope: Scope, by: int) -> PushedRow:
    """What could not be routed, or came back, is given an area by whoever has it. A row that is out goes there at once.

    Raises `verification.unknown_row`, `verification.answered`, `verification.area_above`."""
    row = get_row(scope, row_id, lock=True)
    must_run(row.list)
    if row.state == State.ANSWERED:
        raise Problem("verification.answered")
    if not area.path.startswith(row.list.area_path) or area.path == row.list.area_path:
        raise Problem("verification.area_above")
    scope.within(area.path)
    was_out = row.state in (State.OUT, State.IN_PROGRESS)
    steps.put(row, by_path(prefixes(area.path)).values(), "person")
    row.state = State.READY
    row.save()
    audit.record("list.place", "pushed_row", row.pk, by=by, path=row.area_path, area=area.code)
    if was_out or row.list.state == PushedList.State.OUT:
        _send([row], by)
        row.refresh_from_db()
    return row


@transaction.atomic
def dispatch(*, list_id: int, scope: Scope, by: int) -> int:
    """派发: every row that has a place goes down to it at once; townships and villages sign for what passed them.
    Returns how many went. Raises `verification.unknown_list`, `verification.not_sorted`."""
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    must_run(found)
    if found.state == PushedList.State.RECEIVED:
        raise Problem("verification.not_sorted")
    if PushedList.State.OUT not in NEXT[found.state]:
        raise Problem("verification.closed")
    ready = list(
        PushedRow.objects.filter(scope.q(), list=found, state=State.READY).select_for_update().order_by("pk")
    )
    count = _send(ready, by)
    keep_answers(found, scope)
    found.state = PushedList.State.OUT
    found.sent_at = found.sent_at or now()
    found.save(update_fields=["state", "sent_at"])
    audit.record("list.dispatch", "pushed_list", found.pk, by=by, path=found.area_path, count=count)
    return count


def _send(placed: Sequence[PushedRow], by: int | None) -> int:
    """Rows with a place go down; who answers for the grid of somebody known rings, else the village names somebody.
    Where a village was split or is no more since, the county's desk finds out where the row belongs now. A fixed number
    of statements a thousand rows. Returns how many went."""
    moment = now()
    with crossing("verification.send", actor_id=by) as everywhere:
        at = living({_code(row) for row in placed})
        going = [row for row in placed if _code(row) in at]
        for row in placed:
            if _code(row) not in at:
                row.state, row.town_code, row.village_code = State.DESK, "", ""
        now_at = {row.pk: at[_code(row)] for row in going}
        _follow([row for row in going if now_at[row.pk].code != _code(row)], now_at)
        ends = _ends(going, {row: area.path for row, area in now_at.items()}, moment)
        hops: list[Hop] = []
        for row in going:
            end = ends[row.pk]
            came = row.area_path if end.startswith(row.area_path) else row.list.area_path
            hops += steps.down(row, end, came=came, below=came, by=by, moment=moment)
            row.area_path, row.state = end, State.OUT
        Hop.objects.bulk_create(hops, batch_size=2000)
        steps.store(placed, everywhere)
    return len(going)


def _code(row: PushedRow) -> str:
    return row.village_code or row.town_code


def _follow(rows: Sequence[PushedRow], now_at: dict[int, Area]) -> None:
    """Placed in an area that was merged since: from here on with what it is now, and with the township of that."""
    chains = steps.chains_of({now_at[row.pk].path for row in rows})
    for row in rows:
        steps.put(row, chains[now_at[row.pk].path], row.placed_by)


def _ends(rows: Sequence[PushedRow], ends: dict[int, str], moment: dt.datetime) -> dict[int, str]:
    """Row → the area it goes to: the grid of who answers for the home of somebody known, whom the row then names; else
    where it was placed. Two statements."""
    known = [row.person_id for row in rows if row.person_id and row.placed_by == "register"]
    people = dict(Person.objects.filter(pk__in=known).values_list("pk", "area_path"))
    homes = {
        row.pk: people[row.person_id]
        for row in rows
        if row.person_id in people and people[row.person_id].startswith(ends[row.pk])
    }
    answering = who_answers(set(homes.values()), moment)
    found = dict(ends)
    for row in rows:
        answers = answering.get(homes.get(row.pk, ""))
        if answers is not None and answers.is_of_grid:
            found[row.pk], row.worker_id = answers.area_path, answers.worker_id
    return found


@transaction.atomic
def sign_for(*, list_id: int, area: Area, scope: Scope, by: int) -> int:
    """签收: an area has seen what came to it. Returns how many steps were signed; the first signature of a step stays."""
    scope.within(area.path)
    waiting = Hop.objects.filter(
        scope.within(area.path).q(), row__list_id=list_id, area_path=area.path, signed_at__isnull=True
    )
    count = waiting.update(signed_at=now(), signed_by=by)
    if count:
        audit.record("list.sign", "pushed_list", list_id, by=by, path=area.path, count=count)
    return count


@transaction.atomic
def hand_back(*, row_id: int, proposed: str, reason: str, scope: Scope, by: int) -> PushedRow:
    """非我辖区: one step up, and never without saying where it belongs instead.

    Raises `verification.unknown_row`, `verification.not_out`, `verification.proposal_required`."""
    row = get_row(scope, row_id, lock=True)
    if row.state not in (State.OUT, State.IN_PROGRESS):
        raise Problem("verification.not_out")
    if not proposed.strip():
        raise Problem("verification.proposal_required")
    above = _above(row.area_path, row.list.area_path)
    is_county = above == row.list.area_path
    with crossing("verification.hand_back", actor_id=by):  # it leaves the scope of who hands it back
        Hop.objects.create(
            row=row,
            kind=Hop.Kind.BACK,
            from_path=row.area_path,
            area_path=above,
            proposed=proposed.strip()[:120],
            reason=reason.strip()[:200],
            sent_at=now(),
            sent_by=by,
        )
        row.proposed, row.worker_id, row.taken_at, row.village_code = proposed.strip()[:120], None, None, ""
        row.area_path, row.state = above, State.DESK if is_county else State.OUT
        row.town_code = "" if is_county else row.town_code
        row.save()
        audit.record("list.hand_back", "pushed_row", row.pk, by=by, path=above)
    return row


def _above(path: str, county_path: str) -> str:
    """The township or county above: a grid hands back past its village's other grids to the village."""
    areas = by_path(prefixes(path))
    levels = (Area.Level.VILLAGE, Area.Level.TOWNSHIP, Area.Level.COUNTY)
    return next(
        (
            one
            for one in reversed(prefixes(path))
            if one != path and one in areas and areas[one].level in levels
        ),
        county_path,
    )
