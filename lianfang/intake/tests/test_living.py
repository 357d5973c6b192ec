"""Dated events at the desk, beginning with who may not."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lianfang.campaigns.models import Target
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.register.models import LifeEvent, Person
from tests import world as cast

HOME = "杨梅村/1组/1"
KINDS = ("in", "out", "born", "died", "split", "head")
QUERIES = 14  # 12 of the page itself, and the savepoints of Django's test client


@pytest.fixture
def desk(client, world):
    signed_in = []

    def run(name, address, data=None, **more):
        if signed_in[-1:] != [name]:
            client.force_login(world.users[name])
            signed_in.append(name)
        with clock.frozen(cast.TONIGHT):
            return client.get(address, **more) if data is None else client.post(address, data, **more)

    return run


@pytest.fixture
def home(world):
    return world.households[HOME].pk


def members(world, home):
    with world.as_root():
        return list(Person.objects.filter(household_id=home, is_current=True).order_by("pk"))


def address(home, what):
    return f"/register/households/{home}/life/{what}"


def said(**fields):
    return {"key": str(new_id()), "day": "2026-08-05", **fields}


@pytest.mark.parametrize("name", ["王小红", "瞿敏", "申志文", "戴春燕", "刘志远"])
def test_only_a_village_lead_or_the_data_officer_writes_events(desk, home, name):
    for what in KINDS:
        assert desk(name, address(home, what)).status_code == 403
        assert desk(name, address(home, what), said()).status_code == 403
    assert desk(name, f"/register/households/{home}/life/{new_id()}/undo", {"reason": "x"}).status_code == 403


def test_the_lead_of_another_village_finds_no_such_household(desk, world):
    far = world.households["田心村/1组/1"].pk
    for what in KINDS:
        assert desk("邓永福", address(far, what)).status_code == 404
        assert desk("邓永福", address(far, what), said()).status_code == 404
    with world.as_root():
        assert LifeEvent.objects.count() == 0


def test_who_may_not_sees_no_buttons(desk, home):
    assert "迁出" not in desk("王小红", f"/register/households/{home}").content.decode()
    page = desk("邓永福", f"/register/households/{home}").content.decode()
    assert all(f"/life/{what}" in page for what in KINDS)


@pytest.mark.parametrize("what", KINDS)
def test_a_form_asks_few_questions_of_the_database(desk, home, what, django_assert_max_num_queries):
    desk("邓永福", "/me")
    with django_assert_max_num_queries(QUERIES):
        assert desk("邓永福", address(home, what)).status_code == 200


def test_an_unknown_form_is_not_found(desk, home):
    assert desk("邓永福", address(home, "exile")).status_code == 404


@pytest.mark.parametrize(
    ("what", "fields", "field"),
    [
        ("in", {"name": ""}, "id_name"),
        ("in", {"name": "贺春梅", "id_text": "430581199001011234"}, "id_id_text"),
        ("in", {"name": "贺春梅", "phone_text": "12"}, "id_phone_text"),
        ("born", {"name": "易新", "day": "2026-08-09"}, "e-day"),
        ("born", {"name": "易新", "day": ""}, "e-day"),
        ("out", {"text": "广东"}, "e-people"),
        ("died", {}, "e-people"),
        ("head", {}, "e-head"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk, home, world, what, fields, field):
    response = desk("邓永福", address(home, what), said(note="听邻居说", **fields))
    page = response.content.decode()
    assert response.status_code in (400, 409)
    assert re.search(rf'id="{field}(_error)?"', page)
    assert 'class="err"' in page
    assert "听邻居说" in page
    with world.as_root():
        assert LifeEvent.objects.count() == 0


def test_moving_out_of_the_county_a_head_is_asked_for(desk, home, world):
    head, spouse, _child = members(world, home)
    data = said(people=[head.pk], where="away", text="广东东莞")
    page = desk("邓永福", address(home, "out"), data)
    assert page.status_code == 400
    assert f'value="{spouse.pk}" selected' in page.content.decode()  # the suggestion
    done = desk("邓永福", address(home, "out"), {**data, "head": spouse.pk})
    assert (done.status_code, done.url) == (302, f"/register/households/{home}")
    shown = desk("邓永福", done.url).content.decode()
    assert "广东东莞" in shown
    assert "已登记迁出" in shown


@pytest.mark.parametrize("what", ["died", "head"])
@pytest.mark.parametrize("sent", [False, True])
def test_nobody_is_chosen_before_somebody_chooses(desk, home, what, sent):
    """Neither who has died nor who is the head, also after a form that was sent empty."""
    page = desk("邓永福", address(home, what), *([said()] if sent else [])).content.decode()
    form = page[page.index('<form class="card"') :]
    assert " checked" not in form
    assert " selected" not in form
    assert "户主没有离开" not in form  # that is for a person to say


def test_the_same_form_sent_twice_is_one_event(desk, home, world):
    data = said(name="易新", relation="child")
    assert desk("邓永福", address(home, "born"), data).status_code == 302
    assert desk("邓永福", address(home, "born"), data).status_code == 302
    with world.as_root():
        assert LifeEvent.objects.count() == 1
        assert Person.objects.filter(name="易新").count() == 1


def test_the_lists_of_the_running_round_follow(desk, home, world):
    found = world.campaign()
    everybody = [person.pk for person in members(world, home)]
    desk("邓永福", address(home, "out"), said(people=everybody, where="away", text="广东"))
    with world.as_root():
        assert Target.objects.get(round=found, household_id=home).reason == "moved"
        event = LifeEvent.objects.first().event
    desk(
        "邓永福", f"/register/households/{home}/life/{event}/undo", {"key": str(new_id()), "reason": "没有搬"}
    )
    with world.as_root():
        assert Target.objects.get(round=found, household_id=home).state == "open"
    assert len(members(world, home)) == 3


def test_to_another_door_of_the_village_alone_or_with_who_lives_there(desk, home, world):
    child = members(world, home)[2]
    grid = world.areas["杨梅村/2组"].code
    to = said(people=[child.pk], where="door", grid=grid, door="1号")
    assert desk("邓永福", address(home, "out"), {**to, "door": "99号", "join": "1"}).status_code == 409
    assert desk("邓永福", address(home, "out"), {**to, "join": "1"}).status_code == 302
    with world.as_root():
        assert Person.objects.get(pk=child.pk).household_id == world.households["杨梅村/2组/1"].pk


def test_into_another_village_they_are_awaited_there_and_found_a_door(desk, home, world):
    child = members(world, home)[2]
    data = said(people=[child.pk], where="village", village="没有这个村")
    assert 'id="id_village_error"' in desk("邓永福", address(home, "out"), data).content.decode()
    assert desk("邓永福", address(home, "out"), {**data, "village": "田心村"}).status_code == 302
    far = world.households["田心村/1组/1"].pk
    assert child.name in desk("周敏", address(far, "in")).content.decode()
    assert desk("周敏", address(far, "in"), said(awaited=child.pk, day="2026-08-06")).status_code == 302
    with world.as_root():
        assert Person.objects.get(pk=child.pk).household_id == far
    page = desk("邓永福", f"/register/households/{home}").content.decode()
    assert "县内别的辖区" in page
    assert "田心" not in page


def test_splitting_and_a_new_head(desk, home, world):
    child = members(world, home)[2]
    done = desk("邓永福", address(home, "split"), said(people=[child.pk]))
    assert done.status_code == 302
    spouse = members(world, home)[1]
    assert desk("邓永福", address(home, "head"), said(head=spouse.pk)).status_code == 302
    page = desk("邓永福", f"/register/households/{home}").content.decode()
    assert "分户" in page
    assert f"{spouse.name}家" in page


def test_who_lived_here_on_a_day(desk, home, world):
    child = members(world, home)[2]
    desk("邓永福", address(home, "died"), said(people=[child.pk]))
    before = desk("邓永福", f"/register/households/{home}?day=2026-08-04").content.decode()
    after = desk("邓永福", f"/register/households/{home}?day=2026-08-05").content.decode()
    assert "这里住着3人" in before
    assert "这里住着2人" in after
    assert desk("邓永福", f"/register/households/{home}?day=gestern").status_code == 200


def test_a_household_with_its_events_asks_few_questions(desk, home, world, django_assert_max_num_queries):
    for person in members(world, home)[1:]:
        desk(
            "邓永福",
            address(home, "out"),
            said(people=[person.pk], where="door", grid=world.areas["杨梅村/2组"].code, door="老屋"),
        )
    with django_assert_max_num_queries(QUERIES):
        assert desk("邓永福", f"/register/households/{home}?day=2026-08-05").status_code == 200


def test_the_changes_of_a_village(desk, home, world, django_assert_max_num_queries):
    child = members(world, home)[2]
    desk("邓永福", address(home, "out"), said(people=[child.pk], where="village", village="田心村"))
    with django_assert_max_num_queries(QUERIES):
        page = desk("邓永福", "/register/changes").content.decode()
    assert child.name in page
    assert child.name in desk("周敏", "/register/changes?show=awaited").content.decode()
    assert child.name not in desk("邓永福", "/register/changes?show=came").content.decode()
    assert child.name not in desk("邓永福", "/register/changes?since=2026-08-06").content.decode()
    assert child.name in desk("邓永福", "/register/changes?q=" + child.name[:2]).content.decode()
    tan = desk("曾祥林", "/register/changes").content.decode()
    assert child.name not in tan  # of 2组
    assert desk("申志文", "/register/changes").status_code == 403
    sheet = desk("邓永福", "/register/changes.xlsx")
    assert sheet.status_code == 200
    assert "spreadsheetml" in sheet["Content-Type"]


def test_a_day_is_kept(desk, home, world):
    desk("邓永福", address(home, "born"), said(name="易新"))
    with world.as_root():
        assert Person.objects.get(name="易新").birth_on == dt.date(2026, 8, 5)


def test_nobody_who_stayed_is_told_as_dead(desk, home, world):
    head, spouse, child = members(world, home)
    desk("邓永福", address(home, "died"), said(people=[head.pk], head=spouse.pk))
    page = desk("邓永福", f"/register/households/{home}").content.decode()
    rows = re.findall(r'<b class="nw">(.*?)</b><span><a href="[^"]*">(.*?)</a></span>', page)
    assert sorted(rows) == [("任户主", spouse.name), ("死亡", head.name)]
    assert child.name not in desk("邓永福", "/register/changes").content.decode()


def test_the_dead_do_not_stand_on_the_visit_page(desk, home, world):
    world.campaign()
    child = members(world, home)[2]
    desk("邓永福", address(home, "died"), said(people=[child.pk]))
    page = desk("王小红", f"/visits/households/{home}").content.decode()
    assert child.name not in page
    assert members(world, home)[0].name in page


def test_the_line_of_somebody_who_has_left_ends_at_the_border(
    desk, home, world, django_assert_max_num_queries
):
    child = members(world, home)[2]
    desk("邓永福", address(home, "out"), said(people=[child.pk], where="village", village="田心村"))
    far = world.households["田心村/1组/1"].pk
    desk("周敏", address(far, "in"), said(awaited=child.pk, day="2026-08-06"))
    line = f"/register/people/{child.pk}/life"
    desk("邓永福", "/me")
    with django_assert_max_num_queries(QUERIES):
        own = desk("邓永福", line).content.decode()
    assert "到县内别的辖区" in own
    assert "田心" not in own
    every = desk("周敏", line).content.decode()
    assert "田心村" in every
    assert "杨梅村" in every
    assert desk("曾祥林", line).status_code == 404
    assert desk("申志文", line).status_code == 403
