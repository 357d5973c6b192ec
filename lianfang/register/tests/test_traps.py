"""Each trap of the field's list that a register sheet can hold: what is taken, what is left empty, and what is said."""

from __future__ import annotations

import pytest

from lianfang.register.columns import Choices
from lianfang.register.findings import FINDINGS
from lianfang.register.recognising import recognise
from lianfang.register.tests.files_made import VILLAGES, about_sheet, book, checked, index, said
from lianfang.register.tests.sheets_made import an_id, csv_file

YANGMEI, TIANXIN = VILLAGES[0], VILLAGES[1]
HEADER = ["姓名", "与户主关系", "身份证号码", "联系电话", "村", "组", "门牌号"]
ID, OTHER_ID = an_id(order=451), an_id(born="19900101", order=20)


@pytest.fixture
def check(tmp_path):
    """Check rows below HEADER in a workbook of one sheet."""

    def run(*rows, header=HEADER, sheet="Sheet1", choices=None, villages=(), **options):
        path = book(tmp_path / "表.xlsx", {sheet: [*([header] if header else []), *rows]}, **options)
        return checked(path, *villages, choices=choices)

    return run


def who(name="欧阳明", relation="户主", number="", phone="", village="杨梅村", group="3组", door="7号"):
    return [name, relation, number, phone, village, group, door]


def people(found):
    return [entry.name for entry in found.entries]


def places(found):
    return [
        (e.village.name, "".join(name for _, name in e.chain), e.door.label if e.door else "")
        for e in found.entries
    ]


# ---------- 1-10: the sheet ----------


def test_1_title_unit_line_and_a_header_of_two_rows_with_groups(check):
    found = check(
        ["司马冲镇人口底册", None, None, None, None],
        ["填报单位：司马冲镇", None, None, None, "填报时间：8月7日"],
        ["序号", "基本情况", None, "住址", None],
        [None, "姓 名", "身份证*", "村", "组"],
        [1, "欧阳明", ID, "田心村", "3"],
        header=None,
        merged=("A1:E1", "B3:C3", "D3:E3", "A3:A4"),
    )
    assert places(found) == [("田心村", "3组", "")]
    assert found.entries[0].village == TIANXIN  # of two villages of the name the one of the title's township
    assert found.columns["Sheet1"].views[3].header == "住址.村"


def test_1_groups_are_seen_without_listed_ranges(tmp_path):
    lines = [
        ["人员情况", "", "住址", ""],
        ["姓名", "身份证", "村", "组"],
        ["欧阳明", ID, "杨梅村", "3"],
    ]
    assert places(checked(csv_file(tmp_path / "a.csv", lines))) == [("杨梅村", "3组", "")]


def test_2_household_cells_merged_down_are_filled_and_names_never(check):
    found = check(
        ["杨梅村", "3组", "7号", "欧阳明", "欧阳明", "户主", ID],
        [None, None, None, None, "欧阳亮", "长子", None],
        [None, None, None, None, None, "次子", OTHER_ID],
        header=["村", "组", "门牌", "户主", "姓名", "关系", "身份证"],
        merged=("A2:A4", "B2:B4", "C2:C4", "D2:D4"),
    )
    assert places(found) == [("杨梅村", "3组", "7号")] * 2
    assert [e.head_name for e in found.entries] == ["欧阳明"] * 2
    assert [e.id_number for e in found.entries] == [ID, None]
    assert said(found) == [(4, "姓名", "name_missing")]


@pytest.mark.parametrize("sign", ["同上", "〃", "''", '"', "″"])
def test_3_same_as_above_fills_places_and_never_ids_or_phones(check, sign):
    found = check(
        who("欧阳明", number=ID, phone="13812342076"), who("欧阳亮", "长子", sign, sign, sign, sign, sign)
    )
    assert places(found) == [("杨梅村", "3组", "7号")] * 2
    assert (found.entries[1].id_number, found.entries[1].phone) == (None, None)
    assert {(column, code) for _, column, code in said(found)} == {
        ("身份证号码", "ditto_here"),
        ("联系电话", "ditto_here"),
    }


def test_3_empty_places_below_the_first_of_a_household_are_the_same_place(tmp_path):
    lines = [
        HEADER,
        who(),
        who("欧阳亮", "长子", village="", group="", door=""),
        who("单雄", village="石桥村"),
    ]
    found = checked(csv_file(tmp_path / "a.csv", lines))
    assert places(found) == [("杨梅村", "3组", "7号")] * 2 + [("石桥村", "3组", "7号")]


def test_3_a_door_is_not_taken_over_when_only_the_door_is_missing(check):
    found = check(who(), who("单雄", door=""))
    assert places(found)[1] == ("杨梅村", "3组", "")


@pytest.mark.parametrize("word", ["合计", "小 计", "总计", "本页小计", "共 2 人"])
@pytest.mark.parametrize("at", [0, 4])
def test_4_sums_are_nobody(check, word, at):
    line = [None] * 7
    line[at], line[6] = word, "2人"
    found = check(who(), line, who("单雄"))
    assert (people(found), said(found)) == (["欧阳明", "单雄"], [])


@pytest.mark.parametrize(
    "line", [["填报人：某某", None, "审核人："], ["备注：外出的填去向"], ["制表：村委会"]]
)
def test_4_footers_are_nobody(check, line):
    found = check(who(), line)
    assert (people(found), said(found)) == (["欧阳明"], [])


def test_4_a_line_of_other_words_is_told_and_counted(check):
    found = check(who(), [None, None, "请各组长核对后上报"])
    assert (found.rejected_count, said(found)) == (1, [(3, "", "line_unread")])


def test_5_the_header_of_every_printed_page(check):
    found = check(who(), ["人口底册", *[None] * 6], HEADER, who("单雄"))
    assert people(found) == ["欧阳明", "单雄"]


def test_5_a_header_of_two_rows_printed_again_is_still_ours(tmp_path):
    header = [["编号", "人员情况", "", "村", "姓名", "组"], ["", "身份证", "性别", "", "", ""]]
    rows = [[str(n), "", "男", "杨梅村", f"欧阳{c}", "3"] for n, c in enumerate("明亮鸣英", 1)]
    found = checked(csv_file(tmp_path / "a.csv", [*header, *rows[:2], *header, *rows[2:]]))
    assert [(e.name, e.sex) for e in found.entries] == [(f"欧阳{c}", "male") for c in "明亮鸣英"]
    assert said(found) == []


def test_5_a_second_list_with_its_columns_in_another_order(check):
    found = check(who(), ["村", "姓名", "身份证号码", "组"], ["石桥村", "单雄", OTHER_ID, "1"])
    assert [(e.name, e.village.name, e.id_number) for e in found.entries][1] == ("单雄", "石桥村", OTHER_ID)


@pytest.mark.parametrize("name", ["杨梅村", "杨梅村(2)", "3.杨梅村人口", "司马冲镇杨梅村"])
def test_6_a_sheet_for_each_village(check, name):
    found = check(["欧阳明", ID, "3"], header=["姓名", "身份证", "组"], sheet=name)
    assert places(found) == [("杨梅村", "3组", "")]


def test_6_hidden_sheets_are_taken_only_when_chosen(tmp_path):
    path = book(
        tmp_path / "a.xlsx", {"今年": [HEADER, who()], "去年": [HEADER, who("单雄")]}, hidden=["去年"]
    )
    found = checked(path)
    assert (people(found), found.unread_sheets) == (["欧阳明"], ["去年"])
    found = checked(path, choices=Choices(taken_sheets=frozenset({"去年"})))
    assert (people(found), found.unread_sheets) == (["单雄"], ["今年"])


def test_6_hidden_rows_are_told_and_taken_when_chosen(check):
    rows = [who(), who("单雄", number=OTHER_ID)]
    found = check(*rows, hidden_rows=[3])
    assert (people(found), said(found)) == (["欧阳明"], [(3, "", "row_hidden")])
    found = check(*rows, hidden_rows=[3], choices=Choices(takes_hidden_rows=True))
    assert people(found) == ["欧阳明", "单雄"]


@pytest.mark.parametrize(
    ("line", "place"), [("三组", "3组"), ("第4村民小组（共12人）", "4组"), ("【5组】", "5组")]
)
def test_7_a_line_between_rows_says_the_group(check, line, place):
    found = check(["三组"], ["欧阳明", ID], [line], ["单雄", ""], header=["姓名", "身份证"], sheet="杨梅村")
    assert [p[1] for p in places(found)] == ["3组", place]


def test_7_a_line_between_rows_says_the_village(check):
    found = check(
        ["司马冲镇田心村"],
        ["欧阳明", ID, "3"],
        ["石桥村"],
        ["单雄", "", "1"],
        header=["姓名", "身份证", "组"],
    )
    assert [e.village.code for e in found.entries] == [TIANXIN.code, "430581101201"]


@pytest.mark.parametrize(
    "names",
    [
        ("身份证", "手机"),
        ("公民身份号码", "联系方式"),
        ("证件号*（必填）", "联系 电话"),
        ("1、身份证号", "本人手机号码"),
    ],
)
def test_8_columns_by_their_many_names_in_any_order(check, names):
    found = check(
        ["杨梅村", "13812342076", ID, "欧阳明"], header=["所在村", names[1], names[0], "家庭成员姓名"]
    )
    assert [(e.id_number, e.phone) for e in found.entries] == [(ID, "13812342076")]


def test_8_columns_without_a_name_are_known_by_what_stands_in_them(check):
    rows = [[f"欧阳{c}", an_id(order=n), f"1381234{n:04}", "杨梅村"] for n, c in enumerate("明亮鸣英", 11)]
    found = check(*rows, header=["姓名", None, "栏三", None])
    assert [e.phone for e in found.entries] == [row[2] for row in rows]
    assert [e.id_number for e in found.entries] == [row[1] for row in rows]
    assert about_sheet(found) == ["column_by_content"] * 3
    assert all(error.column for error in found.errors), "a column without a header is named by its letter"


def test_8_without_any_header_the_content_alone_tells(tmp_path):
    rows = [
        [f"欧阳{c}", an_id(order=n), f"1381234{n:04}", "杨梅村", "3组"] for n, c in enumerate("明亮鸣", 11)
    ]
    found = checked(csv_file(tmp_path / "a.csv", rows))
    assert (people(found), found.entries[0].phone) == (["欧阳明", "欧阳亮", "欧阳鸣"], "13812340011")


def test_8_a_header_that_says_phone_over_ids_is_not_believed_and_said(check):
    rows = [[f"欧阳{c}", an_id(order=n), "杨梅村"] for n, c in enumerate("明亮鸣", 11)]
    found = check(*rows, header=["姓名", "电话", "村"])
    assert [e.id_number for e in found.entries] == [row[1] for row in rows]
    assert "column_contradicts" in about_sheet(found)


def test_8_what_belongs_to_somebody_else_is_not_the_persons(check):
    found = check(
        ["欧阳明", "13812342076", "13812342077", "包保人甲", "杨梅村"],
        header=["姓名", "户主电话", "监护人联系电话", "包保人姓名", "村"],
    )
    assert (found.entries[0].phone, found.columns["Sheet1"].unknown) == (
        None,
        ("户主电话", "监护人联系电话", "包保人姓名"),
    )


@pytest.mark.parametrize(
    "header", ["民 族", "政治面貌(党员/群众)", "是否党员", "宗教信仰", "上访情况", "身份（党员）"]
)
def test_8_refused_subjects_are_dropped_and_said_even_when_chosen(check, header):
    found = check(["欧阳明", "x", "杨梅村"], header=["姓名", header, "村"])
    assert (found.columns["Sheet1"].refused, found.columns["Sheet1"].refused_at) == ((header,), (1,))
    chosen = Choices(sheets={"Sheet1": {1: "present_place"}})
    assert (
        check(["欧阳明", "x", "杨梅村"], header=["姓名", header, "村"], choices=chosen)
        .entries[0]
        .present_place
        == ""
    )


def test_8_a_refused_subject_above_a_group_of_columns(check):
    found = check(
        [None, None, "党员", "团员"],
        ["欧阳明", "杨梅村", "√", ""],
        header=["姓名", "村", "政治面貌", None],
        merged=("C1:D1", "A1:A2", "B1:B2"),
    )
    assert found.columns["Sheet1"].refused == ("政治面貌.党员", "政治面貌.团员")


def test_8_a_mapping_by_hand_overrides(check):
    chosen = Choices(sheets={"Sheet1": {0: "", 1: "name"}})
    found = check(["甲", "欧阳明", "杨梅村"], header=["姓名", "称呼", "村"], choices=chosen)
    assert people(found) == ["欧阳明"]
    assert [v.reason for v in found.columns["Sheet1"].views][:2] == ["chosen", "chosen"]


def test_what_is_recognised_is_shown_masked_with_its_reason(tmp_path):
    path = book(tmp_path / "a.xlsx", {"杨梅村": [["姓名", "身份证"], ["欧阳明", ID]], "说明": [["填表说明"]]})
    shown, plain = recognise(path, county_villages=index())
    assert [(v.place, v.field, v.reason, v.samples) for v in shown.columns] == [
        (0, "name", "name", ("欧**",)),
        (1, "id_number", "name", (f"4305**********{ID[-4:]}",)),
    ]
    assert (shown.row_count, shown.header_rows, shown.is_register, plain.is_register) == (
        1,
        (1, 1),
        True,
        False,
    )
    again = book(tmp_path / "b.xlsx", {"x": [["姓 名*", "身份证"], ["单雄", ""]]})
    assert recognise(again, county_villages=index())[0].layout == shown.layout != ""


def test_10_struck_rows_are_deleted_rows(check):
    found = check(who(), who("单雄"), struck=[3])
    assert (people(found), said(found)) == (["欧阳明"], [(3, "", "row_struck")])


def test_10_formulas_without_a_result_and_errors_are_told_at_their_cell(check):
    found = check(who(number='=A1&""', phone="#REF!"), who("#N/A", door="9号"))
    assert said(found) == [
        (2, "身份证号码", "formula_empty"),
        (2, "联系电话", "cell_error"),
        (3, "姓名", "cell_error"),
    ]
    assert people(found) == ["欧阳明"]


# ---------- 11-20: ids ----------


def test_11_an_id_typed_as_a_number_is_never_taken_also_when_saved_as_text_again(check):
    wreck = next(w for y in range(1930, 2000) if (w := an_id(f"{y}0312", 400)).endswith("000"))
    found = check(who(number=float(wreck)), who("单雄", number=wreck))
    assert [code for *_, code in said(found)] == ["id_number_cell"] * 2
    assert [e.id_number for e in found.entries] == [None, None]


def test_11_a_column_that_a_program_read_as_floats_gives_no_id(check):
    numbers = [an_id(born=f"19{y}0312") for y in range(40, 99)]
    wrecks = [str(int(float(number))) for number in numbers if number.isdigit()]
    found = check(*(who(f"欧阳{n}", number=wreck) for n, wreck in enumerate(wrecks)))
    assert {e.id_number for e in found.entries} == {None}
    assert len(said(found)) == len(wrecks)


def test_16_17_18_masked_two_in_a_cell_and_other_papers(check):
    cells = {"4305**********4518": "id_masked", f"{ID}/{OTHER_ID}": "id_two", f"{ID} {OTHER_ID}": "id_two"}
    cells |= {
        "E12345678": "id_other",
        "护照E12345678": "id_other",
        "H12345678": "id_other",
        "军字第1234567号": "id_other",
    }
    found = check(*(who(f"欧阳{n}", number=cell) for n, cell in enumerate(cells)))
    assert [code for *_, code in said(found)] == list(cells.values())
    assert (len(found.entries), {e.id_number for e in found.entries}) == (len(cells), {None})


@pytest.mark.parametrize("cell", ["无", "新生儿", "未办", "未上户", "婴儿未办证", "—", "不详"])
def test_18_no_id_yet_is_nothing_to_report(check, cell):
    found = check(who(number=cell))
    assert (said(found), found.entries[0].id_number) == ([], None)


def test_17_id_and_phone_in_each_others_column_go_where_they_belong_and_it_is_said(check):
    found = check(who(number="13812342076", phone=ID), who("单雄", number="", phone=OTHER_ID))
    assert [(e.id_number, e.phone) for e in found.entries] == [(None, None), (OTHER_ID, None)]
    assert [code for *_, code in said(found)] == ["id_is_phone", "phone_is_id", "id_moved"]


def test_17_a_phone_in_the_id_column_alone_is_taken_as_phone(check):
    found = check(who(number="13812342076"))
    assert (found.entries[0].phone, said(found)) == ("13812342076", [(2, "身份证号码", "phone_moved")])


def test_17_a_wrong_id_in_the_phone_column_is_not_moved(check):
    found = check(who(phone=ID[:17] + ("1" if ID[17] != "1" else "2")))
    assert (found.entries[0].id_number, said(found)) == (None, [(2, "联系电话", "phone_is_id")])


def test_19_two_people_of_a_name_are_never_one(check):
    found = check(who(number=ID), who(number=OTHER_ID, door="9号"))
    assert (people(found), said(found)) == (["欧阳明", "欧阳明"], [])


# ---------- 21-24: phones ----------


def test_22_short_numbers_and_words_give_no_phone(check):
    cells = {
        "67123": "phone_short",
        "5221234": "phone_no_area",
        "同父": "phone_of_relative",
        "1381234207": "phone_unreadable",
    }
    found = check(*(who(f"欧阳{n}", phone=cell) for n, cell in enumerate(cells)))
    assert [code for *_, code in said(found)] == list(cells.values())


def test_22_a_childs_phone_may_be_the_parents(check):
    found = check(who(phone="13812342076"), who("欧阳亮", "长子", phone="13812342076"))
    assert ([e.phone for e in found.entries], said(found)) == (["13812342076"] * 2, [])


# ---------- 34: names ----------


def test_34_two_people_in_a_name_cell_are_told(check):
    found = check(who("张三、李四"), who("张三 李四"), who("张 三"))
    assert (people(found), [code for *_, code in said(found)]) == (["张三"], ["name_two"] * 2)


def test_34_a_remark_behind_the_name_and_a_nickname(check):
    found = check(who("张三(已外出)"), who("李四（已故）"), who("杨老"), who("买买提．吐尔逊"), who("𠮷野"))
    assert people(found) == ["张三", "李四", "杨老", "买买提·吐尔逊", "𠮷野"]
    assert found.entries[0].is_here_tonight is False
    assert [code for *_, code in said(found)] == ["name_note", "name_note", "name_gone", "name_called"]


# ---------- places ----------


def test_an_address_alone_gives_village_group_and_door(check):
    found = check(
        ["欧阳明", "司马冲镇杨梅村3组12号"],
        ["单雄", "湖南省武冈市司马冲镇田心村第二村民小组"],
        ["曾巧", "迎春亭街道城南社区春晖园3栋2单元501"],
        header=["姓名", "家庭住址"],
    )
    assert places(found) == [
        ("杨梅村", "3组", "12号"),
        ("田心村", "2组", ""),
        ("城南社区", "春晖园3栋", "2单元501"),
    ]


def test_an_address_that_nobody_can_place_waits_with_its_text(check):
    found = check(["欧阳明", "田心村3组"], ["单雄", "老学堂后面"], header=["姓名", "现住址"])
    assert [code for *_, code in said(found)] == ["place_unread"] * 2
    assert [(u.row, u.text) for u in found.unread] == [(2, "田心村3组"), (3, "老学堂后面")]
    assert found.unread[0].candidates == (TIANXIN.code, "430581101202")


def test_a_village_cell_that_says_more_or_less_than_a_village(check):
    found = check(
        ["欧阳明", "杨梅村三组"], ["单雄", "司马冲镇田心村"], ["曾巧", "石桥3组"], header=["姓名", "村组"]
    )
    assert places(found) == [("杨梅村", "3组", ""), ("田心村", "", ""), ("石桥村", "3组", "")]


def test_a_sheet_of_one_village_needs_no_village_column(check):
    found = check(["欧阳明", ID, "3"], header=["姓名", "身份证", "组"], villages=[YANGMEI])
    assert places(found) == [("杨梅村", "3组", "")]


def test_a_village_that_is_not_there_is_refused_though_a_title_names_one(check):
    found = check(["杨梅村人口底册"], HEADER, who(village="桃花源村"), header=None)
    assert (found.entries, [code for *_, code in said(found)]) == ([], ["village_unknown"])


def test_every_code_that_is_said_has_its_words(check):
    found = check(who("", number="x", phone="y", village="桃花村"), who("张三、李四"), ["注意", None])
    assert all(error.code in FINDINGS and error.message for error in found.errors)


@pytest.mark.parametrize("cell", ["外出广东", "在浙江务工", "长期外出", "不在家(深圳)"])
def test_29_not_at_home_says_where_they_are(check, cell):
    found = check(["欧阳明", "杨梅村", cell], header=["姓名", "村", "今晚在家"])
    assert (found.entries[0].is_here_tonight, said(found)) == (False, [])
