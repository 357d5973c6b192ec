"""Reading the dated events: who lived here when, what happened to a household, what changed in an area."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Window
from django.utils.translation import gettext as _

from lianfang.accounts.models import User
from lianfang.core.ids import new_id
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
    home: Household | None  # with its door; None where nobody knows the door yet, or it is out of sight
    other: Household | None  # at the other end, where the scope reaches it
    is_elsewhere: bool  # the other end is in the county and out of the reader's sight
    area_path: str
    note: str
    recorded_at: dt.datetime
    recorder: str
    source: str
    is_from_outside: bool
    is_cancelled: bool
    cancel_note: str
    undo_key: UUID  # of a correction from this page: sent twice it is one


@dataclass(frozen=True, slots=True)
class Life:
    """What happened to a household, the newest first, and who lived in it on the day that was asked for."""

    lines: list[Line]
    residents: list[Resident]


def life_of_household(
    scope: Scope, household_id: int, members: Iterable[tuple[int, str, str]], day: dt.date | None
) -> Life:
    """In one statement. `members`: of today (id, name, relation), as the page has read them."""
    here = LifeEvent.objects.filter(scope.q(), household_id=household_id).values("event")
    rows = list(_shown(scope).filter(Q(event__in=here) | Q(cancels__in=here)).order_by("happened_on", "pk"))
    cancelled = {row.cancels for row in rows if row.cancels}
    own = [row for row in rows if row.household_id == household_id and row.cancels is None and is_told(row)]
    steps = [
        Step(row.person_id, row.name, row.relation, row.happened_on, row.pk, row.side == Side.CAME)
        for row in own
        if row.event not in cancelled and row.side in (Side.CAME, Side.LEFT)
    ]
    return Life(_lines(own, rows)[::-1][:TIMELINE], residents(members, steps, day) if day else [])


def is_told(row: LifeEvent) -> bool:
    """Of those who stay only the new head is news; what the others are to them follows from it."""
    return row.side != Side.STAYED or row.relation == Person.Relation.HEAD


def life_of(scope: Scope, person_id: int) -> list[Line]:
    """The line of one person's residences, as far as the scope reaches, the oldest first."""
    theirs = LifeEvent.objects.filter(scope.q(), person_id=person_id).values("event")
    rows = list(
        _shown(scope).filter(Q(event__in=theirs) | Q(cancels__in=theirs)).order_by("happened_on", "pk")
    )
    own = [row for row in rows if row.person_id == person_id and row.cancels is None and is_told(row)]
    return _lines(own, rows)


def _shown(scope: Scope) -> QuerySet[LifeEvent]:
    """Rows with the door and the name of whoever recorded them."""
    recorder = User.objects.filter(pk=OuterRef("recorded_by")).values("name")[:1]
    rows = LifeEvent.objects.filter(scope.q()).select_related("household__door")
    return rows.annotate(recorder=Subquery(recorder))


def _lines(own: Iterable[LifeEvent], every: Iterable[LifeEvent]) -> list[Line]:
    """Rows of one event and side at one household become one line. `every`: all rows of these events in sight."""
    ends: dict[UUID, list[LifeEvent]] = {}
    cancelled: dict[UUID, LifeEvent] = {}
    for row in every:
        if row.cancels is None:
            ends.setdefault(row.event, []).append(row)
        else:
            cancelled.setdefault(row.cancels, row)
    found: dict[tuple[Any, ...], list[LifeEvent]] = {}
    for row in own:
        found.setdefault((row.event, row.side, row.household_id), []).append(row)
    return [_line(rows, ends.get(rows[0].event, []), cancelled.get(rows[0].event)) for rows in found.values()]


_OTHER_END = {Side.LEFT: Side.CAME, Side.CAME: Side.LEFT, Side.AWAITED: Side.LEFT}
_INSIDE = {LifeEvent.Kind.MOVED, LifeEvent.Kind.SPLIT, LifeEvent.Kind.JOINED}


def _line(rows: list[LifeEvent], ends: list[LifeEvent], undone: LifeEvent | None) -> Line:
    row = rows[0]
    other = next((end for end in ends if end.side == _OTHER_END.get(Side(row.side))), None)
    return Line(
        event=row.event,
        kind=row.kind,
        kind_word=_("任户主") if row.side == Side.STAYED else row.get_kind_display(),
        side=row.side,
        happened_on=row.happened_on,
        people=tuple((each.person_id, each.name) for each in rows),
        home=row.household,
        other=other.household if other else None,
        is_elsewhere=row.kind in _INSIDE and row.side != Side.STAYED and other is None,
        area_path=row.area_path,
        note=str(row.note or ""),
        recorded_at=row.recorded_at,
        recorder=row.recorder or "",  # type: ignore[attr-defined]
        source=row.get_source_display() if row.source != LifeEvent.Source.DESK else "",
        is_from_outside=row.is_from_outside,
        is_cancelled=undone is not None,
        cancel_note=str(undone.note or "") if undone else "",
        undo_key=new_id(),
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
    """The events within the scope, the latest first unless asked otherwise; what was taken back is left out."""
    rows = _standing(scope).filter(SHOWS.get(wanted.show, Q()))
    rows = rows.filter(~Q(side=Side.STAYED) | Q(relation=Person.Relation.HEAD))
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
    recorder = User.objects.filter(pk=OuterRef("recorded_by")).values("name")[:1]
    page = rows.select_related("household__door").annotate(
        recorder=Subquery(recorder), counted=Window(Count("*"))
    )
    own = list(page.order_by(*order)[start : start + size])
    every = (
        list(_shown(scope).filter(event__in={row.event for row in own}, cancels__isnull=True)) if own else []
    )
    by_event: dict[UUID, list[LifeEvent]] = {}
    for row in every:
        by_event.setdefault(row.event, []).append(row)
    # A line a row, so that pages are cut where they were counted.
    lines = [_line([row], by_event.get(row.event, []), None) for row in own]
    return ChangePage(lines, own[0].counted if own else 0, max(number, 1), size)


def awaited_in(scope: Scope, path: str) -> list[tuple[int, str, dt.date]]:
    """Who was sent into this area's village and has no household yet: (person, name, since). Nobody who has one."""
    rows = _standing(scope.within(path)).filter(side=Side.AWAITED)
    settled = LifeEvent.objects.filter(
        scope.q(), person=OuterRef("person"), side=Side.CAME, pk__gt=OuterRef("pk")
    )
    waiting = rows.filter(~Exists(settled)).order_by("happened_on", "pk")
    return list(waiting.values_list("person_id", "name", "happened_on")[:PAGE])
