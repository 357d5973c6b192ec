"""The rows that a phone holds: what of its areas is still to be checked, and what its worker answered lately. Any number
of rows in a fixed number of statements, at most eight; one where there is none."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from lianfang.campaigns.rules import not_reached
from lianfang.core.arrays import columns, literal
from lianfang.core.scope import Scope, crossing
from lianfang.core.sealing import Unsealer, unseal_json_left
from lianfang.register.models import Person
from lianfang.verification import rules
from lianfang.verification.keeping import SAID
from lianfang.verification.models import Answer

MOST_ROWS = 300  # the soonest due; nobody rings more in a night
MOST_CALLS = 6
CORRECTED_FOR = dt.timedelta(hours=24)  # an answer stays on the phone of who gave it
_DIALLED = re.compile(r"[+0-9][0-9-]{4,19}", re.ASCII)  # a damaged number reaches nobody


class Phone(NamedTuple):
    """A number as it is dialled. `source`: list or register."""

    number: str
    source: str


class Rung(NamedTuple):
    at: dt.datetime
    outcome: str
    by: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The answer that stands."""

    code: str
    at: dt.datetime
    by: str
    mine: bool
    note: str | None
    present_place: str | None
    measure: str
    tested_on: dt.date | None
    test_result: str


class Found(NamedTuple):
    """A row as `_ROWS` reads it; numbers are still sealed."""

    pk: int
    list_id: int
    state: str
    name: str
    sex: str
    birth_on: dt.date | None
    came_on: dt.date | None
    due_at: dt.datetime
    is_urgent: bool
    show_code: str
    said: bytes
    worker_id: int | None
    worker_name: str
    taken_at: dt.datetime | None
    person: int | None
    household: int | None
    person_phone: bytes | None
    tried_at: Sequence[dt.datetime]
    code: str | None
    answered_at: dt.datetime | None
    answered_by: int | None
    answerer: str
    note: bytes | None
    present_place: bytes | None
    measure: str
    tested_on: dt.date | None
    test_result: str
    total: int


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """What a phone shows of a row. `person` and `household` are of the register, where they lie within the scope."""

    found: Found
    id_number: str  # to be masked
    phones: list[Phone]
    address: str
    came_from: str
    is_mine: bool
    taken_until: dt.datetime | None  # somebody else rings until then
    spoken_to: dt.datetime | None  # reached for another list
    calls: list[Rung]
    answer: Told | None
    may_confirm_nobody: bool


class PhoneList(NamedTuple):
    pk: int
    number: str
    title: str
    sender: str
    received_at: dt.datetime
    due_at: dt.datetime
    case_number: str
    call_back: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class PhoneLists:
    lists: list[PhoneList]
    rows: list[PhoneRow]
    more: int  # rows left out

    @property
    def phone_count(self) -> int:
        return sum(len(row.phones) for row in self.rows)


def rows_for_phone(scope: Scope, *, user: int, worker: int | None, now: dt.datetime) -> PhoneLists:
    """Rows of `scope` that are out or 在核 while the emergency runs, and those this worker answered in the last 24 hours,
    the soonest due first."""
    found = _rows(scope, worker, now)
    if not found:
        return PhoneLists([], [], 0)
    calls = _calls([row.pk for row in found], user)
    spoken = _spoken([row.pk for row in found if row.state != "answered"], user, now)
    opened = _Opened()
    rows = [_row(row, calls[row.pk], spoken.get(row.pk), opened, worker, now) for row in found]
    return PhoneLists(_lists({row.list_id for row in found}), rows, found[0].total - len(found))


class _Opened:
    """Unseals what many rows carry."""

    def __init__(self) -> None:
        self.phone = Unsealer(purpose=_purpose(Person, "phone"))
        self.note = Unsealer(purpose=_purpose(Answer, "note"))
        self.place = Unsealer(purpose=_purpose(Answer, "present_place"))


def _purpose(model: Any, field: str) -> str:
    return str(model._meta.get_field(field).purpose)


def _row(
    row: Found,
    calls: list[Rung],
    spoken_to: dt.datetime | None,
    opened: _Opened,
    worker: int | None,
    now: dt.datetime,
) -> PhoneRow:
    # Of an emergency whose key was destroyed what the sender wrote is nothing any more.
    said = unseal_json_left(row.said, purpose=SAID) or {}
    mine = worker is not None and row.worker_id == worker
    until = row.taken_at + rules.CLAIM if row.taken_at and not mine else None
    return PhoneRow(
        found=row,
        id_number=said.get("id_number") or "",
        phones=_phones(said, opened.phone(row.person_phone) if row.person_phone else ""),
        address=said.get("address") or "",
        came_from=said.get("came_from") or "",
        is_mine=mine,
        taken_until=until if until and until > now else None,
        spoken_to=spoken_to,
        calls=calls,
        answer=_answer(row, opened, worker) if row.code else None,
        may_confirm_nobody=not_reached(row.tried_at),
    )


def _phones(said: dict[str, Any], known: str) -> list[Phone]:
    """Each number once: the register's first."""
    numbers = dict.fromkeys(phone for phone in said.get("phones") or () if _DIALLED.fullmatch(phone))
    numbers.pop(known, None)
    return [*([Phone(known, "register")] if known else []), *(Phone(number, "list") for number in numbers)]


def _answer(row: Found, opened: _Opened, worker: int | None) -> Told | None:
    if row.code is None or row.answered_at is None:
        return None
    return Told(
        row.code,
        row.answered_at,
        row.answerer,
        worker is not None and row.answered_by == worker,
        opened.note(row.note) if row.note else None,
        opened.place(row.present_place) if row.present_place else None,
        row.measure,
        row.tested_on,
        row.test_result,
    )


# ---------- statements ----------


def _rows(scope: Scope, worker: int | None, now: dt.datetime) -> list[Found]:
    here, bounds = scope.sql("r.area_path")
    person, of_person = scope.sql("p.area_path")
    home, of_home = scope.sql("h.area_path")
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS.format(here=here, person=person, home=home),
            [*of_person, *of_home, *bounds, now, worker, now - CORRECTED_FOR, MOST_ROWS],
        )
        return [Found(*row) for row in cursor.fetchall()]


# Of the register only what lies within the phone's own areas: the row may have been sent where its address says.
_ROWS = """
select r.id, r.list_id, r.state, r.name, r.sex, r.birth_on, r.came_on, r.due_at, r.is_urgent, r.show_code, r.said,
  r.worker_id, coalesce(w.name, ''), r.taken_at, p.id, h.id, p.phone,
  coalesce((select array_agg(c.happened_at) from verification_call c where c.row_id = r.id), '{{}}'),
  a.code, a.happened_at, a.by, coalesce(aw.name, ''), a.note, a.present_place, coalesce(a.measure, ''), a.tested_on,
  coalesce(a.test_result, ''), count(*) over ()
from verification_pushedrow r
join verification_pushedlist l on l.id = r.list_id
join campaigns_emergency e on e.id = l.emergency_id
left join workforce_worker w on w.id = r.worker_id
left join register_person p on p.id = r.person_id and r.verdict = 'same' and {person}
left join register_household h on h.id = coalesce(p.household_id, r.household_id) and {home}
left join verification_answer a on a.id = r.answer_id
left join workforce_worker aw on aw.id = a.by
where {here} and (
  (r.state in ('out', 'in_progress') and l.closed_at is null and e.ended_at is null and e.ends_at > %s)
  or (r.state = 'answered' and a.by = %s and a.happened_at > %s))
order by r.due_at, r.id limit %s
"""


def _lists(ids: set[int]) -> list[PhoneList]:
    with connection.cursor() as cursor:
        cursor.execute(_LISTS, [literal(sorted(ids))])
        return [PhoneList(*row) for row in cursor.fetchall()]


_LISTS = """
select id, number, title, sender, received_at, due_at, case_number, call_back, closed_at is not null
from verification_pushedlist where id = any(%s::bigint[]) order by due_at, id
"""


def _calls(ids: Sequence[int], user: int) -> dict[int, list[Rung]]:
    """The newest of each row."""
    found: dict[int, list[Rung]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, [user, literal(ids), MOST_CALLS])
        for row, *rest in cursor.fetchall():
            found[row].append(Rung(*rest))
    return found


_CALLS = """
select row_id, happened_at, outcome, name, mine from (
  select c.row_id, c.happened_at, c.outcome, coalesce(u.name, '') as name, c.by = %s as mine,
    row_number() over (partition by c.row_id order by c.happened_at desc, c.id desc) as nth
  from verification_call c left join accounts_user u on u.id = c.by where c.row_id = any(%s::bigint[])) n
where nth <= %s order by row_id, nth
"""


def _spoken(ids: Sequence[int], user: int, now: dt.datetime) -> dict[int, dt.datetime]:
    """When somebody in the county reached the person for another list, within the days that an answer holds. Of that
    call nothing else is told."""
    if not ids:
        return {}
    with crossing("verification.rung_before", actor_id=user), connection.cursor() as cursor:
        cursor.execute(_SPOKEN, [now, *columns([(pk,) for pk in ids])])
        return dict(cursor.fetchall())


_SPOKEN = """
with open as (
  select r.id, case when r.verdict = 'same' then r.person_id end as person_id, r.phone_token,
    %s - make_interval(days => l.checked_days) as since
  from verification_pushedrow r join verification_pushedlist l on l.id = r.list_id where r.id = any(%s::bigint[]))
select id, max(happened_at) from (
  select o.id, c.happened_at from open o join verification_call c on c.person_id = o.person_id
  where c.outcome = 'reached' and c.row_id <> o.id and c.happened_at >= o.since
  union all
  select o.id, c.happened_at from open o join verification_call c on c.phone_token = o.phone_token
  where c.outcome = 'reached' and c.row_id <> o.id and c.happened_at >= o.since) n
group by id
"""
