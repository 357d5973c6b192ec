"""S3: 3,000 phones find the network again within a minute, each with a day's 20 visits.

Each pulls, and pushes its visits in one request. The clients share the two cores with the server, and 64 connections,
as the web server in front would. A phone that is told to wait waits as the app does.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from benches import county, rounds, visits
from benches.setting import Installation, percentile_ms, report

PHONES, VISITS, WITHIN = 3000, 20, 60  # seconds
CONNECTIONS = 64
PEOPLE = 3
GOAL, GOAL_P99 = 300, 2.0  # seconds
LONGEST_WAIT = 900  # for an answer of the whole run


@dataclass
class Phone:
    device: str
    authorization: str
    push: bytes  # ready to be sent, but for the time
    op_ids: set[str]
    tries: int = 0


@dataclass
class Tally:
    took: list[float] = field(default_factory=list)  # of answers 200
    answers: Counter[int] = field(default_factory=Counter)
    stored: set[str] = field(default_factory=set)
    waits: list[int] = field(default_factory=list)
    bytes_down: int = 0


def run(installation: Installation) -> None:
    from lianfang.core.scope import ROOT, Scope, scoped

    county.fill(installation, VISITS * county.VILLAGES * county.GROUPS)
    phones = _phones(installation)
    tally = Tally()
    with visits._server() as (address, _):
        port = int(address.rpartition(":")[2])
        started = time.perf_counter()
        asyncio.run(_come_back(phones, port, tally))
        took = time.perf_counter() - started
    made = {op_id for phone in phones for op_id in phone.op_ids}
    with scoped(Scope.over([ROOT], purpose="bench")):
        lost = _check(made, tally)
    bad = {status: count for status, count in tally.answers.items() if status not in (200, 429)}
    p99 = percentile_ms(tally.took, 0.99) / 1000
    measured = (
        f"{len(made):,} visits of {PHONES:,} phones filed in {took:.0f} s, {lost} lost, p99 {p99:.2f} s, "
        f"{tally.answers[429]:,} told to wait (longest {max(tally.waits, default=0)} s), other answers {bad or 0}, "
        f"{tally.bytes_down / PHONES / 1000:.1f} kB down a phone"
    )
    is_met = took <= GOAL and not lost and not bad and p99 < GOAL_P99
    report("S3", "phones back at once", measured, f"≤ {GOAL} s, 0 lost, no 5xx, p99 < 2 s", is_met=is_met)


def _phones(installation: Installation) -> list[Phone]:
    """A grid worker in each of 3,000 groups, with a phone, and 20 households to go to."""
    from lianfang.accounts.devices.codes import authorization, digest
    from lianfang.accounts.models import Device, Grant, User
    from lianfang.areas.models import Area
    from lianfang.campaigns.operations.rounds import freeze_round
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    moment = now()
    with scoped(Scope.over([ROOT], purpose="bench")):
        freeze_round(round_id=rounds.declare("household"), by=1)
        groups = list(Area.objects.filter(level="group").order_by("path")[:PHONES])
        users = User.objects.bulk_create(
            User(username=f"w{at}", name=f"网格员{at}", password="!") for at in range(PHONES)
        )
        Grant.objects.bulk_create(
            Grant(
                user=user,
                role="grid_worker",
                title="网格员",
                area=group,
                area_path=group.path,
                starts_at=moment - dt.timedelta(days=1),
                ends_at=moment + dt.timedelta(days=30),
            )
            for user, group in zip(users, groups, strict=True)
        )
        secrets = [f"{at:043}" for at in range(PHONES)]
        devices = Device.objects.bulk_create(
            Device(
                user=user,
                area_path=group.path,
                secret_digest=digest("device.secret", secret),
                name="bench",
                enrolled_at=moment - dt.timedelta(days=1),
            )
            for user, group, secret in zip(users, groups, secrets, strict=True)
        )
    with installation.superuser() as database:
        rows = database.execute(
            "select h.area_path, h.id, v.version, array_agg(p.id order by p.id) from register_household h"
            " join register_doorversion v on v.household_id = h.id"
            " join register_person p on p.household_id = h.id where p.id %% 10 <= %s group by 1, 2, 3",
            [PEOPLE],
        ).fetchall()
    households: dict[str, list[tuple[int, int, list[int]]]] = {}
    for path, household, version, people in rows:
        households.setdefault(path, []).append((household, version, people))
    return [
        _phone(str(device.pk), authorization(device.pk, secret), households[device.area_path][:VISITS])
        for device, secret in zip(devices, secrets, strict=True)
    ]


def _phone(device: str, signed: str, households: list[tuple[int, int, list[int]]]) -> Phone:
    assert len(households) == VISITS, len(households)
    day = dt.datetime.now(dt.UTC) - dt.timedelta(hours=8)
    ops = []
    for seq, (household, version, people) in enumerate(households, 1):
        op = visits._operation(household, people, (day + dt.timedelta(minutes=20 * seq)).isoformat())
        ops.append(op | {"seq": seq, "clock": 1, "offset_ms": 0, "base_version": version})
    envelope = {
        "device": device,
        "contract": 1,
        "epoch": None,
        "sent_at": dt.datetime.now(dt.UTC).isoformat(),
        "clock": 1,
        "reported": {"waiting": VISITS, "refused": 0, "last_seq": VISITS},
        "ops": ops,
    }
    return Phone(device, signed, json.dumps(envelope).encode(), {op["op_id"] for op in ops})


# ---------- the clients ----------


class _Line:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, signed: str, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {signed}\r\nAccept-Encoding: gzip\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        text = await _body(reader, headers)
        return int(lines[0].split()[1]), headers, text


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    pieces = []
    while size := int((await reader.readuntil(b"\r\n")), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(pieces)


async def _come_back(phones: list[Phone], port: int, tally: Tally) -> None:
    lines: asyncio.Queue[_Line] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(_Line(port))
    order = random.Random(3)
    await asyncio.wait_for(
        asyncio.gather(*(_sync(phone, order.random() * WITHIN, lines, tally) for phone in phones)),
        LONGEST_WAIT,
    )


async def _sync(phone: Phone, after: float, lines: asyncio.Queue[_Line], tally: Tally) -> None:
    await asyncio.sleep(after)
    await _insist(phone, lines, tally, "GET", "/api/v1/sync/pull")
    text = await _insist(phone, lines, tally, "POST", "/api/v1/sync/push", phone.push)
    receipts = json.loads(_unpacked(text))["receipts"]
    tally.stored |= {
        receipt["op_id"] for receipt in receipts if receipt["status"] in ("filed", "already_filed")
    }


def _unpacked(text: bytes) -> bytes:
    return gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text


async def _insist(
    phone: Phone, lines: asyncio.Queue[_Line], tally: Tally, method: str, path: str, body: bytes = b""
) -> bytes:
    """Until it is taken; in between as long as was said, and up to a half more."""
    while True:
        line = await lines.get()
        try:
            started = time.perf_counter()
            status, headers, text = await line.ask(method, path, phone.authorization, body)
            took = time.perf_counter() - started
        finally:
            lines.put_nowait(line)
        tally.answers[status] += 1
        if status == 200:
            tally.took.append(took)
            tally.bytes_down += len(text)
            return text
        seconds = int(headers.get("retry-after", "10"))
        tally.waits.append(seconds)
        phone.tries += 1
        await asyncio.sleep(seconds * random.uniform(1, 1.5))


def _check(made: set[str], tally: Tally) -> int:
    """How many of those made are not filed; and none may be there twice."""
    from lianfang.campaigns.models import Coverage, Round, Visit
    from lianfang.campaigns.operations.rounds import recount
    from lianfang.intake.models import Operation
    from lianfang.sync.models import DeviceOperation

    filed = {str(pk) for pk in Operation.objects.filter(status="filed").values_list("pk", flat=True)}
    assert tally.stored <= filed, "acknowledged and not there"
    assert Visit.objects.count() == len(filed) == DeviceOperation.objects.count(), "twice"
    kept = sorted(Coverage.objects.values_list())
    recount(Round.objects.select_related("campaign").get())
    assert sorted(Coverage.objects.values_list()) == kept, "counted otherwise"
    return len(made - filed)
