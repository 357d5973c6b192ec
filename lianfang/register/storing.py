"""Checked entries into the register, set-wise: COPY into staging tables, then INSERT … SELECT.

Runs inside the caller's transaction and scope. Storing the same entries again changes nothing. A person is known by
the sheet's 编号 (in the same village, or with the same name), else by the id, else by household and name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.naming import number_in, standard_name
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.areas.pinyin import name_initials
from lianfang.areas.queries import below
from lianfang.core.scope import subtree
from lianfang.core.sealing import seal
from lianfang.register import staging
from lianfang.register.checking import Entry
from lianfang.register.tokens import person_tokens, refresh_tokens

OWN_LEVELS = ("estate", "grid", "group", "building")
UNORDERED = 90_000_000  # walking number of doors without a number: after the others, as the sheet has them


@dataclass
class Stored:
    """How many of each were made; a person is added, changed or as before."""

    area_count: int = 0
    door_count: int = 0
    household_count: int = 0
    added_count: int = 0
    changed_count: int = 0


@dataclass(slots=True)
class _Household:
    door: int
    village_path: str
    reference: str
    kind: str = ""
    head_name: str = ""
    first_name: str = ""
    heads: int = 0


def store(entries: Sequence[Entry], *, county: Area, by: int | None) -> Stored:
    """Areas, doors, households, persons and lookup tokens of the entries."""
    stored = Stored()
    places = _ensure_areas(entries, county, by, stored)
    households, of_entry, doors = _group(entries, places)
    with connection.cursor() as cursor:
        door_ids, stored.door_count = staging.store_doors(cursor, doors)
        rows = [
            (
                door_ids[h.door],
                doors[h.door][1],
                h.kind,
                h.reference,
                h.head_name or h.first_name,
                *subtree(h.village_path),
            )
            for h in households
        ]
        household_ids, stored.household_count = staging.store_households(cursor, rows, subtree(county.path))
        people = [n for n, entry in enumerate(entries) if entry.name]
        lines = (
            _line(n, entries[n], household_ids[of_entry[n]], doors[households[of_entry[n]].door][1])
            for n in people
        )
        result = staging.store_people(cursor, lines, subtree(county.path), _places_of(entries))
        stored.added_count, changed = result
        stored.changed_count = len(changed)
        refresh_tokens(changed)
    return stored


# ---------- areas ----------

Place = tuple[int, str]  # area id and path
Chain = tuple[tuple[str, str], ...]


def _ensure_areas(
    entries: Sequence[Entry], county: Area, by: int | None, stored: Stored
) -> dict[tuple[str, Chain], Place]:
    """The area of each (village path, chain); missing ones below the village are made."""
    codes: dict[tuple[str, Chain], str] = {(e.village.path, ()): e.village.code for e in entries}
    chains = dict.fromkeys((e.village.path, e.chain) for e in entries)
    spelled = _spellings(county) if any(chain for _, chain in chains) else {}
    is_own_order = bool(entries) and entries[0].walk_order is not None
    found: dict[str, Place] = _villages(codes)
    for level_group in (("estate",), ("grid", "group"), ("building",)):
        wanted: dict[tuple[str, Chain], Wanted] = {}
        for path, chain in chains:
            for depth, (level, name) in enumerate(chain, 1):
                key = (path, chain[:depth])
                if level in level_group and key not in wanted:
                    parent = codes[path, chain[: depth - 1]]
                    own = spelled.get((parent, level, standard_name(level, name)), name)
                    wanted[key] = Wanted(parent, level, own, walk_order=number_in(own) or 0)
        if not wanted:
            continue
        # 1组 before 10组; a file of our own brings its order with it.
        ordered = list(wanted.values())
        if not is_own_order:
            ordered.sort(key=lambda each: each.walk_order or UNORDERED)
        areas = ensure_below(wanted=ordered, by=by)
        for key, each in wanted.items():
            area = areas[each.key]
            codes[key] = area.code
            found[area.code] = (area.pk, area.path)
            stored.area_count += (
                each.parent_code,
                each.level,
                standard_name(each.level, each.name),
            ) not in spelled
    return {key: found[codes[key]] for key in chains}


def _spellings(county: Area) -> dict[tuple[str, str, str], str]:
    """Own areas that are there, by their standard name: a sheet's 3组 finds what was entered as 第三组."""
    rows = below(county, OWN_LEVELS).values_list("parent__code", "level", "name")
    return {(parent, level, standard_name(level, name)): name for parent, level, name in rows}


def _villages(codes: dict[tuple[str, Chain], str]) -> dict[str, Place]:
    wanted = set(codes.values())
    return {a.code: (a.pk, a.path) for a in Area.objects.filter(code__in=wanted).only("pk", "code", "path")}


# ---------- doors and households ----------


def _group(
    entries: Sequence[Entry], places: dict[tuple[str, Chain], Place]
) -> tuple[list[_Household], list[int], list[tuple[Any, ...]]]:
    """Households, the household of each entry (-1: a vacant door), and rows of doors."""
    doors: list[tuple[Any, ...]] = []
    door_at: dict[tuple[int, str], int] = {}
    households: list[_Household] = []
    by_key: dict[tuple, int] = {}
    of_entry: list[int] = []
    running = _RunningHeads()
    orders: Counter[int] = Counter()
    for entry in entries:
        area_id, path = places[entry.village.path, entry.chain]
        reference = entry.household_reference
        key: tuple = (entry.village.path, reference)
        if not reference or key not in by_key:
            label = entry.door.label if entry.door else running.door_label(entry, area_id, reference)
            door = door_at.get((area_id, label))
            if door is None:
                door = door_at[area_id, label] = len(doors)
                orders[area_id] += 1
                doors.append((area_id, path, *_parts(entry, label), _walk(entry, orders[area_id])))
            if not entry.name:
                of_entry.append(-1)
                continue
            key = key if reference else running.key(entry, door)
            if key not in by_key:
                by_key[key] = len(households)
                households.append(_Household(door, entry.village.path, reference))
        household = households[by_key[key]]
        _describe(household, entry)
        of_entry.append(by_key[key])
    return households, of_entry, doors


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

    def door_label(self, entry: Entry, area_id: int, reference: str) -> str:
        """Of a row that names no door: the family's name stands for it (张国强家)."""
        head = entry.head_name or (entry.name if reference or entry.relation == "head" else "")
        if entry.head_name:
            return f"{head}家"[:60]
        if head or area_id not in self._label:
            head = head or entry.name
            self._used[area_id][head] += 1
            again = self._used[area_id][head]
            self._label[area_id] = f"{head}家"[:60] if again == 1 else f"{head}家{again}"[:60]
        return self._label[area_id]


def _parts(entry: Entry, label: str) -> tuple[str, str, str, str]:
    return (entry.door.unit, entry.door.floor, entry.door.room, label) if entry.door else ("", "", "", label)


def _walk(entry: Entry, order: int) -> int:
    if entry.walk_order is not None:
        return entry.walk_order
    number = entry.door.number if entry.door else None
    return number if number is not None else UNORDERED + order


def _describe(household: _Household, entry: Entry) -> None:
    household.kind = household.kind or entry.household_kind
    household.first_name = household.first_name or entry.name
    if entry.head_name:
        household.head_name = entry.head_name
    elif entry.relation == "head" and not household.head_name:
        household.head_name = entry.name


# ---------- persons ----------


def _line(n: int, entry: Entry, household_id: int, path: str) -> tuple[Any, ...]:
    """A row of the staging table; sealed here, so that nothing readable passes through the database."""
    sealed = {
        name: seal(value, key="register", purpose=f"person.{name}").hex() if value else None
        for name, value in (
            ("id_number", entry.id_number),
            ("phone", entry.phone),
            ("registered_place", entry.registered_place),
            ("present_place", entry.present_place),
        )
    }
    tokens = person_tokens(entry.name, entry.birth_on, entry.id_number, entry.phone)
    return (
        n,
        household_id,
        path,
        *subtree(entry.village.path),
        entry.name,
        name_initials(entry.name)[:20],
        entry.sex or None,
        entry.birth_on.isoformat() if entry.birth_on else None,
        entry.relation or None,
        entry.is_registered_here,
        entry.is_living_here,
        entry.is_here_tonight,
        entry.reference or None,
        *sealed.values(),
        *(token.hex() if token else None for token in tokens),
    )


def _places_of(entries: Sequence[Entry]) -> dict[int, tuple[str, str]]:
    """What the file says of places: sealed values cannot be compared in the database."""
    return {
        n: (entry.registered_place, entry.present_place)
        for n, entry in enumerate(entries)
        if entry.registered_place or entry.present_place
    }
