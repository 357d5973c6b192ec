"""The coverage page and the first page, through HTTP, as each of the cast."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianfang.campaigns.models import Coverage, Exemption, HandBack, Reminder, Round, Target
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.tests.test_coverage import LATER, worked
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.reports import wording
from tests.world import TONIGHT, World

MOST_QUERIES = 12
VILLAGE, GROUP_1, NEIGHBOUR = "430581107221", "430581107221G01", "430581107222"


@pytest.fixture
def evening():
    """21:05, and the desk's clock with it."""
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def late():
    with clock.frozen(LATER):
        yield


def page(world: World, name: str, address: str, **headers: str):
    client = Client()
    client.force_login(world.users[name])
    return client.get(address, headers=headers)


def names_address(found: Round, code: str, **values: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in values.items())
    return f"/coverage/{found.pk}/{code}/names?{query}"


def text(response) -> str:
    """What a person reads, tags out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


# ---------- who may not ----------


@pytest.mark.parametrize("tail", ["", "/numbers", "/names?show=open", "/table.xlsx", "/names.xlsx?show=open"])
def test_the_neighbours_worker_gets_nothing_by_guessing_an_address(world, evening, tail):
    found = worked(world)
    for code in (VILLAGE, GROUP_1, "430581107", "430581"):
        response = page(world, "谭小英", f"/coverage/{found.pk}/{code}{tail}")
        assert response.status_code == 403
        assert "国强" not in response.content.decode()


@pytest.mark.parametrize("show", ["open", "not_met", "due", "found", "everything", "' or true --"])
def test_the_neighbours_worker_gets_nothing_by_guessing_parameters(world, evening, show):
    found = worked(world)
    mine = "430581107222G01"
    for values in ({"of": GROUP_1, "show": show}, {"of": VILLAGE, "show": show, "rest": "1"}):
        response = page(world, "谭小英", names_address(found, mine, **values))
        assert response.status_code in (400, 404)
        assert "国强" not in response.content.decode()


def test_a_round_of_another_township_is_not_there(world, evening):
    found = world.campaign("湾头桥镇")
    assert page(world, "戴春燕", f"/coverage/{found.pk}/430581107").status_code == 404


def test_an_auditor_reads_numbers_and_no_name(world, evening):
    found = worked(world)
    shown = page(world, "申志文", f"/coverage/{found.pk}/{VILLAGE}")
    assert shown.status_code == 200
    assert "/names" not in shown.content.decode()
    assert page(world, "申志文", f"/coverage/{found.pk}/{GROUP_1}").status_code == 200
    assert page(world, "申志文", names_address(found, VILLAGE, show="open")).status_code == 403


def test_a_look_at_names_is_recorded_with_area_and_count(world, evening):
    found = worked(world)
    page(world, "周敏", names_address(found, "430581107", of=VILLAGE, show="not_met"))
    row = AuditRow.objects.get(action="look")
    assert (row.actor_id, row.area_path, row.detail["count"], row.reason) == (
        world.users["周敏"].pk,
        world.areas["杨梅村"].path,
        2,
        "not_met",
    )


def test_the_numbers_alone_leave_no_look(world, evening):
    found = worked(world)
    page(world, "周敏", f"/coverage/{found.pk}/430581")
    page(world, "周敏", f"/coverage/{found.pk}/430581/numbers")
    assert not AuditRow.objects.filter(action="look").exists()


# ---------- coverage ----------


def test_a_village_shows_its_equation_and_its_groups(world, evening):
    found = worked(world)
    said = text(page(world, "邓永福", f"/coverage/{found.pk}/{VILLAGE}"))
    assert "应排查 6 = 已排查 2 + 核减 1 + 未见到 2 + 待排查 1 平" in said
    assert "40.0%" in said  # 2 ÷ (6 − 1)


def test_names_say_what_was_tried_and_who_goes(world, evening):
    found = worked(world)
    said = text(page(world, "邓永福", names_address(found, VILLAGE, show="not_met")))
    assert "杨梅村 未见到 2户" in said
    assert "今天12:40、今天19:40 无人应门" in said
    assert "已申请核减（空置），待审" in said
    assert "王小红 网格员 3户2户" in said
    assert "您查看这2户已记入查看记录" in said


def test_what_is_overdue_names_the_deadline_that_was_missed(world, evening):
    found = worked(world)
    early = clock.at(TONIGHT.date(), 20)
    with world.as_root():
        Target.objects.filter(round=found, state="open", village_path=world.areas["杨梅村"].path).update(
            due_at=early
        )
        Coverage.objects.filter(round=found).delete()
        recount(found)
    said = text(page(world, "邓永福", names_address(found, VILLAGE, show="overdue")))
    assert "杨梅村 逾期 1户" in said
    assert "口径：今天20:00前该见到而未见到" in said


def test_a_group_lists_its_households(world, evening):
    found = worked(world)
    moved = page(world, "邓永福", f"/coverage/{found.pk}/{GROUP_1}")
    assert moved.status_code == 302
    said = text(page(world, "邓永福", moved["Location"]))
    for door in ("1组1号", "1组2号", "1组3号"):
        assert door in said


def test_lowest_coverage_stands_first(world, evening):
    found = worked(world)
    body = page(world, "周敏", f"/coverage/{found.pk}/430581").content.decode()
    table = body[body.index("<tbody>") :]
    assert table.index("湾头桥镇") < table.index("司马冲镇")
    body = page(world, "周敏", f"/coverage/{found.pk}/430581?sort=-done").content.decode()
    table = body[body.index("<tbody>") :]
    assert table.index("司马冲镇") < table.index("湾头桥镇")


def test_the_numbers_say_nothing_until_something_changes(world, evening):
    found = world.campaign()
    address = f"/coverage/{found.pk}/430581/numbers"
    body = page(world, "周敏", f"/coverage/{found.pk}/430581").content.decode()
    seen = re.search(r"seen=([0-9a-f]+)", body).group(1)
    assert page(world, "周敏", f"{address}?seen={seen}").status_code == 204
    from lianfang.campaigns.tests.test_coverage import visit

    visit(world, "杨梅村/1组/1")
    changed = page(world, "周敏", f"{address}?seen={seen}")
    assert changed.status_code == 200
    assert "已排查 1" in text(changed)


def test_the_table_comes_as_excel_with_the_same_numbers(world, evening):
    found = worked(world)
    content = page(world, "邓永福", f"/coverage/{found.pk}/{VILLAGE}/table.xlsx").content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[-1][:7] == ("合计", 6, 2, 1, 2, 1, 0)
    assert rows[-1][7] == pytest.approx(0.4)
    assert [sum(row[column] for row in rows[2:-1]) for column in range(1, 7)] == list(rows[-1][1:7])


def test_names_as_excel_carry_no_phone_and_no_id_and_are_recorded(world, evening):
    found = worked(world)
    content = page(world, "邓永福", f"/coverage/{found.pk}/{VILLAGE}/names.xlsx?show=not_met").content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert [row[1] for row in rows[2:]] == ["1组2号", "1组3号"]
    assert rows[1] == ("村、社区", "门", "户主", "人数", "状态", "情况", "责任人", "截止")
    assert AuditRow.objects.get(action="look").detail["count"] == 2


@pytest.mark.parametrize("show", sorted(wording.CHASED))
def test_what_is_copied_into_a_chat_names_no_resident(world, late, show):
    found = worked(world)
    for address in (names_address(found, "430581", show=show), names_address(found, VILLAGE, show=show), "/"):
        body = page(world, "周敏", address).content.decode()
        copied = " ".join(re.findall(r'data-copy="([^"]*)"', body))
        assert "【催办】" in copied
        for resident in ("国强", "桂花", "子涵", "1号", "2号", "3号"):
            assert resident not in copied
        for worker in ("王小红", "曾祥林"):
            assert worker not in copied


# ---------- the first page ----------


def test_the_first_page_names_the_late_village_and_the_silence(world, late):
    found = worked(world)
    village = world.areas["杨梅村"]
    Reminder.objects.create(
        round=found, area=village, area_path=village.path, threshold=90, open_count=3, raised_at=TONIGHT
    )
    said = text(page(world, "周敏", "/"))
    assert "司马冲镇杨梅村 敲门行动 第1轮 3户" in said
    assert "村支书 邓永福 · 21:05 提醒1次，无人应答" in said
    early = Reminder.objects.create(
        round=found,
        area=village,
        area_path=village.path,
        threshold=75,
        open_count=4,
        raised_at=TONIGHT,
        acknowledged_at=TONIGHT,
    )
    assert "无人应答" in text(
        page(world, "周敏", "/")
    )  # an answer to an earlier reminder is none to this one
    early.delete()
    Reminder.objects.update(acknowledged_at=TONIGHT, acknowledged_by=1, acknowledged_note="在路上")
    assert "21:05已应答：在路上" in text(page(world, "周敏", "/"))


def test_the_first_page_says_what_waits_for_a_decision(world, evening):
    worked(world)
    assert "核减申请 1户" in text(page(world, "邓永福", "/"))
    assert "关于开展敲门行动的通知" in text(page(world, "邓永福", "/"))


def test_a_household_asked_for_in_two_rounds_is_one_household(world, evening):
    worked(world)
    with world.as_root():
        again = Exemption.objects.get(decision="pending")
        again.pk, again.round = None, world.campaign(name="积水清查")
        again.save(force_insert=True)
    assert "核减申请 1户" in text(page(world, "邓永福", "/"))


def test_a_door_handed_back_is_opened_where_it_can_be_given_out(world, evening):
    found = worked(world)
    home = world.households["杨梅村/1组/1"]
    with world.as_root():
        HandBack.objects.create(
            round=found,
            household_id=home.pk,
            area_path=home.area_path,
            worker_id=1,
            reason="有狗",
            handed_at=TONIGHT,
        )
    said = page(world, "周敏", "/").content.decode()
    assert f'href="/rounds/{found.pk}/assign?area={VILLAGE}"' in said
    assert "/assign" not in page(world, "瞿敏", "/").content.decode()  # an inspector gives nothing out


def test_a_township_lead_sees_only_the_township_on_the_first_page(world, late):
    worked(world)
    said = text(page(world, "戴春燕", "/"))
    assert "应排查12 =" in said
    assert "泉塘村" not in said


def test_a_grid_worker_is_led_to_her_own_doors(world, evening):
    worked(world)
    assert page(world, "王小红", "/")["Location"] == "/doors"
    said = text(page(world, "王小红", "/doors"))
    assert "1组 今天要走的门" in said
    assert "应排查3 =" in said
    assert "2组" not in said
    assert page(world, "王小红", "/doors?area=430581107221G02").status_code == 403


# ---------- cost ----------


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("周敏", "/"),
        ("邓永福", "/"),
        ("王小红", "/doors"),
        ("周敏", "/coverage/{round}/430581"),
        ("周敏", "/coverage/{round}/430581/names?show=open"),
        ("邓永福", "/coverage/{round}/430581107221/names?of=430581107221G01&show=overdue"),
        ("邓永福", "/coverage/{round}/430581107221G01/names?show=due"),
        ("邓永福", "/coverage/{round}/430581107221/numbers"),
    ],
)
def test_a_page_takes_few_queries(world, late, name, address):
    found = worked(world)
    client = Client()
    client.force_login(world.users[name])
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address.format(round=found.pk)).status_code == 200
    # The test's own savepoints, and taking the token back after a nested transaction, are no queries of the page.
    asked = [
        query["sql"]
        for query in queries
        if "SAVEPOINT" not in query["sql"] and "token', ''" not in query["sql"]
    ]
    assert len(asked) <= MOST_QUERIES, "\n".join(sql[:110] for sql in asked)
