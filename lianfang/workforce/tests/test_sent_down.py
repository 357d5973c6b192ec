"""Who is sent down tonight is a worker as long as the shift lasts."""

import datetime as dt

import pytest

from lianfang.accounts.devices import inviting
from lianfang.accounts.devices.enrolling import PhoneFacts, enrol
from lianfang.accounts.models import Newcomer
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.workforce.models import Worker
from lianfang.workforce.operations import accept_newcomer, refuse_newcomer, rest_newcomers
from lianfang.workforce.queries import choosable
from tests import world as cast

SHIFT_END = cast.TONIGHT + dt.timedelta(hours=9)


@pytest.fixture
def asking(world):
    with world.acting("邓永福"):
        village = world.areas["杨梅村"]
        shift = inviting.open_shift(area=village, works_until=SHIFT_END, giver=world.actor("邓永福"))
        enrol(code=shift.code, phone=PhoneFacts("x"), person={"name": "陈志强", "last4": "4821"}, address="")
        return Newcomer.objects.get().pk


def decide(world, asking, operation=accept_newcomer, by="邓永福"):
    with world.acting(by):
        return operation(newcomer_id=asking, giver=world.actor(by))


def names(world):
    return [worker.name for worker in choosable(world.areas["杨梅村"].path)]


@pytest.mark.parametrize("by", ["王小红", "瞿敏"])
def test_who_leads_nobody_accepts_nobody(world, asking, by):
    with pytest.raises(Problem, check=lambda problem: problem.code == "access.denied"):
        decide(world, asking, by=by)
    assert "陈志强" not in names(world)


def test_accepted_they_can_be_given_work_and_taken_back_they_cannot(world, asking):
    decide(world, asking)
    assert "陈志强" in names(world)
    decide(world, asking, refuse_newcomer)
    assert "陈志强" not in names(world)
    decide(world, asking)
    assert names(world).count("陈志强") == 1
    assert Worker.objects.filter(name="陈志强").count() == 1


def test_after_the_shift_they_stand_in_no_list_and_nobody_else_goes(world, asking):
    decide(world, asking)
    with clock.frozen(SHIFT_END - dt.timedelta(minutes=1)):
        assert rest_newcomers() == 0
    with clock.frozen(SHIFT_END):
        before = set(names(world))
        assert rest_newcomers() == 1
    assert before - set(names(world)) == {"陈志强"}
