"""我要核的, 分不下去 and 有异议的: who sees whom, filtered, sorted, taken along as a file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import openpyxl
import pytest
from django.test import Client

from lianfang.core import clock
from lianfang.register.models import Person
from lianfang.verification.models import PushedRow
from lianfang.verification.operations import answering, sending
from lianfang.verification.tests.conftest import Send, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
PAGES = ("/lists/mine?who=all", "/lists/objections?show=all")
SAVEPOINTS = 4  # of the test's own transaction, the session and the account


@pytest.fixture(autouse=True)
def tonight() -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def rows(send: Send, yang: Person) -> list[PushedRow]:
    """One with the grid worker's household, one with the village, one of no place."""
    return send(row_of(yang), "郝新来,,13711112222,武冈市司马冲镇杨梅村", "柏无处,,13711113333,")


def client_of(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def names_in(content: bytes, column: int = 1) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
    assert sheet is not None
    return [str(line[column]) for line in sheet.iter_rows(min_row=2, values_only=True)]


def object_to(world: World, row: PushedRow, minutes: int = 0) -> None:
    with world.acting("王小红") as scope, clock.frozen(TONIGHT + dt.timedelta(minutes=minutes)):
        by, said = world.users["王小红"].pk, "我没坐过这趟车"
        answering.record_call(row_id=row.pk, outcome="objected", note=said, scope=scope, by=by)


def test_the_neighbour_village_and_the_inspector_see_nobody(world: World, rows: list[PushedRow]):
    object_to(world, rows[0])
    for page in PAGES:
        assert rows[0].name not in client_of(world, "谭小英").get(page).content.decode()
        assert client_of(world, "瞿敏").get(page).status_code == 403
    for sheet in ("/lists/mine.xlsx?who=all", "/lists/objections.xlsx?show=all"):
        assert names_in(client_of(world, "谭小英").get(sheet).content) == []
        assert client_of(world, "瞿敏").get(sheet).status_code == 403
    for name in ("王小红", "瞿敏"):
        assert client_of(world, name).get(f"/lists/{rows[0].list_id}/desk.xlsx").status_code == 403


def test_what_is_mine_is_filtered_sorted_and_taken_along(world: World, rows: list[PushedRow]):
    lead = client_of(world, "邓永福")
    names = sorted([rows[0].name, rows[1].name])
    assert names_in(lead.get("/lists/mine.xlsx?who=all&sort=name").content) == names
    assert names_in(lead.get("/lists/mine.xlsx?who=all&sort=-name").content) == names[::-1]
    assert names_in(lead.get("/lists/mine.xlsx?who=all&q=郝").content) == ["郝新来"]
    assert names_in(lead.get("/lists/mine.xlsx?who=all&late=1").content) == []
    assert names_in(client_of(world, "王小红").get("/lists/mine.xlsx").content) == [rows[0].name]
    page = lead.get("/lists/mine?who=all&state=in_progress").content.decode()
    assert "没有符合的" in page
    assert 'href="/lists/mine"' in page


def test_on_a_sheet_no_number_is_whole(world: World, rows: list[PushedRow], yang: Person):
    lead = client_of(world, "邓永福")
    object_to(world, rows[0])
    for address in ("/lists/mine.xlsx?who=all", "/lists/objections.xlsx"):
        content = lead.get(address).content
        (number, phone) = (names_in(content, 2)[0], names_in(content, 3)[0])
        assert "*" in number
        assert number[:3] == yang.id_number[:3]
        assert phone.startswith("139")
        assert "*" in phone


def test_the_desk_shows_apart_what_came_back(world: World, rows: list[PushedRow]):
    with world.acting("王小红") as scope:  # up to the village, then to the county
        by = world.users["王小红"].pk
        sending.hand_back(row_id=rows[0].pk, proposed="田心村", reason="搬走了", scope=scope, by=by)
    zhou, address = client_of(world, "周敏"), f"/lists/{rows[0].list_id}/desk"
    assert names_in(zhou.get(f"{address}.xlsx").content) == [rows[0].name, "柏无处"]
    assert names_in(zhou.get(f"{address}.xlsx?waits=back").content) == [rows[0].name]
    assert names_in(zhou.get(f"{address}.xlsx?waits=no_place").content) == ["柏无处"]
    assert "没有符合的" in zhou.get(f"{address}?q=没这个人").content.decode()


def test_who_objects_is_heard_across_lists_until_somebody_answers(
    world: World, rows: list[PushedRow], django_assert_max_num_queries
):
    object_to(world, rows[0])
    zhou = client_of(world, "周敏")
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        page = zhou.get("/lists/objections").content.decode()
    assert rows[0].name in page
    assert "我没坐过这趟车" in page
    assert "郝新来" not in page
    with world.acting("王小红") as scope, clock.frozen(TONIGHT + dt.timedelta(minutes=5)):
        said = answering.Said("ticket_refunded")
        answering.answer(row_id=rows[0].pk, said=said, scope=scope, by=world.users["王小红"].pk)
    assert names_in(zhou.get("/lists/objections.xlsx").content) == []
    assert names_in(zhou.get("/lists/objections.xlsx?show=done").content) == [rows[0].name]
    object_to(world, rows[0], minutes=9)  # they object to the answer
    assert names_in(zhou.get("/lists/objections.xlsx").content) == [rows[0].name]
    assert names_in(zhou.get("/lists/objections.xlsx?show=done").content) == []
