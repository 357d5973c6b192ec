"""The equation at every level, held against the names behind it, on 18 households that can be counted by hand."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.campaigns.models import Coverage, Exemption, Round, Target
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import decide_exemption
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import (
    Equation,
    coverage_by_child,
    coverage_of,
    coverage_of_rounds,
    total,
)
from lianfang.campaigns.queries.rounds import get_round, running_rounds
from lianfang.campaigns.queries.targets import SHOWS, Pick, targets_in, worker_loads
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from tests.world import TONIGHT, World

EVENING = at(dt.date(2026, 8, 7), 19, 40)
LATER = at(dt.date(2026, 8, 8), 9)  # an hour after the round's deadline
WHERE = ("湖南省", "邵阳市", "武冈市", "司马冲镇", "湾头桥镇", "杨梅村", "泉塘村", "杨梅村/1组", "杨梅村/2组")


def visit(
    world: World, household: str, outcome: str = "met", *, hour: int = 19, name: str = "王小红"
) -> None:
    """Everybody seen and the form answered, or nobody."""
    is_met = outcome == "met"
    with world.as_root():
        people = world.people(household)
    given = VisitInput(
        visit_id=new_id(),
        household_id=world.households[household].pk,
        channel="door",
        outcome=outcome,
        happened_at=EVENING.replace(hour=hour),
        lines=tuple(LineInput(person.pk, "seen") for person in people) if is_met else (),
        answers={"returned_count": 0} if is_met else {},
    )
    with world.acting(name) as scope:
        record_visits([given], scope=scope, by=world.users[name].pk)


def worked(world: World) -> Round:
    """An evening's work in 杨梅村: two done, two not met, one of them asked and one granted to leave the list."""
    found = world.campaign()
    visit(world, "杨梅村/1组/1")
    visit(world, "杨梅村/2组/1")
    visit(world, "杨梅村/1组/2", "nobody_home", hour=12)
    visit(world, "杨梅村/1组/2", "nobody_home")
    visit(world, "杨梅村/1组/3", "vacant")
    visit(world, "杨梅村/2组/2", "vacant")
    with world.as_root():
        asked = Exemption.objects.get(household_id=world.households["杨梅村/2组/2"].pk)
        decide_exemption(exemption_id=asked.pk, approve=True, note="", by=world.users["邓永福"].pk)
    return found


def find_in_field(world: World, found: Round, household: str, state: str = "open") -> None:
    """Turn a household of the list into one that was found outside it."""
    with world.as_root():
        Target.objects.filter(round=found, household_id=world.households[household].pk).update(
            origin="found_in_field", state=state
        )
        Coverage.objects.filter(round=found).delete()
        recount(found)


def names(page) -> set[int]:
    return {row.household_id for row in page.rows}


# ---------- who may not ----------


def test_a_neighbour_gets_no_numbers_of_the_village(world):
    found = world.campaign()
    with world.acting("谭小英") as scope, pytest.raises(Problem) as refused:
        coverage_of(scope, found, world.areas["杨梅村/1组"], TONIGHT)
    assert refused.value.code == "scope.outside"


@pytest.mark.parametrize("show", SHOWS)
def test_a_neighbour_gets_no_names_by_any_number(world, show):
    found = worked(world)
    with world.acting("谭小英") as scope, pytest.raises(Problem) as refused:
        targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show=show))
    assert refused.value.code == "scope.outside"


def test_a_neighbour_gets_no_names_even_when_the_number_is_known(world):
    found = worked(world)
    with world.acting("谭小英") as scope:
        for asked in (
            lambda: targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(total_count=6)),
            lambda: worker_loads(scope, found, world.areas["杨梅村"], TONIGHT),
        ):
            with pytest.raises(Problem) as refused:
                asked()
            assert refused.value.code == "scope.outside"


def test_a_round_elsewhere_does_not_exist(world):
    found = world.campaign("湾头桥镇")
    with world.acting("王小红") as scope, pytest.raises(Problem) as refused:
        get_round(scope, found.pk)
    assert refused.value.code == "campaigns.unknown"
    with world.acting("王小红") as scope:
        assert not running_rounds(scope, TONIGHT).exists()


def test_a_number_that_does_not_exist_is_refused(world):
    found = world.campaign()
    with world.acting("王小红") as scope, pytest.raises(Problem) as refused:
        targets_in(scope, found, world.areas["杨梅村/1组"], TONIGHT, Pick(show="true or true"))
    assert refused.value.code == "http.bad_request"


# ---------- the equation ----------


def test_the_evening_in_numbers(world):
    found = worked(world)
    with world.as_root() as scope:
        village = coverage_of(scope, found, world.areas["杨梅村"], TONIGHT)
        group = coverage_of(scope, found, world.areas["杨梅村/1组"], TONIGHT)
    assert village == Equation(due=6, done=2, exempt=1, not_met=2, open=1)
    assert group == Equation(due=3, done=1, not_met=2)
    assert (village.rate, group.rate) == (Fraction(2, 5), Fraction(1, 3))


@pytest.mark.parametrize("area", WHERE)
@pytest.mark.parametrize("moment", [TONIGHT, LATER])
def test_every_number_is_the_count_of_its_names(world, area, moment):
    found = worked(world)
    find_in_field(world, found, "杨梅村/2组/3")
    with world.as_root() as scope:
        equation = coverage_of(scope, found, world.areas[area], moment)
        for show in SHOWS:
            said = equation.found_due if show == "found" else getattr(equation, show)
            page = targets_in(scope, found, world.areas[area], moment, Pick(show=show))
            assert (len(page.rows), page.total_count) == (said, said), show
        assert equation.balances


@pytest.mark.parametrize("area", WHERE)
def test_children_sum_to_their_parent(world, area):
    found = worked(world)
    with world.as_root() as scope:
        children = coverage_by_child(scope, found, world.areas[area], LATER)
        assert total(equation for _, equation in children) == coverage_of(
            scope, found, world.areas[area], LATER
        )


def test_households_on_the_village_itself_are_not_lost_between_its_groups(world):
    village = world.areas["杨梅村"]
    household = world.households["杨梅村/1组/1"]
    with world.as_root():
        household.area_path = village.path
        household.save()
        for person in world.people("杨梅村/1组/1"):
            person.area_path = village.path
            person.save()
    found = world.campaign()
    with world.as_root() as scope:
        children = coverage_by_child(scope, found, village, TONIGHT)
        assert [(area.name, equation.due) for area, equation in children] == [
            ("1组", 2),
            ("2组", 3),
            ("杨梅村", 1),
        ]
        page = targets_in(scope, found, village, TONIGHT, Pick(direct=True))
        assert (names(page), page.total_count) == ({household.pk}, 1)


def test_overdue_is_by_the_deadline_and_never_stored(world):
    found = worked(world)
    with world.as_root() as scope:
        before = coverage_of(scope, found, world.areas["武冈市"], found.due_at)
        after = coverage_of(scope, found, world.areas["武冈市"], found.due_at + dt.timedelta(seconds=1))
    assert (before.overdue, after.overdue, after.missing) == (0, 15, 15)


def test_found_in_the_field_stands_apart_and_changes_no_denominator(world):
    found = world.campaign()
    find_in_field(world, found, "杨梅村/1组/1", "done")
    with world.as_root() as scope:
        for area in ("杨梅村", "杨梅村/1组"):
            equation = coverage_of(scope, found, world.areas[area], LATER)
            assert (equation.found_due, equation.found_done, equation.done) == (1, 1, 0)
            assert equation.balances
        assert names(targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show="found"))) == {
            world.households["杨梅村/1组/1"].pk
        }


def test_several_rounds_are_summed_apart(world):
    first = worked(world)
    second = world.campaign("杨梅村", name="再排查")
    with world.as_root() as scope:
        for area in ("武冈市", "杨梅村/1组"):
            both = coverage_of_rounds(scope, [first, second], world.areas[area], TONIGHT)
            assert both == {
                found.pk: coverage_of(scope, found, world.areas[area], TONIGHT) for found in (first, second)
            }


# ---------- the names ----------


def test_a_name_says_door_people_tries_and_who_goes(world):
    found = worked(world)
    with world.acting("邓永福") as scope:
        page = targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show="not_met"))
    tried, vacant = page.rows
    assert (tried.where, tried.village, tried.people_count) == ("1组2号", "杨梅村", 3)
    assert [(a.happened_at.astimezone(EVENING.tzinfo).hour, a.outcome) for a in tried.attempts] == [
        (12, "nobody_home"),
        (19, "nobody_home"),
    ]
    assert (tried.worker_name, tried.worker_title, tried.reason) == ("王小红", "网格员", "nobody_home")
    assert (vacant.exemption_reason, tried.exemption_id) == ("vacant", None)


def test_a_target_given_to_somebody_else_names_them(world):
    found = world.campaign()
    with world.as_root() as scope:
        Target.objects.filter(round=found, household_id=world.households["杨梅村/1组/1"].pk).update(
            worker_id=world.workers["曾祥林"].pk
        )
        rows = targets_in(scope, found, world.areas["杨梅村/1组"], TONIGHT).rows
        loads = worker_loads(scope, found, world.areas["杨梅村"], TONIGHT, Pick(show="open"))
    assert [row.worker_name for row in rows] == ["曾祥林", "王小红", "王小红"]
    assert [(load.name, load.due_count, load.shown_count) for load in loads] == [
        ("曾祥林", 4, 4),
        ("王小红", 2, 2),
    ]


def test_where_nobody_has_the_group_the_village_answers(world):
    found = world.campaign()
    with world.as_root() as scope:
        rows = targets_in(scope, found, world.areas["泉塘村"], TONIGHT).rows
    assert {row.worker_name for row in rows} == {"刘志远"}  # no township, village or group has a name there


def test_a_part_of_a_name_or_door_finds_within_the_area(world):
    found = world.campaign()
    with world.as_root() as scope:
        page = targets_in(scope, found, world.areas["杨梅村"], TONIGHT, Pick(q="3号"))
        assert (len(page.rows), page.total_count) == (2, 2)


def test_pages_show_each_name_once(world):
    found = world.campaign()
    with world.as_root() as scope:
        pages = [
            targets_in(scope, found, world.areas["武冈市"], TONIGHT, Pick(page=n, size=7)) for n in (1, 2, 3)
        ]
    seen = [row.household_id for page in pages for row in page.rows]
    assert (len(seen), len(set(seen))) == (18, 18)


def test_a_page_of_names_takes_three_statements(world):
    found = worked(world)
    with world.acting("邓永福") as scope:
        found = get_round(scope, found.pk)
        with CaptureQueriesContext(connection) as queries:
            targets_in(scope, found, world.areas["杨梅村"], TONIGHT)
    assert len(queries) == 3, [query["sql"][:60] for query in queries]


# ---------- whatever happens, in whatever order ----------

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(("杨梅村/1组/1", "杨梅村/1组/2", "田心村/1组/1", "泉塘村/2组/3")),
        st.sampled_from(("met", "nobody_home", "refused", "vacant", "approve", "deny")),
        st.integers(8, 20),
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=HAPPENINGS)
def test_kept_counters_equal_a_recount_and_their_names(world, happenings):
    with transaction.atomic():
        found = world.campaign()
        for household, what, hour in happenings:
            if what in ("approve", "deny"):
                decide(world, household, approve=what == "approve")
            else:
                visit(world, household, what, hour=hour)
        with world.as_root() as scope:
            kept = sorted(Coverage.objects.filter(round=found).values_list())
            Coverage.objects.filter(round=found).delete()
            recount(found)
            assert sorted(Coverage.objects.filter(round=found).values_list()) == kept
            for area in ("武冈市", "杨梅村", "杨梅村/1组"):
                equation = coverage_of(scope, found, world.areas[area], LATER)
                assert equation.balances
                for show in SHOWS:
                    rows = targets_in(scope, found, world.areas[area], LATER, Pick(show=show)).rows
                    assert len(rows) == equation.number(show)
        transaction.set_rollback(True)


def decide(world: World, household: str, *, approve: bool) -> None:
    with world.as_root():
        asked = Exemption.objects.filter(household_id=world.households[household].pk, decision="pending")
        for exemption in asked:
            decide_exemption(exemption_id=exemption.pk, approve=approve, note="", by=world.users["邓永福"].pk)


def test_nothing_is_late_in_a_round_that_is_over(world):
    found = worked(world)
    village = world.areas["杨梅村"]
    with world.acting("邓永福") as scope:
        assert coverage_of(scope, found, village, LATER).overdue > 0
        found.closed_at = LATER
        assert coverage_of(scope, found, village, LATER).overdue == 0
        assert [row for row in targets_in(scope, found, village, LATER).rows if row.is_overdue] == []
        assert targets_in(scope, found, village, LATER, Pick(show="overdue")).rows == ()
