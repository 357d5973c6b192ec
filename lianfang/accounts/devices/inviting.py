"""What leads do about phones: invite somebody, open a shift for who is sent down tonight, say who joins it."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lianfang.accounts.devices import codes
from lianfang.accounts.devices.operations import reopen
from lianfang.accounts.devices.queries import NEWCOMER_TITLE, may_give_phone
from lianfang.accounts.devices.rules import INVITATION_MINUTES, LONGEST_SHIFT_HOURS
from lianfang.accounts.models import Device, Grant, Invitation, Newcomer, Role, User
from lianfang.accounts.operations import PASSWORD_LETTERS, end_grant, grant_role
from lianfang.accounts.queries import Actor, find_actor
from lianfang.accounts.rules import FIELD_PERMISSION, fits
from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing

MANAGE = "device.manage"
KEPT_DAYS = 30  # of who asked to join


@transaction.atomic
def invite(*, user: User, giver: Actor) -> Invitation:
    """A code for this person's phone, good once and for minutes; an earlier one stops. Whoever scans it is that person
    from then on, so nobody gives one for somebody above or beside.

    Raises `devices.no_field_role`, `devices.not_for_you`.
    """
    owner = find_actor(user)
    if owner is None or not owner.may(FIELD_PERMISSION):
        raise Problem("devices.no_field_role", name=user.name)
    if not may_give_phone(giver, owner):
        raise Problem("devices.not_for_you", name=user.name)
    moment = now()
    open_ones = Invitation.objects.filter(user=user, used_at__isnull=True, withdrawn_at__isnull=True)
    open_ones.update(withdrawn_at=moment, code=None)
    code = codes.new_code()
    invitation = Invitation.objects.create(
        code=code,
        code_digest=codes.digest("invitation", code),
        user=user,
        area=owner.home.area,
        area_path=owner.home.area_path,
        made_at=moment,
        made_by=giver.user,
        expires_at=moment + dt.timedelta(minutes=INVITATION_MINUTES),
    )
    _note("device.invite", invitation, giver.id, user=user.pk)
    return invitation


@transaction.atomic
def withdraw(*, invitation: Invitation, by: int) -> None:
    """The code opens nothing any more. Of a shift: nobody new; who has joined stays until its end."""
    if invitation.used_at or invitation.withdrawn_at:
        return
    invitation.withdrawn_at = now()
    if invitation.user_id:
        invitation.code = None
    invitation.save(update_fields=["withdrawn_at", "code"])
    _note("device.withdraw" if invitation.user_id else "shift.end", invitation, by)


@transaction.atomic
def open_shift(*, area: Area, works_until: dt.datetime, giver: Actor) -> Invitation:
    """One code for everybody who is sent down to an area tonight, until the shift ends. Raises `scope.outside`,
    `devices.bad_shift`, `access.role_misplaced`."""
    giver.scope_for(MANAGE).within(area.path)
    moment = now()
    if not moment < works_until <= moment + dt.timedelta(hours=LONGEST_SHIFT_HOURS):
        raise Problem("devices.bad_shift")
    if not fits(Role.GRID_WORKER, area.level):
        raise Problem("devices.shift_too_wide", area=area.name)
    code = codes.new_code()
    shift = Invitation.objects.create(
        code=code,
        code_digest=codes.digest("invitation", code),
        area=area,
        area_path=area.path,
        made_at=moment,
        made_by=giver.user,
        expires_at=works_until,
    )
    _note("shift.open", shift, giver.id, ends_at=works_until.isoformat())
    return shift


@transaction.atomic
def reopen_shift(*, shift: Invitation, giver: Actor) -> None:
    """Take newcomers again."""
    giver.scope_for(MANAGE).within(shift.area_path)
    if shift.expires_at <= now():
        raise Problem("devices.shift_over")
    shift.withdrawn_at = None
    shift.save(update_fields=["withdrawn_at"])
    _note("shift.open", shift, giver.id, ends_at=shift.expires_at.isoformat())


@transaction.atomic
def admit(*, newcomer_id: int, giver: Actor) -> Newcomer:
    """This person works with us until the shift ends: an account that nobody signs in to at a desk, a role that ends
    with the shift. Who was here before under the same name and number gets the same account again, after the leader
    has looked at them again.

    Raises `devices.unknown_newcomer`, `devices.already_decided`, `devices.shift_over`.
    """
    newcomer = _locked(newcomer_id, giver)
    shift = newcomer.invitation
    if newcomer.state == Newcomer.State.ACCEPTED:
        raise Problem("devices.already_decided")
    if shift.expires_at <= now():
        raise Problem("devices.shift_over")
    newcomer.user = _account_of(newcomer)
    _let_work(newcomer.user, shift, giver)
    if newcomer.device and newcomer.device.forgotten_at is None:
        reopen(newcomer.device)
    _decide(newcomer, Newcomer.State.ACCEPTED, giver)
    _note_newcomer("newcomer.accept", newcomer, giver)
    return newcomer


@transaction.atomic
def refuse(*, newcomer_id: int, giver: Actor) -> Newcomer:
    """Not tonight. Of somebody who was accepted by a slip: role and phone end at once."""
    newcomer = _locked(newcomer_id, giver)
    if newcomer.state == Newcomer.State.REFUSED:
        raise Problem("devices.already_decided")
    action = "newcomer.refuse" if newcomer.state == Newcomer.State.WAITING else "newcomer.take_back"
    if newcomer.user:
        _end_work(newcomer, newcomer.user, giver)
    _decide(newcomer, Newcomer.State.REFUSED, giver)
    _note_newcomer(action, newcomer, giver)
    return newcomer


def _locked(newcomer_id: int, giver: Actor) -> Newcomer:
    newcomer = (
        Newcomer.objects.select_for_update(of=("self",))
        .select_related("invitation__area", "user", "device")
        .filter(giver.scope_for(MANAGE).q(), pk=newcomer_id)
        .first()
    )
    if newcomer is None:
        raise Problem("devices.unknown_newcomer")
    return newcomer


def _account_of(newcomer: Newcomer) -> User:
    """One account for one person in one area, however often they scan. Two leads who accept at once wait for each
    other here."""
    with connection.cursor() as cursor:
        key = int.from_bytes(bytes(newcomer.same_as)[:8], "big", signed=True)
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])
    before = Newcomer.objects.filter(
        area_path=newcomer.area_path, same_as=newcomer.same_as, user__is_active=True
    )
    known = before.select_related("user").order_by("pk").first()
    if known and known.user:
        return known.user
    code = newcomer.invitation.area.code
    user = User(
        username=f"{code}-{''.join(secrets.choice(PASSWORD_LETTERS) for _ in range(8))}", name=newcomer.name
    )
    user.set_unusable_password()
    user.save()
    audit.record("account.add", "user", user.pk, by=None, path=newcomer.area_path)
    return user


def _let_work(user: User, shift: Invitation, giver: Actor) -> None:
    """Until the end of this shift, or of a longer one that runs."""
    running = Grant.objects.select_for_update().filter(
        user=user, area=shift.area, role=Role.GRID_WORKER, ends_at__gt=now()
    )
    longest = running.order_by("-ends_at").first()
    if longest and longest.ends_at >= shift.expires_at:
        return
    if longest:
        end_grant(grant=longest, by=giver.id)
    grant_role(
        user=user,
        role=Role.GRID_WORKER,
        area=shift.area,
        by=giver.id,
        ends_at=shift.expires_at,
        title=NEWCOMER_TITLE,
    )


def _end_work(newcomer: Newcomer, user: User, giver: Actor) -> None:
    area = newcomer.invitation.area
    for grant in Grant.objects.filter(user=user, area=area, title=NEWCOMER_TITLE, ends_at__gt=now()):
        end_grant(grant=grant, by=giver.id)
    moment = now()
    phones = Device.objects.filter(user=user, area_path=newcomer.area_path, revoked_at__isnull=True)
    phones.filter(works_until__isnull=False, forgotten_at__isnull=True).update(
        revoked_at=moment, revoked_by=giver.id, revoked_reason=_("撤回同意")
    )


def _decide(newcomer: Newcomer, state: str, giver: Actor) -> None:
    newcomer.state, newcomer.decided_at, newcomer.decided_by = state, now(), giver.user
    newcomer.save(update_fields=["state", "decided_at", "decided_by", "user"])


def _note_newcomer(action: str, newcomer: Newcomer, giver: Actor) -> None:
    audit.record(action, "newcomer", newcomer.pk, by=giver.id, path=newcomer.area_path, user=newcomer.user_id)


def _note(action: str, invitation: Invitation, by: int, **detail: Any) -> None:
    audit.record(action, "invitation", invitation.pk, by=by, path=invitation.area_path, **detail)


def purge_newcomers() -> int:
    """Who asked to join, with the last four of a private number, goes a month after the shift; and the code of every
    shift and invitation that is over. The account stays with what it recorded. Runs as the system, once a day."""
    with crossing("newcomer.purge", actor_id=None) as scope, transaction.atomic():
        Invitation.objects.filter(expires_at__lt=now(), code__isnull=False).update(code=None)
        old = now() - dt.timedelta(days=KEPT_DAYS)
        found = Newcomer.objects.filter(scope.q(), invitation__expires_at__lt=old)
        gone = list(found.values_list("pk", "area_path"))
        Newcomer.objects.filter(pk__in=[pk for pk, _path in gone]).delete()
        audit.record_each("newcomer.purge", "newcomer", gone, by=None)
    return len(gone)
