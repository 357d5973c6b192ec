"""Ways in which something given could be lost, or a receipt could say what is not so."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client

from lianfang.accounts.models import Grant, Role
from lianfang.campaigns.models import Visit
from lianfang.core import clock
from lianfang.intake.models import Operation
from lianfang.intake.operations import body_of
from lianfang.intake.tests.test_api import op, send, signed_in
from lianfang.intake.tests.test_operations import operation
from lianfang.intake.tests.test_operations import send as file
from tests.world import TONIGHT, World

HOME = "杨梅村/1组/1"


@pytest.fixture
def tonight(world: World) -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


@pytest.mark.parametrize("key", ["\0", "\ud800", "a\0b"])
@pytest.mark.parametrize("place", ["body", "line", "answers", "envelope"])
def test_a_key_that_cannot_be_stored_does_not_take_its_batch_along(world, tonight, key, place):
    good, bad = op(world), op(world)
    match place:
        case "body":
            bad["body"][key] = 1
        case "line":
            bad["body"]["lines"][0][key] = 1
        case "answers":
            bad["body"]["answers"][key] = 1
        case "envelope":
            bad[key] = 1
    status, answer = send(signed_in(world, "王小红"), good, bad)
    assert status == 200
    assert [receipt["status"] for receipt in answer["receipts"]] == ["filed", "held"]
    with world.as_root():
        assert Operation.objects.filter(pk=bad["op_id"], status="held").exists()


def test_another_record_under_the_same_id_is_kept_and_said_so(world, tonight):
    """The page is opened again with the browser's back button, changed, and saved once more."""
    world.campaign()
    client, first = signed_in(world, "王小红"), op(world)
    again = {**first, "body": {**first["body"], "answers": {"returned_count": 3}}}
    send(client, first)
    for _ in range(2):  # a phone asks again: kept once
        (receipt,) = send(client, again)[1]["receipts"]
        assert (receipt["status"], receipt["code"]) == ("conflict_kept", "intake.other_body")
    assert send(client, first)[1]["receipts"][0]["status"] == "already_filed"
    with world.as_root():
        kept = Operation.objects.get(status="conflict_kept")
        assert body_of(kept)["answers"] == {"returned_count": 3}
        assert str(kept.refers_to) == first["op_id"]
        assert Visit.objects.count() == 1


def test_two_records_under_one_id_in_a_batch_are_both_kept(world, tonight):
    world.campaign()
    first = op(world)
    other = {**first, "body": {**first["body"], "note": "后门进"}}
    answers = send(signed_in(world, "王小红"), first, other)[1]["receipts"]
    assert [receipt["status"] for receipt in answers] == ["filed", "conflict_kept"]
    with world.as_root():
        assert Operation.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"household": [1]},
        {"household": {"a": 1}},
        {"household": 10**40},
        {"household": True},
        {"lines": [{"person": [1], "presence": {}}, {"person": {}}, 7]},
        {"lines": [{"person": 10**40, "presence": "seen"}]},
        {"outcome": [], "channel": {}, "note": {}, "answers": {"returned_count": {"a": []}}},
        {"supersedes": 9, "back_at": 3, "worker": []},
    ],
)
def test_whatever_is_held_can_be_opened_and_given_back(world, tonight, fields):
    bad = op(world)
    bad["body"] |= fields
    assert send(signed_in(world, "王小红"), bad)[1]["receipts"][0]["status"] == "held"
    client = signed_in(world, "邓永福")
    assert client.get("/held").status_code == 200
    assert client.get(f"/held/{bad['op_id']}").status_code == 200
    home = world.households[HOME].pk
    assert client.get(f"/visits/households/{home}?replaces={bad['op_id']}").status_code == 200
    assert client.post(f"/held/{bad['op_id']}", {"act": "set_aside", "reason": "看不懂"}).status_code == 302


def test_a_sender_with_too_many_areas_holds_up_nobody_else(world, tonight):
    """王小红's correction came before what it corrects; since then she was given five more groups."""
    world.campaign()
    with world.as_root():
        first = operation(world)
        early = operation(world, supersedes=str(first.op_id))
        file(world, early)
        for code in ("1010101", "1010102", "1010103", "1010104", "1010105"):
            Grant.objects.create(
                user=world.users["王小红"],
                role=Role.GRID_WORKER,
                area=world.areas["泉塘村/1组"],
                area_path=f"cn.{code}.",
                starts_at=TONIGHT - dt.timedelta(days=1),
                ends_at=TONIGHT + dt.timedelta(days=1),
            )
        (receipt,) = file(world, first, name="邓永福")
        assert receipt.status == "filed"


def test_the_desk_says_that_a_page_was_saved_before(world, tonight):
    world.campaign()
    client: Client = signed_in(world, "王小红")
    address = f"/visits/households/{world.households[HOME].pk}"
    with world.as_root():
        seen = {f"p_{person.pk}": "seen" for person in world.people(HOME)}
    form = {**seen, "op_id": str(uuid.uuid4()), "q_returned_count": "0"}
    client.post(address, form)
    page = client.post(address, {**form, "q_returned_count": "2"}, follow=True).content.decode()
    assert "这条记录已经登记过" in page
    with world.as_root():
        assert Operation.objects.filter(status="conflict_kept").count() == 1
