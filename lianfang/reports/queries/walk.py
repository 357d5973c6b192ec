"""What a worker who walks with paper needs of each door that is still owed: who lives there, who was met, what is
known, what is asked. Three statements for any number of doors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Fact, Round
from lianfang.campaigns.queries.asking import DoorQuestions, put_together, rounds_taken, targets_asking
from lianfang.campaigns.rules import is_settled
from lianfang.core.scope import Scope
from lianfang.register.models import Person
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
    asked: DoorQuestions  # what all rounds that run there want, each once


def homes(
    scope: Scope, round: Round, area: Area, household_ids: Collection[int], now: dt.datetime
) -> dict[int, Home]:
    """Three statements: who is to be met and what is known, which rounds ask there, and what their forms ask."""
    ids = list(household_ids)
    low, high = scope.within(area.path).ranges[0]
    values: dict[str, Any] = {"ids": ids, "low": low, "high": high, "opens": round.opens_at}
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, values)
        rows = cursor.fetchall()
    targets = list(targets_asking(scope, ids, now))
    taken = rounds_taken(targets, now)
    people = [_person(household, member) for household, members, *_ in rows for member in members or ()]
    facts = [_fact(household, fact) for household, _, facts, _ in rows for fact in facts or ()]
    asked = put_together(ids, targets, people, facts, now, taken)
    own = taken.get(round.pk)
    proxy_allowed = own is None or own.form.proxy_allowed
    base = BASE_COLUMN[round.campaign.base]
    return {
        household: Home(
            tuple(
                _member(member, proxy_allowed)
                for member in members or ()
                if member[_BASE_AT + _BASES.index(base)]
            ),
            tuple(
                Known(person, question, _value(value), dt.datetime.fromisoformat(at))
                for person, question, value, at, is_sealed in facts or ()
                if not is_sealed and value is not None
            ),
            back_at,
            asked[household],
        )
        for household, members, facts, back_at in rows
    }


_BASES = tuple(BASE_COLUMN.values())
_BASE_AT = 6


def _member(row: Sequence[Any], proxy_allowed: bool) -> Member:
    person_id, name, relation, sex, birth, presence = row[:_BASE_AT]
    return Member(
        person_id,
        name,
        relation,
        sex,
        dt.date.fromisoformat(birth) if birth else None,
        presence or "",
        is_settled(presence or "", proxy_allowed=proxy_allowed),
    )


def _person(household_id: int, row: Sequence[Any]) -> Person:
    return Person(
        pk=row[0],
        household_id=household_id,
        is_current=True,
        **dict(zip(_BASES, row[_BASE_AT:], strict=True)),
    )


def _fact(household_id: int, row: Sequence[Any]) -> Fact:
    person_id, question, _value, at, _is_sealed = row
    return Fact(
        household_id=household_id,
        person_id=person_id,
        question=question,
        happened_at=dt.datetime.fromisoformat(at),
    )


def _value(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in '"[{' else value


# Of a member the best that was written down: seen before answered for, that before away, and so on.
_HOMES = f"""
select h.id,
  (select json_agg(json_build_array(p.id, p.name, p.relation, p.sex, p.birth_on, (
      select n.presence from campaigns_visit v join campaigns_visitline n on n.visit_id = v.id and n.person_id = p.id
      where v.household_id = h.id and v.happened_at >= %(opens)s and {STANDING}
      order by array_position(array['seen', 'answered_for', 'away', 'moved', 'dead', 'exempt', 'refused', 'not_met'],
        n.presence::text), v.happened_at desc limit 1), {", ".join(f"p.{base}" for base in _BASES)})
    order by p.relation <> 'head', p.birth_on nulls last, p.id)
    from register_person p where p.household_id = h.id and p.is_current
      and p.area_path >= %(low)s and p.area_path < %(high)s),
  (select json_agg(json_build_array(f.person_id, f.question, f.value, f.happened_at, f.sealed_value is not null)
    order by f.person_id, f.question) from campaigns_fact f where f.household_id = h.id),
  (select v.back_at from campaigns_visit v where v.household_id = h.id and v.happened_at >= %(opens)s and {STANDING}
    order by v.happened_at desc limit 1)
from register_household h where h.id = any(%(ids)s) and h.area_path >= %(low)s and h.area_path < %(high)s
"""
