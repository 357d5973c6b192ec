"""What is done to a list takes as many statements for many rows as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.core import clock
from lianfang.core.scope import Scope
from lianfang.register.models import Person
from lianfang.verification.models import Hop, PushedRow
from lianfang.verification.operations import answering, giving, returns, sending, sorting
from lianfang.verification.tests.conftest import Take, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
MANY = 60


@pytest.fixture(autouse=True)
def tonight() -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def statements(world: World, name: str, act: Callable[[Scope, int], object]) -> int:
    with world.acting(name) as scope, CaptureQueriesContext(connection) as seen:
        act(scope, world.users[name].pk)
    return len(seen)


def people(count: int, *, known: Person, village: str = "杨梅村") -> list[str]:
    """Somebody of the register, and so many more whom nobody knows, of one village; the last of all of no place."""
    strangers = [
        f"新来{chr(0x4E00 + count * 9 + n)},,137{count:04d}{n:04d},武冈市司马冲镇{village}"
        for n in range(count)
    ]
    return [row_of(known), *strangers, f"无处{count},,13600000000,"]


def whole_way(world: World, take: Take, known: Person, number: str, count: int) -> dict[str, int]:
    found = take(*people(count, known=known), number=number, is_sorted=False)
    acts: dict[str, Callable[[Scope, int], object]] = {
        "sort": lambda scope, by: sorting.sort(list_id=found.pk, scope=scope, by=by),
        "dispatch": lambda scope, by: sending.dispatch(list_id=found.pk, scope=scope, by=by),
        "interim": lambda scope, by: answering.answer_interim(list_id=found.pk, scope=scope, by=by),
        "return": lambda scope, by: returns.return_list(list_id=found.pk, scope=scope, by=by),
    }
    return {name: statements(world, "周敏", act) for name, act in acts.items()}


def test_a_list_of_many_rows_takes_the_statements_of_a_short_one(world: World, take: Take, yang: Person):
    take(row_of(yang), number="0807-0")  # whatever is read once is read
    short = whole_way(world, take, yang, "0807-1", 2)
    assert whole_way(world, take, yang, "0807-2", MANY) == short
    assert max(short.values()) <= 60, short


def test_two_hundred_rows_are_given_in_the_statements_of_one(world: World, take: Take, yang: Person):
    found = take(*people(giving.MOST, known=yang))
    with world.acting("周敏") as scope:
        sending.dispatch(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)
        village = world.areas["杨梅村"].path
        ids = list(PushedRow.objects.filter(scope.q(), area_path=village).values_list("pk", flat=True))
        hops = Hop.objects.count()
    worker = world.workers["王小红"].pk  # of a group below: each row takes a step

    def given(ids: list[int]) -> Callable[[Scope, int], object]:
        return lambda scope, by: giving.give_rows(row_ids=ids, worker_id=worker, scope=scope, by=by)

    assert len(ids) == giving.MOST
    one = statements(world, "邓永福", given(ids[:1]))
    assert statements(world, "邓永福", given(ids[1:])) == one <= 20
    with world.as_root():
        assert PushedRow.objects.filter(pk__in=ids, worker_id=worker).count() == len(ids)
        assert Hop.objects.count() == hops + len(ids)
