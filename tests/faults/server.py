"""The server of the simulation: what `sync` promises, on dicts instead of tables, with the real rules of
`lianfang/sync/rules.py`. A push is one transaction; a backup is a copy; a restore puts the copy back.

Everything is in a `Book`, so that nothing survives a rollback or a restore by accident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from lianfang.sync import rules

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
QUESTION = "returned_count"

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One stored operation."""

    op: dict[str, Any]
    phone: int
    device: int
    moment: rules.Moment
    received_at: dt.datetime
    status: str
    waits_for: str = ""
    version: int = 0
    error: int = 0  # of the clock that sent it: for judging only
    window: rules.Window = rules.ALWAYS  # as far as it was known then: for judging only
    settled_from: str = ""  # what it was before a person settled it: for judging only


@dataclass
class Book:
    """All that is in the database."""

    operations: dict[str, Row] = field(default_factory=dict)
    doors: dict[str, int] = field(default_factory=dict)  # door → version
    keepers: dict[str, int] = field(default_factory=dict)  # door → phone that is to go there
    facts: dict[str, rules.Said] = field(default_factory=dict)
    visit_counts: dict[str, int] = field(default_factory=dict)  # counters, so that filing twice shows
    conflicts: set[tuple[str, str]] = field(default_factory=set)
    arrivals: list[tuple[int, int]] = field(default_factory=list)  # device, seq: as they were stored
    standings: dict[int, rules.Standing] = field(default_factory=dict)
    reported: dict[int, int] = field(default_factory=dict)  # last_seq, as the phone says
    contacts: dict[tuple[int, int], tuple[dt.datetime, dt.datetime]] = field(default_factory=dict)
    version: int = 1000  # numbers of transactions: the cluster is not new

    def copy(self) -> Book:
        return Book(**{name: _copied(getattr(self, name)) for name in self.__dataclass_fields__})


def _copied(value: Any) -> Any:
    return value if isinstance(value, int) else value.copy()


def window_of(book: Book, device: int, seq: int) -> rules.Window:
    own = [(told, *times) for (whose, told), times in book.contacts.items() if whose == device]
    lower = [last for told, _, last in own if told < seq]
    higher = [first for told, first, _ in own if told >= seq]
    return rules.Window(max(lower, default=None), min(higher, default=None))


class Server:
    """A method a safeguard, so that a simulation can take one away."""

    def __init__(self, doors: Iterable[tuple[str, int]]) -> None:
        self.book = Book()
        for door, phone in doors:
            self.book.doors[door], self.book.keepers[door] = self.book.version, phone
        self.epoch = 1
        self.backup: Book | None = None
        self.backup_began_at: dt.datetime | None = None
        self.is_upgraded = False  # then it understands what it refused before
        self.restore_count = 0

    # ---------- push and pull ----------

    def push(
        self,
        request: dict[str, Any],
        now: dt.datetime,
        *,
        crashes: bool = False,
        backup_at: dt.datetime | None = None,
    ) -> Answer:
        """One transaction. `crashes`: at its very end, when the receipts were already written down. `backup_at`: a
        backup begins while it runs."""
        if not self.is_upgraded and any(op["strange"] == "whole" for op in request["ops"]):
            return self._answer(now, http=400, epoch=None)
        book = self.book.copy()
        receipts = self.file(book, request, now)
        if backup_at is not None:
            self.back_up(backup_at)
        if crashes:
            return self.crashed(book, receipts, now)
        self.book = book
        return self._answer(now, receipts=receipts)

    def crashed(self, book: Book, receipts: list[dict[str, str]], now: dt.datetime) -> Answer:
        """Rolled back. The body may be anything, even the receipts; the status says that they are void."""
        return self._answer(now, http=500, receipts=receipts)

    def pull(
        self, phone: int, device: int, last_seq: int, now: dt.datetime, unsettled: Iterable[str] = ()
    ) -> Answer:
        self.note_reported(self.book, device, last_seq)
        doors = {door: self.book.doors[door] for door, keeper in self.book.keepers.items() if keeper == phone}
        standing = self.standing(self.book, device)
        if standing.revoked_at or (standing.works_until or now) < now:
            return self._answer(now, http=401, epoch=None)
        first, _ = self.book.contacts.get((device, last_seq), (now, now))
        self.book.contacts[device, last_seq] = (first, now)
        settled = [
            {"op_id": op_id, "status": "already_filed" if row.status == "filed" else row.status}
            for op_id, row in self.settled(device, unsettled)
        ]
        return self._answer(now) | {"doors": doors, "settled": settled}

    def settled(self, device: int, op_ids: Iterable[str]) -> list[tuple[str, Row]]:
        """Of what this device sent: what no person has to look at any more."""
        rows = [(op_id, self.book.operations[op_id]) for op_id in op_ids if op_id in self.book.operations]
        return [
            (op_id, row)
            for op_id, row in rows
            if row.device == device and row.status in ("filed", "set_aside")
        ]

    def settle(self) -> None:
        """The village empties its list: of two that differ both stand, anything else is given back."""
        for op_id, row in list(self.book.operations.items()):
            if row.status == "conflict_kept":
                self.book.operations[op_id] = replace(row, status="filed")
            elif row.status in ("held", "quarantined"):
                self.book.operations[op_id] = replace(
                    row, status="set_aside", waits_for="", settled_from=row.status
                )

    def _answer(
        self,
        now: dt.datetime,
        *,
        http: int = 200,
        receipts: list[dict[str, str]] | None = None,
        epoch: str | None = "",
    ) -> Answer:
        told = self.told_backup()
        return {
            "http": http,
            "receipts": receipts or [],
            "epoch": f"e{self.epoch}" if epoch is not None else None,
            "now": now.isoformat(),
            "backed_up_through": told.isoformat() if told else None,
        }

    # ---------- filing ----------

    def file(self, book: Book, request: dict[str, Any], now: dt.datetime) -> list[dict[str, str]]:
        device = request["device"]
        self.note_reported(book, device, request["last_seq"])
        ops = [self.seen(op, request) for op in self.in_order(request["ops"])]
        fresh = [op for op in ops if self.is_new(book, op)]
        moments = self.moments(book, fresh, request, now)
        receipts = []
        for op in ops:
            if self.is_unreadable(op):
                continue
            if self.is_new(book, op):
                moment = moments[op["seq"]]
                book.arrivals.append((device, op["seq"]))
                self.judge(
                    book,
                    Row(
                        op,
                        request["phone"],
                        device,
                        moment,
                        now,
                        "held",
                        error=request["error"],
                        window=window_of(book, device, op["seq"]),
                    ),
                )
                if op["op_id"] not in book.operations:
                    continue
                status = book.operations[op["op_id"]].status
            else:
                status = book.operations[op["op_id"]].status
                status = {"filed": "already_filed", "set_aside": "held"}.get(status, status)
            receipts.append({"op_id": op["op_id"], "status": status})
        for op in ops:  # an answer that this phone cannot know
            if self.is_unreadable(op) and op["strange"] == "later":
                receipts.append({"op_id": op["op_id"], "status": "try_later"})
        return receipts

    def note_reported(self, book: Book, device: int, last_seq: int) -> None:
        """How many operations the phone says it has made: what is missing of them is shown at the desk."""
        book.reported[device] = max(book.reported.get(device, 0), last_seq)

    def seen(self, op: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        """Versions of before a restore are numbers of another life: whoever tells them has seen nothing of this one."""
        return op if request["epoch"] == f"e{self.epoch}" else op | {"base_version": 0}

    def is_unreadable(self, op: dict[str, Any]) -> bool:
        return not self.is_upgraded and bool(op["strange"])

    def in_order(self, ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(ops, key=lambda op: op["seq"])

    def is_new(self, book: Book, op: dict[str, Any]) -> bool:
        """The unique key."""
        return op["op_id"] not in book.operations

    def moments(
        self, book: Book, fresh: list[dict[str, Any]], request: dict[str, Any], now: dt.datetime
    ) -> dict[int, rules.Moment]:
        device = request["device"]
        contact = rules.Contact(
            request["clock"], request["sent_at"], now, request["is_direct"], request["offset_ms"]
        )
        stamps = [rules.Stamp(op["seq"], op["happened_at"], op["clock"], op["offset_ms"]) for op in fresh]
        stored = {row.op["seq"]: row.moment for row in book.operations.values() if row.device == device}
        is_over = self.keeps_to_order(book, device, now)
        windows = {op["seq"]: self.window(book, device, op["seq"]) for op in fresh}
        return rules.true_times(
            stamps, contact, stored=stored, enrolled_at=BEGIN, has_ended=is_over, windows=windows
        )

    def window(self, book: Book, device: int, seq: int) -> rules.Window:
        """Between which contacts a number was given."""
        return window_of(book, device, seq)

    def keeps_to_order(self, book: Book, device: int, now: dt.datetime) -> bool:
        """Of a device that has ended, no time is believed that its own numbers contradict."""
        return rules.has_ended(self.standing_of(book, device), now)

    def judge(self, book: Book, row: Row) -> None:
        """Store the operation with its status; its effects once, in the same transaction."""
        op = row.op
        if rules.fate(row.moment, self.standing_of(book, row.device), row.received_at):
            book.operations[op["op_id"]] = replace(row, status="quarantined")
            return
        needs = op["refers_to"]
        if needs and (needs not in book.operations or book.operations[needs].status == "held"):
            book.operations[op["op_id"]] = replace(row, waits_for=needs)
            return
        if op["kind"] == "household":
            book.doors[op["door"]], book.keepers[op["door"]] = 0, row.phone
        if not self.may_count(book, row):
            return
        status = self.take_effect(book, row)
        book.operations[op["op_id"]] = replace(row, status=status, version=book.version)
        for waiting in [other for other in book.operations.values() if other.waits_for == op["op_id"]]:
            self.judge(book, replace(waiting, waits_for=""))

    def may_count(self, book: Book, row: Row) -> bool:
        """A visit is never refused for scope: somebody else may have the door by now."""
        return True

    def take_effect(self, book: Book, row: Row) -> str:
        door = row.op["door"]
        book.visit_counts[door] = book.visit_counts.get(door, 0) + 1
        mine = rules.Said(
            0, QUESTION, row.op["value"], row.moment.at, row.phone, UUID(int=int(row.op["op_id"]))
        )
        standing = {(0, QUESTION): book.facts[door]} if door in book.facts else {}
        found = self.differences(mine, standing, row.op["base_version"])
        book.conflicts |= {(str(each.mine.record.int), str(each.other.record.int)) for each in found}
        book.version += 1
        book.doors[door] = book.version
        if self.taken(mine, standing):
            book.facts[door] = replace(mine, version=book.version)
        return "conflict_kept" if found else "filed"

    def differences(
        self, mine: rules.Said, standing: dict, base_version: int | None
    ) -> list[rules.Difference]:
        return rules.differences([mine], standing, base_version)

    def taken(self, mine: rules.Said, standing: dict) -> bool:
        return bool(rules.taken([mine], standing))

    def standing(self, book: Book, device: int) -> rules.Standing:
        return book.standings.get(device, rules.Standing())

    def standing_of(self, book: Book, device: int) -> rules.Standing:
        """By which it is judged what counts."""
        return self.standing(book, device)

    def missing(self, device: int) -> list[tuple[int, int]]:
        present = [
            (row.op["seq"], row.op["seq"]) for row in self.book.operations.values() if row.device == device
        ]
        return rules.missing_seq(present, self.book.reported.get(device, 0))

    # ---------- backups ----------

    def back_up(self, now: dt.datetime) -> None:
        self.backup, self.backup_began_at = self.book.copy(), now

    def told_backup(self) -> dt.datetime | None:
        return rules.safe_through(self.backup_began_at)

    def restore(self) -> None:
        """The newest backup is put back. Older ones are outside the promise: phones have let go of what the newest
        holds."""
        if self.backup is not None:
            book = self.book = self.backup.copy()
            # Versions are numbers of transactions, and a new cluster counts from the beginning: everything is of now.
            book.version, book.doors = 1, dict.fromkeys(book.doors, 1)
            book.facts = {door: replace(fact, version=1) for door, fact in book.facts.items()}
            book.operations = {op_id: replace(row, version=1) for op_id, row in book.operations.items()}
            self.restore_count += 1
            self.epoch = self.new_epoch()

    def new_epoch(self) -> int:
        return self.epoch + 1
