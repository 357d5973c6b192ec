"""Every figure once: equal to what a hand count of the evening gives, and to the length of its own list."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lianfang.core.problems import Problem
from lianfang.reports.figures import BY_KEY, FIGURES, Reading, read
from lianfang.reports.queries.day import Day, work_by_child, work_of
from lianfang.reports.queries.figure_names import KEYS, Behind, names_behind
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import TONIGHT

DAY = Day(TODAY, TONIGHT)
BY_HAND = {
    "due": 6,
    "done": 2,
    "exempt": 1,
    "not_met": 2,
    "open": 1,
    "overdue": 0,
    "found_due": 0,
    "rate": Fraction(2, 5),
    "households_today": 2,
    "people_today": 5,
    "visits_today": 6,
    "nobody_home_today": 2,
    "refused_today": 0,
    "returned_today": 2,
    "workers_today": 2,
    "people": 5,
    "visits": 6,
    "returned": 2,
    "water_left": 0,
    "doses_asked": 0,
    "rechecked": 0,
    "exemption_requested": 2,
    "exemption_approved": 1,
    "exemption_denied": 0,
    "exemption_pending": 1,
    "held": 0,
    "orders_unsigned": 1,
}


def test_a_neighbour_reads_no_figure_and_no_names(world):
    found = worked(world)
    with world.acting("谭小英") as scope:
        for source in dict.fromkeys(figure.source for figure in FIGURES):
            with pytest.raises(Problem) as refused:
                source(Reading(scope, found, world.areas["杨梅村"], DAY))
            assert refused.value.code == "scope.outside"
        with pytest.raises(Problem) as refused:
            names_behind(scope, found, world.areas["杨梅村"], DAY, Behind("people", True))
        assert refused.value.code == "scope.outside"


def test_every_figure_equals_the_hand_count(world):
    found = worked(world)
    with world.acting("邓永福") as scope:
        assert read(Reading(scope, found, world.areas["杨梅村"], DAY)) == BY_HAND


def test_the_catalogue_says_each_thing_once_and_in_words():
    assert len(BY_KEY) == len(FIGURES)
    assert len({str(figure.name) for figure in FIGURES}) == len(FIGURES)
    assert all(str(figure.meaning).endswith("。") for figure in FIGURES)


def test_all_figures_cost_four_statements(world, django_assert_num_queries):
    found = worked(world)
    with world.acting("邓永福") as scope, django_assert_num_queries(4):
        read(Reading(scope, found, world.areas["杨梅村"], DAY))


@pytest.mark.parametrize("key", sorted(KEYS))
@pytest.mark.parametrize("is_today", [True, False])
def test_a_list_is_as_long_as_its_figure(world, key, is_today):
    found = worked(world)
    visit(world, "杨梅村/2组/3", "refused", name="曾祥林", hour=18)
    with world.acting("邓永福") as scope:
        said = work_of(scope, found, world.areas["杨梅村"], DAY)[key][0 if is_today else 1]
        page = names_behind(scope, found, world.areas["杨梅村"], DAY, Behind(key, is_today))
    counted = sum(int(row.said) for row in page.rows) if key == "returned" else len(page.rows)
    assert counted == said


def test_a_visit_of_yesterday_counts_since_the_round_opened_but_not_today(world):
    found = worked(world)
    tomorrow = Day(TODAY.replace(day=8), TONIGHT.replace(day=8, hour=7))
    with world.acting("邓永福") as scope:
        work = work_of(scope, found, world.areas["杨梅村"], tomorrow)
    assert (work["visits"], work["people"]) == ((0, 6), (0, 5))


def test_children_sum_to_the_area(world):
    found = worked(world)
    with world.acting("戴春燕") as scope:
        whole = work_of(scope, found, world.areas["司马冲镇"], DAY)
        children = work_by_child(scope, found, world.areas["司马冲镇"], DAY).values()
    for key in ("households", "people", "visits", "returned"):
        assert sum(child[key][0] for child in children) == whole[key][0]
