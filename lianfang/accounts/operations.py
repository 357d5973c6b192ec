"""Accounts, roles, and signing in."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.rules import LOCK_AFTER, LOCK_MINUTES
from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem


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
        audit.survive("account.bad_password", "user", user.pk, by=user.pk)
        raise Problem("access.bad_login")
    user.failed_count, user.locked_until, user.last_seen_at = 0, None, moment
    user.save(update_fields=["failed_count", "locked_until", "last_seen_at"])
    audit.record("account.sign_in", "user", user.pk, by=user.pk)
    return user
