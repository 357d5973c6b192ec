"""The desk of lists through HTTP: who may not, what is shown and what never is, how many statements a page takes."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.accounts.models import Grant, User
from lianfang.areas.models import Area
from lianfang.core import clock, keys, sealing
from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.register.tests.pairs import an_id, spread_birthdays
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import Call, PushedList, PushedRow
from lianfang.verification.operations import taking
from tests import world as cast

pytestmark = pytest.mark.django_db
NUMBER, PHONE = an_id("43058119870312451"), "13807392076"
OTHER, AWAY = an_id("43058119900101233"), an_id("43050219600101117")
SAVEPOINTS = 4  # of the test's own transaction, the session and the account
TEXT = f"""姓名,身份证号码,联系电话,现住址
易国强,{NUMBER},{PHONE},
陈大山,{OTHER},13907390001,湖南省武冈市司马冲镇田心村
欧阳无址,{AWAY},13907390002,
"""


@pytest.fixture(autouse=True)
def tonight():
    with clock.frozen(cast.TONIGHT):
        yield


@pytest.fixture
def world():
    made = cast.build()
    spread_birthdays(made)
    with made.as_root():
        one = made.people("杨梅村/1组/1")[0]
        one.name, one.id_number, one.phone = "易国强", NUMBER, PHONE
        one.initials, one.sex, one.birth_on = "ygq", "male", dt.date(1987, 3, 12)
        one.save()
        refresh_tokens([one.pk])
    return made


@pytest.fixture
def desk(world):
    def sign_in(name: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(world.users[name])
        return client

    return sign_in


@pytest.fixture
def taken(desk):
    """Taken in through the page, as pasted text."""
    said = {
        "number": "0807-1",
        "title": "G6031次同车人员",
        "sender": "省专班",
        "text": TEXT,
        "case_number": "武防核1",
        "call_back": "0739-5000000",
    }
    answer = desk("周敏").post("/lists/new", said)
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].rstrip("/").rsplit("/", 1)[1])


@pytest.fixture
def sent(desk, taken):
    zhou = desk("周敏")
    for act in ("sort", "dispatch"):
        zhou.post(f"/lists/{taken}/act", {"act": act})
    return taken


def rows(world, **wanted):
    with world.as_root():
        return list(PushedRow.objects.filter(**wanted).order_by("row"))


def text_of(answer):
    return answer.content.decode()


# ---------- who may not ----------


@pytest.mark.parametrize("name", ["瞿敏", "申志文"])
def test_who_only_inspects_or_audits_sees_no_list(desk, taken, name):
    assert desk(name).get("/lists").status_code == 403
    assert desk(name).get(f"/lists/{taken}/rows").status_code == 403


@pytest.mark.parametrize("name", ["戴春燕", "邓永福", "王小红"])
def test_below_the_county_nobody_takes_sorts_sends_or_decides(world, desk, taken, name):
    client = desk(name)
    assert client.get("/lists/new").status_code == 403
    assert client.post(f"/lists/{taken}/act", {"act": "sort"}).status_code == 403
    assert client.get(f"/lists/{taken}/decide").status_code == 403
    with world.as_root():
        assert PushedList.objects.get(pk=taken).state == "received"


def test_the_neighbour_village_sees_neither_the_row_nor_its_person(world, desk, sent):
    (row,) = rows(world, name="易国强")
    neighbour = desk("谭小英")
    assert neighbour.get(f"/lists/rows/{row.pk}").status_code == 404
    for address in (f"/lists/{sent}/rows", "/lists/mine?who=all", f"/lists/{sent}"):
        assert "易国强" not in text_of(neighbour.get(address))
    for act in ("call", "answer", "back"):
        said = {"act": act, "outcome": "reached", "code": "refused", "proposed": "x"}
        neighbour.post(f"/lists/rows/{row.pk}/act", said)
    assert neighbour.post(f"/lists/rows/{row.pk}/ring").status_code == 404
    (after,) = rows(world, pk=row.pk)
    assert (after.state, after.attempt_count, after.taken_at) == ("out", 0, None)


def test_no_page_shows_an_id_or_a_phone_before_it_is_rung(world, desk, sent):
    (row,) = rows(world, name="易国强")
    zhou = desk("周敏")
    pages = [
        f"/lists/{sent}",
        f"/lists/{sent}/rows",
        f"/lists/{sent}/desk",
        f"/lists/rows/{row.pk}",
        "/lists",
    ]
    for address in [*pages, "/lists/mine?who=all"]:
        shown = text_of(zhou.get(address))
        for secret in (NUMBER, PHONE, OTHER, AWAY, "13907390001", "19870312"):
            assert secret not in shown, (address, secret)


def test_what_was_read_is_shown_masked_before_anybody_sorts_it(desk, taken):
    shown = text_of(desk("周敏").get(f"/lists/{taken}"))
    assert "身份证号码" in shown
    for secret in (NUMBER, PHONE, "易国强", "陈大山"):
        assert secret not in shown


# ---------- what they do ----------


def test_a_list_without_number_or_with_one_that_is_taken_says_so_and_keeps_what_was_typed(desk, taken):
    zhou = desk("周敏")
    said = {"number": "", "title": "另一份", "sender": "市专班", "text": "王五 13800138000"}
    refused = zhou.post("/lists/new", said)
    assert refused.status_code == 422
    assert "另一份" in text_of(refused)
    again = zhou.post("/lists/new", {**said, "number": "0807-1"})
    assert again.status_code == 422
    assert "已经用过" in text_of(again)


def test_the_head_adds_up_and_sends_what_is_ready(world, desk, taken):
    zhou = desk("周敏")
    zhou.post(f"/lists/{taken}/act", {"act": "sort"})
    shown = text_of(zhou.get(f"/lists/{taken}"))
    assert "派发2条到1个乡镇" in shown
    assert "定去处1条" in shown
    assert "还剩4小时30分" in shown
    assert "次日1:35到期" in shown
    zhou.post(f"/lists/{taken}/act", {"act": "dispatch"})
    assert {row.state for row in rows(world, list_id=taken)} == {"out", "desk"}
    assert "【催办】核查名单0807-1还有2条没有答复：司马冲镇2条" in text_of(zhou.get(f"/lists/{taken}"))


def test_the_text_for_the_chat_group_names_nobody(desk, sent):
    shown = text_of(desk("周敏").get(f"/lists/{sent}"))
    chat = shown[shown.index('<p class="chat-text">') :]
    assert not any(name in chat for name in ("易国强", "陈大山", "欧阳无址"))


def test_the_desk_gives_a_row_its_place_and_a_wrong_one_is_refused(world, desk, sent):
    (row,) = rows(world, state="desk")
    zhou = desk("周敏")
    zhou.post(f"/lists/rows/{row.pk}/place", {"area": "没有这个村"})
    assert rows(world, pk=row.pk)[0].state == "desk"
    zhou.post(f"/lists/rows/{row.pk}/place", {"area": "泉塘村"})
    (after,) = rows(world, pk=row.pk)
    assert (after.state, after.area_path) == ("out", world.areas["泉塘村"].path)


def test_a_worker_takes_a_row_rings_and_answers(world, desk, sent):
    (row,) = rows(world, name="易国强")
    wang = desk("王小红")
    assert "易国强" in text_of(wang.get("/lists/mine"))
    ringing = text_of(wang.post(f"/lists/rows/{row.pk}/ring"))
    assert f"tel:{PHONE}" in ringing
    assert "武防核1" in ringing
    assert rows(world, pk=row.pk)[0].show_code in ringing
    assert f"tel:{PHONE}" not in text_of(wang.get(f"/lists/rows/{row.pk}"))
    refused = desk("邓永福").post(f"/lists/rows/{row.pk}/ring", follow=True)
    assert f"tel:{PHONE}" not in text_of(refused)
    assert "已有人正在拨打" in text_of(refused)
    wang.post(f"/lists/rows/{row.pk}/act", {"act": "call", "outcome": "reached"})
    wang.post(f"/lists/rows/{row.pk}/act", {"act": "answer", "code": "controlled", "present_place": "家中"})
    (after,) = rows(world, pk=row.pk)
    assert (after.state, after.answer) == ("answered", "controlled")
    with world.as_root():
        assert Call.objects.get(row=row).outcome == "reached"
    assert "家中" in text_of(wang.get(f"/lists/rows/{row.pk}"))


def test_back_only_with_an_area_and_it_leaves_the_village(world, desk, sent):
    (row,) = rows(world, name="易国强")
    deng = desk("邓永福")
    deng.post(f"/lists/rows/{row.pk}/act", {"act": "back", "proposed": " "})
    assert rows(world, pk=row.pk)[0].state == "out"
    deng.post(f"/lists/rows/{row.pk}/act", {"act": "back", "proposed": "泉塘村", "reason": "搬走了"})
    assert "泉塘村" in text_of(desk("周敏").get(f"/lists/{sent}/desk"))


def test_the_village_confirms_before_the_township_and_a_worker_does_not(world, desk, sent):
    (row,) = rows(world, name="易国强")
    desk("王小红").post(f"/lists/rows/{row.pk}/act", {"act": "answer", "code": "passed_through"})
    assert desk("王小红").post(f"/lists/rows/{row.pk}/confirm", {"level": "village"}).status_code == 403
    desk("戴春燕").post(f"/lists/rows/{row.pk}/confirm", {"level": "town"})
    assert rows(world, pk=row.pk)[0].town_confirmed_at is None
    desk("邓永福").post(f"/lists/rows/{row.pk}/confirm", {"level": "village"})
    desk("戴春燕").post(f"/lists/rows/{row.pk}/confirm", {"level": "town"})
    assert rows(world, pk=row.pk)[0].town_confirmed_at is not None


def test_a_township_signs_for_what_came(desk, sent):
    dai = desk("戴春燕")
    assert 'type="submit">签收2条' in text_of(dai.get(f"/lists/{sent}"))
    dai.post(f"/lists/{sent}/sign")
    assert 'type="submit">签收2条' not in text_of(dai.get(f"/lists/{sent}"))


def test_who_is_meant_is_decided_side_by_side_from_those_offered_only(world, desk, sent):
    (row,) = rows(world, name="陈大山")
    person = world.households["杨梅村/2组/1"]
    with world.as_root():
        people = list(Person.objects.filter(household=person).order_by("pk"))
        candidates = [
            {
                "person_id": people[0].pk,
                "verdict": "probably",
                "weight": 9.0,
                "reasons": [["id.slip", "near", 9.0]],
            }
        ]
        PushedRow.objects.filter(pk=row.pk).update(
            state="deciding", bucket="decide", candidates=candidates, area_path=world.areas["武冈市"].path
        )
    zhou = desk("周敏")
    shown = text_of(zhou.get(f"/lists/{sent}/decide"))
    assert people[0].name in shown
    assert "证件号只错一处" in shown
    assert OTHER not in shown
    zhou.post(f"/lists/rows/{row.pk}/decide", {"person": people[1].pk})
    zhou.post(f"/lists/rows/{row.pk}/decide", {})
    assert rows(world, pk=row.pk)[0].state == "deciding"
    zhou.post(f"/lists/rows/{row.pk}/decide", {"person": people[0].pk})
    (after,) = rows(world, pk=row.pk)
    assert (after.state, after.person_id) == ("ready", people[0].pk)
    assert "没有要判断的了" in text_of(zhou.get(f"/lists/{sent}/decide"))


def test_rows_are_filtered_and_the_file_is_masked_too(desk, sent):
    zhou = desk("周敏")
    out = text_of(zhou.get(f"/lists/{sent}/rows?state=out"))
    assert "易国强" in out
    assert "欧阳无址" not in out
    assert "没有符合的" in text_of(zhou.get(f"/lists/{sent}/rows?q=没有这人"))
    sheet = zhou.get(f"/lists/{sent}/rows.xlsx")
    assert sheet.status_code == 200
    assert PHONE.encode() not in sheet.content


def test_the_first_page_fetches_the_most_urgent_list_and_a_village_without_rows_none(desk, taken):
    zhou = desk("周敏")
    zhou.post(f"/lists/{taken}/act", {"act": "sort"})
    assert 'hx-get="/lists/urgent"' in text_of(zhou.get("/"))
    assert "派发2条到1个乡镇" in text_of(zhou.get("/lists/urgent"))
    assert text_of(desk("邓永福").get("/lists/urgent")) == ""
    assert "lists/urgent" not in text_of(desk("申志文").get("/"))


def test_lists_that_run_are_counted_beside_their_name_in_the_navigation(desk, sent):
    shown = text_of(desk("周敏").get("/lists"))
    entry = shown[shown.index('href="/lists"') :][:400]
    assert "1" in entry.split("核查名单", 1)[1].split("</a>")[0]


@pytest.mark.parametrize("name", ["周敏", "戴春燕", "邓永福"])
@pytest.mark.parametrize(
    "address",
    [
        "/lists",
        "/lists/{list}",
        "/lists/{list}/rows",
        "/lists/{list}/rows?state=answered",
        "/lists/{list}/desk",
        "/lists/rows/{row}",
        "/lists/mine",
        "/lists/mine?who=all",
    ],
)
def test_a_page_takes_a_dozen_statements(world, desk, sent, address, name, django_assert_max_num_queries):
    (row,) = rows(world, name="易国强")
    client = desk(name)
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        assert client.get(address.format(list=sent, row=row.pk)).status_code == 200


# ---------- who is not the county, what is gone ----------


@pytest.fixture
def officer(world):
    """The data officer of a township: `list.take` by role, and yet the list is the county's."""
    town = world.areas["司马冲镇"]
    with world.as_root():
        user = User.objects.create(username="mo", name="莫言清")
        starts, ends = cast.TONIGHT - dt.timedelta(days=1), cast.TONIGHT + dt.timedelta(days=30)
        Grant.objects.create(
            user=user, role="data_officer", area=town, area_path=town.path, starts_at=starts, ends_at=ends
        )
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def test_the_data_officer_of_a_township_opens_no_file_of_the_county(officer, taken, world):
    page = officer.get(f"/lists/{taken}")
    assert page.status_code == 200
    assert "分拣</button>" not in text_of(page)
    assert "读出来是这样" not in text_of(page)
    for act in ("sort", "dispatch", "return"):
        assert officer.post(f"/lists/{taken}/act", {"act": act}).status_code == 403
    for address in ("return", "summary"):
        assert officer.get(f"/lists/{taken}/{address}").status_code == 403
    with world.as_root():
        assert PushedList.objects.get(pk=taken).state == "received"


def test_once_the_key_of_the_emergency_is_gone_pages_stand_and_the_file_says_so(
    world, desk, sent, monkeypatch
):
    (row,) = rows(world, name="易国强")
    zhou = desk("周敏")
    zhou.post(f"/lists/{sent}/act", {"act": "interim"})
    zhou.post(f"/lists/{sent}/act", {"act": "return"})
    gone = keys.emergency(world.emergency.pk)
    kept = keys.get

    def get(name):
        if name == gone:
            raise Problem("start.keys_missing", name=name)
        return kept(name)

    monkeypatch.setattr(keys, "get", get)
    sealing._cipher.cache_clear()
    try:
        for address in (
            f"/lists/{sent}",
            f"/lists/{sent}/rows",
            f"/lists/{sent}/rows.xlsx",
            f"/lists/{sent}/desk",
        ):
            assert zhou.get(address).status_code == 200, address
        assert zhou.get(f"/lists/rows/{row.pk}").status_code == 200
        for address in ("return", "summary"):
            assert zhou.get(f"/lists/{sent}/{address}").status_code == 410
    finally:
        sealing._cipher.cache_clear()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(desk, monkeypatch):
    monkeypatch.setattr(taking, "LARGEST", 1 << 20)
    monkeypatch.setattr(taking, "take_in", None)
    file = SimpleUploadedFile("名单.csv", b"x" * ((1 << 20) + 1))
    said = {"number": "0807-8", "title": "大", "sender": "省专班", "file": file}
    answer = desk("周敏").post("/lists/new", said)
    assert answer.status_code == 422
    assert "文件超过 1 MB" in text_of(answer)


def test_the_list_of_another_county_is_nowhere_to_be_found(world, desk, sent):
    (row,) = rows(world, name="易国强")
    with world.as_root():
        other = Area.objects.create(
            code="430521", name="邵东市", level="county", parent=world.areas["邵阳市"], path="cn.43.05.21."
        )
        PushedList.objects.filter(pk=sent).update(county=other, area_path=other.path)
        PushedRow.objects.filter(list_id=sent).update(area_path=other.path)
    zhou = desk("周敏")
    for address in ("", "/rows", "/rows.xlsx", "/decide", "/desk", "/return", "/summary", "/letter"):
        assert zhou.get(f"/lists/{sent}{address}").status_code == 404, address
    assert zhou.get(f"/lists/rows/{row.pk}").status_code == 404
    for address in ("decide", "place", "ring", "confirm"):
        assert zhou.post(f"/lists/rows/{row.pk}/{address}", {"level": "village"}).status_code in (302, 404)
    for address in ("act", "sign"):
        assert zhou.post(f"/lists/{sent}/{address}", {"act": "dispatch"}).status_code in (302, 404)
    (after,) = rows(world, pk=row.pk)
    assert (after.state, after.taken_at, after.answer) == (row.state, None, "")
    assert "G6031" not in text_of(zhou.get("/lists?show=all"))
