"""Freezing a round: the eligible households or people become targets with tasks, in a few set-wise statements."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign, Round
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import subtree
from lianfang.core.set_wise import whole_area


@transaction.atomic
def freeze_round(*, round_id: int, by: int) -> int:
    """Fix the denominator. Returns how many targets it has; raises when nobody is eligible."""
    found = Round.objects.select_for_update().select_related("campaign").get(pk=round_id)
    if found.frozen_at:
        raise Problem("campaigns.already_frozen")
    if found.closed_at:  # a job may come to it after the campaign or the emergency was ended
        raise Problem("campaigns.closed")
    count = generate_targets(found)
    if not count:
        raise Problem("campaigns.nobody_eligible")
    found.frozen_at = now()
    found.save(update_fields=["frozen_at"])
    audit.record("round.freeze", "round", found.pk, by=by, path=found.campaign.area_path, count=count)
    return count


def generate_targets(found: Round) -> int:
    """Targets, tasks and counters of a round. Running it again adds what is missing: nothing, if nothing is; and
    nothing at all once the list is frozen, whoever has come into the register since."""
    if Round.objects.filter(pk=found.pk, frozen_at__isnull=False).exists():
        return 0
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
insert into campaigns_coverage as c (round_id, village_path, origin, due_at, due, done, exempt, not_met, open)
select round_id, village_path, origin, due_at, count(*), count(*) filter (where state = 'done'),
  count(*) filter (where state = 'exempt'), count(*) filter (where state = 'not_met'),
  count(*) filter (where state = 'open')
from campaigns_target where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s
group by 1, 2, 3, 4 order by 1, 2, 3, 4
on conflict (round_id, village_path, origin, due_at) do update set due = excluded.due, done = excluded.done,
  exempt = excluded.exempt, not_met = excluded.not_met, open = excluded.open
"""
