import pytest

from lianfang.areas.learning import is_estate_name, is_whose, name_piece

ABOVE = ("湖南省", "邵阳市", "武冈市", "司马冲镇")


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("佘湖山社区3组12号", "佘湖山社区"),
        ("武冈市司马冲镇佘湖山社区第三村民小组", "佘湖山社区"),
        ("武冈司马冲云十村二组", "云十村"),
        ("湖南省邵阳市武冈市武冈市桂花园小区3栋2单元501", "桂花园小区"),
        ("老街（原粮站）", "老街"),
        ("3栋2单元501", ""),
        ("司马冲镇", ""),  # known already: nothing to learn
        ("某", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_place_stands_between_the_areas_above_and_the_door(text, piece):
    assert name_piece(text, ABOVE) == piece


def test_a_door_is_never_part_of_what_is_learned():
    assert not any(c.isdigit() for c in name_piece("杨梅湾12号附1号", ABOVE))


def test_estates_are_told_from_villages():
    assert is_estate_name("桂花园小区")
    assert not is_estate_name("杨梅村")


@pytest.mark.parametrize(
    "text", ["张三家", "李国强屋里", "王小明家", "欧阳明家", "村部对面", "张三家隔壁", "学校旁边"]
)
def test_whose_house_it_is_is_no_name_of_a_place(text):
    assert is_whose(text)


@pytest.mark.parametrize(
    "text",
    ["张家", "下李家", "王家庄", "家和苑", "李家院子", "周家湾", "石下家", "前进社区", "张家屋场", "唐家屋"],
)
def test_families_have_given_their_names_to_places(text):
    assert not is_whose(text)
