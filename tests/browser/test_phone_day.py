"""A whole day on one phone: five hundred households fetched over a village's line, answered without a network, the phone
switched off in between, and all of it received."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lianfang.accounts.devices.inviting import invite
from lianfang.campaigns.models import Target, Visit
from lianfang.core import clock
from lianfang.register.models import Door, Household, Person
from tests.browser.phones import PIN, Phone
from tests.browser.serving import Desk, chromium, desk
from tests.world import TONIGHT, World, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
GRID = "杨梅村/1组"
HOUSEHOLDS, PEOPLE = 500, 3
LINE = {
    "offline": False,
    "latency": 80,
    "downloadThroughput": 125_000,
    "uploadThroughput": 125_000,
}  # 1 Mbit/s
MOST_FIRST_SECONDS, MOST_USUAL_BYTES = 30, 50_000


def fill(world: World) -> None:
    """The grid of one worker, as full as a phone has to hold it."""
    area = world.areas[GRID]
    with world.as_root():
        missing = HOUSEHOLDS - Household.objects.filter(area_path=area.path).count()
        doors = Door.objects.bulk_create(
            Door(area=area, area_path=area.path, label=f"{100 + at}号", walk_order=100 + at)
            for at in range(missing)
        )
        homes = Household.objects.bulk_create(
            Household(door=door, area_path=area.path, head_name=f"户主{at}") for at, door in enumerate(doors)
        )
        Person.objects.bulk_create(
            Person(
                household=home,
                area_path=area.path,
                name=f"村民{at}之{each}",
                relation="head" if not each else "other",
            )
            for at, home in enumerate(homes)
            for each in range(PEOPLE)
        )


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    fill(world)
    world.campaign()
    with desk(world) as running:
        yield running


def test_five_hundred_households_without_a_network(served: Desk):
    context = served.browser.new_context(viewport={"width": 360, "height": 640}, locale="zh-CN")
    phone = Phone(served, context)
    with clock.frozen(TONIGHT):
        code = invite(user=served.world.users["王小红"], giver=served.world.actor("周敏")).code
    phone.page.close()
    phone.open(f"#i={code}")
    line = context.new_cdp_session(phone.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    started = time.monotonic()
    phone.do("await field.enrol(field.invitation); await field.set_pin(given)", PIN)
    phone.until(f"field.doors.size === {HOUSEHOLDS}", timeout=60_000)
    first = time.monotonic() - started
    line.send(
        "Network.emulateNetworkConditions",
        {**LINE, "downloadThroughput": -1, "uploadThroughput": -1, "latency": 0},
    )
    assert phone.do("return field.doors.size") == HOUSEHOLDS
    assert first < MOST_FIRST_SECONDS

    phone.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    context.set_offline(True)
    phone.do(
        """for (const {door} of [...field.doors.values()]) {
             const lines = door.people.map(one => ({person: one.id, presence: 'seen'}));
             const body = {household: door.id, channel: 'door', outcome: 'met', lines, answers: {returned_count: 0}};
             await field.record({kind: 'visit', body, door: door.id});
           }"""
    )
    phone.kill()
    phone.open()
    phone.unlock()
    phone.until("field.phase === 'open'")
    assert phone.counts() == {"confirmed": 0, "waiting": HOUSEHOLDS, "refused": 0}
    began = time.monotonic()
    context.set_offline(False)
    phone.until(f"field.counts.confirmed === {HOUSEHOLDS} && !field.syncing", timeout=90_000)
    print(f"first sync {first:.1f} s, {HOUSEHOLDS} visits received after {time.monotonic() - began:.1f} s")
    with served.world.as_root():
        assert Visit.objects.count() == HOUSEHOLDS
        assert (
            Target.objects.filter(state="done", area_path=served.world.areas[GRID].path).count() >= HOUSEHOLDS
        )

    door = phone.do("return [...field.doors.keys()][0]")
    with (
        phone.page.expect_response(lambda answer: "/sync/push" in answer.url) as push,
        phone.page.expect_response(lambda answer: "/sync/pull" in answer.url) as pull,
    ):
        phone.visit(door)
    phone.until(f"field.counts.confirmed === {HOUSEHOLDS + 1} && !field.syncing")
    assert len(push.value.body()) + len(pull.value.body()) < MOST_USUAL_BYTES
    assert phone.faults == []
    context.close()
