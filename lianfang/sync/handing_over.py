"""当面交: what was sealed on a phone is filed as if the phone had sent it, whoever carried it here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lianfang.accounts.devices.codes import is_same
from lianfang.accounts.models import Device
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.intake.operations import MOST_OPERATIONS, Receipt
from lianfang.sync.envelopes import MOST_ENVELOPES, opened_each
from lianfang.sync.operations import Answer, receive_push
from lianfang.sync.pushes import Push, Sent, read_push
from lianfang.sync.rules import Contact


@dataclass(frozen=True, slots=True)
class Taken:
    """One operation that was taken in, with its receipt."""

    device: Device
    sent: Sent
    receipt: Receipt


@dataclass(slots=True)
class HandOver:
    taken: list[Taken] = field(default_factory=list)
    refused: list[tuple[int, Problem]] = field(default_factory=list)  # place in the file, from 1, and why
    answers: dict[UUID, Answer] = field(default_factory=dict)  # the last of each device


def take_in(*, envelopes: Iterable[Any], by: int | None) -> HandOver:
    """Open, store and file what phones sealed; `by` is whoever carried it to the desk, None where a phone sends it
    itself. Every operation counts as its phone's. What does not open, or comes from a device that was never enrolled
    here, is refused by itself. Raises `handover.too_large`."""
    envelopes = list(envelopes)
    if len(envelopes) > MOST_ENVELOPES:
        raise Problem("handover.too_large")
    result, moment = HandOver(), now()
    ops: dict[tuple[UUID, str], list[Sent]] = {}
    known: dict[UUID, Device] = {}
    for place, contents in enumerate(opened_each(envelopes), 1):
        try:
            push = _push(contents, moment)
            if push.device not in known:
                device = Device.objects.select_related("user").filter(pk=push.device).first()
                if device is None:
                    raise Problem("handover.unknown_device")
                known[push.device] = device
            _require_own(contents, known[push.device])
            ops.setdefault((push.device, push.epoch), []).extend(push.ops)
        except Problem as problem:
            result.refused.append((place, problem))
    for (device_id, epoch), sent in ops.items():
        device = known[device_id]
        _file(result, device, epoch, sent, moment)
        audit.record(
            "handover.take",
            "device",
            device.pk,
            by=by if by is not None else device.user_id,
            path=device.area_path,
            count=len(sent),
        )
    return result


def _require_own(contents: Mapping[str, Any] | Problem, device: Device) -> None:
    """Whoever holds the server's public key can seal something and put any device's name on it: inside stands the
    device's own secret, too. Raises `handover.unknown_device`."""
    secret = contents.get("secret") if isinstance(contents, Mapping) else None
    if not isinstance(secret, str) or not is_same(secret, device.secret_digest):
        raise Problem("handover.unknown_device")


def _push(contents: Mapping[str, Any] | Problem, moment: dt.datetime) -> Push:
    if isinstance(contents, Problem):
        raise contents
    return read_push(contents, received_at=moment, is_direct=False)


def _file(result: HandOver, device: Device, epoch: str, sent: list[Sent], moment: dt.datetime) -> None:
    """In the order in which they were made, whatever the order of the envelopes."""
    in_turn = sorted(sent, key=lambda one: one.stamp.seq if one.stamp else 2**31)
    for start in range(0, len(in_turn), MOST_OPERATIONS):
        piece = in_turn[start : start + MOST_OPERATIONS]
        push = Push(device.pk, epoch, Contact(-1, moment, moment, is_direct=False), "", {}, tuple(piece))
        answer = result.answers[device.pk] = receive_push(device=device, push=push)
        result.taken += [
            Taken(device, one, receipt) for one, receipt in zip(piece, answer.receipts, strict=True)
        ]
