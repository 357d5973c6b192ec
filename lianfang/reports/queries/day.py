"""What happened in an area on one day, and since the round began: each number in total and by the areas below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.changes.queries import PATH_THEN, Then, area_then
from lianfang.areas.dividing import Division, place
from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.core.clock import at
from lianfang.core.scope import Scope, subtree
from lianfang.core.set_wise import whole_area

# A visit that nobody corrected, within the area and the window of the round.
# What was carried along when somebody moved was no knock at this door.
KNOCKED = "v.outcome <> 'recorded'"
STANDING = "not exists (select from campaigns_visit n where n.supersedes = v.id)"
MET = ("seen", "answered_for")


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day of the county. `end` is the moment up to which things count: midnight, or now."""

    date: dt.date
    now: dt.datetime

    @property
    def begin(self) -> dt.datetime:
        return at(self.date)

    @property
    def midnight(self) -> dt.datetime:
        return at(self.date + dt.timedelta(days=1))

    @property
    def is_over(self) -> bool:
        return self.midnight <= self.now

    def area(self, scope: Scope, area: Area) -> Then:
        """The area as it lay on that day; today it lies where it lies."""
        if not self.is_over:
            return Then(scope.within(area.path), self.now, False)
        return area_then(scope, area, self.midnight)

    @property
    def end(self) -> dt.datetime:
        return min(self.midnight, self.now)


# The day's work of one area: (of the day, since the round opened).
PAIRS = (
    "households",
    "people",
    "visits",
    "nobody_home",
    "refused",
    "returned",
    "water_left",
    "doses_asked",
    "workers",
    "rechecked",
)
Work = Mapping[str, tuple[int, int]]
NO_WORK: Work = dict.fromkeys(PAIRS, (0, 0))


def work_of(scope: Scope, round: Round, area: Area, day: Day) -> Work:
    return _work(scope, round, area, day, _WHOLE).get(area.path, NO_WORK)


def work_by_child(scope: Scope, round: Round, area: Area, day: Day) -> Mapping[str, Work]:
    """By the path of each area directly below that has any; what hangs on the area itself under its own path."""
    return _work(scope, round, area, day, _CHILDREN)


def work_by_place(scope: Scope, round: Round, area: Area, day: Day, places: Division) -> Mapping[str, Work]:
    """By the path of each of many areas inside `area` that has any, in one statement."""
    return _work(scope, round, area, day, place("area_path"), places.values)


def _work(
    scope: Scope, round: Round, area: Area, day: Day, places: str, more: Mapping[str, Any] | None = None
) -> Mapping[str, Work]:
    then = day.area(scope, area)
    low, high = then.bounds
    own_low, own_high = subtree(area.path)
    values: dict[str, Any] = {
        "own_low": own_low,
        "own_high": own_high,
        "moment": then.moment,
        "round": round.pk,
        "path": area.path,
        "low": low,
        "high": high,
        "opens": round.opens_at,
        "begin": day.begin,
        "end": day.midnight if day.is_over else day.now + dt.timedelta(minutes=10),
        "met": list(MET),
        "day": day.date,
        **(more or {}),
    }
    is_wide = RANK[area.level] < RANK["village"]
    with whole_area() if is_wide else nullcontext(), connection.cursor() as cursor:
        at = {
            name: PATH_THEN.format(column=f"{name}.area_path") if then.has_moved else f"{name}.area_path"
            for name in ("t", "r")
        }
        cursor.execute(_WORK.format(places=places, **at), values)
        rows = cursor.fetchall()
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for path, kind, today, since in rows:
        found.setdefault(path, dict(NO_WORK))[kind] = (today, since)
    return found


_WHOLE = "%(path)s::text"
# The path of the area directly below in which a row lies, or the area's own for what hangs on it alone.
_CHILDREN = """case when area_path = %(path)s then %(path)s::text
  else %(path)s::text || split_part(substr(area_path, length(%(path)s) + 1), '.', 1) || '.' end"""

# Visits are found by their households: a visit of the round is one within its window at a door of its list. Each
# kind of thing is counted from its own rows, laid under each other and grouped: no join of one with another.
_WORK = f"""
with listed as materialized (
  select distinct t.household_id, {{t}} area_path from campaigns_target t
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.last_visit_at >= %(opens)s),
stood as materialized (
  select v.id, v.household_id, v.outcome, coalesce(v.worker_id, -v.recorded_by) worker_id, v.answers, l.area_path,
    v.happened_at, v.happened_at >= %(begin)s is_today
  from listed l join campaigns_visit v on v.household_id = l.household_id
  where v.happened_at >= %(opens)s and v.happened_at < %(end)s and {STANDING} and {KNOCKED}),
lines as materialized (
  select s.area_path, s.is_today, n.person_id, n.presence, n.answers ? 'dose_count' was_asked
  from stood s join campaigns_visitline n on n.visit_id = s.id),
counted as (
  select 'households' kind, {{t}} area_path, v.happened_at >= %(begin)s is_today, 1 n
  from campaigns_target t join campaigns_visit v on v.id = t.settled_by
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.state = 'done'
    and t.origin <> 'found_in_field' and v.happened_at >= %(opens)s and v.happened_at < %(end)s
  union all
  select 'people', min(area_path), bool_or(is_today), 1 from lines where presence = any(%(met)s) group by person_id
  union all
  select 'visits', area_path, is_today, 1 from stood
  union all
  select 'nobody_home', area_path, is_today, 1 from stood where outcome in ('nobody_home', 'no_answer')
  union all
  select 'refused', area_path, is_today, 1 from stood where outcome = 'refused'
  union all
  select 'returned', area_path, is_today, returned from (
    select distinct on (household_id) area_path, (answers ->> 'returned_count')::int returned, is_today
    from stood where answers ? 'returned_count' and answers ->> 'returned_count' ~ '^[0-9]{{{{1,4}}}}$'
    order by household_id, happened_at desc) x
  union all
  select 'water_left', area_path, is_today, 1 from (
    select distinct on (household_id) area_path, answers ->> 'standing_water' found, is_today
    from stood where answers ? 'standing_water' order by household_id, happened_at desc) x where found = 'left'
  union all
  select 'doses_asked', min(area_path), bool_or(is_today), 1 from lines where was_asked group by person_id
  union all
  select 'rechecked', {{r}}, c.closed_on = %(day)s, 1 from reports_rechecksample r
  join reports_dayclose c on c.id = r.close_id
  where c.round_id = %(round)s and r.area_path >= %(low)s and r.area_path < %(high)s and r.verdict <> ''
    and c.closed_on <= %(day)s),
placed as (select {{places}} place, kind, is_today, n from counted
  where area_path >= %(own_low)s and area_path < %(own_high)s)
select place, kind, coalesce(sum(n) filter (where is_today), 0)::int, coalesce(sum(n), 0)::int
from placed group by 1, 2
union all
select place, 'workers', (count(distinct worker_id) filter (where is_today))::int, count(distinct worker_id)::int
from (select {{places}} place, worker_id, is_today from stood
  where area_path >= %(own_low)s and area_path < %(own_high)s) x group by 1
"""
# For who wants to read how an area is counted (the catalogue of figures).
HOW_COUNTED = _WORK.format(places=_WHOLE, t="t.area_path", r="r.area_path")
