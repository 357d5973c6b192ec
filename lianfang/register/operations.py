"""What is written when somebody looks deeper than a page shows (the row of the audit comes before the value), and
households entered by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext

from lianfang.areas.holding import hold
from lianfang.areas.models import Area
from lianfang.areas.naming import fold
from lianfang.areas.pinyin import name_initials
from lianfang.core import audit, clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register import rules
from lianfang.register.doubles.jobs import compare_added
from lianfang.register.findings import FINDINGS
from lianfang.register.models import Door, Household, Person
from lianfang.register.queries import PlaceNames, by_token, get_person
from lianfang.register.tokens import refresh_tokens

REVEALED = ("id_number", "phone")


@transaction.atomic
def reveal(*, person_id: int, what: str, reason: str, scope: Scope, by: int) -> str:
    """The full id number or phone of a person in scope, once. Raises `scope.reason_required`."""
    if what not in REVEALED:
        raise Problem("http.bad_request", detail=what[:20])
    if not reason.strip():
        raise Problem("scope.reason_required")
    person = get_person(scope, person_id)
    audit.record(
        "register.reveal",
        "person",
        person.pk,
        by=by,
        path=person.area_path,
        reason=reason.strip(),
        field=what,
    )
    value = Person.objects.filter(scope.q(), pk=person.pk).values_list(what, flat=True).get()
    return str(value) if value else ""


@dataclass(frozen=True, slots=True)
class OutsideFinding:
    """Where somebody lives, and nothing else of them. `asked_count`: the actor's searches outside today."""

    name: str
    place: str | None  # township and village; None: in no register here
    asked_count: int


@transaction.atomic
def find_outside(*, id_text: str, name: str, reason: str, by: int) -> OutsideFinding:
    """One person by whole id and name, anywhere. Every question is recorded and counted, found or not."""
    if not id_text.strip() or not name.strip():
        raise Problem("register.id_and_name")
    if not reason.strip():
        raise Problem("scope.reason_required")
    number, fault = rules.id_number(id_text, clock.today())
    if number is None:
        raise Problem("register.bad_id", detail=_words(fault))
    wanted, _ = rules.person_name(name)
    with crossing("register.find_outside", actor_id=by) as everywhere:
        found = [person for person in by_token(everywhere, "id", number) if person.name == wanted]
        place = PlaceNames([found[0].area_path]).village(found[0].area_path) if found else None
    audit.record(
        "register.find_outside",
        "person",
        found[0].pk if found else "none",
        by=by,
        reason=reason.strip(),
        found=bool(found),
    )
    return OutsideFinding(wanted, place, asked_today(by))


def asked_today(by: int) -> int:
    since = clock.at(clock.today())
    return AuditRow.objects.filter(actor_id=by, action="register.find_outside", at__gte=since).count()


def _words(code: str | None) -> str:
    return gettext(FINDINGS[code or "register.id_unreadable"][1])


@dataclass(frozen=True, slots=True)
class MemberDetails:
    """A member of a household as somebody says it at the door; texts are read as a sheet's cells are."""

    name: str
    relation: str = Person.Relation.OTHER
    sex: str = ""
    birth_on: dt.date | None = None
    id_text: str = ""
    phone_text: str = ""
    is_registered_here: bool = False
    is_here_tonight: bool = True


@dataclass(frozen=True, slots=True)
class HouseholdDetails:
    """A household that no sheet had: behind which door, and who lives there, as far as it is known."""

    door_label: str
    members: Sequence[MemberDetails] = ()
    kind: str = Household.Kind.FAMILY
    is_registered_here: bool = False
    head_name: str = ""  # where nobody of them is entered by name
    unit: str = ""
    floor: str = ""
    room: str = ""


def door_at(area: Area, said: str, scope: Scope, **parts: str) -> Door:
    """The door of this name in an area, made when there is none. The area stays where it is until the transaction ends,
    and no sheet is loaded meanwhile. Raises `scope.outside`, `register.door_required`, `areas.gone`."""
    scope.within(hold(area).path)
    label = fold(said)[:60]  # as a sheet's door is written, so that it is found again
    if not label:
        raise Problem("register.door_required")
    return Door.objects.get_or_create(area=area, label=label, defaults={"area_path": area.path, **parts})[0]


@transaction.atomic
def add_household(*, details: HouseholdDetails, area: Area, scope: Scope, by: int) -> Household:
    """Enter one household by hand, living here from now on. The door is made when there is none of that name; where
    nobody had a name behind it yet, that household gets these people, and one of the same head's name is that one.

    Raises `scope.outside`, `register.door_required`, `register.bad_id`, `register.bad_phone`, `register.bad_name`.
    """
    door = door_at(area, details.door_label, scope, unit=details.unit, floor=details.floor, room=details.room)
    called = rules.person_name(details.head_name)[0]
    there = Household.objects.filter(door=door, is_current=True).order_by("pk")
    household = there.filter(is_unnamed=True).first() or (called and there.filter(head_name=called).first())
    if not household:
        household = Household.objects.create(door=door, area_path=door.area_path, kind=details.kind)
        audit.record("household.add", "household", household.pk, by=by, path=door.area_path)
    if called and (household.is_unnamed or not household.head_name):
        if household.is_unnamed:
            household.is_unnamed, household.named_at = False, clock.now()
        household.head_name = called
        household.save(update_fields=["head_name", "is_unnamed", "named_at"])
    said = [
        replace(member, is_registered_here=details.is_registered_here)
        for member in details.members
        if member.name.strip()
    ]
    if said:
        enter_members(household_id=household.pk, members=said, scope=scope, by=by)
        household.refresh_from_db()
    return household


@transaction.atomic
def enter_members(
    *, household_id: int, members: Sequence[MemberDetails], scope: Scope, by: int
) -> list[tuple[int, bool]]:
    """People who were met behind a door, into the register: (person id, is new) in the order of `members`. Entering
    the same people again finds them. The first of them gives a household without a name its name.

    Raises `register.members_outside`, `register.unknown_household`, `register.bad_id`, `register.bad_phone`,
    `register.bad_name`.
    """
    household = Household.objects.select_for_update(no_key=True).filter(pk=household_id).first()
    if household is None:
        raise Problem("register.unknown_household", id=household_id)
    if not scope.covers(household.area_path):
        raise Problem("register.members_outside")
    people = [member_of(member) for member in members]
    known = list(Person.objects.filter(household=household, is_current=True).order_by("pk"))
    found = [_take_known(person, known) for person in people]
    fresh = [person for person, there in zip(people, found, strict=True) if there is None]
    for person in fresh:
        person.household, person.area_path = household, household.area_path
    made = Person.objects.bulk_create(fresh)
    refresh_tokens([person.pk for person in made])
    compare_added([person.pk for person in made], found_by=f"household {household.pk}")
    name_household(household, people)
    audit.record(
        "household.enter", "household", household.pk, by=by, path=household.area_path, count=len(made)
    )
    return [
        (there.pk, False) if there else (person.pk, True) for person, there in zip(people, found, strict=True)
    ]


def _take_known(person: Person, known: list[Person]) -> Person | None:
    """The one of `known` who this is, each once: the same id, or the same name with no two ids against it."""
    for there in known:
        ids = {str(one.id_number) for one in (there, person) if one.id_number}
        if (there.id_number and person.id_number and len(ids) == 1) or (
            there.name == person.name and len(ids) < 2
        ):
            known.remove(there)
            return there
    return None


def name_household(household: Household, people: Sequence[Person]) -> None:
    """The first people behind a door give it its name: a family's head, else who was met first. A 集体户 is called by
    its contact, and who has a name keeps it."""
    if not people or (household.head_name and not household.is_unnamed):
        return
    if household.kind == Household.Kind.FAMILY:
        head = next((person for person in people if person.relation == Person.Relation.HEAD), people[0])
        household.head_name = head.name
    if household.is_unnamed:
        household.is_unnamed, household.named_at = False, clock.now()
    household.save(update_fields=["head_name", "is_unnamed", "named_at"])


def member_of(said: MemberDetails) -> Person:
    """A person as told, checked and not stored. Raises `register.bad_name`, `register.bad_id`, `register.bad_phone`."""
    name, _note = rules.person_name(said.name)
    if not name:
        raise Problem("register.bad_name", name=said.name.strip()[:1])
    number, fault = rules.id_number(said.id_text, clock.today()) if said.id_text.strip() else (None, None)
    if fault and number is None:
        raise Problem("register.bad_id", detail=_words(fault))
    phone, fault = rules.phone(said.phone_text) if said.phone_text.strip() else (None, None)
    if fault and phone is None:
        raise Problem("register.bad_phone", detail=_words(fault))
    return Person(
        name=name,
        initials=name_initials(name)[:20],
        relation=said.relation if said.relation in Person.Relation.values else Person.Relation.OTHER,
        sex=rules.id_sex(number) if number else said.sex if said.sex in Person.Sex.values else "",
        birth_on=rules.id_birth(number) if number else said.birth_on,
        id_number=number,
        phone=phone,
        is_registered_here=said.is_registered_here,
        is_here_tonight=said.is_here_tonight,
    )
