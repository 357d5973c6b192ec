"""A village that is too large for one sheet, entered part by part: what each part owes, what is written of it, and a
sheet that was printed for the whole village and is given back in one piece."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count

from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Target
from lianfang.campaigns.models.targets import State
from lianfang.core.scope import Scope
from lianfang.intake.entry_queries import MOST_DOORS, EntrySheet, SheetDoor, get_sheet, together
from lianfang.register.models import Household, Person

_NUMBERS = re.compile(r"([HP])0*([0-9]{1,18})")  # entries/printed.py
# Below a county the sum over its targets takes a moment; above nobody enters anything.
_COUNTED_FROM = RANK[Area.Level.TOWNSHIP]


@dataclass(frozen=True, slots=True)
class Part:
    area: Area
    owed_count: int | None  # doors that some running round still owes; None where they are not counted
    written_count: int  # doors of the clerk's draft


def parts_below(scope: Scope, area: Area, written: Collection[int], now: dt.datetime) -> list[Part]:
    """The areas right below, in walking order. `written`: households of the draft. Three statements."""
    children = list(Area.objects.filter(parent=area, valid_to__isnull=True).order_by("walk_order", "code"))
    within = scope.within(area.path)
    owed: dict[str, int] = {}
    if RANK[area.level] >= _COUNTED_FROM:
        found = Target.objects.filter(
            within.q(),
            round__opens_at__lte=now,
            round__closed_at__isnull=True,
            state__in=(State.OPEN, State.NOT_MET),
        )
        owed = dict(
            found.values("area_path")
            .annotate(doors=Count("household_id", distinct=True))
            .values_list("area_path", "doors")
        )
    of_draft = Household.objects.filter(within.q(), pk__in=list(written), is_current=True)
    paths = list(of_draft.values_list("area_path", flat=True)) if written else []
    return [
        Part(
            child,
            sum(count for path, count in owed.items() if path.startswith(child.path))
            if RANK[area.level] >= _COUNTED_FROM
            else None,
            sum(path.startswith(child.path) for path in paths),
        )
        for child in children
    ]


def households_named(scope: Scope, rows: Iterable[Sequence[str]]) -> set[int]:
    """Households that the numbers of our own sheets name, 户号 or 人号 of somebody who lives there; of the scope."""
    numbers: dict[str, set[int]] = {"H": set(), "P": set()}
    for row in rows:
        for cell in row:
            if match := _NUMBERS.fullmatch(str(cell).strip().upper()):
                numbers[match[1]].add(int(match[2]))
    found = set(
        Household.objects.filter(scope.q(), pk__in=numbers["H"], is_current=True).values_list("pk", flat=True)
    )
    people = Person.objects.filter(scope.q(), pk__in=numbers["P"], is_current=True)
    return found | {pk for pk in people.values_list("household_id", flat=True) if pk is not None}


def with_households(
    scope: Scope, wide: Sequence[Area], wanted: Collection[int], now: dt.datetime, sheet: EntrySheet | None
) -> EntrySheet:
    """The sheet with further doors of the wider area `wide`; those doors alone where there is no sheet."""
    there = {door.listed.household_id for door in sheet.doors} if sheet else set()
    rest = sorted(set(wanted) - there)
    found = [sheet] if sheet else []
    for start in range(0, len(rest), MOST_DOORS):
        found.append(get_sheet(scope, wide, now, rest[start : start + MOST_DOORS]))
    if not found:
        found = [get_sheet(scope, wide, now, [])]
    return together(found)


def part_of(parts: Iterable[Area], door: SheetDoor) -> Area | None:
    """Below which of these areas a door stands."""
    return next((part for part in parts if door.path.startswith(part.path)), None)
