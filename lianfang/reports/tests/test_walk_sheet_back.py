"""The printed sheet as Excel: what it asks, and what comes back of it. Filled in with a spreadsheet, as a clerk does."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianfang.core import clock
from lianfang.reports.tests.evenings import visit
from tests.world import TONIGHT, World

VILLAGE = "杨梅村"
HEADER = 3


@pytest.fixture(autouse=True)
def evening():
    with clock.frozen(TONIGHT):
        yield


@pytest.fixture
def desk(client, world: World):
    client.force_login(world.users["邓永福"])
    return client


def printed(desk, world: World):
    answer = desk.get(reverse("walk_excel", args=[world.areas[VILLAGE].code]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    columns = {str(cell.value): cell.column for cell in sheet[HEADER]}
    return book, sheet, columns


def sent_back(desk, world: World, book):
    buffer = io.BytesIO()
    book.save(buffer)
    sent = SimpleUploadedFile("走访单.xlsx", buffer.getvalue())
    return desk.post(reverse("entry_sheet"), {"area": world.areas[VILLAGE].code, "sheet": sent})


def given_back(desk, world: World, book) -> dict:
    answer = sent_back(desk, world, book)
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(answer: dict) -> dict[tuple[int, str, str], str]:
    return {(household, who, column): said for household, who, column, said, _ in answer["cells"]}


def rows_of(sheet, columns, world: World, home: str) -> list[int]:
    number = f"H{world.households[home].pk}"
    return [
        row
        for row in range(HEADER + 1, sheet.max_row + 1)
        if sheet.cell(row, columns["户号"]).value == number
    ]


def test_a_neighbour_cannot_give_it_back(client, world):
    client.force_login(world.users["谭小英"])
    sent = SimpleUploadedFile("a.xlsx", b"x")
    answer = client.post(reverse("entry_sheet"), {"area": world.areas[VILLAGE].code, "sheet": sent})
    assert answer.status_code == 403


def test_what_is_no_sheet_is_said_and_nothing_breaks(desk, world):
    world.campaign()
    sent = SimpleUploadedFile("走访单.xlsx", b"PK\x03\x04 not a workbook")
    answer = desk.post(reverse("entry_sheet"), {"area": world.areas[VILLAGE].code, "sheet": sent})
    assert answer.status_code in (400, 422)


def test_it_says_by_when_and_what_is_owed_and_asks_for_all_campaigns_once(desk, world):
    world.campaign()
    world.campaign(name="积水清查", purpose="vector_control", form_key="standing_water")
    visit(world, f"{VILLAGE}/1组/1")
    _book, sheet, columns = printed(desk, world)
    assert "截止8月8日8:00" in sheet["A1"].value
    assert {"近14天有几人从外地回来", "屋内外积水"} <= set(columns)
    first = rows_of(sheet, columns, world, f"{VILLAGE}/1组/2")
    assert len(first) == 3
    assert sheet.cell(first[0], columns["还欠"]).value.startswith("见3人，问")
    assert sheet.cell(first[1], columns["还欠"]).value in (None, "")


def test_filled_in_it_comes_back_to_the_same_people(desk, world):
    world.campaign()
    book, sheet, columns = printed(desk, world)
    home = f"{VILLAGE}/1组/2"
    rows = rows_of(sheet, columns, world, home)
    for row, said in zip(rows, ("见到", "代答", "外出"), strict=True):
        sheet.cell(row, columns["见到情况"], said)
    sheet.cell(rows[2], columns["外出地"], "东莞")
    sheet.cell(rows[0], columns["近14天有几人从外地回来"], 2)
    sheet.cell(rows[0], columns["上门时间"], "19:40")
    # Sorted, cut and with the names gone: the numbers still say whose row it is.
    for row in rows:
        sheet.cell(row, columns["姓名"], None)
    answer = given_back(desk, world, book)
    assert answer["kept"] == []
    assert answer["told"] == []
    with world.as_root():
        people = [str(one.pk) for one in world.people(home)]
    key = world.households[home].pk
    cells = told(answer)
    assert [cells[key, who, "presence"] for who in people] == ["见到", "代答", "外出"]
    assert cells[key, people[2], "place"] == "东莞"
    assert cells[key, "", "q_returned_count"] == "2"


def test_a_row_of_another_village_is_kept_and_said(desk, world):
    world.campaign()
    book, sheet, columns = printed(desk, world)
    row = rows_of(sheet, columns, world, f"{VILLAGE}/1组/2")[0]
    sheet.cell(row, columns["户号"], "H999999")
    sheet.cell(row, columns["人号"], "P999999")
    sheet.cell(row, columns["门"], "别处9号")
    sheet.cell(row, columns["姓名"], "外来人")
    sheet.cell(row, columns["见到情况"], "见到")
    own = rows_of(sheet, columns, world, f"{VILLAGE}/1组/3")[0]
    sheet.cell(own, columns["见到情况"], "见到")
    answer = given_back(desk, world, book)
    assert [row["name"] for row in answer["kept"]] == ["外来人"]


def test_left_as_printed_it_is_not_taken_and_says_so(desk, world):
    world.campaign()
    book, _sheet, _columns = printed(desk, world)
    answer = sent_back(desk, world, book)
    assert answer.status_code == 400
    assert "没有填好的行" in answer.content.decode()
