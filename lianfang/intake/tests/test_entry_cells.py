"""A cell of a clerk, read: whether somebody was met, what was answered, and why it says nothing when it may say two."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianfang.intake.entries.answers import read_answer, shown_as
from lianfang.intake.entries.presence import read_presence
from lianfang.intake.tests.test_entries import (
    BACK,
    DOSES,
    FEVER,
    HOUSE,
    NEEDS,
    QUESTIONS,
    RETURNED,
    TODAY,
    WATER,
    WHY,
)


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
