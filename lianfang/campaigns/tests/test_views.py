"""The pages of this room through HTTP: who may not, what they show, how many queries they take."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.campaigns import jobs
from lianfang.campaigns.models import Campaign, Exemption, HandBack, Order, OrderReceipt, Reminder, Target
from lianfang.campaigns.operations import campaigns as operations
from lianfang.campaigns.operations import rounds as freezing
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.reminders import raise_due_reminders
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.born import born_count
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.models import AuditRow
from lianfang.register.models import Household, Person
from tests.world import TONIGHT

PAGES = [
    "/campaigns",
    "/campaigns/new",
    "/campaigns/{campaign}",
    "/orders",
    "/orders/{order}",
    "/emergencies/{emergency}",
    "/rounds/{round}/assign",
    "/rounds/{round}/assign?area=430581107221",
    "/rounds/{round}/doors?area=430581107221",
    "/exemptions",
    "/reminders",
    "/found/new?area=430581107221",
]


@pytest.fixture(autouse=True)
def tonight():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def browser(world):
    """Signed in as somebody of the cast."""

    def sign_in(name: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(world.users[name])
        return client

    return sign_in


@pytest.fixture
def found(world):
    return world.campaign(hours=12)


@pytest.fixture
def address(world, found):
    """The address of a page of this world."""
    names = {
        "campaign": found.campaign_id,
        "order": world.emergency.order_id,
        "emergency": world.emergency.pk,
        "round": found.pk,
    }
    return lambda page: page.format(**names)


DENIED = [
    ("邓永福", "/campaigns/new", "get"),
    ("邓永福", "/campaigns/new", "post"),
    ("邓永福", "/campaigns/{campaign}/act", "post"),
    ("邓永福", "/orders/new", "post"),
    ("邓永福", "/emergencies/{emergency}/act", "post"),
    ("周敏", "/orders/{order}/emergency", "post"),
    ("戴春燕", "/campaigns/new", "post"),
    ("王小红", "/rounds/{round}/assign", "get"),
    ("王小红", "/rounds/{round}/assign/act", "post"),
    ("王小红", "/exemptions/decide", "post"),
    ("王小红", "/orders/{order}/sign", "post"),
    ("王小红", "/rounds/{round}/doors/assign", "post"),
    ("王小红", "/rounds/{round}/doors/away", "post"),
    ("瞿敏", "/rounds/{round}/doors/back", "post"),
    ("瞿敏", "/found/new", "post"),
    ("瞿敏", "/exemptions/decide", "post"),
    ("申志文", "/exemptions", "get"),
    ("申志文", "/rounds/{round}/assign", "get"),
]


@pytest.mark.parametrize(("name", "page", "method"), DENIED)
def test_who_may_not(browser, address, name, page, method):
    answer = getattr(browser(name), method)(address(page))
    assert answer.status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_nobody_comes_in_without_signing_in(db, address, page):
    answer = Client().get(address(page))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/login")


def test_a_village_lead_does_not_assign_in_the_neighbour_village(browser, address, world):
    browser_ = browser("邓永福")
    assert browser_.get(address("/rounds/{round}/assign?area=430581107222")).status_code == 403
    grid = world.areas["田心村/1组"]
    answer = browser_.post(
        address("/rounds/{round}/assign/act"),
        {"act": "grids", f"grid-{grid.pk}": world.workers["王小红"].pk},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["周敏", "邓永福"])
def test_pages_open_in_few_queries(browser, address, page, name, found):
    raise_due_reminders(found.due_at)
    client = browser(name)
    client.get(address("/campaigns/{campaign}"))  # a form is read once a process
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address(page))
    # Settings and the savepoint that stands for the request's transaction in a test read no table.
    read = [
        one["sql"]
        for one in asked
        if re.match(r"(?i)\s*(select|with|insert|update)\b(?!.*set_config)", one["sql"])
    ]
    assert len(read) <= 12
    assert answer.status_code == (403 if name == "邓永福" and page == "/campaigns/new" else 200)
    assert "style=" not in answer.content.decode()


def declared(world, **changes: object) -> dict[str, object]:
    return {
        "name": "积水清查",
        "area": "430581",
        "emergency": world.emergency.pk,
        "due_at": "2026-08-08T12:00",
        "base": "living_here",
        "subject": "household",
        "form": "standing_water/1",
        "freeze": "1",
        **changes,
    }


def test_a_campaign_is_declared_and_frozen_from_one_page(browser, world):
    client = browser("周敏")
    answer = client.post("/campaigns/new", declared(world))
    campaign = Campaign.objects.get(name="积水清查")
    assert answer.url == f"/campaigns/{campaign.pk}"
    with world.as_root():
        assert Target.objects.filter(round__campaign=campaign).count() == 18
    page = client.get(answer.url).content.decode()
    assert "底数已冻结：18" in page
    assert "屋内外积水" in page


def test_a_declaration_that_is_refused_keeps_what_was_typed(browser, world):
    answer = browser("周敏").post("/campaigns/new", declared(world, due_at="2026-08-07T20:00"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "截止时间要晚于现在" in page
    assert 'value="积水清查"' in page
    assert not Campaign.objects.exists()


def test_the_live_count_follows_what_is_chosen(browser, world):
    client = browser("周敏")
    all_of_it = client.get("/campaigns/new/count", {"area": "430581", "base": "living_here"}).content.decode()
    children = client.get(
        "/campaigns/new/count", {"area": "430581107221", "base": "living_here", "age_to": "14"}
    ).content.decode()
    assert 'data-announce="18户54人"' in all_of_it
    assert 'data-announce="6户6人"' in children
    assert "都有人" in children  # both grids of 杨梅村 have a worker; 泉塘村 has nobody
    assert "个没有人" in all_of_it


def test_an_order_is_signed_and_those_who_have_not_are_listed(browser, world):
    order = world.emergency.order_id
    client = browser("邓永福")
    assert "签收（杨梅村）" in client.get(f"/orders/{order}").content.decode()
    client.post(f"/orders/{order}/sign", {"sign": "1"})
    again = client.post(f"/orders/{order}/sign", {"sign": "1"}, follow=True)
    assert "签收过这份指令" in again.content.decode()
    assert OrderReceipt.objects.count() == 1
    page = browser("周敏").get(f"/orders/{order}").content.decode()
    assert "未签收4" in page  # two townships, two other villages
    assert "已按时签收" not in page


def test_an_order_is_entered_once(browser):
    client = browser("周敏")
    said = {"number": "省防指发〔2026〕9号", "issuer": "省防指", "title": "通知"}
    assert client.post("/orders/new", said).status_code == 302
    again = client.post("/orders/new", said)
    assert again.status_code == 409
    assert "已经登记过" in again.content.decode()
    assert Order.objects.filter(number=said["number"]).count() == 1


def test_who_asked_for_a_renewal_finds_the_button_dead_and_is_told_why(browser, world):
    page = f"/emergencies/{world.emergency.pk}"
    browser("刘志远").post(f"{page}/act", {"act": "ask_renewal", "reason": "仍有传播"})
    own = browser("刘志远").get(page).content.decode()
    assert re.search(r'value="renew" disabled aria-describedby="why-renew"', own)
    refused = browser("刘志远").post(f"{page}/act", {"act": "renew"}, follow=True).content.decode()
    assert "要由另一个人来办" in refused
    world.emergency.refresh_from_db()
    assert world.emergency.renewed_at is None
    browser("周敏").post(f"{page}/act", {"act": "renew"})
    world.emergency.refresh_from_db()
    assert world.emergency.renewed_at == TONIGHT


def exempted(world, found, *names: str, by: str) -> list[Exemption]:
    with world.as_root():
        return [
            Exemption.objects.create(
                round=found,
                household_id=world.households[name].pk,
                area_path=world.households[name].area_path,
                reason="vacant",
                requested_at=TONIGHT,
                requested_by=world.users[by].pk,
            )
            for name in names
        ]


def test_exemptions_are_decided_in_bulk_but_not_ones_own(browser, world, found):
    theirs = exempted(world, found, "杨梅村/1组/1", "杨梅村/1组/2", by="王小红")
    own = exempted(world, found, "杨梅村/2组/1", by="邓永福")
    client = browser("邓永福")
    page = client.get("/exemptions").content.decode()
    assert "其中1份是您自己申请的" in page
    everything = {"exemptions": [one.pk for one in theirs + own], "decision": "approve"}
    assert "要由另一个人来办" in client.post("/exemptions/decide", everything, follow=True).content.decode()
    client.post("/exemptions/decide", {"exemptions": [one.pk for one in theirs], "decision": "approve"})
    with world.as_root():
        decisions = dict(Exemption.objects.values_list("household_id", "decision"))
        states = Target.objects.filter(round=found, state="exempt").count()
    assert sorted(decisions.values()) == ["approved", "approved", "pending"]
    assert states == 2


def test_no_needs_a_reason(browser, world, found):
    one = exempted(world, found, "杨梅村/1组/1", by="王小红")[0]
    client = browser("邓永福")
    client.post("/exemptions/decide", {"exemptions": [one.pk], "decision": "deny"})
    with world.as_root():
        assert Exemption.objects.get().decision == "pending"
    client.post("/exemptions/decide", {"exemptions": [one.pk], "decision": "deny", "note": "有人看见灯亮"})
    with world.as_root():
        assert Exemption.objects.get().decision == "denied"


def test_the_neighbours_requests_are_neither_seen_nor_decided(browser, world, found):
    one = exempted(world, found, "田心村/1组/1", by="谭小英")[0]
    client = browser("邓永福")
    assert "没有等审的核减申请" in client.get("/exemptions").content.decode()
    client.post("/exemptions/decide", {"exemptions": [one.pk], "decision": "approve"})
    with world.as_root():
        assert Exemption.objects.get().decision == "pending"


def test_a_look_at_exemptions_is_recorded(browser, world, found):
    exempted(world, found, "杨梅村/1组/1", by="王小红")
    browser("邓永福").get("/exemptions")
    look = AuditRow.objects.get(action="look", object_kind="exemptions")
    assert (look.actor_id, look.detail["count"]) == (world.users["邓永福"].pk, 1)


def test_grids_without_a_worker_stand_first_and_many_are_given_at_once(browser, world, found):
    client = browser("周敏")
    page = client.get(f"/rounds/{found.pk}/assign?area=430581107").content.decode()
    assert page.index("没有人") < page.index("王小红")
    grids = [world.areas["田心村/2组"], world.areas["杨梅村/1组"]]
    said = {f"grid-{grid.pk}": world.workers["曾祥林"].pk for grid in grids}
    client.post(f"/rounds/{found.pk}/assign/act", {"act": "grids", "area": "430581107", **said})
    page = client.get(f"/rounds/{found.pk}/assign?area=430581107").content.decode()
    assert "没有人" not in re.sub(r"<select.*?</select>", "", page)


def test_what_was_handed_back_is_given_out_again(browser, world, found):
    home = world.households["杨梅村/1组/1"]
    with world.as_root():
        HandBack.objects.create(
            round=found,
            household_id=home.pk,
            area_path=home.area_path,
            worker_id=world.workers["王小红"].pk,
            reason="脚扭了",
            handed_at=TONIGHT - dt.timedelta(hours=1),
        )
    client = browser("邓永福")
    assert "脚扭了" in client.get(f"/rounds/{found.pk}/assign").content.decode()
    with world.as_root():
        back = HandBack.objects.get()
    client.post(
        f"/rounds/{found.pk}/assign/act",
        {"act": "take", "hand_backs": [back.pk], "to": world.workers["曾祥林"].pk},
    )
    with world.as_root():
        target = Target.objects.get(round=found, household_id=home.pk)
    assert target.worker_id == world.workers["曾祥林"].pk


def test_silence_is_shown_as_silence_until_somebody_answers(browser, world, found):
    raise_due_reminders(found.opens_at + dt.timedelta(hours=6))
    raise_due_reminders(found.due_at)
    client = browser("邓永福")
    page = client.get("/reminders").content.decode()
    assert "无人应答" in page
    assert "2次提醒" in page
    assert "田心村" not in page
    newest = Reminder.objects.get(area=world.areas["杨梅村"], threshold=100)
    client.post(f"/reminders/{newest.pk}/answer", {"note": "22点前补完"})
    page = client.get("/reminders").content.decode()
    assert "无人应答" not in page
    assert "22点前补完" in page


def test_the_text_for_the_chat_group_names_no_resident(browser, world, found):
    raise_due_reminders(found.due_at)
    page = browser("周敏").get("/reminders").content.decode()
    text = re.search(r'data-copy="(【催办】[^"]*)"', page)[1]
    assert "杨梅村6户" in text
    with world.as_root():
        names = set(Person.objects.values_list("name", flat=True))
    assert not any(name in text for name in names)


def test_the_late_are_heard_of_on_the_page_of_the_campaign(browser, world, found):
    page = browser("周敏").get(f"/campaigns/{found.campaign_id}").content.decode()
    assert "先看要迟的" in page
    assert f"/coverage/{found.pk}/430581107221?show=missing" in page


def test_a_worker_hands_back_from_the_list_of_her_doors(browser, world, found):
    client = browser("王小红")
    page = client.get(f"/rounds/{found.pk}/doors").content.decode()
    assert "选中的交回村里" in page
    assert "选中的派给他" not in page
    home = world.households["杨梅村/1组/1"].pk
    client.post(f"/rounds/{found.pk}/doors/back", {"households": [home], "reason": "户主是亲戚"})
    with world.as_root():
        assert HandBack.objects.get().household_id == home


def test_the_village_lead_gives_doors_away_and_settles_those_who_are_away(browser, world, found):
    client = browser("邓永福")
    first, second = (world.households[f"杨梅村/1组/{n}"].pk for n in (1, 2))
    client.post(
        f"/rounds/{found.pk}/doors/assign", {"households": [first], "worker": world.workers["曾祥林"].pk}
    )
    client.post(f"/rounds/{found.pk}/doors/away", {"households": [second], "place": "东莞"})
    with world.as_root():
        assert Target.objects.get(round=found, household_id=first).worker_id == world.workers["曾祥林"].pk
        assert Target.objects.get(round=found, household_id=second).state == "done"


def test_nothing_ticked_is_said_in_words(browser, world, found):
    answer = browser("邓永福").post(f"/rounds/{found.pk}/doors/away", {"place": "东莞"}, follow=True)
    assert "没有选中任何一户" in answer.content.decode()


def test_a_household_nobody_had_is_entered_at_the_door(browser, world, found):
    grid = world.areas["杨梅村/1组"].code
    said = {"grid": grid, "door": "屋场坪", "name": ["易国强", ""], "relation": ["head", "other"]}
    answer = browser("王小红").post("/found/new", said)
    with world.as_root():
        household = Household.objects.get(door__label="屋场坪")
        target = Target.objects.get(round=found, household_id=household.pk)
        assert Person.objects.get(household=household).initials == "ygq"
    assert target.origin == "found_in_field"
    assert answer.url.startswith("/")
    page = browser("王小红").get(f"/campaigns/{found.campaign_id}").content.decode()
    assert "现场新增1户" in page


def test_a_wrong_id_keeps_what_was_typed(browser, world, found):
    said = {
        "grid": world.areas["杨梅村/1组"].code,
        "door": "屋场坪",
        "name": ["易长根"],
        "id_text": ["110105194912310021"],
    }
    answer = browser("王小红").post("/found/new", said)
    assert answer.status_code == 400
    assert 'value="易长根"' in answer.content.decode()
    with world.as_root():
        assert not Household.objects.filter(door__label="屋场坪").exists()


def test_nobody_enters_a_household_in_the_neighbour_village(browser, world, found):
    said = {"grid": world.areas["田心村/1组"].code, "door": "屋场坪", "name": ["易长根"]}
    assert browser("王小红").post("/found/new", said).status_code == 403


def test_the_page_of_a_county_does_not_wait_for_its_count(client, world):
    with clock.frozen(TONIGHT):
        client.force_login(world.users["周敏"])
        page = client.get("/campaigns/new").content.decode()
        count = client.get("/campaigns/new/count?area=430581").content.decode()
    assert "load, change" in page
    assert "18户54人" in count


# ---------- ask once ----------


def met_yesterday(world, *names: str) -> None:
    with world.as_root() as scope:
        for name in names:
            lines = tuple(LineInput(person.pk, "seen") for person in world.people(name))
            visit = VisitInput(
                visit_id=new_id(),
                household_id=world.households[name].pk,
                channel="door",
                outcome="met",
                happened_at=TONIGHT - dt.timedelta(hours=24),
                worker_id=world.workers["王小红"].pk,
                lines=lines,
                answers={"returned_count": 0},
            )
            record_visits([visit], scope=scope, by=world.users["王小红"].pk, others=scope)


def test_what_is_known_is_counted_before_and_after_declaring(browser, world):
    met_yesterday(world, "杨梅村/1组/1", "杨梅村/1组/2")
    client = browser("周敏")
    asked = {"area": "430581", "base": "living_here", "form": "household_sweep/1"}
    assert "其中约2户已有新鲜的回答，不用再问" in client.get("/campaigns/new/count", asked).content.decode()
    for other in ({"asks": "anew"}, {"form": "standing_water/1"}, {"age_from": "90"}):
        assert "已有新鲜的回答" not in client.get("/campaigns/new/count", asked | other).content.decode()
    own = {"area": "430581", "base": "living_here", "form": "", "questions": ["returned_count"]}
    assert "其中约2户" in client.get("/campaigns/new/count", own).content.decode()
    answer = client.post(
        "/campaigns/new", declared(world, department="卫健局", form="household_sweep/1"), follow=True
    )
    page = answer.content.decode()
    for words in ("其中2已有回答，不用再问", "其中2户已有回答", "?show=born", "卫健局", "还新鲜的不再问"):
        assert words in page
    round_id = Campaign.objects.get().rounds.get().pk
    names = client.get(f"/coverage/{round_id}/430581107221/names?show=born")
    listed = names.content.decode()
    for words in ("已有回答 2户", "昨天21:05 王小红 上门时已答", "1组1号", "1组2号"):
        assert words in listed


def test_everything_is_asked_anew_with_a_reason_only(browser, world):
    met_yesterday(world, "杨梅村/1组/1")
    client = browser("周敏")
    said = declared(world, form="household_sweep/1", asks="anew")
    assert "理由" in client.post("/campaigns/new", said).content.decode()
    assert not Campaign.objects.exists()
    page = client.post("/campaigns/new", {**said, "asks_anew": "情况变了"}, follow=True).content.decode()
    assert "全部重问：情况变了" in page
    assert "已有回答，不用再问" not in page


def test_many_earlier_visits_are_judged_by_the_worker_process(browser, world, monkeypatch):
    met_yesterday(world, "杨梅村/1组/1", "杨梅村/1组/2", "杨梅村/2组/1")
    monkeypatch.setattr(operations, "VISITS_AT_ONCE", 2)
    monkeypatch.setattr(freezing, "HOUSEHOLDS_AT_ONCE", 2)
    browser("周敏").post("/campaigns/new", declared(world, form="household_sweep/1"))
    found = Campaign.objects.get().rounds.get()
    assert found.frozen_at is None
    assert jobs.freeze(found.pk, world.users["周敏"].pk) == 18
    found.refresh_from_db()
    assert found.judged_to is None
    with world.as_root() as scope:
        assert born_count(scope, found) == 3
