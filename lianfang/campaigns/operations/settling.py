"""From what happened at the doors to the states of targets, tasks and counters: the only place that writes them.

Whoever changes a fact (a visit, an exemption) names the households; everything about them is read set-wise, judged
by `rules.judge`, and what differs is written, counters last.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Exemption, Fact, Round, Target, Visit, VisitLine
from lianfang.campaigns.rules import DONE, EXEMPT, Attempt, Line, Subject, Verdict, judge
from lianfang.core import sealing
from lianfang.core.clock import now
from lianfang.questions.queries import get_form
from lianfang.questions.rules import FormDefinition

Key = tuple[int, int, int]  # round, household, person (0: the household itself)


@dataclass(frozen=True, slots=True)
class Change:
    target: Target
    was: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Doors:
    """What is known of the households in question, for all rounds at once."""

    people: dict[tuple[int, str], dict[int, frozenset[int]]]  # (round, base) → household → person ids
    attempts: dict[int, list[Attempt]]
    facts: dict[int, dict[tuple[int, str], tuple[dt.datetime, Any]]]
    exempt: set[Key]


def settle(household_ids: Collection[int], rounds: Iterable[Round]) -> list[Change]:
    """Judge the targets of these households in these rounds anew. Returns what changed."""
    by_id = {found.pk: found for found in rounds}
    targets = list(
        Target.objects.filter(round_id__in=by_id, household_id__in=household_ids)
        .order_by("household_id", "round_id", "person_id")
        .select_for_update()
    )
    if not targets:
        return []
    doors = _read_doors({target.household_id for target in targets}, by_id.values())
    changes = [
        Change(target, target.state, verdict)
        for target in targets
        if _differs(target, verdict := _judged(target, by_id[target.round_id], doors))
    ]
    _write_targets(changes)
    _write_tasks(changes)
    _count(changes)
    return changes


def _judged(target: Target, found: Round, doors: Doors) -> Verdict:
    campaign = found.campaign
    base = doors.people[found.pk, campaign.base].get(target.household_id, frozenset())
    if target.person_id:
        base = frozenset({target.person_id})
    end = found.closed_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    attempts = [
        attempt
        for attempt in doors.attempts.get(target.household_id, ())
        if found.opens_at <= attempt.happened_at < end
    ]
    if target.person_id:
        attempts = _about(attempts, target.person_id)
    facts = {
        about: value
        for about, (happened_at, value) in doors.facts.get(target.household_id, {}).items()
        if found.opens_at <= happened_at < end
    }
    exempt = {person for (number, household, person) in doors.exempt if (number, household) == target.pk[:2]}
    subject = Subject(base, target.person_id in exempt, frozenset(exempt - {0}))
    return judge(subject, attempts, facts, form_of(found))


def _about(attempts: Iterable[Attempt], person_id: int) -> list[Attempt]:
    """The visits as one member saw them: those that met only others are none of theirs."""
    found = []
    for attempt in attempts:
        lines = tuple(line for line in attempt.lines if line.person_id == person_id)
        if lines or attempt.outcome != "met":
            found.append(Attempt(attempt.visit_id, attempt.happened_at, attempt.outcome, lines))
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


def _read_doors(household_ids: Collection[int], rounds: Iterable[Round]) -> Doors:
    ids = sorted(household_ids)
    people: dict[tuple[int, str], dict[int, frozenset[int]]] = {}
    for found in rounds:
        people[found.pk, found.campaign.base] = _base(ids, found)
    exempt = Exemption.objects.filter(
        household_id__in=ids,
        round_id__in=[found.pk for found in rounds],
        decision=Exemption.Decision.APPROVED,
    )
    return Doors(
        people,
        _attempts(ids),
        _facts(ids),
        set(exempt.values_list("round_id", "household_id", "person_id")),
    )


def _base(household_ids: list[int], found: Round) -> dict[int, frozenset[int]]:
    """Who of each household the campaign's base includes: everybody in it, whatever the other conditions.

    Eligibility chooses the household; once its door is knocked at, all who count in the base are asked for.
    """
    clause, values = eligibility.people_sql(found.campaign.base, ())
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.household_id, array_agg(p.id) from register_person p join register_household h"
            f" on h.id = p.household_id where p.household_id = any(%(ids)s) and {clause} group by 1",
            {**values, "ids": household_ids},
        )
        return {household: frozenset(ids) for household, ids in cursor.fetchall()}


def _attempts(household_ids: list[int]) -> dict[int, list[Attempt]]:
    """Standing visits with their lines."""
    superseded = Visit.objects.filter(household_id__in=household_ids, supersedes__isnull=False)
    gone = set(superseded.values_list("supersedes", flat=True))
    visits = [
        row
        for row in Visit.objects.filter(household_id__in=household_ids).values_list(
            "id", "household_id", "happened_at", "outcome"
        )
        if row[0] not in gone
    ]
    lines: dict[Any, list[Line]] = defaultdict(list)
    met = [row[0] for row in visits]
    for visit_id, person_id, presence in VisitLine.objects.filter(visit_id__in=met).values_list(
        "visit_id", "person_id", "presence"
    ):
        lines[visit_id].append(Line(person_id, presence))
    found: dict[int, list[Attempt]] = defaultdict(list)
    for visit_id, household_id, happened_at, outcome in visits:
        found[household_id].append(Attempt(visit_id, happened_at, outcome, tuple(lines[visit_id])))
    return found


def _facts(household_ids: list[int]) -> dict[int, dict[tuple[int, str], tuple[dt.datetime, Any]]]:
    found: dict[int, dict[tuple[int, str], tuple[dt.datetime, Any]]] = defaultdict(dict)
    rows = Fact.objects.filter(household_id__in=household_ids).values_list(
        "household_id", "person_id", "question", "happened_at", "value", "sealed_value"
    )
    for household_id, person_id, question, happened_at, value, sealed in rows:
        if sealed is not None:
            value = sealing.unseal(sealed, purpose="fact")
        found[household_id][person_id, question] = (happened_at, value)
    return found


def _write_targets(changes: list[Change]) -> None:
    if not changes:
        return
    columns = list(
        zip(
            *(
                (
                    *change.target.pk,
                    change.verdict.state,
                    change.verdict.reason,
                    change.verdict.attempt_count,
                    change.verdict.last_visit_at,
                    change.verdict.settled_by,
                )
                for change in changes
            ),
            strict=True,
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "update campaigns_target t set state = v.state, reason = v.reason, attempt_count = v.attempts,"
            " last_visit_at = v.last_at, settled_by = v.visit"
            " from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[],"
            " %s::timestamptz[], %s::uuid[])"
            " v(round_id, household_id, person_id, state, reason, attempts, last_at, visit)"
            " where (t.round_id, t.household_id, t.person_id) = (v.round_id, v.household_id, v.person_id)",
            [list(column) for column in columns],
        )


def _write_tasks(changes: list[Change]) -> None:
    """Close what is settled; what is not settled keeps, or gets anew, an open task. A closed task never changes:
    when a correction undoes it, the next attempt is a new row."""
    closed = [change for change in changes if change.verdict.state in (DONE, EXEMPT)]
    waiting = [change for change in changes if change.verdict.state not in (DONE, EXEMPT)]
    with connection.cursor() as cursor:
        if closed:
            cursor.execute(
                "update campaigns_task k set closed_at = %s, closed_as = v.state, visit_id = v.visit"
                " from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::uuid[])"
                " v(round_id, household_id, person_id, state, visit)"
                " where k.round_id = v.round_id and k.household_id = v.household_id"
                " and (v.person_id = 0 or k.person_id = v.person_id) and k.closed_at is null",
                [now(), *_columns((*c.target.pk, c.verdict.state, c.verdict.settled_by) for c in closed)],
            )
        if waiting:
            cursor.execute(
                _REOPEN, _columns((*c.target.pk, c.target.area_path, c.target.due_at) for c in waiting)
            )
        people = [(c, person) for c in waiting for person in c.verdict.not_met]
        if people:
            cursor.execute(
                _REOPEN,
                _columns(
                    (c.target.round_id, c.target.household_id, person, c.target.area_path, c.target.due_at)
                    for c, person in people
                    if not c.target.person_id
                ),
            )


# One open task for each key, if there is none: attempt 1, or the one after the last that was closed.
_REOPEN = (
    "insert into campaigns_task (round_id, household_id, person_id, template, slot, attempt, area_path, opens_at,"
    " due_at, closed_as) select v.round_id, v.household_id, v.person_id, 'visit', 0,"
    " coalesce(max(k.attempt), 0) + 1, v.area_path, r.opens_at, v.due_at, ''"
    " from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])"
    " v(round_id, household_id, person_id, area_path, due_at) join campaigns_round r on r.id = v.round_id"
    " left join campaigns_task k on k.round_id = v.round_id and k.household_id = v.household_id"
    " and k.person_id = v.person_id and k.template = 'visit' and k.slot = 0"
    " group by 1, 2, 3, 7, 8, 9 having count(*) filter (where k.round_id is not null and k.closed_at is null) = 0"
    " on conflict do nothing"
)


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
            _columns(rows),
        )


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
