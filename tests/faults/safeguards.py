"""Every safeguard, the class that lacks it, and how it goes wrong without.

`python -m tests.faults safeguards` prints the smallest history that needs each one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from lianfang.sync import rules
from tests.faults.events import Step
from tests.faults.history import Parts, history, run
from tests.faults.outbox import Outbox
from tests.faults.phone import Phone
from tests.faults.server import BEGIN, Book, Server


@dataclass(frozen=True)
class Safeguard:
    name: str
    without: Parts
    shows: str  # in what is found wrong without it
    begins: tuple[Step, ...] = ()  # what every history of it begins with, where it takes much to come about

    def missed(self, most: int) -> int | None:
        """The first seed whose history goes wrong, in this way, without the safeguard."""
        for seed in range(most):
            if any(self.shows in wrong for wrong in run([*self.begins, *history(seed)], self.without)):
                return seed
        return None


def _lacks(part: type, **methods: Any) -> type:
    return type(f"{part.__name__}Without", (part,), methods)


def _outbox(**methods: Any) -> Parts:
    return Parts(outbox=_lacks(Outbox, **methods))


def _phone(**methods: Any) -> Parts:
    return Parts(phone=_lacks(Phone, **methods))


def _server(**methods: Any) -> Parts:
    return Parts(server=_lacks(Server, **methods))


# ---------- the phone ----------


def _in_memory_until_sent(self: Phone, op: dict[str, Any], time: int, tab: int = 0) -> None:
    Phone.make(self, op, time, tab)
    self.unsaved = [*getattr(self, "unsaved", []), op["op_id"]]


def _lose_unsaved(self: Phone) -> None:
    ops = [op for op in self.stored["ops"] if op["op_id"] not in getattr(self, "unsaved", [])]
    self.stored = self.stored | {"ops": ops}
    self.unsaved = []
    Phone.kill(self)


def _saved_when_sent(self: Phone, time: int, tab: int = 0) -> dict[str, Any] | None:
    self.unsaved = []
    return Phone.next_request(self, time, tab)


def _each_tab_its_own(self: Phone, event: dict[str, Any], tab: int = 0) -> None:
    """A tab goes by what it has read when it opened, and writes that back."""
    state = self.outbox.reduce(self.seen.get(tab, self.stored), event)
    self.seen[tab] = self.stored = state
    for op_id in [op_id for op_id in self.bodies if event["type"] == "made" and op_id == event["op_id"]]:
        del self.bodies[op_id]


def _sends_what_is_not_under_way(self: Outbox, state: dict[str, Any]) -> list[str]:
    under_way = set(state["in_flight"]["op_ids"]) if state["in_flight"] else set()
    rest = [op for op in state["ops"] if op["op_id"] not in under_way]
    return Outbox.next_batch(self, state | {"in_flight": None, "ops": rest})


def _remembers_all_requests(self: Outbox, state: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    before = state["in_flight"]["op_ids"] if state["in_flight"] else []
    return state | {"in_flight": {"request": event["request"], "op_ids": [*before, *event["op_ids"]]}}


def _takes_any_answer(self: Outbox, state: dict[str, Any], event: dict[str, Any]) -> bool:
    return event["request"] is None or state["in_flight"] is not None


def _drop_gone(self: Phone, doors: dict[str, int]) -> None:
    gone = set(self.doors) - set(doors)
    ops = [op for op in self.stored["ops"] if self.bodies[op["op_id"]]["door"] not in gone]
    self.stored, self.doors = self.stored | {"ops": ops}, doors


def _newest_first(self: Outbox, state: dict[str, Any]) -> list[str]:
    return Outbox.next_batch(self, state | {"ops": [op | {"seq": -op["seq"]} for op in state["ops"]]})


def _wipes_all(self: Phone) -> None:
    """The three numbers start anew, and nobody is told what went."""
    self.stored = self.stored | {"in_flight": None, "ops": []}
    self.doors, self.is_sealed = {}, True


def _same_batch_again(
    self: Outbox, state: dict[str, Any], event: dict[str, Any], reason: str
) -> dict[str, Any]:
    return Outbox._failed(self, state, event, "network")


def _newest_offset(self: Phone, op: dict[str, Any]) -> dict[str, Any]:
    """Whatever run it was learnt in."""
    return op | {"offset_ms": self.offsets[max(self.offsets)] if self.offsets else None}


def _forgets_unread(self: Outbox, state: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    ops = [op | {"status": "read"} if op["status"] == "set_aside" else op for op in state["ops"]]
    return Outbox.forget(self, state | {"ops": ops}, event)


# ---------- the server ----------


def _tells_before_it_is_settled(self: Server, device: int, op_ids: Any) -> list:
    rows = [(op_id, self.book.operations.get(op_id)) for op_id in op_ids]
    return [(op_id, replace(row, status="filed")) for op_id, row in rows if row]


def _first_commits_then_files(self: Server, book: Book, receipts: list, now: dt.datetime) -> dict[str, Any]:
    """The operation and its effects in two transactions: a crash between them leaves the first."""
    for op_id, row in book.operations.items():
        self.book.operations.setdefault(op_id, row)
    return Server.crashed(self, book, receipts, now)


def _answers_before_commit(self: Server, book: Book, receipts: list, now: dt.datetime) -> dict[str, Any]:
    return self._answer(now, receipts=receipts)


def _time_of_the_phone(self: Server, book: Book, fresh: list, request: dict, now: dt.datetime) -> dict:
    return {op["seq"]: rules.Moment(op["happened_at"]) for op in fresh}


def _never_marked(self: Server, book: Book, fresh: list, request: dict, now: dt.datetime) -> dict:
    found = Server.moments(self, book, fresh, request, now)
    return {seq: replace(moment, is_uncertain=False) for seq, moment in found.items()}


def _lies_are_contacts(self: Server, book: Book, fresh: list, request: dict, now: dt.datetime) -> dict:
    return Server.moments(self, book, fresh, request | {"is_direct": True}, now)


def _only_own_doors(self: Server, book: Book, row: Any) -> bool:
    return book.keepers.get(row.op["door"]) == row.phone


def _refused_when_revoked(self: Server, request: dict, now: dt.datetime, **how: Any) -> dict[str, Any]:
    if self.standing(self.book, request["device"]).revoked_at is not None:
        return self._answer(now, http=401, epoch=None)
    return Server.push(self, request, now, **how)


def _filed_though_ended(self: Server, book: Book, device: int) -> rules.Standing:
    return rules.Standing()


def _ended_from_the_first(self: Server, book: Book, device: int) -> rules.Standing:
    """Whoever has ended counts for nothing, whenever it was."""
    standing = self.standing(book, device)
    return rules.Standing(revoked_at=BEGIN) if standing.revoked_at or standing.works_until else standing


def _backed_up_at_the_end(self: Server) -> dt.datetime | None:
    """When the backup was done, and without the margin for what was being written when it began."""
    return self.backup_began_at


_TWO_ANSWERS_IN_A_BACKUP: tuple[Step, ...] = (
    ("pull", 0, 1),
    ("pull", 1, 1),
    ("make", 0, 0, 1, 0),
    ("make", 1, 0, 2, 0),
    ("sync", 0),
    ("sync", 1),
    ("wait", 6),
    ("back_up",),
)

# The clock three hours ahead while one is made, and right again at the next contact; long after, it is sent.
_MOVED_AND_MOVED_BACK: tuple[Step, ...] = (
    ("make", 0, 0, 1, 0),
    ("sync", 0),
    ("kill_and_set_clock", 0, 6),
    ("make", 0, 1, 2, 0),
    ("kill_and_set_clock", 0, 0),
    ("pull", 0, 1),
    ("wait", 8),
    ("sync", 0),
)

SAFEGUARDS: tuple[Safeguard, ...] = (
    Safeguard(
        "an operation is stored before the worker is told so",
        _phone(make=_in_memory_until_sent, kill=_lose_unsaved, next_request=_saved_when_sent),
        "lost",
    ),
    Safeguard("every step reads what is stored, whichever tab", _phone(step=_each_tab_its_own), "lost"),
    Safeguard(
        "kept until a backup has it",
        _outbox(kept_until=lambda self, event: dt.datetime.max.replace(tzinfo=dt.UTC)),
        "lost",
    ),
    Safeguard(
        "another epoch sends everything again",
        _outbox(meet_epoch=lambda self, state, epoch: state | {"epoch": epoch}),
        "lost",
    ),
    Safeguard("receipts count in a 200 only", _outbox(is_answer=lambda self, event: True), "lost"),
    Safeguard("only the five statuses mean stored", _outbox(is_stored=lambda self, status: True), "lost"),
    Safeguard(
        "one request at a time",
        _outbox(
            may_send=lambda self, state: True,
            next_batch=_sends_what_is_not_under_way,
            on_sent=_remembers_all_requests,
            is_expected=_takes_any_answer,
        ),
        "filed after",
    ),
    Safeguard("sent in the order of seq", _outbox(next_batch=_newest_first), "filed after"),
    Safeguard("a refused batch is halved", _outbox(_failed=_same_batch_again), "stuck behind"),
    Safeguard("a wipe keeps what was never sent", _phone(forget_synced=_wipes_all), "lost"),
    Safeguard(
        "what was done at a door that is gone stays until it is sent", _phone(take_doors=_drop_gone), "lost"
    ),
    Safeguard("a jump of the clock begins another run", _phone(note_jump=lambda self: None), "time of"),
    Safeguard("an offset belongs to its run", _phone(with_offset=_newest_offset), "time of"),
    Safeguard(
        "an offset is learnt from quick answers only",
        _phone(is_soon=lambda self, asked, time: True),
        "time of",
    ),
    Safeguard("asks for the time before it pushes", _phone(knows_its_offset=lambda self: True), "time of"),
    Safeguard("unique key on op_id", _server(is_new=lambda self, book, op: True), "visits counted"),
    Safeguard(
        "an operation and its effects in one transaction",
        _server(crashed=_first_commits_then_files),
        "visits counted",
    ),
    Safeguard("answers after the commit", _server(crashed=_answers_before_commit), "lost"),
    Safeguard("filed in the order of seq", _server(in_order=lambda self, ops: ops), "filed after"),
    Safeguard("times are put right by the offset", _server(moments=_time_of_the_phone), "time of"),
    Safeguard("a time in doubt is marked", _server(moments=_never_marked), "time of"),
    Safeguard("an envelope that lay tells no offset", _server(moments=_lies_are_contacts), "time of"),
    Safeguard(
        "the newest stands by when it happened", _server(taken=lambda self, mine, standing: True), "stands"
    ),
    Safeguard(
        "who had not seen the other's answer opens a conflict",
        _server(differences=lambda self, mine, standing, base_version: []),
        "overruled",
    ),
    Safeguard(
        "versions of before a restore count for nothing (phone)",
        _phone(with_base=lambda self, op: op),
        "overruled",
    ),
    Safeguard(
        "versions of before a restore count for nothing (server)",
        _server(seen=lambda self, op, request: op),
        "overruled",
    ),
    Safeguard("never refused for scope", _server(may_count=_only_own_doors), "stuck"),
    Safeguard("stored though revoked", _server(push=_refused_when_revoked), "stuck"),
    Safeguard(
        "what was done after the end waits for a person",
        _server(standing_of=_filed_though_ended),
        "after the end",
    ),
    Safeguard(
        "an ended phone keeps to the order of its numbers",
        _server(keeps_to_order=lambda self, book, device, now: False),
        "after the end",
        begins=(
            ("make", 0, 0, 1, 0),
            ("sync", 0),
            ("wait", 6),
            ("revoke", 0),
            ("wait", 6),
            ("forge", 0, 1, 2),
        ),
    ),
    Safeguard(
        "contacts bound what was made between them",
        _server(window=lambda self, book, device, seq: rules.ALWAYS),
        "time of",
        begins=_MOVED_AND_MOVED_BACK,
    ),
    Safeguard(
        "what was done before the end counts", _server(standing_of=_ended_from_the_first), "before the end"
    ),
    Safeguard(
        "a phone tells how many it has made",
        _server(note_reported=lambda self, book, device, last: None),
        "shows no gap",
    ),
    Safeguard(
        "a phone asks what became of what waits for a person",
        _outbox(unsettled=lambda self, state, start=0: []),
        "as not settled",
    ),
    Safeguard(
        "a pull tells what was settled", _server(settled=lambda self, device, op_ids: []), "as not settled"
    ),
    Safeguard(
        "told as settled only when it is", _server(settled=_tells_before_it_is_settled), "as confirmed"
    ),
    Safeguard(
        "kept until a backup knows that it is settled",
        _outbox(settled_at=lambda self, op, event: op["received_at"]),
        "let go of",
        begins=_TWO_ANSWERS_IN_A_BACKUP,
    ),
    Safeguard("what was given back stays until it is read", _outbox(forget=_forgets_unread), "read why"),
    Safeguard("a new epoch after a restore", _server(new_epoch=lambda self: self.epoch), "lost"),
    Safeguard(
        "backed up through: when the backup began, less what was being written",
        _server(told_backup=_backed_up_at_the_end),
        "lost",
    ),
)
