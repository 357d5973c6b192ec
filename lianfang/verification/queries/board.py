"""The board of a list: where its rows are, who has them, and whether they come back in time. Counts only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lianfang.areas.models import Area
from lianfang.core.clock import now
from lianfang.core.scope import Scope
from lianfang.verification import rules
from lianfang.verification.models import PushedList, PushedRow
from lianfang.verification.rows import NEEDS_NO_CALL, Bucket

State = PushedRow.State


@dataclass(frozen=True, slots=True)
class TownLine:
    """A township's part of a list; `area` None is the county desk. rows = auto + answered + in_progress + out + waiting."""

    area: Area | None
    row_count: int
    auto_count: int  # answered before anybody was called
    answered_count: int
    in_progress_count: int
    out_count: int
    waiting_count: int  # not sent down yet: a person decides, the desk places, or it is ready
    is_late: bool
    finishes_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    total: TownLine
    towns: list[TownLine]


_COUNTS = {
    "row_count": Count("pk"),
    "auto_count": Count("pk", filter=Q(bucket__in=NEEDS_NO_CALL, state=State.ANSWERED)),
    "answered_count": Count("pk", filter=Q(state=State.ANSWERED) & ~Q(bucket__in=NEEDS_NO_CALL)),
    "in_progress_count": Count("pk", filter=Q(state=State.IN_PROGRESS)),
    "out_count": Count("pk", filter=Q(state=State.OUT)),
    "waiting_count": Count("pk", filter=Q(state__in=(State.DECIDING, State.DESK, State.READY))),
}


def board_of(scope: Scope, found: PushedList) -> Board:
    """Two statements."""
    moment = now()
    rows = (
        PushedRow.objects.filter(scope.q(), list=found)
        .order_by()
        .values_list("town_code")
        .annotate(**_COUNTS)
    )
    counted = {row[0]: dict(zip(_COUNTS, row[1:], strict=True)) for row in rows}
    areas = {area.code: area for area in Area.objects.filter(code__in=[code for code in counted if code])}
    lines = [_line(found, areas.get(code), counts, moment) for code, counts in counted.items()]
    lines.sort(
        key=lambda line: (-(line.out_count + line.in_progress_count), line.area.code if line.area else "")
    )
    total = {key: sum(counts[key] for counts in counted.values()) for key in _COUNTS}
    return Board(_line(found, None, total, moment), lines)


def _line(found: PushedList, area: Area | None, counts: dict[str, int], moment: dt.datetime) -> TownLine:
    owed = counts["out_count"] + counts["in_progress_count"]
    done = rules.pace(owed=owed, done=counts["answered_count"], since=found.sent_at or moment, now=moment)
    return TownLine(
        area, **counts, is_late=bool(owed) and moment > found.due_at, finishes_at=done.finishes_at
    )


def bucket_counts(scope: Scope, found: PushedList) -> dict[str, int]:
    """Rows by what became of them before anybody was called: they add up to the rows of the list."""
    counts = dict.fromkeys([str(bucket) for bucket in Bucket], 0)
    counts |= dict(
        PushedRow.objects.filter(scope.q(), list=found).values_list("bucket").annotate(Count("pk"))
    )
    return counts


def lists_of(scope: Scope, *, state: str = "") -> QuerySet[PushedList]:
    """The lists of the counties that one's areas lie in, what is due first."""
    lists = PushedList.objects.select_related("county")
    near = Q(pk__in=[])
    for low, high in scope.ranges:
        near |= Q(area_path__gte=low, area_path__lt=high)
        near |= Q(area_path__in=[low[: n + 1] for n, letter in enumerate(low) if letter == "."])
    lists = lists.filter(near)
    if state:
        lists = lists.filter(state__in=state.split(","))
    return lists.order_by("due_at", "pk")


def chase(scope: Scope, found: PushedList) -> list[tuple[str, int]]:
    """Areas with rows still to be answered and how many, most first: for 复制催办."""
    lines = board_of(scope, found).towns
    return list(
        rules.chase_areas(
            (line.area.name, line.out_count + line.in_progress_count) for line in lines if line.area
        )
    )
