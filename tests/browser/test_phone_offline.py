"""A worker's phone without a network, ended, wiped, full, with two tabs: nothing is lost, and nothing is told wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lianfang.accounts.devices.operations import revoke
from lianfang.accounts.devices.rules import gap_of
from lianfang.accounts.models import Device
from lianfang.campaigns.models import Target, Visit
from lianfang.core import clock
from lianfang.intake.models import Operation
from lianfang.intake.operations import set_aside
from tests.browser.phones import PIN, Phone
from tests.browser.serving import Desk, chromium, desk
from tests.world import TONIGHT, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
WORKER = "王小红"
SMALL = {"viewport": {"width": 360, "height": 640}, "locale": "zh-CN"}


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    world.campaign()
    with desk(world) as running:
        yield running


@pytest.fixture
def phone(served: Desk) -> Iterator[Phone]:
    context = served.browser.new_context(**SMALL)
    made = Phone(served, context)
    made.device = made.enrol(WORKER)
    made.doors = made.do("return [...field.doors.keys()]")
    made.do("await field.sync()")
    yield made
    assert made.faults == []
    context.close()


def visits(phone: Phone) -> int:
    with phone.desk.world.as_root():
        return Visit.objects.count()


def test_recorded_offline_killed_reopened_and_confirmed(phone: Phone):
    """The app itself comes from the phone too: there is no network when it is opened again."""
    phone.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    door = phone.doors[0]
    phone.context.set_offline(True)
    made = phone.visit(door)
    phone.kill()

    phone.open()
    assert phone.do("return [field.phase, field.doors.size]") == ["locked", 0]
    assert phone.unlock("111111") == {"ok": False, "left": 4}
    assert phone.unlock()["ok"]
    assert phone.counts() == {"confirmed": 0, "waiting": 1, "refused": 0}
    assert phone.do("return field.ops('waiting').map(op => op.op_id)") == [made["op_id"]]
    assert phone.do("return field.doors.get(given).status", door) == "waiting"
    assert phone.do("return field.doors.size") == len(phone.doors)
    assert visits(phone) == 0

    phone.context.set_offline(False)
    phone.until("field.counts.confirmed === 1 && !field.syncing")
    assert phone.counts() == {"confirmed": 1, "waiting": 0, "refused": 0}
    assert visits(phone) == 1


def test_a_visit_of_everybody_closes_the_door_at_the_county_and_here(phone: Phone):
    world, door = phone.desk.world, phone.doors[0]
    people = phone.do("return field.doors.get(given).door.people.map(one => one.id)", door)
    phone.visit(door, lines=[{"person": one, "presence": "seen"} for one in people])
    phone.until("field.counts.confirmed === 1 && !field.syncing")
    with world.as_root():
        states = set(Target.objects.filter(household_id=door).values_list("state", flat=True))
    here = phone.do("return field.doors.get(given).door.targets.map(one => one.state)", door)
    assert set(here) == states


def test_nothing_readable_lies_on_the_phone(phone: Phone):
    door = phone.do("return JSON.parse(JSON.stringify([...field.doors.values()][0].door))")
    phone.visit(phone.doors[0], note="家里有人在发烧")
    lying = phone.page.evaluate(DUMP)
    assert len(lying) > 2000
    for said in (door["head"], door["label"], "家里有人在发烧", WORKER, "household"):
        assert said not in lying
    assert "wrapped" in lying  # it is the store that was read


def test_five_wrong_pins_wipe_what_was_synced_and_keep_what_was_not_sealed(phone: Phone):
    phone.context.set_offline(True)
    phone.visit(phone.doors[0])
    phone.do("field.lock()")
    left = [phone.unlock("000000")["left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert phone.do("return [field.phase, field.doors.size, field.head]") == ["wiped", 0, None]
    assert phone.unlock(PIN) == {"ok": False, "left": 0}
    counts = phone.page.evaluate(STORES)
    assert {name: counts[name] for name in ("doors", "sealed", "ops", "receipts")} == dict.fromkeys(
        ("doors", "sealed", "ops", "receipts"), 0
    )
    assert counts["envelopes"] == 1
    header, envelope = phone.do("return (await field.handover_file()).text()").splitlines()
    assert json.loads(header)["count"] == 1
    assert set(json.loads(envelope)) == {"v", "key", "device", "epk", "iv", "ct"}
    phone.kill()
    phone.open()
    assert phone.do("return [field.phase, field.counts.waiting]") == ["wiped", 1]


def test_what_was_sealed_before_the_wipe_is_filed_without_a_key(phone: Phone):
    """The phone sends its envelopes by itself, once there is a network; nobody unlocks it any more."""
    phone.context.set_offline(True)
    phone.visit(phone.doors[0])
    phone.do("field.lock()")
    for _ in range(5):
        phone.unlock("000000")
    phone.context.set_offline(False)
    phone.until("field.phase === 'wiped' && field.counts.waiting === 0", 60_000)
    assert visits(phone) == 1


def test_the_browser_drops_the_store_and_the_server_shows_the_gap(phone: Phone):
    """Of two operations one has come, with word of both, when the browser throws everything away."""
    phone.context.set_offline(True)
    op = phone.visit(phone.doors[0])
    photo = {"visit": op["op_id"], "media_type": "image/jpeg", "data": "A" * 40_000}
    phone.do("await field.record({kind: 'photo', body: given})", photo)
    phone.context.route(
        "**/api/v1/sync/push",
        lambda route: (
            route.abort() if route.request.post_data_json["ops"][0]["kind"] == "photo" else route.continue_()
        ),
    )
    phone.page.evaluate("() => { delete window.CompressionStream }")  # that the test may read what is sent
    phone.context.set_offline(False)
    phone.until("field.counts.confirmed === 1 && field.trouble !== null")
    phone.page.evaluate("() => { indexedDB.deleteDatabase('lianfang') }")
    phone.until("field.phase === 'invited'")  # the running page has noticed and begun afresh
    phone.kill()
    phone.open()
    assert phone.do("return field.phase") == "invited"
    device = Device.objects.get(pk=phone.device.pk)
    assert gap_of(device) == 1


def test_no_room_left_is_said_and_nothing_is_half_written(served: Desk):
    context = served.browser.new_context(**SMALL)
    page = context.new_page()
    page.goto(f"{served.url}/phone/icon.svg")
    client = context.new_cdp_session(page)
    client.send("Storage.overrideQuotaForOrigin", {"origin": served.url, "quotaSize": 3_000_000})
    phone = Phone(served, context)
    phone.enrol(WORKER)
    phone.context.set_offline(True)
    photo = {
        "visit": "00000000-0000-4000-8000-000000000000",
        "media_type": "image/jpeg",
        "data": "A" * 200_000,
    }
    script = """
        for (let at = 0; at < 20; at += 1) {
            try { await field.record({kind: 'photo', body: given}); } catch (error) { return error.code; }
        }
        return 'all taken';
    """
    assert phone.do(script, photo) == "storage_full"
    stores = phone.page.evaluate(STORES)
    waiting = phone.counts()["waiting"]
    assert 0 < waiting < 20
    assert stores["ops"] == stores["envelopes"] == waiting
    phone.kill()
    phone.open()
    phone.unlock()
    assert sorted(phone.do("return field.ops('waiting').map(op => op.seq)")) == list(range(1, waiting + 1))
    phone.context.set_offline(False)  # and what is full becomes empty again
    phone.until("field.counts.waiting === 0 && !field.syncing", 60_000)
    context.close()


def test_two_tabs_share_one_outbox_and_send_each_operation_once(phone: Phone):
    first = phone.page
    phone.context.set_offline(True)
    phone.visit(phone.doors[0])
    second = phone.open()
    phone.unlock()
    assert phone.counts()["waiting"] == 1
    phone.visit(phone.doors[1])
    phone.page = first
    phone.until("field.counts.waiting === 2")
    numbers = phone.do("return field.ops('waiting').map(op => op.seq)")
    assert sorted(numbers) == [1, 2]
    pushed: list[dict] = []
    phone.context.on("request", lambda request: pushed.append(request) if "push" in request.url else None)
    phone.context.set_offline(False)
    for phone.page in (first, second):
        phone.do("void field.sync()")
    for phone.page in (first, second):
        phone.until("field.counts.confirmed === 2 && !field.syncing")
    assert visits(phone) == 2
    assert len(pushed) == 1


def test_a_clock_that_was_set_back_is_put_right(phone: Phone):
    """Three hours wrong from the start of the day: what is filed stands at the true time."""
    phone.kill()
    phone.context.add_init_script("const now = Date.now; Date.now = () => now() - 3 * 3600 * 1000;")
    phone.open()
    phone.unlock()
    phone.visit(phone.doors[0])
    phone.until("field.counts.confirmed === 1 && !field.syncing")
    with phone.desk.world.as_root():
        filed = Visit.objects.get()
    assert abs((filed.happened_at - filed.received_at).total_seconds()) < 120


def test_a_phone_that_was_revoked_sends_what_it_has_and_forgets(phone: Phone):
    world = phone.desk.world
    phone.context.set_offline(True)
    phone.visit(phone.doors[0])
    with clock.frozen(TONIGHT):
        actor = world.actor("周敏")
        revoke(device_id=phone.device.pk, reason="丢失", scope=actor.scope_for(), by=actor.id)
    phone.context.set_offline(False)
    phone.until("field.phase === 'revoked'")
    assert phone.do("return [field.doors.size, field.head, field.counts.waiting]") == [0, None, 0]
    assert phone.page.evaluate(STORES)["doors"] == 0
    assert phone.do("return field.ending.code") == "devices.revoked"
    # Nobody can say that it was done before: somebody has to look. That is seen here, and what they say, too.
    phone.until("field.fates && field.fates.waiting === 1")
    phone.page.wait_for_selector("text=在等人看")
    with world.acting("邓永福") as scope:
        (waiting,) = Operation.objects.filter(status="quarantined")
        set_aside(op_id=waiting.pk, reason="没有去过", scope=scope, by=world.users["邓永福"].pk)
    phone.do("await field.sync()")
    phone.until("field.fates.waiting === 0 && field.fates.given_back === 1")
    phone.page.wait_for_selector("text=没认")
    assert "没有去过" not in phone.page.content()
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


STORES = """async () => {
    const open = indexedDB.open('lianfang');
    await new Promise(done => { open.onsuccess = done });
    const found = {};
    for (const name of open.result.objectStoreNames) {
        const count = open.result.transaction(name).objectStore(name).count();
        await new Promise(done => { count.onsuccess = done });
        found[name] = count.result;
    }
    open.result.close();
    return found;
}"""
DUMP = """async () => {
    const open = indexedDB.open('lianfang');
    await new Promise(done => { open.onsuccess = done });
    const text = value => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
        ? new TextDecoder().decode(value) : value instanceof CryptoKey ? `key ${value.extractable}` : value;
    const found = [];
    for (const name of open.result.objectStoreNames) {
        const all = open.result.transaction(name).objectStore(name).getAll();
        await new Promise(done => { all.onsuccess = done });
        found.push(JSON.stringify(all.result, (key, value) => text(value)));
    }
    open.result.close();
    return found.join('\\n');
}"""
