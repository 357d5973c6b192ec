"""Freezing a round: the eligible households or people become targets with tasks, in a few set-wise statements."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign, Round
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.queries.born import asked_of_all
from lianfang.campaigns.queries.windows import taken_by
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing, subtree
from lianfang.core.set_wise import whole_area
from lianfang.register.making import hold_doors

HOUSEHOLDS_AT_ONCE = 1_000  # judged together: 3,000 people and their answers in memory


@transaction.atomic
def freeze_round(*, round_id: int, by: int, judges_later: bool = False) -> int:
    """Fix the denominator. Returns how many targets it has; raises when nobody is eligible.

    What was answered before, as far as it counts, settles targets at once; with `judges_later` the caller sees to it
    (`judge_earlier`), in transactions of its own.
    """
    found = Round.objects.select_for_update().select_related("campaign").get(pk=round_id)
    if found.frozen_at:
        raise Problem("campaigns.already_frozen")
    if found.closed_at:  # a job may come to it after the campaign or the emergency was ended
        raise Problem("campaigns.closed")
    count = generate_targets(found)
    if not count:
        raise Problem("campaigns.nobody_eligible")
    found.frozen_at, found.judged_to = now(), 0
    found.save(update_fields=["frozen_at", "judged_to"])
    while not judges_later and judge_earlier(round_id=found.pk):
        pass
    audit.record("round.freeze", "round", found.pk, by=by, path=found.campaign.area_path, count=count)
    return count


def generate_targets(found: Round) -> int:
    """Targets, tasks and counters of a round. Running it again adds what is missing: nothing, if nothing is; and
    nothing at all once the list is frozen, whoever has come into the register since."""
    if Round.objects.filter(pk=found.pk, frozen_at__isnull=False).exists():
        return 0
    hold_doors()
    values = _values(found)
    conditions = eligibility.parse(found.campaign.eligibility)
    clause, parameters = eligibility.people_sql(found.campaign.base, conditions)
    # A statement each: `or` would have the database look into every household by itself.
    if found.campaign.subject == Campaign.Subject.PERSON:
        pieces = [_EACH_PERSON]
    else:
        pieces = [_EACH_HOUSEHOLD, {**_EACH_UNNAMED, "eligible": eligibility.unnamed_sql(conditions)}]
    with whole_area(), connection.cursor() as cursor:
        added = 0
        for each in pieces:
            statement = _GENERATE.format(**{**each, "eligible": each["eligible"].format(clause=clause)})
            cursor.execute(statement, {**values, **parameters})
            added += cursor.rowcount
        if added:
            cursor.execute(_COVERAGE, values)
    return added


@transaction.atomic
def judge_earlier(*, round_id: int) -> bool:
    """Settle what earlier visits have settled already, so many doors at a time. Is there more to be judged?

    Visits of before the freeze are those that the round looks back on, and those made since it opened. A door is
    judged by the one rule; only doors at which it could come to anything are read.
    """
    found = Round.objects.select_related("campaign").select_for_update(of=("self",)).get(pk=round_id)
    if found.judged_to is None:
        return False
    taken = taken_by([found], now())[found.pk]
    low, high = subtree(found.campaign.area_path)
    needed = asked_of_all(taken)
    values: dict[str, Any] = {
        "low": low,
        "high": high,
        "after": found.judged_to,
        "since": taken.roster_since,
        "opens": found.opens_at,
        "limit": HOUSEHOLDS_AT_ONCE,
        "questions": [key for key, _, _ in needed],
        "from": [since for _, since, _ in needed],
        "personal": [is_personal for _, _, is_personal in needed],
        "present": ["seen", "answered_for", "refused", "not_met"],
    }
    with connection.cursor() as cursor:
        cursor.execute(_VISITED, values)
        rows = cursor.fetchall()
    settle([household for household, is_promising in rows if is_promising], [found])
    found.judged_to = rows[-1][0] if len(rows) == HOUSEHOLDS_AT_ONCE else None
    found.save(update_fields=["judged_to"])
    return found.judged_to is not None


# The next doors at which anybody stood since then. One is promising where the round has been knocking already, where
# the household has answered all that is asked of every household, or where somebody is away: with all away, moved or
# dead there is nobody to be asked.
_VISITED = """
with visited as materialized (
  select v.household_id, max(v.happened_at) last_at, array_agg(v.id) visits from campaigns_visit v
  where v.household_id > %(after)s and v.area_path >= %(low)s and v.area_path < %(high)s
    and v.happened_at >= %(since)s
  group by v.household_id order by v.household_id limit %(limit)s)
select s.household_id, s.last_at >= %(opens)s
  or not exists (select
    from unnest(%(questions)s::text[], %(from)s::timestamptz[], %(personal)s::boolean[]) q(question, since, is_personal)
    where not exists (select from campaigns_fact f where f.household_id = s.household_id
      and (f.person_id > 0) = q.is_personal and f.question = q.question and f.happened_at >= q.since))
  or exists (select from campaigns_visitline l where l.visit_id = any(s.visits)
    and l.presence <> all(%(present)s))
from visited s order by s.household_id
"""


def judge_meanwhile() -> int:
    """Visits that were being filed while a list was frozen saw no list yet, and the freeze did not see them: they are
    judged once more, by the clock: at its every turn until no filing can be under way any more, and at least once,
    however long the clock stood still or the judging of a long list took. Returns how many doors that were."""
    moment, doors = now(), 0
    for found in Round.objects.filter(
        frozen_at__isnull=False,
        is_meanwhile_judged=False,
        judged_to__isnull=True,
        closed_at__isnull=True,
    ).select_related("campaign"):
        low, high = subtree(found.campaign.area_path)
        since = (found.frozen_at or moment) - MEANWHILE
        with crossing("judge_meanwhile", actor_id=None), connection.cursor() as cursor:
            cursor.execute(_MEANWHILE, [low, high, since, found.frozen_at])
            households = [household for (household,) in cursor.fetchall()]
            for begin in range(0, len(households), HOUSEHOLDS_AT_ONCE):
                settle(households[begin : begin + HOUSEHOLDS_AT_ONCE], [found])
            if (found.frozen_at or moment) <= moment - MEANWHILE:
                Round.objects.filter(pk=found.pk).update(is_meanwhile_judged=True)
        doors += len(households)
    return doors


MEANWHILE = dt.timedelta(minutes=10)  # longer than any filing takes, and than the clock's next turn
_MEANWHILE = """
select distinct v.household_id from campaigns_visit v
where v.area_path >= %s and v.area_path < %s and v.received_at >= %s and v.received_at <= %s
order by v.household_id
"""


def recount(found: Round) -> None:
    """Set the counters from the targets. Never needed; the tests hold the kept counters equal to it."""
    with connection.cursor() as cursor:
        # First the locks, then the look: a visit that commits between the two would be counted away.
        cursor.execute(_LOCK_COVERAGE, [found.pk])
        cursor.execute(_COVERAGE, _values(found))


def _values(found: Round) -> dict[str, Any]:
    low, high = subtree(found.campaign.area_path)
    return {
        "round": found.pk,
        "opens": found.opens_at,
        "due": found.due_at,
        "low": low,
        "high": high,
        "as_of": today(),
    }


# Targets and their tasks are one statement: a target without a task cannot exist, and the planner needs no
# statistics of rows that were written a moment ago. `offset 0` keeps the join going from the few villages to their
# areas; a county may number its villages as it likes, so the village is found by its range, not by cutting paths.
_GENERATE = """
with place as materialized (
  select a.path, v.path as village_path from areas_area v, lateral (
    select path from areas_area where path >= v.path and path < left(v.path, -1) || '/' offset 0) a
  where v.level = 'village' and v.path < %(high)s and left(v.path, -1) || '/' > %(low)s
    and a.path >= %(low)s and a.path < %(high)s
), made as (
  insert into campaigns_target (round_id, household_id, person_id, area_path, village_path, origin, due_at, state,
    reason, attempt_count)
  select %(round)s, h.id, {subject}, h.area_path, place.village_path, 'frozen', %(due)s, 'open', '', 0
  from register_household h join place on place.path = h.area_path {people}
  where h.area_path >= %(low)s and h.area_path < %(high)s and {eligible}
    and not exists (select from campaigns_target t
      where t.round_id = %(round)s and t.household_id = h.id and t.person_id = {subject})
  on conflict do nothing
  returning household_id, person_id, area_path, due_at)
insert into campaigns_task (round_id, household_id, person_id, template, slot, attempt, area_path, opens_at, due_at,
  closed_as)
select %(round)s, household_id, person_id, 'visit', 0, 1, area_path, %(opens)s, due_at, '' from made
on conflict do nothing
"""
_EACH_PERSON = {
    "subject": "p.id",
    "people": "join register_person p on p.household_id = h.id",
    "eligible": "p.area_path >= %(low)s and p.area_path < %(high)s and {clause}",
}
_EACH_HOUSEHOLD = {
    "subject": "0",
    "people": "",
    "eligible": "exists (select from register_person p where p.household_id = h.id"
    " and p.area_path >= %(low)s and p.area_path < %(high)s and {clause})",
}
# 未登记: a door that was made before anybody was known behind it. It is asked who lives there.
_EACH_UNNAMED = {"subject": "0", "people": ""}
_LOCK_COVERAGE = "select from campaigns_coverage where round_id = %s order by village_path, origin, due_at for no key update"
_COVERAGE = """
insert into campaigns_coverage as c (round_id, village_path, origin, due_at, due, done, exempt, not_met, open, born)
select round_id, village_path, origin, due_at, count(*), count(*) filter (where state = 'done'),
  count(*) filter (where state = 'exempt'), count(*) filter (where state = 'not_met'),
  count(*) filter (where state = 'open'), count(*) filter (where is_born)
from campaigns_target where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s
group by 1, 2, 3, 4 order by 1, 2, 3, 4
on conflict (round_id, village_path, origin, due_at) do update set due = excluded.due, done = excluded.done,
  exempt = excluded.exempt, not_met = excluded.not_met, open = excluded.open, born = excluded.born
"""
