"""Two who came home after their household had been done: why the evening of the tour's village does not balance.

A young couple from Dongguan arrives at 20:30. The village adds them to the register, and nobody has met them yet: two
people of the base have no place in the evening's ledger. Whoever goes there, or rings, puts it right.
"""

from __future__ import annotations

import datetime as dt

from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import at, frozen
from lianfang.core.scope import crossing
from lianfang.demo import filling, people, places
from lianfang.demo.people import Weaver
from lianfang.register.models import Household

ARRIVED_AT = at(dt.date(2026, 8, 7), 20, 30)
HOME = ("3栋", "2单元101")  # 粟立军, met this morning with his family
FROM = "广东省东莞市"
# name, sex, born, relation, registered elsewhere: (place, prefix of its ids)
COUPLE = (
    ("粟雨泽", "male", dt.date(1999, 3, 14), "child", ("", places.COUNTY)),
    ("黎晓燕", "female", dt.date(2000, 11, 2), "other", ("湖南省邵阳市洞口县", "430525")),
)


def come_home(weaver: Weaver) -> int:
    """Returns the household."""
    with crossing("demo.load", actor_id=None), frozen(ARRIVED_AT):
        village = Area.objects.get(code=places.ESTATE_VILLAGE)
        building, label = HOME
        home = Household.objects.get(
            area_path__startswith=village.path, door__area__name=building, door__label=label
        )
        arrived = [_person(home, weaver, *who) for who in COUPLE]
        filling.fill_persons(arrived, {home.pk: home.area_path}, {"household": 0, "person": 0})
        lead = village.assignment_set.select_related("worker").get(part="a", ends_at__isnull=True)
        audit.record(
            "household.add",
            "household",
            home.pk,
            by=lead.worker.user_id,
            path=home.area_path,
            count=len(arrived),
        )
    return home.pk


def _person(
    home: Household,
    weaver: Weaver,
    name: str,
    sex: str,
    born: dt.date,
    relation: str,
    registered: tuple[str, str],
) -> people.Person:
    elsewhere, prefix = registered
    return people.Person(
        key=filling.draw_id(filling.Person),
        household_key=home.pk,
        name=name,
        sex=sex,
        birth_on=born,
        id_number=weaver.issuer.id_number(prefix, born.toordinal(), sex == "male"),
        phone=weaver.issuer.phone(),
        relation=relation,
        is_registered_here=not elsewhere,
        is_living_here=False,
        is_here_tonight=True,
        away_place=FROM,
        registered_place=elsewhere,
        reference="",
    )
