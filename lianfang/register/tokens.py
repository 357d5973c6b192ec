"""Lookup tokens: how people are found by what is sealed (core/sealing.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connection

from lianfang.core.arrays import columns, literal
from lianfang.core.sealing import Unsealer, lookup_token

AT_ONCE = 5_000  # people
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
    into another is found by none of its values. Three statements for each AT_ONCE people."""
    wanted = sorted(set(person_ids))
    if not wanted:
        return
    open_id, open_phone = Unsealer(purpose="person.id_number"), Unsealer(purpose="person.phone")
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), AT_ONCE):
            some = literal(wanted[start : start + AT_ONCE])
            cursor.execute(_PEOPLE, [some])
            rows = [
                (token, path, person_id)
                for person_id, path, name, born, id_number, phone in cursor.fetchall()
                for token in person_tokens(
                    name, born, id_number and open_id(id_number), phone and open_phone(phone)
                )
                if token
            ]
            cursor.execute(_DELETE, [some])
            if rows:
                cursor.execute(_INSERT, columns(rows))


_PEOPLE = """
select id, area_path, name, birth_on, id_number, phone from register_person
where id = any(%s::bigint[]) and merged_into_id is null
"""
_DELETE = "delete from register_lookuptoken where person_id = any(%s::bigint[])"
_INSERT = """
insert into register_lookuptoken (token, area_path, person_id)
select * from unnest(%s::bytea[], %s::text[], %s::bigint[]) t(token, area_path, person_id) order by token
"""
