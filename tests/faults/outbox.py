"""The phone's outbox in Python: one pure step, `reduce(state, event) → state`, and what to send next.

The same rules as `phone/src/outbox/reduce.ts`; both pass `contract/vectors/outbox.json`. `contract/vectors/README.md`
says what the fields and events mean. Here it is the phone of the simulator, which takes its rules out one by one.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

State = dict[str, Any]
Event = dict[str, Any]

WAITS_THERE = frozenset({"held", "conflict_kept", "quarantined"})  # for a person at the server
STORED = frozenset({"filed", "already_filed"}) | WAITS_THERE  # whichever a receipt says, the server has it
SETTLED = frozenset({"already_filed", "set_aside"})  # what a person there may say in the end
CONFIRMED = frozenset({"filed", "already_filed", "read"})  # read: given back, and the worker knows
REFUSED = WAITS_THERE | {"set_aside"}
MOST_UNSETTLED = 100  # asked after in one pull

MOST_OPERATIONS = 50
MOST_BYTES = 250_000  # of 262,144; the rest is the envelope
DAYS_KEPT = 14  # where nobody says that backups are kept
FIRST_PAUSE, LONGEST_PAUSE = 5, 300  # seconds
BUSY = frozenset({401, 403, 408, 429, 502, 503, 504})  # what a smaller batch would not change
PATIENCE = 3  # a fault of the server (500) passes mostly; the third in a row is held against the batch


_instant = lru_cache(4096)(dt.datetime.fromisoformat)


def empty() -> State:
    return {
        "epoch": None,
        "last_seq": 0,
        "forgotten": 0,
        "most": MOST_OPERATIONS,
        "failures": 0,
        "in_flight": None,
        "ops": [],
    }


class Outbox:
    """The rules. A method an event and a safeguard, so that a simulation can take one away."""

    def reduce(self, state: State, event: Event) -> State:
        return getattr(self, f"on_{event['type']}")(state, event)

    def on_made(self, state: State, event: Event) -> State:
        if any(op["op_id"] == event["op_id"] for op in state["ops"]):
            return state
        seq = state["last_seq"] + 1
        op = {
            "op_id": event["op_id"],
            "seq": seq,
            "status": "waiting",
            "received_at": None,
            "bytes": event["bytes"],
            "is_alone": event["is_alone"],
            "refusals": 0,
        }
        return state | {"last_seq": seq, "ops": [*state["ops"], op]}

    def on_started(self, state: State, event: Event) -> State:
        """Whoever waited for an answer is gone, and with it the answer."""
        return state | {"in_flight": None}

    def on_sent(self, state: State, event: Event) -> State:
        if not self.may_send(state):
            return state
        return state | {"in_flight": {"request": event["request"], "op_ids": event["op_ids"]}}

    def may_send(self, state: State) -> bool:
        """One request at a time: two could overtake each other."""
        return state["in_flight"] is None

    def on_answered(self, state: State, event: Event) -> State:
        if not self.is_expected(state, event):
            return state
        if not self.is_answer(event):
            http = event["http"]
            is_passing = http in BUSY or (http >= 500 and state["failures"] + 1 < PATIENCE)
            return self._failed(state, event, "busy" if is_passing else "refused")
        asked = state["in_flight"]["op_ids"] if event["request"] is not None else []
        given = {
            receipt["op_id"]: receipt["status"]
            for receipt in event["receipts"]
            if receipt["op_id"] in asked and self.is_stored(receipt["status"])
        }
        state = self.meet_epoch(state, event["epoch"])
        if event["request"] is not None:
            state = state | {
                "in_flight": None,
                "failures": 0,
                "most": min(state["most"] * 2, MOST_OPERATIONS),
            }
        ops = []
        for op in state["ops"]:
            if op["op_id"] in given:
                op = op | {"status": given[op["op_id"]], "received_at": event["now"], "refusals": 0}
            elif (
                op["op_id"] in asked
            ):  # it stood in the batch and has no receipt: the others do not wait for it
                op = op | {"refusals": op["refusals"] + 1}
            ops.append(op)
        return self.forget(state | {"ops": ops}, event)

    def on_settled(self, state: State, event: Event) -> State:
        """A pull told what became of operations that waited there for a person."""
        told = {each["op_id"]: each["status"] for each in event["receipts"] if each["status"] in SETTLED}
        ops = [
            op | {"status": told[op["op_id"]], "received_at": self.settled_at(op, event)}
            if op["op_id"] in told and op["status"] in WAITS_THERE
            else op
            for op in state["ops"]
        ]
        return state | {"ops": ops}

    def settled_at(self, op: State, event: Event) -> str:
        """From then on: a backup that began between the first receipt and this does not know that it is settled."""
        return event["now"]

    def on_read(self, state: State, event: Event) -> State:
        """The worker has seen why it was given back."""
        ops = [
            op | {"status": "read"} if op["op_id"] == event["op_id"] and op["status"] == "set_aside" else op
            for op in state["ops"]
        ]
        return state | {"ops": ops}

    def unsettled(self, state: State, start: int = 0) -> list[str]:
        """Which to ask after with a pull. Of more than one address holds, those from `start` on, round and round."""
        waiting = [op["op_id"] for op in state["ops"] if op["status"] in WAITS_THERE]
        if len(waiting) <= MOST_UNSETTLED:
            return waiting
        start %= len(waiting)
        return [*waiting[start:], *waiting[:start]][:MOST_UNSETTLED]

    def is_expected(self, state: State, event: Event) -> bool:
        """The answer to the request under way, or to a pull (no request). A late one may be of another epoch."""
        under_way = state["in_flight"]
        return event["request"] is None or (
            under_way is not None and under_way["request"] == event["request"]
        )

    def is_answer(self, event: Event) -> bool:
        """A receipt counts in a 200 of our server only, whatever a gateway or a portal may send."""
        return event["http"] == 200 and event["epoch"] is not None

    def is_stored(self, status: str) -> bool:
        return status in STORED

    def meet_epoch(self, state: State, epoch: str) -> State:
        """Another epoch is a server put back from a backup: what it had is in doubt, and is sent again."""
        if state["epoch"] is None or state["epoch"] == epoch:
            return state | {"epoch": epoch}
        ops = [op | {"status": "waiting", "received_at": None} for op in state["ops"]]
        return state | {"epoch": epoch, "in_flight": None, "ops": ops}

    def forget(self, state: State, event: Event) -> State:
        """What is confirmed and in a backup goes; what was refused stays, somebody has to read it."""
        limit = self.kept_until(event)
        kept = [
            op for op in state["ops"] if op["status"] not in CONFIRMED or _instant(op["received_at"]) >= limit
        ]
        return state | {"ops": kept, "forgotten": state["forgotten"] + len(state["ops"]) - len(kept)}

    def kept_until(self, event: Event) -> dt.datetime:
        if event["backed_up_through"] is not None:
            return _instant(event["backed_up_through"])
        return _instant(event["now"]) - dt.timedelta(days=DAYS_KEPT)

    def on_failed(self, state: State, event: Event) -> State:
        if event["request"] is not None and not self.is_expected(state, event):
            return state
        return self._failed(state, event, event["reason"])

    def _failed(self, state: State, event: Event, reason: str) -> State:
        failures = state["failures"] + 1
        if event["request"] is None:
            return state | {"failures": failures}
        asked = state["in_flight"]["op_ids"]
        state = state | {"in_flight": None, "failures": failures}
        if reason != "refused":
            return state
        # Something in this batch is refused whole. Halve it until the one is found; that one goes to the end.
        if len(asked) > 1:
            return state | {"most": (len(asked) + 1) // 2}
        ops = [op | {"refusals": op["refusals"] + 1} if op["op_id"] in asked else op for op in state["ops"]]
        return state | {"ops": ops}

    def on_restored(self, state: State, event: Event) -> State:
        return self.meet_epoch(state, event["epoch"])

    def on_wiped(self, state: State, event: Event) -> State:
        """Five wrong PINs: what the server has goes, what it has not stays (sealed for it)."""
        waiting = [op for op in state["ops"] if op["status"] == "waiting"]
        return state | {"in_flight": None, "ops": waiting}

    def next_batch(self, state: State) -> list[str]:
        """Ids of what to send now: in the order they were made, one kind of trouble never before the rest."""
        if not self.may_send(state):
            return []
        waiting = sorted(
            (op for op in state["ops"] if op["status"] == "waiting"),
            key=lambda op: (op["refusals"], op["seq"]),
        )
        batch: list[State] = []
        for op in waiting:
            is_full = len(batch) >= state["most"] or sum(o["bytes"] for o in batch) + op["bytes"] > MOST_BYTES
            if batch and (is_full or op["is_alone"] or batch[0]["is_alone"] or op["refusals"]):
                break
            batch.append(op)
        return [op["op_id"] for op in batch]


def counts(state: State) -> dict[str, int]:
    """The three numbers. Together they are every operation the phone ever made (until a wipe)."""
    statuses = [op["status"] for op in state["ops"]]
    return {
        "confirmed": state["forgotten"] + sum(status in CONFIRMED for status in statuses),
        "waiting": statuses.count("waiting"),
        "refused": sum(status in REFUSED for status in statuses),
    }


def pause(failures: int, retry_after: int | None) -> int:
    """Seconds until the next try, before the phone spreads them (× 0.5 to 1.5; never below `retry_after`)."""
    if not failures:
        return 0
    own = min(FIRST_PAUSE * 2 ** (min(failures, 10) - 1), LONGEST_PAUSE)
    return max(own, retry_after or 0)
