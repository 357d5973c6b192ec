"""Reading the tree. Areas are not personal: every signed-in account may see them; what hangs on them is scoped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import QuerySet

from lianfang.areas.models import Area, AreaChange
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, subtree


def get_area(code: str) -> Area:
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise Problem("areas.unknown", code=code)
    return area


def area_in(scope: Scope, code: str) -> Area:
    """An area the actor may work in, or `scope.outside`."""
    area = get_area(code)
    scope.within(area.path)
    return area


def named_in(scope: Scope, text: str) -> Area:
    """The area that a person wrote down, by code or by name, within `scope`. What is no more is what it became.

    Raises `areas.unknown`, `areas.ambiguous`, `scope.outside`, `areas.gone` and `areas.gone_nowhere`.
    """
    text = text.strip()
    if Area.objects.filter(code=text).exists():
        area = living_area(text)
        scope.within(area.path)
        return area
    found = list(Area.objects.filter(scope.q("path"), name=text, valid_to__isnull=True)[:20])
    found = found or called_before(scope, text)
    if len(found) > 1:
        raise Problem("areas.ambiguous", name=text, count=len(found))
    return found[0] if found else get_area(text)


def successors(code: str, on: dt.date | None = None) -> list[Area]:
    """The areas that an old code stands for: now, or on a day. A living code is itself. Raises `areas.unknown`."""
    area = get_area(code)
    with connection.cursor() as cursor:
        cursor.execute(_SUCCESSORS, {"area": area.pk, "day": on})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Area.objects.filter(pk__in=ids).select_related("parent").order_by("path"))


_SUCCESSORS = """
with recursive later as (
  select id, valid_to from areas_area where id = %(area)s
  union
  select n.id, n.valid_to from later l join areas_areachange c on c.old_id = l.id and c.new_id <> l.id
    and c.applied_at is not null and (%(day)s::date is null or c.effective_on <= %(day)s)
  join areas_area n on n.id = c.new_id
  where l.valid_to is not null and (%(day)s::date is null or l.valid_to <= %(day)s))
select id from later where valid_to is null or valid_to > %(day)s
"""


def living(codes: Collection[str]) -> dict[str, Area]:
    """Code → the one area that it stands for today. Codes that are no more, became several or are unknown are missing.
    Two statements for any number of codes."""
    now: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, [list(codes)])
        for code, area_id in cursor.fetchall():
            now.setdefault(code, []).append(area_id)
    ones = {code: ids[0] for code, ids in now.items() if len(ids) == 1}
    areas = Area.objects.in_bulk(set(ones.values()))
    return {code: areas[area_id] for code, area_id in ones.items()}


_LIVING = """
with recursive later as (
  select code, id, valid_to from areas_area where code = any(%s)
  union
  select l.code, n.id, n.valid_to from later l join areas_areachange c on c.old_id = l.id and c.new_id <> l.id
    and c.applied_at is not null
  join areas_area n on n.id = c.new_id
  where l.valid_to is not null)
select code, id from later where valid_to is null
"""


def living_area(code: str) -> Area:
    """The area that a code stands for today. Raises `areas.unknown`, `areas.gone` with the areas it may be now, or
    `areas.gone_nowhere`."""
    area = get_area(code)
    return area if area.is_living else the_one(area, successors(code))


def the_one(area: Area, now: list[Area]) -> Area:
    if len(now) == 1:
        return now[0]
    raise gone(area, now)


def gone(area: Area, now: list[Area] | None = None) -> Problem:
    """What to say of an area that is no more: since when, and what it is now."""
    now = successors(area.code) if now is None else now
    told = {"name": area.name, "code": area.code, "day": area.valid_to.isoformat() if area.valid_to else ""}
    if not now:
        return Problem("areas.gone_nowhere", **told)
    return Problem("areas.gone", **told, now="、".join(f"{one.name}（{one.code}）" for one in now))


def called_before(scope: Scope, name: str) -> list[Area]:
    """Living areas within `scope` that were called so once, or took in an area of that name."""
    changes = AreaChange.objects.filter(old_name=name, applied_at__isnull=False).select_related("old")
    found = {area.pk: area for change in changes[:50] for area in successors(change.old.code)}
    return [area for area in found.values() if scope.covers(area.path)]


def offered(scope: Scope, limit: int = 1000) -> QuerySet[Area]:
    """What a field for an area offers to choose from: from the county down to villages."""
    levels = [Area.Level.COUNTY, Area.Level.TOWNSHIP, Area.Level.VILLAGE]
    return (
        Area.objects.filter(scope.q("path"), level__in=levels, valid_to__isnull=True)
        .select_related("parent")
        .order_by("path")[:limit]
    )


def prefixes(path: str) -> list[str]:
    """The paths of an area and all above it, from the top: for chains and for finding who answers."""
    labels = path.removeprefix(ROOT).rstrip(".").split(".")
    return [ROOT + ".".join(labels[: i + 1]) + "." for i in range(len(labels))]


def ancestors(area: Area) -> list[Area]:
    """From the province down to the area itself."""
    return list(Area.objects.filter(path__in=prefixes(area.path)).order_by("path"))


def get_chain(code: str) -> list[Area]:
    """An area with all above it, from the province down, in one statement. Raises `areas.unknown`."""
    chain = list(Area.objects.raw(_CHAIN, [code]))
    if not chain:
        raise Problem("areas.unknown", code=code)
    return chain


_CHAIN = """
with recursive up as (
  select * from areas_area where code = %s
  union all select a.* from areas_area a join up on a.id = up.parent_id)
select * from up order by path
"""


def children(area: Area) -> QuerySet[Area]:
    return Area.objects.filter(parent=area, valid_to__isnull=True).order_by("walk_order", "code")


def below(area: Area, levels: Iterable[str]) -> QuerySet[Area]:
    low, high = subtree(area.path)
    found = Area.objects.filter(path__gte=low, path__lt=high, level__in=list(levels), valid_to__isnull=True)
    return found.order_by("path")


def rows_below(area: Area) -> QuerySet[Area, tuple[str, str, str, str | None]]:
    """(code, name, level, parent code) of an area and all below it, parents first."""
    low, high = subtree(area.path)
    return (
        Area.objects.filter(path__gte=low, path__lt=high, valid_to__isnull=True)
        .order_by("path")
        .values_list("code", "name", "level", "parent__code")
    )


def by_path(paths: Iterable[str]) -> dict[str, Area]:
    return {area.path: area for area in Area.objects.filter(path__in=set(paths))}


def said(chain: Iterable[Area]) -> list[Area]:
    """Of areas from the top down, those that an address names: a grid is none where a building is known."""
    areas = list(chain)
    if any(area.level == Area.Level.BUILDING for area in areas):
        return [area for area in areas if area.level != Area.Level.GRID]
    return areas


def counties() -> QuerySet[Area]:
    return Area.objects.filter(level=Area.Level.COUNTY, valid_to__isnull=True).order_by("path")
