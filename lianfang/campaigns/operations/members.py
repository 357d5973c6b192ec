"""Who the register has at some doors, read once for all that a batch asks of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.core.arrays import literal

BASES = tuple(BASE_COLUMN)
Bases = dict[int, dict[str, frozenset[int]]]  # household → base → person ids


@dataclass(frozen=True, slots=True)
class Member:
    """One row of the register at a door, of those too who have left or were merged into another."""

    person_id: int
    household_id: int
    is_current: bool
    merged_into: int | None
    bases: tuple[str, ...]  # in which the person counts; none of a household that is gone


def read_members(household_ids: Collection[int]) -> list[Member]:
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [literal(household_ids)])
        return [
            Member(person, household, is_current, merged_into, tuple(bases))
            for person, household, is_current, merged_into, bases in cursor.fetchall()
        ]


def bases_of(members: Iterable[Member]) -> Bases:
    """Who of each household each base includes: everybody in it, whatever the other conditions of a campaign.

    Eligibility chooses the household; once its door is knocked at, all who count in the base are asked for.
    """
    found: dict[int, dict[str, set[int]]] = defaultdict(lambda: {base: set() for base in BASES})
    for member in members:
        for base in member.bases:
            found[member.household_id][base].add(member.person_id)
    return {
        household: {base: frozenset(people) for base, people in bases.items()}
        for household, bases in found.items()
    }


_COUNTS = ", ".join(
    f"case when p.{column} and p.is_current and h.is_current then '{base}' end"
    for base, column in BASE_COLUMN.items()
)
_MEMBERS = f"""
select p.id, p.household_id, p.is_current, p.merged_into_id, array_remove(array[{_COUNTS}], null)
from register_person p join register_household h on h.id = p.household_id
where p.household_id = any(%s::bigint[])
"""
