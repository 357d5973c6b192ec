"""已有回答: how many doors a campaign would not have to ask, and how many visits a freeze would have to judge."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import Sum

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign, Coverage, Round
from lianfang.campaigns.queries.windows import Taken, taken_by
from lianfang.campaigns.rules import Window
from lianfang.core.arrays import columns
from lianfang.core.clock import local, today
from lianfang.core.scope import Scope, subtree
from lianfang.core.set_wise import whole_area
from lianfang.questions.rules import FormDefinition


def born_count(scope: Scope, found: Round) -> int:
    """Targets of a round that were done by visits of before it opened, as its counters have it."""
    inside = Coverage.objects.filter(scope.q("village_path"), round=found).exclude(origin="found_in_field")
    return inside.aggregate(all=Sum("born"))["all"] or 0


def would_be_born(scope: Scope, campaign: Campaign, form: FormDefinition, moment: dt.datetime) -> int:
    """About how many households would be done at once, if the campaign were declared at this moment: met not too long
    ago, with an answer to each question that everybody is asked. The rule itself looks at every member."""
    scope.within(campaign.area_path)
    window = Window(moment, purpose=campaign.purpose, looks_back=True, opens_on=local(moment).date())
    taken = Taken(Round(campaign=campaign, number=1, opens_at=moment), form, window)
    if not _visits(campaign.area_path, taken.roster_since, 1):
        return 0
    needed = asked_of_all(taken)
    clause, parameters = eligibility.people_sql(campaign.base, eligibility.parse(campaign.eligibility))
    low, high = subtree(campaign.area_path)
    lists = dict(
        zip(("questions", "since", "personal"), columns(needed) if needed else ["{}"] * 3, strict=True)
    )
    values = {**parameters, **lists, "count": len(needed), "low": low, "high": high, "as_of": today()}
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(_WOULD_BE.format(clause=clause), {**values, "roster": taken.roster_since})
        return int(cursor.fetchone()[0])


def asked_of_all(taken: Taken) -> list[tuple[str, dt.datetime, bool]]:
    """The questions without an answer to which nothing is done: key, from when on it counts, is it of a person?"""
    return [
        (item.question.key, taken.since(item.question), item.question.about == "person")
        for item in taken.form.items
        if item.is_required and not item.show_if
    ]


_WOULD_BE = """
with met as materialized (
  select distinct v.household_id from campaigns_visit v
  where v.area_path >= %(low)s and v.area_path < %(high)s and v.happened_at >= %(roster)s and v.outcome = 'met'),
known as (
  select f.household_id, count(distinct f.question) answers
  from unnest(%(questions)s::text[], %(since)s::timestamptz[], %(personal)s::boolean[]) q(question, since, is_personal)
  join campaigns_fact f on f.question = q.question and (f.person_id > 0) = q.is_personal and f.happened_at >= q.since
    and f.area_path >= %(low)s and f.area_path < %(high)s
  group by f.household_id)
select count(*) from met m left join known k on k.household_id = m.household_id
where coalesce(k.answers, 0) = %(count)s and m.household_id in (
  select p.household_id from register_person p join register_household h on h.id = p.household_id
  where p.area_path >= %(low)s and p.area_path < %(high)s and h.area_path >= %(low)s and h.area_path < %(high)s
    and {clause})
"""


def earlier_visits(found: Round, moment: dt.datetime, most: int) -> int:
    """How many visits a freeze would look at, counted to `most` and no further."""
    return _visits(found.campaign.area_path, taken_by([found], moment)[found.pk].roster_since, most)


def _visits(path: str, since: dt.datetime, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [*subtree(path), since, most])
        return int(cursor.fetchone()[0])


_EARLIER = """
select count(*) from (select from campaigns_visit where area_path >= %s and area_path < %s and happened_at >= %s limit %s) v
"""
