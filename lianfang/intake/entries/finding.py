"""Whose row it is: 人号 and 户号 of our own sheets, door and name, or a name that one alone bears. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lianfang.intake.entries.doorways import Doorways
from lianfang.intake.entries.form import DOOR, EntryForm, ListedDoor
from lianfang.intake.entries.headers import DOOR_PARTS
from lianfang.intake.entries.printed import door_number, person_number
from lianfang.register.rules import NOTHING, person_name, text

_PARTS = {"group": "组", "building": "栋", "unit": "单元"}
_OUR_OWN = re.compile(r"[HP][0-9]{1,18}")  # entries/printed.py


@dataclass(slots=True)
class Row:
    number: int  # from 1
    cells: tuple[str, ...]
    said: dict[str, str]  # column → text
    at: dict[str, int]  # column → place from 1
    inherited: frozenset[str] = frozenset()  # door columns taken from above


@dataclass(slots=True)
class Found:
    household: int | None = None
    who: str = ""
    fault: str = ""
    count: int = 0
    candidates: tuple[tuple[int, str], ...] = ()


class Finder:
    def __init__(self, form: EntryForm) -> None:
        self.form = form
        self.doorways = Doorways(form.doors)
        self.by_name: dict[str, list[tuple[int, str]]] = {}
        self.by_number: dict[str, list[tuple[int, str]]] = {}
        self.by_reference: dict[str, list[ListedDoor]] = {}
        for door in form.doors:
            self.by_reference.setdefault(door_number(door.household_id), []).append(door)
            if door.reference:
                self.by_reference.setdefault(_folded(door.reference), []).append(door)
            for member in door.members:
                who = (door.household_id, str(member.person_id))
                self.by_name.setdefault(named(member.name), []).append(who)
                self.by_number.setdefault(person_number(member.person_id), []).append(who)
                if member.reference:
                    self.by_number.setdefault(_folded(member.reference), []).append(who)

    def find(self, row: Row) -> Found:
        found, is_of_door = self._found(row)
        # A number of ours that stands for nobody here: a sheet of elsewhere. By its name alone it would be put to a
        # namesake, or be offered as somebody new, though the register knows them.
        if (found.fault or not is_of_door) and self._is_of_elsewhere(row):
            return Found(fault="elsewhere")
        return found

    def _is_of_elsewhere(self, row: Row) -> bool:
        door = _folded(row.said.get("door_reference", ""))
        person = _folded(row.said.get("person_reference", ""))
        ours = [number for number in (door, person) if _OUR_OWN.fullmatch(number)]
        return bool(ours) and door not in self.by_reference and person not in self.by_number

    def _found(self, row: Row) -> tuple[Found, bool]:
        """Whose row it is, and whether more than a bare name tells so."""
        name = named(row.said.get("name", ""))
        number = _folded(row.said.get("person_reference", ""))
        exact = self.by_number.get(number, ()) if number else ()
        if len(exact) == 1:
            bears = name and exact[0] not in self.by_name.get(name, ())
            if bears:
                return Found(*exact[0], fault="row_differs", candidates=tuple(exact)), True
            return Found(*exact[0]), True
        doors, is_said, is_inherited = self._doors(row)
        if not name:
            return self._of_door(row, doors, is_said=is_said), True
        people = self.by_name.get(name, [])
        if not is_said:
            return self._by_name(people), False
        return self._of_named(people, doors, is_inherited=is_inherited), not is_inherited

    def _of_named(
        self, people: Sequence[tuple[int, str]], doors: Sequence[ListedDoor], *, is_inherited: bool
    ) -> Found:
        """Somebody of whom a door is said, too."""
        ids = {door.household_id for door in doors}
        here = [who for who in people if who[0] in ids]
        if len(here) == 1:
            return Found(*here[0])
        if len(here) > 1:
            return Found(fault="namesakes", count=len(here), candidates=tuple(here))
        if people:
            # The door was carried down from a merged cell, or left out: a name that only one bears is enough.
            if is_inherited and len(people) == 1:
                return Found(*people[0])
            return Found(fault="door_differs", candidates=tuple(people))
        return self._newcomer(doors)

    def _doors(self, row: Row) -> tuple[list[ListedDoor], bool, bool]:
        """Which doors the row may mean, whether it says anything of one, and whether it only has it from above."""
        reference = _folded(row.said.get("door_reference", ""))
        if reference and (found := self.by_reference.get(reference)):
            return found, True, "door_reference" in row.inherited
        parts: list[str] = []
        for column in DOOR_PARTS:
            said = text(row.said.get(column, ""))
            if said in NOTHING or (column == "door" and "room" in row.said and parts and said == parts[-1]):
                continue
            bare = re.fullmatch(r"[0-9一二三四五六七八九十]+", said)
            parts.append(said + _PARTS.get(column, "") if bare else said)
        section = row.said.get("section_line", "")
        said = " ".join(parts)
        own = {
            column for column in DOOR_PARTS if column in row.said and text(row.said[column]) not in NOTHING
        }
        finest = own & {"door", "room"}
        head = named(row.said.get("head_name", ""))
        if not finest and not head:
            return [], False, False
        found = self.doorways.meant(said) if finest else list(self.form.doors)
        if section and len(found) > 1:
            found = self.doorways.meant(f"{section} {said}") or found
        if head and len(found) != 1:
            of_head = [d for d in found if named(d.head_name) == head]
            found = of_head or found if finest else of_head
        return found, True, not ((finest | ({"head_name"} if head else set())) - row.inherited)

    def _by_name(self, people: Sequence[tuple[int, str]]) -> Found:
        if len(people) == 1:
            return Found(*people[0])
        if people:
            return Found(fault="namesakes", count=len(people), candidates=tuple(people))
        return Found(fault="not_listed")

    def _of_door(self, row: Row, doors: Sequence[ListedDoor], *, is_said: bool) -> Found:
        """A row without a name speaks of the whole door: 无人应门, or what is asked of the household."""
        if len(doors) == 1 and "door" not in row.inherited and "room" not in row.inherited:
            return Found(doors[0].household_id, DOOR)
        if is_said and not doors:
            return Found(fault="door_unknown")
        return Found(fault="who", candidates=tuple((door.household_id, DOOR) for door in doors[:20]))

    def _newcomer(self, doors: Sequence[ListedDoor]) -> Found:
        if len(doors) == 1:
            if not doors[0].members:  # a door of whom nobody knows yet who lives there: they do
                return Found(doors[0].household_id, "n")
            return Found(fault="not_of_door", candidates=((doors[0].household_id, DOOR),))
        if doors:
            return Found(fault="not_of_door", candidates=tuple((d.household_id, DOOR) for d in doors[:20]))
        return Found(fault="door_unknown")


def _folded(reference: str) -> str:
    return text(reference).upper().lstrip("0")


def named(cell: str) -> str:
    return person_name(cell)[0] if text(cell) not in NOTHING else ""
