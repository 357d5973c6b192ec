"""Two phones with one code, two leads with one newcomer, at the same instant: still one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lianfang.accounts.devices import enrolling, inviting
from lianfang.accounts.devices.enrolling import PhoneFacts
from lianfang.accounts.models import Device, Grant, Newcomer, User
from lianfang.core import clock
from lianfang.core.problems import Problem
from tests import world as cast

AT_ONCE = 6
SHIFT_END = cast.TONIGHT + cast.dt.timedelta(hours=9)


@pytest.fixture
def world(committed_db):
    return cast.build()


def at_once(call):
    """What each of six threads got: a result, or the code of a refusal."""

    def tried(number):
        try:
            with clock.frozen(cast.TONIGHT):
                return call(number)
        except Problem as problem:
            return problem.code
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(tried, range(AT_ONCE)))


def enrol(code, person=None):
    return enrolling.enrol(code=code, phone=PhoneFacts("x"), person=person, address="10.1.1.1")


def test_one_code_scanned_by_six_phones_at_once_makes_one_device(world):
    with world.acting("邓永福"):
        code = inviting.invite(user=world.users["王小红"], giver=world.actor("邓永福")).code
    got = at_once(lambda _number: enrol(code))
    assert (
        sorted(one if isinstance(one, str) else "device" for one in got)
        == ["device"] + ["devices.used_code"] * 5
    )
    assert Device.objects.count() == 1


def test_one_ticket_redeemed_six_times_at_once_makes_one_device(world):
    ticket = asked(world)
    accept(world)
    got = at_once(lambda _number: enrolling.redeem_ticket(ticket=ticket, address="10.1.1.1"))
    assert sum(not isinstance(one, str) for one in got) == 1
    assert Device.objects.count() == 1


def test_the_same_person_accepted_from_six_requests_at_once_has_one_account(world):
    for _number in range(AT_ONCE):
        asked(world)
    before = User.objects.count()
    with world.as_root():
        ids = list(Newcomer.objects.order_by("pk").values_list("pk", flat=True))

    def admitted(number):
        with world.acting("邓永福"):
            return inviting.admit(newcomer_id=ids[number], giver=world.actor("邓永福")).user_id

    assert len(set(at_once(admitted))) == 1
    assert User.objects.count() == before + 1
    assert Grant.objects.filter(title="临时支援", ends_at=SHIFT_END).count() == 1


def asked(world):
    with world.acting("邓永福"):
        village = world.areas["杨梅村"]
        shift = inviting.open_shift(area=village, works_until=SHIFT_END, giver=world.actor("邓永福"))
    with clock.frozen(cast.TONIGHT):
        return enrol(shift.code, {"name": "陈志强", "last4": "4821"}).ticket


def accept(world):
    with world.acting("邓永福"):
        inviting.admit(newcomer_id=Newcomer.objects.get().pk, giver=world.actor("邓永福"))
