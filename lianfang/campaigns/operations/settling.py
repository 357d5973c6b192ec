"""From what happened at the doors to the states of targets, tasks and counters: the only place that writes them.

Whoever changes a fact (a visit, an exemption) names the households; everything about them is read set-wise, judged
by `rules.judge`, and what differs is written, counters last.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Exemption, Round, Target
from lianfang.campaigns.rules import (
    DONE,
    EXEMPT,
    GONE_DEAD,
    GONE_MOVED,
    Attempt,
    Line,
    Subject,
    Verdict,
    is_settled,
    judge,
    presences,
)
from lianfang.core import sealing
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.questions.queries import get_form
from lianfang.questions.rules import FormDefinition

Key = tuple[int, int, int]  # round, household, person (0: the household itself)
_BASES = tuple(BASE_COLUMN)


@dataclass(frozen=True, slots=True)
class Change:
    target: Target
    was: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the register about a person at a household: they came to it, or they left it."""

    has_left: bool
    kind: str
    recorded_at: dt.datetime
    is_here: bool  # now
    bases: frozenset[str]  # in which the person counts


@dataclass(frozen=True, slots=True)
class Doors:
    """What is known of the households in question, for all rounds at once."""

    people: dict[int, dict[str, frozenset[int]]]  # household → base → person ids
    attempts: dict[int, list[Attempt]]
    exempt: dict[tuple[int, int], set[int]]  # (round, household) → person ids, 0 for the household
    moves: dict[int, dict[int, list[Move]]]  # household → person → what the register wrote, oldest first


def settle(
    household_ids: Collection[int],
    rounds: Iterable[Round],
    *,
    just_made: Sequence[tuple[int, Attempt]] = (),
) -> list[Change]:
    """Judge the targets of these households in these rounds anew. Returns what changed. `just_made`: attempts that
    the caller has just stored, with their household, which need not be read back.

    The state of a target follows from the standing visits alone, never from the newest facts: a late record of a
    round that was closed long ago must not find its answers overwritten by those of the next round.
    """
    by_id = {found.pk: found for found in rounds}
    targets = list(
        Target.objects.filter(round_id__in=by_id, household_id__in=household_ids)
        .order_by("household_id", "round_id", "person_id")
        .select_for_update()
    )
    if not targets:
        return []
    present = [by_id[pk] for pk in {target.round_id for target in targets}]
    doors = _read_doors({target.household_id for target in targets}, present, just_made)
    forms = {found.pk: form_of(found) for found in present}
    judged = [
        Change(target, target.state, _judged(target, by_id[target.round_id], doors, forms[target.round_id]))
        for target in targets
    ]
    changes = [change for change in judged if _differs(change.target, change.verdict)]
    _write_targets(changes)
    _write_tasks(judged, changes)
    _count(changes)
    return changes


def _judged(target: Target, found: Round, doors: Doors, form: FormDefinition) -> Verdict:
    end = found.closed_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    attempts = [
        attempt
        for attempt in doors.attempts.get(target.household_id, ())
        if found.opens_at <= attempt.happened_at < end
    ]
    base, gone = _lived(target.household_id, found, doors)
    attempts = _without_departures(attempts, _returned(target.household_id, found, doors))
    if target.person_id:
        gone = {person: how for person, how in gone.items() if person == target.person_id}
        base = frozenset({target.person_id} - set(gone))
        attempts = _about(attempts, target.person_id)
    exempt = doors.exempt.get((target.round_id, target.household_id), set())
    subject = Subject(
        base, target.person_id in exempt, frozenset(exempt - {0}), gone, is_person=bool(target.person_id)
    )
    return judge(subject, attempts, form)


def _lived(household_id: int, found: Round, doors: Doors) -> tuple[frozenset[int], dict[int, str]]:
    """Who of a household the base includes, and who has left it since the list was frozen. For a round that is closed:
    as the register had it at its end, so that a late record does not find a family that moved since."""
    base = set(doors.people.get(household_id, {}).get(found.campaign.base, ()))
    gone: dict[int, str] = {}
    since = found.frozen_at or found.opens_at
    for person, moves in doors.moves.get(household_id, {}).items():
        later = [move for move in moves if found.closed_at and move.recorded_at >= found.closed_at]
        if later and later[0].has_left and found.campaign.base in later[0].bases:
            base.add(person)
        elif later and not later[0].has_left:
            base.discard(person)
        elif not moves[-1].is_here and any(move.recorded_at >= since for move in moves):
            last = moves[-1]
            gone[person] = GONE_DEAD if last.has_left and last.kind == "died" else GONE_MOVED
    return frozenset(base), gone


def _returned(household_id: int, found: Round, doors: Doors) -> frozenset[int]:
    """Who had left a household and lives in it again: they came back, or it had been a mistake."""
    moves = doors.moves.get(household_id, {}) if found.closed_at is None else {}
    return frozenset(
        person for person, own in moves.items() if own[-1].is_here and any(move.has_left for move in own)
    )


def _without_departures(attempts: Iterable[Attempt], people: Collection[int]) -> list[Attempt]:
    """A line that found one of these people moved or dead settles nobody who is there."""
    if not people:
        return list(attempts)
    gone = (GONE_MOVED, GONE_DEAD)
    return [
        replace(
            attempt,
            lines=tuple(
                line for line in attempt.lines if not (line.person_id in people and line.presence in gone)
            ),
        )
        for attempt in attempts
    ]


def _about(attempts: Iterable[Attempt], person_id: int) -> list[Attempt]:
    """The visits as one member saw them: those that met only others are none of theirs."""
    found = []
    for attempt in attempts:
        lines = tuple(line for line in attempt.lines if line.person_id == person_id)
        if lines or attempt.outcome != "met":
            found.append(replace(attempt, lines=lines))
    return found


def form_of(found: Round) -> FormDefinition:
    return get_form(found.campaign.form_key, found.campaign.form_version)


def _differs(target: Target, verdict: Verdict) -> bool:
    return (target.state, target.reason, target.attempt_count, target.last_visit_at, target.settled_by) != (
        verdict.state,
        verdict.reason,
        verdict.attempt_count,
        verdict.last_visit_at,
        verdict.settled_by,
    )


def _read_doors(
    household_ids: Collection[int], rounds: Collection[Round], just_made: Sequence[tuple[int, Attempt]]
) -> Doors:
    ids = sorted(household_ids)
    exempt: dict[tuple[int, int], set[int]] = defaultdict(set)
    approved = Exemption.objects.filter(
        household_id__in=ids, round__in=rounds, decision=Exemption.Decision.APPROVED
    )
    for number, household, person in approved.values_list("round_id", "household_id", "person_id"):
        exempt[number, household].add(person)
    opened_at = min(found.opens_at for found in rounds)
    attempts = standing_attempts(ids, opened_at, but=[attempt.visit_id for _, attempt in just_made])
    for household, attempt in just_made:
        attempts[household].append(attempt)
    return Doors(_bases(ids), attempts, exempt, _moves(ids))


def _moves(household_ids: list[int]) -> dict[int, dict[int, list[Move]]]:
    found: dict[int, dict[int, list[Move]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, [literal(household_ids)])
        for household, person, has_left, kind, recorded_at, is_here, *flags in cursor.fetchall():
            bases = frozenset(base for base, counts in zip(_BASES, flags, strict=True) if counts)
            move = Move(has_left, kind, recorded_at, is_here, bases)
            found.setdefault(household, {}).setdefault(person, []).append(move)
    return found


# A row that takes another back means the opposite of it.
_MOVES = f"""
select e.household_id, e.person_id, (e.side = 'left') <> (e.cancels is not null), e.kind, e.recorded_at,
  p.is_current and p.household_id = e.household_id, {", ".join(f"p.{column}" for column in BASE_COLUMN.values())}
from register_lifeevent e join register_person p on p.id = e.person_id
where e.household_id = any(%s::bigint[]) and e.side in ('came', 'left') order by e.id
"""


def unsettled(household_id: int, found: Round) -> tuple[frozenset[int], frozenset[int]]:
    """Of a household in a round, whether or not it is on the list: who the base includes, and who of them nobody has
    met yet, there or where they lived before."""
    doors = _read_doors({household_id}, [found], ())
    base, _gone = _lived(household_id, found, doors)
    form = form_of(found)
    tries = [
        attempt for attempt in doors.attempts.get(household_id, ()) if attempt.happened_at >= found.opens_at
    ]
    tries = _without_departures(tries, _returned(household_id, found, doors))
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    met = {p for p, said in presence.items() if is_settled(said, proxy_allowed=form.proxy_allowed)}
    return base, base - met - doors.exempt.get((found.pk, household_id), set())


def _bases(household_ids: list[int]) -> dict[int, dict[str, frozenset[int]]]:
    """Who of each household each base includes: everybody in it, whatever the other conditions of a campaign.

    Eligibility chooses the household; once its door is knocked at, all who count in the base are asked for.
    """
    members: dict[int, dict[str, set[int]]] = defaultdict(lambda: {base: set() for base in _BASES})
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [literal(household_ids)])
        for household, person, *flags in cursor.fetchall():
            for base, counts in zip(_BASES, flags, strict=True):
                if counts:
                    members[household][base].add(person)
    return {
        household: {base: frozenset(people) for base, people in bases.items()}
        for household, bases in members.items()
    }


_MEMBERS = f"""
select p.household_id, p.id, {", ".join(f"p.{column}" for column in BASE_COLUMN.values())}
from register_person p join register_household h on h.id = p.household_id
where p.household_id = any(%s::bigint[]) and p.is_current and h.is_current
"""


def standing_attempts(
    household_ids: Collection[int], since: dt.datetime, *, but: Sequence[UUID] = ()
) -> defaultdict[int, list[Attempt]]:
    """The visits since then that nobody corrected, by household, oldest first, with lines and answers."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [literal(household_ids), since, literal(but)])
        visits = cursor.fetchall()
        if not visits:
            return defaultdict(list)
        cursor.execute(_LINES, [literal(visit[0] for visit in visits)])
        rows = cursor.fetchall()
    lines: dict[UUID, list[Line]] = defaultdict(list)
    hidden = {visit[0]: _unsealed(visit[5]) for visit in visits if visit[5] is not None}
    for visit_id, person_id, presence, answers in rows:
        more = hidden.get(visit_id, {}).get(str(person_id), {})
        lines[visit_id].append(Line(person_id, presence, {**json.loads(answers), **more}))
    found: defaultdict[int, list[Attempt]] = defaultdict(list)
    for visit_id, household_id, happened_at, outcome, answers, _ in visits:
        more = hidden.get(visit_id, {}).get("0", {})
        found[household_id].append(
            Attempt(visit_id, happened_at, outcome, tuple(lines[visit_id]), {**json.loads(answers), **more})
        )
    return found


def _unsealed(blob: bytes | memoryview) -> Mapping[str, Mapping[str, Any]]:
    """Sensitive answers by subject. Those of an emergency whose key was destroyed are gone: that is what was promised."""
    try:
        return json.loads(sealing.unseal(blob, purpose="visit.answers"))
    except Problem as gone:
        if gone.code != "start.keys_missing":
            raise
        return {}


_STANDING = """
select v.id, v.household_id, v.happened_at, v.outcome, v.answers, v.sealed_answers
from campaigns_visit v where v.household_id = any(%s::bigint[]) and v.happened_at >= %s and v.id <> all(%s::uuid[])
  and not exists (select from campaigns_visit n where n.supersedes = v.id)
order by v.household_id, v.happened_at, v.id
"""
_LINES = """
select visit_id, person_id, presence, answers from campaigns_visitline where visit_id = any(%s::uuid[])
order by visit_id, person_id
"""


def _write_targets(changes: list[Change]) -> None:
    if not changes:
        return
    rows = [
        (
            *change.target.pk,
            change.verdict.state,
            change.verdict.reason,
            change.verdict.attempt_count,
            change.verdict.last_visit_at,
            change.verdict.settled_by,
        )
        for change in changes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "update campaigns_target t set state = v.state, reason = v.reason, attempt_count = v.attempts,"
            " last_visit_at = v.last_at, settled_by = v.visit"
            " from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[],"
            " %s::timestamptz[], %s::uuid[])"
            " v(round_id, household_id, person_id, state, reason, attempts, last_at, visit)"
            " where (t.round_id, t.household_id, t.person_id) = (v.round_id, v.household_id, v.person_id)",
            columns(rows),
        )


def _write_tasks(judged: list[Change], changes: list[Change]) -> None:
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


def _write_waiting_tasks(waiting: list[Change]) -> None:
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


def _count(changes: list[Change]) -> None:
    """Move the counters by what changed. One statement, sorted by key, so that two writers never wait in a circle."""
    deltas: dict[tuple[int, str, str, dt.datetime], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        if change.was != change.verdict.state:
            target = change.target
            moved = deltas[target.round_id, target.village_path, target.origin, target.due_at]
            moved[change.was] -= 1
            moved[change.verdict.state] += 1
    if not deltas:
        return
    rows = [
        (*key, moved["done"], moved["exempt"], moved["not_met"], moved["open"])
        for key, moved in sorted(deltas.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into campaigns_coverage as c (round_id, village_path, origin, due_at, due, done, exempt, not_met,"
            " open) select v.a, v.b, v.c, v.d, 0, v.e, v.f, v.g, v.h from unnest(%s::bigint[], %s::text[], %s::text[],"
            " %s::timestamptz[], %s::int[], %s::int[], %s::int[], %s::int[]) v(a, b, c, d, e, f, g, h)"
            " order by 1, 2, 3, 4 on conflict (round_id, village_path, origin, due_at) do update set"
            " done = c.done + excluded.done, exempt = c.exempt + excluded.exempt,"
            " not_met = c.not_met + excluded.not_met, open = c.open + excluded.open",
            columns(rows),
        )
