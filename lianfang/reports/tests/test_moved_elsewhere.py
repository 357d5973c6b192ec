"""Whoever is counted keeps a row on every list, when the register has moved the household elsewhere since."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.campaigns.models import Exemption, Target
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.targets import hand_back
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.assigning import grid_table, hand_backs_waiting
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.campaigns.queries.exemptions import Wanted, exemptions_in
from lianfang.campaigns.queries.targets import MOVED_ELSEWHERE, Pick, targets_in
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from lianfang.intake.queries import next_door
from lianfang.register.models import Door, Household, Person
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.figure_names import Behind, names_behind
from tests.world import TONIGHT

DAY = Day(dt.date(2026, 8, 7), TONIGHT)
EVENING = at(dt.date(2026, 8, 7), 19, 40)
SEEN, EMPTY, BACK = (f"杨梅村/1组/{number}" for number in (1, 2, 3))


@pytest.fixture
def found(world):
    """One household done, one asked to be taken off, one handed back; then a sheet puts all three into 田心村."""
    found = world.campaign()
    here = {name: world.households[name].pk for name in (SEEN, EMPTY, BACK)}
    with world.acting("王小红") as scope:
        by = world.users["王小红"].pk
        lines = tuple(LineInput(person.pk, "seen") for person in world.people(SEEN))
        visits = [
            VisitInput(
                new_id(), here[SEEN], "door", "met", EVENING, lines=lines, answers={"returned_count": 0}
            ),
            VisitInput(new_id(), here[EMPTY], "door", "vacant", EVENING),
        ]
        record_visits(visits, scope=scope, by=by)
        hand_back(round_id=found.pk, household_ids=[here[BACK]], reason="进不去", scope=scope, by=by)
    with world.as_root():
        far = world.areas["田心村/1组"]
        door = Door.objects.create(area=far, area_path=far.path, label="99号")
        Household.objects.filter(pk__in=here.values()).update(door=door, area_path=far.path)
        Person.objects.filter(household_id__in=here.values()).update(area_path=far.path)
    return found


def test_every_number_of_the_village_still_has_its_names(world, found):
    village = world.areas["杨梅村"]
    with world.acting("邓永福") as scope:
        counted = coverage_of(scope, found, village, TONIGHT)
        for show in ("due", "done", "not_met", "open"):
            assert len(targets_in(scope, found, village, TONIGHT, Pick(show=show)).rows) == counted.number(
                show
            )
        visits = names_behind(scope, found, village, DAY, Behind("visits", True))
        assert (visits.total_count, [row.name for row in visits.rows]) == (2, [str(MOVED_ELSEWHERE)] * 2)
        people = names_behind(scope, found, village, DAY, Behind("people", True))
        assert people.total_count == 3
        assert {row.village for row in people.rows} == {"杨梅村"}


def test_what_was_asked_for_and_handed_back_is_still_to_be_decided(world, found):
    with world.acting("邓永福") as scope:
        (row,) = exemptions_in(scope, Wanted()).rows
        assert (row.name, row.village) == (str(MOVED_ELSEWHERE), "杨梅村")
        assert Exemption.objects.filter(scope.q()).count() == 1
        table = grid_table(scope, found, world.areas["杨梅村"])
        (waiting,) = hand_backs_waiting(scope, found, table)
        assert waiting.head_name == str(MOVED_ELSEWHERE)


def test_the_next_door_is_one_that_can_be_opened(world, found):
    with world.acting("邓永福") as scope:
        rows = targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show="open")).rows
        here = [row for row in rows if row.name != str(MOVED_ELSEWHERE)]
        last = Target.objects.get(round=found, household_id=world.households[BACK].pk)
        onward = next_door(scope, last)
        assert onward.household_id == here[0].household_id
        assert onward.left_count == 4  # the empty one, and three of the other group
