"""The rows of pushed lists on a phone: told with the pull, whole, and to nobody whose areas they do not lie in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.accounts.models import Grant
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.campaigns.models import Emergency
from lianfang.core import clock, keys, sealing
from lianfang.core.models import AuditRow
from lianfang.register.models import Person
from lianfang.register.tokens import refresh_tokens
from lianfang.sync.tests.phones import HOME, Phone
from lianfang.sync.tests.test_pull import pulled
from lianfang.verification.models import Call, PushedList, PushedRow
from lianfang.verification.operations import answering, sending, sorting, taking
from lianfang.verification.queries.phone import rows_for_phone
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ID, PHONE = "430581198005010019", "13907390001"


def sent(world: World, *lines: str, number: str = "0807-1", **said: object) -> PushedList:
    """A list taken in at 21:00, sorted and sent down at 21:05."""
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        content = "\n".join(("姓名,身份证号,手机号,住址,来源地", *lines)).encode()
        found = taking.take_in(
            content=content,
            name="名单.csv",
            sent=taking.Sent(
                title="同车人员",
                number=number,
                sender="省专班",
                received_at=TONIGHT - dt.timedelta(minutes=5),
                case_number="疫核0807",
                call_back="0739-4221234",
                **said,  # type: ignore[arg-type]
            ),
            emergency_id=world.emergency.pk,  # type: ignore[union-attr]
            county=world.areas["武冈市"],
            scope=scope,
            by=by,
        )
        sorting.sort(list_id=found.pk, scope=scope, by=by)
        sending.dispatch(list_id=found.pk, scope=scope, by=by)
        return PushedList.objects.get(pk=found.pk)


@pytest.fixture
def yang(world: World) -> Person:
    """Somebody of 杨梅村, 1组, in the register with id and phone."""
    with clock.frozen(TONIGHT), world.as_root():
        person = world.people(HOME)[0]
        person.id_number, person.phone = ID, PHONE
        person.save(update_fields=["id_number", "phone"])
        refresh_tokens([person.pk])
        return Person.objects.get(pk=person.pk)


def line(person: Person, phones: str = PHONE) -> str:
    return f"{person.name},{ID},{phones},武冈市司马冲镇杨梅村,长沙市"


def only_row(world: World, found: PushedList) -> PushedRow:
    with world.as_root():
        return PushedRow.objects.get(list=found)


# ---------- who may not ----------


def test_a_row_is_on_the_phones_of_its_area_and_on_no_other(world, yang):
    sent(world, line(yang))
    seen = {
        name: len(pulled(Phone.of(world, name))["lists"]["rows"])
        for name in ("王小红", "邓永福", "曾祥林", "谭小英")
    }
    assert seen == {"王小红": 1, "邓永福": 1, "曾祥林": 0, "谭小英": 0}


def test_whoever_may_have_a_phone_may_check_rows(world):
    """What a phone files is judged by the areas of `visit.record`: nobody has that one without this one."""
    field = {role for role, may in ROLE_PERMISSIONS.items() if "visit.record" in may}
    assert field <= {role for role, may in ROLE_PERMISSIONS.items() if "list.check" in may}


def test_without_the_right_to_check_rows_there_are_none(world, yang, monkeypatch):
    sent(world, line(yang))
    may = ROLE_PERMISSIONS["grid_worker"] - {"list.check"}
    monkeypatch.setitem(ROLE_PERMISSIONS, "grid_worker", may)
    assert pulled(Phone.of(world))["lists"] == {"lists": [], "rows": [], "more": 0}


def test_nobody_is_to_be_rung_for_an_emergency_that_is_over(world, yang):
    sent(world, line(yang))
    phone = Phone.of(world)
    with world.as_root():
        Emergency.objects.update(ends_at=TONIGHT + HOUR)
    assert len(pulled(phone)["lists"]["rows"]) == 1
    assert pulled(phone, TONIGHT + HOUR)["lists"]["rows"] == []


def test_of_somebody_who_lives_elsewhere_the_register_tells_the_phone_nothing(world, yang):
    found = sent(world, line(yang, "13900000009"))
    row = only_row(world, found)
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(area_path=world.areas["田心村/1组"].path)
    (told,) = pulled(Phone.of(world, "谭小英"))["lists"]["rows"]
    assert (told["person"], told["household"]) == (None, None)
    assert told["phones"] == [{"number": "13900000009", "from": "list"}]


# ---------- what is told ----------


def test_a_row_is_told_with_what_its_caller_needs(world, yang):
    found = sent(world, line(yang, f"{PHONE}、13900000009"))
    row = only_row(world, found)
    told = pulled(Phone.of(world))["lists"]
    assert told["lists"] == [
        {
            "id": found.pk,
            "number": "0807-1",
            "title": "同车人员",
            "sender": "省专班",
            "received_at": "2026-08-07T13:00:00Z",
            "due_at": "2026-08-07T17:30:00Z",
            "case_number": "疫核0807",
            "call_back": "0739-4221234",
            "is_closed": False,
        }
    ]
    (one,) = told["rows"]
    assert one["phones"] == [
        {"number": PHONE, "from": "register"},
        {"number": "13900000009", "from": "list"},
    ]
    assert ID not in str(told)
    assert (one["id_masked"][:3], one["id_masked"][-2:]) == ("430", "19")
    assert (one["person"], one["household"]) == (yang.pk, yang.household_id)
    assert (one["state"], one["list"], one["came_from"]) == ("out", found.pk, "长沙市")
    assert (one["show_code"], one["worker"], one["worker_name"]) == (row.show_code, "mine", "王小红")
    assert (one["answer"], one["calls"], one["spoken_to"]) == (None, [], None)


def test_somebody_else_who_rings_is_told_until_their_quarter_of_an_hour_is_over(world, yang):
    row = only_row(world, sent(world, line(yang)))
    with world.acting("邓永福") as scope:
        answering.claim(row_id=row.pk, scope=scope, by=world.users["邓永福"].pk)
    phone = Phone.of(world)
    (one,) = pulled(phone)["lists"]["rows"]
    assert (one["worker"], one["worker_name"]) == ("other", "邓永福")
    assert one["taken_until"] == "2026-08-07T13:20:00Z"
    (later,) = pulled(phone, TONIGHT + dt.timedelta(minutes=15))["lists"]["rows"]
    assert later["taken_until"] is None
    (own,) = pulled(Phone.of(world, "邓永福"))["lists"]["rows"]
    assert (own["worker"], own["taken_until"]) == ("mine", None)


def test_whom_another_area_reached_for_another_list_is_told_and_nothing_more(world, yang):
    first = only_row(world, sent(world, line(yang)))
    with world.as_root():
        PushedRow.objects.filter(pk=first.pk).update(area_path=world.areas["田心村/1组"].path)
    with world.acting("谭小英") as scope:
        answering.record_call(
            row_id=first.pk, outcome="reached", scope=scope, by=world.users["谭小英"].pk, note="在家"
        )
    second = only_row(world, sent(world, line(yang), number="0807-2"))
    with world.as_root():  # as if the list had been sorted before
        PushedRow.objects.filter(pk=second.pk).update(state="out", area_path=world.areas["杨梅村/1组"].path)
    (one,) = pulled(Phone.of(world))["lists"]["rows"]
    assert (one["id"], one["spoken_to"], one["calls"]) == (second.pk, "2026-08-07T13:05:00Z", [])


def test_three_tries_at_different_hours_may_say_nobody_of_that_name(world, yang):
    row = only_row(world, sent(world, line(yang)))
    phone = Phone.of(world)
    with world.acting("王小红") as scope:
        for hours in (4, 2, 0):
            answering.record_call(
                row_id=row.pk,
                outcome="no_answer",
                scope=scope,
                by=world.users["王小红"].pk,
                happened_at=TONIGHT - hours * HOUR,
            )
    (one,) = pulled(phone)["lists"]["rows"]
    assert one["may_confirm_nobody"] is True
    assert [(call["outcome"], call["by"], call["mine"]) for call in one["calls"]] == [
        ("no_answer", "王小红", True)
    ] * 3
    assert [call["at"][11:13] for call in one["calls"]] == ["13", "11", "09"]


def test_an_answer_stays_a_day_on_the_phone_of_who_gave_it(world, yang):
    row = only_row(world, sent(world, line(yang)))
    said = answering.Said("not_here", note="去了长沙", measure="居家健康监测")
    with world.acting("王小红") as scope:
        answering.answer(row_id=row.pk, said=said, scope=scope, by=world.users["王小红"].pk)
    phone = Phone.of(world)
    (one,) = pulled(phone)["lists"]["rows"]
    assert one["state"] == "answered"
    assert one["answer"] == {
        "code": "not_here",
        "at": "2026-08-07T13:05:00Z",
        "by": "王小红",
        "mine": True,
        "note": "去了长沙",
        "present_place": None,
        "measure": "居家健康监测",
        "tested_on": None,
        "test_result": "",
    }
    assert pulled(Phone.of(world, "邓永福"))["lists"]["rows"] == []
    assert pulled(phone, TONIGHT + 25 * HOUR)["lists"]["rows"] == []


def test_of_an_emergency_whose_key_is_gone_a_row_says_what_is_left(world, yang):
    row = only_row(world, sent(world, line(yang, "13900000009")))
    keys.create("emergency-999999")
    sealed = sealing.seal_bytes(b"{}", key="emergency-999999", purpose="pushed_row.said")
    (keys.folder() / "emergency-999999.key").unlink()
    keys.get.cache_clear()
    sealing._cipher.cache_clear()
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(said=sealed)
    (one,) = pulled(Phone.of(world))["lists"]["rows"]
    assert one["phones"] == [{"number": PHONE, "from": "register"}]
    assert (one["id_masked"], one["address"], one["name"]) == ("", "", yang.name)


# ---------- told once, counted, and in a fixed number of statements ----------


def test_what_has_not_changed_is_not_sent_again(world, yang):
    row = only_row(world, sent(world, line(yang)))
    phone = Phone.of(world)
    first = pulled(phone)
    again = {"cursor": first["cursor"], "epoch": first["epoch"], "head": first["head_id"]}
    looks = AuditRow.objects.filter(action="look", object_kind="sync_pull")
    second = pulled(phone, lists=first["lists_id"], **again)
    assert second["lists_id"] == first["lists_id"]
    assert "lists" not in second
    look = looks.latest("pk")  # of the doors, which one transaction with all the test tells again
    assert look.detail == {"count": 3, "phones": 1}
    with world.acting("王小红") as scope:
        answering.record_call(row_id=row.pk, outcome="busy", scope=scope, by=world.users["王小红"].pk)
    third = pulled(phone, lists=first["lists_id"], **again)
    assert third["lists_id"] != first["lists_id"]
    assert [call["outcome"] for call in third["lists"]["rows"][0]["calls"]] == ["busy"]
    look = looks.latest("pk")
    assert (look.detail["rows"], look.detail["phones"]) == (1, 2)


def test_three_hundred_rows_are_told_the_soonest_first_and_the_rest_counted(world, yang, monkeypatch):
    monkeypatch.setattr("lianfang.verification.queries.phone.MOST_ROWS", 2)
    many(world, 5)
    told = pulled(Phone.of(world))["lists"]
    assert told["more"] == 3
    assert [row["name"] for row in told["rows"]] == ["甲0", "甲1"]


def many(world: World, count: int) -> None:
    """Rows of one list in 1组, each with a call."""
    found = sent(world, "不在册,,13700000000,,")
    row = only_row(world, found)
    with world.as_root():
        path = world.areas["杨梅村/1组"].path
        made = PushedRow.objects.bulk_create(
            PushedRow(
                list=found,
                sheet="名单",
                row=100 + at,
                area_path=path,
                state="out",
                name=f"甲{at}",
                said=row.said,
                phone_token=row.phone_token,
                bucket="out",
                due_at=TONIGHT + at * HOUR,
            )
            for at in range(count)
        )
        Call.objects.bulk_create(
            Call(
                row=one,
                area_path=path,
                outcome="reached",
                phone_token=one.phone_token,
                happened_at=TONIGHT,
                received_at=TONIGHT,
                by=1,
            )
            for one in made
        )


def test_any_number_of_rows_takes_at_most_eight_statements(world, yang):
    counts = {}
    for rows in (0, 30):
        if rows:
            many(world, rows)
        with world.acting("王小红") as scope, CaptureQueriesContext(connection) as queries:
            found = rows_for_phone(
                scope, user=world.users["王小红"].pk, worker=world.workers["王小红"].pk, now=TONIGHT
            )
        assert len(found.rows) == rows
        counts[rows] = len(queries)
    assert counts[0] == 1
    assert counts[30] <= 8


def test_a_right_that_ended_takes_the_rows_with_it(world, yang):
    sent(world, line(yang))
    phone = Phone.of(world)
    first = pulled(phone)
    other = world.areas["杨梅村/2组"]
    Grant.objects.filter(user=world.users["王小红"]).update(area=other, area_path=other.path)
    after = pulled(phone, lists=first["lists_id"])
    assert after["lists"]["rows"] == []
