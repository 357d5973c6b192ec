"""Kind of record → the operations it starts. All on one screen: this is where work rooms meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.following import follow_events
from lianfang.campaigns.operations.targets import add_found_household
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core.scope import Scope
from lianfang.intake.doubts import Filed
from lianfang.intake.rules import visit_values
from lianfang.register.life import Change, cancel_event
from lianfang.register.operations import MemberDetails, enter_members


class Given(Protocol):
    @property
    def op_id(self) -> UUID: ...
    @property
    def happened_at(self) -> dt.datetime: ...
    @property
    def body(self) -> Any: ...


def file_visits(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    values = [visit_values(operation.body) for operation in operations]
    # Whoever was met and is in no register comes into it first. Households in one order, as everybody locks them.
    for each in sorted(values, key=lambda found: found["household_id"]):
        members = each.pop("members")
        if members:
            each["lines"] += _entered(each["household_id"], members, scope=scope, by=by)
    visits = [visit_of(operation, each) for operation, each in zip(operations, values, strict=True)]
    record_visits(visits, scope=scope, by=by, others=others)


def visit_of(operation: Given, values: Mapping[str, Any]) -> VisitInput:
    """A visit from the values of an operation; the operation's id is the visit's."""
    rest = {key: value for key, value in values.items() if key != "lines"}
    lines = tuple(LineInput(**line) for line in values["lines"])
    return VisitInput(visit_id=operation.op_id, happened_at=operation.happened_at, lines=lines, **rest)


_OF_MEMBER = {field.name for field in fields(MemberDetails)}
_GONE_TONIGHT = ("away", "moved", "dead")


def _entered(
    household_id: int, members: Sequence[Mapping[str, Any]], *, scope: Scope, by: int
) -> tuple[dict[str, Any], ...]:
    """The lines of people who were entered just now. Where somebody is new, the running rounds that look for persons,
    or that had no cause to ask at this door, take it in as found in the field."""
    said = [
        MemberDetails(
            **{key: value for key, value in member.items() if key in _OF_MEMBER},
            is_here_tonight=member["presence"] not in _GONE_TONIGHT,
        )
        for member in members
    ]
    made = enter_members(household_id=household_id, members=said, scope=scope, by=by)
    if any(is_new for _, is_new in made):
        add_found_household(household_id=household_id, scope=scope, by=by)
    return tuple(
        {"person_id": person, **{key: value for key, value in member.items() if key not in _OF_MEMBER}}
        for (person, _), member in zip(made, members, strict=True)
    )


@transaction.atomic
def tell_life(tell: Callable[[], Change], *, by: int) -> Change:
    """A dated event of a household (`register/life`), and the lists of running rounds after it."""
    change = tell()
    follow_events(events=[change.event], by=by)
    return change


def take_back_life(*, event: UUID, key: UUID, reason: str, scope: Scope, by: int) -> Change:
    return tell_life(lambda: cancel_event(event=event, key=key, reason=reason, scope=scope, by=by), by=by)


EFFECTS: dict[str, Callable[..., Filed | None]] = {
    "visit": file_visits,
}
