"""The equation of an area: 应排查 = 已排查 + 核减 + 未见到 + 待排查, at every level.

From the village up it is summed from the kept counters by ranges of the village path; below, it is counted from
the targets of that village. Both give the same numbers, and the tests hold them to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from django.db import connection

from lianfang.areas.dividing import Division, place
from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.core.scope import Scope

VILLAGE = RANK["village"]


@dataclass(frozen=True, slots=True)
class Equation:
    """Counts of targets. What was found in the field is never in the denominator: it stands apart, in `found_`."""

    due: int = 0
    done: int = 0
    exempt: int = 0
    not_met: int = 0
    open: int = 0
    overdue: int = 0  # of not_met + open, those whose deadline has passed
    found_due: int = 0
    found_done: int = 0
    born: int = 0  # of done, those that visits of before the round opened had settled

    @property
    def rate(self) -> Fraction | None:
        """Coverage: done ÷ (due − exempt); None when nobody is left to be met."""
        base = self.due - self.exempt
        return Fraction(self.done, base) if base > 0 else None

    @property
    def balances(self) -> bool:
        return self.due == self.done + self.exempt + self.not_met + self.open

    @property
    def missing(self) -> int:
        return self.not_met + self.open

    def number(self, show: str) -> int:
        """The number by the name that lists use: due, done, exempt, not_met, open, missing, overdue, born, found."""
        return self.found_due if show == "found" else int(getattr(self, show))

    def __add__(self, other: Equation) -> Equation:
        return Equation(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Equation))


def total(equations: Iterable[Equation]) -> Equation:
    return sum(equations, Equation())


def coverage_of(scope: Scope, round: Round, area: Area, now: dt.datetime) -> Equation:
    """One area's equation in one round. Raises `scope.outside` for somebody else's area."""
    low, high = scope.within(area.path).ranges[0]
    values: dict[str, Any] = {"round": round.pk, "low": low, "high": high, "now": round.late_before(now)}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTERS if RANK[area.level] <= VILLAGE else _TARGETS, values)
        return Equation(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Doors of a round's list of whom nobody knows yet who lives there, and those that have got a name since it
    opened. They are among the due: nothing is added by them."""

    left_count: int = 0
    named_count: int = 0

    @property
    def all_count(self) -> int:
        return self.left_count + self.named_count


def coverage_by_child(
    scope: Scope, round: Round, area: Area, now: dt.datetime
) -> list[tuple[Area, Equation]]:
    """The equations of the areas directly below, in walking order, those with nothing due included.

    They sum to the area's own: targets that hang on the area itself, on none of its children, come last,
    under the area itself.
    """
    return _by_child(scope, round, area, now, also="")[0]


def coverage_and_unnamed(
    scope: Scope, round: Round, area: Area, now: dt.datetime
) -> tuple[list[tuple[Area, Equation]], Unnamed]:
    """The same with the unnamed doors of the whole area, in one statement."""
    children, rest = _by_child(scope, round, area, now, also=_UNNAMED)
    return children, Unnamed(*rest)


def _by_child(
    scope: Scope, round: Round, area: Area, now: dt.datetime, *, also: str
) -> tuple[list[tuple[Area, Equation]], tuple[int, ...]]:
    low, high = scope.within(area.path).ranges[0]
    values: dict[str, Any] = {"round": round.pk, "low": low, "high": high, "parent": area.pk}
    values |= {"now": round.late_before(now), "opens": round.opens_at}
    statement = _COUNTERS_BY_CHILD if RANK[area.level] < VILLAGE else _TARGETS_BY_CHILD
    with connection.cursor() as cursor:
        cursor.execute(statement.format(also=also), values)
        rows = cursor.fetchall()
    end = len(_AREA) + len(_NAMES)
    found = [(Area(*row[: len(_AREA)]), Equation(*row[len(_AREA) : end])) for row in rows]
    children = [(child, counted) for child, counted in found if child.pk != area.pk or counted != Equation()]
    return children, rows[0][end:] if rows else ()


def coverage_of_rounds(
    scope: Scope, rounds: Iterable[Round], area: Area, now: dt.datetime
) -> dict[int, Equation]:
    """Equations of several rounds in one area, in one statement."""
    low, high = scope.within(area.path).ranges[0]
    ids = [found.pk for found in rounds]
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTERS_BY_ROUND if RANK[area.level] <= VILLAGE else _TARGETS_BY_ROUND,
            {"rounds": ids, "low": low, "high": high, "now": now},
        )
        counted_rounds = {row[0]: Equation(*row[1:]) for row in cursor.fetchall()}
    return {pk: counted_rounds.get(pk, Equation()) for pk in ids}


def coverage_by_place(
    scope: Scope, round: Round, places: Division, now: dt.datetime, *, is_fine: bool = False
) -> dict[str, Equation]:
    """The equations of many areas in one statement, by path; an area with nothing due is missing. `is_fine`: they lie
    below villages, so that targets are counted and not their villages' counters. Raises `scope.outside`."""
    for path in places.paths:
        scope.within(path)
    low, high = places.bounds
    values: dict[str, Any] = {"round": round.pk, "low": low, "high": high, "now": round.late_before(now)}
    with connection.cursor() as cursor:
        cursor.execute(_TARGETS_BY_PLACE if is_fine else _COUNTERS_BY_PLACE, values | places.values)
        return {path: Equation(*counts) for path, *counts in cursor.fetchall() if path}


_AREA = tuple(field.attname for field in Area._meta.concrete_fields)
_CHILD = ", ".join(f"c.{name}" for name in _AREA)

# Sums over rows `v` of counters. What was found in the field is kept out of the first six.
_SUMS = """
  coalesce(sum(v.due) filter (where v.origin <> 'found_in_field'), 0)::int,
  coalesce(sum(v.done) filter (where v.origin <> 'found_in_field'), 0)::int,
  coalesce(sum(v.exempt) filter (where v.origin <> 'found_in_field'), 0)::int,
  coalesce(sum(v.not_met) filter (where v.origin <> 'found_in_field'), 0)::int,
  coalesce(sum(v.open) filter (where v.origin <> 'found_in_field'), 0)::int,
  coalesce(sum(v.open + v.not_met) filter (where v.origin <> 'found_in_field' and v.due_at < %(now)s), 0)::int,
  coalesce(sum(v.due) filter (where v.origin = 'found_in_field'), 0)::int,
  coalesce(sum(v.done) filter (where v.origin = 'found_in_field'), 0)::int,
  coalesce(sum(v.born) filter (where v.origin <> 'found_in_field'), 0)::int"""
# The same from single targets `v`.
_COUNTS = """
  (count(*) filter (where v.origin <> 'found_in_field'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.state = 'done'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.state = 'exempt'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.state = 'not_met'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.state = 'open'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.state in ('open', 'not_met')
    and v.due_at < %(now)s))::int,
  (count(*) filter (where v.origin = 'found_in_field'))::int,
  (count(*) filter (where v.origin = 'found_in_field' and v.state = 'done'))::int,
  (count(*) filter (where v.origin <> 'found_in_field' and v.is_born))::int"""
_COUNTERS = f"""
select {_SUMS} from campaigns_coverage v
where v.round_id = %(round)s and v.village_path >= %(low)s and v.village_path < %(high)s"""
_TARGETS = f"""
select {_COUNTS} from campaigns_target v
where v.round_id = %(round)s and v.area_path >= %(low)s and v.area_path < %(high)s"""
_COUNTERS_BY_ROUND = f"""
select v.round_id, {_SUMS} from campaigns_coverage v
where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s group by 1"""
_TARGETS_BY_ROUND = f"""
select v.round_id, {_COUNTS} from campaigns_target v
where v.round_id = any(%(rounds)s) and v.area_path >= %(low)s and v.area_path < %(high)s group by 1"""
_COUNTERS_BY_PLACE = f"""
select {place("v.village_path")}, {_SUMS} from campaigns_coverage v
where v.round_id = %(round)s and v.village_path >= %(low)s and v.village_path < %(high)s group by 1"""
_TARGETS_BY_PLACE = f"""
select {place("v.area_path")}, {_COUNTS} from campaigns_target v
where v.round_id = %(round)s and v.area_path >= %(low)s and v.area_path < %(high)s group by 1"""
# One range of the key for each child: a county reads its villages' counters, a province its villages' and no more.
_COUNTERS_BY_CHILD = f"""
select {_CHILD}, s.*{{also}} from areas_area c cross join lateral (
  select {_SUMS} from campaigns_coverage v
  where v.round_id = %(round)s and v.village_path >= c.path and v.village_path < left(c.path, -1) || '/') s
where c.parent_id = %(parent)s order by c.walk_order, c.code"""
# The area itself takes part with the targets that hang on it alone: '!' stands before every label of a path.
_TARGETS_BY_CHILD = f"""
select {_CHILD}, s.*{{also}} from areas_area c cross join lateral (
  select {_COUNTS} from campaigns_target v
  where v.round_id = %(round)s and v.area_path >= %(low)s and v.area_path < %(high)s and v.area_path >= c.path
    and v.area_path < case when c.id = %(parent)s then c.path || '!' else left(c.path, -1) || '/' end) s
where c.parent_id = %(parent)s or c.id = %(parent)s
order by c.id = %(parent)s, c.walk_order, c.code"""
# Read from partial indexes that hold nothing where a county has its register.
_LISTED = """h.area_path >= %(low)s and h.area_path < %(high)s and exists (
    select from campaigns_target t where t.round_id = %(round)s and t.household_id = h.id and t.person_id = 0
      and t.area_path >= %(low)s and t.area_path < %(high)s and t.origin <> 'found_in_field')"""
_UNNAMED = f""", (select count(*) from register_household h where h.is_unnamed and {_LISTED}),
  (select count(*) from register_household h where h.named_at >= %(opens)s and {_LISTED})"""
# For who wants to read how an area is counted (the catalogue of figures).
HOW_COUNTED = _COUNTERS
