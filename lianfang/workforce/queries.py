"""Who answers: for one door, for many at once, and for a whole area. Duty names are known to everybody in the
response; phones are never read here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.core.clock import now as present
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.workforce.models import Assignment, Worker

BELOW_VILLAGE = (
    Area.Level.SECTION,
    Area.Level.ESTATE,
    Area.Level.GRID,
    Area.Level.GROUP,
    Area.Level.BUILDING,
)
# The levels of a chain of people who answer: nobody above the county is named here.
ANSWERING_LEVELS = (Area.Level.COUNTY, Area.Level.TOWNSHIP, Area.Level.VILLAGE, *BELOW_VILLAGE)

MOST_CHOICES = 400  # in one select: a township's workers


@dataclass(frozen=True, slots=True)
class Answering:
    """Somebody who answers for an area now."""

    worker_id: int
    name: str
    title: str
    area_path: str  # the area they answer for: the one asked about, or the nearest above
    area_id: int
    area_code: str
    area_name: str
    area_level: str
    part: str
    assignment_id: int

    @property
    def is_of_grid(self) -> bool:
        """One who goes to doors, not a cadre who answers for a village or more."""
        return self.area_level in BELOW_VILLAGE


def who_answers(paths: Collection[str], now: dt.datetime | None = None) -> dict[str, Answering]:
    """For each area path who answers for it: of its own area, else of the nearest above; A角 before B角.

    One statement for any number of paths. A path for which nobody answers at any level is missing.
    """
    above = {path: prefixes(path) for path in paths}
    wanted = {prefix for chain in above.values() for prefix in chain}
    rows = _running(now).filter(area_path__in=wanted).order_by("-part", "starts_at", "pk")
    by_area = {
        found.area_path: _answering(found) for found in rows
    }  # the last one of an area stands: A角, newest
    nearest = {
        path: next((by_area[prefix] for prefix in reversed(chain) if prefix in by_area), None)
        for path, chain in above.items()
    }
    return {path: found for path, found in nearest.items() if found is not None}


def chain(area: Area) -> list[Answering]:
    """Everyone who answers for an area, from the area itself up to the county: A角 and B角 of each level."""
    running = _running().filter(area_path__in=prefixes(area.path), area__level__in=ANSWERING_LEVELS)
    return sorted(
        (_answering(found) for found in running), key=lambda a: (-len(a.area_path), a.part, a.worker_id)
    )


def answering_in(scope: Scope) -> list[Answering]:
    """Everyone who answers for these areas, for those below and for those above up to the county: the nearest first."""
    above = {step for low, _high in scope.ranges for step in prefixes(low)}
    running = _running().filter(scope.q() | Q(area_path__in=above), area__level__in=ANSWERING_LEVELS)
    return sorted(
        (_answering(found) for found in running.defer("worker__phone")),
        key=lambda a: (-a.area_path.count("."), a.area_path, a.part, a.worker_id),
    )


def of_areas(scope: Scope) -> Q:
    """Workers of these areas and of those above them: to whom something here can be given."""
    found = scope.q()
    for low, _high in scope.ranges:
        found |= Q(area_path__in=prefixes(low))
    return found


def of_county(scope: Scope) -> Q:
    """Workers of the counties in which these areas lie, and of the areas above: whom one may have to ring."""
    found = of_areas(scope)
    above = {path for low, _high in scope.ranges for path in prefixes(low)}
    for county in Area.objects.filter(path__in=above, level=Area.Level.COUNTY).values_list("path", flat=True):
        low, high = subtree(county)
        found |= Q(area_path__gte=low, area_path__lt=high)
    return found


def get_worker(worker_id: int, scope: Scope) -> Worker:
    """Somebody who works here now, or `workforce.unknown_worker`: an id of another county is not known here."""
    worker = (
        Worker.objects.filter(of_areas(scope), pk=worker_id, is_active=True).select_related("area").first()
    )
    if worker is None:
        raise Problem("workforce.unknown_worker")
    return worker


def worker_of(user_id: int) -> Worker | None:
    """The worker behind a login, if the login belongs to one."""
    return Worker.objects.filter(user_id=user_id, is_active=True).first()


def grids(path: str) -> QuerySet[Area]:
    """The smallest areas below `path`, each of which one worker can answer for: groups, grids, buildings, and
    villages that are not divided."""
    low, high = subtree(path)
    levels = [Area.Level.VILLAGE, *BELOW_VILLAGE]
    divided = Area.objects.filter(parent=OuterRef("pk"))
    return (
        Area.objects.filter(path__gte=low, path__lt=high, level__in=levels)
        .filter(~Exists(divided))
        .order_by("path")
    )


def offered_for_a_shift(scope: Scope, limit: int = 1000) -> QuerySet[Area]:
    """Where somebody can be sent for a night: villages, and what lies below them."""
    levels = [Area.Level.VILLAGE, *BELOW_VILLAGE]
    return (
        Area.objects.filter(scope.q("path"), level__in=levels, valid_to__isnull=True)
        .select_related("parent")
        .order_by("path")[:limit]
    )


@dataclass(frozen=True, slots=True)
class GridDuty:
    """The smallest areas below an area, and those of them for which nobody at that level answers: the village lead
    stands in, but that does not count."""

    paths: list[str]
    without_worker: list[str]


def grid_duty(path: str) -> GridDuty:
    """Two statements; compared in memory: some thousand short strings."""
    low, high = subtree(path)
    levels = dict(
        _running().filter(area_path__gte=low, area_path__lt=high).values_list("area_path", "area__level")
    )
    below = {found for found, level in levels.items() if level in BELOW_VILLAGE}
    paths = list(grids(path).values_list("path", flat=True))
    lacking = [
        grid for grid in paths if levels.get(grid) != Area.Level.VILLAGE and below.isdisjoint(prefixes(grid))
    ]
    return GridDuty(paths, lacking)


def workers_in(scope: Scope, *, text: str = "", only_idle: bool = False) -> QuerySet[Worker]:
    """Workers whose own area lies within `scope`."""
    found = Worker.objects.filter(scope.q(), is_active=True).select_related("unit", "area")
    if text:
        found = found.filter(
            Q(name__contains=text)
            | Q(title__contains=text)
            | Q(unit__name__contains=text)
            | Q(area__name__contains=text)
        )
    if only_idle:
        holding = Assignment.objects.filter(worker=OuterRef("pk"), ends_at__isnull=True)
        found = found.filter(~Exists(holding))
    return found.order_by("area_path", "pk")


def held_by(worker_ids: Iterable[int]) -> dict[int, list[Answering]]:
    """What each of these workers answers for now."""
    found: dict[int, list[Answering]] = {}
    for assignment in _running().filter(worker__in=list(worker_ids)).order_by("area_path", "part"):
        found.setdefault(assignment.worker_id, []).append(_answering(assignment))
    return found


def choosable(path: str) -> list[Worker]:
    """Workers to whom something within an area can be given: those of the area, then those of the areas above."""
    low, high = subtree(path)
    own = Q(area_path__gte=low, area_path__lt=high) | Q(area_path__in=prefixes(path))
    found = Worker.objects.filter(own, is_active=True).select_related("area")
    return list(found.order_by("-area_path", "name")[:MOST_CHOICES])


def _running(now: dt.datetime | None = None) -> QuerySet[Assignment]:
    moment = now or present()
    return Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=moment), starts_at__lte=moment, worker__is_active=True
    ).select_related("worker", "area")


def _answering(found: Assignment) -> Answering:
    worker, area = found.worker, found.area
    return Answering(
        worker.pk,
        worker.name,
        worker.title,
        area.path,
        area.pk,
        area.code,
        area.name,
        area.level,
        found.part,
        found.pk,
    )


@dataclass(frozen=True, slots=True)
class AreaDuty:
    """An area of a list with its A角 and B角, if it has them."""

    area: Area
    first: Answering | None
    second: Answering | None


@dataclass(frozen=True, slots=True)
class Duties:
    """Who answers around one area: the way up, the area itself, what lies directly below."""

    path: tuple[Area, ...]
    own: AreaDuty
    below: tuple[AreaDuty, ...]
    chain: tuple[Answering, ...]


def duties(area: Area) -> Duties:
    """Two statements, whatever the size of the area."""
    around = Area.objects.filter(Q(path__in=prefixes(area.path)) | Q(parent=area))
    areas = list(around.order_by("walk_order", "code"))
    running: dict[tuple[str, str], Answering] = {}
    rows = _running().filter(area__in=[found.pk for found in areas]).order_by("starts_at", "pk")
    for found in rows:
        running[found.area_path, found.part] = _answering(found)

    def duty(of: Area) -> AreaDuty:
        return AreaDuty(of, running.get((of.path, "a")), running.get((of.path, "b")))

    above = sorted((found for found in areas if area.path.startswith(found.path)), key=lambda a: len(a.path))
    chain_up = [
        running[found.path, part]
        for found in reversed(above)
        for part in ("a", "b")
        if found.level in ANSWERING_LEVELS and (found.path, part) in running
    ]
    below = tuple(duty(found) for found in areas if found.parent_id == area.pk)
    return Duties(tuple(above), duty(area), below, tuple(chain_up))
