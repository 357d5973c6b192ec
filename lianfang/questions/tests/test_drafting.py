"""What a heading asks, read from its words, its brackets, and what stands below it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.questions.checking import question_faults
from lianfang.questions.drafting import (
    Draft,
    Finding,
    Line,
    NewQuestion,
    names_in,
    renamed,
)
from lianfang.questions.headings import Seen, guess_question, options_in, read_heading


def guessed(header, *samples, allowed=(), people=True):
    return guess_question(header, Seen(samples, allowed, people))


@pytest.mark.parametrize(
    ("header", "label", "type_", "about"),
    [
        ("是否发热", "是否发热", "boolean", "person"),
        ("有无发热咳嗽恶心呕吐腹泻", "有无发热咳嗽恶心呕吐腹泻", "boolean", "person"),
        ("屋前屋后有积水吗？", "屋前屋后有积水吗", "boolean", "household"),
        ("是否签收(√/×)", "是否签收", "boolean", "person"),
        ("是否在家□是□否", "是否在家", "boolean", "person"),
        ("户内人数", "户内人数", "integer", "household"),
        ("接种剂次", "接种剂次", "integer", "person"),
        ("养犬数量（只）", "养犬数量", "integer", "household"),
        ("有几条狗", "有几条狗", "integer", "household"),
        ("其中：独居老人数", "独居老人数", "integer", "household"),
        ("体温(℃)", "体温", "decimal", "person"),
        ("房屋面积（平方米）", "房屋面积", "decimal", "household"),
        ("返乡时间\n(年月日)", "返乡时间", "date", "person"),
        ("填写日期（如2021-8-7）", "填写日期", "date", "person"),
        ("3.居住类别（自住/出租/空置）*", "居住类别", "choice", "person"),
        ("居住类别：自住、出租、空置", "居住类别", "choice", "person"),
        ("未种原因\n（填代码：1外出 2禁忌 3拒绝 4其他）", "未种原因", "choice", "person"),
        ("剂次\n0/1/2/≥3/不详", "剂次", "choice", "person"),
        ("交通方式（可多选：火车、汽车、飞机）", "交通方式", "choices", "person"),
        ("特殊人群(独居/孕产/血透/慢病)", "特殊人群", "choices", "person"),
        ("工作单位", "工作单位", "text", "person"),
        ("主要收入来源", "主要收入来源", "text", "person"),
        ("来返（来源地，离开日，抵达日）", "来返", "text", "person"),
        ("Do you have a dog?", "Do you have a dog", "boolean", "person"),
    ],
)
def test_a_heading_says_type_and_whom_it_is_about(header, label, type_, about):
    found = guessed(header)
    assert (found.label, found.type, found.about) == (label, type_, about)


def test_options_keep_their_order_and_get_codes_of_their_own():
    found = guessed("居住类别（自住/出租/空置/其他）")
    assert found.choices == (
        ("c1", "自住", "自住"),
        ("c2", "出租", "出租"),
        ("c3", "空置", "空置"),
        ("other", "其他", "其他"),
    )


def test_a_number_has_bounds_that_refuse_a_slip_and_no_true_value():
    assert (guessed("体温").low, guessed("体温").high) == (34, 43)
    assert (guessed("剂次(0/1/2/3)").low, guessed("剂次(0/1/2/3)").high) == (0, 3)
    assert guessed("户内人数").high == 99


def test_cells_speak_where_the_heading_is_silent():
    assert guessed("情况", "是", "否", "是").type == "boolean"
    assert guessed("情况", "2021-8-1", "2021.8.2").type == "date"
    assert guessed("情况", "3", "12").type == "integer"
    assert guessed("情况", "36.5", "37").type == "decimal"
    assert guessed("状态", "已返", "将返", "已返", "已返", "将返").type == "choice"
    assert guessed("联系人", *["易国强", "覃桂花"] * 5).type == "text"  # names repeat, and are no choice
    assert guessed("情况", "各种各样", "都不一样").type == "text"


def test_cells_overrule_a_yes_or_no_that_they_are_not():
    assert guessed("是否返乡", "已返", "将返", "未返", "已返", "将返", "未返").type == "choice"


def test_a_drop_down_list_is_the_surest():
    found = guessed("去向", allowed=("本地", "外省", "境外"))
    assert [label for _code, label, _english in found.choices] == ["本地", "外省", "境外"]
    assert guessed("去向", allowed=("是", "否")).type == "boolean"


@pytest.mark.parametrize(
    "header", ["是否发热", "核酸结果（阴性/阳性）", "低保类别（一类/二类）", "车牌号", "想说的话"]
)
def test_health_means_whereabouts_and_free_words_are_sensitive(header):
    assert guessed(header).privacy == "sensitive"


def test_a_person_is_never_plain_and_a_house_may_be():
    assert guessed("职称（高/中/低）").privacy == "personal"
    assert guessed("饮水来源（自来水/井水）").privacy == "plain"


def test_hints_are_no_options():
    assert options_in("请按实际填写") == ()
    assert options_in("年/月/日") == ()
    assert options_in("cm/米") == ()
    assert read_heading("姓名*（必填）").is_marked_required


def test_conditions_are_renamed_outside_of_quotes_only():
    condition = "n1 == 'n1' && n12 > 3 || 'n2' in n2"
    assert renamed(condition, {"n1": "q_county_7", "n2": "fever"}) == (
        "q_county_7 == 'n1' && n12 > 3 || 'n2' in fever"
    )
    assert names_in(condition) == {"n1", "n12", "n2", "in"}


def test_a_blank_heading_still_gives_a_question_with_a_name():
    for blank in (" ", "\u3000", "\n", "（）", "："):
        assert guessed(blank).label.strip(), repr(blank)


def test_of_several_choices_the_one_that_says_none_stands_alone():
    made = guessed("需要帮什么（可多选：药品、照料、无）")
    assert made.type == "choices"
    entry = made.definition("needs", "care")
    assert entry["exclusive"] == [entry["choices"][2][0]]
    assert not question_faults({**entry, "key": "needs"})
    assert "exclusive" not in guessed("居住类别（自住/出租/无）").definition("home", "care")


texts = st.text(max_size=40)


@given(texts, st.lists(texts, max_size=6))
def test_no_heading_breaks_it_and_each_gives_a_question(header, samples):
    found = guess_question(header or "列", Seen(tuple(samples)))
    assert found.label
    assert len(found.label) <= 60
    codes = [code for code, _label, _english in found.choices]
    assert len(set(codes)) == len(codes)
    assert (len(codes) >= 2) == (found.type in ("choice", "choices"))


@given(st.builds(NewQuestion, texts, choices=st.lists(st.tuples(texts, texts, texts), max_size=3).map(tuple)))
def test_a_draft_comes_back_from_the_store_as_it_was(new):
    draft = Draft(
        "表",
        "care",
        (Line("n1", "列", new=new, samples=("a",)),),
        (Finding("表1", "A1", "坏"),),
        based_on=("k", 2),
    )
    import json

    assert Draft.of_json(json.loads(json.dumps(draft.as_json()))) == draft
