"""Down and back: who is meant, where it belongs, each step signed for. Back only upward, and with an area proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from lianfang.accounts.queries import find_actor
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes, successors
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.models import Person
from lianfang.verification import rules
from lianfang.verification.models import NEXT, Hop, PushedList, PushedRow
from lianfang.verification.operations.answers_of_register import keep_answers
from lianfang.verification.queries import get_list, get_row, must_run
from lianfang.workforce.models import Worker
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
        _put(row, by_path(prefixes(person.area_path)).values(), "register")
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
    _put(row, by_path(prefixes(area.path)).values(), "person")
    row.state = State.READY
    row.save()
    audit.record("list.place", "pushed_row", row.pk, by=by, path=row.area_path, area=area.code)
    if was_out or row.list.state == PushedList.State.OUT:
        _send([row], by)
        row.refresh_from_db()
    return row


def _put(row: PushedRow, areas: Iterable[Area], placed_by: str) -> None:
    at = {area.level: area.code for area in areas}
    row.town_code = at.get(Area.Level.TOWNSHIP, "")
    row.village_code = at.get(Area.Level.VILLAGE, "")
    row.placed_by = placed_by


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


def _stay(row: PushedRow) -> None:
    """Its village was split or is no more since it was placed: the county's desk finds out where it belongs now."""
    row.state, row.town_code, row.village_code = State.DESK, "", ""
    row.save(update_fields=["state", "town_code", "village_code"])


def _living(rows: Iterable[PushedRow]) -> dict[str, Area]:
    """The area that each row goes to, by its code as it was placed: where an area was merged meanwhile, what it is now.
    Areas that are no more, or became several, are missing."""
    codes = {row.village_code or row.town_code for row in rows}
    found = {area.code: area for area in Area.objects.filter(code__in=codes)}
    now_living = {code: [area] if area.is_living else successors(code) for code, area in found.items()}
    return {code: areas[0] for code, areas in now_living.items() if len(areas) == 1}


def _send(placed: Sequence[PushedRow], by: int | None) -> int:
    """Rows with a place go down; who answers for the grid of somebody known rings, else the village names somebody.
    Returns how many went."""
    moment = now()
    with crossing("verification.send", actor_id=by):
        at = _living(placed)
        rows = [row for row in placed if (row.village_code or row.town_code) in at]
        for row in placed:
            if (row.village_code or row.town_code) not in at:
                _stay(row)
        people = dict(
            Person.objects.filter(
                pk__in=[row.person_id for row in rows if row.person_id and row.placed_by == "register"]
            ).values_list("pk", "area_path")
        )
        ends = {row.pk: at[row.village_code or row.town_code].path for row in rows}
        for row in rows:
            if at[row.village_code or row.town_code].code != (row.village_code or row.town_code):
                _put(row, by_path(prefixes(ends[row.pk])).values(), row.placed_by)
        homes = {
            row.pk: people[row.person_id]
            for row in rows
            if row.person_id in people and people[row.person_id].startswith(ends[row.pk])
        }
        answering = who_answers(set(homes.values()), moment)
        hops: list[Hop] = []
        for row in rows:
            end = ends[row.pk]
            answers = answering.get(homes.get(row.pk, ""))
            if answers is not None and answers.is_of_grid:
                end, row.worker_id = answers.area_path, answers.worker_id
            came = row.area_path if end.startswith(row.area_path) else row.list.area_path
            for step in rules.chosen_way(end, came):
                hops.append(
                    Hop(
                        row=row,
                        kind=Hop.Kind.DOWN,
                        from_path=came,
                        area_path=step,
                        sent_at=moment,
                        sent_by=by,
                    )
                )
                came = step
            row.area_path, row.state = end, State.OUT
        Hop.objects.bulk_create(hops, batch_size=2000)
        PushedRow.objects.bulk_update(
            rows, ["area_path", "state", "worker_id", "town_code", "village_code"], batch_size=1000
        )
    return len(rows)


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


@transaction.atomic
def give(*, row_id: int, worker_id: int, scope: Scope, by: int) -> PushedRow:
    """Who rings and goes there. A row that lies outside what the worker may see goes to the worker's own area.

    Raises `verification.unknown_row`, `verification.not_out`, `workforce.unknown_worker`."""
    row = get_row(scope, row_id, lock=True)
    if row.state not in (State.OUT, State.IN_PROGRESS):
        raise Problem("verification.not_out")
    worker = Worker.objects.filter(scope.q(), pk=worker_id, is_active=True).select_related("user").first()
    if worker is None:
        raise Problem("workforce.unknown_worker")
    row.worker_id, row.taken_at = worker.pk, None
    end = _where_seen(worker, row.area_path)
    if end != row.area_path:
        if not (scope.covers(end) and end.startswith(row.list.area_path)):
            raise Problem("workforce.unknown_worker")
        _move(row, end, by)
    row.save()
    audit.record("list.give", "pushed_row", row.pk, by=by, path=row.area_path, worker=worker.pk)
    return row


def _where_seen(worker: Worker, path: str) -> str:
    """The area itself, if the worker may check rows there; else the nearest of theirs: one below it, or their first."""
    actor = find_actor(worker.user) if worker.user else None
    grants = actor.grants if actor else ()
    own = [grant.area_path for grant in grants if "list.check" in ROLE_PERMISSIONS[grant.role]]
    own = own or [worker.area_path]
    if any(path.startswith(one) for one in own):
        return path
    return next((one for one in own if one.startswith(path)), own[0])


def _move(row: PushedRow, end: str, by: int) -> None:
    """From where the row is, or from the area that holds both, down step by step; each signs for it."""
    came = row.area_path
    shared = max((one for one in prefixes(came) if end.startswith(one)), key=len)
    with crossing("verification.give", actor_id=by):
        for step in rules.chosen_way(end, shared):
            Hop.objects.create(
                row=row, kind=Hop.Kind.DOWN, from_path=came, area_path=step, sent_at=now(), sent_by=by
            )
            came = step
    _put(row, by_path(prefixes(end)).values(), row.placed_by)
    row.area_path = end
