"""A visit: whoever was met and is in no register comes into it first, then it is recorded, then it is seen whether
somebody else has told the same otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.targets import add_found_household
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core.scope import Scope
from lianfang.intake.conflicts.finding import note_differences
from lianfang.intake.doubts import Filed
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import keep_keys, meaning_of, resolve_households, resolve_people
from lianfang.intake.models import PhoneKey
from lianfang.intake.rules import visit_values
from lianfang.register.models import Household
from lianfang.register.operations import MemberDetails, enter_members


def file_visits(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> Filed:
    values = [visit_values(operation.body) for operation in operations]
    filed = Filed()
    resolve_households(values)
    # Households in one order, as everybody locks them.
    for each in sorted(values, key=lambda found: found["household_id"]):
        members = each.pop("members")
        if members:
            each["lines"] += _entered(each["household_id"], members, scope=scope, by=by)
            filed.keys += [member["key"] for member in members if "key" in member]
    resolve_people(values)
    visits = [visit_of(operation, each) for operation, each in zip(operations, values, strict=True)]
    record_visits(visits, scope=scope, by=by, others=others)
    told = [
        (visit, operation.base_version)
        for visit, operation in zip(visits, operations, strict=True)
        if operation.base_version is not None
    ]
    if told:
        filed.doubts = note_differences(told, scope=scope, by=by)
    return filed


def visit_of(operation: Given, values: Mapping[str, Any]) -> VisitInput:
    """A visit from the values of an operation; the operation's id is the visit's."""
    rest = {key: value for key, value in values.items() if key != "lines"}
    lines = tuple(LineInput(**line) for line in values["lines"])
    return VisitInput(visit_id=operation.op_id, happened_at=operation.happened_at, lines=lines, **rest)


_OF_MEMBER = {field.name for field in fields(MemberDetails)}
_NOT_OF_LINE = _OF_MEMBER | {"key"}
_GONE_TONIGHT = ("away", "moved", "dead")


def _entered(
    household_id: int, members: Sequence[Mapping[str, Any]], *, scope: Scope, by: int
) -> tuple[dict[str, Any], ...]:
    """The lines of people who were entered just now. Where somebody is new, the running rounds that look for persons,
    or that had no cause to ask at this door, take it in as found in the field. Whoever was entered under the same name
    of a phone before is that person."""
    before = meaning_of(member.get("key") for member in members)
    fresh = [member for member in members if member.get("key") not in before]
    people = {key: found.person_id for key, found in before.items()}
    found_of: dict[int, int] = {}
    if fresh:
        said = [
            MemberDetails(
                **{key: value for key, value in member.items() if key in _OF_MEMBER},
                is_here_tonight=member["presence"] not in _GONE_TONIGHT,
            )
            for member in fresh
        ]
        made = enter_members(household_id=household_id, members=said, scope=scope, by=by)
        found_of = {id(member): person for member, (person, _) in zip(fresh, made, strict=True)}
        if any(is_new for _, is_new in made):
            add_found_household(household_id=household_id, scope=scope, by=by)
        _keep({member["key"]: found_of[id(member)] for member in fresh if "key" in member}, household_id)
    return tuple(
        {
            "person_id": found_of.get(id(member)) or people[member["key"]],
            **{key: value for key, value in member.items() if key not in _NOT_OF_LINE},
        }
        for member in members
    )


def _keep(people: Mapping[UUID, int], household_id: int) -> None:
    if people:
        path = Household.objects.values_list("area_path", flat=True).get(pk=household_id)
        keep_keys(
            [
                PhoneKey(key=key, household_id=household_id, person_id=person, area_path=path)
                for key, person in people.items()
            ]
        )
