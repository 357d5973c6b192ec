"""Moving in and moving out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import lookup_token
from lianfang.register.life.recording import (
    HEAD,
    OTHER,
    Change,
    Kind,
    Side,
    Told,
    Whereto,
    called,
    change_of,
    home_behind,
    recording,
    settle_in,
    standing,
)
from lianfang.register.models import Household, LookupToken, Person
from lianfang.register.operations import MemberDetails, member_of


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who moves in: as told at the door, or somebody the register awaits in this village (`person_id`)."""

    details: MemberDetails | None = None
    person_id: int | None = None
    relation: str = OTHER
    is_registered_here: bool = False


@transaction.atomic
def move_in(*, household_id: int, newcomer: Newcomer, told: Told, scope: Scope, by: int) -> Change:
    """Somebody moves into a household. Known by the whole id number (with the same name), they leave the household
    where they were, wherever in the same county, and the old village reads it; else they are new. Looking outside
    one's own area is recorded and counted as `find_outside` is, found or not, and also when nothing comes of it.

    Into a household that nobody is left of comes a new household behind the same door. Raises what `member_of` does,
    `register.already_here`, `register.is_dead`, `register.id_of_another`, and what a day can be wrong with.
    """
    with recording(Kind.MOVED_IN, told, scope, by) as record:
        if (known := change_of(told.key)) is not None:
            return known
        person = (
            _awaited(newcomer.person_id, scope)
            if newcomer.person_id
            else _told(newcomer, _own_path(household_id, scope), scope, by)
        )
        was_at = [person.household_id] if person.pk else []
        home, *old = record.lock(household_id, *was_at)
        if record.known:
            return record.known
        record.own(home)
        if person.pk:
            person = Person.objects.get(pk=person.pk)
            if person.household_id not in record.homes:
                raise Problem("register.not_living_here", name=called(person.name))
        leaves = old[0] if old and person.is_current else None
        if leaves and leaves.pk == home.pk:
            raise Problem("register.already_here", name=called(person.name))
        if person.pk and standing().filter(person=person, kind=Kind.DIED).exists():
            raise Problem("register.is_dead", name=called(person.name))
        if not home.is_current and person.household_id != home.pk:
            home = Household.objects.create(
                door_id=home.door_id, area_path=home.area_path, head_name=person.name
            )
        if leaves:
            record.kind = Kind.MOVED
        record.step(
            person,
            leaves=leaves,
            enters=home,
            relation=_relation_in(record.members(home), newcomer.relation),
            is_registered_here=newcomer.is_registered_here,
            is_living_here=True,
            is_here_tonight=True,
            is_current=True,
        )
    return record.change


def _own_path(household_id: int, scope: Scope) -> str:
    """Where the household is. Nobody is looked for on behalf of a household that is not one's own."""
    path = Household.objects.filter(scope.q(), pk=household_id).values_list("area_path", flat=True).first()
    if path is None:
        raise Problem("register.unknown_household")
    return path


def _told(newcomer: Newcomer, path: str, scope: Scope, by: int) -> Person:
    """The person of this id number, in the own area or else in the county of `path`; else a new one, not stored yet."""
    if newcomer.details is None:
        raise Problem("register.bad_name", name="")
    person = member_of(newcomer.details)
    if not person.id_number:
        return person
    found = _of_number(scope, str(person.id_number))
    if found is None:
        found = _of_number(_county_of(path), str(person.id_number))
        is_found = found is not None and found.name == person.name
        audit.survive(
            "register.find_outside",
            "person",
            found.pk if found and is_found else "none",
            by=by,
            path=path,
            reason=str(Kind.MOVED_IN.label),
            found=is_found,
        )
    if found and found.name != person.name:
        raise Problem("register.id_of_another")
    return found or person


def _county_of(path: str) -> Scope:
    county = Area.objects.filter(path__in=prefixes(path), level=Area.Level.COUNTY).values_list(
        "path", flat=True
    )
    return Scope.over([*county] or [path])


def _of_number(scope: Scope, number: str) -> Person | None:
    """Who is gone from the register may come back; whoever lives somewhere now comes first."""
    tokens = LookupToken.objects.filter(scope.q(), token=lookup_token("id", number)).values("person_id")
    known = Person.objects.filter(scope.q(), pk__in=tokens, merged_into__isnull=True)
    return known.order_by("-is_current", "pk").first()


def _awaited(person_id: int, scope: Scope) -> Person:
    """Somebody whom another village sent here without knowing the door."""
    rows = standing().filter(scope.q(), person_id=person_id, side=Side.AWAITED)
    person = Person.objects.filter(pk=person_id, is_current=False).first() if rows.exists() else None
    if person is None:
        raise Problem("register.unknown_person")
    return person


def _relation_in(members: Sequence[Person], wanted: str) -> str:
    """The first of a household is its head; a second head there is not."""
    if not members:
        return HEAD
    has_head = any(person.relation == HEAD for person in members)
    return OTHER if wanted == HEAD and has_head else wanted


@transaction.atomic
def move_out(
    *,
    household_id: int,
    person_ids: Collection[int],
    whereto: Whereto,
    told: Told,
    scope: Scope,
    by: int,
    head_id: int | None = None,
) -> Change:
    """Some or all of a household leave it. `head_id`: who is the head of those who stay, where the head goes.

    Out of the county, they are no longer counted anywhere here. Into a village without a door, they are awaited
    there: that village reads their names and finds them a household (`move_in` with `person_id`).
    """
    text = whereto.text.strip()
    if not (whereto.household_id or whereto.village or whereto.door_label.strip() or text):
        raise Problem("register.where_required")
    note = "；".join(part for part in (text, told.note.strip()) if part)
    told = Told(told.key, told.happened_on, note)
    stays_in_county = bool(whereto.household_id or whereto.village or whereto.door_label.strip())
    with recording(Kind.MOVED if stays_in_county else Kind.MOVED_OUT, told, scope, by) as record:
        others = [whereto.household_id] if whereto.household_id else []
        home, *there = record.lock(household_id, *others, area=whereto.area)
        if record.known:
            return record.known
        record.own(home)
        leaving = record.chosen(home, person_ids)
        record.appoint(home, head_id, leaving={person.pk for person in leaving})
        if there or whereto.door_label.strip():
            new_home = (
                record.own(there[0]) if there else home_behind(record, whereto.area, whereto.door_label)
            )
            if new_home.pk == home.pk:
                raise Problem("register.same_household")
            settle_in(record, leaving, home, new_home, is_registered_here=whereto.is_registered_here)
        else:
            for person in leaving:
                record.step(person, leaves=home, awaited=whereto.village, is_current=False)
    return record.change
