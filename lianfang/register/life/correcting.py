"""Taking an event back, and events that other records tell: a line of a visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID, uuid5

from django.db import connection, transaction

from lianfang.core import audit, clock
from lianfang.core.arrays import columns
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.life.recording import (
    HEAD,
    UNDONE,
    Change,
    Side,
    called,
    change_of,
    renew_households,
    standing,
)
from lianfang.register.models import Household, LifeEvent, Person
from lianfang.register.tokens import refresh_tokens


@transaction.atomic
def cancel_event(*, event: UUID, key: UUID, reason: str, scope: Scope, by: int) -> Change:
    """Take an event back by a new one: everybody is again what they were before it. Only the last event of everybody
    concerned; only by who recorded it or answers for where they came to (else for where they left). Nothing is
    deleted: a person who had been new stays as not current."""
    if not reason.strip():
        raise Problem("register.cancel_reason")
    with crossing("life_event", actor_id=by):
        rows = list(LifeEvent.objects.filter(event=event, cancels__isnull=True).order_by("pk"))
        if not any(scope.covers(row.area_path) or row.recorded_by == by for row in rows):
            raise Problem("register.event_unknown")
        _lock(rows)
        if (known := change_of(key)) is not None:
            return known
        decided_at = {row.area_path for row in rows if row.side in (Side.CAME, Side.AWAITED)}
        paths = decided_at or {row.area_path for row in rows}
        if not (any(row.recorded_by == by for row in rows) or all(map(scope.covers, paths))):
            raise Problem("register.event_not_yours")
        return _take_back(rows, key=key, reason=reason.strip(), by=by, scope=scope)


def _lock(rows: Sequence[LifeEvent]) -> None:
    ids = {row.household_id for row in rows if row.household_id}
    ids |= {row.before["household_id"] for row in rows if row.before.get("household_id")}
    list(Household.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))


def _take_back(rows: Sequence[LifeEvent], *, key: UUID, reason: str, by: int, scope: Scope | None) -> Change:
    event = rows[0].event
    if LifeEvent.objects.filter(cancels=event).exists():
        raise Problem("register.event_cancelled")
    people = {person.pk: person for person in Person.objects.filter(pk__in={row.person_id for row in rows})}
    later = standing().filter(person_id__in=people, pk__gt=rows[-1].pk).exclude(event=event).first()
    if later is not None:
        raise Problem("register.event_not_last", name=called(later.name))
    # A merge is no event, but it came later: the row that went would live again beside the one kept.
    if merged := next((person for person in people.values() if person.merged_into_id), None):
        raise Problem("register.event_not_last", name=called(merged.name))
    for row in rows:
        if row.before:
            _put_back(people[row.person_id], row)
    moment = clock.now()
    LifeEvent.objects.bulk_create(
        LifeEvent(
            event=key,
            cancels=event,
            kind=row.kind,
            side=row.side,
            person_id=row.person_id,
            household_id=row.household_id,
            area_path=row.area_path,
            name=row.name,
            relation=row.relation,
            happened_on=row.happened_on,
            recorded_at=moment,
            recorded_by=by,
            is_from_outside=scope is not None and not scope.covers(row.area_path),
            source=row.source,
            visit_id=row.visit_id,
            note=reason or None,
        )
        for row in rows
    )
    refresh_tokens(list(people))
    households = {row.household_id for row in rows if row.household_id}
    households |= {person.household_id for person in people.values()}
    renew_households(households)
    _name_heads(households)
    audit.record(
        "life.cancel",
        "household" if rows[0].household_id else "person",
        rows[0].household_id or rows[0].person_id,
        by=by,
        path=rows[0].area_path,
        reason=reason,
    )
    return Change(key, frozenset(households), frozenset(people))


def _put_back(person: Person, row: LifeEvent) -> None:
    for name in UNDONE:
        if name in row.before:
            setattr(person, name, row.before[name])
    person.area_path = Household.objects.values_list("area_path", flat=True).get(pk=person.household_id)
    person.save(update_fields=[*UNDONE, "area_path"])


def _name_heads(household_ids: Collection[int]) -> None:
    heads = Person.objects.filter(household_id__in=household_ids, is_current=True, relation=HEAD)
    for head in heads.select_related("household"):
        if head.household.kind == Household.Kind.FAMILY and head.household.head_name != head.name:
            Household.objects.filter(pk=head.household_id).update(head_name=head.name)


# ---------- what a visit tells ----------

# visit, household, person, presence (moved or dead), the day it was seen
Line = tuple[UUID, int, int, str, dt.date]


def note_lines(lines: Sequence[Line], *, by: int) -> None:
    """Members whom a visit found moved away or dead leave their household on that day: set-wise, in the scope of who
    records the visits (who has crossed already).

    A visit is never refused: whoever is not of the household any more, or has moved again since that day, is passed
    over, and the visit stands as it is.
    """
    if not lines:
        return
    rows = [
        (uuid5(visit, presence), visit, home, person, presence, day)
        for visit, home, person, presence, day in lines
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [*columns(rows), clock.now(), by])
    renew_households({line[1] for line in lines})


_NOTE = """
with told as (
  select distinct on (v.person_id) v.* from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::text[],
    %s::date[]) v(event, visit_id, household_id, person_id, presence, day)
  order by v.person_id, v.day), gone as (
  update register_person p set is_current = false from told t
  where p.id = t.person_id and p.household_id = t.household_id and p.is_current
    and not exists (select from register_lifeevent e where e.person_id = p.id and e.happened_on > t.day
      and e.cancels is null and not exists (select from register_lifeevent c where c.cancels = e.event))
  returning p.*)
insert into register_lifeevent (event, kind, side, person_id, household_id, area_path, name, relation, before,
  happened_on, recorded_at, recorded_by, is_from_outside, source, visit_id, followed_at)
select t.event, case t.presence when 'dead' then 'died' else 'moved_out' end, 'left', g.id, g.household_id,
  g.area_path, g.name, g.relation, json_build_object('household_id', g.household_id, 'relation', g.relation,
    'is_registered_here', g.is_registered_here, 'is_living_here', g.is_living_here,
    'is_here_tonight', g.is_here_tonight, 'is_current', true),
  t.day, m.moment, m.by, false, 'visit', t.visit_id, m.moment
from gone g join told t on t.person_id = g.id, (select %s::timestamptz moment, %s::bigint by) m
on conflict do nothing
"""


def withdraw_lines(visit_ids: Collection[UUID], *, by: int) -> None:
    """Corrected visits: what they alone had told of a member is taken back, unless something has happened since."""
    rows = standing().filter(visit_id__in=list(visit_ids)).order_by("event", "pk")
    by_event: dict[UUID, list[LifeEvent]] = {}
    for row in rows:
        by_event.setdefault(row.event, []).append(row)
    for own in by_event.values():
        try:
            with transaction.atomic():
                _take_back(own, key=new_id(), reason="", by=by, scope=None)
        except Problem as later:
            if later.code != "register.event_not_last":
                raise
