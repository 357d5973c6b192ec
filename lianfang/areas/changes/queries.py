"""What an area was, is and became. Not personal: every signed-in account may see the tree."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from lianfang.areas.models import Adjustment, Area, AreaChange, AreaMove
from lianfang.areas.queries import get_area, prefixes
from lianfang.areas.rules import RANK
from lianfang.areas.succession import Former
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


def candidates(area: Area) -> list[Area]:
    """What the document says an undivided village may have become, else nothing."""
    found = AreaChange.objects.filter(old=area, applied_at__isnull=True, new__isnull=False)
    return list(
        Area.objects.filter(pk__in=found.values("new"), level=area.level)
        .select_related("parent")
        .order_by("path")
    )


def adjustments(scope: Scope) -> QuerySet[Adjustment]:
    return (
        Adjustment.objects.filter(scope.q("area__path"))
        .select_related("area")
        .order_by("-recorded_at", "-pk")
    )


def get_adjustment(scope: Scope, adjustment_id: int) -> Adjustment:
    found = adjustments(scope).filter(pk=adjustment_id).first()
    if found is None:
        raise Problem("areas.unknown_change")
    return found


def formers() -> list[Former]:
    """Everything that an old code or name leads to, as the address reader takes it: three statements."""
    changes = list(
        AreaChange.objects.filter(applied_at__isnull=False, old__level__in=_NAMED)
        .exclude(kind=AreaChange.Kind.MOVE)
        .values_list("old_id", "old__code", "old__level", "old__parent__code", "old_name", "effective_on")
    )
    onward: defaultdict[int, list[int]] = defaultdict(list)
    rows = AreaChange.objects.filter(applied_at__isnull=False, new__isnull=False)
    for old, new in rows.values_list("old_id", "new_id"):
        if new != old and new is not None:
            onward[old].append(new)
    ids = {row[0] for row in changes} | {new for news in onward.values() for new in news}
    codes = dict(Area.objects.filter(pk__in=ids, valid_to__isnull=True).values_list("pk", "code"))
    return list(
        {
            (code, name): Former(
                code, name, level, parent or "", day.year - 1, tuple(_reached(old, onward, codes))
            )
            for old, code, level, parent, name, day in changes
        }.values()
    )


_NAMED = [level for level, rank in RANK.items() if RANK["county"] < rank <= RANK["village"]]


def _reached(start: int, onward: dict[int, list[int]], living: dict[int, str]) -> Iterable[str]:
    seen, waiting = set[int](), [start]
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        if at in living:
            yield living[at]
        else:
            waiting += onward.get(at, ())


@dataclass(frozen=True)
class Then:
    """Where the rows of an area stand today, to be shown as the tree was at a moment that is over. `low` and `high`
    bound them; `moment` goes into `PATH_THEN`, which says the old paths."""

    low: str
    high: str
    moment: dt.datetime


def rows_then(area: Area, moment: dt.datetime) -> Then:
    """Without a change since then these are the area's own bounds."""
    low, high = subtree(area.path)
    gone = AreaMove.objects.filter(old_path__gte=low, old_path__lt=high, moved_at__gt=moment)
    paths = set(gone.values_list("new_path", flat=True)[:5000])
    if not paths:
        return Then(low, high, moment)
    if area.is_living:
        paths.add(area.path)
    first, last = prefixes(min(paths)), prefixes(max(paths))
    shared = [one for one, other in zip(first, last, strict=False) if one == other]
    return Then(*subtree(shared[-1] if shared else low), moment)


# SQL: the path that the path of a row `t` was at %(moment)s.
PATH_THEN = """coalesce((select m.old_path from areas_areamove m where m.new_path = t.area_path
  and m.moved_at > %(moment)s order by m.moved_at, m.id limit 1), t.area_path)"""
