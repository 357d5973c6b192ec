"""A list of ten thousands of rows: a second process finds whom this one would, and its death costs nothing."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lianfang.core.problems import Problem
from lianfang.register.tests.pairs import an_id
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.matching import beside, helper_of, match_parts, parts
from lianfang.verification.matching.beside import LARGE, Beside
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


def dies(rows: list[ListRow]) -> list[Match]:
    os._exit(1)


def counted(rows: list[ListRow], matches: list[Match], places: object) -> list[tuple[int, int, Verdict]]:
    """In which process a row was matched."""
    return [(os.getpid(), row.row, match.verdict) for row, match in zip(rows, matches, strict=True)]


ROWS = [ListRow("名单", 2, name="易国强", id_number=NUMBER), ListRow("名单", 3, name="郝新来")]
VERDICTS = [Verdict.SAME, Verdict.UNKNOWN]


def all_of(parts):
    return [each for _rows, found in parts for each in found]


def test_a_small_list_starts_none(world):
    with helper_of(LARGE - 1, world.areas["武冈市"], None) as helper:
        assert helper is None


def test_one_list_is_matched_by_two_processes_and_stays_in_its_order(world, monkeypatch):
    monkeypatch.setattr(parts, "AT_ONCE", 2)
    county, rows = world.areas["武冈市"], [replace(ROWS[n % 2], row=n) for n in range(2, 42)]
    with helper_of(LARGE, county, None) as helper:
        helper.submit(os.getpid).result()  # it stands ready
        found = all_of(match_parts(counted, [rows], county=county, helper=helper))
    assert [(row, verdict) for _pid, row, verdict in found] == [(n, VERDICTS[n % 2]) for n in range(2, 42)]
    assert len({pid for pid, _row, _verdict in found}) == 2


def test_where_none_can_be_started_this_process_does_it_all(world, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *fault):
            return None

        def submit(self, *work):
            raise BlockingIOError("the machine has no room for another process")

    monkeypatch.setattr(beside, "second_process", Full)
    with helper_of(LARGE, world.areas["武冈市"], None) as helper:
        assert helper is None


ASKS = """
import os, signal, time
import lianfang.core.second_process as it
from django.db import connection
import django
django.setup()
with it.second_process() as helper:
    print(helper.submit(os.getpid).result(), flush=True)
    helper.submit(time.sleep, 120)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_the_process_that_asked_for_it():
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "lianfang.config.settings"}
    # Read to its end: the pipe stays open as long as one of the two is there.
    done = subprocess.run(
        [sys.executable, "-c", ASKS], env=env, stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.strip().isdigit()


def test_where_it_dies_this_process_goes_on(world):
    with helper_of(LARGE, world.areas["武冈市"], None) as helper:
        one = Beside(helper, lambda rows: ["here"], dies)
        assert one(ROWS) == ["here"]
        assert one(ROWS) == ["here"]


def test_a_list_that_cannot_be_read_to_its_end_leaves_no_thread_behind(world, monkeypatch):
    monkeypatch.setattr(parts, "AT_ONCE", 1)

    def broken() -> Iterator[list[ListRow]]:
        yield ROWS
        yield ROWS
        raise Problem("register.file_unreadable")

    before = threading.active_count()
    with pytest.raises(Problem) as refused:
        all_of(match_parts(counted, broken(), county=world.areas["武冈市"]))
    assert refused.value.code == "register.file_unreadable"
    assert threading.active_count() == before
