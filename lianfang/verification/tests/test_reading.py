"""Lists as they come: whose each column is, under any header, and that no row is lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from lianfang.register.columns import Choices
from lianfang.register.tests.sheets_made import an_id, xlsx
from lianfang.verification.reading import message_of, read, read_text
from lianfang.verification.reading.doubts import DOUBTS

TODAY = dt.date(2022, 11, 23)
ID, PHONE, OTHER_PHONE = an_id(), "13812342076", "17912342076"


def test_a_person_met_by_a_contact_is_never_taken_for_the_contact(tmp_path: Path) -> None:
    header = [
        "姓名",
        "身份证号",
        "发现时间",
        "核酸结果",
        "疑似被接触人员",
        "联系方式",
        "途径位置",
        "责任街道",
        "责任社区",
    ]
    row = ["某甲", ID, "2022-11-20", "阴性", "某乙", PHONE, "某超市", "火车站乡", "前进村"]
    listed = read(xlsx(tmp_path / "e.xlsx", [header, row]), today=TODAY).rows
    assert [(each.name, each.phones) for each in listed] == [("某甲", (PHONE,))]
    assert (listed[0].town_said, listed[0].village_said) == ("火车站乡", "前进村")


def test_every_row_of_data_is_a_row_also_one_without_a_person(tmp_path: Path) -> None:
    rows = [
        ["推送名单"],
        ["姓名", "身份证号", "联系电话"],
        ["某甲", 430581198703124000, PHONE],
        ["某乙", PHONE, ID],
        ["", "无", "停机"],
        ["姓名", "身份证号", "联系电话"],
        ["某丙", "4305**********4518", "138****2076"],
        ["合计", "4人"],
    ]
    listed = read(xlsx(tmp_path / "m.xlsx", rows), today=TODAY).rows
    assert [(row.row, row.name, row.id_number, row.phones) for row in listed] == [
        (3, "某甲", "430581198703123968", (PHONE,)),
        (4, "某乙", ID, (PHONE,)),
        (5, "", "", ()),
        (7, "某丙", "4305**********4518", ("138****2076",)),
    ]
    assert "register.id_number_cell" in listed[0].doubts
    assert "verification.row_nobody" in listed[2].doubts


def test_a_chat_corrects_itself_and_names_two_on_one_line() -> None:
    text = (
        "#接龙\n返乡登记\n例 姓名 电话 返回日期 地点\n\n1. 张三 13812342076 8.2 南京\n2. 李四🙏 17912342076 8月3日 武汉\n"
        "5. 赵六13812342078 钱七13812342079\n更正第1条 电话13812342099\n6. +1\n收到\n"
    )
    rows = read_text(text, today=TODAY).rows
    assert [(row.name, row.phones, row.companions) for row in rows] == [
        ("张三", ("13812342099",), ()),
        ("李四", (OTHER_PHONE,), ()),
        ("赵六", ("13812342078",), ("钱七",)),
    ]


def test_a_second_list_with_a_fuller_header_does_not_lose_the_first(tmp_path: Path) -> None:
    rows = [
        ["姓名", "证件号码", "手机"],
        ["杨梅村（1人）"],
        ["某甲", ID, PHONE],
        ["请各村连夜核查，务必反馈"],
        ["序号", "手机号", "姓名", "身份证号", "现住址"],
        [1, OTHER_PHONE, "某乙", an_id("19900101", 122), "木瓜村5组"],
    ]
    listed = read(xlsx(tmp_path / "two.xlsx", rows), today=TODAY)
    assert [(row.name, row.phones, row.village_said) for row in listed.rows] == [
        ("某甲", (PHONE,), "杨梅村"),
        ("某乙", (OTHER_PHONE,), ""),
    ]
    assert [each.row for each in listed.sheets[0].findings if each.code == "verification.line_note"] == [4]


def test_what_a_person_says_of_a_column_stands_over_its_header(tmp_path: Path) -> None:
    rows = [["姓名", "民族", "关系人", "号"], ["某甲", "汉族", PHONE, ID], ["某乙", "苗族", OTHER_PHONE, ""]]
    path = xlsx(tmp_path / "c.xlsx", rows, "名单")
    said = Choices(sheets={"名单": {1: "address", 2: "phones", 0: ""}})
    sheet = read(path, chosen=said, today=TODAY).sheets[0]
    assert [(row.name, row.phones, row.address) for row in sheet.rows] == [
        ("", (PHONE,), ""),
        ("", (OTHER_PHONE,), ""),
    ]
    assert [column.reason for column in sheet.columns[:3]] == ["chosen", "refused", "chosen"]
    assert not any("族" in str(row) for row in sheet.rows)
    assert sheet.findings[0].code == "verification.column_refused"


def test_a_hidden_sheet_is_read_only_by_choice_and_hidden_rows_are_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "电话"])
    book.active.append(["某甲", PHONE])
    book.active.append(["某乙", OTHER_PHONE])
    book.active.row_dimensions[3].hidden = True
    other = book.create_sheet("底表")
    other.append(["姓名", "电话"])
    other.append(["某丙", PHONE])
    other.sheet_state = "hidden"
    book.save(tmp_path / "h.xlsx")
    listed = read(tmp_path / "h.xlsx", today=TODAY)
    assert [(row.name, row.doubts) for row in listed.rows] == [
        ("某甲", ()),
        ("某乙", ("verification.row_hidden",)),
    ]
    assert [each.code for each in listed.findings] == ["verification.sheet_left_out"]
    both = Choices(taken_sheets=frozenset({"Sheet", "底表"}))
    assert [row.name for row in read(tmp_path / "h.xlsx", chosen=both, today=TODAY).rows] == [
        "某甲",
        "某乙",
        "某丙",
    ]


def test_every_code_has_its_words(tmp_path: Path) -> None:
    for code in DOUBTS:
        assert message_of(code) != code


def test_one_column_of_phones_is_a_list(tmp_path: Path) -> None:
    listed = read(xlsx(tmp_path / "phones.xlsx", [["名单"], ["号码"], [PHONE], [OTHER_PHONE]]), today=TODAY)
    assert [row.phones for row in listed.rows] == [(PHONE,), (OTHER_PHONE,)]


def test_a_sentence_about_a_person_is_read() -> None:
    text = f"请核查：张三，男，身份证号{ID}，电话{PHONE}，现住司马冲镇杨梅村3组，11月20日从武汉返回"
    (row,) = read_text(text, today=TODAY).rows
    assert (row.name, row.sex, row.id_number, row.phones) == ("张三", "male", ID, (PHONE,))
    assert (row.address, row.came_from, row.came_on) == ("司马冲镇杨梅村3组", "武汉", dt.date(2022, 11, 20))


def test_a_period_ends_with_its_last_day_and_an_age_is_a_year(tmp_path: Path) -> None:
    rows = [
        ["姓名", "年龄", "身份证号", "联系方式", "来返时间", "同行人"],
        [
            "张三(曾用名李四)",
            "35岁",
            ID,
            f"{PHONE}、0739-4222222",
            "2020年1月6日至21日",
            "某丁(妻)、某戊13812342070",
        ],
        ["某乙", "8个月", "无", "+86 13812342076(母)", "11月6日-11月9日", "2人"],
        ["某丙", "", "4.30581E+17", 1.38e10, "20221106103000", "无"],
    ]
    first, second, third = read(xlsx(tmp_path / "d.xlsx", rows), today=TODAY).rows
    assert (first.name, first.former_names, first.birth_year) == ("张三", ("李四",), 1987)
    assert (first.phones, first.came_on) == ((PHONE, "0739-4222222"), dt.date(2020, 1, 21))
    assert first.companions == ("某丁", "某戊")
    assert (second.birth_year, second.came_on, second.companions) == (2022, dt.date(2022, 11, 9), ())
    assert "register.phone_note" in second.doubts
    assert (third.id_number, third.phones, third.came_on) == ("430581************", (), dt.date(2022, 11, 6))


def test_a_header_in_two_rows_says_whose_each_name_is(tmp_path: Path) -> None:
    rows = [
        [
            "序号",
            "被核查人",
            None,
            None,
            "目的地",
            None,
            None,
            "来源地",
            "核查反馈",
            None,
            None,
            "关系人",
            None,
        ],
        [
            None,
            "姓名",
            "身份证号",
            "电话",
            "街道乡镇",
            "社区村",
            "详细地址",
            None,
            "结果",
            "核查人",
            "时间",
            "姓名",
            "电话",
        ],
        [1, "某甲", ID, PHONE, "司马冲镇", "杨梅村", "3组", "武汉", None, None, None, "某庚", OTHER_PHONE],
        [2, "某乙", "", OTHER_PHONE, "同上", "〃", "5组", "同上", None, None, None, "某辛", PHONE],
        ["合计", 2],
        ["填报人：某壬", None, None, "审核人：某癸"],
    ]
    sheet = read(xlsx(tmp_path / "h.xlsx", rows), today=TODAY).sheets[0]
    assert [(row.name, row.phones, row.address, row.came_from) for row in sheet.rows] == [
        ("某甲", (PHONE,), "司马冲镇杨梅村3组", "武汉"),
        ("某乙", (OTHER_PHONE,), "司马冲镇杨梅村5组", "武汉"),
    ]
    answers = {each.field for each in sheet.columns if each.field.startswith("answer_")}
    assert answers == {"answer_result", "answer_checker", "answer_checked_on"}


@pytest.mark.parametrize("place", ["长沙市岳麓区", "湖南省邵阳市", "岳麓区", "大埔县"])
@pytest.mark.parametrize("line", ["1. 张三 13812342076 {}", "1. 张三 {} 13812342076"])
def test_in_a_chat_a_place_without_a_street_is_an_address(place: str, line: str) -> None:
    (row,) = read_text("#接龙\n" + line.format(place) + "\n").rows
    assert (row.name, row.address, row.phones) == ("张三", place, ("13812342076",))


def test_the_title_of_a_chat_is_nobodys_example() -> None:
    (sheet,) = read_text("#接龙\n返乡登记\n1. 张三 13812342076 南京\n2. 李四 17912342076 武汉\n").sheets
    shown = [sample for column in sheet.columns for sample in column.samples]
    assert not [sample for sample in shown if "接龙" in sample or "登记" in sample]
    assert sheet.columns[0].samples == ("1", "2")


def test_no_name_is_shown_as_an_example_however_rare_and_however_many_in_a_cell(tmp_path: Path) -> None:
    rows = [
        ["姓名", "同行人", "手机号"],
        ["萧花华", "库尔班江、尧妹", PHONE],
        ["买买提·依明", "John Smith", PHONE],
    ]
    sheet = read(xlsx(tmp_path / "h.xlsx", rows), today=TODAY).sheets[0]
    assert [column.samples for column in sheet.columns[:2]] == [
        ("萧**", "买**·依*"),
        ("库***、尧*", "J*** S****"),
    ]


@pytest.mark.parametrize("remark", ["疫区", "去过超市", "本市", "在隔离区", "陈神州"])
def test_in_a_chat_a_word_that_only_ends_like_a_place_is_a_remark(remark: str) -> None:
    (row,) = read_text(f"#接龙\n1. 张三 13812342076 {remark}\n").rows
    assert row.address == ""
