"""Holes that were found by trying, each with what it let through."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client

from lianfang.areas.models import Area
from lianfang.campaigns import jobs
from lianfang.campaigns.models import Exemption, Order, Round, Target, Visit
from lianfang.campaigns.operations.campaigns import Declaration, declare_campaign
from lianfang.campaigns.operations.emergencies import end_due_emergencies
from lianfang.campaigns.operations.exemptions import decide_exemption, decide_exemptions
from lianfang.campaigns.operations.rounds import freeze_round, generate_targets
from lianfang.campaigns.operations.targets import (
    Away,
    add_found_household,
    assign_targets,
    reassign_worker,
    settle_away,
)
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.campaigns.tests.test_kernel import equation, record, visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.register.models import Door, Household, Person
from lianfang.workforce.models import Assignment, Worker
from lianfang.workforce.operations import assign_area, assign_grids_in_bulk
from tests.world import TONIGHT

HOME = "杨梅村/1组/1"


def as_(world, name: str) -> dict:
    return {"scope": world.scope(name), "by": world.users[name].pk}


@pytest.fixture
def stranger(world) -> Worker:
    """Somebody on duty in the next county."""
    area = Area.objects.create(
        code="430582", name="邵东市", level="county", parent=world.areas["邵阳市"], path="cn.43.05.82."
    )
    return Worker.objects.create(name="外县人", area=area, area_path=area.path, phone="13800000000")


def test_no_doors_and_no_grid_go_to_a_worker_of_another_county(world, stranger):
    found = world.campaign()
    grid, home = world.areas["杨梅村/1组"], world.households[HOME].pk
    mine = as_(world, "邓永福")
    with world.acting("邓永福"):
        for call in (
            lambda: assign_targets(round_id=found.pk, household_ids=[home], worker_id=stranger.pk, **mine),
            lambda: assign_area(area=grid, worker_id=stranger.pk, **mine),
            lambda: assign_grids_in_bulk(pairs=[(grid.pk, stranger.pk)], **mine),
            lambda: reassign_worker(
                from_worker_id=world.workers["王小红"].pk, to_worker_id=stranger.pk, **mine
            ),
        ):
            with pytest.raises(Problem) as refused:
                call()
            assert refused.value.code == "workforce.unknown_worker"
    assert not Assignment.objects.filter(worker=stranger).exists()


def test_nobody_reads_the_phone_of_another_countys_worker(world, stranger):
    client = Client()
    client.force_login(world.users["王小红"])
    with clock.frozen(TONIGHT):
        answer = client.get(f"/people/workers/{stranger.pk}/dial")
        assert answer.status_code == 404
        assert "13800000000" not in answer.content.decode()
        own = client.get(f"/people/workers/{world.workers['刘志远'].pk}/dial")
    assert own.status_code == 200


def test_who_came_into_the_register_since_does_not_join_a_frozen_list(world):
    found = world.campaign()
    with world.as_root():
        area = world.areas["杨梅村/1组"]
        door = Door.objects.create(area=area, area_path=area.path, label="9号")
        late = Household.objects.create(door=door, area_path=area.path)
        Person.objects.create(household=late, area_path=area.path, name="后来人")
        assert generate_targets(found) == 0
        assert equation(found)[0] == 18


def test_a_household_that_moved_keeps_its_place_in_the_list(world):
    """A later sheet puts it into another village: the number of this one still has a name behind it."""
    found = world.campaign()
    village, to = world.areas["杨梅村"], world.areas["田心村/1组"]
    with world.as_root():
        door = Door.objects.create(area=to, area_path=to.path, label="77号")
        moved = Household.objects.filter(pk=world.households[HOME].pk)
        moved.update(door=door, area_path=to.path)
    for name in ("邓永福", "戴春燕"):
        with world.acting(name) as scope:
            listed = targets_in(scope, found, village, TONIGHT, Pick(show="due"))
            assert len(listed.rows) == coverage_of(scope, found, village, TONIGHT).due == 6
            assert world.households[HOME].pk in {row.household_id for row in listed.rows}
            assert all(row.name for row in listed.rows)


def test_who_told_of_an_absence_does_not_stand_in_the_audit(world):
    found = world.campaign()
    with world.acting("邓永福"):
        settle_away(
            round_id=found.pk,
            household_ids=[world.households[HOME].pk],
            away=Away("广东东莞", told_by="隔壁的覃桂花"),
            **as_(world, "邓永福"),
        )
    for row in AuditRow.objects.values("reason", "detail"):
        assert "覃桂花" not in json.dumps(row, ensure_ascii=False)


@pytest.fixture
def after_its_end(world):
    """An hour past the end of the emergency; the clock's job has not run."""
    found = world.campaign()
    with clock.frozen(world.emergency.ends_at + dt.timedelta(hours=1)):
        yield found


def test_after_its_end_an_emergency_counts_nothing_though_the_job_has_not_run(world, after_its_end):
    with world.as_root() as scope:
        record_visits([visit(world)], scope=scope, by=world.users["王小红"].pk)
        assert Visit.objects.count() == 1
        assert equation(after_its_end) == (18, 0, 0, 0, 18)


def test_after_its_end_an_emergency_takes_no_found_household(world, after_its_end):
    with world.as_root() as scope:
        area = world.areas["杨梅村/1组"]
        door = Door.objects.create(area=area, area_path=area.path, label="9号")
        late = Household.objects.create(door=door, area_path=area.path)
        assert add_found_household(household_id=late.pk, scope=scope, by=1) == 0
        assert not Target.objects.filter(household_id=late.pk).exists()


def test_an_exemption_decided_after_the_end_moves_no_number(world):
    found = world.campaign()
    with world.as_root():
        vacant = visit(world, outcome="vacant")
    record(world, vacant)
    with world.as_root(), clock.frozen(world.emergency.ends_at + dt.timedelta(hours=1)):
        end_due_emergencies()
        before = equation(found)
        asked = Exemption.objects.get()
        decide_exemption(exemption_id=asked.pk, approve=True, note="属实", by=world.users["邓永福"].pk)
        assert equation(found) == before


def test_an_exemption_of_the_neighbours_is_not_there_even_for_who_crosses(world):
    """The first wall by itself: the token here is the root's."""
    world.campaign()
    with world.as_root():
        vacant = visit(world, outcome="vacant")
    record(world, vacant)
    with world.as_root(), pytest.raises(Problem) as refused:
        decide_exemptions(
            exemption_ids=list(Exemption.objects.values_list("pk", flat=True)),
            approve=True,
            note="",
            **as_(world, "谭小英"),
        )
    assert refused.value.code == "campaigns.nothing_selected"


def test_a_job_that_comes_late_freezes_no_closed_round(world):
    found = world.campaign(frozen=False)
    Round.objects.filter(pk=found.pk).update(closed_at=TONIGHT)
    with world.as_root(), pytest.raises(Problem) as refused:
        freeze_round(round_id=found.pk, by=1)
    assert refused.value.code == "campaigns.closed"
    assert jobs.freeze(found.pk, 1) == 0
    with world.as_root():
        assert not Target.objects.exists()


def test_a_campaign_hangs_on_no_order_of_another_county(world, stranger):
    order = Order.objects.create(
        number="1号",
        issuer="邻县",
        title="邻县的通知",
        area=stranger.area,
        area_path=stranger.area_path,
        received_at=TONIGHT,
        received_by=1,
    )
    said = Declaration(
        name="敲门",
        area=world.areas["武冈市"],
        emergency_id=world.emergency.pk,
        due_at=TONIGHT + dt.timedelta(hours=12),
        form=("household_sweep", 1),
        order_id=order.pk,
    )
    with world.acting("刘志远"), pytest.raises(Problem) as refused:
        declare_campaign(said, **as_(world, "刘志远"))
    assert refused.value.code == "campaigns.unknown_order"


@pytest.mark.parametrize("act", ["hand_over", "take", "grids"])
def test_what_is_no_number_is_refused_and_is_no_fault_of_the_server(world, act):
    found = world.campaign()
    client = Client()
    client.force_login(world.users["邓永福"])
    form = {"act": act, "from": "x", "to": "y", "grid-x": "1", "hand_backs": "z"}
    with clock.frozen(TONIGHT):
        assert client.post(f"/rounds/{found.pk}/assign/act", form).status_code == 302
