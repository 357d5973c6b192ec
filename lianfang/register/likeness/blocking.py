"""Whom to compare with whom, for many rows at once. Pure.

The shorter list is put into a table of keys; the longer one (a register of a million) streams past it once, so that
memory grows with the rows asked about and never with the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lianfang.register.likeness.characters import folded, sound_key
from lianfang.register.likeness.comparing import Subject
from lianfang.register.likeness.numbers import cleaned_id, id_repairs, is_valid_id
from lianfang.register.rules import id_birth

MOST_OF_A_KEY = 300  # rows; what more share tells nobody apart
MASKED = "m"  # keys of whole ids that only masked ones are looked up by


class Blocker:
    """Candidates among `rows` for people who come one by one."""

    def __init__(self, rows: Sequence[Subject]) -> None:
        self.rows = rows
        table: dict[str, list[int]] = defaultdict(list)
        for n, row in enumerate(rows):
            is_masked = "*" in row.id_number
            for key in keys_of(row):
                if is_masked or key[0] != MASKED:
                    table[key].append(n)
            for repaired in id_repairs(row.id_number) if row.id_number else ():
                table["i" + repaired].append(n)
        self._table = {key: found for key, found in table.items() if len(found) <= MOST_OF_A_KEY}

    def candidates(self, person: Subject) -> set[int]:
        """Numbers of the rows that have a key in common with this person."""
        table = self._table
        found: set[int] = set()
        for key in keys_of(person):
            if key in table:
                found.update(table[key])
        return found

    def pairs(self, people: Iterable[Subject]) -> Iterator[tuple[int, Subject]]:
        """(row number, person) for every pair worth comparing."""
        for person in people:
            for n in self.candidates(person):
                yield n, person


def keys_of(one: Subject) -> list[str]:
    """Ways to be found, each of which survives some damage: the id, its ends, what a mask leaves of it, the phone and
    its ends, and the name by its sound with birth, year or village."""
    name = folded(one.name) if one.name else ""
    sound = sound_key(name)
    family = sound.split(" ", 1)[0]
    born = one.birth_on
    keys: list[str] = []
    if one.id_number:
        number = cleaned_id(one.id_number)
        if is_valid_id(number):
            born = born or id_birth(number)
        keys += _id_keys(number, family)
    for phone in one.phones:
        keys += (f"p{phone}", f"e{family}{phone[-4:]}", f"g{family}{phone[:7]}")
    if born:
        day = born.toordinal()
        if name:
            keys += (f"s{sound}{born.year}", f"y{family}{day}", f"n{name[1:]}{day}")
        if one.village:
            keys.append(f"b{day}{one.village}")
    elif name and one.birth_year:
        keys.append(f"s{sound}{one.birth_year}")
    if name and one.village:
        keys.append(f"v{sound}{one.village}")
    if one.door and one.village:
        keys.append(f"d{one.village}{one.door}{family}")
    return keys


def _id_keys(number: str, family: str) -> list[str]:
    if "*" in number:
        return [f"{MASKED}{number[:4]}{number[-4:]}{family}"]
    keys = ["i" + number, f"h{number[:14]}{family}", "t" + number[-8:]]
    if len(number) == 18:
        keys.append(f"{MASKED}{number[:4]}{number[-4:]}{family}")
    return keys
