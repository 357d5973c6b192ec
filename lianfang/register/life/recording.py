"""An event as it is written: its rows, what it changes of people and households, and what it may not do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from lianfang.areas.holding import hold_paths
from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.core import audit, clock
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.doubles.jobs import compare_added
from lianfang.register.family import relation_after
from lianfang.register.models import Household, LifeEvent, Person
from lianfang.register.operations import door_at, name_household
from lianfang.register.tokens import refresh_tokens

Kind, Side, Source = LifeEvent.Kind, LifeEvent.Side, LifeEvent.Source
HEAD, OTHER, TENANT = Person.Relation.HEAD, Person.Relation.OTHER, Person.Relation.TENANT
# What an event changes of a person, and its correction puts back.
UNDONE = (
    "household_id",
    "relation",
    "is_registered_here",
    "is_living_here",
    "is_here_tonight",
    "is_current",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What every event has: its key (the same one twice is one event), its day, and what was said about it."""

    key: UUID
    happened_on: dt.date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Whereto:
    """Where somebody goes: to a household, to a door of an area, into a village without anybody knowing the door, or
    out of the county, in words that are sealed."""

    household_id: int | None = None
    area: Area | None = None  # with door_label
    door_label: str = ""
    village: Area | None = None
    text: str = ""
    is_registered_here: bool = False  # 户口 goes along; for those who stay in the county
    head_id: int | None = None  # who is the head there, of a new household


@dataclass(frozen=True, slots=True)
class Change:
    """What an event has changed. `is_new` False: it had been recorded before, and nothing was done."""

    event: UUID
    households: frozenset[int]
    people: frozenset[int]
    is_new: bool = True


@dataclass
class Record:
    """An event being written."""

    kind: str
    told: Told
    scope: Scope
    by: int
    day: dt.date
    known: Change | None = None
    homes: dict[int, Household] = field(default_factory=dict)
    rows: list[LifeEvent] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    new_ids: list[int] = field(default_factory=list)  # of people whom the register did not know

    def lock(self, *household_ids: int, area: Area | None = None) -> list[Household]:
        """The households, in the order asked for, locked in the order of their ids. From here on `known` is sure.
        `area`: where a door may be made; its county is held before any household is locked, as others do."""
        if area is not None:
            hold_paths([area.path])
        wanted = Household.objects.filter(pk__in=household_ids).order_by("pk")
        self.homes = {home.pk: home for home in wanted.select_for_update(no_key=True)}
        self.known = change_of(self.told.key)
        if len(self.homes) < len(set(household_ids)):
            raise Problem("register.unknown_household")
        return [self.homes[pk] for pk in household_ids]

    def own(self, home: Household) -> Household:
        """A household of one's own area."""
        if not self.scope.covers(home.area_path):
            raise Problem("register.unknown_household")
        return home

    def members(self, home: Household) -> list[Person]:
        return list(Person.objects.filter(household=home, is_current=True).order_by("pk"))

    def chosen(self, home: Household, person_ids: Collection[int]) -> list[Person]:
        """People of the household who are there, or a Problem that says who is not."""
        if not person_ids:
            raise Problem("register.nobody_selected")
        found = list(Person.objects.filter(pk__in=set(person_ids)).order_by("pk"))
        if len(found) < len(set(person_ids)):
            raise Problem("register.unknown_person")
        for person in found:
            if person.household_id != home.pk or not person.is_current:
                raise Problem("register.not_living_here", name=called(person.name))
        return found

    def step(
        self,
        person: Person,
        *,
        leaves: Household | None = None,
        enters: Household | None = None,
        awaited: Area | None = None,
        **values: Any,
    ) -> None:
        """One person's part of the event; `values`: columns of the person from now on."""
        is_new = person.pk is None
        before = {"is_current": False} if is_new else {name: getattr(person, name) for name in UNDONE}
        if not is_new and (leaves or enters):
            require_after(person, self.day)
        if leaves:
            self._row(person, Side.LEFT, leaves.area_path, leaves, before)
        for name, value in values.items():
            setattr(person, name, value)
        if not leaves and not enters:
            self._row(person, Side.STAYED, person.area_path, person.household, before)
        if enters:
            person.household, person.area_path = enters, enters.area_path
        if is_new:
            person.save()
            self.new_ids.append(person.pk)
        else:
            person.save(update_fields=["household", "area_path", *values])
        if enters:
            self._row(person, Side.CAME, enters.area_path, enters, {} if leaves else before)
        if awaited:
            self._row(person, Side.AWAITED, awaited.path, None, {})
        self.people.append(person)

    def _row(
        self, person: Person, side: str, path: str, home: Household | None, before: Mapping[str, Any]
    ) -> None:
        self.rows.append(
            LifeEvent(
                event=self.told.key,
                kind=self.kind,
                side=side,
                person=person,
                household=home,
                area_path=path,
                name=person.name,
                relation=person.relation,
                before=dict(before),
                happened_on=self.day,
                recorded_at=clock.now(),
                recorded_by=self.by,
                is_from_outside=not self.scope.covers(path),
                note=self.told.note.strip() or None,
            )
        )

    def appoint(self, home: Household, head_id: int | None, *, leaving: Collection[int] = ()) -> None:
        """A new head among those who stay. Needed where the head leaves a family; a dormitory keeps its contact."""
        staying = [person for person in self.members(home) if person.pk not in leaving]
        has_head = any(person.relation == HEAD for person in staying)
        if head_id is None:
            headless = any(p.relation == HEAD for p in self.members(home)) and not has_head
            if headless and staying and home.kind == Household.Kind.FAMILY:
                raise Problem("register.head_needed")
            return
        head = next((person for person in staying if person.pk == head_id), None)
        if head is None:
            raise Problem("register.bad_head")
        was = head.relation
        for person in staying:
            relation = HEAD if person.pk == head_id else relation_after(was, person.relation)
            if relation != person.relation:
                self.step(person, relation=relation)
        home.head_name = head.name
        home.save(update_fields=["head_name"])

    def write(self) -> None:
        """The rows, tokens, households and the audit. Nothing where the event was known."""
        if not self.rows:
            return
        LifeEvent.objects.bulk_create(self.rows)
        refresh_tokens([person.pk for person in self.people])
        compare_added(self.new_ids, found_by=f"event {self.told.key.hex}")
        renew_households({row.household_id for row in self.rows if row.household_id})
        first = self.rows[0]
        audit.record(
            f"life.{self.kind}",
            "household" if first.household_id else "person",
            first.household_id or first.person_id,
            by=self.by,
            path=first.area_path,
            count=len({row.person_id for row in self.rows}),
        )

    @property
    def change(self) -> Change:
        if self.known:
            return self.known
        households = frozenset(row.household_id for row in self.rows if row.household_id)
        return Change(self.told.key, households, frozenset(row.person_id for row in self.rows))


@contextmanager
def recording(kind: str, told: Told, scope: Scope, by: int) -> Iterator[Record]:
    if told.happened_on is None:
        raise Problem("register.day_required")
    if told.happened_on > clock.today():
        raise Problem("register.event_future")
    with crossing("life_event", actor_id=by):
        record = Record(kind, told, scope, by, told.happened_on)
        yield record
        record.write()


def called(name: str) -> str:
    """A message says whom it means without carrying the name."""
    return f"{name[:1]}某"


def standing() -> QuerySet[LifeEvent]:
    """Rows that nobody took back."""
    taken_back = LifeEvent.objects.filter(cancels=OuterRef("event"))
    return LifeEvent.objects.filter(~Exists(taken_back), cancels__isnull=True)


def change_of(event: UUID) -> Change | None:
    """What a recorded event had changed; None when there is none of that key. Needs a scope over all of it."""
    rows = list(LifeEvent.objects.filter(event=event).values_list("household_id", "person_id"))
    if not rows:
        return None
    return Change(event, frozenset(h for h, _ in rows if h), frozenset(p for _, p in rows), is_new=False)


def require_after(person: Person, day: dt.date) -> None:
    """Nobody moves before they are born, and a life is written in its order."""
    if person.birth_on and day < person.birth_on:
        raise Problem("register.event_before_birth", name=called(person.name))
    last = (
        standing()
        .filter(person=person)
        .exclude(side=Side.STAYED)
        .order_by("-happened_on")
        .values_list("happened_on", flat=True)
        .first()
    )
    if last and day < last:
        raise Problem("register.event_before_last", name=called(person.name), day=last.isoformat())


def renew_households(household_ids: Collection[int]) -> None:
    """A family nobody is left of is no longer current: its door is vacant. A 集体户 stays with its contact."""
    somebody = Person.objects.filter(household=OuterRef("pk"), is_current=True)
    homes = Household.objects.filter(pk__in=household_ids)
    homes.filter(Exists(somebody), is_current=False).update(is_current=True)
    for home in homes.filter(Exists(somebody), is_unnamed=True):
        name_household(home, list(Person.objects.filter(household=home, is_current=True).order_by("pk")))
    homes.filter(~Exists(somebody), is_current=True, kind=Household.Kind.FAMILY).update(is_current=False)


# ---------- into another household ----------


def village_of(path: str) -> str:
    """The path of the village in which a path lies; the path itself above the villages."""
    found = Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(path)).first()
    return found.path if found else path


def settle_in(
    record: Record,
    leaving: Sequence[Person],
    home: Household,
    new_home: Household,
    *,
    is_registered_here: bool | None,
    head_id: int | None = None,
) -> None:
    """These people from one household into another. Where nobody lives yet they keep what they are to each other, or
    what they are to `head_id`. Whose 户口 stays behind in another village is not registered here."""
    changes_village = village_of(home.area_path) != village_of(new_home.area_path)
    there = record.members(new_home)
    head = next((p for p in leaving if p.pk == head_id), None) or next(
        (p for p in leaving if p.relation == HEAD), leaving[0]
    )
    was, relation = head.relation, ""
    for person in leaving:
        if there:
            relation = TENANT if person.relation == TENANT else OTHER
        elif person.pk == head.pk:
            relation = HEAD
        else:
            relation = person.relation if was == HEAD else relation_after(was, person.relation)
        values: dict[str, Any] = {"relation": relation, "is_living_here": True}
        if is_registered_here or changes_village:
            values["is_registered_here"] = bool(is_registered_here)
        record.step(person, leaves=home, enters=new_home, **values)
    if not there:
        new_home.head_name = head.name
        new_home.save(update_fields=["head_name"])


def home_behind(record: Record, area: Area | None, door_label: str) -> Household:
    """A new household behind a door of one's own area; the door is made when there is none of that name."""
    if area is None:
        raise Problem("register.door_required")
    door = door_at(area, door_label, record.scope)
    unnamed = Household.objects.filter(door=door, is_current=True, is_unnamed=True).first()
    return unnamed or Household.objects.create(door=door, area_path=door.area_path)
