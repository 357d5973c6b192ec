"""A phone of the simulation: a clock that may be wrong, one store, up to two tabs, and the rules of the outbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.faults.outbox import Event, Outbox, State, empty
from tests.faults.server import BEGIN, Answer

TIMEOUT = 60  # seconds without an answer
BATCH = 3  # instead of 50: histories are short
MOST_CLOCK_ERROR = 365  # days


class Phone:
    """A method a safeguard, so that a simulation can take one away."""

    def __init__(self, number: int, outbox: Outbox) -> None:
        self.number = number  # its worker
        self.device = number  # its installation: another one when the browser has dropped everything
        self.outbox = outbox
        self.error = 0  # seconds that its clock is ahead
        self.run = 1
        # What survives a kill: the outbox, the operations themselves, the doors it knows, what it learnt of its clock.
        self.stored: State = empty() | {"most": BATCH}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.doors: dict[str, int] = {}
        self.pack_epoch: str | None = (
            None  # of the server that these doors came from; a push may know a newer one
        )
        self.offsets: dict[int, int] = {}
        # What does not.
        self.seen: dict[int, State] = {}  # by tab
        self.request_count = 0
        self.is_sealed = False  # after five wrong PINs, or told to forget: only what was never sent is left
        self.wiped: set[str] = set()
        self.knows: dict[
            str, tuple[int, int]
        ] = {}  # for judging: how many restores there had been, and versions

    # ---------- the store ----------

    def step(self, event: Event, tab: int = 0) -> None:
        """Read, reduce, store: one transaction of the phone's database, whichever tab it is."""
        self.stored = self.outbox.reduce(self.stored, event)

    # ---------- the clock ----------

    def clock(self, time: int) -> dt.datetime:
        return BEGIN + dt.timedelta(seconds=time + self.error)

    def jump(self, error: int) -> None:
        """Seen against the monotonic clock: from now on it is another run."""
        if error != self.error:
            self.error = error
            self.note_jump()

    def note_jump(self) -> None:
        self.run += 1

    def learn(self, answer: Answer, asked: int, time: int, run: int) -> None:
        """How far the clock is from the server's, from an answer that came soon and in the same run."""
        if self.is_soon(asked, time) and run == self.run:
            middle = self.clock(time) - dt.timedelta(seconds=(time - asked) / 2)
            self.offsets[run] = round(
                (dt.datetime.fromisoformat(answer["now"]) - middle).total_seconds() * 1000
            )

    def is_soon(self, asked: int, time: int) -> bool:
        return time - asked <= TIMEOUT

    # ---------- making ----------

    def make(self, op: dict[str, Any], time: int, tab: int = 0) -> None:
        """Stored before the worker is told so. Number and body in one transaction."""
        self.step(
            {"type": "made", "op_id": op["op_id"], "bytes": 900, "is_alone": op["kind"] == "photo"}, tab
        )
        seq = next(kept["seq"] for kept in self.stored["ops"] if kept["op_id"] == op["op_id"])
        made = {"seq": seq, "happened_at": self.clock(time), "clock": self.run, "epoch": self.pack_epoch}
        self.bodies[op["op_id"]] = op | made

    def kill(self) -> None:
        self.run += 1
        self.seen.clear()
        self.step({"type": "started"})

    # ---------- talking ----------

    def knows_its_offset(self) -> bool:
        """Asked before a push: one that hangs in the network must not be corrected by its own delay."""
        return self.run in self.offsets

    def next_request(self, time: int, tab: int = 0) -> dict[str, Any] | None:
        batch = self.outbox.next_batch(self.stored)
        if not batch:
            return None
        self.request_count += 1
        self.step({"type": "sent", "request": self.request_count, "op_ids": batch}, tab)
        return self._envelope(batch, time, is_direct=not self.is_sealed) | {"request": self.request_count}

    def hand_over(self, time: int) -> dict[str, Any] | None:
        waiting = [op["op_id"] for op in self.stored["ops"] if op["status"] == "waiting"]
        return self._envelope(waiting, time, is_direct=False) if waiting else None

    def _envelope(self, batch: list[str], time: int, *, is_direct: bool) -> dict[str, Any]:
        return {
            "phone": self.number,
            "device": self.device,
            "clock": self.run,
            "sent_at": self.clock(time),
            "offset_ms": self.offsets.get(self.run),
            "sent": time,
            "epoch": self.stored["epoch"],
            "error": self.error,
            "is_direct": is_direct,
            "last_seq": self.stored["last_seq"],
            # In no order: an array read from a store by key. The server files by seq.
            "ops": [self.with_base(self.with_offset(self.bodies[op_id])) for op_id in reversed(batch)],
        }

    def with_offset(self, op: dict[str, Any]) -> dict[str, Any]:
        return op | {"offset_ms": self.offsets.get(op["clock"])}

    def with_base(self, op: dict[str, Any]) -> dict[str, Any]:
        """What was seen before a restore is not what is there now."""
        return op if op["epoch"] == self.stored["epoch"] else op | {"base_version": 0}

    def take_answer(self, answer: Answer, request: dict[str, Any], time: int) -> None:
        if answer["http"] == 200:
            self.learn(answer, request["sent"], time, request["clock"])
        event = {"type": "answered", "request": request["request"]}
        self.step(
            event | {key: answer[key] for key in ("http", "receipts", "epoch", "now", "backed_up_through")}
        )

    def take_pull(self, answer: Answer, asked: int, time: int, run: int) -> None:
        if answer["http"] == 401:
            self.forget_synced()
            return
        # A sealed phone is enrolled anew, and asks for the epoch as any other: its envelopes may have to go again.
        event = {"type": "answered", "request": None}
        self.step(
            event | {key: answer[key] for key in ("http", "receipts", "epoch", "now", "backed_up_through")}
        )
        self.step({"type": "settled", "receipts": answer["settled"], "now": answer["now"]})
        if not self.is_sealed:
            self.learn(answer, asked, time, run)
            self.take_doors(answer["doors"])
            self.pack_epoch = answer["epoch"]

    def unsettled(self) -> list[str]:
        return self.outbox.unsettled(self.stored)

    def take_doors(self, doors: dict[str, int]) -> None:
        """Doors that are gone leave the pack. What was done there stays until it is sent."""
        self.doors = doors

    def give_up(self) -> None:
        if self.stored["in_flight"] is not None:
            event = {"type": "failed", "request": self.stored["in_flight"]["request"], "reason": "network"}
            self.step(event)

    # ---------- the end ----------

    def evict(self, device: int) -> set[str]:
        """The browser drops its database, or the phone is broken: another installation begins. Returns what was on it."""
        had = {op["op_id"] for op in self.stored["ops"]} | self.wiped
        error, request_count = self.error, self.request_count
        self.__init__(self.number, self.outbox)
        self.device, self.error, self.request_count = device, error, request_count
        return had

    def forget_synced(self) -> None:
        """Five wrong PINs, or told by the server: what is synced goes, what is not stays as sealed envelopes."""
        before = {op["op_id"] for op in self.stored["ops"]}
        self.step({"type": "wiped"})
        self.wiped |= before - {op["op_id"] for op in self.stored["ops"]}
        self.doors, self.is_sealed = {}, True
