"""Reading the tree. Areas are not personal: every signed-in account may see them; what hangs on them is scoped."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from lianfang.areas.models import Area
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
    """The area that a person wrote down, by code or by name, within `scope`."""
    text = text.strip()
    area = Area.objects.filter(code=text).first()
    if area:
        scope.within(area.path)
        return area
    found = list(Area.objects.filter(scope.q("path"), name=text)[:20])
    if len(found) > 1:
        raise Problem("areas.ambiguous", name=text, count=len(found))
    return found[0] if found else get_area(text)


def offered(scope: Scope, limit: int = 1000) -> QuerySet[Area]:
    """What a field for an area offers to choose from: from the county down to villages."""
    levels = [Area.Level.COUNTY, Area.Level.TOWNSHIP, Area.Level.VILLAGE]
    return (
        Area.objects.filter(scope.q("path"), level__in=levels)
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
    return Area.objects.filter(parent=area).order_by("walk_order", "code")


def below(area: Area, levels: Iterable[str]) -> QuerySet[Area]:
    low, high = subtree(area.path)
    return Area.objects.filter(path__gte=low, path__lt=high, level__in=list(levels)).order_by("path")


def rows_below(area: Area) -> QuerySet[Area, tuple[str, str, str, str | None]]:
    """(code, name, level, parent code) of an area and all below it, parents first."""
    low, high = subtree(area.path)
    return (
        Area.objects.filter(path__gte=low, path__lt=high)
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
    return Area.objects.filter(level=Area.Level.COUNTY).order_by("path")
