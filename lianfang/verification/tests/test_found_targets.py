"""What an answer makes of the sweep that runs: whom it had missed is added, and asked to leave when the answer was wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from lianfang.campaigns.models import Exemption, Target
from lianfang.campaigns.operations.exemptions import decide_exemptions
from lianfang.core import clock
from lianfang.register.models import Person
from lianfang.verification.models import Answer, PushedRow
from lianfang.verification.operations import answering, sending
from lianfang.verification.tests.conftest import Take, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tonight() -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def swept(world: World, take: Take, person: Person, *, is_missed: bool = True) -> PushedRow:
    sweep = world.campaign()
    if is_missed:
        with world.as_root():
            Target.objects.filter(round=sweep, household_id=person.household_id).delete()
    found = take(row_of(person))
    with world.acting("周敏") as scope:
        sending.dispatch(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)
        return PushedRow.objects.get(scope.q(), list=found)


def answered(world: World, row: PushedRow, code: str, minutes: int) -> Answer:
    with world.acting("王小红") as scope, clock.frozen(TONIGHT + dt.timedelta(minutes=minutes)):
        said = answering.Said(code)
        return answering.answer(row_id=row.pk, said=said, scope=scope, by=world.users["王小红"].pk)


def standing(world: World, person: Person) -> tuple[list[str], list[tuple[str, str]]]:
    """States of the targets of the door, and what was asked of them."""
    with world.as_root():
        targets = Target.objects.filter(household_id=person.household_id)
        asked = Exemption.objects.filter(household_id=person.household_id)
        return list(targets.values_list("state", flat=True)), list(asked.values_list("reason", "decision"))


def test_a_corrected_answer_asks_to_take_off_whom_it_had_added(world: World, take: Take, yang: Person):
    row = swept(world, take, yang)
    answered(world, row, "controlled", 1)
    assert standing(world, yang) == (["open"], [])
    answered(world, row, "ticket_refunded", 2)
    # It stays in the denominator until somebody else approves.
    assert standing(world, yang) == (["open"], [("list_corrected", "pending")])
    with world.as_root():
        assert Exemption.objects.get().requested_by == world.users["王小红"].pk
    answered(world, row, "namesake", 3)
    assert standing(world, yang) == (["open"], [("list_corrected", "pending")])


def test_corrected_back_nothing_is_asked_any_more(world: World, take: Take, yang: Person):
    row = swept(world, take, yang)
    for minutes, code in enumerate(("controlled", "ticket_refunded", "controlled"), 1):
        answered(world, row, code, minutes)
    assert standing(world, yang) == (["open"], [])


def test_corrected_back_after_it_was_taken_off_the_target_is_open_again(
    world: World, take: Take, yang: Person
):
    row = swept(world, take, yang)
    answered(world, row, "controlled", 1)
    answered(world, row, "ticket_refunded", 2)
    with world.acting("周敏") as scope:
        decide_exemptions(
            exemption_ids=[Exemption.objects.get(scope.q()).pk],
            approve=True,
            note="",
            scope=scope,
            by=world.users["周敏"].pk,
        )
    assert standing(world, yang) == (["exempt"], [("list_corrected", "approved")])
    answered(world, row, "controlled", 3)
    assert standing(world, yang) == (["open"], [])


def test_who_was_a_target_before_the_list_came_stays_one(world: World, take: Take, yang: Person):
    row = swept(world, take, yang, is_missed=False)
    for minutes, code in enumerate(("controlled", "ticket_refunded"), 1):
        answered(world, row, code, minutes)
    assert standing(world, yang) == (["open"], [])
