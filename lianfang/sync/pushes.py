"""Reading what a phone sends. Only what is no push at all is refused; what can be stored is stored, and an operation
that is strange waits for a person with what is strange about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lianfang.core.problems import Problem
from lianfang.intake.envelopes import KEYS, read_operation, read_ops
from lianfang.intake.operations import OperationInput
from lianfang.sync.rules import CONTRACT, Contact, Stamp

_KEYS = KEYS | {"clock", "offset_ms", "base_version"}
MOST_SEQ = 2**31 - 1
MOST_CLOCK = 2**31 - 1
MOST_VERSION = 2**63 - 1
MOST_OFFSET_MS = 200 * 366 * 86_400_000  # a clock that has lost its battery says 1970


@dataclass(frozen=True, slots=True)
class Sent:
    """One operation of a push. `stamp` is None where its number cannot be read."""

    operation: OperationInput
    stamp: Stamp | None


@dataclass(frozen=True, slots=True)
class Push:
    device: UUID
    epoch: str
    contact: Contact
    app: str
    reported: Mapping[str, Any]
    ops: tuple[Sent, ...]  # as they were given


def read_push(given: Mapping[str, Any], *, received_at: dt.datetime, is_direct: bool = True) -> Push:
    """Raises `intake.malformed`, `intake.too_large`, `sync.other_contract`."""
    try:
        device = UUID(given.get("device"))
    except (AttributeError, TypeError, ValueError):
        raise Problem("intake.malformed", detail="device") from None
    if given.get("contract") != CONTRACT:
        raise Problem("sync.other_contract", contract=CONTRACT)
    sent_at = phone_time(given.get("sent_at"))
    clock = _whole(given.get("clock"), 0, MOST_CLOCK)
    contact = Contact(
        -1 if clock is None else clock,
        sent_at or received_at,
        received_at,
        is_direct and sent_at is not None and clock is not None,
        _whole(given.get("offset_ms"), -MOST_OFFSET_MS, MOST_OFFSET_MS),
    )
    reported, epoch, app = given.get("reported"), given.get("epoch"), given.get("app")
    return Push(
        device,
        epoch[:40] if isinstance(epoch, str) else "",
        contact,
        app[:40] if isinstance(app, str) else "",
        reported if isinstance(reported, dict) else {},
        tuple(_sent(raw, number, received_at) for number, raw in enumerate(read_ops(dict(given)))),
    )


def _sent(raw: Any, number: int, received_at: dt.datetime) -> Sent:
    if not isinstance(raw, dict):
        raise Problem("intake.malformed", detail=f"ops.{number}")
    strange: dict[str, Any] = {}
    said = phone_time(raw.get("happened_at"))
    seq = _whole(raw.get("seq"), 1, MOST_SEQ)
    offset = _whole(raw.get("offset_ms"), -MOST_OFFSET_MS, MOST_OFFSET_MS)
    version = _whole(raw.get("base_version"), 0, MOST_VERSION)
    clock = _whole(raw.get("clock"), 0, MOST_CLOCK)
    for key, read in (("happened_at", said), ("seq", seq)):
        if read is None:
            strange[key] = raw.get(key)
    for key, read in (("offset_ms", offset), ("base_version", version), ("clock", clock)):
        if read is None and raw.get(key) is not None:
            strange[key] = raw[key]
    operation = read_operation(
        {**raw, **{f"_{key}": value for key, value in strange.items()}},
        number,
        known=_KEYS,
        happened_at=received_at,
    )
    stamp = None
    if seq is not None and said is not None:
        stamp = Stamp(seq, said, -2 - number if clock is None else clock, offset)
    return Sent(
        OperationInput(operation.op_id, operation.kind, received_at, operation.body, base_version=version),
        stamp,
    )


def phone_time(value: Any) -> dt.datetime | None:
    """A moment with its zone, of whatever year the phone believes in."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = dt.datetime.fromisoformat(value)
        return found.astimezone(dt.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _whole(value: Any, least: int, most: int) -> int | None:
    return value if type(value) is int and least <= value <= most else None
