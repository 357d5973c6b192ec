"""From what happened at the doors to the states of targets, tasks and counters: the only place that writes them.

Whoever changes a fact (a visit, an exemption) names the households; everything about them is read set-wise, judged
by `rules.judge`, and what differs is written, counters last.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Exemption, Round, Target
from lianfang.campaigns.operations.attempts import standing_attempts
from lianfang.campaigns.operations.members import BASES, Bases, bases_of, read_members
from lianfang.campaigns.operations.tasks import Change, write_tasks
from lianfang.campaigns.queries.windows import Taken, taken_by
from lianfang.campaigns.rules import (
    GONE_DEAD,
    GONE_MOVED,
    NO_KNOCK,
    Attempt,
    Subject,
    Verdict,
    is_settled,
    judge,
    presences,
)
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now


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

    people: Bases
    attempts: dict[int, list[Attempt]]
    exempt: dict[tuple[int, int], set[int]]  # (round, household) → person ids, 0 for the household
    moves: dict[int, dict[int, list[Move]]]  # household → person → what the register wrote, oldest first


def settle(
    household_ids: Collection[int],
    rounds: Iterable[Round],
    *,
    just_made: Sequence[tuple[int, Attempt]] = (),
    bases: Bases | None = None,
) -> list[Change]:
    """Judge the targets of these households in these rounds anew. Returns what changed. `just_made`: attempts that
    the caller has just stored, with their household, and `bases`: who lives there now, need not be read back.

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
    taken = taken_by([by_id[pk] for pk in {target.round_id for target in targets}], now())
    doors = _read_doors({target.household_id for target in targets}, taken.values(), just_made, bases)
    judged = [
        Change(target, target.state, _judged(target, taken[target.round_id], doors)) for target in targets
    ]
    changes = [change for change in judged if _differs(change.target, change.verdict)]
    _write_targets(changes)
    write_tasks(judged, changes)
    _count(changes)
    return changes


def _judged(target: Target, taken: Taken, doors: Doors) -> Verdict:
    found = taken.round
    base, gone = _lived(target.household_id, found, doors)
    attempts = _without_departures(
        doors.attempts.get(target.household_id, ()), _returned(target.household_id, found, doors)
    )
    if target.person_id:
        gone = {person: how for person, how in gone.items() if person == target.person_id}
        base = frozenset({target.person_id} - set(gone))
        attempts = _about(attempts, target.person_id)
    exempt = doors.exempt.get((target.round_id, target.household_id), set())
    subject = Subject(
        base, target.person_id in exempt, frozenset(exempt - {0}), gone, is_person=bool(target.person_id)
    )
    return judge(subject, attempts, taken.form, taken.window)


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
    """The visits as one member saw them: one that met only others is none of theirs, but what it was told of the
    household need not be asked again."""
    found = []
    for attempt in attempts:
        lines = tuple(line for line in attempt.lines if line.person_id == person_id)
        outcome = attempt.outcome if lines or attempt.outcome != "met" else NO_KNOCK
        found.append(replace(attempt, outcome=outcome, lines=lines))
    return found


def _differs(target: Target, verdict: Verdict) -> bool:
    return (
        target.state,
        target.reason,
        target.attempt_count,
        target.last_visit_at,
        target.settled_by,
        target.is_born,
    ) != (
        verdict.state,
        verdict.reason,
        verdict.attempt_count,
        verdict.last_visit_at,
        verdict.settled_by,
        verdict.is_born,
    )


def _read_doors(
    household_ids: Collection[int],
    taken: Collection[Taken],
    just_made: Sequence[tuple[int, Attempt]] = (),
    bases: Bases | None = None,
) -> Doors:
    ids = sorted(household_ids)
    exempt: dict[tuple[int, int], set[int]] = defaultdict(set)
    approved = Exemption.objects.filter(
        household_id__in=ids, round__in=[one.round.pk for one in taken], decision=Exemption.Decision.APPROVED
    )
    for number, household, person in approved.values_list("round_id", "household_id", "person_id"):
        exempt[number, household].add(person)
    made = [attempt.visit_id for _, attempt in just_made]
    attempts = standing_attempts(ids, min(one.reach for one in taken), but=made)
    for household, attempt in just_made:
        attempts[household].append(attempt)
    people = bases_of(read_members(ids)) if bases is None else bases
    return Doors(people, attempts, exempt, _moves(ids))


def _moves(household_ids: list[int]) -> dict[int, dict[int, list[Move]]]:
    found: dict[int, dict[int, list[Move]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, [literal(household_ids)])
        for household, person, has_left, kind, recorded_at, is_here, *flags in cursor.fetchall():
            bases = frozenset(base for base, counts in zip(BASES, flags, strict=True) if counts)
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
    taken = taken_by([found], now())[found.pk]
    form = taken.form
    doors = _read_doors({household_id}, [taken])
    base, _gone = _lived(household_id, found, doors)
    tries = [
        attempt
        for attempt in doors.attempts.get(household_id, ())
        if attempt.happened_at >= taken.roster_since
    ]
    tries = _without_departures(tries, _returned(household_id, found, doors))
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    met = {p for p, said in presence.items() if is_settled(said, proxy_allowed=form.proxy_allowed)}
    return base, base - met - doors.exempt.get((found.pk, household_id), set())


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
            change.verdict.is_born,
        )
        for change in changes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "update campaigns_target t set state = v.state, reason = v.reason, attempt_count = v.attempts,"
            " last_visit_at = v.last_at, settled_by = v.visit, is_born = v.is_born"
            " from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[],"
            " %s::timestamptz[], %s::uuid[], %s::boolean[])"
            " v(round_id, household_id, person_id, state, reason, attempts, last_at, visit, is_born)"
            " where (t.round_id, t.household_id, t.person_id) = (v.round_id, v.household_id, v.person_id)",
            columns(rows),
        )


def _count(changes: list[Change]) -> None:
    """Move the counters by what changed. One statement, sorted by key, so that two writers never wait in a circle."""
    deltas: dict[tuple[int, str, str, dt.datetime], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        target, verdict = change.target, change.verdict
        born = int(verdict.is_born) - int(target.is_born)
        if change.was != verdict.state or born:
            moved = deltas[target.round_id, target.village_path, target.origin, target.due_at]
            moved[change.was] -= 1
            moved[verdict.state] += 1
            moved["born"] += born
    if not deltas:
        return
    rows = [
        (*key, moved["done"], moved["exempt"], moved["not_met"], moved["open"], moved["born"])
        for key, moved in sorted(deltas.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into campaigns_coverage as c (round_id, village_path, origin, due_at, due, done, exempt, not_met,"
            " open, born) select v.a, v.b, v.c, v.d, 0, v.e, v.f, v.g, v.h, v.i from unnest(%s::bigint[],"
            " %s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])"
            " v(a, b, c, d, e, f, g, h, i) order by 1, 2, 3, 4"
            " on conflict (round_id, village_path, origin, due_at) do update set"
            " done = c.done + excluded.done, exempt = c.exempt + excluded.exempt,"
            " not_met = c.not_met + excluded.not_met, open = c.open + excluded.open, born = c.born + excluded.born",
            columns(rows),
        )
