"""How many a campaign would have, before its list is frozen."""

from __future__ import annotations

from django.db import connection

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign
from lianfang.core.clock import today
from lianfang.core.scope import subtree
from lianfang.core.set_wise import whole_area


def eligible_count(campaign: Campaign) -> dict[str, int]:
    """How many households and people a campaign would have, for the screen on which it is declared; `unnamed` of the
    households are doors of whom nobody knows yet who lives there."""
    conditions = eligibility.parse(campaign.eligibility)
    clause, parameters = eligibility.people_sql(campaign.base, conditions)
    low, high = subtree(campaign.area_path)
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(
            "select count(*), coalesce(sum(members), 0) from (select count(*) as members from register_person p"
            " join register_household h on h.id = p.household_id where p.area_path >= %(low)s"
            f" and p.area_path < %(high)s and h.area_path >= %(low)s and h.area_path < %(high)s and {clause}"
            " group by p.household_id) eligible",
            {**parameters, "low": low, "high": high, "as_of": today()},
        )
        households, people = cursor.fetchone()
        cursor.execute(
            "select count(*) from register_household h where h.area_path >= %(low)s and h.area_path < %(high)s"
            f" and {eligibility.unnamed_sql(conditions)}",
            {**parameters, "low": low, "high": high},
        )
        (unnamed,) = cursor.fetchone()
    if campaign.subject == Campaign.Subject.PERSON:
        unnamed = 0  # whoever is found behind them is added in the field
    return {"households": households + unnamed, "people": int(people), "unnamed": unnamed}
