"""What was typed of one door as one visit: half a sentence is none, and what is lacking or shut is told."""

from __future__ import annotations

import datetime as dt

from lianfang.core import clock
from lianfang.intake.entries import EntryForm, OpenQuestion, read_door
from lianfang.intake.tests.test_entries import BACK, DOSES, FORM, WHY


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
