"""How many a campaign would have, before its list is frozen."""

from __future__ import annotations

from django.db import connection

from lianfang.campaigns import eligibility
from lianfang.campaigns.models import Campaign
from lianfang.core.clock import today
from lianfang.core.scope import subtree
from lianfang.core.set_wise import whole_area


def eligible_count(campaign: Campaign) -> dict[str, int]:
    """How many households and people a campaign would have, for the screen on which it is declared."""
    clause, parameters = eligibility.people_sql(campaign.base, eligibility.parse(campaign.eligibility))
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
    return {"households": households, "people": int(people)}
