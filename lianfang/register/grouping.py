"""Doors and households of the rows of a sheet, numbered from 0 as they come. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from typing import Any

from lianfang.register.checking import Entry

UNORDERED = 90_000_000  # walking number of doors without a number: after the others, as the sheet has them


@dataclass(slots=True)
class Household:
    door: int
    village_path: str
    reference: str
    kind: str = ""
    head_name: str = ""
    first_name: str = ""
    collective_kind: str = ""
    expected_count: int | None = None
    contact_phone: str | None = None
    is_unnamed: bool = False  # none of its rows names anybody


class Grouping:
    """Doors and households of the entries, numbered from 0 as they come."""

    def __init__(self) -> None:
        self._doors: list[
            tuple[Any, ...]
        ] = []  # place, unit, floor, room, label, walk order: of the new ones
        self._door_count = 0
        self.households: list[Household] = []
        self.unnamed: list[int] = []  # doors of which nobody has said yet who lives there
        self.said_more: set[int] = set()  # households of which a row said more after they were new
        self._known_count = 0
        self._door_at: dict[tuple[int, str], int] = {}
        self._by_key: dict[tuple, int] = {}
        self._running = _RunningHeads()
        self._orders: Counter[int] = Counter()

    def add(self, entry: Entry, place: int) -> int:
        """The number of the entry's household; -1 for a vacant door. A 集体户 is one also when nobody is named."""
        reference = entry.household_reference
        key: tuple = (entry.village.path, reference)
        if not reference or key not in self._by_key:
            door = self._door(entry, place, reference)
            if not entry.name and entry.household_kind != "collective":
                if entry.is_unnamed:
                    self.unnamed.append(door)
                return -1
            key = key if reference else self._running.key(entry, door)
            if key not in self._by_key:
                self._by_key[key] = len(self.households)
                self.households.append(Household(door, entry.village.path, reference))
        number = self._by_key[key]
        household = self.households[number]
        before = astuple(household) if number < self._known_count else None
        _describe(household, entry)
        if before is not None and before != astuple(household):
            self.said_more.add(number)
        return number

    def new_doors(self) -> list[tuple[Any, ...]]:
        """(place, unit, floor, room, label, walk order) of those that came since the last time."""
        new, self._doors = self._doors, []
        return new

    def new_households(self) -> list[Household]:
        """Those that came since the last time."""
        new = self.households[self._known_count :]
        self._known_count = len(self.households)
        return new

    def _door(self, entry: Entry, place: int, reference: str) -> int:
        label = entry.door.label if entry.door else self._running.door_label(entry, place, reference)
        door = self._door_at.get((place, label))
        if door is None:
            door = self._door_at[place, label] = self._door_count
            self._door_count += 1
            self._orders[place] += 1
            self._doors.append((place, *_parts(entry, label), _walk(entry, self._orders[place])))
        return door


class _RunningHeads:
    """Households of a sheet without 户编号: by 户主 column, else a new one begins with each 户主 of a door."""

    def __init__(self) -> None:
        self._heads: Counter[int] = Counter()
        self._label: dict[int, str] = {}
        self._used: dict[int, Counter[str]] = defaultdict(Counter)

    def key(self, entry: Entry, door: int) -> tuple:
        if entry.head_name:
            return door, "head", entry.head_name
        if entry.relation == "head":
            self._heads[door] += 1
        return door, "order", max(self._heads[door], 1)

    def door_label(self, entry: Entry, place: int, reference: str) -> str:
        """Of a row that names no door: the family's name stands for it (张国强家)."""
        head = entry.head_name or (entry.name if reference or entry.relation == "head" else "")
        if entry.head_name:
            return f"{head}家"[:60]
        if head or place not in self._label:
            head = head or entry.name
            self._used[place][head] += 1
            again = self._used[place][head]
            self._label[place] = f"{head}家"[:60] if again == 1 else f"{head}家{again}"[:60]
        return self._label[place]


def _parts(entry: Entry, label: str) -> tuple[str, str, str, str]:
    return (entry.door.unit, entry.door.floor, entry.door.room, label) if entry.door else ("", "", "", label)


def _walk(entry: Entry, order: int) -> int:
    if entry.walk_order is not None:
        return entry.walk_order
    number = entry.door.number if entry.door else None
    return number if number is not None else UNORDERED + order


def _describe(household: Household, entry: Entry) -> None:
    household.kind = household.kind or entry.household_kind
    household.first_name = household.first_name or entry.name
    household.is_unnamed = household.is_unnamed or entry.is_unnamed
    if entry.household_kind == "collective":
        household.collective_kind = household.collective_kind or entry.collective_kind
        household.contact_phone = household.contact_phone or entry.contact_phone
        if household.expected_count is None:
            household.expected_count = entry.expected_count
    if entry.head_name:
        household.head_name = entry.head_name
    elif entry.relation == "head" and not household.head_name:
        household.head_name = entry.name
