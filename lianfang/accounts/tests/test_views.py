"""The pages of administration and of the auditor, through HTTP, as the people of the county."""

import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client

from lianfang.accounts import operations
from lianfang.accounts.models import Grant, Role, User
from lianfang.areas.models import Area
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.core import audit, clock
from lianfang.core.models import AuditRow
from tests import world as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    with clock.frozen(cast.TONIGHT):
        yield cast.build()


def signed_in(world, name):
    client = Client()
    client.force_login(world.users[name])
    return client


@pytest.fixture
def officer(world):
    return signed_in(world, "周敏")


@pytest.fixture
def auditor(world):
    return signed_in(world, "申志文")


def township_officer(world):
    user = world.users["陶丽"] = User.objects.create(username="tao", name="陶丽")
    operations.grant_role(user=user, role=Role.DATA_OFFICER, area=world.areas["司马冲镇"], by=None)
    return signed_in(world, "陶丽")


NEW = {
    "name": "宁静",
    "username": "ning",
    "role": "grid_worker",
    "area": "430581107222G02",
    "ends_on": "2026-10-01",
    "title": "",
}


# ---------- accounts ----------


def test_a_township_officer_neither_lists_nor_opens_nor_ends_accounts_of_elsewhere(world):
    client = township_officer(world)
    page = client.get("/administration").content.decode()
    assert "王小红" in page
    assert "刘志远" not in page
    assert client.get(f"/administration/accounts/{world.users['刘志远'].pk}").status_code == 404
    lead = Grant.objects.get(user=world.users["刘志远"])
    assert client.post(f"/administration/grants/{lead.pk}/end").status_code == 404
    assert client.post(f"/administration/accounts/{world.users['刘志远'].pk}/password").status_code == 404
    lead.refresh_from_db()
    assert lead.ends_at > cast.TONIGHT


def test_a_role_outside_ones_areas_is_refused_on_the_form(world):
    response = township_officer(world).post("/administration/accounts/add", {**NEW, "area": "430581101201"})
    assert response.status_code == 403
    assert "不在您负责的辖区" in response.content.decode()
    assert not User.objects.filter(username="ning").exists()


def test_a_bad_form_says_why_keeps_what_was_typed_and_opens_nothing(officer):
    response = officer.post("/administration/accounts/add", {**NEW, "ends_on": "明天"})
    page = response.content.decode()
    assert response.status_code == 400
    assert "到期日" in page
    assert 'value="宁静"' in page
    assert not User.objects.filter(username="ning").exists()


def test_an_area_name_that_many_have_is_asked_back(officer):
    response = officer.post("/administration/accounts/add", {**NEW, "area": "1组"})
    assert "有3个“1组”" in response.content.decode()


def test_the_first_password_is_shown_once_and_works(world, officer):
    response = officer.post("/administration/accounts/add", NEW)
    assert response["Cache-Control"] == "no-store"
    user = User.objects.get(username="ning")
    password = next(
        word
        for word in response.content.decode().replace("<", " ").replace(">", " ").split()
        if user.check_password(word)
    )
    assert password not in officer.get(f"/administration/accounts/{user.pk}").content.decode()
    assert Client().post("/login", {"username": "ning", "password": password}).status_code == 302


def test_an_ended_role_is_out_at_the_next_request(world, officer):
    wang = signed_in(world, "王小红")
    assert wang.get("/me").status_code == 200
    grant = Grant.objects.get(user=world.users["王小红"])
    assert officer.post(f"/administration/grants/{grant.pk}/end").status_code == 302
    assert wang.get("/me").status_code == 403


def test_a_reset_password_ends_the_running_session(world, officer):
    wang = signed_in(world, "王小红")
    assert wang.get("/me").status_code == 200
    assert officer.post(f"/administration/accounts/{world.users['王小红'].pk}/password").status_code == 200
    assert wang.get("/me").status_code == 302


def test_the_list_is_filtered_sorted_and_paged_in_few_queries(world, officer, django_assert_max_num_queries):
    group = world.areas["杨梅村/1组"]
    users = User.objects.bulk_create(User(username=f"many{n:03}", name=f"众人{n:03}") for n in range(60))
    Grant.objects.bulk_create(
        Grant(
            user=user,
            role=Role.GRID_WORKER,
            area=group,
            area_path=group.path,
            starts_at=cast.TONIGHT,
            ends_at=cast.TONIGHT + dt.timedelta(days=9),
        )
        for user in users
    )
    with django_assert_max_num_queries(12):
        first = officer.get("/administration?q=众人&sort=-name").content.decode()
    assert "众人059" in first
    assert "众人009" not in first
    assert "共60条" in first
    assert "众人009" in officer.get("/administration?q=众人&sort=-name&page=2").content.decode()
    assert "众人" not in officer.get("/administration?role=auditor").content.decode()
    assert "众人" not in officer.get("/administration?state=ended").content.decode()


def test_the_downloaded_list_has_the_same_people_and_is_recorded(world, officer):
    response = officer.get("/administration/accounts.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[0][:2] == ("姓名", "账号")
    assert len(rows) == 1 + len(cast.CAST)
    assert AuditRow.objects.get(action="look", object_kind="accounts_sheet").detail["count"] == len(cast.CAST)


# ---------- oneself ----------


def test_me_says_what_where_until_when(world):
    page = signed_in(world, "王小红").get("/me").content.decode()
    assert "网格员" in page
    assert "430581107221G01" in page
    assert "2026-11-03" in page


def test_me_changes_the_password_and_stays_signed_in(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    client = signed_in(world, "王小红")
    assert client.post("/me", {"old": "wrong", "new": "another-password"}).status_code == 400
    assert client.post("/me", {"old": "right-password", "new": "another-password"}).status_code == 302
    assert client.get("/me").status_code == 200


def test_who_has_five_scattered_areas_chooses_first(world):
    village, user = world.areas["杨梅村"], world.users["邓永福"]
    Grant.objects.filter(user=user).delete()
    groups = ensure_below(wanted=[Wanted(village.code, "group", f"{n}组") for n in range(1, 11)], by=None)
    for number in (1, 3, 5, 7, 9):
        area = groups[village.code, "group", f"{number}组"]
        operations.grant_role(user=user, role=Role.GRID_WORKER, area=area, by=None)
    client = signed_in(world, "邓永福")
    response = client.get("/me")
    assert (response.status_code, response["Location"]) == (302, "/me/areas?next=%2Fme")
    ids = list(Grant.objects.filter(user=user).values_list("pk", flat=True))
    assert client.post("/me/areas", {"grant": ids, "next": "/me"}).status_code == 409
    assert client.post("/me/areas", {"grant": ids[:4], "next": "/me"})["Location"] == "/me"
    page = client.get("/me").content.decode()
    assert "7组" in page
    assert "9组" not in page


def test_a_wrong_password_stays_on_the_page_and_is_counted(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    for _ in range(5):
        assert Client().post("/login", {"username": "wang", "password": "wrong"}).status_code == 400
    assert Client().post("/login", {"username": "wang", "password": "right-password"}).status_code == 429


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(world, wanted):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    response = Client().post("/login", {"username": "wang", "password": "right-password", "next": wanted})
    assert response["Location"] == "/"


def test_the_demonstrations_one_click_login_exists_in_a_demonstration_only(world):
    assert Client().post("/demo/login", {"username": "wang"}).status_code == 404


# ---------- first run ----------


def test_an_empty_installation_says_what_to_do(db):
    assert Client().get("/login")["Location"] == "/first-run"
    page = Client().get("/first-run").content.decode()
    assert "lianfang areas load" in page
    assert "lianfang user add" in page


def test_areas_without_an_account_still_lead_to_the_first_run(db):
    Area.objects.create(code="43", name="湖南省", level="province", path="cn.43.")
    assert Client().get("/login")["Location"] == "/first-run"
    assert 'class="ok"' in Client().get("/first-run").content.decode()


def test_once_done_the_first_run_leads_to_signing_in(world):
    assert Client().get("/first-run")["Location"] == "/login"


# ---------- the audit trail ----------


def test_the_auditor_of_one_township_sees_no_row_of_another(world):
    audit.record("test.here", "area", "1", by=None, path=world.areas["杨梅村"].path)
    audit.record("test.there", "area", "2", by=None, path=world.areas["泉塘村"].path)
    user = world.users["巡"] = User.objects.create(username="xun", name="寻文")
    operations.grant_role(user=user, role=Role.AUDITOR, area=world.areas["司马冲镇"], by=None)
    page = signed_in(world, "巡").get("/audit").content.decode()
    assert "test.here" in page
    assert "test.there" not in page


def test_rows_of_no_area_go_with_the_area_of_who_did_it(world, auditor):
    audit.record("test.mine", "x", "1", by=world.users["王小红"].pk)
    stranger = User.objects.create(username="far", name="远")
    audit.record("test.far", "x", "2", by=stranger.pk)
    page = auditor.get("/audit").content.decode()
    assert "test.mine" in page
    assert "test.far" not in page


def test_the_trail_is_filtered_by_who_what_on_what_and_when(world, auditor):
    village = world.areas["杨梅村"].path
    wang, deng = world.users["王小红"].pk, world.users["邓永福"].pk
    audit.record("visit.record", "household", "17", by=wang, path=village, reason="甲")
    audit.record("exemption.decide", "household", "17", by=deng, path=village, reason="乙")
    with clock.frozen(cast.TONIGHT - dt.timedelta(days=30)):
        audit.record("visit.record", "household", "18", by=wang, path=village, reason="丙")
    seen = {
        "": "甲乙",
        "actor=王小红": "甲",
        "actor=deng": "乙",
        "action=exemption.": "乙",
        "kind=household&object=17": "甲乙",
        "object=18": "",
        "since=2026-07-01&object=18": "丙",
        "since=2026-07-01&until=2026-07-31": "丙",
        "since=rubbish": "甲乙",
    }
    for query, reasons in seen.items():
        page = auditor.get(f"/audit?{query}").content.decode()
        assert "".join(each for each in "甲乙丙" if f">{each}</td>" in page) == reasons, query


def test_the_trail_is_paged_in_few_queries_and_each_look_is_a_row(
    world, auditor, django_assert_max_num_queries
):
    for number in range(120):
        audit.record("visit.record", "household", number, by=1, path=world.areas["杨梅村"].path)
    with django_assert_max_num_queries(12):
        page = auditor.get("/audit?action=visit.record&page=2").content.decode()
    assert "共120条" in page
    assert AuditRow.objects.filter(action="look", object_kind="audit").count() == 1


def test_the_downloaded_trail_is_recorded(world, auditor):
    audit.record(
        "visit.record", "household", "17", by=world.users["王小红"].pk, path=world.areas["杨梅村"].path
    )
    response = auditor.get("/audit.xlsx?action=visit.record")
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[1][1] == "王小红"
    assert len(rows) == 2
    assert AuditRow.objects.get(action="audit.download").detail["count"] == 1
