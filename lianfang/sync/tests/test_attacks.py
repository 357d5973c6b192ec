"""What a phone must not reach, learn or break by what it sends."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.accounts.models import Grant
from lianfang.campaigns.models import Exemption, Visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.intake.effects import EFFECTS
from lianfang.intake.models import Conflict, Operation, PaperVisit
from lianfang.sync.tests.phones import HOME, PUSH, Phone, rooted, visit
from lianfang.sync.tests.test_kinds import EARLIER, answers, jpeg
from lianfang.sync.tests.test_push import codes
from tests.world import TONIGHT

ELSEWHERE = "田心村/1组/1"  # of another village
HOUR = dt.timedelta(hours=1)


# ---------- doors elsewhere ----------


@pytest.mark.parametrize("reason", ["vacant", "not_reached"])
def test_nobody_asks_that_a_door_elsewhere_leave_its_lists(world, reason):
    world.campaign()
    household = world.households[ELSEWHERE].pk
    phone = Phone.of(world)
    op = phone.make("exemption", {"household": household, "reason": reason})
    assert codes(phone.receipts(op)) == [("held", "scope.outside")]
    assert rooted(world, Exemption.objects.count) == 0


def test_of_doors_elsewhere_no_receipt_tells_what_was_answered(world):
    """Whoever names a door and guesses would learn by and by who is at home there and what they said."""
    world.campaign()
    theirs = Phone.of(world, "谭小英")
    assert codes(theirs.receipts(theirs.make(body=answers(world, 2, door=ELSEWHERE)))) == [("filed", "")]
    mine = Phone.of(world)
    guess = mine.make(body=answers(world, 0, "away", door=ELSEWHERE), base_version=0, **EARLIER)
    assert mine.receipts(guess) == [{"op_id": guess["op_id"], "status": "filed"}]
    assert rooted(world, Conflict.objects.count) > 0  # and the village is asked all the same


def test_a_photo_goes_to_ones_own_visits_and_those_of_ones_own_doors(world):
    theirs, mine, lead = Phone.of(world, "谭小英"), Phone.of(world), Phone.of(world, "邓永福")
    there, here = theirs.make(body=visit(world, ELSEWHERE)), mine.make()
    away = mine.make(body=visit(world, ELSEWHERE, lines=[], outcome="nobody_home", answers={}))
    theirs.receipts(there), mine.receipts(here, away)
    picture = {"media_type": "image/jpeg", "data": base64.b64encode(jpeg()).decode()}

    def keep(phone: Phone, of: dict[str, Any]) -> list[tuple[str, str]]:
        return codes(phone.receipts(phone.make("photo", {"visit": of["op_id"], **picture})))

    assert keep(mine, there) == [("held", "scope.outside")]
    assert rooted(world, PaperVisit.objects.count) == 0
    assert keep(mine, away) == [("filed", "")]
    assert keep(lead, here) == [("filed", "")]


def test_a_dialled_number_is_noted_where_its_person_lives(world):
    phone = Phone.of(world)
    with world.as_root():
        other = world.people(ELSEWHERE)[0]
    phone.receipts(phone.make("dial", {"household": world.households[HOME].pk, "person": other.pk}))
    assert AuditRow.objects.get(action="household.dial").area_path == other.area_path


# ---------- other phones ----------


def test_whoever_sends_somebody_elses_operation_id_learns_nothing_of_it(world):
    world.campaign()
    first, theirs, mine = Phone.of(world), Phone.of(world, "邓永福"), Phone.of(world, "谭小英")
    first.receipts(first.make(body=answers(world, 0)))
    op = theirs.make(body=answers(world, 2), base_version=0, **EARLIER)
    assert codes(theirs.receipts(op)) == [("conflict_kept", "visits.two_answers")]
    told = mine.receipts(mine.make(op_id=op["op_id"], body=visit(world, ELSEWHERE)))
    assert told[0] | {"message": ""} == {
        "op_id": op["op_id"],
        "status": "conflict_kept",
        "code": "intake.other_body",
        "message": "",
        "detail": {},
    }
    again = mine.receipts(mine.make(op_id=op["op_id"], body=op["body"]))
    assert "other" not in again[0].get("detail", {})


# ---------- whose time is over ----------


@pytest.mark.parametrize("ends", ["role", "account"])
def test_what_is_made_after_ones_role_has_ended_waits_for_a_person(world, ends):
    phone = Phone.of(world)
    over = TONIGHT - HOUR
    if ends == "role":
        Grant.objects.filter(user=phone.device.user).update(ends_at=over)
    else:
        phone.device.user.is_active = False
        phone.device.user.save()
    early = phone.make(happened_at=(over - HOUR).isoformat())
    op = phone.make()
    assert codes(phone.receipts(op)) == [("quarantined", "sync.after_shift")]
    assert rooted(world, Visit.objects.count) == 0
    expected = ("filed", "") if ends == "role" else ("quarantined", "sync.after_shift")
    assert codes(phone.receipts(early)) == [expected]


# ---------- what stays behind ----------


def test_a_log_names_nobody_when_an_operation_cannot_be_filed(world, monkeypatch, caplog):
    """Databases put the row into their words, and logs are read by many."""

    words = "Key (name)=(张三) already exists"

    def fail(*_operations: object, **_rights: object) -> None:
        raise ValueError(words)

    monkeypatch.setitem(EFFECTS, "dial", fail)
    phone = Phone.of(world)
    assert codes(phone.receipts(phone.make("dial", {"worker": 1}))) == [("held", "intake.bad_operation")]
    assert "ValueError" in caplog.text
    assert "in fail" in caplog.text
    assert "张三" not in caplog.text


# ---------- what no phone of ours sends ----------

HUGE = st.sampled_from([-1, 0, 2**31, 2**53 + 1, 2**63, -(2**63), 10**400, 1e308, True])
TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00Z",
    ]
)
TEXT = st.one_of(st.text(max_size=12), st.sampled_from(["\0", "\ud800", "a\udfffb", "NaN", "<script>"]))
JUNK = st.recursive(
    st.none() | st.booleans() | HUGE | TEXT | TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("op_id", "seq", "kind", "happened_at", "clock", "offset_ms", "base_version", "body")
KINDS = st.sampled_from(["visit", "household", "person", "photo", "dial", "exemption", "unheard_of"])
WORDS = st.sampled_from(
    [
        "household",
        "person",
        "worker",
        "area",
        "label",
        "fields",
        "visit",
        "data",
        "reason",
        "channel",
        "outcome",
        "lines",
        "members",
        "answers",
        "key",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_a_phone_sends_is_answered_and_what_is_answered_is_stored(world, data):
    phone = Phone.of(world)
    ops = []
    for _ in range(data.draw(st.integers(1, 3))):
        op = phone.make(
            data.draw(KINDS), data.draw(st.dictionaries(WORDS, JUNK, max_size=5) | st.just(visit(world)))
        )
        changed = data.draw(st.dictionaries(st.sampled_from(FIELDS), JUNK, max_size=2))
        changed |= data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "happened_at": TIMES,
                    "offset_ms": st.sampled_from([None, 0, 2**42, -(2**42)]),
                    "seq": HUGE,
                },
            )
        )
        ops.append(op | changed)
    outside = data.draw(
        st.dictionaries(st.sampled_from(["sent_at", "clock", "reported", "epoch", "app"]), JUNK, max_size=2)
    )
    outside |= data.draw(st.fixed_dictionaries({}, optional={"sent_at": TIMES}))
    given_ = {
        "device": str(phone.device.pk),
        "contract": 1,
        "epoch": "",
        "sent_at": TONIGHT.isoformat(),
        "clock": 1,
        "ops": ops,
    }
    client = Client(raise_request_exception=False)
    with clock.frozen(TONIGHT):
        answer = client.post(
            PUSH, json.dumps(given_ | outside), content_type="application/json", headers=phone.headers
        )
    assert answer.status_code in (200, 400), answer.content
    if answer.status_code == 200:
        told = [receipt["op_id"] for receipt in answer.json()["receipts"]]
        assert len(told) == len(ops)
        assert rooted(world, Operation.objects.filter(pk__in=told).count) == len(set(told))


# ---------- what it costs ----------


def test_a_full_push_costs_as_many_statements_as_a_small_one(world, django_assert_max_num_queries):
    phone = Phone.of(world)
    phone.receipts(phone.make())  # what a process reads once is read
    doors = [f"杨梅村/{group}组/{door}" for group in (1, 2) for door in (1, 2, 3)]
    few, many = [phone.make()], [phone.make(body=visit(world, door)) for door in doors]
    with django_assert_max_num_queries(40) as for_few:
        phone.receipts(*few)
    with django_assert_max_num_queries(40) as for_many:
        phone.receipts(*many)
    assert len(for_many) == len(for_few)
