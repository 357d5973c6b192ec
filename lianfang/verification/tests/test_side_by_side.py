"""Lists that are sorted at the same time, and people who work on them meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections

from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.register.tests.sheets_made import an_id
from lianfang.verification import jobs
from lianfang.verification.matching import parts
from lianfang.verification.models import PushedList, PushedRow
from lianfang.verification.operations import sending, sorting, taking
from lianfang.verification.rows import Checked
from lianfang.verification.tests.conftest import take_in
from tests import world as cast
from tests.world import TONIGHT, World

STRANGERS = [f"生人{n},,1380000000{n},武冈市司马冲镇杨梅村" for n in range(3)]


@pytest.fixture(name="world")
def a_county(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Committed: another connection sees nothing else. A part of a list has one row."""
    monkeypatch.setattr(parts, "AT_ONCE", 1)
    with clock.frozen(TONIGHT):
        yield cast.build()


def taken(world: World, number: str, *rows: str) -> PushedList:
    with scoped(world.scope("周敏")) as scope:
        return take_in(world, scope, number, *rows)


def sort(world: World, found: PushedList, told: Callable[[int], object] | None = None) -> None:
    with scoped(world.scope("周敏")) as scope:
        sorting.sort(list_id=found.pk, scope=scope, by=world.users["周敏"].pk, told=told)


def rows(world: World, found: PushedList) -> list[PushedRow]:
    with world.as_root():
        return list(PushedRow.objects.filter(list=found).order_by("row"))


class Beside:
    """What somebody does after the first row of a list was sorted, on a connection of their own."""

    def __init__(self, world: World, act: Callable[[Scope, int], object]) -> None:
        self.world, self.act = world, act
        self.faults: list[BaseException] = []
        self.thread = threading.Thread(target=self._run)
        self.had_to_wait = False

    def told(self, count: int) -> None:
        if count == 1:
            self.thread.start()
            self.thread.join(2)
            self.had_to_wait = self.thread.is_alive()

    def ended(self) -> None:
        self.thread.join(20)
        assert not self.thread.is_alive()
        assert self.faults == []

    def _run(self) -> None:
        try:
            with clock.frozen(TONIGHT), scoped(self.world.scope("周敏")) as scope:
                self.act(scope, self.world.users["周敏"].pk)
        except BaseException as fault:  # noqa: BLE001 - it is looked at in the other thread
            self.faults.append(fault)
        finally:
            connections.close_all()


def test_who_stands_on_two_lists_that_are_sorted_at_once_is_asked_once(world: World):
    first, second = taken(world, "0807-1", *STRANGERS), taken(world, "0807-2", STRANGERS[0])
    beside = Beside(world, lambda scope, by: sorting.sort(list_id=second.pk, scope=scope, by=by))
    sort(world, first, beside.told)
    beside.ended()
    assert beside.had_to_wait
    assert [row.bucket for row in rows(world, first)] == ["out"] * 3
    assert [(row.bucket, row.same_as_id) for row in rows(world, second)] == [
        ("doubled", rows(world, first)[0].pk)
    ]


def test_no_list_rests_on_a_row_that_a_second_sorting_made_anew(world: World):
    first, second = taken(world, "0807-1", *STRANGERS), taken(world, "0807-2", STRANGERS[0])
    sort(world, first)
    beside = Beside(world, lambda scope, by: sorting.sort(list_id=second.pk, scope=scope, by=by))
    sort(world, first, beside.told)
    beside.ended()
    assert [row.same_as_id for row in rows(world, second)] == [rows(world, first)[0].pk]


def test_what_somebody_places_while_a_list_is_matched_again_stays(world: World):
    found = taken(world, "0807-1", *(f"生人{n},,1380000000{n}," for n in range(3)))
    sort(world, found)
    target, village = rows(world, found)[2], world.areas["杨梅村"]
    beside = Beside(
        world, lambda scope, by: sending.place(row_id=target.pk, area=village, scope=scope, by=by)
    )
    sort(world, found, beside.told)
    beside.ended()
    assert not beside.had_to_wait
    assert [(row.pk == target.pk, row.placed_by) for row in rows(world, found)][2] == (True, "person")


def test_what_somebody_places_while_it_is_stored_again_waits_and_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    found = taken(world, "0807-1", *(f"生人{n},,1380000000{n}," for n in range(3)))
    sort(world, found)
    target, village = rows(world, found)[2], world.areas["杨梅村"]
    beside = Beside(
        world, lambda scope, by: sending.place(row_id=target.pk, area=village, scope=scope, by=by)
    )
    store = sorting._Storing.store

    def stored(self: sorting._Storing, part: list[Checked]) -> None:
        store(self, part)
        beside.told(self.count)

    monkeypatch.setattr(sorting._Storing, "store", stored)
    sort(world, found)
    beside.ended()
    assert beside.had_to_wait
    assert [(row.pk == target.pk, row.placed_by) for row in rows(world, found)][2] == (True, "person")


def choose(world: World, found: PushedList, **columns: str) -> None:
    """What the first columns are from now on."""
    sheets = {"list": dict(enumerate(columns.values()))}
    with scoped(world.scope("周敏")) as scope:
        taking.choose_columns(list_id=found.pk, sheets=sheets, scope=scope, by=world.users["周敏"].pk)


def test_a_second_sorting_takes_no_row_from_under_a_page(world: World):
    found = taken(world, "0807-1", *STRANGERS)
    sort(world, found)
    before = rows(world, found)
    choose(world, found, name="other")
    sort(world, found)
    assert [(row.pk, row.name) for row in rows(world, found)] == [(row.pk, "") for row in before]


def test_a_row_that_the_list_read_otherwise_has_no_more_goes(world: World, monkeypatch: pytest.MonkeyPatch):
    found = taken(world, "0807-1", *STRANGERS)
    sort(world, found)
    before = rows(world, found)
    read = sorting.rows_of
    monkeypatch.setattr(
        sorting, "rows_of", lambda path, chosen: (part[1:] for part in read(path, chosen=chosen))
    )
    sort(world, found)
    assert [row.pk for row in rows(world, found)] == [row.pk for row in before[1:]]


def test_a_small_list_that_has_to_wait_goes_to_the_worker_once_and_the_page_does_not_wait(world: World):
    first, second = taken(world, "0807-1", *STRANGERS), taken(world, "0807-2", STRANGERS[0])
    beside = Beside(
        world, lambda scope, by: jobs.ask_sort(list_id=second.pk, byte_count=100, scope=scope, by=by)
    )
    sort(world, first, beside.told)
    beside.ended()
    assert not beside.had_to_wait
    assert rows(world, second) == []
    with world.as_root():
        waiting = jobs.sorting(second.pk)
    assert waiting is not None
    assert waiting.state == "waiting"
    with scoped(world.scope("周敏")) as scope, pytest.raises(Problem) as refused:  # pressed again
        jobs.ask_sort(list_id=second.pk, byte_count=100, scope=scope, by=world.users["周敏"].pk)
    assert refused.value.code == "verification.sorting"


@pytest.mark.parametrize("at_once", [1, 5_000])
def test_one_phone_and_name_with_two_ids_is_two_people_wherever_a_part_ends(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
):
    """Father and daughter-in-law who have one name in two villages, and an agent's phone."""
    number = "生人一,{},13800000001,武冈市司马冲镇杨梅村"
    sort(world, taken(world, "0807-1", number.format(an_id(order=451))))
    monkeypatch.setattr(parts, "AT_ONCE", at_once)
    other = taken(world, "0807-2", number.format(an_id(order=453)), number.format(""))
    sort(world, other)
    assert [row.bucket for row in rows(world, other)] == ["out", "doubled"]
