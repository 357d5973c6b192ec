"""What happens to a device: it is heard of, ended, told to forget, brought back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from lianfang.accounts.devices.rules import RUNNING, gap_of, state_of
from lianfang.accounts.models import Device
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

MOST = 2**31 - 1


def note_contact(
    *,
    device: Device,
    app: str,
    contract: int,
    reported: Mapping[str, Any],
    at: dt.datetime,
    stored_count: int | None = None,
) -> None:
    """A push or pull of this device came in. `reported` is what the phone says: waiting, refused, last_seq; what is
    missing or no count stays as it was. `stored_count`: operations of it that are here now, all together."""
    said = {
        "waiting_count": _count(reported.get("waiting")),
        "refused_count": _count(reported.get("refused")),
        "last_seq": _count(reported.get("last_seq")),
        "stored_count": stored_count,
        "app": app[:40] or None,
        "contract": _count(contract),
    }
    for name, value in said.items():
        if value is not None:
            setattr(device, name, value)
    if stored_count is not None:  # what the phone said was before this batch
        device.waiting_count = min(device.waiting_count, gap_of(device))
    device.last_contact_at = at
    device.save(update_fields=[*said, "last_contact_at"])


def note_stored(*, device: Device, stored_count: int) -> None:
    """Operations of it came in by another way than itself: a file or codes handed over at the desk."""
    device.stored_count = stored_count
    device.waiting_count = min(device.waiting_count, gap_of(device))
    device.save(update_fields=["stored_count", "waiting_count"])


def note_home(*, device: Device, path: str) -> None:
    """Its user works elsewhere now: it is listed there."""
    if device.area_path != path:
        device.area_path = path
        device.save(update_fields=["area_path"])


def note_told(*, device: Device) -> None:
    """It called although it has ended, and is told to forget."""
    moment = now()
    Device.objects.filter(pk=device.pk).update(told_at=Coalesce(F("told_at"), moment), last_contact_at=moment)


def note_forgotten(*, device: Device, kept_count: int) -> None:
    """The phone says that it has wiped what it got from us; what was unsent it keeps sealed."""
    if device.forgotten_at:
        return
    device.forgotten_at, device.kept_count = now(), kept_count
    device.save(update_fields=["forgotten_at", "kept_count"])
    audit.record(
        "device.forgotten", "device", device.pk, by=device.user_id, path=device.area_path, count=kept_count
    )


@transaction.atomic
def revoke(*, device_id: uuid.UUID, reason: str, scope: Scope, by: int) -> Device:
    """It gets nothing any more from this moment, and forgets when it next calls. What it still brings is stored, and
    looked at by a person if it was made after this. Raises `devices.reason_required`, `devices.already_ended`."""
    device = _locked(device_id, scope)
    if not reason.strip():
        raise Problem("devices.reason_required")
    if device.revoked_at or device.forgotten_at:
        raise Problem("devices.already_ended")
    device.revoked_at, device.revoked_by_id, device.revoked_reason = now(), by, reason.strip()[:200]
    device.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    _note("device.revoke", device, by, device.revoked_reason)
    return device


@transaction.atomic
def ask_forget(*, device_id: uuid.UUID, scope: Scope, by: int) -> Device:
    """Its user gives it back: it hands in what is unsent, then forgets. Until then it works on."""
    device = _locked(device_id, scope)
    if state_of(device, now()) != RUNNING:
        raise Problem("devices.already_ended")
    device.forget_asked_at = now()
    device.save(update_fields=["forget_asked_at"])
    _note("device.ask_forget", device, by)
    return device


@transaction.atomic
def restore(*, device_id: uuid.UUID, scope: Scope, by: int) -> Device:
    """Take back revoking, or asking to forget. A phone that has forgotten has no key any more: `devices.has_forgotten`."""
    device = _locked(device_id, scope)
    if device.forgotten_at:
        raise Problem("devices.has_forgotten")
    if not device.revoked_at and not device.forget_asked_at:
        raise Problem("devices.still_running")
    reopen(device)
    _note("device.restore", device, by)
    return device


def reopen(device: Device) -> None:
    device.revoked_at = device.revoked_by = device.forget_asked_at = device.told_at = None
    device.revoked_reason = ""
    device.save(update_fields=["revoked_at", "revoked_by", "revoked_reason", "forget_asked_at", "told_at"])


def _locked(device_id: uuid.UUID, scope: Scope) -> Device:
    device = (
        Device.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(scope.q(), pk=device_id)
        .first()
    )
    if device is None:
        raise Problem("devices.unknown_device")
    return device


def _note(action: str, device: Device, by: int, reason: str = "") -> None:
    audit.record(action, "device", device.pk, by=by, path=device.area_path, reason=reason)


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST else None
