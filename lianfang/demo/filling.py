"""Generated rows into the register: set-wise, sealed, within the walls.

Row-level security lets nobody COPY straight into a scoped table, so each chunk of villages goes to a temporary
table and from there by one INSERT a table, in one scoped transaction. Ids are drawn from the sequences before:
nothing has to be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from lianfang.areas.loading import load_rows
from lianfang.areas.models import Area
from lianfang.areas.pinyin import initials
from lianfang.areas.rules import FileRow
from lianfang.core.sealing import seal
from lianfang.demo import people
from lianfang.demo.people import Batch
from lianfang.demo.places import AreaRow
from lianfang.register.models import Door, Household, LookupToken, Person
from lianfang.register.tokens import person_tokens


@dataclass(frozen=True, slots=True)
class Place:
    """An area as rows refer to it."""

    id: int
    path: str


def fill_areas(rows: Iterable[AreaRow], *, by: int | None) -> None:
    """Add areas, parents first or already there."""
    load_rows([FileRow(number, *row) for number, row in enumerate(rows, start=2)], by=by)


def places_of(codes: Iterable[str]) -> dict[str, Place]:
    found = Area.objects.filter(code__in=list(codes)).values_list("code", "id", "path")
    return {code: Place(pk, path) for code, pk, path in found}


def draw_ids(batches: Sequence[Batch]) -> dict[str, int]:
    """What to add to the batches' keys to get the ids of their rows, by noun."""
    return {
        noun: _first_id(model, len(rows)) - rows[0].key if rows else 0
        for noun, model, rows in (
            ("door", Door, [door for batch in batches for door in batch.doors]),
            ("household", Household, [household for batch in batches for household in batch.households]),
            ("person", Person, [person for batch in batches for person in batch.persons]),
        )
    }


def fill_people(batches: Sequence[Batch], places: dict[str, Place], shift: dict[str, int]) -> None:
    """Doors, households, persons and their lookup tokens of some villages whose areas are there."""
    doors = [door for batch in batches for door in batch.doors]
    households = [household for batch in batches for household in batch.households]
    persons = [person for batch in batches for person in batch.persons]
    where = {door.key: places[door.area_code] for door in doors}
    insert(
        Door,
        ("id", "area_id", "area_path", "unit", "floor", "room", "label", "walk_order"),
        (
            (
                door.key + shift["door"],
                where[door.key].id,
                where[door.key].path,
                *(door.unit, door.floor, door.room, door.label, door.walk_order),
            )
            for door in doors
        ),
    )
    paths = {household.key: where[household.door_key].path for household in households}
    insert(
        Household,
        ("id", "door_id", "area_path", "kind", "reference", "head_name", "is_current"),
        (
            (
                row.key + shift["household"],
                row.door_key + shift["door"],
                paths[row.key],
                *(row.kind, row.reference, row.head_name, True),
            )
            for row in households
        ),
    )
    fill_persons(persons, paths, shift)


def fill_persons(persons: Sequence[people.Person], paths: dict[int, str], shift: dict[str, int]) -> None:
    """`paths`: area path by household key."""
    insert(Person, _PERSON, (_person_row(person, paths, shift) for person in persons))
    insert(
        LookupToken,
        ("token", "area_path", "person_id"),
        (
            (token, paths[person.household_key], person.key + shift["person"])
            for person in persons
            for token in person_tokens(person.name, person.birth_on, person.id_number, person.phone)
            if token
        ),
        order_by="token",  # a third faster: neighbours in the index are written together
    )


_PERSON = (
    *("id", "household_id", "area_path", "name", "initials", "sex", "birth_on", "relation"),
    *("id_number", "phone", "is_registered_here", "is_living_here", "is_here_tonight"),
    *("registered_place", "present_place", "reference", "is_current"),
)


def _person_row(person: people.Person, paths: dict[int, str], shift: dict[str, int]) -> tuple[Any, ...]:
    return (
        person.key + shift["person"],
        person.household_key + shift["household"],
        paths[person.household_key],
        person.name,
        initials(person.name)[:20],
        person.sex,
        person.birth_on,
        person.relation,
        _sealed(person.id_number, "person.id_number"),
        _sealed(person.phone, "person.phone"),
        person.is_registered_here,
        person.is_living_here,
        person.is_here_tonight,
        _sealed(person.registered_place, "person.registered_place"),
        _sealed(person.away_place, "person.present_place"),
        person.reference,
        True,
    )


def _sealed(text: str | None, purpose: str) -> bytes | None:
    return seal(text, key="register", purpose=purpose) if text else None


def draw_id(model: type[Model]) -> int:
    return _first_id(model, 1)


def _first_id(model: type[Model], count: int) -> int:
    """Draw `count` ids that follow each other; nobody else writes while the demo is loaded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select min(id), max(id) from (select nextval(pg_get_serial_sequence(%s, 'id')) id"
            " from generate_series(1, %s)) drawn",
            [model._meta.db_table, count],
        )
        first, last = cursor.fetchone()
    if last - first + 1 != count:
        raise RuntimeError(f"ids of {model.__name__} were drawn by somebody else while the demo was loaded")
    return int(first)


def insert(
    model: type[Model], columns: tuple[str, ...], rows: Iterable[Sequence[Any]], *, order_by: str = ""
) -> None:
    """Copy rows in by way of a temporary table. Columns that are not named get their model's defaults."""
    table, names = model._meta.db_table, ", ".join(columns)
    others = {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in columns
        and not field.null
        and not field.primary_key
        and not field.has_db_default()  # the database fills it in
    }
    into = ", ".join((*columns, *others))
    values = ", ".join((*columns, *("%s" for _ in others)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table staged on commit drop as select {names} from {table} limit 0"  # noqa: S608
        )
        with cursor.copy(f"copy staged ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        order = f" order by {order_by}" if order_by else ""
        cursor.execute(
            f"insert into {table} ({into}) select {values} from staged{order}",  # noqa: S608
            [*others.values()],
        )
        cursor.execute("drop table staged")
