"""What each role may do. A permission not in this table does not exist: the server refuses to start on one."""

from __future__ import annotations

from lianfang.accounts.models import Role
from lianfang.core.routes import PUBLIC, SIGNED_IN, every_route

_READ = {"area.read", "coverage.read", "campaign.read", "report.read"}
_NAMES = {"register.read", "target.read"}
_LEAD = (
    _READ
    | _NAMES
    | {
        "target.assign",
        "exemption.request",
        "exemption.decide",
        "visit.record",
        "close.sign",
        "order.sign",
        "reminder.acknowledge",
        "print.own_area",
        "intake.settle",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.COUNTY_LEAD: frozenset(
        _LEAD | {"order.enter", "campaign.declare", "emergency.open", "emergency.renew", "register.reveal"}
    ),
    Role.DATA_OFFICER: frozenset(
        _LEAD
        | {
            "order.enter",
            "campaign.declare",
            "emergency.renew",
            "register.reveal",
            "register.load",
            "register.export",
            "account.manage",
            "area.load",
        }
    ),
    Role.TOWNSHIP_LEAD: frozenset(_LEAD | {"register.reveal"}),
    Role.VILLAGE_LEAD: frozenset(_LEAD | {"register.reveal"}),
    Role.GRID_WORKER: frozenset(
        _READ
        | _NAMES
        | {"visit.record", "exemption.request", "reminder.acknowledge", "print.own_area", "target.hand_back"}
    ),
    Role.INSPECTOR: frozenset(_READ | _NAMES | {"recheck.record"}),
    Role.AUDITOR: frozenset({"area.read", "coverage.read", "campaign.read", "report.read", "audit.read"}),
}
PERMISSIONS: frozenset[str] = frozenset().union(*ROLE_PERMISSIONS.values())

LOCK_AFTER = 5  # wrong passwords
LOCK_MINUTES = 15


def require_known_permissions() -> None:
    """Called before the server takes its first request."""
    for address, view in every_route():
        declared = getattr(view, "declared", None)
        if declared and declared.permission not in PERMISSIONS | {PUBLIC, SIGNED_IN}:
            raise LookupError(f"route {address} needs {declared.permission!r}, which no role has")
