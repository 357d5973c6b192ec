"""Rows of a sheet into entries that can be stored, and everything that is wrong with them. Pure: no database.

A row is taken when its name and its village are good; any other bad cell is left empty and reported.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lianfang.areas.naming import standard_name, township_stem, village_stem
from lianfang.register import rules
from lianfang.register.columns import Choices, Columns
from lianfang.register.doors import DoorName, door_name
from lianfang.register.findings import RowError
from lianfang.register.recognising import columns_of
from lianfang.register.rules import Cell
from lianfang.register.sheets import Chunk

_SUMS = ("合计", "小计", "总计", "填报人", "审核人", "填表人", "制表", "备注", "说明", "注:", "注：")
_LONGEST = {"reference": 40, "household_reference": 40, "head_name": 60}
_PARTS = {
    "village": ("village_code", "township", "village"),
    "chain": ("estate", "grid", "group", "building"),
    "door": ("unit", "floor", "room", "label"),
}
_LONGEST_AREA = 30  # a group, grid, estate or building; more is an address in the wrong column


class Village(NamedTuple):
    """A village that rows may name."""

    code: str
    name: str
    township: str
    path: str


@dataclass(slots=True)
class Entry:
    """One person (or, without a name, one vacant door) as the sheet gives it; "" and None: the cell was empty."""

    sheet: str
    row: int
    name: str
    village: Village
    chain: tuple[tuple[str, str], ...]  # areas below the village: (level, name), from the outside in
    door: DoorName | None
    walk_order: int | None
    household_reference: str
    household_kind: str
    head_name: str
    reference: str
    relation: str
    sex: str
    birth_on: dt.date | None
    id_number: str | None
    phone: str | None
    is_registered_here: bool | None
    is_living_here: bool | None
    is_here_tonight: bool | None
    registered_place: str
    present_place: str


class UnreadPlace(NamedTuple):
    """A row that is not taken because its address could not be read; `candidates` are codes of areas."""

    sheet: str
    row: int
    text: str
    candidates: tuple[str, ...]


@dataclass
class Checked:
    """What a file holds. `row_count` = entries + rejected."""

    entries: list[Entry] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    row_count: int = 0
    rejected_count: int = 0
    columns: dict[str, Columns] = field(default_factory=dict)  # by sheet
    unread_sheets: list[str] = field(default_factory=list)  # without a header, hidden, or left out by choice
    unread: list[UnreadPlace] = field(default_factory=list)  # addresses that nobody could place yet


class VillageIndex:
    """Finds the village that a row names, by code or by names as people write them."""

    def __init__(self, villages: Iterable[Village], county: str) -> None:
        self.county = county
        self.by_code: dict[str, Village] = {}
        self.by_name: dict[str, list[Village]] = defaultdict(list)
        self.townships: set[str] = set()
        for village in villages:
            self.by_code[village.code] = village
            stem = village_stem(village.name)
            for name in {stem, village.name, stem.removesuffix("村").removesuffix("社区")}:
                self.by_name[name].append(village)
            self.townships |= _township_names(village.township)
        self._found: dict[tuple[str, str, str], Village | tuple[str, str]] = {}

    def is_village(self, name: str) -> bool:
        return bool(name) and bool(self._candidates(name))

    def is_township(self, name: str) -> bool:
        return township_stem(name).removeprefix(self.county) in self.townships

    def find(self, code: str, township: str, name: str) -> Village | tuple[str, str]:
        """The village, or (field, code of what is wrong)."""
        key = (code, township, name)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, code: str, township: str, name: str) -> Village | tuple[str, str]:
        if code and (village := self.by_code.get(code)):
            return village
        if not name:
            return "village", "register.village_missing"
        candidates = self._candidates(name)
        if township:
            wanted = township_stem(township)
            wanted = wanted.removeprefix(self.county)
            if wanted not in self.townships:
                return "township", "register.township_unknown"
            candidates = [village for village in candidates if wanted in _township_names(village.township)]
        if not candidates:
            return "village", "register.village_unknown"
        return candidates[0] if len(candidates) == 1 else ("village", "register.village_ambiguous")

    def _candidates(self, name: str) -> list[Village]:
        folded = village_stem(name)
        if found := self.by_name.get(folded):
            return found
        # 司马冲镇杨梅村, 武冈市司马冲镇杨梅村: the cell holds the townships as well.
        tail = folded.removeprefix(self.county)
        for township in self.townships:
            if tail.startswith(township) and (found := self.by_name.get(tail.removeprefix(township))):
                return [village for village in found if township in _township_names(village.township)]
        return []

    def count(self, name: str) -> int:
        return len(self.by_name.get(village_stem(name), ()))


def _township_names(name: str) -> set[str]:
    """司马冲镇 is also said 司马冲; the short form must not be a single character."""
    plain = township_stem(name)
    short = plain.removesuffix("街道").removesuffix("镇").removesuffix("乡")
    return {plain, short} if len(short) > 1 else {plain}


class Checker:
    """Takes the chunks of a file in order; `checked` grows."""

    def __init__(self, villages: VillageIndex, today: dt.date, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.villages = villages
        self.today = today
        self.checked = Checked()
        self._sheet = ""
        self._columns: Columns | None = None
        self._is_left_out = False
        self._ids: dict[str, tuple[int, str]] = {}
        self._references: dict[str, tuple[int, str]] = {}
        self._nameless: dict[tuple, int] = {}

    def take(self, chunk: Chunk) -> None:
        if chunk.sheet != self._sheet:
            self._begin(chunk.sheet)
        if not self.choices.is_taken(chunk.sheet, chunk.is_hidden):
            self._leave_out(chunk.sheet)
            return
        first, rows = chunk.first_row, chunk.rows
        if self._columns is None:
            found = None if self._is_left_out else columns_of(chunk, self.villages, self.choices)
            if found is None:
                self._is_left_out = True
                if any(any(row) for row in rows):
                    self._leave_out(chunk.sheet)
                return
            self._columns = self.checked.columns[chunk.sheet] = found
            rows = rows[max(0, found.row - first + 1) :]
            first = max(first, found.row + 1)
        reader = RowReader(self, self._columns, chunk.sheet)
        for number, row in enumerate(rows, first):
            if any(row):
                reader.read(number, row)

    def _begin(self, sheet: str) -> None:
        self._sheet, self._columns, self._is_left_out = sheet, None, False

    def _leave_out(self, sheet: str) -> None:
        if sheet not in self.checked.unread_sheets:
            self.checked.unread_sheets.append(sheet)

    def claim_id(self, number: str, row: int, name: str) -> tuple[str, int] | None:
        """None when this row is the first with the number; else what is wrong and the other row."""
        other = self._ids.setdefault(number, (row, name))
        if other == (row, name):
            return None
        return ("register.person_twice" if other[1] == name else "register.id_twice"), other[0]

    def claim_reference(self, reference: str, row: int) -> int | None:
        other = self._references.setdefault(reference, (row, ""))
        return None if other[0] == row else other[0]


class RowReader:
    """Reads the rows of one sheet under its header."""

    def __init__(self, checker: Checker, columns: Columns, sheet: str) -> None:
        self.checker, self.columns, self.sheet = checker, columns, sheet
        self.checked, self.today = checker.checked, checker.today
        self.at: Mapping[str, int] = columns.at
        self.width = max(columns.at.values()) + 1
        self.has_place_column = bool({"village", "village_code"} & columns.at.keys())
        # Neighbours write the same cells: what they mean is worked out once.
        self._pickers = {part: self._places_of(names) for part, names in _PARTS.items()}
        self._known: dict[str, dict[tuple[Cell, ...], Any]] = {part: {} for part in _PARTS}

    def _places_of(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.at[name] for name in names if name in self.at)

    def _cells(self, part: str, row: list[Cell]) -> tuple[Cell, ...]:
        return tuple([row[place] for place in self._pickers[part]])

    def _report(self, row: int, name: str, code: str, **payload: Any) -> None:
        header = self.columns.header(name)
        self.checked.errors.append(RowError(self.sheet, row, header, code, tuple(payload.items())))

    def read(self, number: int, row: list[Cell]) -> None:
        if len(row) < self.width:
            row = row + [None] * (self.width - len(row))
        at = self.at
        name, name_code = rules.person_name(row[at["name"]])
        if name_code or self.columns.is_header_cell(name):
            if self._is_no_person(row, name):
                return
            if name_code == "register.name_missing" and self._is_vacant(row):
                name_code = None
        self.checked.row_count += 1
        village = self._village(number, row)
        is_good = village is not None
        if name_code:
            self._report(number, "name", name_code)
            is_good = is_good and name_code == "register.name_note"
        entry = self._entry(number, row, name, village) if is_good and village else None
        if entry is None:
            self.checked.rejected_count += 1
            if not is_good:
                self._report_rest(number, row)
        else:
            self.checked.entries.append(entry)

    def _is_no_person(self, row: list[Cell], name: str) -> bool:
        """Sums, footers and repeated headers, which are no rows of people."""
        if self.columns.is_repeated_in(row):
            return True
        first = next((cell for cell in row if cell not in (None, "")), "")
        return not name and isinstance(first, str) and first.strip().startswith(_SUMS)

    def _is_vacant(self, row: list[Cell]) -> bool:
        at = self.at.get("occupancy")
        return at is not None and rules.is_vacant(row[at])

    def _text(self, row: list[Cell], name: str) -> str:
        at = self.at.get(name)
        if at is None:
            return ""
        cell = row[at]
        if cell is None or cell == "":
            return ""
        return rules.text(cell)

    def _village(self, number: int, row: list[Cell]) -> Village | None:
        known, cells = self._known["village"], self._cells("village", row)
        if cells not in known:
            found = self._find_village(number, row)
            if found is None:
                return None
            known[cells] = found
        return known[cells]

    def _find_village(self, number: int, row: list[Cell]) -> Village | None:
        name = self._text(row, "village") if self.has_place_column else rules.text(self.sheet)
        found = self.checker.villages.find(self._text(row, "village_code"), self._text(row, "township"), name)
        if isinstance(found, Village):
            return found
        column, code = found
        payload = {"county": self.checker.villages.county}
        if code == "register.village_ambiguous":
            payload = {"count": str(self.checker.villages.count(name))}
        self._report(number, column, code, **payload)
        return None

    def _report_rest(self, number: int, row: list[Cell]) -> None:
        """Of a row that is not taken the other cells are checked all the same: all errors come at once."""
        id_number = self._identity(number, row)
        self._phone(number, row)
        self._birth_and_sex(number, row, id_number)

    def _entry(self, number: int, row: list[Cell], name: str, village: Village) -> Entry | None:
        chain = self._chain(number, row)
        door = self._door(row, bool(chain) and chain[-1][0] == "building")
        walk_order = self._text(row, "walk_order")
        id_number = self._identity(number, row)
        phone = self._phone(number, row)
        sex, birth_on = self._birth_and_sex(number, row, id_number)
        if id_number and (twice := self.checker.claim_id(id_number, number, name)):
            code, other = twice
            self._report(number, "id_number" if code.endswith("id_twice") else "name", code, other=other)
            if code == "register.person_twice":
                return None
            id_number = None
        registered, living, tonight = self._bases(number, row)
        away = self._text(row, "away_place")
        entry = Entry(
            sheet=self.sheet,
            row=number,
            name=name,
            village=village,
            chain=chain,
            door=door,
            walk_order=int(walk_order) if walk_order.isdecimal() and len(walk_order) < 9 else None,
            household_reference=self._short(number, row, "household_reference"),
            household_kind=rules.household_kind(self._text(row, "household_kind")),
            head_name=self._short(number, row, "head_name"),
            reference=self._reference(number, row),
            relation=self._relation(number, row),
            sex=sex,
            birth_on=birth_on,
            id_number=id_number,
            phone=phone,
            is_registered_here=registered,
            is_living_here=living,
            # Who is written down as being elsewhere is not here tonight, unless the sheet says so.
            is_here_tonight=False if tonight is None and away else tonight,
            registered_place=self._text(row, "registered_place")[:400],
            present_place=(away or self._text(row, "present_place"))[:400],
        )
        return None if self._is_repeated(entry) else entry

    def _is_repeated(self, entry: Entry) -> bool:
        """Somebody without id and number, twice in the same household with nothing to tell them apart."""
        if entry.id_number or entry.reference or not entry.name:
            return False
        key = (
            *(entry.village, entry.chain, entry.door, entry.household_reference, entry.head_name),
            *(entry.name, entry.birth_on, entry.phone, entry.relation),
        )
        if entry.door is None and not entry.household_reference:
            return False
        other = self.checker._nameless.setdefault(key, entry.row)
        if other == entry.row:
            return False
        self._report(entry.row, "name", "register.person_twice", other=other)
        return True

    def _chain(self, number: int, row: list[Cell]) -> tuple[tuple[str, str], ...]:
        known, cells = self._known["chain"], self._cells("chain", row)
        if cells not in known:
            before = len(self.checked.errors)
            chain = self._find_chain(number, row)
            if len(self.checked.errors) > before:  # each such row is told, not the first alone
                return chain
            known[cells] = chain
        return known[cells]

    def _find_chain(self, number: int, row: list[Cell]) -> tuple[tuple[str, str], ...]:
        chain = []
        has_group = bool(self._text(row, "group"))
        for level in ("estate", "grid", "group", "building"):
            if level == "grid" and has_group:  # a door hangs on one of the two, and the group is the finer
                continue
            written = self._text(row, level)
            if not written or written in ("无", "/", "-"):
                continue
            name = standard_name(level, written)
            if len(name) > _LONGEST_AREA:
                self._report(number, level, "register.area_name_bad")
                continue
            chain.append((level, name))
        return tuple(chain)

    def _door(self, row: list[Cell], in_building: bool) -> DoorName | None:
        known, cells = self._known["door"], (in_building, *self._cells("door", row))
        if cells not in known:
            known[cells] = door_name(*(self._text(row, name) for name in _PARTS["door"]), in_building)
        return known[cells]

    def _identity(self, number: int, row: list[Cell]) -> str | None:
        at = self.at.get("id_number")
        if at is None:
            return None
        value, code = rules.id_number(row[at], self.today)
        if code:
            self._report(number, "id_number", code)
        return value

    def _phone(self, number: int, row: list[Cell]) -> str | None:
        at = self.at.get("phone")
        if at is None:
            return None
        value, code = rules.phone(row[at])
        if code:
            self._report(number, "phone", code)
        return value

    def _birth_and_sex(
        self, number: int, row: list[Cell], id_number: str | None
    ) -> tuple[str, dt.date | None]:
        sex, born = "", None
        if (at := self.at.get("sex")) is not None:
            sex, code = rules.sex(row[at])
            if code:
                self._report(number, "sex", code)
        if (at := self.at.get("birth_on")) is not None:
            born, code = rules.birth_day(row[at], self.today)
            if code:
                self._report(number, "birth_on", code)
        if id_number is None:
            return sex, born
        own_sex, own_birth = rules.id_sex(id_number), rules.id_birth(id_number)
        if sex and sex != own_sex:
            self._report(number, "sex", "register.sex_differs")
        if born and born != own_birth:
            self._report(number, "birth_on", "register.birth_differs")
        return own_sex, own_birth

    def _bases(self, number: int, row: list[Cell]) -> tuple[bool | None, bool | None, bool | None]:
        found: list[bool | None] = []
        for name in ("is_registered_here", "is_living_here", "is_here_tonight"):
            at = self.at.get(name)
            value, code = rules.yes_no(row[at]) if at is not None else (None, None)
            if code:
                self._report(number, name, code)
            found.append(value)
        return found[0], found[1], found[2]

    def _relation(self, number: int, row: list[Cell]) -> str:
        at = self.at.get("relation")
        if at is None:
            return ""
        value, code = rules.relation(row[at])
        if code:
            self._report(number, "relation", code)
        return value

    def _short(self, number: int, row: list[Cell], name: str) -> str:
        value = self._text(row, name)
        if len(value) > _LONGEST[name]:
            self._report(number, name, "register.text_too_long")
            return ""
        return value

    def _reference(self, number: int, row: list[Cell]) -> str:
        reference = self._short(number, row, "reference")
        if reference and (other := self.checker.claim_reference(reference, number)):
            self._report(number, "reference", "register.reference_twice", other=other)
            return ""
        return reference
