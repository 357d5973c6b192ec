"""The pages of department tables: who opens them, a file from the frame to its approval, and what a village sees."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from lianfang.core import clock
from lianfang.questions.models import Form
from lianfang.reports import jobs
from lianfang.reports.models import DepartmentTable, TableFilling
from lianfang.reports.operations import fillings
from lianfang.reports.operations.tables import approve_table
from lianfang.reports.tests.department_files import daily, roster
from lianfang.reports.tests.department_tables import approved, confirmed, proposed, registered
from lianfang.reports.tests.evenings import TODAY, worked
from tests.world import TONIGHT


@pytest.fixture
def desk(world):
    """A browser of somebody of the cast, at 21:05."""

    def of(name: str) -> Client:
        browser = Client()
        browser.force_login(world.users[name])
        return browser

    with clock.frozen(TONIGHT):
        yield of


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the form on a page of columns."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        kind, name, value = (re.search(rf'{one}="([^"]*)"', tag) for one in ("type", "name", "value"))
        if name is None or (kind and kind[1] in ("file", "radio", "search")):
            continue
        if kind and kind[1] == "checkbox":
            if " checked" in tag:
                found[name[1]] = value[1] if value else "on"
            continue
        found[name[1]] = (value[1] if value else "").replace("&#x27;", "'").replace("&amp;", "&")
    for select in re.findall(r"<select.*?</select>", page, re.S):
        name = re.search(r'name="([^"]*)"', select)
        picked = re.search(r'<option value="([^"]*)" selected', select)
        if name:
            found[name[1]] = picked[1] if picked else ""
    return found


def upload(browser, content, name="日报.xlsx"):
    return browser.post("/tables/upload", {"file": SimpleUploadedFile(name, content)})


# ---------- who may not ----------


def test_a_village_uploads_confirms_and_approves_nothing(world, desk):
    table = confirmed(world, registered(world, daily()))
    browser = desk("邓永福")
    assert upload(browser, daily()).status_code == 403
    for address in ("columns", "template.xlsx"):
        assert browser.get(f"/tables/{table.pk}/{address}").status_code == 403
    for address in ("confirm", "approve", "act", "ask"):
        assert browser.post(f"/tables/{table.pk}/{address}", {"do": "stop"}).status_code == 403


def test_an_auditor_sees_that_a_table_is_there_and_takes_nothing(world, desk):
    table = approved(world, roster())
    browser = desk("申志文")
    assert browser.get(f"/tables/{table.pk}").status_code == 200
    assert browser.post(f"/tables/{table.pk}/fill", {"area": "430581107221"}).status_code == 403
    assert browser.get(f"/tables/{table.pk}/fillings/1/file.xlsx").status_code == 403


def test_a_table_of_another_village_is_not_there(world, desk):
    table = registered(world, daily(), area="杨梅村")
    assert desk("谭小英").get(f"/tables/{table.pk}").status_code == 404
    assert desk("谭小英").get("/asked/430581107221").status_code == 403


def test_the_confirmer_has_no_button_to_approve(world, desk):
    table = confirmed(world, registered(world, daily()))
    page = desk("周敏").get(f"/tables/{table.pk}").content.decode()
    assert 'name="ends_on"' not in page
    sent = {"ends_on": "2026-08-20", "seen_at": table.state_at.isoformat()}
    answer = desk("周敏").post(f"/tables/{table.pk}/approve", sent)
    assert answer.status_code == 403
    assert "核对的人不能自己批准" in answer.content.decode()
    assert 'name="ends_on"' in desk("刘志远").get(f"/tables/{table.pk}").content.decode()


def test_nobody_approves_what_was_confirmed_anew_since_they_looked(world, desk):
    """They read that it carries counts for the education bureau; by now it carries names for somebody else."""
    table = confirmed(world, registered(world, daily()))
    DepartmentTable.objects.update(state_at=TONIGHT - dt.timedelta(minutes=5))
    page = desk("刘志远").get(f"/tables/{table.pk}").content.decode()
    confirmed(world, table, department="别的单位")
    answer = approve(desk("刘志远"), table, page)
    assert answer.status_code == 409
    table.refresh_from_db()
    assert table.state == "confirmed"
    assert approve(desk("刘志远"), table).status_code == 302


def approve(client, table, page=""):
    """As the page that they have read sends it."""
    page = page or client.get(f"/tables/{table.pk}").content.decode()
    seen_at = re.search(r'name="seen_at" value="([^"]+)"', page)[1]
    return client.post(f"/tables/{table.pk}/approve", {"ends_on": "2026-08-20", "seen_at": seen_at})


# ---------- from the frame to the approval ----------


def test_a_dropped_file_is_confirmed_as_it_was_read_and_approved(world, desk):
    worked(world)
    officer = desk("周敏")
    answer = upload(officer, daily())
    table = DepartmentTable.objects.get()
    assert answer.url == f"/tables/{table.pk}/columns"
    page = officer.get(answer.url).content.decode()
    assert "指标：今日排查户数" in page
    assert '<th scope="col" colspan="2" rowspan="1">排查户数</th>' in page
    sent = {**fields(page), "department": "县教育局", "purpose": "household_sweep", "hours": "7:30 16点"}
    answer = officer.post(f"/tables/{table.pk}/confirm", sent)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    approve(desk("刘志远"), table)
    table.refresh_from_db()
    assert (table.state, table.hours, table.department) == ("approved", ["07:30", "16:00"], "县教育局")
    assert table.ends_on == dt.date(2026, 8, 20)


def test_a_column_left_empty_stays_unknown_and_is_told_with_every_filling(world, desk):
    table = registered(world, daily("菜园块数", "备注"))
    officer = desk("周敏")
    sent = fields(officer.get(f"/tables/{table.pk}/columns").content.decode())
    sent |= {"department": "县教育局", "purpose": "household_sweep"}
    assert officer.post(f"/tables/{table.pk}/confirm", sent).status_code == 302
    approve(desk("刘志远"), table)
    officer.post(f"/tables/{table.pk}/fill", {"area": "430581107"})
    page = officer.get(f"/tables/{table.pk}").content.decode()
    assert "还没有口径" in page
    assert "菜园块数" in page
    assert "备注" not in page  # nobody could ever know


def test_a_column_nobody_ever_asked_about_becomes_a_question_after_a_yes(world, desk):
    table = registered(world, daily("菜园块数"))
    officer = desk("周敏")
    sent = fields(officer.get(f"/tables/{table.pk}/columns").content.decode())
    sent |= {"column": "c-s0-7", "label-c-s0-7": "家里有几块菜园", "about-c-s0-7": "household"}
    sent |= {"type-c-s0-7": "integer", "department": "县农业局"}
    assert desk("邓永福").post(f"/tables/{table.pk}/question", sent).status_code == 403
    assert officer.post(f"/tables/{table.pk}/question", sent).status_code == 400  # for what purpose?
    answer = officer.post(f"/tables/{table.pk}/question", {**sent, "purpose": "household_sweep"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="填报项：家里有几块菜园，合计"' in page
    assert 'value="县农业局"' in page
    sent = fields(page)
    assert officer.post(f"/tables/{table.pk}/confirm", sent).status_code == 302
    table.refresh_from_db()
    (meaning,) = [one["meaning"] for one in table.layout[0]["columns"] if one["path"] == ["菜园块数"]]
    assert meaning["measure"] == "sum"


def test_words_that_are_no_meaning_come_back_with_their_column(world, desk):
    table = registered(world, daily())
    officer = desk("周敏")
    sent = fields(officer.get(f"/tables/{table.pk}/columns").content.decode())
    sent |= {"department": "县教育局", "purpose": "household_sweep", "c-s0-3": "天上有几朵云"}
    answer = officer.post(f"/tables/{table.pk}/confirm", sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "天上有几朵云" in page
    assert 'aria-describedby="e-c-s0-3"' in page
    assert 'value="县教育局"' in page


def test_a_column_of_another_purpose_says_so_before_it_is_approved(world, desk):
    table = registered(world, roster("疫苗接种几剂"))
    officer = desk("周敏")
    sent = fields(officer.get(f"/tables/{table.pk}/columns").content.decode())
    named = [name for name, value in sent.items() if value.startswith("填报项：")]
    assert named
    sent |= {"department": "县教育局", "purpose": "vector_control"}
    officer.post(f"/tables/{table.pk}/confirm", sent)
    page = officer.get(f"/tables/{table.pk}/columns").content.decode()
    assert "不为这个用途收集" in page


def test_what_is_no_workbook_tells_why_on_its_page(world, desk):
    answer = upload(desk("周敏"), b"name,phone\n", "名单.csv")
    page = desk("周敏").get(answer.url).content.decode()
    assert "读不了" in page
    assert upload(desk("周敏"), b"").status_code == 400


# ---------- lists, villages ----------


def test_the_pages_cost_a_dozen_statements(world, desk, django_assert_max_num_queries):
    worked(world)
    table = approved(world, daily(), hours=["16:00"])
    for number in range(6):
        registered(world, daily(f"第{number}列"))
    with world.acting("戴春燕") as scope:
        jobs.ask_fill(
            table_id=table.pk, area=world.areas["司马冲镇"], scope=scope, by=world.users["戴春燕"].pk
        )
    for name, address in (
        ("周敏", "/tables"),
        ("周敏", f"/tables/{table.pk}"),
        ("周敏", f"/tables/{table.pk}/columns"),
        ("周敏", "/asked/430581"),
        ("邓永福", "/asked/430581107221"),
        ("邓永福", f"/tables/{table.pk}"),
    ):
        browser = desk(name)
        browser.get(address)  # what is kept a while is read first
        with django_assert_max_num_queries(16):  # the dozen, and four of session, account, transaction
            assert browser.get(address).status_code == 200


def test_a_village_sees_what_was_asked_of_it_and_what_was_merged(world, desk):
    worked(world)
    table = approved(world, daily(), purpose="vector_control")
    world.campaign(name="积水清查", purpose="vector_control", form_key="standing_water")
    with world.acting("邓永福") as scope:
        jobs.ask_fill(table_id=table.pk, area=world.areas["杨梅村"], scope=scope, by=world.users["邓永福"].pk)
    page = desk("邓永福").get("/asked/430581107221").content.decode()
    assert "县教育局" in page
    assert "敲门行动" in page
    assert "2处用" in page  # 积水: the table and the campaign


def test_a_list_is_filtered_sorted_and_downloaded(world, desk):
    approved(world, daily())
    registered(world, roster())
    browser = desk("周敏")
    assert "学龄儿童摸底表" not in browser.get("/tables?show=running").content.decode()
    assert "学龄儿童摸底表" in browser.get("/tables?q=学龄&sort=title").content.decode()
    assert browser.get("/tables/list.xlsx")["Content-Type"].endswith("sheet")
    assert "没有符合的表" in browser.get("/tables?q=没有").content.decode()


def test_the_day_before_can_be_looked_at(world, desk):
    worked(world)
    page = desk("邓永福").get(f"/asked/430581107221?day={TODAY - dt.timedelta(days=1)}").content.decode()
    assert "今天没有上门任务" in page


# ---------- what a file must not tell, and must not break ----------


def named(*names: str, beside: tuple[str, ...] = ()) -> bytes:
    """A list of people that is begun already; `beside`: names on a hidden sheet."""
    book = Workbook()
    sheet = book.active
    sheet.append(["学龄儿童摸底表"])
    sheet.append(["序号", "姓名", "性别", "年龄", "身份证号码"])
    for name in names or ("",):
        sheet.append([None, name])
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    hidden.append([*beside])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def only_first(world, content: bytes) -> DepartmentTable:
    table = registered(world, content)
    table = confirmed(world, table, sheets=proposed(world, table)[:1])
    with world.acting("刘志远") as scope:
        return approve_table(
            table_id=table.pk,
            ends_on=TODAY + dt.timedelta(days=3),
            scope=scope,
            by=world.users["刘志远"].pk,
        )


def names_at(world, household: str) -> list[str]:
    with world.as_root():
        return [person.name for person in world.people(household)]


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_village_gets_no_file_in_which_its_neighbours_are_named(world, desk, is_hidden):
    neighbour = names_at(world, "田心村/1组/2")[0]
    own = names_at(world, "杨梅村/1组/1")[0]
    assert neighbour not in names_at(world, "杨梅村/1组/2")
    table = only_first(world, named(own, beside=(neighbour,)) if is_hidden else named(own, neighbour))
    answer = desk("邓永福").post(f"/tables/{table.pk}/fill", {"area": "430581107221"})
    assert answer.status_code == 409
    assert neighbour not in answer.content.decode()
    with world.as_root():
        assert not TableFilling.objects.exists()


def test_what_stands_beside_a_given_name_is_of_that_person_or_of_nobody(world, desk):
    head, spouse, _child = names_at(world, "杨梅村/1组/2")
    table = only_first(world, named("查无此人", spouse, head))
    answer = desk("邓永福").post(f"/tables/{table.pk}/fill", {"area": "430581107221"})
    assert answer.status_code == 302
    with world.as_root():
        filling = TableFilling.objects.get()
    assert "查无此人" not in str(filling.unknown)
    answer = desk("邓永福").get(f"/tables/{table.pk}/fillings/{filling.pk}/file.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].values)[2:]
    assert [(row[1], row[2]) for row in rows] == [("查无此人", None), (spouse, "女"), (head, "男")]


def test_a_table_that_cannot_be_filled_does_not_stop_the_hour_of_the_others(world):
    odd = registered(world, daily(), area="司马冲镇")
    with clock.frozen(TONIGHT):
        good = approved(world, daily(), hours=("07:30",))
        sheets = [replace(one, row_kind="county") for one in proposed(world, odd)]
        odd = confirmed(world, odd, sheets=sheets, hours=("07:30",))
        with world.acting("刘志远") as scope:
            approve_table(
                table_id=odd.pk,
                ends_on=TODAY + dt.timedelta(days=3),
                scope=scope,
                by=world.users["刘志远"].pk,
            )
    with clock.frozen(TONIGHT + dt.timedelta(hours=11)):
        assert [filling.table_id for filling in fillings.begin_due_fillings()] == [good.pk]


def test_the_form_of_a_tables_question_is_offered_in_its_county_only(world, desk):
    table = approved(world, daily("有没有菜园"))
    with world.acting("周敏") as scope:
        fillings.ask_at_next_visit(
            table_id=table.pk,
            question_keys=["returned_count"],
            emergency_id=world.emergency.pk,
            due_at=TONIGHT + dt.timedelta(hours=5),
            scope=scope,
            by=world.users["周敏"].pk,
        )
    assert Form.objects.order_by("-pk").first().area_path == table.area_path


def test_an_address_with_a_sign_that_cannot_be_stored_is_no_failure(world, desk):
    assert desk("周敏").get("/tables?q=%00").status_code == 400
    assert desk("周敏").get("/asked/430581?day=0001-01-01").status_code == 200
