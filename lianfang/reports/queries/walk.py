"""What a worker who walks with paper needs of each door that is still owed: who lives there, who was met, what is
known. One statement for any number of doors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Round
from lianfang.campaigns.rules import is_settled
from lianfang.core.scope import Scope
from lianfang.reports.queries.day import STANDING


@dataclass(frozen=True, slots=True)
class Member:
    person_id: int
    name: str
    relation: str
    sex: str
    birth_on: dt.date | None
    presence: str  # the best that was written down in this round, '' when nothing was
    is_met: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The newest answer to a question. Sealed answers are never on paper."""

    person_id: int
    question: str
    value: Any
    happened_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Home:
    members: tuple[Member, ...]
    known: tuple[Known, ...]
    back_at: dt.datetime | None


def homes(
    scope: Scope, round: Round, area: Area, household_ids: Collection[int], *, proxy_allowed: bool
) -> dict[int, Home]:
    low, high = scope.within(area.path).ranges[0]
    statement = _HOMES.format(base=BASE_COLUMN[round.campaign.base])
    values: dict[str, Any] = {"ids": list(household_ids), "low": low, "high": high, "opens": round.opens_at}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    found = {}
    for household_id, members, facts, back_at in rows:
        found[household_id] = Home(
            tuple(
                Member(
                    person_id,
                    name,
                    relation,
                    sex,
                    dt.date.fromisoformat(birth) if birth else None,
                    presence or "",
                    is_settled(presence or "", proxy_allowed=proxy_allowed),
                )
                for person_id, name, relation, sex, birth, presence in members or ()
            ),
            tuple(
                Known(person_id, question, _value(value), dt.datetime.fromisoformat(at))
                for person_id, question, value, at in facts or ()
            ),
            back_at,
        )
    return found


def _value(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in '"[{' else value


# Of a member the best that was written down: seen before answered for, that before away, and so on.
_HOMES = f"""
select h.id,
  (select json_agg(json_build_array(p.id, p.name, p.relation, p.sex, p.birth_on, (
      select n.presence from campaigns_visit v join campaigns_visitline n on n.visit_id = v.id and n.person_id = p.id
      where v.household_id = h.id and v.happened_at >= %(opens)s and {STANDING}
      order by array_position(array['seen', 'answered_for', 'away', 'moved', 'dead', 'exempt', 'refused', 'not_met'],
        n.presence::text), v.happened_at desc limit 1))
    order by p.relation <> 'head', p.birth_on nulls last, p.id)
    from register_person p where p.household_id = h.id and p.is_current and p.{{base}}
      and p.area_path >= %(low)s and p.area_path < %(high)s),
  (select json_agg(json_build_array(f.person_id, f.question, f.value, f.happened_at) order by f.person_id, f.question)
    from campaigns_fact f where f.household_id = h.id and f.sealed_value is null and f.value is not null),
  (select v.back_at from campaigns_visit v where v.household_id = h.id and v.happened_at >= %(opens)s and {STANDING}
    order by v.happened_at desc limit 1)
from register_household h where h.id = any(%(ids)s) and h.area_path >= %(low)s and h.area_path < %(high)s
"""
