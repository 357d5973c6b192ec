"""The lists of running rounds follow the register: whoever moves, is born or dies while a round is open is owed once,
at the door where they live.

Who left is not waited for where they were: `settling.py` judges that from the register's events. What was known of
them is carried to the new door, so that nobody asks again. Where nobody has met them yet, the new household has them
in its base, and one that the list did not have joins it as found in the field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Campaign, Round, Target, Visit
from lianfang.campaigns.models.targets import State
from lianfang.campaigns.operations.attempts import standing_attempts
from lianfang.campaigns.operations.carrying import Elsewhere, LineInput, VisitInput, carried_on, parted
from lianfang.campaigns.operations.settling import settle, unsettled
from lianfang.campaigns.operations.targets import add_targets
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.windows import taken_by
from lianfang.campaigns.rules import GONE_DEAD, GONE_MOVED
from lianfang.core.clock import now
from lianfang.core.scope import crossing
from lianfang.register.doubles.rows import rows_of
from lianfang.register.models import Household, LifeEvent, Merge, Person

MOST_EVENTS = 500  # of one run of the clock
Side = LifeEvent.Side


@transaction.atomic
def follow_events(*, events: Collection[UUID], by: int) -> int:
    """Take these events into every round that is open. Doing it again changes nothing. Returns how many targets
    changed their state."""
    with crossing("follow_life", actor_id=by) as everywhere:
        rows = list(LifeEvent.objects.filter(event__in=events).order_by("pk"))
        homes = {row.household_id for row in rows if row.household_id}
        people = {row.person_id for row in rows}
        living = dict(Person.objects.filter(pk__in=people, is_current=True).values_list("pk", "household_id"))
        homes |= set(living.values())
        list(Household.objects.filter(pk__in=homes).order_by("pk").select_for_update(no_key=True))
        rounds = _open_rounds()
        changed = 0
        if rounds and homes:
            before = _homes_of(people)
            settled = _settled_people(rounds, before, people)
            changed += len(settle(homes, rounds))
            visits = _known_elsewhere(rounds, living, before)
            if visits:
                record_visits(visits, scope=everywhere, by=by, others=everywhere, is_carried=True)
            _join(rounds, _came(rows, living), settled)
            changed += len(settle(homes, rounds))
        LifeEvent.objects.filter(event__in=events, followed_at__isnull=True).update(followed_at=now())
    return changed


def follow_waiting() -> int:
    """Events that nobody has followed yet: of sheets that moved people. By the clock, so many at a time."""
    with crossing("follow_life", actor_id=None):
        waiting = LifeEvent.objects.filter(followed_at__isnull=True).order_by("pk")
        events: dict[int, set[UUID]] = {}
        for event, by in waiting.values_list("event", "recorded_by")[: 2 * MOST_EVENTS]:
            events.setdefault(by or 0, set()).add(event)
        for by, own in events.items():
            follow_events(events=own, by=by)
    return sum(map(len, events.values()))


def _open_rounds() -> list[Round]:
    """Every list that was frozen and is not closed, those that open later too."""
    return list(
        Round.objects.filter(
            frozen_at__isnull=False,
            closed_at__isnull=True,
            campaign__closed_at__isnull=True,
            campaign__emergency__ended_at__isnull=True,
            campaign__emergency__ends_at__gt=now(),
        )
        .select_related("campaign")
        .order_by("pk")
    )


def _homes_of(people: Iterable[int]) -> dict[int, set[int]]:
    """Every household in which the register has ever had each of these people, as far as events tell."""
    found: dict[int, set[int]] = {}
    rows = LifeEvent.objects.filter(person_id__in=list(people), household__isnull=False)
    for person, home in rows.values_list("person_id", "household_id"):
        found.setdefault(person, set()).add(home)
    return found


def _settled_people(
    rounds: Collection[Round], before: dict[int, set[int]], people: Collection[int]
) -> set[tuple[int, int]]:
    """(round, person) whose own target is through: met, or off the list. They are not owed a second one."""
    homes = {home for own in before.values() for home in own}
    through = Target.objects.filter(round__in=rounds, household_id__in=homes, person_id__in=people)
    through = through.filter(Q(state=State.EXEMPT) | Q(state=State.DONE, settled_by__isnull=False))
    return set(through.exclude(reason__in=(GONE_MOVED, GONE_DEAD)).values_list("round_id", "person_id"))


def _known_elsewhere(
    rounds: Collection[Round], living: dict[int, int], before: dict[int, set[int]]
) -> list[VisitInput]:
    """What was learnt of people at their former doors, and of rows that were merged into theirs, since the first of
    these rounds opened."""
    joined = rows_of(living)
    before = before | _homes_of(joined)
    for row, home in Person.objects.filter(pk__in=joined).values_list("pk", "household_id"):
        before.setdefault(row, set()).add(home)
    lives = {person: Elsewhere(home, person) for person, home in living.items()}
    lives |= {row: Elsewhere(living[kept], kept, merge) for row, (kept, merge) in joined.items()}
    former = {home for row, now_at in lives.items() for home in before.get(row, set()) - _here(row, now_at)}
    if not former or not rounds:
        return []
    attempts = standing_attempts(former, min(one.reach for one in taken_by(rounds, now()).values()))
    flat = [(home, attempt) for home, tries in attempts.items() for attempt in tries if attempt.lines]
    workers = dict(
        Visit.objects.filter(pk__in=[attempt.visit_id for _, attempt in flat]).values_list("pk", "worker_id")
    )
    carried: list[VisitInput] = []
    for home, attempt in flat:
        visit = VisitInput(
            visit_id=attempt.visit_id,
            household_id=home,
            channel="",
            outcome=attempt.outcome,
            happened_at=attempt.happened_at,
            worker_id=workers.get(attempt.visit_id),
            lines=tuple(
                LineInput(line.person_id, line.presence, answers=line.answers) for line in attempt.lines
            ),
        )
        elsewhere = {row: now_at for row, now_at in lives.items() if home not in _here(row, now_at)}
        carried += carried_on(visit, elsewhere)
    return carried


def _here(row: int, now_at: Elsewhere) -> set[int]:
    """The door at which a visit need not be carried any further. Of a row that was merged away there is none."""
    return {now_at.household_id} if row == now_at.person_id else set()


def carry_merged(kept_id: int, rounds: Collection[Round], *, by: int) -> None:
    """Whoever was met as the row that went has been met: nobody asks them again as the row that goes on."""
    with crossing("follow_merge", actor_id=by) as everywhere:
        lives = dict(Person.objects.filter(pk=kept_id).values_list("pk", "household_id"))
        visits = _known_elsewhere(rounds, lives, {})
        if visits:
            record_visits(visits, scope=everywhere, by=by, others=everywhere, is_carried=True)


def part_merged(merge: Merge, *, by: int) -> None:
    """The merge was undone: what it had carried, then or since, is taken back."""
    with crossing("follow_merge", actor_id=by) as everywhere:
        rows = {merge.dropped_id, *rows_of([merge.dropped_id])}
        told = Visit.objects.filter(household_id__in=_doors_of(rows), lines__person_id__in=rows)
        copies = parted(dict(told.values_list("pk", "happened_at")), places_of(merge))
        if copies:
            record_visits(copies, scope=everywhere, by=by, others=everywhere, is_carried=True)


def places_of(merge: Merge) -> list[Elsewhere]:
    """Where a merge may have carried anything to."""
    return [Elsewhere(home, merge.kept_id, merge.pk) for home in _doors_of({merge.kept_id})]


def _doors_of(rows: Collection[int]) -> list[int]:
    """Every household in which one of these rows stands or stood."""
    homes = set(Person.objects.filter(pk__in=rows).values_list("household_id", flat=True))
    return sorted(homes.union(*_homes_of(rows).values()))


def _came(rows: Iterable[LifeEvent], living: dict[int, int]) -> dict[int, list[int]]:
    """Household → the people of these events who live there now because of them."""
    found: dict[int, list[int]] = {}
    for row in rows:
        comes = row.side == (Side.LEFT if row.cancels else Side.CAME)
        if comes and living.get(row.person_id) == row.household_id:
            found.setdefault(row.household_id or 0, []).append(row.person_id)
    return found


def _join(rounds: Iterable[Round], came: dict[int, list[int]], settled: set[tuple[int, int]]) -> None:
    """Households and people whom a list does not have where they live now, and nobody has met yet."""
    homes = {home.pk: home for home in Household.objects.filter(pk__in=came)}
    for found in rounds:
        for pk, people in sorted(came.items()):
            home = homes[pk]
            if not home.area_path.startswith(found.campaign.area_path):
                continue
            village = _village_path(home.area_path)
            owed = [person for person in people if (found.pk, person) not in settled]
            if found.campaign.subject == Campaign.Subject.PERSON:
                if owed:
                    add_targets(found, home, village, people=owed)
                continue
            listed = Target.objects.filter(round=found, household_id=pk, person_id=0).first()
            base, missing = unsettled(pk, found)
            if listed is None and (missing or not base):
                add_targets(found, home, village)
            elif listed is not None and listed.state == State.EXEMPT and missing & set(owed):
                # It left the list as vacant or demolished, and somebody lives there after all: they are asked for.
                add_targets(found, home, village, people=sorted(missing & set(owed)))


def _village_path(path: str) -> str:
    found = Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(path)).first()
    return found.path if found else path
