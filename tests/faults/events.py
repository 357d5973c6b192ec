"""What can happen, as data: a name, how often, what is drawn for it, and what it does to the world.

A history is a list of such events with small numbers. Numbers are read modulo what is there, so that every history
stays one when events are dropped from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from lianfang.sync import rules
from tests.faults.outbox import PATIENCE
from tests.faults.phone import Phone
from tests.faults.server import BEGIN, Answer, Server

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400
WAITS = (1, 5, 20, 59, 61, 5 * MINUTE, HOUR, 3 * HOUR, DAY, 7 * DAY)
ERRORS = (0, 0, 30, -90, 5 * MINUTE, -HOUR, 3 * HOUR, -3 * HOUR, -DAY, DAY, -30 * DAY, -400 * DAY)
DOORS, VALUES = 4, 4
PHONES = 3
STRANGE = (
    "whole",
    "single",
    "later",
)  # what the server cannot read yet: 400, no receipt, a status of tomorrow


@dataclass
class World:
    server: Server
    phones: list[Phone]
    time: int = HOUR
    made: int = 0

    def __post_init__(self) -> None:
        self.truth: dict[str, dict[str, Any]] = {}  # every operation of which a worker was told "stored"
        self.air: list[dict[str, Any]] = []  # requests on their way
        self.past: list[dict[str, Any]] = []  # requests once sent, that may come once more, or late
        self.answers: list[tuple[dict[str, Any], Answer]] = []
        self.files: list[dict[str, Any]] = []  # handed over
        self.heard: dict[int, int] = {}  # of each installation: the highest number that any contact told
        self.dropped: set[str] = set()  # operations that were on a phone when it lost everything
        self.read: set[str] = set()  # given back, and the worker has seen why
        self.told: list[int] = []  # installations that came after such a loss
        self.tags: set[str] = set()  # what happened at all, for judging

    def now(self, later: int = 0) -> dt.datetime:
        return BEGIN + dt.timedelta(seconds=self.time + later)

    def phone(self, number: int) -> Phone:
        return self.phones[number % len(self.phones)]


# ---------- work ----------


def make(world: World, number: int, door: int, value: int, kind: int) -> None:
    """A visit; or a correction of an own one, a household that is on no list, a visit there."""
    phone = world.phone(number)
    if phone.is_sealed:
        return
    world.made += 1
    op_id, name, refers_to = str(world.made), f"door{door % DOORS}", ""
    own = [op for op in world.truth.values() if op["phone"] == phone.number and not op["strange"]]
    found = [op for op in own if op["kind"] == "household"]
    what = ("visit", "visit", "correction", "household", "visit there")[kind % 5]
    if what == "household":
        name = f"found{op_id}"
    elif what == "visit there" and found:
        name, refers_to = found[-1]["door"], found[-1]["op_id"]
    elif what == "correction" and own:
        name, refers_to = own[-1]["door"], own[-1]["op_id"]
    _record(world, phone, what if what == "household" else "visit", name, refers_to, value % VALUES, op_id)


def _record(
    world: World,
    phone: Phone,
    kind: str,
    door: str,
    refers_to: str,
    value: int,
    op_id: str,
    strange: str = "",
    tab: int = 0,
) -> None:
    op = {
        "op_id": op_id,
        "kind": kind,
        "door": door,
        "value": value,
        "refers_to": refers_to,
        "base_version": phone.doors.get(door, 0),
        "strange": strange,
    }
    phone.make(op, world.time, tab)
    truth = {
        "at": world.now(),
        "phone": phone.number,
        "device": phone.device,
        "error": phone.error,
        "knows": phone.knows,
    }
    world.truth[op_id] = op | truth | {"seq": phone.bodies[op_id]["seq"]}


def make_strange(world: World, number: int, how: int) -> None:
    """An operation that the server of today cannot read: a newer app, or a fault of ours."""
    phone = world.phone(number)
    if not phone.is_sealed:
        world.made += 1
        world.tags.add("strange")
        _record(world, phone, "visit", "door0", "", 0, str(world.made), STRANGE[how % len(STRANGE)])


def make_in_other_tab(world: World, number: int, door: int, value: int) -> None:
    phone = world.phone(number)
    if not phone.is_sealed:
        world.made += 1
        _record(world, phone, "visit", f"door{door % DOORS}", "", value % VALUES, str(world.made), tab=1)


# ---------- the network ----------


def sync(world: World, number: int) -> None:
    """All well: pull, and push until nothing is left."""
    phone = world.phone(number)
    pull(world, number, 1)
    for _ in range(12):
        if not _converse(world, phone, 1):
            break


def _converse(world: World, phone: Phone, latency: int) -> bool:
    request = _request(world, phone)
    if request is None:
        return False
    world.time += latency
    answer = world.server.push(request, world.now())
    world.time += latency
    phone.take_answer(answer, request, world.time)
    return True


def _request(world: World, phone: Phone, tab: int = 0) -> dict[str, Any] | None:
    if not phone.is_sealed and not phone.knows_its_offset():
        return None
    request = phone.next_request(world.time, tab)
    if request is not None:
        world.past.append(request)
    return request


def send(world: World, number: int, tab: int) -> None:
    """A request leaves, from either tab; whether it comes is another matter."""
    request = _request(world, world.phone(number), tab % 2)
    if request is not None:
        world.air.append(request)


def arrive(world: World, at: int) -> None:
    """One of the requests in the air, in any order."""
    if world.air:
        request = world.air.pop(at % len(world.air))
        world.answers.append((request, world.server.push(request, world.now())))


def arrive_again(world: World, at: int) -> None:
    """Any request that was ever sent comes once more, or for the first time, however late."""
    if world.past:
        request = world.past[-1 - at % len(world.past)]
        world.answers.append((request, world.server.push(request, world.now())))


def crash(world: World, at: int) -> None:
    """The server dies at the end of the transaction; the answer may get out all the same."""
    if world.air:
        request = world.air.pop(at % len(world.air))
        world.answers.append((request, world.server.push(request, world.now(), crashes=True)))


def answer(world: World, at: int) -> None:
    if world.answers:
        request, given = world.answers.pop(at % len(world.answers))
        phone = world.phones[request["phone"]]
        phone.take_answer(given, request, world.time)
        if phone.stored["failures"] >= PATIENCE:
            world.tags.add("refused")


def lose(world: World, at: int) -> None:
    """A request or an answer, whichever stands there."""
    lost = world.air if at % 2 else world.answers
    if lost:
        lost.pop(at // 2 % len(lost))


def gateway(world: World, number: int, http: int) -> None:
    """Something else answers: a portal with a page, a proxy, a server too busy."""
    phone = world.phone(number)
    if phone.stored["in_flight"] is not None:
        request = {"request": phone.stored["in_flight"]["request"], "sent": world.time, "clock": phone.run}
        given = {
            "http": (200, 429, 502, 403)[http % 4],
            "receipts": [],
            "epoch": None,
            "now": world.now().isoformat(),
        }
        if given["http"] != 200:
            phone.take_answer(given | {"backed_up_through": None}, request, world.time)


def give_up(world: World, number: int) -> None:
    world.phone(number).give_up()


def pull(world: World, number: int, latency: int) -> None:
    phone = world.phone(number)
    asked, run = world.time, phone.run
    world.time += latency % 90
    world.heard[phone.device] = phone.stored["last_seq"]
    given = world.server.pull(
        phone.number, phone.device, phone.stored["last_seq"], world.now(), phone.unsettled()
    )
    world.time += latency % 90
    phone.take_pull(given, asked, world.time, run)
    if "doors" in given and not phone.is_sealed:
        phone.knows = {
            door: (world.server.restore_count, version) for door, version in given["doors"].items()
        }


# ---------- time, clocks, deaths ----------


def wait(world: World, length: int) -> None:
    world.time += WAITS[length % len(WAITS)]


def set_clock(world: World, number: int, error: int) -> None:
    world.tags.add("clocks")
    world.phone(number).jump(ERRORS[error % len(ERRORS)])


def kill(world: World, number: int) -> None:
    world.phone(number).kill()


def kill_and_set_clock(world: World, number: int, error: int) -> None:
    """Nobody saw the jump: the app was not running."""
    phone = world.phone(number)
    world.tags.add("clocks")
    phone.error = ERRORS[error % len(ERRORS)]
    phone.kill()


def wrong_pins(world: World, number: int) -> None:
    world.tags.add("sealed")
    world.phone(number).forget_synced()


def evict(world: World, number: int) -> None:
    """The browser drops what it had. The server knows how much that was, as far as the phone had told it."""
    phone = world.phone(number)
    world.dropped |= phone.evict(len(world.phones) + len(world.told))
    world.told.append(phone.device)


def hand_over(world: World, number: int) -> None:
    file = world.phone(number).hand_over(world.time)
    if file is not None:
        world.files.append(file)


def take_in(world: World, at: int) -> None:
    """At the desk; the file stays in somebody's folder and may be taken in again."""
    if world.files:
        world.server.push(world.files[at % len(world.files)], world.now())


# ---------- the county ----------


def back_up(world: World) -> None:
    world.server.back_up(world.now())


def arrive_during_backup(world: World, at: int) -> None:
    """The backup begins when the push has begun and is not committed: the push is not in it."""
    if world.air:
        request, began = world.air.pop(at % len(world.air)), world.now()
        world.time += 10
        given = world.server.push(request, began, backup_at=began + dt.timedelta(seconds=5))
        world.answers.append((request, given))


def restore(world: World) -> None:
    world.tags.add("restored")
    world.server.restore()


def settle(world: World, number: int) -> None:
    """The village empties its list at the end of an hour, and tells somebody, whose phone is well connected."""
    world.time += HOUR
    world.server.settle()
    sync(world, number)
    pull(world, number, 1)


def read(world: World, number: int) -> None:
    """A worker opens what was given back."""
    phone = world.phone(number)
    for op in [op for op in phone.stored["ops"] if op["status"] == "set_aside"][:1]:
        phone.step({"type": "read", "op_id": op["op_id"]})
        world.read.add(op["op_id"])


def reassign(world: World, door: int, number: int) -> None:
    book = world.server.book
    name = f"door{door % DOORS}"
    book.keepers[name] = number % len(world.phones)
    book.version += 1
    book.doors[name] = book.version


def revoke(world: World, number: int) -> None:
    phone = world.phone(number)
    world.tags.add("revoked")
    world.server.book.standings.setdefault(phone.device, rules.Standing(revoked_at=world.now()))


def forge(world: World, number: int, door: int, value: int) -> None:
    """Whoever holds a phone after its end dates what they make before it, and before the last that is stored of it."""
    phone = world.phone(number)
    book = world.server.book
    standing = world.server.standing(book, phone.device)
    sure = [
        row.moment.at
        for row in book.operations.values()
        if row.device == phone.device and not row.moment.is_uncertain
    ]
    if phone.is_sealed or not sure or not rules.has_ended(standing, world.now()):
        return
    world.made += 1
    op_id = str(world.made)
    world.tags.add("clocks")
    _record(world, phone, "visit", f"door{door % DOORS}", "", value % VALUES, op_id)
    said = min(sure) - dt.timedelta(seconds=HOUR)
    phone.bodies[op_id]["happened_at"] = said + dt.timedelta(seconds=phone.error)
    world.truth[op_id]["forged"] = said


def end_shift(world: World, number: int, length: int) -> None:
    """Somebody sent down tonight: the shift ends by itself."""
    world.tags.add("revoked")
    ends_at = world.now(WAITS[length % len(WAITS)])
    world.server.book.standings.setdefault(world.phone(number).device, rules.Standing(works_until=ends_at))


@dataclass(frozen=True)
class Kind:
    act: Callable[..., None]
    weight: int
    drawn: tuple[int, ...] = ()  # each number is drawn below this


KINDS = {
    kind.act.__name__: kind
    for kind in (
        Kind(make, 60, (PHONES, DOORS, VALUES, 5)),
        Kind(make_in_other_tab, 5, (PHONES, DOORS, VALUES)),
        Kind(make_strange, 2, (PHONES, 3)),
        Kind(sync, 14, (PHONES,)),
        Kind(send, 24, (PHONES, 2)),
        Kind(arrive, 20, (8,)),
        Kind(arrive_again, 8, (8,)),
        Kind(arrive_during_backup, 4, (8,)),
        Kind(crash, 5, (8,)),
        Kind(answer, 16, (8,)),
        Kind(lose, 8, (8,)),
        Kind(gateway, 4, (PHONES, 4)),
        Kind(give_up, 12, (PHONES,)),
        Kind(pull, 12, (PHONES, 90)),
        Kind(wait, 20, (len(WAITS),)),
        Kind(set_clock, 6, (PHONES, len(ERRORS))),
        Kind(kill, 8, (PHONES,)),
        Kind(kill_and_set_clock, 3, (PHONES, len(ERRORS))),
        Kind(wrong_pins, 2, (PHONES,)),
        Kind(hand_over, 3, (PHONES,)),
        Kind(take_in, 4, (4,)),
        Kind(back_up, 6),
        Kind(restore, 5),
        Kind(settle, 6, (PHONES,)),
        Kind(read, 2, (PHONES,)),
        Kind(reassign, 4, (DOORS, PHONES)),
        Kind(revoke, 1, (PHONES,)),
        Kind(end_shift, 1, (PHONES, len(WAITS))),
        Kind(forge, 2, (PHONES, DOORS, VALUES)),
        Kind(evict, 1, (PHONES,)),
    )
}
_NAMES, _WEIGHTS = tuple(KINDS), tuple(kind.weight for kind in KINDS.values())

Step = tuple[Any, ...]  # name and numbers


def draw(random: Random) -> list[Step]:
    """A history: 10 to 60 events."""
    names = random.choices(_NAMES, _WEIGHTS, k=random.randint(10, 60))
    return [(name, *(int(random.random() * below) for below in KINDS[name].drawn)) for name in names]
