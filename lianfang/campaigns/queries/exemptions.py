"""Requests to leave the list, waiting for somebody else's decision. Carries doors and names: for `target.read`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.accounts.queries import names_of
from lianfang.campaigns.models import Exemption
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    exemption_id: int
    work: str
    village: str
    place: str
    name: str
    people_count: int
    reason: str
    attempt_count: int
    requested_at: dt.datetime
    requested_by: int
    requester: str
    decision: str
    decided_at: dt.datetime | None
    decider: str
    decision_note: str
    note: str


@dataclass(frozen=True, slots=True)
class ExemptionPage:
    rows: list[ExemptionRow]
    total_count: int
    number: int

    @property
    def shown_count(self) -> int:
        return len(self.rows)

    @property
    def previous_key(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next_key(self) -> int | None:
        return self.number + 1 if self.number * PAGE < self.total_count else None


def exemptions_in(
    scope: Scope,
    *,
    decision: str = "pending",
    reason: str = "",
    text: str = "",
    page: int = 1,
    size: int = PAGE,
) -> ExemptionPage:
    """Requests of one decision, the oldest first. `text`: part of a head's name, a door or a village."""
    if decision not in Exemption.Decision.values:
        raise Problem("http.bad_request", detail="decision")
    inside, bounds = zip(*(scope.sql(column) for column in ("e.area_path", "h.area_path")), strict=True)
    values: list[Any] = [*bounds[0], *bounds[1], decision]
    where = " and ".join([*inside, "e.decision = %s"])
    if reason:
        where, values = f"{where} and e.reason = %s", [*values, reason]
    if text:
        where += " and (position(%s in h.head_name) > 0 or position(%s in d.label) > 0 or position(%s in v.name) > 0)"
        values += [text] * 3
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(where=where), [*values, size, (max(page, 1) - 1) * size])
        rows = cursor.fetchall()
    notes = dict(
        Exemption.objects.filter(scope.q(), pk__in=[row[0] for row in rows]).values_list("pk", "note")
    )
    names = names_of(row[10] for row in rows) | names_of(row[13] for row in rows if row[13])
    found = [
        ExemptionRow(
            *row[:1],
            f"{row[1]} 第{row[2]}轮",
            *row[3:11],
            names.get(row[10], ""),
            *row[11:13],
            names.get(row[13], "") if row[13] else "",
            row[14],
            notes.get(row[0]) or "",
        )
        for row in rows
    ]
    return ExemptionPage(found, rows[0][15] if rows else 0, max(page, 1))


def waiting_count(scope: Scope) -> int:
    """How many wait for a decision."""
    return Exemption.objects.filter(scope.q(), decision=Exemption.Decision.PENDING).count()


_PAGE = """
select e.id, c.name, r.number, v.name,
  coalesce((select string_agg(u.name, '' order by u.path) from areas_area u
    where u.path > v.path and u.path <= e.area_path and e.area_path < left(u.path, -1) || '/'), '') || d.label,
  coalesce((select p.name from register_person p where p.id = nullif(e.person_id, 0)), h.head_name),
  (select count(*) from register_person p where p.household_id = h.id and p.is_current),
  e.reason,
  (select t.attempt_count from campaigns_target t where t.round_id = e.round_id and t.household_id = e.household_id
    and t.person_id = e.person_id),
  e.requested_at, e.requested_by, e.decision, e.decided_at, e.decided_by, e.decision_note, count(*) over ()
from campaigns_exemption e
join campaigns_round r on r.id = e.round_id join campaigns_campaign c on c.id = r.campaign_id
join register_household h on h.id = e.household_id
join register_door d on d.id = h.door_id
left join lateral (select a.path, a.name from areas_area a where a.level = 'village' and a.path <= e.area_path
  and e.area_path < left(a.path, -1) || '/' order by a.path desc limit 1) v on true
where {where}
order by e.requested_at, e.id limit %s offset %s
"""
