"""A phone that talks to a real server over HTTP, by the rules of the outbox."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import uuid
from typing import Any

from tests.faults.outbox import Outbox, counts, empty, pause

PATH = "/api/v1/sync/push"


def iso_now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def visit(household: int, people: list[int]) -> dict[str, Any]:
    lines = [{"person": person, "presence": "seen"} for person in people]
    return {"household": household, "channel": "door", "outcome": "met", "lines": lines}


class Caller:
    """One phone with its outbox, and one connection."""

    def __init__(self, port: int, device: str, authorization: str) -> None:
        self.port, self.device = port, device
        self.headers = {"Content-Type": "application/json", "Authorization": authorization}
        self.outbox, self.state = Outbox(), empty()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.requests = 0
        self.connection: http.client.HTTPConnection | None = None

    def make(self, body: dict[str, Any]) -> None:
        op_id = str(uuid.uuid4())
        made = {"type": "made", "op_id": op_id, "bytes": len(json.dumps(body)), "is_alone": False}
        self.state = self.outbox.reduce(self.state, made)
        self.bodies[op_id] = {
            "op_id": op_id,
            "seq": self.state["last_seq"],
            "kind": "visit",
            "happened_at": iso_now(),
            "clock": 1,
            "offset_ms": None,
            "base_version": 0,
            "body": body,
        }

    def push(self) -> int:
        """One request with what is next: its HTTP status, 0 without an answer, 204 when nothing is waiting."""
        batch = self.outbox.next_batch(self.state)
        if not batch:
            return 204
        self.requests += 1
        sent = {"type": "sent", "request": self.requests, "op_ids": batch}
        self.state = self.outbox.reduce(self.state, sent)
        status, answer, self.retry_after = self._post(self._envelope(batch))
        if not status:
            event = {"type": "failed", "request": self.requests, "reason": "network"}
        else:
            event = {
                "type": "answered",
                "request": self.requests,
                "http": status,
                "receipts": answer.get("receipts", []),
                "epoch": answer.get("epoch"),
                "now": answer.get("now"),
                "backed_up_through": answer.get("backed_up_through"),
            }
        self.state = self.outbox.reduce(self.state, event)
        return status

    def _envelope(self, batch: list[str]) -> dict[str, Any]:
        numbers = counts(self.state)
        return {
            "device": self.device,
            "contract": 1,
            "epoch": self.state["epoch"],
            "sent_at": iso_now(),
            "clock": 1,
            "reported": {
                "waiting": numbers["waiting"],
                "refused": numbers["refused"],
                "last_seq": self.state["last_seq"],
            },
            "ops": [self.bodies[op_id] for op_id in batch],
        }

    def _post(self, envelope: dict[str, Any]) -> tuple[int, dict[str, Any], int | None]:
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request("POST", PATH, json.dumps(envelope), self.headers)
            answer = self.connection.getresponse()
            text, after = answer.read(), answer.headers.get("Retry-After")
            given = json.loads(text) if answer.status == 200 else {}
            return answer.status, given, int(after) if after else None
        except (OSError, http.client.HTTPException, ValueError):
            self.hang_up()
            return 0, {}, None

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def pause(self) -> int:
        return pause(self.state["failures"], self.retry_after)
