"""What tests of dated events share: a household, a day, and what happens to them."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest

from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.register import life
from lianfang.register.life import Told
from lianfang.register.lived import life_of_household
from lianfang.register.models import Person

HOME, NEXT, FAR = "杨梅村/1组/1", "杨梅村/1组/2", "田心村/1组/1"
DAY = dt.date(2026, 8, 5)
TODAY = dt.date(2026, 8, 7)


def told(day=DAY, note=""):
    return Told(new_id(), day, note)


def home(world, name=HOME):
    return world.households[name]


def at(world, name=HOME):
    """Names of the current members."""
    with world.as_root():
        return list(
            Person.objects.filter(household=home(world, name), is_current=True)
            .order_by("pk")
            .values_list("name", flat=True)
        )


def lines(scope, household):
    return life_of_household(scope, household, [], None).lines


def who(world, number, name=HOME):
    with world.as_root():
        return list(Person.objects.filter(household=home(world, name)).order_by("pk"))[number]


@contextmanager
def refused(code):
    with pytest.raises(Problem) as problem:
        yield
    assert problem.value.code == code


def act(world, name, operation, **given):
    with world.acting(name) as scope:
        return operation(scope=scope, by=world.users[name].pk, **given)


def out(world, numbers, whereto, name="邓永福", day=DAY, **more):
    people = [who(world, number).pk for number in numbers]
    return act(
        world,
        name,
        life.move_out,
        household_id=home(world).pk,
        person_ids=people,
        whereto=whereto,
        told=told(day),
        **more,
    )
