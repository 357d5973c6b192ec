"""What each role may do. A permission not in this table does not exist: the server refuses to start on one."""

from __future__ import annotations

from collections.abc import Iterable

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
        "visit.record_for_others",
        "close.sign",
        "order.sign",
        "reminder.acknowledge",
        "print.own_area",
        "intake.settle",
        "worker.manage",
        "worker.dial",
        "device.manage",
        "register.merge",
        "register.build",
        "table.fill",
        "list.check",
        "list.confirm",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.COUNTY_LEAD: frozenset(
        _LEAD
        | {
            "order.enter",
            "campaign.declare",
            "forms.make",
            "emergency.open",
            "emergency.renew",
            "register.reveal",
            "recheck.record",
            "table.manage",
            "table.approve",
            "list.take",
        }
    ),
    Role.DATA_OFFICER: frozenset(
        _LEAD
        | {
            "order.enter",
            "campaign.declare",
            "forms.make",
            "emergency.renew",
            "recheck.record",
            "register.reveal",
            "register.life",
            "register.load",
            "register.export",
            "account.manage",
            "area.load",
            "table.manage",
            "table.approve",
            "list.take",
        }
    ),
    Role.TOWNSHIP_LEAD: frozenset(_LEAD | {"register.reveal", "recheck.record"}),
    Role.VILLAGE_LEAD: frozenset(_LEAD | {"register.reveal", "register.life"}),
    Role.GRID_WORKER: frozenset(
        _READ
        | _NAMES
        | {
            "visit.record",
            "exemption.request",
            "reminder.acknowledge",
            "print.own_area",
            "target.hand_back",
            "worker.dial",
            "list.check",
        }
    ),
    Role.INSPECTOR: frozenset(_READ | _NAMES | {"recheck.record", "worker.dial"}),
    Role.AUDITOR: frozenset({"area.read", "coverage.read", "campaign.read", "report.read", "audit.read"}),
}
PERMISSIONS: frozenset[str] = frozenset().union(*ROLE_PERMISSIONS.values())

# Who manages accounts gives these roles, inside the areas where they manage them. A county lead, who stands above
# the data officer, is made at the server (`lianfang user add`).
MAY_GIVE: dict[str, frozenset[str]] = {
    Role.DATA_OFFICER: frozenset(Role.values) - {Role.COUNTY_LEAD},
}
FIELD_PERMISSION = "visit.record"  # without it a phone has nothing to do
# Whoever holds the code is that person from then on, so nobody hands out the rights of somebody above or beside.
FIELD_ROLES = frozenset(role for role, may in ROLE_PERMISSIONS.items() if FIELD_PERMISSION in may)
MAY_INVITE: dict[str, frozenset[str]] = {
    Role.COUNTY_LEAD: FIELD_ROLES - {Role.COUNTY_LEAD, Role.DATA_OFFICER},
    Role.DATA_OFFICER: FIELD_ROLES - {Role.COUNTY_LEAD, Role.DATA_OFFICER},
    Role.TOWNSHIP_LEAD: frozenset({Role.VILLAGE_LEAD, Role.GRID_WORKER}),
    Role.VILLAGE_LEAD: frozenset({Role.GRID_WORKER}),
}

# A role given higher up than its name says would see a whole county as 'village lead'.
_BELOW = ("section", "group", "grid", "estate", "building")
ROLE_LEVELS: dict[str, tuple[str, ...]] = {
    Role.COUNTY_LEAD: ("province", "prefecture", "county"),
    Role.DATA_OFFICER: ("province", "prefecture", "county", "township"),
    Role.TOWNSHIP_LEAD: ("township",),
    Role.VILLAGE_LEAD: ("village", "section"),  # a section: the village that it was
    Role.GRID_WORKER: ("village", *_BELOW),
    Role.INSPECTOR: ("province", "prefecture", "county", "township", "village"),
    Role.AUDITOR: ("province", "prefecture", "county", "township"),
}
LONGEST_GRANT_DAYS = 366  # no right is for ever
SHORTEST_PASSWORD = 8

LOCK_AFTER = 5  # wrong passwords
LOCK_MINUTES = 15


def may_give(roles: Iterable[str], role: str) -> bool:
    """May somebody with these roles give, or take away, `role`?"""
    return any(role in MAY_GIVE.get(own, ()) for own in roles)


def may_invite(roles: Iterable[str], role: str) -> bool:
    """May somebody with these roles give a phone to whoever has `role`?"""
    return any(role in MAY_INVITE.get(own, ()) for own in roles)


def fits(role: str, level: str) -> bool:
    """Is an area of this level one that the role can be held in?"""
    return level in ROLE_LEVELS.get(role, ())


def require_known_permissions() -> None:
    """Called before the server takes its first request."""
    for address, view in every_route():
        declared = getattr(view, "declared", None)
        if declared and declared.permission not in PERMISSIONS | {PUBLIC, SIGNED_IN}:
            raise LookupError(f"route {address} needs {declared.permission!r}, which no role has")
