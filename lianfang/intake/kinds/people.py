"""What somebody in the register is to be otherwise: different fields merge, the same field told by two is asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.conflicts.finding import open_field_conflicts
from lianfang.intake.differing import Said, differences, taken
from lianfang.intake.doubts import Filed
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import resolve_one
from lianfang.intake.models import FieldTold
from lianfang.intake.rules import person_values
from lianfang.register.amending import amend_person, locked_person, read_fields
from lianfang.register.models import Person

NOBODY = 0  # who told what a sheet, a desk or a merge wrote: it is not known
NO_RECORD = UUID(int=0)
LONG_AGO = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


def file_people(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> Filed:
    filed = Filed()
    for operation in operations:
        values = person_values(operation.body)
        # Whom phones know by the name one of them gave alone was entered by that phone, and by no sheet since.
        is_new = isinstance(values["person_id"], UUID)
        resolve_one(values)
        filed.add(_file_one(operation, values, is_new, scope=scope, by=by))
    return filed


def _file_one(operation: Given, values: Mapping[str, Any], is_new: bool, *, scope: Scope, by: int) -> Filed:
    person = locked_person(values["person_id"])
    if not scope.covers(person.area_path):
        raise Problem("register.members_outside")
    wanted = read_fields(values["fields"])
    mine = [
        Said(person.pk, name, value, operation.happened_at, by, operation.op_id)
        for name, value in wanted.items()
    ]
    standing = _standing(person, wanted, None if is_new else operation.base_version)
    fields = {said.question: said.value for said in taken(mine, standing)}
    asked = differences(mine, standing, operation.base_version)
    doubts = open_field_conflicts(person, asked) if asked else {}
    amend_person(person=person, fields=fields, scope=scope, by=by)
    for name in fields:
        _note(person, name, operation, by)
    return Filed(doubts)


def _standing(
    person: Person, wanted: Mapping[str, Any], base_version: int | None
) -> dict[tuple[int, str], Said]:
    """What the register says of these fields, and who said so. Where no phone has told anything of this person yet, a
    sheet or a desk may have, since the sender looked: then nobody knows who, and it is asked about."""
    told = {one.field: one for one in FieldTold.objects.filter(person_id=person.pk)}
    unseen = _written_since(person, base_version) if base_version is not None and not told else 0
    found = {}
    for name in wanted:
        value = getattr(person, name)
        if value in (None, ""):
            continue
        if one := told.get(name):
            said = Said(person.pk, name, value, one.told_at, one.told_by, one.record, one.version)
        else:
            said = Said(person.pk, name, value, LONG_AGO, NOBODY, NO_RECORD, unseen)
        found[person.pk, name] = said
    return found


def _written_since(person: Person, base_version: int) -> int:
    """The number of the transaction that wrote this row last, if the door has changed since `base_version`; else 0.
    What the system column says may be a part of the transaction that the door's version names; so both are asked."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, [person.pk, base_version])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


_WRITTEN = """
select c - (((c - p.xmin::text::bigint + 2147483648) & 4294967295) - 2147483648) from register_person p
join register_doorversion v on v.household_id = p.household_id,
lateral (select pg_current_xact_id()::text::bigint c) x
where p.id = %s and v.version > %s
"""


def _note(person: Person, name: str, operation: Given, by: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into intake_fieldtold (person_id, field, area_path, told_at, told_by, record)"
            " values (%s, %s, %s, %s, %s, %s) on conflict (person_id, field) do update set told_at = excluded.told_at,"
            " told_by = excluded.told_by, record = excluded.record, version = excluded.version",
            [person.pk, name, person.area_path, operation.happened_at, by, operation.op_id],
        )
