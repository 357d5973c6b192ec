"""Figures of all villages in as many statements as of one, and equal to what each says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.areas.dividing import Division
from lianfang.core.problems import Problem
from lianfang.reports.figures import FIGURES, PlacesReading, Reading, read, read_places
from lianfang.reports.queries.day import Day
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import TONIGHT

DAY = Day(TODAY, TONIGHT)
VILLAGES = ("泉塘村", "杨梅村", "田心村")


def places(world, *names):
    return Division.of([world.areas[name].path for name in names])


def test_a_village_lead_reads_no_figures_of_the_villages_around(world):
    found = worked(world)
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        read_places(PlacesReading(scope, found, world.areas["武冈市"], DAY, places(world, *VILLAGES)))
    assert refused.value.code == "scope.outside"


@pytest.mark.parametrize("names", [VILLAGES, ("湾头桥镇", "司马冲镇"), ("司马冲镇", "泉塘村"), ("武冈市",)])
def test_each_place_says_the_same_alone_and_among_others(world, names):
    found = worked(world)
    visit(world, "田心村/1组/1", name="谭小英", returned=3)
    with world.acting("周敏") as scope:
        said = read_places(PlacesReading(scope, found, world.areas["武冈市"], DAY, places(world, *names)))
        for name in names:
            area = world.areas[name]
            assert said[area.path] == read(Reading(scope, found, area, DAY)), name


def test_groups_are_counted_from_their_targets(world):
    found = worked(world)
    groups = ("杨梅村/1组", "杨梅村/2组")
    with world.acting("邓永福") as scope:
        reading = PlacesReading(
            scope, found, world.areas["杨梅村"], DAY, places(world, *groups), is_fine=True
        )
        said = read_places(reading)
        for name in groups:
            area = world.areas[name]
            assert said[area.path] == read(Reading(scope, found, area, DAY)), name


def test_a_county_of_villages_costs_four_statements_and_two_settings(world, django_assert_num_queries):
    found = worked(world)
    with world.acting("周敏") as scope, django_assert_num_queries(6):
        read_places(
            PlacesReading(scope, found, world.areas["武冈市"], DAY, places(world, *VILLAGES)), FIGURES
        )


LABELS = st.lists(st.integers(1, 12), min_size=1, max_size=3)


@given(st.lists(LABELS, min_size=1, max_size=12), LABELS)
def test_a_path_lies_in_the_one_area_that_begins_it(areas, within):
    """The same as looking for the prefix, whatever the areas are."""
    paths = {"cn." + ".".join(map(str, area)) + "." for area in areas}
    apart = [one for one in paths if not any(one != other and one.startswith(other) for other in paths)]
    division = Division.of(apart)
    asked = "cn." + ".".join(map(str, within)) + "."
    at = sum(cut <= asked for cut in division.cuts)  # what width_bucket does
    found = division.labels[at - 1] if at else ""
    assert found == next((one for one in apart if asked.startswith(one)), "")
