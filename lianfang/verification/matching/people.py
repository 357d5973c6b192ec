"""The register's people as likeness reads them: fetched for many at once, opened once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.core.arrays import literal
from lianfang.core.sealing import Unsealer
from lianfang.register.likeness import Subject
from lianfang.verification.matching.places import Places, door_of

AT_ONCE = 1_000  # people; of more the planner thinks that reading all is less work


@dataclass(frozen=True, slots=True)
class Known:
    """One of the register's people."""

    id: int
    reference: str
    area_path: str
    is_current: bool
    subject: Subject
    door_said: str = ""  # below the village, as one says it: 9组塘边上, 和顺苑5栋1单元1603


@dataclass(slots=True)
class People:
    """Those who were asked for so far."""

    places: Places
    found: dict[int, Known] = field(default_factory=dict)
    _below: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # path → group, building, all
    _open_id: Unsealer = field(default_factory=lambda: Unsealer(purpose="person.id_number"))
    _open_phone: Unsealer = field(default_factory=lambda: Unsealer(purpose="person.phone"))

    def fetch(self, ids: Collection[int]) -> None:
        """Those that are not here yet, with their households; three statements for each thousand."""
        wanted = sorted(set(ids) - self.found.keys())
        for start in range(0, len(wanted), AT_ONCE):
            self._fetch(wanted[start : start + AT_ONCE])

    def _fetch(self, wanted: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_PEOPLE, [literal(wanted)])
            rows = cursor.fetchall()
            cursor.execute(_MEMBERS, [literal(sorted({row[8] for row in rows}))])
            members = cursor.fetchall()
        self._learn_areas({row[7] for row in rows})
        names, phones = self._households(members)
        for row in rows:
            self.found[row[0]] = self._known(row, names, phones)

    def _households(
        self, members: Iterable[tuple[int, int, str, bytes | None]]
    ) -> tuple[dict[int, dict[int, str]], dict[int, dict[int, str]]]:
        names: dict[int, dict[int, str]] = defaultdict(dict)
        phones: dict[int, dict[int, str]] = defaultdict(dict)
        for household, person, name, phone in members:
            names[household][person] = name
            if phone:
                phones[household][person] = self._open_phone(phone)
        return names, phones

    def _learn_areas(self, paths: set[str]) -> None:
        """Group and building of each path: two of the things that a door is told by."""
        new = {step for path in paths if path not in self._below for step in prefixes(path)[4:]}
        rows = Area.objects.filter(path__in=new).values_list("path", "level", "name")
        levels = {path: (level, name) for path, level, name in rows}
        for path in paths:
            if path not in self._below:
                said = [levels[step] for step in prefixes(path) if step in levels]
                group = next((name for level, name in said if level == Area.Level.GROUP), "")
                building = next((name for level, name in said if level == Area.Level.BUILDING), "")
                whole = "".join(name for level, name in said if level in _SAID)
                self._below[path] = (group, building, whole)

    def _known(
        self, row: tuple[Any, ...], names: dict[int, dict[int, str]], phones: dict[int, dict[int, str]]
    ) -> Known:
        pk, reference, name, sex, born, number, phone, path, household, is_current, unit, room, label = row
        group, building, whole = self._below[path]
        own = phones[household].get(pk) if household in phones else None
        if phone and own is None:
            own = self._open_phone(phone)
        subject = Subject(
            name=name,
            sex=sex,
            birth_on=born,
            id_number=self._open_id(number) if number else "",
            phones=(own,) if own else (),
            village=self.places.chain(path)[2] or path,
            door=door_of(group, building, unit, room or label),
            household=str(household),
            household_names=frozenset(n for p, n in names.get(household, {}).items() if p != pk),
            household_phones=frozenset(n for p, n in phones.get(household, {}).items() if p != pk) - {own},
        )
        return Known(pk, reference, path, is_current, subject, whole + "".join(label.split()))


_SAID = (Area.Level.SECTION, Area.Level.ESTATE, Area.Level.GROUP, Area.Level.BUILDING)
_PEOPLE = """
select p.id, p.reference, p.name, p.sex, p.birth_on, p.id_number, p.phone, p.area_path, p.household_id, p.is_current,
  d.unit, d.room, d.label
from unnest(%s::bigint[]) w(id) join register_person p on p.id = w.id
join register_household h on h.id = p.household_id join register_door d on d.id = h.door_id
where p.merged_into_id is null
"""
# Those who share a dormitory tell nothing of one another.
_MEMBERS = """
select household_id, id, name, phone from (
  select p.household_id, p.id, p.name, p.phone, count(*) over (partition by p.household_id) many
  from unnest(%s::bigint[]) w(id) join register_person p on p.household_id = w.id where p.is_current) m
where many < 30
"""


def by_id_alone(rows: Iterable[tuple[int, int]], numbers: dict[int, str]) -> Iterable[tuple[int, Known]]:
    """(row, person) for pairs that share a whole id: that it is equal is known from the token, so nothing is opened."""
    pairs = list(rows)
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [literal(sorted({person for _, person in pairs}))])
        plain = {row[0]: row for row in cursor.fetchall()}
    for n, person in pairs:
        if person in plain:
            pk, reference, name, sex, born, path, is_current = plain[person]
            subject = Subject(name=name, sex=sex, birth_on=born, id_number=numbers[n])
            yield n, Known(pk, reference, path, is_current, subject)


_PLAIN = """
select p.id, p.reference, p.name, p.sex, p.birth_on, p.area_path, p.is_current
from unnest(%s::bigint[]) w(id) join register_person p on p.id = w.id where p.merged_into_id is null
"""
