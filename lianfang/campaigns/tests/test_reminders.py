"""Somebody hears of it before it is late, once, and silence stays visible."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.campaigns.models import Reminder
from lianfang.campaigns.operations.reminders import acknowledge_reminder, raise_due_reminders
from lianfang.campaigns.rules import chase_text
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.register.models import Person

EIGHT = clock.at(dt.date(2026, 8, 7), 8)


@pytest.fixture
def found(world):
    return world.campaign(hours=10)  # 8:00 to 18:00


def after(share: float) -> dt.datetime:
    return EIGHT + dt.timedelta(hours=10 * share)


def test_nobody_answers_for_a_neighbours_reminder(world, found):
    raise_due_reminders(after(0.5))
    theirs = Reminder.objects.get(area=world.areas["田心村"])
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        acknowledge_reminder(reminder_id=theirs.pk, note="", scope=scope, by=world.users["邓永福"].pk)
    assert refused.value.code == "campaigns.unknown_reminder"
    theirs.refresh_from_db()
    assert theirs.acknowledged_at is None


def test_half_of_the_time_must_have_passed(found):
    assert raise_due_reminders(after(0.499)) == 0


def test_each_threshold_is_raised_once_a_village(world, found):
    assert raise_due_reminders(after(0.5)) == 3
    assert raise_due_reminders(after(0.5)) == 0
    assert raise_due_reminders(after(0.76)) == 3
    reminder = Reminder.objects.get(area=world.areas["杨梅村"], threshold=75)
    assert reminder.open_count == 6
    assert reminder.worker_id == world.workers["邓永福"].pk


def test_who_comes_late_hears_the_newest_only(found):
    assert raise_due_reminders(after(1.2)) == 3
    assert set(Reminder.objects.values_list("threshold", flat=True)) == {100}


def test_villages_with_nothing_open_are_left_alone(world):
    found = world.campaign("杨梅村", hours=10)
    assert raise_due_reminders(after(0.5)) == 1
    assert Reminder.objects.get(round=found).area == world.areas["杨梅村"]


def test_no_reminder_for_what_is_closed_or_not_frozen(world, found):
    found.closed_at = after(0.4)
    found.save()
    world.campaign(frozen=False, hours=10)
    assert raise_due_reminders(after(0.9)) == 0


def test_no_reminder_after_the_emergency_has_ended(world, found):
    assert raise_due_reminders(world.emergency.ends_at) == 0


def test_one_answer_settles_the_earlier_ones_and_the_first_answer_stays(world, found):
    raise_due_reminders(after(0.5))
    raise_due_reminders(after(0.75))
    newest = Reminder.objects.get(area=world.areas["杨梅村"], threshold=75)
    with world.acting("邓永福") as scope:
        by = world.users["邓永福"].pk
        acknowledge_reminder(reminder_id=newest.pk, note="22点前补完", scope=scope, by=by)
        acknowledge_reminder(reminder_id=newest.pk, note="另一个说法", scope=scope, by=by)
    notes = Reminder.objects.filter(area=world.areas["杨梅村"]).values_list("acknowledged_note", flat=True)
    assert set(notes) == {"22点前补完"}
    assert Reminder.objects.filter(area=world.areas["田心村"], acknowledged_at__isnull=True).count() == 2


def test_what_is_pasted_into_a_chat_group_names_no_resident(world, found):
    text = chase_text(
        work="敲门行动第1轮",
        areas=[("杨梅村", 6), ("田心村", 0), ("泉塘村", 1234)],
        due="今天18:00",
        left="逾期3小时05分",
        duty_phone="0739-0000000",
    )
    assert text == (
        "【催办】敲门行动第1轮还有1,240户没有落实：泉塘村1,234户、杨梅村6户。今天18:00截止，逾期3小时05分。"
        "请抓紧上门，见不到的写明原因，并回复安排。值班电话0739-0000000。"
    )
    with world.as_root():
        assert not any(name in text for name in Person.objects.values_list("name", flat=True))


def test_a_long_list_is_cut_but_its_sum_is_whole():
    text = chase_text(work="敲门行动", areas=[(f"{n}村", n) for n in range(1, 31)], due="", left="")
    assert "还有465户" in text
    assert "等30处" in text
    assert "、1村" not in text
