"""The pages of doubles: who may not, what they show and hide, and the way from pair to pair."""

import pytest
from django.test import Client

from lianfang.core import clock
from lianfang.register.models import Double, DoubleSearch, Person
from lianfang.register.tests.pairs import (  # noqa: F401 - fixtures
    find,
    own_birthdays,
    pair_of_a_village,
    pair_of_two_villages,
)
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 14  # twelve, and what a request inside the transaction of a test costs more


@pytest.fixture(autouse=True)
def tonight():
    with clock.frozen(TONIGHT):
        yield


def browser(world, name):
    client = Client()
    client.force_login(world.users[name])
    return client


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("name", ["王小红", "谭小英", "申志文", "瞿敏"])
def test_who_does_not_lead_an_area_sees_no_pairs(world, pair, name):
    (double,) = find(world, *pair)
    client = browser(world, name)
    for address in ("/register/doubles", "/register/doubles.xlsx", f"/register/doubles/{double.pk}"):
        assert client.get(address).status_code == 403
    for address in (f"/register/doubles/{double.pk}/merge", f"/register/doubles/{double.pk}/decide"):
        assert client.post(address, {"keep": "a"}).status_code == 403


def test_a_pair_across_villages_is_only_a_number_to_one_of_them(world, far_pair):
    (double,) = find(world, *far_pair)
    client = browser(world, "邓永福")
    page = text(client.get("/register/doubles")) + text(client.get("/register/doubles/progress"))
    assert "另有1对" in page
    assert far_pair[0].name not in page
    assert client.get(f"/register/doubles/{double.pk}").status_code == 404
    assert client.post(f"/register/doubles/{double.pk}/merge", {"keep": "a"}).status_code == 404
    assert far_pair[0].name in text(browser(world, "周敏").get("/register/doubles"))


def test_the_list_and_the_pair_cost_at_most_twelve_queries(world, pair, django_assert_max_num_queries):
    (double,) = find(world, *pair)
    client = browser(world, "邓永福")
    client.get("/register/doubles")
    for address in (
        "/register/doubles",
        "/register/doubles?sort=name&verdict=probably",
        f"/register/doubles/{double.pk}",
    ):
        with django_assert_max_num_queries(PAGE_QUERIES):
            assert client.get(address).status_code == 200
    with django_assert_max_num_queries(PAGE_QUERIES + 1):  # counting outside sets the token there and back
        assert client.get("/register/doubles/progress").status_code == 200


def test_no_number_is_on_the_page(world, pair):
    (double,) = find(world, *pair)
    page = text(browser(world, "邓永福").get(f"/register/doubles/{double.pk}"))
    plain = page.replace("</span><span>", "").replace('</span><span class="no">', "")
    assert pair[0].phone not in plain
    assert pair[0].id_number not in plain
    assert "138****2076" in plain
    assert "姓名同音" in page


def test_the_same_person_is_merged_and_taken_back(world, pair):
    (double,) = find(world, *pair)
    client = browser(world, "邓永福")
    answer = client.post(
        f"/register/doubles/{double.pk}/merge",
        {"keep": "a", "pick_name": "b", "pick_id_number": "a", "following": ""},
    )
    assert answer.status_code == 302
    with world.as_root():
        kept = Person.objects.get(pk=double.person_a_id)
        assert kept.name == pair[1].name
        assert kept.id_number
        merged = Person.objects.get(pk=double.person_b_id)
        assert merged.merged_into_id == kept.pk
    assert kept.name in text(client.get("/register/doubles?show=merged"))
    assert "撤销合并" in text(client.get(f"/register/doubles/{double.pk}"))
    last = answer.headers["Location"].split("last=m")[1]
    assert client.post(f"/register/merges/{last}/undo").status_code == 302
    with world.as_root():
        assert Person.objects.get(pk=double.person_b_id).is_current
        assert Double.objects.get(pk=double.pk).state == "open"


def test_different_people_are_not_asked_about_again_and_that_can_be_taken_back(world, pair):
    (double,) = find(world, *pair)
    client = browser(world, "邓永福")
    client.post(f"/register/doubles/{double.pk}/decide", {"following": ""})
    assert "没有要核对的" in text(client.get("/register/doubles"))
    client.post(f"/register/doubles/{double.pk}/decide", {"decision": "again"})
    assert pair[0].name in text(client.get("/register/doubles"))


def test_nothing_is_merged_without_saying_which_row_stays(world, pair):
    (double,) = find(world, *pair)
    assert browser(world, "邓永福").post(f"/register/doubles/{double.pk}/merge", {}).status_code == 409


def test_a_search_is_asked_for_and_shows_how_far_it_is(world):
    client = browser(world, "邓永福")
    assert client.post("/register/doubles/search", {"area": world.areas["杨梅村"].code}).status_code == 302
    assert "正在比对" in text(client.get("/register/doubles/progress"))
    assert client.post("/register/doubles/search", {"area": world.areas["杨梅村"].code}).status_code == 409
    with world.as_root():
        DoubleSearch.objects.update(done_count=1, finished_at=TONIGHT)
    assert "HX-Refresh" not in client.get("/register/doubles/progress").headers
    assert client.get("/register/doubles/progress?running=1").headers["HX-Refresh"] == "true"
    assert client.post("/register/doubles/search", {"area": world.areas["田心村"].code}).status_code == 403


def test_the_download_has_names_and_reasons_and_no_number(world, pair):
    find(world, *pair)
    answer = browser(world, "邓永福").get("/register/doubles.xlsx")
    assert answer.status_code == 200
    assert len(answer.content) > 2000
