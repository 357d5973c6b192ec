"""What an area was, is and became. Not personal: every signed-in account may see the tree."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lianfang.areas.models import Adjustment, Area, AreaChange, AreaMove
from lianfang.areas.queries import get_area, prefixes
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree


@dataclass(frozen=True)
class AreaThen:
    """An area as it was on a day."""

    code: str
    name: str
    level: str
    parent_code: str
    existed: bool


def area_as_of(code: str, day: dt.date) -> AreaThen:
    """Name and place of an area on a day. Raises `areas.unknown`."""
    area = get_area(code)
    later = AreaChange.objects.filter(old=area, applied_at__isnull=False, effective_on__gt=day)
    renamed = later.filter(kind=AreaChange.Kind.RENAME).order_by("effective_on", "pk").first()
    moved = (
        AreaMove.objects.filter(old=area, change__effective_on__gt=day)
        .order_by("moved_at", "pk")
        .select_related("old_parent")
        .first()
    )
    parent = moved.old_parent if moved else area.parent
    return AreaThen(
        area.code,
        renamed.old_name if renamed else area.name,
        area.level,
        parent.code if parent else "",
        (area.valid_from is None or area.valid_from <= day)
        and (area.valid_to is None or day < area.valid_to),
    )


def changes_of(area: Area) -> QuerySet[AreaChange]:
    """All that happened to an area, or into it, the latest first; of a split those parts that are decided."""
    found = AreaChange.objects.filter(Q(old=area) | Q(new=area), applied_at__isnull=False)
    return found.select_related("old", "old__parent", "new", "new__parent").order_by("-effective_on", "-pk")


def undivided(scope: Scope) -> list[Area]:
    """待划分: areas within `scope` that end as soon as somebody has said where their people belong."""
    waiting = AreaChange.objects.filter(applied_at__isnull=True, kind__in=["split", "end", "merge"])
    found = Area.objects.filter(
        scope.q("path"), pk__in=waiting.values("old"), valid_to__isnull=True, level=Area.Level.VILLAGE
    )
    return list(found.select_related("parent").order_by("path"))


# Changes that took effect on paper alone: a person has still to say where the people of the area belong.
_UNDIVIDED = Q(changes__applied_at__isnull=True, state=Adjustment.State.APPLIED)


def undivided_of(adjustment: Adjustment) -> int:
    """Of how many of its areas nobody has said yet where their people belong."""
    return adjustment.changes.filter(applied_at__isnull=True).values("old").distinct().count()


def adjustments(scope: Scope) -> QuerySet[Adjustment]:
    return (
        Adjustment.objects.filter(scope.q("area__path"))
        .annotate(undivided_count=Count("changes__old", filter=_UNDIVIDED, distinct=True))
        .select_related("area")
        .order_by("-recorded_at", "-pk")
    )


def get_adjustment(scope: Scope, adjustment_id: int) -> Adjustment:
    found = adjustments(scope).filter(pk=adjustment_id).first()
    if found is None:
        raise Problem("areas.unknown_change")
    return found


@dataclass(frozen=True)
class Then:
    """An area at a moment that is over. `scope` reaches its rows where they stand today; `has_moved`: some stand
    elsewhere now, and have to be shown by `PATH_THEN` and `CHILDREN_THEN`."""

    scope: Scope
    moment: dt.datetime
    has_moved: bool

    @property
    def bounds(self) -> tuple[str, str]:
        return self.scope.ranges[0]


def area_then(scope: Scope, area: Area, moment: dt.datetime) -> Then:
    """One statement. Raises `scope.outside` for who may not see where the area's rows stand now."""
    low, high = subtree(area.path)
    later = AreaMove.objects.filter(moved_at__gt=moment, is_wider=False)
    inside = Q(old_path__gte=low, old_path__lt=high) | Q(new_path__gte=low, new_path__lt=high)
    pairs = list(later.filter(inside).values_list("old_path", "new_path"))
    gone = {new for old, new in pairs if low <= old < high}
    if not gone:
        return Then(scope.within(area.path), moment, bool(pairs))
    paths, seen = gone, set[str]()
    while paths - seen:  # what went on from there
        fresh, seen = paths - seen, seen | paths
        paths = paths | set(later.filter(old_path__in=fresh).values_list("new_path", flat=True))
    if area.is_living:
        paths = paths | {area.path}
    first, last = prefixes(min(paths)), prefixes(max(paths))
    shared = [one for one, other in zip(first, last, strict=False) if one == other]
    return Then(scope.within(shared[-1]), moment, True)


# SQL: the path that the path {column} was at %(moment)s, move by move from now back to then.
PATH_THEN = """(with recursive back(path, id) as (
    select {column}, 9223372036854775807
    union all
    select m.old_path, m.id from back b cross join lateral (
      select old_path, id from areas_areamove where new_path = b.path and id < b.id and moved_at > %(moment)s
        and not is_wider order by id desc limit 1) m)
  select path from back order by id limit 1)"""
# SQL: (path, code, name, level, walk_order, id) of what lay directly in the area %(area)s then.
CHILDREN_THEN = """
select coalesce(m.old_path, c.path) path, c.code, coalesce(m.old_name, c.name) name, c.level, c.walk_order, c.id
from areas_area c left join lateral (
  select old_path, old_name, old_parent_id from areas_areamove where old_id = c.id and moved_at > %(moment)s
  order by moved_at, id limit 1) m on true
where coalesce(m.old_parent_id, c.parent_id) = %(area)s"""


def merged_villages() -> list[tuple[str, str, str | None, str, str]]:
    """Villages that went whole into another and live on as a section of it: (old code, old name, old township's name,
    code of the village, name of the section)."""
    moves = AreaMove.objects.filter(
        old__level=Area.Level.VILLAGE,
        new__level=Area.Level.SECTION,
        new__valid_to=None,
        new__parent__level=Area.Level.VILLAGE,
    ).exclude(change__kind=AreaChange.Kind.SPLIT)
    fields = ("old__code", "old_name", "old_parent__name", "new__parent__code", "new__name")
    return list(moves.order_by("pk").values_list(*fields))
