"""Pages of the register, beginning with who may not."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from lianfang.areas.models import Area
from lianfang.areas.operations import add_area
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.sealing import SealedField
from lianfang.register import operations
from lianfang.register.models import ImportFile, Person
from lianfang.register.tests.conftest import HEADER, OUYANG, ROWS, SHAN
from lianfang.register.tests.sheets_made import xlsx
from tests import world as cast

# 12 of the page itself, and what Django's test client adds: the savepoints of the request and of the test.
PAGE_QUERIES = 14


def page(response):
    return response.content.decode()


def plain(response):
    return re.sub("<[^>]*>", "", page(response))


@pytest.fixture
def household_of(people):
    def find(name):
        with people.as_root():
            return Person.objects.get(name=name).household_id

    return find


@pytest.fixture
def person_of(people):
    def find(name):
        with people.as_root():
            return Person.objects.get(name=name).pk

    return find


# ---------- who may not ----------


def test_the_neighbour_villages_worker_finds_nothing(visit):
    for typed in ("欧阳明", "oym", OUYANG[0], OUYANG[1], "1组9号", "3栋2单元501", "3-2-501"):
        response = visit("谭小英", "/find", query_params={"q": typed})
        assert response.status_code == 200
        for secret in ("欧阳", "曾巧", "安置小区"):
            assert secret not in page(response).replace(f"“{typed}”", "").replace(f'value="{typed}"', ""), (
                typed
            )


def test_the_neighbour_villages_worker_opens_neither_household_nor_village(visit, household_of, people):
    assert visit("谭小英", f"/register/households/{household_of('欧阳明')}").status_code == 404
    assert visit("谭小英", f"/register?area={people.areas['杨梅村'].code}").status_code == 403
    assert visit("谭小英", f"/register/sheet?area={people.areas['杨梅村'].code}").status_code == 403


def test_an_auditor_sees_no_residents(visit, household_of):
    for address in ("/register", "/find?q=欧阳明", f"/register/households/{household_of('欧阳明')}"):
        assert visit("申志文", address).status_code == 403


def test_a_grid_worker_may_not_reveal_and_is_not_asked(visit, household_of, person_of):
    assert "查看完整号码" not in page(visit("王小红", f"/register/households/{household_of('欧阳明')}"))
    response = visit(
        "王小红", f"/register/people/{person_of('欧阳明')}/reveal", {"what": "phone", "reason": "x"}
    )
    assert response.status_code == 403
    assert OUYANG[1] not in page(response)


def test_a_village_lead_may_not_reveal_next_door(visit, person_of):
    response = visit(
        "邓永福", f"/register/people/{person_of('单雄')}/reveal", {"what": "phone", "reason": "x"}
    )
    assert response.status_code == 404
    assert not AuditRow.objects.filter(action="register.reveal").exists()


def test_nobody_but_the_data_officer_loads(visit, tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, ROWS[0]])
    for name in ("刘志远", "戴春燕", "邓永福", "王小红", "瞿敏", "申志文"):
        with path.open("rb") as file:
            assert visit(name, "/register/load", {"file": file}).status_code == 403


# ---------- sealed values ----------


def test_no_page_carries_a_full_number(visit, household_of, people):
    village = people.areas["杨梅村"].code
    for address, data in (
        (f"/register/households/{household_of('欧阳明')}", None),
        (f"/register?area={village}", None),
        ("/find?q=欧阳明", None),
        ("/find", {"q": OUYANG[0]}),
        ("/find", {"q": OUYANG[1]}),
    ):
        shown = page(visit("邓永福", address, data))
        assert "欧阳明" in shown
        assert OUYANG[0] not in shown
        assert OUYANG[1] not in shown
        assert OUYANG[0][6:14] not in shown


def test_a_household_is_shown_masked_with_ages(visit, household_of):
    shown = page(visit("邓永福", f"/register/households/{household_of('欧阳明')}"))
    assert f"4305**********{OUYANG[0][-4:]}" in shown
    assert "138****2076" in shown
    assert "1987" not in shown
    assert ">39<" in shown


def test_revealing_needs_a_reason(visit, person_of):
    response = visit(
        "邓永福", f"/register/people/{person_of('欧阳明')}/reveal", {"what": "phone", "reason": " "}
    )
    assert (response.status_code, OUYANG[1] in page(response)) == (400, False)
    assert not AuditRow.objects.filter(action="register.reveal").exists()


def test_revealing_shows_one_number_once_after_its_audit_row(visit, person_of, people, monkeypatch):
    person, order = person_of("欧阳明"), []
    record = operations.audit.record
    monkeypatch.setattr(operations.audit, "record", lambda *a, **k: (order.append("audit"), record(*a, **k)))
    opened = SealedField.from_db_value

    def watched(field, *rest):
        order.append("open")
        return opened(field, *rest)

    monkeypatch.setattr(SealedField, "from_db_value", watched)
    response = visit(
        "邓永福", f"/register/people/{person}/reveal", {"what": "phone", "reason": "核对名单第3条"}
    )
    assert order[:2] == ["audit", "open"]
    assert OUYANG[1] in page(response)
    assert OUYANG[0] not in page(response)
    assert response["Cache-Control"] == "no-store"
    row = AuditRow.objects.get(action="register.reveal")
    assert (row.actor_id, row.object_id, row.reason, row.detail) == (
        people.users["邓永福"].pk,
        str(person),
        "核对名单第3条",
        {"field": "phone"},
    )


def test_every_look_is_recorded(visit, household_of, people):
    home = household_of("欧阳明")
    visit("邓永福", f"/register/households/{home}")
    row = AuditRow.objects.get(action="look", object_kind="household")
    assert (row.object_id, row.detail["count"], row.area_path) == (
        str(home),
        2,
        people.areas["杨梅村/1组"].path,
    )


# ---------- finding ----------


def test_the_find_box_posts_so_that_no_number_stands_in_an_address(visit):
    assert 'action="/find" method="post"' in page(visit("邓永福", "/register"))


@pytest.mark.parametrize(
    "typed", ["欧阳明", "oym", "阳明", OUYANG[0], OUYANG[0].lower(), OUYANG[1], "1组9号", "杨梅村一组9号"]
)
def test_the_village_finds_its_own(visit, typed):
    assert "欧阳明" in page(visit("邓永福", "/find", query_params={"q": typed})).replace(f"“{typed}”", "")


@pytest.mark.parametrize("typed", ["3栋2单元501", "3-2-501", "3号楼501", "安置小区3栋2单元501"])
def test_a_flat_is_found_however_it_is_said(visit, typed):
    assert "曾巧" in page(visit("戴春燕", "/find", query_params={"q": typed}))


def test_a_wrong_id_is_told_and_not_searched(visit):
    assert "最后一位对不上" in page(visit("邓永福", "/find", query_params={"q": OUYANG[0][:-1] + "9"}))


def test_outside_one_asks_by_whole_id_name_and_reason_and_learns_the_village_only(visit, people):
    whole = {"id_number": OUYANG[0], "name": "欧阳明", "reason": "核查名单第1条"}
    for missing in ("id_number", "name", "reason"):
        response = visit("谭小英", "/find/outside", {**whole, missing: ""})
        assert (response.status_code, "杨梅村" in page(response)) == (400, False)
    assert "杨梅村" not in page(visit("谭小英", "/find/outside", {**whole, "name": "欧阳亮"}))
    shown = page(visit("谭小英", "/find/outside", whole))
    assert "司马冲镇 杨梅村" in shown
    assert "第2次" in shown
    assert "9号" not in shown
    rows = AuditRow.objects.filter(action="register.find_outside").order_by("id")
    assert [(row.detail["found"], row.reason) for row in rows] == [
        (False, "核查名单第1条"),
        (True, "核查名单第1条"),
    ]


# ---------- looking through ----------


@pytest.mark.parametrize("sort", ["walk", "-walk", "head", "-people", "tonight", "nonsense"])
def test_a_village_lists_its_doors_within_twelve_queries(
    visit, client, people, django_assert_max_num_queries, sort
):
    visit("戴春燕", "/me")
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        shown = page(client.get(f"/register?area={people.areas['杨梅村'].code}&sort={sort}"))
    assert "安置小区 3栋" in shown
    assert "共8条" in shown


def test_a_county_counts_its_townships(visit, people):
    shown = page(visit("刘志远", "/register"))
    assert "司马冲镇" in shown
    assert "湾头桥镇" in shown


def test_filtering_finds_members_too(visit, people):
    shown = page(visit("戴春燕", f"/register?area={people.areas['杨梅村'].code}&q=欧阳小"))
    assert "共1条" in shown
    assert "没有符合的门户" in page(visit("戴春燕", f"/register?area={people.areas['杨梅村'].code}&q=100%"))


def test_an_empty_village_says_what_to_do(visit, people):
    with people.as_root():
        group = add_area(parent=Area.objects.get(name="杨梅村"), level="group", name="9组", by=1)
    assert "还没有人口底册" in page(visit("周敏", f"/register?area={group.code}"))


def test_the_downloaded_list_has_names_and_no_numbers(visit, people):
    response = visit("邓永福", f"/register/sheet?area={people.areas['杨梅村'].code}")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell]
    assert "欧阳明" in cells
    assert not any(secret in cell for cell in cells for secret in (*OUYANG, OUYANG[1][-4:]))


# ---------- loading ----------


def test_a_sheet_is_kept_checked_shown_and_taken(visit, people, tmp_path):
    bad = ["P9", "莫小二", "户主", OUYANG[0][:-1] + "9", "", "杨梅村", "1组", "", "", "", "10"]
    path = xlsx(tmp_path / "新表.xlsx", [HEADER, bad, ["P10", "", "", "", "", "杨梅村"]])
    with path.open("rb") as file:
        response = visit("周敏", "/register/load", {"file": file}, follow=True)
    shown = page(response)
    assert "2行 = 可收1 + 不能收1" in shown
    assert "最后一位对不上" in shown
    with people.as_root():
        kept = ImportFile.objects.get(name="新表.xlsx")
        assert kept.taken_at is None
        assert not Person.objects.filter(name="莫小二").exists()
    marked = visit("周敏", f"/register/load/{kept.pk}/marked")
    sheet = openpyxl.load_workbook(io.BytesIO(marked.content)).active
    assert "最后一位对不上" in sheet["L2"].value
    assert sheet["D2"].comment is not None
    assert (sheet["L1"].value, sheet["A3"].value) == ("错误", "P10")
    taken = plain(visit("周敏", f"/register/load/{kept.pk}/act", {"do": "take"}, follow=True))
    assert "2行 = 已收1 + 没收1" in taken
    assert "新增1人，更新0人，0人不变" in taken
    with people.as_root():
        assert Person.objects.get(name="莫小二").reference == "P9"
    # Again, after an address was read or an area loaded: nothing doubles.
    assert "新增0人，更新0人，1人不变" in plain(
        visit("周敏", f"/register/load/{kept.pk}/act", {"do": "take"}, follow=True)
    )


def test_what_cannot_be_read_is_kept_and_said(visit, people, tmp_path):
    path = tmp_path / "坏.xlsx"
    path.write_bytes(b"PK\x03\x04 broken")
    with path.open("rb") as file:
        shown = page(visit("周敏", "/register/load", {"file": file}, follow=True))
    assert "文件读不了" in shown
    assert "再检查一遍" in shown
    with people.as_root():
        kept = ImportFile.objects.get(name="坏.xlsx")
        assert (kept.state, kept.fault_code) == ("failed", "register.file_unreadable")


def test_find_in_the_neighbours_numbers_stays_closed(visit):
    assert SHAN[1] not in page(visit("邓永福", "/find", query_params={"q": SHAN[0]}))
    assert "单雄" not in page(visit("邓永福", "/find", query_params={"q": SHAN[0]}))


def test_a_village_is_found_by_its_name_but_not_the_neighbours(visit):
    assert 'href="/register?area=430581107221"' in visit("邓永福", "/find", {"q": "杨梅村"}).content.decode()
    assert "没有找到" in visit("邓永福", "/find", {"q": "田心村"}).content.decode()
