"""The pages of the evening, as they are sent. Who may not comes first."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from lianfang.campaigns.models import Coverage
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.register.models import Household
from lianfang.reports.models import DayClose, RecheckSample
from lianfang.reports.operations.closing import sign_close
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import ROSTER, SURNAMES, TONIGHT, World

MOST_QUERIES = 12
SAVEPOINTS = 4  # of the test's own transaction round the request's


@pytest.fixture
def evening(world):
    found = worked(world)
    with clock.frozen(TONIGHT):
        yield found


def sign(world: World, name: str, area: str, **more: object) -> list[DayClose]:
    with world.acting(name) as scope:
        return sign_close(area=world.areas[area], date=TODAY, scope=scope, by=world.users[name].pk, **more)


def get(client, world, name: str, route: str, *args: object, **values: object):
    client.force_login(world.users[name])
    return client.get(reverse(route, args=args), values)


def post(client, world, name: str, route: str, *args: object, **values: object):
    client.force_login(world.users[name])
    return client.post(reverse(route, args=args), values)


def code(world: World, area: str) -> str:
    return world.areas[area].code


# ---------- who may not ----------


@pytest.mark.parametrize(
    "route", ["close_area", "day_sheet", "mop_up_sheet", "recheck", "figures_of", "walk_sheet", "walk_excel"]
)
def test_a_neighbour_sees_nothing_of_the_village(client, world, evening, route):
    assert get(client, world, "谭小英", route, code(world, "杨梅村")).status_code == 403


@pytest.mark.parametrize("name", ["王小红", "瞿敏", "申志文"])
def test_who_holds_no_signature_cannot_post_one(client, world, evening, name):
    assert post(client, world, name, "close_sign", code(world, "杨梅村")).status_code == 403
    assert not DayClose.objects.exists()


def test_an_auditor_reads_the_evening_without_a_name(client, world, evening):
    Coverage.objects.filter(village_path=world.areas["杨梅村"].path).update(done=1, due=5)
    page = get(client, world, "申志文", "close_area", code(world, "杨梅村")).content.decode()
    assert "对不上" in page
    assert not any(name in page for name in residents(world))
    assert get(client, world, "申志文", "mop_up_sheet", code(world, "杨梅村")).status_code == 403
    assert get(client, world, "申志文", "walk_sheet", code(world, "杨梅村")).status_code == 403


def residents(world: World) -> list[str]:
    return [f"{surname}{given}" for surname in SURNAMES for _, _, given, _ in ROSTER]


# ---------- the evening ----------


@pytest.mark.parametrize(
    ("name", "area"),
    [("邓永福", "杨梅村"), ("戴春燕", "司马冲镇"), ("刘志远", "武冈市"), ("王小红", "杨梅村/1组")],
)
def test_a_page_at_any_level_costs_few_statements(
    client, world, evening, name, area, django_assert_max_num_queries
):
    client.force_login(world.users[name])
    address = reverse("close_area", args=[code(world, area)])
    client.get(address)
    with django_assert_max_num_queries(MOST_QUERIES + SAVEPOINTS):
        assert client.get(address).status_code == 200


def test_phones_that_have_not_handed_in_everything_are_named_before_somebody_signs(
    client, world, evening, device_of
):
    device_of(world.users["王小红"], last_contact_at=TONIGHT, waiting_count=2, last_seq=41, stored_count=39)
    device_of(world.users["谭小英"], last_contact_at=TONIGHT, last_seq=9)
    page = get(client, world, "邓永福", "close_area", code(world, "杨梅村")).content.decode()
    asked = reverse("close_phones", args=[code(world, "杨梅村")])
    assert asked in page
    said = get(client, world, "邓永福", "close_phones", code(world, "杨梅村")).content.decode()
    assert "还有1台手机没交齐" in said
    assert "王小红 2 待传，今天21:05最后联系" in said
    assert "谭小英" not in said
    assert get(client, world, "邓永福", "close_phones", code(world, "田心村")).status_code == 403


def test_the_page_opens_at_ones_own_area(client, world, evening):
    assert get(client, world, "邓永福", "close").url == reverse("close_area", args=[code(world, "杨梅村")])


def test_a_number_that_does_not_balance_stands_first_with_its_names_and_cannot_be_signed(
    client, world, evening
):
    Coverage.objects.filter(village_path=world.areas["杨梅村"].path).update(done=1, due=5)
    page = get(client, world, "邓永福", "close_area", code(world, "杨梅村")).content.decode()
    assert page.index("敲门行动 第1轮 对不上") < page.index("其余账")
    assert "差1户" in page
    assert world.households["杨梅村/1组/1"].head_name in page
    assert "还不能签：敲门行动 第1轮差1户" in page
    assert 'id="sign-form"' not in page
    look = AuditRow.objects.get(action="look", object_kind="close_area")
    assert (look.area_path, look.detail["count"]) == (world.areas["杨梅村"].path, 2)
    answer = post(client, world, "邓永福", "close_sign", code(world, "杨梅村"))
    assert answer.status_code == 302
    assert not DayClose.objects.exists()


def test_recounting_from_the_page_lets_it_be_signed(client, world, evening):
    Coverage.objects.filter(village_path=world.areas["杨梅村"].path).update(done=1, due=5)
    post(client, world, "邓永福", "close_recount", code(world, "杨梅村"))
    post(client, world, "邓永福", "close_sign", code(world, "杨梅村"))
    assert DayClose.objects.count() == 1


def test_a_silent_village_stands_as_not_reported_and_needs_a_reason(client, world, evening):
    sign(world, "邓永福", "杨梅村")
    page = get(client, world, "戴春燕", "close_area", code(world, "司马冲镇")).content.decode()
    assert "1个已签，1个未报" in page
    silent = f"silent_{code(world, '田心村')}"
    assert f'name="{silent}"' in page
    post(client, world, "戴春燕", "close_sign", code(world, "司马冲镇"), **{silent: " "})
    assert DayClose.objects.count() == 1
    post(client, world, "戴春燕", "close_sign", code(world, "司马冲镇"), **{silent: "停电"})
    assert DayClose.objects.count() == 2


def test_what_was_signed_stands_beside_what_is_now(client, world, evening):
    sign(world, "邓永福", "杨梅村")
    visit(world, "杨梅村/2组/3", hour=20, name="曾祥林")
    page = get(client, world, "邓永福", "close_area", code(world, "杨梅村")).content.decode()
    assert "签字时" in page
    assert "签修订" in page
    post(client, world, "邓永福", "close_revise", code(world, "杨梅村"), note="晚到")
    assert sorted(DayClose.objects.values_list("revision", flat=True)) == [0, 1]


def test_the_chat_text_carries_no_resident_no_door_and_no_worker(client, world, evening):
    page = get(client, world, "戴春燕", "close_area", code(world, "司马冲镇"))
    text = page.context["chase"]
    assert "杨梅村3户" in text
    assert "田心村6户" in text
    assert not any(name in text for name in [*residents(world), *world.users, "号"])


def test_the_mop_up_list_says_how_to_go_and_who(client, world, evening):
    rows = get(client, world, "邓永福", "close_area", code(world, "杨梅村")).context["mop_up"]["rows"]
    first = next(row for row in rows if row["name"] == "1组")
    assert (first["open"], first["not_met"], first["answering"].name) == (0, 2, "王小红")
    assert first["ways"] == "约好傍晚上门"
    second = next(row for row in rows if row["name"] == "2组")
    assert (second["open"], second["not_met"], second["ways"]) == (1, 0, "上午上门")


def test_the_second_look_is_written_down_by_somebody_else(client, world, evening):
    sign(world, "邓永福", "杨梅村")
    with world.as_root():
        sample = RecheckSample.objects.first()
    own = {"day": TODAY.isoformat(), "round": evening.pk, "verdict": "agrees"}
    assert get(client, world, "瞿敏", "recheck", code(world, "杨梅村"), round=evening.pk).status_code == 200
    assert (
        post(client, world, "邓永福", "recheck_record", code(world, "杨梅村"), sample.pk, **own).status_code
        == 403
    )
    post(client, world, "瞿敏", "recheck_record", code(world, "杨梅村"), sample.pk, **own)
    with world.as_root():
        sample.refresh_from_db()
    assert (sample.verdict, sample.checked_by) == ("agrees", world.users["瞿敏"].pk)


# ---------- the day's sheet ----------


def sheet_of(response):
    return openpyxl.load_workbook(io.BytesIO(response.content), data_only=True).worksheets[0]


def column_of(sheet, name: str) -> int:
    return next(cell.column for cell in sheet[4] if cell.value == name)


def test_the_days_sheet_has_two_header_rows_and_sums(client, world, evening):
    sign(world, "邓永福", "杨梅村")
    sheet = sheet_of(get(client, world, "戴春燕", "day_sheet", code(world, "司马冲镇")))
    merged = {str(area) for area in sheet.merged_cells.ranges}
    at = column_of(sheet, "排查户数")
    assert sheet.cell(4, at).coordinate in {area.split(":")[0] for area in merged}
    assert [sheet.cell(5, at).value, sheet.cell(5, at + 1).value] == ["今日", "累计"]
    names = [sheet.cell(row, 1).value for row in range(6, 9)]
    assert names == ["杨梅村", "田心村", "合计"]
    assert [sheet.cell(row, at).value for row in (6, 7, 8)] == [2, "未报", 2]
    people = column_of(sheet, "排查人数")
    assert [sheet.cell(row, people).value for row in (6, 7, 8)] == [5, "未报", 5]
    assert sheet.cell(6, column_of(sheet, "密接")).value == "未采集"
    assert sheet.cell(8, column_of(sheet, "密接")).value == "未采集"
    assert [sheet.cell(row, 2).value for row in (6, 7)] == ["已签", "未报"]
    assert all(
        word in sheet["B2"].value
        for word in ("填报单位：司马冲镇", "填报人：戴春燕", "审核人", "截至时间：2026-08-07 21:05")
    )
    assert (sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.paperSize) == (
        "B6",
        "landscape",
        9,
    )


def test_the_sum_is_a_formula_that_others_can_check(client, world, evening):
    response = get(client, world, "戴春燕", "day_sheet", code(world, "司马冲镇"))
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    assert sheet.cell(8, column_of(sheet, "排查户数")).value == "=SUM(E6:E7)"


def test_a_signed_sheet_does_not_move(client, world, evening):
    sign(world, "邓永福", "杨梅村")
    visit(world, "杨梅村/2组/3", hour=20, name="曾祥林")
    sheet = sheet_of(get(client, world, "邓永福", "day_sheet", code(world, "杨梅村")))
    last = sheet.max_row - 1
    assert sheet.cell(last, 1).value == "合计"
    assert sheet.cell(last, column_of(sheet, "排查户数")).value == 2
    assert "审核人：邓永福" in sheet["B2"].value


def test_the_mop_up_file_has_areas_and_doors(client, world, evening):
    response = get(client, world, "邓永福", "mop_up_sheet", code(world, "杨梅村"))
    areas, doors = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets
    assert [row[0].value for row in areas.iter_rows(min_row=3)] == ["1组", "2组"]
    assert doors.max_row - 2 == 3
    assert AuditRow.objects.get(action="look", object_kind="mop_up_sheet").detail["count"] == 3


# ---------- paper ----------


def test_paper_carries_only_what_is_owed(client, world, evening):
    response = get(client, world, "王小红", "walk_sheet", code(world, "杨梅村/1组"), round=evening.pk)
    page = response.content.decode()
    (sheet,) = response.context["sheets"]
    assert [door.row.door for door in sheet.doors] == ["2号", "3号"]
    done = Household.objects.none()
    with world.as_root():
        done = world.people("杨梅村/1组/1")
    assert not any(person.name in page for person in done)
    assert (sheet.number, "<svg" in sheet.code, "style" in sheet.code) == (
        f"0807-107221-G01-{evening.pk}-01",
        True,
        False,
    )
    look = AuditRow.objects.get(action="look", object_kind="walk_sheet")
    assert (look.detail["count"], look.area_path) == (2, world.areas["杨梅村/1组"].path)


def test_who_was_met_is_not_asked_for_again(client, world, evening):
    visit(world, "杨梅村/2组/3", name="曾祥林", presences=("seen", "not_met", "not_met"))
    response = get(client, world, "曾祥林", "walk_sheet", code(world, "杨梅村/2组"), round=evening.pk)
    (door,) = response.context["sheets"][0].doors
    with world.as_root():
        head, *others = world.people("杨梅村/2组/3")
    assert [line.member.name for line in door.lines] == [person.name for person in others]
    assert f"{head.name}见到" in door.note
    assert "近14天有几人从外地回来" not in [question.label for question in door.questions]


def test_paper_costs_few_statements(client, world, evening, django_assert_max_num_queries):
    client.force_login(world.users["邓永福"])
    address = reverse("walk_sheet", args=[code(world, "杨梅村")])
    client.get(address)
    with django_assert_max_num_queries(MOST_QUERIES + SAVEPOINTS):
        client.get(address)


def test_the_excel_of_the_walk_carries_the_keys_to_take_it_back(client, world, evening):
    response = get(client, world, "王小红", "walk_excel", code(world, "杨梅村/1组"), round=evening.pk)
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert {row[0] for row in rows} == {f"H{world.households[f'杨梅村/1组/{n}'].pk}" for n in (2, 3)}
    assert len({row[1] for row in rows}) == 6


# ---------- figures ----------


def test_every_figure_of_the_page_opens_to_its_names(client, world, evening):
    page = get(client, world, "邓永福", "figures_of", code(world, "杨梅村"))
    for group in page.context["groups"]:
        for row in group["rows"]:
            if row["url"] and row["value"] and row["figure"].behind[0] in ("names", "targets"):
                assert client.get(row["url"]).status_code == 200, row["figure"].key


def test_the_figures_page_costs_few_statements(client, world, evening, django_assert_max_num_queries):
    client.force_login(world.users["邓永福"])
    address = reverse("figures_of", args=[code(world, "杨梅村")])
    client.get(address)
    with django_assert_max_num_queries(MOST_QUERIES + SAVEPOINTS):
        client.get(address)


def test_an_auditor_has_figures_and_no_way_to_names(client, world, evening):
    page = get(client, world, "申志文", "figures_of", code(world, "杨梅村"))
    assert not any(row["url"] for group in page.context["groups"] for row in group["rows"])
    assert (
        get(client, world, "申志文", "figure_names", code(world, "杨梅村"), "people_today").status_code == 403
    )


def test_a_figure_without_names_has_no_list(client, world, evening):
    assert (
        get(client, world, "邓永福", "figure_names", code(world, "杨梅村"), "workers_today").status_code
        == 404
    )
