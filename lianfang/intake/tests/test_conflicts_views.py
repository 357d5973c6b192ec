"""/held: what two told differently, and what a phone did after its end."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.campaigns.models import Fact
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.intake.models import Conflict, Operation
from lianfang.intake.operations import OperationInput
from lianfang.intake.tests.test_held import HOME, signed_in, tonight  # noqa: F401
from lianfang.intake.tests.test_operations import operation, send
from tests.world import TONIGHT, World


@pytest.fixture
def asked(world: World, tonight) -> Conflict:  # noqa: F811
    world.campaign()
    with world.as_root():
        first = operation(world)
        body = {**first.body, "answers": {"returned_count": 2}}
        earlier = TONIGHT - dt.timedelta(hours=2)
        send(world, first)
        send(world, OperationInput(new_id(), "visit", earlier, body, base_version=0), name="邓永福")
        return Conflict.objects.get()


def test_a_grid_worker_and_another_village_settle_nothing(world, asked):
    assert (
        signed_in(world, "王小红").post(f"/held/conflicts/{asked.pk}", {"side": "first"}).status_code == 403
    )
    with world.as_root():
        other = Conflict.objects.filter(pk=asked.pk)
        other.update(area_path=world.areas["田心村"].path)
    assert (
        signed_in(world, "邓永福").post(f"/held/conflicts/{asked.pk}", {"side": "first"}).status_code == 404
    )


def test_both_values_stand_side_by_side_with_who_and_when(world, asked, django_assert_max_num_queries):
    with world.as_root():
        for door, household in world.households.items():
            if door.startswith("杨梅村/") and household.pk != asked.household_id:
                more = {"household_id": household.pk, "area_path": household.area_path}
                Conflict(**{**Conflict.objects.filter(pk=asked.pk).values().get(), "id": None, **more}).save()
        count = Conflict.objects.count()
    assert count > 3, "however many there are"
    client = signed_in(world, "邓永福")
    with django_assert_max_num_queries(12):
        page = client.get("/held?show=conflicts").content.decode()
    for words in ("王小红", "邓永福", f"两处不一致 {count}", "这个对"):
        assert words in page
    assert client.get("/held?show=conflicts&xlsx=1").status_code == 200
    assert page.count('action="/held/conflicts/') == 2 * count
    assert '待处理 <span class="zero">0</span>' in page  # it is filed, and asked about in one place alone


def test_one_tap_settles_it(world, asked):
    client = signed_in(world, "邓永福")
    answer = client.post(f"/held/conflicts/{asked.pk}", {"side": "second"}, follow=True)
    assert "没有不一致的" in answer.content.decode()
    with world.as_root():
        assert Fact.objects.get(question="returned_count").value == 2
    assert client.post(f"/held/conflicts/{asked.pk}", {"side": "second"}).status_code == 409


def test_what_a_phone_did_after_its_end_is_filed_by_the_leads_word_or_given_back(world, tonight):  # noqa: F811
    with world.as_root():
        late = [operation(world) for _ in range(2)]
        given = [
            OperationInput(one.op_id, one.kind, one.happened_at, one.body, quarantine="sync.after_revocation")
            for one in late
        ]
        assert {receipt.status for receipt in send(world, *given)} == {"quarantined"}
    client = signed_in(world, "邓永福")
    page = client.get("/held").content.decode()
    assert "停用" in page
    assert "王小红" in page
    with clock.frozen(TONIGHT):
        assert "核对过，入账" in client.get(f"/held/{late[0].op_id}").content.decode()
    client.post(f"/held/{late[0].op_id}", {"act": "retry"})
    client.post(f"/held/{late[1].op_id}", {"act": "set_aside", "reason": "不是他做的"})
    with world.as_root():
        assert sorted(Operation.objects.values_list("status", flat=True)) == ["filed", "set_aside"]
