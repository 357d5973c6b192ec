"""What a device may be, and who may give one to whom. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Protocol

INVITATION_MINUTES = 10  # long enough to fetch the phone from the other room
LONGEST_SHIFT_HOURS = 24
SHIFT_DAYS = 3  # how long a shift that is over still stands in the list
QUIET_HOURS = 3  # a phone of somebody at doors meets signal more often than that

# A code has 130 bits: nobody guesses one. The limits keep a broken phone from hammering and a list from being flooded.
WINDOW = dt.timedelta(minutes=10)
WRONG_TRIES = 20  # from one address
TRIES_OF_A_CODE = 200  # a team of fifty scanning, and scanning again
JOINS_OF_AN_ADDRESS = 60  # a team of fifty behind the one address of a village office

RUNNING, EMPTYING, EXPIRED, REVOKED, FORGOTTEN = "running", "emptying", "expired", "revoked", "forgotten"


class Ending(Protocol):
    """What of a device says whether it runs."""

    works_until: dt.datetime | None
    revoked_at: dt.datetime | None
    forget_asked_at: dt.datetime | None
    forgotten_at: dt.datetime | None
    waiting_count: int


class Calling(Protocol):
    """When it was heard of."""

    last_contact_at: dt.datetime | None
    enrolled_at: dt.datetime


def is_quiet(device: Calling, now: dt.datetime) -> bool:
    """Nobody has heard of it for hours."""
    return (device.last_contact_at or device.enrolled_at) < now - dt.timedelta(hours=QUIET_HOURS)


class Counting(Protocol):
    """What a phone says it has made, and what of that is here."""

    last_seq: int
    stored_count: int


def gap_of(device: Counting) -> int:
    """Operations that it says it has made and that are not here."""
    return max(device.last_seq - device.stored_count, 0)


def state_of(device: Ending, now: dt.datetime) -> str:
    if device.forgotten_at:
        return FORGOTTEN
    if device.revoked_at:
        return REVOKED
    if device.works_until and device.works_until <= now:
        return EXPIRED
    return EMPTYING if device.forget_asked_at else RUNNING


def ended_at(device: Ending, now: dt.datetime) -> dt.datetime | None:
    """From when on what was made on it is looked at by a person before it counts. None while it runs."""
    ends = [end for end in (device.works_until, device.revoked_at, device.forgotten_at) if end and end <= now]
    return min(ends) if ends else None


def refusal_of(device: Ending, now: dt.datetime) -> str | None:
    """Why it gets nothing any more, as a code; None when it does. One that was asked to forget is served until it has
    handed in everything."""
    state = state_of(device, now)
    if state == EXPIRED:
        return "devices.expired"
    if state == RUNNING or (state == EMPTYING and device.waiting_count):
        return None
    return "devices.revoked"


_NAME = re.compile(
    r"[㐀-鿿\U00020000-\U000323AF]{1,15}([·・•][㐀-鿿\U00020000-\U000323AF]{1,15}){0,3}|[A-Za-z][A-Za-z .'’-]{0,28}[A-Za-z]"
)


def read_name(text: object) -> str | None:
    """A name as somebody types it on a phone: two characters or more. None when it is none."""
    if not isinstance(text, str) or len(text) > 60:
        return None
    name = unicodedata.normalize("NFKC", text).strip()
    if not re.search("[A-Za-z]", name):
        name = re.sub(r"\s", "", name)
    return name if 2 <= len(name) <= 30 and _NAME.fullmatch(name) else None


def read_last4(text: object) -> str | None:
    """Four digits. None otherwise."""
    if not isinstance(text, str) or len(text) > 20:
        return None
    digits = unicodedata.normalize("NFKC", text).strip()
    return digits if re.fullmatch("[0-9]{4}", digits) else None
