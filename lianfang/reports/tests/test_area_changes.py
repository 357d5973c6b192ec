"""Villages and townships merge, split and move while a round is running: nobody is lost, and yesterday stays yesterday."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection

from lianfang.accounts.models import Grant
from lianfang.areas.changes import operations
from lianfang.areas.changes.dividing import divide
from lianfang.areas.changes.operations import apply_due, plan_file
from lianfang.areas.changes.queries import area_as_of
from lianfang.areas.models import Adjustment, Area
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.areas.queries import living_area, named_in, successors
from lianfang.areas.rules import path_of
from lianfang.campaigns.models import Coverage, Target, Task, Visit
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.queries.coverage import coverage_by_child, total
from lianfang.core import clock
from lianfang.core.clock import at
from lianfang.core.following import hanging, path_columns
from lianfang.core.problems import Problem
from lianfang.register.models import Door, Household, Person
from lianfang.reports.tests.area_changes_made import (
    MERGE,
    OFFICER,
    TODAY,
    TOWNS,
    change,
    equation,
    listed,
    named,
    visit,
)
from lianfang.workforce.models import Assignment
from tests.world import TONIGHT, World

# --- who may not --------------------------------------------------------------------------------------------------------


def next_county(world: World) -> None:
    """邵东市 beside 武冈市, with a township and a village; nobody of the cast answers for it."""
    parent = world.areas["邵阳市"]
    for code, name, level in (
        ("430582", "邵东市", "county"),
        ("430582101", "牛马司镇", "township"),
        ("430582101201", "甲村", "village"),
    ):
        parent = Area.objects.create(
            code=code, name=name, level=level, parent=parent, path=path_of(code, parent.code, parent.path)
        )


def test_no_file_puts_ones_people_into_a_county_of_somebody_else(world):
    next_county(world)
    inside = Area.objects.filter(path__startswith=world.areas["武冈市"].path)
    register = [
        {
            "code": area.code,
            "name": area.name,
            "level": area.level,
            "parent": "430582101" if area.name == "杨梅村" else area.parent.code,
        }
        for area in inside.filter(level__in=["county", "township", "village"]).select_related("parent")
    ]
    for rows in (
        register,
        listed("430581107221 杨梅村 430581107299 merge 新村 430582101"),
        listed("430581107221 杨梅村 430582101201 merge"),
    ):
        with world.acting(OFFICER) as scope, pytest.raises(Problem) as refused:
            plan_file(rows=rows, document="x", effective_on=TODAY, scope=scope, by=1)
        assert refused.value.code == "scope.outside"


def test_a_parent_that_nobody_knows_is_said_when_the_file_is_read(world):
    """Not on the day the change takes effect, when nobody looks and the other changes wait behind it."""
    register = [
        {"code": "430581", "name": "武冈市", "level": "county", "parent": "4305"},
        {"code": "430581107", "name": "司马冲镇", "level": "township", "parent": "430581"},
        {"code": "430581107221", "name": "杨梅村", "level": "village", "parent": "430581999"},
    ]
    with world.acting(OFFICER) as scope, pytest.raises(Problem) as refused:
        plan_file(rows=register, document="x", effective_on=TODAY, scope=scope, by=1)
    assert (refused.value.code, refused.value.payload["code"]) == ("areas.unknown", "430581999")


def test_nobody_gives_groups_to_a_village_of_another_county(world):
    next_county(world)
    change(
        world,
        listed("430581107221 杨梅村 430581107301 split 甲", "430581107221 杨梅村 430581107302 split 乙"),
    )
    village = named("430581107221")
    parts = dict.fromkeys(Area.objects.filter(parent=village).values_list("code", flat=True), "430582101201")
    with world.acting(OFFICER) as scope, pytest.raises(Problem) as refused:
        divide(area=village, parts=parts, rest="430582101201", scope=scope, by=1)
    assert refused.value.code == "scope.outside"


@pytest.mark.parametrize("who", ["戴春燕", "邓永福", "王小红"])
def test_who_does_not_hold_the_county_plans_nothing_in_it(world, who):
    with world.acting(who) as scope, pytest.raises(Problem) as refused:
        plan_file(rows=MERGE, document="x", effective_on=TODAY, scope=scope, by=1)
    assert refused.value.code == "scope.outside"


def test_a_merger_shows_nobody_to_who_saw_other_people_before(world):
    """The lead of 杨梅村 keeps their people and gets none of 田心村; the worker of 田心村 gets none of 杨梅村."""
    change(world, MERGE)
    with world.acting("邓永福") as scope:
        seen = set(Household.objects.filter(scope.q()).values_list("id", flat=True))
    assert seen == {home.pk for key, home in world.households.items() if key.startswith("杨梅村")}
    with world.acting("谭小英") as scope:
        seen = set(Household.objects.filter(scope.q()).values_list("id", flat=True))
    assert seen == {home.pk for key, home in world.households.items() if key.startswith("田心村/1组")}


# --- villages -------------------------------------------------------------------------------------------------------------


def test_a_merged_village_lives_on_as_a_section_with_everything_in_it(world):
    found = world.campaign()
    visit(world, "杨梅村/1组/1")
    before = {
        name: equation(world, found, world.areas[name]) for name in ("武冈市", "司马冲镇", "田心村", "杨梅村")
    }
    change(world, MERGE)

    old, village = named("430581107221"), named("430581107222")
    assert old.valid_to == TODAY
    section = Area.objects.get(parent=village, level="section")
    assert section.name == "原杨梅村"
    groups = Area.objects.filter(parent=section).order_by("code")
    assert [group.code for group in groups] == ["430581107221G01", "430581107221G02"]
    with world.as_root():
        assert Person.objects.filter(area_path__startswith=section.path).count() == 18
        assert Person.objects.filter(area_path__startswith=old.path).count() == 0
        assert Visit.objects.get().area_path == groups[0].path
        assert {
            task.area_path for task in Task.objects.filter(household_id=world.households["杨梅村/1组/1"].pk)
        } == {groups[0].path}
        for door in Door.objects.select_related("area"):
            assert door.area.path == door.area_path
    for name in ("武冈市", "司马冲镇"):
        assert equation(world, found, world.areas[name]) == before[name]
    assert equation(world, found, village) == before["田心村"] + before["杨梅村"]
    assert equation(world, found, section) == before["杨梅村"]
    with world.as_root() as scope:
        parts = [counts for _, counts in coverage_by_child(scope, found, named("430581107"), TONIGHT)]
        assert total(parts) == before["司马冲镇"]
        kept = sorted(Coverage.objects.values_list())
        recount(found)
        assert sorted(Coverage.objects.values_list()) == kept
        assert {
            target.village_path for target in Target.objects.filter(area_path__startswith=section.path)
        } == {village.path}


def test_who_answered_for_a_village_answers_for_its_section(world):
    change(world, MERGE)
    section = Area.objects.get(level="section")
    assert Assignment.objects.get(worker=world.workers["邓永福"]).area == section
    assert Grant.objects.get(user=world.users["邓永福"]).area_path == section.path
    group = Assignment.objects.select_related("area").get(worker=world.workers["王小红"])
    assert group.area_path == group.area.path
    assert group.area_path.startswith(section.path)


def test_a_visit_after_the_merger_counts_with_those_before_it(world):
    found = world.campaign()
    for hour in (9, 12):
        visit(world, "杨梅村/1组/1", outcome="nobody_home", lines=(), answers={}, happened_at=at(TODAY, hour))
    change(world, MERGE)
    visit(world, "杨梅村/1组/1", outcome="nobody_home", lines=(), answers={})
    with world.as_root():
        target = Target.objects.get(round=found, household_id=world.households["杨梅村/1组/1"].pk)
    assert (target.state, target.attempt_count) == ("not_met", 3)


def test_a_recoded_village_keeps_everything_under_its_new_code(world):
    found = world.campaign()
    before = equation(world, found, world.areas["杨梅村"])
    change(world, listed("430581107221 杨梅村 430581107321 recode 杨梅社区"))
    new = named("430581107321")
    assert (new.name, new.valid_from) == ("杨梅社区", TODAY)
    assert equation(world, found, new) == before
    assert not Area.objects.filter(level="section").exists()
    with world.as_root():
        assert Person.objects.filter(area_path__startswith=new.path).count() == 18


def test_a_closed_round_stays_where_it_was_counted(world):
    found = world.campaign()
    before = {name: equation(world, found, world.areas[name]) for name in ("武冈市", "田心村", "杨梅村")}
    found.closed_at = TONIGHT
    found.save()
    change(world, MERGE)
    assert {name: equation(world, found, world.areas[name]) for name in before} == before


def test_nothing_happens_before_its_day(world):
    tomorrow = TODAY + dt.timedelta(days=1)
    planned = change(world, MERGE, day=tomorrow)
    assert named("430581107221").is_living
    with clock.frozen(TONIGHT):
        assert apply_due() == 0
    with clock.frozen(TONIGHT + dt.timedelta(hours=4)):
        assert apply_due() == 1
    assert named("430581107221").valid_to == tomorrow
    planned.adjustments[0].refresh_from_db()
    assert planned.adjustments[0].state == "applied"


def test_one_that_breaks_does_not_stop_the_others(world, monkeypatch):
    tomorrow = TODAY + dt.timedelta(days=1)
    planned = change(world, MERGE, day=tomorrow).adjustments[0]
    broken = Adjustment.objects.create(
        document="-",
        area=planned.area,
        effective_on=TODAY,
        steps=[],
        state="confirmed",
        recorded_at=TONIGHT,
    )
    apply = operations.apply_adjustment

    def failing(*, adjustment, by):
        if adjustment.pk == broken.pk:
            raise IntegrityError("a path twice")
        return apply(adjustment=adjustment, by=by)

    monkeypatch.setattr(operations, "apply_adjustment", failing)
    with clock.frozen(TONIGHT + dt.timedelta(hours=4)):
        assert apply_due() == 1
    broken.refresh_from_db()
    assert (broken.state, broken.fault) == ("confirmed", "IntegrityError")


# --- townships ------------------------------------------------------------------------------------------------------------


def test_a_township_that_went_into_another_takes_its_villages_along_and_its_lead_out(world):
    found = world.campaign()
    before = equation(world, found, world.areas["武冈市"])
    change(world, TOWNS)
    town = named("430581101")
    assert named("430581107").valid_to == TODAY
    assert equation(world, found, town) == before == equation(world, found, world.areas["武冈市"])
    grant = Grant.objects.get(user=world.users["戴春燕"])
    with clock.frozen(TONIGHT + dt.timedelta(minutes=1)):
        assert grant.ends_at <= clock.now(), "another township's people are not shown because two merged"
    duty = Assignment.objects.get(worker=world.workers["戴春燕"])
    assert (duty.ends_at, duty.area.code) == (TONIGHT, "430581107")


# --- old codes and names ----------------------------------------------------------------------------------------------------


def test_an_old_code_leads_to_what_it_became(world):
    change(world, MERGE)
    assert living_area("430581107221").name == "田心村"
    assert [area.code for area in successors("430581107221", TODAY - dt.timedelta(days=1))] == [
        "430581107221"
    ]
    change(world, listed("430581107222 田心村 430581107222 rename 田心社区"))
    assert area_as_of("430581107222", TODAY - dt.timedelta(days=1)).name == "田心村"
    assert area_as_of("430581107222", TODAY).name == "田心社区"
    assert not area_as_of("430581107221", TODAY).existed
    assert area_as_of("430581107221", TODAY - dt.timedelta(days=1)).existed
    for text in ("430581107221", "杨梅村", "田心村", "田心社区"):
        with world.acting(OFFICER) as scope:
            assert named_in(scope, text).code == "430581107222", text


def test_no_row_is_left_in_an_area_that_is_gone(world):
    world.campaign()
    visit(world, "杨梅村/1组/1")
    change(world, MERGE)
    low, high = "cn.43.05.81.107.221.", "cn.43.05.81.107.221/"
    left = {}
    with world.as_root(), connection.cursor() as cursor:
        for column in path_columns():
            cursor.execute(
                f"select count(*) from {column.table} where {column.name} >= %s and {column.name} < %s",
                [low, high],
            )
            if count := cursor.fetchone()[0]:
                left[column.table] = count
    assert left == {}


@pytest.mark.parametrize("who", ["邓永福", "王小红", "戴春燕", "刘志远"])
def test_everybodys_pages_open_after_a_merger(world, client, who):
    world.campaign()
    change(world, MERGE)
    client.force_login(world.users[who])
    section = Area.objects.get(level="section")
    with clock.frozen(TONIGHT + dt.timedelta(minutes=5)):
        for url in ("/", "/register", "/people", "/campaigns", "/close", "/me"):
            assert client.get(url, follow=True).status_code == 200, url
        own = client.get(f"/close/{section.code}").status_code
        assert own == (403 if who == "王小红" else 200), "a grid worker sees the grid, not the section"
        for url in ("/", "/register"):
            assert "原杨梅村" in client.get(url, follow=True).content.decode() or who != "邓永福"


def test_nothing_new_is_put_into_a_village_that_is_gone(world):
    change(world, MERGE)
    with pytest.raises(Problem) as refused:
        ensure_below(wanted=[Wanted("430581107221", "group", "9组")], by=1)
    assert refused.value.code == "areas.gone"
    assert "田心村" in refused.value.message


def test_what_hangs_on_a_hundred_villages_is_counted_in_one_reading_of_each_table(world):
    """A county's plan names some hundred villages; a table without an index on its path was read for each of them."""
    asked = []

    def listen(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    town = world.areas["司马冲镇"].path
    paths = [town, world.areas["杨梅村"].path, *(f"{town}{number}." for number in range(900, 960))]
    with world.as_root(), connection.cursor() as cursor:
        with connection.execute_wrapper(listen):
            found = hanging(paths, {"now": TONIGHT})
        ((sql, params),) = asked
        cursor.execute(f"explain (analyze, format text) {sql}", params)
        plan = [line for (line,) in cursor.fetchall() if "on register_lookuptoken" in line]
    assert plan
    assert all("loops=1)" in line for line in plan)
    assert (found[town]["register.Person"], found[paths[1]]["register.Person"]) == (36, 18)
    assert found[paths[-1]] == {}


@pytest.mark.parametrize("into", ["430581107222", "430581107299"])
def test_a_new_group_finds_a_free_place_among_those_that_came_along(world, into):
    """Groups keep their old codes and bring their labels: a sheet that names one more group could not be taken."""
    change(world, listed(f"430581107221 杨梅村 {into} merge 新杨梅村 430581107"))
    came = Area.objects.get(code="430581107221G01")
    assert came.path.endswith(".G01.")
    wanted = Wanted(came.parent.code, "group", "9组")
    with world.acting(OFFICER):
        made = ensure_below(wanted=[wanted], by=1)[wanted.key]
    assert made.path == f"{came.parent.path}G03."


def test_a_village_that_brought_a_section_along_takes_one_more_village_in(world):
    change(world, MERGE)
    change(world, listed("430581107222 田心村 430581107299 merge 新田心村 430581107"))
    change(world, listed("430581101201 泉塘村 430581107299 merge"))
    sections = Area.objects.filter(parent__code="430581107299", level="section").order_by("path")
    assert [section.path[-4:] for section in sections] == ["S01.", "S02."]
