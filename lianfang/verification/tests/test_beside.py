"""A list of ten thousands of rows: a second process finds whom this one would, and its death costs nothing."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from lianfang.register.tests.pairs import an_id
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.matching import match
from lianfang.verification.matching.beside import LARGE, helped
from lianfang.verification.matching.matching import _elsewhere
from lianfang.verification.rows import ListRow, Match, Verdict
from tests import world as cast

NUMBER = an_id("43058119870312451")


@pytest.fixture(name="world")
def a_county(committed_db, monkeypatch):
    """Committed: another process sees nothing else."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")
    world = cast.build()
    with world.as_root():
        one = world.people("杨梅村/1组/1")[0]
        one.name, one.id_number = "易国强", NUMBER
        one.birth_on, one.sex, one.initials = dt.date(1987, 3, 12), "male", "ygq"
        one.save()
        refresh_tokens([one.pk])
    world.one = one
    return world


def not_here(rows: list[ListRow]) -> list[Match]:
    raise AssertionError("matched in this process")


def dies(rows: list[ListRow]) -> list[Match]:
    os._exit(1)


ROWS = [ListRow("名单", 2, name="易国强", id_number=NUMBER), ListRow("名单", 3, name="郝新来")]


def test_it_finds_whom_this_process_finds(world):
    county = world.areas["武冈市"]
    with helped(LARGE, not_here, _elsewhere, county, None) as one:
        found = one(ROWS)
    assert found == match(ROWS, county=county)
    assert [each.verdict for each in found] == [Verdict.SAME, Verdict.UNKNOWN]


def test_where_it_dies_this_process_goes_on(world):
    with helped(LARGE, lambda rows: ["here"], dies) as one:
        assert one(ROWS) == ["here"]
        assert one(ROWS) == ["here"]


def test_a_small_list_starts_none(world):
    with helped(LARGE - 1, not_here, dies) as one:
        assert one is not_here
