"""The gazetteer of a county out of the database: what was learned and what became of areas is read with it."""

import datetime as dt

import pytest

from lianfang.areas.address import read
from lianfang.areas.models import AreaChange
from lianfang.areas.operations import learn_alias
from lianfang.areas.reading import gazetteer_of
from lianfang.core.clock import now
from tests import world as cast

YANGMEI, TIANXIN = "430581107221", "430581107222"


@pytest.fixture
def world(db):
    return cast.build()


def village(world, text):
    return read(gazetteer_of(world.areas["杨梅村"]), text, county="430581").village


def test_a_county_is_read_from_any_of_its_areas(world, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        found = read(gazetteer_of(world.areas["司马冲镇"]), "武冈市司马冲镇杨梅村3组12号")
    assert (found.county, found.town, found.village, found.group) == ("430581", "430581107", YANGMEI, "3组")


def test_what_was_confirmed_is_read_from_then_on(world):
    assert village(world, "佘湖山社区3组") == ""
    learn_alias(area=world.areas["田心村"], text="佘湖山社区", kind="alias", by=None)
    assert village(world, "佘湖山社区3组") == TIANXIN


def test_a_name_of_a_group_tells_its_village(world):
    group = world.areas["田心村"].children.get(name="2组")
    learn_alias(area=group, text="麻塘湾院子", kind="alias", by=None)
    assert village(world, "司马冲镇麻塘湾院子5号") == TIANXIN


def test_an_old_name_leads_to_what_it_became(world):
    assert village(world, "双江口村3组") == ""
    AreaChange.objects.create(
        kind="rename",
        effective_on=dt.date(2020, 1, 1),
        old=world.areas["杨梅村"],
        new=world.areas["杨梅村"],
        old_name="双江口村",
        new_name="杨梅村",
        recorded_at=now(),
        applied_at=now(),
    )
    assert village(world, "双江口村3组") == YANGMEI


def test_a_change_that_is_only_planned_is_not_read_yet(world):
    AreaChange.objects.create(
        kind="rename",
        effective_on=dt.date(2030, 1, 1),
        old=world.areas["杨梅村"],
        new=world.areas["杨梅村"],
        old_name="双江口村",
        recorded_at=now(),
    )
    assert village(world, "双江口村3组") == ""
