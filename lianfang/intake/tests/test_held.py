"""待处理: who may settle it, and that nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from lianfang.campaigns.models import Visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.intake.models import Operation
from lianfang.intake.tests.test_operations import operation, send
from tests.world import TONIGHT, World

HOME = "杨梅村/1组/1"


@pytest.fixture
def tonight(world: World) -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def held(world: World, name: str = "王小红", **fields: object) -> Operation:
    with world.as_root():
        bad = operation(world, **{"outcome": "fled", **fields})
        send(world, bad, name=name)
        return Operation.objects.get(pk=bad.op_id)


def test_a_grid_worker_does_not_empty_the_queue(world, tonight):
    row = held(world)
    client = signed_in(world, "王小红")
    assert client.get("/held").status_code == 403
    assert client.post(f"/held/{row.pk}", {"act": "set_aside", "reason": "x"}).status_code == 403


def test_whoever_settles_is_told_where_they_may_not_go(world, tonight):
    """The frame counts what is held: not on a page that is refused, which stands outside of any area."""
    held(world)
    for address in ("/audit", "/forms/new", "/tables/1/columns"):
        assert signed_in(world, "邓永福").get(address).status_code == 403


def test_another_villages_record_is_not_there(world, tonight):
    row = held(world, name="谭小英")
    client = signed_in(world, "邓永福")
    assert "谭小英" not in client.get("/held").content.decode()
    assert client.get(f"/held/{row.pk}").status_code == 404
    assert client.post(f"/held/{row.pk}", {"act": "set_aside", "reason": "x"}).status_code == 404


def test_the_list_says_what_from_whom_and_why(world, tonight, django_assert_max_num_queries):
    held(world, outcome="met", answers={"returned_count": 99})
    client = signed_in(world, "邓永福")
    client.get("/held")
    with django_assert_max_num_queries(12):
        page = client.get("/held").content.decode()
    for words in ("上门登记", "王小红", "今天20:05", "近14天有几人从外地回来", "要在0到30之间"):
        assert words in page
    assert "舒国强" not in page


def test_the_content_is_shown_in_words_and_the_look_is_recorded(world, tonight):
    row = held(world, note="住学堂后面")
    page = signed_in(world, "邓永福").get(f"/held/{row.pk}").content.decode()
    for words in ("1组1号", "舒国强", "见到", "住学堂后面", "“fled”"):
        assert words in page
    assert AuditRow.objects.filter(action="look", object_kind="held_one", object_id=str(row.pk)).exists()


def test_trying_again_files_it_for_whoever_sent_it(world, tonight):
    world.campaign()
    with world.as_root():
        first = operation(world)
        early = operation(world, supersedes=str(first.op_id))
        send(world, early)
        Operation.objects.filter(pk=early.op_id).update(
            waits_for=None
        )  # as if the first had come by another way
        send(world, first)
    client = signed_in(world, "邓永福")
    assert client.post(f"/held/{early.op_id}", {"act": "retry"}).status_code == 302
    with world.as_root():
        assert Operation.objects.get(pk=early.op_id).status == "filed"
        assert Visit.objects.get(pk=early.op_id).recorded_by == world.users["王小红"].pk


def test_trying_again_without_a_change_says_the_same(world, tonight):
    row = held(world)
    response = signed_in(world, "邓永福").post(f"/held/{row.pk}", {"act": "retry"})
    assert response.status_code == 422
    assert "不在可选的里面" in response.content.decode()


def test_corrected_values_are_a_new_record_that_refers_to_the_held_one(world, tonight):
    found = world.campaign()
    row = held(world, outcome="met", answers={"returned_count": 99})
    client = signed_in(world, "邓永福")
    address = f"/visits/households/{world.households[HOME].pk}?replaces={row.pk}"
    page = client.get(address).content.decode()
    assert 'value="99"' in page
    with world.as_root():
        people = world.people(HOME)
    form = {f"p_{person.pk}": "seen" for person in people} | {"at": "1940", "q_returned_count": "9"}
    form |= {"replaces": str(row.pk), "channel": "door", "worker": str(world.workers["王小红"].pk)}
    assert client.post(address, form).status_code == 302
    with world.as_root():
        row.refresh_from_db()
        new = Operation.objects.get(refers_to=row.pk)
        visit = Visit.objects.get(pk=new.pk)
        assert (row.status, row.settled_by, row.code) == (
            "replaced",
            world.users["邓永福"].pk,
            "visits.bad_answer",
        )
        assert (visit.worker_id, visit.answers) == (world.workers["王小红"].pk, {"returned_count": 9})
    assert found.pk


def test_setting_aside_needs_a_reason_and_deletes_nothing(world, tonight):
    row = held(world)
    client = signed_in(world, "邓永福")
    assert client.post(f"/held/{row.pk}", {"act": "set_aside", "reason": " "}).status_code == 422
    assert client.post(f"/held/{row.pk}", {"act": "set_aside", "reason": "填的是邻县的户"}).status_code == 302
    with world.as_root():
        row.refresh_from_db()
        assert (row.status, row.settled_reason) == ("set_aside", "填的是邻县的户")
        (receipt,) = send(world, operation(world, op_id=row.pk, outcome="fled"))
    assert (receipt.status, receipt.code) == ("held", "intake.set_aside")
    assert "填的是邻县的户" in client.get("/held?show=set_aside").content.decode()


def test_what_was_settled_is_not_settled_again(world, tonight):
    row = held(world)
    client = signed_in(world, "邓永福")
    client.post(f"/held/{row.pk}", {"act": "set_aside", "reason": "重复"})
    response = client.post(f"/held/{row.pk}", {"act": "retry"})
    assert response.status_code == 422
    assert "已经处理过" in response.content.decode()


def test_the_list_can_be_taken_away_as_a_sheet(world, tonight):
    held(world)
    response = signed_in(world, "邓永福").get("/held?xlsx=1")
    assert response["Content-Type"].endswith("sheet")
