"""The end of an address: what is sure is read, all else is kept as rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.areas.address.tail import Tail, read_tail


def parts(text):
    tail = read_tail(text)
    return {name: value for name in Tail.__slots__ if (value := getattr(tail, name))}


@pytest.mark.parametrize(
    "text",
    [
        "1幢-10幢", "55栋～97栋", "4-6栋", "9、6、5栋", "1、4栋", "3栋和5栋", "A座、B座", "二三栋",
        "除3栋以外的其他楼栋", "3-2", "2022-11-05", "0739-5123456", "13812345678", "3号桥", "第3期", "一号公馆旁",
    ],
)  # fmt: skip
def test_what_names_no_single_building_gives_none(text):
    found = parts(text)
    assert not found.keys() & {"building", "unit", "floor", "room", "house"}
    assert found["rest"]


@pytest.mark.parametrize("text", ["78组2号，98组3号", "建新组、细阳组", "三、四组"])
def test_two_groups_are_no_group_and_no_house(text):
    assert parts(text).keys() == {"rest"}


@pytest.mark.parametrize("text", ["美东路4号至24号", "一组7号、9号", "西街225号--432号"])
def test_a_row_of_house_numbers_is_no_house(text):
    assert "house" not in parts(text)


def test_a_street_has_no_buildings():
    assert parts("老街12-301") == {"rest": "老街12-301"}
    assert parts("老街12-3号") == {"rest": "老街", "house": "12-3号"}


def test_another_address_in_brackets_is_no_part_of_this_one():
    assert parts("东桂7号院3栋及底商(槐荫路581号)") == {
        "house": "7号", "building": "3栋", "rest": "东桂 及底商(槐荫路581号",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "3组", "三组", "叁组", "③组", "３ 组", "第三村民小组", "第3居民小组", "3社", "三队", "组3", "三祖", "03组", "(3组)",
        "第三生产队", "3村民小组",
    ],
)  # fmt: skip
def test_a_group_however_it_is_written(text):
    assert parts(text) == {"group": "3组"}


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("前进组", "前进组"),
        ("杨家湾", "杨家湾"),
        ("陈家塆", "陈家塆"),
        ("朱家院子", "朱家院子"),
        ("廿三组", "23组"),
    ],
)
def test_groups_by_name(text, group):
    assert parts(text + "5号") == {"group": group, "house": "5号"}


@pytest.mark.parametrize(
    "text",
    [
        "3栋2单元501", "3-2-501", "3#2-501", "3—2—501", "３栋２单元５０１室", "三栋二单元五零一", "3号楼2单元501号",
        "3幢二单元501房", "三撞2单元501", "3懂2单元501", "3动2单元501", "3栋2-501", "叁栋贰单元伍零壹室", "3栋2门501",
        "3#楼2单元0501", "3栋-2-501", "第3栋第2单元501", "3座2单元501",
    ],
)  # fmt: skip
def test_a_flat_however_it_is_written(text):
    assert parts(text) == {"building": "3栋", "unit": "2", "room": "501"}


def test_a_room_of_one_digit_stays_as_it_was_said():
    assert parts("3幢二单元5楼1号") == {"building": "3栋", "unit": "2", "floor": "5", "room": "1"}


def test_a_floor_that_its_room_contradicts_is_a_building():
    assert parts("3楼501") == {"building": "3栋", "room": "501"}
    assert parts("5楼501") == {"floor": "5", "room": "501"}
    assert parts("永富大厦7楼1029")["floor"] == "7"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3号楼501", {"building": "3栋", "room": "501"}),
        ("62栋", {"building": "62栋"}),
        ("a栋", {"building": "A栋"}),
        ("东区U栋3单元", {"estate": "东区", "building": "U栋", "unit": "3"}),
        ("29懂1单元2", {"building": "29栋", "unit": "1", "room": "2"}),
        ("橡树湾B3栋", {"estate": "橡树湾", "building": "B3栋"}),
        ("桂花园小区3栋", {"estate": "桂花园小区", "building": "3栋"}),
        ("流星花园8-10-1109", {"estate": "流星花园", "building": "8栋", "unit": "10", "room": "1109"}),
        ("县农机局家属院2单元6楼", {"estate": "县农机局家属院", "unit": "2", "floor": "6"}),
        ("附三号院", {"house": "附3号"}),
        ("12号附1号", {"house": "12号附1号"}),
        ("12附1", {"rest": "12附1"}),
        ("3组12号杨某屋后", {"group": "3组", "house": "12号", "rest": "杨某屋后"}),
        ("杨梅村三组12号", {"rest": "杨梅村", "group": "3组", "house": "12号"}),
        ("林家路446号石景湾1栋", {"rest": "林家路", "house": "446号", "estate": "石景湾", "building": "1栋"}),
        ("5060802 第二网格", {"rest": "5060802", "grid": "第2网格"}),
        ("三里湾社区五一路12号", {"rest": "三里湾社区 五一路", "house": "12号"}),
        ("三社区五委2组", {"rest": "三社区 五委", "group": "2组"}),
        ("五一组", {"group": "五一组"}),
    ],
)
def test_other_ends_of_addresses(text, found):
    assert parts(text) == found


@pytest.mark.parametrize(
    "estate",
    [
        "桂花园小区",
        "丽景花园",
        "水秀苑",
        "保利公馆",
        "锦绣新城",
        "幸福家园",
        "万和嘉园",
        "安置房",
        "教师宿舍",
        "粮站家属院",
        "兴隆小区二期",
    ],
)
def test_estates_are_known_by_their_ending(estate):
    assert parts(estate) == {"estate": estate}
    assert parts(f"{estate}12栋") == {"estate": estate, "building": "12栋"}


_SIGNS = "0123456789一二三十五零①１〇廿ABab栋幢座懂动撞单元组祖社队号楼层室院附第#-—~、,（() 村镇路街小区桂花园杨湾梅"


@given(st.text(_SIGNS, max_size=24))
def test_nothing_crashes_and_nothing_is_made_up(text):
    tail = read_tail(text)
    assert read_tail(" " + "\u3000".join(text)) == tail, "white space says nothing"
    for digits in (tail.unit, tail.floor):
        assert len(digits) <= 4


@given(st.text(max_size=300))
def test_any_text_at_all_is_read_without_an_error(text):
    assert isinstance(read_tail(text), Tail)


_WIDE = str.maketrans("0123456789#-()", "０１２３４５６７８９＃－（）")


@given(st.text(_SIGNS, max_size=24))
def test_full_width_reads_as_half_width(text):
    assert read_tail(text.translate(_WIDE)) == read_tail(text)


numbers = st.integers(1, 120).map(str)
flats = st.builds(
    Tail,
    estate=st.sampled_from(["", "桂花园小区", "幸福家园"]),
    building=st.one_of(numbers, st.sampled_from("ABU")).map("{}栋".format),
    unit=st.one_of(st.just(""), st.integers(1, 9).map(str)),
    room=st.integers(101, 3304).map(str),
)
houses = st.builds(
    Tail,
    group=st.one_of(st.just(""), numbers.map("{}组".format), st.sampled_from(["前进组", "杨家湾"])),
    house=st.one_of(
        numbers.map("{}号".format),
        st.builds("{}-{}号".format, numbers, numbers),
        st.builds("{}号附{}号".format, numbers, numbers),
    ),
)


@given(st.one_of(flats, houses))
def test_our_own_spelling_reads_back_as_itself(tail):
    assert read_tail(tail.said()) == tail


@given(flats)
def test_numerals_of_every_kind_say_the_same(tail):
    signs = str.maketrans("0123456789", "〇壹贰叁肆伍陆柒捌玖")
    said = tail.said().replace(f"{tail.room}室", f"{tail.room.translate(signs)}室")
    assert read_tail(said) == tail
