"""What a phone holds: its worker's doors and nobody else's, as the desk has them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.accounts.models import Grant
from lianfang.campaigns.models import Exemption, Round
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import request_exemptions
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.asking import questions_of
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.models import AuditRow
from lianfang.register.models import Household, Person
from lianfang.sync.packs.doors import instant, set_id
from lianfang.sync.packs.heads import as_of
from lianfang.sync.tests.phones import HOME, Phone
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db
PULL = "/api/v1/sync/pull"


def pulled(phone, at=TONIGHT, status=200, **asked):
    with clock.frozen(at):
        response = Client().get(PULL, asked, headers=phone.headers)
    assert response.status_code == status, response.content
    return response.json()


def doors(answer):
    return {door["id"]: door for door in answer["doors"]}


def door(world, answer, name=HOME):
    return doors(answer)[world.households[name].pk]


def knock(world, name=HOME, *, by="王小红", at=TONIGHT, lines=(), **given):
    visit = VisitInput(new_id(), world.households[name].pk, "door", "met", at, lines=tuple(lines), **given)
    with world.acting(by) as scope, clock.frozen(at):
        record_visits([visit], scope=scope, by=world.users[by].pk)
    return visit


# ---------- who may not ----------


def test_nobody_gets_a_pack_without_a_phones_key(world):
    client = Client()
    client.force_login(world.users["王小红"])
    response = client.get(PULL)
    assert (response.status_code, response.json()["error"]["forget"]) == (401, True)


def test_a_phone_holds_the_doors_of_its_worker_and_no_others(world):
    answer = pulled(Phone.of(world))
    own = [found.pk for name, found in world.households.items() if name.startswith("杨梅村/1组/")]
    assert answer["full"] is True
    assert [found["id"] for found in answer["doors"]] == sorted(own)
    assert answer["gone"] == []


def test_who_may_not_record_visits_gets_no_pack(world):
    phone = Phone.of(world)
    Grant.objects.filter(user=world.users["王小红"]).update(role="inspector")
    assert pulled(phone, status=401)["error"]["code"] == "devices.expired"


def test_an_area_elsewhere_is_refused_and_one_of_ones_own_is_given(world):
    phone = Phone.of(world, "邓永福")
    assert pulled(phone, status=403, area=world.areas["田心村/1组"].pk)["code"] == "scope.outside"
    assert pulled(phone, status=403, area=99999)["code"] == "scope.outside"
    assert pulled(phone, status=400, area="x")["code"] == "http.bad_request"
    assert len(pulled(phone)["doors"]) == 6
    assert len(pulled(phone, area=world.areas["杨梅村/2组"].pk)["doors"]) == 3


def test_too_many_doors_are_refused_unless_less_was_given(world, monkeypatch):
    monkeypatch.setattr("lianfang.sync.packs.places.MOST_DOORS", 3)
    phone = Phone.of(world, "邓永福")
    refusal = pulled(phone, status=409)
    assert refusal["code"] == "sync.too_many_doors"
    assert [(one["name"], one["doors"]) for one in refusal["detail"]["areas"]] == [("1组", 3), ("2组", 3)]
    assert refusal["detail"]["areas"][1]["id"] == world.areas["杨梅村/2组"].pk
    assert len(pulled(phone, area=world.areas["杨梅村/2组"].pk)["doors"]) == 3
    with world.as_root():
        world.workers["邓永福"].assignments.create(
            area=world.areas["杨梅村/1组"],
            area_path=world.areas["杨梅村/1组"].path,
            part="b",
            starts_at=TONIGHT - dt.timedelta(days=1),
        )
    assert set(doors(pulled(phone))) == {world.households[f"杨梅村/1组/{number}"].pk for number in (1, 2, 3)}


def test_a_right_that_ended_takes_the_doors_with_it(world):
    phone = Phone.of(world, "邓永福")
    Grant.objects.create(
        user=world.users["邓永福"],
        role="village_lead",
        area=world.areas["田心村"],
        area_path=world.areas["田心村"].path,
        starts_at=TONIGHT - dt.timedelta(days=1),
        ends_at=TONIGHT + dt.timedelta(minutes=1),
    )
    first = pulled(phone)
    assert len(first["doors"]) == 12
    later = pulled(phone, TONIGHT + dt.timedelta(minutes=2), cursor=first["cursor"], epoch=first["epoch"])
    assert (later["full"], len(later["doors"])) == (True, 6)


# ---------- what is in it ----------


def test_numbers_are_masked_or_only_to_be_dialled_and_the_look_is_counted(world):
    with world.as_root():
        head = world.people(HOME)[0]
        head.id_number, head.phone = "430581198005010013", "13800002076"
        head.save()
    phone = Phone.of(world)
    answer = pulled(phone)
    person = door(world, answer)["people"][0]
    assert (person["id_masked"], person["phone"]) == ("4305**********0013", "13800002076")
    assert "430581198005010013" not in json.dumps(answer)
    look = AuditRow.objects.get(action="look", object_kind="sync_pull")
    assert (look.actor_id, look.object_id) == (world.users["王小红"].pk, str(phone.device.pk))
    assert look.detail == {"count": 3, "phones": 1}


def test_nothing_new_is_no_look(world):
    phone = Phone.of(world)
    first = pulled(phone)
    before = AuditRow.objects.filter(action="look").count()
    # In one transaction all that it made is told again: an end of the transaction is what the watermark waits for.
    last = first["cursor"].split(".")
    cursor = ".".join([last[0], str(int(last[1]) - 1), last[2]])
    assert before == 1
    assert pulled(phone, cursor=cursor, epoch=first["epoch"])["full"] is False


def test_a_visit_is_told_with_its_presence_and_its_facts(world):
    round_ = world.campaign()
    with world.as_root():
        people = world.people(HOME)
    visit = knock(
        world,
        lines=[
            LineInput(people[0].pk, "seen", answers={"dose_count": 3}),
            LineInput(people[2].pk, "away", away_place="广州", back_on=dt.date(2026, 8, 20)),
        ],
        answers={"returned_count": 2},
        note="晚上再来",
    )
    answer = pulled(Phone.of(world))
    found = door(world, answer)
    at = "2026-08-07T13:05:00Z"
    assert found["facts"]["returned_count"] == [2, at, "door", "王小红"]
    assert found["people"][0]["facts"]["dose_count"] == [3, at, "door", "王小红"]
    assert found["people"][0]["presence"] == ["seen", at, "", None, None]
    assert found["people"][1]["presence"] is None
    assert found["people"][2]["presence"] == ["away", at, "广州", "2026-08-20", None]
    (attempt,) = found["attempts"]
    assert (attempt["visit"], attempt["mine"], attempt["note"]) == (str(visit.visit_id), True, "晚上再来")
    (target,) = found["targets"]
    assert (target["round"], target["person"], target["due_at"]) == (
        round_.pk,
        0,
        instant(round_.due_at),
    )


def test_a_corrected_visit_is_marked_and_the_correction_stands(world):
    world.campaign()
    with world.as_root():
        people = world.people(HOME)
    first = knock(world, lines=[LineInput(people[0].pk, "refused")], at=TONIGHT - dt.timedelta(minutes=9))
    knock(world, lines=[LineInput(people[0].pk, "seen")], supersedes=first.visit_id)
    found = door(world, pulled(Phone.of(world)))
    assert [attempt["superseded"] for attempt in found["attempts"]] == [False, True]
    assert found["people"][0]["presence"][0] == "seen"


def test_the_newest_six_attempts_of_running_rounds_are_told(world):
    world.campaign()
    for minute in range(8):
        knock(world, at=TONIGHT - dt.timedelta(minutes=minute))
    knock(world, at=TONIGHT - dt.timedelta(days=2))
    found = door(world, pulled(Phone.of(world)))
    assert len(found["attempts"]) == 6
    assert found["attempts"][0]["at"] == instant(TONIGHT)


def test_a_sensitive_answer_is_known_and_not_told(world):
    world.campaign()
    knock(world, answers={"household_needs": ["medicine"], "needs_detail": "降压药"})
    found = door(world, pulled(Phone.of(world)))
    assert found["facts"]["needs_detail"][0] is None
    assert found["facts"]["needs_detail"][1] == instant(TONIGHT)
    assert "降压药" not in json.dumps(found, ensure_ascii=False)


def test_the_sets_ask_what_the_desk_asks(world):
    """Of every door and everybody behind it: the same questions, conditions, rounds, departments and instants."""
    world.campaign()
    world.campaign("杨梅村", form_key="vaccination_survey", purpose="vaccination", base="here_tonight")
    world.campaign("杨梅村/1组", form_key="elderly_care", subject="person", department="民政局")
    with world.as_root():
        Person.objects.filter(household=world.households[HOME], relation="child").update(
            is_here_tonight=False
        )
    answer = pulled(Phone.of(world))
    head, ids = answer["head"], list(doors(answer))
    with world.acting("王小红") as scope:
        desk = questions_of(scope, ids, as_of(TONIGHT))

    def as_sent(asked):
        return sorted(
            (
                f"{one.question.key}@{one.question.version}",
                one.is_required,
                instant(one.since),
                sorted(one.rounds),
            )
            for one in asked
        )

    def as_told(key):
        return sorted(
            (one["q"], one["required"], one["since"], sorted(one["rounds"])) for one in head["asks"][key]
        )

    assert len(head["asks"]) > 3
    for found in answer["doors"]:
        asked = desk[found["id"]]
        assert as_told(found["asks"]) == as_sent(asked.household)
        for person in found["people"]:
            assert as_told(person["asks"]) == as_sent(asked.people.get(person["id"], ()))
    assert {one["q"] for asks in head["asks"].values() for one in asks} == set(head["questions"])
    for question in head["questions"].values():
        assert question["label"]["zh-Hans"]
        assert question["label"]["en"]


def test_the_head_says_who_answers_and_their_number_is_only_to_be_dialled(world):
    lead = world.workers["邓永福"]
    lead.phone = "13900001111"
    lead.save()
    head = pulled(Phone.of(world))["head"]
    assert [(link["name"], link["level"], link["phone"]) for link in head["chain"]] == [
        ("王小红", "group", None),
        ("邓永福", "village", "13900001111"),
        ("戴春燕", "township", None),
        ("刘志远", "county", None),
    ]
    assert [(area["name"], area["full_name"]) for area in head["areas"]] == [
        ("杨梅村", "杨梅村"),
        ("1组", "杨梅村1组"),
    ]
    assert head["me"]["worker"] == world.workers["王小红"].pk
    assert set(head["server_key"]) == {"id", "spki"}


def test_the_head_is_left_out_when_the_phone_has_it(world):
    phone = Phone.of(world)
    first = pulled(phone)
    again = pulled(phone, head=first["head_id"], cursor=first["cursor"], epoch=first["epoch"])
    assert "head" not in again
    assert again["head_id"] == first["head_id"]


def test_the_digest_is_of_every_door_with_its_version(world):
    answer = pulled(Phone.of(world))
    lines = "".join(f"{found['id']}:{found['v']}\n" for found in answer["doors"])
    assert answer["digest"] == hashlib.sha256(lines.encode()).hexdigest()[:16]


@pytest.mark.parametrize("cursor", ["x", "0123456789abcdef.5.", "0123456789abcdef.99999999999999999.", "..-"])
def test_a_cursor_that_is_not_of_this_pack_gives_everything(world, cursor):
    phone = Phone.of(world)
    first = pulled(phone)
    assert pulled(phone, cursor=cursor, epoch=first["epoch"])["full"] is True


def test_a_server_that_was_restored_gives_everything(world):
    phone = Phone.of(world)
    first = pulled(phone)
    assert pulled(phone, cursor=first["cursor"], epoch=first["epoch"])["full"] is False
    assert pulled(phone, cursor=first["cursor"], epoch="another")["full"] is True


def test_a_round_that_opens_by_the_clock_is_told_with_its_doors(world):
    later = world.campaign()
    opens_at = TONIGHT + dt.timedelta(hours=1)
    Round.objects.filter(pk=later.pk).update(opens_at=opens_at, due_at=opens_at + dt.timedelta(days=1))
    phone = Phone.of(world)
    first = pulled(phone)
    assert door(world, first)["targets"] == []
    assert first["head"]["rounds"] == []
    second = pulled(phone, opens_at, cursor=first["cursor"], epoch=first["epoch"])
    assert second["full"] is False
    assert [target["round"] for target in door(world, second)["targets"]] == [later.pk]
    assert [found["id"] for found in second["head"]["rounds"]] == [later.pk]


@pytest.mark.parametrize("name", ["王小红", "邓永福", "刘志远"])
def test_the_statements_do_not_grow_with_the_doors(world, name):
    """One group, one village, a county: the same number."""
    world.campaign()
    phone = Phone.of(world, name)
    pulled(phone)
    with CaptureQueriesContext(
        connection,
    ) as first:
        answer = pulled(phone)
    assert len(answer["doors"]) == {"王小红": 3, "邓永福": 6, "刘志远": 18}[name]
    assert len(first) <= 30, [query["sql"][:90] for query in first.captured_queries]


def test_a_door_asked_to_leave_the_list_says_so_until_the_village_has_decided(world):
    rounds = [world.campaign()]
    phone, home = Phone.of(world), world.households[HOME]
    assert "is_asked_off" not in door(world, pulled(phone))
    by = world.users["王小红"].pk
    before = pulled(phone)
    with world.acting("王小红"), clock.frozen(TONIGHT):
        request_exemptions([(home.pk, "vacant", None)], rounds=rounds, by=by)
    after = pulled(phone, cursor=before["cursor"], epoch=before["epoch"])
    assert door(world, after)["is_asked_off"] is True
    with world.as_root():
        Exemption.objects.update(decision="denied", decided_by=by + 1, decided_at=TONIGHT)
    assert "is_asked_off" not in door(world, pulled(phone, cursor=after["cursor"], epoch=after["epoch"]))


def test_a_set_is_named_by_its_rounds():
    assert set_id("household", (15, 9)) == "h9.15"
    assert set_id("person", ()) == "p"


def test_a_household_without_anybody_is_a_door_too(world):
    with world.as_root():
        Household.objects.filter(pk=world.households[HOME].pk).update(is_unnamed=True, head_name="")
        Person.objects.filter(household=world.households[HOME]).update(is_current=False)
    found = door(world, pulled(Phone.of(world)))
    assert (found["people"], found["is_unnamed"]) == ([], True)


def test_five_separate_areas_are_told_as_such_and_not_led_to_a_page_of_the_desk(world):
    phone = Phone.of(world)
    for name in ("杨梅村/2组", "田心村/1组", "田心村/2组", "泉塘村/1组", "泉塘村/2组"):
        Grant.objects.create(
            user=world.users["王小红"],
            role="grid_worker",
            area=world.areas[name],
            area_path=world.areas[name].path,
            starts_at=TONIGHT - dt.timedelta(days=1),
            ends_at=TONIGHT + dt.timedelta(days=1),
        )
    assert pulled(phone, status=409)["code"] == "scope.too_many"
