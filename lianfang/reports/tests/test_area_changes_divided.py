"""A village that was split waits for a person; a change is taken back."""

from __future__ import annotations

import pytest

from lianfang.areas.changes.dividing import divide, undo
from lianfang.areas.changes.queries import undivided
from lianfang.areas.models import Area, AreaChange
from lianfang.areas.queries import living_area, successors
from lianfang.campaigns.models import Visit
from lianfang.core.problems import Problem
from lianfang.reports.tests.area_changes_made import (
    MERGE,
    OFFICER,
    SPLIT,
    TOWNS,
    change,
    equation,
    named,
    visit,
)
from lianfang.workforce.models import Assignment


def test_a_village_that_was_split_waits_for_a_person_and_loses_nobody(world):
    found = world.campaign()
    before = equation(world, found, world.areas["杨梅村"])
    change(world, SPLIT)
    assert named("430581107221").is_living
    assert AreaChange.objects.filter(old__code="430581107221", applied_at__isnull=True).count() == 2
    assert equation(world, found, world.areas["杨梅村"]) == before


def test_a_divided_village_gives_each_group_to_its_village(world):
    found = world.campaign()
    visit(world, "杨梅村/1组/1")
    before = {name: equation(world, found, world.areas[name]) for name in ("武冈市", "田心村", "泉塘村")}
    change(world, SPLIT)
    with world.acting(OFFICER) as scope:
        area = undivided(scope)[0]
        divide(
            area=area,
            parts={"430581107221G01": "430581107222", "430581107221G02": "430581101201"},
            rest="430581107222",
            scope=scope,
            by=1,
        )
        assert undivided(scope) == []
    assert not named("430581107221").is_living
    counts = equation(world, found, named("430581107222"))
    assert (counts.due, counts.done) == (before["田心村"].due + 3, 1)
    assert equation(world, found, named("430581101201")).due == before["泉塘村"].due + 3
    assert equation(world, found, world.areas["武冈市"]) == before["武冈市"]
    assert {area.code for area in successors("430581107221")} == {"430581107222", "430581101201"}
    with pytest.raises(Problem) as refused:
        living_area("430581107221")
    assert refused.value.code == "areas.gone"
    assert "田心村（430581107222）" in refused.value.message


def test_nobody_is_left_in_a_village_that_is_being_divided(world):
    change(world, SPLIT)
    parts = {"430581107221G01": "430581107222"}
    with world.acting(OFFICER) as scope, pytest.raises(Problem) as refused:
        divide(area=undivided(scope)[0], parts=parts, rest="430581107222", scope=scope, by=1)
    assert refused.value.code == "areas.not_divided"
    with world.acting("戴春燕") as scope, pytest.raises(Problem) as refused:
        divide(area=named("430581101201"), parts={}, rest="430581107222", scope=scope, by=1)
    assert refused.value.code == "scope.outside"


def test_a_change_taken_back_leaves_everything_as_it_was_and_keeps_what_came_since(world):
    found = world.campaign()
    visit(world, "杨梅村/1组/1")
    names = ("武冈市", "司马冲镇", "田心村", "杨梅村")
    before = {name: equation(world, found, world.areas[name]) for name in names}
    paths = sorted(Area.objects.filter(valid_to__isnull=True).values_list("code", "path", "parent__code"))
    planned = change(world, MERGE)
    visit(world, "杨梅村/1组/2")
    with world.acting(OFFICER) as scope:
        undo(adjustment_id=planned.adjustments[0].pk, scope=scope, by=1)
    assert (
        sorted(Area.objects.filter(valid_to__isnull=True).values_list("code", "path", "parent__code"))
        == paths
    )
    after = {name: equation(world, found, world.areas[name]) for name in names}
    assert after["田心村"] == before["田心村"]
    for name in ("武冈市", "司马冲镇", "杨梅村"):
        assert (after[name].due, after[name].done) == (before[name].due, before[name].done + 1)
    with world.as_root():
        assert set(Visit.objects.values_list("area_path", flat=True)) == {world.areas["杨梅村/1组"].path}
    assert Assignment.objects.get(worker=world.workers["邓永福"]).area.code == "430581107221"
    change(world, MERGE)  # and it can be done once more
    assert equation(world, found, named("430581107222")).due == before["田心村"].due + before["杨梅村"].due


def test_townships_that_merged_are_not_taken_back_and_it_says_why(world):
    planned = change(world, TOWNS)
    with world.acting(OFFICER) as scope, pytest.raises(Problem) as refused:
        undo(adjustment_id=planned.adjustments[0].pk, scope=scope, by=1)
    assert refused.value.code == "areas.change_not_undone"
    assert "岗位" in refused.value.message
