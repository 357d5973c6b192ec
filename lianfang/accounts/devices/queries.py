"""Finding a device by its key."""

from __future__ import annotations

from lianfang.accounts.devices import codes
from lianfang.accounts.models import Device


def find_device(header: str) -> Device | None:
    """The device whose key an `Authorization` header carries, running or not. None for a wrong one."""
    read = codes.read_authorization(header)
    if read is None:
        return None
    device_id, secret = read
    device = Device.objects.select_related("user").filter(pk=device_id).first()
    if not codes.is_same(secret, device.secret_digest if device else bytes(32)):
        return None
    return device
