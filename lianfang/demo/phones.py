"""The phone of the demonstration: whose it is, and how it is let in."""

from __future__ import annotations

import datetime as dt

from lianfang.accounts.devices.inviting import invite as invite_user
from lianfang.accounts.models import User
from lianfang.accounts.queries import get_actor
from lianfang.core.scope import crossing

USERNAME = "demo-grid-worker"
SECOND = "demo-second-grid-worker"
DESK = "/"  # the first page of whoever is signed in: what is late falls there
CODE_HOURS = 12  # somebody reads the terminal after lunch


def holder_name() -> str:
    return User.objects.get(username=USERNAME).name


def invite(username: str = USERNAME) -> str:
    """A code good for one phone. The worker gives it to herself, as at the desk; here it lasts longer."""
    with crossing("demo.phone", actor_id=None):
        holder = User.objects.get(username=username)
        made = invite_user(user=holder, giver=get_actor(holder))
        made.expires_at += dt.timedelta(hours=CODE_HOURS)
        made.save(update_fields=["expires_at"])
        return str(made.code)


def link(origin: str) -> str:
    """For somebody's own phone: another worker, whose code the frame does not take back with a new one."""
    return f"{origin}/phone/#i={invite(SECOND)}"
