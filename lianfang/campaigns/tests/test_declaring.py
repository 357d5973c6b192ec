"""From the declaration to the frozen list with a worker and a deadline for every door."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from lianfang.campaigns import jobs
from lianfang.campaigns.models import Campaign, Coverage, Round, Target, Task
from lianfang.campaigns.operations import campaigns, emergencies
from lianfang.campaigns.operations.campaigns import Declaration
from lianfang.campaigns.operations.rounds import generate_targets
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.questions.queries import get_form
from lianfang.workforce.queries import who_answers
from tests.world import TONIGHT

TOMORROW_NOON = clock.at(dt.date(2026, 8, 8), 12)


def declaration(world, area: str = "武冈市", **changes: object) -> Declaration:
    said = Declaration(
        name="敲门行动",
        area=world.areas[area],
        emergency_id=world.emergency.pk,
        due_at=TOMORROW_NOON,
        form=("household_sweep", 1),
    )
    return dataclasses.replace(said, **changes)


def declare(world, name: str = "周敏", area: str = "武冈市", **changes: object) -> Campaign:
    with world.acting(name) as scope:
        return campaigns.declare_campaign(
            declaration(world, area, **changes), scope=scope, by=world.users[name].pk
        )


def refused(world, **changes: object) -> str:
    with pytest.raises(Problem) as problem:
        declare(world, **changes)
    return problem.value.code


def freeze(world, found: Round) -> int | None:
    with world.acting("周敏") as scope:
        return campaigns.start_freeze(round_id=found.pk, scope=scope, by=world.users["周敏"].pk)


def test_nobody_declares_outside_their_area(world):
    assert refused(world, name="邓永福") == "scope.outside"
    assert not Campaign.objects.exists()


def test_nothing_is_declared_after_the_emergency_has_ended(world):
    with clock.frozen(world.emergency.ends_at), world.as_root() as scope, pytest.raises(Problem) as problem:
        campaigns.declare_campaign(declaration(world), scope=scope, by=1)
    assert problem.value.code == "campaigns.emergency_ended"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_at": TONIGHT}, "campaigns.bad_deadline"),
        ({"due_at": TONIGHT + dt.timedelta(days=15)}, "campaigns.bad_deadline"),
        ({"name": " "}, "campaigns.name_required"),
        ({"conditions": [{"field": "religion", "op": "==", "value": "x"}]}, "campaigns.bad_eligibility"),
        ({"conditions": [{"field": "age", "op": ">=", "value": 100}]}, "campaigns.nobody_eligible"),
        ({"form": None, "question_keys": ["dose_count", "standing_water"]}, "campaigns.no_common_purpose"),
        ({"form": None, "question_keys": list("abcdef")}, "campaigns.too_many_questions"),
        ({"form": None, "question_keys": ["ethnicity"]}, "questions.unknown_question"),
        ({"form": None}, "questions.unknown_question"),
        ({"form": ("household_sweep", 9)}, "questions.unknown_form"),
    ],
)
def test_what_cannot_be_declared(world, changes, code):
    with world.acting("周敏") as scope, pytest.raises(Problem) as problem:
        campaigns.declare_campaign(declaration(world, **changes), scope=scope, by=world.users["周敏"].pk)
    assert problem.value.code == code


def test_a_few_questions_of_one_purpose_become_a_form(world):
    campaign = declare(world, form=None, question_keys=["returned_count", "fever"])
    form = get_form(campaign.form_key, campaign.form_version)
    assert [item.question.key for item in form.items] == ["returned_count", "fever"]
    assert campaign.purpose == form.purpose == "household_sweep"


def test_every_target_has_a_worker_and_a_deadline(world):
    found = declare(world).rounds.get()
    assert found.frozen_at is None
    assert freeze(world, found) == 18
    with world.as_root():
        targets = list(Target.objects.filter(round=found))
        answering = who_answers({target.area_path for target in targets}, TONIGHT)
    assert len(targets) == 18
    assert {target.due_at for target in targets} == {TOMORROW_NOON}
    assert {target.area_path for target in targets} <= set(answering)
    grid = world.areas["杨梅村/1组"].path
    assert answering[grid].name == "王小红"
    # Nobody has 泉塘村 of the other township: the county answers until somebody is named.
    assert answering[world.areas["泉塘村/1组"].path].name == "刘志远"


def test_freezing_twice_and_generating_twice_add_nothing(world):
    found = declare(world).rounds.get()
    freeze(world, found)
    with pytest.raises(Problem) as problem:
        freeze(world, found)
    assert problem.value.code == "campaigns.already_frozen"
    with world.as_root():
        assert generate_targets(found) == 0
        assert Target.objects.filter(round=found).count() == 18
        assert Task.objects.filter(round=found).count() == 18


def test_eligible_by_age_takes_the_household_of_the_one_who_fits(world):
    campaign = declare(world, area="司马冲镇", conditions=[{"field": "age", "op": "<", "value": 15}])
    assert freeze(world, campaign.rounds.get()) == 12


def test_a_large_round_is_frozen_by_the_worker_process(world, monkeypatch):
    monkeypatch.setattr(campaigns, "AT_ONCE", 17)
    found = declare(world).rounds.get()
    assert freeze(world, found) is None
    assert jobs.freezing(found.pk).state == "waiting"
    found.refresh_from_db()
    assert found.frozen_at is None
    # The page can be pressed again, by two people at once: it stays one job.
    with pytest.raises(Problem) as problem:
        freeze(world, found)
    assert problem.value.code == "campaigns.freezing"
    # As the worker process runs it: no scope stands open, the job opens its own.
    assert jobs.freeze(found.pk, world.users["周敏"].pk) == 18
    assert jobs.freeze(found.pk, world.users["周敏"].pk) == 0
    found.refresh_from_db()
    assert found.frozen_at


def test_the_next_round_closes_the_one_before_and_has_a_list_of_its_own(world):
    campaign = declare(world)
    first = campaign.rounds.get()
    freeze(world, first)
    with world.acting("周敏") as scope:
        second = campaigns.open_next_round(
            campaign_id=campaign.pk,
            due_at=TOMORROW_NOON + dt.timedelta(days=1),
            scope=scope,
            by=world.users["周敏"].pk,
        )
    first.refresh_from_db()
    assert (second.number, first.closed_at) == (2, TONIGHT)
    assert freeze(world, second) == 18
    with world.as_root():
        assert Target.objects.filter(round=first).count() == 18


def test_a_closed_campaign_takes_no_further_round(world):
    campaign = declare(world)
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        with pytest.raises(Problem):
            campaigns.close_campaign(campaign_id=campaign.pk, reason="", scope=scope, by=by)
        campaigns.close_campaign(campaign_id=campaign.pk, reason="任务完成", scope=scope, by=by)
        with pytest.raises(Problem) as problem:
            campaigns.open_next_round(campaign_id=campaign.pk, due_at=TOMORROW_NOON, scope=scope, by=by)
    assert problem.value.code == "campaigns.closed"
    assert not campaign.rounds.filter(closed_at__isnull=True).exists()


def test_a_round_of_an_ended_emergency_is_not_frozen(world):
    found = declare(world).rounds.get()
    with clock.frozen(world.emergency.ends_at + dt.timedelta(hours=1)):
        with world.as_root() as scope, pytest.raises(Problem) as problem:
            campaigns.start_freeze(round_id=found.pk, scope=scope, by=1)
        assert problem.value.code == "campaigns.emergency_ended"
        emergencies.end_due_emergencies()
        with world.as_root() as scope, pytest.raises(Problem) as problem:
            campaigns.start_freeze(round_id=found.pk, scope=scope, by=1)
        assert problem.value.code == "campaigns.closed"
    assert not Coverage.objects.filter(round=found).exists()
