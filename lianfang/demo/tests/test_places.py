from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.demo import names, places
from lianfang.demo.places import VillagePlan


def test_the_county_is_the_real_tree():
    rows = places.county()
    assert Counter(level for _, _, level, _ in rows) == {
        "province": 1,
        "prefecture": 1,
        "county": 1,
        "township": 18,
        "village": 315,
    }
    seen = {""}
    for code, _, _, parent in rows:
        assert parent in seen, code  # parents stand before their children
        seen.add(code)
    assert len(seen) == len(rows) + 1


def test_sixteen_communities_are_urban():
    assert sum(places.is_urban_community(code) for code, *_ in places.villages()) == 16


def test_names_are_as_people_say_them():
    said = {code: name for code, name, _, _ in places.county()}
    assert said["430581107221"] == "杨梅村"
    assert said["430581107001"] == "司马冲社区"
    assert said["430581002002"] == "王城社区"
    assert said["430581001206"] == "资南村"
    assert {row[0]: row[1] for row in places.county(is_official=True)}["430581107221"] == "杨梅村委会"


def test_the_estate_has_62_buildings_and_2292_households():
    plan = VillagePlan(places.ESTATE_COMMUNITY, "王城社区", "one_estate", 2292, False)
    areas, doors = places.subdivide(plan, names.seeded("x"))
    levels = Counter(level for _, _, level, _ in areas)
    assert levels == {"estate": 1, "grid": 13, "building": 62}
    assert sum(door.use != "vacant" for door in doors) == 2292
    lived_in = Counter(door.area_code[:18] for door in doors if door.use != "vacant")
    assert len(lived_in) == 13
    assert all(120 <= count <= 240 for count in lived_in.values())


def _is_well_formed(village, areas, doors):
    parents = {village.code}
    for code, _, _, parent in areas:
        assert parent in parents
        assert code.startswith(parent)
        assert code not in parents
        assert len(code) <= 40
        parents.add(code)
    assert all(door.area_code in parents for door in doors)
    assert len({(door.area_code, door.label) for door in doors}) == len(doors)
    assert [door.walk_order for door in doors] == list(range(1, len(doors) + 1))


@settings(max_examples=30, deadline=None)
@given(
    style=st.sampled_from(["groups", "estates"]),
    count=st.integers(min_value=1, max_value=3500),
    is_sample=st.booleans(),
    seed=st.text(max_size=4),
)
def test_a_village_has_exactly_its_households(style, count, is_sample, seed):
    village = VillagePlan("430581003005", "玉龙社区", style, count, is_sample)
    areas, doors = places.subdivide(village, names.seeded(seed), first_key=70)
    _is_well_formed(village, areas, doors)
    assert sum(door.use != "vacant" for door in doors) == count
    assert [door.key for door in doors] == list(range(70, 70 + len(doors)))


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_the_estate_village_has_its_groups_whatever_the_seed(seed):
    village = VillagePlan(places.ESTATE_VILLAGE, "杨梅村", "mixed", 586, False)
    areas, doors = places.subdivide(village, names.seeded(seed))
    _is_well_formed(village, areas, doors)
    lived_in = Counter(door.area_code[12:15] for door in doors if door.use != "vacant")
    assert lived_in["E01"] == 180
    assert sum(lived_in[f"G{n:02d}"] for n in range(3, 7)) == 164
    assert sum(lived_in.values()) == 586


def test_parts_add_up_to_the_whole():
    assert places.share_out(10, [1, 1, 1]) == [3, 4, 3]
    assert sum(places.share_out(7573, [0.3, 2.1, 0.7, 1.9])) == 7573
