"""What is known of somebody, told otherwise: by whoever met them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from lianfang.areas.pinyin import name_initials
from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.models import Household, Person
from lianfang.register.operations import MemberDetails, member_of
from lianfang.register.tokens import refresh_tokens

FIELDS = ("name", "sex", "birth_on", "relation", "phone", "id_number")


def locked_person(person_id: int) -> Person:
    """Somebody of the register with their household held, until the transaction ends; whoever was merged into another
    row is that row. Needs a scope over them. Raises `register.unknown_person`."""
    person = Person.objects.filter(pk=person_id).first()
    for _ in range(9):
        if person is None or person.merged_into_id is None:
            break
        person = Person.objects.filter(pk=person.merged_into_id).first()
    if person is None:
        raise Problem("register.unknown_person", id=person_id)
    Household.objects.select_for_update(no_key=True).get(pk=person.household_id)
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def read_fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as somebody types them, as the register keeps them. Raises `register.bad_name`, `register.bad_id`,
    `register.bad_phone`, `register.bad_field`."""
    for name, values in (("sex", Person.Sex.values), ("relation", Person.Relation.values)):
        if said.get(name) and said[name] not in values:
            raise Problem("register.bad_field", field=name)
    checked = member_of(
        MemberDetails(
            name=said.get("name", "无名"),
            relation=said.get("relation", Person.Relation.OTHER),
            sex=said.get("sex", ""),
            birth_on=said.get("birth_on"),
            id_text=said.get("id_number", ""),
            phone_text=said.get("phone", ""),
        )
    )
    found = {name: getattr(checked, name) for name in FIELDS if name in said}
    if said.get("id_number"):
        found |= {"sex": checked.sex, "birth_on": checked.birth_on}
    return found


@transaction.atomic
def amend_person(*, person: Person, fields: Mapping[str, Any], scope: Scope, by: int) -> list[str]:
    """Give somebody (`locked_person`) these values (`read_fields`). A head's new name is the household's. Returns the
    fields that changed. Raises `register.members_outside`."""
    if not scope.covers(person.area_path):
        raise Problem("register.members_outside")
    changed = [name for name, value in fields.items() if getattr(person, name) != value]
    if not changed:
        return []
    was_called = person.name
    for name in changed:
        setattr(person, name, fields[name])
    person.initials = name_initials(person.name)[:20]
    person.save(update_fields=[*changed, "initials"])
    refresh_tokens([person.pk])
    if person.name != was_called:
        family = Household.objects.filter(pk=person.household_id, head_name=was_called)
        if person.relation == Person.Relation.HEAD:
            family.update(head_name=person.name)
    audit.record("person.amend", "person", person.pk, by=by, path=person.area_path, fields=",".join(changed))
    return changed
