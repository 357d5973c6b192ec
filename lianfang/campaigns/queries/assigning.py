"""The table by which a round is given out: areas, what is owed in them, who answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes, said
from lianfang.campaigns.models import Round, Target
from lianfang.campaigns.models.targets import State
from lianfang.campaigns.queries.targets import called
from lianfang.core.scope import Scope
from lianfang.workforce.queries import Answering, grid_duty, who_answers

MOST_HAND_BACKS = 50


@dataclass(frozen=True, slots=True)
class GridLine:
    """A grid of a village with what this round owes there and who goes."""

    area: Area
    place: str  # below the area of the table: 杨梅村 1组
    village_path: str  # under which it is counted
    due_count: int
    owed_count: int
    answering: Answering | None  # the nearest: of the grid, or who stands in further up

    @property
    def has_own(self) -> bool:
        """Somebody answers for this very area, or for a larger one below the village."""
        found = self.answering
        return found is not None and (found.is_of_grid or found.area_path == self.area.path)


@dataclass(frozen=True, slots=True)
class GridTable:
    area: Area
    areas: dict[str, Area]  # the area, those above and those below, by path
    lines: list[GridLine]  # those without a worker of their own first

    @property
    def above(self) -> list[Area]:
        """From the province down to the area itself."""
        return [found for path, found in self.areas.items() if self.area.path.startswith(path)]

    def place(self, path: str) -> str:
        """A path in words, without what the page says already."""
        return " ".join(area.name for area in self._below(path)) or self.area.name

    def door(self, path: str, label: str) -> str:
        """A door that hangs on a path, in words."""
        return "".join(area.name for area in said(self._below(path))) + label

    def _below(self, path: str) -> list[Area]:
        steps = [step for step in prefixes(path) if len(step) > len(self.area.path)]
        return [self.areas[step] for step in steps if step in self.areas]

    def village_path(self, path: str) -> str:
        """Of the village in which a path lies; '' above the villages."""
        steps = (self.areas[step] for step in prefixes(path) if step in self.areas)
        return next((found.path for found in steps if found.level == Area.Level.VILLAGE), "")


def grid_table(scope: Scope, round: Round, area: Area) -> GridTable:
    """All areas that have targets of the round hanging on them, in one township or less. Three statements."""
    inside = scope.within(area.path)
    owed = Q(state__in=[State.OPEN, State.NOT_MET])
    rows = (
        Target.objects.filter(inside.q(), round=round)
        .values("area_path")
        .annotate(
            due=Count("household_id", filter=~Q(origin="found_in_field")),
            owed=Count("household_id", filter=owed),
        )
    )
    counts = {row["area_path"]: (row["due"], row["owed"]) for row in rows}
    around = Area.objects.filter(Q(path__in=prefixes(area.path)) | inside.q("path"))
    areas = {found.path: found for found in around.order_by("path")}
    answering = who_answers(counts)
    table = GridTable(area, areas, [])
    for path in sorted(counts):
        if path in areas:
            table.lines.append(
                GridLine(
                    areas[path],
                    table.place(path),
                    table.village_path(path),
                    *counts[path],
                    answering.get(path),
                )
            )
    table.lines.sort(key=lambda line: line.has_own)
    return table


@dataclass(frozen=True, slots=True)
class HandBackRow:
    """A door that a worker gave back and nobody has taken yet."""

    hand_back_id: int
    where: str
    head_name: str
    worker_name: str
    reason: str
    handed_at: dt.datetime


def hand_backs_waiting(scope: Scope, round: Round, table: GridTable) -> list[HandBackRow]:
    """The oldest first, named as the table names its areas."""
    clause, values = scope.sql("b.area_path")
    home, home_values = scope.sql("h.area_path")
    with connection.cursor() as cursor:
        cursor.execute(
            _HAND_BACKS.format(where=clause, home=home),
            [*home_values, *values, round.pk, MOST_HAND_BACKS],
        )
        rows = cursor.fetchall()
    return [
        HandBackRow(
            pk,
            table.door(path, label),
            called(name, kind, is_unnamed=is_unnamed, is_person=False),
            *rest,
        )
        for pk, path, label, name, kind, is_unnamed, *rest in rows
    ]


_HAND_BACKS = """
select b.id, b.area_path, coalesce(d.label, ''), h.head_name, h.kind, h.is_unnamed, coalesce(w.name, ''), b.reason, b.handed_at
from campaigns_handback b left join register_household h on h.id = b.household_id and {home}
left join register_door d on d.id = h.door_id
left join workforce_worker w on w.id = b.worker_id
where {where} and b.round_id = %s and b.taken_at is null order by b.handed_at, b.id limit %s
"""


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """An area above the villages, and how many of its grids have nobody."""

    area: Area
    grid_count: int
    without_worker_count: int


def places_below(scope: Scope, area: Area) -> list[PlaceLine]:
    """The areas directly below: the way from a county down to where people are named."""
    inside = scope.within(area.path)
    children = Area.objects.filter(inside.q("path"), parent=area).order_by("walk_order", "code")
    duty = grid_duty(area.path)
    return [
        PlaceLine(
            child,
            sum(path.startswith(child.path) for path in duty.paths),
            sum(path.startswith(child.path) for path in duty.without_worker),
        )
        for child in children
    ]
