"""Lists as they come: whose each column is, under any header, and that no row is lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lianfang.register.tests.sheets_made import an_id, xlsx
from lianfang.verification.reading import read, read_text

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
