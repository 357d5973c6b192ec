"""集体户: people of no household, and who answers for them."""

from __future__ import annotations

import pytest
from django.test import Client

from lianfang.campaigns.models import Target, VisitLine
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.register.collectives import CollectiveDetails, Contact, add_collective, read_roster
from lianfang.register.importing import load
from lianfang.register.models import Household, Person
from tests.world import TONIGHT

ROSTER = "1. 赵一 男 13812340001\n2、钱二，女\n\n(3) 孙三 13812340003 电工\n4 买买提·阿力 男"


@pytest.fixture
def tonight():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def browser(world, tonight):
    def sign_in(name):
        client = Client()
        client.force_login(world.users[name])
        return client

    return sign_in


def made(world, members=ROSTER, name="邓永福", area="杨梅村"):
    with world.acting(name) as scope:
        return add_collective(
            details=CollectiveDetails(
                "三号工地宿舍", "site", Contact("曾工头", "138 1234 0000"), 12, read_roster(members)
            ),
            area=world.areas[area],
            scope=scope,
            by=world.users[name].pk,
        )


def is_problem(code):
    return pytest.raises(Problem, check=lambda problem: problem.code == code)


# ---------- who may not ----------


def test_nobody_makes_one_in_the_neighbour_village(world, browser):
    with is_problem("scope.outside"):
        made(world, area="田心村")
    assert browser("王小红").get("/register/collectives/new").status_code == 403
    home = made(world)
    for address in ("roster", "contact/change", "contact"):
        path = f"/register/households/{home.pk}/{address}"
        assert (
            browser("王小红").post(path, {"roster": "李四", "contact": "李四", "reason": "x"}).status_code
            == 403
        )
    with world.as_root():
        assert Household.objects.get(pk=home.pk).head_name == "曾工头"


def test_the_contacts_phone_is_seen_for_a_reason_after_its_audit_row(world, browser):
    home = made(world)
    client = browser("邓永福")
    assert "13812340000" not in client.get(f"/register/households/{home.pk}").content.decode()
    refused = client.post(f"/register/households/{home.pk}/contact", {"reason": " "})
    assert refused.status_code == 400
    assert "13812340000" not in refused.content.decode()
    shown = client.post(f"/register/households/{home.pk}/contact", {"reason": "电话核实"})
    assert "13812340000" in shown.content.decode()
    assert AuditRow.objects.get(action="register.reveal").detail == {"field": "contact_phone"}


def test_a_list_of_households_never_opens_the_phone(world):
    made(world)
    with world.as_root():
        home = Household.objects.get(kind="collective")
        assert "contact_phone" in home.get_deferred_fields()


# ---------- making ----------


def test_without_somebody_who_answers_there_is_none(world, browser):
    with is_problem("register.contact_required"), world.acting("邓永福") as scope:
        details = CollectiveDetails("宿舍", "dormitory", Contact(" "))
        add_collective(details=details, area=world.areas["杨梅村"], scope=scope, by=1)


@pytest.mark.parametrize(
    ("line", "name", "sex", "phone"),
    [
        ("赵一", "赵一", "", ""),
        ("1. 赵一 男 13812340001", "赵一", "male", "13812340001"),
        ("13812340001，赵一，女", "赵一", "female", "13812340001"),
        ("12 赵一 电工", "赵一", "", ""),
    ],
)
def test_a_line_of_a_roster_in_any_order(line, name, sex, phone):
    (member,) = read_roster(line)
    assert (member.name, member.sex, member.phone_text) == (name, sex, phone)


def test_a_line_without_a_name_is_said_with_its_number():
    with is_problem("register.line_unread") as caught:
        read_roster("赵一\n13812340001")
    assert caught.value.payload["line"] == 2


def test_it_is_made_with_its_roster_and_its_contact_keeps_the_name(world, tonight):
    home = made(world)
    assert (home.kind, home.collective_kind, home.head_name, home.expected_count) == (
        "collective",
        "site",
        "曾工头",
        12,
    )
    with world.as_root():
        names = list(Person.objects.filter(household=home).order_by("pk").values_list("name", flat=True))
        assert names == ["赵一", "钱二", "孙三", "买买提·阿力"]
        assert not Household.objects.get(pk=home.pk).is_unnamed


def test_more_people_are_added_and_nobody_twice(world, browser):
    home = made(world)
    client = browser("邓永福")
    client.post(f"/register/households/{home.pk}/roster", {"roster": ROSTER + "\n5. 李四"})
    with world.as_root():
        assert Person.objects.filter(household=home).count() == 5
        assert Household.objects.get(pk=home.pk).head_name == "曾工头"


def test_a_sheet_with_the_same_place_and_contact_fills_the_roster(world, tonight, tmp_path):
    home = made(world, members="")
    sheet = tmp_path / "名册.csv"
    sheet.write_text(
        "村社区,房号,户类型,户主,姓名,性别\n杨梅村,三号工地宿舍,集体户,曾工头,赵一,男\n杨梅村,三号工地宿舍,集体户,曾工头,钱二,女\n",
        encoding="utf-8",
    )
    with world.as_root():
        load(sheet, county=world.areas["武冈市"], by=None)
        assert set(Person.objects.filter(household=home).values_list("name", flat=True)) == {"赵一", "钱二"}
        home.refresh_from_db()
        assert (home.head_name, home.is_unnamed) == ("曾工头", False)


# ---------- answering ----------


def test_the_contact_answers_for_everybody(world, browser):
    home = made(world)
    found = world.campaign("杨梅村")
    client = browser("邓永福")
    page = client.get(f"/visits/households/{home.pk}?round={found.pk}").content.decode()
    assert "曾工头全部代答" in page
    with world.as_root():
        people = list(Person.objects.filter(household=home))
    form = {f"p_{person.pk}": "answered_for" for person in people}
    said = client.post(
        f"/visits/households/{home.pk}?round={found.pk}",
        {**form, "channel": "phone", "at": "2000", "q_returned_count": "0"},
    )
    assert said.status_code == 302
    with world.as_root():
        assert Target.objects.get(round=found, household_id=home.pk).state == "done"
        lines = VisitLine.objects.filter(person_id__in=[person.pk for person in people])
        assert set(lines.values_list("presence", flat=True)) == {"answered_for"}
    with world.acting("邓永福") as scope:
        (row,) = targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show="done")).rows
    assert (row.name, row.is_collective, row.people_count) == ("联系人曾工头", True, 4)


def test_one_with_an_empty_roster_is_on_the_list_and_is_named_at_the_visit(world, browser):
    home = made(world, members="")
    found = world.campaign("杨梅村")
    client = browser("邓永福")
    said = client.post(
        f"/visits/households/{home.pk}?round={found.pk}",
        {
            "channel": "phone",
            "at": "2000",
            "q_returned_count": "0",
            "name_n1": "赵一",
            "p_n1": "answered_for",
        },
    )
    assert said.status_code == 302
    with world.as_root():
        home = Household.objects.get(pk=home.pk)
        assert (home.head_name, home.is_unnamed) == ("曾工头", False)
        assert Target.objects.get(round=found, household_id=home.pk).state == "done"


def test_the_page_makes_one_and_it_joins_the_running_round(world, browser):
    found = world.campaign("杨梅村")
    said = {
        "area": world.areas["杨梅村"].code,
        "place": world.areas["杨梅村"].code,
        "door": "福寿园",
        "kind": "nursing_home",
        "contact": "刘院长",
        "expected": "60",
        "roster": "赵一 男",
    }
    client = browser("邓永福")
    assert client.post("/register/collectives/new", {**said, "contact": ""}).status_code == 400
    answer = client.post("/register/collectives/new", said)
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "刘院长" in page
    assert "大约60人，名册上有1人" in page
    with world.as_root():
        home = Household.objects.get(kind="collective")
        assert Target.objects.get(round=found, household_id=home.pk).origin == "found_in_field"
