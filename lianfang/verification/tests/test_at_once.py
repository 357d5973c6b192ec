"""Two people at the same moment, in real transactions: nothing twice, nobody waits in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, opened
from lianfang.register.models import Person
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import Answer, AnswerCode, Hop, PushedList, PushedRow, Return
from lianfang.verification.operations import answering, returns, sending, sorting
from lianfang.verification.tests.conftest import row_of, take_in
from tests.world import TONIGHT, World, build

ROUNDS = 5  # of a race that is lost only sometimes


@pytest.fixture
def county(committed_db: str) -> World:
    world = build()
    with clock.frozen(TONIGHT), world.as_root():
        person = world.people("杨梅村/1组/1")[0]
        person.id_number, person.phone = "430581198005010019", "13907390001"
        person.save(update_fields=["id_number", "phone"])
        refresh_tokens([person.pk])
    return world


def person_of(world: World) -> Person:
    with world.as_root():
        return world.people("杨梅村/1组/1")[0]


def both(world: World, *acts: tuple[str, Callable[[Scope, int], object]]) -> list[str]:
    """Each of these people does this, all at once. Returns the codes of what was refused; anything else is a fault."""
    refused: list[str] = []
    faults: list[BaseException] = []
    ready = threading.Barrier(len(acts))

    def client(name: str, act: Callable[[Scope, int], object]) -> None:
        try:
            scope = world.scope(name)
            ready.wait()
            with clock.frozen(TONIGHT), opened(scope):  # a thread has a clock of its own
                act(scope, world.users[name].pk)
        except Problem as problem:
            refused.append(problem.code)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return refused


def taken(world: World, number: str, *rows: str) -> Callable[[Scope, int], PushedList]:
    return lambda scope, _by: take_in(world, scope, number, *rows)


def out(world: World, number: str, *rows: str) -> int:
    with world.acting("周敏") as scope:
        by = world.users["周敏"].pk
        found = taken(world, number, *rows)(scope, by)
        sorting.sort(list_id=found.pk, scope=scope, by=by)
        sending.dispatch(list_id=found.pk, scope=scope, by=by)
    return found.pk


def test_a_list_that_two_take_in_at_once_is_there_once_and_the_other_hears_of_it(county: World):
    for n in range(ROUNDS):
        take = taken(county, f"0807-{n}", "不在册,,13700000000,")
        assert both(county, ("周敏", take), ("刘志远", take)) == ["verification.number_taken"]
    assert PushedList.objects.count() == ROUNDS


def test_a_list_that_two_send_at_once_goes_down_once(county: World):
    with county.acting("周敏") as scope:
        by = county.users["周敏"].pk
        found = taken(county, "0807-1", row_of(person_of(county)))(scope, by)
        sorting.sort(list_id=found.pk, scope=scope, by=by)

    def send(scope: Scope, by: int) -> object:
        return sending.dispatch(list_id=found.pk, scope=scope, by=by)

    assert both(county, ("周敏", send), ("刘志远", send)) == []
    with county.as_root():
        assert Hop.objects.count() == 3  # township, village, group


def test_two_who_answer_for_one_person_on_two_lists_do_not_wait_for_each_other_for_ever(county: World):
    said = row_of(person_of(county))
    for n in range(ROUNDS):
        first, second = out(county, f"{n}-1", said), out(county, f"{n}-2", said)
        with county.as_root():  # on both lists to be asked, as when they were taken in by two sittings
            PushedRow.objects.filter(list_id__in=(first, second)).update(
                state="out", answer="", answer_id=None, area_path=county.areas["杨梅村/1组"].path
            )
            ids = dict(PushedRow.objects.filter(list_id__in=(first, second)).values_list("list_id", "pk"))

        def answer(list_id: int, ids: dict[int, int] = ids) -> Callable[[Scope, int], object]:
            told = answering.Said(AnswerCode.NOT_HERE, present_place=f"长沙{list_id}")
            return lambda scope, by: answering.answer(row_id=ids[list_id], said=told, scope=scope, by=by)

        assert both(county, ("王小红", answer(first)), ("邓永福", answer(second))) == []
        with county.as_root():
            states = PushedRow.objects.filter(pk__in=ids.values()).values_list("state", flat=True)
            assert set(states) == {"answered"}


def test_an_answer_that_is_sent_twice_at_once_is_one_answer(county: World):
    list_id = out(county, "0807-1", row_of(person_of(county)))
    with county.as_root():
        row = PushedRow.objects.get(list_id=list_id)

    def answer(scope: Scope, by: int) -> object:
        return answering.answer(row_id=row.pk, said=answering.Said(AnswerCode.CONTROLLED), scope=scope, by=by)

    assert both(county, *[("王小红", answer)] * 3) == []
    with county.as_root():
        assert Answer.objects.filter(row=row).count() == 1


def test_one_of_two_rings(county: World):
    list_id = out(county, "0807-1", row_of(person_of(county)))
    with county.as_root():
        row = PushedRow.objects.get(list_id=list_id)

    def claim(scope: Scope, by: int) -> object:
        return answering.claim(row_id=row.pk, scope=scope, by=by)

    assert both(county, ("王小红", claim), ("邓永福", claim)) == ["verification.taken"]


def test_two_returns_at_once_have_two_numbers(county: World):
    list_id = out(county, "0807-1", row_of(person_of(county)))

    def give_back(scope: Scope, by: int) -> object:
        answering.answer_interim(list_id=list_id, scope=scope, by=by)
        return returns.return_list(list_id=list_id, scope=scope, by=by)

    assert both(county, ("周敏", give_back), ("刘志远", give_back)) == []
    assert sorted(Return.objects.values_list("number", flat=True)) == [1, 2]
