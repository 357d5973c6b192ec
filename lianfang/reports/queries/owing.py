"""本村还差什么: what an area still owes the county tonight, each with where it is mended. And, for whoever looks from
above, which villages are done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.models import Campaign, Order, Round
from lianfang.campaigns.queries.coverage import Equation, coverage_of_rounds
from lianfang.core.clock import at, local
from lianfang.core.paging import PAGE, Paged
from lianfang.core.scope import Scope
from lianfang.reports.queries.today import orders_to_sign


@dataclass(frozen=True, slots=True)
class Owing:
    """What one area owes. Its doors are met when every round is settled; `is_done` says that nothing at all is left."""

    area: Area
    rounds: Sequence[tuple[Round, Equation]]  # that have somebody here, what is due first first
    orders: Sequence[Order]  # not signed for
    asked_count: int  # exemptions that wait for a decision
    handback_count: int  # doors given back that nobody has
    handback_round_id: int | None  # of the one that has waited longest: where it is given out again
    held_count: int  # records that wait for somebody to judge them
    recheck_count: int  # doors of a signed evening's sample that nobody has looked at again
    unsigned_on: Sequence[dt.date]  # evenings, today's and yesterday's, that were worked and not signed for

    @property
    def are_doors_met(self) -> bool:
        return all(not counts.missing for _, counts in self.rounds)

    @property
    def is_done(self) -> bool:
        return self.are_doors_met and not (
            self.orders
            or self.asked_count
            or self.handback_count
            or self.held_count
            or self.recheck_count
            or self.unsigned_on
        )


def owing_of(scope: Scope, area: Area, rounds: Sequence[Round], now: dt.datetime) -> Owing:
    """Three statements, whatever the number of rounds. Raises `scope.outside`."""
    counts = coverage_of_rounds(scope, rounds, area, now)
    here = [(found, counts[found.pk]) for found in rounds if counts[found.pk].due]
    low, high = scope.within(area.path).ranges[0]
    today = local(now).date()
    values: dict[str, Any] = {
        "low": low,
        "high": high,
        "area": area.pk,
        "days": [today - dt.timedelta(days=1), today],
        "begins": [at(today - dt.timedelta(days=1)), at(today)],
        "ends": [at(today), at(today + dt.timedelta(days=1))],
        "rounds": [found.pk for found, _ in here],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWED, values)
        asked, handbacks, given_back_in, held, rechecks, unsigned = cursor.fetchone()
    return Owing(
        area, here, orders_to_sign(area), asked, handbacks, given_back_in, held, rechecks, unsigned or []
    )


@dataclass(frozen=True, slots=True)
class VillageOwing:
    code: str
    name: str
    parent_name: str
    households: int  # still to be met; people of campaigns that look for persons stand apart
    people: int
    overdue: int  # of both, past their time
    is_signed: bool  # its evening of today, for every round that has somebody there


@dataclass(frozen=True, slots=True)
class Villages(Paged):
    rows: Sequence[VillageOwing]
    total_count: int
    number: int
    done_count: int  # villages with nobody left to be met


def villages_owing(
    scope: Scope, area: Area, rounds: Sequence[Round], now: dt.datetime, *, number: int = 1
) -> Villages:
    """The villages below: what is late first, then those that lack most. One statement over the kept counters."""
    low, high = scope.within(area.path).ranges[0]
    number = max(number, 1)
    values: dict[str, Any] = {
        "low": low,
        "high": high,
        "rounds": [found.pk for found in rounds],
        "person_rounds": [found.pk for found in rounds if found.campaign.subject == Campaign.Subject.PERSON],
        "now": now,
        "today": local(now).date(),
        "limit": PAGE,
        "offset": (number - 1) * PAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VILLAGES, values)
        found = cursor.fetchall()
    total, done = found[0][-2:] if found else (0, 0)
    return Villages([VillageOwing(*row[:-2]) for row in found], total, number, done)


_OWED = """
select
  (select count(distinct (e.household_id, e.person_id))::int from campaigns_exemption e
    where e.decision = 'pending' and e.area_path >= %(low)s and e.area_path < %(high)s),
  (select count(distinct b.household_id)::int from campaigns_handback b
    where b.taken_at is null and b.area_path >= %(low)s and b.area_path < %(high)s),
  (select b.round_id from campaigns_handback b
    where b.taken_at is null and b.area_path >= %(low)s and b.area_path < %(high)s
    order by b.handed_at, b.id limit 1),
  (select count(*)::int from intake_operation o
    where o.status <> 'filed' and o.settled_at is null and o.area_path >= %(low)s and o.area_path < %(high)s),
  (select count(*)::int from reports_rechecksample s join reports_dayclose c on c.id = s.close_id
    where c.area_id = %(area)s and s.verdict = '' and s.area_path >= %(low)s and s.area_path < %(high)s),
  (select array_agg(d.day order by d.day)
    from unnest(%(days)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) d(day, begin_at, end_at)
    where exists (select from campaigns_round r where r.id = any(%(rounds)s)
      and exists (select from campaigns_target t where t.round_id = r.id and t.area_path >= %(low)s
        and t.area_path < %(high)s and t.last_visit_at >= d.begin_at and t.last_visit_at < d.end_at)
      and not exists (select from reports_dayclose c
        where c.area_id = %(area)s and c.round_id = r.id and c.closed_on = d.day)))
"""
_VILLAGES = """
with counted as (
  select v.village_path,
    coalesce(sum(v.open + v.not_met) filter (where v.round_id <> all(%(person_rounds)s::bigint[])), 0)::int households,
    coalesce(sum(v.open + v.not_met) filter (where v.round_id = any(%(person_rounds)s::bigint[])), 0)::int people,
    coalesce(sum(v.open + v.not_met) filter (where v.due_at < %(now)s), 0)::int overdue,
    array_agg(distinct v.round_id) rounds
  from campaigns_coverage v where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s
    and v.village_path < %(high)s and v.origin <> 'found_in_field' group by 1)
select a.code, a.name, p.name, c.households, c.people, c.overdue,
  c.rounds <@ array(select d.round_id from reports_dayclose d where d.area_id = a.id and d.closed_on = %(today)s),
  (count(*) over ())::int, (count(*) filter (where c.households + c.people = 0) over ())::int
from counted c join areas_area a on a.path = c.village_path join areas_area p on p.id = a.parent_id
order by c.overdue desc, c.households desc, c.people desc, a.path limit %(limit)s offset %(offset)s
"""
