"""集体户: a dormitory, a site, a nursing home, a boat, a street. Its contact answers for who is there tonight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register import rules
from lianfang.register.findings import FINDINGS
from lianfang.register.models import Household, Person
from lianfang.register.operations import MemberDetails, door_at, enter_members
from lianfang.register.queries import get_household

MOST_EXPECTED = 99_999
_PIECE = re.compile(r"[\s,，、;；|]+")
_NUMBERED = re.compile(r"^\s*[(（]?\d{1,3}[)）.、．]?\s+|^\s*\d{1,3}[.、．)）]\s*")
_SEXES = {"男": Person.Sex.MALE, "女": Person.Sex.FEMALE}


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers. The phone is read as a sheet's cell is, and kept sealed."""

    name: str
    phone_text: str = ""


@dataclass(frozen=True, slots=True)
class CollectiveDetails:
    place: str  # as said on the spot: 三号工地宿舍, 渡口第2条船
    kind: str
    contact: Contact
    expected_count: int | None = None
    members: Sequence[MemberDetails] = ()


def read_roster(text: str) -> list[MemberDetails]:
    """A roster as it is pasted: a line a person, in any order name, sex, id, phone. 1. 赵一 男 4305… 138….

    Raises `register.line_unread` with the line.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        pieces = [piece for piece in _PIECE.split(_NUMBERED.sub("", line)) if piece]
        if not pieces:
            continue
        said = {"name": "", "sex": "", "id_text": "", "phone_text": ""}
        for piece in pieces:
            said[_meaning(piece, said)] = _SEXES.get(piece, piece)
        if not said["name"] or not rules.person_name(said["name"])[0]:
            raise Problem("register.line_unread", line=number)
        found.append(
            MemberDetails(
                said["name"], sex=said["sex"], id_text=said["id_text"], phone_text=said["phone_text"]
            )
        )
    return found


def _meaning(piece: str, said: dict[str, str]) -> str:
    """Which field a piece of a line is; '' is a remark."""
    if piece in _SEXES:
        return "sex"
    if re.fullmatch(r"[\dXx×Ｘ*]{14,20}", piece):
        return "id_text"
    if re.fullmatch(r"[+\d-]{7,16}", piece):
        return "phone_text"
    return "" if said["name"] else "name"


@transaction.atomic
def add_collective(*, details: CollectiveDetails, area: Area, scope: Scope, by: int) -> Household:
    """A collective behind a door of its own, with its contact and whoever of the roster is known. One with an empty
    roster is asked all the same: nobody has said yet who is there.

    Raises `scope.outside`, `register.door_required`, `register.contact_required`, what a phone or a member can be
    wrong with.
    """
    scope.within(area.path)
    name, phone = _contact(details.contact)
    kinds = Household.CollectiveKind
    door = door_at(area, details.place, scope)
    household = Household.objects.filter(door=door, is_current=True, is_unnamed=True).first()
    household = household or Household(door=door, area_path=door.area_path, is_unnamed=True)
    household.kind, household.head_name = Household.Kind.COLLECTIVE, name
    household.collective_kind = details.kind if details.kind in kinds.values else kinds.OTHER
    household.expected_count = details.expected_count
    if phone:
        household.contact_phone = phone
    household.save()
    audit.record("household.collective", "household", household.pk, by=by, path=area.path)
    if details.members:
        enter_members(household_id=household.pk, members=details.members, scope=scope, by=by)
        household.refresh_from_db()
    return household


@transaction.atomic
def change_contact(
    *, household_id: int, contact: Contact, expected_count: int | None, scope: Scope, by: int
) -> Household:
    """Somebody else answers from now on, or more are expected. An empty phone keeps the one that is known."""
    household = get_household(scope, household_id)
    if household.kind != Household.Kind.COLLECTIVE:
        raise Problem("register.unknown_household")
    household.head_name, phone = _contact(contact)
    household.expected_count = expected_count
    fields = ["head_name", "expected_count"]
    if phone:
        household.contact_phone = phone
        fields.append("contact_phone")
    household.save(update_fields=fields)
    audit.record("household.collective", "household", household.pk, by=by, path=household.area_path)
    return household


def _contact(contact: Contact) -> tuple[str, str | None]:
    name, _note = rules.person_name(contact.name)
    if not name:
        raise Problem("register.contact_required")
    phone, fault = rules.phone(contact.phone_text) if contact.phone_text.strip() else (None, None)
    if fault and phone is None:
        raise Problem("register.bad_phone", detail=gettext(FINDINGS[fault][1]))
    return name, phone


@transaction.atomic
def reveal_contact(*, household_id: int, reason: str, scope: Scope, by: int) -> str:
    """The contact's phone in full, once; its row in the audit comes first. Raises `scope.reason_required`."""
    if not reason.strip():
        raise Problem("scope.reason_required")
    household = get_household(scope, household_id)
    audit.record(
        "register.reveal",
        "household",
        household.pk,
        by=by,
        path=household.area_path,
        reason=reason.strip(),
        field="contact_phone",
    )
    return str(household.contact_phone or "")  # deferred until here
