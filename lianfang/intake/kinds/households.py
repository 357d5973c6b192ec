"""A household that no list had, found in the field: it becomes a target of what runs there, counted apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lianfang.areas.models import Area
from lianfang.campaigns.operations.targets import add_found_household
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.doubts import Filed
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import keep_keys, meaning_of
from lianfang.intake.kinds.visits import file_visits
from lianfang.intake.models import PhoneKey
from lianfang.intake.rules import fault, household_values
from lianfang.register.models import Household
from lianfang.register.operations import HouseholdDetails, add_household


@dataclass(frozen=True, slots=True)
class _Visit:
    """The visit inside, under the same id."""

    op_id: UUID
    happened_at: dt.datetime
    body: Any
    base_version: int | None = None


def file_households(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> Filed:
    filed = Filed()
    for operation in operations:
        values = household_values(operation.body)
        visit = values.pop("visit", None)
        if visit is not None and "household" in visit:
            raise fault("visit.household")
        household_id = _made(operation.op_id, values, scope=scope, by=by)
        if visit is not None:
            version = operation.base_version
            inside = _Visit(
                operation.op_id, operation.happened_at, {**visit, "household": household_id}, version
            )
            filed.add(file_visits([inside], scope=scope, by=by, others=others))
    return filed


def _made(key: UUID, values: dict[str, Any], *, scope: Scope, by: int) -> int:
    if known := meaning_of([key]).get(key):
        return known.household_id
    area = Area.objects.filter(pk=values.pop("area_id")).first()
    if area is None:
        raise Problem("areas.unknown", code="?")
    if values.get("kind", Household.Kind.FAMILY) not in Household.Kind.values:
        raise fault("kind")
    household = add_household(details=HouseholdDetails(**values), area=area, scope=scope, by=by)
    keep_keys([PhoneKey(key=key, household_id=household.pk, area_path=household.area_path)])
    add_found_household(household_id=household.pk, scope=scope, by=by)
    return household.pk
