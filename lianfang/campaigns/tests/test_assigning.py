"""Who goes where. Who may not comes first."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.campaigns.models import Coverage, HandBack, Target, Task, VisitLine
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.operations.targets import (
    Away,
    add_found_household,
    assign_targets,
    hand_back,
    reassign_worker,
    settle_away,
    take_back,
)
from lianfang.core.problems import Problem
from lianfang.register.models import Door, Household, Person
from lianfang.workforce.models import Assignment
from lianfang.workforce.operations import assign_area
from lianfang.workforce.queries import who_answers
from tests.world import TONIGHT


@pytest.fixture
def found(world):
    return world.campaign()


def ids(world, *names: str) -> list[int]:
    return [world.households[name].pk for name in names]


def as_(world, name: str) -> dict:
    return {"scope": world.scope(name), "by": world.users[name].pk}


def refusal(call, **values) -> str:
    with pytest.raises(Problem) as problem:
        call(**values)
    return problem.value.code


def test_a_neighbours_doors_are_not_there_to_be_assigned(world, found):
    with world.acting("邓永福"):
        code = refusal(
            assign_targets,
            round_id=found.pk,
            household_ids=ids(world, "田心村/1组/1"),
            worker_id=world.workers["王小红"].pk,
            **as_(world, "邓永福"),
        )
    assert code == "campaigns.not_a_target"
    with world.as_root():
        assert not Target.objects.filter(worker_id__isnull=False).exists()


def test_nobody_hands_back_what_is_not_theirs(world, found):
    with world.acting("邓永福"):  # the village lead sees the door, but does not go there
        code = refusal(
            hand_back,
            round_id=found.pk,
            household_ids=ids(world, "杨梅村/1组/1"),
            reason="不在本村",
            **as_(world, "邓永福"),
        )
    assert code == "campaigns.not_yours"


def test_handing_back_needs_a_reason_and_a_choice(world, found):
    with world.acting("王小红"):
        common = {"round_id": found.pk, **as_(world, "王小红")}
        assert (
            refusal(hand_back, household_ids=ids(world, "杨梅村/1组/1"), reason=" ", **common)
            == "campaigns.reason_required"
        )
        assert refusal(hand_back, household_ids=[], reason="病了", **common) == "campaigns.nothing_selected"


def test_reassigning_a_grid_touches_one_row_and_no_target(world, found):
    grid = world.areas["杨梅村/1组"]
    with world.acting("邓永福") as scope, CaptureQueriesContext(connection) as said:
        assign_area(
            area=grid,
            worker_id=world.workers["曾祥林"].pk,
            scope=scope,
            by=world.users["邓永福"].pk,
            reason="王小红隔离",
        )
    changes = [q["sql"] for q in said if q["sql"].startswith(("UPDATE", "DELETE"))]
    assert len(changes) == 1
    assert "workforce_assignment" in changes[0]
    assert not any("campaigns_t" in query["sql"] for query in said)
    assert Assignment.objects.filter(area=grid).count() == 2
    with world.as_root():
        assert who_answers([grid.path], TONIGHT)[grid.path].name == "曾祥林"


def test_named_doors_go_to_somebody_else_and_come_back(world, found):
    chosen = ids(world, "杨梅村/1组/1", "杨梅村/1组/2")
    with world.acting("邓永福"):
        common = {"round_id": found.pk, "household_ids": chosen, **as_(world, "邓永福")}
        assert assign_targets(worker_id=world.workers["曾祥林"].pk, **common) == 2
        assert set(
            Target.objects.filter(round=found, household_id__in=chosen).values_list("worker_id", flat=True)
        ) == {world.workers["曾祥林"].pk}
        assign_targets(worker_id=None, **common)
        assert not Target.objects.filter(round=found, worker_id__isnull=False).exists()
        assert refusal(assign_targets, worker_id=999_999, **common) == "workforce.unknown_worker"


def test_what_is_handed_back_waits_until_somebody_takes_it(world, found):
    chosen = ids(world, "杨梅村/1组/1", "杨梅村/1组/2")
    with world.acting("王小红"):
        common = {"round_id": found.pk, "household_ids": chosen, "reason": "脚扭了", **as_(world, "王小红")}
        assert len(hand_back(**common)) == 2
        assert hand_back(**common) == []  # pressing twice hands back once
    with world.acting("邓永福"):
        waiting = HandBack.objects.filter(taken_at__isnull=True)
        assert waiting.count() == 2
        assert Target.objects.filter(round=found, household_id__in=chosen, state="open").count() == 2
        taken = take_back(
            hand_back_ids=[back.pk for back in waiting],
            worker_id=world.workers["曾祥林"].pk,
            **as_(world, "邓永福"),
        )
        assert taken == 2
        assert not HandBack.objects.filter(taken_at__isnull=True).exists()
        assert set(HandBack.objects.values_list("taken_by", flat=True)) == {world.workers["曾祥林"].pk}


def test_all_of_one_worker_passes_to_another(world, found):
    with world.acting("邓永福") as scope:
        assign_targets(
            round_id=found.pk,
            household_ids=ids(world, "杨梅村/2组/1"),
            worker_id=world.workers["王小红"].pk,
            **as_(world, "邓永福"),
        )
        moved = reassign_worker(
            from_worker_id=world.workers["王小红"].pk,
            to_worker_id=world.workers["曾祥林"].pk,
            scope=scope,
            by=world.users["邓永福"].pk,
            reason="调离",
        )
        assert moved == 2  # one grid, one named door
        assert not Assignment.objects.filter(worker=world.workers["王小红"], ends_at__isnull=True).exists()


def new_household(world, *, people: int = 2) -> Household:
    area = world.areas["杨梅村/1组"]
    with world.as_root():
        door = Door.objects.create(area=area, area_path=area.path, label="屋场坪", walk_order=9)
        household = Household.objects.create(door=door, area_path=area.path, head_name="易长根")
        for number in range(people):
            Person.objects.create(household=household, area_path=area.path, name=f"易长{number}")
    return household


def totals(found, origin: str) -> tuple[int, int]:
    rows = Coverage.objects.filter(round=found, origin=origin).values_list("due", "open")
    return tuple(map(sum, zip(*rows, strict=True))) if rows else (0, 0)


@pytest.mark.parametrize("people", [0, 2])
def test_a_household_found_in_the_field_stands_apart_from_the_frozen_list(world, found, people):
    household = new_household(world, people=people)
    with world.acting("王小红"):
        assert add_found_household(household_id=household.pk, **as_(world, "王小红")) == 1
        assert add_found_household(household_id=household.pk, **as_(world, "王小红")) == 0  # again: nothing
    assert totals(found, "frozen") == (18, 18)
    assert totals(found, "found_in_field") == (1, 1)
    with world.as_root():
        added = Target.objects.get(round=found, household_id=household.pk)
        assert (added.origin, added.due_at, added.village_path) == (
            "found_in_field",
            found.due_at,
            world.areas["杨梅村"].path,
        )
        assert Task.objects.filter(round=found, household_id=household.pk).count() == 1
        kept = sorted(Coverage.objects.filter(round=found).values_list())
        recount(found)
        assert sorted(Coverage.objects.filter(round=found).values_list()) == kept


def test_a_found_household_is_added_only_where_somebody_of_it_is_looked_for(world):
    found = world.campaign(eligibility=[{"field": "age", "op": "<", "value": 15}])
    household = new_household(world)  # nobody with a date of birth
    with world.acting("王小红"):
        assert add_found_household(household_id=household.pk, **as_(world, "王小红")) == 0
    assert totals(found, "found_in_field") == (0, 0)


def test_nobody_adds_a_household_of_the_neighbours(world, found):
    household = new_household(world)
    with world.acting("谭小英"):
        code = refusal(add_found_household, household_id=household.pk, **as_(world, "谭小英"))
    assert code == "register.unknown_household"


def test_households_away_for_the_round_are_settled_in_bulk_and_once(world, found):
    chosen = ids(world, "杨梅村/1组/1", "杨梅村/2组/1")
    away = Away(place="广东省东莞市", since_on=dt.date(2026, 2, 20), told_by="电话问过户主")
    with world.acting("邓永福"):
        common = {"round_id": found.pk, "household_ids": chosen, "away": away, **as_(world, "邓永福")}
        assert settle_away(**common) == 2
        states = Target.objects.filter(round=found, household_id__in=chosen).values_list("state", flat=True)
        assert list(states) == ["done", "done"]
        assert VisitLine.objects.filter(presence="away").count() == 6
        assert refusal(settle_away, **common) == "campaigns.not_a_target"


def test_nobody_is_away_without_a_place(world, found):
    with world.acting("邓永福"):
        code = refusal(
            settle_away,
            round_id=found.pk,
            household_ids=ids(world, "杨梅村/1组/1"),
            away=Away(place=" "),
            **as_(world, "邓永福"),
        )
    assert code == "visits.away_place_required"


def test_a_village_lead_settles_nobody_of_the_neighbour_village(world, found):
    with world.acting("邓永福"):
        code = refusal(
            settle_away,
            round_id=found.pk,
            household_ids=ids(world, "田心村/1组/1"),
            away=Away(place="广东省"),
            **as_(world, "邓永福"),
        )
    assert code == "campaigns.not_a_target"
