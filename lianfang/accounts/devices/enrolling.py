"""How a phone comes in: by an invitation for a named person, or by asking to join somebody's shift tonight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from lianfang.accounts.devices import codes
from lianfang.accounts.devices.rules import (
    JOINS_OF_AN_ADDRESS,
    TRIES_OF_A_CODE,
    WINDOW,
    WRONG_TRIES,
    read_last4,
    read_name,
)
from lianfang.accounts.models import Device, EnrolTry, Invitation, Newcomer, User
from lianfang.accounts.queries import find_actor
from lianfang.accounts.rules import FIELD_PERMISSION
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What a phone says of itself: words to recognise it by, its version of the app and of the contract."""

    name: str
    app: str = ""
    contract: int = 1


@dataclass(frozen=True, slots=True)
class Enrolled:
    device: Device
    secret: str  # told this once


@dataclass(frozen=True, slots=True)
class AskedWho:
    """The code is a leader's: whoever scans it says who they are."""

    area: str
    leader: str


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket: str


def read_phone(said: Mapping[str, Any]) -> PhoneFacts:
    """Raises `devices.bad_phone` for what no phone of ours sends."""
    name, app, contract = said.get("name", ""), said.get("app", ""), said.get("contract", 1)
    if not isinstance(name, str) or not isinstance(app, str):
        raise Problem("devices.bad_phone", detail="name, app")
    if type(contract) is not int or not 1 <= contract <= 1000:
        raise Problem("devices.bad_phone", detail="contract")
    clean = "".join(sign for sign in name if sign.isprintable()).strip()[:80]
    return PhoneFacts(clean, "".join(sign for sign in app if sign.isprintable())[:40], contract)


@transaction.atomic
def enrol(
    *, code: str, phone: PhoneFacts, person: Mapping[str, Any] | None, address: str
) -> Enrolled | AskedWho | Ticket:
    """Answer somebody who scanned. `address` is the caller's, for counting only.

    Raises `devices.bad_code`, `devices.used_code`, `devices.expired_code`, `devices.too_many_tries`,
    `devices.bad_person`.
    """
    read = codes.read_code(code)
    kept = codes.digest("invitation", read)
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("area", "made_by", "user")
        .filter(code_digest=kept)
        .first()
        if read
        else None
    )
    if invitation is None:
        raise _unknown(address)
    count_try(b"code" + kept, TRIES_OF_A_CODE)
    if invitation.used_at:
        raise Problem("devices.used_code")
    if invitation.withdrawn_at or invitation.expires_at <= now():
        raise Problem("devices.expired_code")
    if invitation.user is not None:
        return _enrol_named(invitation, invitation.user, phone)
    if person is None:
        return AskedWho(invitation.area.name, invitation.made_by.name)
    count_try(codes.digest("joins", address), JOINS_OF_AN_ADDRESS)
    return _ask_to_join(invitation, phone, person)


def _enrol_named(invitation: Invitation, user: User, phone: PhoneFacts) -> Enrolled:
    made = add_device(user=user, phone=phone, works_until=None, by=invitation.made_by_id)
    invitation.used_at, invitation.device, invitation.code = now(), made.device, None
    invitation.save(update_fields=["used_at", "device", "code"])
    return made


def add_device(*, user: User, phone: PhoneFacts, works_until: dt.datetime | None, by: int | None) -> Enrolled:
    """A device of somebody who may record visits at this moment; else `devices.expired_code`."""
    actor = find_actor(user)
    if actor is None or not actor.may(FIELD_PERMISSION):
        raise Problem("devices.expired_code")
    secret = codes.new_secret()
    device = Device.objects.create(
        user=user,
        area_path=actor.home.area_path,
        secret_digest=codes.digest("device.secret", secret),
        name=phone.name,
        app=phone.app,
        contract=phone.contract,
        enrolled_at=now(),
        enrolled_by_id=by,
        works_until=works_until,
    )
    audit.record("device.enrol", "device", device.pk, by=user.pk, path=device.area_path)
    return Enrolled(device, secret)


def _ask_to_join(invitation: Invitation, phone: PhoneFacts, person: Mapping[str, Any]) -> Ticket:
    name, last4 = read_name(person.get("name")), read_last4(person.get("last4"))
    if name is None or last4 is None:
        raise Problem("devices.bad_person")
    ticket = codes.new_secret()
    with crossing("device.join", actor_id=None):
        newcomer = Newcomer.objects.create(
            invitation=invitation,
            area_path=invitation.area_path,
            name=name,
            last4=last4,
            same_as=codes.digest("newcomer", f"{invitation.area_id}\x1f{name}\x1f{last4}"),
            ticket_digest=codes.digest("ticket", ticket),
            phone_name=phone.name,
            app=phone.app,
            contract=phone.contract,
            asked_at=now(),
        )
    audit.record("newcomer.ask", "newcomer", newcomer.pk, by=None, path=newcomer.area_path)
    return Ticket(ticket)


@transaction.atomic
def redeem_ticket(*, ticket: str, address: str) -> Enrolled | str:
    """What became of asking to join: `waiting`, `refused`, or, once, the device.

    Raises `devices.bad_code`, `devices.used_code`, `devices.expired_code`, `devices.too_many_tries`.
    """
    with crossing("device.join", actor_id=None):
        newcomer = (
            Newcomer.objects.select_for_update(of=("self",))
            .select_related("user", "invitation")
            .filter(ticket_digest=codes.digest("ticket", ticket))
            .first()
        )
        if newcomer is None:
            raise _unknown(address)
        if newcomer.device_id:
            raise Problem("devices.used_code")
        if newcomer.invitation.expires_at <= now():
            raise Problem("devices.expired_code")
        if newcomer.state != Newcomer.State.ACCEPTED or newcomer.user is None:
            return str(newcomer.state)
        phone = PhoneFacts(newcomer.phone_name, newcomer.app, newcomer.contract)
        until = newcomer.invitation.expires_at
        made = add_device(user=newcomer.user, phone=phone, works_until=until, by=newcomer.decided_by_id)
        newcomer.device = made.device
        newcomer.save(update_fields=["device"])
        return made


def count_wrong(address: str) -> None:
    """One wrong code or ticket from here. To be called after what went wrong was rolled back."""
    _count(codes.digest("wrong", address))


def _unknown(address: str) -> Problem:
    """What somebody is told whose code is none. A right one is never kept out: it has 130 bits, so that nobody finds it
    by trying, and a whole village office calls from one address."""
    what = codes.digest("wrong", address)
    is_over = EnrolTry.objects.filter(what=what, begins_at=_window(), count__gte=WRONG_TRIES).exists()
    return _too_many() if is_over else Problem("devices.bad_code")


def count_try(what: bytes, most: int) -> None:
    if _count(what) > most:
        raise _too_many()


def _count(what: bytes) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into accounts_enroltry as t (what, begins_at, count) values (%s, %s, 1)"
            " on conflict (what, begins_at) do update set count = t.count + 1 returning count",
            [what, _window()],
        )
        count = int(cursor.fetchone()[0])
    if count == 1:
        EnrolTry.objects.filter(begins_at__lt=now() - dt.timedelta(days=1)).delete()
    return count


def _window() -> dt.datetime:
    moment = now()
    return moment - (moment - dt.datetime.fromtimestamp(0, dt.UTC)) % WINDOW


def _too_many() -> Problem:
    left = _window() + WINDOW - now()
    return Problem("devices.too_many_tries", minutes=int(left.total_seconds() // 60) + 1)
