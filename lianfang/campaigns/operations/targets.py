"""Who goes where: named targets given to somebody else than who answers for the area, handed back, taken again,
found in the field, or settled because nobody is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign, HandBack, Round, Target
from lianfang.campaigns.models.targets import Origin, State
from lianfang.campaigns.models.visits import Channel, Outcome, Presence
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.models import Household, Person
from lianfang.workforce.operations import hand_over
from lianfang.workforce.queries import get_worker, who_answers, worker_of

OWED = (State.OPEN, State.NOT_MET)


@transaction.atomic
def assign_targets(
    *, round_id: int, household_ids: Sequence[int], worker_id: int | None, scope: Scope, by: int
) -> int:
    """These households go to this worker, whoever answers for their area; None gives them back to that one.

    What was handed back is taken with it. Returns how many targets there were.
    """
    if not household_ids:
        raise Problem("campaigns.nothing_selected")
    if worker_id is not None:
        get_worker(worker_id, scope)
    _running_round(round_id)
    targets = Target.objects.filter(scope.q(), round_id=round_id, household_id__in=household_ids)
    count = targets.update(worker_id=worker_id)
    if not count:
        raise Problem("campaigns.not_a_target")
    HandBack.objects.filter(
        scope.q(), round_id=round_id, household_id__in=household_ids, taken_at__isnull=True
    ).update(taken_by=worker_id, taken_at=now())
    path = targets.order_by("area_path").values_list("area_path", flat=True)[0]
    audit.record("target.assign", "round", round_id, by=by, path=path, worker=worker_id, count=count)
    return count


@transaction.atomic
def hand_back(
    *, round_id: int, household_ids: Sequence[int], reason: str, scope: Scope, by: int
) -> list[HandBack]:
    """A worker gives doors back, with a reason. Until somebody takes them they stand open at the village lead; what
    is owed at them does not change. Only one's own: raises `campaigns.not_yours`."""
    if not household_ids:
        raise Problem("campaigns.nothing_selected")
    if not reason.strip():
        raise Problem("campaigns.reason_required")
    _running_round(round_id)
    worker = worker_of(by)
    targets = list(
        Target.objects.filter(scope.q(), round_id=round_id, household_id__in=household_ids, state__in=OWED)
        .order_by("household_id", "person_id")
        .select_for_update()
    )
    if not targets:
        raise Problem("campaigns.not_a_target")
    answering = who_answers({target.area_path for target in targets})
    for target in targets:
        found = answering.get(target.area_path)
        holder = target.worker_id or (found.worker_id if found else None)
        if worker is None or holder != worker.pk:
            raise Problem("campaigns.not_yours")
    waiting = set(
        HandBack.objects.filter(scope.q(), round_id=round_id, taken_at__isnull=True).values_list(
            "household_id", flat=True
        )
    )
    moment, paths = now(), {target.household_id: target.area_path for target in targets}
    made = HandBack.objects.bulk_create(
        HandBack(
            round_id=round_id,
            household_id=household_id,
            area_path=path,
            worker_id=worker.pk if worker else 0,
            reason=reason.strip(),
            handed_at=moment,
        )
        for household_id, path in paths.items()
        if household_id not in waiting
    )
    Target.objects.filter(scope.q(), round_id=round_id, household_id__in=paths).update(worker_id=None)
    audit.record(
        "target.hand_back",
        "round",
        round_id,
        by=by,
        path=targets[0].area_path,
        reason=reason.strip(),
        count=len(made),
    )
    return made


@transaction.atomic
def take_back(*, hand_back_ids: Sequence[int], worker_id: int, scope: Scope, by: int) -> int:
    """Somebody takes doors that were handed back: the same worker after all, or another."""
    waiting = HandBack.objects.select_for_update().filter(
        scope.q(), pk__in=hand_back_ids, taken_at__isnull=True
    )
    by_round: dict[int, list[int]] = {}
    for round_id, household_id in waiting.order_by("pk").values_list("round_id", "household_id"):
        by_round.setdefault(round_id, []).append(household_id)
    if not by_round:
        raise Problem("campaigns.nothing_selected")
    return sum(
        assign_targets(round_id=round_id, household_ids=households, worker_id=worker_id, scope=scope, by=by)
        for round_id, households in by_round.items()
    )


@transaction.atomic
def reassign_worker(
    *, from_worker_id: int, to_worker_id: int, scope: Scope, by: int, reason: str = ""
) -> int:
    """All that one worker holds within `scope` passes to another: areas (a row each) and named targets not done yet.
    Returns the number of areas and targets."""
    get_worker(to_worker_id, scope)
    areas = hand_over(
        from_worker_id=from_worker_id, to_worker_id=to_worker_id, scope=scope, by=by, reason=reason
    )
    running = Round.objects.filter(closed_at__isnull=True, frozen_at__isnull=False)
    named = Target.objects.filter(
        scope.q(), round__in=running, worker_id=from_worker_id, state__in=OWED
    ).update(worker_id=to_worker_id)
    if not areas and not named:
        raise Problem("campaigns.nothing_selected")
    audit.record(
        "target.reassign",
        "worker",
        from_worker_id,
        by=by,
        path=scope.ranges[0][0],
        reason=reason,
        to=to_worker_id,
        areas=len(areas),
        count=named,
    )
    return len(areas) + named


@transaction.atomic
def add_found_household(*, household_id: int, scope: Scope, by: int) -> int:
    """A household that the register did not know, entered just now, becomes a target of every round that runs there.

    It is counted apart (`origin`): the frozen list stays what it was. Returns the number of rounds.
    """
    household = Household.objects.filter(scope.q(), pk=household_id).select_for_update(no_key=True).first()
    if household is None:
        raise Problem("register.unknown_household")
    village = (
        Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(household.area_path))
        .values_list("path", flat=True)
        .first()
    )
    moment = now()
    rounds = Round.objects.filter(
        frozen_at__isnull=False,
        closed_at__isnull=True,
        opens_at__lte=moment,
        campaign__area_path__in=prefixes(household.area_path),
        campaign__emergency__ended_at__isnull=True,
        campaign__emergency__ends_at__gt=moment,
    ).select_related("campaign")
    taken = sum(bool(add_targets(found, household, village or household.area_path)) for found in rounds)
    audit.record("target.found", "household", household.pk, by=by, path=household.area_path, rounds=taken)
    return taken


def add_targets(
    found: Round, household: Household, village_path: str, *, people: Sequence[int] | None = None
) -> int:
    """Targets, tasks and counters of one household in one round, counted apart. Running it again adds nothing.
    `people`: a target for each of these instead, as far as the campaign looks for them."""
    clause, parameters = eligibility.people_sql(
        found.campaign.base, eligibility.parse(found.campaign.eligibility)
    )
    if people is not None:
        subject, eligible = "p.id", f"({clause}) and p.id = any(%(people)s)"
    elif found.campaign.subject == Campaign.Subject.PERSON:
        subject, eligible = "p.id", clause
    else:
        # Nobody is known of it yet: then it is asked, for somebody may live there whom the campaign looks for.
        subject, eligible = "0", f"(p.id is null or ({clause}))"
    values = {
        **parameters,
        "round": found.pk,
        "household": household.pk,
        "path": household.area_path,
        "village": village_path,
        "opens": found.opens_at,
        "due": found.due_at,
        "as_of": today(),
        "origin": Origin.FOUND_IN_FIELD,
        "people": list(people or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(subject=subject, eligible=eligible), values)
        added = cursor.rowcount
        if added:
            cursor.execute(_FOUND_TASKS, values)
            cursor.execute(_FOUND_COVERAGE, {**values, "added": added})
    return added


def take_off(round_id: int, household_id: int, person_id: int) -> None:
    """Undo `add_targets` of one target that is still owed. What was done at it meanwhile stays."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OFF, [round_id, household_id, person_id])
        cursor.execute("delete from campaigns_coverage where round_id = %s and due = 0", [round_id])


_TAKE_OFF = """
with gone as (
  delete from campaigns_target where (round_id, household_id, person_id) = (%s, %s, %s) and origin = 'found_in_field'
    and state in ('open', 'not_met')
  returning *),
tasks as (
  delete from campaigns_task k using gone g
  where (k.round_id, k.household_id, k.person_id) = (g.round_id, g.household_id, g.person_id))
update campaigns_coverage c set due = c.due - 1, open = c.open - (g.state = 'open')::int,
  not_met = c.not_met - (g.state = 'not_met')::int
from gone g where (c.round_id, c.village_path, c.origin, c.due_at) = (g.round_id, g.village_path, g.origin, g.due_at)
"""


_FOUND = """
insert into campaigns_target (round_id, household_id, person_id, area_path, village_path, origin, due_at, state,
  reason, attempt_count)
select distinct %(round)s::bigint, h.id, {subject}::bigint, h.area_path, %(village)s, %(origin)s,
  %(due)s::timestamptz, 'open', '', 0
from register_household h left join register_person p on p.household_id = h.id
where h.id = %(household)s and h.area_path = %(path)s and {eligible}
on conflict do nothing
"""
_FOUND_TASKS = """
insert into campaigns_task (round_id, household_id, person_id, template, slot, attempt, area_path, opens_at, due_at,
  closed_as)
select round_id, household_id, person_id, 'visit', 0, 1, area_path, %(opens)s, due_at, ''
from campaigns_target where round_id = %(round)s and household_id = %(household)s and area_path = %(path)s
on conflict do nothing
"""
_FOUND_COVERAGE = """
insert into campaigns_coverage as c (round_id, village_path, origin, due_at, due, done, exempt, not_met, open)
values (%(round)s, %(village)s, %(origin)s, %(due)s, %(added)s, 0, 0, 0, %(added)s)
on conflict (round_id, village_path, origin, due_at) do update set due = c.due + excluded.due,
  open = c.open + excluded.open
"""


@dataclass(frozen=True, slots=True)
class Away:
    """Where a household is for the whole round, and since and until when, as far as anybody knows."""

    place: str
    since_on: dt.date | None = None
    back_on: dt.date | None = None
    told_by: str = ""


@transaction.atomic
def settle_away(*, round_id: int, household_ids: Sequence[int], away: Away, scope: Scope, by: int) -> int:
    """The village lead settles households that are wholly away for the round: one visit by record for each, with
    every member of the household away. A recheck sample of these is drawn at the evening close.

    Only what is still owed, only once: a household that has been settled is passed over. Returns how many were.
    """
    if not household_ids:
        raise Problem("campaigns.nothing_selected")
    if not away.place.strip():
        raise Problem("visits.away_place_required")
    found = _running_round(round_id)
    owed = Target.objects.filter(scope.q(), round_id=found.pk, household_id__in=household_ids, state__in=OWED)
    homes = sorted(set(owed.values_list("household_id", flat=True)))
    people: dict[int, list[int]] = {}
    for household_id, person_id in Person.objects.filter(
        scope.q(), household_id__in=homes, is_current=True
    ).values_list("household_id", "id"):
        people.setdefault(household_id, []).append(person_id)
    visits = [
        _away_visit(household_id, people[household_id], away)
        for household_id in homes
        if household_id in people
    ]
    if not visits:
        raise Problem("campaigns.not_a_target")
    record_visits(visits, scope=scope, by=by)
    path = owed.model.objects.filter(scope.q(), round_id=found.pk, household_id=homes[0])[0].area_path
    # Who told it is a person: that stands sealed with the visits, never in the audit.
    audit.record("target.settle_away", "round", found.pk, by=by, path=path, count=len(visits))
    return len(visits)


def _away_visit(household_id: int, person_ids: Sequence[int], away: Away) -> VisitInput:
    visit_id: UUID = new_id()
    return VisitInput(
        visit_id=visit_id,
        household_id=household_id,
        channel=Channel.RECORD.value,
        outcome=Outcome.ABSENT.value,
        happened_at=now(),
        lines=tuple(
            LineInput(
                person_id,
                Presence.AWAY.value,
                away_place=away.place.strip(),
                away_since_on=away.since_on,
                back_on=away.back_on,
            )
            for person_id in person_ids
        ),
        note=away.told_by,
    )


def _running_round(round_id: int) -> Round:
    found = Round.objects.select_related("campaign").filter(pk=round_id).first()
    if found is None:
        raise Problem("campaigns.unknown")
    if not found.frozen_at:
        raise Problem("campaigns.not_frozen")
    if found.closed_at:
        raise Problem("campaigns.closed")
    return found
