"""Accounts, roles, and signing in."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import transaction

from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.queries import Actor, fits_ranges, home_path
from lianfang.accounts.rules import (
    LOCK_AFTER,
    LOCK_MINUTES,
    LONGEST_GRANT_DAYS,
    ROLE_LEVELS,
    SHORTEST_PASSWORD,
    fits,
    may_give,
)
from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import at, now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - read aloud and copied by hand: no l, i, o, 1, 0
PASSWORD_LENGTH = 12


@transaction.atomic
def add_user(*, username: str, name: str, password: str, by: int | None) -> User:
    if User.objects.filter(username=username).exists():
        raise Problem("access.user_exists", username=username)
    user = User(username=username, name=name)
    user.set_password(password)
    user.save()
    audit.record("account.add", "user", user.pk, by=by)
    return user


@transaction.atomic
def grant_role(
    *, user: User, role: str, area: Area, by: int | None, ends_at: dt.datetime | None = None, title: str = ""
) -> Grant:
    """Give a role in an area. Without an end it runs a year: no right is for ever."""
    if role not in Role.values:
        raise Problem("access.unknown_role", role=role, roles="、".join(Role.values))
    moment = now()
    grant = Grant.objects.create(
        user=user,
        role=role,
        area=area,
        area_path=area.path,
        title=title,
        starts_at=moment,
        ends_at=ends_at or moment + dt.timedelta(days=365),
        granted_by_id=by,
    )
    audit.record(
        "account.grant", "user", user.pk, by=by, path=area.path, role=role, ends_at=grant.ends_at.isoformat()
    )
    return grant


@transaction.atomic
def end_grant(*, grant: Grant, by: int | None) -> None:
    grant.ends_at = max(now(), grant.starts_at + dt.timedelta(seconds=1))
    grant.save(update_fields=["ends_at"])
    audit.record("account.end_grant", "user", grant.user_id, by=by, path=grant.area_path, role=grant.role)


def check_password(*, username: str, password: str) -> User:
    """The user, or a Problem. Counts wrong tries and locks the account for a while."""
    moment = now()
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        User().set_password(
            password
        )  # as long as a real check takes, so that names cannot be guessed by time
        raise Problem("access.bad_login")
    if user.locked_until and user.locked_until > moment:
        left = int((user.locked_until - moment).total_seconds() // 60) + 1
        raise Problem("access.locked", minutes=left)
    if not user.check_password(password):
        user.failed_count += 1
        if user.failed_count >= LOCK_AFTER:
            user.locked_until, user.failed_count = moment + dt.timedelta(minutes=LOCK_MINUTES), 0
        user.save(update_fields=["failed_count", "locked_until"])
        audit.survive("account.bad_password", "user", user.pk, by=user.pk, path=home_path(user))
        raise Problem("access.bad_login")
    user.failed_count, user.locked_until, user.last_seen_at = 0, None, moment
    user.save(update_fields=["failed_count", "locked_until", "last_seen_at"])
    audit.record("account.sign_in", "user", user.pk, by=user.pk, path=home_path(user))
    return user


@transaction.atomic
def open_account(
    *, username: str, name: str, role: str, area: Area, ends_on: dt.date, title: str, giver: Actor
) -> tuple[User, str]:
    """A new account with one role, and its first password: shown once, stored nowhere."""
    username, name = username.strip(), name.strip()
    if not 2 <= len(username) <= 60 or any(char.isspace() for char in username):
        raise Problem("access.bad_username")
    if not name or len(name) > 60:
        raise Problem("access.name_required")
    password = _first_password()
    user = add_user(username=username, name=name, password=password, by=giver.id)
    give_role(user=user, role=role, area=area, ends_on=ends_on, title=title, giver=giver)
    return user, password


def give_role(*, user: User, role: str, area: Area, ends_on: dt.date, title: str, giver: Actor) -> Grant:
    """A role inside the giver's own areas, never above the giver, never to themselves, with an end."""
    if user.pk == giver.id:
        raise Problem("access.own_account")
    if role not in Role.values:
        raise Problem("access.unknown_role", role=role, roles="、".join(Role.values))
    _require_may_give(giver, role, area.path)
    if not fits(role, area.level):
        levels = "、".join(str(Area.Level(level).label) for level in ROLE_LEVELS[role])
        raise Problem("access.role_misplaced", role=Role(role).label, area=area.name, levels=levels)
    if not today() <= ends_on <= today() + dt.timedelta(days=LONGEST_GRANT_DAYS):
        raise Problem("access.bad_end")
    ends_at = at(ends_on + dt.timedelta(days=1))
    return grant_role(user=user, role=role, area=area, by=giver.id, ends_at=ends_at, title=title.strip()[:40])


def take_role(*, grant: Grant, giver: Actor) -> None:
    """End a role now. It is gone at the holder's next request."""
    if grant.user_id == giver.id:
        raise Problem("access.own_account")
    _require_may_give(giver, grant.role, grant.area_path)
    if grant.ends_at <= now():
        raise Problem("access.grant_ended")
    end_grant(grant=grant, by=giver.id)


@transaction.atomic
def reset_password(*, user: User, giver: Actor) -> str:
    """A new first password; whoever was signed in is out. Only for accounts all of whose roles the giver could give:
    else a township's data officer could take over the county lead's account."""
    if user.pk == giver.id:
        raise Problem("access.own_account")
    grants = list(Grant.objects.filter(user=user))
    moment = now()
    for grant in [each for each in grants if each.ends_at > moment] or grants:
        _require_may_give(giver, grant.role, grant.area_path)
    password = _first_password()
    user.set_password(password)
    user.failed_count, user.locked_until = 0, None
    user.save(update_fields=["password", "failed_count", "locked_until"])
    audit.record("account.reset_password", "user", user.pk, by=giver.id, path=home_path(user))
    return password


@transaction.atomic
def change_password(*, user: User, old: str, new: str) -> None:
    """One's own password. Raises `access.wrong_password` and `access.weak_password`."""
    if not user.check_password(old):
        raise Problem("access.wrong_password")
    if len(new) < SHORTEST_PASSWORD or new == user.username:
        raise Problem("access.weak_password", count=SHORTEST_PASSWORD)
    user.set_password(new)
    user.save(update_fields=["password"])
    audit.record("account.change_password", "user", user.pk, by=user.pk, path=home_path(user))


def choose_areas(*, grants: Sequence[Grant], by: int) -> list[int]:
    """The ids to work with until others are chosen; for who answers for more than four separate areas."""
    if not grants or not fits_ranges(grants):
        raise Problem("access.choose_areas")
    chosen = [grant.pk for grant in grants]
    audit.record("account.choose_areas", "user", by, by=by, path=grants[0].area_path, count=len(chosen))
    return chosen


def _require_may_give(giver: Actor, role: str, path: str) -> None:
    """Scope first: what lies outside is not even said to be above."""
    giver.scope_for("account.manage").within(path)
    roles = [grant.role for grant in giver.grants if Scope.over([grant.area_path]).covers(path)]
    if not may_give(roles, role):
        raise Problem("access.role_above", role=Role(role).label)


def _first_password() -> str:
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_LENGTH))
