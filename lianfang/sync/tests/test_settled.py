"""What waited for a person and has been settled falls on the phone that sent it, and on no other."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client

from lianfang.accounts.models import Device
from lianfang.core import clock
from lianfang.intake.models import Operation
from lianfang.intake.operations import set_aside
from lianfang.sync.api import SETTLED_TRIES
from lianfang.sync.tests.phones import Phone, rooted, visit
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db
PULL, SETTLED = "/api/v1/sync/pull", "/api/v1/sync/settled"


def told(phone, *op_ids, status=200):
    with clock.frozen(TONIGHT):
        asked = {"unsettled": ",".join(str(op_id) for op_id in op_ids)} if op_ids else {}
        response = Client().get(PULL, asked, headers=phone.headers)
    assert response.status_code == status, response.content
    return response.json().get("settled", [])


def held(phone, **fields):
    """A visit that nobody can file: it waits for a person."""
    op = phone.make(body=visit(phone.world, nonsense=1, **fields))
    assert [one["status"] for one in phone.receipts(op)] == ["held"]
    return op["op_id"]


def given_back(world, op_id, reason="重复登记"):
    with world.acting("邓永福") as scope:
        set_aside(op_id=uuid.UUID(op_id), reason=reason, scope=scope, by=world.users["邓永福"].pk)


def test_of_what_another_device_sent_nothing_is_told(world):
    """Not to somebody else's phone, nor to another phone of the same worker."""
    op_id = held(Phone.of(world))
    given_back(world, op_id)
    assert told(Phone.of(world, "谭小英"), op_id) == []
    assert told(Phone.of(world), op_id) == []


def test_what_is_not_asked_after_or_waits_still_is_not_told(world):
    phone = Phone.of(world)
    op_id, other = held(phone), held(phone)
    given_back(world, other)
    assert told(phone, op_id, uuid.uuid4()) == told(phone) == []


def test_given_back_is_told_with_its_reason(world):
    phone = Phone.of(world)
    op_id = held(phone)
    given_back(world, op_id)
    (receipt,) = told(phone, op_id)
    assert (receipt["status"], receipt["code"], receipt["detail"]) == (
        "set_aside",
        "intake.set_aside",
        {"reason": "重复登记"},
    )
    assert "重复登记" in receipt["message"]


@pytest.mark.parametrize("status", ["filed", "replaced"])
def test_what_was_filed_after_all_is_told_as_filed(world, status):
    phone = Phone.of(world)
    op_id = held(phone)
    rooted(world, lambda: Operation.objects.filter(pk=op_id).update(status=status))
    assert told(phone, op_id) == [{"op_id": op_id, "status": "already_filed"}]


def test_one_that_came_under_the_id_of_another_is_told_by_what_became_of_it(world):
    """The record whose id it bears is filed: that says nothing of this one."""
    phone = Phone.of(world)
    first = phone.make()
    phone.receipts(first)
    second = {**first, "body": visit(world, note="另一条")}
    assert [one["status"] for one in phone.receipts(second)] == ["conflict_kept"]
    assert told(phone, first["op_id"]) == []
    kept = rooted(world, lambda: str(Operation.objects.get(refers_to=first["op_id"]).pk))
    given_back(world, kept)
    assert [one["status"] for one in told(phone, first["op_id"])] == ["set_aside"]


@pytest.mark.parametrize("ids", [["x"], [uuid.UUID(int=1)] * 101])
def test_what_is_no_list_of_ids_is_refused(world, ids):
    told(Phone.of(world), *ids, status=400)


# ---------- phones that were ended ----------


def asked(phone, *op_ids, headers=None):
    with clock.frozen(TONIGHT):
        response = Client(enforce_csrf_checks=True).post(
            SETTLED,
            json.dumps({"op_ids": [str(op_id) for op_id in op_ids]}),
            content_type="application/json",
            headers=headers or phone.headers,
        )
    return response.status_code, response.json()


@pytest.fixture
def ended(world):
    """Revoked with one record that waits for a person."""
    phone = Phone.of(world)
    op_id = held(phone)
    Device.objects.filter(pk=phone.device.pk).update(revoked_at=TONIGHT, forgotten_at=TONIGHT)
    return phone, op_id


def test_an_ended_phone_learns_of_its_own_alone(world, ended):
    phone, _ = ended
    other = Phone.of(world, "邓永福")
    strange = held(other)
    given_back(world, strange)
    assert asked(phone, strange, uuid.uuid4()) == (200, {"settled": [], "now": TONIGHT.isoformat()})
    assert asked(phone, strange, headers={"Authorization": phone.headers["Authorization"] + "x"})[0] == 401
    assert asked(phone, strange, headers={"X-Nothing": "1"})[0] == 401


def test_the_key_of_a_phone_that_has_forgotten_files_nothing(world, ended):
    """It keeps its key to ask what became of its work: whoever finds it must not file with it."""
    phone, _ = ended
    pushed = Client().post(
        "/api/v1/sync/push", {"ops": []}, content_type="application/json", headers=phone.headers
    )
    assert (pushed.status_code, pushed.json()["code"]) == (401, "devices.revoked")


def test_an_ended_phone_pulls_nothing_and_is_told_what_became_of_its_work(world, ended):
    phone, op_id = ended
    told(phone, op_id, status=401)
    assert asked(phone, op_id)[1]["settled"] == []
    given_back(world, op_id, reason="某某说没有来过")
    # How, and not why: whoever finds the phone could read it.
    assert asked(phone, op_id)[1]["settled"] == [{"op_id": op_id, "status": "set_aside"}]


def test_an_ended_phone_asks_now_and_then(world, ended):
    phone, op_id = ended
    assert {asked(phone, op_id)[0] for _ in range(SETTLED_TRIES)} == {200}
    assert asked(phone, op_id)[0] == 429
    assert asked(Phone.of(world))[0] == 200  # no other phone waits for it


@pytest.mark.parametrize("op_ids", ["x", None, [1], ["no id"], [str(uuid.uuid4())] * 101])
def test_what_is_no_question_is_refused(world, ended, op_ids):
    phone, _ = ended
    response = Client().post(
        SETTLED, json.dumps({"op_ids": op_ids}), content_type="application/json", headers=phone.headers
    )
    assert response.status_code == 400
