"""The pages of a file: its columns named by hand and remembered, its faults listed, one raw row shown."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
import xlsxwriter

from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.register.doubles.jobs import find_doubles
from lianfang.register.models import DoubleSearch, ImportFile, Person, SheetLayout
from lianfang.register.tests.conftest import HEADER, OUYANG
from lianfang.register.tests.sheets_made import an_id, xlsx
from tests import world as cast

PAGE_QUERIES = 14  # 12 of the page, and the savepoints of the request and of the test
ODD = ["称呼", "联络", "何处", "第几组"]
ROW = ["莫小二", "13800001111", "杨梅村", "3组"]


def plain(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", response.content.decode()))


@pytest.fixture
def sent(visit, people, tmp_path):
    """Upload a sheet as the data officer; returns the file as it is then."""

    def send(*rows, name="表.xlsx", path=None):
        with (path or xlsx(tmp_path / name, list(rows))).open("rb") as file:
            visit("周敏", "/register/load", {"file": file})
        with people.as_root():
            return ImportFile.objects.latest("id")

    return send


@pytest.fixture
def with_a_hidden_sheet(tmp_path):
    path = tmp_path / "两张.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for title, name in (("今年", "莫小二"), ("去年", "莫小三")):
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, ["姓名", "村", "组"])
        sheet.write_row(1, 0, [name, "杨梅村", "3组"])
        if title == "去年":
            sheet.hide()
    book.close()
    return path


def fields(response):
    """name of each select → the chosen value."""
    found = {}
    for name, options in re.findall(
        r'<select class="in auto" name="([^"]+)".*?>(.*?)</select>', response.content.decode(), re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_number_is_never_among_the_samples(visit, sent, people):
    kept = sent(HEADER, ["P9", "莫小二", "户主", OUYANG[0], OUYANG[1], "杨梅村", "1组"])
    page = visit("周敏", f"/register/load/{kept.pk}/columns").content.decode()
    assert OUYANG[0] not in page
    assert OUYANG[1] not in page
    assert "莫小二" not in page
    assert "莫**" in page
    with people.as_root():
        assert "莫".encode() not in bytes(ImportFile.objects.get(pk=kept.pk).views)


def test_columns_named_by_hand_are_read_so_and_remembered_for_the_same_headers(visit, sent, people):
    kept = sent(ODD, ROW)
    shown = visit("周敏", f"/register/load/{kept.pk}/columns")
    data = dict(zip(sorted(fields(shown)), ["name", "phone", "village", "group"], strict=True))
    visit("周敏", f"/register/load/{kept.pk}/columns/save", {**data, "take-s0": "on", "remember": "on"})
    with people.as_root():
        kept.refresh_from_db()
        assert (kept.state, kept.taken_count) == ("checked", 1)
        layout = SheetLayout.objects.get()
        assert (layout.area_path, sorted(layout.columns.values())) == (
            people.areas["武冈市"].path,
            ["group", "name", "phone", "village"],
        )
    again = sent(ODD, ["莫小三", "13800002222", "田心村", "1组"], name="又一份.xlsx")
    assert (again.state, again.taken_count) == ("checked", 1)
    shown = visit("周敏", f"/register/load/{again.pk}/columns")
    assert fields(shown) == data
    assert "照上次的读" in plain(shown)
    visit("周敏", f"/register/load/{again.pk}/act", {"do": "take"})
    with people.as_root():
        assert Person.objects.get(name="莫小三").phone == "13800002222"


def test_a_copy_is_marked_in_the_columns_that_were_named_by_hand(visit, sent):
    kept = sent(ODD, ["莫小二", "1381234", "杨梅村", "3组"])
    data = dict(
        zip(
            sorted(fields(visit("周敏", f"/register/load/{kept.pk}/columns"))),
            ["name", "phone", "village", "group"],
            strict=True,
        )
    )
    visit("周敏", f"/register/load/{kept.pk}/columns/save", {**data, "take-s0": "on"})
    marked = visit("周敏", f"/register/load/{kept.pk}/marked")
    sheet = openpyxl.load_workbook(io.BytesIO(marked.content)).active
    assert "电话" in sheet["B2"].comment.text


def test_two_columns_of_one_field_or_none_for_the_name_are_refused(visit, sent):
    kept = sent(HEADER, ["P9", "莫小二", "户主", "", "", "杨梅村", "1组"])
    data = fields(visit("周敏", f"/register/load/{kept.pk}/columns"))
    assert data["s0-1"] == "name"
    address = f"/register/load/{kept.pk}/columns/save"
    for wrong, words in (
        ({**data, "s0-0": "name", "take-s0": "on"}, "都认作“姓名”"),
        ({**data, "s0-1": "", "take-s0": "on"}, "没有一列认作姓名"),
        (data, "一个工作表都没有勾"),
    ):
        response = visit("周敏", address, wrong)
        assert (response.status_code, words in plain(response)) == (400, True)
    assert not AuditRow.objects.filter(action="register.choose_columns").exists()


def test_a_hidden_sheet_is_listed_and_taken_only_when_ticked(visit, sent, people, with_a_hidden_sheet):
    kept = sent(path=with_a_hidden_sheet)
    assert kept.row_count == 1
    shown = visit("周敏", f"/register/load/{kept.pk}/columns")
    assert "隐藏的表，勾了才读" in plain(shown)
    visit(
        "周敏",
        f"/register/load/{kept.pk}/columns/save",
        {**fields(shown), "take-s0": "on", "take-s1": "on"},
    )
    with people.as_root():
        kept.refresh_from_db()
        assert (kept.row_count, kept.taken_count) == (2, 2)


def test_refused_columns_are_shown_without_a_look_at_them(visit, sent):
    kept = sent(["姓名", "村", "组", "民族"], ["莫小二", "杨梅村", "3组", "瑶族"])
    shown = visit("周敏", f"/register/load/{kept.pk}/columns")
    assert "按规定不得收集" in plain(shown)
    assert "瑶族" not in plain(shown)
    assert "s0-3" not in fields(shown)


def test_faults_are_filtered_sorted_and_paged_within_twelve_queries(
    visit, client, sent, django_assert_max_num_queries
):
    bad = an_id()[:-1] + "9"
    rows = [[f"Q{n}", "" if n % 4 == 0 else "莫小二", "户主", bad, "", "杨梅村", f"{n}组"] for n in range(80)]
    kept = sent(HEADER, *rows)
    address = f"/register/load/{kept.pk}"
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        shown = plain(client.get(address))
    assert "本页50条，共100条" in shown
    assert "共20处" in plain(visit("周敏", f"{address}?code=register.name_missing"))
    assert "共80处" in plain(visit("周敏", f"{address}?show=taken&sort=-row&page=2"))
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        client.get("/register/load")
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        client.get(f"{address}/columns")


def test_the_raw_row_is_shown_once_for_a_reason(visit, sent):
    bad = an_id()[:-1] + "9"
    kept = sent(HEADER, ["P9", "莫小二", "户主", bad, "", "杨梅村", "1组"])
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "take"})
    asked = {"sheet": "人口底册", "row": "2"}
    response = visit("周敏", f"/register/load/{kept.pk}/raw", {**asked, "reason": ""})
    assert (response.status_code, bad in plain(response)) == (400, False)
    response = visit("周敏", f"/register/load/{kept.pk}/raw", {**asked, "reason": "核对证件"})
    assert bad in plain(response)
    assert response["Cache-Control"] == "no-store"
    assert bad not in plain(visit("周敏", f"/register/load/{kept.pk}"))


def test_a_person_of_the_register_opens_to_the_row_of_the_sheet(visit, sent, people):
    kept = sent(HEADER, ["P9", "莫小二", "户主", "", "138 0000 1111", "杨梅村", "1组"])
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "take"})
    with people.as_root():
        home = Person.objects.get(name="莫小二").household_id
    link = re.search(
        r"/register/load/\d+\?sheet=[^\"]+", visit("周敏", f"/register/households/{home}").content.decode()
    )
    opened = visit("周敏", link[0].replace("&amp;", "&"))
    assert "人口底册 第2行" in plain(opened)
    assert "看原来写的" in plain(opened)
    assert "/register/load/" not in visit("邓永福", f"/register/households/{home}").content.decode()


def test_a_busy_file_polls_and_the_page_comes_anew_when_it_is_done(visit, sent, people, monkeypatch):
    monkeypatch.setattr("lianfang.register.jobs.AT_ONCE_BYTES", 0)
    kept = sent(HEADER, ["P9", "莫小二", "户主", "", "", "杨梅村", "1组"])
    assert kept.state == "checking"
    assert f"/register/load/{kept.pk}/progress" in visit("周敏", f"/register/load/{kept.pk}").content.decode()
    assert "排队等着" in plain(visit("周敏", f"/register/load/{kept.pk}/progress"))
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "stop"})
    response = visit("周敏", f"/register/load/{kept.pk}/progress")
    assert (response.status_code, response["HX-Refresh"]) == (204, "true")
    assert "已停下，没有收任何一行" in plain(visit("周敏", f"/register/load/{kept.pk}"))


def test_deleted_and_found_again_in_the_list(visit, sent):
    kept = sent(HEADER, ["P9", "莫小二", "户主", "", "", "杨梅村", "1组"], name="手滑.xlsx")
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "remove"})
    assert "手滑.xlsx" not in plain(visit("周敏", "/register/load"))
    assert "手滑.xlsx" in plain(visit("周敏", "/register/load?show=removed"))
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "bring_back"})
    assert "手滑.xlsx" in plain(visit("周敏", "/register/load?q=手滑"))


def test_a_pasted_text_without_headers_is_stored_and_can_be_named(visit, people):
    response = visit("周敏", "/register/load", {"text": "莫小二,13800001111,杨梅村,3组\n"}, follow=True)
    assert "粘贴-2026-08-07.txt" in plain(response)
    with people.as_root():
        assert ImportFile.objects.latest("id").is_pasted


def test_a_taken_file_says_how_many_pairs_it_brought(
    visit, sent, people, client, django_assert_max_num_queries
):
    """欧阳明 once more, at another door: the page counts the pair and leads to the list of this file's pairs alone."""
    file = sent(HEADER, ["", "欧阳明", "户主", "", OUYANG[1], "杨梅村", "2组", "", "", "", "99"])
    visit("周敏", f"/register/load/{file.pk}/act", {"do": "take"})
    with people.as_root():
        search = DoubleSearch.objects.get(found_by=f"file {file.pk}")
    assert "还在与底册比对" in plain(visit("周敏", f"/register/load/{file.pk}"))
    find_doubles(search.pk)
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        page = client.get(f"/register/load/{file.pk}")
    assert "疑似同一人1对，待核1对" in plain(page)
    assert f"/register/doubles?area=430581&amp;file={file.pk}" in page.content.decode()
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        listed = plain(client.get(f"/register/doubles?area=430581&file={file.pk}"))
    assert "只看“表.xlsx”带来的" in listed
    assert "欧阳明" in listed
    other = plain(visit("周敏", f"/register/doubles?area=430581&file={file.pk + 1}"))
    assert "欧阳明" not in other


def test_before_a_sheet_is_taken_it_says_where_its_rows_will_go(visit, sent, people):
    rows = [["莫小二", "杨梅村3组"], ["莫小三", "杨梅村1组"], ["莫小四", "田心村1组"], ["莫小五", "某处五号"]]
    kept = sent(["姓名", "现住址"], *rows)
    page = plain(visit("周敏", f"/register/load/{kept.pk}"))
    assert re.search(r"将放到 .*司马冲镇 杨梅村 2 、 田心村 1 3 ", page)
    assert "收下后在待认地址里认 1" in page
    assert "不收；收下这份表后" in page
    with people.as_root():
        assert not Person.objects.filter(name="莫小二").exists()
        assert [count for *_, count in ImportFile.objects.get(pk=kept.pk).outcome["placed"]] == [2, 1]
    visit("周敏", f"/register/load/{kept.pk}/act", {"do": "take"})
    page = plain(visit("周敏", f"/register/load/{kept.pk}"))
    assert "放到了" in page
    assert "将放到" not in page


def test_the_list_of_files_is_downloaded_as_it_is_filtered(visit, sent, people):
    assert visit("王小红", "/register/files/sheet", headers={"Accept": "application/json"}).status_code == 403
    sent(["姓名", "村"], ["莫小二", "杨梅村"], name="一月.xlsx")
    sent(["姓名", "村"], ["莫小三", "杨梅村"], ["莫小四", "无此村"], name="二月.xlsx")

    def listed(query):
        answer = visit("周敏", f"/register/files/sheet{query}")
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return [row[:1] + row[3:6] for row in openpyxl.load_workbook(io.BytesIO(content)).active.values][1:]

    assert listed("?q=二月") == [("二月.xlsx", 2, 1, 1)]
    assert len(listed("?show=waiting")) == 2
    assert listed("?show=removed") == []
