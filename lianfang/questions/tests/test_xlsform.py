"""XLSForms of our own making: what is taken, and what is told with its cell."""

from dataclasses import replace

import pytest

from lianfang.questions.drafting import ASK, DERIVED, REGISTER, UNTAKEN
from lianfang.questions.xlsform import SheetRows, is_xlsform, read_xlsform
from lianfang.questions.xpath import Named, NotTaken, bounds_of, to_cel

CHOICES = [
    ["list_name", "name", "label::中文", "label::English (en)"],
    ["yes_no", "1", "是", "Yes"],
    ["yes_no", "0", "否", "No"],
    ["water", "Tap-water", "自来水", "Tap"],
    ["water", "well", "井水", "Well"],
    ["water", "well", "水井", "Well again"],
]
HEADER = [
    "type",
    "name",
    "label::中文",
    "label::English (en)",
    "required",
    "relevant",
    "constraint",
    "choice_filter",
]


def read(*rows, choices=CHOICES, settings=None):
    sheets = [SheetRows("survey", [HEADER, *map(list, rows)]), SheetRows("choices", choices)]
    if settings:
        sheets.append(SheetRows("settings", settings))
    assert is_xlsform(sheets)
    return read_xlsform(sheets)


def read_with_register(*rows):
    """As a county reads it: the register knows names, and ages are worked out."""
    known = {"姓名": REGISTER, "年龄": DERIVED}
    sheets = [SheetRows("survey", [HEADER, *map(list, rows)]), SheetRows("choices", CHOICES)]
    return read_xlsform(
        sheets, settle=lambda line: replace(line, kind=known.get(line.header, line.kind), question="")
    )


def asked(draft):
    return [line for line in draft.lines if line.kind == ASK]


def told(draft):
    return {(finding.sheet, finding.cell) for finding in draft.findings}


def test_types_labels_and_required():
    draft = read(
        ["text", "who", "谁", "Who", "yes"],
        ["integer", "n", "几口人", "People", "", "", ". >= 0 and . <= 30"],
        ["decimal", "t", "体温", "Temperature", "", "", ". > 34 and . < 43"],
        ["date", "d", "哪天", "When"],
        ["select_one yes_no", "dog", "养狗吗", "A dog?", "true()"],
        ["select_one water or_other", "w", "喝什么水", "Water"],
        ["select_multiple water", "ws", "用什么水", "Waters"],
        settings=[["form_title"], ["饮水排查"]],
    )
    assert draft.title == "饮水排查"
    got = [(line.header, line.new.label_en, line.new.type, line.is_required) for line in asked(draft)]
    assert got == [
        ("谁", "Who", "text", True),
        ("几口人", "People", "integer", False),
        ("体温", "Temperature", "decimal", False),
        ("哪天", "When", "date", False),
        ("养狗吗", "A dog?", "boolean", True),
        ("喝什么水", "Water", "choice", False),
        ("用什么水", "Waters", "choices", False),
    ]
    people, temperature, water = asked(draft)[1].new, asked(draft)[2].new, asked(draft)[5].new
    assert (people.low, people.high) == (0, 30)
    assert (temperature.low, temperature.high) == (34, 43)
    assert [code for code, _zh, _en in water.choices] == ["tap_water", "well", "other"]
    assert ("choices", "B6") in told(draft)  # the code that is there twice


@pytest.mark.parametrize(
    ("xpath", "cel"),
    [
        ("${dog} = '1'", "n1 == true"),
        ("${dog} != '1'", "n1 != true"),
        ("selected(${w}, 'Tap-water')", "n2 == 'tap_water'"),
        ("selected(${ws}, 'well') and ${n} > 2", "'well' in n3 && n4 > 2"),
        ("not(selected(${ws}, 'well')) or ${t} >= 37.3", "!('well' in n3) || n5 >= 37.3"),
        ("count-selected(${ws}) >= 2", "size(n3) >= 2"),
        ("${n} != ''", "n4 != null"),
        ("(${dog} = '1' or ${n} = 0) and ${t} > 37", "(n1 == true || n4 == 0) && n5 > 37.0"),
        ("3 < ${n}", "n4 > 3"),
        ("${dog} = ‘1’", "n1 == true"),
        ("selected(${dog}, '0')", "n1 == false"),
    ],
)
def test_conditions_that_people_write(xpath, cel):
    codes = {"Tap-water": "tap_water", "well": "well"}
    names = {
        "dog": Named("n1", "boolean", {}, {"1": True, "0": False}),
        "w": Named("n2", "choice", codes),
        "ws": Named("n3", "choices", codes),
        "n": Named("n4", "integer"),
        "t": Named("n5", "decimal"),
    }
    assert to_cel(xpath, names, {}) == cel


@pytest.mark.parametrize(
    "xpath",
    [
        "${gone} = '1'",
        "../a = '1'",
        "${n} + 1 > 3",
        "regex(${n}, '[0-9]+')",
        "today() > ${n}",
        "${n} = 'many'",
        "${w} = 'sea'",
        "${n} >",
        "${n} > 1 ${n}",
        "(${n} > 1",
        "'a' = 'a'",
        "",
        ". > 3",
        "${n} > " + "1" * 2000,
    ],
)
def test_a_condition_that_would_have_to_be_guessed_is_not_taken(xpath):
    names = {"n": Named("n4", "integer"), "w": Named("n2", "choice", {"well": "well"})}
    with pytest.raises(NotTaken):
        to_cel(xpath, names, {})


def test_bounds():
    assert bounds_of(". >= 0 and . <= 30") == (0, 30, False, False)
    assert bounds_of("(. > 0) and (130 > .)") == (0, 130, True, True)
    assert bounds_of(".<10") == (None, 10, False, True)
    for other in (". <= today()", "${a} < 3", "regex(., 'x')", ". < 3 or . > 5"):
        with pytest.raises(NotTaken):
            bounds_of(other)


def test_what_cannot_be_asked_is_told_with_its_cell_and_the_rest_is_taken():
    draft = read(
        ["geopoint", "g", "位置"],
        ["image", "p", "照片"],
        ["calculate", "c", ""],
        ["barcode", "b", "条码"],
        ["note", "x", "请仔细看"],
        ["select_one sea", "s", "哪片海"],
        ["select_one water", "w", "哪口井", "", "", "", "", "f = ${s}"],
        ["integer", "n", "几口人", "", "yes"],
        ["wibble", "u", "不知道"],
        ["start", "start"],
    )
    assert [line.header for line in asked(draft)] == ["几口人"]
    cells = {("survey", cell) for cell in ("A2", "A3", "A4", "A5", "A6", "A7", "H8", "A10")}
    assert cells <= told(draft)
    assert all(finding.remedy for finding in draft.findings)


def test_a_single_repeat_asks_each_person_and_groups_hand_down_their_condition():
    draft = read(
        ["select_one yes_no", "any", "有人回来吗"],
        ["begin_group", "g", "", "", "", "${any} = '1'"],
        ["integer", "n", "几人回来"],
        ["end_group"],
        ["begin repeat", "r", "家人"],
        ["select_one yes_no", "fever", "发热吗"],
        ["decimal", "t", "体温", "", "", "${fever} = '1'"],
        ["end repeat"],
    )
    got = [(line.header, line.new.about, line.show_if) for line in asked(draft)]
    assert got == [
        ("有人回来吗", "household", ""),
        ("几人回来", "household", "n1 == true"),
        ("发热吗", "person", ""),
        ("体温", "person", "n3 == true"),
    ]


def test_two_repeats_are_refused_with_what_is_in_them():
    draft = read(
        ["integer", "n", "几人"],
        ["begin repeat", "a"],
        ["text", "x", "甲"],
        ["begin repeat", "b"],
        ["text", "y", "乙"],
        ["end repeat"],
        ["end repeat"],
    )
    assert [line.header for line in asked(draft)] == ["几人"]
    assert [line.header for line in draft.lines if line.kind == UNTAKEN] == ["甲", "乙"]
    assert ("survey", "A3") in told(draft)


def test_a_condition_does_not_reach_from_a_person_to_the_household():
    draft = read(
        ["select_one yes_no", "any", "有人回来吗"],
        ["begin repeat", "r"],
        ["text", "x", "从哪里", "", "", "${any} = '1'"],
        ["end repeat"],
    )
    assert [line.header for line in asked(draft)] == ["有人回来吗"]
    assert ("survey", "F4") in told(draft)


@pytest.mark.parametrize(
    "condition", ["${age} >= 60", "${c} > 2", "today() > ${n}", "${n} > 0 and ${age} > 60"]
)
def test_what_was_meant_for_some_is_refused_and_not_asked_of_everybody(condition):
    draft = read_with_register(
        ["text", "who", "姓名"],
        ["integer", "age", "年龄"],
        ["integer", "n", "几口人", "", "yes"],
        ["calculate", "c", ""],
        ["select_one yes_no", "jab", "老年人是否接种", "", "yes", condition],
    )
    assert [line.header for line in asked(draft)] == ["几口人"]
    refused = next(line for line in draft.lines if line.header == "老年人是否接种")
    assert (refused.kind, refused.new, refused.show_if) == (UNTAKEN, None, "")
    found = next(finding for finding in draft.findings if finding.cell == "F6")
    assert found.remedy


def test_what_a_refused_row_decides_is_refused_with_it_wherever_it_stands():
    draft = read(
        ["text", "z", "为什么", "", "", "${y} = '1'"],
        ["integer", "n", "几口人", "", "yes"],
        ["select_one yes_no", "x", "甲", "", "", "today() > 3"],
        ["select_one yes_no", "y", "乙", "", "", "${x} = '1'"],
    )
    assert [line.header for line in asked(draft)] == ["几口人"]
    assert {("survey", "F2"), ("survey", "F4"), ("survey", "F5")} <= told(draft)
    assert len(draft.findings) == 3  # each told once


def test_a_form_that_requires_nothing_would_be_done_at_once():
    draft = read(["integer", "n", "几人"], ["text", "x", "说明"])
    assert [line.is_required for line in asked(draft)] == [True, False]
    assert any("没有一项必填" in finding.detail for finding in draft.findings)


def test_a_text_file_holds_its_sheets_one_below_the_other():
    rows = [["survey"], [None, "type", "name", "label"], [None, "text", "a", "话"]]
    draft = read_xlsform([SheetRows("form", rows)])
    assert [(line.header, line.cell) for line in draft.lines] == [("话", "B3")]
