"""Sheets as hands unlike ours make them: what was lost, misplaced or wrongly believed once, and is not again."""

from __future__ import annotations

import pytest

from lianfang.register.checking import Village
from lianfang.register.rules import check_digit
from lianfang.register.tests.files_made import about_sheet, checked, said
from lianfang.register.tests.sheets_made import csv_file
from lianfang.register.tests.test_traps import ID, OTHER_ID, TIANXIN, check, people, who

__all__ = ["check"]  # the fixture


# ---------- sheets by other hands ----------

COMMITTEES = (
    Village("430581107221", "杨梅村委会", "司马冲镇", "/a/1/"),
    Village("430581107205", "下抄村委会", "司马冲镇", "/a/2/"),
    Village("430581101201", "石桥村民委员会", "湾头桥镇", "/b/1/"),
)


@pytest.mark.parametrize(
    "title", ["武冈市司马冲镇杨梅村花名册", "司马冲镇杨梅村返乡", "2021年杨梅村名单", "杨梅村村民委员会"]
)
def test_a_title_names_the_village_by_its_short_name(check, title):
    found = check([title], ["姓名", "身份证"], ["欧阳明", ID], header=None, villages=COMMITTEES)
    assert [entry.village for entry in found.entries] == [COMMITTEES[0]]


@pytest.mark.parametrize("title", ["大杨梅村花名册", "老杨梅村名单", "杨梅村和下抄村名单"])
def test_a_title_with_a_longer_name_or_with_two_names_no_village(check, title):
    found = check([title], ["姓名", "身份证"], ["欧阳明", ID], header=None, villages=COMMITTEES)
    assert found.entries == []


def test_a_chain_is_placed_by_its_title_and_takes_numbers_its_example_does_not_ask_for(tmp_path):
    path = tmp_path / "群.txt"
    path.write_text(
        "#接龙\n杨梅村3组返乡登记\n例 姓名 电话 返回日期 地点\n\n1. 欧阳明 13812342076 8.2 南京\n"
        f"2. 单雄 {OTHER_ID} 13912342076 8.9 深圳\n3. 李四、王五 13712342076 8.5 北京\n",
        encoding="utf-8",
    )
    found = checked(path, *COMMITTEES)
    assert [(e.name, e.id_number, e.phone) for e in found.entries] == [
        ("欧阳明", None, "13812342076"),
        ("单雄", OTHER_ID, "13912342076"),
    ]
    assert {e.village for e in found.entries} == {COMMITTEES[0]}
    assert [code for _, _, code in said(found)] == ["name_two"]


def test_a_title_in_the_column_of_names_is_no_person(check):
    found = check(
        ["姓名", "身份证"],
        ["欧阳明", ID],
        ["司马冲镇下抄村外出"],
        ["单雄", OTHER_ID],
        header=None,
        sheet="杨梅村",
        villages=COMMITTEES,
    )
    assert [(e.name, e.village) for e in found.entries] == [
        ("欧阳明", COMMITTEES[0]),
        ("单雄", COMMITTEES[1]),
    ]


def test_a_remark_in_brackets_is_no_name(check):
    found = check(who(number=ID), ["（续表）"])
    assert people(found) == ["欧阳明"]
    assert (3, "姓名", "name_missing") in said(found)


def test_two_lists_side_by_side_say_whom_they_lose(check):
    header = ["姓名", "身份证", "电话", "姓名", "身份证", "电话"]
    found = check(["欧阳明", ID, None, "单雄", OTHER_ID, None], header=header, sheet="杨梅村")
    assert people(found) == ["欧阳明"]
    assert said(found) == [(2, "姓名", "name_beside")]
    assert [error.place for error in found.errors if error.row] == [3]


def test_a_header_of_merged_rows_with_a_group_over_one_column(check):
    found = check(
        ["序号", "姓名", "基本信息", None, "村", "今日"],
        [None, None, "身份证号码", "联系电话", None, "新增"],
        [1, "欧阳明", ID, "13812342076", "杨梅村", 2],
        header=None,
        merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2"),
    )
    assert [(e.name, e.id_number, e.phone) for e in found.entries] == [("欧阳明", ID, "13812342076")]
    assert found.row_count == 1


def test_columns_of_township_and_village_that_changed_places(check):
    header = ["姓名", "身份证", "村", "乡镇"]
    found = check(
        *([name, None, "司马冲镇", "田心村"] for name in ("欧阳明", "单雄", "柳青青", "周小平")),
        header=header,
    )
    assert {e.village for e in found.entries} == {TIANXIN}
    assert about_sheet(found).count("column_contradicts") == 2


def test_numbers_a_program_made_of_floats_are_refused_also_when_all_pass_the_check(check):
    """430581198703123968 and its like: they pass by chance, and stand together."""
    wrecks = ["430581199908306816", "430581195712197568", "430581194211139840"]
    assert all(str(int(float(number))) == number for number in wrecks)
    assert all(number[17] == check_digit(number[:17]) for number in wrecks)
    found = check(
        *(
            who(name, number=number)
            for name, number in zip(["欧阳明", "单雄", "柳青青"], wrecks, strict=True)
        ),
        who("周小平", number=ID),
    )
    assert [e.id_number for e in found.entries] == [None, None, None, ID]


def test_a_number_written_as_a_formula_of_text_is_a_number(tmp_path):
    path = tmp_path / "表.csv"
    path.write_text(f'姓名,身份证号码,村\n欧阳明,="{ID}",杨梅村\n', encoding="gbk")
    assert [e.id_number for e in checked(path).entries] == [ID]


def test_places_in_traditional_characters(tmp_path):
    rows = [["姓名", "鄉鎮", "村"], ["歐陽明", "司馬沖鎮", "田心村"]]
    found = checked(csv_file(tmp_path / "表.csv", rows))
    assert [(e.name, e.village) for e in found.entries] == [("歐陽明", TIANXIN)]
