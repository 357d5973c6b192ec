"""What happened in an area on one day, and since the round began: each number in total and by the areas below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.core.clock import at
from lianfang.core.scope import Scope

# A visit that nobody corrected, within the area and the window of the round.
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


def work_by_child(scope: Scope, round: Round, area: Area, day: Day) -> dict[str, Work]:
    """By the path of each area directly below that has any; what hangs on the area itself under its own path."""
    return _work(scope, round, area, day, _CHILDREN)


def _work(scope: Scope, round: Round, area: Area, day: Day, places: str) -> dict[str, Work]:
    low, high = scope.within(area.path).ranges[0]
    values: dict[str, Any] = {
        "round": round.pk,
        "area": area.pk,
        "path": area.path,
        "low": low,
        "high": high,
        "opens": round.opens_at,
        "begin": day.begin,
        "end": day.midnight if day.is_over else day.now + dt.timedelta(minutes=10),
        "met": list(MET),
        "day": day.date,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WORK.format(places=places), values)
        rows = cursor.fetchall()
    return {
        path: {name: (counts[2 * i], counts[2 * i + 1]) for i, name in enumerate(PAIRS)}
        for path, *counts in rows
    }


_WHOLE = "select %(path)s::text path, %(low)s::text low, %(high)s::text high, %(area)s::bigint id"
# '!' stands before every label: the range of what hangs on the area itself.
_CHILDREN = """
select c.path, c.path low, left(c.path, -1) || '/' high, c.id from areas_area c where c.parent_id = %(area)s
union all select %(path)s, %(path)s, %(path)s || '!', %(area)s"""

# Visits are found by their households: a visit of the round is one within its window at a door of its list.
_WORK = f"""
with place as materialized ({{places}}),
listed as materialized (
  select distinct t.household_id, t.area_path from campaigns_target t
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.last_visit_at >= %(opens)s),
stood as materialized (
  select v.id, v.household_id, v.outcome, coalesce(v.worker_id, -v.recorded_by) worker_id, v.answers, l.area_path,
    v.happened_at, v.happened_at >= %(begin)s is_today
  from listed l join campaigns_visit v on v.household_id = l.household_id
  where v.happened_at >= %(opens)s and v.happened_at < %(end)s and {STANDING}),
met as (
  select s.area_path, n.person_id, bool_or(s.is_today) is_today
  from stood s join campaigns_visitline n on n.visit_id = s.id where n.presence = any(%(met)s) group by 1, 2),
settled as (
  select t.area_path, s.is_today from campaigns_target t join stood s on s.id = t.settled_by
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.state = 'done'
    and t.origin <> 'found_in_field'),
back as (
  select distinct on (household_id) area_path, (answers ->> 'returned_count')::int returned, is_today
  from stood where answers ? 'returned_count' and answers ->> 'returned_count' ~ '^[0-9]{{{{1,4}}}}$'
  order by household_id, happened_at desc),
water as (
  select distinct on (household_id) area_path, answers ->> 'standing_water' found, is_today
  from stood where answers ? 'standing_water' order by household_id, happened_at desc),
asked as (
  select s.area_path, n.person_id, bool_or(s.is_today) is_today
  from stood s join campaigns_visitline n on n.visit_id = s.id where n.answers ? 'dose_count' group by 1, 2),
checked as (
  select r.area_path, c.closed_on = %(day)s is_today from reports_rechecksample r
  join reports_dayclose c on c.id = r.close_id
  where c.round_id = %(round)s and r.area_path >= %(low)s and r.area_path < %(high)s and r.verdict <> ''
    and c.closed_on <= %(day)s)
select p.path, a.*, m.*, b.*, d.*, f.*, g.*, e.*
from place p
cross join lateral (select (count(*) filter (where is_today))::int, count(*)::int from settled x
  where x.area_path >= p.low and x.area_path < p.high) a
cross join lateral (select (count(*) filter (where is_today))::int, count(*)::int from met x
  where x.area_path >= p.low and x.area_path < p.high) m
cross join lateral (select (count(*) filter (where is_today))::int, count(*)::int,
    (count(*) filter (where is_today and outcome in ('nobody_home', 'no_answer')))::int,
    (count(*) filter (where outcome in ('nobody_home', 'no_answer')))::int,
    (count(*) filter (where is_today and outcome = 'refused'))::int,
    (count(*) filter (where outcome = 'refused'))::int
  from stood x where x.area_path >= p.low and x.area_path < p.high) b
cross join lateral (select coalesce(sum(returned) filter (where is_today), 0)::int, coalesce(sum(returned), 0)::int
  from back x where x.area_path >= p.low and x.area_path < p.high) d
cross join lateral (select (count(*) filter (where is_today))::int, count(*)::int
  from water x where x.found = 'left' and x.area_path >= p.low and x.area_path < p.high) f
cross join lateral (select (count(*) filter (where is_today))::int, count(*)::int
  from asked x where x.area_path >= p.low and x.area_path < p.high) g
cross join lateral (select (count(distinct worker_id) filter (where is_today))::int, count(distinct worker_id)::int,
    (select (count(*) filter (where y.is_today))::int from checked y where y.area_path >= p.low and y.area_path < p.high),
    (select count(*)::int from checked y where y.area_path >= p.low and y.area_path < p.high)
  from stood x where x.area_path >= p.low and x.area_path < p.high) e
"""
