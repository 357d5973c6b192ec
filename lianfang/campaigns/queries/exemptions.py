"""Requests to leave the list, waiting for somebody else's decision. Carries doors and names: for `target.read`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.accounts.queries import names_of
from lianfang.campaigns.models import Exemption
from lianfang.campaigns.queries.targets import called
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    exemption_id: int
    work: str
    round_number: int
    village: str | None
    place: str
    name: str
    people_count: int
    reason: str
    attempt_count: int | None
    requested_at: dt.datetime
    requested_by: int
    decision: str
    decided_at: dt.datetime | None
    decision_note: str
    requester: str
    decider: str
    note: str


@dataclass(frozen=True, slots=True)
class ExemptionPage(Paged):
    rows: list[ExemptionRow]
    total_count: int
    number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests: of one decision, for one reason, with a text in the head's name, the door or the village."""

    decision: str = Exemption.Decision.PENDING
    reason: str = ""
    text: str = ""


def exemptions_in(scope: Scope, wanted: Wanted, *, page: int = 1, size: int = PAGE) -> ExemptionPage:
    """The oldest request first."""
    if wanted.decision not in Exemption.Decision.values:
        raise Problem("http.bad_request", detail="decision")
    # Who has asked keeps a row where the register has moved the household elsewhere since.
    inside, bounds = scope.sql("e.area_path")
    home, home_bounds = scope.sql("h.area_path")
    values: list[Any] = [*home_bounds, *bounds, wanted.decision]
    where = f"{inside} and e.decision = %s"
    if wanted.reason:
        where, values = f"{where} and e.reason = %s", [*values, wanted.reason]
    if wanted.text:
        where += " and (position(%s in h.head_name) > 0 or position(%s in d.label) > 0 or position(%s in v.name) > 0)"
        values += [wanted.text] * 3
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(where=where, home=home), [*values, size, (max(page, 1) - 1) * size])
        columns = [column.name for column in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    ids = [row["exemption_id"] for row in rows]
    notes = dict(Exemption.objects.filter(scope.q(), pk__in=ids).values_list("pk", "note"))
    names = names_of(person for row in rows for person in (row["requested_by"], row["decided_by"]))
    total_count = rows[0]["total_count"] if rows else 0
    return ExemptionPage([_row(row, notes, names) for row in rows], total_count, max(page, 1))


def _row(row: dict[str, Any], notes: dict[int, Any], names: dict[int, str]) -> ExemptionRow:
    decided_by, _total = row.pop("decided_by"), row.pop("total_count")
    kind, is_unnamed, is_person = row.pop("kind"), row.pop("is_unnamed"), row.pop("is_person")
    row["name"] = called(row["name"], kind, is_unnamed=is_unnamed and not is_person, is_person=is_person)
    return ExemptionRow(
        **row,
        requester=names.get(row["requested_by"], ""),
        decider=names.get(decided_by, ""),
        note=notes.get(row["exemption_id"]) or "",
    )


def waiting_count(scope: Scope) -> int:
    """How many wait for a decision."""
    return Exemption.objects.filter(scope.q(), decision=Exemption.Decision.PENDING).count()


_PAGE = """
select e.id exemption_id, c.name work, r.number round_number, v.name village,
  coalesce((select string_agg(u.name, '' order by u.path) from areas_area u
    where u.path > v.path and u.path <= e.area_path and e.area_path < left(u.path, -1) || '/'
      and (u.level <> 'grid' or u.path = e.area_path)), '') || coalesce(d.label, '') place,
  coalesce((select p.name from register_person p where p.id = nullif(e.person_id, 0)), case when e.person_id <> 0 then (
    select l.name from register_lifeevent l where l.person_id = e.person_id and l.household_id = e.household_id
    order by l.id desc limit 1) end, h.head_name) name,
  h.kind, h.is_unnamed, e.person_id <> 0 is_person,
  (select count(*) from register_person p where p.household_id = h.id and p.is_current) people_count,
  e.reason,
  (select t.attempt_count from campaigns_target t where t.round_id = e.round_id and t.household_id = e.household_id
    and t.person_id = e.person_id) attempt_count,
  e.requested_at, e.requested_by, e.decision, e.decided_at, e.decided_by, e.decision_note, count(*) over () total_count
from campaigns_exemption e
join campaigns_round r on r.id = e.round_id join campaigns_campaign c on c.id = r.campaign_id
left join register_household h on h.id = e.household_id and {home}
left join register_door d on d.id = h.door_id
left join lateral (select a.path, a.name from areas_area a where a.level = 'village' and a.path <= e.area_path
  and e.area_path < left(a.path, -1) || '/' order by a.path desc limit 1) v on true
where {where}
order by e.requested_at, e.id limit %s offset %s
"""
