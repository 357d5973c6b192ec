"""The one door for phones and programs: what is no list is refused, what can be stored has a receipt."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client

from lianfang.campaigns.models import Visit
from lianfang.core import clock
from lianfang.intake.models import Operation
from lianfang.intake.operations import body_of
from tests.world import TONIGHT, World

URL = "/api/v1/intake/operations"
HOME = "杨梅村/1组/1"


@pytest.fixture
def tonight(world: World) -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def signed_in(world: World, name: str, **options: object) -> Client:
    client = Client(**options)
    client.force_login(world.users[name])
    return client


def op(world: World, **fields: object) -> dict:
    with world.as_root():
        people = [person.pk for person in world.people(HOME)]
    return {
        "op_id": str(uuid.uuid4()),
        "kind": "visit",
        "happened_at": "2026-08-07T19:40:00+08:00",
        "body": {
            "household": world.households[HOME].pk,
            "channel": "door",
            "outcome": "met",
            "lines": [{"person": person, "presence": "seen"} for person in people],
            "answers": {"returned_count": 0},
        },
        **fields,
    }


def send(client: Client, *ops: object, **headers: str) -> tuple[int, dict]:
    response = client.post(URL, json.dumps({"ops": ops}), content_type="application/json", **headers)
    return response.status_code, response.json()


def stored(world: World) -> int:
    with world.as_root():
        return Operation.objects.count()


def test_nobody_sends_without_signing_in(world, tonight):
    assert send(Client(), op(world))[0] == 401
    assert stored(world) == 0


@pytest.mark.parametrize("name", ["瞿敏", "申志文"])
def test_a_role_without_the_right_to_record_is_refused(world, tonight, name):
    assert send(signed_in(world, name), op(world))[1]["code"] == "access.denied"
    assert stored(world) == 0


def test_without_its_token_nothing_is_taken(world, tonight):
    assert send(signed_in(world, "王小红", enforce_csrf_checks=True), op(world))[0] == 403
    assert stored(world) == 0


def test_a_list_of_operations_gets_a_receipt_each(world, tonight):
    world.campaign()
    good, bad = op(world), op(world, body={"household": "x", "channel": "door", "outcome": "met"})
    status, answer = send(signed_in(world, "王小红"), good, bad)
    assert status == 200
    assert answer == {
        "receipts": [
            {"op_id": good["op_id"], "status": "filed"},
            {
                "op_id": bad["op_id"],
                "status": "held",
                "code": "intake.bad_operation",
                "message": "这条记录格式不对：household。原文已收下，在“待处理”里。",
                "detail": {"detail": "household"},
            },
        ]
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"ops": 1}',
        '{"ops": [NaN]}',
        '{"ops": [1]}',
        "[" * 60_000,
        '{"ops":' + "9" * 5000,
    ]
    + [json.dumps({"ops": [{"op_id": op_id, "kind": "visit"}]}) for op_id in ("x", None, 7, [])]
    + [
        json.dumps({"ops": [{"op_id": str(uuid.UUID(int=1)), "kind": kind}]})
        for kind in ("", None, "a b", "x" * 31)
    ],
)
def test_what_is_no_list_of_operations_is_refused_whole(world, tonight, text):
    response = signed_in(world, "王小红").post(URL, text, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "intake.malformed")
    assert stored(world) == 0


@pytest.mark.parametrize("happened_at", [None, 7, "昨天", "2026-08-07T19:40:00", "0001-01-01T00:00:00Z"])
def test_an_operation_without_its_hour_is_kept_and_held(world, tonight, happened_at):
    world.campaign()
    status, answer = send(signed_in(world, "王小红"), op(world, happened_at=happened_at))
    assert (status, answer["receipts"][0]["code"]) == (200, "intake.bad_operation")
    with world.as_root():
        assert body_of(Operation.objects.get())["happened_at"] == happened_at
        assert not Visit.objects.exists()


def test_a_key_nobody_knows_is_held_by_its_name(world, tonight):
    answer = send(signed_in(world, "王小红"), op(world, gps="26.7,110.6"))[1]
    assert answer["receipts"][0]["detail"] == {"detail": "gps"}


def test_packed_is_taken_and_a_bomb_is_not(world, tonight):
    world.campaign()
    client = signed_in(world, "王小红")

    def packed(text: bytes) -> int:
        return client.post(
            URL, gzip.compress(text), content_type="application/json", HTTP_CONTENT_ENCODING="gzip"
        ).status_code

    assert packed(json.dumps({"ops": [op(world)]}).encode()) == 200
    assert packed(b" " * 10_000_000) == 413
    broken = client.post(URL, b"no gzip", content_type="application/json", HTTP_CONTENT_ENCODING="gzip")
    assert broken.status_code == 400
    assert stored(world) == 1


def test_too_many_or_too_large_is_told_so(world, tonight):
    client = signed_in(world, "王小红")
    assert send(client, *[op(world)] * 51)[0] == 413
    assert send(client, op(world, body={"note": "x" * 300_000}))[0] == 413
    assert stored(world) == 0


def test_operations_are_filed_in_the_order_they_were_made(world, tonight):
    world.campaign()
    first = op(world, seq=1)
    correction = op(world, seq=2)
    correction["body"] = {**correction["body"], "supersedes": first["op_id"]}
    receipts = send(signed_in(world, "王小红"), correction, first)[1]["receipts"]
    assert [(r["op_id"], r["status"]) for r in receipts] == [
        (correction["op_id"], "filed"),
        (first["op_id"], "filed"),
    ]
