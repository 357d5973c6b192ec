"""A phone of the field, for tests: it numbers what it makes, and pushes through HTTP as the app does."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from lianfang.accounts.devices.codes import authorization
from lianfang.accounts.devices.enrolling import PhoneFacts, add_device
from lianfang.accounts.models import Device
from lianfang.core import clock
from lianfang.sync import epoch
from tests.world import TONIGHT, World

PUSH = "/api/v1/sync/push"
HOME = "杨梅村/1组/1"
ENROLLED = TONIGHT - dt.timedelta(days=1)


@dataclass
class Phone:
    world: World
    device: Device
    headers: Mapping[str, str]
    seq: int = 0
    made: list[dict[str, Any]] = field(default_factory=list)

    @property
    def secret(self) -> str:
        return self.headers["Authorization"].rpartition(".")[2]

    @classmethod
    def of(cls, world: World, name: str = "王小红", works_until: dt.datetime | None = None) -> Phone:
        with clock.frozen(ENROLLED):
            facts = PhoneFacts("Android · Chrome 131", "1.0")
            found = add_device(user=world.users[name], phone=facts, works_until=works_until, by=None)
        headers = {"Authorization": authorization(found.device.pk, found.secret)}
        return cls(world, found.device, headers)

    def make(self, kind: str = "visit", body: Any = None, **fields: Any) -> dict[str, Any]:
        """An operation as the phone keeps it in its outbox."""
        self.seq += 1
        op = {
            "op_id": str(uuid.uuid4()),
            "seq": self.seq,
            "kind": kind,
            "happened_at": (TONIGHT - dt.timedelta(minutes=60 - self.seq)).isoformat(),
            "clock": 1,
            "offset_ms": 0,
            "base_version": 0,
            "body": visit(self.world) if body is None else body,
            **fields,
        }
        self.made.append(op)
        return op

    def push(
        self, *ops: Any, at: dt.datetime = TONIGHT, packed: bool = False, **fields: Any
    ) -> tuple[int, Any]:
        given = {
            "device": str(self.device.pk),
            "contract": 1,
            "epoch": epoch.current().value,
            "sent_at": at.isoformat(),
            "clock": 1,
            "reported": {"waiting": len(ops), "refused": 0, "last_seq": self.seq},
            "ops": list(ops),
            **fields,
        }
        text, more = json.dumps(given).encode(), dict(self.headers)
        if packed:
            text, more = gzip.compress(text), {**more, "Content-Encoding": "gzip"}
        with clock.frozen(at):
            response = Client(enforce_csrf_checks=True).post(
                PUSH, text, content_type="application/json", headers=more
            )
        return response.status_code, response.json()

    def receipts(self, *ops: Any, **fields: Any) -> list[dict[str, Any]]:
        status, answer = self.push(*ops, **fields)
        assert status == 200, answer
        return answer["receipts"]


def visit(world: World, door: str = HOME, **fields: Any) -> dict[str, Any]:
    """A visit at which everybody was seen."""
    with world.as_root():
        people = [person.pk for person in world.people(door)]
    return {
        "household": world.households[door].pk,
        "channel": "door",
        "outcome": "met",
        "lines": [{"person": person, "presence": "seen"} for person in people],
        "answers": {"returned_count": 0},
        **fields,
    }


def rooted(world: World, read: Callable[[], Any]) -> Any:
    with world.as_root():
        return read()
