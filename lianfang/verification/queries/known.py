"""What answers a row before anybody is called: who was checked lately, on a list or at the door, and who stands on
another list that is still open. Crosses scope over the county: who sorts its lists has the right to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection

from lianfang.core.arrays import columns, literal
from lianfang.core.clock import local, now
from lianfang.core.scope import Scope, crossing
from lianfang.core.set_wise import row_by_row
from lianfang.verification.models import TELLS_OF_PERSON, AnswerCode, PushedList
from lianfang.verification.persons import Key, Who
from lianfang.verification.triage import Earlier, Elsewhere, Known

K = TypeVar("K", bound=Hashable)
T = TypeVar("T", Earlier, Elsewhere)
Keyed = Sequence[tuple[Key, bytes]]  # a row's `keys_of`, each with its token


class Asker(NamedTuple):
    """The list that asks what is known. `list_id` None: a file that is not stored."""

    list_id: int | None
    area_path: str
    received_at: dt.datetime
    checked_days: int
    period_days: int | None

    @classmethod
    def of(cls, found: PushedList) -> Asker:
        return cls(found.pk, found.area_path, found.received_at, found.checked_days, found.period_days)


def known_of(found: Asker, people: Collection[int], rows: Iterable[Keyed]) -> Known:
    """Of the people whom the rows mean, and of what the rows say by id and by phone with the name: the newest answer on
    another list, the newest visit that met them, both of the last `checked_days`, and the other lists of the county
    on which they still wait. Four statements."""
    since = now() - dt.timedelta(days=found.checked_days)
    wanted = literal(sorted(people)) if people else "{}"
    with crossing("verification.known", actor_id=None) as everywhere, row_by_row():
        scope = everywhere.within(found.area_path)
        search = _Search(found, scope, since)
        by_person, by_key = search.people(wanted), search.keys(rows)
        visits = _visits(scope, wanted, since)
    return Known(
        earlier=visits | by_person.earlier,
        earlier_keys=_of_each(by_key.earlier),
        period_days=found.period_days,
        today=local(found.received_at).date(),
        watched=frozenset(),
        tonight=_of_each(by_key.waiting),
        tonight_people=by_person.waiting,
    )


class _Told(NamedTuple):
    """A row of another list, as `_SAID` reads it. `at`: None while it waits; `ids`, `names`: of the rows that rest on
    it."""

    row_id: int
    name: str
    id_token: bytes | None
    person_id: int | None
    code: str
    at: dt.datetime | None
    number: str
    title: str
    ids: Sequence[bytes | None] | None
    names: Sequence[str] | None

    @property
    def said(self) -> tuple[Who, ...]:
        resting = zip(self.ids or (), self.names or (), strict=True)
        own = _who(self.id_token, self.name)._replace(person_id=self.person_id)
        return (own, *{_who(*each) for each in resting})


def _who(id_token: bytes | None, name: str) -> Who:
    return Who(bytes(id_token or b""), (name,) if name else ())


@dataclass(slots=True)
class _Listed(Generic[K]):
    """On other lists: what was answered, and which list they wait on. Of whom both is so, the answer counts."""

    earlier: dict[K, Earlier] = field(default_factory=dict)
    waiting: dict[K, Elsewhere] = field(default_factory=dict)

    def take(self, key: K, told: _Told) -> None:
        if told.at is None:
            if key not in self.earlier:
                title = f"{told.number} {told.title}"
                self.waiting.setdefault(key, Elsewhere(title, told.row_id, told.said))
        elif key not in self.earlier or told.at > self.earlier[key].at:
            self.earlier[key] = Earlier(told.code, told.at, "on_list", told.number, told.row_id, told.said)
            self.waiting.pop(key, None)


_Whose = tuple[Key, Who]  # a key, and what a row with it says besides


def _of_each(found: Mapping[_Whose, T]) -> dict[Key, list[T]]:
    """Key → what is known of each who may have it."""
    of_each: dict[Key, list[T]] = {}
    for (key, _who), one in found.items():
        of_each.setdefault(key, []).append(one)
    return of_each


class _Search:
    """The other lists of the county. What a list answered without a call is no answer for the next one: it would keep
    itself alive, or rest on a row that nobody has checked yet."""

    def __init__(self, found: Asker, scope: Scope, since: dt.datetime) -> None:
        condition, values = scope.sql("r.area_path")
        self.told = _TOLD.format(range=condition)
        self.values: list[Any] = [found.list_id, since, [str(code) for code in TELLS_OF_PERSON], *values]

    def people(self, wanted: str) -> _Listed[int]:
        listed: _Listed[int] = _Listed()
        for person, *told in self._ask(_BY_PERSON, [wanted]):
            listed.take(person, _Told(*told))
        return listed

    def keys(self, rows: Iterable[Keyed]) -> _Listed[_Whose]:
        by_kind: dict[str, dict[bytes, Key]] = {"id": {}, "phone": {}}
        for key, token in chain.from_iterable(rows):
            by_kind[key[0]][token] = key
        listed: _Listed[_Whose] = _Listed()
        for kind, statement in (("id", _BY_ID), ("phone", _BY_PHONE)):
            keys = by_kind[kind]
            if keys:
                for token, *said in self._ask(statement, columns([(token,) for token in keys])):
                    told = _Told(*said)
                    listed.take((keys[bytes(token)], _who(told.id_token, told.name)), told)
        return listed

    def _ask(self, statement: str, values: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement + self.told, [*values, *self.values])
            return cursor.fetchall()


# `offset 0`: each value is looked up by itself. Of a list that is being stored the planner knows nothing yet, and would
# rather hold all its rows beside every value (measured: 13 s of 30).
_SAID = """, r.id, r.name, r.id_token, case when r.verdict = 'same' then r.person_id end, r.answer,
  case when r.state = 'answered' then r.answered_at end, l.number, l.title, d.ids, d.names"""
_BY_PERSON = f"""
select r.person_id{_SAID} from unnest(%s::bigint[]) v(person)
join lateral (
  select * from verification_pushedrow p where p.person_id = v.person and p.verdict = 'same' offset 0) r on true
"""  # noqa: S608 - constants
_BY_ID = f"""
select v.token{_SAID} from unnest(%s::bytea[]) v(token)
join lateral (select * from verification_pushedrow p where p.id_token = v.token offset 0) r on true
"""  # noqa: S608 - constants
_BY_PHONE = f"""
select v.token{_SAID} from unnest(%s::bytea[]) v(token)
join lateral (select * from verification_pushedrow p where p.phone_token = v.token offset 0) r on true
"""  # noqa: S608 - constants
# Whom a row means is not settled while it is being decided; that a row of the next list says the same person is.
_TOLD = """
join verification_pushedlist l on l.id = r.list_id
left join lateral (
  select array_agg(p.id_token) ids, array_agg(p.name) names from verification_pushedrow p where p.same_as_id = r.id
  offset 0) d on true
where r.list_id is distinct from %s::bigint and r.bucket in ('out', 'decide', 'unroutable') and (
    (r.state = 'answered' and r.answered_at >= %s and r.answer = any(%s))
    or (r.state in ('deciding', 'desk', 'ready', 'out', 'in_progress') and l.closed_at is null)
  ) and {range}
"""
_MET = """
select distinct on (n.person_id) n.person_id, v.happened_at, v.channel from campaigns_visitline n
join campaigns_visit v on v.id = n.visit_id
where n.person_id = any(%s::bigint[]) and n.presence in ('seen', 'answered_for') and v.happened_at >= %s
  and not exists (select 1 from campaigns_visit w where w.supersedes = v.id) and {range}
order by n.person_id, v.happened_at desc
"""
_HOW = {"door": "at_door", "phone": "by_phone"}


def _visits(scope: Scope, wanted: str, since: dt.datetime) -> dict[int, Earlier]:
    condition, values = scope.sql("n.area_path")
    with connection.cursor() as cursor:
        cursor.execute(_MET.format(range=condition), [wanted, since, *values])
        return {
            person: Earlier(AnswerCode.ALREADY_CHECKED, at, _HOW.get(channel, "on_record"))
            for person, at, channel in cursor.fetchall()
        }
