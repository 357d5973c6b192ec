"""Cells as counties write them. What cannot be read is said to be so; nothing is guessed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.areas.naming import standard_name, village_stem
from lianfang.areas.pinyin import name_initials
from lianfang.register import rules
from lianfang.register.columns import find_header
from lianfang.register.doors import door_name, read_door_text
from lianfang.register.tests.sheets_made import an_id

TODAY = dt.date(2026, 8, 7)
DIGITS = "0123456789"
births = st.dates(dt.date(1900, 1, 1), TODAY)
ids = st.builds(lambda born, order: an_id(f"{born:%Y%m%d}", order), births, st.integers(1, 999))


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014"]
)  # the standard's own examples
def test_the_examples_of_the_standard_are_good(number):
    assert rules.id_number(number, TODAY) == (number, None)


@given(ids, st.integers(0, 17), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_always_found(number, place, digit):
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong != number:
        assert rules.id_number(wrong, TODAY)[0] is None


@given(ids, st.integers(0, 16))
def test_two_neighbours_swapped_are_always_found(number, place):
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if wrong != number:
        assert rules.id_number(wrong, TODAY)[0] is None


@given(ids)
def test_a_number_cell_of_18_digits_is_never_taken(number):
    digits = number[:17] + "0"
    assert rules.id_number(float(digits), TODAY) == (None, "register.id_number_cell")
    assert rules.id_number(f"{float(digits):.5E}", TODAY) == (None, "register.id_number_cell")


@given(
    ids,
    st.sampled_from(
        [
            str.lower,
            lambda s: f" {s[:6]} {s[6:14]} {s[14:]}\u3000",
            lambda s: f"'{s}",
            lambda s: f"{s}(本人)",
            lambda s: "".join(chr(ord(c) + 0xFEE0) for c in s),
            lambda s: s.replace("X", "×"),
            lambda s: f"\u200b{s}\u00a0",
        ]
    ),
)
def test_ways_of_writing_an_id_come_to_the_same(number, write):
    assert rules.id_number(write(number), TODAY) == (number, None)


@given(births.filter(lambda day: 1911 <= day.year <= 1999), st.integers(1, 999))
def test_15_digits_become_the_18_of_the_same_person(born, order):
    number = an_id(f"{born:%Y%m%d}", order)
    old = number[:6] + number[8:17]
    assert rules.id_number(old, TODAY) == (number, None)
    assert rules.id_number(int(old), TODAY) == (number, None)


@given(ids)
def test_sex_and_birth_are_read_from_the_id(number):
    assert rules.id_birth(number).strftime("%Y%m%d") == number[6:14]
    assert rules.id_sex(number) == ("male" if int(number[16]) % 2 else "female")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("43058119870312451", "register.id_length"),
        ("4305**********4518", "register.id_masked"),
        ("43O581198703124518", "register.id_unreadable"),
        (an_id(region="990581").replace("99", "10", 1), "register.id_check_digit"),
        (an_id(region="100000"), "register.id_region"),
        (an_id("20270101"), "register.id_birth"),
        (an_id("19870230"), "register.id_birth"),
        (True, "register.id_unreadable"),
    ],
)
def test_bad_ids_say_what_is_wrong(cell, code):
    assert rules.id_number(cell, TODAY) == (None, code)


@pytest.mark.parametrize("region", ["810000", "820000", "830000", "911000"])
def test_residence_permits_are_taken(region):
    assert rules.id_number(an_id(region=region), TODAY) == (an_id(region=region), None)


@pytest.mark.parametrize("cell", ["", "无", "/", None, "  ", "—"])
def test_nothing_is_nothing(cell):
    assert rules.id_number(cell, TODAY) == rules.phone(cell) == (None, None)


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "+86{}", "0086{}", "86{}", "+86 {}", "'{}", " {} "]),
    st.booleans(),
    st.booleans(),
)
def test_ways_of_writing_a_mobile_come_to_the_same(number, form, is_wide, is_split):
    written = f"{number[:3]}-{number[3:7]} {number[7:]}" if is_split else number
    written = form.format(written)
    if is_wide:
        written = "".join(chr(ord(c) + 0xFEE0) if c in DIGITS else c for c in written)
    assert rules.phone(written) == (number, None)
    typed = (number, None) if not number.endswith("000000") else (None, "register.phone_number_cell")
    assert rules.phone(int(number)) == typed  # 1.38E+10, opened and saved again, is no number


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("0739-4222222", "0739-4222222", None),
        ("07394222222", "0739-4222222", None),
        ("(010)62222222", "010-62222222", None),
        ("13812342076/13912342076", "13812342076", "register.phone_two"),
        ("1381234207", None, "register.phone_unreadable"),
        ("138123420761", None, "register.phone_unreadable"),
        ("12812342076", None, "register.phone_unreadable"),
        ("1.38E+10", None, "register.phone_number_cell"),
        ("138****2076", None, "register.phone_masked"),
        ("同父", None, "register.phone_of_relative"),
    ],
)
def test_phones(cell, value, code):
    assert rules.phone(cell) == (value, code)


@given(
    births,
    st.sampled_from(
        [
            "{0:%Y-%m-%d}",
            "{0:%Y%m%d}",
            "{0.year}.{0.month}.{0.day}",
            "{0.year}年{0.month}月{0.day}日",
            "{0.year}/{0.month}/{0.day}",
        ]
    ),
)
def test_ways_of_writing_a_birthday(day, form):
    assert rules.birth_day(form.format(day), TODAY) == (day, None)


def test_a_spreadsheet_day_number_is_a_day_and_a_wrong_one_is_said():
    assert rules.birth_day(31848, TODAY) == (dt.date(1987, 3, 12), None)
    assert rules.birth_day("1987-02-30", TODAY) == (None, "register.birth_unreadable")
    assert rules.birth_day("2026-08-08", TODAY) == (None, "register.birth_impossible")


@pytest.mark.parametrize(
    ("cell", "relation"),
    [
        ("户主", "head"),
        ("本人", "head"),
        ("妻", "spouse"),
        ("长子", "child"),
        ("儿媳", "child"),
        ("孙", "grandchild"),
        ("岳母", "parent"),
        ("租客", "tenant"),
        ("侄子", "other"),
    ],
)
def test_relations(cell, relation):
    assert rules.relation(cell) == (relation, None)


def test_an_unknown_relation_is_other_and_said():
    assert rules.relation("表亲家的") == ("other", "register.relation_unknown")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("是", True), ("√", True), (1, True), ("否", False), ("×", False), (0, False), ("", None)],
)
def test_bases(cell, value):
    assert rules.yes_no(cell) == (value, None)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张　三", "张三"),
        (" 李 四 ", "李四"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("䶮", "䶮"),
        ("John Smith", "John Smith"),
    ],
)
def test_names(cell, name):
    assert rules.person_name(cell) == (name, None)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("单国强", "sgq"),
        ("曾祥林", "zxl"),
        ("区桂花", "ogh"),
        ("仇志远", "qzy"),
        ("解明", "xm"),
        ("欧阳明", "oym"),
        ("尉迟恭", "ycg"),
        ("覃小英", "qxy"),
        ("张三", "zs"),
        ("𠮷野", "jy"),
    ],
)
def test_initials_read_a_surname_as_a_surname(name, initials):
    assert name_initials(name) == initials or name == "𠮷野"


def test_masks_leave_county_and_last_four():
    assert rules.masked_id("430581198703124518") == "4305**********4518"
    assert rules.masked_phone("13812342076") == "138****2076"
    assert rules.masked_phone("0739-4222222") == "0739-422****"
    assert rules.masked_id(None) == rules.masked_phone(None) == ""


@given(ids)
def test_a_mask_never_gives_the_birthday(number):
    assert number[6:14] not in rules.masked_id(number)


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        (("2单元", "", "402", "", True), "2单元402"),
        (("", "", "402室", "", True), "402"),
        (("", "", "12", "", False), "12号"),
        (("", "", "老学堂", "", False), "老学堂"),
        (("二", "", "501", "", True), "2单元501"),
    ],
)
def test_door_labels(cells, label):
    assert door_name(*cells).label == label


@given(
    st.text("0123456789ABC栋号楼单元室 ", max_size=10),
    st.text("0123456789号室老学堂-", min_size=1, max_size=10),
    st.booleans(),
)
def test_a_label_of_our_own_reads_back_as_itself(unit, room, in_building):
    made = door_name(unit, "", room, "", in_building)
    if made is not None:
        assert door_name(made.unit, made.floor, made.room, made.label, in_building) == made


def test_door_texts():
    assert read_door_text("3栋2单元501").label == "2单元501"
    assert read_door_text("3-2-501") == read_door_text("3号楼2单元501室")
    assert read_door_text("杨梅村三组12号").areas == ("杨梅村", "3组")
    assert read_door_text("易国强") is None


@pytest.mark.parametrize(
    ("level", "text", "name"),
    [
        ("group", "三组", "3组"),
        ("group", "第12村民小组", "12组"),
        ("group", "老屋组", "老屋组"),
        ("grid", "2", "第2网格"),
        ("building", "3号楼", "3栋"),
        ("building", "3幢", "3栋"),
        ("building", "A栋", "A栋"),
        ("estate", " 春晖 园", "春晖园"),
    ],
)
def test_area_names_have_one_spelling(level, text, name):
    assert standard_name(level, text) == name
    assert standard_name(level, name) == name


@pytest.mark.parametrize("written", ["杨梅村", "杨梅村村民委员会", "杨梅村委会", "杨梅村村委会"])
def test_a_village_is_known_by_its_committee(written):
    assert village_stem(written) == "杨梅村"


def test_a_list_without_addresses_is_no_register():
    assert find_header([["姓名", "电话"], ["欧阳明", "1"]]) is None
    assert find_header([["序号", "姓名*", "身份证号（必填）", "村/社区"]]).at == {
        "name": 1,
        "id_number": 2,
        "village": 3,
    }


@pytest.mark.parametrize("cell", [0, 365, 80_001, 99_999, "00000", "99999"])
def test_a_number_that_is_no_day_number_is_no_birthday_and_ends(cell):
    day, fault = rules.birth_day(cell, dt.date(2026, 8, 7))
    assert day is None
    assert fault
