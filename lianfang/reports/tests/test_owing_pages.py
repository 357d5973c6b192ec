"""本村已完成, or what is still owed: as it is sent. Who may not comes first."""

from __future__ import annotations

import pytest
from django.urls import reverse

from lianfang.campaigns.models import HandBack, Order, Target
from lianfang.campaigns.operations.orders import sign_order
from lianfang.campaigns.queries.rounds import running_rounds
from lianfang.core import clock
from lianfang.reports.models import RecheckSample
from lianfang.reports.operations.closing import sign_close
from lianfang.reports.queries.owing import owing_of, villages_owing
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import TONIGHT, World

MOST_QUERIES = 12
SAVEPOINTS = 4  # of the test's own transaction round the request's
HOMES = [f"杨梅村/{group}组/{number}" for group in (1, 2) for number in (1, 2, 3)]


@pytest.fixture(autouse=True)
def evening():
    with clock.frozen(TONIGHT):
        yield


def page(client, world: World, name: str, area: str = "杨梅村"):
    client.force_login(world.users[name])
    return client.get(reverse("owed_of", args=[world.areas[area].code]))


def owing(world: World, name: str, area: str):
    with world.acting(name) as scope:
        return owing_of(scope, world.areas[area], list(running_rounds(scope, TONIGHT)), TONIGHT)


def test_a_neighbour_does_not_learn_what_the_village_lacks(client, world):
    worked(world)
    assert page(client, world, "谭小英").status_code == 403


def test_no_resident_stands_on_it(client, world):
    worked(world)
    text = page(client, world, "申志文").content.decode()
    with world.as_root():
        assert not any(one.name in text for home in HOMES for one in world.people(home))


def test_what_is_open_is_said_with_the_number_and_its_names(client, world):
    found = worked(world)  # two done, two not met, one exempt, one open
    text = page(client, world, "邓永福").content.decode()
    assert "还差什么" in text
    assert "已完成" not in text
    assert "还差3户" in text
    assert "待排查1户，去过没见到2户" in text
    assert reverse("coverage_names", args=[found.pk, world.areas["杨梅村"].code]) in text


def test_each_thing_that_is_owed_leads_to_where_it_is_mended(client, world):
    """And to nobody who may not mend it: an auditor records no visit and gives out no door."""
    found = worked(world)
    village = world.areas["杨梅村"]
    with world.as_root():
        open_door = Target.objects.filter(round=found, area_path__startswith=village.path).first()
        HandBack.objects.create(
            round=found,
            household_id=open_door.household_id,
            area_path=open_door.area_path,
            worker_id=world.workers["王小红"].pk,
            reason="狗凶",
            handed_at=TONIGHT,
        )
    text = page(client, world, "邓永福").content.decode()
    for address in (f"{reverse('entry')}?area={village.code}", f"{reverse('assign', args=[found.pk])}?area="):
        assert address in text
    text = page(client, world, "申志文").content.decode()
    assert reverse("entry") + "?area" not in text
    assert reverse("assign", args=[found.pk]) not in text


def test_all_doors_met_is_done_though_the_evening_is_not_signed(client, world):
    world.campaign()
    for home in HOMES:
        visit(world, home)
    found = owing(world, "邓永福", "杨梅村")
    assert found.are_doors_met
    assert not found.is_done
    assert list(found.unsigned_on) == [TODAY]
    text = page(client, world, "邓永福").content.decode()
    assert "杨梅村 已完成" in text
    assert "8月7日的账没有签" in text


def test_nothing_at_all_is_owed_once_the_evening_is_signed_and_looked_at_again(client, world):
    world.campaign()
    for home in HOMES:
        visit(world, home)
    village = world.areas["杨梅村"]
    with world.acting("邓永福") as scope:
        sign_close(area=village, date=TODAY, scope=scope, by=world.users["邓永福"].pk)
        for order in Order.objects.all():
            sign_order(order_id=order.pk, area=village, scope=scope, by=world.users["邓永福"].pk)
    found = owing(world, "邓永福", "杨梅村")
    assert list(found.unsigned_on) == []
    assert found.recheck_count == 6
    assert not found.is_done  # somebody else has to look at the sample again
    with world.acting("周敏"):
        RecheckSample.objects.update(verdict="agrees")
    assert owing(world, "邓永福", "杨梅村").is_done
    assert "什么也不差" in page(client, world, "邓永福").content.decode()


def test_from_above_the_villages_that_lack_most_come_first(client, world):
    world.campaign()
    for home in HOMES:
        visit(world, home)
    with world.acting("周敏") as scope:
        found = villages_owing(scope, world.areas["武冈市"], list(running_rounds(scope, TONIGHT)), TONIGHT)
    assert [(row.name, row.households) for row in found.rows] == [("泉塘村", 6), ("田心村", 6), ("杨梅村", 0)]
    assert (found.total_count, found.done_count) == (3, 1)
    text = page(client, world, "周敏", "武冈市").content.decode()
    assert "3个村里1个一户不差" in text


def test_the_page_costs_the_same_whatever_the_number_of_rounds(client, world, django_assert_max_num_queries):
    worked(world)
    world.campaign()
    client.force_login(world.users["周敏"])
    with django_assert_max_num_queries(MOST_QUERIES + SAVEPOINTS):
        answer = client.get(reverse("owed_of", args=[world.areas["武冈市"].code]))
    assert answer.status_code == 200
