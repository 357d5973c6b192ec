"""Checked entries into the register, set-wise: COPY into staging tables, then INSERT … SELECT.

Runs inside the caller's transaction and scope. Entries are taken as they are read and leave memory at once; what
stays until the end are places, doors and households. Storing the same entries again changes nothing. A person is known
by the sheet's 编号 (in the same village, or with the same name), else by the id with a name that shares a character, else
by household and name.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.naming import number_in, standard_name
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.areas.pinyin import name_initials
from lianfang.areas.queries import below
from lianfang.core.scope import subtree
from lianfang.core.sealing import Sealer
from lianfang.register import staging
from lianfang.register.checking import Entry, Village
from lianfang.register.tokens import person_tokens, refresh_tokens

OWN_LEVELS = ("section", "estate", "grid", "group", "building")
UNORDERED = 90_000_000  # walking number of doors without a number: after the others, as the sheet has them
RAW_PURPOSE = "raw_row.cells"
_YES_NO = {True: "t", False: "f", None: ""}
Raw = Mapping[str, str]  # header → as written


@dataclass
class Stored:
    """How many of each were made; a person is added, changed or as before."""

    area_count: int = 0
    door_count: int = 0
    household_count: int = 0
    person_count: int = 0  # entries with a name; the others are vacant doors
    added_count: int = 0
    changed_count: int = 0
    added_ids: tuple[int, int] | None = None  # first and last: numbers are given in one piece
    changed_ids: Sequence[int] = ()
    stayed_rows: Sequence[tuple[str, int]] = ()  # (sheet, row) of people who moved away since, by an event

    def counts(self) -> dict[str, int]:
        """For ImportFile.outcome."""
        return {
            "areas": self.area_count,
            "doors": self.door_count,
            "households": self.household_count,
            "added": self.added_count,
            "changed": self.changed_count,
        }


@dataclass(slots=True)
class _Household:
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


def store(entries: Sequence[Entry], *, county: Area, by: int | None) -> Stored:
    """Areas, doors, households, persons and lookup tokens of the entries, all at once."""
    storing = Storing(county=county, by=by)
    storing.take(entries)
    return storing.finish()


class Storing:
    """One load: `take` as the rows come, then `finish`."""

    def __init__(self, *, county: Area, by: int | None, file_id: int | None = None) -> None:
        self.county, self.by, self.file_id = county, by, file_id
        self._count = self._person_count = 0
        self._places: dict[Place, int] = {}
        self._grouping = _Grouping()
        self._is_own_order = False
        self._seal = {name: Sealer(key="register", purpose=f"person.{name}") for name in staging.SEALED}
        self._seal_contact = Sealer(key="register", purpose=staging.CONTACT_PURPOSE)
        self._seal_raw = Sealer(key="register", purpose=RAW_PURPOSE)
        with connection.cursor() as cursor:
            staging.begin(cursor)

    def take(self, entries: Sequence[Entry], raws: Mapping[tuple[str, int], Raw] | None = None) -> None:
        """Stage these entries; `raws` by (sheet, row): cells that were written otherwise than they are stored."""
        raws = raws or {}
        if not self._count and entries:
            self._is_own_order = entries[0].walk_order is not None
        people: list[str] = []
        written: list[tuple[Any, ...]] = []
        for entry in entries:
            place = self._places.setdefault((entry.village, entry.chain), len(self._places))
            household = self._grouping.add(entry, place)
            if entry.name:
                people.append(self._line(entry, household))
            if raw := raws.get((entry.sheet, entry.row)):
                written.append(self._raw_line(entry.sheet, entry.row, raw))
            self._count += 1
        self._person_count += len(people)
        with connection.cursor() as cursor:
            staging.copy_lines(cursor, f"staged_line ({staging.LINE_COLUMNS})", people)
            if written:
                staging.copy_rows(cursor, "staged_raw", written)

    def take_rejected(self, raws: Mapping[tuple[str, int], Raw]) -> None:
        """Rows that are not taken are kept whole."""
        if not raws:
            return
        with connection.cursor() as cursor:
            lines = (self._raw_line(sheet, row, raw) for (sheet, row), raw in raws.items())
            staging.copy_rows(cursor, "staged_raw", lines)

    def finish(self) -> Stored:
        stored = Stored(person_count=self._person_count)
        places = _ensure_areas(self._places, self.county, self.by, stored, self._is_own_order)
        inside = subtree(self.county.path)
        doors, households = self._grouping.doors, self._grouping.households
        with connection.cursor() as cursor:
            door_ids, stored.door_count = staging.store_doors(
                cursor, ((*places[place], *rest) for place, *rest in doors)
            )
            rows = (
                (
                    door_ids[each.door],
                    places[doors[each.door][0]][1],
                    each.kind,
                    each.reference,
                    each.head_name or each.first_name,
                    each.collective_kind,
                    each.expected_count,
                    self._seal_contact.hex(each.contact_phone),
                    each.is_unnamed and not each.first_name,
                    *subtree(each.village_path),
                )
                for each in households
            )
            stored.household_count = staging.store_households(cursor, rows, inside)
            staging.store_unnamed(cursor, [door_ids[door] for door in self._grouping.unnamed])
            found = staging.store_people(cursor, inside, self.file_id, by=self.by)
            stored.added_count, stored.added_ids = found.added_count, found.added_ids
            stored.changed_count, stored.changed_ids = len(found.changed), found.changed
            stored.stayed_rows = found.stayed
            refresh_tokens(found.changed)
            if self.file_id is not None:
                staging.store_raws(cursor, self.file_id, self.county.path)
            staging.end(cursor)
        return stored

    def _line(self, entry: Entry, household: int) -> str:
        """A row of the staging table; sealed here, so that nothing readable passes through the database."""
        seal = self._seal
        name, born = entry.name, entry.birth_on
        id_token, phone_token, phone_name, name_birth = person_tokens(
            name, born, entry.id_number, entry.phone
        )
        return "\t".join(
            (
                str(household),
                entry.sheet,
                str(entry.row),
                name,
                name_initials(name)[:20],
                entry.sex,
                born.isoformat() if born else "",
                entry.relation,
                _YES_NO[entry.is_registered_here],
                _YES_NO[entry.is_living_here],
                _YES_NO[entry.is_here_tonight],
                entry.reference,
                seal["id_number"].hex(entry.id_number) or "",
                seal["phone"].hex(entry.phone) or "",
                seal["registered_place"].hex(entry.registered_place) or "",
                seal["present_place"].hex(entry.present_place) or "",
                f"\\x{id_token.hex()}" if id_token else "",
                f"\\x{phone_token.hex()}" if phone_token else "",
                f"\\x{phone_name.hex()}" if phone_name else "",
                f"\\x{name_birth.hex()}" if name_birth else "",
            )
        )

    def _raw_line(self, sheet: str, row: int, raw: Raw) -> tuple[Any, ...]:
        return sheet, row, self._seal_raw.hex(json.dumps(raw, ensure_ascii=False))


# ---------- areas ----------

Chain = tuple[tuple[str, str], ...]
Place = tuple[Village, Chain]


def _ensure_areas(
    places: Mapping[Place, int], county: Area, by: int | None, stored: Stored, is_own_order: bool
) -> list[tuple[int, str]]:
    """Area id and path of each place, by its number; missing areas below the village are made."""
    codes: dict[tuple[str, Chain], str] = {(village.path, ()): village.code for village, _ in places}
    chains = [(village.path, chain) for village, chain in places]
    spelled = _spellings(county) if any(chain for _, chain in chains) else {}
    found: dict[str, tuple[int, str]] = _villages(codes)
    for level_group in (("section",), ("estate",), ("grid", "group"), ("building",)):
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
    return [found[codes[key]] for key in chains]


def _spellings(county: Area) -> dict[tuple[str, str, str], str]:
    """Own areas that are there, by their standard name: a sheet's 3组 finds what was entered as 第三组."""
    rows = below(county, OWN_LEVELS).values_list("parent__code", "level", "name")
    return {(parent, level, standard_name(level, name)): name for parent, level, name in rows}


def _villages(codes: dict[tuple[str, Chain], str]) -> dict[str, tuple[int, str]]:
    wanted = set(codes.values())
    return {a.code: (a.pk, a.path) for a in Area.objects.filter(code__in=wanted).only("pk", "code", "path")}


# ---------- doors and households ----------


class _Grouping:
    """Doors and households of the entries, numbered from 0 as they come."""

    def __init__(self) -> None:
        self.doors: list[tuple[Any, ...]] = []  # place, unit, floor, room, label, walk order
        self.households: list[_Household] = []
        self.unnamed: list[int] = []  # doors of which nobody has said yet who lives there
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
                self.households.append(_Household(door, entry.village.path, reference))
        number = self._by_key[key]
        _describe(self.households[number], entry)
        return number

    def _door(self, entry: Entry, place: int, reference: str) -> int:
        label = entry.door.label if entry.door else self._running.door_label(entry, place, reference)
        door = self._door_at.get((place, label))
        if door is None:
            door = self._door_at[place, label] = len(self.doors)
            self._orders[place] += 1
            self.doors.append((place, *_parts(entry, label), _walk(entry, self._orders[place])))
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


def _describe(household: _Household, entry: Entry) -> None:
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
