"""分拣: what becomes of every row of a list before anybody is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction

from lianfang.core import audit, keys
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.ids import next_ids
from lianfang.core.memory import all_stays
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.layouts import choices_said
from lianfang.verification.checking import check_parts
from lianfang.verification.matching import helper_of
from lianfang.verification.models import ANSWERED_BY, NEXT, STATE_OF, PushedList, PushedRow
from lianfang.verification.operations.taking import as_sent
from lianfang.verification.queries import get_list, known_of, must_run
from lianfang.verification.queries.known import Asker
from lianfang.verification.reading import rows_of
from lianfang.verification.reasons import stored
from lianfang.verification.rows import Checked


@transaction.atomic
def sort(*, list_id: int, scope: Scope, by: int, told: Callable[[int], object] | None = None) -> PushedList:
    """Match every row, answer what the register can answer, place the rest. Again as long as nothing has gone out; then
    a row that somebody has decided, placed, rung or answered stays as it is. `told` hears how many rows are done.
    Waits while another list of the county is sorted (`takes_turn`).

    Raises `verification.unknown_list`, `campaigns.emergency_ended`, `verification.already_out`,
    `register.file_unreadable`."""
    _take_turn(get_list(scope, list_id).county_id)  # before the list: `takes_turn` is asked before it too
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    must_run(found)
    if PushedList.State.SORTED not in NEXT[found.state]:
        raise Problem("verification.already_out")
    with all_stays(), as_sent(found) as path, helper_of(path.stat().st_size, found.county, by) as helper:
        parts: Iterable[list[Checked]] = check_parts(
            rows_of(path, chosen=choices_said(found.file.choices)),
            county=found.county,
            known=partial(known_of, Asker.of(found)),
            by=by,
            key=keys.emergency(found.emergency_id),
            helper=helper,
        )
        if told:
            parts = _telling(parts, told)
        if PushedRow.objects.filter(scope.q(), list=found).exists():
            parts = list(parts)  # what somebody decides of a row while it is matched again stays
        storing = _Storing(found, _untouched(found, scope))
        for part in parts:
            storing.store(part)
    _forget(storing.gone(), scope)
    moment = now()
    found.state, found.sorted_at = PushedList.State.SORTED, moment
    # One that is kept may stand in no sheet.
    found.row_count = PushedRow.objects.filter(scope.q(), list=found).count()
    found.save(update_fields=["state", "sorted_at", "row_count"])
    audit.record("list.sort", "pushed_list", found.pk, by=by, path=found.area_path, rows=storing.count)
    return found


def takes_turn(county_id: int) -> bool:
    """Takes the county's turn to sort until the transaction ends; False while another list has it. Of two lists sorted
    side by side neither would know the other's rows, and whoever stands on both would be asked twice."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, %s)", [_TURNS, county_id])
        return bool(cursor.fetchone()[0])


def _take_turn(county_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_TURNS, county_id])


_TURNS = 6_080_001  # the number of these locks


def _telling(parts: Iterable[list[Checked]], told: Callable[[int], object]) -> Iterator[list[Checked]]:
    count = 0
    for part in parts:
        yield part
        count += len(part)
        told(count)


Place = tuple[str, int]  # sheet and row


class _Stored(NamedTuple):
    """Rows of the list that are there already, by their place: those made anew, and those that stay as they are."""

    again: dict[Place, int]
    kept: dict[Place, int]


def _untouched(found: PushedList, scope: Scope) -> _Stored:
    """Made anew is what nobody has touched and on which no other list rests. Whoever decides on such a row at this moment
    waits, and finds it as it is then."""
    condition, values = scope.sql("area_path")
    with connection.cursor() as cursor:
        cursor.execute(_UNTOUCHED.format(range=condition), [found.pk, *values, found.pk])
        again = {(sheet, row): row_id for sheet, row, row_id in cursor.fetchall()}
        cursor.execute(_ALL.format(range=condition), [found.pk, *values])
        stored = {(sheet, row): row_id for sheet, row, row_id in cursor.fetchall()}
    return _Stored(again, {place: row_id for place, row_id in stored.items() if place not in again})


def _forget(gone: Sequence[int], scope: Scope) -> None:
    """Rows that the list, read otherwise, has no more."""
    if gone:
        condition, values = scope.sql("area_path")
        with connection.cursor() as cursor:
            cursor.execute(_FORGET.format(range=condition), [literal(gone), *values])


_UNTOUCHED = """
select sheet, row, id from verification_pushedrow r where list_id = %s and {range} and decided_by is null
  and taken_at is null and attempt_count = 0 and answer_id is null and placed_by <> 'person'
  and not exists (select 1 from verification_pushedrow d where d.same_as_id = r.id and d.list_id <> %s)
order by id for update
"""
_ALL = "select sheet, row, id from verification_pushedrow where list_id = %s and {range}"
_FORGET = "delete from verification_pushedrow where id = any(%s::bigint[]) and {range}"


# ---------- storing ----------


_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "bigint"),
    ("sheet", "text"),
    ("row", "int"),
    ("state", "text"),
    ("name", "text"),
    ("sex", "text"),
    ("birth_on", "date"),
    ("came_on", "date"),
    ("said", "bytea"),
    ("id_token", "bytea"),
    ("phone_token", "bytea"),
    ("verdict", "text"),
    ("person_id", "bigint"),
    ("candidates", "jsonb"),
    ("bucket", "text"),
    ("bucket_reasons", "jsonb"),
    ("town_code", "text"),
    ("village_code", "text"),
    ("placed_by", "text"),
    ("proposed", "text"),
    ("answer", "text"),
    ("answered_at", "timestamptz"),
    ("same_as_id", "bigint"),
)
_NAMES = ", ".join(name for name, _kind in _COLUMNS)
_INSERT = f"""
insert into verification_pushedrow (list_id, area_path, due_at, decided_by, decided_at, household_id,
  is_urgent, worker_id, taken_at, answer_id, village_confirmed_at, village_confirmed_by, town_confirmed_at,
  town_confirmed_by, show_code, attempt_count, {_NAMES})
select %s, %s, %s, null, null, p.household_id, %s, null, null, null, null, null, null, null,
  lpad((abs(hashtextextended(v.sheet || ' ' || v.row, %s)) %% 1000000)::text, 6, '0'), 0,
  {", ".join(f"v.{name}" for name, _kind in _COLUMNS)}
from unnest({", ".join(f"%s::{kind}[]" for _name, kind in _COLUMNS)}) v({_NAMES})
left join register_person p on p.id = v.person_id
"""  # noqa: S608 - constants
_AGAIN = f"""
on conflict (id) do update set household_id = excluded.household_id,
  {", ".join(f"{name} = excluded.{name}" for name, _kind in _COLUMNS if name != "id")}
"""


class _Storing:
    """All rows of a list but those that are kept. A row's number is taken ahead, and stays when it is made anew: one that
    is there twice names the first."""

    def __init__(self, found: PushedList, stored: _Stored) -> None:
        self.list, self.kept, self.again = found, frozenset(stored.kept), stored.again
        self.ids = dict(stored.kept)
        self.moment = now()
        self.count = 0  # rows of the list so far

    def gone(self) -> list[int]:
        """Rows that were there and that have not been stored again."""
        return [row_id for place, row_id in self.again.items() if place not in self.ids]

    def store(self, part: Sequence[Checked]) -> None:
        self.count += len(part)
        new = [one for one in part if (one.row.sheet, one.row.row) not in self.kept]
        if not new:
            return
        places = [(one.row.sheet, one.row.row) for one in new]
        fresh = [place for place in places if place not in self.again]
        self.ids.update(zip(fresh, next_ids(PushedRow, len(fresh)), strict=True))
        self.ids.update((place, self.again[place]) for place in places if place in self.again)
        of_list: list[Any] = [
            self.list.pk,
            self.list.area_path,
            self.list.due_at,
            self.list.is_urgent,
            self.list.pk,
        ]
        with connection.cursor() as cursor:
            statement = _INSERT + _AGAIN if self.again else _INSERT
            cursor.execute(statement, [*of_list, *columns([self._values(one) for one in new])])

    def _values(self, one: Checked) -> tuple[Any, ...]:
        row, match, triage = one.row, one.match, one.triage
        best = match.best
        answer = ANSWERED_BY.get(triage.bucket)
        kept = one.kept
        assert kept is not None  # noqa: S101 - `sort` asked for it to be sealed
        return (
            self.ids[row.sheet, row.row],
            row.sheet,
            row.row,
            str(STATE_OF[triage.bucket]),
            row.name[:60],
            row.sex,
            row.birth_on,
            row.came_on,
            kept.said,
            kept.id_token,
            kept.phone_token,
            str(match.verdict),
            best.person_id if best else None,
            kept.candidates,
            str(triage.bucket),
            stored(triage.reasons),
            triage.town,
            triage.village,
            triage.by,
            triage.proposed[:120],
            str(answer) if answer else "",
            self.moment if answer else None,
            self.ids[triage.same_as] if triage.same_as else triage.same_as_id,
        )
