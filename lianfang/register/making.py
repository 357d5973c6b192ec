"""Doors before people: made from a pattern, with an unnamed household behind each, and taken back as one.

Set-wise whatever the number. Making the same again changes nothing: a door that is there, with or without people, is
left as it is, and a run that makes nothing leaves no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet

from lianfang.areas.holding import hold
from lianfang.areas.models import Area
from lianfang.areas.naming import number_in, standard_name
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.areas.rules import OWN_LEVELS, RANK, may_hold
from lianfang.core import audit
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.core.set_wise import whole_area
from lianfang.register.models import Door, DoorRun, Household, Person
from lianfang.register.patterns import Pattern, PlannedDoor

SHOWN = 3  # doors from either end in a preview
UNORDERED = 90_000_000

Key = tuple[str, str]  # level and name of an area below the place


@dataclass(frozen=True, slots=True)
class Preview:
    """What making would do. `known_count`: doors that are there already and stay as they are."""

    area_count: int
    new_area_count: int
    door_count: int
    known_count: int
    occupied_count: int  # of the known ones, those with a household that has a name
    first: tuple[PlannedDoor, ...]
    last: tuple[PlannedDoor, ...]
    known: tuple[str, ...]  # a few of them, as said

    @property
    def new_count(self) -> int:
        return self.door_count - self.known_count


def preview(*, pattern: Pattern, place: Area, estate: str, scope: Scope) -> Preview:
    """Raises `scope.outside`, `register.pattern_place`. Four statements whatever the number of doors."""
    scope.within(place.path)
    _check_place(pattern, place, estate)
    doors = pattern.doors()
    host = _estate_of(place, estate)
    areas = _areas_there(host, doors) if host else {}
    there = _doors_there(scope, areas.values())
    known = [door for door in doors if (_id_of(door, areas), door.name.label) in there]
    keys = {(door.level, door.area_name) for door in doors if door.level}
    return Preview(
        area_count=len(keys),
        new_area_count=len(keys - areas.keys()) + (host is None),
        door_count=len(doors),
        known_count=len(known),
        occupied_count=sum(there[_id_of(door, areas), door.name.label] for door in known),
        first=tuple(doors[:SHOWN]),
        last=tuple(doors[SHOWN:][-SHOWN:]),
        known=tuple(door.said for door in known[:SHOWN]),
    )


@transaction.atomic
def make_doors(*, pattern: Pattern, place: Area, estate: str, scope: Scope, by: int | None) -> DoorRun | None:
    """The doors of a pattern in a village, estate, group or grid (`estate` '' or the name of one below the place),
    each with an unnamed household. None when all of them were there.

    Raises `scope.outside`, `register.pattern_place`.
    """
    scope.within(hold(place).path)
    estate = standard_name("estate", estate)[:80]
    _check_place(pattern, place, estate)
    doors = pattern.doors()
    if not doors:
        return None
    before = set(
        Area.objects.filter(path__gte=place.path, path__lt=subtree(place.path)[1]).values_list(
            "code", flat=True
        )
    )
    host = _ensure_estate(place, estate, by)
    areas = _ensure_areas(host, doors, by)
    run = DoorRun.objects.create(
        area=place,
        area_path=place.path,
        estate=estate,
        pattern=pattern.text,
        door_count=0,
        made_at=now(),
        made_by=by,
    )
    run.door_count = _insert(run, doors, areas)
    run.new_areas = sorted({area.code for area in (host, *areas.values())} - before)
    if not run.door_count:
        run.delete()
        return None
    run.save(update_fields=["door_count", "new_areas"])
    audit.record("doors.make", "door_run", run.pk, by=by, path=place.path, count=run.door_count)
    return run


def _insert(run: DoorRun, doors: Sequence[PlannedDoor], areas: dict[Key, Area]) -> int:
    rows = []
    for order, door in enumerate(doors, 1):
        area, name = areas[door.level, door.area_name], door.name
        walk = name.number if name.number is not None else UNORDERED + order
        rows.append((area.pk, area.path, name.unit, name.floor, name.room, name.label, walk))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [run.pk, *columns(rows)])
        return int(cursor.rowcount)


_INSERT = """
with made as (
  insert into register_door (area_id, area_path, unit, floor, room, label, walk_order, run_id)
  select v.area_id, v.path, v.unit, v.floor, v.room, v.label, v.walk_order, %s
  from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
    with ordinality v(area_id, path, unit, floor, room, label, walk_order, n) order by v.n
  on conflict (area_id, label) do nothing returning id, area_path)
insert into register_household (door_id, area_path, kind, reference, head_name, is_current, is_unnamed)
select id, area_path, 'family', '', '', true, true from made order by id
"""


# ---------- areas ----------


def _check_place(pattern: Pattern, place: Area, estate: str) -> None:
    if RANK[place.level] < RANK["village"] or (estate and not may_hold(place.level, "estate")):
        raise Problem("register.pattern_place", place=place.name, level=Area.Level.ESTATE.label)
    host = "estate" if estate else place.level
    for level in pattern.levels - {""}:
        if not may_hold(host, level):
            raise Problem("register.pattern_place", place=place.name, level=Area.Level(level).label)


def _estate_of(place: Area, estate: str) -> Area | None:
    if not estate:
        return place
    name = standard_name("estate", estate)
    return Area.objects.filter(parent=place, level="estate", name=name).first()


def _ensure_estate(place: Area, estate: str, by: int | None) -> Area:
    if not estate:
        return place
    wanted = Wanted(place.code, "estate", estate)
    return ensure_below(wanted=[wanted], by=by)[wanted.key]


def _areas_there(host: Area, doors: Sequence[PlannedDoor]) -> dict[Key, Area]:
    """The areas of the doors that are there, however their names were spelled when they were entered."""
    found: dict[Key, Area] = {("", ""): host}
    wanted = {(door.level, door.area_name) for door in doors}
    for area in Area.objects.filter(parent=host, level__in=OWN_LEVELS).order_by("pk"):
        key = area.level, standard_name(area.level, area.name)
        if key in wanted:
            found.setdefault(key, area)
    return found


def _ensure_areas(host: Area, doors: Sequence[PlannedDoor], by: int | None) -> dict[Key, Area]:
    found = _areas_there(host, doors)
    keys = dict.fromkeys((door.level, door.area_name) for door in doors)
    wanted = {
        key: Wanted(host.code, *key, walk_order=number_in(key[1]) or 0) for key in keys if key not in found
    }
    if wanted:
        made = ensure_below(wanted=wanted.values(), by=by)
        found |= {key: made[each.key] for key, each in wanted.items()}
    return found


def _id_of(door: PlannedDoor, areas: dict[Key, Area]) -> int:
    area = areas.get((door.level, door.area_name))
    return area.pk if area else 0


def _doors_there(scope: Scope, areas: Iterable[Area]) -> dict[tuple[int, str], bool]:
    """(area, label) of the doors of these areas: does somebody live there who has a name?"""
    ids = [area.pk for area in areas]
    if not ids:
        return {}
    doors, door_bounds = scope.sql("d.area_path")
    homes, home_bounds = scope.sql("h.area_path")
    # A join that hashes: right after making, the database knows nothing of these rows yet and would go through the
    # households for every door.
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(_THERE.format(doors=doors, homes=homes), [*home_bounds, *door_bounds, literal(ids)])
        return {(area_id, label): is_occupied for area_id, label, is_occupied in cursor.fetchall()}


_THERE = """
select d.area_id, d.label, o.door_id is not null from register_door d
left join (select distinct h.door_id from register_household h
  where {homes} and h.is_current and not h.is_unnamed) o on o.door_id = d.id
where {doors} and d.area_id = any(%s::bigint[])
"""


# ---------- runs ----------


def runs_of(scope: Scope, area: Area, *, text: str = "", show: str = "") -> QuerySet[DoorRun]:
    """What was made in an area, newest first. `text`: of the area, the estate or the pattern; `show`: standing or
    undone, else all."""
    found = DoorRun.objects.filter(scope.within(area.path).q())
    if text:
        found = found.filter(
            Q(area__name__icontains=text) | Q(estate__icontains=text) | Q(pattern__icontains=text)
        )
    if show:
        found = found.filter(undone_at__isnull=show == "standing")
    return found.select_related("area").order_by("-made_at", "-pk")


def get_run(scope: Scope, run_id: int) -> DoorRun:
    found = DoorRun.objects.filter(scope.q(), pk=run_id).select_related("area").first()
    if found is None:
        raise Problem("register.unknown_run")
    return found


def unnamed_of(run: DoorRun) -> QuerySet[Household]:
    """Households of a run of whom nobody knows anything yet. Needs a scope."""
    people = Person.objects.filter(household_id=OuterRef("pk"))
    return Household.objects.filter(~Exists(people), door__run=run, is_unnamed=True)


# Names the lock below; no other number is used for one.
_DOORS = 640_001


def hold_doors() -> None:
    """Until this transaction ends, no door is taken back. Whoever writes down every door of an area names households
    without locking them, a quarter of a million at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [_DOORS])


def lock_unnamed(run: DoorRun) -> list[int]:
    """The households of a run that may go with it. Waits for every list that is being made, and for every record of
    one of these; what comes later finds them gone."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_DOORS])
    return list(unnamed_of(run).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


@transaction.atomic
def remove_run(*, run_id: int, keep: Collection[int], scope: Scope, by: int | None) -> int:
    """Take back the doors of a run that nobody used: no name, no person, and not in `keep` (households that a list or
    a visit names). Buildings that it made and that are empty now go with them. Returns how many doors went.

    Raises `register.unknown_run`, `register.run_undone`.
    """
    run = DoorRun.objects.select_for_update(of=("self",)).filter(scope.q(), pk=run_id).first()
    if run is None:
        raise Problem("register.unknown_run")
    if run.undone_at:
        raise Problem("register.run_undone")
    low, high = subtree(run.area_path)
    values: dict[str, Any] = {"run": run.pk, "low": low, "high": high, "keep": literal(keep)}
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(_REMOVE_HOUSEHOLDS, values)
        cursor.execute(_REMOVE_DOORS, values)
        run.undone_at, run.undone_count = now(), cursor.rowcount
    run.save(update_fields=["undone_at", "undone_count"])
    _remove_empty(run.new_areas)
    audit.record("doors.undo", "door_run", run.pk, by=by, path=run.area_path, count=run.undone_count)
    return run.undone_count


# The run's doors lie in its own area, so every table is read in that range alone.
_REMOVE_HOUSEHOLDS = """
delete from register_household h using register_door d
where d.id = h.door_id and d.run_id = %(run)s and h.is_unnamed
  and h.area_path >= %(low)s and h.area_path < %(high)s and d.area_path >= %(low)s and d.area_path < %(high)s
  and not exists (select from register_person p
    where p.household_id = h.id and p.area_path >= %(low)s and p.area_path < %(high)s)
  and not exists (select from unnest(%(keep)s::bigint[]) k(id) where k.id = h.id)
"""
_REMOVE_DOORS = """
delete from register_door d where d.run_id = %(run)s and d.area_path >= %(low)s and d.area_path < %(high)s
  and not exists (select from register_household h
    where h.door_id = d.id and h.area_path >= %(low)s and h.area_path < %(high)s)
"""


def _remove_empty(codes: Sequence[str]) -> None:
    """From the inside out. An area that something else hangs on by now stays."""
    for levels in (("building",), ("group", "grid"), ("estate",)):
        empty = Area.objects.filter(
            ~Exists(Door.objects.filter(area_id=OuterRef("pk"))),
            ~Exists(Area.objects.filter(parent_id=OuterRef("pk"))),
            code__in=codes,
            level__in=levels,
        )
        try:
            with transaction.atomic():
                empty.delete()
        except (ProtectedError, IntegrityError):
            return
