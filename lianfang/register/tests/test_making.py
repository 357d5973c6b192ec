"""Doors from a pattern: made in a village of one's own, once, and taken back."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.areas.models import Area
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.register.exporting import export
from lianfang.register.importing import load
from lianfang.register.making import make_doors, preview, remove_run
from lianfang.register.models import Door, DoorRun, Household, Person
from lianfang.register.patterns import read_pattern
from tests.world import TONIGHT

ESTATE = "1-3栋 2单元 2层 2户\n没有2栋、3栋2单元201"
COUNT = 3 * 8 - 8 - 1


def is_problem(code):
    return pytest.raises(Problem, check=lambda problem: problem.code == code)


@pytest.fixture
def village(world):
    return world.areas["杨梅村"]


def make(world, name, place, text=ESTATE, estate="桂花园小区"):
    with world.acting(name) as scope:
        return make_doors(
            pattern=read_pattern(text), place=place, estate=estate, scope=scope, by=world.users[name].pk
        )


def undo(world, name, run, keep=()):
    with world.acting(name) as scope:
        return remove_run(run_id=run.pk, keep=keep, scope=scope, by=world.users[name].pk)


def page(world, name, address, data=None):
    client = Client()
    client.force_login(world.users[name])
    with clock.frozen(TONIGHT):
        return client.get(address) if data is None else client.post(address, data)


# ---------- who may not ----------


def test_nobody_makes_doors_in_the_neighbour_village(world):
    with is_problem("scope.outside"):
        make(world, "邓永福", world.areas["田心村"])
    for address in ("/register/doors/new", "/register/doors/new/count"):
        assert page(world, "邓永福", f"{address}?area={world.areas['田心村'].code}").status_code == 403
    place = world.areas["田心村"].code
    own = world.areas["杨梅村"].code
    said = {"area": own, "place": place, "pattern": ESTATE, "confirm_count": COUNT}
    assert page(world, "邓永福", "/register/doors/new", said).status_code == 403


@pytest.mark.parametrize("name", ["王小红", "瞿敏", "申志文"])
def test_who_leads_no_village_makes_none(world, name):
    assert page(world, name, "/register/doors/new").status_code == 403


def test_a_run_of_the_neighbours_is_not_there(world, village):
    run = make(world, "邓永福", village)
    with scoped(Scope.over([world.areas["田心村"].path])):
        assert not DoorRun.objects.exists()
        assert not Household.objects.filter(is_unnamed=True).exists()
    with is_problem("register.unknown_run"), scoped(Scope.over([world.areas["田心村"].path])) as scope:
        remove_run(run_id=run.pk, keep=(), scope=scope, by=1)


def test_a_township_has_no_doors_of_its_own(world):
    with is_problem("register.pattern_place"):
        make(world, "周敏", world.areas["司马冲镇"])


def test_a_group_lies_in_a_village_not_in_another_group(world):
    with is_problem("register.pattern_place"):
        make(world, "邓永福", world.areas["杨梅村/1组"], "1-3组 5户", "")


# ---------- making ----------


def test_an_estate_is_there_in_one_go_with_an_unnamed_household_behind_each_door(world, village):
    run = make(world, "邓永福", village)
    with world.as_root():
        doors = Door.objects.filter(run=run).select_related("area")
        assert run.door_count == doors.count() == COUNT
        assert {(door.area.name, door.label) for door in doors} >= {("1栋", "1单元101"), ("3栋", "2单元202")}
        estate = Area.objects.get(name="桂花园小区")
        assert (estate.parent_id, estate.level) == (village.pk, "estate")
        assert [area.name for area in Area.objects.filter(parent=estate).order_by("walk_order")] == [
            "1栋",
            "3栋",
        ]
        homes = Household.objects.filter(door__run=run)
        assert homes.count() == COUNT
        assert set(homes.values_list("kind", "head_name", "is_unnamed", "is_current")) == {
            ("family", "", True, True)
        }
    assert AuditRow.objects.filter(action="doors.make", detail__count=COUNT).exists()


def test_twice_is_once(world, village):
    make(world, "邓永福", village)
    with world.as_root():
        before = (Area.objects.count(), Door.objects.count(), Household.objects.count())
    assert make(world, "邓永福", village) is None
    with world.as_root():
        assert (Area.objects.count(), Door.objects.count(), Household.objects.count()) == before
        assert DoorRun.objects.count() == 1


def test_who_lives_there_already_is_left_alone(world, village):
    """杨梅村 has 1组 and 2组 with three named households each: 1号, 2号, 3号."""
    run = make(world, "邓永福", village, "1-3组 5户", "")
    assert run.door_count == 15 - 6
    with world.as_root():
        assert Door.objects.filter(area=world.areas["杨梅村/1组"]).count() == 5
        assert (
            Household.objects.filter(area_path=world.areas["杨梅村/1组"].path, is_unnamed=False).count() == 3
        )


def test_the_preview_says_what_making_does(world, village):
    make(world, "邓永福", village, "第1栋 2单元 1层 2户")
    with world.acting("邓永福") as scope:
        seen = preview(pattern=read_pattern(ESTATE), place=village, estate="桂花园小区", scope=scope)
    assert (seen.door_count, seen.known_count, seen.occupied_count, seen.new_count) == (
        COUNT,
        4,
        0,
        COUNT - 4,
    )
    assert (seen.area_count, seen.new_area_count) == (2, 1)
    assert make(world, "邓永福", village).door_count == seen.new_count


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(buildings=st.integers(1, 4), floors=st.integers(1, 3), gap=st.integers(1, 4))
def test_as_many_doors_as_the_pattern_says_and_none_the_second_time(world, village, buildings, floors, gap):
    text = f"{buildings}栋 {floors}层 2户\n没有{gap}栋"
    wanted = (buildings - (gap <= buildings)) * floors * 2
    with world.acting("邓永福") as scope:
        pattern = read_pattern(text)
        estate = f"新村{buildings}{floors}{gap}"
        seen = preview(pattern=pattern, place=village, estate=estate, scope=scope)
        already = seen.known_count
        make_doors(pattern=pattern, place=village, estate=estate, scope=scope, by=1)
        again = preview(pattern=pattern, place=village, estate=estate, scope=scope)
    assert (seen.new_count, again.new_count, again.known_count) == (wanted - already, 0, wanted)


def test_a_thousand_doors_cost_as_many_statements_as_ten(world, village, django_assert_max_num_queries):
    with django_assert_max_num_queries(31):
        make(world, "邓永福", village, "1-10栋 2单元 6层 8户")


# ---------- taking back ----------


def test_what_nobody_used_goes_with_its_buildings(world, village):
    run = make(world, "邓永福", village)
    assert undo(world, "邓永福", run) == COUNT
    with world.as_root():
        assert not Door.objects.filter(run=run).exists()
        assert not Area.objects.filter(name__in=["桂花园小区", "1栋", "3栋"]).exists()
        assert Household.objects.count() == 18
    with is_problem("register.run_undone"):
        undo(world, "邓永福", run)


def test_a_door_with_somebody_behind_it_stays(world, village):
    run = make(world, "邓永福", village)
    with world.as_root():
        home, kept, *_ = Household.objects.filter(door__run=run).order_by("pk")
        Person.objects.create(household=home, area_path=home.area_path, name="某甲")
    assert undo(world, "邓永福", run, keep={kept.pk}) == COUNT - 2
    with world.as_root():
        assert set(Household.objects.filter(door__run=run)) == {home, kept}
        assert Area.objects.filter(name="桂花园小区").exists()


# ---------- a sheet that comes later ----------


def test_a_later_sheet_names_the_household_that_stood_for_it(world, village, tmp_path):
    run = make(world, "邓永福", village)
    sheet = tmp_path / "后来的表.csv"
    sheet.write_text(
        "村社区,小区,楼栋,单元,房号,户主,姓名,与户主关系\n"
        "杨梅村,桂花园,1栋,1,101,赵一,赵一,户主\n"
        "杨梅村,桂花园小区,1号楼,1单元,101室,赵一,钱二,配偶\n"
        "杨梅村,桂花园小区,1幢,1,102,孙三,孙三,户主\n"
        "杨梅村,桂花园小区,1栋,1,102,李四,李四,租客\n".replace("桂花园,", "桂花园小区,"),
        encoding="utf-8",
    )
    with clock.frozen(TONIGHT), world.as_root():
        for _ in range(2):
            load(sheet, county=world.areas["武冈市"], by=None)
        at_101 = Household.objects.filter(door__run=run, door__area__name="1栋", door__label="1单元101")
        assert [(home.head_name, home.is_unnamed, home.named_at) for home in at_101] == [
            ("赵一", False, TONIGHT)
        ]
        assert at_101.get().people.count() == 2
        at_102 = Household.objects.filter(
            door__run=run, door__area__name="1栋", door__label="1单元102"
        ).order_by("pk")
        assert [(home.head_name, home.is_unnamed) for home in at_102] == [("孙三", False), ("李四", False)]
        assert Household.objects.filter(door__run=run, is_unnamed=True).count() == COUNT - 2


def test_what_is_exported_is_imported_again_unnamed_doors_too(world, village, tmp_path):
    run = make(world, "邓永福", village)
    out = tmp_path / "底册.csv"
    with clock.frozen(TONIGHT), world.as_root():
        export(county=world.areas["武冈市"], out=out, reason="备份", by=None)
        assert out.read_text("utf-8-sig").count("未登记") == COUNT
        assert "空置" not in out.read_text("utf-8-sig")
        Household.objects.filter(door__run=run).delete()
        for _ in range(2):
            load(out, county=world.areas["武冈市"], by=None)
        assert Household.objects.filter(door__run=run, is_unnamed=True, is_current=True).count() == COUNT
        assert Household.objects.filter(is_unnamed=False).count() == 18


# ---------- the page ----------


def test_the_page_shows_what_would_be_made_and_makes_it(world, village, django_assert_max_num_queries):
    said = {"area": village.code, "place": village.code, "estate": "桂花园小区", "pattern": ESTATE}
    client = Client()
    client.force_login(world.users["邓永福"])
    with clock.frozen(TONIGHT):
        with django_assert_max_num_queries(14):
            seen = client.get("/register/doors/new/count", said).content.decode()
        assert "1栋1单元101" in seen
        assert "3栋2单元202" in seen
        assert f'name="confirm_count" value="{COUNT}"' in seen
        # What is there has changed since it was looked at: it is shown again and nothing is made.
        changed = client.post("/register/doors/new", {**said, "confirm_count": COUNT + 1})
        assert "再看一眼" in changed.content.decode()
        assert client.post("/register/doors/new", {**said, "confirm_count": COUNT}).status_code == 302
        with django_assert_max_num_queries(14):
            after = client.get(f"/register/doors/new?area={village.code}").content.decode()
    assert f"造{COUNT}个门" in after
    assert "撤掉" in after
    with world.as_root():
        run = DoorRun.objects.get()
    with clock.frozen(TONIGHT):
        assert client.post(f"/register/doors/{run.pk}/undo").status_code == 302
    with world.as_root():
        assert not Door.objects.filter(run=run).exists()


def test_what_is_not_understood_is_said_where_it_is_typed(world, village):
    said = {"area": village.code, "place": village.code, "pattern": "1-3栋 六七八九", "confirm_count": "0"}
    response = page(world, "邓永福", "/register/doors/new", said)
    assert response.status_code == 400
    assert "第1行" in response.content.decode()


def test_an_officer_of_the_county_chooses_the_village_first(world):
    found = page(world, "周敏", "/register/doors/new").content.decode()
    assert "司马冲镇 杨梅村" in found
    assert "先选一个村" in found


def test_what_was_made_is_found_by_its_place_and_by_what_became_of_it(world, village):
    gone = make(world, "邓永福", village, "9栋 1单元 1层 2户", estate="梨花园小区")
    make(world, "邓永福", village)
    undo(world, "邓永福", gone)

    def listed(query):
        html = page(world, "邓永福", f"/register/doors/new?area={village.code}{query}").content.decode()
        return [name for name in ("桂花园小区", "梨花园小区") if f"<b>杨梅村 {name}</b>" in html]

    assert listed("") == ["桂花园小区", "梨花园小区"]
    assert listed("&q=梨花") == listed("&show=undone") == ["梨花园小区"]
    assert listed("&show=standing") == ["桂花园小区"]
    assert listed("&q=没有的") == []
