"""What is owed at targets: closed with them, opened anew when something undoes that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from lianfang.campaigns.models import Target
from lianfang.campaigns.rules import DONE, EXEMPT, Verdict
from lianfang.core.arrays import columns
from lianfang.core.clock import now

Key = tuple[int, int, int]  # round, household, person (0: the household itself)


@dataclass(frozen=True, slots=True)
class Change:
    """A target with the state it had, and what the rule says of it now."""

    target: Target
    was: str
    verdict: Verdict


def write_tasks(judged: Sequence[Change], changes: Sequence[Change]) -> None:
    """Close what is settled; what is not settled keeps, or gets anew, an open task. A closed task never changes:
    when a correction undoes it, the next attempt is a new row."""
    settled = [change for change in changes if change.verdict.state in (DONE, EXEMPT)]
    waiting = [change for change in judged if change.verdict.state not in (DONE, EXEMPT)]
    if settled:
        rows = [(*c.target.pk, c.verdict.state, c.verdict.settled_by) for c in settled]
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE_ALL, [now(), *columns(rows)])
    if waiting:
        _write_waiting_tasks(waiting)


def _write_waiting_tasks(waiting: Sequence[Change]) -> None:
    """One open task for each waiting target, and one for each member whom a visit missed while it met others.

    Compared with what is there on every judgement: a correction can change who was missed and nothing else.
    """
    owed: dict[Key, Target] = {}
    verdicts: dict[tuple[int, int], Verdict] = {}
    for change in waiting:
        target = change.target
        owed[target.pk] = target
        if not target.person_id:
            verdicts[target.pk[:2]] = change.verdict
            owed |= {(*target.pk[:2], person): target for person in change.verdict.not_met}
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, columns({key[:2] for key in owed}))
        tasks = {row[:3]: row[3:] for row in cursor.fetchall()}
        closing = [
            (*key, attempt, "cancelled" if key[2] in verdicts[key[:2]].missing else "done")
            for key, (attempt, is_open) in tasks.items()
            if is_open and key not in owed and key[2] and key[:2] in verdicts
        ]
        if closing:
            cursor.execute(_CLOSE, [now(), *columns(closing)])
        opening = [
            (*key, tasks[key][0] + 1 if key in tasks else 1, target.area_path, target.due_at)
            for key, target in sorted(owed.items())
            if key not in tasks or not tasks[key][1]
        ]
        if opening:
            cursor.execute(_OPEN, columns(opening))


_CLOSE_ALL = """
update campaigns_task k set closed_at = %s, closed_as = v.state, visit_id = v.visit
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::uuid[])
  v(round_id, household_id, person_id, state, visit)
where k.round_id = v.round_id and k.household_id = v.household_id
  and (v.person_id = 0 or k.person_id = v.person_id) and k.closed_at is null
"""
_TASKS = """
select k.round_id, k.household_id, k.person_id, max(k.attempt), bool_or(k.closed_at is null)
from campaigns_task k join unnest(%s::bigint[], %s::bigint[]) v(round_id, household_id)
  on k.round_id = v.round_id and k.household_id = v.household_id
where k.template = 'visit' and k.slot = 0 group by 1, 2, 3
"""
_CLOSE = """
update campaigns_task k set closed_at = %s, closed_as = v.state
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::text[])
  v(round_id, household_id, person_id, attempt, state)
where k.round_id = v.round_id and k.household_id = v.household_id and k.person_id = v.person_id
  and k.template = 'visit' and k.slot = 0 and k.attempt = v.attempt and k.closed_at is null
"""
_OPEN = """
insert into campaigns_task (round_id, household_id, person_id, template, slot, attempt, area_path, opens_at, due_at,
  closed_as)
select v.round_id, v.household_id, v.person_id, 'visit', 0, v.attempt, v.area_path, r.opens_at, v.due_at, ''
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::text[], %s::timestamptz[])
  v(round_id, household_id, person_id, attempt, area_path, due_at) join campaigns_round r on r.id = v.round_id
on conflict do nothing
"""
