"""S1, S2: what goes down to a phone, through HTTP and gzip, from the server that `lianfang up` runs.

A village of 500 households with three campaigns due, everybody's numbers sealed, and an evening's answers known. The
time is what the client waits: everything of the server, and the way over the loopback.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import random
import statistics
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from benches import county, rounds
from benches.setting import Installation, report
from benches.visits import _cpu, _postmaster, _server

VILLAGES, GROUPS, IN_A_GROUP = 8, 5, 100  # 500 households a village
TIMES = 15
SURNAMES, GIVEN = (
    "易覃滕杨莫曹舒米肖唐蒋姜夏匡段钟粟毛",
    "国强桂花子涵建军秀英明辉小红永福春燕祥林志远敏思雨浩然",
)
FORMS = (
    ("household_sweep", "household_sweep"),
    ("vaccination_survey", "vaccination"),
    ("elderly_care", "care"),
)


def run(installation: Installation) -> None:
    county.fill(installation, VILLAGES * GROUPS * IN_A_GROUP, villages=VILLAGES, groups=GROUPS)
    setting = _Setting()
    with _server() as (address, server):
        trees = [_postmaster(installation), server]
        phone = _Phone(address, setting.enrol(setting.groups[:3], "grid"))
        village = _Phone(address, setting.enrol([setting.village], "village"))
        _three_hundred(phone, 300, trees)
        _first(village, "nothing known yet")
        setting.evening()
        _first(village, "an evening's answers known")
        _usual(phone, setting)


def _three_hundred(phone: _Phone, asked: int, trees: list[int]) -> None:
    phone.pull()
    before = _cpu(trees)
    pulled = [phone.pull() for _ in range(TIMES)]
    cost = (_cpu(trees) - before) / TIMES * 1000
    found = pulled[-1]
    assert len(found.answer["doors"]) == asked, len(found.answer["doors"])
    _require_whole(found)
    took, size = statistics.median(one.seconds for one in pulled) * 1000, found.size / 1000
    people = sum(len(door["people"]) for door in found.answer["doors"])
    what = f"pull of {asked} households, {people} people, three campaigns due"
    measured = f"1 request, {size:.1f} kB, {took:.0f} ms, {cost:.0f} ms CPU of server and database"
    report("S1", what, measured, "≤ 2 requests, ≤ 60 kB, ≤ 100 ms", is_met=size <= 60 and took <= 100)


def _first(phone: _Phone, known: str) -> None:
    pulled = [phone.pull() for _ in range(TIMES)]
    found = pulled[-1]
    assert len(found.answer["doors"]) == GROUPS * IN_A_GROUP
    _require_whole(found)
    took, size = statistics.median(one.seconds for one in pulled), found.size / 1000
    facts = sum(
        len(door["facts"]) + sum(len(person["facts"]) for person in door["people"])
        for door in found.answer["doors"]
    )
    people = sum(len(door["people"]) for door in found.answer["doors"])
    what = f"first sync, {len(found.answer['doors'])} households, {people} people, {facts:,} facts ({known})"
    measured = f"{size:.0f} kB ({found.raw_size / 1000:.0f} kB before gzip), {took:.2f} s"
    report("S2", what, measured, "≤ 400 kB, ≤ 1 s", is_met=size <= 400 and took <= 1)


def _usual(phone: _Phone, setting: _Setting) -> None:
    """A quarter of an hour later: ten doors were visited by others, and nothing else happened."""
    before = phone.pull().answer
    empty = [phone.pull(before) for _ in range(TIMES)]
    assert empty[-1].answer["doors"] == []
    assert "head" not in empty[-1].answer
    setting.visit(10)
    pulled = [phone.pull(before) for _ in range(TIMES)]
    assert len(pulled[-1].answer["doors"]) == 10, len(pulled[-1].answer["doors"])
    for what, found in (("nothing new", empty), ("ten doors visited by others", pulled)):
        size, took = found[-1].size / 1000, statistics.median(one.seconds for one in found) * 1000
        report(
            "S1", f"usual sync, {what}", f"{size:.1f} kB, {took:.0f} ms", "< 50 kB, < 2 s", is_met=size < 50
        )


def _require_whole(found: _Pulled) -> None:
    """What came is what its digest says, every set is explained, and numbers are masked."""
    doors = found.answer["doors"]
    lines = "".join(f"{door['id']}:{door['v']}\n" for door in doors)
    assert found.answer["digest"] == hashlib.sha256(lines.encode()).hexdigest()[:16]
    asks = found.answer["head"]["asks"]
    assert all(door["asks"] in asks and all(p["asks"] in asks for p in door["people"]) for door in doors)
    assert all(
        "***" in person["id_masked"] and person["phone"] for door in doors for person in door["people"]
    )
    assert all(len(door["targets"]) >= 2 for door in doors)


@dataclass(frozen=True)
class _Pulled:
    answer: dict[str, Any]
    size: int  # bytes on the line
    raw_size: int
    seconds: float


class _Phone:
    def __init__(self, address: str, authorization: str) -> None:
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.headers = {"Authorization": authorization, "Accept-Encoding": "gzip"}

    def pull(self, before: dict[str, Any] | None = None) -> _Pulled:
        known = (
            {"cursor": before["cursor"], "epoch": before["epoch"], "head": before["head_id"]}
            if before
            else {}
        )
        started = time.perf_counter()
        self.connection.request("GET", f"/api/v1/sync/pull?{urlencode(known)}", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - started
        assert answer.status == 200, (answer.status, body[:300])
        text = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
        return _Pulled(json.loads(text), len(body), len(text), took)


class _Setting:
    """A village with everybody's numbers, three campaigns, and who records there."""

    def __init__(self) -> None:
        from lianfang.areas.models import Area
        from lianfang.campaigns.models import Campaign
        from lianfang.campaigns.operations.rounds import freeze_round

        self.random = random.Random(1)
        self.village = Area.objects.filter(level="village").order_by("path")[0]
        self.groups = list(Area.objects.filter(parent=self.village).order_by("path"))
        with self.root():
            self._seal_numbers()
            for at, (form, purpose) in enumerate(FORMS):
                subject = "person" if purpose == "care" else "household"
                round_id = rounds.declare(subject)
                Campaign.objects.filter(rounds__pk=round_id).update(
                    form_key=form, purpose=purpose, name=f"专项{at}", department=f"部门{at}"
                )
                freeze_round(round_id=round_id, by=1)

    def root(self):
        from lianfang.core.scope import ROOT, Scope, scoped

        return scoped(Scope.over([ROOT], purpose="bench"))

    def _seal_numbers(self) -> None:
        from lianfang.core.scope import subtree
        from lianfang.register.models import Person

        low, high = subtree(self.village.path)
        people = list(Person.objects.filter(area_path__gte=low, area_path__lt=high))
        pick = self.random
        for person in people:
            person.name = pick.choice(SURNAMES) + "".join(pick.sample(GIVEN, 2))
            person.id_number = f"430581{person.birth_on:%Y%m%d}{pick.randrange(10**4):04}"
            person.phone = f"1{pick.randrange(3 * 10**9, 10**10)}"
        Person.objects.bulk_update(people, ["name", "id_number", "phone"], batch_size=500)

    def enrol(self, areas: list[Any], name: str) -> str:
        """A worker of these areas with a phone: what its requests carry."""
        from lianfang.accounts.devices.codes import authorization
        from lianfang.accounts.devices.enrolling import PhoneFacts, add_device
        from lianfang.accounts.operations import add_user, grant_role

        with self.root():
            user = add_user(username=name, name=name, password=uuid.uuid4().hex, by=None)
            for area in areas:
                role = "village_lead" if area.level == "village" else "grid_worker"
                grant_role(user=user, role=role, area=area, by=None)
            facts = PhoneFacts("bench", "1.0")
            found = add_device(user=user, phone=facts, works_until=None, by=None)
        return authorization(found.device.pk, found.secret)

    def evening(self) -> None:
        """Every door answers what it is asked, as a worker writes it down."""
        self.visit(GROUPS * IN_A_GROUP)

    def visit(self, count: int) -> None:
        from lianfang.campaigns.operations.carrying import LineInput, VisitInput
        from lianfang.campaigns.operations.visits import record_visits
        from lianfang.core.clock import now
        from lianfang.register.models import Person

        with self.root() as scope:
            homes: dict[int, list[int]] = {}
            rows = Person.objects.filter(area_path__startswith=self.village.path, is_living_here=True)
            for household, person in rows.order_by("household_id", "pk").values_list("household_id", "pk"):
                homes.setdefault(household, []).append(person)
            # Of the first three groups first: those that the smaller pack holds.
            order = sorted(homes, key=lambda pk: (pk % (VILLAGES * GROUPS), pk))
            wanted = [pk for pk in order if self._is_near(pk)] + [pk for pk in order if not self._is_near(pk)]
            visits = [
                VisitInput(
                    uuid.uuid4(),
                    pk,
                    "door",
                    "met",
                    now(),
                    lines=tuple(
                        LineInput(person, "seen", answers={"fever": False, "dose_count": 3})
                        for person in homes[pk]
                    ),
                    answers={"returned_count": self.random.randrange(3), "dwelling_state": "owner"}
                    | {"household_needs": ["none"], "standing_water": "none"},
                )
                for pk in wanted[:count]
            ]
            for at in range(0, len(visits), 50):
                record_visits(visits[at : at + 50], scope=scope, by=1)

    def _is_near(self, household: int) -> bool:
        from lianfang.register.models import Household

        if not hasattr(self, "near"):
            paths = [group.path for group in self.groups[:3]]
            self.near = set(Household.objects.filter(area_path__in=paths).values_list("pk", flat=True))
        return household in self.near
