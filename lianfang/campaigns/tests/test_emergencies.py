"""An emergency ends by itself unless two people want otherwise: held by the operation and by the database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from lianfang.campaigns.models import Emergency, Round, Target, Visit
from lianfang.campaigns.operations import emergencies
from lianfang.campaigns.operations.carrying import VisitInput
from lianfang.campaigns.operations.emergencies import EmergencyTerms
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries import running_emergency
from lianfang.core import clock, keys
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import scoped
from tests.world import TONIGHT

FORTNIGHT = dt.timedelta(days=14)
TERMS = EmergencyTerms("登革热应急响应", "登革热", "中华人民共和国传染病防治法")


def code(call, **values) -> str:
    with pytest.raises(Problem) as refused:
        call(**values)
    return refused.value.code


def who(world, name: str) -> dict:
    return {"scope": world.scope(name), "by": world.users[name].pk}


@pytest.fixture
def asked(world):
    """刘志远 asks for a renewal tonight."""
    with world.acting("刘志远"):
        emergencies.request_renewal(
            emergency_id=world.emergency.pk, reason="仍有社区传播", **who(world, "刘志远")
        )
    return world


def test_who_asked_may_not_approve(asked):
    with asked.acting("刘志远"):
        refusal = code(emergencies.approve_renewal, emergency_id=asked.emergency.pk, **who(asked, "刘志远"))
    assert refusal == "campaigns.second_person"
    asked.emergency.refresh_from_db()
    assert asked.emergency.renewed_at is None


def test_the_database_refuses_it_too(asked):
    with pytest.raises(IntegrityError, match="renewal_needs_two_people"), transaction.atomic():
        connection.cursor().execute("update campaigns_emergencyrenewal set approved_by = requested_by")


def test_a_village_lead_cannot_keep_a_countys_emergency_running(asked):
    with asked.acting("邓永福"):
        refusal = code(emergencies.approve_renewal, emergency_id=asked.emergency.pk, **who(asked, "邓永福"))
    assert refusal == "scope.outside"


def test_a_renewal_needs_a_reason_and_only_one_waits(asked):
    with asked.acting("周敏"):
        ask = {"emergency_id": asked.emergency.pk, **who(asked, "周敏")}
        assert code(emergencies.request_renewal, reason="  ", **ask) == "campaigns.reason_required"
        assert code(emergencies.request_renewal, reason="再要14天", **ask) == "campaigns.renewal_waiting"


def test_nobody_can_write_a_longer_end_into_the_database(world):
    with pytest.raises(IntegrityError, match="emergency_ends_within_14_days"), transaction.atomic():
        connection.cursor().execute("update campaigns_emergency set ends_at = ends_at + interval '1 minute'")


def test_two_people_keep_it_for_fourteen_days_from_tonight(asked):
    with asked.acting("周敏"):
        emergency = emergencies.approve_renewal(emergency_id=asked.emergency.pk, **who(asked, "周敏"))
    assert emergency.ends_at == TONIGHT + FORTNIGHT


def test_it_ends_by_the_clock_though_nobody_pressed_anything(world):
    found = world.campaign()
    ends_at = world.emergency.ends_at
    with clock.frozen(ends_at - dt.timedelta(minutes=1)):
        assert running_emergency() == world.emergency
        assert emergencies.end_due_emergencies() == 0
    with clock.frozen(ends_at + dt.timedelta(minutes=7)):
        assert running_emergency() is None
        assert emergencies.end_due_emergencies() == 1
        assert emergencies.end_due_emergencies() == 0
    world.emergency.refresh_from_db()
    found.refresh_from_db()
    assert world.emergency.ended_at == found.closed_at == ends_at
    assert world.emergency.ended_reason == emergencies.BY_CLOCK


def test_after_its_end_it_cannot_be_renewed_even_before_the_job_has_run(asked):
    with clock.frozen(asked.emergency.ends_at), asked.as_root():
        refusal = code(emergencies.approve_renewal, emergency_id=asked.emergency.pk, **who(asked, "周敏"))
    assert refusal == "campaigns.emergency_ended"


def test_one_person_cannot_end_it(world):
    with world.acting("周敏"):
        end = {"emergency_id": world.emergency.pk, **who(world, "周敏")}
        assert code(emergencies.end_emergency, **end) == "campaigns.no_renewal"
        emergencies.ask_end(reason="已连续14天无新增", **end)
        assert code(emergencies.end_emergency, **end) == "campaigns.second_person"
    with pytest.raises(IntegrityError, match="by_clock_or_two_people"), transaction.atomic():
        Emergency.objects.filter(pk=world.emergency.pk).update(
            ended_at=TONIGHT, ended_by=world.users["周敏"].pk
        )


def test_two_people_end_it_and_its_rounds(world):
    found = world.campaign()
    with world.acting("周敏"):
        emergencies.ask_end(emergency_id=world.emergency.pk, reason="已连续14天无新增", **who(world, "周敏"))
    with world.acting("刘志远"):
        emergencies.end_emergency(emergency_id=world.emergency.pk, **who(world, "刘志远"))
        assert running_emergency() is None
    assert Round.objects.get(pk=found.pk).closed_at == TONIGHT


def test_a_visit_that_arrives_after_the_end_is_kept_and_moves_no_number(world):
    found = world.campaign()
    household = world.households["杨梅村/1组/1"]
    with (
        clock.frozen(world.emergency.ends_at + dt.timedelta(hours=1)),
        scoped(world.scope("王小红")) as scope,
    ):
        emergencies.end_due_emergencies()
        visit = VisitInput(
            visit_id=new_id(),
            household_id=household.pk,
            channel="door",
            outcome="nobody_home",
            happened_at=TONIGHT,
        )
        record_visits([visit], scope=scope, by=world.users["王小红"].pk)
        assert Visit.objects.filter(pk=visit.visit_id).exists()
        assert Target.objects.get(round=found, household_id=household.pk).state == "open"


def test_a_village_lead_cannot_open_one(world):
    with world.acting("邓永福"):
        refusal = code(
            emergencies.open_emergency,
            order_id=world.emergency.order_id,
            terms=TERMS,
            **who(world, "邓永福"),
        )
    assert refusal == "scope.outside"


def test_opening_makes_a_key_of_its_own_and_an_end(world):
    with world.acting("刘志远"):
        made = emergencies.open_emergency(
            order_id=world.emergency.order_id, terms=TERMS, **who(world, "刘志远")
        )
    assert made.ends_at == TONIGHT + FORTNIGHT
    assert len(keys.get(keys.emergency(made.pk))) == 32
    assert keys.get(keys.emergency(made.pk)) != keys.get(keys.emergency(world.emergency.pk))
