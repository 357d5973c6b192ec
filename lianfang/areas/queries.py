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


def prefixes(path: str) -> list[str]:
    """The paths of an area and all above it, from the top: for chains and for finding who answers."""
    labels = path.removeprefix(ROOT).rstrip(".").split(".")
    return [ROOT + ".".join(labels[: i + 1]) + "." for i in range(len(labels))]


def ancestors(area: Area) -> list[Area]:
    """From the province down to the area itself."""
    return list(Area.objects.filter(path__in=prefixes(area.path)).order_by("path"))


def children(area: Area) -> QuerySet[Area]:
    return Area.objects.filter(parent=area).order_by("walk_order", "code")


def below(area: Area, levels: Iterable[str]) -> QuerySet[Area]:
    low, high = subtree(area.path)
    return Area.objects.filter(path__gte=low, path__lt=high, level__in=list(levels)).order_by("path")


def by_path(paths: Iterable[str]) -> dict[str, Area]:
    return {area.path: area for area in Area.objects.filter(path__in=set(paths))}


def counties() -> QuerySet[Area]:
    return Area.objects.filter(level=Area.Level.COUNTY).order_by("path")
