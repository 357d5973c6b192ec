"""Born, died, split, joined, a new head."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.life.recording import (
    HEAD,
    Change,
    Kind,
    Told,
    Whereto,
    home_behind,
    recording,
    settle_in,
)
from lianfang.register.models import Household, Person
from lianfang.register.operations import MemberDetails, member_of


@transaction.atomic
def note_birth(*, household_id: int, child: MemberDetails, told: Told, scope: Scope, by: int) -> Change:
    """A child is born into its mother's household; it has no id number yet. The day of the event is its birthday."""
    with recording(Kind.BORN, told, scope, by) as record:
        (home,) = record.lock(household_id)
        if record.known:
            return record.known
        record.own(home)
        if not record.members(home):
            raise Problem("register.unknown_household")
        person = member_of(child)
        person.birth_on = record.day
        record.step(person, enters=home, is_registered_here=False)
    return record.change


@transaction.atomic
def note_death(*, person_id: int, told: Told, scope: Scope, by: int, head_id: int | None = None) -> Change:
    """Somebody has died. They stay in the register as not current, and count nowhere from that day on."""
    with recording(Kind.DIED, told, scope, by) as record:
        person = Person.objects.filter(pk=person_id).first()
        if person is None:
            raise Problem("register.unknown_person")
        (home,) = record.lock(person.household_id)
        if record.known:
            return record.known
        record.own(home)
        (person,) = record.chosen(home, [person_id])
        record.appoint(home, head_id, leaving={person.pk})
        record.step(person, leaves=home, is_current=False)
    return record.change


@transaction.atomic
def split_household(
    *,
    household_id: int,
    person_ids: Collection[int],
    whereto: Whereto,
    told: Told,
    scope: Scope,
    by: int,
    head_id: int | None = None,
) -> Change:
    """分户: some members become a household of their own, with `whereto.head_id` as its head, behind the same door
    unless another is named. `head_id`: who is the head of those who stay, where the head goes. Somebody stays: else it
    is a move."""
    with recording(Kind.SPLIT, told, scope, by) as record:
        (home,) = record.lock(household_id, area=whereto.area)
        if record.known:
            return record.known
        record.own(home)
        leaving = record.chosen(home, person_ids)
        if len(leaving) == len(record.members(home)):
            raise Problem("register.split_nobody_left")
        if whereto.head_id is not None and whereto.head_id not in {person.pk for person in leaving}:
            raise Problem("register.bad_head")
        record.appoint(home, head_id, leaving={person.pk for person in leaving})
        if whereto.door_label.strip():
            new_home = home_behind(record, whereto.area, whereto.door_label)
        else:
            new_home = Household.objects.create(door_id=home.door_id, area_path=home.area_path)
        settle_in(record, leaving, home, new_home, is_registered_here=None, head_id=whereto.head_id)
    return record.change


@transaction.atomic
def join_households(
    *, household_id: int, into_household_id: int, told: Told, scope: Scope, by: int
) -> Change:
    """并户: everybody of one household becomes part of another, under its head."""
    with recording(Kind.JOINED, told, scope, by) as record:
        if household_id == into_household_id:
            raise Problem("register.same_household")
        home, into = record.lock(household_id, into_household_id)
        if record.known:
            return record.known
        record.own(home)
        record.own(into)
        everybody = record.members(home)
        if not everybody:
            raise Problem("register.nobody_selected")
        settle_in(record, everybody, home, into, is_registered_here=None)
    return record.change


@transaction.atomic
def change_head(*, household_id: int, head_id: int, told: Told, scope: Scope, by: int) -> Change:
    """换户主. What the others are to the new head follows where it can be known, and is other where it cannot."""
    with recording(Kind.HEAD, told, scope, by) as record:
        (home,) = record.lock(household_id)
        if record.known:
            return record.known
        record.own(home)
        (head,) = record.chosen(home, [head_id])
        if head.relation == HEAD:
            raise Problem("register.bad_head")
        record.appoint(home, head_id)
    return record.change
