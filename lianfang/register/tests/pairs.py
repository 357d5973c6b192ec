"""Rows that are one person twice, for the tests of doubles and merges."""

import datetime as dt

import pytest

from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.register.doubles import finding
from lianfang.register.models import Double, Person
from lianfang.register.rules import check_digit
from lianfang.register.tokens import refresh_tokens
from tests.world import TONIGHT

HERE, THERE, FAR = "杨梅村/1组/1", "杨梅村/2组/1", "泉塘村/1组/1"


@pytest.fixture(name="birthdays", autouse=True)
def own_birthdays(world):
    spread_birthdays(world)


def spread_birthdays(world):
    """In the world of the tests many were born on one day, as in no county."""
    with world.as_root():
        for n, person in enumerate(Person.objects.order_by("id")):
            person.birth_on += dt.timedelta(days=41 * n)
            person.save(update_fields=["birth_on"])


def problem(code):
    return pytest.raises(Problem, check=lambda found: found.code == code)


def an_id(first_17):
    return first_17 + check_digit(first_17)


def copy_of(world, person, household, **changed):
    """The same person once more, at another door, as a second sheet would bring them."""
    home = world.households[household]
    values = {
        f.attname: getattr(person, f.attname) for f in Person._meta.concrete_fields if f.attname != "id"
    }
    made = Person(
        **{**values, "household_id": home.pk, "area_path": home.area_path, "reference": "", **changed}
    )
    made.save()
    refresh_tokens([made.pk])
    return made


@pytest.fixture(name="pair")
def pair_of_a_village(world):
    """易国强 of 1组, and again in 2组 of the same village, without an id and with one character misheard."""
    with world.as_root():
        one = world.people(HERE)[0]
        one.id_number, one.phone = an_id("43058119800501451"), "13807392076"
        one.save()
        refresh_tokens([one.pk])
        other = copy_of(world, one, THERE, id_number=None, name=one.name[:2] + "墙")
    return one, other


@pytest.fixture(name="far_pair")
def pair_of_two_villages(world):
    with world.as_root():
        one = world.people(HERE)[0]
        one.id_number, one.phone = an_id("43058119800501451"), "13807392076"
        one.save()
        refresh_tokens([one.pk])
        return one, copy_of(world, one, FAR)


def find(world, *people):
    with clock.frozen(TONIGHT):
        finding.find_for(person_ids=[p.pk for p in people], by=None)
    with world.as_root() as scope:
        return list(Double.objects.filter(scope.q()).order_by("pk"))
