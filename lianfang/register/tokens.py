"""Lookup tokens: how people are found by what is sealed (core/sealing.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from lianfang.core.sealing import lookup_token
from lianfang.register.models import LookupToken, Person

KINDS = ("id", "phone", "phone_name", "name_birth")


def person_tokens(
    name: str, birth_on: dt.date | None, id_number: str | None, phone: str | None
) -> tuple[bytes | None, bytes | None, bytes | None, bytes | None]:
    """In the order of KINDS; None where what it needs is not known."""
    return (
        lookup_token("id", id_number) if id_number else None,
        lookup_token("phone", phone) if phone else None,
        lookup_token("phone_name", phone[-4:], name) if phone else None,
        lookup_token("name_birth", name, birth_on.isoformat()) if birth_on else None,
    )


def refresh_tokens(person_ids: Collection[int]) -> None:
    """After name, birth, id, phone or area of these people changed. Needs a scope over them. A row that was merged
    into another is found by none of its values."""
    if not person_ids:
        return
    people: QuerySet[Any] = Person.objects.filter(pk__in=person_ids, merged_into=None)
    LookupToken.objects.filter(person_id__in=person_ids).delete()
    LookupToken.objects.bulk_create(
        (
            LookupToken(token=token, area_path=person.area_path, person_id=person.pk)
            for person in people
            for token in person_tokens(person.name, person.birth_on, person.id_number, person.phone)
            if token
        ),
        batch_size=5000,
    )
