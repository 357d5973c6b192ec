"""The equations of the areas directly below one, of several rounds at once: now, or at the end of a day that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.changes.queries import CHILDREN_THEN, PATH_THEN
from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation
from lianfang.core.scope import Scope
from lianfang.reports.queries.day import KNOCKED, STANDING, Day


@dataclass(frozen=True, slots=True)
class Place:
    """An area directly below, or the area itself for what hangs on none of them."""

    path: str
    code: str
    name: str
    level: str
    is_rest: bool
    counts: dict[int, Equation]  # by round


def places(scope: Scope, rounds: Sequence[Round], area: Area, day: Day) -> list[Place]:
    """The areas directly below in walking order, each with its equation of every round; one statement.

    Of a day that is over: as it stood at its end, from what is known now. What a late record has changed about that
    day is in it; areas that merged, split or moved since then are shown as they were on that day.
    """
    then = day.area(scope, area)
    low, high = then.bounds
    values: dict[str, Any] = {
        "rounds": [found.pk for found in rounds],
        "area": area.pk,
        "low": low,
        "high": high,
        "moment": then.moment,
        "now": day.end,
        "end": day.midnight,
    }
    if day.is_over:
        listed = _LISTED.format(state=STATE_AT, path=_PATH_THEN if then.has_moved else "t.area_path")
    elif RANK[area.level] < RANK["village"]:
        listed = _KEPT
    else:
        listed = _LISTED.format(state="t.state", path="t.area_path")
    children = CHILDREN_THEN if then.has_moved else _CHILDREN
    with connection.cursor() as cursor:
        cursor.execute(_PLACES.format(listed=listed, children=children), values)
        rows = cursor.fetchall()
    found: dict[str, Place] = {}
    for round_id, path, code, name, level, *counts in rows:
        place = found.setdefault(path, Place(path, code, name, level, path == area.path, {}))
        place.counts[round_id] = Equation(*counts)
    return list(found.values())


# The state of target `t` at %(end)s, from what is known now: the first three of the four sets, else open.
STATE_AT = f"""case
  when t.state = 'exempt' and exists (select from campaigns_exemption e where e.round_id = t.round_id
    and e.household_id = t.household_id and e.person_id = t.person_id and e.decision = 'approved'
    and e.decided_at < %(end)s) then 'exempt'
  when t.state = 'done' and exists (select from campaigns_visit v where v.id = t.settled_by
    and v.happened_at < %(end)s) then 'done'
  when t.state = 'done' and t.settled_by is null and exists (select from register_lifeevent e
    where e.household_id = t.household_id and (t.person_id = 0 or e.person_id = t.person_id)
    and e.happened_on <= ((%(end)s::timestamptz - interval '1 microsecond') at time zone 'Asia/Shanghai')::date)
    then 'done'
  when exists (select from campaigns_visit v where v.household_id = t.household_id and v.happened_at >= r.opens_at
    and v.happened_at < %(end)s and {STANDING} and {KNOCKED}
    and (t.person_id = 0 or v.outcome <> 'met' or exists (select from campaigns_visitline l
      where l.visit_id = v.id and l.person_id = t.person_id))) then 'not_met'
  else 'open' end"""

# Rows of counted targets: from the kept counters, or one by one.
_KEPT = """
  select round_id, village_path area_path, origin, due_at, 'done' state, done n from campaigns_coverage v
    where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s
  union all select round_id, village_path, origin, due_at, 'exempt', exempt from campaigns_coverage v
    where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s
  union all select round_id, village_path, origin, due_at, 'not_met', not_met from campaigns_coverage v
    where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s
  union all select round_id, village_path, origin, due_at, 'open', open from campaigns_coverage v
    where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s"""
_LISTED = """
  select t.round_id, {path} area_path, t.origin, t.due_at, {state} state, 1 n
  from campaigns_target t join campaigns_round r on r.id = t.round_id
  where t.round_id = any(%(rounds)s) and t.area_path >= %(low)s and t.area_path < %(high)s"""
_CHILDREN = "select path, code, name, level, walk_order from areas_area where parent_id = %(area)s"
_PATH_THEN = PATH_THEN.format(column="t.area_path")
# '!' stands before every label: the range of what hangs on the area itself.
_PLACES = """
with listed as materialized (select round_id, area_path, origin, due_at < %(now)s is_late, state, sum(n)::int n
  from ({listed}) x group by 1, 2, 3, 4, 5),
place as (
  select c.path, c.code, c.name, c.level, c.path low, left(c.path, -1) || '/' high, c.walk_order, 0 last
  from ({children}) c
  union all select c.path, c.code, c.name, c.level, c.path, c.path || '!', 0, 1 from areas_area c where c.id = %(area)s)
select w.id, p.path, p.code, p.name, p.level, s.*
from place p cross join unnest(%(rounds)s::bigint[]) w(id)
cross join lateral (select
  coalesce(sum(n) filter (where origin <> 'found_in_field'), 0)::int,
  coalesce(sum(n) filter (where origin <> 'found_in_field' and state = 'done'), 0)::int,
  coalesce(sum(n) filter (where origin <> 'found_in_field' and state = 'exempt'), 0)::int,
  coalesce(sum(n) filter (where origin <> 'found_in_field' and state = 'not_met'), 0)::int,
  coalesce(sum(n) filter (where origin <> 'found_in_field' and state = 'open'), 0)::int,
  coalesce(sum(n) filter (where origin <> 'found_in_field' and state in ('open', 'not_met') and is_late), 0)::int,
  coalesce(sum(n) filter (where origin = 'found_in_field'), 0)::int,
  coalesce(sum(n) filter (where origin = 'found_in_field' and state = 'done'), 0)::int
  from listed l where l.round_id = w.id and l.area_path >= p.low and l.area_path < p.high) s
order by p.last, p.walk_order, p.code
"""
