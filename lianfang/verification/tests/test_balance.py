"""Whatever is done with a list, in whatever order: its rows are all there, and what goes back adds up to them."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.verification import rules
from lianfang.verification.models import AnswerCode, PushedRow, Return
from lianfang.verification.operations import answering, returns, sending, sorting
from lianfang.verification.queries import board_of, bucket_counts, get_list
from lianfang.verification.tests.conftest import Take, row_of
from tests.world import World

STEPS = ("sort", "dispatch", "place", "hand_back", "answer", "correct", "interim", "return")
NINE = dt.datetime(2026, 8, 7, 13, tzinfo=dt.UTC)


def test_what_came_at_nine_is_due_at_half_past_one_unless_the_list_says_otherwise():
    assert rules.due_at(NINE) == NINE + dt.timedelta(hours=4, minutes=30)
    assert rules.due_at(NINE, NINE + dt.timedelta(hours=2)) == NINE + dt.timedelta(hours=2)


@pytest.mark.parametrize(
    ("hour", "minute", "is_urgent", "may"),
    [
        (6, 59, False, False),
        (7, 0, False, True),
        (21, 59, False, True),
        (22, 0, False, False),
        (22, 0, True, True),
        (0, 0, False, False),
        (3, 30, True, True),
    ],
)
def test_at_night_only_what_is_urgent_is_rung(hour: int, minute: int, is_urgent: bool, may: bool):
    assert rules.may_ring(NINE.replace(hour=hour, minute=minute), is_urgent=is_urgent) is may


@given(owed=st.integers(1, 5000), done=st.integers(1, 5000), minutes=st.integers(1, 600))
def test_at_the_present_pace_what_is_owed_takes_as_long_as_as_much_took(owed: int, done: int, minutes: int):
    now = NINE + dt.timedelta(minutes=minutes)
    found = rules.pace(owed=owed, done=done, since=NINE, now=now)
    assert found.finishes_at is not None
    seconds = (found.finishes_at - now).total_seconds()
    assert seconds == pytest.approx(minutes * 60 * owed / done, abs=0.01)


def test_before_the_first_answer_nobody_knows_when_the_list_ends():
    assert rules.pace(owed=9, done=0, since=NINE, now=NINE + dt.timedelta(hours=1)).finishes_at is None


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.sampled_from(AnswerCode.values)),
        min_size=3,
        max_size=12,
    )
)
def test_the_rows_of_a_list_add_up_at_every_moment(
    world: World, take: Take, yang: Person, steps: list[tuple[str, int, str]]
):
    with transaction.atomic():
        stranger = "不在册,,1370000000{},武冈市司马冲镇{}"
        found = take(
            row_of(yang),
            row_of(yang),
            *(stranger.format(n, village) for n, village in enumerate(("杨梅村", "田心村", ""))),
        )
        for step, place, code in steps:
            _do(world, found.pk, step, place, code)
            _adds_up(world, found.pk)
        transaction.set_rollback(True)


def _do(world: World, list_id: int, step: str, place: int, code: str) -> None:
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        ids = list(
            PushedRow.objects.filter(scope.q(), list=list_id).order_by("row").values_list("pk", flat=True)
        )
        row_id = ids[place % len(ids)]
        said = answering.Said(code, note="在外", present_place="邵阳市", owner_id=1)
        try:
            if step == "sort":
                sorting.sort(list_id=list_id, scope=scope, by=by)
            elif step == "dispatch":
                sending.dispatch(list_id=list_id, scope=scope, by=by)
            elif step == "place":
                sending.place(row_id=row_id, area=world.areas["泉塘村"], scope=scope, by=by)
            elif step == "hand_back":
                sending.hand_back(row_id=row_id, proposed="泉塘村", reason="", scope=scope, by=by)
            elif step in ("answer", "correct"):
                answering.answer(row_id=row_id, said=said, scope=scope, by=by)
            elif step == "interim":
                answering.answer_interim(list_id=list_id, scope=scope, by=by)
            else:
                returns.return_list(list_id=list_id, scope=scope, by=by)
        except Problem as problem:
            assert problem.code.startswith("verification."), problem.code  # noqa: PT017 - a refusal, not a fault


def _adds_up(world: World, list_id: int) -> None:
    with world.acting("周敏") as scope:
        found = get_list(scope, list_id)
        states = Counter(PushedRow.objects.filter(scope.q(), list=found).values_list("state", flat=True))
        assert sum(states.values()) == found.row_count == 5
        assert sum(bucket_counts(scope, found).values()) == 5
        board = board_of(scope, found)
        for line in (board.total, *board.towns):
            parts = (
                line.auto_count,
                line.answered_count,
                line.in_progress_count,
                line.out_count,
                line.waiting_count,
            )
            assert sum(parts) == line.row_count
        assert sum(line.row_count for line in board.towns) == 5
        for back in Return.objects.filter(list=found):
            assert sum(back.counts.values()) == 5
