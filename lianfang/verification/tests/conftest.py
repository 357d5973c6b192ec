"""A list of the county, made as small as a test needs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lianfang.core import clock
from lianfang.core.scope import Scope
from lianfang.register.models import Person
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import PushedList, PushedRow
from lianfang.verification.operations import sending, sorting, taking
from tests.world import TONIGHT, World

HEADER = "姓名,身份证号,手机号,住址"
Take = Callable[..., PushedList]
Send = Callable[..., list[PushedRow]]


def take_in(world: World, scope: Scope, number: str, *rows: str) -> PushedList:
    """Rows `name,id,phone,address`, as the data officer takes them in."""
    return taking.take_in(
        content="\n".join((HEADER, *rows)).encode(),
        name="名单.csv",
        sent=taking.Sent(title="同车人员", number=number, sender="省专班", received_at=TONIGHT),
        emergency_id=world.emergency.pk,
        county=world.areas["武冈市"],
        scope=scope,
        by=world.users["周敏"].pk,
    )


@pytest.fixture
def take(world: World) -> Take:
    """Take in rows `name,id,phone,address` as the data officer, and sort them."""

    def taken(*rows: str, number: str = "0807-1", is_sorted: bool = True) -> PushedList:
        with world.acting("周敏") as scope:
            found = take_in(world, scope, number, *rows)
            by = world.users["周敏"].pk
            return sorting.sort(list_id=found.pk, scope=scope, by=by) if is_sorted else found

    return taken


@pytest.fixture
def send(world: World, take: Take) -> Send:
    """The same, and sent down; their rows in order."""

    def sent(*rows: str) -> list[PushedRow]:
        found = take(*rows)
        with world.acting("周敏") as scope:
            sending.dispatch(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)
            return list(PushedRow.objects.filter(scope.q(), list=found).order_by("row"))

    return sent


@pytest.fixture
def yang(world: World) -> Person:
    """Somebody of 杨梅村 with a whole id and a phone."""
    with clock.frozen(TONIGHT), world.as_root():
        person = world.people("杨梅村/1组/1")[0]
        person.id_number, person.phone = "430581198005010019", "13907390001"
        person.save(update_fields=["id_number", "phone"])
        refresh_tokens([person.pk])
        person.refresh_from_db()
        return person


def row_of(person: Person) -> str:
    return f"{person.name},{person.id_number},{person.phone},武冈市司马冲镇杨梅村"
