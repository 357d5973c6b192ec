"""A row as likeness reads it, and under which names and days to look for it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lianfang.areas.pinyin import initials, name_initials
from lianfang.core.sealing import lookup_token
from lianfang.register.likeness import Subject, id_repairs
from lianfang.register.likeness.characters import folded, look_alikes, syllables
from lianfang.register.likeness.numbers import cleaned_id, is_valid_id, phone_ends
from lianfang.register.rules import id_birth
from lianfang.verification.matching.places import Places
from lianfang.verification.rows import ListRow

_HIDDEN = frozenset("*＊某×?？")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Asked:
    """One row. `subject` says all it knows, with the first of its `villages`."""

    subject: Subject
    names: tuple[
        str, ...
    ]  # as written and in one spelling, former ones too; without those that hide a character
    number: str  # a whole id, or ""
    born: dt.date | None
    villages: tuple[str, ...] = ()  # paths that the row names: where somebody is, where they are registered

    address: str = ""  # without spaces: it may end in a door that has a name and no number

    def beside(self, village: str, door: str, said: str) -> Subject:
        """As somebody who lives at that door is compared. Who is registered in one place and lives in another has two
        villages; `said` is the door as one says it there: 9组塘边上."""
        subject = self.subject
        if village != subject.village:
            if village not in self.villages:
                return subject
            subject = replace(subject, village=village, door="")
        if said and subject.door != door and self.address.endswith(said):
            return replace(subject, door=door)
        return subject


def asked(row: ListRow) -> Asked:
    number = cleaned_id(row.id_number)
    whole = number if is_valid_id(number) else ""
    said = [name for name in (row.name, *row.former_names) if name]
    names = dict.fromkeys([*said, *map(folded, said)])
    born = row.birth_on or (id_birth(whole) if whole else _born_in(number))
    subject = Subject(
        name=row.name,
        former_names=row.former_names,
        sex=row.sex,
        birth_on=row.birth_on,
        birth_year=None if row.birth_on else row.birth_year,
        id_number=row.id_number,
        phones=row.phones,
        household_names=frozenset(row.companions),
    )
    return Asked(subject, tuple(name for name in names if _HIDDEN.isdisjoint(name)), whole, born)


def placed(one: Asked, row: ListRow, places: Places) -> Asked:
    """With the places that the row names."""
    where = places.of(row)
    registered = places.read(row.registered_place)
    villages = tuple(dict.fromkeys(w.path for w in (where, registered) if w.path))
    if not villages:
        return one
    first = where if where.path else registered
    subject = replace(one.subject, village=first.path, door=first.door)
    told = row.address if where.path else row.registered_place
    return replace(one, subject=subject, villages=villages, address="".join(told.split()))


def _born_in(number: str) -> dt.date | None:
    """The day in a damaged id: the last digits are lost first."""
    day = number[6:14]
    if not day.isdecimal() or len(day) < 8 or not "1900" <= day[:4] <= "2099":
        return None
    try:
        return dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None


# ---------- what to look up ----------


def sealed_tokens(one: Asked) -> Iterator[bytes]:
    """Of phones, of names with a phone's end or a birthday, of the ids that a damaged one may have been."""
    if one.number:
        yield lookup_token("id", one.number)
    elif one.subject.id_number:
        for number in id_repairs(one.subject.id_number):
            yield lookup_token("id", number)
    for phone in one.subject.phones:
        if "*" not in phone:
            yield lookup_token("phone", phone)
        for name in one.names:
            for end in phone_ends(phone)[:1]:
                yield lookup_token("phone_name", end, name)
    if one.born:
        for name in one.names:
            yield lookup_token("name_birth", name, one.born.isoformat())


def slip_tokens(one: Asked) -> Iterator[bytes]:
    """Of the names with the ends of the phones that may have been meant."""
    for phone in one.subject.phones:
        for end in phone_ends(phone)[1:]:
            for name in one.names:
                yield lookup_token("phone_name", end, name)


def near_initials(name: str) -> set[str]:
    """Initials of the names that this one may have been before it was misheard, misread or cut."""
    found = {name_initials(name), initials(name)}
    if not name or name.isascii():
        return found
    usual = name_initials(name)
    if len(usual) != len(name):
        return found
    for n, char in enumerate(name):
        letters = {_letter(reading) for reading in syllables(char)}
        letters |= {initials(other) for other in look_alikes(char)}
        letters |= {"l" for letter in letters if letter == "n"} | {"n" for letter in letters if letter == "l"}
        found |= {usual[:n] + letter + usual[n + 1 :] for letter in letters if letter}
        if len(name) > 2:
            found.add(usual[:n] + usual[n + 1 :])
    if len(name) == 3:
        found.add(usual[0] + usual[2] + usual[1])
    elif len(name) == 2:
        found |= {usual[:n] + letter + usual[n:] for n in (0, 1, 2) for letter in _LETTERS}
    return found


def _letter(reading: str) -> str:
    return reading[:1] if reading[:1].isascii() else ""
