"""Reading the register inside a scope: an area with its doors, a household, and finding somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet

from lianfang.areas.models import Area
from lianfang.areas.naming import village_stem
from lianfang.areas.queries import by_path, prefixes, said
from lianfang.areas.rules import RANK
from lianfang.core.clock import today
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, subtree
from lianfang.core.sealing import lookup_token
from lianfang.register import rules
from lianfang.register.doors import DoorText, read_door_text
from lianfang.register.models import Door, Household, LookupToken, Person

FOUND_AT_MOST = 50
_COUNTED_LONG = 20_000  # people; above it the counts of a page are kept for a while
_KEPT_SECONDS = 300
_VILLAGE_DEPTH = 5


# ---------- an area ----------


@dataclass(frozen=True, slots=True)
class AreaCount:
    area: Area
    door_count: int
    household_count: int
    person_count: int
    registered_count: int
    living_count: int
    tonight_count: int


def counts_of(scope: Scope, areas: Sequence[Area]) -> list[AreaCount]:
    """How many doors, households and people each area holds, with the three bases."""
    if not areas:
        return []
    for area in areas:
        scope.within(area.path)
    key = f"register:{','.join(str(area.pk) for area in areas)}"[:240]
    rows = cache.get(key)
    if rows is None:
        lows, highs = zip(*(subtree(area.path) for area in areas), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_COUNTS, [list(lows), list(highs)])
            rows = cursor.fetchall()
        if sum(row[2] for row in rows) > _COUNTED_LONG:
            cache.set(key, rows, _KEPT_SECONDS)
    return [AreaCount(area, *row) for area, row in zip(areas, rows, strict=True)]


_COUNTS = """
select (select count(*) from register_door d where d.area_path >= a.low and d.area_path < a.high),
  (select count(*) from register_household h where h.area_path >= a.low and h.area_path < a.high and h.is_current
    and not h.is_unnamed),
  p.people, p.registered, p.living, p.tonight
from (select low collate "C" as low, high collate "C" as high, n
  from unnest(%s::text[], %s::text[]) with ordinality as t(low, high, n)) a,
lateral (select count(*) as people, count(*) filter (where is_registered_here) as registered,
  count(*) filter (where is_living_here) as living, count(*) filter (where is_here_tonight) as tonight
  from register_person p where p.area_path >= a.low and p.area_path < a.high and p.is_current) p
order by a.n
"""


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A door with one household behind it, or with nobody (household_id None)."""

    door_id: int
    area_path: str
    label: str
    household_id: int | None
    head_name: str
    kind: str
    is_unnamed: bool  # a household stands behind the door of which nobody knows anything yet
    person_count: int
    registered_count: int
    living_count: int
    tonight_count: int


# sort key → ORDER BY; the walking order settles what is equal
SORTS = {
    "walk": "d.area_path {0}, d.walk_order {0}, d.id {0}, h.id",
    "head": "h.head_name {0} nulls last, d.area_path, d.walk_order, d.id, h.id",
    "people": "p.people {0}, d.area_path, d.walk_order, d.id, h.id",
    "tonight": "p.tonight {0}, d.area_path, d.walk_order, d.id, h.id",
}


def doors_of(
    scope: Scope, area: Area, *, text: str = "", sort: str = "walk", offset: int = 0, limit: int | None = 50
) -> tuple[list[DoorRow], int]:
    """Doors of one area in walking order, and how many there are in all. `text`: head, member, initials or door."""
    clause, bounds = scope.within(area.path).sql("d.area_path")
    parameters: list[Any] = list(bounds)
    if text:
        clause += _TEXT_FILTER
        like = "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"
        parameters += [like, like, like, text.lower() + "%"]
    order = SORTS.get(sort.removeprefix("-"), SORTS["walk"]).format("desc" if sort.startswith("-") else "asc")
    with connection.cursor() as cursor:
        cursor.execute(_DOORS.format(clause=clause, order=order), [*parameters, limit, offset])
        rows = cursor.fetchall()
    return [DoorRow(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


_TEXT_FILTER = """ and (d.label like %s or h.head_name like %s or exists (select from register_person q
  where q.household_id = h.id and q.is_current and (q.name like %s or q.initials like %s)))"""
_DOORS = """
select d.id, d.area_path, d.label, h.id, coalesce(h.head_name, ''), coalesce(h.kind, ''), coalesce(h.is_unnamed, false),
  p.people, p.registered, p.living, p.tonight, count(*) over ()
from register_door d
left join register_household h on h.door_id = d.id and h.is_current
left join lateral (select count(*) as people, count(*) filter (where is_registered_here) as registered,
  count(*) filter (where is_living_here) as living, count(*) filter (where is_here_tonight) as tonight
  from register_person p where p.household_id = h.id and p.is_current) p on true
where {clause} order by {order} limit %s offset %s
"""


class PlaceNames:
    """The names that belong before a door, of many paths in one statement."""

    def __init__(self, paths: Iterable[str], *, below: str = ROOT) -> None:
        self.below = below
        wanted = {step for path in set(paths) for step in prefixes(path) if len(step) > len(below)}
        found = by_path(wanted) if wanted else {}
        # Who may look knows the county; an address begins with the township.
        self._areas = {path: area for path, area in found.items() if RANK[area.level] > RANK["county"]}

    def of(self, path: str) -> str:
        """桂花园小区 3栋, without what the page says already."""
        return " ".join(a.name for a in said(self._areas[s] for s in prefixes(path) if s in self._areas))

    def village(self, path: str) -> str:
        steps = (self._areas.get(step) for step in prefixes(path))
        return " ".join(a.name for a in steps if a and a.level in (Area.Level.TOWNSHIP, Area.Level.VILLAGE))


# ---------- a household ----------


def get_household(scope: Scope, household_id: int) -> Household:
    found = Household.objects.filter(scope.q(), pk=household_id).select_related("door", "door__area").first()
    if found is None:
        raise Problem("register.unknown_household")
    return found


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A person as a page may show them: masked, with an age instead of a birthday."""

    id: int
    name: str
    relation: str
    sex: str
    age: int | None
    masked_id: str
    masked_phone: str
    is_registered_here: bool
    is_living_here: bool
    is_here_tonight: bool
    present_place: str
    relation_code: str
    source_file_id: int | None = None  # the sheet that last said something new of them, and where in it
    source_sheet: str = ""
    source_row: int | None = None


def roster(scope: Scope, household: Household) -> list[RosterLine]:
    people = Person.objects.filter(scope.q(), household=household, is_current=True).order_by("id")
    day = today()
    return [
        RosterLine(
            id=person.pk,
            name=person.name,
            relation=person.get_relation_display(),
            sex=person.get_sex_display(),
            age=rules.age_on(person.birth_on, day),
            masked_id=rules.masked_id(_open(person.id_number)),
            masked_phone=rules.masked_phone(_open(person.phone)),
            is_registered_here=person.is_registered_here,
            is_living_here=person.is_living_here,
            is_here_tonight=person.is_here_tonight,
            present_place=_open(person.present_place) or "",
            relation_code=person.relation,
            source_file_id=person.source_file_id,
            source_sheet=person.source_sheet,
            source_row=person.source_row,
        )
        for person in people
    ]


def _open(value: Any) -> str | None:
    """A sealed field reads as text in Python, whatever the type of its column says."""
    return value


def get_person(scope: Scope, person_id: int) -> Person:
    """Without the sealed columns: they are opened one by one, when there is cause."""
    found = (
        Person.objects.filter(scope.q(), pk=person_id)
        .defer("id_number", "phone", "registered_place", "present_place", "household__contact_phone")
        .select_related("household")
        .first()
    )
    if found is None:
        raise Problem("register.unknown_person")
    return found


# ---------- finding ----------


@dataclass
class Found:
    """What the find box came to. `kind`: id, phone, initials, door, name, bad_id or empty."""

    kind: str
    people: list[Person] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    fault: str = ""  # code of what is wrong with a number

    @property
    def count(self) -> int:
        return len(self.people) + len(self.doors) + len(self.areas)


def find(scope: Scope, typed: str) -> Found:
    """Somebody or some door, inside the scope only."""
    text = rules.text(typed)
    if not text:
        return Found("empty")
    digits = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"[\dXx×Ｘ*]{14,20}", digits):
        number, fault = rules.id_number(text, today())
        if number is None:
            return Found("bad_id", fault=fault or "register.id_unreadable")
        return Found("id", by_token(scope, "id", number))
    number, fault = rules.phone(text)
    if number and not fault:
        return Found("phone", by_token(scope, "phone", number))
    if text.isascii() and text.isalpha():
        return Found("initials", _by_column(scope, "initials", text.lower()))
    if door := read_door_text(text):
        return _by_door(scope, door)
    name, _ = rules.person_name(text)
    people = _by_column(scope, "name", name) if name else []
    if not people:
        areas = list(Area.objects.filter(scope.q("path"), name=text).order_by("path")[:FOUND_AT_MOST])
        if areas:
            return Found("door", areas=areas)
    return Found("name", people)


def by_token(scope: Scope, kind: str, *parts: str) -> list[Person]:
    tokens = LookupToken.objects.filter(scope.q(), token=lookup_token(kind, *parts))
    ids = list(tokens.values_list("person_id", flat=True)[:FOUND_AT_MOST])
    return list(_people(scope).filter(pk__in=ids).order_by("area_path", "id")) if ids else []


def _people(scope: Scope) -> QuerySet[Person]:
    found = Person.objects.filter(scope.q(), is_current=True)
    return found.select_related("household", "household__door").defer("household__contact_phone")


def _by_column(scope: Scope, column: str, value: str) -> list[Person]:
    """Equal values by index everywhere; beginnings and parts only in a village, where few rows are read."""
    found = list(_people(scope).filter(**{column: value}).order_by("area_path", "id")[: FOUND_AT_MOST + 1])
    if not found and len(value) > 1 and all(_is_small(low) for low, _ in scope.ranges):
        found = list(
            _people(scope)
            .filter(**{f"{column}__contains": value})
            .order_by("area_path", "id")[: FOUND_AT_MOST + 1]
        )
    return found


def _is_small(path: str) -> bool:
    return len(prefixes(path)) >= _VILLAGE_DEPTH


def _by_door(scope: Scope, wanted: DoorText) -> Found:
    inside = scope.q("path")
    if wanted.areas:
        areas = list(Area.objects.filter(inside, name=wanted.areas[-1]).order_by("path")[:2000])
        if len(wanted.areas) > 1:
            areas = _under(areas, wanted.areas[:-1])
        if not wanted.label:
            return Found("door", areas=areas[:FOUND_AT_MOST])
        doors = Door.objects.filter(scope.q(), area__in=areas)
    else:
        doors = Door.objects.filter(scope.q())
    doors = doors.filter(Q(label=wanted.label) | Q(room=wanted.label)).prefetch_related("households")
    return Found("door", doors=list(doors.order_by("area_path", "walk_order")[:FOUND_AT_MOST]))


def _under(areas: list[Area], names: Sequence[str]) -> list[Area]:
    """Those whose way down passes areas of these names (司马冲镇 杨梅村 may be written as one)."""
    known = by_path({step for area in areas for step in prefixes(area.path)})
    way = {
        area.pk: "".join(village_stem(known[s].name) for s in prefixes(area.path) if s in known)
        for area in areas
    }
    return [area for area in areas if all(village_stem(name) in way[area.pk] for name in names)]
