"""Doors are taken back while others use them: nothing names a household that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from lianfang.campaigns.models import Target, Visit
from lianfang.campaigns.operations.carrying import VisitInput
from lianfang.campaigns.operations.door_runs import undo_doors
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.scope import ROOT, Scope, opened
from lianfang.register.making import make_doors
from lianfang.register.models import Household
from lianfang.register.patterns import read_pattern
from tests.world import TONIGHT, build

LEAD = "邓永福"


@pytest.fixture
def world(committed_db):
    return build()


@pytest.fixture
def run(world):
    with world.acting(LEAD) as scope:
        return make_doors(
            pattern=read_pattern("1栋 1单元 3层 2户"),
            place=world.areas["杨梅村"],
            estate="桂花园小区",
            scope=scope,
            by=world.users[LEAD].pk,
        )


def while_it_runs(world, run, work: Callable[[], object]) -> int:
    """The run is taken back while `work` has not committed yet. How many doors went."""
    begun, gone, faults = threading.Event(), [], []

    def undo() -> None:
        try:
            begun.wait(10)
            with clock.frozen(TONIGHT), opened(world.scope(LEAD)):
                gone.append(undo_doors(run_id=run.pk, scope=world.scope(LEAD), by=world.users[LEAD].pk))
        except BaseException as error:  # noqa: BLE001 - shown by the test
            faults.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=undo)
    thread.start()
    with clock.frozen(TONIGHT), opened(Scope.over([ROOT], purpose="test")):
        work()
        begun.set()
        thread.join(0.7)  # it waits; without the locks it would be through by now
    thread.join(20)
    assert faults == []
    return gone[0]


def test_a_list_that_is_being_frozen_keeps_its_doors(world, run):
    found = world.campaign("杨梅村", frozen=False)
    went = while_it_runs(world, run, lambda: freeze_round(round_id=found.pk, by=world.users[LEAD].pk))
    with world.as_root():
        named = Target.objects.filter(round=found).values_list("household_id", flat=True)
        assert Household.objects.filter(pk__in=named).count() == len(named) == 12
    assert went == 0


def test_a_door_that_is_being_visited_stays(world, run):
    with world.as_root():
        home = Household.objects.filter(door__run=run).first()

    def visited() -> None:
        visit = VisitInput(new_id(), home.pk, "door", "nobody_home", TONIGHT)
        record_visits([visit], scope=world.scope(LEAD), by=world.users[LEAD].pk)

    assert while_it_runs(world, run, visited) == 5
    with world.as_root():
        assert Household.objects.filter(pk=Visit.objects.get().household_id).exists()
