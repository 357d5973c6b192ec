"""What happens to a device: it is heard of, ended, told to forget, brought back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from lianfang.accounts.models import Device
from lianfang.core import audit
from lianfang.core.clock import now

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
    device.last_contact_at = at
    device.save(
        update_fields=[*(name for name, value in said.items() if value is not None), "last_contact_at"]
    )


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


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST else None
