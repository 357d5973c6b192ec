"""The table by which a round is given out: areas, what is owed in them, who answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.campaigns.models import HandBack, Round, Target
from lianfang.campaigns.models.targets import State
from lianfang.core.scope import Scope
from lianfang.register.models import Household
from lianfang.workforce.models import Worker
from lianfang.workforce.queries import Answering, grids, grids_without_worker, who_answers


@dataclass(frozen=True, slots=True)
class GridLine:
    """A grid of a village with what this round owes there and who goes."""

    area: Area
    village: str
    due_count: int
    owed_count: int
    answering: Answering | None  # the nearest: of the grid, or the village lead who stands in
    has_own: bool


def grid_lines(scope: Scope, round: Round, area: Area) -> list[GridLine]:
    """The smallest areas of one area that have targets in the round, those without a worker of their own first."""
    inside = scope.within(area.path)
    owed = Q(state__in=[State.OPEN, State.NOT_MET])
    rows = (
        Target.objects.filter(inside.q(), round=round)
        .values("area_path")
        .annotate(due=Count("household_id"), owed=Count("household_id", filter=owed))
    )
    counts = {row["area_path"]: (row["due"], row["owed"]) for row in rows}
    known = {found.path: found for found in grids(area.path)}
    # Doors that hang on a village or an estate itself need somebody too.
    known |= by_path(path for path in counts if path not in known)
    answering = who_answers(set(known))
    lacking = set(grids_without_worker(area.path))
    villages = _villages(known)
    lines = [
        GridLine(
            found,
            villages.get(path, ""),
            *counts.get(path, (0, 0)),
            answering.get(path),
            path not in lacking and answering.get(path) is not None,
        )
        for path, found in known.items()
        if path in counts
    ]
    return sorted(lines, key=lambda line: (line.has_own, line.area.path))


def _villages(paths: Iterable[str]) -> dict[str, str]:
    """The name of the village in which each path lies."""
    above = {path: prefixes(path) for path in paths}
    wanted = {prefix for found in above.values() for prefix in found}
    villages = dict(
        Area.objects.filter(level=Area.Level.VILLAGE, path__in=wanted).values_list("path", "name")
    )
    return {
        path: next((villages[prefix] for prefix in found if prefix in villages), "")
        for path, found in above.items()
    }


@dataclass(frozen=True, slots=True)
class HandBackRow:
    """A door that a worker gave back and nobody has taken yet."""

    hand_back: HandBack
    where: str
    head_name: str
    worker: Worker | None


def hand_backs_waiting(scope: Scope, round: Round, limit: int = 50) -> list[HandBackRow]:
    waiting = list(
        HandBack.objects.filter(scope.q(), round=round, taken_at__isnull=True).order_by("handed_at")[:limit]
    )
    if not waiting:
        return []
    homes = {
        household.pk: household
        for household in Household.objects.filter(
            scope.q(), pk__in=[back.household_id for back in waiting]
        ).select_related("door__area")
    }
    workers = Worker.objects.in_bulk({back.worker_id for back in waiting})
    return [
        HandBackRow(
            back,
            f"{homes[back.household_id].door.area.name}{homes[back.household_id].door.label}",
            homes[back.household_id].head_name,
            workers.get(back.worker_id),
        )
        for back in waiting
        if back.household_id in homes
    ]


@dataclass(frozen=True, slots=True)
class TownshipLine:
    """Where a county still has grids without a worker."""

    area: Area
    grid_count: int
    without_worker_count: int


def places_below(scope: Scope, area: Area) -> list[TownshipLine]:
    """The areas directly below, with how many of their grids have nobody: the way from a county to a village."""
    inside = scope.within(area.path)
    children = list(Area.objects.filter(inside.q("path"), parent=area).order_by("walk_order", "code"))
    paths = list(grids(area.path).values_list("path", flat=True))
    lacking = grids_without_worker(area.path)
    return [
        TownshipLine(
            child,
            sum(path.startswith(child.path) for path in paths),
            sum(path.startswith(child.path) for path in lacking),
        )
        for child in children
    ]
