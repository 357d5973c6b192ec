"""A village merges, or a sheet is loaded, while somebody adds to it: nothing stays behind where nobody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.models import Area
from lianfang.areas.operations import add_area
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, opened
from lianfang.register import importing, life
from lianfang.register.collectives import CollectiveDetails, Contact, add_collective
from lianfang.register.life import Whereto
from lianfang.register.making import make_doors
from lianfang.register.models import Door, Household, Person
from lianfang.register.operations import HouseholdDetails, MemberDetails, add_household
from lianfang.register.patterns import read_pattern
from lianfang.register.tests.lives import told
from lianfang.register.tests.sheets_made import xlsx
from tests.world import TONIGHT, build

ROWS = [{"old_code": "430581107221", "old_name": "杨梅村", "new_code": "430581107222", "kind": "merge"}]
MEMBER = MemberDetails(name="欧阳明")
HOME = "杨梅村/1组/1"


@pytest.fixture
def world(committed_db):
    return build()


@pytest.fixture
def officer(world):
    return {"scope": world.scope("周敏"), "by": world.users["周敏"].pk}


@pytest.fixture
def merge(world, officer):
    """杨梅村 becomes a section of 田心村."""

    def run():
        given = {**officer, "effective_on": clock.today()}
        (planned,) = plan_file(rows=ROWS, document="测试", **given).adjustments
        confirm(adjustment_id=planned.pk, **given)

    return run


@pytest.fixture
def sheet(world, officer, tmp_path):
    """A sheet that has 欧阳明 behind 9号 of the village itself."""
    path = xlsx(
        tmp_path / "表.xlsx", [["姓名", "与户主关系", "村", "门牌"], ["欧阳明", "户主", "杨梅村", "9号"]]
    )
    return lambda: importing.load(path, county=world.areas["武冈市"], by=officer["by"])


def while_it_runs(work: Callable[[], object], other: Callable[[], object]) -> list[BaseException]:
    """`other` begins before `work` commits, on a connection of its own. What it raised."""
    begun, done, faults = threading.Event(), threading.Event(), []

    def beside() -> None:
        begun.wait(10)
        try:
            with clock.frozen(TONIGHT), opened(Scope.over([ROOT], purpose="test")):
                other()
        except BaseException as error:  # noqa: BLE001 - judged by the test
            faults.append(error)
        finally:
            done.set()
            connections.close_all()

    thread = threading.Thread(target=beside)
    thread.start()
    with clock.frozen(TONIGHT), opened(Scope.over([ROOT], purpose="test")):
        work()
        begun.set()
        assert not done.wait(0.5)  # it waits; without the lock it would be through by now
    thread.join(20)
    return faults


def household(world, officer):
    add_household(details=HouseholdDetails("99号", [MEMBER]), area=world.areas["杨梅村/1组"], **officer)


def in_the_village(world, officer):
    add_household(details=HouseholdDetails("99号", [MEMBER]), area=world.areas["杨梅村"], **officer)


def collective(world, officer):
    details = CollectiveDetails("99号", "site", Contact("欧阳明"), members=[MEMBER])
    add_collective(details=details, area=world.areas["杨梅村"], **officer)


def doors(world, officer):
    make_doors(
        pattern=read_pattern("1栋 1单元 1层 2户"), place=world.areas["杨梅村"], estate="桂花园", **officer
    )


def group(world, officer):
    add_area(parent=world.areas["杨梅村"], level="group", name="99组", by=officer["by"])


def split(world, officer):
    home = world.households[HOME]
    person = Person.objects.filter(household=home).order_by("pk").last()
    life.split_household(
        household_id=home.pk,
        person_ids=[person.pk],
        whereto=Whereto(area=world.areas["杨梅村"], door_label="99号"),
        told=told(),
        **officer,
    )


ADDING = [household, in_the_village, collective, doors, group, split]


@pytest.mark.parametrize("add", ADDING)
def test_what_is_being_added_goes_along_with_its_village(world, officer, merge, add):
    assert while_it_runs(lambda: add(world, officer), merge) == []
    with world.as_root():
        new = world.areas["田心村"].path
        gone = world.areas["杨梅村"].path
        for rows in (Household.objects, Door.objects, Person.objects):
            assert not rows.filter(area_path__startswith=gone).exists()
        assert not Area.objects.filter(path__startswith=gone, valid_to__isnull=True).exists()
        if add is not group:
            assert Door.objects.filter(label__in=("99号", "1单元101"), area_path__startswith=new).exists()


@pytest.mark.parametrize("add", [in_the_village, collective, doors, split])
def test_nothing_is_added_to_a_village_that_went_meanwhile(world, officer, merge, add):
    (fault,) = while_it_runs(merge, lambda: add(world, officer))
    assert isinstance(fault, Problem)
    assert fault.code == "areas.gone"


def test_what_is_added_to_a_group_that_moved_meanwhile_is_where_it_is_now(world, officer, merge):
    assert while_it_runs(merge, lambda: household(world, officer)) == []
    with world.as_root():
        assert Door.objects.get(label="99号").area_path.startswith(world.areas["田心村"].path)


def test_who_is_added_while_a_sheet_is_loaded_finds_its_door(world, officer, sheet):
    """And the load, which had given its doors their numbers, does not meet one that was not there."""
    details = HouseholdDetails("9号", [MEMBER])
    add = lambda: add_household(details=details, area=world.areas["杨梅村"], **officer)  # noqa: E731
    assert while_it_runs(sheet, add) == []
    with world.as_root():
        assert Door.objects.filter(label__startswith="9").count() == 1


def test_a_sheet_waits_for_who_is_being_added(world, officer, sheet):
    details = HouseholdDetails("9号", [MEMBER])
    add = lambda: add_household(details=details, area=world.areas["杨梅村"], **officer)  # noqa: E731
    assert while_it_runs(add, sheet) == []
    with world.as_root():
        assert Person.objects.filter(name="欧阳明", is_current=True).count() == 1
