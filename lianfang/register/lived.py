"""Reading the dated events: who lived here when, what happened to a household, what changed in an area."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.accounts.queries import names_of
from lianfang.core.paging import PAGE, Paged
from lianfang.core.scope import Scope
from lianfang.register.family import Resident, Step, residents
from lianfang.register.models import Household, LifeEvent, Person

TIMELINE = 100
Side = LifeEvent.Side
# What is asked of the list of an area → which rows.
SHOWS = {
    "all": Q(),
    "came": Q(side__in=[Side.CAME, Side.AWAITED]),
    "left": Q(side=Side.LEFT),
    "outside": Q(is_from_outside=True),
    "awaited": Q(side=Side.AWAITED),
}
SORTS = {"day": ("happened_on", "pk"), "recorded": ("recorded_at", "pk")}


def _standing(scope: Scope) -> QuerySet[LifeEvent]:
    taken_back = LifeEvent.objects.filter(scope.q(), cancels=OuterRef("event"))
    return LifeEvent.objects.filter(scope.q(), ~Exists(taken_back), cancels__isnull=True)


def residents_on(scope: Scope, household_ids: Collection[int], day: dt.date) -> dict[int, list[Resident]]:
    """Who lived in these households at the end of a day. What the scope does not reach is not there."""
    members: dict[int, list[tuple[int, str, str]]] = {pk: [] for pk in household_ids}
    steps: dict[int, list[Step]] = {pk: [] for pk in household_ids}
    people = Person.objects.filter(scope.q(), household_id__in=household_ids, is_current=True).order_by("pk")
    for pk, home, name, relation in people.values_list("pk", "household_id", "name", "relation"):
        members[home].append((pk, name, relation))
    rows = _standing(scope).filter(household_id__in=household_ids, side__in=[Side.CAME, Side.LEFT])
    for row in rows.order_by("pk"):
        steps[row.household_id or 0].append(
            Step(row.person_id, row.name, row.relation, row.happened_on, row.pk, row.side == Side.CAME)
        )
    return {pk: residents(members[pk], steps[pk], day) for pk in household_ids}


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a page tells it: who, where from or to as far as the reader may know."""

    event: UUID
    kind: str
    kind_word: str
    side: str
    happened_on: dt.date
    people: tuple[tuple[int, str], ...]  # (person, name)
    household_id: int | None
    other_id: int | None  # the household at the other end, where the scope reaches it
    is_elsewhere: bool  # the other end is in the county and out of the reader's sight
    area_path: str
    note: str
    recorded_at: dt.datetime
    recorder: str
    source: str
    is_from_outside: bool
    is_cancelled: bool
    cancel_note: str
    is_mine: bool  # the reader recorded it


def timeline(scope: Scope, household_id: int) -> list[Line]:
    """The events of a household, the newest first, cancelled ones marked."""
    rows = LifeEvent.objects.filter(scope.q(), household_id=household_id, cancels__isnull=True)
    return _lines(scope, rows.order_by("-happened_on", "-pk")[:TIMELINE])


def life_of(scope: Scope, person_id: int) -> list[Line]:
    """The line of one person's residences, as far as the scope reaches, the oldest first."""
    rows = LifeEvent.objects.filter(scope.q(), person_id=person_id, cancels__isnull=True)
    return _lines(scope, rows.order_by("happened_on", "pk")[:TIMELINE])


def _lines(scope: Scope, rows: Iterable[LifeEvent]) -> list[Line]:
    """Rows of one event and side at one household become one line."""
    found: dict[tuple[Any, ...], list[LifeEvent]] = {}
    for row in rows:
        found.setdefault((row.event, row.side, row.household_id), []).append(row)
    events = {event for event, _, _ in found}
    ends: dict[UUID, set[tuple[str, int | None]]] = {}
    cancelled: dict[UUID, LifeEvent] = {}
    for other in LifeEvent.objects.filter(scope.q()).filter(Q(event__in=events) | Q(cancels__in=events)):
        if other.cancels is None:
            ends.setdefault(other.event, set()).add((other.side, other.household_id))
        else:
            cancelled.setdefault(other.cancels, other)
    names = names_of(row.recorded_by for own in found.values() for row in own if row.recorded_by)
    return [_line(scope, own, ends, cancelled, names) for own in found.values()]


_OTHER_END = {Side.LEFT: Side.CAME, Side.CAME: Side.LEFT, Side.AWAITED: Side.LEFT}
_INSIDE = {LifeEvent.Kind.MOVED, LifeEvent.Kind.SPLIT, LifeEvent.Kind.JOINED}


def _line(
    scope: Scope,
    rows: list[LifeEvent],
    ends: dict[UUID, set[tuple[str, int | None]]],
    cancelled: dict[UUID, LifeEvent],
    names: dict[int, str],
) -> Line:
    row = rows[0]
    others = {home for side, home in ends.get(row.event, ()) if side == _OTHER_END.get(Side(row.side))}
    other = next(iter(others), None)
    undone = cancelled.get(row.event)
    return Line(
        event=row.event,
        kind=row.kind,
        kind_word=row.get_kind_display(),
        side=row.side,
        happened_on=row.happened_on,
        people=tuple((each.person_id, each.name) for each in rows),
        household_id=row.household_id,
        other_id=other,
        is_elsewhere=row.kind in _INSIDE and row.side != Side.STAYED and not others,
        area_path=row.area_path,
        note=str(row.note or ""),
        recorded_at=row.recorded_at,
        recorder=names.get(row.recorded_by or 0, ""),
        source=row.get_source_display() if row.source != LifeEvent.Source.DESK else "",
        is_from_outside=row.is_from_outside,
        is_cancelled=undone is not None,
        cancel_note=str(undone.note or "") if undone else "",
        is_mine=row.recorded_by == scope.actor_id,
    )


@dataclass(frozen=True, slots=True)
class ChangePage(Paged):
    rows: list[Line]
    total_count: int
    number: int
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of an area: a key of SHOWS, a kind, days from and to, a text in a name."""

    show: str = "all"
    kind: str = ""
    since_on: dt.date | None = None
    until_on: dt.date | None = None
    text: str = ""
    sort: str = "-day"


def changes_in(scope: Scope, wanted: Wanted, *, number: int = 1, size: int = PAGE) -> ChangePage:
    """The events within the scope, the latest first unless asked otherwise; what was taken back is left out, and a
    new head is no coming or going."""
    rows = _standing(scope).filter(SHOWS.get(wanted.show, Q()))
    if wanted.show == "awaited":
        rows = rows.filter(person__is_current=False)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.since_on:
        rows = rows.filter(happened_on__gte=wanted.since_on)
    if wanted.until_on:
        rows = rows.filter(happened_on__lte=wanted.until_on)
    if wanted.text:
        rows = rows.filter(name__contains=wanted.text)
    keys = SORTS.get(wanted.sort.removeprefix("-"), SORTS["day"])
    order = [f"-{key}" if wanted.sort.startswith("-") else key for key in keys]
    start = (max(number, 1) - 1) * size
    total = rows.count()
    return ChangePage(_each(scope, rows.order_by(*order)[start : start + size]), total, max(number, 1), size)


def _each(scope: Scope, rows: Iterable[LifeEvent]) -> list[Line]:
    """A line a row, so that pages are cut where they were counted."""
    own = list(rows)
    names = names_of(row.recorded_by for row in own if row.recorded_by)
    ends: dict[UUID, set[tuple[str, int | None]]] = {}
    for event, side, home in LifeEvent.objects.filter(
        scope.q(), event__in={row.event for row in own}
    ).values_list("event", "side", "household_id"):
        ends.setdefault(event, set()).add((side, home))
    return [_line(scope, [row], ends, {}, names) for row in own]


def awaited_in(scope: Scope, path: str) -> list[tuple[int, str, dt.date]]:
    """Who was sent into this area's village and has no household yet: (person, name, since). Nobody who has one."""
    rows = _standing(scope.within(path)).filter(side=Side.AWAITED)
    settled = LifeEvent.objects.filter(
        scope.q(), person=OuterRef("person"), side=Side.CAME, pk__gt=OuterRef("pk")
    )
    waiting = rows.filter(~Exists(settled)).order_by("happened_on", "pk")
    return list(waiting.values_list("person_id", "name", "happened_on")[:PAGE])


def vacated(scope: Scope, household: Household) -> bool:
    """Did people live here of whom nobody is left?"""
    return LifeEvent.objects.filter(scope.q(), household=household, side=Side.LEFT).exists()
