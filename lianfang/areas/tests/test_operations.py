import pytest

from lianfang.areas.changes.operations import remember
from lianfang.areas.models import Area
from lianfang.areas.operations import Wanted, add_area, ensure_below, rename_area
from lianfang.areas.succession import Former
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from tests import world as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return cast.build()


def refused(code, **call):
    operation = call.pop("operation")
    with pytest.raises(Problem) as problem:
        operation(**call)
    assert problem.value.code == code


def test_nothing_of_the_official_tree_can_be_made_or_renamed_here(world):
    village = world.areas["杨梅村"]
    refused("areas.not_own", operation=rename_area, area=village, name="新村", by=1)
    refused(
        "areas.wrong_place",
        operation=add_area,
        parent=world.areas["司马冲镇"],
        level="village",
        name="新村",
        by=1,
    )
    refused(
        "areas.wrong_place",
        operation=add_area,
        parent=world.areas["司马冲镇"],
        level="group",
        name="9组",
        by=1,
    )
    refused("areas.unknown", operation=ensure_below, wanted=[Wanted("404", "group", "1组")], by=1)


def test_two_areas_of_one_name_in_one_place_are_refused(world):
    village = world.areas["杨梅村"]
    refused("areas.name_taken", operation=add_area, parent=village, level="grid", name="1组", by=1)
    refused("areas.name_taken", operation=rename_area, area=world.areas["杨梅村/2组"], name=" 1组 ", by=1)
    refused("areas.bad_name", operation=rename_area, area=world.areas["杨梅村/2组"], name=" ", by=1)


def test_a_group_gets_the_next_code_and_hangs_below_its_village(world):
    area = add_area(parent=world.areas["杨梅村"], level="group", name="3组", by=7)
    assert (area.code, area.path) == ("430581107221G03", "cn.43.05.81.107.221.G03.")
    row = AuditRow.objects.get(action="area.add")
    assert (row.actor_id, row.area_path) == (7, area.path)


def test_a_renamed_area_keeps_code_and_path(world):
    area = world.areas["杨梅村/1组"]
    rename_area(area=area, name="屋场坪组", by=7)
    stored = Area.objects.get(code=area.code)
    assert (stored.name, stored.initials, stored.path) == ("屋场坪组", "wcpz", area.path)
    assert AuditRow.objects.filter(action="area.rename", object_id=area.code, actor_id=7).exists()


def test_ensuring_twice_makes_once_in_few_statements(world, django_assert_max_num_queries):
    village = world.areas["田心村"]
    estate = Wanted(village.code, "estate", "安置小区")
    with django_assert_max_num_queries(8):
        made = ensure_below(wanted=[Wanted(village.code, "group", "1组"), estate], by=None)
    assert made[village.code, "group", "1组"].pk == world.areas["田心村/1组"].pk
    code = made[estate.key].code
    buildings = [Wanted(code, "building", f"{n}栋", walk_order=n) for n in range(1, 63)]
    with django_assert_max_num_queries(8):
        first = ensure_below(wanted=buildings, by=None)
    assert first[code, "building", "62栋"].code == f"{village.code}E01B62"
    again = ensure_below(wanted=buildings, by=None)
    assert {key: area.pk for key, area in again.items()} == {key: area.pk for key, area in first.items()}


def test_a_group_and_a_grid_of_one_village_never_draw_the_same_code(world):
    village = world.areas["田心村"]
    made = ensure_below(
        wanted=[Wanted(village.code, "grid", "第一网格"), Wanted(village.code, "group", "3组")], by=None
    )
    assert {area.code[-3:] for area in made.values()} == {"G03", "G04"}


def test_an_old_name_is_written_down_where_it_was(world):
    """In the trail of the villages it concerns, and not of the whole country."""
    former = Former("430581107299", "云十村", "village", "430581107", 2019, ("430581107222",))
    assert remember(formers=[former], source="旧区划.csv", by=1) == 1
    row = AuditRow.objects.get(action="area.remember")
    assert row.area_path == world.areas["司马冲镇"].path
