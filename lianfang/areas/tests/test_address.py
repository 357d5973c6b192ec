"""An address to its areas: the cases of the field, each as it was written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.areas.address import Alias, Gazetteer, read
from lianfang.areas.address.lines import answer
from lianfang.areas.succession import Former

ROWS = [
    ("43", "湖南省", "1", ""),
    ("4305", "邵阳市", "2", "43"),
    ("430502", "双清区", "3", "4305"),
    ("430502007", "滨江街道", "4", "430502"),
    ("430502007001", "金台社区", "5", "430502007"),
    ("430502202", "火车站乡", "4", "430502"),
    ("430502202201", "前进村", "5", "430502202"),
    ("430523", "邵阳县", "3", "4305"),
    ("430523100", "塘渡口镇", "4", "430523"),
    ("430523100002", "石湾社区", "5", "430523100"),
    ("430523100270", "东冲村", "5", "430523100"),
    ("430523105", "长阳铺镇", "4", "430523"),
    ("430523105221", "石湾村", "5", "430523105"),
    ("430523203", "长乐乡", "4", "430523"),
    ("430523203218", "排头村", "5", "430523203"),
    ("430581", "武冈市", "3", "4305"),
    ("430581001", "迎春亭街道", "4", "430581"),
    ("430581001002", "新东社区居委会", "5", "430581001"),
    ("430581107", "司马冲镇", "4", "430581"),
    ("430581107201", "新村村委会", "5", "430581107"),
    ("430581107204", "王家埭村村民委员会", "5", "430581107"),
    ("430581107221", "杨梅村委会", "5", "430581107"),
    ("430581107222", "新建一村委会", "5", "430581107"),
    ("430581108", "秦桥镇", "4", "430581"),
    ("430581108201", "秦桥社区居委会", "5", "430581108"),
    ("430581108202", "光明村村民委员会", "5", "430581108"),
]
FORMER = [
    Former("430581205", "大石乡", "township", "430581", 2015, ("430581107",)),
    Former("430581206", "九龙镇", "township", "430581", 2015, ("430581107", "430581108")),
    Former("430581206201", "光明村", "village", "430581206", 2015, ("430581108202",)),
    Former("430581107230", "吴家沟村", "village", "430581107", 2015, ()),
]
ALIASES = [
    Alias("老虎坳村", "430581107221", "alias"),
    Alias("桂花园小区", "430581108201", "estate"),
]
WUGANG, SIMACHONG, YANGMEI = "430581", "430581107", "430581107221"


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return Gazetteer.from_rows(ROWS, former=FORMER, aliases=ALIASES)


PLACES = Gazetteer.from_rows(ROWS, former=FORMER, aliases=ALIASES)


def where(text, **given):
    found = read(PLACES, text, **given)
    return found.county, found.town, found.village


@pytest.mark.parametrize(
    "text",
    [
        "湖南省武冈市司马冲镇杨梅村3组12号",
        "武冈司马冲杨梅村三组",
        "武冈市司马冲镇杨梅村委会第三村民小组",
        "武冈市司马冲镇杨梅村村民委员会第三村民小组",
        "武冈市司马冲镇杨梅村村委会3组",
        "湖南省邵阳市武冈市司马冲镇杨梅村3组",
        "湖南省武冈市武冈市司马冲镇司马冲镇杨梅村3组",
        "湖南-邵阳-武冈市_司马冲镇_杨梅村_3组",
        "武冈市司马冲镇，杨梅村，３组",
        "武冈市 司马冲镇 杨梅村 ③组",
        "武岡市司馬沖鎮楊梅村3組",
        "武冈县司马冲镇杨梅村3组",
        "武冈市司马冲乡杨梅3组",
        "浙江省杭州市西湖区湖南省武冈市司马冲镇杨梅村3组",
        "武冈市司马冲镇老虎坳村3组",
    ],
)
def test_one_place_written_in_many_ways(text):
    found = read(PLACES, text)
    assert (found.county, found.town, found.village, found.group) == (WUGANG, SIMACHONG, YANGMEI, "3组")
    assert found.status == "resolved"


def test_what_is_missing_comes_from_the_sending_unit():
    assert where("杨梅村3组", sent_by=SIMACHONG) == (WUGANG, SIMACHONG, YANGMEI)
    assert where("杨梅3组", sent_by=SIMACHONG) == (WUGANG, SIMACHONG, YANGMEI)
    assert where("3组12号", sent_by=YANGMEI) == (WUGANG, SIMACHONG, YANGMEI)
    assert where("李家村3组", sent_by=YANGMEI) == (WUGANG, SIMACHONG, "")
    assert where("秦桥镇光明村2组", sent_by=YANGMEI) == (WUGANG, "430581108", "430581108202")


def test_a_text_that_names_another_county_is_not_the_senders():
    assert where("双清区火车站乡前进村", sent_by=SIMACHONG) == ("430502", "430502202", "430502202201")
    assert read(PLACES, "双清区火车站乡前进村", county=WUGANG).status == "outside"
    assert read(PLACES, "湖南省邵阳市洞口县高沙镇", county=WUGANG).status == "outside"
    assert read(PLACES, "浙江省慈溪市浒山街道", sent_by=SIMACHONG).status == "outside"


@pytest.mark.parametrize("text", ["湖南省邵阳县长乐乡", "邵阳县长乐乡", "邵阳市邵阳县长乐乡", "长乐乡排头村"])
def test_a_county_is_not_cut_into_its_prefecture_and_a_rest(text):
    assert where(text)[:2] == ("430523", "430523203")


def test_a_station_is_no_township_and_a_road_no_area():
    assert where("双清区火车站") == ("430502", "", "")
    assert where("双清区火车站乡前进村") == ("430502", "430502202", "430502202201")
    assert read(PLACES, "陕西南路100号").status == "outside"
    assert read(PLACES, "上海城3栋").status == "outside"
    assert where("司马冲镇杨梅村路12号", county=WUGANG) == (WUGANG, SIMACHONG, "")
    assert where("司马冲镇王家埭路5号", county=WUGANG) == (WUGANG, SIMACHONG, "")
    assert where("司马冲镇王家埭横丰路5号", county=WUGANG) == (WUGANG, SIMACHONG, "430581107204")


def test_a_name_that_two_villages_share_is_a_question():
    found = read(PLACES, "石湾社区3栋", county="430523")
    assert (found.status, found.village, found.town) == ("ambiguous", "", "")
    assert set(found.candidates) == {"430523100002", "430523105221"}
    assert where("塘渡口镇石湾社区", county="430523")[2] == "430523100002"
    assert where("石湾社区", county="430523", sent_by="430523105")[2] == "430523105221"


@pytest.mark.parametrize(
    "text",
    [
        "司马冲镇大杨梅村3组",  # not 杨梅村
        "司马冲镇杨梅山村3组",
        "司马冲镇（原杨梅村）红旗村",
        "司马冲镇除杨梅村以外的区域",
        "司马冲镇吴家沟村",  # gone, and where to is not known
        "迎春亭街道新东路5号",
    ],
)
def test_a_wrong_village_is_worse_than_none(text):
    found = read(PLACES, text, county=WUGANG)
    assert (found.county, found.village) == (WUGANG, "")
    assert found.town in (SIMACHONG, "430581001")


def test_the_old_village_in_brackets_does_not_win():
    assert where("秦桥镇光明村3组（原杨梅村4组）", county=WUGANG)[2] == "430581108202"


def test_townships_that_are_gone_lead_to_their_successors():
    assert where("武冈市大石乡3组") == (WUGANG, SIMACHONG, "")
    split = read(PLACES, "武冈市九龙镇3组")
    assert (split.status, split.town, split.candidates) == ("ambiguous", "", (SIMACHONG, "430581108"))
    assert where("武冈市九龙镇光明村3组") == (WUGANG, "430581108", "430581108202")
    assert where("武冈市九龙镇杨梅村3组") == (WUGANG, SIMACHONG, YANGMEI)


def test_slips_of_ear_and_eye_are_read_when_only_one_can_be_meant():
    slip = read(PLACES, "司马充镇杨煤村3祖", county=WUGANG)
    assert (slip.town, slip.village, slip.group) == (SIMACHONG, YANGMEI, "3组")
    assert slip.confidence < 0.8
    assert where("司马冲镇秧田村3组", county=WUGANG)[2] == ""


def test_digits_and_chinese_numbers_are_one():
    assert where("司马冲镇新建1村2组", county=WUGANG)[2] == "430581107222"
    assert where("司马冲镇新村2组", county=WUGANG)[2] == "430581107201"


def test_an_estate_tells_its_village():
    assert where("桂花园小区3栋", county=WUGANG) == (WUGANG, "430581108", "430581108201")


def test_old_names_of_counties_and_short_names_of_autonomous_ones():
    rows = [
        ("50", "重庆市", "1", ""),
        ("500154", "开州区", "3", "50"),
        ("431229", "靖州苗族侗族自治县", "3", "4312"),
        ("654021", "伊宁县", "3", "6540"),
        ("429021", "神农架林区", "3", "4290"),
        ("500233", "忠县", "3", "50"),
    ]
    places = Gazetteer.from_rows(rows)
    named = {
        "重庆市开县": "500154",
        "靖州县": "431229",
        "伊犁州伊宁县": "654021",
        "重庆忠县": "500233",
        "湖北神农架": "429021",
    }
    assert {text: read(places, text).county for text in named} == named


def test_a_name_of_two_counties_is_answered_with_both():
    rows = [("110105", "朝阳区", "3", "1101"), ("220104", "朝阳区", "3", "2201")]
    found = read(Gazetteer.from_rows(rows), "朝阳区")
    assert (found.county, found.status, set(found.candidates)) == ("", "ambiguous", {"110105", "220104"})
    assert read(Gazetteer.from_rows(rows), "长春市朝阳区").county == "220104"


def test_nothing_of_here_is_outside():
    for text in ("", "   ", "假县", "桂花大酒店", "29懂1单元2", "，，，", "\x00\ufffd"):
        assert read(PLACES, text).status == "outside", text


# --- properties ------------------------------------------------------------------------------------------------------

VILLAGES = st.sampled_from([(r[0], r[1]) for r in ROWS if r[2] == "5"])
TAILS = st.sampled_from(["", "3组", "三组12号", "2栋1单元501", "（含底商）", "第五村民小组"])


@pytest.mark.parametrize("text", ["3-2-501", "三栋二单元五零一", "29懂1单元2", "附三号院", "3组老屋后"])
def test_what_begins_with_the_door_is_at_the_sender(text):
    assert where(text, county=WUGANG, sent_by=YANGMEI)[2] == YANGMEI


@pytest.mark.parametrize(
    "text", ["青云街12号", "武冈市", "无", "张三家", "5060802 第二网格", "1幢-10幢", "除高风险区外的其他地区"]
)
def test_what_names_something_else_is_not_put_into_the_senders_village(text):
    assert where(text, county=WUGANG, sent_by=YANGMEI)[2] == ""


def test_an_older_word_for_a_village():
    assert where("杨梅大队6组", county=WUGANG)[2] == YANGMEI
    assert where("司马冲镇杨梅生产大队6组")[2] == YANGMEI


def test_another_province_in_short_is_elsewhere():
    assert read(PLACES, "湖北神农架太阳村10组", county=WUGANG, sent_by=YANGMEI).status == "outside"


@given(st.text(), st.sampled_from(["", WUGANG, "430523"]), st.sampled_from(["", SIMACHONG, YANGMEI]))
def test_it_never_fails_and_stays_in_the_county_that_is_known(text, county, sent_by):
    found = read(PLACES, text, county=county, sent_by=sent_by)
    assert found.text == text
    if county:
        assert found.county in ("", county)
        assert (found.status == "outside") == (found.county == "")


@given(VILLAGES, TAILS)
def test_more_levels_in_front_never_change_the_village(village, tail):
    code, name = village
    names = {row[0]: row[1] for row in ROWS}
    county, town = names[code[:6]], names[code[:9]]
    plain = read(PLACES, f"{town}{name}{tail}", county=code[:6])
    assert plain.village == code
    for prefix in (county, f"湖南省{county}", f"湖南省邵阳市{county}", f"湖南省邵阳市{county}{county}{town}"):
        assert read(PLACES, f"{prefix}{town}{name}{tail}", county=code[:6])[1:4] == plain[1:4]
        assert read(PLACES, f"{prefix}{town}{name}{tail}")[1:9] == plain[1:9]


@given(VILLAGES, TAILS, st.data())
def test_width_and_spaces_change_nothing(village, tail, data):
    text = f"{village[1]}{tail}"
    wide = "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" and data.draw(st.booleans()) else c for c in text)
    spaced = "".join(c + data.draw(st.sampled_from(["", " ", "\u3000", "\u200b"])) for c in wide)
    county = village[0][:6]
    assert read(PLACES, spaced, county=county)[1:9] == read(PLACES, text, county=county)[1:9]


# --- lines -----------------------------------------------------------------------------------------------------------


def said(line: bytes) -> dict:
    return json.loads(answer(PLACES, line))


def test_a_line_is_a_text_or_an_object():
    plain = said("武冈市司马冲镇杨梅村3组".encode())
    assert list(plain) == [
        "text", "county", "town", "village", "group", "estate", "building", "unit", "room", "status",
        "candidates", "confidence",
    ]  # fmt: skip
    assert plain["village"] == YANGMEI
    given = {"text": "杨梅村3组", "sent_by": SIMACHONG}
    assert said(json.dumps(given).encode())["village"] == YANGMEI
    assert said("武冈市司马冲镇杨梅村3组".encode("gb18030"))["village"] == YANGMEI
    assert said(b'{"text": "x", "county": 430581}')["county"] == WUGANG


@pytest.mark.parametrize(
    "line", [b"{", b"[1]", b'{"text": null}', b'{"county": "430581"}', b"\xff\xfe\x00", b"x" * 10**6]
)
def test_a_line_that_cannot_be_read_is_answered_in_its_place(line):
    assert said(line)["status"] == "outside"


def test_a_county_that_is_not_in_the_file_is_an_error_of_its_line():
    found = said(b'{"text": "x", "county": "999999"}')
    assert found["status"] == "outside"
    assert "999999" in found["error"]


def test_a_county_without_a_name_is_no_end_without_end():
    """A list of townships names its counties only as parents; one that nobody can name stays nameless."""
    places = Gazetteer.from_rows([("999999001", "杨梅镇", "", "999999")])
    assert read(places, "杨梅镇").town == "999999001"


NAMESAKES = Gazetteer.from_rows(
    [
        ("43", "湖南省", "1", ""),
        ("4305", "邵阳市", "2", "43"),
        ("430599", "白水县", "3", "4305"),
        ("430599100", "甲山镇", "4", "430599"),
        ("430599100001", "光明村居委会", "5", "430599100"),
        ("430599101", "乙水镇", "4", "430599"),
        ("430599101201", "光明村", "5", "430599101"),
        ("430599101202", "红旗村委会", "5", "430599101"),
        ("430599101203", "红旗村社区居委会", "5", "430599101"),
        ("430599101204", "双清区村", "5", "430599101"),
        ("430502", "双清区", "3", "4305"),
    ]
)


def test_a_village_is_not_taken_for_the_residents_committee_that_bears_its_whole_name():
    asked = read(NAMESAKES, "光明村3组", county="430599")
    assert (asked.status, set(asked.candidates)) == ("ambiguous", {"430599100001", "430599101201"})
    assert read(NAMESAKES, "光明村委会3组", county="430599").village == "430599101201"
    assert read(NAMESAKES, "光明村居委会", county="430599").village == "430599100001"
    assert read(NAMESAKES, "乙水镇红旗村3组", county="430599").village == "430599101202"
    assert read(NAMESAKES, "甲山镇光明村3组", county="430599").village == "430599100001"


def test_a_village_called_like_a_county_is_no_address_elsewhere():
    assert read(NAMESAKES, "双清区村3组", county="430599").village == "430599101204"


@pytest.mark.parametrize(
    "text",
    [
        "司马冲镇（杨梅村）3组",
        "司马冲镇(杨梅村3组)",
        "【司马冲镇】杨梅村3组",
        "司马冲镇【杨梅村】3组",
        "😀司马冲镇杨梅村😀3组",
        "“司马冲镇杨梅村3组”",
        "'司马冲镇杨梅村3组",
        "司马冲镇\\杨梅村\\3组",
        "司马冲镇→杨梅村→3组",
        "现住司马冲镇杨梅村3组",
        "家庭居住地址：司马冲镇杨梅村3组",
    ],
)
def test_signs_pictures_and_words_before_an_address_change_nothing(places, text):
    found = read(places, text, county=WUGANG)
    assert (found.town, found.village, found.group) == (SIMACHONG, YANGMEI, "3组")


def test_a_name_in_brackets_before_a_village_is_an_old_one(places):
    assert read(places, "司马冲镇(杨梅村)新建村3组", county=WUGANG).village != YANGMEI


@pytest.mark.parametrize("codes", [("430599", "430599000000"), ("430599000000", "430599")])
def test_a_code_with_or_without_its_zeros_is_the_same_area(codes):
    own, said = codes
    short = [("43", "湖南省", "1", ""), (own, "白水县", "3", "43"), ("430599100", "甲山镇", "4", own)]
    line = json.dumps({"text": "甲山镇3组", "county": said}).encode()
    found = json.loads(answer(Gazetteer.from_rows(short), line))
    assert (found["county"], found["town"]) == (own, "430599100")
    assert "error" not in found
