"""Tables of many layouts, and XLSForms of others, as the draft of a form. Read in the child process as uploads are."""

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from lianfang.campaigns.forms.columns import Known
from lianfang.campaigns.forms.header import find_header
from lianfang.campaigns.forms.reading import read_file, read_pasted
from lianfang.campaigns.forms.words import condition_words
from lianfang.core.problems import Problem
from lianfang.questions.checking import form_faults, question_faults
from lianfang.questions.drafting import ASK, DERIVED, LEFT, REFUSED, REGISTER
from lianfang.questions.queries import question_of
from lianfang.questions.rules import QuestionDefinition

SHARED = Path(os.environ.get("LIANFANG_SHARED", "/work/shared")) / "data" / "forms"
FEVER = QuestionDefinition(
    "fever", "person", "boolean", "这几天发热", "sensitive", purposes=("household_sweep", "returnee_watch")
)


def find(header):
    return FEVER if "发热" in header else None


KNOWN = Known(find, "household_sweep", {})


def book(rows, merged=(), lists=(), sheet="表1", more=()):
    """An .xlsx. `merged` as A1:C1; `lists`: (cells, source) of drop-down lists; `more`: (name, rows) of other sheets."""
    made = Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for cells in merged:
        page.merge_cells(cells)
    for cells, source in lists:
        rule = DataValidation(type="list", formula1=source)
        rule.add(cells)
        page.add_data_validation(rule)
    for name, other_rows in more:
        other = made.create_sheet(name)
        for row in other_rows:
            other.append(list(row))
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def read(rows, name="表.xlsx", known=KNOWN, **how):
    return read_file(book(rows, **how), name, known=known)


def kinds(draft):
    return {line.header: line.kind for line in draft.lines}


def asked(draft):
    return [line for line in draft.lines if line.kind == ASK]


def test_title_filing_line_and_a_header_below():
    draft = read(
        [
            ["附件2", None, None, None, None],
            ["武冈市犬只饮水摸底表", None, None, None, None],
            ["填报单位：", None, None, "填报时间：  年  月  日", None],
            ["序号", "户主姓名", "家庭住址", "是否养犬", "饮水来源（自来水/井水）"],
            [1, "易国强", "杨梅村1组", "是", "井水"],
        ],
        merged=["A2:E2"],
    )
    assert draft.title == "武冈市犬只饮水摸底表"
    assert list(kinds(draft).values()) == [DERIVED, REGISTER, REGISTER, ASK, ASK]
    assert [(line.cell, line.new.type, line.new.about) for line in asked(draft)] == [
        ("D4", "boolean", "household"),
        ("E4", "choice", "household"),
    ]


def test_two_rows_merged_and_a_known_question():
    draft = read(
        [
            ["姓名", "身份证号", "健康情况", None, "来返情况", None],
            [None, None, "是否发热", "体温（℃）", "来源地", "抵达日期"],
        ],
        merged=["A1:A2", "B1:B2", "C1:D1", "E1:F1"],
    )
    lines = asked(draft)
    assert [line.header for line in lines] == [
        "健康情况.是否发热",
        "健康情况.体温(℃)",
        "来返情况.来源地",
        "来返情况.抵达日期",
    ]
    assert lines[0].question == "fever"
    assert [line.new.about for line in lines[1:]] == ["person"] * 3
    assert [line.new.type for line in lines[1:]] == ["decimal", "text", "date"]


def test_three_rows_and_a_table_of_villages_is_told_to_be_none_for_the_door():
    draft = read(
        [
            ["日报表", None, None, None, None],
            ["村", "排查情况", None, None, None],
            [None, "户数", None, "人数", None],
            [None, "今日", "累计", "今日", "累计"],
            ["杨梅村", 3, 40, 9, 120],
        ],
        merged=["A1:E1", "A2:A4", "B2:E2", "B3:C3", "D3:E3"],
    )
    assert [line.cell for line in draft.lines] == ["A2", "B4", "C4", "D4", "E4"]
    assert kinds(draft)["排查情况.户数.累计"] == DERIVED
    assert "部门表" in draft.findings[0].remedy


def test_rows_without_merges_are_joined_where_they_complete_each_other():
    draft = read(
        [
            ["序号", "姓名", "来返人员", None, None, "备注"],
            [None, None, "来源地", "抵达日期", "交通方式", None],
            [1, "易国强", "广州", "2021-08-01", "火车", None],
        ]
    )
    assert [line.header for line in asked(draft)] == [
        "来返人员.来源地",
        "来返人员.抵达日期",
        "来返人员.交通方式",
    ]
    assert asked(draft)[0].new.label == "来返人员来源地"


def test_refused_subjects_are_dropped_and_said():
    draft = read([["姓名", "民族", "政治面貌", "宗教信仰", "是否吃素"]])
    assert [line.kind for line in draft.lines] == [REGISTER, REFUSED, REFUSED, REFUSED, ASK]
    by_values = read([["姓名", "类别"], *[["易国强", "党员"], ["覃桂花", "群众"], ["滕子涵", "团员"]] * 3])
    assert by_values.lines[1].kind == REFUSED


def test_a_question_that_serves_another_purpose_is_not_borrowed():
    draft = read([["姓名", "是否发热"]], known=Known(find, "vaccination", {}))
    line = draft.lines[1]
    assert line.question == ""
    assert (line.new.label, line.new.type, line.reason) == ("这几天发热", "boolean", "other_purpose")
    assert line.waits


def test_a_question_is_asked_once():
    draft = read([["姓名", "是否发热", "发热否"]])
    assert [line.kind for line in draft.lines] == [REGISTER, ASK, LEFT]


def test_drop_down_lists_become_choices():
    draft = read(
        [["姓名", "意向", "类别", "收到没有"], [None] * 4],
        lists=[("B2:B99", '"本地,外省,境外"'), ("C2:C99", "字典!$A$1:$A$3"), ("D2:D9", '"是,否"')],
        more=[("字典", [["甲类"], ["乙类"], ["丙类"]])],
    )
    got = [(line.new.type, [label for _code, label, _en in line.new.choices]) for line in asked(draft)]
    assert got == [
        ("choice", ["本地", "外省", "境外"]),
        ("choice", ["甲类", "乙类", "丙类"]),
        ("boolean", []),
    ]


def test_samples_are_masked_and_names_never_become_choices():
    rows = [["户主姓名", "邻居", "回访电话号码是否有效"]]
    rows += [["易国强", "覃桂花", "13812345678"], ["滕子涵", "莫国强", "13812345679"]] * 3
    draft = read(rows)
    shown = "".join(sample for line in draft.lines for sample in line.samples)
    assert "桂花" not in shown
    assert "13812345678" not in shown
    assert asked(draft)[0].new.type == "text"


def test_a_card_for_one_household_is_read_as_well():
    draft = read(
        [
            ["入户登记卡", None, None, None],
            ["户主姓名：", None, "联系电话：", None],
            ["家庭住址：", None, "房屋性质：", "□自住 □出租 □空置"],
            ["家庭人口数：", None, "外出人数：", None],
        ]
    )
    assert [line.kind for line in draft.lines[:3]] == [REGISTER] * 3
    got = {line.new.label: line.new.type for line in asked(draft)}
    assert got == {"房屋性质": "choice", "家庭人口数": "integer", "外出人数": "integer"}


def test_days_of_a_watch_are_one_question():
    header = ["姓名", "第1天", None, "第2天", None]
    draft = read([header, [None, "体温", "症状", "体温", "症状"]], merged=["A1:A2", "B1:C1", "D1:E1"])
    assert [line.kind for line in draft.lines] == [REGISTER, ASK, ASK, LEFT, LEFT]


def test_a_file_without_a_header_is_refused_with_words():
    with pytest.raises(Problem, check=lambda problem: problem.code == "forms.no_header"):
        read([["只有一格"]])
    with pytest.raises(Problem, check=lambda problem: problem.code == "register.file_unreadable"):
        read_file(b"PK\x03\x04 nothing", "坏.xlsx", known=KNOWN)
    with pytest.raises(Problem, check=lambda problem: problem.code == "register.file_empty"):
        read_file(b"", "空.xlsx", known=KNOWN)


@pytest.mark.parametrize(
    "pasted",
    [
        "姓名\t是否养犬\t养犬数量（只）",
        "姓名、是否养犬、养犬数量（只）",
        "姓名，是否养犬，养犬数量（只）",
        "姓名\n是否养犬\n养犬数量（只）",
        "摸底表\t\t\n姓名\t是否养犬\t养犬数量（只）\n易国强\t是\t2",
        '姓名\t是否养犬\t"养犬数量\n（只）"',
    ],
)
def test_a_header_pasted_in_any_of_the_usual_ways(pasted):
    draft = read_pasted(pasted, known=KNOWN)
    assert [(line.kind, line.new and line.new.type) for line in draft.lines] == [
        (REGISTER, None),
        (ASK, "boolean"),
        (ASK, "integer"),
    ]


def test_a_long_sheet_is_not_read_to_its_end():
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    page = made.add_worksheet("表1")
    page.write_row(0, 0, ["姓名", "是否养犬"])
    for number in range(1, 30_000):
        page.write_row(number, 0, ["易国强", "是"])
    made.close()
    assert len(read_file(buffer.getvalue(), "长.xlsx", known=KNOWN).lines) == 2


cells = st.one_of(
    st.none(), st.integers(-5, 10**12), st.text(max_size=12), st.booleans(), st.floats(allow_nan=False)
)


@settings(max_examples=150)
@given(
    st.lists(st.lists(cells, max_size=6), max_size=9),
    st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=4),
)
def test_no_sheet_breaks_the_search_for_a_header(rows, ranges):
    merged = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in ranges]
    found = find_header(
        rows, 1, 0, [(top + 1, left, bottom + 1, right) for top, left, bottom, right in merged]
    )
    if found:
        assert len(found.columns) >= 2
        assert all(column.path and all(column.path) for column in found.columns)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared forms are not on this machine")
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.[xc][ls]*")), ids=lambda path: path.name)
def test_every_form_of_others_gives_a_draft_or_findings(path):
    draft = read_file(path.read_bytes(), path.name, known=KNOWN)
    assert draft.lines
    assert asked(draft) or draft.findings
    for finding in draft.findings:
        assert finding.detail
        assert finding.remedy
    assert [fault for fault in faults_after_a_yes(draft) if "最多60项" not in fault] == []


def faults_after_a_yes(draft):
    """What the one validator says when everything proposed is agreed to: conditions carried over included."""
    agreed = replace(
        draft, purpose="care", lines=tuple(replace(line, is_agreed=True) for line in draft.lines)
    )
    if not agreed.asked:
        return []
    new = agreed.new_questions()
    questions = {(key, 1): question_of(raw, "zh-Hans") for key, raw in new.items()}
    questions |= {(FEVER.key, 1): replace(FEVER, purposes=("care",))}
    faults = [fault.detail for raw in new.values() for fault in question_faults(raw)]
    definition = {**agreed.definition({}), "key": "form", "version": 1}
    return faults + [fault.detail for fault in form_faults(definition, questions)]


def test_all_that_is_proposed_passes_the_validator():
    headers = [
        "姓名",
        "是否发热",
        "体温(℃)",
        "剂次(0/1/2/3)",
        "类别(A/B)",
        "情况（可多选：甲、乙、丙）",
        "哪天（年月日）",
        "想法",
    ]
    assert faults_after_a_yes(read([headers])) == []


def test_a_condition_is_read_out_in_words():
    water = QuestionDefinition("w", "household", "choice", "饮水", "plain", choices=(("well", "井水"),))
    uses = QuestionDefinition("u", "household", "choices", "用水", "plain", choices=(("well", "井水"),))
    dog = QuestionDefinition("n1", "household", "boolean", "是否养犬", "plain")
    count = QuestionDefinition("n2", "household", "integer", "养犬数量", "plain")
    words = condition_words(
        "n1 == true && w != 'well' || !('well' in u) && n2 > 2 && n2 != null",
        {each.key: each for each in (water, uses, dog, count)},
    )
    assert words == (
        "“是否养犬”是“是”并且“饮水”不是“井水”或者不是(“用水”有“井水”)并且“养犬数量” > 2并且“养犬数量”填了"
    )


def test_what_stands_once_for_each_member_is_asked_once_of_each():
    draft = read(
        [
            ["户主", "家庭成员1", None, None, "家庭成员2", None, None],
            [None, "姓名", "是否接种疫苗", "是否有慢性病", "姓名", "是否接种疫苗", "是否有慢性病"],
        ],
        merged=["A1:A2", "B1:D1", "E1:G1"],
    )
    assert [line.cell for line in asked(draft)] == ["C2", "D2"]
    for line in asked(draft):
        assert line.new.about == "person"
        assert line.new.privacy != "plain"
        assert "成员" not in line.new.label
    assert [line.reason for line in draft.lines if line.cell in ("F2", "G2")] == ["twice", "twice"]


def test_a_companions_phone_is_not_in_the_register():
    draft = read([["姓名", "身份证号", "同行人员姓名及电话"]])
    assert [line.kind for line in draft.lines] == ["register", "register", "ask"]


def test_a_title_behind_its_number_is_the_title():
    rows = [["表5  学生健康摸底表", None, None], ["姓名", "年级", "体温"]]
    assert read(rows, merged=["A1:C1"]).title == "学生健康摸底表"
