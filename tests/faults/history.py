"""One history from its first event to the quiet after the last, and what is wrong then, if anything."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from lianfang.sync import rules
from tests.faults import events
from tests.faults.events import DAY, DOORS, HOUR, KINDS, PHONES, Step, World
from tests.faults.outbox import CONFIRMED, WAITS_THERE, Outbox, counts
from tests.faults.phone import TIMEOUT, Phone
from tests.faults.server import Row, Server

# How wrong an unmarked time may be: what the rules let pass, and half of the longest round trip an offset is taken from.
BOUND = rules.DOUBT + dt.timedelta(seconds=TIMEOUT / 2)
ROUNDS = 12  # of every phone in turn, until all is quiet


@dataclass(frozen=True)
class Parts:
    """What the world is made of; a safeguard is taken away by another class."""

    outbox: type[Outbox] = Outbox
    phone: type[Phone] = Phone
    server: type[Server] = Server


def run(steps: list[Step], parts: Parts = Parts()) -> list[str]:
    """What is wrong at the end, in words. Nothing: an empty list."""
    world = World(
        parts.server((f"door{door}", door % PHONES) for door in range(DOORS)),
        [parts.phone(number, parts.outbox()) for number in range(PHONES)],
    )
    for name, *numbers in steps:
        KINDS[name].act(world, *numbers)
    if found := [*_calm(world), *judge(world)]:
        return found
    for request in world.past[-6:] + world.files:  # whatever still hung in the network comes once more
        world.server.push(request, world.now(DAY))
    _rounds(world)  # what that settled is told with the next pull
    return judge(world)


def _calm(world: World) -> list[str]:
    """The network is well, everybody comes back, files are taken in. Then what the server could not read, it can."""
    found = []
    world.tags.add("quiet")
    _rounds(world)
    waiting = [
        op["op_id"] for phone in world.phones for op in phone.stored["ops"] if op["status"] == "waiting"
    ]
    if blocked := [op_id for op_id in waiting if not world.truth[op_id]["strange"]]:
        found.append(f"stuck behind what the server cannot read: {blocked}")
    world.server.is_upgraded = True
    _rounds(world)
    return found


def _rounds(world: World) -> None:
    for _ in range(ROUNDS):
        world.time += HOUR
        for phone in world.phones:
            phone.give_up()
            events.sync(world, phone.number)
        if not any(op["status"] == "waiting" for phone in world.phones for op in phone.stored["ops"]):
            break
    for at in range(len(world.files)):
        events.take_in(world, at)


# ---------- judging ----------


def judge(world: World) -> list[str]:
    return [found for check in CHECKS for found in check(world)]


def lost(world: World) -> list[str]:
    """Whatever a worker was told is stored, and was not wiped as synced, is at the server."""
    wiped = {op_id for phone in world.phones for op_id in phone.wiped} | world.dropped
    return [
        f"lost: {op_id}"
        for op_id in world.truth
        if op_id not in world.server.book.operations and op_id not in wiped
    ]


def doubled(world: World) -> list[str]:
    book = world.server.book
    rows: dict[str, int] = {}
    for row in book.operations.values():
        if row.status in ("filed", "conflict_kept"):
            rows[row.op["door"]] = rows.get(row.op["door"], 0) + 1
    return [
        f"{door}: {book.visit_counts.get(door, 0)} visits counted, {rows.get(door, 0)} filed"
        for door in sorted(rows.keys() | book.visit_counts.keys())
        if book.visit_counts.get(door, 0) != rows.get(door, 0)
    ]


def stuck(world: World) -> list[str]:
    return [
        f"stuck: {op['op_id']} still waits on phone {phone.number}"
        for phone in world.phones
        for op in phone.stored["ops"]
        if op["status"] == "waiting"
    ]


def wrong_times(world: World) -> list[str]:
    found = []
    for op_id, row in world.server.book.operations.items():
        away = abs(row.moment.at - world.truth[op_id]["at"])
        is_known = _moved_and_moved_back(world, row) or "forged" in world.truth[op_id]
        if away > BOUND and not row.moment.is_uncertain and not is_known:
            found.append(f"time of {op_id} wrong by {away} and not marked")
    return found


def _moved_and_moved_back(world: World, row: Row) -> bool:
    """What nobody can see: the clock stood otherwise in a run without contact, and the same before and after it, and
    what it said lies between the contacts around. The order of what was made is kept all the same
    (docs/algorithms/sync.md)."""
    if row.moment.offset is not None or _contacts_say_otherwise(row):
        return False
    own = sorted(
        (other.op["seq"], world.truth[other.op["op_id"]]["error"])
        for other in world.server.book.operations.values()
        if other.device == row.device and other.moment.offset is not None
    )
    before = [error for seq, error in own if seq < row.op["seq"]][-1:]
    after = [error for seq, error in own if seq > row.op["seq"]][:1] or [row.error]
    there = world.truth[row.op["op_id"]]["error"]
    return bool(before) and abs(before[0] - after[0]) <= 120 and abs(there - before[0]) > 60


def _contacts_say_otherwise(row: Row) -> bool:
    earliest, latest = row.window.not_before, row.window.told_at
    is_early = earliest is not None and row.moment.at < earliest - BOUND
    return is_early or (latest is not None and row.moment.at > latest + BOUND)


def wrong_facts(world: World) -> list[str]:
    """The fact of a door is what was told there last, unless times are in doubt or the village is asked."""
    book, found = world.server.book, []
    for door, fact in book.facts.items():
        told = [
            row
            for row in book.operations.values()
            if row.op["door"] == door and row.status in ("filed", "conflict_kept")
        ]
        last = max(told, key=lambda row: world.truth[row.op["op_id"]]["at"])
        stands = book.operations[str(fact.record.int)]
        late = world.truth[last.op["op_id"]]["at"] - world.truth[stands.op["op_id"]]["at"]
        is_doubtful = any(
            row.moment.is_uncertain
            or _moved_and_moved_back(world, row)
            or "forged" in world.truth[row.op["op_id"]]
            for row in (last, stands)
        )
        if late > 2 * BOUND and last.op["value"] != stands.op["value"] and not is_doubtful:
            found.append(f"{door}: {stands.op['op_id']} stands, {last.op['op_id']} was later by {late}")
    return found


def overruled(world: World) -> list[str]:
    """Two told different things, and the later sender had not seen the other's: the village is asked, always."""
    book, found = world.server.book, []
    for door, fact in book.facts.items():
        stands = book.operations[str(fact.record.int)]
        for row in book.operations.values():
            differs = (
                row.op["door"] == door and row.phone != stands.phone and row.op["value"] != stands.op["value"]
            )
            is_later = row.version > stands.version and not _had_pulled(world, row, stands)
            pair = (row.op["op_id"], stands.op["op_id"])
            if differs and is_later and pair not in book.conflicts:
                found.append(f"{door}: {pair[0]} overruled by {pair[1]}, and nobody is told")
    return found


def _had_pulled(world: World, row: Row, other: Row) -> bool:
    """Had the phone, when it made this, been told of the other since it was filed where it is now?"""
    told = world.truth[row.op["op_id"]]["knows"].get(other.op["door"])
    return told is not None and told[0] == world.server.restore_count and told[1] >= other.version


def wrong_numbers(world: World) -> list[str]:
    """The three numbers are the truth, and the server misses nothing of a phone that has told everything."""
    book, found = world.server.book, []
    for phone in world.phones:
        for op in phone.stored["ops"]:
            row = book.operations.get(op["op_id"])
            is_done = row is not None and row.status == ("set_aside" if op["status"] == "read" else "filed")
            if op["status"] in CONFIRMED and not is_done:
                found.append(f"phone {phone.number} shows {op['op_id']} as confirmed, the server does not")
            if op["status"] in WAITS_THERE and row is not None and row.status in ("filed", "set_aside"):
                found.append(f"phone {phone.number} shows {op['op_id']} as not settled, the server has it so")
        found += _forgotten(world, phone)
        if phone.wiped:
            continue
        if sum(counts(phone.stored).values()) != sum(
            op["device"] == phone.device for op in world.truth.values()
        ):
            found.append(f"phone {phone.number}: {counts(phone.stored)} are not all that was made")
        if holes := world.server.missing(phone.device):
            found.append(f"the server misses {holes} of phone {phone.number}")
    return found


def _forgotten(world: World, phone: Phone) -> list[str]:
    """What a phone let go of is settled at the server, whatever was put back since; and if it was given back, somebody
    has read why."""
    if phone.wiped or phone.is_sealed:
        return []
    found, kept = [], {op["op_id"]: op["status"] for op in phone.stored["ops"]}
    for op_id, op in world.truth.items():
        row = world.server.book.operations.get(op_id)
        if op["device"] != phone.device or row is None or kept.get(op_id, "read") != "read":
            continue
        if row.status not in ("filed", "set_aside"):
            found.append(f"phone {phone.number} let go of {op_id}, which nobody has settled")
        elif row.status == "set_aside" and op_id not in world.read:
            found.append(f"{op_id} was given back, and nobody read why")
    return found


def out_of_order(world: World) -> list[str]:
    """Filed in the order in which they were made, unless the server lost some or could not read one."""
    if world.tags & {"restored", "strange", "refused"}:
        return []
    found, last = [], {}
    for device, seq in world.server.book.arrivals:
        if seq < last.get(device, 0):
            found.append(f"phone {device}: {seq} filed after {last[device]}")
        last[device] = seq
    return found


def gaps(world: World) -> list[str]:
    """What went with a phone is seen at the desk, as far as the server had heard of it."""
    if "restored" in world.tags:
        return []
    found = []
    for op_id in world.dropped - world.server.book.operations.keys():
        op = world.truth[op_id]
        seq = op["seq"]
        is_shown = any(low <= seq <= high for low, high in world.server.missing(op["device"]))
        if seq <= world.heard.get(op["device"], 0) and not is_shown:
            found.append(f"{op_id} went with its phone, and the server shows no gap")
    return found


def wrong_ends(world: World) -> list[str]:
    """What was done before a phone was revoked or its shift ended counts; what came after waits for a person."""
    found = []
    for op_id, row in world.server.book.operations.items():
        standing = world.server.standing(world.server.book, row.device)
        end = standing.revoked_at or standing.works_until
        if end is None or _moved_and_moved_back(world, row):
            continue
        # What waited for something that had not come, and was given back by a person, is no matter of its end.
        at, is_quarantined = world.truth[op_id]["at"], "quarantined" in (row.status, row.settled_from)
        if row.status == "set_aside" and not is_quarantined:
            continue
        if is_quarantined and at < end - BOUND and not row.moment.is_uncertain:
            found.append(f"{op_id} was done before the end and does not count")
        if not is_quarantined and at > end + BOUND and row.received_at > end and not _unseen_lie(world, row):
            found.append(f"{op_id} was done after the end and counts")
    return found


def _unseen_lie(world: World, row: Row) -> bool:
    """Dated before the end, and nothing that is stored of this phone with a lower number says otherwise."""
    claimed = world.truth[row.op["op_id"]].get("forged")
    told = row.window.not_before
    if claimed is None or (told is not None and told > claimed + rules.DOUBT):
        return False
    return not any(
        other.device == row.device
        and other.op["seq"] < row.op["seq"]
        and other.received_at <= row.received_at
        and not other.moment.is_uncertain
        and other.moment.at > claimed + rules.DOUBT
        for other in world.server.book.operations.values()
    )


CHECKS = (
    lost,
    doubled,
    stuck,
    wrong_times,
    wrong_facts,
    overruled,
    wrong_numbers,
    out_of_order,
    gaps,
    wrong_ends,
)


# ---------- many, and the smallest ----------


def history(seed: int) -> list[Step]:
    return events.draw(Random(seed))


def shrink(steps: list[Step], parts: Parts = Parts()) -> list[Step]:
    """The smallest history that still goes wrong: pieces are dropped, ever smaller ones, then numbers made small."""
    size = max(1, len(steps) // 2)
    while True:
        at, is_shorter = 0, False
        while at < len(steps):
            shorter = steps[:at] + steps[at + size :]
            if run(shorter, parts):
                steps, is_shorter = shorter, True
            else:
                at += size
        if size == 1 and not is_shorter:
            return [_smallest(steps, at, parts) for at in range(len(steps))]
        size = max(1, size // 2)


def _smallest(steps: list[Step], at: int, parts: Parts) -> Step:
    for place in range(1, len(steps[at])):
        for number in range(steps[at][place]):
            smaller = (*steps[at][:place], number, *steps[at][place + 1 :])
            if run([*steps[:at], smaller, *steps[at + 1 :]], parts):
                steps[at] = smaller
                break
    return steps[at]
