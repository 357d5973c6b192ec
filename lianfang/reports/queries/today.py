"""What stands on the first page: what is late and who knows of it, what waits for a decision, what came in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, OuterRef

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Order, OrderReceipt, Round
from lianfang.campaigns.queries.saving import Saved, saved_in
from lianfang.core.scope import Scope

LATE_SHOWN = 6


@dataclass(frozen=True, slots=True)
class LateVillage:
    """A village with something overdue, and whether somebody has answered for it."""

    round_id: int
    code: str
    name: str
    parent_name: str
    path: str
    overdue_count: int
    since: dt.datetime
    reminded_at: Sequence[dt.datetime]  # reminders that nobody answered
    acknowledged_at: (
        dt.datetime | None
    )  # of the latest reminder: an answer to an earlier one does not count for it
    acknowledged_note: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for this person to decide, and what came in today; counts of their area."""

    exemption_count: int
    own_exemption_count: int  # asked for by this person: somebody else must decide
    exemption_reasons: Mapping[str, int]
    handback_count: int
    handback_round_id: int | None  # of the one that has waited longest, and its village: where to give it out
    handback_code: str
    handback_village: str
    held_count: int
    received: Mapping[str, int]  # status → operations since midnight
    last_received_at: dt.datetime | None


# A county's answers of a day are millions (6 s for 240,000 doors): who looks shares one count for five minutes, and the
# page does not wait for it.
_KEPT_SECONDS = 300


def saved_today(scope: Scope, area: Area, midnight: dt.datetime, now: dt.datetime) -> Saved:
    """What the visits of today saved in an area."""
    scope.within(area.path)
    key = f"saved:{area.pk}:{midnight:%Y%m%d}"
    saved: Saved | None = cache.get(key)
    if saved is None:
        saved = saved_in(scope, area, midnight, now)
        cache.set(key, saved, _KEPT_SECONDS)
    return saved


def late_villages(
    scope: Scope, rounds: Sequence[Round], area: Area, now: dt.datetime
) -> tuple[list[LateVillage], int]:
    """Villages with something overdue, the most first, and how many there are in all. One statement."""
    low, high = scope.within(area.path).ranges[0]
    with connection.cursor() as cursor:
        cursor.execute(
            _LATE,
            {
                "rounds": [found.pk for found in rounds],
                "low": low,
                "high": high,
                "now": now,
                "most": LATE_SHOWN,
            },
        )
        rows = cursor.fetchall()
    return [LateVillage(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def waiting(scope: Scope, area: Area, *, actor_id: int, midnight: dt.datetime) -> Waiting:
    """One statement of small counts. A household that is asked for in two rounds is one household."""
    low, high = scope.within(area.path).ranges[0]
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"low": low, "high": high, "actor": actor_id, "midnight": midnight})
        count, own, reasons, handbacks, round_id, code, village, held, received, last = cursor.fetchone()
    return Waiting(
        exemption_count=count,
        own_exemption_count=own,
        exemption_reasons=_counts(reasons),
        handback_count=handbacks,
        handback_round_id=round_id,
        handback_code=code or "",
        handback_village=village or "",
        held_count=held,
        received=_counts(received),
        last_received_at=last,
    )


def orders_to_sign(area: Area) -> list[Order]:
    """Orders that reach this area and that nobody has signed for here."""
    signed = OrderReceipt.objects.filter(order=OuterRef("pk"), area=area)
    reaching = Order.objects.filter(~Exists(signed), area_path__in=prefixes(area.path))
    return list(reaching.order_by("received_at")[:5])


def _counts(found: Any) -> dict[str, int]:
    return (json.loads(found) if isinstance(found, str) else found) or {}


_LATE = """
select o.round_id, c.code, c.name, p.name, c.path, o.overdue, o.since,
  coalesce(r.raised, '{}'), r.answered_at, coalesce(r.note, ''), o.village_count
from (
  select v.round_id, v.village_path, sum(v.open + v.not_met)::int overdue, min(v.due_at) since,
    count(*) over () village_count
  from campaigns_coverage v
  where v.round_id = any(%(rounds)s) and v.village_path >= %(low)s and v.village_path < %(high)s
    and v.due_at < %(now)s and v.origin <> 'found_in_field' and v.open + v.not_met > 0
  group by 1, 2
  order by overdue desc, v.village_path limit %(most)s) o
join areas_area c on c.path = o.village_path
join areas_area p on p.id = c.parent_id
left join lateral (
  select array_agg(m.raised_at order by m.raised_at) filter (where m.acknowledged_at is null) raised,
    (array_agg(m.acknowledged_at order by m.threshold desc))[1] answered_at,
    (array_agg(m.acknowledged_note order by m.threshold desc))[1] note
  from campaigns_reminder m where m.round_id = o.round_id and m.area_id = c.id) r on true
order by o.overdue desc, c.path
"""
_WAITING = """
with asked as materialized (
  select distinct e.household_id, e.person_id, e.reason, e.requested_by = %(actor)s is_own from campaigns_exemption e
  where e.decision = 'pending' and e.area_path >= %(low)s and e.area_path < %(high)s),
back as materialized (
  select b.id, b.round_id, b.area_path, b.handed_at from campaigns_handback b
  where b.taken_at is null and b.area_path >= %(low)s and b.area_path < %(high)s),
oldest as (
  select b.round_id, a.code, a.name from back b
  join areas_area a on a.level = 'village' and a.path <= b.area_path and b.area_path < left(a.path, -1) || '/'
  order by b.handed_at, b.id limit 1),
today as materialized (
  select o.status, count(*) n, max(o.received_at) last_at from intake_operation o
  where o.received_at >= %(midnight)s and o.area_path >= %(low)s and o.area_path < %(high)s group by 1)
select
  (select count(*) from asked where not is_own), (select count(*) from asked where is_own),
  (select jsonb_object_agg(reason, n) from (
    select reason, count(*) n from asked where not is_own group by 1) grouped),
  (select count(*) from back), (select round_id from oldest), (select code from oldest), (select name from oldest),
  (select count(*) from intake_operation o
    where o.status <> 'filed' and o.settled_at is null and o.area_path >= %(low)s and o.area_path < %(high)s),
  (select jsonb_object_agg(status, n) from today), (select max(last_at) from today)
"""
