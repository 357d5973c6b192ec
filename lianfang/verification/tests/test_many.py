"""Many rows with one button, and who may press it."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.verification import jobs
from lianfang.verification.models import ListFile, ListReminder, PushedList, PushedRow
from lianfang.verification.operations import answering, understanding
from lianfang.verification.tests.conftest import Send, Take, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tonight():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def rows(send: Send, yang: Person) -> list[PushedRow]:
    """Two rows that are out: one with the grid worker's household, one with the village."""
    return send(row_of(yang), "郝新来,,13711112222,武冈市司马冲镇杨梅村")


def client_of(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def fresh(world: World, row: PushedRow) -> PushedRow:
    with world.as_root():
        return PushedRow.objects.get(pk=row.pk)


def test_a_grid_worker_neither_gives_nor_confirms(world: World, rows: list[PushedRow]):
    worker = client_of(world, "王小红")
    ids = [row.pk for row in rows]
    assert worker.post("/lists/give", {"rows": ids, "worker": 1}).status_code == 403
    answer = worker.post(f"/lists/{rows[0].list_id}/confirm", {"rows": ids, "level": "village"})
    assert answer.status_code == 403
    assert "交给他核" not in worker.get("/lists/mine?who=all").content.decode()


def test_rows_go_to_a_worker_below_and_nowhere_else(world: World, rows: list[PushedRow]):
    lead, row = client_of(world, "邓永福"), rows[1]
    other = world.workers["戴春燕"].pk  # of the township above
    lead.post("/lists/give", {"rows": [row.pk], "worker": other})
    assert fresh(world, row).worker_id is None
    page = lead.get("/lists/mine?who=all").content.decode()
    assert "交给他核" in page
    assert "戴春燕" not in page
    worker = world.workers["王小红"].pk
    lead.post("/lists/give", {"rows": [row.pk], "worker": worker})
    assert fresh(world, row).worker_id == worker
    assert row.name in client_of(world, "王小红").get("/lists/mine").content.decode()


def test_rows_are_given_from_the_page_of_their_list(world: World, rows: list[PushedRow]):
    lead, row = client_of(world, "邓永福"), rows[1]
    address = f"/lists/{row.list_id}/rows"
    assert "交给他核" not in client_of(world, "王小红").get(address).content.decode()
    page = lead.get(address).content.decode()
    assert f'name="rows" value="{row.pk}"' in page
    said = {"rows": [row.pk], "worker": world.workers["王小红"].pk, "list": row.list_id}
    answer = lead.post("/lists/give", said)
    assert answer["Location"] == address
    assert fresh(world, row).worker_id == said["worker"]


def test_nothing_ticked_is_said(world: World, rows: list[PushedRow]):
    lead = client_of(world, "邓永福")
    answer = lead.post("/lists/give", {"worker": world.workers["王小红"].pk}, follow=True)
    assert "请先勾选要办的条目" in answer.content.decode()


def test_many_are_confirmed_and_ones_own_is_left(world: World, rows: list[PushedRow]):
    for name, row in (("王小红", rows[0]), ("邓永福", rows[1])):
        with world.acting(name) as scope:
            said = answering.Said("refused")
            answering.answer(row_id=row.pk, said=said, scope=scope, by=world.users[name].pk)
    lead, list_id = client_of(world, "邓永福"), rows[0].list_id
    assert "村里确认" in lead.get(f"/lists/{list_id}/rows?state=answered").content.decode()
    ids = [row.pk for row in rows]
    answer = lead.post(f"/lists/{list_id}/confirm", {"rows": ids, "level": "village"}, follow=True)
    assert "已确认1条；1条没有动" in answer.content.decode()
    assert [bool(fresh(world, row).village_confirmed_at) for row in rows] == [True, False]


def test_a_reminder_is_answered_by_whom_it_is_for(world: World, rows: list[PushedRow]):
    village, found = world.areas["杨梅村"], rows[0].list
    with world.as_root():
        made = ListReminder.objects.create(
            list=found, area=village, area_path=village.path, threshold=50, open_count=2, raised_at=TONIGHT
        )
    said = {"reminder": made.pk, "note": "22点前完"}
    client_of(world, "曾祥林").post(f"/lists/{found.pk}/reminder", said)
    with world.as_root():
        made.refresh_from_db()
    assert made.acknowledged_at is None
    lead = client_of(world, "邓永福")
    page = lead.get(f"/lists/{found.pk}").content.decode()
    assert "时间已经用了50%，杨梅村还差2条" in page
    lead.post(f"/lists/{found.pk}/reminder", said)
    with world.as_root():
        made.refresh_from_db()
    assert made.acknowledged_note == "22点前完"
    assert "时间已经用了50%" not in lead.get(f"/lists/{found.pk}").content.decode()


def test_rows_of_an_urgent_list_are_rung_at_night(world: World):
    said = {"number": "0807-9", "title": "急", "sender": "省专班", "is_urgent": "1"}
    text = "姓名,手机号\n郝新来,13711112222\n"
    answer = client_of(world, "周敏").post("/lists/new", {**said, "text": text})
    list_id = int(answer["Location"].rsplit("/", 1)[1])
    client_of(world, "周敏").post(f"/lists/{list_id}/act", {"act": "sort"})
    with world.as_root():
        assert PushedList.objects.get(pk=list_id).is_urgent
        assert list(PushedRow.objects.filter(list_id=list_id).values_list("is_urgent", flat=True)) == [True]


def test_days_are_those_of_the_last_list_unless_somebody_says_otherwise(
    world: World, take: Take, yang: Person
):
    zhou = client_of(world, "周敏")
    assert 'name="checked_days" value="7"' in zhou.get("/lists/new").content.decode().replace(
        ' type="number"', ""
    )
    said = {"number": "0807-8", "title": "一", "sender": "省专班", "text": "姓名\n郝新来\n"}
    zhou.post("/lists/new", {**said, "checked_days": "0", "period_days": "10"})
    with world.as_root():
        made = PushedList.objects.get(number="0807-8")
    assert (made.checked_days, made.period_days) == (0, 10)
    page = zhou.get("/lists/new").content.decode()
    assert "先填着上一份名单的" in page
    zhou.post("/lists/new", {**said, "number": "0807-9"})
    with world.as_root():
        made = PushedList.objects.get(number="0807-9")
    assert (made.checked_days, made.period_days) == (7, None)


# ---------- columns that were read otherwise ----------


def test_a_column_is_read_as_somebody_says(world: World, take: Take, yang: Person):
    found = take(row_of(yang), is_sorted=False)
    said = {"column-0-0": "former_names", "column-0-3": "registered_place"}
    assert client_of(world, "戴春燕").post(f"/lists/{found.pk}/columns", said).status_code == 403
    zhou = client_of(world, "周敏")
    assert "照这样读" in zhou.get(f"/lists/{found.pk}").content.decode()
    assert "列已改好" in zhou.post(f"/lists/{found.pk}/columns", said, follow=True).content.decode()
    zhou.post(f"/lists/{found.pk}/columns", {"column-0-0": "name", "column-0-3": "no such field"})
    file = fresh_file(world, found)
    assert file.choices["sheets"] == {"list": {"0": "former_names", "3": "registered_place"}}
    zhou.post(f"/lists/{found.pk}/columns", {"column-0-0": "name"})
    zhou.post(f"/lists/{found.pk}/act", {"act": "sort"})
    with world.as_root():
        assert PushedRow.objects.get(list=found).name == yang.name


def test_a_list_is_read_once_and_not_again_at_each_look(
    world: World, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries
):
    zhou = client_of(world, "周敏")
    text = "姓名\t手机号\n郝新来\t13711112222\n郝无名\t1371111\n"
    said = {"number": "0807-8", "title": "一", "sender": "省专班", "text": text}
    address = zhou.post("/lists/new", said)["Location"]
    before = zhou.get(address).content.decode()
    monkeypatch.setattr(understanding, "read_file", None)  # whoever reads it again fails
    with django_assert_max_num_queries(12 + 4):  # four are of the test's own transaction and the session
        page = zhou.get(address).content.decode()
    assert "读出来是这样" in page
    assert "2条。例子都遮住了" in page
    assert "2条。例子都遮住了" in before
    assert "13711112222" not in page
    file = fresh_file(world, PushedList.objects.get(number="0807-8"))
    assert "郝".encode() not in bytes(file.understood)
    monkeypatch.undo()
    zhou.post(f"{address}/columns", {"column-0-1": "id_number"})
    monkeypatch.setattr(understanding, "read_file", None)
    assert '<option value="id_number" selected>' in zhou.get(address).content.decode()


def test_why_a_list_cannot_be_read_is_found_out_once(world: World, monkeypatch: pytest.MonkeyPatch):
    zhou = client_of(world, "周敏")
    file = SimpleUploadedFile("坏.xlsx", b"PK\x03\x04 no workbook")
    said = {"number": "0807-8", "title": "一", "sender": "省专班", "file": file}
    address = zhou.post("/lists/new", said)["Location"]
    monkeypatch.setattr(understanding, "read_file", None)
    page = zhou.get(address).content.decode()
    assert "读不出来" in page
    assert "文件读不了" in page


def test_a_large_list_is_read_by_the_worker_and_the_page_waits(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", 10)
    zhou = client_of(world, "周敏")
    said = {"number": "0807-8", "title": "一", "sender": "省专班", "text": "姓名\n郝新来\n"}
    address = zhou.post("/lists/new", said)["Location"]
    page = zhou.get(address).content.decode()
    assert "正在读" in page
    assert "读出来是这样" not in page


def test_what_is_asked_of_the_worker_twice_takes_nothing_of_the_request_with_it(
    world: World, take: Take, yang: Person, monkeypatch: pytest.MonkeyPatch
):
    """Two clicks on 列已改好: the second finds the first one's job waiting, and what it chose is kept all the same."""
    found = take(row_of(yang), is_sorted=False)
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", 10)
    with world.acting("周敏") as scope:
        by = world.users["周敏"].pk
        for _ in range(2):
            jobs.ask_understand(list_id=found.pk, byte_count=11, scope=scope, by=by)
        jobs.ask_sort(list_id=found.pk, byte_count=11, scope=scope, by=by)
        with pytest.raises(Problem, match="分拣"):
            jobs.ask_sort(list_id=found.pk, byte_count=11, scope=scope, by=by)
        assert PushedRow.objects.filter(scope.q()).count() == 0  # the transaction still answers


def fresh_file(world: World, found: PushedList) -> ListFile:
    with world.as_root():
        return ListFile.objects.get(list=found)


# ---------- who objects ----------


def test_who_objects_is_heard_at_the_county_until_somebody_answers(world: World, rows: list[PushedRow]):
    row, zhou = rows[0], client_of(world, "周敏")
    with world.acting("王小红") as scope:
        by = world.users["王小红"].pk
        answering.record_call(row_id=row.pk, outcome="objected", note="我没坐过这趟车", scope=scope, by=by)
    shown = zhou.get(f"/lists/{row.list_id}").content.decode()
    assert "1人有异议" in shown
    assert f"/lists/{row.list_id}/rows?waits=objected" in shown
    page = zhou.get(f"/lists/{row.list_id}/rows?waits=objected").content.decode()
    assert row.name in page
    assert rows[1].name not in page
    assert "我没坐过这趟车" in zhou.get(f"/lists/rows/{row.pk}").content.decode()
    with clock.frozen(TONIGHT + dt.timedelta(minutes=5)), world.acting("王小红") as scope:
        said = answering.Said("ticket_refunded")
        answering.answer(row_id=row.pk, said=said, scope=scope, by=world.users["王小红"].pk)
    assert "有异议" not in zhou.get(f"/lists/{row.list_id}").content.decode()
    address = f"/lists/{row.list_id}/rows"
    assert (
        row.name not in zhou.get(f"{address}?waits=objected").content.decode()
    )  # as many names as were counted
    assert row.name in zhou.get(f"{address}?call=objected").content.decode()
