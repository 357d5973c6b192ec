"""What a clerk types, pastes, or gets back on paper, read into visits: whose row it is, what each cell means."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianfang.core import clock
from lianfang.intake.entries import (
    Block,
    Cursor,
    EntryForm,
    ListedDoor,
    ListedMember,
    OpenQuestion,
    read_block,
    read_door,
)
from lianfang.intake.entries.answers import read_answer, shown_as
from lianfang.intake.entries.doorways import Doorways
from lianfang.intake.entries.pasted import rows_of
from lianfang.intake.entries.presence import read_presence
from lianfang.intake.rules import visit_values
from lianfang.questions.rules import QuestionDefinition, fault_of
from lianfang.register.rules import text

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


# ---------- cells ----------


@pytest.mark.parametrize(
    ("said", "kind", "code", "place"),
    [
        ("见到", "presence", "seen", ""),
        ("√", "presence", "seen", ""),
        ("在家", "presence", "seen", ""),
        ("代答（儿子）", "presence", "answered_for", ""),
        ("外出广东东莞", "presence", "away", "广东东莞"),
        ("外出（浙江）", "presence", "away", "浙江"),
        ("在东莞打工", "presence", "away", "东莞"),
        ("东莞务工", "presence", "away", "东莞"),
        ("外出务工", "presence", "away", ""),
        ("在外务工", "presence", "away", ""),
        ("去长沙", "presence", "away", "长沙"),
        ("去世", "presence", "dead", ""),
        ("已搬走", "presence", "moved", ""),
        ("不在家", "presence", "not_met", ""),
        ("拒绝", "presence", "refused", ""),
        ("全家外出", "outcome", "absent", ""),
        ("没人", "outcome", "nobody_home", ""),
        ("空房", "outcome", "vacant", ""),
        ("全家在家", "all_home", "", ""),
    ],
)
def test_how_people_write_whether_they_met_somebody(said, kind, code, place):
    found = read_presence(said)
    assert found
    assert (found.kind, found.code, found.place) == (kind, code, place)


def test_digits_are_our_own_keys_and_in_other_sheets_only_one_is_a_tick():
    assert [read_presence(key, is_coded=True).code for key in "1234567"] == [
        "seen", "answered_for", "away", "refused", "not_met", "moved", "dead",
    ]  # fmt: skip
    assert read_presence("0", is_coded=True).code == "nobody_home"
    assert read_presence("1").code == "seen"
    assert [read_presence(key) for key in ("0", "2", "3", "w", "a")] == [None] * 5
    assert read_presence("半信半疑") is None


@pytest.mark.parametrize(
    ("question", "said", "value"),
    [
        (FEVER, "√", True), (FEVER, "✓", True), (FEVER, "是", True), (FEVER, "１", True), (FEVER, "有", True),
        (FEVER, "无", False), (FEVER, "×", False), (FEVER, "0", False), (FEVER, "没有", False),
        (BACK, "2人", 2), (BACK, "两个", 2), (BACK, "２", 2), (BACK, "三", 3), (BACK, "无", 0), (BACK, "2.0", 2),
        (DOSES, "2针", 2), (DOSES, "两剂", 2), (DOSES, "加强", 3), (DOSES, "未接种", 0),
        (HOUSE, "自住", "owner"), (HOUSE, "2出租", "rented"), (HOUSE, "空", "vacant"), (HOUSE, "rented", "rented"),
        (WATER, "无", "none"), (WATER, "有,清了", "removed"), (WATER, "没清", "left"), (WATER, "清了", "removed"),
        (NEEDS, "药品、就医接送", ["medicine", "transport"]), (NEEDS, "药品 药品", ["medicine"]), (NEEDS, "无", ["none"]),
        (WHY, "不接种", "declined"), (RETURNED, "8月5日", "2026-08-05"), (RETURNED, "0805", "2026-08-05"),
        (RETURNED, "8-5", "2026-08-05"), (RETURNED, "2026/8/5", "2026-08-05"), (RETURNED, "昨天", "2026-08-06"),
        (RETURNED, "46239", "2026-08-05"), (FEVER, "/", None), (BACK, "", None),
    ],
)  # fmt: skip
def test_answers_however_they_are_written(question, said, value):
    found = read_answer(question, said, TODAY, is_coded=False)
    assert (found.code, found.value) == ("", value)


@pytest.mark.parametrize(
    ("question", "said", "code"),
    [
        (FEVER, "正常", "answer"), (BACK, "31", "answer"), (BACK, "很多", "answer"), (BACK, "42.93万", "answer"),
        (HOUSE, "2", "answer"),  # whose code 2 is nobody knows
        (WATER, "有", "answer"), (WHY, "接种", "answer"), (NEEDS, "药品、飞机", "answer"),
        (RETURNED, "8.1", "date_zero"), (RETURNED, "正月初二", "lunar"), (RETURNED, "2月30日", "date"), (RETURNED, "上周", "date"),
    ],
)  # fmt: skip
def test_what_may_mean_two_things_or_nothing_is_explained(question, said, code):
    found = read_answer(question, said, TODAY, is_coded=False)
    assert (found.value, found.code) == (None, code)


def test_digits_stand_for_choices_on_our_own_sheets():
    assert read_answer(HOUSE, "2", TODAY, is_coded=True).value == "rented"
    assert read_answer(NEEDS, "24", TODAY, is_coded=True).value == ["medicine", "transport"]
    assert read_answer(HOUSE, "4", TODAY, is_coded=True).code == "answer"


# ---------- a door ----------


def read(texts, number=1, **changes):
    form = EntryForm(
        **{**{f: getattr(FORM, f) for f in ("doors", "questions", "moment", "workers")}, **changes}
    )
    return read_door(form.by_household[number], texts, form)


def test_half_a_sentence_is_no_visit():
    for texts, fault in (
        ({"11": {"presence": "外出"}}, ("11", "place", "away_place")),
        ({"11": {"q_fever": "否"}}, ("11", "presence", "no_presence")),
        ({"11": {"presence": "见到", "place": "东莞"}}, ("11", "place", "place_of_present")),
        ({"11": {"presence": "未见到", "q_fever": "否"}}, ("11", "q_fever", "not_there")),
        ({"11": {"presence": "无人应门"}, "12": {"presence": "见到"}}, ("12", "presence", "both_ways")),
        ({"11": {"presence": "空置"}, "": {"q_returned_count": "0"}}, ("", "q_returned_count", "both_ways")),
        ({"": {"note": "狗"}}, ("", "note", "nothing")),
        ({"n1": {"presence": "见到"}}, ("n1", "name", "no_name")),
        ({"n1": {"presence": "见到", "name": "张三、李四"}}, ("n1", "name", "name")),
        ({"11": {"presence": "见到"}, "": {"at": "明天9点"}}, ("", "at", "future")),
        ({"11": {"presence": "见到"}, "": {"at": "刚才"}}, ("", "at", "time")),
        ({"11": {"presence": "见到"}, "": {"worker": "曾祥林"}}, ("", "worker", "worker_twice")),
        ({"11": {"presence": "见到"}, "": {"worker": "李鬼"}}, ("", "worker", "worker")),
        ({"11": {"presence": "外出东莞", "back": "年底"}}, ("11", "back", "date")),
        ({"11": {"presence": "见到", "q_unknown": "1"}}, ("11", "q_unknown", "not_asked")),
        ({"": {"note": "很" * 501}, "11": {"presence": "见到"}}, ("", "note", "too_long")),
    ):  # fmt: skip
        found = read(texts)
        assert found.entry is None
        assert fault in [(f.row, f.column, f.code) for f in found.faults], texts
        assert all(f.detail and f.remedy and "{" not in f.detail + f.remedy for f in found.faults)


def test_one_word_for_a_family_that_is_at_home():
    found = read({"11": {"presence": "全家在家"}, "12": {"presence": "3", "place": "东莞"}}, is_coded=True)
    assert [line["presence"] for line in found.entry.body["lines"]] == ["seen", "away", "seen"]


def test_when_and_who_once_for_all_and_of_one_door():
    evening = clock.at(dt.date(2026, 8, 7), 19, 30)
    found = read({"11": {"presence": "见到"}}, worker_id=7, happened_at=evening)
    assert (found.entry.happened_at, found.entry.body["worker"]) == (evening, 7)
    found = read(
        {"11": {"presence": "见到"}, "": {"at": "昨天1940", "worker": "王小红"}}, happened_at=evening
    )
    assert found.entry.happened_at == clock.at(dt.date(2026, 8, 6), 19, 40)
    assert found.entry.body["worker"] == 7
    noon = read({"11": {"presence": "见到"}, "": {"at": "2026-08-06"}}).entry.happened_at
    assert noon == clock.at(dt.date(2026, 8, 6), 12)


def test_what_must_be_answered_and_is_not_keeps_nothing_from_being_filed():
    asked = [OpenQuestion(DOSES, True), OpenQuestion(WHY, False, (("dose_count == 0", "dose_count == 0"),))]
    asking = {1: {"": [OpenQuestion(BACK, True)], "11": asked, "12": asked}}
    found = read(
        {"11": {"presence": "见到", "q_dose_count": "0"}, "12": {"presence": "见到", "q_dose_count": "2"}},
        open=asking,
    )
    assert found.entry is not None
    assert found.lacking == (("11", "q_why_not"), ("13", "presence"), ("", "q_returned_count"))


def test_a_condition_may_name_what_is_known_and_asked_no_more():
    open_still = [OpenQuestion(WHY, False, (("dose_count == 0", "dose_count == 0"),))]
    form = {"open": {1: {"": [], "11": open_still, "12": open_still}}}
    met = {"11": {"presence": "见到"}, "12": {"presence": "见到"}, "13": {"presence": "见到"}}
    known = {1: {"11": {"dose_count": 0}, "12": {"dose_count": 2}}}
    assert read(met, known=known, **form).lacking == (("11", "q_why_not"),)
    said_now = {**met, "11": {"presence": "见到", "q_dose_count": "1"}}
    assert (
        read(said_now, known=known, **form).lacking == ()
    )  # what is said tonight comes before what was known


def test_what_no_form_asks_after_an_answer_is_shut_and_comes_back_with_it():
    asked = [OpenQuestion(DOSES, True), OpenQuestion(WHY, False, (("dose_count == 0", "dose_count == 0"),))]
    form: dict = {"open": {1: {"": [], "11": asked}}}

    def shut(**cells: str) -> tuple:
        return read({"11": {"presence": "见到", **cells}}, **form).shut

    assert shut() == ()  # nothing is said yet that would tell
    assert shut(q_dose_count="2") == (("11", "q_why_not"),)
    assert shut(q_dose_count="0") == ()
    assert shut(q_dose_count="2", q_why_not="外出") == ()  # what is written is seen


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


# ---------- whatever the sheet looks like ----------

_DOOR = {"门": lambda d: f"{d.places[-1]}{d.label}", "户号": lambda d: d.reference}
_SEEN = ("见到", "√", "是", "在家", "见")


@st.composite
def evenings(draw: st.DrawFn) -> tuple[list[list[str]], dict[int, dict[str, str]], bool]:
    """A sheet of the list in any order of columns and rows, with any subset of doors, and what it says."""
    doors = [door for door in FORM.doors if door.members]
    columns = ["姓名", "见到情况", draw(st.sampled_from(sorted(_DOOR)))]
    columns += draw(
        st.lists(st.sampled_from(["疫苗接种几剂", "这几天发热", "屋内外积水", "序号", "备注"]), unique=True)
    )
    columns = draw(st.permutations(columns))
    chosen = draw(st.lists(st.sampled_from(doors), min_size=1, unique_by=lambda d: d.household_id))
    is_merged = draw(st.booleans())
    rows, truth = [], {}
    for each in chosen:
        water = draw(st.sampled_from(["没有", "无", "有，清了", "有,没清", ""]))
        for at, member in enumerate(each.members):
            met = draw(st.sampled_from([*_SEEN, "代答", "外出东莞", "拒绝"]))
            count = draw(st.integers(0, 5))
            cells = {
                "姓名": draw(st.sampled_from([member.name, "　".join(member.name), f" {member.name} "])),
                "见到情况": met,
                "疫苗接种几剂": draw(
                    st.sampled_from([str(count), f"{count}剂", f"{count}针", chr(0xFF10 + count)])
                ),
                "这几天发热": draw(st.sampled_from(["否", "×", "无", "0"])),
                "屋内外积水": water if at == 0 else "",
                "序号": str(len(rows) + 1),
                "备注": "",
            }
            key = next(column for column in columns if column in _DOOR)
            cells[key] = "" if is_merged and at else _DOOR[key](each)
            if met in ("外出东莞", "拒绝"):
                cells["疫苗接种几剂"] = cells["这几天发热"] = ""
            rows.append([cells[column] for column in columns])
            truth[member.person_id] = {"presence": met, "dose_count": count, "water": water}
    blank = [""] * len(columns)
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))) if not is_merged else len(rows), blank)
    top = draw(st.lists(st.just(["杨梅村登记表", *[""] * (len(columns) - 1)]), max_size=2))
    return [*top, list(columns), *rows], truth, "疫苗接种几剂" in columns


@given(evenings())
def test_any_order_of_columns_and_any_doors_give_what_the_sheet_says(evening):
    rows, truth, asks_doses = evening
    found = read_block(rows, FORM)
    assert (told(found), found.unplaced) == ([], ())
    said = {line["person"]: line for entry in found.entries for line in entry.body["lines"]}
    assert set(said) == set(truth)
    for person, line in said.items():
        met = truth[person]["presence"]
        assert line["presence"] == {"代答": "answered_for", "外出东莞": "away", "拒绝": "refused"}.get(
            met, "seen"
        )
        if asks_doses and line["presence"] in ("seen", "answered_for"):
            assert line["answers"]["dose_count"] == truth[person]["dose_count"]
    for entry in found.entries:
        visit_values(entry.body)


_CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "易国强",
            "易桂花",
            "张三",
            "见到",
            "外出东莞",
            "1组1号",
            "2",
            "√",
            "同上",
            "同上轮",
            "=",
            "",
            "8.1",
            "合计",
            "H001",
        ]
    ),
)
_HEADERS = st.lists(
    st.sampled_from(
        [
            "姓名",
            "门",
            "户号",
            "人号",
            "见到情况",
            "外出地",
            "何时回",
            "备注",
            "疫苗接种几剂",
            "屋内外积水",
            "民族",
            "某列",
        ]
    ),
    min_size=1,
    max_size=7,
)


@given(_HEADERS, st.lists(st.lists(_CELLS, max_size=8), max_size=8), st.booleans())
def test_nothing_is_lost_whatever_is_pasted(headers, rows, is_at_cursor):
    """Every row is placed, kept, a row that nobody needs (empty, title, sum), or part of the header."""
    at = (
        Cursor(tuple((1, who) for who in ("11", "12", "13")), ("name", "presence", "place"))
        if is_at_cursor
        else None
    )
    found = read_block([headers, *rows], FORM, at)
    for entry in found.entries:
        body = {key: value for key, value in entry.body.items() if key != "as_before"}
        values = visit_values(body)
        asked = {question.key: question for question in QUESTIONS}
        for line in values["lines"]:
            for key, value in line.get("answers", {}).items():
                assert fault_of(asked[key], value) == ""
    for fault in (*found.faults, *(row.fault for row in found.unplaced)):
        assert fault.detail
        assert fault.remedy
        assert 0 <= int(fault.row) <= len(rows) + 1
    filed = {entry.household_id for entry in found.entries}
    wrong = {household for household in found.texts if household not in filed}
    assert not wrong or found.faults
    # A row with a name of the list in the column of names is at its place or among those that are kept.
    if "name" in found.columns.values() and found.has_header:
        place = next(at for at, column in found.columns.items() if column == "name")
        names = {member.name for each in FORM.doors for member in each.members}
        placed = {row for row, _ in found.came_from.values()} | {row.row for row in found.unplaced}
        placed |= {int(fault.row) for fault in found.faults}
        taken = {at for at, column in found.columns.items() if column[:2] == "q_" or column in _SAYING}
        for number, row in enumerate([headers, *rows], 1):
            says_more = any(at in taken and text(cell) for at, cell in enumerate(row))
            if len(row) > place and row[place] in names and says_more and not _is_passed(row):
                assert number in placed or _is_repeated(row, [headers, *rows][: number - 1]), number


_SAYING = ("presence", "place", "back", "note")


def _is_passed(row: list[str]) -> bool:
    """Sums and their like."""
    first = next((text(cell) for cell in row if text(cell)), "")
    return first in ("合计", "小计")


def _is_repeated(row: list[str], above: list[list[str]]) -> bool:
    """What a row above says of the same person already, a row need not say again."""
    return any(set(row) & set(other) for other in above)


@given(st.sampled_from(QUESTIONS), st.data())
def test_what_the_sheet_shows_is_read_again_as_the_same_answer(question, data):
    codes = [code for code, _ in question.choices]
    value = data.draw(
        {
            "boolean": st.booleans(),
            "integer": st.integers(int(question.low or 0), int(question.high or 9)),
            "choice": st.sampled_from(codes or [""]),
            "choices": st.lists(st.sampled_from(codes or [""]), min_size=1, unique=True),
            "date": st.dates(dt.date(2020, 1, 1), dt.date(2029, 12, 31)).map(str),
        }[question.type]
    )
    assume(value != "")
    for is_coded in (True, False):
        assert read_answer(question, shown_as(question, value), TODAY, is_coded=is_coded).value == value


# ---------- the clipboard ----------


@pytest.mark.parametrize(
    ("plain", "html", "rows"),
    [
        ("姓名\t情况\r\n张三\t见到\r\n", "", [["姓名", "情况"], ["张三", "见到"]]),
        ('张三\t"有狗\n要小心"\n李四\t"说""不"\t3', "", [["张三", "有狗 要小心"], ["李四", '说"不', "3"]]),
        ("张三\t\t见到", "", [["张三", "", "见到"]]),
        ('12"\t见到', "", [['12"', "见到"]]),
        ("甲 乙", "<table><tr><td>甲</td><td>乙<br>丙</td></tr></table>", [["甲", "乙 丙"]]),
        (
            "x",
            "<table><tr><td rowspan=2>1号</td><td>甲</td></tr><tr><td>乙</td></tr><tr><td colspan=2>丙</td></tr></table>",
            [["1号", "甲"], ["", "乙"], ["丙", ""]],
        ),
        ("张三 见到\n李四，外出东莞", "", [["张三", "见到"], ["李四", "外出东莞"]]),
        ("张三", "", [["张三"]]),
        ("", "", [[""]]),
    ],
)
def test_what_the_clipboard_of_a_sheet_holds(plain, html, rows):
    assert rows_of(plain, html) == rows


@given(
    st.lists(
        st.lists(st.text('张三见到1组"\t\n ', max_size=6), min_size=2, max_size=4), min_size=1, max_size=5
    )
)
def test_a_spreadsheet_quotes_what_would_break_a_row(rows):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set('"\t\n') & set(cell) else cell

    plain = "\n".join("\t".join(map(quoted, row)) for row in rows)
    assume(plain.strip("\n") == plain)
    assert rows_of(plain) == [[" ".join(cell.split()) for cell in row] for row in rows]
