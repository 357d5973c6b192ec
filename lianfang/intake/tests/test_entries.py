"""Rows that a clerk types, pastes, or gets back on paper, read into visits: whose row it is, which column says what."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.core import clock
from lianfang.intake.entries import Block, Cursor, EntryForm, ListedDoor, ListedMember, read_block
from lianfang.intake.entries.doorways import Doorways
from lianfang.intake.rules import visit_values
from lianfang.questions.rules import QuestionDefinition

NIGHT = clock.at(dt.date(2026, 8, 7), 21, 5)
TODAY = dt.date(2026, 8, 7)
BACK = QuestionDefinition(
    "returned_count", "household", "integer", "近14天有几人从外地回来", "plain", low=0, high=30
)
HOUSE = QuestionDefinition(
    "dwelling_state", "household", "choice", "房屋状态", "plain",
    (("owner", "自住"), ("rented", "出租"), ("vacant", "空置")),
)  # fmt: skip
WATER = QuestionDefinition(
    "standing_water", "household", "choice", "屋内外积水", "plain",
    (("none", "没有"), ("removed", "有，清了"), ("left", "有，没清")),
)  # fmt: skip
NEEDS = QuestionDefinition(
    "needs", "household", "choices", "需要帮什么", "personal",
    (("none", "没有"), ("medicine", "药品"), ("food", "生活物资"), ("transport", "就医接送")),
)  # fmt: skip
FEVER = QuestionDefinition("fever", "person", "boolean", "这几天发热", "sensitive")
DOSES = QuestionDefinition("dose_count", "person", "integer", "疫苗接种几剂", "personal", low=0, high=5)
WHY = QuestionDefinition(
    "why_not", "person", "choice", "没接种的原因", "personal",
    (("away", "外出"), ("declined", "已告知，不接种"), ("elsewhere", "外地已接种"), ("other", "其他")),
)  # fmt: skip
RETURNED = QuestionDefinition("returned_on", "person", "date", "哪天回来的", "personal")
QUESTIONS = (BACK, HOUSE, WATER, NEEDS, FEVER, DOSES, WHY, RETURNED)


def door(number: int, group: str, label: str, *names: str, reference: str = "") -> ListedDoor:
    members = tuple(
        ListedMember(number * 10 + at, name, "head" if at == 1 else "other", f"{number}-{at}")
        for at, name in enumerate(names, 1)
    )
    places = ("武冈市", "司马冲镇", "杨梅村", group)
    return ListedDoor(number, label, places, members, reference or f"H{number:03}", names[0] if names else "")


FORM = EntryForm(
    doors=(
        door(1, "1组", "1号", "易国强", "易桂花", "易子涵"),
        door(2, "1组", "2号", "覃国强", "覃桂花"),
        door(3, "2组", "1号", "滕国强", "易桂花"),  # bears the name of somebody in door 1
        door(4, "2组", "2号"),  # nobody is known there
    ),
    questions=QUESTIONS,
    moment=NIGHT,
    workers=((7, "王小红"), (8, "曾祥林"), (9, "曾祥林")),
)


def block(*rows: str, form: EntryForm = FORM, at: Cursor | None = None) -> Block:
    return read_block([row.split("|") for row in rows], form, at)


def told(found: Block) -> list[tuple[int | str, int | str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in found.faults]


def presence(found: Block, household: int) -> dict[int, str]:
    entry = next(entry for entry in found.entries if entry.household_id == household)
    return {line["person"]: line["presence"] for line in entry.body["lines"]}


# ---------- whose row it is ----------


def test_a_name_that_two_bear_decides_nothing():
    found = block("姓名|见到情况", "易桂花|见到", "覃国强|见到")
    assert presence(found, 2) == {21: "seen"}
    (row,) = found.unplaced
    assert (row.fault.code, row.candidates) == ("namesakes", ((1, "12"), (3, "32")))
    assert row.cells == ("易桂花", "见到")


def test_door_and_name_together_decide():
    found = block("门|姓名|见到情况", "2组1号|易桂花|见到", "1组1号|易桂花|外出东莞")
    assert presence(found, 3) == {32: "seen"}
    assert presence(found, 1) == {12: "away"}


def test_a_door_that_differs_from_the_name_is_said():
    found = block("门|姓名|见到情况", "1组1号|覃国强|见到", "5组9号|覃桂花|见到")
    assert [(row.fault.code, row.candidates) for row in found.unplaced] == [
        ("door_differs", ((2, "21"),)),
        ("door_differs", ((2, "22"),)),
    ]
    assert found.entries == ()


def test_numbers_of_our_own_sheets_come_first():
    found = block("户号|人号|姓名|见到情况", "H003|3-2|易桂花|见到", "H001|2-1||代答")
    assert presence(found, 3) == {32: "seen"}
    assert presence(found, 2) == {21: "answered_for"}
    found = block("人号|姓名|见到情况", "3-2|李四|见到")
    assert [row.fault.code for row in found.unplaced] == ["row_differs"]


def test_who_is_not_listed_is_offered_as_a_new_member_and_never_entered():
    found = block("门|姓名|见到情况", "1组1号|舒桂英|见到", "|张三|见到", "2组7号|李四|见到")
    assert [(row.fault.code, row.name, row.candidates) for row in found.unplaced] == [
        ("not_of_door", "舒桂英", ((1, ""),)),
        ("not_of_door", "张三", ((1, ""),)),
        ("door_unknown", "李四", ()),
    ]
    assert found.entries == ()


def test_behind_a_door_of_which_nobody_is_known_whoever_is_named_lives():
    found = block(
        "门|姓名|关系|性别|电话|见到情况", "2组2号|夏国强|户主|男|13812345678|见到", "|夏桂花|妻|女||代答"
    )
    (entry,) = found.entries
    assert entry.body["members"] == [
        {"presence": "seen", "answers": {}, "name": "夏国强", "relation": "head", "sex": "male", "phone": "13812345678"},
        {"presence": "answered_for", "answers": {}, "name": "夏桂花", "relation": "spouse", "sex": "female"},
    ]  # fmt: skip
    visit_values(entry.body)


def test_merged_cells_of_a_door_are_filled_down_until_the_next_door():
    found = block(
        "组|门牌|姓名|见到情况|近14天有几人从外地回来",
        "1组|1号|易国强|见到|2人",
        "||易桂花|见到|",
        "||易子涵|外出（长沙读书）|",
        "|2号|覃国强|见到|无",
        "2组|1号|滕国强|见到|",
        "||易桂花|代答|",
    )
    assert told(found) == []
    assert found.unplaced == ()
    assert [entry.household_id for entry in found.entries] == [1, 2, 3]
    assert found.entries[0].body["answers"] == {"returned_count": 2}
    assert found.entries[1].body["answers"] == {"returned_count": 0}
    assert found.entries[0].body["lines"][2] == {"person": 13, "presence": "away", "away_place": "长沙读书"}


def test_titles_sums_sections_and_footers_are_no_rows():
    found = block(
        "杨梅村入户排查表|||",
        "填报单位：杨梅村||日期：8月7日|",
        "序号|门牌|姓名|见到情况",
        "1组|||",
        "1|1号|易国强|见到",
        "小计|||3",
        "2组|||",
        "2|1号|易桂花|见到",
        "序号|门牌|姓名|见到情况",
        "合计|||",
        "填报人：邓永福|||",
    )
    assert (told(found), found.unplaced) == ([], ())
    assert presence(found, 1) == {11: "seen"}
    assert presence(found, 3) == {32: "seen"}


def test_a_header_in_two_rows_is_read_by_its_path():
    form = EntryForm(FORM.doors, (BACK,), NIGHT)
    found = block("姓名|见到|返乡||", "||近14天有几人从外地回来|到达日期|", "易国强|√|2||", form=form)
    assert found.columns == {0: "name", 1: "presence", 2: "q_returned_count"}
    assert ("column_unknown") in [code for _, _, code in told(found)]


def test_the_same_person_twice_is_said_unless_it_says_the_same():
    found = block("姓名|见到情况", "易国强|见到", "易国强|见到", "易国强|外出东莞")
    assert presence(found, 1) == {11: "seen"}
    assert [(row.row, row.fault.code) for row in found.unplaced] == [(4, "twice")]


def test_a_row_without_a_name_is_of_the_whole_door():
    found = block("门|姓名|见到情况|备注", "1组2号||无人应门|狗", "|||锁门")
    (entry,) = found.entries
    assert (entry.body["outcome"], entry.body["lines"], entry.body["note"]) == ("nobody_home", [], "狗")
    assert [row.fault.code for row in found.unplaced] == ["who"]


def test_numbers_of_ours_that_stand_for_nobody_here_are_of_elsewhere():
    """They belong to somebody whom the register knows: no namesake here, and nobody new."""
    found = block(
        "户号|人号|姓名|见到情况",
        "H70000|P80000|覃国强|见到",  # the only one of that name, and not the one who is meant
        "H70000|P80001|钱多多|见到",
        "H70001||| 无人应门",
        "H003|P80002|滕国强|见到",  # the household is known: whoever is not, is found by name
    )
    assert [(row.fault.code, row.candidates) for row in found.unplaced] == [("elsewhere", ())] * 3
    assert presence(found, 3) == {31: "seen"}


def test_a_door_that_is_not_listed_is_said_where_nobody_is_named():
    found = block("门|见到情况|备注", "1组99号|无人应门|狗凶")
    assert [row.fault.code for row in found.unplaced] == ["door_unknown"]


# ---------- what stands in no column ----------


@pytest.mark.parametrize(
    ("header", "like"),
    [("积水", "屋内外积水"), ("14天外地回来几人", "近14天有几人从外地回来"), ("水位", ""), ("茶", "")],
)
def test_a_column_that_may_be_a_question_of_the_sheet_is_told_as_such_and_not_taken(header, like):
    found = block(f"姓名|见到情况|{header}", "易国强|见到|1")
    assert told(found) == [(0, 3, "column_like" if like else "column_unknown")]
    assert like in found.faults[0].remedy


def test_columns_that_nobody_knows_or_may_ask_are_told_and_left():
    found = block("姓名|民族|喜欢什么|见到情况|情况", "易国强|汉|茶|见到|在家")
    assert told(found) == [(0, 2, "column_refused"), (0, 3, "column_unknown"), (0, 5, "column_twice")]
    assert presence(found, 1) == {11: "seen"}


def test_without_a_header_names_and_words_tell_their_columns():
    found = block("1组1号|易国强|见到", "1组2号|覃国强|外出东莞")
    assert found.columns == {0: "door", 1: "name", 2: "presence"}
    assert presence(found, 2) == {21: "away"}


def test_without_a_header_a_block_goes_where_the_cursor_is():
    at = Cursor(((1, "11"), (1, "12"), (1, "13")), ("presence", "place", "back", "q_fever"))
    found = block("见到|||否", "外出|东莞|0820|", "代答|||否", "见到|||否", at=at)
    assert found.texts[1]["12"] == {"presence": "外出", "place": "东莞", "back": "0820"}
    assert [(row.row, row.fault.code) for row in found.unplaced] == [(4, "past_end")]
    (entry,) = found.entries
    assert entry.body["lines"][1]["back_on"] == "2026-08-20"


def test_a_column_of_households_goes_to_the_first_rows_of_doors():
    rows = ((1, "11"), (1, "12"), (1, "13"), (2, "21"), (2, "22"), (3, "31"))
    found = block("0", "2", "1", at=Cursor(rows, ("q_returned_count", "q_dwelling_state")))
    assert {household: texts[""]["q_returned_count"] for household, texts in found.texts.items()} == {
        1: "0",
        2: "2",
        3: "1",
    }


def test_at_the_cursor_a_row_of_somebody_else_is_not_written_over_the_one_there():
    at = Cursor(((1, "11"), (1, "12")), ("name", "presence"))
    found = read_block([["王五", "见到"], ["易桂花", "见到"]], FORM, at)
    assert found.texts.get(1, {}).get("11") is None
    assert [row.name for row in found.unplaced if row.name == "王五"] == ["王五"]


# ---------- 同上, 同上轮 ----------


def test_as_above_is_said_of_answers_and_never_of_a_name():
    found = block("姓名|见到情况|疫苗接种几剂", "易国强|见到|2", "〃|同上|同上", "易子涵|同上|〃")
    assert presence(found, 1) == {11: "seen", 13: "seen"}
    assert [row.row for row in found.unplaced] == [3]  # whose row the second is nobody knows
    assert told(found) == [(3, 1, "ditto_name")]
    assert found.texts[1]["13"] == {"presence": "见到", "q_dose_count": "2"}


LAST = {
    1: {"": {"q_dwelling_state": "自住"}, "11": {"presence": "外出", "place": "东莞", "back": "2026-08-20"}}
}


def test_as_last_round_is_an_answer_of_today_that_says_so():
    form = EntryForm(FORM.doors, QUESTIONS, NIGHT, last=LAST)
    found = block(
        "姓名|见到情况|外出地|何时回|房屋状态|疫苗接种几剂", "易国强|同上轮|同上轮|同上轮|=|", form=form
    )
    (entry,) = found.entries
    assert entry.body["as_before"] == ["0.dwelling_state", "11.back", "11.place", "11.presence"]
    assert entry.body["answers"] == {"dwelling_state": "owner"}
    visit_values({key: value for key, value in entry.body.items() if key != "as_before"})
    found = block("姓名|同上轮", "易国强|√", form=form)
    assert found.entries[0].body == entry.body
    found = block("姓名|疫苗接种几剂|见到情况", "易国强|同上轮|见到", form=form)
    assert told(found) == [(2, 2, "no_last")]


def test_whoever_was_to_be_back_by_now_is_looked_at_again():
    last = {1: {"11": {"presence": "外出", "place": "东莞", "back": "2026-08-01"}}}
    found = block("姓名|同上轮", "易国强|√", form=EntryForm(FORM.doors, QUESTIONS, NIGHT, last=last))
    assert [code for *_, code in told(found)] == ["last_over"]


# ---------- doors ----------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("安置小区3栋2单元402", [1]), ("3栋2单元402", [1]), ("3-2-402", [1]), ("3#2-402", [1]), ("３号楼２单元４０２室", [1]),
        ("402", [1, 2, 3]), ("2单元402", [1, 3]), ("4栋402", [3]), ("杨梅村安置小区4栋2-402", [3]),
        ("武冈市司马冲镇杨梅村安置小区3栋1单元0402", [2]), ("杨梅2组老学堂", [4]), ("老学堂", [4]), ("二组5号", [5]), ("2-5", [5]),
        ("杨梅村村委会2组5号", []), ("田心村2组5号", []), ("3栋2单元403", []), ("5号6号", []), ("2组", []), ("", []),
    ],
)  # fmt: skip
def test_a_text_means_a_door_only_if_all_it_says_stands_there(said, meant):
    above = ("武冈市", "司马冲镇", "杨梅村")
    doors = [
        ListedDoor(1, "2单元402", (*above, "安置小区", "3栋")),
        ListedDoor(2, "1单元402", (*above, "安置小区", "3栋")),
        ListedDoor(3, "2单元402", (*above, "安置小区", "4栋")),
        ListedDoor(4, "老学堂", (*above, "2组")),
        ListedDoor(5, "5号", (*above, "2组")),
    ]
    assert [door.household_id for door in Doorways(doors).meant(said)] == meant
